"""Where the regions of a market stand in a picture: as on a map, or in a ring, always alike.

Regions whose place is known (``institutions/positions``, by id, name, or the nearest known region
above) stand as they lie to each other, pushed apart until their labels do not touch: a scheme, not
a map. Where the place of one is not known all stand in a ring, those that are linked side by side.
"""

import tomllib
from collections.abc import Callable, Collection, Sequence
from functools import cache
from importlib.resources import files
from math import cos, pi, sin, sqrt

from msgspec import Struct

GAP_X, GAP_Y = 26.0, 22.0  # between labels, for the links
MARGIN = 14.0
PASSES = 300
LINEAR = 0.55  # how much of a position is where it lies; the rest is its rank, to spread crowds
TALLER = 1.2
TRIES = 6
NARROW, WIDE = 340.0, 960.0


class Box(Struct, frozen=True):
    """The label of one region: its middle and its size, in units of the picture."""

    x: float
    y: float
    wide: float
    high: float


class Spot(Struct, frozen=True):
    """A place on earth, tenths of a degree."""

    east: int
    north: int


@cache
def known_spots() -> dict[str, Spot]:
    """Spots by id and by name, in either language."""
    held = files("yaosu.institutions")
    text = held.joinpath("positions", "cn.toml").read_text("utf-8")
    spots = {row["id"]: Spot(row["east"], row["north"]) for row in tomllib.loads(text)["place"]}
    named: dict[str, Spot] = {}
    for shelf in ("pilots", "cn"):
        regions = tomllib.loads(held.joinpath("regions", f"{shelf}.toml").read_text("utf-8"))
        for row in regions["region"]:
            if row["id"] in spots:
                named |= {row[key]: spots[row["id"]] for key in ("name", "name_zh")}
    return named | spots


def spot_of(region: str, named: Callable[[str], Sequence[str]]) -> Spot | None:
    """Where a region lies.

    Args:
        named: what a region may be known by: its id, its names, then those of the regions above.
    """
    known = known_spots()
    return next((known[name] for name in named(region) if name in known), None)


def place(
    sizes: dict[str, tuple[float, float]],
    spots: dict[str, Spot | None],
    links: Collection[tuple[str, str]],
) -> tuple[dict[str, Box], float, float]:
    """The boxes of the regions, and how wide and high the picture is.

    Args:
        sizes: region -> width and height of its label.
        spots: where each lies, as far as is known.
        links: pairs of regions that are linked.
    """
    regions = sorted(sizes)
    wide = min(WIDE, max(NARROW, 175.0 * sqrt(len(regions))))
    wide = max(wide, max(w for w, _ in sizes.values()) + 2 * MARGIN)
    high = wide * (0.42 if len(regions) <= 3 else 0.66)
    known = {region: spot for region, spot in spots.items() if spot is not None}
    if len(known) == len(regions) and len({*known.values()}) > 1:
        start = _lying(regions, known)
    else:
        start = _ring(regions, links)
    for _ in range(TRIES):
        at = _spread(start, sizes, wide, high)
        if not _touching(at, sizes):
            break
        high *= TALLER
    return {r: Box(*at[r], *sizes[r]) for r in regions}, wide, high


def _lying(regions: Sequence[str], spots: dict[str, Spot]) -> dict[str, tuple[float, float]]:
    """As they lie, 0 to 1 from the west and from the north; crowds are spread by rank."""
    across = _mixed([spots[region].east for region in regions])
    down = _mixed([-spots[region].north for region in regions])
    return {r: (across[at], down[at]) for at, r in enumerate(regions)}


def _mixed(values: Sequence[int]) -> list[float]:
    low, span = min(values), max(1, max(values) - min(values))
    ranked = sorted(set(values))
    last = max(1, len(ranked) - 1)
    return [LINEAR * (v - low) / span + (1 - LINEAR) * ranked.index(v) / last for v in values]


def _ring(
    regions: Sequence[str], links: Collection[tuple[str, str]]
) -> dict[str, tuple[float, float]]:
    """In a ring, neighbours side by side as far as walking along the links finds them."""
    beside: dict[str, set[str]] = {region: set() for region in regions}
    for source, target in sorted(links):
        beside[source].add(target)
        beside[target].add(source)
    order: list[str] = []
    for first in sorted(regions, key=lambda region: (len(beside[region]), region)):
        waiting = [first]
        while waiting:
            region = waiting.pop()
            if region not in order:
                order.append(region)
                waiting += sorted(beside[region], reverse=True)
    turn = 2 * pi / len(order)
    begin = pi if len(order) < 3 else -pi / 2
    return {
        region: (0.5 + 0.5 * cos(begin + at * turn), 0.5 + 0.5 * sin(begin + at * turn))
        for at, region in enumerate(order)
    }


def _spread(
    start: dict[str, tuple[float, float]],
    sizes: dict[str, tuple[float, float]],
    wide: float,
    high: float,
) -> dict[str, tuple[float, float]]:
    """Positions in the picture, pushed apart pair by pair until no two labels touch."""
    at = {region: _inside(x * wide, y * high, sizes[region], wide, high)
          for region, (x, y) in start.items()}  # fmt: skip
    order = sorted(at)
    for _ in range(PASSES):
        is_moved = False
        for i, one in enumerate(order):
            for other in order[i + 1 :]:
                push = _push(at[one], at[other], sizes[one], sizes[other])
                if push is None:
                    continue
                is_moved = True
                (dx, dy), (x, y), (u, v) = push, at[one], at[other]
                at[one] = _inside(x - dx, y - dy, sizes[one], wide, high)
                at[other] = _inside(u + dx, v + dy, sizes[other], wide, high)
        if not is_moved:
            break
    return at


def _push(
    one: tuple[float, float],
    other: tuple[float, float],
    size: tuple[float, float],
    size_other: tuple[float, float],
) -> tuple[float, float] | None:
    """By how much each of two labels gives way; None where they do not touch."""
    apart_x, apart_y = other[0] - one[0], other[1] - one[1]
    over_x = (size[0] + size_other[0]) / 2 + GAP_X - abs(apart_x)
    over_y = (size[1] + size_other[1]) / 2 + GAP_Y - abs(apart_y)
    if over_x <= 1e-6 or over_y <= 1e-6:
        return None
    if over_y <= over_x:
        return 0.0, (over_y / 2 if apart_y >= 0 else -over_y / 2)
    return (over_x / 2 if apart_x >= 0 else -over_x / 2), 0.0


def _touching(at: dict[str, tuple[float, float]], sizes: dict[str, tuple[float, float]]) -> bool:
    """Whether two labels overlap; a gap that is too small does not count."""
    order = sorted(at)
    for i, one in enumerate(order):
        for other in order[i + 1 :]:
            room_x = (sizes[one][0] + sizes[other][0]) / 2 - abs(at[other][0] - at[one][0])
            room_y = (sizes[one][1] + sizes[other][1]) / 2 - abs(at[other][1] - at[one][1])
            if room_x > 0 and room_y > 0:
                return True
    return False


def _inside(
    x: float, y: float, size: tuple[float, float], wide: float, high: float
) -> tuple[float, float]:
    half_x, half_y = size[0] / 2 + MARGIN, size[1] / 2 + MARGIN
    return min(max(x, half_x), wide - half_x), min(max(y, half_y), high - half_y)

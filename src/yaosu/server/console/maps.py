"""The prices of regions as one picture: where each lies, what flows between them, what is full.

A region is a label with its price; its shade and the level at its left edge say how dear it is
among the others. A line is a link that carries something, as thick as it carries much, with an
arrow; a link that is full is marked with what one more lot of it would be worth. The tables beside
it say the same.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import hypot

from markupsafe import Markup
from msgspec import Struct

from yaosu.server.console.layout import Box, Spot, place
from yaosu.server.console.numbers import decimal, whole
from yaosu.server.console.words import Say

REGIONS_MAX = 60  # more regions are in the table alone
IDLE_MAX = 80  # of links; where there are more, those that carry nothing are left out
SAID_MAX = 8  # links in use, up to which each says how much it carries
LETTERS_MAX = 18
HIGH = 40.0
LETTER, WIDE_LETTER, PAD = 6.6, 12.5, 13.0
THIN, THICK = 1.5, 7.0
SHADES = 5
BESIDE = 5.0  # that two opposite links stand off the middle


class PricedRegion(Struct, frozen=True):
    """A region: prices in minor units; ``change`` since the round before."""

    id: str
    name: str
    price: int | None
    change: int | None
    spot: Spot | None


class Line(Struct, frozen=True):
    """A link: shadow price of a lot and rent in minor units."""

    source: str
    target: str
    lots: int
    shadow_price: int
    rent: int


class RegionMap(Struct, frozen=True):
    """What the picture shows."""

    regions: tuple[PricedRegion, ...]
    lines: tuple[Line, ...]

    @property
    def low(self) -> int | None:
        """The lowest price."""
        return min(
            (region.price for region in self.regions if region.price is not None), default=None
        )

    @property
    def high(self) -> int | None:
        """The highest price."""
        return max(
            (region.price for region in self.regions if region.price is not None), default=None
        )

    @property
    def rent(self) -> int:
        """Of all links together, minor units."""
        return sum(line.rent for line in self.lines)

    @property
    def full(self) -> int:
        """Links that are full."""
        return sum(line.shadow_price > 0 for line in self.lines)


def region_map(told: RegionMap, digits: int, say: Say, label: str) -> Markup:
    """The picture as SVG.

    Args:
        digits: of the minor unit of prices. label: what it is of, for who cannot see it.
    """
    if not 2 <= len(told.regions) <= REGIONS_MAX:
        return Markup("")
    prices = [decimal(region.price, digits) for region in told.regions]
    letters = -(-max(len(price) for price in prices) // 4) * 4  # so that it seldom moves
    sizes = tuple((region.id, _wide_of(region.name, letters)) for region in told.regions)
    spots = tuple((region.id, region.spot) for region in told.regions)
    pairs = tuple(sorted({(line.source, line.target) for line in told.lines}))
    boxes, wide, high = _placed(sizes, spots, pairs)
    used = [line for line in told.lines if line.lots]
    idle = [line for line in told.lines if not line.lots] if len(told.lines) <= IDLE_MAX else []
    parts = [
        *(_idle(line, boxes) for line in idle),
        *(_link(line, boxes, told, digits, say) for line in used),
        *(_label(region, boxes[region.id], told, digits, say) for region in told.regions),
        *(_mark(line, boxes, digits, is_said=len(used) <= SAID_MAX) for line in used),
    ]
    size = "small" if wide <= 360 else ("middle" if wide <= 620 else "large")
    return Markup(
        '<svg class="map {size}" viewBox="0 0 {w:.0f} {h:.0f}" role="img" aria-label="{label}">'
        "{parts}</svg>"
    ).format(size=size, w=wide, h=high, label=label, parts=Markup("").join(parts))


@lru_cache(maxsize=64)
def _placed(
    sizes: tuple[tuple[str, float], ...],
    spots: tuple[tuple[str, Spot | None], ...],
    pairs: tuple[tuple[str, str], ...],
) -> tuple[dict[str, Box], float, float]:
    return place({region: (wide, HIGH) for region, wide in sizes}, dict(spots), pairs)


def _shown(name: str) -> str:
    return name if len(name) <= LETTERS_MAX else name[: LETTERS_MAX - 1] + "…"


def _wide_of(name: str, letters: int) -> float:
    """The width of a label, by its letters: Chinese ones are as wide as two."""
    named = sum(WIDE_LETTER if ord(one) > 0x2E80 else LETTER for one in _shown(name))
    return max(named, letters * LETTER + 12) + 2 * PAD


def shade_of(price: int | None, low: int | None, high: int | None) -> str:
    """The class of a price among the others: ``shade-0`` the lowest fifth, to ``shade-4``."""
    if price is None or low is None or high is None:
        return "shade-none"
    if high == low:
        return "shade-1"
    return f"shade-{min(SHADES - 1, (price - low) * SHADES // (high - low))}"


def _label(region: PricedRegion, box: Box, told: RegionMap, digits: int, say: Say) -> Markup:
    left, top = box.x - box.wide / 2, box.y - box.high / 2
    low, high = told.low, told.high
    level = 0.0
    if region.price is not None and low is not None and high is not None and high > low:
        level = (box.high - 4) * (region.price - low) / (high - low)
    return Markup(
        '<g class="region {shade}" data-region="{id}"><title>{title}</title>'
        '<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="6"/>'
        '<line class="level" x1="{bar:.1f}" x2="{bar:.1f}" y1="{bottom:.1f}" y2="{up:.1f}"/>'
        '<text x="{tx:.1f}" y="{name_y:.1f}">{name}</text>'
        '<text class="price" x="{tx:.1f}" y="{price_y:.1f}">{price}</text>{moved}</g>'
    ).format(
        shade=shade_of(region.price, low, high),
        id=region.id,
        title=_title_of(region, digits, say),
        x=left,
        y=top,
        w=box.wide,
        h=box.high,
        bar=left + 4,
        bottom=top + box.high - 2,
        up=top + box.high - 2 - level,
        tx=box.x + 3,
        name_y=box.y - 4,
        price_y=box.y + 13,
        name=_shown(region.name),
        price=decimal(region.price, digits),
        moved=_moved(region.change, left + box.wide - 3, top + 2),
    )


def _title_of(region: PricedRegion, digits: int, say: Say) -> str:
    price = decimal(region.price, digits)
    if not region.change:
        return f"{region.name}: {price}"
    way = "map.rose" if region.change > 0 else "map.fell"
    return f"{region.name}: {price}; {say(way, by=decimal(abs(region.change), digits))}"


def _moved(change: int | None, x: float, y: float) -> Markup:
    """A small arrow at the corner where the price moved; in the colour of the reader's country."""
    if not change:
        return Markup("")
    tip, foot = (y - 4.5, y + 3.5) if change > 0 else (y + 4.5, y - 3.5)
    kind = "up" if change > 0 else "down"
    return Markup(
        '<circle class="badge" cx="{x:.1f}" cy="{y:.1f}" r="8"/>'
        '<path class="{kind}" d="M{x:.1f} {tip:.1f}L{a:.1f} {foot:.1f}L{b:.1f} {foot:.1f}Z"/>'
    ).format(x=x, y=y, kind=kind, tip=tip, foot=foot, a=x - 4.5, b=x + 4.5)


def _ends(line: Line, boxes: dict[str, Box], aside: float) -> tuple[float, float, float, float]:
    """From edge to edge of the two labels, so far to the right of the middle."""
    one, other = boxes[line.source], boxes[line.target]
    dx, dy = other.x - one.x, other.y - one.y
    long = hypot(dx, dy) or 1.0
    off_x, off_y = -dy / long * aside, dx / long * aside
    start, end = _to_edge(one, dx, dy), _to_edge(other, -dx, -dy)
    return (
        one.x + dx * start + off_x,
        one.y + dy * start + off_y,
        other.x - dx * end + off_x,
        other.y - dy * end + off_y,
    )


def _to_edge(box: Box, dx: float, dy: float) -> float:
    """The part of the way at which a line from the middle leaves the label."""
    across = (box.wide / 2 + 2) / abs(dx) if dx else 2.0
    down = (box.high / 2 + 2) / abs(dy) if dy else 2.0
    return min(across, down, 0.45)


def _idle(line: Line, boxes: dict[str, Box]) -> Markup:
    a, b, c, d = _ends(line, boxes, 0)
    drawn = Markup('<line class="idle" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>')
    return drawn.format(a, b, c, d)


def _aside(line: Line, lines: Sequence[Line]) -> float:
    back = any(o.lots and (o.source, o.target) == (line.target, line.source) for o in lines)
    return BESIDE if back else 0.0


def _link(line: Line, boxes: dict[str, Box], told: RegionMap, digits: int, say: Say) -> Markup:
    """A link in use: a line and the head of an arrow at its end."""
    x1, y1, x2, y2 = _ends(line, boxes, _aside(line, told.lines))
    long = hypot(x2 - x1, y2 - y1) or 1.0
    ux, uy = (x2 - x1) / long, (y2 - y1) / long
    most = max(other.lots for other in told.lines)
    thick = THIN + (THICK - THIN) * line.lots / most
    tall = min(7.0 + thick, long * 0.8)
    half = 3.0 + thick * 0.75
    bx, by = x2 - ux * tall, y2 - uy * tall
    named = {region.id: region.name for region in told.regions}
    facts = {"source": named[line.source], "target": named[line.target], "lots": whole(line.lots)}
    title = say("map.flow", **facts)
    if line.shadow_price > 0:
        worth, rent = decimal(line.shadow_price, digits), decimal(line.rent, digits)
        title += "; " + say("map.full_link", worth=worth, rent=rent)
    return Markup(
        '<g class="link{full}"><title>{title}</title>'
        '<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{bx:.1f}" y2="{by:.1f}" stroke-width="{t:.1f}"/>'
        '<path d="M{x2:.1f} {y2:.1f}L{px:.1f} {py:.1f}L{qx:.1f} {qy:.1f}Z"/></g>'
    ).format(
        full=" full" if line.shadow_price > 0 else "",
        title=title,
        x1=x1,
        y1=y1,
        x2=x2,
        y2=y2,
        bx=bx,
        by=by,
        t=thick,
        px=bx - uy * half,
        py=by + ux * half,
        qx=bx + uy * half,
        qy=by - ux * half,
    )


def _mark(line: Line, boxes: dict[str, Box], digits: int, *, is_said: bool) -> Markup:
    """What one more lot is worth, on a link that is full; else, where few flow, the lots."""
    is_full = line.shadow_price > 0
    if not is_full and not is_said:
        return Markup("")
    text = f"+{decimal(line.shadow_price, digits)}" if is_full else whole(line.lots)
    x1, y1, x2, y2 = _ends(line, boxes, 0)
    x, y, wide = (x1 + x2) / 2, (y1 + y2) / 2, len(text) * 6.2 + 10
    return Markup(
        '<g class="mark{full}"><rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="17" rx="3"/>'
        '<text x="{tx:.1f}" y="{ty:.1f}">{text}</text></g>'
    ).format(
        full=" full" if is_full else "",
        x=x - wide / 2,
        y=y - 8.5,
        w=wide,
        tx=x,
        ty=y + 4,
        text=text,
    )

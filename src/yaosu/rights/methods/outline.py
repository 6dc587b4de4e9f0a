"""Outlines of units: well-known text, whole numbers, and whether it is an outline at all. Pure.

An outline is text as OGC Simple Features writes it, ``POLYGON((0 0,20 0,20 15.5,0 0))`` or
``MULTIPOLYGON(...)``, in metres of one plane system. Inside, a coordinate is a whole number of
micrometres, so that every answer here is exact and the same on every machine.

Source: OGC 06-103r4, Simple Feature Access 1, sections 6.1.11 and 7 (what a valid polygon is).
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from yaosu.rights.methods.overlay import Edge, Point, doubled_intersection, share_an_edge

DECIMALS_MAX = 6  # of a metre: micrometres
UNIT_DECIMALS = 6
COORDINATE_MAX = 10**15  # micrometres: a thousand times around no plane system
POSITIONS_MAX = 1_000  # of one outline
PARTS_MAX = 100  # rings of one outline
SQUARE_CM = 10**8  # in square micrometres
SQUARE_METRE = 10**12
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,9})(?:\.[0-9]{0,5}[1-9])?")
HEADS = ("POLYGON", "MULTIPOLYGON")

Ring = tuple[Point, ...]  # closed: the first position is also the last
Polygon = tuple[Ring, ...]  # the outer ring, then holes


class Outline:
    """One or several polygons, their edges with the inside on the left, box and area.

    Attributes:
        polygons: as they were written.
        edges: of all rings, outer ones counter-clockwise, holes clockwise.
        box: least x and y, greatest x and y.
        doubled_area: twice the area, square micrometres.
    """

    def __init__(self, polygons: tuple[Polygon, ...]) -> None:
        self.polygons = polygons
        self.edges: list[Edge] = [
            edge
            for polygon in polygons
            for number, ring in enumerate(polygon)
            for edge in _edges(ring, is_hole=number > 0)
        ]
        xs = [x for polygon in polygons for x, _ in polygon[0]]
        ys = [y for polygon in polygons for _, y in polygon[0]]
        self.box = (min(xs), min(ys), max(xs), max(ys))
        self.doubled_area = sum(ax * by - ay * bx for ax, ay, bx, by in self.edges)


class OutlineFault(Exception):
    """Why a text is no outline, in words."""


@lru_cache(maxsize=1 << 12)
def read_outline(text: str, decimals: int = DECIMALS_MAX) -> Outline:
    """The outline that a text describes, valid.

    Args:
        decimals: digits behind the point of a metre that are kept at most.

    Raises:
        OutlineFault: it is not in the one form this text can have, too large, or not valid.
    """
    polygons = _polygons(text, decimals)
    count = sum(len(ring) for polygon in polygons for ring in polygon)
    rings = sum(map(len, polygons))
    _check(count <= POSITIONS_MAX, f"it has {count} positions, above {POSITIONS_MAX}")
    _check(rings <= PARTS_MAX, f"it has {rings} rings, above {PARTS_MAX}")
    for polygon in polygons:
        for ring in polygon:
            _check_ring(ring)
    written = write_outline(polygons)
    _check(text == written, f"write it as {written[:60]}: nothing more, nothing less")
    _check_parts(polygons)
    return Outline(polygons)


def write_outline(polygons: Sequence[Polygon]) -> str:
    """The one text of polygons: no space and no digit that says nothing."""
    texts = [
        "("
        + ",".join(
            "(" + ",".join(f"{_metres(x)} {_metres(y)}" for x, y in ring) + ")" for ring in polygon
        )
        + ")"
        for polygon in polygons
    ]
    return f"POLYGON{texts[0]}" if len(texts) == 1 else f"MULTIPOLYGON({','.join(texts)})"


def _polygons(text: str, decimals: int) -> tuple[Polygon, ...]:
    head, _, rest = text.partition("(")
    _check(
        head in HEADS and rest, f"it begins with {head[:20]!r}, not with POLYGON( or MULTIPOLYGON("
    )
    body = text[len(head) :]  # "((..),(..))", one level of brackets more where there are several
    bodies = [body[2:-2]] if head == "POLYGON" else body[3:-3].split(")),((")
    return tuple(
        tuple(_ring(ring, decimals) for ring in polygon.split("),(")) for polygon in bodies
    )


def _ring(text: str, decimals: int) -> Ring:
    positions = []
    for position in text.split(","):
        numbers = position.split(" ")
        fits = len(numbers) == 2 and all(NUMBER.fullmatch(number) for number in numbers)
        _check(fits, f"{position[:40]!r} is no position like 12.5 7")
        positions.append((_whole(numbers[0], decimals), _whole(numbers[1], decimals)))
    return tuple(positions)


def _whole(text: str, decimals: int) -> int:
    whole, _, digits = text.removeprefix("-").partition(".")
    _check(len(digits) <= decimals, f"{text} has more than {decimals} decimals")
    number = int(whole + digits.ljust(UNIT_DECIMALS, "0"))
    _check(number <= COORDINATE_MAX, f"{text} is too large")
    return -number if text.startswith("-") else number


def _metres(number: int) -> str:
    digits = f"{abs(number):0{UNIT_DECIMALS + 1}d}"
    whole, rest = digits[:-UNIT_DECIMALS], digits[-UNIT_DECIMALS:].rstrip("0")
    sign = "-" if number < 0 else ""
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"


def _edges(ring: Ring, *, is_hole: bool) -> Iterator[Edge]:
    is_left = _doubled(ring) > 0
    turned = ring if is_left != is_hole else ring[::-1]
    for (ax, ay), (bx, by) in pairwise(turned):
        yield ax, ay, bx, by


def _doubled(ring: Ring) -> int:
    return sum(ax * by - ay * bx for (ax, ay), (bx, by) in pairwise(ring))


def _check_ring(ring: Ring) -> None:
    _check(len(ring) >= 4, "a ring has less than four positions")
    _check(ring[0] == ring[-1], "a ring is not closed")
    _check(len(set(ring[1:])) == len(ring) - 1, "a ring comes to a position twice")
    _check(_doubled(ring), "a ring has no area")
    crossing = _crossing(ring)
    _check(crossing is None, f"a ring crosses itself near {_place(crossing)}")


def _crossing(ring: Ring) -> Point | None:
    """Where a ring meets itself other than from one edge to the next; None where it does not.

    Edges by their least x; each is held against those that begin before it ends.
    """
    edges = sorted(
        (min(a[0], b[0]), max(a[0], b[0]), number, a, b)
        for number, (a, b) in enumerate(pairwise(ring))
    )
    last = len(edges) - 1
    for at, (_, end, number, a, b) in enumerate(edges):
        for begin, _, other, c, d in edges[at + 1 :]:
            if begin > end:
                break
            if not _meet(a, b, c, d):
                continue
            is_next = abs(number - other) == 1 or {number, other} == {0, last}
            if not is_next or _doubles_back(a, b, c, d):
                return c
    return None


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two closed segments have a point in common."""
    first, second = _turn(a, b, c), _turn(a, b, d)
    third, fourth = _turn(c, d, a), _turn(c, d, b)
    if first * second < 0 and third * fourth < 0:
        return True
    ends = ((first, a, b, c), (second, a, b, d), (third, c, d, a), (fourth, c, d, b))
    return any(turn == 0 and _is_between(p, q, r) for turn, p, q, r in ends)


def _doubles_back(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether neighbouring edges share more than their common end."""
    if b == c or a == d:
        near, far, other = (a, b, d) if b == c else (c, d, b)
    else:  # neighbours that do not follow each other: never in a ring that goes one way
        return True
    along = (far[0] - near[0]) * (other[0] - far[0]) + (far[1] - near[1]) * (other[1] - far[1])
    return _turn(near, far, other) == 0 and along < 0


def _turn(a: Point, b: Point, c: Point) -> int:
    turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (turn > 0) - (turn < 0)


def _is_between(a: Point, b: Point, c: Point) -> bool:
    """Whether a point in line with a segment lies on it."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _check_parts(polygons: tuple[Polygon, ...]) -> None:
    """Holes lie in their polygon and apart from each other; polygons lie apart."""
    for polygon in polygons:
        outer, *holes = (Outline(((ring,),)) for ring in polygon)
        for number, hole in enumerate(holes):
            inside = doubled_intersection(hole.edges, outer.edges)
            _check(inside == hole.doubled_area, "a hole does not lie in its polygon")
            is_apart = not share_an_edge(hole.edges, outer.edges)
            _check(is_apart, "a hole runs along the edge of its polygon")
            for other in holes[:number]:
                _check(_are_apart(hole, other), "holes overlap or share an edge")
    parts = [Outline((polygon,)) for polygon in polygons]
    for number, part in enumerate(parts):
        for other in parts[:number]:
            _check(_are_apart(part, other), "its polygons overlap or share an edge")


def _are_apart(left: Outline, right: Outline) -> bool:
    is_free = doubled_intersection(left.edges, right.edges) == 0
    return is_free and not share_an_edge(left.edges, right.edges)


def _place(point: Point | None) -> str:
    return "" if point is None else f"{_metres(point[0])} {_metres(point[1])}"


def _check(condition: object, reason: str) -> None:
    if not condition:
        raise OutlineFault(reason)

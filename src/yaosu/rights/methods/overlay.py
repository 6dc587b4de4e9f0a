"""How much two outlines have in common: exactly, in whole numbers and ratios of them. Pure.

The edges of each are cut where they meet those of the other; a piece then lies inside the other,
outside, or along its edge. The pieces inside, and those along an edge with the inside on the same
side, bound the common part, and the sum over them gives its area (Green's theorem): no polygon has
to be put together. Nothing is rounded, so outlines that share an edge have nothing in common, to
the last digit. Shown against another way of reckoning, and a library, in
tests/rights/test_outline.py.

Cost: O(n m) for n and m edges, whole numbers throughout but for the cuts.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

Point = tuple[int, int]
Edge = tuple[int, int, int, int]  # from x, y to x, y; the inside is on its left
Box = tuple[int, int, int, int]  # least x and y, greatest x and y
INSIDE, OUTSIDE, SAME, OTHER = range(4)  # SAME, OTHER: along an edge, the inside on that side


def doubled_intersection(left: Sequence[Edge], right: Sequence[Edge]) -> Fraction:
    """Twice the area that two outlines have in common, squares of the coordinates' unit."""
    if not boxes_meet(box_of(left), box_of(right)):
        return Fraction(0)
    return _along(left, right, (INSIDE, SAME)) + _along(right, left, (INSIDE,))


def share_an_edge(left: Sequence[Edge], right: Sequence[Edge]) -> bool:
    """Whether edges of the two run along each other, on whichever side."""
    if not boxes_meet(box_of(left), box_of(right)):
        return False
    return any(
        _side(edge, begin + end, right) in (SAME, OTHER)
        for edge in left
        for begin, end in _pieces(edge, box_of((edge, _back(edge))), right)
    )


def _back(edge: Edge) -> Edge:
    return edge[2], edge[3], edge[0], edge[1]


def box_of(edges: Sequence[Edge]) -> Box:
    """The least box around edges."""
    xs = [edge[0] for edge in edges]
    ys = [edge[1] for edge in edges]
    return min(xs), min(ys), max(xs), max(ys)


def boxes_meet(left: Box, right: Box) -> bool:
    """Whether boxes have a point in common."""
    return (
        left[0] <= right[2] and right[0] <= left[2] and left[1] <= right[3] and right[1] <= left[3]
    )


def _along(edges: Sequence[Edge], others: Sequence[Edge], wanted: tuple[int, ...]) -> Fraction:
    """The sum over the pieces of edges that lie so with regard to the other outline."""
    total = Fraction(0)
    box = box_of(others)
    for edge in edges:
        ax, ay, bx, by = edge
        own = box_of((edge, _back(edge)))
        if not boxes_meet(own, box):
            continue  # all of it is outside
        cross = ax * by - ay * bx
        for begin, end in _pieces(edge, own, others):
            if _side(edge, begin + end, others) in wanted:
                total += cross * (end - begin)
    return total


def _pieces(edge: Edge, box: Box, others: Sequence[Edge]) -> Iterator[tuple[Fraction, Fraction]]:
    """An edge cut where it meets others: parts of its length, from 0 to 1."""
    ax, ay, bx, by = edge
    dx, dy = bx - ax, by - ay
    cuts = {Fraction(0), Fraction(1)}
    for cx, cy, ex, ey in others:
        if not boxes_meet(box, (min(cx, ex), min(cy, ey), max(cx, ex), max(cy, ey))):
            continue
        ox, oy = ex - cx, ey - cy
        px, py = cx - ax, cy - ay
        turn = dx * oy - dy * ox
        if turn:
            along, across = px * oy - py * ox, px * dy - py * dx
            if turn < 0:
                along, across, turn = -along, -across, -turn
            if 0 < along < turn and 0 <= across <= turn:
                cuts.add(Fraction(along, turn))
        elif px * dy == py * dx:  # in one line
            length = dx * dx + dy * dy
            for x, y in ((cx, cy), (ex, ey)):
                along = (x - ax) * dx + (y - ay) * dy
                if 0 < along < length:
                    cuts.add(Fraction(along, length))
    places = sorted(cuts)
    return pairwise(places)


def _side(edge: Edge, doubled: Fraction, others: Sequence[Edge]) -> int:
    """Where a piece lies by its middle, which is half of ``doubled`` along its edge.

    The middle is (x / w, y / w) in whole numbers; no cut lies on it, so what it lies on it follows.
    """
    ax, ay, bx, by = edge
    w = 2 * doubled.denominator
    x = ax * w + (bx - ax) * doubled.numerator
    y = ay * w + (by - ay) * doubled.numerator
    is_inside = False
    for cx, cy, ex, ey in others:
        low, high = (cy, ey) if cy < ey else (ey, cy)
        if not low * w <= y <= high * w:
            continue
        turn = (ex - cx) * (y - cy * w) - (ey - cy) * (x - cx * w)
        if turn == 0 and min(cx, ex) * w <= x <= max(cx, ex) * w:
            is_same = (bx - ax) * (ex - cx) + (by - ay) * (ey - cy) > 0
            return SAME if is_same else OTHER
        if (cy * w > y) != (ey * w > y):  # a ray to the right crosses it
            is_inside ^= (turn > 0) == (ey > cy)
    return INSIDE if is_inside else OUTSIDE

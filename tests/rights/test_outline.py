"""Outlines: which text is one, and how much two of them have in common, exactly."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yaosu.rights.methods.outline import (
    COORDINATE_MAX,
    POSITIONS_MAX,
    SQUARE_METRE,
    Outline,
    OutlineFault,
    read_outline,
    write_outline,
)
from yaosu.rights.methods.overlay import doubled_intersection, share_an_edge

M = 10**6  # micrometres
SQUARE = "POLYGON((0 0,10 0,10 10,0 10,0 0))"
HEIGHTS = st.lists(st.integers(1, 6), min_size=1, max_size=6)


def skyline(
    heights: list[int], x: int, y: int, *, is_turned: bool
) -> tuple[str, set[tuple[int, int]]]:
    """A polygon under columns, as text, and the unit squares it is made of."""
    points = [(0, 0)]
    for at, height in enumerate(heights):
        points += [(at, height), (at + 1, height)]
    points += [(len(heights), 0), (0, 0)]
    kept = [p for n, p in enumerate(points) if n == 0 or p != points[n - 1]]
    cells = {(at, level) for at, height in enumerate(heights) for level in range(height)}
    if is_turned:
        kept, cells = [(-b, a) for a, b in kept], {(-b - 1, a) for a, b in cells}
    ring = ",".join(f"{a + x} {b + y}" for a, b in kept)
    return f"POLYGON(({ring}))", {(a + x, b + y) for a, b in cells}


@settings(deadline=None, max_examples=150)
@given(
    heights=st.tuples(HEIGHTS, HEIGHTS),
    x=st.integers(-6, 6),
    y=st.integers(-6, 6),
    is_turned=st.booleans(),
)
def test_the_common_area_is_that_of_the_squares_both_are_made_of(
    heights: tuple[list[int], list[int]], x: int, y: int, is_turned: bool
) -> None:
    """S0-26: to the last digit, also where edges run along each other."""
    first, cells = skyline(heights[0], 0, 0, is_turned=False)
    second, others = skyline(heights[1], x, y, is_turned=is_turned)
    left, right = read_outline(first), read_outline(second)
    common = len(cells & others)
    for one, other in ((left, right), (right, left)):
        assert doubled_intersection(one.edges, other.edges) == 2 * common * SQUARE_METRE
    assert left.doubled_area == 2 * len(cells) * SQUARE_METRE
    assert doubled_intersection(left.edges, left.edges) == left.doubled_area


POINTS = st.tuples(st.integers(-50, 50), st.integers(-50, 50))


@settings(deadline=None, max_examples=80)
@given(rings=st.tuples(*[st.lists(POINTS, min_size=3, max_size=8, unique=True)] * 2))
def test_a_library_of_another_house_finds_the_same(
    rings: tuple[list[tuple[int, int]], list[tuple[int, int]]],
) -> None:
    """S0-26: whether it is an outline, and how much two have in common, against GEOS."""
    shapely = pytest.importorskip("shapely", reason="shapely is not installed")
    known = []
    for ring in rings:
        polygon = shapely.Polygon(ring)
        closed = tuple((x * M, y * M) for x, y in (*ring, ring[0]))
        text = write_outline(((closed,),))
        if not polygon.is_valid or polygon.area == 0:
            with pytest.raises(OutlineFault):
                read_outline(text)
            return
        known.append((polygon, read_outline(text)))
    (first, left), (second, right) = known
    mine = doubled_intersection(left.edges, right.edges) / (2 * SQUARE_METRE)
    assert abs(float(mine) - first.intersection(second).area) < 1e-6
    assert left.doubled_area == round(first.area * 2) * SQUARE_METRE


def test_what_is_written_is_what_was_read() -> None:
    """S0-26: one text for one outline, in metres, to the micrometre."""
    texts = (
        SQUARE,
        "POLYGON((0 0,10 0,10 10,0 10,0 0),(2 2,4 2,4 4,2 4,2 2),(6 6,8 6,8 8,6 6))",
        "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5),(5.5 5.2,5.7 5.2,5.7 5.4,5.5 5.2)))",
        "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))",
        "POLYGON((-0.000001 0,123456.789012 0,0 -7.5,-0.000001 0))",
    )
    for text in texts:
        assert write_outline(read_outline(text).polygons) == text
    hole = read_outline(texts[1])
    assert hole.doubled_area == 2 * (100 - 4 - 2) * SQUARE_METRE
    assert read_outline("POLYGON((0 0,0 10,10 10,10 0,0 0))").doubled_area == 200 * SQUARE_METRE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it begins with ''"),
        ("POINT(1 2)", "it begins with 'POINT'"),
        ("POLYGON", "it begins with 'POLYGON'"),
        ("POLYGON((0 0,1 0,0 0))", "a ring has less than four positions"),
        ("POLYGON((0 0,1 0,1 1,0 1))", "a ring is not closed"),
        ("POLYGON((0 0,10 12,10 0,0 10,0 0))", "a ring crosses itself near"),
        ("POLYGON((0 0,4 0,2 0,2 2,0 0))", "a ring crosses itself near"),
        ("POLYGON((0 0,2 0,2 2,1 0,0 2,0 0))", "a ring crosses itself near"),
        ("POLYGON((0 0,2 0,0 0,2 2,0 0))", "a ring comes to a position twice"),
        ("POLYGON((0 0,1 0,2 0,0 0))", "a ring has no area"),
        ("POLYGON((0 0,1 0,1 1,0 1,0.0 0))", "is no position like 12.5 7"),
        ("POLYGON((0 0, 1 0,1 1,0 0))", "is no position like 12.5 7"),
        ("POLYGON((0 0,1 0,1 1,0 0)", "is no position like 12.5 7"),
        ("POLYGON((0 0,1.0000001 0,1 1,0 0))", "is no position like 12.5 7"),
        ("POLYGON((0 0,1e3 0,1 1,0 0))", "is no position like 12.5 7"),
        ("POLYGON((0 0,9999999999 0,1 1,0 0))", "is too large"),
        ("MULTIPOLYGON(((0 0,1 0,1 1,0 0)))", "write it as POLYGON((0 0,1 0,1 1,0 0))"),
        ("POLYGON((0 0,9 0,9 9,0 9,0 0),(8 8,10 8,10 10,8 8))", "a hole does not lie"),
        ("POLYGON((0 0,9 0,9 9,0 9,0 0),(0 1,1 1,0 2,0 1))", "a hole runs along the edge"),
        (
            "POLYGON((0 0,9 0,9 9,0 9,0 0),(1 1,3 1,3 3,1 1),(2 1,4 1,4 3,2 1))",
            "holes overlap or share an edge",
        ),
        ("MULTIPOLYGON(((0 0,2 0,2 2,0 0)),((1 0,3 0,3 2,1 0)))", "its polygons overlap"),
        ("MULTIPOLYGON(((0 0,2 0,2 2,0 0)),((2 0,3 0,3 2,2 2,2 0)))", "its polygons overlap"),
    ],
)
def test_what_is_no_outline_says_why(text: str, reason: str) -> None:
    """S0-26."""
    with pytest.raises(OutlineFault) as fault:
        read_outline(text)
    assert reason in str(fault.value)


def test_an_outline_is_as_fine_and_as_large_as_it_may_be() -> None:
    with pytest.raises(OutlineFault, match="more than 2 decimals"):
        read_outline("POLYGON((0 0,1.125 0,1 1,0 0))", 2)
    assert read_outline("POLYGON((0 0,1.12 0,1 1,0 0))", 2).box[2] == 1_120_000
    count = POSITIONS_MAX
    ring = [(at * M, 0) for at in range(count)]
    wide = (*ring, (0, 5 * M), (0, 0))
    with pytest.raises(OutlineFault, match=f"above {POSITIONS_MAX}"):
        read_outline(write_outline(((wide,),)))
    assert COORDINATE_MAX < 2**53


def test_neighbours_share_an_edge_and_nothing_else() -> None:
    left, right = read_outline(SQUARE), read_outline("POLYGON((10 2,15 2,15 8,10 8,10 2))")
    far = read_outline("POLYGON((20 2,25 2,25 8,20 8,20 2))")
    assert doubled_intersection(left.edges, right.edges) == Fraction(0)
    assert share_an_edge(left.edges, right.edges)
    assert not share_an_edge(left.edges, far.edges)
    ring = Outline(read_outline(SQUARE).polygons)
    assert ring.box == (0, 0, 10 * M, 10 * M)

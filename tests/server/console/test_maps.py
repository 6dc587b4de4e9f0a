"""The picture of regions: nobody's label is hidden, west is left, full links say what they cost."""

import re
from itertools import combinations, pairwise

import pytest

from tests.floors import institution
from tests.server.console.test_trading_pages import Watched
from tests.stories import Story
from yaosu.kernel.columns import Columns
from yaosu.rules.parse_places import parse_regions
from yaosu.server.console.layout import Box, Spot, known_spots, place
from yaosu.server.console.maps import (
    REGIONS_MAX,
    Line,
    PricedRegion,
    RegionMap,
    region_map,
    shade_of,
)
from yaosu.server.console.pages.market import market_page
from yaosu.server.console.words import say_in

SAY = say_in("en")
PROVINCES = [row for row in parse_regions(institution("regions/cn.toml")) if row.parent]
SIZE = (104.0, 40.0)


def placed(spots: dict[str, Spot | None], *links: tuple[str, str]) -> dict[str, Box]:
    return place(dict.fromkeys(spots, SIZE), spots, links)[0]


def check_apart(boxes: dict[str, Box]) -> None:
    for one, other in combinations(boxes.values(), 2):
        across = abs(one.x - other.x) >= (one.wide + other.wide) / 2 - 1e-6
        assert across or abs(one.y - other.y) >= (one.high + other.high) / 2 - 1e-6


def test_every_shipped_region_has_a_place_by_id_and_by_either_name() -> None:
    known = known_spots()
    for region in [*PROVINCES, *parse_regions(institution("regions/pilots.toml"))]:
        assert {known[name] for name in (region.id, region.name, region.name_zh)}


def test_the_31_provinces_stand_as_they_lie_and_no_label_hides_another() -> None:
    boxes = placed({row.id: known_spots()[row.id] for row in PROVINCES})
    assert len(boxes) == 31
    check_apart(boxes)
    assert boxes["CN-XJ"].x < boxes["CN-GS"].x < boxes["CN-SH"].x
    assert boxes["CN-HL"].y < boxes["CN-BJ"].y < boxes["CN-GD"].y < boxes["CN-HI"].y


@pytest.mark.parametrize("count", [2, 3, 7, 31, REGIONS_MAX])
def test_regions_of_nowhere_stand_in_a_ring_always_the_same(count: int) -> None:
    names = [f"r{at:02}" for at in range(count)]
    links = list(pairwise(names))
    boxes = placed(dict.fromkeys(names), *links)
    check_apart(boxes)
    assert boxes == placed(dict.fromkeys(reversed(names)), *reversed(links))


def told(*lines: Line, prices: tuple[int | None, ...] = (480, 1170)) -> RegionMap:
    names = ("north", "south", "west")
    return RegionMap(
        tuple(PricedRegion(name, name.title(), price, 5 if name == "south" else None, None)
              for name, price in zip(names, prices, strict=False)),
        lines,
    )  # fmt: skip


def test_a_full_link_is_marked_with_what_one_more_lot_is_worth_and_points_one_way() -> None:
    svg = region_map(told(Line("north", "south", 180, 690, 124_200)), 2, SAY, "two regions")
    assert "+6.90" in svg
    assert "North to South: 180 lots; full; one more lot is worth 6.90, rent 1\u202f242.00" in svg
    assert 'class="link full"' in svg
    assert "South: 11.70; up 0.05" in svg
    assert svg.count('class="up"') == 1
    assert "shade-0" in svg
    assert "shade-4" in svg


def test_links_there_and_back_are_two_lines_and_one_that_carries_nothing_has_no_arrow() -> None:
    there, back = Line("north", "south", 4, 0, 0), Line("south", "north", 3, 0, 0)
    svg = region_map(
        told(there, back, Line("south", "west", 0, 0, 0), prices=(1, 2, 3)), 0, SAY, ""
    )
    ends = re.findall(r'<g class="link"><title>[^<]*</title><line x1="([^"]*)" y1="([^"]*)"', svg)
    assert len(set(ends)) == 2
    assert svg.count('class="idle"') == 1


def test_a_region_without_a_price_says_so_and_one_price_has_one_shade() -> None:
    assert shade_of(None, 1, 2) == "shade-none"
    assert shade_of(7, 7, 7) == "shade-1"
    assert "West: –" in region_map(told(prices=(1, 2, None)), 0, SAY, "")


def test_one_region_or_too_many_are_not_drawn() -> None:
    many = tuple(PricedRegion(str(at), str(at), at, None, None) for at in range(REGIONS_MAX + 1))
    assert region_map(RegionMap(many, ()), 0, SAY, "") == ""
    assert region_map(RegionMap(many[:1], ()), 0, SAY, "") == ""


def test_a_cleared_round_shows_prices_flow_and_rent_of_its_regions() -> None:
    """Console 2: after clearing, the regional price picture with flows and binding limits."""
    story = Story().found(["compute"])
    for name in ("anna", "bert"):
        story.party(name, money=1_000_000)
        story.right(f"gpu-{name}", name, 1_000, region="west", instrument="gpu")
    links = Columns.of(source=["west"], target=["east"], capacity=[10], cost=[0])
    story.market("m", links=links)
    story.order("anna", 1, 900, 50, region="east")
    story.order("bert", -1, 400, 50, region="west", right="gpu-bert")
    story.close()
    watched = Watched(story)
    page = market_page(watched.state, watched.record, story.venue.store, watched.names(), "m")
    assert page.map is not None
    assert [(line.source, line.target, line.lots) for line in page.map.lines] == [
        ("west", "east", 10)
    ]
    assert page.map.rent == 10 * page.map.lines[0].shadow_price
    assert page.map.full == 1
    assert {region.id: region.price for region in page.map.regions} == {"east": 900, "west": 400}
    said = watched.said("market.html", page)
    assert "west to east: 10 lots; full" in said
    assert "rent of all links 50.00 CNY" in said

"""Places: versions in order, links between known regions, zones, calendars."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tests.floors import START, Floors, founded, institution
from yaosu.kernel.columns import Columns
from yaosu.kernel.instant import DAY, parse_instant
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command
from yaosu.places import views
from yaosu.places.commands import DefineCalendar, DefineLinks, DefineRegions, DefineZone
from yaosu.places.decide import (
    calendar_of,
    due_day,
    links_at,
    region_of,
    regions_at,
    zone_of,
    zones_over,
)
from yaosu.places.values import Region
from yaosu.rules.parse_places import parse_calendar, parse_regions

CN = parse_calendar(institution("calendars/cn.toml"))
TREE = (Region(id="N", name="Nation"), *(Region(id=r, name=r, parent="N") for r in "ABC"))
LINKS = Columns.of(source=["A", "B"], target=["B", "A"], capacity=[10, 20], cost=[1, 2])


def regions(version: str, *tree: Region, effective: int | None = None) -> DefineRegions:
    return DefineRegions(actor="gov", key="k", version=version, regions=tree, effective=effective)


def links(version: str, columns: Columns) -> DefineLinks:
    return DefineLinks(actor="gov", key="k", network="grid", version=version, links=columns)


def zone(name: str, *names: str, end: int = 0) -> DefineZone:
    return DefineZone(actor="gov", key="k", zone=name, regions=names, term_from=START, term_to=end)


def calendar(**changes: object) -> DefineCalendar:
    return DefineCalendar(actor="gov", key="k", calendar=replace(CN, **changes))


@pytest.fixture
def floors() -> Floors:
    floors = founded()
    floors.when(regions("1", *TREE))
    floors.when(zone("Z", "A", "B", end=START + 10 * DAY))
    return floors


def test_a_new_tree_holds_from_its_effect_and_the_old_one_stays_readable(floors: Floors) -> None:
    later = START + 5 * DAY
    floors.when(regions("2", *TREE, Region(id="D", name="D", parent="C"), effective=later))
    assert "D" not in regions_at(floors)
    assert "D" in regions_at(floors, later)
    assert "D" not in regions_at(floors, later - 1)
    assert [tree.version for tree in floors.places.trees] == ["1", "2"]
    assert views.regions(floors.places, later).text("id").tolist() == ["A", "B", "C", "D", "N"]


def test_links_are_versions_of_a_network(floors: Floors) -> None:
    floors.when(links("1", LINKS))
    floors.now += DAY
    floors.when(links("2", LINKS.take([0])))
    assert links_at(floors, "grid")["capacity"].tolist() == [10]
    assert links_at(floors, "grid", START)["capacity"].tolist() == [10, 20]
    assert links_at(floors, "another").rows == 0


def test_a_link_without_a_cost_costs_nothing(floors: Floors) -> None:
    floors.when(links("1", Columns.of(source=["A"], target=["C"], capacity=[1])))
    assert links_at(floors, "grid")["cost"].tolist() == [0]


def test_a_zone_covers_its_regions_and_what_lies_below_them_for_its_term(floors: Floors) -> None:
    assert zones_over(floors, "A") == ["Z"]
    assert zones_over(floors, "C") == []
    assert zones_over(floors, "A", START + 10 * DAY) == []
    floors.when(zone("Y", "N"))
    assert zones_over(floors, "A") == ["Y", "Z"]
    assert views.zones(floors.places).text("zone").tolist() == ["Y", "Z", "Z"]


def test_a_due_day_is_counted_on_a_named_calendar(floors: Floors) -> None:
    floors.when(calendar())
    floors.now = parse_instant("2026-02-12T10:00:00Z")
    assert due_day(floors, "cn", 3).isoformat() == "2026-02-24"


def test_the_shipped_calendar_and_provinces_are_accepted(floors: Floors) -> None:
    floors.when(calendar())
    tree = parse_regions(institution("regions/cn.toml"))
    whole = founded()
    whole.when(regions("1", *tree))
    assert sum(region.level == "province" for region in regions_at(whole).values()) == 31


REFUSED: list[tuple[Callable[[], Command], str]] = [
    (
        lambda: regions("2", Region(id="N", name="N", parent="M")),
        "places.bad_tree: the regions are not a tree: N lies in M, which is not there; "
        "give every region once, with a parent that is in the same version",
    ),
    (
        lambda: regions("1", *TREE, effective=START + DAY),
        "places.version_exists: version 1 of the region tree exists; "
        "choose a new version; what was defined is never overwritten",
    ),
    (
        lambda: regions("2", *TREE),
        "places.not_later: version 2 of the region tree would take effect at "
        "2026-03-02T09:00:00Z, not after 2026-03-02T09:00:00Z; "
        "let it take effect later than the version before it",
    ),
    (
        lambda: regions("2", *TREE[:-2], effective=START + DAY),
        "places.region_in_use: the new tree lacks region B, which zone Z names; "
        "keep the region, or end the zone first",
    ),
    (
        lambda: zone("Y", "Q"),
        "places.unknown_region: region Q is not in the tree in force; "
        "name a region of the tree, or define a tree that has it",
    ),
    (lambda: zone("Y"), "places.empty_zone: zone Y has no region; name at least one region"),
    (
        lambda: zone("Y", "A", end=START),
        "places.bad_term: zone Y would end at 2026-03-02T09:00:00Z, not after its beginning at "
        "2026-03-02T09:00:00Z; give an end after the beginning, or 0 for none",
    ),
    (
        lambda: links("1", LINKS.with_columns(capacity=[-1, 2])),
        "places.bad_links: the links of grid cannot be read: column capacity has -1; "
        "give columns source, target (region ids), capacity and cost (whole numbers >= 0)",
    ),
    (
        lambda: calendar(holidays=("2026-02-14",)),
        "places.bad_calendar: calendar cn does not hold together: holiday 2026-02-14 falls on a "
        "weekend; correct the day and define the calendar again",
    ),
]


@pytest.mark.parametrize(("command", "message"), REFUSED, ids=[m.split(":")[0] for _, m in REFUSED])
def test_what_may_not_be_is_refused_with_what_to_do(
    floors: Floors, command: Callable[[], Command], message: str
) -> None:
    assert str(floors.refused(command(), message.split(":")[0])) == message


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (Columns.of(source=["A"], target=["A"], capacity=[1]), "A is linked with itself"),
        (Columns.of(source=["A", "A"], target=["B", "B"], capacity=[1, 1]), "A B is there twice"),
        (Columns.of(source=["A"], target=["B"]), "column capacity is missing or not whole numbers"),
        (
            Columns.of(source=[1], target=["B"], capacity=[1]),
            "column source is missing or not text",
        ),
        (LINKS.with_columns(colour=[1, 2]), "column colour is not known"),
        (
            LINKS.with_columns(cost=[1, 2**51]),
            f"column cost has {2**51}, at most {2**51 - 1} is allowed",
        ),
    ],
)
def test_columns_that_are_no_links_are_refused_with_the_reason(
    floors: Floors, columns: Columns, reason: str
) -> None:
    assert reason in str(floors.refused(links("1", columns), "places.bad_links"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"first_day": "2027-01-01"}, "its last day is before its first"),
        ({"weekend": (7,)}, "a weekday is a number"),
        ({"working_weekends": ("2026-03-02",)}, "2026-03-02 falls on a weekday"),
        ({"holidays": ("2026-05-04", "2026-05-01")}, "not sorted"),
        ({"holidays": ("2029-05-01",)}, "outside the days it covers"),
        ({"last_day": "2126-12-31"}, "more than 50 years"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused_with_the_reason(
    floors: Floors, changes: dict[str, object], reason: str
) -> None:
    assert reason in str(floors.refused(calendar(**changes), "places.bad_calendar"))


def test_a_calendar_version_is_never_overwritten(floors: Floors) -> None:
    floors.when(calendar())
    floors.refused(calendar(weekend=(6,)), "places.version_exists")
    assert calendar_of(floors, "cn") == CN


def test_what_is_asked_for_and_not_there_is_refused() -> None:
    bare = founded()
    cases = (
        (lambda: region_of(bare, "A"), "places.no_tree: no region tree is in force"),
        (lambda: zone_of(bare, "Z"), "places.unknown_zone: zone Z is not defined"),
        (lambda: calendar_of(bare, "cn"), "places.unknown_calendar: calendar cn is not defined"),
    )
    for ask, message in cases:
        with pytest.raises(Refusal) as caught:
            ask()
        assert str(caught.value).startswith(message)


def test_an_instant_outside_the_calendar_of_years_is_refused_and_does_not_crash() -> None:
    floors = founded()
    floors.refused(regions("1", *TREE, effective=2**62), "kernel.bad_instant")
    floors.when(regions("1", *TREE))
    floors.refused(zone("Z", "A", end=2**62), "kernel.bad_instant")

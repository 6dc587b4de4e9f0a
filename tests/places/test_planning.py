"""The spatial tree, the plans over it and the controls: areas and indicators add up exactly."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.floors import START, Floors, founded
from yaosu.kernel.instant import DAY
from yaosu.kernel.rounding import apportion
from yaosu.places.commands import DefinePlan, DefinePlanControl, DefineRegions, DefineSpatialTree
from yaosu.places.methods.spatial_tree import plan_fault, spatial_fault
from yaosu.places.planning import permitted_uses
from yaosu.places.spatial import LEVELS, PlanControl, PlanEntry, SpatialUnit, UseAmount
from yaosu.places.values import Region
from yaosu.places.views import plan, spatial_units

CITY = SpatialUnit(id="city", level="city", area_m2=1000, region="R")
DISTRICT = SpatialUnit(id="d", level="administrative_district", parent="city", area_m2=1000)
ZONE = SpatialUnit(id="z", level="planning_zone", parent="d", area_m2=1000)
B1 = SpatialUnit(id="b1", level="block", parent="z", area_m2=600)
B2 = SpatialUnit(id="b2", level="block", parent="z", area_m2=400)
P1 = SpatialUnit(id="p1", level="plot", parent="b1", area_m2=350)
P2 = SpatialUnit(id="p2", level="plot", parent="b1", area_m2=250)
TREE = (CITY, DISTRICT, ZONE, B1, B2, P1, P2)


def entry(unit: str, quota: int = 0, **uses: tuple[int, int]) -> PlanEntry:
    amounts = tuple(UseAmount(use=use, area_m2=a, floor_area_m2=f) for use, (a, f) in uses.items())
    return PlanEntry(unit=unit, uses=amounts, quotas={"dwellings": quota} if quota else {})


PLAN = (
    entry("b1", 30, housing=(400, 900), park=(150, 0)),
    entry("p1", 20, housing=(300, 600), park=(50, 0)),
    entry("p2", 10, housing=(100, 300), park=(100, 0)),
)
WHOLE = tuple(replace(PLAN[0], unit=unit) for unit in ("city", "d", "z"))


def floors() -> Floors:
    made = founded()
    made.when(DefineRegions(actor="gov", key="k", version="r", regions=(Region(id="R", name="R"),)))
    made.when(DefineSpatialTree(actor="gov", key="k", tree="t", version="1", units=TREE))
    made.when(
        DefinePlan(actor="gov", key="k", plan="use", version="1", tree="t", entries=WHOLE + PLAN)
    )
    return made


def control(id: str, effect: str, uses: str, *units: str, **more: Any) -> DefinePlanControl:
    given = PlanControl(
        id=id, tree="t", units=units, effect=effect, uses=(uses,), term_from=START, **more
    )
    return DefinePlanControl(actor="gov", key="k", control=given)


def test_five_levels_from_the_city_to_the_plot_with_what_a_plan_gives_them() -> None:
    """S2-62: one parent each, five levels, and every plot is found in what lies above it."""
    made = floors()
    assert LEVELS == ("city", "administrative_district", "planning_zone", "block", "plot")
    assert spatial_units(made.places, "t", made.now).rows == 7
    rows = plan(made.places, "use", made.now)
    assert rows.text("unit").tolist().count("p2") == 2
    found = permitted_uses(made, "t", "p2")
    assert found.uses == ("housing", "park")
    assert found.entries["use"].uses[0].area_m2 == 100
    assert permitted_uses(made, "t", "b2").entries["use"].unit == "z"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (replace(P1, area_m2=349), "b1 has 600 m2, its parts 599"),
        (replace(P1, parent="z"), "p1 is a plot and lies in a planning_zone, not in a block"),
        (replace(P1, parent="b9"), "p1 lies in b9, which is not there"),
        (replace(P1, level="room"), "p1 is of the level 'room', not one of "),
        (replace(P1, position="deep"), "p1 lies 'deep', not surface, above, below"),
        (replace(P1, region="R"), "p1 names a region, which only a city does"),
        (replace(P1, area_m2=0), "p1 has an area of 0 m2"),
        (replace(P1, polygons=(((0, 0, 1, 0, 1, 1),),)), "p1 has a ring without four positions"),
        (replace(P1, polygons=(((0, 0, 1, 0, 1, 1, 2, 2),),)), "p1 has a ring that is not closed"),
        (replace(P1, polygons=(((0, 0, 1, 0, 2, 0, 0, 0),),)), "p1 has a ring without an area"),
        (replace(P1, polygons=((), ())), "p1 has several polygons and is not called multiple"),
        (replace(P2, id="p1"), "p1 is there twice"),
        (replace(CITY, parent="d"), "city is a city and lies in d"),
    ],
)
def test_a_tree_that_does_not_hold_together_is_refused_with_the_unit(
    changed: SpatialUnit, said: str
) -> None:
    units = [unit for unit in TREE if unit.id != changed.id or changed.id == "p1" != unit.id]
    if changed == replace(P2, id="p1"):
        units = [*TREE]
    made = founded()
    refusal = made.refused(
        DefineSpatialTree(actor="gov", key="k", tree="t", version="1", units=(*units, changed)),
        "places.bad_spatial_tree",
    )
    assert said in refusal.sentence


def test_what_lies_above_or_below_the_ground_adds_to_no_area() -> None:
    tunnel = replace(P1, id="tunnel", position="below", area_m2=90)
    assert spatial_fault((*TREE, tunnel)) is None
    assert spatial_fault((*TREE, replace(tunnel, position="surface"))) == (
        "b1",
        "has 600 m2, its parts 690",
    )


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (
            (*PLAN[:2], entry("p2", 10, housing=(101, 300), park=(100, 0))),
            "area for housing 400, its parts 401",
        ),
        (
            (*PLAN[:2], entry("p2", 10, housing=(100, 299), park=(100, 0))),
            "floor area for housing 900, its parts 899",
        ),
        (
            (*PLAN[:2], entry("p2", 11, housing=(100, 300), park=(100, 0))),
            "quota dwellings 30, its parts 31",
        ),
        (PLAN[:2], "b1 has area for housing 400, its parts 300"),
        (PLAN[1:], "b1 is not in the plan, but parts of it are"),
        ((*PLAN, entry("p9")), "p9 is no spatial unit of the tree"),
        ((*PLAN, PLAN[0]), "says twice of a spatial unit"),
        ((), "is empty"),
        ((entry("city", housing=(1001, 0)),), "city is given 1001 m2 of uses, it has 1000"),
        ((entry("city", housing=(-1, 0)),), "city has an amount below zero"),
    ],
)
def test_a_plan_that_does_not_add_up_is_refused_with_the_indicator(
    entries: tuple[PlanEntry, ...], said: str
) -> None:
    made = floors()
    above = WHOLE if len(entries) > 1 else ()
    command = DefinePlan(
        actor="gov", key="k", plan="new", version="1", tree="t", entries=above + entries
    )
    assert said in made.refused(command, "places.plan_does_not_fit").sentence


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=5),
    st.lists(st.integers(1, 40), min_size=1, max_size=5),
    st.integers(0, 999),
    st.integers(0, 10**12),
)
def test_a_plan_apportioned_down_the_levels_adds_up_and_one_unit_more_does_not(
    blocks: list[int], plots: list[int], area: int, floor: int
) -> None:
    """S2-62: indicators add up exactly at each level, whatever they are."""
    units, entries = {}, {}
    top = SpatialUnit(id="z", level="planning_zone", area_m2=10**6)
    units["z"], entries["z"] = top, entry("z", homes=(area, floor))
    shares = zip(apportion(area, blocks), apportion(floor, blocks), strict=True)
    for i, (a, f) in enumerate(shares):
        name = f"b{i}"
        units[name] = SpatialUnit(id=name, level="block", parent="z", area_m2=10**6)
        entries[name] = entry(name, homes=(a, f))
        parts = zip(apportion(a, plots), apportion(f, plots), strict=True)
        for j, (x, y) in enumerate(parts):
            plot = f"{name}-{j}"
            units[plot] = SpatialUnit(id=plot, level="plot", parent=name, area_m2=10**6)
            entries[plot] = entry(plot, homes=(x, y))
    assert plan_fault(units, entries) == ""
    last = entries["b0-0"].uses[0]
    entries["b0-0"] = entry("b0-0", homes=(last.area_m2, last.floor_area_m2 + 1))
    assert "floor area for homes" in plan_fault(units, entries)


def test_controls_that_overlap_act_in_the_order_of_their_precedence() -> None:
    """S1-04: zones may overlap; which comes first is defined, and a tie is refused."""
    made = floors()
    made.when(control("flood", "forbid", "housing", "b1"))
    assert permitted_uses(made, "t", "p1").uses == ("park",)
    made.when(control("pilot", "allow", "housing", "p1"))  # smaller, so it comes first
    assert permitted_uses(made, "t", "p1").uses == ("housing", "park")
    assert permitted_uses(made, "t", "p1").controls == ("flood", "pilot")
    assert permitted_uses(made, "t", "p2").uses == ("park",)
    made.when(control("shield", "only", "park", "z", precedence=5))
    assert permitted_uses(made, "t", "p1").uses == ("park",)
    tie = made.refused(control("again", "forbid", "park", "b1"), "places.control_tie")
    assert tie.facts == {"control": "again", "other": "flood", "unit": "b1"}
    made.when(control("again", "forbid", "park", "b1", precedence=1))
    made.when(control("same", "forbid", "housing", "b1"))  # agrees, so it does not matter


def test_a_control_ends_with_its_term_and_the_plan_holds_again() -> None:
    made = floors()
    made.when(control("short", "forbid", "housing", "b1", term_to=START + DAY))
    assert permitted_uses(made, "t", "p1").uses == ("park",)
    made.now += DAY
    assert permitted_uses(made, "t", "p1").uses == ("housing", "park")
    assert permitted_uses(made, "t", "p1", at=START).uses == ("park",)


def test_of_two_plans_both_must_permit_a_use() -> None:
    made = floors()
    only_parks = (entry("city", park=(150, 0)),)
    made.when(
        DefinePlan(actor="gov", key="k", plan="green", version="1", tree="t", entries=only_parks)
    )
    found = permitted_uses(made, "t", "p1")
    assert (found.uses, sorted(found.entries)) == (("park",), ["green", "use"])


def test_a_new_version_of_a_tree_carries_the_plans_and_controls_over_it() -> None:
    made = floors()
    made.when(control("flood", "forbid", "housing", "p1"))
    made.now += DAY
    merged = (*TREE[:5], replace(P1, id="p12", area_m2=600))
    command = DefineSpatialTree(actor="gov", key="k", tree="t", version="2", units=merged)
    refusal = made.refused(command, "places.plan_left_behind")
    assert "leaves use behind: p1 is no spatial unit of the tree" in refusal.sentence
    larger = replace(P1, area_m2=360), replace(P2, area_m2=240)
    made.when(replace(command, units=(*TREE[:5], *larger)))
    assert permitted_uses(made, "t", "p1", at=START).uses == ("park",)
    assert made.places.spatial.trees["t"][0].units["p1"].area_m2 == 350


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (control("c", "forbid", "housing", "p9"), "places.unknown_spatial_unit"),
        (control("c", "praise", "housing", "p1"), "places.bad_control"),
        (control("c", "forbid", "housing"), "places.bad_control"),
        (control("c", "forbid", "housing", "p1", term_to=START - 1), "places.bad_term"),
        (
            DefinePlan(actor="g", key="k", plan="x", version="1", tree="moon", entries=PLAN),
            "places.unknown_spatial_tree",
        ),
        (
            DefinePlan(actor="g", key="k", plan="use", version="1", tree="t", entries=PLAN),
            "places.version_exists",
        ),
        (
            DefineSpatialTree(actor="g", key="k", tree="t", version="2", units=TREE),
            "places.not_later",
        ),
        (
            DefineSpatialTree(actor="g", key="k", tree="u", version="1", units=TREE, decimals=10),
            "places.bad_spatial_tree",
        ),
        (
            DefineSpatialTree(actor="g", key="k", tree="u", version="1", units=()),
            "places.bad_spatial_tree",
        ),
        (
            DefineSpatialTree(
                actor="g", key="k", tree="u", version="1", units=(replace(CITY, region="X"),)
            ),
            "places.unknown_region",
        ),
    ],
)
def test_what_cannot_be_defined_is_refused(command: Any, code: str) -> None:
    floors().refused(command, code)

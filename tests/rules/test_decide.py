"""Adopting rule packs: versions, dates, overlays, and what is in force where and when."""

import pytest

from tests.floors import START, Floors, founded
from tests.rules.packs import condition, formula, pack, parameter
from yaosu.kernel.columns import Columns
from yaosu.kernel.instant import DAY, parse_instant
from yaosu.kernel.refusal import Refusal
from yaosu.places.commands import DefineRegions, DefineZone
from yaosu.places.values import Region
from yaosu.rules import views
from yaosu.rules.commands import AdoptRules
from yaosu.rules.decide import (
    ask,
    conditions_for,
    national,
    parameter_of,
    rules_digest,
    rules_in_force,
    version_name,
)
from yaosu.rules.evaluate import evaluate
from yaosu.rules.parse import parse_pack

BASE = pack(
    parameter("10", id="rate", least="0", greatest="50")
    + formula(
        "amount * rate / 100", id="fee", facts="{ amount = 100 }", result="10", reads='["rate"]'
    )
    + condition("amount > 0", id="entry", facts="{ amount = 1 }"),
    facts='amount = "int"',
)
END = "expiry = 2027-01-01"


def overlay(
    name: str, value: str, place: str = 'zone = "Z"', precedence: int = 0, body: str = ""
) -> str:
    more = f'base = "national"\n{place}\n{END}\nprecedence = {precedence}'
    return pack(body or parameter(value, id="rate"), id=name, more=more, facts='amount = "int"')


def adopt(text: str) -> AdoptRules:
    return AdoptRules(actor="gov", key="k", pack=parse_pack(text))


@pytest.fixture
def floors() -> Floors:
    floors = founded()
    tree = [Region(id="N", name="N")]
    tree += [Region(id=r, name=r, parent="N") for r in ("A", "B", "C")]
    tree += [Region(id="A1", name="A1", parent="A")]
    floors.when(DefineRegions(actor="gov", key="k", version="1", regions=tuple(tree)))
    for zone, regions in (("Z", ("A", "B")), ("Y", ("B", "C", "A"))):
        floors.when(DefineZone(actor="gov", key="k", zone=zone, regions=regions, term_from=START))
    floors.when(adopt(BASE))
    return floors


def test_a_pack_holds_from_its_effect_and_every_version_stays_readable(floors: Floors) -> None:
    """S0-65: trading rules are versioned data with effective dates."""
    later = BASE.replace('"1"', '"2"').replace("2026-01-01", "2026-06-01")
    later = later.replace("value = 10", "value = 20").replace("result = 10", "result = 20")
    floors.when(adopt(later))
    assert parameter_of(floors, "rate") == 10
    assert version_name(floors) == "national@1"
    floors.now = parse_instant("2026-06-01")
    assert parameter_of(floors, "rate") == 20
    assert version_name(floors) == "national@2"
    before = rules_in_force(floors, at=START)
    assert before is not None
    assert before.name == "national@1"
    table = views.packs(floors.rules)
    assert isinstance(table, Columns)
    assert table.text("version").tolist() == ["1", "2"]


def test_a_pack_adopted_late_holds_from_its_adoption_and_changes_nothing_before(
    floors: Floors,
) -> None:
    """S0-65: the past keeps the rules it was decided under."""
    assert rules_in_force(floors, at=START - 1) is None


def test_the_digest_in_force_changes_with_the_rules_and_with_nothing_else(floors: Floors) -> None:
    before = rules_digest(floors)
    floors.now += DAY
    assert rules_digest(floors) == before
    floors.when(adopt(overlay("pilot", "20")))
    assert rules_digest(floors) != before
    floors.now = parse_instant("2027-01-01")
    assert rules_digest(floors) == before, "the overlay lapsed at its sunset"
    assert len(before) == 32


def test_an_overlay_applies_in_its_zone_until_its_sunset(floors: Floors) -> None:
    floors.when(adopt(overlay("pilot", "20")))
    assert parameter_of(floors, "rate", "A") == 20
    assert parameter_of(floors, "rate", "A1") == 20, "below a region of the zone"
    assert parameter_of(floors, "rate", "C") == 10
    assert parameter_of(floors, "rate") == 10, "without a place the national rule stands"
    assert version_name(floors, "A") == "national@1+pilot@1"
    rules = rules_in_force(floors, region="A")
    assert rules is not None
    assert ask(rules, "fee", {"amount": 1000}).result == 200
    floors.now = parse_instant("2027-01-01")
    assert parameter_of(floors, "rate", "A") == 10


def test_the_greater_precedence_comes_first_then_the_narrower_place(floors: Floors) -> None:
    floors.when(adopt(overlay("wide", "30", 'zone = "Y"')))
    floors.when(adopt(overlay("narrow", "20")))
    assert parameter_of(floors, "rate", "A") == 20, "two regions and their parts before three"
    assert parameter_of(floors, "rate", "C") == 30
    floors.when(adopt(overlay("strong", "40", 'zone = "Y"', precedence=1)))
    assert parameter_of(floors, "rate", "A") == 40


def test_the_later_effect_comes_first_where_places_are_equally_wide(floors: Floors) -> None:
    floors.when(adopt(overlay("early", "20")))
    late = overlay("late", "30").replace("2026-01-01", "2026-02-01")
    floors.when(adopt(late))
    assert parameter_of(floors, "rate", "A") == 30


def test_a_tie_between_overlays_is_refused_at_adoption(floors: Floors) -> None:
    floors.when(adopt(overlay("one", "20")))
    refusal = floors.refused(adopt(overlay("two", "30")), "rules.tie")
    assert str(refusal) == (
        "rules.tie: overlays two@1 and one@1 both change rate in A and neither comes first; "
        "give one of them a higher precedence"
    )
    floors.when(adopt(overlay("two", "30", precedence=1)))
    assert parameter_of(floors, "rate", "B") == 30


def test_an_overlay_keeps_to_the_bounds_the_nation_sets(floors: Floors) -> None:
    floors.refused(adopt(overlay("pilot", "60")), "rules.beyond_bounds")


def test_an_overlay_cannot_touch_the_conditions_of_entry(floors: Floors) -> None:
    """S0-28: a region's extra condition is refused; entry is one national set."""
    extra = overlay("pilot", "", body=condition("amount > 9", id="more", facts="{ amount = 10 }"))
    refusal = floors.refused(adopt(extra), "rules.extra_entry_condition")
    assert str(refusal) == (
        "rules.extra_entry_condition: overlay pilot@1 adds or changes entry condition more; "
        "change the one national set instead, with an authority and an expiry"
    )
    changed = extra.replace('id = "more"', 'id = "entry"')
    floors.refused(adopt(changed), "rules.extra_entry_condition")
    assert [item.id for item in conditions_for(floors, "admission", "land")] == ["entry"]


def test_an_overlay_cannot_touch_what_an_entry_condition_reads() -> None:
    """S0-28: not through the back door either."""
    floors = founded()
    tree = (Region(id="A", name="A"),)
    floors.when(DefineRegions(actor="gov", key="k", version="1", regions=tree))
    base = pack(parameter("10", id="rate") + condition("rate == 10", id="entry", reads='["rate"]'))
    floors.when(adopt(base))
    command = adopt(overlay("pilot", "20", 'region = "A"').replace('amount = "int"', ""))
    floors.refused(command, "rules.extra_entry_condition")


def test_an_overlay_cannot_bring_a_forbidden_field_in_under_a_national_item(floors: Floors) -> None:
    """S0-27: a national item that would come to read the size through an overlay is found."""
    body = formula(
        "size",
        id="fee",
        facts="{ size = 1 }",
        result="1",
    )
    text = overlay("pilot", "", body=body).replace('amount = "int"', 'size = "int"')
    with pytest.raises(Refusal, match=r"rules\.forbidden_field"):
        parse_pack(text)


def test_two_overlays_cannot_bring_a_forbidden_field_in_between_them(floors: Floors) -> None:
    """S0-27: the one reads an item, the other lets that item read the size."""
    dated = {"authority": '"gov"', "expiry": "2027-01-01"}
    floors.when(
        adopt(
            overlay(
                "one",
                "",
                body=formula(
                    "fee * 2", id="double", reads='["fee"]', result="20", facts="{ amount = 100 }"
                )
                + parameter("10", id="rate"),
            )
        )
    )
    body = formula("size * 1", id="fee", facts="{ size = 1 }", result="1", **dated)
    two = overlay("two", "", precedence=1, body=body).replace('amount = "int"', 'size = "int"')
    refusal = floors.refused(adopt(two), "rules.forbidden_field")
    assert refusal.facts["path"] == "double > fee reads size"


def test_ties_with_overlays_still_to_come_are_found_and_those_apart_in_time_are_none(
    floors: Floors,
) -> None:
    soon = overlay("soon", "20").replace("effective = 2026-01-01", "effective = 2026-06-01")
    floors.when(adopt(soon))
    floors.refused(adopt(soon.replace('"soon"', '"also"')), "rules.tie")
    over = soon.replace('"soon"', '"later"').replace("2027-01-01", "2028-01-01")
    floors.when(adopt(over.replace("effective = 2026-06-01", "effective = 2027-01-01")))


def test_an_overlay_cannot_change_the_kind_of_an_item(floors: Floors) -> None:
    text = overlay("pilot", "", body=formula("1 + 0", id="rate"))
    assert str(floors.refused(adopt(text), "rules.kind_differs")) == (
        "rules.kind_differs: overlay pilot@1 turns rate from parameter into formula; "
        "keep the kind of item, or add an item of another id"
    )


def test_an_item_past_its_own_expiry_is_out_of_force() -> None:
    floors = founded()
    floors.when(adopt(pack(parameter("1", id="a", expiry="2026-04-01") + parameter("2", id="b"))))
    assert parameter_of(floors, "a") == 1
    floors.now = parse_instant("2026-04-01")
    assert parameter_of(floors, "a") is None
    assert parameter_of(floors, "b") == 2


def test_versions_come_in_order_and_never_twice(floors: Floors) -> None:
    assert str(floors.refused(adopt(BASE), "rules.version_exists")) == (
        "rules.version_exists: version 1 of pack national was adopted before; "
        "give the pack a new version"
    )
    assert str(floors.refused(adopt(BASE.replace('"1"', '"2"')), "rules.not_later")) == (
        "rules.not_later: version 2 of pack national takes effect at 2026-01-01T00:00:00Z, not "
        "after 2026-01-01T00:00:00Z; let it take effect later than the version before it"
    )


def test_what_is_over_or_has_no_ground_is_refused(floors: Floors) -> None:
    over = pack(parameter("1"), id="old", more="expiry = 2026-02-01")
    assert str(floors.refused(adopt(over), "rules.already_expired")) == (
        "rules.already_expired: pack old@1 ended at 2026-02-01T00:00:00Z; "
        "adopt a version that is still to come or in force"
    )
    groundless = overlay("pilot", "20").replace('base = "national"', 'base = "other"')
    assert str(floors.refused(adopt(groundless), "rules.unknown_base")) == (
        "rules.unknown_base: overlay pilot@1 changes pack other, which is not in force; "
        "adopt the base first, or correct its id"
    )
    floors.refused(adopt(overlay("pilot", "20", 'zone = "Q"')), "places.unknown_zone")
    floors.refused(adopt(overlay("pilot", "20", 'region = "Q"')), "places.unknown_region")
    floors.when(adopt(overlay("pilot", "20")))
    alone = pack(parameter("1"), id="pilot", version="2").replace("2026-01-01", "2026-05-01")
    assert str(floors.refused(adopt(alone), "rules.base_changed")) == (
        "rules.base_changed: a pack that stood on its own cannot become an overlay, nor the other "
        "way: pilot; give the new pack an id of its own"
    )


def test_a_new_national_version_that_breaks_a_standing_overlay_is_refused(floors: Floors) -> None:
    floors.when(adopt(overlay("pilot", "20")))
    tighter = BASE.replace('"1"', '"2"').replace("2026-01-01", "2026-05-01")
    tighter = tighter.replace("greatest = 50", "greatest = 15")
    floors.refused(adopt(tighter), "rules.beyond_bounds")


def test_without_a_national_pack_nothing_is_let_in_by_default() -> None:
    floors = founded()
    with pytest.raises(Refusal, match=r"rules\.not_in_force: no pack national is in force"):
        national(floors)


def test_asking_for_an_item_that_is_not_there_is_refused(floors: Floors) -> None:
    with pytest.raises(Refusal, match=r"rules\.unknown_item"):
        evaluate(national(floors).items, {}, "nothing", {})

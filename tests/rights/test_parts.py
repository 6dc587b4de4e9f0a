"""Units are split and merged: what sums, who must agree, what is carried."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.floors import Floors, institution, settled
from tests.rights.entries import (
    cancel,
    consent,
    freeze,
    grant,
    merge,
    pledge,
    plot,
    release,
    split,
    transfer,
)
from tests.rights.samples import registration
from yaosu.kernel.instant import DAY
from yaosu.kernel.numbers import Share
from yaosu.parties.commands import CastVote, ProposeResolution, RegisterParty
from yaosu.parties.values import Member, VotingRule
from yaosu.rights.commands import AdoptProfile, EnterObjection, HolderShare, UnitPart
from yaosu.rights.profiles import parse_profile
from yaosu.rights.register import current_rights, pledges_following, pledges_on
from yaosu.rights.values import Attribute, Right
from yaosu.rights.views import rights, title_history


@pytest.fixture
def floors() -> Floors:
    floors = settled()
    plot(floors, "A")
    floors.now += DAY
    return floors


def part(name: str, quantity: int, floor_area: int, **rest: Any) -> UnitPart:
    attributes: dict[str, Attribute] = {"floor_area_m2": floor_area}
    return UnitPart(unit=name, quantity=quantity, attributes=attributes, **rest)


THREE = (part("A1", 300, 100), part("A2", 500, 200), part("A3", 100, 0))


def on(floors: Floors, unit: str) -> Right:
    (right,) = (floors.rights.rights[one] for one in floors.rights.by_unit[unit])
    return right


def test_the_parts_sum_exactly_and_the_parent_is_historic(floors: Floors) -> None:
    """S2-59: area, built floor area and shares; children are transferred separately."""
    floors.refused(split("A", *THREE), "rights.consent_missing")
    floors.when(consent("A", "split"))
    floors.when(split("A", *THREE))
    units = floors.rights.units
    assert [units[name].quantity for name in ("A1", "A2", "A3")] == [300, 500, 100]
    assert [units[one].attributes["floor_area_m2"] for one in ("A1", "A2", "A3")] == [100, 200, 0]
    assert units["A1"].parents == ("A",)
    assert units["A"].end == floors.now
    assert floors.rights.unit_history["A"][0].end == floors.now
    assert floors.rights.rights["R-A"].share == Share(0, 1)
    assert title_history(floors.rights, "R-A")[-1].entry.kind == "split"
    floors.when(transfer(on(floors, "A2").id, "bao"))
    assert (floors.free("anna", "A1"), floors.free("bao", "A2")) == (300, 500)
    assert floors.free("anna", "A") == 0
    floors.refused(transfer("R-A"), "rights.ended")
    floors.refused(split("A", *THREE), "rights.unit_historic")
    assert not floors.rights.consents, "a consent is used up"
    then = rights(floors.rights, at=floors.now - 1)
    assert then.text("right").tolist() == ["R-A"], "the register of yesterday still stands"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ((part("A1", 300, 100), part("A2", 500, 200)), "rights.parts_do_not_sum"),
        ((part("A1", 300, 100), part("A2", 600, 201)), "rights.parts_do_not_sum"),
        ((part("A1", 300, 301), part("A2", 600, -1)), "rights.parts_do_not_sum"),
        ((part("A1", 900, 300),), "rights.bad_parts"),
        ((part("A1", 300, 100), part("A1", 600, 200)), "rights.bad_parts"),
        ((part("A", 300, 100), part("A2", 600, 200)), "rights.unit_exists"),
        ((part("A1", 0, 100), part("A2", 900, 200)), "rights.bad_quantity"),
        ((part("A1", 1, 100, region="R99"), part("A2", 899, 200)), "places.unknown_region"),
    ],
)
def test_parts_that_do_not_make_the_whole_are_refused(
    floors: Floors, parts: tuple[UnitPart, ...], code: str
) -> None:
    """S2-59"""
    floors.when(consent("A", "split"))
    floors.refused(split("A", *parts), code)


def test_an_unknown_unit_or_an_indivisible_one_is_not_split(floors: Floors) -> None:
    floors.refused(split("nowhere", *THREE), "rights.unknown_unit")
    floors.when(registration("technology"))
    floors.refused(
        split("U-technology", part("T1", 50, 0), part("T2", 50, 0)), "rights.not_splittable"
    )


def test_a_mortgage_is_carried_in_its_rank_and_released_once(floors: Floors) -> None:
    """S2-59: each part secures the whole debt, with the instant of the first entry."""
    floors.when(pledge("R-A", "P1", amount_minor=1_000))
    floors.now += 1
    floors.when(pledge("R-A", "P2", rank=2, creditor="watch"))
    at = floors.rights.entries["P1"].at
    floors.now += DAY
    floors.when(consent("A", "split"))
    floors.when(consent("A", "split", "watch"))
    refusal = floors.refused(split("A", *THREE), "rights.consent_missing")
    assert "bao has not agreed to the split of A" in str(refusal)
    floors.when(consent("R-A", "split", "bao"))
    floors.when(split("A", *THREE))
    for name in ("A1", "A2", "A3"):
        first, second = pledges_on(floors, on(floors, name).id)
        assert (first.beneficiary, first.at, first.amount_minor) == ("bao", at, 1_000)
        assert (first.caused_by, second.caused_by) == ("P1", "P2")
        floors.refused(transfer(on(floors, name).id, "watch"), "rights.blocked")
    assert len(pledges_following(floors, "P1")) == 3
    for entry in pledges_following(floors, "P1"):
        floors.when(release(entry, "bao"))
    assert pledges_following(floors, "P1") == []


def test_parts_that_are_merged_again_secure_the_debt_once(floors: Floors) -> None:
    """S2-59 S2-61: a carried pledge is not counted twice."""
    floors.when(pledge("R-A", "P1", amount_minor=1_000))
    for party in ("anna", "bao"):
        floors.when(consent("A", "split", party))
    floors.when(split("A", *THREE))
    for name in ("A1", "A2"):
        for party in ("anna", "bao"):
            floors.when(consent(name, "merge", party))
    floors.when(merge("B", "A1", "A2"))
    (one,) = pledges_on(floors, on(floors, "B").id)
    assert (one.amount_minor, one.beneficiary) == (1_000, "bao")
    assert len(pledges_following(floors, "P1")) == 2, "on B and on A3"


def test_what_is_frozen_in_use_or_on_offer_is_not_split(floors: Floors) -> None:
    """S0-50: a freeze bars it."""
    floors.when(consent("A", "split"))
    floors.reserved["R-A"] = 5
    floors.refused(split("A", *THREE), "rights.lots_reserved")
    floors.reserved.clear()
    floors.when(freeze("R-A"))
    floors.refused(split("A", *THREE), "rights.blocked")
    floors.when(registration("data"))
    floors.when(grant("G", "R-data", 10))
    floors.refused(split("U-data", part("D1", 500, 0), part("D2", 500, 0)), "rights.in_use")


def test_leases_restrictions_and_objections_follow_to_each_part(floors: Floors) -> None:
    """S2-59"""
    floors.when(grant("L", "R-A", 900))
    floors.when(registration("land", right="D", unit="A", quantity=900, unit_attributes={},
                             kind="use_restriction", holder="bao"))  # fmt: skip
    floors.when(EnterObjection(actor="watch", key="k", entry="O1", right="R-A", reason="mine"))
    for party in ("anna", "bao"):
        floors.when(consent("A", "split", party))
    floors.when(split("A", *THREE))
    by_kind = {floors.rights.rights[one].kind: one for one in floors.rights.by_unit["A2"]}
    assert set(by_kind) == {"use_right", "lease", "use_restriction"}
    lease = floors.rights.rights[by_kind["lease"]]
    assert lease.based_on == by_kind["use_right"]
    assert (floors.free("bao", "A2/lease"), lease.share) == (500, Share(1, 1))
    floors.refused(transfer(by_kind["use_right"]), "rights.blocked")


def test_a_share_that_is_not_whole_lots_of_a_part_is_refused(floors: Floors) -> None:
    other = HolderShare(right="R-H2", holder="bao", share=Share(1, 2))
    plot(floors, "H", quantity=10, floor_area=0, share=Share(1, 2), co_holders=(other,))
    for party in ("anna", "bao"):
        floors.when(consent("H", "split", party))
    odd = (part("H1", 5, 0), part("H2", 5, 0))
    floors.refused(split("H", *odd), "rights.share_not_in_lots")


def test_fragments_of_several_holders_become_one_listable_unit(floors: Floors) -> None:
    """S2-61: area and shares are conserved, and every fragment is named."""
    plot(floors, "B", quantity=600, floor_area=50, holder="bao")
    floors.refused(merge("M", "A", "B"), "rights.consent_missing")
    floors.when(consent("A", "merge"))
    floors.when(consent("R-B", "merge", "bao"))
    floors.when(merge("M", "A", "B"))
    unit = floors.rights.units["M"]
    assert (unit.quantity, unit.parents) == (1_500, ("A", "B"))
    assert unit.attributes == {"use": "industrial", "land_title": "state", "floor_area_m2": 350}
    shares = {right.holder: right.share for right in current_rights(floors, instrument="M")}
    assert shares == {"anna": Share(3, 5), "bao": Share(2, 5)}
    assert (floors.free("anna", "M"), floors.free("bao", "M")) == (900, 600)


def test_units_that_differ_say_what_the_merged_one_is(floors: Floors) -> None:
    attributes = {"use": "commercial", "land_title": "state", "floor_area_m2": 0}
    plot(floors, "B", unit_attributes=attributes, region="R02", term_to=floors.now + DAY)
    floors.when(consent("A", "merge"))
    floors.refused(merge("M", "A", "B"), "rights.unit_differs")
    floors.when(consent("B", "merge"))
    floors.refused(merge("M", "A", "B"), "rights.unit_differs")
    floors.refused(merge("M", "A", "B", region="R01"), "rights.attribute_missing")
    floors.when(merge("M", "A", "B", region="R01", attributes={"use": "mixed"}))
    assert len(floors.rights.by_unit["M"]) == 2, "terms that differ stay rights of their own"
    floors.when(registration("capital"))
    floors.refused(merge("X", "M", "U-capital"), "rights.unit_differs")


def owners(floors: Floors, *votes: str) -> None:
    """The group ``co`` of anna and bao, 2/3 and 1/3, and its resolution to merge into M."""
    members = (Member("anna", Share(2, 3)), Member("bao", Share(1, 3)))
    floors.when(
        RegisterParty(actor="op", key="k", party="co", kind="group", name="co", members=members)
    )
    resolve(floors, "res", *votes)


def resolve(floors: Floors, name: str, *votes: str, voting: VotingRule | None = None) -> None:
    purpose = "merge" if voting is None else "other"
    floors.when(
        ProposeResolution(
            actor="anna", key="k", resolution=name, group="co", purpose=purpose, subject="M",
            closes=floors.now + DAY, voting=voting,
        )
    )  # fmt: skip
    for member, choice in zip(("anna", "bao"), votes, strict=True):
        floors.when(CastVote(actor=member, key="k", resolution=name, choice=choice))


def test_a_group_agrees_by_resolution_once_and_a_creditor_for_itself(floors: Floors) -> None:
    """S2-61: the quorum is that of the rules; what was resolved is used up."""
    owners(floors, "against", "for")
    plot(floors, "B", holder="co")
    floors.when(pledge("R-A", "P1", creditor="watch"))
    floors.when(consent("A", "merge"))
    floors.refused(merge("M", "A", "B", resolution="none"), "parties.unknown_resolution")
    floors.refused(merge("M", "A", "B", resolution="res"), "parties.not_resolved")
    resolve(floors, "own", "for", "for", voting=VotingRule(
        count="heads", base="cast", quorum=Share(1, 9), threshold=Share(1, 9)))  # fmt: skip
    floors.refused(merge("M", "A", "B", resolution="own"), "rights.no_voting_rule")
    resolve(floors, "res2", "for", "against")
    refusal = floors.refused(merge("M", "A", "B", resolution="res2"), "rights.consent_missing")
    assert "watch has not agreed" in str(refusal)
    floors.when(consent("A", "merge", "watch"))
    floors.when(merge("M", "A", "B", resolution="res2"))
    refusal = floors.refused(merge("M", "M", "B", resolution="res2"), "rights.unit_historic")


def test_members_are_bound_only_where_the_profile_lets_a_quorum_do(floors: Floors) -> None:
    """S2-61: two thirds of the shares by quantity, each by itself or by resolution."""
    owners(floors, "for", "against")
    plot(floors, "B", quantity=450, holder="bao")
    refusal = floors.refused(merge("M", "A", "B", resolution="res"), "rights.consent_missing")
    assert "anna has not agreed" in str(refusal), "every holder"
    text = institution("factors/land.toml").replace('"1"', '"2"', 1)
    text = text.replace('merge_quorum = "1"', 'merge_quorum = "2/3"')
    floors.when(AdoptProfile(actor="gov", key="k", profile=parse_profile(text)))
    floors.refused(merge("M", "A", "B"), "rights.consent_missing")
    floors.when(consent("B", "merge", "bao"))
    floors.refused(merge("M", "A", "B"), "rights.consent_missing")
    floors.when(consent("A", "merge", "anna"))
    floors.now += 1
    floors.when(merge("M", "A", "B", resolution="res"))


def test_two_thirds_outvote_the_rest(floors: Floors) -> None:
    """S2-61: exactly two thirds are enough."""
    plot(floors, "B", quantity=450, holder="bao")
    text = institution("factors/land.toml").replace('"1"', '"2"', 1)
    text = text.replace('merge_quorum = "1"', 'merge_quorum = "2/3"')
    floors.when(AdoptProfile(actor="gov", key="k", profile=parse_profile(text)))
    floors.when(consent("A", "merge", "anna"))
    floors.when(merge("M", "A", "B"))
    assert floors.free("bao", "M") == 450, "who was outvoted keeps what was its own"


cuts = st.lists(st.integers(1, 400), min_size=2, max_size=6)


@settings(max_examples=25)
@given(cuts, st.data())
def test_split_then_merge_returns_the_quantities_exactly(
    quantities: list[int], data: st.DataObject
) -> None:
    """S2-59 S2-61: quantities, floor areas, shares and lots are those of the parent again."""
    areas = [data.draw(st.integers(0, 50)) for _ in quantities]
    floors = settled(regions=1)
    whole = sum(quantities) * 6
    half = data.draw(st.sampled_from([Share(1, 2), Share(1, 3), Share(5, 6)]))
    rest = Share.of(half.denominator - half.numerator, half.denominator)
    plot(
        floors, "A", quantity=whole, floor_area=sum(areas), share=half,
        co_holders=(HolderShare(right="R-2", holder="bao", share=rest),),
    )  # fmt: skip
    before = floors.free("anna", "A"), floors.free("bao", "A")
    parts = [
        part(f"P{number}", quantity * 6, area)
        for number, (quantity, area) in enumerate(zip(quantities, areas, strict=True))
    ]
    for party in ("anna", "bao"):
        floors.when(consent("A", "split", party))
    floors.when(split("A", *parts))
    for one in parts:
        for party in ("anna", "bao"):
            floors.when(consent(one.unit, "merge", party))
    floors.when(merge("Z", *(one.unit for one in parts)))
    old, new = floors.rights.units["A"], floors.rights.units["Z"]
    assert (old.quantity, old.attributes, old.region) == (new.quantity, new.attributes, new.region)
    assert (floors.free("anna", "Z"), floors.free("bao", "Z")) == before
    shares = {right.holder: right.share for right in current_rights(floors, instrument="Z")}
    assert shares == {"anna": half, "bao": rest}


def test_a_consent_is_for_a_known_thing_and_a_known_entry(floors: Floors) -> None:
    floors.refused(consent("nowhere", "split"), "rights.unknown_thing")
    floors.refused(consent("A", "freeze"), "rights.no_consent_asked")
    floors.refused(consent("A", "split", until=floors.now), "rights.consent_over")
    floors.when(consent("A", "split", until=floors.now + DAY))
    floors.now += DAY
    floors.refused(split("A", *THREE), "rights.consent_missing")


def test_a_cancelled_part_leaves_the_others_alone(floors: Floors) -> None:
    floors.when(consent("A", "split"))
    floors.when(split("A", *THREE))
    floors.when(cancel(on(floors, "A1").id))
    assert floors.free("anna", "A2") == 500

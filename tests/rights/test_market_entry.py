"""Land of a collective comes to the market by plan, ownership and two thirds, then is like all."""

import pytest

from tests.floors import Floors, settled
from tests.rights.entries import plan, plot, transfer
from tests.rights.samples import registration
from yaosu.kernel.instant import DAY
from yaosu.kernel.numbers import Share
from yaosu.kernel.refusal import Refusal
from yaosu.parties.commands import CastVote, ProposeResolution, RegisterParty
from yaosu.parties.values import Member
from yaosu.rights.commands import EnterMarket
from yaosu.rights.offering import check_offerable

FARMERS = ("anna", "bao", "watch")


def village(land_title: str = "collective", use: str = "industrial") -> Floors:
    """A collective of three with a plot that it holds the use right of."""
    floors = settled()
    members = tuple(Member(name, Share(1, 3)) for name in FARMERS)
    floors.when(
        RegisterParty(actor="op", key="k", party="co", kind="group", name="co", members=members)
    )
    attributes = {"use": use, "land_title": land_title, "floor_area_m2": 0}
    plot(floors, "A", holder="co", unit_attributes=attributes)
    return floors


def resolve(floors: Floors, name: str, votes: int, purpose: str = "grant_collective_land") -> None:
    floors.when(
        ProposeResolution(
            actor="anna", key="k", resolution=name, group="co", purpose=purpose, subject="A",
            closes=floors.now + DAY,
        )
    )  # fmt: skip
    for number, member in enumerate(FARMERS):
        choice = "for" if number < votes else "against"
        floors.when(CastVote(actor=member, key="k", resolution=name, choice=choice))


def enter(resolution: str, unit: str = "A") -> EnterMarket:
    return EnterMarket(actor="reg", key="k", unit=unit, resolution=resolution)


def offered(floors: Floors) -> str:
    try:
        return check_offerable(floors, "R-A").id
    except Refusal as refusal:
        return refusal.code


def test_collective_land_is_offered_only_after_plan_ownership_and_two_thirds() -> None:
    """S0-05: each of the three is asked for, and exactly two thirds are enough."""
    floors = village()
    assert offered(floors) == "rights.not_entered"
    resolve(floors, "two", 2)
    refusal = floors.refused(enter("two"), "rights.may_not_enter_market")
    assert "no plan in force permits the use industrial" in str(refusal)
    plan(floors, "A", "industrial")
    refusal = floors.refused(enter("two"), "rights.may_not_enter_market")
    assert "no collective_ownership of the whole is registered" in str(refusal)
    own = registration(
        "land", right="OWN", unit="A", quantity=900, unit_attributes={}, holder="co",
        kind="collective_ownership",
    )  # fmt: skip
    floors.when(own)
    floors.refused(enter("none"), "parties.unknown_resolution")
    resolve(floors, "one", 1)
    floors.refused(enter("one"), "parties.not_resolved")
    floors.when(enter("two"))
    assert offered(floors) == "R-A"
    refusal = floors.refused(enter("two"), "rights.may_not_enter_market")
    assert "it came there by" in str(refusal)
    floors.refused(transfer("OWN", actor="co"), "rights.not_transferable")


def test_land_for_farming_does_not_enter() -> None:
    """S0-05: zoned for business use."""
    floors = village(use="residential")
    plan(floors, "A", "residential")
    resolve(floors, "three", 3)
    refusal = floors.refused(enter("three"), "rights.may_not_enter_market")
    assert "its use is residential, not one of industrial" in str(refusal)


@pytest.mark.parametrize("land_title", ["state", "collective"])
def test_in_the_market_collective_and_state_land_are_the_same(land_title: str) -> None:
    """S0-05: same book, same rights."""
    floors = village(land_title)
    if land_title == "state":
        refusal = floors.refused(enter("none"), "rights.may_not_enter_market")
        assert "it needs no entry of its own" in str(refusal)
    else:
        plan(floors, "A", "industrial")
        resolve(floors, "two", 2)
        own = registration(
            "land", right="OWN", unit="A", quantity=900, unit_attributes={}, holder="co",
            kind="collective_ownership",
        )  # fmt: skip
        floors.when(own)
        floors.when(enter("two"))
    right = check_offerable(floors, "R-A")
    assert (right.kind, right.instrument, right.term_to) == (
        "use_right", "A", registration("land").term_to,
    )  # fmt: skip
    floors.when(transfer("R-A", "bao", actor="co"))
    assert floors.free("bao", "A") == 900

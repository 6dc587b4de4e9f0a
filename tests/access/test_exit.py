"""Leaving as a procedure: step by step, everything that is open listed, nothing vanishing."""

import pytest

from tests.stories import DOCUMENT, EXCHANGE, MINISTRY, Story, row
from yaosu.access.commands import BeginExit, Deregister, LeaveMarket, StopExit
from yaosu.access.decide import check_admitted
from yaosu.access.exit import exit_page
from yaosu.kernel.numbers import Share
from yaosu.kernel.refusal import Refusal
from yaosu.ledger.state import FREE
from yaosu.markets.commands import OfferRight, SubmitOrders
from yaosu.parties.commands import GivePower, GrantRole, RegisterParty
from yaosu.parties.values import Member
from yaosu.rights.commands import AssignPledge, PledgeRight, ReleaseRight, TransferTitle
from yaosu.settlement.commands import RecordWithdrawal


@pytest.fixture
def story() -> Story:
    """A firm with a right on offer, an order to buy, a pledge given to it, money and a power."""
    story = Story().found(("compute",))
    for name in ("firm", "debtor", "bank"):
        story.party(name, money=1_000)
    story.right("r1", "firm", 10, instrument="gpu")
    story.right("r2", "debtor", 10, instrument="gpu")
    story.market("m")
    story.ask(OfferRight, "firm", market="m", right="r1", price=50, quantity=4)
    story.order("firm", 1, 5, 10).accepted()
    story.ask(PledgeRight, "debtor", entry="p1", right="r2", creditor="firm")
    story.ask(GivePower, "firm", power="pw", attorney="bank", commands=("*",))
    return story


def open_steps(story: Story, party: str = "firm") -> dict[str, tuple[str, ...]]:
    return {
        step.step: step.open for step in exit_page(story.venue.state, party) if not step.is_done
    }


def test_a_party_leaves_step_by_step_and_is_told_what_is_open(story: Story) -> None:
    """S0-04: orders, obligations, pledges, positions, admissions, registration, in this order."""
    assert len(open_steps(story)["cancel orders"]) == 2
    story.ask(BeginExit, "firm")
    state = story.venue.state
    assert "cancel orders" not in open_steps(story)
    assert state.ledger.balance("firm", "CNY", FREE) == 1_000
    assert state.ledger.balance("firm", "gpu", FREE) == 10
    blocked = story.refused(Deregister, "firm")
    for thing in ("pledge p1 of right r2", "right r1", "bidder of compute", "1000 CNY (free)"):
        assert thing in blocked
    assert story.refused(LeaveMarket, "firm").startswith("access.exit_blocked")
    deed = {"entry": "p1", "target": "bank", "source": DOCUMENT}
    story.ask(AssignPledge, "firm", **deed)
    assert story.refused(ReleaseRight, "firm", entry="p1", reason="paid").startswith("rights.")
    story.ask(TransferTitle, "firm", right="r1", target="bank", lots=10)
    story.ask(LeaveMarket, "firm")
    assert list(open_steps(story)) == ["deregister"]
    story.ask(RecordWithdrawal, EXCHANGE, party="firm", currency="CNY", amount_minor=1_000)
    assert open_steps(story) == {}
    story.ask(Deregister, "firm", reason="moved abroad")
    assert state.parties.powers["pw"].withdrawn_for == "deregistered"
    with pytest.raises(Refusal, match="firm left for good at"):
        story.try_to(BeginExit, "firm")
    said = story.refused(TransferTitle, "bank", right="r1", target="firm", lots=1)
    assert said.startswith("parties.deregistered") or "unknown" in said
    assert "firm" in state.parties.parties


def test_whoever_is_leaving_buys_nothing_but_may_sell(story: Story) -> None:
    """S0-04: positions can still be closed."""
    story.ask(BeginExit, "firm", factor="compute")
    rows = row("firm", 1, 5, 1, "east", "gpu")
    said = story.refused(SubmitOrders, "firm", market="m", batch="b9", orders=rows)
    assert said.startswith("markets.not_admitted: firm is not admitted as bidder of compute")
    with pytest.raises(Refusal, match="begun to leave and buys no compute"):
        check_admitted(story.venue.state, "firm", "compute", "bidder")
    story.ask(OfferRight, "firm", market="m", right="r1", price=50, quantity=4)
    again = story.refused(BeginExit, "firm", factor="compute")
    assert again.startswith("access.exit_begun_before")
    story.ask(StopExit, "firm", factor="compute")
    assert story.refused(StopExit, "firm").startswith("access.exit_not_begun")
    check_admitted(story.venue.state, "firm", "compute", "bidder")


def test_orders_in_a_continuous_market_are_taken_back_too(story: Story) -> None:
    """S0-04: also where orders trade as they arrive."""
    story.market("floor", mechanism="continuous", clear_at_close=False)
    story.order("firm", 1, 5, 10, market="floor").accepted()
    story.order("firm", 1, 6, 10, market="floor").accepted()
    assert story.money("firm") < 1_000
    story.ask(BeginExit, "firm")
    assert story.money("firm") == 1_000
    assert "cancel orders" not in open_steps(story)


def test_offices_and_memberships_are_ended_first(story: Story) -> None:
    """S0-04: nothing that others rely on goes with who leaves."""
    story.ask(RegisterParty, EXCHANGE, party="clerk", kind="person", name="")
    story.ask(GrantRole, MINISTRY, party="clerk", role="registrar")
    whole = (Member("clerk", Share(1, 1)),)
    group = {"party": "club", "kind": "group", "name": "club", "members": whole}
    story.ask(RegisterParty, EXCHANGE, **group)
    blocked = story.refused(Deregister, "clerk")
    assert "the office registrar" in blocked
    assert "membership of club" in blocked


def test_who_never_came_in_has_nothing_to_leave(story: Story) -> None:
    story.ask(RegisterParty, EXCHANGE, party="guest", kind="person", name="")
    assert story.refused(BeginExit, "guest").startswith("access.nothing_to_leave")
    story.ask(Deregister, "guest")


def test_a_pledge_is_assigned_by_its_creditor_to_somebody_else(story: Story) -> None:
    for actor, changes in (
        ("bank", {"target": "bank"}),
        ("firm", {"target": "firm"}),
        ("firm", {"target": "debtor"}),
        ("firm", {"target": "bank", "source": "no"}),
    ):
        said = story.refused(AssignPledge, actor, entry="p1", **changes)
        assert said.startswith("rights.not_assignable")
    assert story.refused(AssignPledge, "firm", entry="x", target="bank").startswith(
        "rights.unknown_entry"
    )

"""How responses are made in a replay: a place for each of them, and what each policy does."""

import pytest

from tests.engine.test_replay import pack, rules, story
from tests.markets.sealed_bids import bid, sealed_story
from tests.stories import EXCHANGE, MINISTRY, WATCH, Story
from yaosu.access.commands import ApplyForAdmission, ReinstateAdmission, SuspendAdmission
from yaosu.core import COMMANDS, EXOGENOUS, RESPONSE
from yaosu.engine.replay import PROMPT, replay, value_of
from yaosu.kernel.columns import Columns
from yaosu.kernel.instant import DAY
from yaosu.markets.commands import HaltTrading, RecordClearing, ResumeTrading, SubmitOrders
from yaosu.markets.coupling import clear_book
from yaosu.parties.commands import RegisterParty
from yaosu.rules.pack import Pack
from yaosu.settlement.commands import RecordWithdrawal, VoidContract
from yaosu.workers.opening import open_bids


def test_every_response_says_what_prompt_means_for_it() -> None:
    assert {kind.kind for kind in COMMANDS.values()} == {EXOGENOUS, RESPONSE}
    responses = {command for command, kind in COMMANDS.items() if kind.kind == RESPONSE}
    assert set(PROMPT) == responses


def harder(version: str = "b") -> Pack:
    """Rules under which a buyer needs an identity that nobody has."""
    return pack(
        version,
        entry=('expression = "attested_identity >= 1"', 'expression = "attested_identity >= 2"'),
        example=(
            "facts  = { attested_identity = 1 }\nresult = true",
            "facts  = { attested_identity = 2 }\nresult = true",
        ),
    )


def test_a_sanction_of_one_who_was_never_admitted_is_without_object() -> None:
    told = story(limits=1)
    who = {"party": "buyer", "factor": "compute", "role": "bidder"}
    told.ask(SuspendAdmission, WATCH, **who, reason="late")
    told.ask(ReinstateAdmission, WATCH, **who)
    found = replay(told.venue.store, [harder()])
    assert found.counts["without object"] == 2
    by_command = {name: set(tallies) for name, tallies in found.tallies.items()}
    assert by_command["access.suspend_admission"] == {"without object"}
    none = replay(told.venue.store, [harder()], "none")
    assert "access.suspend_admission" not in none.tallies


def test_a_withdrawal_is_made_only_if_the_money_is_there() -> None:
    told = story(limits=1)
    told.ask(RecordWithdrawal, EXCHANGE, party="buyer", currency="CNY", amount_minor=850)
    found = replay(told.venue.store, [pack("b", limits=2)])  # 30 lots cost more than 5
    assert found.tallies["settlement.record_withdrawal"].keys() == {"newly refused"}
    (last,) = [d for d in found.divergences if d.command == "settlement.record_withdrawal"]
    assert last.replayed == "ledger.insufficient"
    assert last.cause.startswith("follows from entry")
    assert last.item == "national@b#markets.link_limits"
    assert found.values["newly refused"] == 850


def test_a_recorded_clearing_does_not_fit_another_book() -> None:
    told = story(limits=1, clear_at_close=False)
    market = told.venue.state.markets.markets["m"]
    assert market.closed_as is not None
    clearing = clear_book(market, market.closed_as)
    told.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=clearing)
    tried = replay(told.venue.store, [pack("b", limits=2)], "as_recorded")
    assert tried.tallies["markets.record_clearing"].keys() == {"newly refused"}
    assert tried.clearings["m/1"].replayed is None
    assert tried.replayed.markets.markets["m"].phase == "closed"
    prompt = replay(told.venue.store, [pack("b", limits=2)])
    assert prompt.tallies["markets.record_clearing"].keys() == {"supplied by policy"}
    assert prompt.welfare_gain == (30 - 5) * 8


def test_a_round_that_the_record_left_unpriced_is_no_gain_of_the_rule() -> None:
    """S0-57: what only the policy would have done is not counted as the rule's worth."""
    told = story(limits=1, clear_at_close=False)
    for limits in (1, 2):
        found = replay(told.venue.store, [pack("b", limits=limits)])
        assert found.clearings == {}
        assert found.welfare_gain == 0
        assert found.is_without_effect == (limits == 1)  # the links of the closed book differ


@pytest.mark.parametrize("policy", ["prompt", "as_recorded"])
def test_a_book_that_was_closed_before_the_period_is_cleared_inside_it(policy: str) -> None:
    told = story(limits=1, clear_at_close=False)
    start = told.venue.store.size
    market = told.venue.state.markets.markets["m"]
    assert market.closed_as is not None
    clearing = clear_book(market, market.closed_as)
    told.deposit("buyer", 1)
    told.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=clearing)
    inside = replay(told.venue.store, [pack("b", limits=2)], policy, since=start)
    assert inside.is_without_effect  # it was closed under the recorded links
    assert inside.replayed.ledger.balance("buyer", "gpu") == 5
    before = replay(told.venue.store, [pack("b")], policy, until=start)
    assert before.is_without_effect
    assert before.clearings == {}


def test_a_round_priced_late_by_a_worker_is_priced_as_late_in_a_replay() -> None:
    """A rule without effect is exactly zero wherever the period ends: gates open as they did."""
    told = Story().found(factors=("compute",), rules=rules("a", 1))
    told.party("seller")
    told.party("buyer", money=1_000)
    told.right("r1", "seller", 100, instrument="gpu")
    told.market(clear_at_close=False, contract="notice", notice_days=1)
    told.order("seller", -1, 10, 40)
    told.order("buyer", 1, 20, 30)
    told.close()
    closed_at = told.clock.instant
    told.clock.instant = closed_at + DAY // 2
    market = told.venue.state.markets.markets["m"]
    assert market.closed_as is not None
    clearing = clear_book(market, market.closed_as)
    told.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=clearing)
    told.clock.instant = closed_at + DAY + 1  # a day after the close, not yet after the clearing
    early = {"party": "seller", "currency": "CNY", "amount_minor": 1}
    told.refused(RecordWithdrawal, EXCHANGE, **early)
    told.clock.instant += DAY
    told.ask(RecordWithdrawal, EXCHANGE, **early)
    for policy in ("prompt", "as_recorded"):
        for end in range(told.venue.store.size - 8, told.venue.store.size):
            found = replay(told.venue.store, [pack("b", limits=1)], policy, until=end)
            assert found.is_without_effect, (policy, end, found.divergences)


def test_a_continuous_market_is_replayed_with_its_halts() -> None:
    told = Story().found(factors=("compute",), rules=rules("a"))
    told.party("seller")
    told.party("buyer", money=1_000)
    told.right("r1", "seller", 100, instrument="gpu")
    told.market(mechanism="continuous", clear_at_close=False, contract="notice", notice_days=1)
    told.order("seller", -1, 10, 20)
    told.ask(HaltTrading, WATCH, market="m", reason="a rumour")
    told.order("buyer", 1, 10, 20)
    told.ask(ResumeTrading, WATCH, market="m")
    told.order("buyer", 1, 12, 5)
    told.clock.instant += DAY
    told.order("buyer", 1, 10, 5)
    for policy in ("prompt", "as_recorded"):
        found = replay(told.venue.store, [pack("b")], policy)
        assert found.is_without_effect, policy
        assert found.replayed.ledger.balance("buyer", "gpu") == 5
    barred = replay(told.venue.store, [harder()])  # nobody may trade
    assert barred.replayed.ledger.balance("buyer", "gpu") == 0
    # no order came, so there is no book that a halt could stop
    assert barred.tallies["markets.resume_trading"].keys() == {"changed"}
    freed = replay(told.venue.store, [pack("b")], "none")  # nobody halts: nobody is kept waiting
    assert freed.replayed.ledger.balance("buyer", "gpu") == 20


def test_a_contract_that_was_never_made_cannot_be_voided() -> None:
    told = Story().found(factors=("compute",), rules=rules("a"))
    told.party("seller")
    told.party("buyer", money=1_000)
    told.right("r1", "seller", 100, instrument="gpu")
    told.market(contract="notice", notice_days=5)
    told.order("seller", -1, 10, 20)
    told.order("buyer", 1, 10, 20)
    told.close()
    (contract,) = told.venue.state.settlement.contracts
    told.ask(VoidContract, MINISTRY, contract=contract, reason="a mistake")
    assert replay(told.venue.store, [pack("b")]).is_without_effect
    found = replay(told.venue.store, [harder()])
    assert found.tallies["settlement.void_contract"].keys() == {"without object"}


def test_what_no_market_could_take_is_worth_nothing() -> None:
    def orders(price: int, quantity: int) -> SubmitOrders:
        table = Columns.of(price=[price], quantity=[quantity])
        return SubmitOrders(actor="a", key="k", market="m", batch="b", orders=table)

    assert value_of(orders(7, 3), {"m": 10}) == 210
    assert value_of(orders(7, 3), {}) == 21
    for price, quantity in ((-1, 5), (5, 0), (2**63 - 1, 1), (1, 2**50)):
        assert value_of(orders(price, quantity), {}) == 0


@pytest.mark.parametrize("policy", ["prompt", "as_recorded", "none"])
def test_time_passes_under_every_policy(policy: str) -> None:
    told = Story().found(factors=("compute",), rules=rules("a"))
    told.party("seller")
    told.party("buyer", money=1_000)
    told.right("r1", "seller", 100, instrument="gpu")
    told.market(contract="notice", notice_days=5)
    told.order("seller", -1, 10, 20)
    told.order("buyer", 1, 10, 20)
    told.close()
    told.clock.instant += 6 * 86_400_000_000
    told.deposit("buyer", 1)
    found = replay(told.venue.store, [pack("b")], policy)
    assert found.is_without_effect
    assert found.replayed.ledger.balance("buyer", "gpu") == 20


EASIER = {
    "entry": ('expression = "attested_identity >= 1"', 'expression = "true"'),
    "example": (
        "facts  = { attested_identity = 0 }\nresult = false",
        "facts  = { attested_identity = 0 }\nresult = true",
    ),
}


def test_a_sealed_bid_that_was_never_opened_is_counted_and_not_guessed() -> None:
    """S0-57: who was refused can come in, but what nobody ever read stays unread."""
    told = sealed_story()
    told.ask(RegisterParty, EXCHANGE, party="late", kind="person", name="late", facts={})
    told.deposit("late", 1_000)
    told.try_to(ApplyForAdmission, "late", factor="compute", role="bidder")
    assert bid(told, "late", 30).refusal is not None
    bid(told, "anna", 20).accepted()
    told.close()
    open_bids(told.venue, "m")
    told.close()
    assert replay(told.venue.store, []).is_without_effect
    found = replay(told.venue.store, [pack("b", **EASIER)])
    assert found.tallies["access.apply_for_admission"].keys() == {"same", "newly accepted"}
    assert found.unreadable == 1
    assert found.replayed.ledger.balance("late", "CNY") == 1_000  # no deposit, so none forfeited
    assert found.clearings["m/1"].replayed is not None
    assert found.welfare_gain == 0
    unopened = replay(told.venue.store, [], "none")  # nobody opens, so the second close is refused
    assert unopened.clearings["m/1"].replayed is None
    assert unopened.divergences[0].replayed == "markets.opening_goes_on"

"""Settlement: rights and money move together or not at all, and title follows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stories import EXCHANGE, MINISTRY, REGISTRY, Story, both_ways
from yaosu.core import AdvanceTime
from yaosu.engine.proof import audit, verify
from yaosu.engine.recovery import command_of
from yaosu.journal.memory import MemoryStore
from yaosu.kernel.instant import DAY
from yaosu.rights.commands import EnterObjection, FreezeRight, PledgeRight
from yaosu.rights.views import lots_by_holder
from yaosu.settlement.commands import RecordDeposit, RecordWithdrawal, VoidContract
from yaosu.settlement.events import ContractMade
from yaosu.settlement.state import PERFORMED, VOIDED, WAITING


def traded(store: MemoryStore | None = None, **trading: object) -> Story:
    """10 lots sold at 20 in one region."""
    story = Story(store).found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=1_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(**trading)
    assert story.order("seller", -1, 20, 10).is_accepted
    assert story.order("buyer", 1, 20, 10).is_accepted
    story.close()
    return story


def register_and_books_agree(story: Story) -> bool:
    """Every party's lots in the books are the lots of its rights in the register."""
    state = story.venue.state
    booked: dict[tuple[str, str], int] = {}
    for (party, asset, _), amount in state.ledger.balances.items():
        if asset != "CNY" and party != "register" and amount:
            booked[party, asset] = booked.get((party, asset), 0) + amount
    registered = {key: lots for key, lots in lots_by_holder(state.rights).items() if lots}
    return booked == registered


def test_spot_is_delivery_against_payment_in_the_clearings_own_entry() -> None:
    """S0-63: both legs in one batch, and title follows."""
    story = traded()
    assert (story.money("buyer"), story.money("seller")) == (800, 200)
    assert (story.lots("buyer"), story.lots("seller")) == (10, 90)
    (contract,) = story.venue.state.settlement.contracts.values()
    assert contract.state == PERFORMED
    assert register_and_books_agree(story)
    shares = sorted(
        (r.holder, str(r.share)) for r in story.venue.state.rights.rights.values() if not r.end
    )
    assert shares == [("buyer", "1/10"), ("seller", "9/10")]


def test_the_price_between_regions_goes_to_the_party_the_market_names() -> None:
    story = Story().found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=1_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(links=both_ways("east", "west", 5, 2))
    story.order("seller", -1, 10, 40)
    story.order("buyer", 1, 20, 30, region="west")
    story.close()
    assert story.money("buyer") == 1_000 - 5 * 20
    assert story.money("seller") == 5 * 10
    assert story.money(EXCHANGE) == 5 * (20 - 10)
    assert story.money("buyer", "order:m") == 0
    assert story.lots("seller", purpose="order:m") == 0


def test_a_notice_gate_holds_rights_and_money_until_it_opens() -> None:
    story = traded(contract="notice", notice_days=10)
    (contract,) = story.venue.state.settlement.contracts.values()
    assert contract.state == WAITING
    assert (story.money("buyer"), story.money("seller"), story.lots("buyer")) == (800, 0, 0)
    assert story.lots("seller", purpose=contract.held_for) == 10
    assert register_and_books_agree(story)
    story.clock.forward(10 * DAY - 1)
    story.deposit("buyer", 1)
    assert contract.state == WAITING
    story.clock.forward(1)
    story.deposit("buyer", 1)
    assert contract.state == PERFORMED
    assert (story.money("seller"), story.lots("buyer")) == (200, 10)
    assert register_and_books_agree(story)
    advances = [e for e in story.venue.store.read() if isinstance(command_of(e), AdvanceTime)]
    assert [e.header.instant for e in advances] == [contract.made.gates[0].until]
    assert audit(story.venue.store).is_clean


@pytest.mark.parametrize("step", [DAY, 7 * DAY, 30 * DAY])
def test_whatever_the_tick_what_is_due_happens_at_its_own_instant(step: int) -> None:
    story = traded(contract="notice", notice_days=10)
    while story.venue.state.settlement.waiting:
        story.clock.forward(step)
        story.deposit("buyer", 1)
    right = next(r for r in story.venue.state.rights.rights.values() if r.holder == "buyer")
    (contract,) = story.venue.state.settlement.contracts.values()
    assert right.begin == contract.made.gates[0].until


def test_lots_promised_in_a_contract_are_not_offered_again() -> None:
    story = traded(contract="notice", notice_days=10)
    assert story.order("seller", -1, 20, 91).refusal is not None
    assert story.order("seller", -1, 20, 90).is_accepted


def test_an_authority_may_void_a_contract_at_its_gates_and_all_is_as_before() -> None:
    story = traded(contract="notice", notice_days=10)
    (name,) = story.venue.state.settlement.contracts
    assert "core.role_needed" in story.refused(
        VoidContract, "buyer", contract=name, reason="regret"
    )
    story.ask(VoidContract, MINISTRY, contract=name, reason="objection upheld")
    assert story.venue.state.settlement.contracts[name].state == VOIDED
    assert (story.money("buyer"), story.money("seller")) == (1_000, 0)
    assert (story.lots("buyer"), story.lots("seller")) == (0, 100)
    assert story.order("seller", -1, 20, 100).is_accepted
    assert story.refused(VoidContract, MINISTRY, contract=name, reason="again") == (
        f"settlement.not_waiting: contract {name} is voided, no longer at its gates; "
        "a performed contract is final; agree a new trade back"
    )
    assert "settlement.unknown_contract" in story.refused(
        VoidContract, MINISTRY, contract="none", reason="?"
    )


def test_a_freeze_during_the_notice_voids_the_contract_and_gives_all_back() -> None:
    story = traded(contract="notice", notice_days=10)
    story.ask(FreezeRight, REGISTRY, entry="freeze-1", right="r1", reason="court order")
    (contract,) = story.venue.state.settlement.contracts.values()
    assert contract.state == VOIDED
    assert story.money("buyer") == 1_000
    assert register_and_books_agree(story)


def test_neither_a_pledge_nor_a_strangers_objection_undoes_what_was_matched() -> None:
    story = traded(contract="notice", notice_days=10)
    story.ask(PledgeRight, "seller", entry="pledge-1", right="r1", creditor="buyer")
    story.ask(EnterObjection, "buyer", entry="objection-1", right="r1", reason="it is mine")
    (contract,) = story.venue.state.settlement.contracts.values()
    assert contract.state == WAITING
    story.clock.forward(10 * DAY)
    story.deposit("buyer", 1)
    assert contract.state == PERFORMED
    assert story.lots("buyer") == 10
    assert register_and_books_agree(story)


def test_a_right_that_ends_during_the_notice_voids_the_contract() -> None:
    story = traded(contract="notice", notice_days=400)
    story.clock.forward(401 * DAY)
    story.deposit("buyer", 1)
    (contract,) = story.venue.state.settlement.contracts.values()
    assert contract.state == VOIDED
    assert story.money("buyer") == 1_001


def test_what_was_matched_is_final_though_the_right_was_frozen_after_the_close() -> None:
    from yaosu.markets.commands import RecordClearing
    from yaosu.markets.coupling import clear_book

    story = Story().found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=1_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(clear_at_close=False)
    story.order("seller", -1, 20, 10)
    story.order("buyer", 1, 20, 10)
    story.close()
    story.ask(FreezeRight, REGISTRY, entry="freeze-1", right="r1", reason="court order")
    market = story.venue.state.markets.markets["m"]
    assert market.closed_as is not None
    clearing = clear_book(market, market.closed_as)
    story.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=clearing)
    assert story.lots("buyer") == 10
    assert "markets.right_blocked" in str(story.order("seller", -1, 20, 1).refusal)
    assert register_and_books_agree(story)


def test_money_comes_and_goes_over_a_rail_and_only_what_is_free_leaves() -> None:
    story = Story().found(factors=("compute",))
    story.party("firm", money=100)
    story.ask(RecordWithdrawal, EXCHANGE, party="firm", currency="CNY", amount_minor=40)
    assert story.money("firm") == 60
    assert "ledger.insufficient" in story.refused(
        RecordWithdrawal, EXCHANGE, party="firm", currency="CNY", amount_minor=61
    )
    for changes, code in (
        ({"amount_minor": 0}, "settlement.bad_amount"),
        ({"rail": "pigeon"}, "settlement.unknown_rail"),
        ({"party": "nobody"}, "parties.unknown"),
        ({"currency": "gpu"}, "settlement.unknown_currency"),
    ):
        fields = {"party": "firm", "currency": "CNY", "amount_minor": 1, **changes}
        assert story.refused(RecordDeposit, EXCHANGE, **fields).startswith(code)


ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from([1, -1]),
        st.integers(0, 12),
        st.integers(1, 9),
        st.sampled_from(["east", "west"]),
    ),
    min_size=1,
    max_size=14,
)


@given(ORDERS, st.integers(0, 6), st.integers(0, 3), st.sampled_from(["spot", "notice"]))
def test_no_trading_makes_or_loses_money_or_rights(
    orders: list[tuple[str, int, int, int, str]], capacity: int, cost: int, contract: str
) -> None:
    """S0-63: balanced after every command, register and books agree, and the journal is proved."""
    story = Story().found(factors=("compute",))
    for name in "abc":
        story.party(name, money=300)
        story.right(f"{name}-east", name, 12, region="east", instrument="gpu")
        story.right(f"{name}-west", name, 12, region="west", instrument="gpu")
    story.market(
        links=both_ways("east", "west", capacity, cost),
        contract=contract,
        notice_days=3 if contract == "notice" else 0,
    )
    for party, side, price, lots, region in orders:
        right = f"{party}-{region}" if side < 0 else ""
        story.order(party, side, price, lots, region, right=right)
        assert register_and_books_agree(story)
    made = [e for e in story.close() if isinstance(e, ContractMade)]
    assert all(sum(m.money["amount"].tolist()) == 0 for m in made)
    story.clock.forward(4 * DAY)
    story.deposit("a", 1)
    assert not story.venue.state.settlement.waiting
    assert register_and_books_agree(story)
    total = sum(story.money(p) for p in ("a", "b", "c", EXCHANGE))
    assert total == 901
    assert sum(story.lots(p) for p in "abc") == 72
    assert verify(story.venue.store).entries == story.venue.store.size
    story.venue.close()

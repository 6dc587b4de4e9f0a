"""A continuous market from orders to titles and money: halted, resumed, recovered, audited."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stories import EXCHANGE, MINISTRY, Story, both_ways
from yaosu.core import state_hash
from yaosu.door import Venue
from yaosu.kernel.columns import Columns
from yaosu.kernel.instant import DAY
from yaosu.kernel.words import Event
from yaosu.markets.commands import CancelOrders, CloseBook, HaltTrading, ResumeTrading, SubmitOrders
from yaosu.markets.events import LotsEnded, TradesMade
from yaosu.markets.state import book_of, session_of
from yaosu.markets.trading_state import Session
from yaosu.rights.commands import FreezeRight
from yaosu.settlement.events import ContractMade, ContractPerformed


def market(**trading: object) -> Story:
    """Two sellers of 100 lots each, two buyers with money, a continuous market."""
    story = Story().found(factors=("compute",))
    for seller in ("ann", "bob"):
        story.party(seller, money=10_000)
        story.right(f"r-{seller}", seller, 100, instrument="gpu")
    for buyer in ("cyd", "dan"):
        story.party(buyer, money=10_000)
    story.market(mechanism="continuous", clear_at_close=False, **trading)
    return story


def session(story: Story) -> Session:
    return session_of(story.venue.state.markets.markets["m"])


def ended(events: list[Event]) -> list[tuple[str, int, str]]:
    """(party, lots, reason) of what ended without a trade."""
    rows = [row for e in events if isinstance(e, LotsEnded) for row in e.orders.iterate()]
    return [(row["party"], row["lots"], row["reason"]) for row in rows]


def proved(story: Story) -> None:
    """Recovered state and audited decisions agree with what happened."""
    assert story.venue.audit().is_clean
    assert state_hash(Venue(story.venue.store, story.clock).state) == state_hash(story.venue.state)


def test_orders_trade_as_they_arrive_and_settle_in_the_same_entry() -> None:
    """Price first, then time; delivery against payment at the price of who stood first."""
    story = market()
    story.order("ann", -1, 12, 10)
    story.order("bob", -1, 11, 10)
    events = list(story.order("cyd", 1, 12, 15).accepted().events)
    (made,) = [e for e in events if isinstance(e, TradesMade)]
    assert [(t["seller"], t["price"], t["lots"]) for t in made.trades.iterate()] == [
        ("bob", 11, 10),
        ("ann", 12, 5),
    ]
    assert len([e for e in events if isinstance(e, ContractPerformed)]) == 1
    assert (story.lots("cyd"), story.lots("ann"), story.lots("bob")) == (15, 90, 90)
    assert story.lots("ann", purpose="order:m") == 5
    assert story.money("cyd") == 10_000 - 110 - 60
    assert story.money("cyd", "order:m") == 0, "what the price spared is free again"
    assert (story.money("ann"), story.money("bob")) == (10_060, 10_110)
    bought = [r for r in story.venue.state.rights.rights.values() if r.holder == "cyd"]
    assert len(bought) == 2, "title follows, one right from each seller"
    proved(story)


def test_what_is_left_stands_is_taken_back_and_its_hold_is_free_again() -> None:
    story = market()
    story.order("ann", -1, 12, 10)
    story.ask(
        SubmitOrders, "cyd", market="m", batch="mine",
        orders=Columns.of(
            instrument=["gpu"], region=["east"], side=[1], price=[12], quantity=[25]
        ),
    )  # fmt: skip
    assert story.money("cyd", "order:m") == 15 * 12
    story.ask(CancelOrders, "cyd", market="m", batch="mine")
    assert story.money("cyd") == 10_000 - 120
    text = story.refused(CancelOrders, "cyd", market="m", batch="mine", numbers=(0,))
    assert text.startswith("markets.order_gone")
    unknown = story.refused(CancelOrders, "cyd", market="m", batch="mine", numbers=(1,))
    assert unknown.startswith("markets.unknown_order")
    proved(story)


def test_a_party_does_not_trade_with_itself() -> None:
    """The rest of an order that would meet its own party ends; what it held is free."""
    story = market()
    story.order("ann", -1, 12, 10)
    events = list(story.order("ann", 1, 12, 4).accepted().events)
    assert not [e for e in events if isinstance(e, TradesMade)]
    assert ended(events) == [("ann", 4, "self_trade")]
    assert story.money("ann") == 10_000
    proved(story)


def test_regions_are_books_of_their_own_and_a_batch_may_trade_within_itself() -> None:
    story = market()
    story.right("r-west", "bob", 50, region="west", instrument="gpu")
    batch = Columns.of(
        instrument=["gpu"] * 4,
        region=["east", "east", "west", "west"],
        side=[-1, 1, -1, 1],
        price=[10, 11, 20, 19],
        quantity=[5, 5, 5, 5],
        party=["ann", "cyd", "bob", "dan"],
    )
    events = story.ask(SubmitOrders, EXCHANGE, market="m", batch="b", orders=batch)
    (made,) = [e for e in events if isinstance(e, TradesMade)]
    assert [(t["region"], t["buyer"], t["lots"]) for t in made.trades.iterate()] == [
        ("east", "cyd", 5)
    ]
    assert story.venue.state.markets.last_prices["m"]["gpu"] == {"east": 10}
    proved(story)


def test_a_halted_market_takes_back_but_does_not_take_and_then_goes_on() -> None:
    story = market()
    story.order("ann", -1, 12, 10)
    story.ask(HaltTrading, EXCHANGE, market="m", reason="a fault in the feed")
    refused = story.order("cyd", 1, 12, 1).refusal
    assert refused is not None
    assert refused.code == "markets.book_not_open"
    assert story.refused(HaltTrading, EXCHANGE, market="m", reason="again").startswith(
        "markets.book_not_open"
    )
    (batch,) = session(story).batches
    story.ask(CancelOrders, "ann", market="m", batch=batch)
    story.ask(ResumeTrading, EXCHANGE, market="m")
    assert story.order("cyd", 1, 12, 1).refusal is None
    proved(story)


def test_a_notice_contract_waits_and_a_frozen_right_leaves_the_book() -> None:
    story = market(contract="notice", notice_days=2)
    story.order("ann", -1, 12, 10)
    events = list(story.order("cyd", 1, 15, 4).accepted().events)
    (contract,) = [e for e in events if isinstance(e, ContractMade)]
    assert contract.gates
    assert story.money("cyd", f"contract:{contract.contract}") == 48
    assert story.money("cyd", "order:m") == 0
    story.ask(FreezeRight, MINISTRY, right="r-ann", entry="f", reason="a case")
    assert story.lots("ann", purpose="order:m") == 0
    assert story.money("cyd") == 10_000
    proved(story)


def test_an_offer_whose_term_ran_out_is_not_met() -> None:
    story = market()
    story.order("ann", -1, 12, 10)
    story.clock.forward(400 * DAY)
    events = list(story.order("cyd", 1, 12, 4).accepted().events)
    assert not [e for e in events if isinstance(e, TradesMade)]
    assert story.lots("ann") == 100, "its lots were free from the instant its term ran out"
    proved(story)


@pytest.mark.parametrize(
    ("terms", "term"),
    [({"links": both_ways("east", "west", 5)}, "network"), ({"clear_at_close": True}, "clear")],
)
def test_a_continuous_market_has_no_links_and_no_rounds(
    terms: dict[str, object], term: str
) -> None:
    story = market()
    given = {"clear_at_close": False, **terms}
    with pytest.raises(Exception, match=rf"markets.not_with_continuous: .* without {term}"):
        story.market("n", mechanism="continuous", **given)  # type: ignore[arg-type]  # any terms
    assert story.refused(CloseBook, EXCHANGE, market="m") == (
        "markets.no_rounds: m trades as orders arrive and has no rounds to close; "
        "halt it (HaltTrading) where trading must stop"
    )
    assert story.refused(ResumeTrading, EXCHANGE, market="m") == (
        "markets.not_halted: m is open, not halted; "
        "nothing is to be done; it trades as its phase allows"
    )
    story.market("c")
    assert story.refused(HaltTrading, EXCHANGE, market="c", reason="no").startswith(
        "markets.trades_in_rounds: c trades in rounds"
    )


@settings(max_examples=4)
@given(st.integers(0, 10**6))
def test_money_and_lots_are_conserved_and_holds_match_the_book(seed: int) -> None:
    story = market()
    chance = np.random.default_rng(seed)
    people = ("ann", "bob", "cyd", "dan")
    for _ in range(20):
        side = 1 if chance.random() < 0.6 else -1
        party = str(chance.choice(people[:2] if side < 0 else people))
        right = f"r-{party}" if side < 0 else ""
        price, lots = int(chance.integers(8, 13)), int(chance.integers(1, 9))
        story.order(party, side, price, lots, right=right)
    assert sum(story.money(p) + story.money(p, "order:m") for p in people) == 40_000
    assert sum(story.lots(p) + story.lots(p, purpose="order:m") for p in people) == 200
    book = list(book_of(story.venue.state.markets.markets["m"]).iterate())
    for party in people:
        bids = sum(
            r["price"] * r["quantity"] for r in book if r["party"] == party and r["side"] > 0
        )
        assert story.money(party, "order:m") == bids
    best = {side: [r["price"] for r in book if r["side"] == side] for side in (1, -1)}
    own = {(r["party"], r["side"]) for r in book}
    assert max(best[1], default=0) < min(best[-1], default=99) or own
    proved(story)

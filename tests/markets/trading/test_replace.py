"""New terms for a standing order: its place in time, what trades at once, what is held."""

import pytest

from tests.markets.trading.floor import (
    LOTS,
    MONEY,
    all_events,
    check_feed,
    check_live,
    check_money_and_lots,
    ended,
    opened,
    proved,
    send,
    the_book,
    trades,
)
from tests.stories import EXCHANGE, Story
from yaosu.engine.receipt import Receipt
from yaosu.markets.commands import ChangePhase, HaltTrading, OpenMarket, ReplaceOrder
from yaosu.markets.events import OrderReplaced
from yaosu.markets.trading_terms import ReferencePrice


def amend(story: Story, party: str, batch: str, **terms: int) -> Receipt:
    """New terms for the only order of a batch."""
    return story.try_to(ReplaceOrder, party, market="m", batch=batch, number=0, **terms)


def code(receipt: Receipt) -> str:
    assert receipt.refusal is not None
    return receipt.refusal.code


def queue(story: Story) -> Story:
    """Two buys at one price, cyd's before dan's."""
    send(story, "cyd", 1, 100, 5, batch="first")
    send(story, "dan", 1, 100, 5, batch="second")
    return story


def test_fewer_lots_keep_the_place_in_time() -> None:
    story = queue(opened())
    (replaced,) = [
        e
        for e in amend(story, "cyd", "first", quantity=3).accepted().events
        if isinstance(e, OrderReplaced)
    ]
    assert replaced.keeps_place
    assert story.money("cyd", "order:m") == 300
    assert trades(send(story, "ann", -1, 100, 4)) == [
        ("cyd", "ann", 100, 3),
        ("dan", "ann", 100, 1),
    ]
    check_feed(story)
    proved(story)


@pytest.mark.parametrize("terms", [{"quantity": 6}, {"price": 101}])
def test_more_lots_or_another_price_lose_it(terms: dict[str, int]) -> None:
    story = queue(opened())
    amend(story, "cyd", "first", **terms).accepted()
    if "price" in terms:  # and back again: behind the other one now
        amend(story, "cyd", "first", price=100).accepted()
    assert trades(send(story, "ann", -1, 100, 4)) == [("dan", "ann", 100, 4)]
    check_feed(story)
    check_live(story)
    proved(story)


def test_a_new_price_that_meets_the_other_side_trades_at_once() -> None:
    """At the standing order's price; what the new limit held too much is free."""
    story = opened()
    send(story, "ann", -1, 105, 3, batch="offer")
    send(story, "cyd", 1, 100, 5, batch="bid")
    receipt = amend(story, "cyd", "bid", price=110)
    assert trades(receipt) == [("cyd", "ann", 105, 3)]
    assert ended(receipt) == []
    assert story.money("cyd", "order:m") == 110 * 2
    assert story.money("cyd") == MONEY - 3 * 105 - 2 * 110
    check_money_and_lots_after(story)
    check_feed(story)
    proved(story)


def check_money_and_lots_after(story: Story) -> None:
    """As always, but that a trade has moved money between the parties."""
    check_money_and_lots(story)
    check_live(story)


def test_traded_lots_count_in_and_what_is_left_ends_where_they_reach_the_quantity() -> None:
    story = opened()
    send(story, "cyd", 1, 100, 5, batch="bid")
    send(story, "ann", -1, 100, 2)
    amend(story, "cyd", "bid", quantity=4).accepted()
    (left,) = the_book(story).orders.values()
    assert (left.open, left.total) == (2, 4)
    amend(story, "cyd", "bid", quantity=1).accepted()
    assert the_book(story).orders == {}
    assert story.money("cyd", "order:m") == 0
    assert story.venue.state.markets.markets["m"].rows == 0
    assert code(amend(story, "cyd", "bid", quantity=9)) == "markets.order_gone"
    check_feed(story)
    proved(story)


def test_a_sale_of_more_lots_needs_them_and_of_fewer_frees_them() -> None:
    story = opened()
    send(story, "ann", -1, 100, LOTS - 5, batch="offer")
    assert code(amend(story, "ann", "offer", quantity=LOTS + 1)) == "rights.lots_reserved"
    amend(story, "ann", "offer", quantity=LOTS).accepted()
    assert story.lots("ann") == 0
    amend(story, "ann", "offer", quantity=50, price=90).accepted()
    assert story.lots("ann") == LOTS - 50
    assert story.venue.state.markets.markets["m"].offered == {"r-ann": 50}
    proved(story)


def test_a_stop_waits_for_its_new_price() -> None:
    reference = (ReferencePrice(instrument="gpu", price=100),)
    story = opened(static_band=1000, references=reference)
    send(story, "cyd", 1, 0, 2, type="stop", stop=103, batch="stop")
    amend(story, "cyd", "stop", stop=105).accepted()
    send(story, "ann", -1, 104, 3)
    assert trades(send(story, "bob", 1, 104, 1)) == [("bob", "ann", 104, 1)]
    amend(story, "cyd", "stop", stop=104).accepted()
    assert trades(all_events(story))[-1] == ("cyd", "ann", 104, 2), "it was reached already"
    check_live(story)
    proved(story)


def test_what_cannot_be_replaced_is_refused_and_says_why() -> None:
    """Gone, unknown, another's, nothing new, out of range, out of the band, and no money."""
    reference = (ReferencePrice(instrument="gpu", price=100),)
    story = opened(static_band=1000, references=reference)
    send(story, "cyd", 1, 100, 5, batch="bid")
    again = story.refused(
        ReplaceOrder, "cyd", market="m", batch="bid", number=0, quantity=5, price=100
    )
    assert again == (
        "markets.replaces_nothing: order 0 of batch bid has these terms; give another price, stop "
        "or quantity, or leave it as it is"
    )
    assert code(amend(story, "dan", "bid", quantity=2)) == "markets.not_your_order"
    assert code(amend(story, "cyd", "other", quantity=2)) == "markets.unknown_batch"
    other = story.try_to(ReplaceOrder, "cyd", market="m", batch="bid", number=7, quantity=2)
    assert code(other) == "markets.unknown_order"
    assert code(amend(story, "cyd", "bid", quantity=0)) == "markets.bad_quantity"
    assert code(amend(story, "cyd", "bid", price=-1)) == "markets.bad_price"
    assert code(amend(story, "cyd", "bid", price=10**9 + 1)) == "markets.order_price"
    assert code(amend(story, "cyd", "bid", price=111)) == "markets.order_outside_band"
    assert code(amend(story, "cyd", "bid", quantity=10**6)) == "ledger.insufficient"
    assert code(amend(story, "cyd", "bid", quantity=2**44)) == "markets.too_many_lots_in_book"
    story.ask(HaltTrading, EXCHANGE, market="m", reason="why not")
    assert code(amend(story, "cyd", "bid", quantity=2)) == "markets.book_not_open"
    story.ask(OpenMarket, EXCHANGE, market="c", factor="compute", instruments=("gpu",),
              regions=("east",), currency="CNY")  # fmt: skip
    rounds = story.refused(ReplaceOrder, "cyd", market="c", batch="bid", number=0, quantity=1)
    assert rounds.startswith("markets.trades_in_rounds")
    check_live(story)
    proved(story)


def test_a_closed_market_replaces_nothing() -> None:
    story = opened()
    send(story, "cyd", 1, 100, 5, batch="bid")
    story.ask(ChangePhase, EXCHANGE, market="m", phase="closed")
    assert code(amend(story, "cyd", "bid", quantity=2)) == "markets.orders_not_taken"
    proved(story)

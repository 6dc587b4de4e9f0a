"""The auctions of a continuous market are in the journal, and anyone checks them."""

import numpy as np
import pytest
from msgspec.structs import replace

import yaosu as ys
from tests.markets.trading.floor import (
    REFERENCE,
    SECOND,
    all_events,
    check_feed,
    opened,
    proved,
    send,
    tick,
    trades,
)
from tests.stories import EXCHANGE, Story
from yaosu.kernel.canonical import decode, encode
from yaosu.kernel.columns import Maybe
from yaosu.kernel.refusal import Refusal
from yaosu.markets.commands import ChangePhase, HaltTrading, ResumeTrading
from yaosu.markets.events import AuctionHeld, BookMoved
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.trading_auctions import proof_of


def auctions(story: Story) -> list[AuctionHeld]:
    return [event for event in all_events(story) if isinstance(event, AuctionHeld)]


def lead(story: Story, phase: str) -> None:
    story.ask(ChangePhase, EXCHANGE, market="m", phase=phase)


def cross(story: Story) -> None:
    """Orders of four parties whose prices cross, two of them without a limit."""
    send(story, "cyd", 1, 103, 6)
    send(story, "dan", 1, 101, 7)
    send(story, "ann", -1, 99, 5)
    send(story, "bob", -1, 100, 5)
    send(story, "bob", -1, 0, 1, type="market", tif="day")


def day(**more: object) -> Story:
    """An opening, a break of the band, a halt and a close, each with an auction."""
    story = opened(
        first_phase="pre_open", references=REFERENCE, static_band=3_000, dynamic_band=300,
        pause_seconds=30, auction_seconds=60, **more,
    )  # fmt: skip
    cross(story)
    lead(story, "continuous")
    send(story, "ann", -1, 108, 4)
    send(story, "cyd", 1, 109, 4)  # too far from the last price: the book pauses
    story.clock.forward(31 * SECOND)
    tick(story)
    story.ask(HaltTrading, EXCHANGE, market="m", reason="news")
    story.ask(ResumeTrading, EXCHANGE, market="m")
    send(story, "ann", -1, 105, 3)
    send(story, "cyd", 1, 110, 4)
    story.clock.forward(61 * SECOND)
    tick(story)
    lead(story, "auction")
    send(story, "ann", -1, 107, 3)
    send(story, "cyd", 1, 107, 3)
    lead(story, "closed")
    return story


def test_every_auction_of_a_day_is_on_record_and_verifies() -> None:
    """Opening, volatility, reopening and closing, read back from the journal's bytes."""
    story = day()
    held = auctions(story)
    assert [event.purpose for event in held] == ["opening", "volatility", "reopening", "closing"]
    for event in held:
        again = decode(encode(event), AuctionHeld)
        ys.verify_clearing(*proof_of(again))
        assert event.lots == event.clearing.volume > 0
        assert event.clearing.prices.maybe("price").values.tolist() == [event.price]
    assert sum(event.lots for event in held) == sum(lots for *_, lots in trades(all_events(story)))
    check_feed(story)
    proved(story)


def test_what_an_auction_says_is_what_moved_in_its_book() -> None:
    """Each fill of the clearing is an execution of that order, at that price."""
    story = day()
    moved = [event for event in all_events(story) if isinstance(event, BookMoved)]
    in_auctions = {
        match: sorted(
            (row["order"], row["price"], row["lots"])
            for event in moved
            for row in event.moves.iterate()
            if row["kind"] == c.EXECUTED and not row["other"] and row["match"] == match
        )
        for match in {
            row["match"]
            for event in moved
            for row in event.moves.iterate()
            if row["kind"] == c.TRADE
        }
    }
    told = [
        sorted(
            (int(event.orders["order"][fill["row"]]), event.price, fill["lots"])
            for fill in event.clearing.fills.iterate()
        )
        for event in auctions(story)
    ]
    assert sorted(in_auctions.values()) == sorted(told)


@pytest.mark.parametrize("prevention", ["none", "decrement"])
def test_own_orders_are_told_apart_only_where_that_is_prevented(prevention: str) -> None:
    story = opened(first_phase="pre_open", prevention=prevention)
    send(story, "ann", -1, 90, 5)
    send(story, "ann", 1, 110, 3)
    send(story, "cyd", 1, 100, 5)
    lead(story, "continuous")
    (event,) = auctions(story)
    assert ("owner" in event.orders.names) == (prevention == "decrement")
    assert event.reference is None
    ys.verify_clearing(*proof_of(event))
    proved(story)


def test_a_forged_auction_is_refused() -> None:
    """A price moved, a fill moved between orders, an order left out."""
    event = auctions(day())[0]
    orders, network, clearing, parameters = proof_of(event)
    price = Maybe(np.array([event.price + 1]), np.array([True]))
    dearer = replace(clearing, prices=clearing.prices.with_columns(price=price))
    lots = clearing.fills["lots"].copy()
    lots[[0, 1]] += np.array([-1, 1])
    moved = replace(clearing, fills=clearing.fills.with_columns(lots=lots))
    short = replace(event, orders=event.orders.take(np.arange(event.orders.rows - 1)))
    for proof in (
        (orders, network, dearer, parameters),
        (orders, network, moved, parameters),
        proof_of(short),
    ):
        with pytest.raises(Refusal, match=r"markets\.certificate"):
            ys.verify_clearing(*proof)

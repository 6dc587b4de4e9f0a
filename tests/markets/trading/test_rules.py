"""Orders of every type and term through a market: what trades, what ends and why, what is held."""

from typing import Any

import pytest

from tests.markets.trading.floor import (
    LOTS,
    MONEY,
    REFERENCE,
    SECOND,
    check_live,
    ended,
    opened,
    proved,
    send,
    session,
    the_book,
    tick,
    trades,
)
from tests.stories import EXCHANGE, MINISTRY, WATCH, Story, row
from yaosu.access.commands import ReinstateAdmission, SuspendAdmission
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import Refusal
from yaosu.markets.commands import CancelOrders, ChangePhase, SubmitOrders
from yaosu.markets.terms import Trading
from yaosu.markets.trading_terms import ContinuousTerms, PhaseAt
from yaosu.rights.commands import FreezeRight

BANDED: dict[str, object] = {"static_band": 1000, "references": REFERENCE}


def test_a_market_order_holds_the_band_and_pays_the_price() -> None:
    """To buy without a limit, the upper end of the band is held for each lot."""
    story = opened(**BANDED)
    send(story, "ann", -1, 101, 5)
    receipt = send(story, "cyd", 1, 0, 8, type="market", tif="ioc")
    assert trades(receipt) == [("cyd", "ann", 101, 5)]
    assert ended(receipt) == [("cyd", 3, "unfilled")]
    assert story.money("cyd") == MONEY - 505
    assert story.money("cyd", "order:m") == 0
    text = send(story, "cyd", 1, 0, 1_000, type="market", tif="ioc").refusal
    assert text is not None
    assert text.code == "ledger.insufficient"
    assert text.facts["amount"] == 110 * 1_000
    proved(story)


def test_without_a_band_nobody_buys_without_a_limit_but_anyone_sells() -> None:
    story = opened()
    refusal = send(story, "cyd", 1, 0, 1, type="market", tif="ioc").refusal
    assert str(refusal) == (
        "markets.no_limit_without_band: m has no price band, so nothing bounds what an order to "
        "buy without a limit could cost; give a limit, or open the market with a static_band and "
        "a reference price"
    )
    send(story, "cyd", 1, 99, 4)
    assert trades(send(story, "ann", -1, 0, 3, type="market", tif="ioc")) == [("cyd", "ann", 99, 3)]
    proved(story)


def test_fok_trades_whole_or_not_at_all_and_ioc_what_it_can() -> None:
    story = opened()
    send(story, "ann", -1, 100, 5)
    assert ended(send(story, "cyd", 1, 100, 6, tif="fok")) == [("cyd", 6, "unfilled")]
    assert trades(send(story, "cyd", 1, 100, 5, tif="fok")) == [("cyd", "ann", 100, 5)]
    send(story, "ann", -1, 100, 5)
    receipt = send(story, "cyd", 1, 100, 6, tif="ioc")
    assert (trades(receipt), ended(receipt)) == (
        [("cyd", "ann", 100, 5)],
        [("cyd", 1, "unfilled")],
    )
    assert story.money("cyd", "order:m") == 0
    proved(story)


def test_a_stop_waits_and_goes_when_the_last_price_reaches_it() -> None:
    """A stop to buy at any price, and one with a limit; each is set off by a trade of others."""
    story = opened(**BANDED)
    send(story, "cyd", 1, 0, 2, type="stop", stop=103)
    send(story, "dan", 1, 104, 3, type="stop_limit", stop=102)
    assert story.money("cyd", "order:m") == 2 * 110
    for price in (102, 103, 104, 105):
        send(story, "ann", -1, price, 2)
    receipt = send(story, "bob", 1, 102, 1)
    assert trades(receipt) == [
        ("bob", "ann", 102, 1),
        ("dan", "ann", 102, 1),  # its stop is the nearer one
        ("dan", "ann", 103, 2),
        ("cyd", "ann", 104, 2),
    ]
    check_live(story)
    proved(story)


def test_an_order_good_till_an_instant_ends_then_and_its_hold_is_free() -> None:
    story = opened()
    send(story, "cyd", 1, 90, 4, tif="gtd", expiry=story.clock.instant + 60 * SECOND)
    story.clock.forward(59 * SECOND)
    tick(story)
    assert story.money("cyd", "order:m") == 360
    story.clock.forward(SECOND)
    tick(story)
    assert story.money("cyd", "order:m") == 0
    assert story.money("cyd") == MONEY
    proved(story)


@pytest.mark.parametrize(
    ("prevention", "left"),
    [
        ("cancel_taker", {"ann": [(100, 5)]}),
        ("cancel_maker", {"ann": [(100, 3)]}),
        ("cancel_both", {"ann": []}),
        ("decrement", {"ann": [(100, 2)]}),
    ],
)
def test_self_trades_are_prevented_as_the_terms_say(
    prevention: str, left: dict[str, list[tuple[int, int]]]
) -> None:
    """Ann offers 5 and bids for 3; no mode lets her trade with herself."""
    story = opened(prevention=prevention)
    send(story, "ann", -1, 100, 5)
    receipt = send(story, "ann", 1, 100, 3)
    assert trades(receipt) == []
    standing = [(o.price, o.open) for o in the_book(story).orders.values() if o.party == "ann"]
    assert standing == left["ann"]
    held = sum(o.open * o.held for o in the_book(story).orders.values() if o.side > 0)
    assert story.money("ann", "order:m") == held
    proved(story)


def test_parties_registered_in_one_group_do_not_trade_with_each_other() -> None:
    story = Story().found(factors=("compute",))
    story.party("ann", owner="a-holding")
    story.party("eve", money=MONEY, owner="a-holding")
    story.party("dan", money=MONEY)
    story.right("r-ann", "ann", LOTS, instrument="gpu")
    terms = ContinuousTerms(prevention="cancel_taker", group_fact="owner")
    story.market(mechanism="continuous", clear_at_close=False, continuous=terms)
    send(story, "ann", -1, 100, 5)
    assert ended(send(story, "eve", 1, 100, 3)) == [("eve", 3, "self_trade")]
    assert trades(send(story, "dan", 1, 100, 3)) == [("dan", "ann", 100, 3)]
    proved(story)


def test_a_late_cancel_and_an_unknown_one_have_different_answers() -> None:
    story = opened()
    send(story, "ann", -1, 100, 5, batch="mine")
    send(story, "cyd", 1, 100, 5)
    asked = {"market": "m", "batch": "mine"}
    assert story.refused(CancelOrders, "ann", **asked).startswith("markets.order_gone")
    unknown = story.refused(CancelOrders, "ann", **asked, numbers=(7,))
    assert unknown.startswith("markets.unknown_order")
    other = story.refused(CancelOrders, "ann", market="m", batch="other")
    assert other.startswith("markets.unknown_batch")
    send(story, "ann", -1, 101, 5, batch="next")
    assert story.refused(CancelOrders, "bob", market="m", batch="next").startswith(
        "markets.not_your_order"
    )
    proved(story)


def test_a_cancel_after_the_close_is_late_not_unknown() -> None:
    """Until the next close: what the close ended, and what had traded before it."""
    story = opened()
    send(story, "ann", -1, 100, 5, batch="traded")
    send(story, "cyd", 1, 100, 5)
    send(story, "ann", -1, 100, 5, tif="day", batch="ended")
    story.ask(ChangePhase, EXCHANGE, market="m", phase="closed")
    for batch, answer in (
        ("traded", "markets.order_gone"),
        ("ended", "markets.order_gone"),
        ("never", "markets.unknown_batch"),
    ):
        assert story.refused(CancelOrders, "ann", market="m", batch=batch).startswith(answer)
    for phase in ("continuous", "closed"):
        story.ask(ChangePhase, EXCHANGE, market="m", phase=phase)
    late = story.refused(CancelOrders, "ann", market="m", batch="ended")
    assert late.startswith("markets.unknown_batch"), "two closes later it is forgotten"
    proved(story)


def test_orders_of_a_suspended_party_trade_no_more() -> None:
    story = opened()
    send(story, "ann", -1, 100, 5)
    send(story, "ann", 1, 90, 1)
    whom = {"party": "ann", "factor": "compute", "role": "holder"}
    events = story.ask(SuspendAdmission, WATCH, **whom, reason="a case")
    assert ended(events) == [("ann", 5, "suspended")]
    assert story.lots("ann") == LOTS
    assert story.money("ann", "order:m") == 90, "as a bidder it is not suspended"
    assert trades(send(story, "cyd", 1, 100, 5)) == []
    story.ask(ReinstateAdmission, WATCH, **whom)
    proved(story)


def test_a_frozen_right_leaves_the_books() -> None:
    story = opened()
    send(story, "ann", -1, 100, 5)
    events = story.ask(FreezeRight, MINISTRY, right="r-ann", entry="f", reason="a case")
    assert ended(events) == [("ann", 5, "f")]
    check_live(story)
    proved(story)


def test_a_trade_beyond_the_band_does_not_happen_and_an_auction_ends_the_pause() -> None:
    """The book pauses by itself; others go on; the auction comes when its time is over."""
    story = opened(dynamic_band=200, pause_seconds=30, static_band=2000, references=REFERENCE)
    send(story, "ann", -1, 100, 1)
    send(story, "cyd", 1, 100, 1)
    send(story, "ann", -1, 105, 5)
    receipt = send(story, "cyd", 1, 106, 3)
    assert trades(receipt) == []
    assert the_book(story).registers["phase"] == 4
    assert send(story, "dan", 1, 106, 2).is_accepted, "a paused book collects orders"
    late = send(story, "dan", 1, 106, 2, tif="ioc").refusal
    assert late is not None
    assert late.code == "markets.order_not_in_phase"
    story.clock.forward(31 * SECOND)
    assert tick(story) == 1
    assert the_book(story).registers["phase"] == 3
    assert story.lots("cyd") == 4
    assert story.lots("dan") == 2
    assert story.venue.state.markets.last_prices["m"]["gpu"]["east"] == 105
    proved(story)


def test_an_order_after_a_break_in_its_own_batch_ends_untaken() -> None:
    """The batch was sound when it came; the second order breaks the band, IOC has no place then."""
    story = opened(dynamic_band=200, pause_seconds=30)
    send(story, "ann", -1, 100, 1)
    send(story, "cyd", 1, 100, 1)
    send(story, "ann", -1, 110, 5)
    batch = Columns.of(
        instrument=["gpu"] * 2, region=["east"] * 2, side=[1, 1], price=[111, 112],
        quantity=[1, 2], time_in_force=["gtc", "ioc"],
    )  # fmt: skip
    receipt = story.try_to(SubmitOrders, "cyd", market="m", batch="b", orders=batch)
    assert ended(receipt) == [("cyd", 2, "not_taken")]
    assert story.money("cyd", "order:m") == 111
    check_live(story)
    proved(story)


def test_a_stop_to_buy_ends_where_a_new_session_may_trade_above_its_hold() -> None:
    story = opened(**BANDED)
    send(story, "cyd", 1, 0, 2, type="stop", stop=109)
    send(story, "ann", -1, 108, 1)
    send(story, "dan", 1, 108, 1)
    story.ask(ChangePhase, EXCHANGE, market="m", phase="closed")
    events = story.ask(ChangePhase, EXCHANGE, market="m", phase="continuous")
    assert ended(events) == [("cyd", 2, "outside_band")]
    assert story.money("cyd", "order:m") == 0
    proved(story)


def test_a_closed_market_takes_nothing_and_forgets_batches_that_are_done() -> None:
    story = opened()
    send(story, "ann", -1, 100, 5, batch="day", tif="day")
    send(story, "bob", -1, 101, 5, batch="stays")
    events = story.ask(ChangePhase, EXCHANGE, market="m", phase="closed")
    assert ended(events) == [("ann", 5, "day_end")]
    assert set(session(story).batches) == {"stays"}
    refusal = send(story, "cyd", 1, 100, 1).refusal
    assert refusal is not None
    assert refusal.code == "markets.orders_not_taken"
    text = story.refused(ChangePhase, EXCHANGE, market="m", phase="closed")
    assert text.startswith("markets.phase_change")
    proved(story)


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"type": ["odd"]}, "markets.order_type"),
        ({"time_in_force": ["odd"]}, "markets.order_time_in_force"),
        ({"type": ["stop"], "time_in_force": ["ioc"]}, "markets.order_time_in_force"),
        ({"type": ["stop_limit"], "stop": [2 * 10**9]}, "markets.order_stop"),
        ({"price": [2 * 10**9]}, "markets.order_price"),
        ({"price": [89]}, "markets.order_outside_band"),
        ({"time_in_force": ["gtd"], "expiry": [5]}, "markets.order_expiry"),
        ({"time_in_force": ["at_open"]}, "markets.order_not_in_phase"),
        ({"quantity": [2**61 // 10**9 + 1]}, "markets.too_many_lots_in_book"),
        ({"stop": ["x"]}, "markets.wrong_order_column"),
    ],
)
def test_unsound_terms_are_refused_by_name(terms: dict[str, Any], code: str) -> None:
    story = opened(**BANDED)
    orders = row("cyd", 1, 100, 1, "east", "gpu").with_columns(**terms)
    refused = story.refused(SubmitOrders, "cyd", market="m", batch="b", orders=orders)
    assert refused.startswith(code)
    story.market("call")
    elsewhere = story.refused(
        SubmitOrders, "cyd", market="call", batch="b",
        orders=row("cyd", 1, 100, 1, "east", "gpu").with_columns(type=["limit"]),
    )  # fmt: skip
    assert elsewhere.startswith("markets.unknown_order_column")


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"dynamic_band": 100}, "pause_seconds of the terms of trading is 0; give 1 to 86400"),
        ({"first_phase": "odd"}, "first_phase of the terms of trading is odd"),
        ({"auction_seconds": -1}, "auction_seconds of the terms of trading is -1"),
        ({"utc_offset_minutes": 900}, "utc_offset_minutes of the terms of trading is 900"),
        ({"day": (PhaseAt(minute=5, phase="halted"),)}, "phase of the terms of trading is halted"),
        (
            {"day": (PhaseAt(minute=5, phase="auction"), PhaseAt(minute=5, phase="closed"))},
            "minute of the terms of trading is 5; give rising minutes of a day",
        ),
        (
            {"day": (PhaseAt(minute=5, phase="continuous"),)},
            "the last phase of the day of the terms of trading is continuous; give closed",
        ),
    ],
)
def test_terms_that_no_market_can_have_are_refused(terms: dict[str, object], told: str) -> None:
    story = Story().found(factors=("compute",))
    with pytest.raises(Refusal, match=f"markets.bad_continuous_terms: {told}"):
        story.market(
            mechanism="continuous",
            clear_at_close=False,
            continuous=ContinuousTerms(**terms),  # type: ignore[arg-type]  # any of its fields
        )


def test_a_market_of_rounds_has_no_terms_of_continuous_trading() -> None:
    story = Story().found(factors=("compute",))
    told = (
        "markets.only_with_continuous: c would trade in rounds, which have no terms of continuous "
        "trading; leave the terms out, or open the market with mechanism continuous"
    )
    with pytest.raises(Refusal, match=f"^{told}$"):
        story.market("c", continuous=ContinuousTerms())
    assert Trading().continuous is None
    story.market("c")
    assert story.refused(ChangePhase, EXCHANGE, market="c", phase="closed").startswith(
        "markets.trades_in_rounds"
    )

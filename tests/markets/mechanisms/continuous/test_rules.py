"""The rules one by one, on the plain book; `test_twins` has the array book do the same."""

import pytest

from tests.markets.mechanisms.continuous.flows import (
    MINUTE,
    cancel,
    clock,
    new,
    opened,
    phase,
    replace,
    send,
    standing,
    told,
    trades,
)
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms import verify_clearing
from yaosu.markets.mechanisms.continuous import ContinuousBook
from yaosu.markets.mechanisms.continuous_cross import NETWORK
from yaosu.markets.mechanisms.continuous_parameters import ContinuousParameters

BUY, SELL = 1, -1


def waiting(**parameters: object) -> ContinuousBook:
    """A book before its opening."""
    book = ContinuousBook(ContinuousParameters.of(**parameters), is_plain=True)
    send(book, phase(c.PRE_OPEN))
    return book


def test_the_best_price_trades_first_then_the_oldest_order_at_the_makers_price() -> None:
    """S0-27: orders meet at the prices of those who stood first."""
    book = opened()
    send(book, new(1, SELL, 102, 5), new(2, SELL, 101, 5), new(3, SELL, 101, 5))
    assert trades(send(book, new(4, BUY, 102, 12))) == [
        (2, 4, 101, 5),
        (3, 4, 101, 5),
        (1, 4, 102, 2),
    ]
    assert standing(book) == [(1, 102, 3)]


def test_what_is_left_of_a_limit_order_rests_and_of_a_market_order_ends() -> None:
    book = opened()
    send(book, new(1, SELL, 100, 3))
    happened = send(book, new(2, BUY, 100, 5), new(3, SELL, 0, 9, kind=c.MARKET, tif=c.DAY))
    assert happened.outcomes["open"].tolist() == [2, 0]
    assert happened.outcomes["traded"].tolist() == [3, 2]
    assert happened.outcomes["dropped"].tolist() == [0, 7]


def test_an_ioc_order_never_rests_and_a_fok_order_trades_whole_or_not_at_all() -> None:
    book = opened()
    send(book, new(1, SELL, 100, 3), new(2, SELL, 101, 3))
    assert trades(send(book, new(3, BUY, 101, 7, tif=c.FOK))) == []
    assert trades(send(book, new(4, BUY, 100, 4, tif=c.IOC))) == [(1, 4, 100, 3)]
    assert trades(send(book, new(5, BUY, 101, 3, tif=c.FOK))) == [(2, 5, 101, 3)]
    assert standing(book) == []


@pytest.mark.parametrize(
    ("prevention", "made", "left"),
    [
        ("none", [(1, 3, 100, 5), (2, 3, 100, 3)], [(2, 100, 2)]),
        ("cancel_taker", [], [(1, 100, 5), (2, 100, 5)]),
        ("cancel_maker", [(2, 3, 100, 5)], [(3, 100, 3)]),
        ("cancel_both", [], [(2, 100, 5)]),
        ("decrement", [(2, 3, 100, 3)], [(2, 100, 2)]),
    ],
)
def test_orders_of_one_group_do_not_trade_with_each_other(
    prevention: str, made: list[object], left: list[object]
) -> None:
    book = opened(prevention=prevention)
    send(book, new(1, SELL, 100, 5, group=7), new(2, SELL, 100, 5, group=8))
    assert trades(send(book, new(3, BUY, 100, 8, group=7))) == made
    assert standing(book) == left


def test_a_late_cancel_and_an_unknown_one_are_told_apart() -> None:
    book = opened()
    send(book, new(1, SELL, 100, 1), new(5, BUY, 100, 1), new(6, BUY, 99, 1))
    happened = send(book, cancel(1), cancel(5), cancel(3), cancel(7), cancel(6), cancel(6))
    assert happened.refusal_codes() == [
        "markets.order_gone",
        "markets.order_gone",
        "markets.order_unknown",
        "markets.order_unknown",
        "",
        "markets.order_gone",
    ]


def test_fewer_lots_keep_the_place_and_more_lots_or_another_price_lose_it() -> None:
    book = opened()
    send(book, new(1, SELL, 100, 5), new(2, SELL, 100, 5), new(3, SELL, 100, 5))
    assert told(send(book, replace(1, 100, 4)), "order", "lots") == [("cancelled", 1, 1)]
    assert told(send(book, replace(2, 100, 6)), "order", "lots") == [("replaced", 2, 6)]
    assert standing(book) == [(1, 100, 4), (3, 100, 5), (2, 100, 6)]
    send(book, replace(1, 101, 4))
    assert standing(book) == [(3, 100, 5), (2, 100, 6), (1, 101, 4)]


def test_a_replaced_quantity_counts_what_was_traded_already() -> None:
    book = opened()
    send(book, new(1, SELL, 100, 5), new(2, BUY, 100, 3))
    send(book, replace(1, 101, 4))
    assert standing(book) == [(1, 101, 1)]
    assert told(send(book, replace(1, 101, 3)), "order", "lots") == [("cancelled", 1, 1)]
    assert standing(book) == []


def test_a_replace_that_meets_the_other_side_trades_at_once() -> None:
    book = opened()
    send(book, new(1, SELL, 105, 5), new(2, BUY, 100, 8))
    happened = send(book, replace(2, 105, 8))
    assert told(happened, "order", "lots") == [
        ("cancelled", 2, 8),
        ("executed", 1, 5),
        ("added", 2, 3),
    ]


def test_stops_wait_for_their_price_and_go_in_the_order_it_reaches_them() -> None:
    book = opened()
    send(book, new(1, SELL, 100, 1), new(2, SELL, 101, 2), new(3, SELL, 103, 9))
    send(
        book,
        new(4, BUY, 0, 1, kind=c.STOP, stop=101),
        new(5, BUY, 102, 4, kind=c.STOP_LIMIT, stop=100),
    )
    happened = send(book, new(6, BUY, 100, 1))
    assert trades(happened) == [(1, 6, 100, 1), (2, 5, 101, 2), (3, 4, 103, 1)]
    assert standing(book) == [(5, 102, 2), (3, 103, 8)]


def test_a_stop_may_be_taken_back_and_changed_before_it_is_reached() -> None:
    book = opened()
    send(book, new(1, SELL, 100, 5), new(2, SELL, 104, 5))
    send(book, new(3, BUY, 0, 1, kind=c.STOP, stop=100), new(4, BUY, 0, 1, kind=c.STOP, stop=100))
    happened = send(book, cancel(3), replace(4, 0, 2, stop=102), new(5, BUY, 100, 1))
    assert trades(happened) == [(1, 5, 100, 1)]
    assert trades(send(book, new(6, BUY, 104, 5))) == [
        (1, 6, 100, 4),
        (2, 6, 104, 1),
        (2, 4, 104, 2),
    ]


def test_an_order_good_till_an_instant_ends_then_and_others_go_on() -> None:
    book = opened()
    send(book, new(1, SELL, 100, 5, tif=c.GTD, expiry=MINUTE), new(2, SELL, 100, 5))
    happened = send(book, clock(MINUTE - 1), new(3, BUY, 100, 1, instant=MINUTE))
    assert told(happened, "order", "lots")[0] == ("cancelled", 1, 5)
    assert trades(happened) == [(2, 3, 100, 1)]


def test_day_orders_end_with_the_day_and_others_stand_the_next_one() -> None:
    book = opened()
    send(book, new(1, SELL, 100, 5, tif=c.DAY), new(2, SELL, 101, 5), phase(c.CLOSED))
    assert standing(book) == [(2, 101, 5)]
    assert send(book, new(3, BUY, 101, 5)).refusal_codes() == ["markets.orders_not_taken"]
    assert send(book, cancel(2)).refusal_codes() == [""]


def test_orders_before_the_opening_meet_in_one_auction_with_its_certificate() -> None:
    """The uncrossing is a clearing of the call mechanism and verifies as such."""
    book = waiting()
    sent = send(
        book,
        new(1, BUY, 105, 10),
        new(2, SELL, 95, 4),
        new(3, SELL, 100, 4, tif=c.AT_OPEN),
        new(4, SELL, 104, 4, tif=c.AT_OPEN),
        new(5, BUY, 0, 1, kind=c.MARKET, tif=c.DAY),
    )
    assert not trades(sent)
    happened = send(book, phase(c.AUCTION), phase(c.CONTINUOUS))
    (auction,) = happened.auctions
    verify_clearing(auction.orders, NETWORK, auction.clearing, auction.parameters)
    assert (auction.price, auction.lots) == (104, 11)
    assert ("trade", 104, 11) in told(happened, "price", "lots")
    assert standing(book) == []
    assert (book.get("last"), book.phase) == (104, "continuous")


def test_on_equal_terms_market_orders_are_served_first_then_the_earlier_ones() -> None:
    book = waiting(reference=100)
    send(
        book,
        new(1, BUY, 100, 5),
        new(2, BUY, 100, 5),
        new(3, BUY, 0, 5, kind=c.MARKET, tif=c.AT_OPEN),
        new(4, SELL, 100, 7),
    )
    send(book, phase(c.CONTINUOUS))
    assert standing(book) == [(1, 100, 3), (2, 100, 5)]


def test_orders_for_the_close_stand_aside_until_its_auction() -> None:
    book = opened(reference=100)
    send(book, new(1, SELL, 100, 5, tif=c.AT_CLOSE), new(2, SELL, 102, 5))
    assert trades(send(book, new(3, BUY, 101, 9))) == []
    happened = send(book, phase(c.AUCTION), new(4, SELL, 90, 1, tif=c.AT_CLOSE), phase(c.CLOSED))
    assert [a.lots for a in happened.auctions] == [6]
    assert standing(book) == [(3, 101, 3), (2, 102, 5)]


def test_a_trade_outside_the_band_pauses_the_market_and_an_auction_ends_the_pause() -> None:
    book = opened(dynamic_band=500, pause=MINUTE)
    send(book, new(1, SELL, 100, 1), new(2, BUY, 100, 1), new(3, SELL, 104, 1))
    send(book, new(4, SELL, 110, 4), clock(10))
    happened = send(book, new(5, BUY, 112, 4))
    assert trades(happened) == [(3, 5, 104, 1)]
    assert ("state", c.PAUSED, c.R_BREAKER) in told(happened, "other", "reason")
    assert book.phase == "paused"
    later = send(book, new(6, SELL, 111, 2), clock(MINUTE + 10))
    assert [(a.price, a.lots) for a in later.auctions] == [(110, 3)]
    assert book.phase == "continuous"


def test_limits_outside_the_band_of_the_session_are_refused_and_old_ones_fall_away() -> None:
    book = ContinuousBook(ContinuousParameters.of(static_band=1000, reference=100), is_plain=True)
    send(book, phase(c.CONTINUOUS))
    codes = send(book, new(1, BUY, 89, 1), new(1, BUY, 90, 1), new(2, SELL, 110, 1))
    assert codes.refusal_codes() == ["markets.order_outside_band", "", ""]
    send(book, new(3, BUY, 110, 1), phase(c.CLOSED))
    happened = send(book, phase(c.PRE_OPEN))
    assert told(happened, "order", "reason")[0] == ("cancelled", 1, c.R_BAND)


def test_a_halted_market_takes_nothing_but_cancels_and_reopens_by_an_auction() -> None:
    book = opened()
    send(book, new(1, SELL, 100, 5), phase(c.HALTED))
    halted = send(book, new(2, BUY, 100, 5), replace(1, 99, 5), phase(c.CONTINUOUS), cancel(1))
    assert halted.refusal_codes() == [
        "markets.orders_not_taken",
        "markets.orders_not_taken",
        "markets.phase_change",
        "",
    ]
    send(book, phase(c.AUCTION), new(3, BUY, 100, 2), new(4, SELL, 98, 2))
    assert [a.lots for a in send(book, phase(c.CONTINUOUS)).auctions] == [2]


def test_an_auction_phase_ends_by_the_clock_where_its_length_is_set() -> None:
    book = waiting(auction=5 * MINUTE)
    send(book, phase(c.AUCTION, 1), new(1, BUY, 100, 1), new(2, SELL, 100, 1))
    assert book.due_next() == 5 * MINUTE + 1
    happened = send(book, new(3, BUY, 99, 1, instant=6 * MINUTE))
    assert [a.lots for a in happened.auctions] == [1]
    assert book.phase == "continuous"

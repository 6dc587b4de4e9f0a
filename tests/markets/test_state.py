"""What is counted of a book as it changes is what stands in it."""

from typing import Any

import pytest

from tests.stories import REGISTRY, Story, row
from yaosu.kernel.wide import sum_of_products
from yaosu.markets.commands import CancelOrders, SubmitOrders
from yaosu.markets.mechanisms.continuous import ContinuousBook
from yaosu.markets.state import Market, book_of, session_of
from yaosu.rights.commands import FreezeRight


def told(**trading: object) -> tuple[Story, Market]:
    story = Story().found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=1_000_000)
    for right in ("r1", "r2"):
        story.right(right, "seller", 100, instrument="gpu")
    story.market(**trading)
    return story, story.venue.state.markets.markets["m"]


def check_counts(market: Market) -> None:
    book = book_of(market)
    value = sum_of_products(book["price"], book["quantity"])
    counted = (market.rows, market.lots, market.value)
    assert counted == (book.rows, int(book["quantity"].sum()), value)


def test_a_book_is_counted_through_cancelling_freezing_and_the_end_of_the_round() -> None:
    story, market = told()
    story.order("seller", -1, 12, 10, right="r1")
    story.order("seller", -1, 11, 7, right="r2")
    story.ask(
        SubmitOrders, "buyer", market="m", batch="mine", orders=row("buyer", 1, 9, 5, "east", "gpu")
    )
    assert (market.rows, market.lots, market.value) == (3, 22, 120 + 77 + 45)
    check_counts(market)
    story.ask(CancelOrders, "buyer", market="m", batch="mine")
    check_counts(market)
    story.ask(FreezeRight, REGISTRY, entry="e", right="r1", reason="dispute")
    assert (market.rows, market.lots, market.value) == (1, 7, 77)
    check_counts(market)
    story.close()
    assert (market.rows, market.lots, market.value) == (0, 0, 0)


def test_a_book_is_counted_through_trades() -> None:
    story, market = told(mechanism="continuous", clear_at_close=False)
    story.order("seller", -1, 12, 10, right="r1")
    story.order("seller", -1, 11, 7, right="r2")
    for quantity in (3, 6, 20):
        story.order("buyer", 1, 12, quantity)
        check_counts(market)
    assert (market.rows, market.lots, market.value) == (1, 12, 144)


class Unread(list):  # type: ignore[type-arg]  # of pieces of a book
    """A list that may grow and not be gone through."""

    def __iter__(self) -> object:
        raise AssertionError("the book was gone through")


def test_taking_an_order_reads_nothing_of_the_book() -> None:
    """A book of n small batches would otherwise cost n squared to fill."""
    story, market = told()
    market.book = Unread()
    for price in (5, 6, 7):
        assert story.order("buyer", 1, price, 2).is_accepted
    assert story.order("seller", -1, 12, 10, right="r1").is_accepted
    assert (market.rows, market.lots) == (4, 16)


def walked(*_: object) -> object:
    raise AssertionError("the book was gone through")


# a table that is looked into and not gone through
Unwalked: Any = type("Unwalked", (dict,), dict.fromkeys(("__iter__", "items", "values"), walked))


def test_trading_an_order_reads_nothing_else_of_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is the book that trades made anew from it: an order costs its own work."""
    story, market = told(mechanism="continuous", clear_at_close=False)
    for price in (12, 13):
        story.order("seller", -1, price, 10, right="r1")
    book = session_of(market).books["gpu east"]
    book.orders = Unwalked(book.orders)
    monkeypatch.setattr(ContinuousBook, "restore", None)
    assert story.order("buyer", 1, 12, 4).is_accepted
    assert story.order("buyer", 1, 9, 4).is_accepted
    assert (market.rows, market.lots) == (3, 6 + 10 + 4)

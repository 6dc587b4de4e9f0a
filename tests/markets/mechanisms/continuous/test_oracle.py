"""The trades of a book that was written by others, told by their digests.

The digests below were taken from a plain price-time book in Python (a queue for each price, a heap
for each side, orders struck out where they stand) that was written apart from this code, by others,
and given the same messages: `benchmarks/_order_flow.py`, 5,000 of each seed, with own orders kept
apart in each of five ways. What is digested is every trade: the message that made it, the order
that stood, the order that came, price, lots.
"""

from functools import cache

import numpy as np
import pytest

from benchmarks._order_flow import OPEN_MARKET, digest_of, make_flow, trades_of_flow
from yaosu.markets.mechanisms.continuous import ContinuousBook
from yaosu.markets.mechanisms.continuous_parameters import ContinuousParameters

MESSAGES = 5_000
EXPECTED = {  # (seed, prevention) -> (trades, first 16 hex digits of their digest)
    (1, "none"): (2609, "c398ab4b3939d83d"),
    (1, "cancel_taker"): (2359, "8c92ba9240e779b7"),
    (1, "cancel_maker"): (2545, "a235e3a69367188a"),
    (1, "cancel_both"): (2353, "f335365378ab3915"),
    (1, "decrement"): (2426, "eaa56eee1125674f"),
    (2, "none"): (2363, "4ea27bb885764243"),
    (2, "cancel_taker"): (2120, "1661fb51ef2321d4"),
    (2, "cancel_maker"): (2303, "5e8a0bcca2e3d6fb"),
    (2, "cancel_both"): (2048, "c11dba6c077816f9"),
    (2, "decrement"): (2182, "d8c7615fb02c3974"),
    (3, "none"): (2625, "54a68ee95f92fcaa"),
    (3, "cancel_taker"): (2396, "a11a5cae7a192e14"),
    (3, "cancel_maker"): (2539, "e3f30f5943e02d23"),
    (3, "cancel_both"): (2350, "787c92cd6a701b0e"),
    (3, "decrement"): (2416, "1492e6b101cdde34"),
}


@cache
def flow(seed: int) -> np.ndarray:
    return make_flow(MESSAGES, seed)


@pytest.mark.parametrize("is_plain", [False, True])
@pytest.mark.parametrize(("seed", "prevention"), EXPECTED)
def test_another_book_makes_the_same_trades(seed: int, prevention: str, is_plain: bool) -> None:
    book = ContinuousBook(ContinuousParameters.of(prevention=prevention), is_plain=is_plain)
    book.run(OPEN_MARKET)
    trades = trades_of_flow(book.run(flow(seed)).events)
    assert (len(trades), digest_of(trades)[:16]) == EXPECTED[seed, prevention]


def test_a_flow_has_what_a_day_has() -> None:
    """Limits, market orders, cancels, late ones among them, owners who would meet themselves."""
    rows = flow(1)
    kinds = np.bincount(rows[:, 0], minlength=2)
    assert kinds[1] > 1_000 < kinds[0]
    assert EXPECTED[1, "none"][0] > EXPECTED[1, "decrement"][0] > EXPECTED[1, "cancel_both"][0]
    book = ContinuousBook()
    book.run(OPEN_MARKET)
    codes = book.run(rows).refusal_codes()
    assert set(codes) == {"", "markets.order_gone"}
    assert codes.count("markets.order_gone") > 100

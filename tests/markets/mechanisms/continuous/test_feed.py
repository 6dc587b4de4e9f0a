"""The public feed alone rebuilds the book; no trade leaves its band; nothing is lost."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.markets.mechanisms.continuous.flows import MINUTE, matrix, random_flow
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import Refusal
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous import ContinuousBook
from yaosu.markets.mechanisms.continuous_feed import FEED_COLUMNS, FeedBook, public_feed
from yaosu.markets.mechanisms.continuous_parameters import ContinuousParameters

seeds = st.integers(0, 10**9)
preventions = st.sampled_from(c.PREVENTIONS)


def visible(book: ContinuousBook) -> list[tuple[int, int, int, int]]:
    rows = []
    for row in book.snapshot().orders.iterate():
        if row["place"] == c.IN_BOOK:
            at_any = row["side"] * c.AT_ANY_PRICE
            price = at_any if row["type"] == c.MARKET else row["price"]
            rows.append((row["order"], row["side"], price, row["open"]))
    return rows


@given(seeds, preventions)
def test_the_book_rebuilds_exactly_from_its_public_feed(seed: int, prevention: str) -> None:
    parameters = ContinuousParameters.of(prevention=prevention, dynamic_band=300, pause=MINUTE)
    book, rebuilt = ContinuousBook(parameters, is_plain=False), FeedBook()
    rows = matrix(random_flow(seed, 200, phases=0.05))
    for at in range(0, len(rows), 10):
        rebuilt.take(public_feed(book.run(rows[at : at + 10]).events))
        assert rebuilt.rows() == visible(book)
        assert rebuilt.phase == book.get("phase")
        assert rebuilt.sequence == book.get("sequence")


def test_a_missing_message_is_noticed() -> None:
    book = ContinuousBook(is_plain=True)
    feed = public_feed(book.run(matrix(random_flow(1, 50))).events)
    with pytest.raises(Refusal, match="feed_gap") as refused:
        FeedBook().take(feed.take(np.arange(feed.rows) != 3))
    assert refused.value.facts == {"last": 3, "next": 5}


@given(seeds, st.data())
def test_a_feed_of_which_one_number_was_changed_is_refused(seed: int, data: st.DataObject) -> None:
    """At once where the message cannot be, at the latest by the digest of all of them."""
    book = ContinuousBook(is_plain=True)
    feed = public_feed(book.run(matrix(random_flow(seed, 60, phases=0.05))).events)
    honest = FeedBook()
    honest.take(feed)
    honest.check(honest.digest)
    assume(feed.rows)
    name = data.draw(st.sampled_from(FEED_COLUMNS))
    row = data.draw(st.integers(0, feed.rows - 1))
    changed = feed[name].copy()
    changed[row] += data.draw(st.sampled_from([-7, -1, 1, 2, 2**40]))
    with pytest.raises(Refusal, match=r"markets\.feed_(broken|gap)"):
        take_and_check(feed.with_columns(**{name: changed}), honest.digest)


def take_and_check(feed: Columns, digest: str) -> None:
    book = FeedBook()
    book.take(feed)
    book.check(digest)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": 9}, "its kind is not known"),
        ({"kind": c.STATE, "other": 6}, "its phase is not known"),
        ({"lots": 0}, "it is of no lots"),
        ({"side": 0}, "its side is not known"),
        ({"order": 1}, "its order stands already"),
        ({"kind": c.EXECUTED, "order": 9}, "its order does not stand"),
        ({"kind": c.CANCELLED, "order": 1, "side": -1}, "its order is of the other side"),
        ({"kind": c.EXECUTED, "order": 1, "lots": 6}, "its order has fewer lots"),
    ],
)
def test_a_message_that_cannot_be_is_refused_by_name(change: dict[str, int], reason: str) -> None:
    first = dict(zip(FEED_COLUMNS, (1, c.ADDED, 1, 1, 100, 5, 0, 0, 0), strict=True))
    second = {**first, "sequence": 2, "order": 2, **change}
    feed = Columns.of(**{name: [first[name], second[name]] for name in FEED_COLUMNS})
    with pytest.raises(Refusal) as refused:
        FeedBook().take(feed)
    assert str(refused.value) == (
        f"markets.feed_broken: message 2 of the feed cannot be: {reason}; take the feed from its "
        "publisher again; what came is not what was sent"
    )


@given(seeds, preventions)
def test_no_trade_lies_outside_a_band(seed: int, prevention: str) -> None:
    """Neither further from the session's reference nor, outside an auction, from the last price."""
    parameters = ContinuousParameters.of(
        prevention=prevention, static_band=400, dynamic_band=200, reference=100, pause=MINUTE
    )
    book = ContinuousBook(parameters, is_plain=False)
    for row in matrix(random_flow(seed, 150, phases=0.04)):
        last = book.get("last") if book.get("has_last") else None
        events = book.run(row[None]).events
        reference = book.get("reference")
        for told in events.iterate():
            if told["kind"] == c.TRADE:
                last = told["price"]
            elif told["kind"] == c.EXECUTED:
                assert abs(told["price"] - reference) * 100 <= 4 * abs(reference)
                if told["other"] and last is not None:  # not in an auction
                    assert abs(told["price"] - last) * 100 <= 2 * abs(last)


@given(seeds, preventions)
def test_every_lot_sent_is_traded_or_dropped_or_stands(seed: int, prevention: str) -> None:
    book = ContinuousBook(ContinuousParameters.of(prevention=prevention), is_plain=False)
    rows = matrix([r for r in random_flow(seed, 200) if r[0] != c.REPLACE])
    happened = book.run(rows)
    events, done = happened.events, happened.outcomes["code"] == 0
    sent = rows[done & (rows[:, 0] == c.NEW), c.C_QUANTITY].sum()
    executed = events.take(events["kind"] == c.EXECUTED)
    sides = np.where(executed["other"] > 0, 2, 1)  # an auction tells each side of its own
    traded = int((executed["lots"] * sides).sum())
    ended = int(events["lots"][np.isin(events["kind"], (c.CANCELLED, c.DROPPED))].sum())
    assert sent == traded + ended + int(book.snapshot().orders["open"].sum())

"""The array book and its plain twin do the same: events, outcomes, state hash, every time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.markets.mechanisms.continuous.flows import (
    MINUTE,
    cancel,
    clock,
    matrix,
    new,
    one_by_one,
    phase,
    random_flow,
    replace,
)
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous import ContinuousBook, Happened
from yaosu.markets.mechanisms.continuous_parameters import ContinuousParameters

TERMS = (
    {},
    {"prevention": "cancel_taker", "dynamic_band": 300, "pause": MINUTE},
    {"prevention": "cancel_maker", "static_band": 500, "reference": 100},
    {"prevention": "cancel_both", "auction": 5 * MINUTE},
    {"prevention": "decrement", "dynamic_band": 200, "static_band": 1000, "reference": 100},
)


def twins(terms: dict[str, object]) -> tuple[ContinuousBook, ContinuousBook]:
    parameters = ContinuousParameters.of(**terms)
    return tuple(ContinuousBook(parameters, is_plain=plain) for plain in (False, True))


def assert_same(fast: Happened, plain: Happened) -> None:
    assert fast.outcomes == plain.outcomes
    assert fast.events == plain.events
    assert len(fast.auctions) == len(plain.auctions)


@pytest.mark.parametrize("terms", TERMS, ids=lambda t: str(t.get("prevention", "none")))
@pytest.mark.parametrize("seed", range(3))
def test_both_books_have_the_same_state_after_every_command(
    terms: dict[str, object], seed: int
) -> None:
    fast, plain = twins(terms)
    for rows in one_by_one(random_flow(seed, 250)):
        assert_same(fast.run(rows), plain.run(rows))
        assert fast.digest() == plain.digest(), rows


@pytest.mark.parametrize("terms", TERMS, ids=lambda t: str(t.get("prevention", "none")))
def test_a_long_flow_in_batches_ends_in_the_same_state(terms: dict[str, object]) -> None:
    rows = matrix(random_flow(99, 6_000, phases=0.004, wide=30))
    fast, plain = twins(terms)
    assert_same(fast.run(rows), plain.run(rows))
    assert fast.digest() == plain.digest()


def test_how_a_flow_is_cut_into_batches_changes_nothing() -> None:
    rows = matrix(random_flow(7, 2_000, phases=0.01))
    whole, pieces = twins({"prevention": "decrement"})[0], twins({"prevention": "decrement"})[0]
    events = [whole.run(rows).events]
    cut = [pieces.run(rows[i : i + 77]).events for i in range(0, len(rows), 77)]
    assert np.concatenate([e["order"] for e in cut]).tolist() == events[0]["order"].tolist()
    assert whole.digest() == pieces.digest()


def test_hard_flows_do_the_same_in_both_books() -> None:
    """Many distinct prices come and go; one taker sweeps all; a chain of stops; colliding keys."""
    far = [new(i + 1, -1, 10_000 - 7 * i, 3) for i in range(1_200)]
    gone = [cancel(i + 1) for i in range(0, 1_200, 2)]
    sweep = [new(1_201, 1, 20_000, 10**6, tif=c.IOC)]
    ladder = [new(2_000 + i, -1, 100 + i, 1) for i in range(300)]
    stops = [new(3_000 + i, 1, 0, 1, kind=c.STOP, stop=100 + i) for i in range(299)]
    spark = [new(4_000, 1, 100, 1, tif=c.IOC)]
    apart = [new(5_000 + (i << 31), 1, (i << 24) - 2**29, 1) for i in range(300)]
    terms = [
        new(2**50 + i, 1, 50, 1, tif=c.GTD, expiry=10**9 + i % 7, instant=10**6) for i in range(200)
    ]
    over = [cancel(2**50 + i) for i in range(190)] + [clock(2 * 10**9)]
    rows = matrix([phase(c.CONTINUOUS), *far, *gone, *sweep, *ladder, *stops, *spark])
    more = matrix([*apart, *terms, *over])
    fast, plain = twins({})
    for part in (rows, more):
        assert_same(fast.run(part), plain.run(part))
        assert fast.digest() == plain.digest()


@given(st.integers(0, 10**9), st.integers(0, 80), st.sampled_from(TERMS))
def test_a_book_put_back_goes_on_as_if_nothing_had_happened(
    seed: int, cut: int, terms: dict[str, object]
) -> None:
    rows = matrix(random_flow(seed, 120, phases=0.05))
    parameters = ContinuousParameters.of(**terms)
    for plain in (False, True):
        book = ContinuousBook(parameters, is_plain=plain)
        book.run(rows[:cut])
        again = ContinuousBook.restore(book.snapshot(), parameters, is_plain=not plain)
        assert again.digest() == book.digest()
        assert_same(again.run(rows[cut:]), book.run(rows[cut:]))
        assert again.digest() == book.digest()


sides, prices, lots = st.sampled_from([1, -1]), st.integers(95, 105), st.integers(1, 9)


class Twins(RuleBasedStateMachine):
    """Any commands in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.fast, self.plain = twins({"prevention": "decrement", "dynamic_band": 400})
        self.last = 0
        self.now = 1
        self._send(phase(c.CONTINUOUS))

    @rule(
        side=sides,
        price=prices,
        quantity=lots,
        kind=st.integers(1, 4),
        tif=st.integers(0, 7),
        stop=prices,
        group=st.integers(0, 2),
    )
    def order(
        self, side: int, price: int, quantity: int, kind: int, tif: int, stop: int, group: int
    ) -> None:
        self.last += 1
        row = new(self.last, side, price, quantity, kind=kind, tif=tif, stop=stop, group=group)
        row[c.C_EXPIRY] = self.now + 100 * quantity
        self._send(row)

    @rule(back=st.integers(-1, 8))
    def take_back(self, back: int) -> None:
        self._send(cancel(self.last - back))

    @rule(back=st.integers(0, 8), price=prices, quantity=lots)
    def change(self, back: int, price: int, quantity: int) -> None:
        self._send(replace(self.last - back, price, quantity, price))

    @rule(into=st.integers(0, 5))
    def change_phase(self, into: int) -> None:
        self._send(phase(into))

    @rule(by=st.integers(0, 500))
    def wait(self, by: int) -> None:
        self.now += by
        self._send(clock(self.now))

    @invariant()
    def same_state(self) -> None:
        assert self.fast.digest() == self.plain.digest()

    def _send(self, row: list[int]) -> None:
        assert_same(self.fast.run(matrix([row])), self.plain.run(matrix([row])))


TestTwins = Twins.TestCase

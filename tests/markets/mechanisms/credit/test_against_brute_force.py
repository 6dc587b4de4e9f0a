"""On small books: what is lent costs least of all that can be lent; no lender below its rate."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.markets.mechanisms.forged import assert_all_refused
from yaosu.markets.mechanisms import clear
from yaosu.markets.mechanisms import credit_choice as choice
from yaosu.markets.mechanisms.credit_choice import Offer, choose
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

HERE = Network.alone("only")
OFFERS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(0, 6)), min_size=1, max_size=5
)


def in_line(offers: list[tuple[int, int, int]]) -> tuple[Offer, ...]:
    rows = [(rate, row, lots, max(min(least, lots), 1)) for row, (rate, lots, least) in
            enumerate(offers)]  # fmt: skip
    return tuple(Offer(row, rate, lots, least) for rate, row, lots, least in sorted(rows))


def best_of_all(
    offers: tuple[Offer, ...], wanted: int, least: int, is_uniform: bool
) -> tuple[int, ...]:
    """Every amount of every lender."""
    able = product(*([0, *range(offer.least, offer.lots + 1)] for offer in offers))
    ranked = []
    for lots in able:
        if sum(lots) <= wanted:
            taken = [(o.rate, n) for o, n in zip(offers, lots, strict=True) if n]
            highest = max((rate for rate, _ in taken), default=0) if is_uniform else 0
            cost = sum(rate * n for rate, n in taken)
            ranked.append((-sum(lots), highest, cost, [-n for n in lots]))
    best = min(ranked)
    return tuple(-n for n in best[3]) if -best[0] >= least else (0,) * len(offers)


@settings(max_examples=150, deadline=None)
@given(OFFERS, st.integers(1, 14), st.integers(0, 14), st.booleans())
def test_no_other_choice_lends_more_or_costs_less(
    offers: list[tuple[int, int, int]], wanted: int, least: int, is_uniform: bool
) -> None:
    line = in_line(offers)
    least = min(least, wanted)
    found = choose(line, wanted, least, 9, is_uniform)
    assert found.is_best
    assert found.lots == best_of_all(line, wanted, least, is_uniform)
    saved = sum((9 - o.rate) * n for o, n in zip(line, found.lots, strict=True))
    assert saved <= found.bound


def random_book(seed: int, rows: int = 16) -> Orders:
    chance = np.random.default_rng(seed)
    quantity = chance.integers(1, 9, rows)
    return Orders.from_columns(
        instrument=chance.choice(["one year", "two years"], rows),
        side=chance.choice([-1, -1, -1, 1], rows),
        price=chance.integers(300, 320, rows),
        quantity=quantity,
        least=chance.integers(0, quantity + 1),
        party=chance.choice(["a", "b", "c", "d", "e"], rows),
        sequence=chance.permutation(rows),
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(["pay_as_bid", "uniform"]), st.booleans())
def test_no_lender_is_paid_less_than_its_rate_nor_lends_less_than_its_least(
    seed: int, pricing: str, is_first: bool
) -> None:
    orders = random_book(seed)
    which = "first_rejected" if is_first else "last_accepted"
    clearing = clear(orders, HERE, "credit", pricing=pricing, uniform_rate=which)
    lots: dict[int, int] = {}
    for fill in clearing.fills.iterate():
        row = fill["row"]
        lots[row] = lots.get(row, 0) + fill["lots"]
        beyond = (fill["price"] - orders.price[row]) * orders.side[row]
        assert beyond <= 0
        assert pricing == "uniform" or orders.side[row] > 0 or beyond == 0
    assert orders.least is not None
    for row, count in lots.items():
        if orders.side[row] > 0:
            assert orders.least[row] <= count <= orders.quantity[row]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("pricing", ["pay_as_bid", "uniform"])
def test_a_forged_clearing_is_refused(seed: int, pricing: str) -> None:
    orders = random_book(seed, 30)
    clearing = clear(orders, HERE, "credit", pricing=pricing)
    assert clearing.volume
    assert_all_refused(orders, HERE, clearing, {"pricing": pricing})


@settings(max_examples=60, deadline=None)
@given(OFFERS, st.integers(1, 14), st.integers(0, 4))
def test_a_lender_without_a_least_gains_nothing_by_splitting_its_offer(
    offers: list[tuple[int, int, int]], wanted: int, which: int
) -> None:
    """Pay-as-bid: two halves at the same rate lend what the whole lends."""
    whole = [(rate, lots, 0) for rate, lots, _ in offers]
    at = which % len(whole)
    rate, lots, _ = whole[at]
    split = [*whole[:at], (rate, lots - lots // 2, 0), (rate, lots // 2, 0), *whole[at + 1 :]]
    kept = [offer for offer in split if offer[1]]
    one = choose(in_line(whole), wanted, 0, 9, False)
    two = choose(in_line(kept), wanted, 0, 9, False)
    mine = sum(n for o, n in zip(one.offers, one.lots, strict=True) if o.row == at)
    halves = {at, at + 1} if lots > 1 else {at}
    assert mine == sum(n for o, n in zip(two.offers, two.lots, strict=True) if o.row in halves)


def test_when_the_steps_run_out_the_result_stands_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Counted steps, not seconds: the same on every machine."""
    monkeypatch.setattr(choice, "STEPS_MAX", 1)
    orders = Orders.from_columns(
        side=[1, -1, -1], price=[9, 3, 4], quantity=[100, 60, 80], least=[0, 0, 50]
    )
    clearing = clear(orders, HERE, "credit")
    assert "cheapest" not in clearing.certificate.proved
    assert clearing.certificate.not_proved == ("bound",)
    assert clearing.certificate.primal <= clearing.certificate.dual

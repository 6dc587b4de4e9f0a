"""Held against a linear programme solver, on books that tie in every way and on larger ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import yaosu as ys
from tests.markets.mechanisms.package.books import market_book, small_book
from tests.markets.mechanisms.package.oracle import best_welfare
from yaosu.markets.network import Network

pytest.importorskip("highspy", reason="the solver that these clearings are held against")
ROUNDING = 2  # ticks: limits and prices are whole, fills are parts of a millionth


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_no_other_fills_gain_more(seed: int) -> None:
    """Small books of packages over a network: the welfare of the LP's optimum (S0-30, S0-58)."""
    packages, network = small_book(seed)
    clearing = ys.clear(packages, network, "package")
    best = best_welfare(packages, network)
    assert best - ROUNDING <= clearing.welfare <= best + 1e-6
    ys.verify_clearing(packages, network, clearing)


@pytest.mark.parametrize(("rows", "places", "seed"), [(400, 8, 1), (3000, 40, 2), (6000, 25, 3)])
def test_a_market_of_packages_reaches_the_optimum(rows: int, places: int, seed: int) -> None:
    """The gap left is the rounding of fills and prices: below one part in 10^9, or two ticks."""
    packages = market_book(rows, places, seed)
    clearing = ys.clear(packages, mechanism="package")
    best = best_welfare(packages, Network.alone())
    assert abs(clearing.welfare - best) <= max(best * 1e-9, ROUNDING)
    gap = clearing.certificate.dual - clearing.certificate.primal
    assert 0 <= gap <= max(best * 1e-9, 12)
    ys.verify_clearing(packages, None, clearing)


def test_money_adds_up_to_the_last_tick() -> None:
    """What packages pay is what they receive, and nobody pays above or receives below the limit."""
    packages = market_book(2000, 30, 4)
    clearing = ys.clear(packages, mechanism="package")
    fills = clearing.fills
    assert fills["payment"].sum() == 0 == clearing.certificate.regions["rounding"][0]
    filled = fills["lots"] * 1_000_000 + fills["parts"]
    assert (fills["payment"] * 1_000_000 <= packages.limit[fills["row"]] * filled).all()
    taken = np.zeros(30, np.int64)
    names = clearing.prices.text("instrument").tolist()
    units = dict(zip(fills["row"].tolist(), filled.tolist(), strict=True))
    for row, name, amount in zip(
        packages.legs["order"].tolist(),
        packages.legs.text("instrument").tolist(),
        packages.legs["amount"].tolist(),
        strict=True,
    ):
        taken[names.index(name)] += amount * units.get(row, 0)
    assert (taken <= 0).all()
    assert (-taken == clearing.prices["left_over"]).all()

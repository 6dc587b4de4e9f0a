"""Small books, where every fill can be tried."""

import pytest

import yaosu as ys
from tests.markets.mechanisms.indivisible.books import grid_book, small_book
from tests.markets.mechanisms.indivisible.oracle import (
    most_supported_welfare,
    most_welfare,
    rows_of,
)
from yaosu.kernel import compiled
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.indivisible import AllOrNothingParameters, clear_indivisible

NAME = "package-all-or-nothing"


def told(clearing: Clearing, name: str) -> int:
    return int(clearing.certificate.links[name][0])


@pytest.mark.parametrize("part", range(6))
def test_the_fills_are_worth_most_of_all_fills(part: int) -> None:
    """S0-45: bids over several factors, with alternatives and complements, at the best welfare."""
    for seed in range(20 * part, 20 * part + 20):
        packages, network = small_book(seed, 10)
        clearing = ys.clear(packages, network, NAME, effort=1)
        ys.verify_clearing(packages, network, clearing, {"effort": 1})
        most = most_welfare(rows_of(packages, network))
        assert (clearing.welfare, told(clearing, "bound_claimed")) == (most, most), seed
        assert clearing.certificate.dual >= most


@pytest.mark.parametrize("part", range(6))
def test_the_supported_fills_are_worth_most_of_all_that_prices_support(part: int) -> None:
    """Mode "uniform": none accepted at a loss, and the welfare given up for it is the least."""
    for seed in range(1000 + 20 * part, 1020 + 20 * part):
        packages, network = small_book(seed, 9)
        clearing = ys.clear(packages, network, NAME, effort=1, mode="uniform")
        ys.verify_clearing(packages, network, clearing, {"effort": 1, "mode": "uniform"})
        rows = rows_of(packages, network)
        assert clearing.welfare == most_supported_welfare(rows), seed
        assert told(clearing, "allocation_welfare") == most_welfare(rows)
        collected = int(clearing.fills["payment"].sum()) - int(clearing.flows["cost"].sum())
        assert collected == told(clearing, "collected") == int(clearing.flows["rent"].sum())


def test_books_of_fourteen_packages_too() -> None:
    for seed in range(5000, 5006):
        packages, network = small_book(seed, 14)
        rows = rows_of(packages, network)
        clearing = ys.clear(packages, network, NAME, effort=1)
        assert clearing.welfare == most_welfare(rows), seed
        clearing = ys.clear(packages, network, NAME, effort=1, mode="uniform")
        assert clearing.welfare == most_supported_welfare(rows), seed


def test_compiled_code_changes_nothing() -> None:
    packages, network = small_book(31, 8)
    made = ys.clear(packages, network, NAME, effort=1)
    is_enabled, root = compiled.is_enabled(), compiled._Setting.cache_root
    compiled.configure(enabled=False, cache_root=root)
    try:
        plain = clear_indivisible(packages, network, AllOrNothingParameters(effort=1))
    finally:
        compiled.configure(enabled=is_enabled, cache_root=root)
    assert plain == made


def test_a_larger_book_comes_with_a_bound_and_is_the_same_each_time() -> None:
    packages = grid_book(300, 1)
    one = ys.clear(packages, mechanism=NAME, effort=1)
    ys.verify_clearing(packages, None, one, {"effort": 1})
    assert one == ys.clear(packages, mechanism=NAME, effort=1)
    assert 0 < one.welfare <= told(one, "bound_claimed") <= one.certificate.dual
    assert one.certificate.dual * 10 < one.welfare * 14

"""Rows rounded with options turned round hold for all fills; so does what follows from bars."""

import numpy as np
import pytest

from tests.markets.mechanisms.indivisible.books import grid_book, small_book
from tests.markets.mechanisms.indivisible.oracle import all_fills, left_over, rows_of
from yaosu.kernel.columns import Integers
from yaosu.markets.mechanisms.indivisible_book import Choices, choices_of, relaxed
from yaosu.markets.mechanisms.indivisible_propagate import by_row, propagate
from yaosu.markets.mechanisms.indivisible_root import root_of
from yaosu.markets.mechanisms.indivisible_simplex import (
    Options,
    basis_for,
    begin,
    bound_of,
    settle,
)
from yaosu.markets.mechanisms.indivisible_turned import with_turned_cuts
from yaosu.markets.network import Network
from yaosu.markets.packages import Packages

PIVOTS, WORK = 100_000, 100_000_000


def choices_that_fit(packages: Packages, network: Network, choices: Choices) -> list[Integers]:
    """Of each fill that keeps the rule and is an option in every row: which options it chooses."""
    told = rows_of(packages, network)
    links = choices.book.links
    order = [*(packages.rows + np.arange(links)).tolist(), *choices.book.order.tolist()]
    found = []
    for units in all_fills(told):
        if min(left_over(told, units).values()) < 0:
            continue
        filled = np.array([units[at] for at in order])
        chosen = (filled[choices.row] == choices.units).astype(np.int64)
        if np.array_equal(np.bincount(choices.row, chosen * choices.units, len(filled)), filled):
            found.append(chosen)
    return found


def sums_of(options: Options, chosen: Integers) -> np.ndarray:
    """What each row adds up to."""
    owner = np.repeat(np.arange(len(options.value)), np.diff(options.starts))
    return np.bincount(options.row, options.amount * chosen[owner], len(options.rhs))


def bound_at(options: Options) -> float:
    """What the relaxation says."""
    basis = basis_for(options)
    begin(options, basis)
    settle(options, basis, -1e300, PIVOTS)
    return float(bound_of(options, basis))


@pytest.mark.parametrize("part", range(4))
def test_no_row_forbids_a_choice_that_keeps_the_rule(part: int) -> None:
    """All rows of the relaxation with all its cuts, on all choices of small books."""
    tried, more = 0, 0
    for seed in range(100 * part, 100 * part + 12):
        packages, network = small_book(seed, 8)
        choices = choices_of(packages, network)
        root = root_of(choices, PIVOTS, WORK)
        options = with_turned_cuts(root, len(choices.groups.rhs), PIVOTS, WORK).options
        more += len(options.rhs) - len(root.options.rhs)
        for chosen in choices_that_fit(packages, network, choices):
            assert (sums_of(options, chosen) <= options.rhs + 1e-9).all(), (seed, chosen)
            tried += 1
    assert tried > 100
    assert more > 0


@pytest.mark.parametrize("seed", range(3))
def test_the_relaxation_comes_nearer(seed: int) -> None:
    """Its bound falls, and stays above the bound that nothing is better than."""
    packages, network = grid_book(120, seed), Network.alone("only")
    choices = choices_of(packages, network)
    root = root_of(choices, PIVOTS, WORK)
    turned = with_turned_cuts(root, len(choices.groups.rhs), PIVOTS, WORK)
    assert bound_at(turned.options) < bound_at(root.options)
    assert turned.cuts is root.cuts
    assert turned.work > root.work


@pytest.mark.parametrize("part", range(2))
def test_what_follows_from_bars_bars_no_choice_that_is_left(part: int) -> None:
    """Random columns are barred; choices without them stay possible, and a dead end has none."""
    dead, followed = 0, 0
    for seed in range(100 * part, 100 * part + 20):
        packages, network = small_book(seed, 8)
        choices = choices_of(packages, network)
        groups, options = choices.groups, relaxed(choices.groups)
        every = [
            np.concatenate([chosen, 1 - np.bincount(groups.group, chosen, len(groups.first) - 1)])
            for chosen in choices_that_fit(packages, network, choices)
        ]
        chance = np.random.default_rng(seed)
        for _ in range(10):
            barred = (chance.random(len(every[0])) < 0.3).astype(np.int8)
            before = barred.copy()
            left = [chosen for chosen in every if not (chosen * before).any()]
            if not propagate(options, by_row(options), barred):
                dead += 1
                assert not left
            followed += int((barred != before).any())
            assert not any((chosen * barred).any() for chosen in left)
    assert dead
    assert followed

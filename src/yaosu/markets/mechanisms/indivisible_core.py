"""Prices that bound a book; of a large one found on its core, where they do not decide plainly."""

from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.markets.mechanisms.indivisible_book import Choices, relaxed
from yaosu.markets.mechanisms.indivisible_bound import (
    bound_of_prices,
    priced_cuts,
    whole_prices,
)
from yaosu.markets.mechanisms.indivisible_branch import levels_of
from yaosu.markets.mechanisms.indivisible_cuts import NO_CUTS, Cuts, round_cuts
from yaosu.markets.mechanisms.indivisible_moves import NONE, Groups
from yaosu.markets.mechanisms.indivisible_part import core_at, levels_said, margins_of
from yaosu.markets.mechanisms.indivisible_root import Root, root_of, some_of
from yaosu.markets.mechanisms.indivisible_simplex import (
    Floats,
    Options,
    basis_at,
    basis_for,
    begin,
    settle,
)
from yaosu.markets.mechanisms.indivisible_turned import with_turned_cuts
from yaosu.markets.mechanisms.package_solve import solve_rows

CORE_OPTIONS = 4_000
PLACES_BRANCHED = 600  # with more, a pivot costs too much to branch
OPTIONS_BRANCHED = 4_000
CORE_ROUNDS = 3
TURNED_FROM = 16  # more cuts, where there is so many times the work of the first ones
PIVOTS_MAX = 200_000
CELLS_MAX = 6_000_000_000  # of the inverse, changed by all pivots together


class Priced(NamedTuple):
    """Whole prices of places and cuts, and the bound they prove, as in `Prices`."""

    price: Integers
    cuts: Cuts
    cut_price: Integers
    bound: int


class Prices(NamedTuple):
    """Whole prices and what they prove.

    Attributes:
        price: sub-ticks, one a place. cuts, cut_price: cuts, and sub-ticks for one of each.
        bound: ticks; no choice is worth more. start: a choice from which to begin.
        options: the relaxation with these cuts; None of a large book. basis: where that stands:
            key of each group, and column of each row; None where values are others.
        weight: ticks a lot in each place, with which the walk begins: prices without cuts.
        work: moves of the same cost as the pivots.
        guide: of a large book ticks a lot in each place, without cuts: what they say to each group.
    """

    price: Integers
    cuts: Cuts
    cut_price: Integers
    bound: int
    start: Integers
    options: Options | None
    weight: Integers
    work: int = 0
    basis: tuple[Integers, Integers] | None = None
    guide: Floats | None = None


def priced(choices: Choices, scale: int, work_max: int) -> Prices:
    """Whole prices, the bound they prove, and a choice from which to begin.

    A small book is relaxed whole, with cuts, and begins with nothing. Of a large one the prices
    that would clear it, were packages divisible, come first; then a core is relaxed, the others
    taking what the prices say, with cuts unless places are many; and the beginning is what the
    prices say to all.

    Args:
        work_max: moves of the same cost, after which no more cuts are sought.
    """
    if may_be_branched(choices.groups):
        return _priced_with_cuts(choices, scale, work_max)
    if len(choices.groups.rhs) <= PLACES_BRANCHED:
        return _priced_with_cuts_of_core(choices, scale, work_max)
    return _priced_without_cuts(choices, scale)


def _priced_with_cuts_of_core(choices: Choices, scale: int, work_max: int) -> Prices:
    """Cuts are sought where the core stands, and hold for the whole book."""
    groups = choices.groups
    plain, ticks = _priced_plainly(choices, scale, CORE_ROUNDS - 1)
    core = core_at(groups, ticks, CORE_OPTIONS)
    root = root_of(choices, pivots_for(groups), work_max, core)
    plain = _lower(plain, plainly_priced(choices, root.plain, scale))
    best = _lower(plain, whole_with_cuts(choices, root, scale))
    start = margins_of(groups, plain.price / scale)[1]
    return _prices_of_large(best, plain, start, scale, root.work)


def _priced_without_cuts(choices: Choices, scale: int) -> Prices:
    groups = choices.groups
    plain, _ = _priced_plainly(choices, scale, CORE_ROUNDS)
    start = margins_of(groups, plain.price / scale)[1]
    if len(groups.value) <= CORE_OPTIONS:
        start[:] = NONE
    return _prices_of_large(plain, plain, start, scale, 0)


def _prices_of_large(best: Priced, plain: Priced, start: Integers, scale: int, work: int) -> Prices:
    weight, guide = plain.price // scale + 1, plain.price / scale
    return Prices(*best, start, None, weight, work, None, guide)


def _lower(one: Priced, other: Priced) -> Priced:
    return other if other.bound < one.bound else one


def _priced_plainly(choices: Choices, scale: int, rounds: int) -> tuple[Priced, Floats]:
    """Prices without cuts, in whole numbers and in ticks: each of a core around those before."""
    groups = choices.groups
    ticks = solve_rows(choices.book.rows, choices.book.links).price
    best = plainly_priced(choices, ticks, scale)
    for _ in range(rounds):
        is_small = len(groups.value) <= CORE_OPTIONS
        inner = groups if is_small else core_at(groups, ticks, CORE_OPTIONS).groups
        ticks = relaxed_prices(inner)
        found = plainly_priced(choices, ticks, scale)
        if found.bound >= best.bound:
            break
        best = found
    return best, best.price / scale


def plainly_priced(choices: Choices, ticks: Floats, scale: int) -> Priced:
    """Prices of places alone, in whole numbers."""
    rows = choices.book.rows
    price = whole_prices(rows, np.maximum(ticks, 0.0), scale)
    bound = bound_of_prices(rows, choices.row_group, price, scale)
    return Priced(price, NO_CUTS, np.zeros(0, np.int64), bound)


def may_be_branched(groups: Groups) -> bool:
    """Whether a book is so small that its relaxation is solved at every branch."""
    return len(groups.value) <= OPTIONS_BRANCHED and len(groups.rhs) <= PLACES_BRANCHED


def _priced_with_cuts(choices: Choices, scale: int, work_max: int) -> Prices:
    groups, rows = choices.groups, choices.book.rows
    root = root_of(choices, pivots_for(groups), work_max)
    cut = whole_with_cuts(choices, root, scale)
    nothing = np.full(len(groups.first) - 1, NONE, np.int64)
    weight = whole_prices(rows, np.maximum(root.plain, 0.0), scale) // scale + 1
    if root.work * TURNED_FROM < work_max:
        root = with_turned_cuts(root, len(groups.rhs), pivots_for(groups), work_max // 4)
    return Prices(*cut, nothing, root.options, weight, root.work, root.basis)


def pivots_for(groups: Groups) -> int:
    """Pivots in a round of cuts, so that the inverse is not changed too often."""
    return min(PIVOTS_MAX, CELLS_MAX // (len(groups.rhs) ** 2 + 1))


def whole_with_cuts(choices: Choices, root: Root, scale: int) -> Priced:
    """The prices of a relaxation with cuts in whole numbers; without cuts where these do harm."""
    rows, group, places = choices.book.rows, choices.row_group, len(choices.groups.rhs)
    price = whole_prices(rows, np.maximum(root.price[:places], 0.0), scale)
    ticks = np.maximum(root.price[places:], 0.0) / root.largest
    cut_price = np.array([round(one * scale) for one in ticks.tolist()], np.int64)
    tight = np.flatnonzero(cut_price)
    cuts, cut_price = some_of(root.cuts, tight), cut_price[tight]
    made = round_cuts(rows, choices.least, group, cuts)
    with_price = priced_cuts(rows, choices.least, made, cut_price)
    plain = plainly_priced(choices, root.price[:places], scale)
    if not with_price.fits:
        return plain
    bound = bound_of_prices(rows, group, price, scale, None, with_price)
    return plain if plain.bound <= bound else Priced(price, cuts, cut_price, bound)


def relaxed_prices(groups: Groups) -> Floats:
    """Ticks a lot in each row, of the linear relaxation; bounded work, so not always the best."""
    options = relaxed(groups)
    basis = basis_for(options)
    begin(options, basis)
    settle(options, basis, -1e300, pivots_for(groups))
    return np.maximum(basis.price, 0.0)


def levels_at(groups: Groups, prices: Prices) -> Floats:
    """Level of every option, and then of "none" in every group, where the relaxation stands."""
    options = prices.options
    if options is None:
        assert prices.guide is not None, "a large book has prices without cuts"
        return levels_said(groups, prices.guide)
    basis = basis_at(options, prices.basis)
    settle(options, basis, -1e300, pivots_for(groups))
    level = np.zeros(len(basis.barred))
    levels_of(options, basis, level)
    return level

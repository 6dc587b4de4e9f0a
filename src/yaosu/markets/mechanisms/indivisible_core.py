"""Prices that bound a book; of a large one found on its core, where they do not decide plainly."""

from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.indivisible_book import Choices, grouped, relaxed
from yaosu.markets.mechanisms.indivisible_bound import (
    bound_of_prices,
    priced_cuts,
    whole_prices,
)
from yaosu.markets.mechanisms.indivisible_cuts import NO_CUTS, Cuts, round_cuts
from yaosu.markets.mechanisms.indivisible_moves import NONE, Groups
from yaosu.markets.mechanisms.indivisible_root import root_of, some_of
from yaosu.markets.mechanisms.indivisible_simplex import (
    Floats,
    Options,
    basis_for,
    begin,
    settle,
)
from yaosu.markets.mechanisms.package_book import take_rows
from yaosu.markets.mechanisms.package_solve import solve_rows

CORE_OPTIONS = 4_000
PLACES_BRANCHED = 600  # with more, a pivot costs too much to branch
OPTIONS_BRANCHED = 4_000
CORE_ROUNDS = 3
PIVOTS_MAX = 200_000
CELLS_MAX = 6_000_000_000  # of the inverse, changed by all pivots together
FEW_PLACES = 400


class Core(NamedTuple):
    """Part of a book, the rest being decided.

    Attributes:
        groups: those inside. option, inside: which options and groups of the whole these are.
        choice: option of each group of the whole outside, or -1; -1 inside.
    """

    groups: Groups
    option: Integers
    inside: Integers
    choice: Integers

    def whole(self, choice: Integers) -> Integers:
        """The choice of all groups where those inside choose so."""
        found = self.choice.copy()
        taken = np.flatnonzero(choice >= 0)
        found[self.inside[taken]] = self.option[choice[taken]]
        return found


class Prices(NamedTuple):
    """Whole prices and what they prove.

    Attributes:
        price: sub-ticks, one a place. cuts, cut_price: cuts, and sub-ticks for one of each.
        bound: ticks; no choice is worth more. start: a choice from which to begin.
        options: the relaxation with these cuts; None of a large book. basis: where that stands:
            key of each group, and column of each row; None where values are others.
        weight: ticks a lot in each place, with which the walk begins: prices without cuts.
        work: moves of the same cost as the pivots.
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


def priced(choices: Choices, scale: int, work_max: int) -> Prices:
    """Whole prices, the bound they prove, and a choice from which to begin.

    A small book is relaxed whole, with cuts, and begins with nothing. Of a large one the prices
    that would clear it, were packages divisible, come first; then a core is relaxed as it is, the
    others taking what the prices say; and the beginning is what the prices say to all.

    Args:
        work_max: moves of the same cost, after which no more cuts are sought.
    """
    if may_be_branched(choices.groups):
        return _priced_with_cuts(choices, scale, work_max)
    groups, rows = choices.groups, choices.book.rows
    nothing = np.full(len(groups.first) - 1, NONE, np.int64)
    is_small = len(groups.value) <= CORE_OPTIONS
    best, best_price = 1 << 62, np.zeros(len(groups.rhs), np.int64)
    ticks = np.zeros(len(groups.rhs))
    for turn in range(1 + CORE_ROUNDS):
        if turn == 0 and not (is_small and len(groups.rhs) <= FEW_PLACES):
            ticks = solve_rows(rows, choices.book.links).price
        elif is_small:
            ticks = relaxed_prices(groups)
        else:
            ticks = relaxed_prices(core_at(groups, ticks, CORE_OPTIONS).groups)
        price = whole_prices(rows, ticks, scale)
        bound = bound_of_prices(rows, choices.row_group, price, scale)
        if bound >= best:
            break
        best, best_price = bound, price
        if is_small and turn > 0:
            break
    start = nothing if is_small else margins_of(groups, best_price / scale)[1]
    weight = best_price // scale + 1
    return Prices(best_price, NO_CUTS, np.zeros(0, np.int64), best, start, None, weight)


def may_be_branched(groups: Groups) -> bool:
    """Whether a book is so small that its relaxation is solved at every branch."""
    return len(groups.value) <= OPTIONS_BRANCHED and len(groups.rhs) <= PLACES_BRANCHED


def _priced_with_cuts(choices: Choices, scale: int, work_max: int) -> Prices:
    groups, rows, group = choices.groups, choices.book.rows, choices.row_group
    places = len(groups.rhs)
    root = root_of(choices, min(PIVOTS_MAX, CELLS_MAX // (places**2 + 1)), work_max)
    price = whole_prices(rows, np.maximum(root.price[:places], 0.0), scale)
    ticks = np.maximum(root.price[places:], 0.0) / root.largest
    cut_price = np.array([round(one * scale) for one in ticks.tolist()], np.int64)
    tight = np.flatnonzero(cut_price)
    cuts, cut_price = some_of(root.cuts, tight), cut_price[tight]
    made = round_cuts(rows, choices.least, group, cuts)
    with_price = priced_cuts(rows, choices.least, made, cut_price)
    plain = bound_of_prices(rows, group, price, scale)
    bound = (
        bound_of_prices(rows, group, price, scale, None, with_price) if with_price.fits else plain
    )
    if plain <= bound:
        cuts, cut_price, bound = NO_CUTS, np.zeros(0, np.int64), plain
    nothing = np.full(len(groups.first) - 1, NONE, np.int64)
    weight = whole_prices(rows, np.maximum(root.plain, 0.0), scale) // scale + 1
    return Prices(
        price, cuts, cut_price, bound, nothing, root.options, weight, root.work, root.basis
    )


def relaxed_prices(groups: Groups) -> Floats:
    """Ticks a lot in each row, of the linear relaxation; bounded work, so not always the best."""
    options = relaxed(groups)
    basis = basis_for(options)
    begin(options, basis)
    pivots = min(PIVOTS_MAX, CELLS_MAX // (len(groups.rhs) ** 2 + 1))
    settle(options, basis, -1e300, pivots)
    return np.maximum(basis.price, 0.0)


def core_at(groups: Groups, price: Floats, options_max: int) -> Core:
    """The groups whose best two options differ least at these prices; the others take the best."""
    margin, choice = margins_of(groups, price)
    sizes = np.diff(groups.first)
    order = np.argsort(margin, kind="stable")
    inside = np.sort(order[np.cumsum(sizes[order]) <= options_max])
    return part_of(groups, inside, choice)


def part_of(groups: Groups, inside: Integers, choice: Integers) -> Core:
    """These groups, in rising order, where all others keep what they choose."""
    sizes = np.diff(groups.first)
    is_inside = np.zeros(len(sizes), np.int8)
    is_inside[inside] = 1
    choice = choice.copy()
    choice[inside] = NONE
    outside = choice[choice >= 0]
    rhs = groups.rhs.copy()
    rows = groups.row.astype(np.int32)
    _, row, amount = take_rows(outside, groups.starts, rows, groups.amount)
    np.subtract.at(rhs, row, amount)
    option = np.flatnonzero(is_inside[groups.group])
    starts, row, amount = take_rows(option, groups.starts, rows, groups.amount)
    first = np.concatenate([[0], np.cumsum(sizes[inside])]).astype(np.int64)
    core = grouped(groups.value[option], starts, row.astype(np.int64), amount, first, rhs)
    return Core(core, option, inside, choice)


def narrowed(core: Core) -> Core:
    """The same without the rows that nothing inside touches."""
    inner = core.groups
    used, row = np.unique(inner.row, return_inverse=True)
    rhs = inner.rhs[used]
    row = row.astype(np.int64)
    kept = grouped(inner.value, inner.starts, row, inner.amount, inner.first, rhs)
    return core._replace(groups=kept)


@compiled
def margins_of(groups: Groups, price: Floats) -> tuple[Floats, Integers]:
    """For each group the difference of its best two surpluses, and its best option or -1."""
    many = len(groups.first) - 1
    margin, choice = np.zeros(many), np.full(many, -1, np.int64)
    for group in range(many):
        best, second = 0.0, -1e300
        for option in range(groups.first[group], groups.first[group + 1]):
            surplus = float(groups.value[option])
            for leg in range(groups.starts[option], groups.starts[option + 1]):
                surplus -= price[groups.row[leg]] * groups.amount[leg]
            if surplus > best:
                best, second = surplus, best
                choice[group] = option
            elif surplus > second:
                second = surplus
        margin[group] = best - second
    return margin, choice

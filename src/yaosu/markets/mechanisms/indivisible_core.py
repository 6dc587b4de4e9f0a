"""The part of a large book that is searched: where the prices do not decide plainly."""

from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.indivisible_book import Choices, grouped, relaxed
from yaosu.markets.mechanisms.indivisible_bound import bound_of_prices, whole_prices
from yaosu.markets.mechanisms.indivisible_moves import NONE, Groups
from yaosu.markets.mechanisms.indivisible_simplex import Floats, basis_for, begin, settle
from yaosu.markets.mechanisms.package_book import take_rows
from yaosu.markets.mechanisms.package_solve import solve_rows

CORE_OPTIONS = 4_000
CORE_ROUNDS = 3
PIVOTS_MAX = 200_000
CELLS_MAX = 6_000_000_000  # of the inverse, changed by all pivots together
FEW_PLACES = 400


class Core(NamedTuple):
    """The part of the groups that is searched.

    Attributes:
        groups: of them. option: of each option of the core, its number in the whole.
        choice: what all groups take outside the core; -1: none, or it is in the core.
    """

    groups: Groups
    option: Integers
    choice: Integers


def core_of(choices: Choices, scale: int) -> tuple[Core, Integers, int]:
    """The groups to be searched, whole prices, and the bound they prove."""
    groups, rows = choices.groups, choices.book.rows
    many = len(groups.first) - 1
    everything = Core(groups, np.arange(len(groups.value)), np.full(many, NONE, np.int64))
    if len(groups.value) <= CORE_OPTIONS:
        price = whole_prices(rows, _relaxed_prices(groups), scale)
        bound = bound_of_prices(rows, choices.row_group, price, scale)
        if len(groups.rhs) <= FEW_PLACES:
            return everything, price, bound
        other = whole_prices(rows, solve_rows(rows, choices.book.links).price, scale)
        other_bound = bound_of_prices(rows, choices.row_group, other, scale)
        return (
            (everything, other, other_bound) if other_bound < bound else (everything, price, bound)
        )
    ticks = solve_rows(rows, choices.book.links).price
    best_price = whole_prices(rows, ticks, scale)
    best = bound_of_prices(rows, choices.row_group, best_price, scale)
    core = everything
    for _ in range(CORE_ROUNDS):
        core = _core_at(groups, ticks)
        ticks = _relaxed_prices(core.groups)
        price = whole_prices(rows, ticks, scale)
        bound = bound_of_prices(rows, choices.row_group, price, scale)
        if bound >= best:
            break
        best, best_price = bound, price
    core = _core_at(groups, best_price / scale)
    return core, best_price, best


def _relaxed_prices(groups: Groups) -> Floats:
    options = relaxed(groups)
    basis = basis_for(options)
    begin(options, basis)
    pivots = min(PIVOTS_MAX, CELLS_MAX // (len(groups.rhs) ** 2 + 1))
    settle(options, basis, -1e300, pivots)
    return np.maximum(basis.price, 0.0)


def _core_at(groups: Groups, price: Floats) -> Core:
    """The groups whose best two options differ least at these prices; the others take the best.

    Where what they take would leave less than nothing, the search of the core must make up for
    it: it begins short.
    """
    margin, choice = margins_of(groups, price)
    sizes = np.diff(groups.first)
    order = np.argsort(margin, kind="stable")
    inside = order[np.cumsum(sizes[order]) <= CORE_OPTIONS]
    is_inside = np.zeros(len(sizes), np.int8)
    is_inside[inside] = 1
    choice[inside] = NONE
    outside = choice[choice >= 0]
    rhs = groups.rhs.copy()
    _, row, amount = take_rows(outside, groups.starts, groups.row.astype(np.int32), groups.amount)
    np.subtract.at(rhs, row, amount)
    option = np.flatnonzero(is_inside[groups.group])
    starts, row, amount = take_rows(
        option, groups.starts, groups.row.astype(np.int32), groups.amount
    )
    first = np.concatenate([[0], np.cumsum(sizes[np.sort(inside)])]).astype(np.int64)
    part = grouped(groups.value[option], starts, row.astype(np.int64), amount, first, rhs)
    return Core(part, option, choice)


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

"""Fills that one price for each place supports: no accepted package at a loss.

Packages may be rejected although the prices would suit them, never accepted although they do not.
The payments add up to zero, so what is left over at a place has no price there. Whether fills are
supported is a linear question: they are, where no part of them, places in balance, is worth more
than all of them.

Small books are searched in full. Of larger ones fills in balance are sought by moves; where one
is not supported, the option that loses most is barred, and the search goes on.

Source: R. O'Neill and others, "Efficient market-clearing prices in markets with nonconvexities"
(2005), on why such prices need not exist for the best fills; E. Bichler and others, "A guide to
combinatorial exchanges" (2022), on rejecting instead.
"""

from fractions import Fraction
from math import lcm

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Integers
from yaosu.markets.mechanisms.indivisible_book import Choices, grouped, relaxed
from yaosu.markets.mechanisms.indivisible_bound import in_range, whole_prices
from yaosu.markets.mechanisms.indivisible_core import PIVOTS_MAX
from yaosu.markets.mechanisms.indivisible_money import welfare_of
from yaosu.markets.mechanisms.indivisible_moves import NONE, Groups, restart, walk_from, wander
from yaosu.markets.mechanisms.indivisible_simplex import (
    IMPOSSIBLE,
    TOO_LOW,
    Basis,
    Options,
    basis_for,
    begin,
    bound_of,
    settle,
)
from yaosu.markets.mechanisms.indivisible_solve import SEED, WEIGHINGS, Found
from yaosu.markets.mechanisms.indivisible_tables import left_of
from yaosu.markets.mechanisms.package_algebra import values_of
from yaosu.markets.mechanisms.package_book import take_rows

SMALL_GROUPS = 24
NODES_MAX = 20_000
ROUNDS = 24
EXACT_PLACES = 40


class Supported(Struct, frozen=True):
    """Fills, and prices that support them.

    Attributes:
        units: of each row of the book. price: sub-ticks, one a place. scale: sub-ticks in a tick.
        welfare: ticks.
    """

    units: Integers
    price: Integers
    scale: int
    welfare: int


def supported_fills(choices: Choices, found: Found, effort: int) -> Supported:
    """The fills worth most among those that prices support, as far as the search goes."""
    nothing = np.zeros(len(found.units), np.int64)
    best = Supported(nothing, np.zeros(choices.book.places, np.int64), found.scale, 0)
    best = _better(choices, found.units, found.scale, best)
    if best.welfare == found.welfare:
        return best
    if len(choices.groups.first) - 1 <= SMALL_GROUPS:
        return _search_small(choices, found.scale, best)
    return _search_balanced(choices, found, best, effort)


def _better(choices: Choices, units: Integers, scale: int, best: Supported) -> Supported:
    """The fills, if they are worth more and prices support them; else ``best``."""
    welfare = welfare_of(choices.book.rows.limit.astype(np.int64), units)
    if welfare <= best.welfare:
        return best
    supported = support_of(choices, units, scale)
    if supported is None:
        return best
    price, scale = supported
    return Supported(units, price, scale, welfare)


def support_of(choices: Choices, units: Integers, scale: int) -> tuple[Integers, int] | None:
    """Prices at which no accepted row loses and nothing left over has a price; None: none found.

    First with a margin for rounding; then, where places are few, exactly, as fractions.
    """
    rows = choices.book.rows
    accepted = np.flatnonzero(units > 0)
    in_balance = left_of(choices.book, units) == 0
    starts, place, amount = take_rows(accepted, rows.starts, rows.place, rows.amount)
    lots = amount.astype(np.int64) * np.repeat(units[accepted], np.diff(starts))
    kept = in_balance[place]
    ends = np.concatenate([[0], np.cumsum(kept)])
    groups = grouped(
        rows.limit.astype(np.int64)[accepted] * units[accepted],
        ends[starts],
        place.astype(np.int64)[kept],
        lots[kept],
        np.arange(len(accepted) + 1, dtype=np.int64),
        np.zeros(rows.places, np.int64),
    )
    options = relaxed(groups)
    sizes = np.bincount(groups.group[_options_of(groups)], np.abs(groups.amount), len(accepted))
    for margin in (sizes / scale, None):
        less = options.value if margin is None else options.value - margin
        asked = options._replace(value=less)
        basis = basis_for(asked)
        begin(asked, basis)
        settle(asked, basis, -1e300, PIVOTS_MAX)
        price = whole_prices(rows, np.maximum(basis.price, 0.0), scale)
        price[~in_balance] = 0
        if _supports(choices, units, price, scale):
            return price, scale
    if rows.places > EXACT_PLACES:
        return None
    exact, whole = _exact_prices(groups, basis)
    if in_range(rows, exact, whole) and _supports(choices, units, exact, whole):
        return exact, whole
    return None


def _options_of(groups: Groups) -> Integers:
    return np.repeat(np.arange(len(groups.value)), np.diff(groups.starts))


def _supports(choices: Choices, units: Integers, price: Integers, scale: int) -> bool:
    rows = choices.book.rows
    if (price < 0).any() or not in_range(rows, price, scale):
        return False
    value = values_of(rows.starts, rows.place, rows.amount, price)
    return not ((units > 0) & (value > rows.limit.astype(np.int64) * scale)).any()


def _exact_prices(groups: Groups, basis: Basis) -> tuple[Integers, int]:
    """The prices of a settled basis as whole numbers of one part of a tick, and how many parts."""
    many, count, rows = len(groups.value), len(groups.first) - 1, len(groups.rhs)
    table: list[list[Fraction]] = []
    for column in basis.basic.tolist():
        line = [Fraction(0)] * (rows + 1)
        if column >= many + count:
            line[column - many - count] = Fraction(1)
        else:
            group = int(groups.group[column]) if column < many else column - many
            for one, sign in ((column, 1), (int(basis.key[group]), -1)):
                if one < many:
                    line[rows] += sign * int(groups.value[one])
                    for leg in range(int(groups.starts[one]), int(groups.starts[one + 1])):
                        line[int(groups.row[leg])] += sign * int(groups.amount[leg])
        table.append(line)
    for at in range(rows):
        best = next((row for row in range(at, rows) if table[row][at]), None)
        if best is None:
            return np.full(rows, -1, np.int64), 1
        table[at], table[best] = table[best], table[at]
        table[at] = [number / table[at][at] for number in table[at]]
        for row in range(rows):
            by = table[row][at]
            if row != at and by:
                table[row] = [a - by * b for a, b in zip(table[row], table[at], strict=True)]
    found = [line[rows] for line in table]
    whole = lcm(*(number.denominator for number in found))
    wide = any(abs(number * whole) >= 1 << 61 for number in found) or whole >= 1 << 61
    if wide:
        return np.full(rows, -1, np.int64), 1
    return np.array([int(number * whole) for number in found], np.int64), whole


def _search_small(choices: Choices, scale: int, best: Supported) -> Supported:
    """Every choice that the linear relaxation does not rule out, group by group."""
    groups = choices.groups
    options = relaxed(groups)
    basis = basis_for(options)
    many, count = len(groups.value), len(groups.first) - 1
    stack: list[tuple[int, ...]] = [()]
    nodes = 0
    while stack and nodes < NODES_MAX:
        nodes += 1
        taken = stack.pop()
        if _bound_with(options, basis, taken, best.welfare) <= best.welfare:
            continue
        if len(taken) < count:
            group = len(taken)
            inside = range(int(groups.first[group]), int(groups.first[group + 1]))
            stack.extend((*taken, column) for column in (many + group, *inside))
            continue
        chosen = np.array([column for column in taken if column < many], np.int64)
        units = np.zeros(len(choices.book.rows.limit), np.int64)
        units[choices.row[chosen]] = choices.units[chosen]
        if (left_of(choices.book, units) >= 0).all():
            best = _better(choices, units, scale, best)
    return best


def _bound_with(options: Options, basis: Basis, taken: tuple[int, ...], floor: int) -> int:
    """What the relaxation allows where the first groups have chosen."""
    many = len(options.value)
    basis.barred[:] = 0
    for group, column in enumerate(taken):
        basis.barred[int(options.first[group]) : int(options.first[group + 1])] = 1
        basis.barred[many + group] = 1
        basis.barred[column] = 0
    begin(options, basis)
    status = settle(options, basis, floor + 1.0 - 1e-6, PIVOTS_MAX)
    return floor if status in (IMPOSSIBLE, TOO_LOW) else int(bound_of(options, basis) + 1e-6)


def _search_balanced(choices: Choices, found: Found, best: Supported, effort: int) -> Supported:
    """Fills in balance at every place, by moves; what loses most is barred in the next round."""
    groups, rows = choices.groups, choices.book.rows
    both = _mirrored(groups)
    weight = np.tile(found.price // found.scale + 1, 2)
    top = (1 << 60) // (int(np.abs(both.amount).sum()) + 1)
    weight = np.minimum(weight, top)
    walk = walk_from(both, np.full(len(groups.first) - 1, NONE, np.int64), weight, SEED)
    for _ in range(ROUNDS):
        wander(both, walk, effort * WEIGHINGS // (2 * ROUNDS), np.minimum(weight // 2, top), top)
        chosen = walk.best[walk.best >= 0]
        units = np.zeros(len(rows.limit), np.int64)
        units[choices.row[chosen]] = choices.units[chosen]
        better = _better(choices, units, found.scale, best)
        if better is not best:
            best = better
            continue
        if not len(chosen):
            break
        loser = _loses_most(choices, chosen)
        both.value[loser] = -int(np.abs(groups.value).max()) - 1
        walk.worth[1] = -1
        start = walk.best.copy()
        start[groups.group[loser]] = NONE
        restart(both, walk, start)
    return best


def _loses_most(choices: Choices, chosen: Integers) -> int:
    """The chosen option with the least surplus at the prices of the chosen alone."""
    groups = choices.groups
    starts, row, amount = take_rows(
        chosen, groups.starts, groups.row.astype(np.int32), groups.amount
    )
    first = np.arange(len(chosen) + 1, dtype=np.int64)
    part = relaxed(
        grouped(groups.value[chosen], starts, row.astype(np.int64), amount, first, groups.rhs)
    )
    basis = basis_for(part)
    begin(part, basis)
    settle(part, basis, -1e300, PIVOTS_MAX)
    return int(chosen[int(np.argmin(basis.surplus[: len(chosen)]))])


def _mirrored(groups: Groups) -> Groups:
    """The same with each row twice, once for what is taken and once for what is given."""
    option = _options_of(groups)
    order = np.argsort(np.concatenate([option, option]), kind="stable")
    rows = len(groups.rhs)
    return grouped(
        groups.value.copy(),
        2 * groups.starts,
        np.concatenate([groups.row, groups.row + rows])[order],
        np.concatenate([groups.amount, -groups.amount])[order],
        groups.first,
        np.zeros(2 * rows, np.int64),
    )

"""More cuts for branch and bound: any row rounded, with some options turned round.

An option that is mostly chosen counts as what is not chosen of it; then the row is divided and
rounded as whole numbers allow, and what is left over in it counts, too. Such cuts rest on floats,
so only the bound that is claimed may rest on them.

Source: H. Marchand, L. Wolsey, "Aggregation and mixed integer rounding to solve MIPs" (2001).
"""

from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.indivisible_branch import levels_of
from yaosu.markets.mechanisms.indivisible_propagate import by_row
from yaosu.markets.mechanisms.indivisible_root import Root, pivot_cost
from yaosu.markets.mechanisms.indivisible_simplex import (
    SETTLED,
    Basis,
    Floats,
    Marks,
    Options,
    basis_for,
    begin,
    bound_of,
    settle,
)

ROUNDS = 20
ROWS_EACH = 4  # rows at most, for each place
AT_ONCE = 2  # cuts of a round, as the inverse of a part of the places
DEEP = 1e-3  # a cut must cut off so much, in its own length
ALIKE = 0.9  # cosine of two cuts of which one is enough
GAIN = 1e-4  # of the bound, that a round must bring
DIVISORS, TURNS = 24, 30  # tried in a row
NEAR_WHOLE = 0.01  # what is left of the right side must not be so near a whole number
SAFE = 1e-9  # what a cut is loosened by, in parts of its largest factor
SMALL = 1e-6


class Turned(NamedTuple):
    """A cut: depth, and factors of options and what they may add up to, largest factor one."""

    depth: float
    option: Integers
    factor: Floats
    most: float


def with_turned_cuts(root: Root, places: int, pivots_max: int, work_max: int) -> Root:
    """The same relaxation with more cuts after its own; its prices and cuts are not changed.

    Args:
        pivots_max: in each round. work_max: moves of the same cost, after which none follows.
    """
    first = len(root.options.rhs)
    scale = np.concatenate([np.ones(places), root.largest])
    options, spent, last = root.options, 0, 1e300
    while True:
        basis = basis_for(options)
        begin(options, basis)
        is_settled = settle(options, basis, -1e300, pivots_max) == SETTLED
        spent += int(basis.turns[1]) * pivot_cost(options)
        bound = bound_of(options, basis)
        if not is_settled or bound > last:
            break
        root = root._replace(options=options, basis=(basis.key.copy(), basis.basic.copy()))
        if spent > work_max or last - bound < GAIN * abs(last):
            break
        last = bound
        tight = _tight(options, basis, first)
        room = min(ROWS_EACH * places - len(tight), places // AT_ONCE + 1)
        cuts = _deepest(options, basis, scale, room)
        if not cuts:
            break
        options = _with_rows(options, tight, cuts)
    return root._replace(work=root.work + spent)


def _tight(options: Options, basis: Basis, first: int) -> Integers:
    """The rows that stay: the first ones, and of the others those that bind."""
    slack = len(options.value) + len(options.first) - 1
    is_loose = np.zeros(len(options.rhs), bool)
    is_loose[basis.basic[basis.basic >= slack] - slack] = True
    is_loose[:first] = False
    return np.flatnonzero(~is_loose)


def _deepest(options: Options, basis: Basis, scale: Floats, room: int) -> list[Turned]:
    """The deepest cuts that are not much alike."""
    level = np.zeros(len(basis.barred))
    levels_of(options, basis, level)
    rows, found = by_row(options), []
    for row in range(len(options.rhs)):
        begin_at, end = rows.starts[row], rows.starts[row + 1]
        option, its, amount = rows.option[begin_at:end], 1.0, rows.amount[begin_at:end]
        if row < len(scale):  # in whole numbers again
            its = float(scale[row])
            amount = np.rint(amount * its)
        factor = np.zeros(len(option))
        depth, most = turned_cut(
            amount, options.rhs[row] * its, level[option], row < len(scale), factor
        )
        if depth > DEEP:
            found.append(Turned(depth, option, factor, most))
    found.sort(key=lambda one: -one.depth)
    chosen: list[Turned] = []
    wide = np.zeros(len(options.value))
    for one in found:
        if len(chosen) >= room:
            break
        wide[one.option] = one.factor
        if all(
            float(wide[other.option] @ other.factor) <= ALIKE * _length(one) * _length(other)
            for other in chosen
        ):
            chosen.append(one)
        wide[one.option] = 0.0
    return chosen


def _length(cut: Turned) -> float:
    return float(np.sqrt(cut.factor @ cut.factor))


def _with_rows(options: Options, kept: Integers, cuts: list[Turned]) -> Options:
    """These rows of the relaxation, then these cuts."""
    number = np.full(len(options.rhs), -1, np.int64)
    number[kept] = np.arange(len(kept))
    owner = np.repeat(np.arange(len(options.value), dtype=np.int64), np.diff(options.starts))
    inside = np.flatnonzero(number[options.row] >= 0)
    option = np.concatenate([owner[inside], *(cut.option for cut in cuts)])
    row = [np.full(len(cut.option), len(kept) + at) for at, cut in enumerate(cuts)]
    rows = np.concatenate([number[options.row[inside]], *row])
    amount = np.concatenate([options.amount[inside], *(cut.factor for cut in cuts)])
    order = np.argsort(option, kind="stable")
    order = order[amount[order] != 0.0]
    starts = np.zeros(len(options.value) + 1, np.int64)
    np.cumsum(np.bincount(option[order], minlength=len(options.value)), out=starts[1:])
    return options._replace(
        starts=starts,
        row=rows[order].astype(np.int64),
        amount=amount[order],
        rhs=np.concatenate([options.rhs[kept], [cut.most for cut in cuts]]),
    )


@compiled
def turned_cut(
    amount: Floats, most: float, level: Floats, is_whole: bool, factor: Floats
) -> tuple[float, float]:
    """The deepest cut of a row found, written to ``factor``: its depth, and what it may add up to.

    Args:
        is_whole: what is left over in the row is a whole number.
    """
    many = len(amount)
    left = most
    for at in range(many):
        left -= amount[at] * level[at]
    best, limit = 0.0, 0.0
    turned = np.zeros(many, np.int8)
    tried = np.zeros(DIVISORS)
    order = np.argsort(np.abs(level - 0.5), kind="mergesort")
    for sign in (1.0, -1.0):
        for at in range(many):
            turned[at] = level[at] > 0.5
        depth, divisor, count = 0.0, 0.0, 0
        for at in range(many):
            size = abs(amount[at])
            near = min(level[at], 1.0 - level[at])
            is_new = near > SMALL and size > SMALL and count < DIVISORS
            for other in range(count):
                is_new = is_new and abs(tried[other] - size) > SMALL
            if is_new:
                tried[count] = size
                count += 1
                one = depth_at(amount, most, level, turned, sign, left, is_whole, size)
                if one > depth:
                    depth, divisor = one, size
        if divisor == 0.0:
            continue
        whole = divisor
        for part in (2.0, 4.0, 8.0):
            one = depth_at(amount, most, level, turned, sign, left, is_whole, whole / part)
            if one > depth:
                depth, divisor = one, whole / part
        for rank in range(min(many, TURNS)):
            at = order[rank]
            if min(level[at], 1.0 - level[at]) > SMALL:
                turned[at] = 1 - turned[at]
                one = depth_at(amount, most, level, turned, sign, left, is_whole, divisor)
                if one > depth + SAFE:
                    depth = one
                else:
                    turned[at] = 1 - turned[at]
        if depth > best:
            best = depth
            limit = write_cut(amount, most, turned, sign, is_whole, divisor, factor)
    if best == 0.0:
        return 0.0, 0.0
    # its depth as it is written, over its own length
    largest, square, broken = 0.0, 0.0, -limit
    for at in range(many):
        largest = max(largest, abs(factor[at]))
        square += factor[at] * factor[at]
        broken += factor[at] * level[at]
    if largest < SMALL:
        return 0.0, 0.0
    limit = limit / largest + SAFE
    for at in range(many):
        factor[at] /= largest
        if abs(factor[at]) < SMALL:
            limit -= min(factor[at], 0.0)
            factor[at] = 0.0
    return broken / np.sqrt(square), limit


@compiled
def rounded_part(amount: float, rest: float) -> float:
    """A factor rounded: its whole part, and of what is above ``rest`` a share."""
    whole = np.floor(amount + SAFE)
    return float(whole + max(amount - whole - rest, 0.0) / (1.0 - rest))


@compiled
def factor_of_left(sign: float, is_whole: bool, divisor: float, rest: float) -> float:
    """The factor of what is left over in the row."""
    if is_whole:
        return rounded_part(sign / divisor, rest)
    return min(sign / divisor, 0.0) / (1.0 - rest)


@compiled
def divided(amount: Floats, most: float, turned: Marks, sign: float, divisor: float) -> float:
    """What the row may add up to with these options turned round, divided."""
    total = sign * most
    for at in range(len(amount)):
        if turned[at]:
            total -= sign * amount[at]
    return total / divisor


@compiled
def depth_at(
    amount: Floats,
    most: float,
    level: Floats,
    turned: Marks,
    sign: float,
    left: float,
    is_whole: bool,
    divisor: float,
) -> float:
    """By how much this cut is broken where the relaxation stands, in its own length."""
    total = divided(amount, most, turned, sign, divisor)
    rest = total - np.floor(total)
    if rest < NEAR_WHOLE or rest > 1.0 - NEAR_WHOLE:
        return 0.0
    broken, square = -np.floor(total), 0.0
    for at in range(len(amount)):
        if turned[at]:
            its = rounded_part(-sign * amount[at] / divisor, rest)
            broken += its * (1.0 - level[at])
        else:
            its = rounded_part(sign * amount[at] / divisor, rest)
            broken += its * level[at]
        square += its * its
    broken += factor_of_left(sign, is_whole, divisor, rest) * left
    return broken / np.sqrt(square) if square > 0.0 else 0.0


@compiled
def write_cut(
    amount: Floats,
    most: float,
    turned: Marks,
    sign: float,
    is_whole: bool,
    divisor: float,
    factor: Floats,
) -> float:
    """Write the factors of options; what they may add up to."""
    total = divided(amount, most, turned, sign, divisor)
    rest = total - np.floor(total)
    limit = np.floor(total)
    for at in range(len(amount)):
        if turned[at]:
            its = rounded_part(-sign * amount[at] / divisor, rest)
            limit -= its
            factor[at] = -its
        else:
            factor[at] = rounded_part(sign * amount[at] / divisor, rest)
    by = factor_of_left(sign, is_whole, divisor, rest)
    for at in range(len(amount)):
        factor[at] -= by * amount[at]
    return float(limit - by * most)

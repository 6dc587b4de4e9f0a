"""The linear relaxation of choosing one option in each group: a dual simplex on few rows.

Each group chooses one of its options or none. The groups are not rows of the basis: one column of
each, its key, stands for "what is left of one", and only places (and cuts) are rows. Any prices
above zero bound the worth of every choice from above, so the search may stop at any step.

Columns are options, then "none" of each group, then the slack of each row.

Source: G. Dantzig, R. Van Slyke, "Generalized upper bounding techniques" (1967); the choice of
the row that leaves is by steepest edge (J. Forrest, D. Goldfarb, 1992).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled

Floats = NDArray[np.float64]
Marks = NDArray[np.int8]

SETTLED, IMPOSSIBLE, TOO_LOW, UNFINISHED = 0, 1, 2, 3
NONBASIC, KEY = -1, -2
CLOSE = 1e-9
TIE = 1e-7
REFACTOR_AFTER = 120
FACTOR_EACH = 8  # rows of a basis, of which factoring costs as much as a pivot


class Options(NamedTuple):
    """The problem. Options of a group stand together.

    Attributes:
        value: of each option. starts, row, amount: its legs, sparse.
        group: of each option. first: where the options of each group begin.
        rhs: what may be taken in each row.
    """

    value: Floats
    starts: Integers
    row: Integers
    amount: Floats
    group: Integers
    first: Integers
    rhs: Floats


class Basis(NamedTuple):
    """Where the simplex stands.

    Attributes:
        key: column of each group. basic: column of each row of the basis.
        place: of each column: row of the basis, `KEY` or `NONBASIC`.
        barred: columns that must be zero.
        inverse, norm: of the basis, and the squares of its rows.
        price: of each row. level: of each basic column. surplus: of each option and "none".
        turns: pivots since the last factoring; pivots in all, or other work of the same cost.
    """

    key: Integers
    basic: Integers
    place: Integers
    barred: Marks
    inverse: Floats
    norm: Floats
    price: Floats
    level: Floats
    surplus: Floats
    turns: Integers


def basis_for(options: Options) -> Basis:
    """Room for a basis, not yet started."""
    many, groups, rows = len(options.value), len(options.first) - 1, len(options.rhs)
    return Basis(
        key=np.zeros(groups, np.int64),
        basic=np.zeros(rows, np.int64),
        place=np.zeros(many + groups + rows, np.int64),
        barred=np.zeros(many + groups, np.int8),
        inverse=np.zeros((rows, rows)),
        norm=np.zeros(rows),
        price=np.zeros(rows),
        level=np.zeros(rows),
        surplus=np.zeros(many + groups),
        turns=np.zeros(2, np.int64),
    )


@compiled
def begin(options: Options, basis: Basis) -> None:
    """All prices zero, each group at its best column that is not barred."""
    many, groups, rows = len(options.value), len(options.first) - 1, len(options.rhs)
    for column in range(many + groups + rows):
        basis.place[column] = -1
    for row in range(rows):
        basis.basic[row] = many + groups + row
    for group in range(groups):
        best, worth = many + group, 0.0
        if basis.barred[best]:
            worth = -1e300
        for option in range(options.first[group], options.first[group + 1]):
            if not basis.barred[option] and options.value[option] > worth:
                best, worth = option, options.value[option]
        basis.key[group] = best
    factor(options, basis)


@compiled
def add_column(options: Options, column: int, sign: float, into: Floats) -> None:
    """Add the legs of a column to a vector of rows."""
    many, groups = len(options.value), len(options.first) - 1
    if column < many:
        for leg in range(options.starts[column], options.starts[column + 1]):
            into[options.row[leg]] += sign * options.amount[leg]
    elif column >= many + groups:
        into[column - many - groups] += sign


@compiled
def group_of(options: Options, column: int) -> int:
    """The group of a column; -1 of the slack of a row."""
    many, groups = len(options.value), len(options.first) - 1
    if column < many:
        return int(options.group[column])
    if column < many + groups:
        return int(column - many)
    return -1


@compiled
def value_of(options: Options, column: int) -> float:
    """What a column is worth."""
    return float(options.value[column]) if column < len(options.value) else 0.0


def basis_at(options: Options, stands: tuple[Integers, Integers] | None) -> Basis:
    """A basis that stands somewhere, ready to go on; at the beginning where that cannot be.

    Args:
        stands: key of each group and column of each row of a basis, settled.
    """
    basis = basis_for(options)
    if stands is not None:
        basis.key[:], basis.basic[:] = stands
    if stands is None or not factor(options, basis):
        begin(options, basis)
    return basis


@compiled
def factor(options: Options, basis: Basis) -> bool:
    """Inverse, levels, prices and surpluses from the columns of the basis alone.

    Returns:
        Whether the columns are independent.
    """
    many, groups, rows = len(options.value), len(options.first) - 1, len(options.rhs)
    work = np.zeros((rows, rows))
    left = options.rhs.copy()
    for column in range(len(basis.place)):
        basis.place[column] = -1
    for group in range(groups):
        basis.place[basis.key[group]] = -2
        add_column(options, basis.key[group], -1.0, left)
    for at in range(rows):
        column = basis.basic[at]
        basis.place[column] = at
        group = group_of(options, column)
        add_column(options, column, 1.0, work[at])
        if group >= 0:
            add_column(options, basis.key[group], -1.0, work[at])
    inverse = basis.inverse
    for one in range(rows):
        for other in range(rows):
            inverse[one, other] = 1.0 if one == other else 0.0
    # work holds columns as rows: row operations on [work | I] give the transposed inverse
    for at in range(rows):
        best = at
        for other in range(at + 1, rows):
            if abs(work[other, at]) > abs(work[best, at]):
                best = other
        if abs(work[best, at]) < 1e-11:
            return False
        if best != at:
            for other in range(rows):
                work[at, other], work[best, other] = work[best, other], work[at, other]
                inverse[at, other], inverse[best, other] = inverse[best, other], inverse[at, other]
        scale = 1.0 / work[at, at]
        for other in range(rows):
            work[at, other] *= scale
            inverse[at, other] *= scale
        for row in range(rows):
            by = work[row, at]
            if row != at and by != 0.0:
                for other in range(at, rows):
                    work[row, other] -= by * work[at, other]
                for other in range(rows):
                    inverse[row, other] -= by * inverse[at, other]
    for one in range(rows):
        for other in range(one):
            inverse[one, other], inverse[other, one] = inverse[other, one], inverse[one, other]
    price = basis.price
    for row in range(rows):
        price[row] = 0.0
    for at in range(rows):
        column = basis.basic[at]
        group = group_of(options, column)
        worth = value_of(options, column)
        if group >= 0:
            worth -= value_of(options, basis.key[group])
        total, square = 0.0, 0.0
        for row in range(rows):
            total += inverse[at, row] * left[row]
            square += inverse[at, row] * inverse[at, row]
            price[row] += worth * inverse[at, row]
        basis.level[at] = total
        basis.norm[at] = square
    for option in range(many):
        basis.surplus[option] = surplus_of(options, option, price)
    for group in range(groups):
        basis.surplus[many + group] = 0.0
    basis.turns[0] = 0
    basis.turns[1] += rows // FACTOR_EACH
    return True


@compiled
def surplus_of(options: Options, option: int, price: Floats) -> float:
    """Value less the price of the legs."""
    left = options.value[option]
    for leg in range(options.starts[option], options.starts[option + 1]):
        left -= price[options.row[leg]] * options.amount[leg]
    return float(left)


@compiled
def bound_of(options: Options, basis: Basis) -> float:
    """What the prices prove: no choice is worth more."""
    total = 0.0
    for group in range(len(basis.key)):
        total += basis.surplus[basis.key[group]]
    for row in range(len(options.rhs)):
        total += basis.price[row] * options.rhs[row]
    return float(total)


@compiled
def settle(options: Options, basis: Basis, floor: float, pivots_max: int) -> int:
    """Pivot until all levels fit, or the bound falls to ``floor``, or ``pivots_max`` are done."""
    many, groups, rows = len(options.value), len(options.first) - 1, len(options.rhs)
    key_level = np.ones(groups)
    through = np.zeros(many + groups)
    column_of = np.zeros(rows)
    direction = np.zeros(rows)
    done = 0
    while True:
        if basis.turns[0] >= REFACTOR_AFTER and not factor(options, basis):
            return UNFINISHED
        if bound_of(options, basis) <= floor:
            return TOO_LOW
        leaving, up = choose_leaving(options, basis, key_level)
        if leaving == -1:
            return SETTLED
        if done >= pivots_max:
            return UNFINISHED
        done += 1
        basis.turns[1] += 1
        if leaving < -1:
            group = -2 - leaving
            at = basic_of_group(options, basis, group)
            if at < 0:
                if not change_key(options, basis, group, direction):
                    return IMPOSSIBLE
                continue
            swap_key(options, basis, group, at)
            leaving = at
        entering, ratio = choose_entering(options, basis, leaving, up, through)
        if entering < 0:
            return IMPOSSIBLE
        pivot(options, basis, leaving, entering, ratio, through, column_of, direction)


@compiled
def choose_leaving(options: Options, basis: Basis, key_level: Floats) -> tuple[int, bool]:
    """The basic column (or -2 - group of a key) furthest from where it may be; -1: none.

    Also whether it must rise.
    """
    many, groups = len(options.value), len(options.first) - 1
    for group in range(groups):
        key_level[group] = 1.0
    best, worst, up = -1, 0.0, True
    for at in range(len(basis.basic)):
        column, level = basis.basic[at], basis.level[at]
        if column < many + groups:
            key_level[group_of(options, column)] -= level
            if level > CLOSE and basis.barred[column]:
                amount = level * level / basis.norm[at]
                if amount > worst:
                    best, worst, up = at, amount, False
        if level < -CLOSE:
            amount = level * level / basis.norm[at]
            if amount > worst:
                best, worst, up = at, amount, True
    for group in range(groups):
        level = key_level[group]
        if level < -CLOSE or (level > CLOSE and basis.barred[basis.key[group]]):
            amount = level * level  # its row has the norm of what it is swapped with
            if amount > worst:
                best, worst, up = -2 - group, amount, level < 0.0
    return best, up


@compiled
def basic_of_group(options: Options, basis: Basis, group: int) -> int:
    """The basic column of a group with the highest level; -1 where only its key is."""
    many = len(options.value)
    best = -1
    for option in range(options.first[group], options.first[group + 1]):
        at = basis.place[option]
        if at >= 0 and (best < 0 or basis.level[at] > basis.level[best]):
            best = at
    at = basis.place[many + group]
    if at >= 0 and (best < 0 or basis.level[at] > basis.level[best]):
        best = at
    return int(best)


@compiled
def change_key(options: Options, basis: Basis, group: int, direction: Floats) -> bool:
    """Put the next best column of a group in the place of its barred key, the only one of it."""
    many, rows = len(options.value), len(options.rhs)
    old, best = basis.key[group], -1
    for option in range(options.first[group], options.first[group + 1]):
        if not basis.barred[option] and (best < 0 or basis.surplus[option] > basis.surplus[best]):
            best = option
    none = many + group
    if not basis.barred[none] and (best < 0 or basis.surplus[none] > basis.surplus[best]):
        best = none
    if best < 0:
        return False
    for row in range(rows):
        direction[row] = 0.0
    add_column(options, best, 1.0, direction)
    add_column(options, old, -1.0, direction)
    for at in range(rows):
        total = 0.0
        for row in range(rows):
            total += basis.inverse[at, row] * direction[row]
        basis.level[at] -= total
    basis.key[group] = best
    basis.place[best] = -2
    basis.place[old] = -1
    return True


@compiled
def swap_key(options: Options, basis: Basis, group: int, at: int) -> None:
    """Let the basic column in row ``at`` be the key, and the key basic in its row."""
    rows = len(options.rhs)
    many = len(options.value)
    total = 1.0
    mine = basis.inverse[at]
    end = options.first[group + 1]
    for option in range(options.first[group], end + 1):
        column = option if option < end else many + group
        other = basis.place[column]
        if other >= 0:
            total -= basis.level[other]
            if other != at:
                for row in range(rows):
                    mine[row] += basis.inverse[other, row]
    square = 0.0
    for row in range(rows):
        mine[row] = -mine[row]
        square += mine[row] * mine[row]
    basis.norm[at] = square
    basis.level[at] = total
    old, new = basis.key[group], basis.basic[at]
    basis.key[group], basis.basic[at] = new, old
    basis.place[new], basis.place[old] = -2, at


@compiled
def choose_entering(
    options: Options, basis: Basis, leaving: int, up: bool, through: Floats
) -> tuple[int, float]:
    """The column that keeps all surpluses right: least ratio, then the largest element.

    ``through`` receives the product of the leaving row of the inverse with every option.
    """
    many, groups, rows = len(options.value), len(options.first) - 1, len(options.rhs)
    mine = basis.inverse[leaving]
    for option in range(many):
        total = 0.0
        for leg in range(options.starts[option], options.starts[option + 1]):
            total += mine[options.row[leg]] * options.amount[leg]
        through[option] = total
    sign = 1.0 if up else -1.0
    limit = 1e300
    for turn in range(2):
        best, element, ratio = -1, 0.0, 0.0
        for group in range(groups):
            key = basis.key[group]
            base, at_key = basis.surplus[key], through[key]
            end = options.first[group + 1]
            for option in range(options.first[group], end + 1):
                column = option if option < end else many + group
                if basis.place[column] != -1 or basis.barred[column]:
                    continue
                alpha = sign * (through[column] - at_key)
                if alpha < -CLOSE:
                    cost = min(basis.surplus[column] - base, 0.0)
                    if turn == 0:
                        limit = min(limit, (cost - TIE) / alpha)
                    elif cost / alpha <= limit and -alpha > element:
                        best, element, ratio = column, -alpha, sign * cost / alpha
        for row in range(rows):
            column = many + groups + row
            alpha = sign * mine[row]
            if basis.place[column] == -1 and alpha < -CLOSE:
                cost = min(-basis.price[row], 0.0)
                if turn == 0:
                    limit = min(limit, (cost - TIE) / alpha)
                elif cost / alpha <= limit and -alpha > element:
                    best, element, ratio = column, -alpha, sign * cost / alpha
    return best, ratio


@compiled
def square_of(vector: Floats) -> float:
    """The sum of squares, in four strands so that a processor need not wait for each sum."""
    many = len(vector)
    one, two, three, four = 0.0, 0.0, 0.0, 0.0
    for at in range(0, many - 3, 4):
        one += vector[at] * vector[at]
        two += vector[at + 1] * vector[at + 1]
        three += vector[at + 2] * vector[at + 2]
        four += vector[at + 3] * vector[at + 3]
    for at in range(many - many % 4, many):
        one += vector[at] * vector[at]
    return (one + two) + (three + four)


@compiled
def pivot(
    options: Options,
    basis: Basis,
    leaving: int,
    entering: int,
    ratio: float,
    through: Floats,
    column_of: Floats,
    direction: Floats,
) -> None:
    """Put ``entering`` in the row of ``leaving``: prices, surpluses, levels and inverse."""
    many, rows = len(options.value), len(options.rhs)
    inverse = basis.inverse
    for row in range(rows):
        direction[row] = 0.0
        basis.price[row] += ratio * inverse[leaving, row]
    add_column(options, entering, 1.0, direction)
    group = group_of(options, entering)
    if group >= 0:
        add_column(options, basis.key[group], -1.0, direction)
    for option in range(many):
        basis.surplus[option] -= ratio * through[option]
    for at in range(rows):
        column_of[at] = 0.0
    for row in range(rows):
        if direction[row] != 0.0:
            for at in range(rows):
                column_of[at] += inverse[at, row] * direction[row]
    element = column_of[leaving]
    step = basis.level[leaving] / element
    scale = 1.0 / element
    mine = inverse[leaving]
    for row in range(rows):
        mine[row] *= scale
    for at in range(rows):
        by = column_of[at]
        if at != leaving and by != 0.0:
            basis.level[at] -= step * by
            other = inverse[at]
            for row in range(rows):
                other[row] -= by * mine[row]
            basis.norm[at] = square_of(other)
    basis.norm[leaving] = square_of(mine)
    basis.level[leaving] = step
    old = basis.basic[leaving]
    basis.basic[leaving] = entering
    basis.place[old], basis.place[entering] = -1, leaving
    basis.turns[0] += 1

"""What follows from what is barred: other columns that no choice can have any more.

Source: T. Achterberg, "Constraint integer programming" (2007), chapter 7, for linear rows.
"""

from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.indivisible_simplex import Floats, Marks, Options

SLACK = 1e-6  # of a row, in lots, or parts of the largest factor of a cut


class ByRow(NamedTuple):
    """The legs of all options by row, in a row by group."""

    starts: Integers
    option: Integers
    amount: Floats


def by_row(options: Options) -> ByRow:
    """The legs of all options by row."""
    owner = np.repeat(np.arange(len(options.value), dtype=np.int64), np.diff(options.starts))
    order = np.argsort(options.row, kind="stable")
    starts = np.zeros(len(options.rhs) + 1, np.int64)
    np.cumsum(np.bincount(options.row, minlength=len(options.rhs)), out=starts[1:])
    return ByRow(starts, owner[order], options.amount[order])


@compiled
def propagate(options: Options, rows: ByRow, barred: Marks) -> bool:
    """Bar every column that cannot be chosen with what is barred already, until nothing follows.

    In each row what is chosen takes at least the least of each group; a column that would take
    more than then is left cannot be chosen whole.

    Returns:
        False: some group has nothing left, or a row is short whatever is chosen.
    """
    many, groups = len(options.value), len(options.first) - 1
    free = np.zeros(groups, np.int64)
    for column in range(many + groups):
        if not barred[column]:
            free[options.group[column] if column < many else column - many] += 1
    for group in range(groups):
        if free[group] == 0:
            return False
    found = True
    while found:
        found = False
        for row in range(len(options.rhs)):
            begin_at, end = rows.starts[row], rows.starts[row + 1]
            total = options.rhs[row] + SLACK
            at = begin_at
            while at < end:
                group = options.group[rows.option[at]]
                least, seen = 1e300, 0
                while at < end and options.group[rows.option[at]] == group:
                    if not barred[rows.option[at]]:
                        seen += 1
                        least = min(least, rows.amount[at])
                    at += 1
                total -= min(least, 0.0) if seen < free[group] else least
            if total < 0.0:
                return False
            at = begin_at
            while at < end:
                group = options.group[rows.option[at]]
                least, seen, head = 1e300, 0, at
                while at < end and options.group[rows.option[at]] == group:
                    if not barred[rows.option[at]]:
                        seen += 1
                        least = min(least, rows.amount[at])
                    at += 1
                if seen < free[group]:
                    least = min(least, 0.0)
                    if -least > total:
                        # only what is in the row may be chosen
                        found = bar_outside(options, rows, barred, group, head, at, free) or found
                for here in range(head, at):
                    option = rows.option[here]
                    if not barred[option] and rows.amount[here] - least > total:
                        barred[option] = 1
                        free[group] -= 1
                        found = True
                if free[group] == 0:
                    return False
    return True


@compiled
def bar_outside(
    options: Options,
    rows: ByRow,
    barred: Marks,
    group: int,
    head: int,
    end: int,
    free: Integers,
) -> bool:
    """Bar all columns of a group that are not in these places of a row."""
    many = len(options.value)
    found = False
    for option in range(options.first[group], options.first[group + 1]):
        is_in = False
        for at in range(head, end):
            if rows.option[at] == option:
                is_in = True
        if not is_in and not barred[option]:
            barred[option] = 1
            free[group] -= 1
            found = True
    if not barred[many + group]:
        barred[many + group] = 1
        free[group] -= 1
        found = True
    return found

"""Part of a book: some of its groups choose, all others keep what they choose."""

from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.indivisible_book import grouped
from yaosu.markets.mechanisms.indivisible_moves import NONE, Groups
from yaosu.markets.mechanisms.indivisible_simplex import Floats
from yaosu.markets.mechanisms.package_book import take_rows


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


def fits(groups: Groups, choice: Integers) -> bool:
    """Whether nothing is short, in whole numbers; what floats found is asked so."""
    taken = choice[choice >= 0]
    _, row, amount = take_rows(taken, groups.starts, groups.row.astype(np.int32), groups.amount)
    left = groups.rhs.copy()
    np.subtract.at(left, row, amount)
    return bool((left >= 0).all())


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


def levels_said(groups: Groups, price: Floats) -> Floats:
    """The same, where each group takes what is best for it at these prices."""
    choice = margins_of(groups, price)[1]
    level = np.zeros(len(groups.value) + len(choice))
    level[np.where(choice >= 0, choice, len(groups.value) + np.arange(len(choice)))] = 1.0
    return level

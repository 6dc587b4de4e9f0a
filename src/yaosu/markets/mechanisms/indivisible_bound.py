"""What no choice can exceed, proved by prices in whole numbers.

Whatever the prices: the worth of a choice is its surplus at these prices, plus the price of what
it takes, less the price of what it gives. Where nothing is taken that is not given, the second
part is not above zero, and the first is at most the best surplus of each group. So the sum of
these best surpluses, over all groups that have one above zero, bounds the worth of every choice.
Cuts hold for every choice that keeps the rule, too, and have a price each in the same way.

Source: A. Geoffrion, "Lagrangean relaxation for integer programming" (1974).
"""

from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled
from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.wide import sum_of_products
from yaosu.markets.mechanisms.indivisible_cuts import Rounded
from yaosu.markets.mechanisms.package_algebra import Floats, Places
from yaosu.markets.mechanisms.package_exact import sizes_of
from yaosu.markets.mechanisms.package_smooth import Rows

SUBTICKS_MAX = 1 << 20
WORTH_MAX = 1 << 60


@compiled
def bound_of_rows(
    limit: Integers,
    top: Integers,
    starts: Integers,
    place: Places,
    amount: Integers,
    group: Integers,
    price: Integers,
    scale: int,
    less: Integers,
    more: Integers,
) -> int:
    """The bound in sub-ticks.

    A row may be filled to any number of units up to its ``top``, so its best surplus is that of
    all of them, or zero. ``less``: ticks that each group brings less where it takes part;
    ``more``: sub-ticks that each row pays more for all its units.
    """
    best = np.zeros(len(limit), np.int64)
    for row in range(len(limit)):
        surplus = limit[row] * scale
        for leg in range(starts[row], starts[row + 1]):
            surplus -= price[place[leg]] * amount[leg]
        best[group[row]] = max(best[group[row]], surplus * top[row] - more[row])
    total = 0
    for row in range(len(limit)):
        total += max(best[row] - less[row] * scale, 0)
    return int(total)


def in_range(rows: Rows, price: Integers, scale: int) -> bool:
    """Whether all sums at these prices stay within 62 bits."""
    top = rows.top.astype(np.int64)
    worst = scale * sum_of_products(rows.limit, top)
    lots = np.abs(rows.amount) * np.repeat(top, np.diff(rows.starts))
    return worst + sum_of_products(price[rows.place], lots) < 1 << 62


class PricedCuts(NamedTuple):
    """Cuts with a price each.

    Attributes:
        made: the cuts. times: of each row in a cut its factor for all units that it may have.
        price: sub-ticks for one of each cut, not below zero.
    """

    made: Rounded
    times: Integers
    price: Integers

    @property
    def fits(self) -> bool:
        """Whether all sums stay within 60 bits."""
        limits = sum_of_products(np.abs(self.made.most), self.price)
        return limits + sum_of_products(np.abs(self.times), self.price[self.made.cut]) < WORTH_MAX


def priced_cuts(rows: Rows, least: Integers, made: Rounded, price: Integers) -> PricedCuts:
    """The cuts with these prices."""
    top = rows.top.astype(np.int64)
    units = np.where(least == top, 1, top)[made.row]
    return PricedCuts(made, made.factor * units, price)


def bound_of_prices(
    rows: Rows,
    group: Integers,
    price: Integers,
    scale: int,
    less: Integers | None = None,
    cuts: PricedCuts | None = None,
) -> int:
    """`bound_of_rows` of a book, its sums within range; in ticks, rounded down."""
    assert in_range(rows, price, scale)
    more, most = np.zeros(len(group), np.int64), 0
    if cuts is not None:
        assert cuts.fits, "sums of cuts are within range"
        np.add.at(more, cuts.made.row, cuts.times * cuts.price[cuts.made.cut])
        most = sum(a * b for a, b in zip(cuts.made.most.tolist(), cuts.price.tolist(), strict=True))
    found = bound_of_rows(
        rows.limit.astype(np.int64),
        rows.top.astype(np.int64),
        rows.starts,
        rows.place,
        rows.amount.astype(np.int64),
        group,
        price,
        scale,
        np.zeros(len(group), np.int64) if less is None else less,
        more,
    )
    return (found + most) // scale


def scale_for(rows: Rows) -> int:
    """Sub-ticks in a tick: a power of two, so few that all sums stay far below 2^62.

    Raises:
        Refusal: `markets.value_overflow`.
    """
    top = rows.top.astype(np.int64)
    worth = sum_of_products(rows.limit, top) + sum_of_products(sizes_of(rows), top)
    refuse_unless(
        worth < WORTH_MAX,
        "markets.value_overflow",
        what="the sum of limit, or lots, times quantity",
        value=str(worth),
        limit=str(WORTH_MAX),
    )
    scale = 1
    while scale < SUBTICKS_MAX and worth * scale < WORTH_MAX:
        scale *= 2
    return scale


def whole_prices(rows: Rows, price: Floats, scale: int) -> Integers:
    """Prices in sub-ticks: rounded, not below zero, and low enough for all sums."""
    top = rows.top.astype(np.int64)
    lots = sum_of_products(sizes_of(rows), top) + 1
    most = (1 << 61) // lots
    found = [min(max(round(one * scale), 0), most) for one in price.tolist()]
    return np.array(found, np.int64)

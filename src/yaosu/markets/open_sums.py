"""What stands in a book for each party, summed up: made when it is asked for, then kept true.

Derived, never part of the state. Rows are summed in columns, so that a batch of a million orders
costs one sort; where nobody asks, nothing is kept and nothing costs.
"""

from collections.abc import Iterator

import numpy as np

from yaosu.kernel.columns import Columns, Integers
from yaosu.markets.alternatives import held_once

Place = tuple[str, str]  # instrument, region
Sums = tuple[int, int, int, int]  # lots bought, lots sold, orders, ticks that they may cost


class OpenSums:
    """Party -> instrument and region -> sums over its open orders."""

    def __init__(self) -> None:
        self.of: dict[str, dict[Place, Sums]] = {}

    def count(self, party: str, place: Place, sums: Sums, sign: int = 1) -> None:
        """Orders come into the book or leave it."""
        places = self.of.setdefault(party, {})
        known = places.get(place, (0, 0, 0, 0))
        left = (
            known[0] + sign * sums[0],
            known[1] + sign * sums[1],
            known[2] + sign * sums[2],
            known[3] + sign * sums[3],
        )
        if any(left):
            places[place] = left
        else:
            places.pop(place, None)
            if not places:
                del self.of[party]

    def count_all(self, orders: Columns, cost: Integers, sign: int = 1) -> None:
        """The orders of one batch come into the book or leave it."""
        for party, place, sums in sums_of(orders, cost):
            self.count(party, place, sums, sign)


def sums_of(orders: Columns, cost: Integers) -> Iterator[tuple[str, Place, Sums]]:
    """The orders of one batch, summed by party, instrument and region; alternatives once.

    Args:
        cost: ticks that each row may cost at most.
    """
    if not orders.rows:
        return
    texts = [orders.text(name) for name in ("party", "instrument", "region")]
    key = np.zeros(orders.rows, np.int64)
    for text in texts:
        key = key * max(len(text.values), 1) + text.codes
    distinct, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    lots, is_buy = orders["quantity"], orders["side"] > 0
    begins = np.ones(orders.rows, bool)  # a row that begins an order of several rows, or is one
    begins[1:] = np.diff(orders["number"]) != 0
    columns = (
        held_once(orders, np.where(is_buy, lots, 0), "instrument", "region"),
        held_once(orders, np.where(is_buy, 0, lots), "instrument", "region"),
        begins.astype(np.int64),
        held_once(orders, cost),
    )
    totals = []
    for column in columns:
        total = np.zeros(len(distinct), np.int64)
        np.add.at(total, inverse, column)
        totals.append(total.tolist())
    names = [[text.values[code] for code in text.codes[first].tolist()] for text in texts]
    for party, instrument, region, *sums in zip(*names, *totals, strict=True):
        yield party, (instrument, region), tuple(sums)

"""What stands in a book for each party, summed up: made when it is asked for, then kept true.

Derived, never part of the state. Rows are summed in columns, so that a batch of a million orders
costs one sort; where nobody asks, nothing is kept and nothing costs.
"""

from collections.abc import Iterator

import numpy as np

from yaosu.kernel.columns import Columns, Integers, Text
from yaosu.markets.alternatives import held_once

Place = tuple[str, str]  # instrument, region
DENSE = 4  # keys a row, up to which sums stand at their keys and nothing is sorted
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
    sizes = [max(len(text.values), 1) for text in texts]
    key = np.zeros(orders.rows, np.int64)
    for text, size in zip(texts, sizes, strict=True):
        key = key * size + text.codes
    keys = sizes[0] * sizes[1] * sizes[2]
    if keys > DENSE * orders.rows:
        distinct, key = np.unique(key, return_inverse=True)
        keys = len(distinct)
    else:
        distinct = np.arange(keys)
    totals = [_totals(key, column, keys) for column in _counted(orders, cost)]
    known = np.flatnonzero(totals[2])  # every order counts once
    names = _names(texts, sizes, distinct[known])
    sums = zip(*(total[known].tolist() for total in totals), strict=True)
    for (party, instrument, region), (bought, sold, count, ticks) in zip(names, sums, strict=True):
        yield party, (instrument, region), (bought, sold, count, ticks)


def _counted(orders: Columns, cost: Integers) -> tuple[Integers, ...]:
    """What each row adds to: lots bought, lots sold, orders, ticks."""
    lots, is_buy = orders["quantity"], orders["side"] > 0
    begins = np.ones(orders.rows, np.int64)  # 0 in the further rows of an order that has several
    if orders.rows > 1 and int(orders["number"].max()) + 1 < orders.rows:
        begins[1:] = np.diff(orders["number"]) != 0
    return (
        held_once(orders, np.where(is_buy, lots, 0), "instrument", "region"),
        held_once(orders, np.where(is_buy, 0, lots), "instrument", "region"),
        begins,
        held_once(orders, cost),
    )


def _totals(key: Integers, column: Integers, keys: int) -> Integers:
    total = np.zeros(keys, np.int64)
    if column.any():
        np.add.at(total, key, column)
    return total


def _names(texts: list[Text], sizes: list[int], keys: Integers) -> Iterator[tuple[str, str, str]]:
    """Party, instrument and region behind keys."""
    rest, region = np.divmod(keys, sizes[2])
    party, instrument = np.divmod(rest, sizes[1])
    columns = [
        [text.values[code] for code in codes.tolist()]
        for text, codes in zip(texts, (party, instrument, region), strict=True)
    ]
    return zip(*columns, strict=True)

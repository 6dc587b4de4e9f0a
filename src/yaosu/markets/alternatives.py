"""What alternatives need: of packages of which one is accepted at most, the one that needs most.

Alternatives are the packages of one party and group in one batch. Sent in several batches they are
alternatives, too, but each batch holds by itself, as it can be taken back by itself.
"""

import numpy as np

from yaosu.kernel.columns import Columns, Integers


def held_once(orders: Columns, amount: Integers, *names: str) -> Integers:
    """Amounts whose sums count alternatives once.

    Args:
        orders: rows of one batch; the rows of a package stand together.
        amount: what each row needs; not below zero.
        names: text columns by which the amounts will be summed, besides party.

    Returns:
        The amounts; of alternatives that need the same thing the largest, in the first such row.
    """
    if not has_alternatives(orders):
        return amount
    group = orders.text("group")
    rows = np.flatnonzero((group.codes != group.code_of("")) & (amount > 0)).tolist()
    keys = [orders.text(name).codes.tolist() for name in ("party", "group", *names)]
    number, needed = orders["number"].tolist(), amount.tolist()
    sums: dict[tuple[int, ...], dict[int, int]] = {}
    first: dict[tuple[int, ...], int] = {}
    for row in rows:
        key = tuple(codes[row] for codes in keys)
        first.setdefault(key, row)
        of_package = sums.setdefault(key, {})
        of_package[number[row]] = of_package.get(number[row], 0) + needed[row]
    counted = amount.copy()
    counted[rows] = 0
    for key, row in first.items():
        counted[row] = max(sums[key].values())
    return counted


def has_alternatives(orders: Columns) -> bool:
    """Whether rows may be of packages of which one is accepted at most."""
    return "group" in orders and "limit" in orders

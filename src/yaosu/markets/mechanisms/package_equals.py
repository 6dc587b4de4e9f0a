"""Equal orders share alike: same package, same limit, parts in proportion to quantity.

So nobody gains by giving one order in two, and the fills of equal orders follow from their sum.
"""

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.rounding import apportion
from yaosu.markets.mechanisms.package_book import Book, fingerprints, take_rows


def share_alike(book: Book, near: Integers, units: Integers, parts: Integers, whole: int) -> None:
    """Divide what equal orders have among them anew, in place: by largest remainders.

    Args:
        near: rows that may be filled in part; the others are full or empty.
        units, parts: of every row.

    The sum of each set of equals stays, and with it the balance of every place.
    """
    near = near[near >= book.links]
    if not len(near):
        return
    for equals in _equals(book, near):
        top = book.rows.top[equals].astype(np.int64)
        filled = [
            int(one) * whole + int(more)
            for one, more in zip(units[equals].tolist(), parts[equals].tolist(), strict=True)
        ]
        if 0 < sum(filled) < int(top.sum()) * whole:
            shares = apportion(sum(filled), top.tolist())
            units[equals] = [share // whole for share in shares]
            parts[equals] = [share % whole for share in shares]


def _equals(book: Book, near: Integers) -> list[Integers]:
    """Sets of two and more rows that say the same but for quantity, party and sequence."""
    rows = book.rows
    starts, place, amount = take_rows(near, rows.starts, rows.place, rows.amount)
    said = fingerprints(rows.limit[near].reshape(-1, 1), starts, place, amount)
    by = np.argsort(said, kind="stable")
    cuts = np.flatnonzero(np.diff(said[by])) + 1
    return [np.sort(near[some]) for some in np.split(by, cuts) if len(some) > 1]

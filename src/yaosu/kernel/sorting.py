"""Putting rows into order by several columns, with as few sorts as their ranges allow."""

from collections.abc import Sequence

import numpy as np

from yaosu.kernel.columns import Integers

KEY_BITS = 62


def order_of(columns: Sequence[Integers]) -> Integers:
    """The order of rows by the first column, then the second, and so on; stable.

    Args:
        columns: whole numbers of shape (n,), the weightiest first.

    Returns:
        Row numbers, shape (n,).

    Cost: neighbouring columns whose ranges fit are packed into one key of 62 bits, so that a
    handful of narrow columns costs one sort.
    """
    if not len(columns[0]):
        return np.zeros(0, np.int64)
    return np.lexsort(_packed(columns)[::-1])


def _packed(columns: Sequence[Integers]) -> list[Integers]:
    """The same order by fewer keys."""
    keys: list[Integers] = []
    bits_used = KEY_BITS + 1
    for column in columns:
        low, high = int(column.min()), int(column.max())
        bits = (high - low).bit_length()
        if bits_used + bits <= KEY_BITS:
            keys[-1] = (keys[-1] << bits) | (column - low)
            bits_used += bits
        else:
            keys.append(column if bits > KEY_BITS else column - low)
            bits_used = bits
    return keys

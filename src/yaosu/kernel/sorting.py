"""Putting rows into order by several columns, without comparing them where there are many."""

from collections.abc import Sequence

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.kernel.compiled import compiled, is_enabled

WORD_BITS = 63
DIGIT_BITS = 12  # 4,096 counters stay in the nearest caches
ROWS_BY_DIGITS_MIN = 2_000  # fewer are compared sooner than counted


def order_of(columns: Sequence[Array]) -> Integers:
    """The order of rows by the first column, then the second, and so on; stable.

    Args:
        columns: whole numbers of shape (n,), the weightiest first.

    Returns:
        Row numbers, shape (n,).

    Cost: O(n) a digit of 12 bits of the columns' ranges together, 16 bytes a row.
    """
    rows = len(columns[0])
    if rows < ROWS_BY_DIGITS_MIN or not is_enabled():
        return np.lexsort(tuple(columns)[::-1])
    row_bits = (rows - 1).bit_length()
    words = np.arange(rows)
    filled = 0
    for column in reversed(columns):
        low, bits = int(column.min()), (int(column.max()) - int(column.min())).bit_length()
        shift = 0
        while shift < bits:
            if filled == WORD_BITS - row_bits:
                words = _in_order_of_words(words, row_bits, filled)
                filled = 0
            taken = min(bits - shift, WORD_BITS - row_bits - filled)
            add_bits(words, row_bits, column, low, shift, taken, row_bits + filled)
            filled += taken
            shift += taken
    return _in_order_of_words(words, row_bits, filled)


def _in_order_of_words(words: Integers, row_bits: int, bits: int) -> Integers:
    """Sort by the bits above the row numbers, then leave the row numbers alone; in place."""
    if bits:
        passes = -(-bits // DIGIT_BITS)
        other = np.empty_like(words)
        if sort_by_digits(words, other, row_bits, -(-bits // passes), passes):
            words = other
    words &= (1 << row_bits) - 1
    return words


@compiled
def add_bits(
    words: Integers, row_bits: int, column: Array, low: int, shift: int, bits: int, place: int
) -> None:
    """Put some bits of column - low, from ``shift`` on, into each word at ``place``, in place.

    A word carries its row number in its lowest ``row_bits``.
    """
    row_mask, mask = (1 << row_bits) - 1, (1 << bits) - 1
    for i in range(len(words)):
        word = words[i]
        value = np.int64(column[word & row_mask])
        if shift + bits > 62:  # the difference may need all 64 bits
            part = ((value >> shift) - (low >> shift)) - int(
                (value & ((1 << shift) - 1)) < (low & ((1 << shift) - 1))
            )
        else:
            part = (value - low) >> shift
        words[i] = word | ((part & mask) << place)


@compiled
def sort_by_digits(words: Integers, other: Integers, begin: int, width: int, passes: int) -> bool:
    """Sort words by ``passes`` digits of ``width`` bits from bit ``begin`` up; stable.

    Returns:
        Whether the sorted words are in ``other``; both arrays are written over.
    """
    size = 1 << width
    counts = np.zeros((passes, size), np.int64)
    for i in range(len(words)):
        word = words[i] >> begin
        for p in range(passes):
            counts[p, (word >> (p * width)) & (size - 1)] += 1
    is_other = False
    for p in range(passes):
        total, most = 0, 0
        for digit in range(size):
            count = counts[p, digit]
            counts[p, digit] = total
            total += count
            most = max(most, count)
        if most == total:
            continue
        shift = begin + p * width
        for i in range(len(words)):
            word = other[i] if is_other else words[i]
            digit = (word >> shift) & (size - 1)
            place = counts[p, digit]
            counts[p, digit] = place + 1
            if is_other:
                words[place] = word
            else:
                other[place] = word
        is_other = not is_other
    return is_other

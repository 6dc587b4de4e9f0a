"""Whole numbers that grow by the million, in memory of their own.

An array that grows leaves a hole behind, which small things fill only slowly: at a million rights a
fifth of the memory was holes. Room goes back whole when it is let go, and what of it was never
written to takes no memory.
"""

import mmap
from typing import Literal

SMALL_BYTES = 1 << 16
WIDTH = {"i": 4, "I": 4, "Q": 8}
Room = memoryview  # of whole numbers
Form = Literal["i", "I", "Q"]


def room(form: Form, count: int) -> Room:
    """So many zeros.

    Args:
        form: as in :mod:`array`: ``i``, ``I`` are four bytes, ``Q`` is eight.
    """
    size = WIDTH[form] * count
    if size < SMALL_BYTES:
        return memoryview(bytearray(size)).cast(form)
    return memoryview(mmap.mmap(-1, size)).cast(form)


def grown(old: Room, form: Form, count: int) -> Room:
    """The same numbers, and zeros behind them: ``count`` in all."""
    new = room(form, count)
    new[: len(old)] = old
    return new

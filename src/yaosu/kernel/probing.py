"""Many keys at once in the slots of a packed table, and many rows in the chains of an index.

A slot is a mark of 36 bits above a row of 28, plus one; zero is empty. Places are tried in order
from ``mark % slots`` on. One key at a time is looked up in plain Python where the table is, and so
are many in a table that is not large: to load what compiles takes longer.
"""

from typing import Any

from yaosu.kernel.compiled import compiled

ROW_BITS = 28
ROW_MASK = (1 << ROW_BITS) - 1
MARK_BITS = 64 - ROW_BITS
MARK_MASK = (1 << MARK_BITS) - 1
NONE = -1
LARGE = 1 << 14  # rows of a table from which on it pays


@compiled
def find_rows(slots: Any, marks: Any, found: Any) -> int:
    """The first row whose mark is the same, for each mark; -1 where there is none.

    Args:
        slots: int64, as bits.
        marks: int64, n of them; ``found``: int64 of the same shape, written to.

    Returns:
        How many were found.
    """
    size = len(slots)
    count = 0
    for number in range(len(marks)):
        mark = marks[number]
        place = mark % size
        row = -1
        while slots[place] != 0:
            if (slots[place] >> ROW_BITS) & MARK_MASK == mark:
                row = (slots[place] & ROW_MASK) - 1
                count += 1
                break
            place += 1
            if place == size:
                place = 0
        found[number] = row
    return count


@compiled
def fill_slots(slots: Any, filled: Any) -> int:
    """Put filled slots at the first free place each; how many they were. The rest are empty."""
    size = len(slots)
    count = 0
    for number in range(len(filled)):
        slot = filled[number]
        if slot == 0:
            continue
        place = ((slot >> ROW_BITS) & MARK_MASK) % size
        while slots[place] != 0:
            place += 1
            if place == size:
                place = 0
        slots[place] = slot
        count += 1
    return count


@compiled
def _link(heads: Any, hashes: Any, after: Any, before: Any, row: int) -> None:
    head = hashes[row] & (len(heads) - 1)
    first = heads[head]
    after[row] = first
    before[row] = NONE
    if first != NONE:
        before[first] = row
    heads[head] = row


@compiled
def link_rows(heads: Any, hashes: Any, after: Any, before: Any, rows: Any) -> int:
    """Put rows at the head of the chain of their hash; how many they were.

    Args:
        heads: int32, a power of two of them; hashes, after, before: one a row of the table.
        rows: int64.
    """
    for number in range(len(rows)):
        _link(heads, hashes, after, before, rows[number])
    return len(rows)


@compiled
def link_anew(old: Any, heads: Any, hashes: Any, after: Any, before: Any) -> int:
    """Move every row of the chains of old heads to more heads; how many they were."""
    count = 0
    for number in range(len(old)):
        row = old[number]
        while row != NONE:
            following = after[row]
            _link(heads, hashes, after, before, row)
            row = following
            count += 1
    return count

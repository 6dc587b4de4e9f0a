"""Who is liked better by a seat, and heaps of people by it: the small steps of matching.

A place in a seat's liking is (liking, draw, row): the higher liking is better, then the smaller
draw of the lottery, then the smaller row. The liking is the score, raised by MEMBER for members of
the group that the seat is reserved for.
"""

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled_small

SCORE_MAX = 1 << 60
MEMBER = 1 << 61
NOBODY = -1
BEYOND = int(np.iinfo(np.int64).max)  # as a liking: nobody is liked better than this
BENEATH = int(np.iinfo(np.int64).min)  # as a liking: everybody is liked better than this
NO, YES, AS_MEMBER = 0, 1, 2


@compiled_small
def admission(group: int, bits: int, is_open: bool) -> int:
    """Whether someone of these groups may take a seat of this group: NO, YES, AS_MEMBER."""
    if group < 0:
        return YES
    if (bits >> group) & 1:
        return AS_MEMBER
    return YES if is_open else NO


@compiled_small
def liking_of(score: int, admitted: int) -> int:
    """How much a seat likes someone of this score who was admitted so: its members first."""
    return score + MEMBER if admitted == AS_MEMBER else score


@compiled_small
def draw_of(draw: Integers, is_per_choice: bool, row: int, person: int) -> int:
    """The lottery number of a choice, or of its person where one is drawn for all choices."""
    return int(draw[row if is_per_choice else person])


@compiled_small
def is_better(
    liking: int, draw: int, row: int, other_liking: int, other_draw: int, other_row: int
) -> bool:
    """Whether the first is liked better than the second."""
    if liking != other_liking:
        return liking > other_liking
    if draw != other_draw:
        return draw < other_draw
    return row < other_row


@compiled_small
def push(heap: Integers, base: int, size: int, liking: int, draw: int, row: int) -> None:
    """Add to the heap of ``size`` rows from ``base``, whose first is the one liked least.

    Rows of a heap are places in a seat's liking, (rows, 3).
    """
    at = size
    while at > 0:
        above = (at - 1) >> 1
        up = base + above
        if not is_better(heap[up, 0], heap[up, 1], heap[up, 2], liking, draw, row):
            break
        heap[base + at, 0] = heap[up, 0]
        heap[base + at, 1] = heap[up, 1]
        heap[base + at, 2] = heap[up, 2]
        at = above
    heap[base + at, 0], heap[base + at, 1], heap[base + at, 2] = liking, draw, row


@compiled_small
def replace_first(heap: Integers, base: int, size: int, liking: int, draw: int, row: int) -> None:
    """Put another in the place of the one liked least."""
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        down = base + below
        if below + 1 < size and is_better(
            *(heap[down, 0], heap[down, 1], heap[down, 2]),
            *(heap[down + 1, 0], heap[down + 1, 1], heap[down + 1, 2]),
        ):
            below += 1
            down += 1
        if not is_better(liking, draw, row, heap[down, 0], heap[down, 1], heap[down, 2]):
            break
        heap[base + at, 0] = heap[down, 0]
        heap[base + at, 1] = heap[down, 1]
        heap[base + at, 2] = heap[down, 2]
        at = below
    heap[base + at, 0], heap[base + at, 1], heap[base + at, 2] = liking, draw, row

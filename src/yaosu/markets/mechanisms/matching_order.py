"""Who is liked better by a seat, and heaps of people by it: the small steps of matching.

A place in a seat's liking is (liking, draw, row): the higher liking is better, then the smaller
draw of the lottery, then the smaller row. The liking is the score, raised by MEMBER for members of
the group that the seat is reserved for. Proposals compare keys, one number for all this (`Keys`);
the check compares the three.
"""

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Array, Integers
from yaosu.kernel.compiled import compiled_small
from yaosu.kernel.sorting import order_of

SCORE_MAX = 1 << 60
MEMBER = 1 << 61
NOBODY = -1
BEYOND = int(np.iinfo(np.int64).max)  # as a liking: nobody is liked better than this
BENEATH = int(np.iinfo(np.int64).min)  # as a liking: everybody is liked better than this
NO, YES, AS_MEMBER = 0, 1, 2
OF_MEMBER = 1 << 62  # in a key
SCORE_BITS_MAX = 30


class Keys(Struct, frozen=True):
    """How choices become keys: the greater key is liked better, and no two in a post are the same.

    Attributes:
        score: of each choice less the smallest, or its place among all scores where these lie far
            apart (choices,).
        draw: place of each draw in the lottery, the worst draw is 0: one a person or one a choice.
        who: person of each such place.
        bits: how many the draw takes below the score.
    """

    score: Array
    draw: Integers
    who: Array
    bits: int

    @classmethod
    def of(cls, starts: Integers, score: Array, draw: Integers, is_per_choice: bool) -> "Keys":
        """Order the lottery, and the scores where they need it."""
        if score.size and (int(score.max()) - int(score.min())).bit_length() > SCORE_BITS_MAX:
            score = np.unique(score, return_inverse=True)[1]
        elif score.size and (low := score.min()):
            score = score - low
        order = order_of([draw])[::-1] if draw.size else draw
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        people = np.arange(len(starts) - 1, dtype=np.int32)
        who = np.repeat(people, np.diff(starts)) if is_per_choice else people
        return cls(score, place, who[order], max(1, len(draw).bit_length()))

    def of_choices(self, starts: Integers, is_per_choice: bool) -> Integers:
        """The key of every choice."""
        draw = self.draw if is_per_choice else np.repeat(self.draw, np.diff(starts))
        return (self.score.astype(np.int64) << self.bits) | draw


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
def push(heap: Integers, base: int, size: int, key: int) -> None:
    """Add to the heap of ``size`` keys from ``base``, whose first is the smallest."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if heap[base + above] < key:
            break
        heap[base + at] = heap[base + above]
        at = above
    heap[base + at] = key


@compiled_small
def replace_first(heap: Integers, base: int, size: int, key: int) -> None:
    """Put another key in the place of the smallest."""
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and heap[base + below + 1] < heap[base + below]:
            below += 1
        if key < heap[base + below]:
            break
        heap[base + at] = heap[base + below]
        at = below
    heap[base + at] = key

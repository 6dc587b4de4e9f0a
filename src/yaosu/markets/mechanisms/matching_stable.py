"""Is a matching stable, and the best stable one for those who propose? One pass over choices."""

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.matching_order import (
    BENEATH,
    BEYOND,
    NO,
    NOBODY,
    admission,
    draw_of,
    is_better,
    liking_of,
)


@compiled
def last_admitted(
    starts: Integers,
    score: Array,
    draw: Integers,
    is_per_choice: bool,
    bits: Integers,
    class_group: Integers,
    is_open: bool,
    reached: Array,
    seat: Array,
) -> tuple[Integers, Integers, int]:
    """How many sit in each class of seats, and who there is liked least.

    Returns:
        held (classes,), the last admitted as a place in the liking (classes, 3), BEYOND where
        there is none, and the first person who sits where they may not, or NOBODY.
    """
    classes = len(class_group)
    held = np.zeros(classes, np.int64)
    last = np.full((classes, 3), BEYOND, np.int64)
    for person in range(len(seat)):
        k_class = seat[person]
        if k_class == NOBODY:
            continue
        admitted = admission(class_group[k_class], bits[person], is_open)
        if admitted == NO:
            return held, last, person
        row = starts[person] + reached[person]
        liking = liking_of(int(score[row]), admitted)
        own = draw_of(draw, is_per_choice, row, person)
        if held[k_class] == 0 or is_better(
            last[k_class, 0], last[k_class, 1], last[k_class, 2], liking, own, person
        ):
            last[k_class, 0], last[k_class, 1], last[k_class, 2] = liking, own, person
        held[k_class] += 1
    return held, last, NOBODY


def bar_of(class_seats: Integers, held: Integers, last: Integers) -> Integers:
    """Whom one must be liked better than to be taken: the last admitted, or nobody where there is
    room (classes, 3)."""
    bar = last.copy()
    bar[held < class_seats] = (BENEATH, 0, NOBODY)
    return bar


@compiled
def blocking_choice(
    starts: Integers,
    posts: Array,
    score: Array,
    draw: Integers,
    is_per_choice: bool,
    bits: Integers,
    class_starts: Integers,
    class_group: Integers,
    is_open: bool,
    reached: Array,
    seat: Array,
    bar: Integers,
) -> tuple[int, int, Array]:
    """A choice whose person and post would both rather have each other, and who wants in.

    Each choice liked better than the own seat is looked at, and in the post of the own seat the
    classes given away before it.

    Args:
        bar: whoever is liked better is taken (classes, 3); see `bar_of`.

    Returns:
        person and row of the choice, or NOBODY; and for each class the one liked best among those
        who would rather sit there than where they do (classes,).
    """
    first = np.full((len(class_group), 3), NOBODY, np.int64)
    first[:, 0] = BENEATH
    for person in range(len(seat)):
        begin = starts[person]
        end = min(begin + reached[person] + 1, starts[person + 1])
        for row in range(begin, end):
            own = draw_of(draw, is_per_choice, row, person)
            for k_class in range(class_starts[posts[row]], class_starts[posts[row] + 1]):
                if k_class == seat[person]:
                    break
                admitted = admission(class_group[k_class], bits[person], is_open)
                if admitted == NO:
                    continue
                liking = liking_of(int(score[row]), admitted)
                if is_better(
                    liking, own, person, bar[k_class, 0], bar[k_class, 1], bar[k_class, 2]
                ):
                    return person, row, first[:, 2]
                if is_better(
                    liking, own, person, first[k_class, 0], first[k_class, 1], first[k_class, 2]
                ):
                    first[k_class, 0], first[k_class, 1], first[k_class, 2] = liking, own, person
    return NOBODY, NOBODY, first[:, 2]


@compiled
def next_of_posts(seat: Array, first: Array) -> Array:
    """Which class a class would take its next one from, or NOBODY (classes,)."""
    following = np.full(len(first), NOBODY, np.int32)
    for k_class in range(len(first)):
        if first[k_class] != NOBODY:
            following[k_class] = seat[first[k_class]]
    return following


@compiled
def next_of_people(
    starts: Integers,
    posts: Array,
    score: Array,
    draw: Integers,
    is_per_choice: bool,
    bits: Integers,
    class_starts: Integers,
    class_group: Integers,
    is_open: bool,
    reached: Array,
    seat: Array,
    bar: Integers,
) -> Array:
    """Whom a person would push out of the next best seat that would take them (people,).

    NOBODY where there is no such seat, or where it is free.
    """
    following = np.full(len(seat), NOBODY, np.int32)
    for person in range(len(seat)):
        if seat[person] == NOBODY:
            continue
        is_found = False
        for row in range(starts[person] + reached[person], starts[person + 1]):
            own = draw_of(draw, is_per_choice, row, person)
            for k_class in range(class_starts[posts[row]], class_starts[posts[row] + 1]):
                if row == starts[person] + reached[person] and k_class <= seat[person]:
                    continue
                admitted = admission(class_group[k_class], bits[person], is_open)
                if admitted == NO:
                    continue
                liking = liking_of(int(score[row]), admitted)
                is_found = is_better(
                    liking, own, person, bar[k_class, 0], bar[k_class, 1], bar[k_class, 2]
                )
                if is_found:
                    following[person] = bar[k_class, 2]
                    break
            if is_found:
                break
    return following


@compiled
def has_cycle(following: Array) -> bool:
    """Whether going from one to the next leads back to where it began; O(length)."""
    walk = np.zeros(len(following), np.int32)
    for begin in range(len(following)):
        at = begin
        while at != NOBODY and walk[at] == 0:
            walk[at] = begin + 1
            at = following[at]
        if at != NOBODY and walk[at] == begin + 1:
            return True
    return False

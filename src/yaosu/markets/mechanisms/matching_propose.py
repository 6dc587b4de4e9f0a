"""Deferred acceptance: either side proposes, the other keeps the best it was offered."""

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.matching_order import (
    AS_MEMBER,
    BENEATH,
    MEMBER,
    NO,
    NOBODY,
    YES,
    admission,
    draw_of,
    is_better,
    liking_of,
    push,
    replace_first,
)


@compiled
def people_propose(
    starts: Integers,
    posts: Array,
    score: Array,
    draw: Integers,
    is_per_choice: bool,
    bits: Integers,
    class_starts: Integers,
    class_group: Integers,
    is_open: bool,
    heap_starts: Integers,
) -> tuple[Array, Array]:
    """Who sits where when people propose.

    People go down their lists; a post passes each through its classes of seats by precedence, and
    whom a class lets go goes on to the next class, then to the next choice. In which order people
    come makes no difference.

    Args:
        starts, posts, score, draw, bits, class_starts, class_group: see `Book`.
        heap_starts: room of each class, (classes + 1,); no more than a post's choices.

    Returns:
        the place in the own list, its length where there is no seat (people,); the class of
        seats, or NOBODY (people,).
    """
    people = len(starts) - 1
    reached = np.full(people, -1, np.int32)
    seat = np.full(people, NOBODY, np.int32)
    held = np.zeros(len(class_group), np.int64)
    heap = np.empty((heap_starts[-1], 3), np.int64)
    last = np.empty((len(class_group), 3), np.int64)  # the first of each heap: kept close together
    last[:, 0] = BENEATH
    waiting = np.arange(people).astype(np.int32)
    later = np.empty(people, np.int32)
    count = people
    while count > 0:
        left = 0
        for k in range(count):
            person = waiting[k]
            while True:
                reached[person] += 1
                choice = starts[person] + reached[person]
                if choice >= starts[person + 1]:
                    break
                post = posts[choice]
                goes = person
                own_score = int(score[choice])
                own_draw = draw_of(draw, is_per_choice, choice, person)
                for k_class in range(class_starts[post], class_starts[post + 1]):
                    admitted = admission(class_group[k_class], bits[goes], is_open)
                    if admitted == NO:
                        continue
                    liking = liking_of(own_score, admitted)
                    out_liking, out_draw, out = last[k_class, 0], last[k_class, 1], last[k_class, 2]
                    if not is_better(liking, own_draw, goes, out_liking, out_draw, out):
                        continue
                    base = heap_starts[k_class]
                    room = heap_starts[k_class + 1] - base
                    if room == 0:
                        continue
                    seat[goes] = k_class
                    if held[k_class] < room:
                        push(heap, base, held[k_class], liking, own_draw, goes)
                        held[k_class] += 1
                        goes = NOBODY
                    else:
                        replace_first(heap, base, room, liking, own_draw, goes)
                        goes, own_draw, own_score = out, out_draw, out_liking
                        if admission(class_group[k_class], bits[out], is_open) == AS_MEMBER:
                            own_score -= MEMBER
                    if held[k_class] == room:
                        last[k_class] = heap[base]
                    if goes == NOBODY:
                        break
                if goes == person:
                    continue
                if goes != NOBODY:
                    seat[goes] = NOBODY
                    later[left] = goes
                    left += 1
                break
        waiting, later, count = later, waiting, left
    return reached, seat


@compiled
def ranked_by_posts(
    starts: Integers,
    posts: Array,
    score: Array,
    draw: Integers,
    is_per_choice: bool,
    post_starts: Integers,
) -> tuple[Integers, Array]:
    """The choices of each post from the one liked best on, and the person of each choice.

    Returns:
        rows of choices, those of post m from ``post_starts[m]`` (choices,); person (choices,).
    """
    count = len(posts)
    person = np.empty(count, np.int32)
    heap = np.empty((count, 3), np.int64)
    filled = np.zeros(len(post_starts) - 1, np.int64)
    for who in range(len(starts) - 1):
        for row in range(starts[who], starts[who + 1]):
            person[row] = who
            post = posts[row]
            own_draw = draw_of(draw, is_per_choice, row, who)
            push(heap, post_starts[post], filled[post], int(score[row]), own_draw, row)
            filled[post] += 1
    rows = np.empty(count, np.int64)
    for post in range(len(post_starts) - 1):
        base = post_starts[post]
        for size in range(filled[post] - 1, -1, -1):  # the one liked least is taken out first
            end = base + size
            rows[end] = heap[base, 2]
            replace_first(heap, base, size, heap[end, 0], heap[end, 1], heap[end, 2])
    return rows, person


@compiled
def posts_propose(
    starts: Integers,
    bits: Integers,
    class_starts: Integers,
    class_group: Integers,
    class_seats: Integers,
    is_open: bool,
    post_starts: Integers,
    ranked: Integers,
    person: Array,
) -> tuple[Array, Array]:
    """Who sits where when posts propose: every class of seats goes down its own list.

    A person keeps the post ranked best and, in one post, the class of seats given away first.

    Returns:
        as `people_propose`.
    """
    people, classes = len(starts) - 1, len(class_group)
    reached = np.diff(starts).astype(np.int32)
    seat = np.full(people, NOBODY, np.int32)
    free = class_seats.copy()
    asked = np.zeros(classes, np.int64)
    post_of = np.zeros(classes, np.int64)
    for post in range(len(class_starts) - 1):
        for k_class in range(class_starts[post], class_starts[post + 1]):
            post_of[k_class] = post
    stack = np.arange(classes)
    is_waiting = np.ones(classes, np.bool_)
    depth = classes
    while depth > 0:
        depth -= 1
        k_class = stack[depth]
        is_waiting[k_class] = False
        group = class_group[k_class]
        base = post_starts[post_of[k_class]]
        length = post_starts[post_of[k_class] + 1] - base
        most = 2 * length if is_open and group >= 0 else length
        while free[k_class] > 0 and asked[k_class] < most:
            at = asked[k_class]
            asked[k_class] += 1
            row = ranked[base + at % length]
            who = person[row]
            admitted = admission(group, bits[who], is_open)
            wanted = YES if group < 0 or at >= length else AS_MEMBER
            rank = row - starts[who]
            if admitted != wanted or rank > reached[who]:
                continue
            if rank == reached[who] and seat[who] < k_class:
                continue
            old = seat[who]
            reached[who] = rank
            seat[who] = k_class
            free[k_class] -= 1
            if old != NOBODY:
                free[old] += 1
                if not is_waiting[old]:
                    is_waiting[old] = True
                    stack[depth] = old
                    depth += 1
    return reached, seat

"""Deferred acceptance: either side proposes, the other keeps the best it was offered."""

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.kernel.compiled import compiled, compiled_small
from yaosu.markets.mechanisms.matching_order import (
    AS_MEMBER,
    NO,
    NOBODY,
    OF_MEMBER,
    YES,
    admission,
    push,
    replace_first,
)

AT_ONCE = 256  # people whose seats are looked up together: the memory answers them side by side
BASE, ROOM, HELD, LAST = 0, 1, 2, 3  # of a class: its heap, whose first is LAST once it is full


@compiled
def people_propose(
    starts: Integers,
    posts: Array,
    score: Array,
    draw: Integers,
    who: Array,
    draw_bits: int,
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
        starts, posts, bits, class_starts, class_group: see `Book`.
        score, draw, who, draw_bits: see `Keys`.
        heap_starts: room of each class, (classes + 1,); no more than a post's choices.

    Returns:
        the place in the own list, its length where there is no seat (people,); the class of
        seats, or NOBODY (people,).
    """
    people = len(starts) - 1
    reached = np.full(people, -1, np.int32)
    seat = np.full(people, NOBODY, np.int32)
    heap = np.empty(heap_starts[-1], np.int64)
    classes = np.zeros((len(class_group), 4), np.int64)
    classes[:, BASE] = heap_starts[:-1]
    classes[:, ROOM] = np.diff(heap_starts)
    classes[:, LAST] = -1
    waiting = np.arange(people).astype(np.int32)
    asking = np.empty((AT_ONCE, 3), np.int64)
    count = people
    while count > 0:
        left = 0
        for begin in range(0, count, AT_ONCE):
            end = min(begin + AT_ONCE, count)
            several = next_choices(waiting, begin, end, starts, reached, asking)
            for k in range(several):
                choice = asking[k, 1]
                place = draw[choice if is_per_choice else asking[k, 0]]
                asking[k, 1] = posts[choice]
                asking[k, 2] = (np.int64(score[choice]) << draw_bits) | place
            seen = look_up(asking, several, class_starts, classes, heap)
            for k in range(several):
                goes, post, key = asking[k, 0], asking[k, 1], asking[k, 2]
                for k_class in range(class_starts[post], class_starts[post + 1]):
                    group, own = class_group[k_class], key
                    if group >= 0:
                        admitted = admission(group, bits[goes], is_open)
                        if admitted == NO:
                            continue
                        own = key | OF_MEMBER if admitted == AS_MEMBER else key
                    out, room = classes[k_class, LAST], classes[k_class, ROOM]
                    if own < out or room == 0:
                        continue
                    seat[goes] = k_class
                    goes = NOBODY
                    if not take(heap, classes, k_class, own):
                        key = out & ~OF_MEMBER
                        goes = who[key & ((1 << draw_bits) - 1)]
                        continue
                    break
                if goes != NOBODY:
                    seat[goes] = NOBODY
                    waiting[left] = goes
                    left += 1
            asking[0, 0] = seen  # else looking up would be left out as useless
        count = left
    return reached, seat


@compiled_small
def next_choices(
    waiting: Array, begin: int, end: int, starts: Integers, reached: Array, asking: Integers
) -> int:
    """Put down person and next choice of those who have one; how many."""
    several = 0
    for k in range(begin, end):
        person = waiting[k]
        reached[person] += 1
        asking[several, 0] = person
        asking[several, 1] = starts[person] + reached[person]
        several += int(asking[several, 1] < starts[person + 1])
    return several


@compiled_small
def look_up(
    asking: Integers, several: int, class_starts: Integers, classes: Integers, heap: Integers
) -> int:
    """Fetch what the first class of each post asked will need; some number of it."""
    seen = 0
    for k in range(several):
        k_class = class_starts[asking[k, 1]]
        if asking[k, 2] >= classes[k_class, LAST] and classes[k_class, ROOM] > 0:
            base = classes[k_class, BASE]
            seen ^= heap[base] ^ heap[base + (classes[k_class, HELD] >> 1)]
    return seen


@compiled_small
def take(heap: Integers, classes: Integers, k_class: int, key: int) -> bool:
    """Take a key into the heap of a class; whether without letting its first go."""
    base, room, held = classes[k_class, BASE], classes[k_class, ROOM], classes[k_class, HELD]
    if held < room:
        push(heap, base, held, key)
        classes[k_class, HELD] = held + 1
    else:
        replace_first(heap, base, room, key)
    if held + 1 >= room:
        classes[k_class, LAST] = heap[base]
    return bool(held < room)


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

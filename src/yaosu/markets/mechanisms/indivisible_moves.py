"""Better choices by many small moves: one group takes another option, or gives its option up.

What is short at a place counts against a choice at a weight of its own. The weights rise while
the search is stuck short and fall while it is stuck with nothing short, so that it crosses the
border of what fits again and again. Whole numbers throughout; the chance it needs is a fixed
sequence, so that the same book always meets the same search.

Source: F. Glover, "Tabu search for nonlinear and parametric optimization (with links to genetic
algorithms)" (1994), for strategic oscillation; P. Morris, "The breakout method" (1993), for
weights that grow where a search is stuck.
"""

from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled, compiled_small

MOVES_SAMPLED = 60  # groups looked at where nothing is short
STAY = 2  # steps before a group that moved may move again
RISE, FALL = 400, 250  # a weight rises by a part in 400, and falls by one in 250
NONE = -1


class Groups(NamedTuple):
    """The problem in whole numbers. Options of a group stand together.

    Attributes:
        value: of each option, ticks. starts, row, amount: its legs, sparse, lots.
        group: of each option. first: where the options of each group begin.
        rhs: lots that may be taken in each row beyond what is given.
        at_row, in_row: where the options with a leg in each row begin, and these options.
    """

    value: Integers
    starts: Integers
    row: Integers
    amount: Integers
    group: Integers
    first: Integers
    rhs: Integers
    at_row: Integers
    in_row: Integers


class Walk(NamedTuple):
    """Where the search stands.

    Attributes:
        choice, best: option of each group now, and in the best choice so far; -1: none.
        worth: of both; -1 before any choice fits.
        weight: ticks a lot that is short. short, place_short: rows that are short, and where each
            row stands among them. counts: how many these are; state of the sequence; steps; work.
        stays: step until which each group may not move.
        change: lots, always zero between moves.
    """

    choice: Integers
    best: Integers
    worth: Integers
    balance: Integers
    weight: Integers
    short: Integers
    place_short: Integers
    counts: Integers
    stays: Integers
    change: Integers


def walk_from(groups: Groups, choice: Integers, weight: Integers, seed: int) -> Walk:
    """A search that begins at a choice."""
    rows, many = len(groups.rhs), len(groups.first) - 1
    walk = Walk(
        choice=np.full(many, NONE, np.int64),
        best=np.full(many, NONE, np.int64),
        worth=np.array([0, -1], np.int64),
        balance=np.zeros(rows, np.int64),
        weight=weight.copy(),
        short=np.zeros(rows, np.int64),
        place_short=np.full(rows, NONE, np.int64),
        counts=np.array([0, seed, 0, 0], np.int64),
        stays=np.zeros(many, np.int64),
        change=np.zeros(rows, np.int64),
    )
    restart(groups, walk, choice)
    return walk


@compiled
def restart(groups: Groups, walk: Walk, choice: Integers) -> None:
    """Go on from a choice, with the weights as they are."""
    walk.balance[:] = 0
    walk.worth[0] = 0
    walk.counts[0] = 0
    for row in range(len(groups.rhs)):
        walk.place_short[row] = -1
        if groups.rhs[row] < 0:
            walk.place_short[row] = walk.counts[0]
            walk.short[walk.counts[0]] = row
            walk.counts[0] += 1
    walk.choice[:] = -1
    for group in range(len(choice)):
        if choice[group] >= 0:
            move(groups, walk, group, choice[group])
    keep(walk)


@compiled_small
def draw(walk: Walk) -> int:
    """The next number of the sequence: below 2^31 (S. Park, K. Miller, 1988)."""
    walk.counts[1] = (walk.counts[1] * 48_271) % 2_147_483_647
    return int(walk.counts[1])


@compiled_small
def gain(groups: Groups, walk: Walk, group: int, option: int) -> int:
    """What a move would add: value, less weight times what would be short."""
    change, old = walk.change, walk.choice[group]
    total = 0
    if old >= 0:
        total -= groups.value[old]
        for leg in range(groups.starts[old], groups.starts[old + 1]):
            change[groups.row[leg]] -= groups.amount[leg]
    if option >= 0:
        total += groups.value[option]
        for leg in range(groups.starts[option], groups.starts[option + 1]):
            change[groups.row[leg]] += groups.amount[leg]
    for turn in range(2):
        column = old if turn == 0 else option
        if column < 0:
            continue
        for leg in range(groups.starts[column], groups.starts[column + 1]):
            row = groups.row[leg]
            if change[row] != 0:
                before = walk.balance[row] - groups.rhs[row]
                after = before + change[row]
                total -= walk.weight[row] * (max(after, 0) - max(before, 0))
                change[row] = 0
    walk.counts[3] += 1
    return int(total)


@compiled
def move(groups: Groups, walk: Walk, group: int, option: int) -> None:
    """Let a group take an option, or none."""
    for turn in range(2):
        column = walk.choice[group] if turn == 0 else option
        if column < 0:
            continue
        sign = -1 if turn == 0 else 1
        walk.worth[0] += sign * groups.value[column]
        for leg in range(groups.starts[column], groups.starts[column + 1]):
            row = groups.row[leg]
            walk.balance[row] += sign * groups.amount[leg]
            place = walk.place_short[row]
            if walk.balance[row] > groups.rhs[row]:
                if place < 0:
                    walk.place_short[row] = walk.counts[0]
                    walk.short[walk.counts[0]] = row
                    walk.counts[0] += 1
            elif place >= 0:
                walk.counts[0] -= 1
                other = walk.short[walk.counts[0]]
                walk.short[place] = other
                walk.place_short[other] = place
                walk.place_short[row] = -1
    walk.choice[group] = option


@compiled
def keep(walk: Walk) -> None:
    """Remember the choice where nothing is short and it is the best so far."""
    if walk.counts[0] == 0 and walk.worth[0] > walk.worth[1]:
        walk.worth[1] = walk.worth[0]
        walk.best[:] = walk.choice


@compiled
def wander(groups: Groups, walk: Walk, work_max: int, weight_least: Integers, top: int) -> None:
    """Move until so many moves have been weighed.

    Args:
        weight_least: no weight falls below. top: none rises above.
    """
    end = walk.counts[3] + work_max
    while walk.counts[3] < end:
        walk.counts[2] += 1
        walk.counts[3] += 1
        if walk.counts[0] > 0:
            best, group, option = best_where_short(groups, walk)
        else:
            best, group, option = best_of_sample(groups, walk)
        if group < 0:
            continue
        if best <= 0:
            if walk.counts[0] > 0:
                for at in range(walk.counts[0]):
                    row = walk.short[at]
                    walk.weight[row] = min(walk.weight[row] + walk.weight[row] // RISE + 1, top)
            else:
                for row in range(len(walk.weight)):
                    less = walk.weight[row] - (walk.weight[row] + FALL - 1) // FALL
                    walk.weight[row] = max(less, weight_least[row])
        move(groups, walk, group, option)
        walk.stays[group] = walk.counts[2] + STAY + draw(walk) % 2
        keep(walk)


@compiled
def mend(groups: Groups, walk: Walk, work_max: int, top: int) -> None:
    """Move until nothing is short: what gains most first, and where nothing gains at twice the
    weights. Each move raises value less what is short, so it comes to an end.
    """
    end = walk.counts[3] + work_max
    while walk.counts[0] > 0 and walk.counts[3] < end:
        walk.counts[2] += 1
        walk.counts[3] += 1
        best, group, option = best_where_short(groups, walk)
        if group >= 0 and best > 0:
            move(groups, walk, group, option)
            continue
        for at in range(walk.counts[0]):
            row = walk.short[at]
            walk.weight[row] = min(2 * walk.weight[row], top)
    keep(walk)


@compiled
def best_where_short(groups: Groups, walk: Walk) -> tuple[int, int, int]:
    """Gain, group and option of the best move that touches one row that is short."""
    best, found, taken = -(1 << 62), -1, -1
    row = walk.short[draw(walk) % walk.counts[0]]
    for at in range(groups.at_row[row], groups.at_row[row + 1]):
        option = groups.in_row[at]
        group = groups.group[option]
        if walk.stays[group] > walk.counts[2]:
            continue
        if walk.choice[group] != option:
            worth = gain(groups, walk, group, option)
            if worth > best:
                best, found, taken = worth, group, option
            continue
        for other in range(groups.first[group] - 1, groups.first[group + 1]):
            if other == option:
                continue
            new = other if other >= groups.first[group] else -1
            worth = gain(groups, walk, group, new)
            if worth > best:
                best, found, taken = worth, group, new
    return best, found, taken


@compiled
def best_of_sample(groups: Groups, walk: Walk) -> tuple[int, int, int]:
    """Gain, group and option of the best move of some groups drawn."""
    best, found, taken = -(1 << 62), -1, -1
    for _ in range(MOVES_SAMPLED):
        group = draw(walk) % len(walk.choice)
        if walk.stays[group] > walk.counts[2]:
            continue
        for other in range(groups.first[group] - 1, groups.first[group + 1]):
            new = other if other >= groups.first[group] else -1
            if new == walk.choice[group]:
                continue
            worth = gain(groups, walk, group, new)
            if worth > best:
                best, found, taken = worth, group, new
    return best, found, taken

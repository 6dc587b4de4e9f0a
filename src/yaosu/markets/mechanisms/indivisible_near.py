"""Better choices part by part: groups near one another choose anew, all others staying.

One part in two grows from a place drawn by chance over the groups that take or give there and the
places these touch; the other is of those groups, wherever they are, whose choice the relaxation of
the whole book doubts. Branch and bound chooses in it. Where it ends soon parts grow, where it does
not they shrink. Values are noised, less and less, so that the search leaves a choice no part can
better; the chance it needs is a fixed sequence.

Source: P. Shaw, "Using constraint programming and local search methods to solve vehicle routing
problems" (1998), for parts chosen anew; E. Danna, E. Rothberg, C. Le Pape, "Exploring relaxation
induced neighborhoods to improve MIP solutions" (2005), for those of the relaxation; I. Charon,
O. Hudry, "The noising method" (1993).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled, compiled_small
from yaosu.markets.mechanisms.indivisible_book import relaxed
from yaosu.markets.mechanisms.indivisible_branch import branch, search_for, tree_nodes_for
from yaosu.markets.mechanisms.indivisible_moves import NONE, Groups
from yaosu.markets.mechanisms.indivisible_part import fits, narrowed, part_of
from yaosu.markets.mechanisms.indivisible_propagate import by_row
from yaosu.markets.mechanisms.indivisible_root import pivot_cost
from yaosu.markets.mechanisms.indivisible_simplex import Floats, Marks, basis_for, begin

SIZE, SIZE_LEAST, SIZE_MOST = 80, 12, 80  # groups of a part
NODES = 4_000
WORK, WORK_FEW = 1_600_000, 400_000  # of a part, in moves: its end; one that ended here may grow
SHRINK = 16  # by a part in so many
NOISE_PPM = 80_000  # of the value of an option, at first
QUIET = 4  # the last quarter of the work is without noise
PART_COST = 2_000  # moves of the same cost as making a part
ROUNDS = 60
DOUBTED, KINDS = 1, 2  # so many parts of so many are those the relaxation doubts
CHANCE = 0.3  # added to its levels at most


class Near(NamedTuple):
    """Where the search stands.

    Attributes:
        choice, worth: now. best, best_worth: the best so far. parts: chosen anew. work: moves of
            the same cost.
    """

    choice: Integers
    worth: int
    best: Integers
    best_worth: int
    parts: int
    work: int


def choose_parts(
    groups: Groups, choice: Integers, level: Floats, work: int, seed: int
) -> Iterator[Near]:
    """Better choices, told in rounds; the last is where the work ends.

    Args:
        choice: which fits. level: of every option, and then of "none" in every group, between 0
            and 1: in the relaxation. work: moves that may be weighed, or other work of the same
            cost.
    """
    many = len(groups.first) - 1
    worth = worth_of(groups, choice)
    near = Near(choice, worth, choice, worth, 0, 0)
    chance = np.array([seed], np.int64)
    is_inside, queue = np.zeros(many, np.int8), np.zeros(len(groups.rhs), np.int64)
    is_met, size, told = np.zeros(len(groups.rhs), np.int8), min(SIZE, many), 0
    while near.work < work and many and len(groups.rhs):
        quiet = work - work // QUIET
        noise = NOISE_PPM * max(quiet - near.work, 0) // quiet
        if not noise and near.worth < near.best_worth:
            near = near._replace(choice=near.best, worth=near.best_worth)
        if draw(chance, KINDS) < DOUBTED:
            inside = doubted(groups, chance, size, near.choice, level)
        else:
            gather(groups, chance, size, is_inside, is_met, queue)
            inside = np.flatnonzero(is_inside)
        before = near.work
        near, is_solved = _choose(groups, near, inside, chance, noise, min(WORK, work - before))
        if not is_solved:
            size = max(size - size // SHRINK, min(SIZE_LEAST, many))
        elif near.work - before < WORK_FEW:
            size = min(size + 1, many, SIZE_MOST)
        if near.work * ROUNDS > told * work:
            told += 1
            yield near
    yield near


def _choose(
    groups: Groups, near: Near, inside: Integers, chance: Integers, noise: int, work: int
) -> tuple[Near, bool]:
    """Let a part choose anew, with so much work; whether it was searched to its end."""
    part = narrowed(part_of(groups, inside, near.choice))
    inner = part.groups._replace(value=part.groups.value.copy())
    if noise:
        add_noise(inner.value, chance, noise)
    now = near.choice[inside]
    start = np.where(now >= 0, np.searchsorted(part.option, now), NONE)
    options = relaxed(inner)
    search = search_for(options, start, float(worth_of(inner, start)))
    basis = basis_for(options)
    begin(options, basis)
    nodes, cost = tree_nodes_for(options, NODES), pivot_cost(options)
    branch(options, by_row(options), basis, basis_for(options), nodes, search, NODES, work // cost)
    is_solved = bool(search.bound[0] <= search.best[0] + 1.0)
    spent = int(search.counts[1]) * cost + PART_COST + len(groups.value) // 8
    near = near._replace(parts=near.parts + 1, work=near.work + spent)
    if search.counts[2] == 0 or not fits(inner, search.choice):
        return near, is_solved
    choice = part.whole(search.choice)
    worth = worth_of(groups, choice)
    near = near._replace(choice=choice, worth=worth)
    if worth > near.best_worth:
        near = near._replace(best=choice, best_worth=worth)
    return near, is_solved


def worth_of(groups: Groups, choice: Integers) -> int:
    """Ticks, of a choice."""
    return int(groups.value[choice[choice >= 0]].sum())


@compiled_small
def draw(chance: Integers, count: int) -> int:
    """The next number of a fixed sequence, below ``count``."""
    chance[0] = (chance[0] * 48_271) % 2_147_483_647
    return int(chance[0] % count)


def doubted(
    groups: Groups, chance: Integers, size: int, choice: Integers, level: Floats
) -> Integers:
    """So many groups whose choice the relaxation likes least, in rising order; some by chance."""
    liked = liking_of_choice(groups, chance, choice, level)
    return np.sort(np.argpartition(liked, size - 1)[:size])


@compiled
def liking_of_choice(groups: Groups, chance: Integers, choice: Integers, level: Floats) -> Floats:
    """The level of what each group chooses, and a little by chance (groups,)."""
    many = len(groups.value)
    liked = np.empty(len(choice))
    for group in range(len(choice)):
        column = choice[group] if choice[group] >= 0 else many + group
        liked[group] = level[column] + CHANCE * draw(chance, 1_000_000) * 1e-6
    return liked


@compiled
def gather(
    groups: Groups,
    chance: Integers,
    size: int,
    is_inside: Marks,
    is_met: Marks,
    queue: Integers,
) -> None:
    """Mark so many groups near one another, from a place drawn on."""
    is_inside[:] = 0
    is_met[:] = 0
    queue[0] = draw(chance, len(groups.rhs))
    is_met[queue[0]] = 1
    count, at, inside = 1, 0, 0
    while at < count and inside < size:
        row = queue[at]
        at += 1
        begin_at = groups.at_row[row]
        many = groups.at_row[row + 1] - begin_at
        chance[0] = (chance[0] * 48_271) % 2_147_483_647
        for turn in range(many):
            option = groups.in_row[begin_at + (turn + chance[0]) % many]
            group = groups.group[option]
            if is_inside[group]:
                continue
            if inside >= size:
                break
            is_inside[group] = 1
            inside += 1
            legs = groups.starts[groups.first[group]], groups.starts[groups.first[group + 1]]
            for leg in range(legs[0], legs[1]):
                other = groups.row[leg]
                if not is_met[other]:
                    is_met[other] = 1
                    queue[count] = other
                    count += 1


@compiled
def add_noise(value: Integers, chance: Integers, ppm: int) -> None:
    """Raise or lower each value by up to so many parts of a million."""
    for option in range(len(value)):
        by = draw(chance, 2 * ppm + 1) - ppm
        value[option] += (
            value[option] // 1_000_000 * by + value[option] % 1_000_000 * by // 1_000_000
        )

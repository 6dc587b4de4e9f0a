"""Choosing one option in each group, by branch and bound over the linear relaxation.

Work is counted in pivots and nodes, never in seconds, and nothing depends on chance.

Source: T. Achterberg, T. Koch, A. Martin, "Branching rules revisited" (2005), for reliability
branching.
"""

from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.indivisible_propagate import ByRow, propagate
from yaosu.markets.mechanisms.indivisible_simplex import (
    Basis,
    Floats,
    Marks,
    Options,
    begin,
    bound_of,
    factor,
    settle,
)

RELIABLE = 4
TRIED_MAX = 12
TRY_PIVOTS = 16
ROUGH = 1e-6
WHOLE = 1.0 - 1e-6  # values are whole numbers: a better choice is worth one more


class TreeNodes(NamedTuple):
    """Open nodes: what is barred, and a basis from which to go on; and the heap of them."""

    bound: Floats
    key: Integers
    basic: Integers
    barred: Marks
    heap: Integers
    free: Integers
    counts: Integers  # in the heap; free ones


class Search(NamedTuple):
    """Where a search stands.

    Attributes:
        best: worth of the best choice so far. bound: no choice is worth more.
        choice: option of each group, or -1.
        counts: nodes, pivots, improvements.
        cost_down, cost_up, tried: of each column, what barring it or choosing it cost so far.
    """

    best: Floats
    bound: Floats
    choice: Integers
    counts: Integers
    cost: Floats
    tried: Integers


def tree_nodes_for(options: Options, capacity: int) -> TreeNodes:
    """Room for open nodes."""
    many, groups, rows = len(options.value), len(options.first) - 1, len(options.rhs)
    return TreeNodes(
        bound=np.zeros(capacity),
        key=np.zeros((capacity, groups), np.int32),
        basic=np.zeros((capacity, rows), np.int32),
        barred=np.zeros((capacity, many + groups), np.int8),
        heap=np.zeros(capacity, np.int64),
        free=np.arange(capacity, dtype=np.int64),
        counts=np.array([0, capacity], np.int64),
    )


def search_for(options: Options, choice: Integers, worth: float) -> Search:
    """A search from a choice already known."""
    many, groups = len(options.value), len(options.first) - 1
    return Search(
        best=np.array([worth]),
        bound=np.array([np.inf]),
        choice=choice.copy(),
        counts=np.zeros(3, np.int64),
        cost=np.zeros((2, many + groups)),
        tried=np.zeros((2, many + groups), np.int64),
    )


@compiled
def branch(
    options: Options,
    rows: ByRow,
    basis: Basis,
    spare: Basis,
    nodes: TreeNodes,
    search: Search,
    nodes_max: int,
    pivots_max: int,
) -> None:
    """Search from a basis until nothing better can be, or the work is done; highest bound first.

    Args:
        pivots_max: pivots, or other work of the same cost.
    """
    floor = search.best
    level = np.zeros(len(basis.barred))
    closed = -1e300  # bound of what was left open for want of room
    start = basis.turns[1]
    while True:
        # here the basis is that of a node to be looked at
        search.counts[0] += 1
        left = max(pivots_max - (basis.turns[1] - start), 0)
        status = 1
        if propagate(options, rows, basis.barred):
            status = settle(options, basis, floor[0] + WHOLE, left)
        bound = bound_of(options, basis)
        open_still = status == 0 or (status == 3 and bound > floor[0] + WHOLE)
        if open_still:
            fractional = levels_of(options, basis, level)
            if fractional == 0:
                if status == 0:
                    take_choice(options, basis, level, search)
                else:
                    closed = max(closed, bound)
                open_still = False
        done = search.counts[0] >= nodes_max or basis.turns[1] - start >= pivots_max
        if open_still and not done and nodes.counts[0] > 0:
            top = nodes.heap[0]
            if bound < nodes.bound[top] - ROUGH and nodes.counts[1] > 0:
                push(nodes, basis, bound)
                open_still = False
        if open_still and not done:
            bar_by_surplus(options, basis, bound, floor[0])
            column = choose_branch(options, rows, basis, spare, level, bound, search)
            if column == -2:
                continue
            if column >= 0 and nodes.counts[1] == 0:
                closed = max(closed, bound)
            elif column >= 0:
                divide(options, basis, spare, nodes, level, bound, column)
                continue
        if done:
            if open_still:
                closed = max(closed, bound)
            break
        if not pop(options, nodes, basis, floor[0] + WHOLE):
            break
    total = max(floor[0], closed)
    for at in range(nodes.counts[0]):
        total = max(total, nodes.bound[nodes.heap[at]])
    search.bound[0] = total
    search.counts[1] += basis.turns[1] - start


@compiled
def divide(
    options: Options,
    basis: Basis,
    spare: Basis,
    nodes: TreeNodes,
    level: Floats,
    bound: float,
    column: int,
) -> None:
    """One branch with the column alone of its group, one without it; go on with the likelier."""
    if level[column] > 0.5:
        basis.barred[column] = 1
        push(nodes, basis, bound)
        basis.barred[column] = 0
        choose_only(options, basis, column)
    else:
        spare.barred[:] = basis.barred
        choose_only(options, basis, column)
        push(nodes, basis, bound)
        basis.barred[:] = spare.barred
        basis.barred[column] = 1


@compiled
def levels_of(options: Options, basis: Basis, level: Floats) -> int:
    """The level of every option and "none"; returns how many are between zero and one."""
    many, groups = len(options.value), len(options.first) - 1
    level[:] = 0.0
    for group in range(groups):
        level[basis.key[group]] = 1.0
    for at in range(len(basis.basic)):
        column = basis.basic[at]
        if column < many + groups:
            group = options.group[column] if column < many else column - many
            level[column] += basis.level[at]
            level[basis.key[group]] -= basis.level[at]
    count = 0
    for column in range(many + groups):
        if level[column] > ROUGH and level[column] < 1.0 - ROUGH:
            count += 1
    return count


@compiled
def take_choice(options: Options, basis: Basis, level: Floats, search: Search) -> None:
    """Keep a choice that is whole, if it is better and fits."""
    many, rows = len(options.value), len(options.rhs)
    left = options.rhs.copy()
    worth = 0.0
    for option in range(many):
        if level[option] > 0.5:
            worth += options.value[option]
            for leg in range(options.starts[option], options.starts[option + 1]):
                left[options.row[leg]] -= options.amount[leg]
    for row in range(rows):
        if left[row] < -1e-6:
            return
    if worth > search.best[0] + 0.5:
        search.best[0] = worth
        search.counts[2] += 1
        search.choice[:] = -1
        for option in range(many):
            if level[option] > 0.5:
                search.choice[options.group[option]] = option


@compiled
def bar_by_surplus(options: Options, basis: Basis, bound: float, floor: float) -> None:
    """Bar what cannot be part of anything better."""
    many, groups = len(options.value), len(options.first) - 1
    for group in range(groups):
        base = basis.surplus[basis.key[group]]
        end = options.first[group + 1]
        for option in range(options.first[group], end + 1):
            column = option if option < end else many + group
            if basis.place[column] == -1 and bound + basis.surplus[column] - base < floor + WHOLE:
                basis.barred[column] = 1


@compiled
def choose_only(options: Options, basis: Basis, column: int) -> None:
    """Bar all other columns of the group."""
    many = len(options.value)
    group = options.group[column] if column < many else column - many
    for other in range(options.first[group], options.first[group + 1]):
        if other != column:
            basis.barred[other] = 1
    if many + group != column:
        basis.barred[many + group] = 1


@compiled
def copy_basis(one: Basis, other: Basis) -> None:
    """Make ``other`` equal to ``one``; pivots in all go on counting."""
    other.key[:] = one.key
    other.basic[:] = one.basic
    other.place[:] = one.place
    other.barred[:] = one.barred
    other.inverse[:] = one.inverse
    other.norm[:] = one.norm
    other.price[:] = one.price
    other.level[:] = one.level
    other.surplus[:] = one.surplus
    other.turns[0] = one.turns[0]


@compiled
def mean_costs(search: Search) -> Floats:
    """What barring a column, and choosing one, cost on average; one where none was tried."""
    mean = np.zeros(2)
    for side in range(2):
        count = 0
        for column in range(search.cost.shape[1]):
            if search.tried[side, column]:
                mean[side] += search.cost[side, column] / search.tried[side, column]
                count += 1
        mean[side] = mean[side] / count if count else 1.0
    return mean


@compiled
def choose_branch(
    options: Options,
    rows: ByRow,
    basis: Basis,
    spare: Basis,
    level: Floats,
    bound: float,
    search: Search,
) -> int:
    """The column whose two branches lower the bound most, as far as is known.

    Returns:
        A column; -2: one was barred and the node must be settled again; -3: nothing is left.
    """
    columns = len(basis.barred)
    down, up = search.cost[0], search.cost[1]
    mean = mean_costs(search)
    score = np.zeros(columns)
    found = 0
    for column in range(columns):
        part = level[column]
        if ROUGH < part < 1.0 - ROUGH:
            lower, upper = mean[0], mean[1]
            if search.tried[0, column]:
                lower = down[column] / search.tried[0, column]
            if search.tried[1, column]:
                upper = up[column] / search.tried[1, column]
            score[column] = max(lower * part, 1e-3) * max(upper * (1.0 - part), 1e-3)
            found += 1
    order = np.argsort(-score, kind="mergesort")
    best, highest = -1, -1.0
    tries = 0
    saved = False
    for rank in range(min(found, columns)):
        column = order[rank]
        part = level[column]
        worth = score[column]
        if min(search.tried[0, column], search.tried[1, column]) < RELIABLE:
            if tries >= TRIED_MAX:
                break
            tries += 1
            basis.turns[1] += 1  # the copies below cost about as much
            if not saved:
                copy_basis(basis, spare)
                saved = True
            lost = np.zeros(2)
            dead = np.zeros(2, np.int64)
            for side in range(2):
                if side == 0:
                    basis.barred[column] = 1
                else:
                    choose_only(options, basis, column)
                status = 1
                if propagate(options, rows, basis.barred):
                    status = settle(options, basis, search.best[0] + WHOLE, TRY_PIVOTS)
                lost[side] = max(bound - bound_of(options, basis), 0.0)
                if status in (1, 2):
                    dead[side] = 1
                copy_basis(spare, basis)
                share = part if side == 0 else 1.0 - part
                if status != 1:
                    search.cost[side, column] += lost[side] / share
                    search.tried[side, column] += 1
            if dead[0] and dead[1]:
                return -3
            if dead[0]:
                choose_only(options, basis, column)
                return -2
            if dead[1]:
                basis.barred[column] = 1
                return -2
            worth = max(lost[0], 1e-3) * max(lost[1], 1e-3)
        if worth > highest:
            best, highest = column, worth
    return best


@compiled
def push(nodes: TreeNodes, basis: Basis, bound: float) -> None:
    """Keep a node for later."""
    nodes.counts[1] -= 1
    at = nodes.free[nodes.counts[1]]
    nodes.bound[at] = bound
    nodes.key[at] = basis.key
    nodes.basic[at] = basis.basic
    nodes.barred[at] = basis.barred
    place = nodes.counts[0]
    nodes.counts[0] += 1
    nodes.heap[place] = at
    while place > 0:
        above = (place - 1) // 2
        if nodes.bound[nodes.heap[above]] >= bound:
            break
        nodes.heap[place], nodes.heap[above] = nodes.heap[above], at
        place = above


@compiled
def pop(options: Options, nodes: TreeNodes, basis: Basis, floor: float) -> bool:
    """Take the open node with the highest bound up again; False where none is worth it."""
    if nodes.counts[0] == 0 or nodes.bound[nodes.heap[0]] <= floor:
        return False
    nodes.counts[0] -= 1
    last = nodes.counts[0]
    at, moved, place = nodes.heap[0], nodes.heap[last], 0
    while True:
        below = 2 * place + 1
        if below >= last:
            break
        right = below + 1
        if right < last and nodes.bound[nodes.heap[right]] > nodes.bound[nodes.heap[below]]:
            below = right
        if nodes.bound[nodes.heap[below]] <= nodes.bound[moved]:
            break
        nodes.heap[place] = nodes.heap[below]
        place = below
    nodes.heap[place] = moved
    nodes.free[nodes.counts[1]] = at
    nodes.counts[1] += 1
    basis.key[:] = nodes.key[at]
    basis.basic[:] = nodes.basic[at]
    basis.barred[:] = nodes.barred[at]
    if not factor(options, basis):
        begin(options, basis)
    return True

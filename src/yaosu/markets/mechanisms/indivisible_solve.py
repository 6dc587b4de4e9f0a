"""The search of an all-or-nothing auction: prices that bound, moves that improve, branches.

Three parts share the work, which is counted and never timed: the linear relaxation gives prices
and with them the bound that anyone can check; moves from choice to choice find good fills; branch
and bound lowers the bound further, and ends the search where the fills are the best.

Where there are many packages the walk begins at what the prices say, and nothing is branched on.
"""

from typing import NamedTuple

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Integers
from yaosu.markets.mechanisms.indivisible_book import Choices, relaxed
from yaosu.markets.mechanisms.indivisible_bound import scale_for
from yaosu.markets.mechanisms.indivisible_branch import WHOLE, branch, search_for, tree_nodes_for
from yaosu.markets.mechanisms.indivisible_core import priced
from yaosu.markets.mechanisms.indivisible_moves import (
    NONE,
    Groups,
    Walk,
    restart,
    walk_from,
    wander,
)
from yaosu.markets.mechanisms.indivisible_simplex import (
    basis_for,
)

SEED = 20_261_122
ROUNDS = 30
PLACES_BRANCHED = 600  # with more, a pivot costs too much to branch
OPTIONS_BRANCHED = 4_000
SHARES = (50, 1)  # of the work, as its inverse: first a fiftieth
NODE_BYTES = 64_000_000
WEIGHINGS = 1_000_000  # of one unit of effort, or pivots of the same cost
LEG_COST, CELL_COST = 0.3, 0.035  # of a pivot, in weighings


class Found(Struct, frozen=True):
    """Where the search ended.

    Attributes:
        units: of each row of the book. welfare: ticks, of these.
        price: sub-ticks, one a place. scale: sub-ticks in a tick.
        checked: the bound these prices prove, ticks. claimed: that of branch and bound.
        tree_nodes, steps: of branch and bound, and of the moves.
    """

    units: Integers
    welfare: int
    price: Integers
    scale: int
    checked: int
    claimed: int
    tree_nodes: int
    steps: int


def solve_choices(choices: Choices, effort: int) -> Found:
    """Good fills and a bound.

    Args:
        effort: millions of moves that may be weighed, or other work of the same cost.
    """
    groups, rows = choices.groups, choices.book.rows
    scale = scale_for(rows)
    price, checked, start = priced(choices, scale)
    weight = price // scale + 1
    top = (1 << 60) // (int(np.abs(groups.amount).sum()) + 1)
    nothing = np.full(len(start), NONE, np.int64)
    walk = walk_from(groups, nothing, np.minimum(weight, top), SEED)
    restart(groups, walk, start)
    nodes = 0
    found, bound = Best(nothing, 0), checked
    for share in SHARES:  # first a little of both: small books end there
        moves = effort * WEIGHINGS // (2 * share)
        _wander_in_rounds(groups, walk, start, weight, top, moves)
        best = Best(walk.best.copy(), int(walk.worth[1]))
        found, bound, more = _branch_on(groups, best, checked, moves)
        nodes += more
        if bound == found.worth:
            break
        if found.worth > best.worth:
            restart(groups, walk, found.choice)
    units = np.zeros(len(rows.limit), np.int64)
    taken = found.choice[found.choice >= 0]
    units[choices.row[taken]] = choices.units[taken]
    return Found(
        units=units,
        welfare=found.worth,
        price=price,
        scale=scale,
        checked=checked,
        claimed=max(min(checked, bound), found.worth),
        tree_nodes=nodes,
        steps=int(walk.counts[2]),
    )


def _wander_in_rounds(
    groups: Groups, walk: Walk, start: Integers, weight: Integers, top: int, moves: int
) -> None:
    """Of three rounds one goes on as it is, one from the best choice so far, one from the start."""
    if not len(walk.choice):
        return
    first = np.minimum(weight, top)
    for turn in range(ROUNDS):
        wander(groups, walk, moves // ROUNDS, np.minimum(weight // 4, top), top)
        if turn % 3 != 1:
            walk.weight[:] = first
            restart(groups, walk, walk.best.copy() if turn % 3 == 0 else start)


class Best(NamedTuple):
    """A choice and its worth."""

    choice: Integers
    worth: int


def _branch_on(groups: Groups, best: Best, checked: int, work: int) -> tuple[Best, int, int]:
    """A better choice if there is one, the bound in ticks, and the nodes looked at."""
    options = relaxed(groups)
    many, groups_many, rows = len(options.value), len(options.first) - 1, len(options.rhs)
    if not many:
        return best, best.worth, 0
    if rows > PLACES_BRANCHED or many > OPTIONS_BRANCHED:
        return best, checked, 0
    capacity = max(NODE_BYTES // (4 * (groups_many + rows) + many + groups_many), 64)
    nodes = tree_nodes_for(options, min(capacity, 300_000))
    search = search_for(options, best.choice, float(best.worth))
    cost = 2.0 + LEG_COST * len(options.row) + CELL_COST * rows * rows
    pivots = int(work / cost) + 1
    branch(options, basis_for(options), basis_for(options), nodes, search, 1 << 40, pivots)
    total = float(search.bound[0])
    found = search.choice
    worth = int(groups.value[found[found >= 0]].sum())
    bound = worth if total <= worth + WHOLE else int(total + max(1e-6, total * 1e-12))
    return Best(found, worth), max(bound, worth), int(search.counts[0])

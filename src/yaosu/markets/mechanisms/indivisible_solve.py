"""The search of an all-or-nothing auction: prices that bound, moves that improve, branches.

Three parts share the work, which is counted and never timed: the linear relaxation gives prices
and with them the bound that anyone can check; moves from choice to choice find good fills; branch
and bound lowers the bound further, and ends the search where the fills are the best.

Where there are many packages, most are plainly accepted or rejected at these prices. What the
prices say is mended until it fits; then the few groups that the prices do not decide are searched
like a small book, the others staying; then the walk goes over all.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Integers
from yaosu.markets.mechanisms.indivisible_book import Choices, relaxed
from yaosu.markets.mechanisms.indivisible_bound import scale_for
from yaosu.markets.mechanisms.indivisible_branch import WHOLE, branch, search_for, tree_nodes_for
from yaosu.markets.mechanisms.indivisible_core import (
    Prices,
    core_at,
    may_be_branched,
    priced,
)
from yaosu.markets.mechanisms.indivisible_moves import (
    NONE,
    Groups,
    Walk,
    mend,
    restart,
    walk_from,
    wander,
)
from yaosu.markets.mechanisms.indivisible_root import pivot_cost
from yaosu.markets.mechanisms.indivisible_simplex import Floats, Options, basis_for

SEED = 20_261_122
ROUNDS = 30
SHARES = (50, 1)  # of the work, as its inverse: first a fiftieth
NODE_BYTES = 64_000_000
WEIGHINGS = 1_000_000  # of one unit of effort, or pivots of the same cost
MARGINAL_EACH, MARGINAL_LEAST = 6, 200  # options of a core that is branched on, a place and more
LOWEST = -(1 << 61)  # the worth of no choice at all


class Found(Struct, frozen=True):
    """Where the search ended.

    Attributes:
        units: of each row of the book. welfare: ticks, of these.
        prices: sub-ticks, of places and cuts. scale: sub-ticks in a tick.
        checked: the bound these prices prove, ticks. claimed: that of branch and bound.
        tree_nodes, steps: of branch and bound, and of the moves.
        work: millions of moves weighed so far, or other work of the same cost.
    """

    units: Integers
    welfare: int
    prices: Prices
    scale: int
    checked: int
    claimed: int
    tree_nodes: int
    steps: int
    work: int = 0

    @property
    def price(self) -> Integers:
        """Sub-ticks, one a place."""
        return self.prices.price


class Best(NamedTuple):
    """A choice and its worth."""

    choice: Integers
    worth: int


class Stage(NamedTuple):
    """How far a search has come: the best choice, its bound, and what was done for them."""

    best: Best
    bound: int
    tree_nodes: int
    steps: int
    work: int


def solve_choices(choices: Choices, effort: int) -> Found:
    """Good fills and a bound.

    Args:
        effort: millions of moves that may be weighed, or other work of the same cost.
    """
    last: Found | None = None
    for found in incumbents(choices, effort):
        last = found
    assert last is not None, "a search tells at least where it ends"
    return last


def incumbents(choices: Choices, effort: int) -> Iterator[Found]:
    """Fills and bounds as the search finds them, each better than the one before; at last the end.

    Whoever stops after one of them has what a search of less work would have found.
    """
    rows = choices.book.rows
    scale = scale_for(rows)
    prices = priced(choices, scale, effort * WEIGHINGS // 2)
    checked = prices.bound
    for stage in search(choices.groups, prices, scale, effort * WEIGHINGS):
        units = np.zeros(len(rows.limit), np.int64)
        taken = stage.best.choice[stage.best.choice >= 0]
        units[choices.row[taken]] = choices.units[taken]
        yield Found(
            units=units,
            welfare=stage.best.worth,
            prices=prices,
            scale=scale,
            checked=checked,
            claimed=max(min(checked, stage.bound), stage.best.worth),
            tree_nodes=stage.tree_nodes,
            steps=stage.steps,
            work=stage.work // WEIGHINGS,
        )


def search(groups: Groups, prices: Prices, scale: int, work: int) -> Iterator[Stage]:
    """Better and better choices, and at last the end.

    Args:
        prices: with a known bound, and a choice to begin from, which need not fit.
        scale: sub-ticks in a tick.
        work: moves that may be weighed, or other work of the same cost.
    """
    start, price, weight = prices.start, prices.price, prices.weight
    top = (1 << 60) // (int(np.abs(groups.amount).sum()) + 1)
    nothing = np.full(len(start), NONE, np.int64)
    walk = walk_from(groups, nothing, np.minimum(weight, top), SEED)
    restart(groups, walk, start)
    best, bound, nodes, spent = Best(nothing, 0), prices.bound, 0, min(prices.work, work // 2)
    work -= spent
    options = prices.options
    if options is None:
        mend(groups, walk, work // 4, top)
        walk.weight[:] = np.minimum(weight, top)
        best = Best(walk.best.copy(), int(walk.worth[1]))
        yield Stage(best, bound, nodes, int(walk.counts[2]), int(walk.counts[3]))
        nodes += _decide_core(groups, walk, price / scale, work // 2)
        spent += work // 2
        work -= work // 2 + int(walk.counts[3])
    for share in SHARES:  # first a little of both: small books end there
        moves = work // (2 * share)
        for _ in _wander_in_rounds(groups, walk, start, weight, top, moves):
            if walk.worth[1] > best.worth:
                best = Best(walk.best.copy(), int(walk.worth[1]))
                yield Stage(best, bound, nodes, int(walk.counts[2]), spent + int(walk.counts[3]))
        if options is not None:
            best, bound_now, more = _branch_on(groups, options, best, moves)
            bound, nodes, spent = min(bound, bound_now), nodes + more, spent + moves
        if bound == best.worth:
            break
        if best.worth > walk.worth[1]:
            yield Stage(best, bound, nodes, int(walk.counts[2]), spent + int(walk.counts[3]))
            restart(groups, walk, best.choice)
    yield Stage(best, bound, nodes, int(walk.counts[2]), spent + int(walk.counts[3]))


def _decide_core(groups: Groups, walk: Walk, price: Floats, work: int) -> int:
    """Go on from what is best for the groups that prices do not decide; nodes looked at."""
    core = core_at(groups, price, MARGINAL_EACH * len(groups.rhs) + MARGINAL_LEAST)
    inner = core.groups
    if not len(inner.first) > 1:
        return 0
    weight = price.astype(np.int64) + 1
    top = (1 << 60) // (int(np.abs(inner.amount).sum()) + int(np.abs(inner.rhs).sum()) + 1)
    chosen = walk.best[core.inside]  # from the whole to the core: where each stands there
    place = np.full(len(groups.value), NONE, np.int64)
    place[core.option] = np.arange(len(core.option))
    start = np.where(chosen >= 0, place[chosen], NONE)
    one = walk_from(inner, np.full(len(start), NONE, np.int64), np.minimum(weight, top), SEED)
    if one.counts[0] > 0:
        one.worth[1] = LOWEST
    restart(inner, one, start)
    mend(inner, one, work // 16, top)
    one.weight[:] = np.minimum(weight, top)
    for _ in _wander_in_rounds(inner, one, start, weight, top, work // 8):
        pass
    best, nodes = Best(one.best.copy(), int(one.worth[1])), 0
    if may_be_branched(inner):
        best, _, nodes = _branch_on(inner, relaxed(inner), best, 3 * work // 4)
    restart(groups, walk, core.whole(best.choice))
    if walk.counts[0] > 0:  # nothing inside fits what is outside
        restart(groups, walk, walk.best.copy())
    return nodes


def _wander_in_rounds(
    groups: Groups, walk: Walk, start: Integers, weight: Integers, top: int, moves: int
) -> Iterator[None]:
    """Of three rounds one goes on as it is, one from the best choice so far, one from the start."""
    if not len(walk.choice):
        return
    first = np.minimum(weight, top)
    for turn in range(ROUNDS):
        wander(groups, walk, moves // ROUNDS, np.minimum(weight // 4, top), top)
        yield
        if turn % 3 != 1:
            walk.weight[:] = first
            restart(groups, walk, walk.best.copy() if turn % 3 == 0 else start)


def _branch_on(groups: Groups, options: Options, best: Best, work: int) -> tuple[Best, int, int]:
    """A better choice if there is one, the bound in ticks, and the nodes looked at."""
    many, groups_many, rows = len(options.value), len(options.first) - 1, len(options.rhs)
    if not many:
        return best, best.worth, 0
    capacity = max(NODE_BYTES // (4 * (groups_many + rows) + many + groups_many), 64)
    nodes = tree_nodes_for(options, min(capacity, 300_000))
    search = search_for(options, best.choice, float(best.worth))
    pivots = work // pivot_cost(options) + 1
    branch(options, basis_for(options), basis_for(options), nodes, search, 1 << 40, pivots)
    total = float(search.bound[0])
    found = search.choice
    worth = int(groups.value[found[found >= 0]].sum())
    bound = worth if total <= worth + WHOLE else int(total + max(1e-6, total * 1e-12))
    return Best(found, worth), max(bound, worth), int(search.counts[0])

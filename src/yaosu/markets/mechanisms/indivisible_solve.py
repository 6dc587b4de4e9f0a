"""The search of an all-or-nothing auction: prices that bound, moves that improve, branches.

Four ways share the work, which is counted and never timed: the linear relaxation gives prices and
with them the bound that anyone can check; moves from choice to choice find good fills; parts that
choose anew make them better, from several fresh starts; branch and bound over all lowers the bound
further, and ends the search where the fills are the best.

Where there are many packages, most are plainly accepted or rejected at these prices. What the
prices say is mended until it fits; then the few groups that the prices do not decide are searched
like a small book, the others staying; then the search goes over all.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Integers
from yaosu.markets.mechanisms.indivisible_book import Choices, relaxed
from yaosu.markets.mechanisms.indivisible_bound import scale_for
from yaosu.markets.mechanisms.indivisible_branch import (
    WHOLE,
    branch,
    search_for,
    tree_nodes_for,
)
from yaosu.markets.mechanisms.indivisible_core import Prices, levels_at, may_be_branched, priced
from yaosu.markets.mechanisms.indivisible_moves import (
    NONE,
    Groups,
    Walk,
    mend,
    restart,
    walk_from,
    wander,
)
from yaosu.markets.mechanisms.indivisible_near import choose_parts
from yaosu.markets.mechanisms.indivisible_part import Core, core_at, fits, levels_said
from yaosu.markets.mechanisms.indivisible_propagate import by_row
from yaosu.markets.mechanisms.indivisible_root import pivot_cost
from yaosu.markets.mechanisms.indivisible_simplex import (
    Floats,
    Options,
    basis_at,
    basis_for,
)

SEED = 20_261_122
ROUNDS = 30
FIRST, WALK = 100, 3  # of the work, as its inverse: walk and branches at first; the walk later
WALK_ONCE = 2  # the same, where there is one start
TURNS, TURN_EACH = 12, 200_000  # fresh starts; moves of the same cost for each group in one
WALK_ALONE = 150  # groups
SHARE_ALONE = 8  # of what then is left, as its inverse: fresh starts where the walk goes alone
PIVOTS_EACH = 400  # of a group; where there are not so many, branches are dear
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
    for stage in search(choices.groups, prices, effort * WEIGHINGS):
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


def search(groups: Groups, prices: Prices, work: int) -> Iterator[Stage]:
    """Better and better choices, and at last the end.

    Args:
        prices: with a known bound, and a choice to begin from, which need not fit.
        work: moves that may be weighed, or other work of the same cost.
    """
    top = (1 << 60) // (int(np.abs(groups.amount).sum()) + 1)
    nothing = np.full(len(prices.start), NONE, np.int64)
    walk = walk_from(groups, nothing, np.minimum(prices.weight, top), SEED)
    restart(groups, walk, prices.start)
    one = _Searching(groups, prices, walk, top, min(prices.work, work // 2))
    if prices.options is None:
        mend(groups, walk, (work - one.spent) // 4, top)
        walk.weight[:] = np.minimum(prices.weight, top)
        one.count_moves()
        one.keep(walk.best, int(walk.worth[1]))
        yield one.stage()
        assert prices.guide is not None, "a large book has prices without cuts"
        one.decide_core(prices.guide, (work - one.spent) // 2)
    left = work - one.spent
    yield from one.wander(left // FIRST)  # first a little of both: small books end there
    one.branch(left // FIRST)
    if not one.is_closed:
        yield from one.start_anew(one.work_of_starts(work - one.spent))
        one.branch(work - one.spent)
    yield one.stage()


class _Searching:
    """A search on its way: what it has found and done, and each of the ways it goes on."""

    def __init__(self, groups: Groups, prices: Prices, walk: Walk, top: int, spent: int) -> None:
        self.groups, self.prices, self.walk, self.top = groups, prices, walk, top
        self.best = Best(np.full(len(prices.start), NONE, np.int64), 0)
        self.bound, self.spent, self.walked = prices.bound, spent, 0
        self.nodes, self.steps = 0, 0

    @property
    def is_closed(self) -> bool:
        """Whether nothing better can be."""
        return self.bound == self.best.worth

    def stage(self) -> Stage:
        """What to tell."""
        steps = self.steps + int(self.walk.counts[2])
        return Stage(self.best, self.bound, self.nodes, steps, self.spent)

    def keep(self, choice: Integers, worth: int) -> bool:
        """Whether this choice is the best so far; it is kept then."""
        if worth <= self.best.worth:
            return False
        self.best = Best(choice.copy(), worth)
        return True

    @cached_property
    def level(self) -> Floats:
        """Of every option and of "none", where the relaxation stands; for parts alone."""
        return levels_at(self.groups, self.prices)

    def count_moves(self) -> None:
        """Add what the walk has weighed since."""
        self.spent += int(self.walk.counts[3]) - self.walked
        self.walked = int(self.walk.counts[3])

    def wander(self, moves: int) -> Iterator[Stage]:
        """Walk on from where the walk is."""
        start, weight = self.prices.start, self.prices.weight
        for _ in _wander_in_rounds(self.groups, self.walk, start, weight, self.top, moves):
            self.count_moves()
            if self.keep(self.walk.best, int(self.walk.worth[1])):
                yield self.stage()

    def start_anew(self, work: int) -> Iterator[Stage]:
        """Walk from the beginning and let parts choose anew, in turns; the last from the best.

        Where a part would be most of the book, the walk alone is better.
        """
        many = len(self.prices.start)
        turns = min(max(work // (TURN_EACH * many + 1), 1), TURNS)
        if many <= WALK_ALONE:
            for turn in range(turns):
                self.walk_afresh(SEED + turn + 1)
                yield from self.wander(work // turns)
            return
        for turn in range(turns):
            choice, before = self.best.choice, self.spent
            if turn == 0 or turn < turns - 1:
                if turn:
                    self.walk_afresh(SEED + turn)
                yield from self.wander(work // turns // (WALK if turns > 1 else WALK_ONCE))
                choice = self.walk.best if turns > 1 else self.best.choice
            left = work // turns - (self.spent - before)
            if self.best.worth:
                yield from self.choose_parts(choice, left, SEED + turn)
            else:  # parts cannot begin from nothing
                yield from self.wander(left)

    def walk_afresh(self, seed: int) -> None:
        """Another walk, from the beginning."""
        self.steps += int(self.walk.counts[2])
        nothing = np.full(len(self.prices.start), NONE, np.int64)
        first = np.minimum(self.prices.weight, self.top)
        self.walk, self.walked = walk_from(self.groups, nothing, first, seed), 0
        restart(self.groups, self.walk, self.prices.start)

    def choose_parts(self, choice: Integers, work: int, seed: int) -> Iterator[Stage]:
        """Let parts choose anew, from a choice."""
        before = self.spent
        for near in choose_parts(self.groups, choice, self.level, work, seed):
            self.spent = before + min(near.work, work)
            if self.keep(near.best, near.best_worth):
                yield self.stage()

    def work_of_starts(self, work: int) -> int:
        """What fresh starts get of this work; where branches are dear, all of it."""
        options, many = self.prices.options, len(self.prices.start)
        if options is None:
            return work
        if many <= WALK_ALONE:
            return max(work // SHARE_ALONE, min(work // 2, TURN_EACH * many))
        return work // 2 if work >= PIVOTS_EACH * many * pivot_cost(options) else work

    def branch(self, work: int) -> None:
        """Branch and bound; nothing where the book is too large."""
        options = self.prices.options
        if options is None:
            return
        best, bound, nodes, spent = branch_on(
            self.groups, options, self.best, work, self.prices.basis
        )
        self.keep(best.choice, best.worth)
        self.bound = max(min(self.bound, bound), self.best.worth)
        self.nodes += nodes
        self.spent += min(spent, work)

    def decide_core(self, price: Floats, work: int) -> None:
        """Go on from what is best for the groups that prices do not decide."""
        groups, walk = self.groups, self.walk
        core = core_at(groups, price, MARGINAL_EACH * len(groups.rhs) + MARGINAL_LEAST)
        if not len(core.groups.first) > 1:
            return
        best, nodes = best_inside(core, walk.best, price, work)
        restart(groups, walk, core.whole(best.choice))
        if walk.counts[0] > 0:  # nothing inside fits what is outside
            restart(groups, walk, walk.best.copy())
        self.keep(walk.best, int(walk.worth[1]))
        self.nodes += nodes
        self.spent += work


def best_inside(core: Core, choice: Integers, price: Floats, work: int) -> tuple[Best, int]:
    """The best choice of a core, from where the whole stands, and the nodes looked at."""
    inner = core.groups
    weight = price.astype(np.int64) + 1
    top = (1 << 60) // (int(np.abs(inner.amount).sum()) + int(np.abs(inner.rhs).sum()) + 1)
    chosen = choice[core.inside]  # from the whole to the core: where each stands there
    start = np.where(chosen >= 0, np.searchsorted(core.option, chosen), NONE)
    one = walk_from(inner, np.full(len(start), NONE, np.int64), np.minimum(weight, top), SEED)
    if one.counts[0] > 0:
        one.worth[1] = LOWEST
    restart(inner, one, start)
    mend(inner, one, work // 16, top)
    one.weight[:] = np.minimum(weight, top)
    for _ in _wander_in_rounds(inner, one, start, weight, top, work // 8):
        pass
    best, nodes = Best(one.best.copy(), int(one.worth[1])), 0
    if best.worth == LOWEST:
        return best, nodes
    for near in choose_parts(inner, best.choice, levels_said(inner, price), work // 2, SEED):
        best = Best(near.best, near.best_worth)
    if may_be_branched(inner):
        best, _, nodes, _ = branch_on(inner, relaxed(inner), best, work // 4, None)
    return best, nodes


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


def branch_on(
    groups: Groups,
    options: Options,
    best: Best,
    work: int,
    stands: tuple[Integers, Integers] | None,
) -> tuple[Best, int, int, int]:
    """A better choice if there is one, the bound in ticks, nodes looked at, and the work done.

    Args:
        stands: key of each group and column of each row of a basis of the relaxation, settled.
    """
    many, groups_many, rows = len(options.value), len(options.first) - 1, len(options.rhs)
    if not many:
        return best, best.worth, 0, 0
    capacity = max(NODE_BYTES // (4 * (groups_many + rows) + many + groups_many), 64)
    nodes = tree_nodes_for(options, min(capacity, 300_000))
    search = search_for(options, best.choice, float(best.worth))
    basis, pivots = basis_at(options, stands), work // pivot_cost(options) + 1
    branch(options, by_row(options), basis, basis_for(options), nodes, search, 1 << 40, pivots)
    total = float(search.bound[0])
    found = search.choice if fits(groups, search.choice) else best.choice
    worth = int(groups.value[found[found >= 0]].sum())
    bound = worth if total <= worth + WHOLE else int(total + max(1e-6, total * 1e-12))
    spent = int(search.counts[1]) * pivot_cost(options)
    return Best(found, worth), max(bound, worth), int(search.counts[0]), spent

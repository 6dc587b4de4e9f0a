"""The price rule "nearest": among equilibrium prices those nearest to the reference prices.

Least sum of |price - reference| over the regions that have a reference, then the lowest such
vector. A second, tiny problem of the same kind: one lot bought and one sold at each reference.
"""

from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.markets.mechanisms.call_face import Face, settle_open
from yaosu.markets.mechanisms.call_interval import OWN, Constraints, Interval
from yaosu.markets.mechanisms.call_prices import descend_blocks, first_steps, push_bounds
from yaosu.markets.mechanisms.call_problem import Problem

PULL_MAX = 2**40


class Nearest(NamedTuple):
    """Nearest prices and their proof.

    Attributes:
        prices: ticks, (N,).
        pull: how much each region's reference pulls, -1 down, +1 up, 0 at rest, (N,).
        push: how hard each difference constraint pushes, >= 0, (2L,); only where it is tight.
        low_by: the row that keeps each price from being lower, or OWN, (N,).
    """

    prices: Integers
    pull: Integers
    push: Integers
    low_by: Integers


def nearest_prices(
    problem: Problem, constraints: Constraints, interval: Interval, given: Array, wanted: Integers
) -> Nearest:
    """Find them.

    Args:
        given: which regions have a reference; wanted: that reference, ticks.
    """
    rows = np.flatnonzero(constraints.target >= 0)
    source, target = constraints.source[rows], constraints.target[rows]
    weight = constraints.weight[rows]
    prices = np.clip(np.where(given, wanted, interval.low), interval.low, interval.high)
    push_bounds(prices, target, source, -weight, 1)  # into the set, if upwards
    lots = np.repeat(given.astype(np.int64), 2)
    in_blocks = np.argsort(problem.block[source], kind="stable")
    descend_blocks(
        prices,
        interval.low,
        interval.high,
        first_steps(problem.by_block(interval.high - interval.low).max(axis=1, initial=0)),
        2,
        np.arange(2 * len(wanted) + 1),
        np.repeat(wanted, 2),
        np.concatenate([np.zeros(1, np.int64), np.cumsum(lots)]),
        np.zeros(len(wanted), np.int64),
        np.searchsorted(problem.block[source][in_blocks], np.arange(len(problem.instruments) + 1)),
        source[in_blocks] % problem.regions,
        target[in_blocks] % problem.regions,
        np.full(len(rows), PULL_MAX, np.int64),
        weight[in_blocks],
    )
    pull, used = _pushes(problem, constraints, prices, given, wanted, rows)
    push = np.zeros(len(constraints.target), np.int64)
    push[rows] = used
    least, again = nearest_bounds(constraints, prices, given, wanted, pull, push)
    low_by = push_bounds(least, again.target, again.source, -again.weight, 1)
    named: Array = np.append(again.named, OWN)
    return Nearest(least, pull, push, named[low_by])


class Bounds(NamedTuple):
    """Difference constraints price[target] - price[source] <= weight, with row names."""

    source: Integers
    target: Integers
    weight: Integers
    named: Integers


def nearest_bounds(
    constraints: Constraints,
    prices: Integers,
    given: Array,
    wanted: Integers,
    pull: Integers,
    push: Integers,
) -> tuple[Integers, Bounds]:
    """What every vector as near must satisfy: lower bounds, and difference constraints.

    A constraint that pushes is an equality; named 2L + k when it holds backwards.
    """
    rest = nearest_rest(constraints, pull, push)
    least = constraints.least.copy()
    least = np.where(given & (pull <= 0), np.maximum(least, wanted), least)
    least = np.where(rest > 0, np.maximum(least, constraints.most), least)
    rows = np.flatnonzero(constraints.target >= 0)
    back = np.flatnonzero(push > 0)
    return least, Bounds(
        np.concatenate([constraints.source[rows], constraints.target[back]]),
        np.concatenate([constraints.target[rows], constraints.source[back]]),
        np.concatenate([constraints.weight[rows], -constraints.weight[back]]),
        np.concatenate([rows, len(constraints.target) + back]),
    )


def nearest_rest(constraints: Constraints, pull: Integers, push: Integers) -> Integers:
    """What keeps each region from moving besides references and differences: > 0 its upper
    bound, < 0 its lower bound, 0 nothing."""
    rest = pull.copy()
    rows = np.flatnonzero(push > 0)
    np.subtract.at(rest, constraints.target[rows], push[rows])
    np.add.at(rest, constraints.source[rows], push[rows])
    return rest


def _pushes(
    problem: Problem,
    constraints: Constraints,
    prices: Integers,
    given: Array,
    wanted: Integers,
    rows: Integers,
) -> tuple[Integers, Integers]:
    """Pulls and pushes that hold the prices: forces as flows, bounds as one price-taker a block."""
    nodes, blocks = len(prices), len(problem.instruments)
    source, target = constraints.source[rows], constraints.target[rows]
    is_tight = prices[target] - prices[source] == constraints.weight[rows]
    at_most = np.flatnonzero(prices == constraints.most)
    at_least = np.flatnonzero(prices == constraints.least)
    wall = nodes + problem.block
    least = np.where(given, np.where(prices < wanted, 1, -1), 0)
    span = np.where(given & (prices == wanted), 2, 0)
    room = np.concatenate(
        [
            np.where(is_tight, PULL_MAX, 0),
            np.full(len(at_most) + len(at_least), PULL_MAX),
        ]
    )
    walls = np.zeros(blocks, np.int64)
    zero = np.zeros(nodes + blocks, np.int64)
    face = Face(
        np.concatenate([least, walls]),
        zero,
        zero,
        np.concatenate([span, walls]),
        zero,
        np.zeros_like(room),
        room,
    )
    force = Forces(
        np.concatenate([problem.block, np.arange(blocks)]),
        np.concatenate([target, at_most, wall[at_least]]),
        np.concatenate([source, wall[at_most], at_least]),
        np.arange(nodes + blocks) >= nodes,
    )
    settled = settle_open(force, face)
    return least + settled.sold[:nodes], settled.flow[: len(rows)]


class Forces(NamedTuple):
    """What `settle_open` reads of a problem."""

    block: Integers
    source: Integers
    target: Integers
    is_taker: Array

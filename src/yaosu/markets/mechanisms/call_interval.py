"""The interval: lowest and highest price of each region, and the forests that prove them.

All equilibrium price vectors form a set given by bounds on single prices and on differences; its
lowest and highest member are found by shortest paths, and the constraint that fixes each price is
its proof.
"""

from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.markets.mechanisms.call_prices import push_bounds
from yaosu.markets.mechanisms.call_problem import NONE, Positions, Problem

NOWHERE = -2
OWN = -1  # a price fixed by its region's own orders, the band or a given price
MISSING = 2**62


class Constraints(NamedTuple):
    """What a price vector must satisfy to support given fills and flows.

    Attributes:
        least, most: ticks, shape (N,).
        source, target, weight: price[target] - price[source] <= weight, shape (2L,): row k is
            link k while it has room, row L + k is link k, backwards, while it is used; a
            constraint that does not hold has target -1.
    """

    least: Integers
    most: Integers
    source: Integers
    target: Integers
    weight: Integers


class Interval(NamedTuple):
    """Prices low and high, and the row of the constraint that fixes each (or OWN), shape (N,)."""

    low: Integers
    high: Integers
    low_by: Integers
    high_by: Integers


def constraints_of(
    problem: Problem,
    positions: Positions,
    prices: Integers,
    sold: Integers,
    bought: Integers,
    flow: Integers,
    capacity: Integers,
) -> Constraints:
    """The constraints, from any equilibrium prices and the fills and flows."""
    below = np.maximum(
        positions.sell_below,  # sold: not below its limit
        positions.buy_below,  # not bought: the price must not fall under its limit
    )
    above = np.minimum(_or_missing(positions.buy_above), _or_missing(positions.sell_above))
    at_least = (sold > 0) | (bought < positions.buys_at)
    at_most = (bought > 0) | (sold < positions.sells_at)
    least = np.where(at_least, prices, below)
    most = np.where(at_most, prices, above)
    least = np.where(problem.is_taker, problem.taken_price, np.maximum(least, problem.lowest))
    most = np.where(problem.is_taker, problem.taken_price, np.minimum(most, problem.highest))
    return Constraints(least, most, *link_constraints(problem, flow, capacity))


def link_constraints(
    problem: Problem, flow: Integers, capacity: Integers
) -> tuple[Integers, Integers, Integers]:
    """Rows of difference constraints; see `Constraints`."""
    has_room, is_used = flow < capacity, flow > 0
    source = np.concatenate([problem.source, problem.target])
    target = np.concatenate([problem.target, problem.source])
    weight = np.concatenate([problem.cost, -problem.cost])
    return source, np.where(np.concatenate([has_room, is_used]), target, OWN), weight


def _or_missing(limits: Integers) -> Integers:
    return np.where(limits == NONE, MISSING, limits)


def interval_of(constraints: Constraints) -> Interval:
    """Lowest and highest prices with their forests."""
    rows = np.flatnonzero(constraints.target >= 0)
    source, target = constraints.source[rows], constraints.target[rows]
    weight = constraints.weight[rows]
    low, high = constraints.least.copy(), constraints.most.copy()
    low_by = push_bounds(low, target, source, -weight, 1)
    high_by = push_bounds(high, source, target, weight, -1)
    assert (low <= high).all(), "no price supports the fills"
    named: Array = np.append(rows, OWN)
    return Interval(low, high, named[low_by], named[high_by])


def rule_prices(rule: str, interval: Interval) -> Integers:
    """The price vector that the rule names; mid is rounded down."""
    if rule == "low":
        return interval.low
    if rule == "high":
        return interval.high
    return (interval.low + interval.high) >> 1


def rows_by_instrument(problem: Problem, rows: Integers) -> Integers:
    """Rows of constraints over all links, named within their instrument, as published.

    With L links of the instrument, row k of all becomes row k of its own: forwards 0..L,
    backwards L..2L, and so on for what holds both ways; OWN stays.

    Args:
        rows: of each node, (N,).
    """
    every = len(problem.links)
    block = problem.block
    begin = problem.link_starts[block]
    own = problem.link_starts[block + 1] - begin
    kind, link = np.divmod(np.maximum(rows, 0), max(every, 1))
    return np.where(rows == OWN, OWN, kind * own + link - begin)


def rows_over_all(problem: Problem, rows: Integers) -> Integers:
    """The reverse of `rows_by_instrument`; NOWHERE for names that mean no row."""
    block = problem.block
    begin = problem.link_starts[block]
    own = problem.link_starts[block + 1] - begin
    kind, link = np.divmod(rows, np.maximum(own, 1))
    is_row = (rows >= 0) & (rows < 4 * own)
    over_all = kind * len(problem.links) + begin + link
    return np.where(rows == OWN, OWN, np.where(is_row, over_all, NOWHERE))

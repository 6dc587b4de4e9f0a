"""Curves of nodes with exact prices: what each supplies, net, at which marginal cost.

All orders of a node, bids and offers, in the order of their limits: its net supply begins at less
all its bids, and each step adds the lots of one limit, bids left out or offers taken.
"""

from bisect import bisect_right
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.markets.mechanisms.call_prices import rows_up_to
from yaosu.markets.mechanisms.call_problem import Problem

Number = int | Fraction


class Curve(NamedTuple):
    """Steps of one node: limits rising, lots of each, net supply at the end of each."""

    limits: list[int]
    lots: list[int]
    ends: list[int]
    begin: int

    def step_at(self, net: Number) -> int:
        """The step that supplies the next lot above ``net``; the count of steps at the end."""
        return bisect_right(self.ends, net)

    def bounds(self, net: Number, lowest: int, highest: int) -> tuple[int, int]:
        """Prices at which the node supplies just this."""
        step = self.step_at(net)
        begin = self.ends[step - 1] if step else self.begin
        if net > begin:
            return self.limits[step], self.limits[step]
        least = self.limits[step - 1] if step else lowest
        most = self.limits[step] if step < len(self.limits) else highest
        return least, most


def curves_of(problem: Problem) -> list[Curve]:
    """The curve of each node."""
    curves = []
    starts = problem.starts.tolist()
    for node in range(len(problem.is_taker)):
        begin, end = starts[2 * node], starts[2 * node + 2]
        bids = int(problem.sums[starts[2 * node + 1]] - problem.sums[begin])
        lots = problem.lots[begin:end]
        limits, place = np.unique(problem.limits[begin:end][lots > 0], return_inverse=True)
        sizes = np.zeros(len(limits), np.int64)
        np.add.at(sizes, place, lots[lots > 0])
        ends = np.cumsum(sizes) - bids
        curves.append(Curve(limits.tolist(), sizes.tolist(), ends.tolist(), -bids))
    return curves


class Ends(NamedTuple):
    """By node, at an exact price: places and lots of orders at the price or better.

    Attributes:
        buy_from: the first bid whose limit reaches the price; bids lie ascending.
        sell_to: the end of the offers whose limit lies at the price or below.
        bought, sold: lots of both.
    """

    buy_from: list[int]
    sell_to: list[int]
    bought: list[int]
    sold: list[int]


def ends_at(problem: Problem, prices: list[Number]) -> Ends:
    """Who would trade at these prices, at most."""
    starts, sums = problem.starts.tolist(), problem.sums
    ends = Ends([], [], [], [])
    for node, price in enumerate(prices):
        begin, middle, end = starts[2 * node : 2 * node + 3]
        buy = int(rows_up_to(problem.limits, begin, middle, -(-price // 1) - 1))
        sell = int(rows_up_to(problem.limits, middle, end, price // 1))
        ends.buy_from.append(buy)
        ends.sell_to.append(sell)
        ends.bought.append(int(sums[middle] - sums[buy]))
        ends.sold.append(int(sums[sell] - sums[middle]))
    return ends


def worth_below(problem: Problem) -> Integers:
    """Limit times lots added up over places, n + 1 entries; orders are checked to fit."""
    worth = np.zeros(len(problem.lots) + 1, np.int64)
    np.cumsum(problem.limits * problem.lots, out=worth[1:])
    return worth


def gains_at(problem: Problem, prices: list[Number], ends: Ends) -> Number:
    """What all orders could gain at these prices."""
    worth = worth_below(problem)
    starts = problem.starts.tolist()
    gain: Number = 0
    for node, price in enumerate(prices):
        middle = starts[2 * node + 1]
        buys = int(worth[middle] - worth[ends.buy_from[node]])
        sells = int(worth[ends.sell_to[node]] - worth[middle])
        gain += buys - sells - price * (ends.bought[node] - ends.sold[node])
    return gain

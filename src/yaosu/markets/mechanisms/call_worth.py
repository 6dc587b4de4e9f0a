"""Worth: welfare counted from fills, and its bound counted from prices, exactly."""

import numpy as np

from yaosu.kernel.columns import Array, Columns, Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.call_curves import Book
from yaosu.markets.mechanisms.call_cut import send
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_prices import rows_up_to
from yaosu.markets.mechanisms.call_problem import Problem, region_prices
from yaosu.markets.orders import Orders, exact_dot


def primal_of(
    orders: Orders,
    parameters: CallParameters,
    book: Book,
    problem: Problem,
    lots: Integers,
    flows: Columns,
) -> int:
    """Worth of what is bought less worth of what is sold less cost and fees of links.

    What price-takers take in or give out counts at their price.
    """
    worth = worth_of_fills(orders.side, orders.price, lots) - sum(flows["cost"].tolist())
    worth -= sum(flows["fee"].tolist() if "fee" in flows else ())
    if not parameters.price_takers:
        return int(worth)
    left = balances(orders, book, problem, lots, flows["lots"])
    place = {name: i for i, name in enumerate(book.regions)}
    given, price = region_prices(parameters.price_takers, book.instruments, place)
    for r in np.flatnonzero(given).tolist():
        worth += int(price[r]) * int(left[r])
    return int(worth)


@compiled
def worth_of_fills(side: Array, price: Integers, lots: Integers) -> int:
    """Sum of side * price * lots; the sum of all |price| * quantity is below 2**62."""
    worth = 0
    for i in range(len(lots)):
        worth += side[i] * price[i] * lots[i]
    return int(worth)


def balances(
    orders: Orders, book: Book, problem: Problem, lots: Integers, flow: Integers
) -> Integers:
    """Lots sold and brought in less lots bought and sent out, by node."""
    left = np.zeros(len(book.instruments) * len(book.regions), np.int64)
    add_sold(book.segment, orders.side, lots, left)
    send(left, problem.source, problem.target, flow)
    return left


@compiled
def add_sold(segment: Array, side: Array, lots: Integers, left: Integers) -> None:
    """Add lots sold, subtract lots bought, at the node of each row."""
    for i in range(len(lots)):
        left[segment[i] >> 1] -= side[i] * lots[i]


def dual_of(book: Book, problem: Problem, prices: Integers, capacity: Integers) -> int:
    """What all orders and links could gain at these prices: no fills can be worth more.

    Args:
        capacity: of each link as the network states it, (L,).
    """
    worth, bought = np.zeros(len(prices), np.int64), np.zeros(len(prices), np.int64)
    gains_inside(prices, book.starts, book.limits, book.lots, book.sums, worth, bought)
    pairs = zip(prices.tolist(), bought.tolist(), strict=True)
    bound = int(worth.sum()) - sum(price * lots for price, lots in pairs if lots)
    rise = np.maximum(prices[problem.target] - prices[problem.source] - problem.cost, 0)
    return int(bound + exact_dot(rise, capacity))


@compiled
def gains_inside(
    prices: Integers,
    starts: Integers,
    limits: Integers,
    lots: Integers,
    sums: Integers,
    worth: Integers,
    bought: Integers,
) -> None:
    """By node, over orders better than the price: worth less cost at their limits, net lots."""
    for r in range(len(prices)):
        begin, middle, end = starts[2 * r], starts[2 * r + 1], starts[2 * r + 2]
        buy = rows_up_to(limits, begin, middle, prices[r])
        sell = rows_up_to(limits, middle, end, prices[r] - 1)
        for i in range(buy, middle):
            worth[r] += limits[i] * lots[i]
        for i in range(middle, sell):
            worth[r] -= limits[i] * lots[i]
        bought[r] = sums[middle] - sums[buy] - (sums[sell] - sums[middle])

"""Who pays what for fills that are decided: at limits, or at one price for each place."""

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Integers
from yaosu.kernel.wide import sum_of_products
from yaosu.markets.mechanisms.package_algebra import values_of
from yaosu.markets.mechanisms.package_book import Book


class Money(Struct, frozen=True):
    """What follows from fills and prices.

    Attributes:
        units: of each row of the book. price: sub-ticks, one a place. scale: sub-ticks in a tick.
        payment: ticks, of each row; below zero where it receives. A link pays what it moves is
            worth more at its end.
        welfare: ticks.
        collected: what packages pay more than others receive, less the cost of links.
    """

    units: Integers
    price: Integers
    scale: int
    payment: Integers
    welfare: int
    collected: int


def money_at_limits(
    book: Book, units: Integers, price: Integers, scale: int, payoff: Integers | None = None
) -> Money:
    """Each accepted package pays its limit, less its payoff if any; links are paid their cost."""
    limit = book.rows.limit.astype(np.int64)
    welfare = welfare_of(limit, units)
    if payoff is None:
        return Money(units, price, scale, limit * units, welfare, welfare)
    left = welfare - int(payoff.sum())
    return Money(units, price, scale, limit * units - payoff, welfare, left)


def money_at_prices(book: Book, units: Integers, price: Integers, scale: int) -> Money:
    """Each accepted package pays for its legs at the prices, and the sum of all is zero.

    Payments are rounded down; a tick more is asked where most was dropped, until all payments
    together are zero. None exceeds the limit, which is in whole ticks.
    """
    rows = book.rows
    value = values_of(rows.starts, rows.place, rows.amount, price)
    due = value * units
    payment, rest = due // scale, due % scale
    missing = -int(payment.sum())
    able = np.flatnonzero(rest > 0)
    able = able[np.argsort(-rest[able], kind="stable")][: max(missing, 0)]
    payment[able] += 1
    links = book.links
    welfare = welfare_of(rows.limit.astype(np.int64), units)
    costs = welfare_of(rows.limit.astype(np.int64)[:links], units[:links])
    collected = int(payment[links:].sum()) + costs
    return Money(units, price, scale, payment, welfare, collected)


def welfare_of(limit: Integers, units: Integers) -> int:
    """The sum of limit times units, exact."""
    above, below = np.maximum(limit, 0), np.maximum(-limit, 0)
    return sum_of_products(above, units) - sum_of_products(below, units)

"""What each order pays and each link earns, to the tick, from fills and prices alone.

Everybody pays at most the limit for what was filled, and at most the price; what is lost by
rounding down is asked, a tick each, from those whose payments were rounded down the most, until
what is paid is what the links earn. So the sum is zero wherever limits allow it.
"""

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Integers
from yaosu.kernel.wide import sum_of_products
from yaosu.markets.mechanisms.package_algebra import values_of
from yaosu.markets.mechanisms.package_book import Book, take_rows
from yaosu.markets.mechanisms.package_exact import Exact, sizes_of
from yaosu.markets.mechanisms.package_smooth import Rows


class Money(Struct, frozen=True):
    """Ticks.

    Attributes:
        surplus: limit less worth of a unit, sub-ticks, one a row.
        unit_price: what a unit pays, rounded down, never above the limit; one a row.
        payment: what each row pays; below zero: receives. Links: minus what they earn.
        rounding: all payments together: what is left to the market's rounding account.
        primal: welfare of the fills, rounded down. dual: what the prices allow, rounded up.
        allowance: how far apart rounding alone may put them.
        margin: how far one part of each order at the margin may, where it could be filled more.
    """

    surplus: Integers
    unit_price: Integers
    payment: Integers
    rounding: int
    primal: int
    dual: int
    allowance: int
    margin: int


def money_of(book: Book, exact: Exact) -> Money:
    """Payments, welfare and bound.

    Cost: passes over the rows, and one selection of remainders.
    """
    rows, subticks = book.rows, exact.subticks
    value = values_of(rows.starts, rows.place, rows.amount, exact.price)
    limit = rows.limit * subticks
    capped = np.minimum(value, limit)
    floor, rest = _floor_payments(capped, exact)
    floor[: book.links], rest[: book.links] = _floor_payments(value, exact, book.links)
    payment = _ask_the_rest(book, exact, floor, rest)
    surplus = limit - value
    top = rows.top.astype(np.int64)
    return Money(
        surplus=surplus,
        unit_price=capped // subticks,
        payment=payment,
        rounding=int(payment.sum()),
        primal=_welfare(rows, exact),
        dual=-(-sum_of_products(np.maximum(surplus, 0), top) // subticks),
        allowance=_allowance(rows, exact, surplus, top),
        margin=_margin(rows, exact, surplus, top),
    )


def _floor_payments(
    value: Integers, exact: Exact, rows: int | None = None
) -> tuple[Integers, Integers]:
    """Value times fill in whole ticks, rounded down, and what was dropped, in sub-ticks."""
    whole, subticks = exact.whole, exact.subticks
    due = value[:rows] * exact.units[:rows]
    floor, rest = due // subticks, due % subticks
    for row in np.flatnonzero(exact.parts[:rows]).tolist():
        filled = int(exact.units[row]) * whole + int(exact.parts[row])
        ticks, dropped = divmod(int(value[row]) * filled, subticks * whole)
        floor[row], rest[row] = ticks, dropped // whole
    return floor, rest


def _ask_the_rest(book: Book, exact: Exact, floor: Integers, rest: Integers) -> Integers:
    """Add a tick where most was dropped, to as many orders as are needed for a sum of zero."""
    missing = -int(floor.sum())
    limit = book.rows.limit * exact.subticks
    most, _ = _floor_payments(limit, exact)
    able = np.flatnonzero((rest > 0) & (most > floor))
    able = able[able >= book.links]
    count = min(max(missing, 0), len(able))
    payment = floor.copy()
    if count:
        ranked = np.lexsort((able, -rest[able]))[:count]
        payment[able[ranked]] += 1
    if missing > count:  # where many pay their limits: whoever gains most gives up a little more
        spare = np.maximum(most - payment, 0)
        spare[: book.links] = 0
        ranked = np.lexsort((np.arange(len(spare)), -spare))
        before = np.cumsum(spare[ranked]) - spare[ranked]
        payment[ranked] += np.clip(missing - count - before, 0, spare[ranked])
    return payment


def _welfare(rows: Rows, exact: Exact) -> int:
    units = exact.units
    total = sum_of_products(np.maximum(rows.limit, 0), units)
    total -= sum_of_products(np.maximum(-rows.limit, 0), units)
    some = np.flatnonzero(exact.parts)
    parts = sum(int(rows.limit[row]) * int(exact.parts[row]) for row in some.tolist())
    return (total * exact.whole + parts) // exact.whole


def _allowance(rows: Rows, exact: Exact, surplus: Integers, top: Integers) -> int:
    """What rounding may cost: half a sub-tick a lot at the margin, and a part of a unit of each
    order that is filled in part; two ticks for the totals."""
    lots = sizes_of(rows)
    near = np.abs(surplus) <= lots
    prices = sum_of_products(lots[near], top[near])
    some = np.flatnonzero(exact.parts)
    _, place, amount = take_rows(some, rows.starts, rows.place, rows.amount)
    parts = sum_of_products(exact.price[place], np.abs(amount))
    return prices // exact.subticks + 4 * parts // (exact.subticks * exact.whole) + 2


def _margin(rows: Rows, exact: Exact, surplus: Integers, top: Integers) -> int:
    """What one more part of each order at the margin is worth, of those that are not full."""
    some = np.flatnonzero((np.abs(surplus) <= sizes_of(rows)) & (exact.units < top))
    _, place, amount = take_rows(some, rows.starts, rows.place, rows.amount)
    worth = sum_of_products(exact.price[place], np.abs(amount))
    return worth // (exact.subticks * exact.whole) + 1

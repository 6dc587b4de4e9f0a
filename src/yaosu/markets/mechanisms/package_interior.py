"""From near the optimum to the optimum: an interior point method on the orders at the margin.

All other orders stay where the smoothed prices put them, filled or not. The smoothed fills balance
and lie strictly inside the limits of the orders at the margin, so the small problem always has an
inner point; its solution balances in the whole market, and the dual over all orders tells how far
from the optimum it can be.

Source: S. Mehrotra, "On the implementation of a primal-dual interior point method" (1992).
"""

import numpy as np
from msgspec import Struct

from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.package_algebra import (
    Floats,
    balance_of,
    dot,
    factor,
    solve_factored,
    surplus_of,
    weighted_squares,
)
from yaosu.markets.mechanisms.package_smooth import Rows

ROUNDS_MAX = 120
NEARLY_ONE = 0.9995
SPENT = 1e-4  # of the precision: from there on only rounding is left
INSIDE = 1e-3  # of the units offered: how far from either end to begin


class Inner(Struct):
    """A point strictly inside.

    Attributes:
        units: filled. room: units not filled, kept apart so that it never vanishes by rounding.
        price: ticks. left: lots left over at each place.
        low, high: multipliers of "no less than nothing" and "no more than offered".
    """

    units: Floats
    room: Floats
    price: Floats
    left: Floats
    low: Floats
    high: Floats


def solve_margin(rows: Rows, left: Floats, units: Floats, price: Floats, precision: float) -> Inner:
    """Fill these rows to the most welfare, out of what the others leave.

    Args:
        rows: the orders at the margin.
        left: lots that all other rows leave at each place (less than zero: what they take).
        units, price: where to begin.
        precision: relative gap at which to end.

    Cost: at most 120 rounds of a pass over the rows and a factor of places^2.
    """
    top = rows.top
    point = _begin(rows, left, units, price)
    for _ in range(ROUNDS_MAX):
        short = left - _taken(rows, point.units) - point.left
        surplus = surplus_of(rows.starts, rows.place, rows.amount, rows.limit, point.price)
        off = surplus - point.high + point.low
        room = point.room
        pairs = 2 * len(top) + rows.places
        mean = (
            dot(point.units, point.low) + dot(room, point.high) + dot(point.price, point.left)
        ) / pairs
        size = 1.0 + abs(dot(rows.limit.astype(np.float64), point.units))
        # what is short counts at its price: that is what it can move the welfare by
        error = pairs * mean + dot(np.abs(short), point.price) + dot(np.abs(off), top)
        if error <= precision * size or pairs * mean <= SPENT * precision * size:
            break
        if not _improve(rows, point, room, short, off, mean):
            break
    return point


def _improve(
    rows: Rows, point: Inner, room: Floats, short: Floats, off: Floats, mean: float
) -> bool:
    """One predictor and corrector step; whether it moved."""
    theta = 1.0 / (point.low / point.units + point.high / room)
    matrix = weighted_squares(rows.starts, rows.place, rows.amount, theta, rows.places)
    diagonal = np.einsum("ii->i", matrix)
    diagonal += point.left / point.price
    factor(matrix)
    nothing = np.zeros(len(room))
    none = np.zeros(rows.places)
    towards = _direction(
        rows, point, room, theta, matrix, short, off, 0.0, (nothing, nothing, none)
    )
    primal, dual = _lengths(point, room, towards)
    units, price, left, low, high = towards
    pairs = 2 * len(room) + rows.places
    after = (
        dot(point.units + primal * units, point.low + dual * low)
        + dot(room - primal * units, point.high + dual * high)
        + dot(point.left + primal * left, point.price + dual * price)
    ) / pairs
    target = mean * (after / mean) ** 3
    twice = (units * low, -units * high, left * price)
    towards = _direction(rows, point, room, theta, matrix, short, off, target, twice)
    primal, dual = _lengths(point, room, towards)
    primal, dual = min(1.0, NEARLY_ONE * primal), min(1.0, NEARLY_ONE * dual)
    units, price, left, low, high = towards
    point.units = point.units + primal * units
    point.room = point.room - primal * units
    point.left = point.left + primal * left
    point.price = point.price + dual * price
    point.low = point.low + dual * low
    point.high = point.high + dual * high
    return primal > 1e-9 or dual > 1e-9


def _direction(
    rows: Rows,
    point: Inner,
    room: Floats,
    theta: Floats,
    matrix: Floats,
    short: Floats,
    off: Floats,
    target: float,
    twice: tuple[Floats, Floats, Floats],
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Newton's direction towards products of ``target``, second-order terms taken off."""
    at_low = target - point.units * point.low - twice[0]
    at_high = target - room * point.high - twice[1]
    at_left = target - point.left * point.price - twice[2]
    rho = off - at_high / room + at_low / point.units
    right = _taken(rows, theta * rho) + at_left / point.price - short
    price = solve_factored(matrix, right)
    worth = -surplus_of(rows.starts, rows.place, rows.amount, np.zeros(len(room), np.int64), price)
    units = theta * (rho - worth)
    low = (at_low - point.low * units) / point.units
    high = (at_high + point.high * units) / room
    left = (at_left - point.left * price) / point.price
    return units, price, left, low, high


def _lengths(
    point: Inner, room: Floats, towards: tuple[Floats, Floats, Floats, Floats, Floats]
) -> tuple[float, float]:
    """How far the fills and the prices may go before one of them meets its end."""
    units, price, left, low, high = towards
    primal = min(_reach(point.units, units), _reach(room, -units), _reach(point.left, left))
    dual = min(_reach(point.price, price), _reach(point.low, low), _reach(point.high, high))
    return min(primal, 1.0), min(dual, 1.0)


def _begin(rows: Rows, left: Floats, units: Floats, price: Floats) -> Inner:
    top = rows.top
    units = np.clip(units, INSIDE * top, (1.0 - INSIDE) * top)
    price = np.maximum(price, 1e-6 * (float(np.max(price, initial=0.0)) or 1.0))
    surplus = surplus_of(rows.starts, rows.place, rows.amount, rows.limit, price)
    # the products at the start: as even as the surpluses at the margin let them be
    even = max(float(np.median(np.abs(surplus))) if len(surplus) else 1.0, 1e-6)
    low = np.maximum(-surplus, 0.0) + even
    high = np.maximum(surplus, 0.0) + even
    product = even * (float(np.median(top)) if len(top) else 1.0)
    over = np.maximum(left - _taken(rows, units), product / price)
    return Inner(units, top - units, price, over, low, high)


def _taken(rows: Rows, units: Floats) -> Floats:
    return balance_of(rows.starts, rows.place, rows.amount, units, rows.places)


@compiled
def _reach(value: Floats, step: Floats) -> float:
    """The longest multiple of the step that leaves every value at zero or above."""
    length = 1e300
    for at in range(len(value)):
        if step[at] < 0.0:
            length = min(length, -value[at] / step[at])
    return length

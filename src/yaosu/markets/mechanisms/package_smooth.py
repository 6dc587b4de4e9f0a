"""Prices near the optimum: Newton steps on a smoothed dual, from a wide band to a narrow one.

The dual of a package market is a sum over orders, D(p) = sum of quantity x max(0, limit - worth at
p), in as many unknowns as there are prices: hundreds, where orders are millions. Smoothed, an
order near zero surplus is filled in part: half at zero, all or nothing at the edge of a band. Then
D has a gradient (supply less demand) and a curvature (from the orders inside the band alone).

Source: Y. Nesterov, "Smooth minimization of non-smooth functions" (2005); D. Bertsekas,
"Projected Newton methods" (1982) for prices that must not fall below zero.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.package_algebra import (
    Floats,
    Places,
    dot,
    factor,
    solve_factored,
    weighted_squares,
)

STEPS_MAX = 60
HALVINGS_MAX = 40
ENOUGH = 1e-4  # of the descent promised
RIDGE = 1e-9  # of the largest curvature: keeps a step finite where nothing is inside the band
PIECES = 8  # sums over many rows are those of so many pieces, added in order, whoever makes them
ROWS_IN_PIECES_MIN = 60_000

Sums = tuple[float, Floats, Floats]  # value, slope, and the lower half of the curvature
Evaluate = Callable[[Floats], Sums]  # the smoothed dual at these prices


class Rows(Struct, frozen=True):
    """Orders and links as sparse rows: row i takes ``amount`` of ``place`` for each unit filled.

    Attributes:
        starts: first leg of each row, and the end.
        place, amount: the legs; negative where the row gives.
        limit: what a unit is worth to its owner, ticks.
        top: units offered.
        places: how many prices there are.
    """

    starts: Integers
    place: Places
    amount: Integers
    limit: Integers
    top: Floats
    places: int

    def first(self, rows: int) -> "Rows":
        """The first rows alone."""
        return self.between(0, rows)

    def between(self, begin: int, end: int) -> "Rows":
        """Some rows alone, from one to before another."""
        first, last = int(self.starts[begin]), int(self.starts[end])
        return Rows(
            self.starts[begin : end + 1] - first,
            self.place[first:last],
            self.amount[first:last],
            self.limit[begin:end],
            self.top[begin:end],
            self.places,
        )


def fitted_prices(rows: Rows) -> Floats:
    """Prices at which limits are worth what they offer, on average: where to begin.

    Least squares of limit on legs, each row weighed by its size.
    """
    sizes = np.add.reduceat(np.abs(rows.amount), rows.starts[:-1])
    weight = 1.0 / np.maximum(sizes, 1).astype(np.float64) ** 2
    squares = weighted_squares(rows.starts, rows.place, rows.amount, weight, rows.places)
    _add_ridge(squares)
    right = _weighted_limits(rows.starts, rows.place, rows.amount, rows.limit, weight, rows.places)
    factor(squares)
    found = solve_factored(squares, right)
    typical = float(np.median(np.abs(found))) or 1.0
    fitted: Floats = np.maximum(found, 1e-3 * typical)
    return fitted


def worth_of(rows: Rows, price: Floats) -> Floats:
    """The size of each row in money, with every leg counted as positive; at least a little."""
    gross = _gross(rows.starts, rows.place, rows.amount, price)
    worth: Floats = np.maximum(gross, 1e-9 * max(float(gross.max(initial=0.0)), 1.0))
    return worth


def pieces_of(rows: int) -> list[tuple[int, int]]:
    """Where each piece of so many rows begins and ends: it depends on their number alone."""
    many = PIECES if rows >= ROWS_IN_PIECES_MIN else 1
    ends = [rows * i // many for i in range(many + 1)]
    return list(pairwise(ends))


def smoothed_piece(rows: Rows, width: Floats, price: Floats) -> Sums:
    """The smoothed dual of one piece, and its derivatives."""
    slope, curve = np.empty(rows.places), np.empty((rows.places, rows.places))
    value = _smoothed(
        rows.starts, rows.place, rows.amount, rows.limit, rows.top, width, price, slope, curve
    )
    return value, slope, curve


def added(pieces: list[Sums]) -> Sums:
    """The sums of all pieces, added in order; the first is changed."""
    value, slope, curve = pieces[0]
    for more, more_slope, more_curve in pieces[1:]:
        value += more
        slope += more_slope
        curve += more_curve
    return value, slope, curve


def smoothed_here(rows: Rows, width: Floats) -> Evaluate:
    """Evaluations in this process, piece by piece."""

    def evaluate(price: Floats) -> Sums:
        total: list[Sums] = []
        for begin, end in pieces_of(len(rows.limit)):
            piece = smoothed_piece(rows.between(begin, end), width[begin:end], price)
            total = [added([*total, piece])]
        return total[0]

    return evaluate


def descend_smoothed(
    rows: Rows,
    width: Floats,
    price: Floats,
    precision: float,
    over: Callable[[Rows, Floats], Evaluate] = smoothed_here,
) -> Floats:
    """The least point of the smoothed dual over prices of zero and more.

    Args:
        width: of the band around zero surplus, ticks, one a row.
        price: where to begin, ticks.
        precision: end when a step promises less than this share of the value.
        over: (rows, width) -> how the dual of these rows is evaluated: here, or by workers.

    Cost: a pass over the rows and a factor of places^2 for each of at most 60 steps.
    """
    evaluate = over(rows, width)
    value, slope, curve = evaluate(price)
    for _ in range(STEPS_MAX):
        step = _newton_step(price, slope, curve)
        promised = -dot(slope, step)
        if promised <= precision * max(abs(value), 1.0):
            break
        length, before = 1.0, value
        for _ in range(HALVINGS_MAX):
            tried = np.maximum(price + length * step, 0.0)
            value, slope, curve = evaluate(tried)
            if value <= before - ENOUGH * length * promised:
                break
            length *= 0.5
        else:
            break
        price = tried
    return price


def smoothed_units(rows: Rows, width: Floats, surplus: Floats) -> Floats:
    """How far each row is filled at these surpluses."""
    return rows.top * np.clip(0.5 + surplus / width, 0.0, 1.0)


def _newton_step(price: Floats, slope: Floats, curve: Floats) -> Floats:
    held = (price <= 0.0) & (slope > 0.0)  # at zero, and supply exceeds demand
    matrix = curve.copy()
    matrix[held, :] = 0.0
    matrix[:, held] = 0.0
    matrix[held, held] = 1.0
    _add_ridge(matrix)
    factor(matrix)
    step = solve_factored(matrix, np.where(held, 0.0, -slope))
    return np.where(held, 0.0, step)


def _add_ridge(matrix: Floats) -> None:
    diagonal = np.einsum("ii->i", matrix)
    largest = float(diagonal.max(initial=0.0)) or 1.0
    diagonal += RIDGE * largest


@compiled
def _smoothed(
    starts: Integers,
    place: Places,
    amount: Integers,
    limit: Integers,
    top: Floats,
    width: Floats,
    price: Floats,
    slope: Floats,
    curve: Floats,
) -> float:
    """Value of the smoothed dual; fills its slope and the lower half of its curvature."""
    places = len(price)
    for one in range(places):
        slope[one] = 0.0
        for two in range(places):
            curve[one, two] = 0.0
    value = 0.0
    for row in range(len(limit)):
        surplus = 1.0 * limit[row]
        for leg in range(starts[row], starts[row + 1]):
            surplus -= amount[leg] * price[place[leg]]
        share = 0.5 + surplus / width[row]
        if share <= 0.0:
            continue
        if share >= 1.0:
            filled = top[row]
            value += filled * surplus
        else:
            filled = top[row] * share
            value += 0.5 * filled * share * width[row]
            bent = top[row] / width[row]
            for leg in range(starts[row], starts[row + 1]):
                part = bent * amount[leg]
                one = place[leg]
                for other in range(starts[row], leg + 1):
                    two = place[other]
                    if two <= one:
                        curve[one, two] += part * amount[other]
                    else:
                        curve[two, one] += part * amount[other]
        for leg in range(starts[row], starts[row + 1]):
            slope[place[leg]] -= amount[leg] * filled
    return value


@compiled
def _gross(starts: Integers, place: Places, amount: Integers, price: Floats) -> Floats:
    rows = len(starts) - 1
    gross = np.zeros(rows)
    for row in range(rows):
        for leg in range(starts[row], starts[row + 1]):
            gross[row] += abs(amount[leg]) * price[place[leg]]
    return gross


@compiled
def _weighted_limits(
    starts: Integers,
    place: Places,
    amount: Integers,
    limit: Integers,
    weight: Floats,
    places: int,
) -> Floats:
    total = np.zeros(places)
    for row in range(len(limit)):
        for leg in range(starts[row], starts[row + 1]):
            total[place[leg]] += weight[row] * amount[leg] * limit[row]
    return total

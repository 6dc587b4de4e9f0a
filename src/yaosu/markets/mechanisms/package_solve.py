"""Optimal fills and prices of a package auction, in floats, to a relative gap of 1e-10 or better.

A sample of the orders gives prices near the optimum; a few smoothed steps over all orders bring
them so near that most orders are plainly in or out; the rest, the margin, is solved by an interior
point method, and whoever turns out to be on the wrong side joins the margin of the next round.
"""

from collections.abc import Callable

import numpy as np
from msgspec import Struct

from yaosu.markets.mechanisms.package_algebra import (
    Floats,
    balance_of,
    dot,
    surplus_of,
)
from yaosu.markets.mechanisms.package_book import take_rows
from yaosu.markets.mechanisms.package_interior import solve_margin
from yaosu.markets.mechanisms.package_smooth import (
    Evaluate,
    Rows,
    descend_smoothed,
    fitted_prices,
    smoothed_here,
    smoothed_units,
    worth_of,
)

SAMPLE_ROWS = 40_000
SAMPLE_SHARE = 12  # of the rows, where that is more
WIDTHS = (0.6, 0.2, 0.08)  # of the band, as a share of an order's worth
WIDTH_LAST = 0.04
WIDTH_MANY = 0.015  # the last one, where there are many rows
MANY_ROWS = 300_000
MARGIN = 1.5  # of the band: wide enough that one round is mostly enough
ROUNDS_MAX = 12
PRECISION = 1e-11
GAP = 1e-10  # relative; the promise is 1e-9


class Solved(Struct, frozen=True):
    """Where the search ended.

    Attributes:
        price: ticks, one a place.
        units: filled, one a row.
        margin: whether a row was neither plainly in nor plainly out.
        gap: dual less primal, relative to the dual.
    """

    price: Floats
    units: Floats
    margin: np.ndarray
    gap: float


def solve_rows(
    rows: Rows, links: int, over: Callable[[Rows, Floats], Evaluate] = smoothed_here
) -> Solved:
    """The most welfare over fills within what is offered, nothing taken that is not given.

    Args:
        rows: links first, then packages in an order that says nothing about them.
        links: how many of the rows are links.
        over: how the dual of all rows is evaluated, see `descend_smoothed`.

    Cost: some ten passes over all rows, forty factors of places^2, passes over the margin.
    """
    if not len(rows.limit):
        return Solved(np.zeros(rows.places), rows.top, np.zeros(0, bool), 0.0)
    sample = _sample(rows, links)
    price = fitted_prices(sample)
    worth = worth_of(sample, price)
    for width in WIDTHS:
        price = descend_smoothed(sample, width * worth, price, 1e-4)
    width = WIDTH_MANY if len(rows.limit) > MANY_ROWS else WIDTH_LAST
    band = width * worth_of(rows, price)
    price = descend_smoothed(rows, band, price, 1e-6, over)
    surplus = surplus_of(rows.starts, rows.place, rows.amount, rows.limit, price)
    units = smoothed_units(rows, band, surplus)
    margin = np.abs(surplus) < MARGIN * band
    best = Solved(price, units, margin, np.inf)
    for tried in range(ROUNDS_MAX):
        price, units = _settle_margin(rows, margin, units, price)
        surplus = surplus_of(rows.starts, rows.place, rows.amount, rows.limit, price)
        gap = _gap(rows, units, surplus)
        if gap < best.gap:
            best = Solved(price, units, margin, gap)
        if best.gap <= GAP or margin.all():
            break
        wrong = ((surplus > 0.0) & (units < rows.top)) | ((surplus < 0.0) & (units > 0.0))
        margin = wrong | (np.abs(surplus) < band * 2.0 ** (tried - 1))
    return best


def _settle_margin(
    rows: Rows, margin: np.ndarray, units: Floats, price: Floats
) -> tuple[Floats, Floats]:
    chosen = np.flatnonzero(margin)
    starts, place, amount = take_rows(chosen, rows.starts, rows.place, rows.amount)
    some = Rows(starts, place, amount, rows.limit[chosen], rows.top[chosen], rows.places)
    rest = np.where(margin, 0.0, np.where(units > 0.5 * rows.top, rows.top, 0.0))
    left = -balance_of(rows.starts, rows.place, rows.amount, rest, rows.places)
    found = solve_margin(some, left, units[chosen], price, PRECISION)
    rest[chosen] = found.units
    return found.price, rest


def _gap(rows: Rows, units: Floats, surplus: Floats) -> float:
    """How far the fills may be from the best, by the dual; what is short counts in full."""
    primal = dot(rows.limit.astype(np.float64), units)
    dual = dot(np.maximum(surplus, 0.0), rows.top)
    taken = balance_of(rows.starts, rows.place, rows.amount, units, rows.places)
    offered = balance_of(rows.starts, rows.place, np.abs(rows.amount), units, rows.places)
    short = float(np.max(taken / np.maximum(offered, 1.0), initial=0.0))
    return abs(dual - primal) / max(dual, 1.0) + max(short, 0.0)


def _sample(rows: Rows, links: int) -> Rows:
    """The links and the first packages; links carry as much less as there are fewer packages."""
    many = len(rows.limit) - links
    few = min(many, max(SAMPLE_ROWS, many // SAMPLE_SHARE))
    if few == many:
        return rows
    first = rows.first(links + few)
    top = first.top.copy()
    top[:links] *= few / many
    return Rows(first.starts, first.place, first.amount, first.limit, top, first.places)

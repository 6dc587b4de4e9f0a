"""The problem of one instrument: its curves, its links, and what its prices leave open."""

from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.kernel.compiled import compiled
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.mechanisms.call_curves import Book
from yaosu.markets.mechanisms.call_parameters import EVERY, CallParameters, RegionPrice
from yaosu.markets.mechanisms.call_prices import rows_up_to
from yaosu.markets.network import Network

NONE = -(2**62)  # stands for "no such limit" in tables of positions
CAPACITY_SUM_MAX = 2**60


class Problem(NamedTuple):
    """One instrument over R regions and L links.

    Attributes:
        instrument: its name.
        starts, limits, lots, sums: the book's curves; starts cut to this instrument, 2R + 1.
        links: rows of the network's links that carry the instrument.
        source, target, capacity, cost: of these links; capacities cut to what can flow at all.
        is_taker, taken_price: regions whose price is given, and that price.
        lowest, highest: bounds within which every price of a region is looked for.
    """

    instrument: str
    starts: Integers
    limits: Integers
    lots: Integers
    sums: Integers
    links: Integers
    source: Integers
    target: Integers
    capacity: Integers
    cost: Integers
    is_taker: Array
    taken_price: Integers
    lowest: Integers
    highest: Integers


def problems_of(book: Book, network: Network, parameters: CallParameters) -> list[Problem]:
    """One problem an instrument, in order of their names."""
    place = {name: i for i, name in enumerate(network.regions)}
    source = np.array([place[n] for n in network.source.values] or [0], np.int64)
    target = np.array([place[n] for n in network.target.values] or [0], np.int64)
    source, target = source[network.source.codes], target[network.target.codes]
    check_region_prices(parameters, network)
    if parameters.price_band is not None:
        _check_band(book, parameters)
    problems = []
    for i, name in enumerate(book.instruments):
        links = links_of(network, name)
        starts = book.starts[2 * i * len(place) : 2 * (i + 1) * len(place) + 1]
        is_taker, taken = region_prices(parameters.price_takers, name, place)
        total = int(book.sums[starts[-1]] - book.sums[starts[0]])
        capacity = network.capacity[links]
        if is_taker.any():
            most = sum(capacity.tolist())
            refuse_unless(
                most < CAPACITY_SUM_MAX,
                "markets.value_overflow",
                what="the sum of capacities beside price-takers",
                value=str(most),
                limit=str(CAPACITY_SUM_MAX),
            )
        else:
            capacity = np.minimum(capacity, total + 1)
        low, high = outer_bounds(book, starts, is_taker, taken, parameters)
        problems.append(
            Problem(
                name,
                starts,
                book.limits,
                book.lots,
                book.sums,
                links,
                source[links],
                target[links],
                capacity,
                network.cost[links],
                is_taker,
                taken,
                np.where(is_taker, taken, low),
                np.where(is_taker, taken, high),
            )
        )
    return problems


def links_of(network: Network, instrument: str) -> Integers:
    """Rows of the links that carry an instrument, ascending."""
    if network.instrument is None:
        return np.arange(network.links.rows)
    return np.flatnonzero(network.instrument.codes == network.instrument.code_of(instrument))


def region_prices(
    rows: tuple[RegionPrice, ...], instrument: str, place: dict[str, int]
) -> tuple[Array, Integers]:
    """Which regions have a price for the instrument, and the price; its own before one for all."""
    given, prices = np.zeros(len(place), bool), np.zeros(len(place), np.int64)
    for row in rows:  # sorted: rows for every instrument come first
        if row.instrument in (EVERY, instrument):
            given[place[row.region]] = True
            prices[place[row.region]] = row.price
    return given, prices


def check_region_prices(parameters: CallParameters, network: Network) -> None:
    """Refuse a price for a region that is not there."""
    for row in (*parameters.price_takers, *parameters.reference_prices):
        if row.region not in network.regions:
            refuse("markets.unknown_region", where="a parameter", region=row.region)


def outer_bounds(
    book: Book, starts: Integers, is_taker: Array, taken: Integers, parameters: CallParameters
) -> tuple[int, int]:
    """The band, or the hull of the instrument's limits and the given prices."""
    if parameters.price_band is not None:
        return parameters.price_band
    own = slice(starts[0], starts[-1])
    seen = np.concatenate([book.limits[own][book.lots[own] > 0], taken[is_taker]])
    return (int(seen.min()), int(seen.max())) if seen.size else (0, 0)


def _check_band(book: Book, parameters: CallParameters) -> None:
    assert parameters.price_band is not None
    low, high = parameters.price_band
    outside = np.flatnonzero((book.limits < low) | (book.limits > high))
    for place in outside[:1].tolist():
        refuse(
            "markets.price_outside_band",
            row=int(book.order[place]),
            price=int(book.limits[place]),
            low=low,
            high=high,
        )
    for row in parameters.price_takers:
        refuse_unless(
            low <= row.price <= high,
            "markets.bad_parameter",
            name="price_takers",
            value=str(row.price),
            expected="prices inside the band",
        )


class Positions(NamedTuple):
    """What each region's curve holds around a price, shape (R,) each.

    Attributes:
        buys_in, buys_at, sells_in, sells_at: lots better than the price, and exactly at it.
        buy_below, buy_above, sell_below, sell_above: the nearest limit, or NONE.
        buy_rows, sell_rows: (first place at the price, end of places at the price), shape (R, 2).
    """

    buys_in: Integers
    buys_at: Integers
    sells_in: Integers
    sells_at: Integers
    buy_below: Integers
    buy_above: Integers
    sell_below: Integers
    sell_above: Integers
    buy_rows: Integers
    sell_rows: Integers


def positions_at(problem: Problem, prices: Integers) -> Positions:
    """Positions of every region at its price."""
    table = positions_table(prices, problem.starts, problem.limits, problem.lots, problem.sums)
    rows = [table[i] for i in range(8)]
    return Positions(
        rows[0],
        rows[1],
        rows[2],
        rows[3],
        rows[4],
        rows[5],
        rows[6],
        rows[7],
        table[8:10].T,
        table[10:12].T,
    )


@compiled
def positions_table(
    prices: Integers, starts: Integers, limits: Integers, lots: Integers, sums: Integers
) -> Integers:
    """The twelve rows behind `Positions`. Orders taken off whole have no limit here."""
    table = np.empty((12, len(prices)), np.int64)
    for r in range(len(prices)):
        for row in range(12):
            table[row, r] = -(2**62)
        for side in range(2):
            begin, end = starts[2 * r + side], starts[2 * r + side + 1]
            low = rows_up_to(limits, begin, end, prices[r] - 1)
            high = rows_up_to(limits, low, end, prices[r])
            inside = sums[end] - sums[high] if side == 0 else sums[low] - sums[begin]
            table[2 * side, r] = inside
            table[2 * side + 1, r] = sums[high] - sums[low]
            for i in range(low - 1, begin - 1, -1):
                if lots[i] > 0:
                    table[4 + 2 * side, r] = limits[i]
                    break
            for i in range(high, end):
                if lots[i] > 0:
                    table[5 + 2 * side, r] = limits[i]
                    break
            table[8 + 2 * side, r] = low
            table[9 + 2 * side, r] = high
    return table

"""The problem: the curves and links of all instruments, and what prices leave open.

Instruments do not touch each other: they are blocks of one problem, instrument after instrument,
region after region. Work on whole columns is done for all blocks at once; searches run block by
block in compiled code, so that a thousand small instruments cost no more than their sum.
"""

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
    """I instruments over R regions each, N = I * R, and L links in all.

    Attributes:
        instruments: their names, sorted. regions: R.
        starts, limits, lots, sums: the book's curves.
        link_starts: where the links of each instrument begin, I + 1 entries.
        links: rows of the network's links, (L,), instrument after instrument.
        source, target: node (instrument * R + region) at both ends of each link, (L,).
        capacity, cost: of the links; capacities cut to what can flow at all, cost with any fee.
        is_taker, taken_price: nodes whose price is given, and that price, (N,).
        lowest, highest: bounds within which every price is looked for, (N,).
    """

    instruments: tuple[str, ...]
    regions: int
    starts: Integers
    limits: Integers
    lots: Integers
    sums: Integers
    link_starts: Integers
    links: Integers
    source: Integers
    target: Integers
    capacity: Integers
    cost: Integers
    is_taker: Array
    taken_price: Integers
    lowest: Integers
    highest: Integers

    @property
    def block(self) -> Integers:
        """The instrument of each node, (N,)."""
        return np.repeat(np.arange(len(self.instruments)), self.regions)

    def by_block(self, values: Array) -> Array:
        """A column over nodes as a table of (I, R)."""
        return values.reshape(len(self.instruments), self.regions)


def problem_of(book: Book, network: Network, parameters: CallParameters) -> Problem:
    """The problem of all instruments of a book."""
    place = {name: i for i, name in enumerate(network.regions)}
    check_region_prices(parameters, network)
    if parameters.price_band is not None:
        _check_band(book, parameters)
    links, link_starts = links_of(network, book.instruments)
    block = np.repeat(np.arange(len(book.instruments)), np.diff(link_starts))
    ends = []
    for text in (network.source, network.target):
        table = np.array([place[name] for name in text.values] or [0], np.int64)
        ends.append(block * len(place) + table[text.codes][links])
    is_taker, taken = region_prices(parameters.price_takers, book.instruments, place)
    low, high = _outer_bounds(book, is_taker, taken, parameters)
    return Problem(
        book.instruments,
        len(place),
        book.starts,
        book.limits,
        book.lots,
        book.sums,
        link_starts,
        links,
        ends[0],
        ends[1],
        _useful_capacities(book, network.capacity[links], link_starts, is_taker),
        network.charge[links],
        is_taker,
        taken,
        np.where(is_taker, taken, np.repeat(low, len(place))),
        np.where(is_taker, taken, np.repeat(high, len(place))),
    )


def links_of(network: Network, instruments: tuple[str, ...]) -> tuple[Integers, Integers]:
    """Rows of the links that carry each instrument, ascending, and where each begins."""
    count, links = len(instruments), network.links.rows
    if network.instrument is None:
        return np.tile(np.arange(links), count), np.arange(count + 1) * links
    place = {name: i for i, name in enumerate(instruments)}
    table = np.array([place.get(name, -1) for name in network.instrument.values] or [0], np.int64)
    own = table[network.instrument.codes]
    rows = np.flatnonzero(own >= 0)
    rows = rows[np.argsort(own[rows], kind="stable")]
    return rows, np.searchsorted(own[rows], np.arange(count + 1))


def region_prices(
    rows: tuple[RegionPrice, ...], instruments: tuple[str, ...], place: dict[str, int]
) -> tuple[Array, Integers]:
    """Which nodes have a price, and the price; an instrument's own before one for all."""
    shape = (len(instruments), len(place))
    given, prices = np.zeros(shape, bool), np.zeros(shape, np.int64)
    named = {name: i for i, name in enumerate(instruments)}
    for row in rows:  # sorted: rows for every instrument come first
        if row.instrument == EVERY or row.instrument in named:
            own = slice(None) if row.instrument == EVERY else named[row.instrument]
            given[own, place[row.region]] = True
            prices[own, place[row.region]] = row.price
    return given.ravel(), prices.ravel()


def check_region_prices(parameters: CallParameters, network: Network) -> None:
    """Refuse a price for a region that is not there."""
    for row in (*parameters.price_takers, *parameters.reference_prices):
        if row.region not in network.regions:
            refuse("markets.unknown_region", where="a parameter", region=row.region)


def _useful_capacities(
    book: Book, capacity: Integers, link_starts: Integers, is_taker: Array
) -> Integers:
    """No more than all lots of the instrument and one; as they are beside price-takers."""
    count = len(book.instruments)
    if not count:
        return capacity
    total = np.diff(book.sums[book.starts[:: 2 * len(book.regions)]])
    beside = is_taker.reshape(count, -1).any(axis=1)
    for i in np.flatnonzero(beside).tolist():
        most = sum(capacity[link_starts[i] : link_starts[i + 1]].tolist())
        refuse_unless(
            most < CAPACITY_SUM_MAX,
            "markets.value_overflow",
            what="the sum of capacities beside price-takers",
            value=str(most),
            limit=str(CAPACITY_SUM_MAX),
        )
    useful = np.repeat(np.where(beside, CAPACITY_SUM_MAX, total + 1), np.diff(link_starts))
    result: Integers = np.minimum(capacity, useful)
    return result


def _outer_bounds(
    book: Book, is_taker: Array, taken: Integers, parameters: CallParameters
) -> tuple[Integers, Integers]:
    """By instrument: the band, or the hull of the limits and the given prices."""
    count = len(book.instruments)
    if parameters.price_band is not None or not count:
        low, high = parameters.price_band or (0, 0)
        return np.full(count, low), np.full(count, high)
    best, there = best_limits(book.starts, book.limits, book.lots)
    least = np.where(there, best[[1, 2]], -NONE).reshape(2, count, -1).min(axis=(0, 2))
    most = np.where(there, best[[0, 3]], NONE).reshape(2, count, -1).max(axis=(0, 2))
    least = np.minimum(least, np.where(is_taker, taken, -NONE).reshape(count, -1).min(axis=1))
    most = np.maximum(most, np.where(is_taker, taken, NONE).reshape(count, -1).max(axis=1))
    empty = least > most
    return np.where(empty, 0, least), np.where(empty, 0, most)


def best_limits(starts: Integers, limits: Integers, lots: Integers) -> tuple[Integers, Array]:
    """Highest and lowest bid, lowest and highest offer of each node, (4, N); (2, N) if any.

    Orders taken off whole do not count.
    """
    nodes = len(starts) // 2
    table, there = np.zeros((4, nodes), np.int64), np.zeros((2, nodes), bool)
    write_best_limits(starts, limits, lots, table, there)
    return table, there


@compiled
def write_best_limits(
    starts: Integers, limits: Integers, lots: Integers, table: Integers, there: Array
) -> None:
    """Fill in the tables of `best_limits`."""
    for r in range(table.shape[1]):
        for side in range(2):
            begin, end = starts[2 * r + side], starts[2 * r + side + 1]
            while begin < end and lots[begin] == 0:
                begin += 1
            while begin < end and lots[end - 1] == 0:
                end -= 1
            if begin < end:
                there[side, r] = True
                table[1 if side == 0 else 2, r] = limits[begin]
                table[0 if side == 0 else 3, r] = limits[end - 1]


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
    """What each region's curve holds around a price, shape (N,) each.

    Attributes:
        buys_in, buys_at, sells_in, sells_at: lots better than the price, and exactly at it.
        buy_below, buy_above, sell_below, sell_above: the nearest limit, or NONE.
        buy_first, buy_end, sell_first, sell_end: places at the price.
    """

    buys_in: Integers
    buys_at: Integers
    sells_in: Integers
    sells_at: Integers
    buy_below: Integers
    buy_above: Integers
    sell_below: Integers
    sell_above: Integers
    buy_first: Integers
    buy_end: Integers
    sell_first: Integers
    sell_end: Integers


def positions_at(problem: Problem, prices: Integers) -> Positions:
    """Positions of every region at its price."""
    return Positions(
        *positions_table(prices, problem.starts, problem.limits, problem.lots, problem.sums)
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

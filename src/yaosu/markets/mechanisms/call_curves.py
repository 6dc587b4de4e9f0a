"""Curves: the book in canonical order, a party's own crossings taken off, quantities added up."""

from typing import NamedTuple

import numpy as np

from yaosu.kernel.canonical import digest_columns
from yaosu.kernel.columns import Array, Column, Columns, Integers, Maybe, Text
from yaosu.kernel.compiled import compiled
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.sorting import order_of
from yaosu.markets.network import Network
from yaosu.markets.orders import BUY, SELL, Orders

GROUPS_MAX = 10_000_000
SIDE_OF_SEGMENT = np.array([BUY, SELL], np.int8)


class Book(NamedTuple):
    """Orders in canonical order: instrument, region, side, price, sequence, party, quantity.

    Attributes:
        instruments: names of those that occur, sorted. regions: of the network.
        order: row of each place in canonical order, shape (n,).
        segment: 2 * (instrument * R + region) + (1 for a sell), by row, int32.
        taken: lots that a party's own orders took off each other, by row.
        starts: places where each segment begins, 2 * I * R + 1 entries.
        limits, lots: by place: price, and quantity less what was taken off.
        sums: lots added up, n + 1 entries.
    """

    instruments: tuple[str, ...]
    regions: tuple[str, ...]
    order: Integers
    segment: Array
    taken: Integers
    starts: Integers
    limits: Integers
    lots: Integers
    sums: Integers


def book_of(orders: Orders, network: Network) -> Book:
    """The book; refuses a region that the network does not have. One order of rows, else O(n)."""
    instrument = orders.instrument.sorted()
    instruments, regions = instrument.values, network.regions
    groups = len(instruments) * max(len(regions), 1)
    refuse_unless(
        groups <= GROUPS_MAX,
        "markets.too_many_groups",
        instruments=len(instruments),
        regions=len(regions),
    )
    region = orders.region.sorted()
    places = _region_places(region, regions)
    segment = np.empty(orders.rows, np.int32)
    starts = np.zeros(2 * groups + 1, np.int64)
    segments_of(instrument.codes, region.codes, orders.side, places, len(regions), segment, starts)
    order = canonical_order(orders, segment)
    taken = own_crossings(orders, segment, order)
    limits, lots = gathered(orders.price, order), gathered(orders.quantity, order)
    if orders.party is not None:
        lots -= gathered(taken, order)
    sums = np.zeros(orders.rows + 1, np.int64)
    np.cumsum(lots, out=sums[1:])
    return Book(instruments, regions, order, segment, taken, starts, limits, lots, sums)


def _region_places(region: Text, regions: tuple[str, ...]) -> Integers:
    """Place among the regions of each name that orders give."""
    place = {name: i for i, name in enumerate(regions)}
    for name in region.values:
        if name not in place:
            refuse("markets.unknown_region", where="an order", region=name)
    return np.array([place[name] for name in region.values], np.int64)


@compiled
def segments_of(
    instrument: Array,
    region: Array,
    side: Array,
    places: Integers,
    regions: int,
    segment: Array,
    starts: Integers,
) -> None:
    """Write the segment of each row, and where each segment begins once rows are in order."""
    for i in range(len(segment)):
        number = 2 * (np.int64(instrument[i]) * regions + places[region[i]]) + int(side[i] < 0)
        segment[i] = number
        starts[number + 1] += 1
    for k in range(1, len(starts)):
        starts[k] += starts[k - 1]


def gathered(values: Array, rows: Integers) -> Array:
    """Values[rows], at half the time that numpy takes."""
    found = np.empty(len(rows), values.dtype)
    gather(values, rows, found)
    return found


@compiled
def gather(values: Array, rows: Integers, found: Array) -> None:
    """Copy values[rows]."""
    for i in range(len(rows)):
        found[i] = values[rows[i]]


def canonical_order(orders: Orders, segment: Array) -> Integers:
    """Rows by (segment, price, sequence, party, quantity); equal rows are interchangeable."""
    columns: list[Array] = [segment, orders.price]
    if orders.sequence is not None:
        columns.append(orders.sequence)
    if orders.party is not None:
        columns.append(orders.party.sorted().codes)
    columns.append(orders.quantity)
    return order_of(columns)


def orders_digest(orders: Orders, book: Book) -> str:
    """SHA-256, hex, of the canonical bytes of the rows in canonical order.

    What the order already says is written out from it: only the other columns are looked up.
    """
    counts = np.diff(book.starts)
    sides = np.repeat(SIDE_OF_SEGMENT[np.arange(len(counts)) & 1], counts)
    group = np.arange(len(counts)) // 2
    regions = max(len(book.regions), 1)
    ready: dict[str, Column] = {
        "instrument": _text_in_order(book.instruments, group // regions, counts),
        "region": _text_in_order(book.regions, group % regions, counts),
        "side": sides,
        "price": book.limits,
    }
    if orders.party is None:
        ready["quantity"] = book.lots
    columns = {name: _in_order(orders, name, ready, book.order) for name in orders.columns.names}
    return digest_columns(Columns(columns)).hex()


def _text_in_order(names: tuple[str, ...], codes: Integers, counts: Integers) -> Text:
    """Names by place, canonically coded: codes[k] stands counts[k] times."""
    own = Text(names, codes[counts > 0].astype(np.int32)).sorted()
    return Text(own.values, np.repeat(own.codes, counts[counts > 0]))


def _in_order(orders: Orders, name: str, ready: dict[str, Column], order: Integers) -> Column:
    if name in ready:
        return ready[name]
    given = orders.columns.column(name)
    if isinstance(given, Text):
        text = given.sorted()
        return Text(text.values, gathered(text.codes, order))
    return given.take(order) if isinstance(given, Maybe) else gathered(given, order)


def own_crossings(orders: Orders, segment: Array, order: Integers) -> Integers:
    """Lots by which a party's own crossing orders in one instrument and region are reduced.

    Its highest bids meet its lowest offers until they cross no more; among equal limits the
    canonical order decides. They never trade: nobody may make volume or a price with himself.
    """
    if orders.party is None or not orders.rows:
        return np.broadcast_to(np.int64(0), orders.rows)
    taken = np.zeros(orders.rows, np.int64)
    group = (segment >> 1).astype(np.int64) * len(orders.party.values) + orders.party.codes
    rows = order[_on_both_sides(group, orders.side)[order]]
    if not rows.size:
        return taken
    side, price = orders.side[rows], orders.price[rows]
    sorting = order_of([group[rows], (side < 0).view(np.int8), np.where(side > 0, -price, price)])
    rows = rows[sorting]
    meet_own(group[rows], orders.side[rows], orders.price[rows], orders.quantity[rows], rows, taken)
    return taken


def _on_both_sides(group: Integers, side: Array) -> Integers:
    size = int(group.max()) + 1
    if size > 8 * len(group) + 1_000_000:
        group = np.unique(group, return_inverse=True)[1]
        size = int(group.max()) + 1
    seen = np.zeros((2, size), bool)
    seen[0, group[side > 0]] = True
    seen[1, group[side < 0]] = True
    both: Integers = (seen[0] & seen[1])[group]
    return both


@compiled
def meet_own(
    group: Integers,
    side: Array,
    price: Integers,
    quantity: Integers,
    rows: Integers,
    taken: Integers,
) -> int:
    """Walk rows sorted by group, buys first and best first, and fill in ``taken`` by row."""
    begin, met = 0, 0
    while begin < len(group):
        end = begin
        while end < len(group) and group[end] == group[begin]:
            end += 1
        sell = begin
        while sell < end and side[sell] > 0:
            sell += 1
        buy, buys = begin, sell
        while buy < buys and sell < end and price[buy] >= price[sell]:
            buy_left = quantity[buy] - taken[rows[buy]]
            sell_left = quantity[sell] - taken[rows[sell]]
            lots = min(buy_left, sell_left)
            taken[rows[buy]] += lots
            taken[rows[sell]] += lots
            met += lots
            if buy_left == lots:
                buy += 1
            if sell_left == lots:
                sell += 1
        begin = end
    return met

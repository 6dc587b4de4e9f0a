"""Curves: the book in canonical order, a party's own crossings taken off, quantities added up."""

from operator import lt
from typing import NamedTuple

import numpy as np

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Array, Integers, Text
from yaosu.kernel.compiled import compiled
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.sorting import order_of
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

GROUPS_MAX = 10_000_000


class Book(NamedTuple):
    """Orders in canonical order: instrument, region, side, price, sequence, party, quantity.

    Attributes:
        instruments: names of those that occur, sorted. regions: of the network.
        order: row of each place in canonical order, shape (n,).
        segment: 2 * (instrument * R + region) + (1 for a sell), by row.
        taken: lots that a party's own orders took off each other, by row.
        starts: places where each segment begins, 2 * I * R + 1 entries.
        limits, lots: by place: price, and quantity less what was taken off.
        sums: lots added up, n + 1 entries.
    """

    instruments: tuple[str, ...]
    regions: tuple[str, ...]
    order: Integers
    segment: Integers
    taken: Integers
    starts: Integers
    limits: Integers
    lots: Integers
    sums: Integers


def book_of(orders: Orders, network: Network) -> Book:
    """The book; refuses a region that the network does not have. One sort, else O(n)."""
    instruments, instrument = _used(orders.instrument)
    regions = network.regions
    refuse_unless(
        len(instruments) * max(len(regions), 1) <= GROUPS_MAX,
        "markets.too_many_groups",
        instruments=len(instruments),
        regions=len(regions),
    )
    region = _region_rows(orders, regions)
    segment = 2 * (instrument * len(regions) + region) + (orders.side < 0)
    order = canonical_order(orders, segment)
    taken = own_crossings(orders, segment, order)
    counts = np.bincount(segment, minlength=2 * len(instruments) * len(regions))
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    lots = (orders.quantity - taken)[order]
    sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(lots)])
    limits = orders.price[order]
    return Book(instruments, regions, order, segment, taken, starts, limits, lots, sums)


def _used(text: Text) -> tuple[tuple[str, ...], Integers]:
    """The texts that occur, sorted, and for each row its place among them."""
    counts = np.bincount(text.codes, minlength=len(text.values))
    if counts.all() and all(map(lt, text.values, text.values[1:])):
        return text.values, text.codes.astype(np.int64)
    names = sorted({text.values[code] for code in np.flatnonzero(counts).tolist()})
    place = {name: i for i, name in enumerate(names)}
    table = np.array([place.get(value, -1) for value in text.values] or [0], np.int64)
    return tuple(names), table[text.codes]


def _region_rows(orders: Orders, regions: tuple[str, ...]) -> Integers:
    names, rows = _used(orders.region)
    place = {name: i for i, name in enumerate(regions)}
    for name in names:
        if name not in place:
            refuse("markets.unknown_region", where="an order", region=name)
    return np.array([place[name] for name in names] or [0], np.int64)[rows]


def canonical_order(orders: Orders, segment: Integers) -> Integers:
    """Rows by (segment, price, sequence, party, quantity); equal rows are interchangeable."""
    columns: list[Integers] = [segment, orders.price]
    if orders.sequence is not None:
        columns.append(orders.sequence)
    if orders.party is not None:
        columns.append(_used(orders.party)[1])
    columns.append(orders.quantity)
    return order_of(columns)


def orders_digest(orders: Orders, order: Integers) -> str:
    """SHA-256, hex, of the canonical bytes of the rows in canonical order."""
    return digest(encode(orders.columns.take(order))).hex()


def own_crossings(orders: Orders, segment: Integers, order: Integers) -> Integers:
    """Lots by which a party's own crossing orders in one instrument and region are reduced.

    Its highest bids meet its lowest offers until they cross no more; among equal limits the
    canonical order decides. They never trade: nobody may make volume or a price with himself.
    """
    taken = np.zeros(orders.rows, np.int64)
    if orders.party is None or not orders.rows:
        return taken
    group = (segment >> 1) * len(orders.party.values) + orders.party.codes
    rows = order[_on_both_sides(group, orders.side)[order]]
    if not rows.size:
        return taken
    side, price = orders.side[rows], orders.price[rows]
    sorting = np.lexsort([np.where(side > 0, -price, price), side < 0, group[rows]])
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

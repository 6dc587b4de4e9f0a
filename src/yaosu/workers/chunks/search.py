"""Prices of a book that lies in runs, from their curves alone; exact.

The curves of all runs are added up and cleared like any book: one order a level. Where there are
more levels than there is room, several beside each other are first taken together; their prices
say where to look closer. Then each region's curve is looked at level by level inside a window
around its price, and what lies beyond is taken together at the window's ends. If all prices that
support the result lie strictly inside the windows, the whole curves have the same prices, fills
at the margin and flows: supporting prices are a convex set (Murota 2003, section 7), and inside
the windows nothing was changed. Otherwise the windows are widened and it is done again.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Array, Integers, Text
from yaosu.markets.clearing import TRADED, Clearing
from yaosu.markets.mechanisms.call import clear_call
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.network import Network
from yaosu.markets.orders import BUY, SELL, Orders
from yaosu.workers.chunks.curves import NO_BOUND, Part, add_levels
from yaosu.workers.chunks.runs import Frame

LEVELS_EACH_MIN = 8
PAD_MIN = 8

Parts = Callable[[Integers, Integers, int], list[Part]]


class Found(NamedTuple):
    """What the search ends in.

    Attributes:
        segment, price, lots: levels of the curves cleared at last, in the order of ``orders``.
        orders: these levels as orders. clearing: of these.
        prices: that support the result, by node.
        value_moved: see `Part`.
        rounds: how often the curves were cleared.
    """

    segment: Integers
    price: Integers
    lots: Integers
    orders: Orders
    clearing: Clearing
    prices: Integers
    value_moved: int
    rounds: int


def find_prices(
    frame: Frame,
    network: Network,
    parameters: CallParameters,
    parts: Parts,
    crossed: Orders | None,
    levels_max: int,
) -> Found:
    """Clear the curves.

    Args:
        parts: (low, high, levels a run) -> the curve of every run within these windows.
        crossed: orders of the instruments of which own crossings left nothing, by level and
            party; None where there are none.
        levels_max: levels looked at together, about.
    """
    low, high = np.full(frame.pairs, -NO_BOUND), np.full(frame.pairs, NO_BOUND)
    each = max(levels_max // max(len(frame.runs), 1), LEVELS_EACH_MIN)
    rounds = 0
    while True:
        rounds += 1
        found = parts(low, high, each)
        levels = _added(found)
        orders = level_orders(frame, *levels, crossed)
        clearing = clear_call(orders, network, parameters)
        least, most = _supported(clearing)
        if all(part.stride == 1 for part in found):
            narrow = _too_narrow(levels, low, high, least, most)
            if not narrow.any():
                moved = sum(part.value_moved for part in found)
                prices = clearing.certificate.regions["support"]
                return Found(*levels, orders, clearing, prices, moved, rounds)
            _widen(narrow, low, high, least, most)
        else:
            before = _levels_inside(levels, low, high)
            low, high = _windows(levels, least, most, 3 * len(found) + PAD_MIN)
            if 2 * _levels_inside(levels, low, high) > before:
                each *= 2


def _added(parts: list[Part]) -> tuple[Integers, Integers, Integers]:
    empty = np.zeros(0, np.int64)
    columns = [
        np.concatenate([empty, *(getattr(part, name) for part in parts)])
        for name in ("segment", "price", "lots")
    ]
    return add_levels(*columns)


def level_orders(
    frame: Frame, segment: Integers, price: Integers, lots: Integers, crossed: Orders | None
) -> Orders:
    """One order a level; then, where there are any, those that own crossings take off whole."""
    node = segment >> 1
    regions = max(len(frame.regions), 1)
    side = np.where(segment & 1, SELL, BUY).astype(np.int8)
    instrument = Text(frame.instruments, (node // regions).astype(np.int32))
    region = Text(frame.regions, (node % regions).astype(np.int32))
    if crossed is None:
        return Orders.from_columns(instrument, region, side, price, lots)
    party = crossed.party
    assert party is not None
    names = ["buys", "sells"]  # of levels: two parties, so that none meets itself
    return Orders.from_columns(
        [*instrument.tolist(), *crossed.instrument.tolist()],
        [*region.tolist(), *crossed.region.tolist()],
        np.append(side, crossed.side),
        np.append(price, crossed.price),
        np.append(lots, crossed.quantity),
        party=[*(names[is_sell] for is_sell in (segment & 1).tolist()), *party.tolist()],
    )


def _supported(clearing: Clearing) -> tuple[Integers, Integers]:
    """Least and greatest price that supports the result, by node; what matters without trade."""
    table = clearing.prices
    status = table.text("status")
    traded = status.codes == status.code_of(TRADED)
    ends: list[Integers] = []
    for name, best, none in (
        ("price_low", "best_buy", NO_BOUND),
        ("price_high", "best_sell", -NO_BOUND),
    ):
        limit = table.maybe(best)
        without = np.where(limit.present, limit.values, none)
        ends.append(np.where(traded, table.maybe(name).values, without))
    return ends[0], ends[1]


def _too_narrow(
    levels: tuple[Integers, Integers, Integers],
    low: Integers,
    high: Integers,
    least: Integers,
    most: Integers,
) -> Array:
    """Nodes of which something was taken together where a price may lie."""
    node, price = levels[0] >> 1, levels[1]
    beyond = np.zeros((2, len(low)), bool)
    beyond[0, node[price < low[node]]] = True
    beyond[1, node[price > high[node]]] = True
    wrong: Array = (beyond[0] & (least <= low)) | (beyond[1] & (most >= high))
    return wrong


def _widen(narrow: Array, low: Integers, high: Integers, least: Integers, most: Integers) -> None:
    width = 4 * (high - low)[narrow] + 4
    low[narrow] = np.maximum(np.minimum(low, least)[narrow] - width, -NO_BOUND)
    high[narrow] = np.minimum(np.maximum(high, most)[narrow] + width, NO_BOUND)


def _windows(
    levels: tuple[Integers, Integers, Integers], least: Integers, most: Integers, pad: int
) -> tuple[Integers, Integers]:
    """Around the supporting prices of each node, ``pad`` levels more on both sides."""
    low, high = np.full(len(least), -NO_BOUND), np.full(len(least), NO_BOUND)
    node, price = levels[0] >> 1, levels[1]
    order = np.lexsort((price, node))
    node, price = node[order], price[order]
    begins = np.searchsorted(node, np.arange(len(least) + 1))
    for i in np.flatnonzero(np.diff(begins)).tolist():
        own = price[begins[i] : begins[i + 1]]
        ends = sorted((int(least[i]), int(most[i])))
        first = int(np.searchsorted(own, ends[0])) - pad
        last = int(np.searchsorted(own, ends[1], side="right")) + pad
        if first > 0:
            low[i] = own[first]
        if last < len(own):
            high[i] = own[last]
    return low, high


def _levels_inside(
    levels: tuple[Integers, Integers, Integers], low: Integers, high: Integers
) -> int:
    node, price = levels[0] >> 1, levels[1]
    return int(np.count_nonzero((price >= low[node]) & (price <= high[node])))

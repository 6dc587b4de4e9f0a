"""What everybody may see of a round: its outcome, and its book by prices, without any order.

From these anybody can prove by arithmetic alone that no other fills and flows would have been
worth more: see docs/reference/results.md. Of the orders only sums are left: lots by instrument,
region, side and price, after what orders of one party took off each other.
"""

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from yaosu.kernel.columns import Array, Columns, Integers
from yaosu.kernel.rounding import divide_to_even
from yaosu.kernel.sorting import order_of
from yaosu.kernel.words import Event
from yaosu.markets.clearing import TRADED, Clearing
from yaosu.markets.coupling import network_of, orders_of
from yaosu.markets.events import BookClosed, RoundPublished
from yaosu.markets.mechanisms.call_block_orders import Blocks, OrdersWithBlocks
from yaosu.markets.mechanisms.call_problem import links_of
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.state import Market

CALL = "call"
ROWS_PUBLISHED_MAX = 50_000  # of regions, links and levels together
NO_ROW = -2  # no constraint of the certificate


class Tables(NamedTuple):
    """The three tables of a published round, and the lots that parties took off themselves."""

    regions: Columns
    links: Columns
    levels: Columns
    crossed: int

    @property
    def rows(self) -> int:
        """Of all three."""
        return self.regions.rows + self.links.rows + self.levels.rows

    def emptied(self) -> "Tables":
        """The same without rows."""
        none = slice(0, 0)
        regions, links = self.regions.take(none), self.links.take(none)
        return Tables(regions, links, self.levels.take(none), self.crossed)


def publish(market: Market, closed: BookClosed, clearing: Clearing) -> list[Event]:
    """The event that shows a round of a call auction to everybody; none of other mechanisms."""
    if clearing.mechanism != CALL:
        return []
    book, network = orders_of(market, closed.facts), network_of(market, closed.links)
    if isinstance(book, OrdersWithBlocks):
        tables = tables_of(book.orders, network, clearing, book.blocks)
    else:
        tables = tables_of(book, network, clearing)
    rows = tables.rows
    if rows > ROWS_PUBLISHED_MAX:
        tables = tables.emptied()
    certificate = clearing.certificate
    return [
        RoundPublished(
            market=market.market,
            round=market.round,
            rule=certificate.rule,
            price_rule=market.trading.price_rule,
            orders_digest=certificate.orders_digest,
            tick_minor=market.trading.tick_minor,
            rows=rows,
            crossed=tables.crossed,
            welfare=clearing.welfare,
            volume=clearing.volume,
            primal=certificate.primal,
            dual=certificate.dual,
            regions=tables.regions,
            links=tables.links,
            levels=tables.levels,
        )
    ]


def tables_of(
    orders: Orders, network: Network, clearing: Clearing, blocks: Blocks | None = None
) -> Tables:
    """The tables of one clearing; it has been verified against these orders.

    Cost: one sort of the orders.
    """
    places = _Places(clearing.prices)
    node = places.of(orders)
    met = clearing.decremented
    own = met["row"] < orders.rows  # behind the orders stand legs of blocks
    taken = np.zeros(orders.rows, np.int64)
    taken[met["row"][own]] = met["lots"][own]
    filled = np.zeros(orders.rows, np.int64)
    filled[clearing.fills["row"]] = clearing.fills["lots"]
    is_buy = orders.side > 0
    regions = _region_numbers(clearing) | {
        "bought": places.sums(node[is_buy], filled[is_buy]),
        "sold": places.sums(node[~is_buy], filled[~is_buy]),
        **_of_blocks(places, clearing, blocks),
    }
    text = {name: clearing.prices.text(name) for name in ("instrument", "region")}
    return Tables(
        Columns.of(**text, **regions),
        _links(network, clearing, places),
        _levels(places, node, orders, orders.quantity - taken),
        int(taken.sum()),
    )


class _Places:
    """The rows of the table of prices by instrument and region: one instrument after another."""

    def __init__(self, prices: Columns) -> None:
        self.instrument, self.region = prices.text("instrument"), prices.text("region")
        pairs = zip(self.instrument.tolist(), self.region.tolist(), strict=True)
        self.row = {pair: row for row, pair in enumerate(pairs)}

    def of(self, orders: Orders) -> Integers:
        """The row of each order."""
        instruments, regions = orders.instrument, orders.region
        table = np.array(
            [[self.row.get((i, r), -1) for r in regions.values] for i in instruments.values]
            or [[]],
            np.int64,
        )
        if not orders.rows:
            return np.zeros(0, np.int64)
        return np.asarray(table[instruments.codes, regions.codes], np.int64)

    def sums(self, rows: Integers, lots: Integers) -> Integers:
        """Lots by place."""
        sums = np.zeros(len(self.row), np.int64)
        np.add.at(sums, rows, lots)
        return sums


def _region_numbers(clearing: Clearing) -> dict[str, Array]:
    """Prices and their interval; of a part without trade the price that supports it, as low."""
    table, certificate = clearing.prices, clearing.certificate.regions
    traded = np.array([one == TRADED for one in table.text("status").tolist()], np.int64)
    if "support" in certificate:
        price = certificate["support"]
        by = {name: certificate[name] for name in ("low_by", "high_by")}
    else:
        low = [_to_tick(text) for text in certificate.text("low").tolist()]
        price = np.where(traded > 0, table.maybe("price").values, np.array(low, np.int64))
        by = {name: np.full(table.rows, NO_ROW, np.int64) for name in ("low_by", "high_by")}
    ends = {
        name: np.where(traded > 0, table.maybe(f"price_{name}").values, 0)
        for name in ("low", "high")
    }
    return {"price": price, **ends, **by, "traded": traded}


def _to_tick(text: str) -> int:
    price = Fraction(text)
    return divide_to_even(price.numerator, price.denominator)


def _of_blocks(places: _Places, clearing: Clearing, blocks: Blocks | None) -> dict[str, Array]:
    """Lots of the legs of blocks that were taken."""
    none = np.zeros(0, np.int64)
    node = lots = none
    is_buy = np.zeros(0, bool)
    if blocks is not None:
        table = clearing.details["block_fills"]
        lots, legs = table["lots"], table["leg"]
        node, is_buy = places.of(blocks.legs)[legs], blocks.legs.side[legs] > 0
    return {
        "blocks_bought": places.sums(node[is_buy], lots[is_buy]),
        "blocks_sold": places.sums(node[~is_buy], lots[~is_buy]),
    }


def _links(network: Network, clearing: Clearing, places: _Places) -> Columns:
    """Each link with its limits, what went over it, and where the money of it goes."""
    flows = clearing.flows
    instruments = tuple(dict.fromkeys(places.instrument.tolist()))
    rows, _ = links_of(network, instruments)
    none = np.zeros(flows.rows, np.int64)
    is_rounded = "rounding" in flows
    numbers: dict[str, Any] = {
        "capacity": network.capacity[rows],
        "cost": network.cost[rows],
        "fee": network.fee[rows] if "fee" in network.links else none,
        "loss_ppm": network.links["loss_ppm"][rows] if "loss_ppm" in network.links else none,
        "lots": flows["lots"],
        "arrived": flows["arrived" if is_rounded else "lots"],
        "shadow_price": flows["shadow_price"],
        "rent": flows["rent"],
        "rounding": flows["rounding"] if is_rounded else none,
    }
    text = {name: flows.text(name) for name in ("instrument", "source", "target")}
    return Columns.of(**text, **numbers)


def _levels(places: _Places, node: Integers, orders: Orders, lots: Integers) -> Columns:
    """The lots of each side at each price; what parties took off themselves is gone."""
    there = np.flatnonzero(lots > 0)
    keys = node[there], -orders.side[there].astype(np.int64), orders.price[there]
    order = order_of(keys)
    node, side, price = (key[order] for key in keys)
    is_first = np.ones(len(order), bool)
    is_first[1:] = (np.diff(node) != 0) | (np.diff(side) != 0) | (np.diff(price) != 0)
    first = np.flatnonzero(is_first)
    sums = np.add.reduceat(lots[there][order], first) if len(first) else np.zeros(0, np.int64)
    return Columns.of(
        instrument=places.instrument.take(node[first]),
        region=places.region.take(node[first]),
        side=-side[first],
        price=price[first],
        lots=sums,
    )

"""What a clearing says is scarce: goods, regions and links, ranked by what one more would be worth.

A price is the shadow price of a good where it is: what welfare would gain by one lot more. What a
region asks above the cheapest region for the same good is the shadow price of being there. A full
link's is the gap between its ends that its charge does not explain. Pure.
"""

from typing import Any

import numpy as np

from yaosu.kernel.columns import Columns, Integers, Text
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.call_block_orders import OrdersWithBlocks
from yaosu.markets.mechanisms.given import AnyOrders
from yaosu.markets.orders import Orders

GOOD, REGION, LINK = "good", "region", "link"


def scarcity_of(orders: AnyOrders | OrdersWithBlocks, clearing: Clearing) -> Columns:
    """Everything that is scarce in a clearing, the dearest first within its kind.

    Returns:
        columns kind (good, region, link), rank (from 1 within the kind), instrument, region (of a
        region; where a link begins; empty for a good), target (where a link ends; else empty),
        shadow_price (ticks a lot; of a good the highest in any region), lots (bought there, or
        sent), worth (ticks: shadow price times lots, for a good at the price of each region).
        Ranked by worth, then shadow price, then name; what costs nothing is not scarce.

    Cost: O(orders + places log places).
    """
    places = _places(orders, clearing)
    rows = [*_goods(places), *_regions(places), *_links(clearing)]
    rows.sort(key=lambda row: (KINDS.index(row[0]), -row[6], -row[4], row[1:4]))
    ranks: list[int] = []
    for at, row in enumerate(rows):
        ranks.append(1 if not at or rows[at - 1][0] != row[0] else ranks[-1] + 1)
    return Columns(
        {
            "kind": Text.of([row[0] for row in rows]),
            "rank": np.array(ranks, np.int64),
            "instrument": Text.of([row[1] for row in rows]),
            "region": Text.of([row[2] for row in rows]),
            "target": Text.of([row[3] for row in rows]),
            "shadow_price": np.array([row[4] for row in rows], np.int64),
            "lots": np.array([row[5] for row in rows], np.int64),
            "worth": np.array([row[6] for row in rows], np.int64),
        }
    )


KINDS = (GOOD, REGION, LINK)
Row = tuple[str, str, str, str, int, int, int]
Place = tuple[str, str, int, int]  # instrument, region, price, lots bought


def _places(orders: AnyOrders | OrdersWithBlocks, clearing: Clearing) -> list[Place]:
    """Every place with a price, and what was bought there."""
    bought = clearing.prices["bought"] if "bought" in clearing.prices else _bought(orders, clearing)
    return [
        (row["instrument"], row["region"], row["price"], lots)
        for row, lots in zip(clearing.prices.iterate(), bought.tolist(), strict=True)
        if row["price"] is not None
    ]


def _bought(orders: AnyOrders | OrdersWithBlocks, clearing: Clearing) -> Integers:
    """Lots bought at each row of the prices, counted from the fills."""
    bought = np.zeros(clearing.prices.rows, np.int64)
    if isinstance(orders, OrdersWithBlocks):
        legs = clearing.details["block_fills"]
        _add_bought(bought, orders.orders, clearing, clearing.fills["row"], clearing.fills["lots"])
        _add_bought(bought, orders.blocks.legs, clearing, legs["leg"], legs["lots"])
    elif isinstance(orders, Orders):
        _add_bought(bought, orders, clearing, clearing.fills["row"], clearing.fills["lots"])
    return bought


def _add_bought(
    bought: Integers, orders: Orders, clearing: Clearing, row: Integers, lots: Integers
) -> None:
    """Add the lots that these rows of the orders bought, in place."""
    numbers: dict[tuple[str, str], int] = {
        (row["instrument"], row["region"]): at for at, row in enumerate(clearing.prices.iterate())
    }
    buys = orders.side[row] > 0
    row, lots = row[buys], lots[buys]
    instrument, region = orders.instrument, orders.region
    width = max(len(region.values), 1)
    key = instrument.codes[row].astype(np.int64) * width + region.codes[row]
    codes, at = np.unique(key, return_inverse=True)
    sums = np.zeros(len(codes), np.int64)
    np.add.at(sums, at, lots)
    for code, total in zip(codes.tolist(), sums.tolist(), strict=True):
        at_place = numbers.get((instrument.values[code // width], region.values[code % width]))
        if at_place is not None:
            bought[at_place] += total


def _goods(places: list[Place]) -> list[Row]:
    found: dict[str, list[int]] = {}
    for instrument, _, price, lots in places:
        known = found.setdefault(instrument, [price, 0, 0])
        known[0] = max(known[0], price)
        known[1] += lots
        known[2] += price * lots
    return [
        (GOOD, instrument, "", "", price, lots, worth)
        for instrument, (price, lots, worth) in found.items()
        if price > 0
    ]


def _regions(places: list[Place]) -> list[Row]:
    least: dict[str, int] = {}
    for instrument, _, price, _ in places:
        least[instrument] = min(least.get(instrument, price), price)
    return [
        (REGION, instrument, region, "", above, lots, above * lots)
        for instrument, region, price, lots in places
        if (above := price - least[instrument]) > 0
    ]


def _links(clearing: Clearing) -> list[Row]:
    rows: list[dict[str, Any]] = list(clearing.flows.iterate())
    return [
        (
            *(LINK, row["instrument"], row["source"], row["target"]),
            *(row["shadow_price"], row["lots"], row["shadow_price"] * row["lots"]),
        )
        for row in rows
        if row["shadow_price"] > 0
    ]

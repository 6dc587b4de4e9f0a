"""Who traded with whom, from the events of a continuous book."""

from collections.abc import Iterator

import numpy as np

from yaosu.kernel.columns import Columns
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.pairing import hand_over

Lots = list[tuple[int, int]]  # (order, lots) of one side of an auction


def trades_of(events: Columns) -> Iterator[tuple[int, int, int, int, int]]:
    """(buy order, sell order, price, lots, side of the taker: 0 in an auction), in order.

    In an auction, which tells each side of its own, lots go from the first sale to the first
    purchase until they are gone.
    """
    names = ("kind", "order", "side", "price", "lots", "other")
    bought: Lots = []
    sold: Lots = []
    for kind, order, side, price, lots, other in zip(
        *(events.numbers(name) for name in names), strict=True
    ):
        if kind == c.EXECUTED and other:
            buy, sell = (order, other) if side > 0 else (other, order)
            yield buy, sell, price, lots, -side
        elif kind == c.EXECUTED:
            (bought if side > 0 else sold).append((order, lots))
        elif kind == c.TRADE:
            for buy, sell, several in _pairs(bought, sold):
                yield buy, sell, price, several, 0
            bought, sold = [], []


def _pairs(bought: Lots, sold: Lots) -> Iterator[tuple[int, int, int]]:
    buys, sales = np.array(bought, np.int64), np.array(sold, np.int64)
    seller, buyer, lots = hand_over(sales[:, 1], buys[:, 1])
    yield from zip(buys[buyer, 0].tolist(), sales[seller, 0].tolist(), lots.tolist(), strict=True)

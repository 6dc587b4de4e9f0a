"""A marginal-product curve becomes orders: what a producer would lend, and what it would borrow.

The curve is cut at common prices into steps. A step below the producer's own holding is offered,
a step above it is bid for, each at what it adds to output on average over the step. Because equal
steps of different producers carry equal prices, the cleared allocation differs from the efficient
one by less than the capital of the one step at the margin: cuts 0.04 % apart in price, with an
exponent of a half, leave less than 0.08 % of each producer's capital.
A producer's own offer and bid never cross: what it holds adds more than what it lacks.
"""

from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

from yaosu.evaluation.indices.technology import (
    Producers,
    average_product,
    capital_wanted,
)

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


class Steps(Struct, frozen=True):
    """Orders for capital in columns of equal length.

    Attributes:
        producer: index of the producer.
        side: +1 buy, -1 sell.
        price: ticks.
        quantity: lots, at least 1.
    """

    producer: Integers
    side: Integers
    price: Integers
    quantity: Integers


class Grid(Struct, frozen=True):
    """Where curves are cut.

    Attributes:
        cuts: rising prices between which a step lies, in output per unit of capital; the first
            and the last are the market's band.
        tick: price of one tick, in output per unit of capital.
        lot: capital of one lot, in the unit of the capital.
    """

    cuts: Floats
    tick: float
    lot: float


def price_cuts(
    band: tuple[float, float],
    reference: float,
    *,
    fine: float,
    coarse: float,
    within: float,
) -> Floats:
    """Cuts over a band: ``fine`` apart within +- ``within`` of a reference price, else ``coarse``.

    All three are ratios (0.0004, 0.005, 0.06). The reference is what everybody can know before
    the market opens, such as the average product of all capital.
    """
    low, high = band
    first, last = (
        max(low, reference * (1 - within)),
        min(high, reference * (1 + within)),
    )
    parts = [
        np.geomspace(start, end, 1 + int(np.ceil(np.log(end / start) / np.log1p(apart))))
        for start, end, apart in (
            (low, first, coarse),
            (first, last, fine),
            (last, high, coarse),
        )
        if end > start
    ]
    return np.unique(np.concatenate(parts))


def capital_steps(producers: Producers, capital: ArrayLike, grid: Grid) -> Steps:
    """Cut every producer's curve into orders inside the band.

    Capital whose marginal product lies above the band is kept, not offered; below the band
    nothing is bid for. ``capital`` must be whole lots after rounding, shape (n,).
    """
    cuts = grid.cuts
    prices = np.array(
        [
            round(average_product(producers.alpha, low, high) / grid.tick)
            for low, high in pairwise(cuts.tolist())
        ],
        np.int64,
    )
    held = np.rint(np.asarray(capital, float) / grid.lot).astype(np.int64)
    parts = [
        _producer_steps(i, producers, int(held[i]), cuts, prices, grid) for i in range(held.size)
    ]
    return Steps(*(np.concatenate([part[j] for part in parts]) for j in range(4)))


def _producer_steps(
    index: int,
    producers: Producers,
    held: int,
    cuts: Floats,
    prices: Integers,
    grid: Grid,
) -> tuple[Integers, Integers, Integers, Integers]:
    one = Producers(
        producers.productivity[index : index + 1],
        producers.labour[index : index + 1],
        producers.alpha,
    )
    edges = np.rint(capital_wanted(one, cuts) / grid.lot).astype(np.int64)  # falling
    above, below = (
        edges[:-1],
        edges[1:],
    )  # a step reaches from below (dear) to above (cheap)
    offered = np.clip(np.minimum(above, held) - below, 0, None)
    wanted = np.clip(above - np.maximum(below, held), 0, None)
    offer_price, bid_price = prices.copy(), prices.copy()
    own = np.flatnonzero((offered > 0) & (wanted > 0))
    for step in own.tolist():  # at most one: the step the producer stands in
        here = float(one.scale[0] * (held * grid.lot) ** (one.alpha - 1))
        offer = average_product(one.alpha, here, float(cuts[step + 1])) / grid.tick
        bid = average_product(one.alpha, float(cuts[step]), here) / grid.tick
        bid_price[step] = int(np.floor(bid))
        offer_price[step] = max(int(np.ceil(offer)), int(bid_price[step]) + 1)
    sells, buys = np.flatnonzero(offered), np.flatnonzero(wanted)
    rows = sells.size + buys.size
    return (
        np.full(rows, index, np.int64),
        np.concatenate([np.full(sells.size, -1, np.int64), np.full(buys.size, 1, np.int64)]),
        np.concatenate([offer_price[sells], bid_price[buys]]),
        np.concatenate([offered[sells], wanted[buys]]),
    )

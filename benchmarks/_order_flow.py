"""A seeded flow of limits, market orders and cancels for one order book, and the digest of trades.

Made with the plain twin of the book, which only says how deep each side is and what stands. Around
a price that drifts and is pulled back: 60 % limits, 10 % market orders, 30 % cancels, one in ten of
these too late. Distances from the price follow a power law and prices gather on fives and tens,
sizes cluster, a few owners send most orders. A market order takes at most half of what the other
side has, so that no rule for an unfilled rest enters where own orders may meet. Every draw is made
from uniform ones, so that one seed gives one flow with every version of numpy.
"""

from bisect import bisect
from hashlib import sha256
from typing import Any

import numpy as np

from yaosu.kernel.columns import Columns
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous import ContinuousBook

Flow = np.ndarray
OPEN_MARKET = np.array([[c.PHASE, 0, 0, 0, 0, 0, 0, c.CONTINUOUS, 0, 0, 0]], np.int64)
LOTS, UP_TO = (1, 2, 5, 10, 20, 50, 100), (0.22, 0.32, 0.48, 0.72, 0.82, 0.92)
OWNERS = 1_000
STANDING_MIN, DEPTH_MIN = 400, 2_000


def make_flow(count: int, seed: int) -> Flow:
    """So many commands as the matrix that a book takes; the owner of an order is its group."""
    chance = np.random.default_rng([seed, count])
    book = ContinuousBook(is_plain=True)
    book.run(OPEN_MARKET)
    rows = np.zeros((count, len(c.COMMAND_COLUMNS)), np.int64)
    standing: list[int] = []
    depth = {1: 0, -1: 0}
    fair, order = 10_000.0, 0
    for row in rows:
        fair += 0.15 * (sum(chance.random(12)) - 6) - 1e-5 * (fair - 10_000)
        what = chance.random()
        if what < 0.3 and len(standing) > STANDING_MIN:
            row[[c.C_KIND, c.C_ORDER]] = c.CANCEL, _target(chance, standing, order)
        else:
            order += 1
            side = 1 if chance.random() < 0.5 else -1
            is_market = what < 0.4 and min(depth.values()) > DEPTH_MIN
            row[: c.C_STOP] = c.NEW, order, side, c.LIMIT, c.GTC, _price(chance, fair, side)
            row[c.C_QUANTITY] = LOTS[bisect(UP_TO, chance.random())]
            row[c.C_GROUP] = min(int((1 - chance.random()) ** -3), OWNERS)
            if is_market:
                row[[c.C_TYPE, c.C_TIF, c.C_PRICE]] = c.MARKET, c.DAY, 0
                row[c.C_QUANTITY] = max(1, min(int(row[c.C_QUANTITY]), depth[-side] // 2))
            else:
                standing.append(order)
        _follow(book.run(row[None]).events, depth)
    return rows


def trades_of_flow(events: Columns) -> np.ndarray:
    """Rows (command of the taker, maker, taker, price, lots) of a flow that was one batch."""
    done = events.take(events["kind"] == c.EXECUTED)
    names = ("command", "order", "other", "price", "lots")
    return np.stack([done[name] for name in names], axis=1)


def digest_of(trades: np.ndarray) -> str:
    """SHA-256 over the rows as little-endian int64, hex."""
    return sha256(np.ascontiguousarray(trades, dtype="<i8").tobytes()).hexdigest()


def _target(chance: np.random.Generator, standing: list[int], order: int) -> int:
    """The order that a cancel names: mostly a recent one, or any there ever was."""
    if chance.random() < 0.1:
        return 1 + int(chance.random() * order)
    place = int(len(standing) * (1 - chance.random() ** 2)) % len(standing)
    standing[place], standing[-1] = standing[-1], standing[place]
    return standing.pop()


def _price(chance: np.random.Generator, fair: float, side: int) -> int:
    away = min(300, int((1 - chance.random() * 0.9999) ** -0.9)) - 1
    price = int(np.floor(fair) if side > 0 else np.ceil(fair)) - side * away
    gather = chance.random()
    step = 10 if gather < 0.1 else 5 if gather < 0.35 else 1
    return -side * (-side * price // step * step)  # away from the other side


def _follow(events: Any, depth: dict[int, int]) -> None:
    """Keep the open lots of each side."""
    for event in events.iterate():
        if event["kind"] == c.ADDED:
            depth[event["side"]] += event["lots"]
        elif event["kind"] in (c.EXECUTED, c.CANCELLED):
            depth[event["side"]] -= event["lots"]

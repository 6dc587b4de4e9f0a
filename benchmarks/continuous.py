"""Continuous trading against order books from PyPI: the same flow, the same trades, ratios.

A seeded flow of limits, market orders and cancels (some too late) is made by `_order_flow`; every
peer must give the same trades. Peers take one message a call, which is all they
offer; ours is measured in batches and one message a call. Rounds take turns; medians. A peer not
installed is left out and said so: liquibook (C++), lightmatchingengine (pure Python).
"""

import argparse
import statistics
import tracemalloc
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks._order_flow import OPEN_MARKET, Flow, make_flow
from yaosu.door import use_compiled_code
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous import ContinuousBook

Trades = list[tuple[int, int, int]]  # taker, price, lots, one a maker in order of priority


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    given.add_argument("--million", action="store_true", help="messages, in 3 rounds")
    arguments = given.parse_args()
    use_compiled_code()
    count = 1_000_000 if arguments.million else 20_000 if arguments.quick else 100_000
    flow = make_flow(count, seed=1)
    flow[:, c.C_GROUP] = 0  # peers prevent no self-trades
    compare(flow, rounds=3 if arguments.million else 7)
    weigh(50_000 if arguments.quick else 1_000_000)


def opened(*, is_plain: bool) -> ContinuousBook:
    """A book in continuous trading."""
    book = ContinuousBook(is_plain=is_plain)
    book.run(OPEN_MARKET)
    return book


def compare(flow: Flow, rounds: int) -> None:
    """Print messages a second of everybody, and the ratios to the best peer and to liquibook."""
    reference = in_batches(flow, 1_000)[1]
    ways: dict[str, Callable[[Flow], tuple[float, Trades]]] = {
        "yaosu, batches of 100": lambda f: in_batches(f, 100),
        "yaosu, batches of 1,000": lambda f: in_batches(f, 1_000),
        "yaosu, batches of 10,000": lambda f: in_batches(f, 10_000),
        "yaosu, one a call": one_a_call,
    }
    for name, peer in PEERS.items():
        try:
            peer(flow[:100])
        except ImportError as error:
            print(f"{name} was not compared: {error}")
            continue
        ways[name] = peer
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds):
        for name, way in ways.items():
            taken, trades = way(flow)
            seconds[name].append(taken)
            assert turn or trades == reference, f"{name} makes other trades"
    speed = {name: len(flow) / statistics.median(taken) for name, taken in seconds.items()}
    print(
        f"{len(flow):,} messages, {len(reference):,} trades, the same from all; median of {rounds}"
    )
    for name, rate in speed.items():
        low, high = (len(flow) / pick(seconds[name]) for pick in (max, min))
        print(f"  {name:28} {rate:>12,.0f} messages/s ({low:,.0f} to {high:,.0f})")
    peers = [name for name in ways if name in PEERS]
    if peers:
        best = max(peers, key=lambda name: speed[name])
        ratio = speed["yaosu, batches of 1,000"] / speed[best]
        print(f"batches of 1,000 / best peer ({best}): {ratio:.1f}")
    if "liquibook" in peers:
        print(f"one a call / liquibook: {speed['yaosu, one a call'] / speed['liquibook']:.2f}")


def in_batches(flow: Flow, size: int) -> tuple[float, Trades]:
    """Seconds and trades of ours in batches."""
    book = opened(is_plain=False)
    happened = []
    start = perf_counter()
    for at in range(0, len(flow), size):
        happened.append(book.run(flow[at : at + size]).events)
    taken = perf_counter() - start
    trades: Trades = []
    for events in happened:
        done = events.take(events["kind"] == c.EXECUTED)
        columns = (done[name].tolist() for name in ("other", "price", "lots"))
        trades += zip(*columns, strict=True)
    return taken, trades


def one_a_call(flow: Flow) -> tuple[float, Trades]:
    """Seconds and trades of ours, one message a call, trades read from each answer."""
    core = opened(is_plain=False).core
    wanted = [c.C_KIND, c.C_ORDER, c.C_SIDE, c.C_TYPE, c.C_TIF, c.C_PRICE, c.C_QUANTITY]
    messages = flow[:, wanted].tolist()
    trades: Trades = []
    one, executed = core.one, c.EXECUTED
    start = perf_counter()
    for kind, order, side, order_type, tif, price, quantity in messages:
        events = one(kind, order, side, order_type, tif, price, quantity, 0, 0)
        if len(events):
            for event in events.tolist():
                if event[2] == executed:
                    trades.append((event[7], event[5], event[6]))
    return perf_counter() - start, trades


def with_liquibook(flow: Flow) -> tuple[float, Trades]:
    """liquibook through its SWIG binding; it does not name the maker in a way one can read."""
    import liquibook

    trades: Trades = []

    class Listener(liquibook.OrderListener):  # type: ignore[misc]  # a library without types
        """All methods must be there, or the binding fails."""

        def on_fill(self, order: Any, maker: Any, lots: int, price: int) -> None:
            trades.append((number[order.order_id_], price, lots))

        def ignore(self, *_: Any) -> None:
            """Nothing of interest."""

        on_accept = on_cancel = on_cancel_reject = on_reject = ignore
        on_replace = on_replace_reject = on_trigger_stop = ignore

    book, listener = liquibook.DepthOrderBook(), Listener()
    book.set_order_listener(listener)
    wanted = [c.C_KIND, c.C_ORDER, c.C_SIDE, c.C_PRICE, c.C_QUANTITY]
    messages = flow[:, wanted].tolist()
    orders: dict[int, Any] = {}
    number: dict[int, int] = {}
    make, add, take_back = liquibook.SimpleOrder, book.add, book.cancel
    start = perf_counter()
    for kind, order, side, price, quantity in messages:
        if kind == c.NEW:
            made = make(side > 0, price, quantity)
            orders[order] = made
            number[made.order_id_] = order
            add(made)
        else:
            take_back(orders[order])
    return perf_counter() - start, trades


def with_lightmatchingengine(flow: Flow) -> tuple[float, Trades]:
    """lightmatchingengine, pure Python; it fails on a late cancel, which is caught."""
    from lightmatchingengine.lightmatchingengine import LightMatchingEngine

    engine = LightMatchingEngine()
    wanted = [c.C_KIND, c.C_ORDER, c.C_SIDE, c.C_PRICE, c.C_QUANTITY]
    messages = flow[:, wanted].tolist()
    numbers: dict[int, int] = {}
    trades: Trades = []
    start = perf_counter()
    for kind, order, side, price, quantity in messages:
        if kind == c.NEW:
            made, done = engine.add_order("only", price, quantity, 1 if side > 0 else 2)
            numbers[order] = made.order_id
            for trade in done:
                if trade.order_id != made.order_id:
                    trades.append((order, trade.trade_price, trade.trade_qty))
        else:
            try:
                engine.cancel_order(numbers[order], "only")
            except AssertionError:
                continue
    return perf_counter() - start, trades


PEERS: dict[str, Callable[[Flow], tuple[float, Trades]]] = {
    "liquibook": with_liquibook,
    "lightmatchingengine": with_lightmatchingengine,
}


def weigh(orders: int) -> None:
    """Print the memory of a book with so many open orders."""
    chance = np.random.default_rng(5)
    rows = np.zeros((orders, len(c.COMMAND_COLUMNS)), np.int64)
    rows[:, c.C_ORDER] = np.arange(1, orders + 1)
    rows[:, c.C_SIDE] = np.where(np.arange(orders) % 2, 1, -1)
    rows[:, c.C_TYPE], rows[:, c.C_TIF] = c.LIMIT, c.GTC
    rows[:, c.C_PRICE] = 10_000 - rows[:, c.C_SIDE] * chance.integers(1, 5_000, orders)
    rows[:, c.C_QUANTITY] = chance.integers(1, 100, orders)
    book = opened(is_plain=False)
    book.run(rows)
    fast = book.core.memory.nbytes
    sample = opened(is_plain=True)
    tracemalloc.start()
    sample.run(rows[: orders // 20])
    sample.core.told()
    plain = tracemalloc.get_traced_memory()[0] * 20
    tracemalloc.stop()
    print(
        f"{orders:,} open orders: {fast / 2**20:,.0f} MB, {fast / orders:,.0f} bytes an order; the "
        f"plain twin {plain / orders:,.0f}"
    )


if __name__ == "__main__":
    main()

"""Orders of a continuous market through the whole house, against the bare book.

The same limit orders, one in three of which trades, go through a market of the journal (checked,
held for, matched, settled, titles moved, journalled and synced) in batches of 1,000 and one by one,
and through the book alone. Then one by one again beside many standing orders: an order costs its
own work, so that ratio is near 1. Rounds take turns; medians.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

from tests.stories import EXCHANGE, Story
from yaosu.door import use_compiled_code
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel.columns import Columns, Text
from yaosu.markets.commands import SubmitOrders
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous import ContinuousBook

PARTIES = ("ann", "bob", "cyd", "dan")
LOTS = 10**9
STANDING = 20_000  # orders that stand in the way of those measured last


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    quick = given.parse_args().quick
    use_compiled_code()
    rounds = 3 if quick else 7
    count, single = (2_000, 100) if quick else (10_000, 500)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # not a folder in memory
        ways: dict[str, Callable[[], float]] = {
            "market, batches of 1,000": market(Path(folder) / "batches.db", count, 1_000),
            "market, one by one": market(Path(folder) / "single.db", single, 1),
            "the same beside 20,000 standing orders": market(
                Path(folder) / "beside.db", single, 1, STANDING
            ),
            "the book alone, batches of 1,000": book_alone(count, 1_000),
            "the book alone, one by one": book_alone(single, 1),
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds + 1):
            for name, way in ways.items():
                taken[name].append(way())
    speed = {name: 1 / statistics.median(seconds[1:]) for name, seconds in taken.items()}
    for name, rate in speed.items():
        print(f"  {name:40} {rate:>12,.0f} orders/s")
    for how in ("batches of 1,000", "one by one"):
        ratio = speed[f"market, {how}"] / speed[f"the book alone, {how}"]
        print(f"market / book alone, {how}: 1/{1 / ratio:,.0f}")
    beside = speed["the same beside 20,000 standing orders"] / speed["market, one by one"]
    print(f"one by one beside {STANDING:,} standing orders / beside few: {beside:.2f}")


def orders(rows: int, seed: int) -> dict[str, np.ndarray]:
    """Round a price, a third of them beyond it."""
    chance = np.random.default_rng([rows, seed])
    side = np.where(chance.random(rows) < 0.5, 1, -1)
    away = chance.integers(-100, 200, rows)
    return {
        "side": side,
        "price": 10_000 - side * away,
        "quantity": chance.integers(1, 50, rows),
        "party": chance.integers(0, 2, rows) + np.where(side > 0, 2, 0),
    }


def batch_of(part: dict[str, np.ndarray]) -> Columns:
    """As the market takes them; the first two sell, the others buy."""
    party = part["party"].astype(np.int32)
    rights = np.where(part["side"] < 0, party + 1, 0).astype(np.int32)
    return Columns(
        {
            "instrument": Text.repeat("gpu", len(party)),
            "region": Text.repeat("east", len(party)),
            "side": part["side"],
            "price": part["price"],
            "quantity": part["quantity"],
            "party": Text(PARTIES, party),
            "right": Text(("", "r-ann", "r-bob"), rights),
        }
    )


def market(path: Path, count: int, size: int, standing: int = 0) -> Callable[[], float]:
    """A venue of its own; each call sends so many more orders and gives seconds an order."""
    story = Story(open_sqlite(path)).found(factors=("compute",))
    for party in PARTIES:
        story.party(party, money=2**52)
    for party in PARTIES[:2]:
        story.right(f"r-{party}", party, LOTS, instrument="gpu")
    story.market(mechanism="continuous", clear_at_close=False)
    send = sender(story)
    for at in range(0, standing, 1_000):
        part = orders(1_000, at)
        part["price"] = 10_000 - part["side"] * np.random.default_rng(at).integers(
            300, 3_000, 1_000
        )
        send(batch_of(part))
    seed = [0]

    def run() -> float:
        seed[0] += 1
        given = orders(count, seed[0])
        pieces = [
            batch_of({name: column[at : at + size] for name, column in given.items()})
            for at in range(0, count, size)
        ]
        start = perf_counter()
        for piece in pieces:
            send(piece)
        return (perf_counter() - start) / count

    return run


def sender(story: Story) -> Callable[[Columns], None]:
    """Send a batch and wait until it is durable."""

    def send(rows: Columns) -> None:
        key = story.key()
        command = SubmitOrders(actor=EXCHANGE, key=key, market="m", batch=f"b-{key}", orders=rows)
        story.venue.submit(command).accepted()

    return send


def book_alone(count: int, size: int) -> Callable[[], float]:
    """The same through one book, seconds an order."""
    book = ContinuousBook(is_plain=False)
    opening = np.zeros((1, len(c.COMMAND_COLUMNS)), np.int64)
    opening[0, [c.C_KIND, c.C_QUANTITY]] = c.PHASE, c.CONTINUOUS
    book.run(opening)
    state = [0, 0]

    def run() -> float:
        state[0] += 1
        given = orders(count, state[0])
        rows = np.zeros((count, len(c.COMMAND_COLUMNS)), np.int64)
        rows[:, c.C_ORDER] = np.arange(state[1] + 1, state[1] + count + 1)
        rows[:, [c.C_TYPE, c.C_TIF]] = c.LIMIT, c.GTC
        rows[:, c.C_SIDE], rows[:, c.C_PRICE] = given["side"], given["price"]
        rows[:, c.C_QUANTITY], rows[:, c.C_GROUP] = given["quantity"], given["party"] + 1
        state[1] += count
        start = perf_counter()
        for at in range(0, count, size):
            book.run(rows[at : at + size])
        return (perf_counter() - start) / count

    return run


if __name__ == "__main__":
    main()

"""One batch of orders through the whole house, stage by stage, against the bare durable write.

A batch of n orders over 31 regions is submitted (checked, held for, journalled and synced), its
book closed, cleared, recorded (the certificate verified, delivery against payment, title follows),
and the journal verified. The peer writes the bytes of the same entries in as many SQLite
transactions (write-ahead log, synchronous=FULL), without hashing or reading them. Medians.
"""

import argparse
import sqlite3
import statistics
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

from tests.stories import EXCHANGE, Story, links
from yaosu.door import use_compiled_code
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel.columns import Columns, Text
from yaosu.markets.commands import RecordClearing, SubmitOrders
from yaosu.markets.coupling import clear_book

REGIONS = tuple(f"r{i:02d}" for i in range(31))
SELLERS = 9  # in each region
STAGES = ("submit", "close", "clear", "record", "verify")


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    quick = given.parse_args().quick
    rows = 100_000 if quick else 1_000_000
    use_compiled_code()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # not a folder in memory
        runs = [measure(Path(folder), rows, run) for run in range(4 if quick else 8)][1:]
    stages = {name: statistics.median(run[name] for run in runs) for name in STAGES}
    bare = statistics.median(run["bare"] for run in runs)
    whole = sum(stages.values())
    told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in stages.items())
    print(
        f"{rows:>9,} orders, {runs[0]['megabytes']:.0f} MB journalled: {told}; "
        f"whole {whole:.2f} s, bare durable write {bare:.2f} s; whole/bare {whole / bare:.1f}"
    )


def measure(folder: Path, rows: int, run: int) -> dict[str, float]:
    """Seconds of each stage, and of the bare write of the same bytes."""
    path = folder / f"whole-{run}.db"
    story = founded(Story(open_sqlite(path), regions=REGIONS))
    begin = story.venue.store.size
    orders = book(rows)
    taken: dict[str, float] = {}
    started = perf_counter()

    def lap(name: str) -> None:
        nonlocal started
        taken[name] = perf_counter() - started
        started = perf_counter()

    story.ask(SubmitOrders, EXCHANGE, market="m", batch="b", orders=orders)
    lap("submit")
    story.close()
    lap("close")
    market = story.venue.state.markets.markets["m"]
    assert market.closed_as is not None
    clearing = clear_book(market, market.closed_as)
    lap("clear")
    story.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=clearing)
    lap("record")
    story.venue.verify()
    lap("verify")
    entries = [(e.packed, e.command + e.events) for e in story.venue.store.read(begin)]
    story.venue.close()
    taken["megabytes"] = sum(len(a) + len(b) for a, b in entries) / 1e6
    taken["bare"] = bare_write(folder / f"bare-{run}.db", entries)
    path.unlink()
    return taken


def founded(story: Story) -> Story:
    """Regions in a ring, sellers with rights in each, buyers with money; the market open."""
    story.found(factors=("compute",))
    for i in range(len(REGIONS) * SELLERS):
        region = REGIONS[i // SELLERS]
        story.party(f"p{i:03d}", money=2**52)
        story.right(f"x{i:03d}", f"p{i:03d}", 10**9, region, instrument="gpu")
    ring = zip(REGIONS, (*REGIONS[1:], REGIONS[0]), strict=True)
    story.market(
        links=links(*[row for a, b in ring for row in ((a, b, 4_000, 90), (b, a, 4_000, 90))]),
        clear_at_close=False,
    )
    return story


def book(rows: int) -> Columns:
    """Log-normal prices that differ by region, Pareto quantities; seeded."""
    draw = np.random.default_rng(20_240_601)
    region = draw.integers(0, len(REGIONS), rows)
    side = np.where(draw.random(rows) < 0.5, 1, -1).astype(np.int64)
    level = np.exp(draw.normal(0, 0.25, len(REGIONS)))[region]
    price = np.rint(10_000 * level * np.exp(draw.normal(0.05 * side, 0.35))).astype(np.int64)
    buyer = draw.integers(0, len(REGIONS) * SELLERS, rows)
    seller = region * SELLERS + draw.integers(0, SELLERS, rows)
    names = tuple(f"p{i:03d}" for i in range(len(REGIONS) * SELLERS))
    return Columns(
        {
            "instrument": Text.repeat("gpu", rows),
            "region": Text(REGIONS, region.astype(np.int32)),
            "side": side,
            "price": price,
            "quantity": 1 + np.floor(draw.pareto(1.5, rows) * 10).clip(max=2_000).astype(np.int64),
            "party": Text(names, np.where(side > 0, buyer, seller).astype(np.int32)),
        }
    )


def bare_write(path: Path, entries: list[tuple[bytes, bytes]]) -> float:
    """Seconds to commit the same bytes, one transaction an entry, synced."""
    peer = sqlite3.connect(path, isolation_level=None)
    peer.execute("PRAGMA journal_mode=WAL")
    peer.execute("PRAGMA synchronous=FULL")
    peer.execute("CREATE TABLE entries(header BLOB, payloads BLOB)")
    started = perf_counter()
    for entry in entries:
        peer.execute("BEGIN")
        peer.execute("INSERT INTO entries VALUES(?, ?)", entry)
        peer.execute("COMMIT")
    taken = perf_counter() - started
    peer.close()
    path.unlink()
    return taken


if __name__ == "__main__":
    main()

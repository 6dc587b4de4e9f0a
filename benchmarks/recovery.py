"""Opening a journal again, with and without a snapshot, against reading and decoding alone.

A journal of small commands (one party in fifty is registered, the rest are deposits of two postings
each) is written by the writer, then opened: from its beginning, and from a snapshot beside it. The
peer reads, checks and decodes the same entries and does nothing with them. Then what the regular
hash of the whole state costs beside the writing, and the memory that an opened venue holds, for a
million entries and for a million open orders, each measured in a process of its own (resident set
after opening, less that before).
"""

import argparse
import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from benchmarks.whole import REGIONS, book, founded
from tests.stories import EXCHANGE, MORNING, Story
from yaosu.core import state_hash
from yaosu.door import snapshot, use_compiled_code
from yaosu.engine.clock import StepClock
from yaosu.engine.recovery import events_of
from yaosu.engine.snapshot import shelf_beside
from yaosu.engine.writer import STATE_BYTES_PER_ENTRY, Writer
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel.words import Command
from yaosu.markets.commands import SubmitOrders
from yaosu.parties.commands import RegisterParty
from yaosu.settlement.commands import RecordDeposit

BATCH = 1_000
PER_PARTY = 50
ORDERS_AT_ONCE = 10_000
LONG = 200_000  # entries from which one round is enough


def main() -> None:
    """Measure and print; or, as a process of its own, open a journal and print its memory."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    given.add_argument("--entries", type=int, help="in place of 20,000 or 1,000,000")
    given.add_argument("--opened", type=Path, help=argparse.SUPPRESS)
    asked = given.parse_args()
    use_compiled_code()
    if asked.opened is not None:
        print(resident_after(asked.opened))
        return
    entries = asked.entries or (20_000 if asked.quick else 1_000_000)
    orders = 100_000 if asked.quick else 1_000_000
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # not a folder in memory
        measure_recovery(Path(folder) / "entries.db", entries)
        measure_orders(Path(folder) / "orders.db", orders)


def measure_recovery(path: Path, entries: int) -> None:
    """Print seconds and ratios of opening, the price of the state's hash, and the memory."""
    writing = write_entries(path, entries)
    rounds = 3 if entries < LONG else 1
    decoding, events = best(lambda: decode(path), rounds)
    whole, _ = best(lambda: reopen(path), rounds)
    written = snapshot(path)
    assert written is not None
    short, _ = best(lambda: reopen(path), 3)
    with open_sqlite(path) as store:
        state = Writer(store, StepClock(MORNING), shelf=shelf_beside(store)).state
        started = perf_counter()
        state_hash(state)
        hashing = perf_counter() - started
    interval = max(1024, written.stat().st_size // STATE_BYTES_PER_ENTRY)
    print(
        f"{entries:,} entries, {events:,} events: recovery {whole:.2f} s, "
        f"{events / whole:,.0f} events/s; reading and decoding alone {decoding:.2f} s, "
        f"recovery/decoding {decoding / whole:.2f}; "
        f"with a snapshot {short:.3f} s, {whole / short:.0f} times as fast"
    )
    print(
        f"hash of a state of {entries // PER_PARTY:,} parties: {hashing * 1e3:.0f} ms every "
        f"{interval:,} entries, {hashing / interval / (writing / entries):.1%} of writing "
        f"({writing / entries * 1e6:.0f} us an entry, synced in batches of {BATCH:,})"
    )
    print(f"memory of {entries:,} entries: {memory(path, entries):,.0f} MB a million")


def measure_orders(path: Path, orders: int) -> None:
    """Print the memory of open orders, of a venue that was opened again with them."""
    story = founded(Story(open_sqlite(path), regions=REGIONS))
    for number in range(orders // ORDERS_AT_ONCE):
        rows = book(ORDERS_AT_ONCE)
        story.ask(SubmitOrders, EXCHANGE, market="m", batch=f"b{number}", orders=rows)
    story.venue.close()
    print(
        f"memory of {orders:,} open orders, in batches of {ORDERS_AT_ONCE:,}: "
        f"{memory(path, orders):,.0f} MB a million"
    )


def write_entries(path: Path, entries: int) -> float:
    """Seconds to write so many."""
    story = Story(open_sqlite(path)).found(factors=())
    writer = story.venue._writer
    started = perf_counter()
    for first in range(0, entries, BATCH):
        writer.write([command(number) for number in range(first, min(first + BATCH, entries))])
    taken = perf_counter() - started
    story.venue.close()
    return taken


def command(number: int) -> Command:
    """The command of a number."""
    party, key = f"p{number // PER_PARTY}", f"n{number}"
    if number % PER_PARTY == 0:
        return RegisterParty(actor=EXCHANGE, key=key, party=party, kind="person", name=party)
    return RecordDeposit(actor=EXCHANGE, key=key, party=party, currency="CNY", amount_minor=number)


def decode(path: Path) -> int:
    """Read, check and decode every entry; how many events."""
    with open_sqlite(path, readonly=True) as store:
        return sum(len(events_of(entry)) for entry in store.read())


def reopen(path: Path) -> int:
    """Open the journal to go on with it; how many entries there are."""
    with open_sqlite(path) as store:
        return Writer(store, StepClock(MORNING), shelf=shelf_beside(store)).size


def best(work: Callable[[], int], rounds: int) -> tuple[float, int]:
    """The best of some rounds, in seconds, and what came of it."""
    taken = []
    for _ in range(rounds):
        gc.collect()
        started = perf_counter()
        found = work()
        taken.append(perf_counter() - started)
    return min(taken), found


def memory(path: Path, count: int) -> float:
    """Megabytes a million of something, as another process says that opened the journal."""
    words = [sys.executable, __file__, "--opened", str(path)]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    return int(said) / count


def resident_after(path: Path) -> int:
    """Bytes that opening a journal adds to the resident set; its snapshots are not used."""
    gc.collect()
    before = resident()
    with open_sqlite(path) as store:
        writer = Writer(store, StepClock(MORNING))
        gc.collect()
        added = resident() - before
        assert writer.size
    return added


def resident() -> int:
    """Bytes of this process in memory now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()

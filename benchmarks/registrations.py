"""First registrations against bare SQLite inserts of the same rows, and what they weigh.

Rights of land, one a unit, twenty a holder, over 31 regions, are registered through the writer in
synced batches, as rows of one command (--single: each a command of its own); the peer inserts the
same rows (unit, right, register entry, two accounts) into indexed tables of SQLite in as many
transactions (write-ahead log, synchronous=FULL), with no check, hash or journal.
They take turns, batch by batch. Then look-ups by holder, unit and registration number, and of all
of a region and a kind, through the index and as a SELECT of the peer, and opening the journal
again, from its beginning and from a snapshot; beside the clock stands the time of the process
itself, which other work does not lengthen. The memory is that of register and books with all
indexes, for rights whose events are taken in by a process of its own (resident set after, less that
before, compiled code loaded).
"""

import argparse
import gc
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from tests.stories import EXCHANGE, MORNING, REGISTRY, Story
from yaosu.core import EVOLVE, State
from yaosu.door import snapshot, use_compiled_code
from yaosu.engine.clock import StepClock
from yaosu.engine.snapshot import shelf_beside
from yaosu.engine.writer import Writer
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel.ids import derive_id
from yaosu.kernel.instant import DAY
from yaosu.kernel.numbers import WHOLE
from yaosu.kernel.probing import NONE, fill_slots, find_rows, link_anew, link_rows
from yaosu.kernel.words import Command, Event
from yaosu.ledger.book import lines
from yaosu.ledger.events import Posted
from yaosu.parties.commands import RegisterParty
from yaosu.rights.commands import RegisterMany, RegisterRight
from yaosu.rights.events import RightRegistered, UnitRegistered
from yaosu.rights.indexes import Index
from yaosu.rights.state import RightsState
from yaosu.rights.title_chain import rights_of_number
from yaosu.rights.values import RegisterEntry, Right, Unit

BATCH = 1_000
LOOKUPS = 500
PER_HOLDER = 20
REGIONS = tuple(f"R{number:02d}" for number in range(1, 32))
TERM = MORNING + 49 * 365 * DAY
TABLES = (
    "CREATE TABLE unit (id TEXT PRIMARY KEY, factor TEXT, region TEXT, quantity INT, use TEXT)",
    'CREATE TABLE "right" (id TEXT PRIMARY KEY, unit TEXT, holder TEXT, kind TEXT, region TEXT, '
    "top INT, bottom INT, term_from INT, term_to INT, source TEXT, version INT, entry TEXT)",
    'CREATE INDEX by_holder ON "right" (holder)',
    'CREATE INDEX by_unit ON "right" (unit)',
    'CREATE INDEX by_kind ON "right" (kind)',
    'CREATE INDEX by_region ON "right" (region)',
    'CREATE TABLE entry (id TEXT PRIMARY KEY, kind TEXT, "right" TEXT, made_by TEXT, at INT)',
    "CREATE TABLE account (party TEXT, asset TEXT, purpose TEXT, amount INT, "
    "PRIMARY KEY (party, asset, purpose)) WITHOUT ROWID",
)


def main() -> None:
    """Measure and print; or, as a process of its own, open a journal and print its memory."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    given.add_argument("--rights", type=int, help="in place of 20,000 or 1,000,000")
    given.add_argument("--single", action="store_true", help="each right a command of its own")
    given.add_argument("--no-memory", action="store_true", help="weigh nothing")
    given.add_argument("--weigh", type=int, help=argparse.SUPPRESS)
    asked = given.parse_args()
    use_compiled_code()
    if asked.weigh:
        print(resident_after(asked.weigh))
        return
    count = asked.rights or (10_000 if asked.quick else 1_000_000)
    weighed = asked.rights or (100_000 if asked.quick else 1_000_000)
    if not asked.no_memory:
        print(
            f"memory of {weighed:,} rights with all indexes: {memory(weighed):,.0f} MB a million",
            flush=True,
        )
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # not a folder in memory
        measure(Path(folder), count, is_single=asked.single)


def measure(folder: Path, count: int, *, is_single: bool) -> None:
    """Write, open again, look up; print."""
    path = folder / "register.db"
    story = Story(open_sqlite(path), regions=REGIONS).found(factors=("land",))
    writer = story.venue._writer
    ours = peers = own = 0.0
    tenths = [0.0]
    with sqlite3.connect(folder / "peer.db") as peer:
        peer.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + ";".join(TABLES))
        for first in range(0, count // PER_HOLDER, BATCH):
            last = min(first + BATCH, count // PER_HOLDER)
            writer.write([holder(number) for number in range(first, last)])
        for first in range(0, count, BATCH):
            asked = [registration(number) for number in range(first, min(first + BATCH, count))]
            started, began = perf_counter(), process_time()
            answers = writer.write(asked if is_single else [together(asked)])
            between, own = perf_counter(), own + process_time() - began
            insert(peer, asked)
            ours, peers = ours + between - started, peers + perf_counter() - between
            if (first + len(asked)) * 10 // count == len(tenths):
                tenths.append(own)
            assert all(getattr(answer, "refusal", answer) is None for answer in answers), answers[0]
            assert len(writer.state.rights.rights) == first + len(asked)
        size = sum(one.stat().st_size for one in folder.glob("register.db*"))
        print(
            f"{count:,} rights: {count / ours:,.0f} registrations/s, "
            f"bare SQLite {count / peers:,.0f}/s; ours/SQLite {peers / ours:.3f}; "
            f"journal {size / count:,.0f} bytes a right"
        )
        print(
            f"processor time a registration: {own / count * 1e6:.0f} us, "
            f"{tenths[1] / count * 1e7:.0f} us in the first tenth, "
            f"{(tenths[-1] - tenths[-2]) / count * 1e7:.0f} us in the last",
            flush=True,
        )
        look_up(writer.state.rights, peer, count)
    story.venue.close()
    whole, whole_cpu = timed(lambda: reopen(path))
    written, written_cpu = timed(lambda: snapshot(path))
    (kept,) = folder.glob("*.snapshots/*.snapshot")
    opened, opened_cpu = timed(lambda: reopen(path))
    print(
        f"recovery {whole:.2f} s (processor {whole_cpu:.2f} s), with a snapshot {opened:.2f} s "
        f"({opened_cpu:.2f} s): {whole / opened:.1f} times as fast "
        f"({whole_cpu / opened_cpu:.1f} times); the snapshot is {kept.stat().st_size / 1e6:,.0f} "
        f"MB and took {written:.1f} s ({written_cpu:.1f} s) with the journal read for it"
    )


def timed(what: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of this process's own, to do something."""
    started, own = perf_counter(), process_time()
    what()
    return perf_counter() - started, process_time() - own


def look_up(register: RightsState, peer: sqlite3.Connection, count: int) -> None:
    """Print microseconds a look-up, of the index and of a SELECT, over names far apart."""
    holders = [f"H{number * 7919 % (count // PER_HOLDER):07d}" for number in range(LOOKUPS)]
    units = [f"U-{number * 7919 % count:07d}" for number in range(LOOKUPS)]
    for name, values in (("holder", holders), ("unit", units)):
        index: Index = getattr(register, f"by_{name}")
        started = perf_counter()
        found = sum(len(index.rights_of(value)) for value in values)
        between = perf_counter()
        query = f'SELECT * FROM "right" WHERE {name} = ?'
        same = sum(len(peer.execute(query, (value,)).fetchall()) for value in values)
        ended = perf_counter()
        assert found == same > 0
        print(
            f"look-up by {name}, {found / LOOKUPS:.0f} found: "
            f"{(between - started) / LOOKUPS * 1e6:.0f} us, "
            f"SELECT {(ended - between) / LOOKUPS * 1e6:.0f} us"
        )

    look_up_all(register, peer)
    numbers = [
        f"land/{REGIONS[n % len(REGIONS)]}/2026/{n // len(REGIONS) + 1:06}" for n in range(9)
    ]
    assert rights_of_number(register, numbers[0])  # the index is made now, once
    started = perf_counter()
    found = sum(len(rights_of_number(register, number)) for number in numbers * 50)
    took = (perf_counter() - started) / len(numbers * 50)
    assert found == len(numbers * 50)
    print(f"look-up by registration number: {took * 1e6:.0f} us")


def look_up_all(register: RightsState, peer: sqlite3.Connection) -> None:
    """Print milliseconds to find all rights of a region and of a kind."""
    for name, value in (("region", REGIONS[3]), ("kind", "use_right")):
        index: Index = getattr(register, f"by_{name}")
        started = perf_counter()
        found = len(index.rights_of(value))
        between = perf_counter()
        query = f'SELECT * FROM "right" WHERE {name} = ?'
        same = len(peer.execute(query, (value,)).fetchall())
        ended = perf_counter()
        assert found == same > 0
        print(
            f"all of a {name}, {found:,} found: {(between - started) * 1e3:,.0f} ms, "
            f"SELECT {(ended - between) * 1e3:,.0f} ms"
        )


def holder(number: int) -> Command:
    """The registration of a holder."""
    party = f"H{number:07d}"
    return RegisterParty(
        actor=EXCHANGE, key=party, party=party, kind="organisation", name=f"Holder {number}"
    )


def registration(number: int) -> RegisterRight:
    """The registration of a right."""
    return RegisterRight(
        actor=REGISTRY,
        key=f"n{number}",
        right=f"R-{number:07d}",
        unit=f"U-{number:07d}",
        factor="land",
        region=REGIONS[number % len(REGIONS)],
        quantity=600 + number % 1000,
        holder=f"H{number // PER_HOLDER:07d}",
        unit_attributes={"use": "industrial", "land_title": "state"},
        term_to=TERM,
        source=sha256(b"%d" % number).hexdigest(),
    )


def together(rows: list[RegisterRight]) -> RegisterMany:
    """The same registrations as rows of one command."""
    return RegisterMany(actor=REGISTRY, key=f"many-{rows[0].key}", rows=tuple(rows))


def insert(peer: sqlite3.Connection, asked: list[RegisterRight]) -> None:
    """The same rows in one synced transaction."""
    peer.executemany(
        "INSERT INTO unit VALUES (?,?,?,?,?)",
        [(a.unit, a.factor, a.region, a.quantity, "industrial") for a in asked],
    )
    peer.executemany(
        'INSERT INTO "right" VALUES (?,?,?,?,?,?,?,?,?,?,?,?)',
        [
            (
                a.right,
                a.unit,
                a.holder,
                "use_right",
                a.region,
                1,
                1,
                MORNING,
                TERM,
                a.source,
                1,
                a.key,
            )
            for a in asked
        ],
    )
    peer.executemany(
        "INSERT INTO entry VALUES (?,?,?,?,?)",
        [(a.key, "first", a.right, a.actor, MORNING) for a in asked],
    )
    peer.executemany(
        "INSERT INTO account VALUES (?,?,?,?)",
        [(a.holder, a.unit, "free", a.quantity) for a in asked]
        + [("register", a.unit, "issued", -a.quantity) for a in asked],
    )
    peer.commit()


def reopen(path: Path) -> int:
    """Open the journal to go on with it; how many entries there are."""
    with open_sqlite(path) as store:
        return Writer(store, StepClock(MORNING), shelf=shelf_beside(store)).size


def memory(count: int) -> float:
    """Megabytes a million of rights, as another process says that took them in."""
    words = [sys.executable, __file__, "--weigh", str(count)]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    return int(said) / count


def resident_after(count: int) -> int:
    """Bytes that so many registrations add to the resident set."""
    load_kernels()
    state = State()
    gc.collect()
    before = resident()
    for number in range(count):
        for event in events_of(registration(number)):
            floor, evolve = EVOLVE[type(event)]
            evolve(getattr(state, floor), event)
    gc.collect()
    assert len(state.rights.rights) == count
    return resident() - before


def load_kernels() -> None:
    """What compiles is in memory once, whatever is registered."""
    empty, one = np.zeros(0, np.int64), np.zeros(1, np.int64)
    short, none = np.full(1, NONE, np.int32), np.zeros(0, np.int32)
    find_rows(one, empty, empty)
    fill_slots(one, empty)
    link_rows(short, none, none, none, empty)
    link_anew(none, short, none, none, none)


def events_of(asked: RegisterRight) -> list[Event]:
    """The events of a registration, without deciding it."""
    cause = sha256(asked.key.encode()).hexdigest()
    entry = derive_id("entry", cause, asked.right)
    at = MORNING + int(asked.key[1:]) // BATCH * 1_000_000
    lots = asked.quantity
    batch = [("register", asked.unit, "issued", -lots), (asked.holder, asked.unit, "free", lots)]
    return [
        UnitRegistered(
            unit=Unit(
                id=asked.unit, factor=asked.factor, region=asked.region, quantity=lots,
                attributes=asked.unit_attributes, profile_version="1", since=at,
            )
        ),
        RightRegistered(
            right=Right(
                id=asked.right, unit=asked.unit, factor=asked.factor, instrument=asked.unit,
                holder=asked.holder, kind="use_right", share=WHOLE, term_from=at,
                term_to=asked.term_to, source=asked.source, begin=at, entry=entry,
            ),
            entry=RegisterEntry(
                id=entry, kind="first", right=asked.right, made_by=asked.actor,
                beneficiary=asked.holder, lots=lots, source=asked.source, at=at,
            ),
        ),
        Posted(batch=derive_id("batch", cause, asked.right), postings=lines(batch)),
    ]  # fmt: skip


def resident() -> int:
    """Bytes of this process in memory now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()

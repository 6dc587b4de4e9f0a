"""The journal against the disk: sealing and appending against bare commits of the same bytes.

Batches of 1, 100 and 1,000 entries with a payload of 192 bytes each (448 bytes with the header).
The peers write the same bytes without any hash: one append with fdatasync a batch, and one SQLite
transaction a batch (write-ahead log, synchronous=FULL). The three take turns, so that a busy disk
is busy for all. Then the index of keys, in bulk, and `verify` against reading the same bytes,
SHA-256 over them and decoding them.
"""

import argparse
import os
import sqlite3
import statistics
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from yaosu.engine.answers import INDEX_EVERY
from yaosu.journal import ACCEPTED, ZERO, open_sqlite, seal, verify
from yaosu.journal.store import KEY_BYTES, Store
from yaosu.kernel import canonical
from yaosu.parties.commands import RegisterParty

PAYLOAD = 192
ENTRY = 256 + PAYLOAD
BATCHES = (1, 100, 1000)
LENGTHS = 16  # bytes before the command in a stored row


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    quick = given.parse_args().quick
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # not a folder in memory
        bare: dict[int, float] = {}
        ours: dict[int, float] = {}
        for batch in BATCHES:
            rounds = 15 if quick else 60
            store, bare[batch], ours[batch] = measure_intake(Path(folder), batch, rounds)
        measure_index(store, bare, ours)  # of the largest journal
        measure_verify(Path(folder), entries=20_000 if quick else 200_000)


def measure_intake(folder: Path, batch: int, rounds: int) -> tuple[Store, float, float]:
    """Print entries a second of the three, and the ratios of medians.

    Returns:
        The journal, and the seconds a batch of the bare peer and of the journal.
    """
    turns = 20 if batch == 1 else 4  # commits a turn
    content = [os.urandom(PAYLOAD) for _ in range(batch)]
    store = open_sqlite(folder / f"journal-{batch}.db")
    writers = [
        bare_file(folder / f"file-{batch}", batch),
        bare_sqlite(folder / f"bare-{batch}.db", batch),
        journal(store, content),
    ]
    seconds: list[list[float]] = [[], [], []]
    for at in range(rounds * len(writers)):
        which = at % len(writers)
        start = perf_counter()
        for _ in range(turns):
            writers[which]()
        seconds[which].append((perf_counter() - start) / turns)
    file, bare, ours = (statistics.median(taken) for taken in seconds)
    print(
        f"batch {batch:>5}: append+fdatasync {batch / file:>9,.0f}/s, "
        f"bare SQLite {batch / bare:>8,.0f}/s, journal {batch / ours:>8,.0f}/s; "
        f"journal/SQLite {bare / ours:.2f}, journal/append {file / ours:.2f}"
    )
    return store, bare, ours


def measure_index(store: Store, bare: dict[int, float], ours: dict[int, float]) -> None:
    """Print what the index of keys adds: written in bulk long after the entries, asked each time.

    Every batch asks for all its keys, which are new.
    """
    count = store.size // INDEX_EVERY
    keys = [sha256(str(number).encode()).digest()[:KEY_BYTES] for number in range(store.size)]
    start = perf_counter()
    for at in range(count):
        store.index(keys[at * INDEX_EVERY : (at + 1) * INDEX_EVERY])
    each = (perf_counter() - start) / (count * INDEX_EVERY)
    said = []
    for batch in sorted(ours):
        new = [os.urandom(KEY_BYTES) for _ in range(batch)]
        asking = []
        for _ in range(20):
            start = perf_counter()
            assert not store.find(new)
            asking.append(perf_counter() - start)
        both = ours[batch] + each * batch + statistics.median(asking)
        said.append(f"batch {batch:,} with it {batch / both:,.0f}/s, {bare[batch] / both:.2f}")
    print(
        f"index of keys, {count * INDEX_EVERY:,} in bulks of {INDEX_EVERY:,}: {each * 1e6:.1f} us "
        f"each; {'; '.join(said)} of bare SQLite, wanted 0.50"
    )


def bare_file(path: Path, batch: int) -> Callable[[], None]:
    """Append and sync, nothing else."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    data = os.urandom(ENTRY * batch)

    def write() -> None:
        os.write(handle, data)
        os.fdatasync(handle)

    return write


def bare_sqlite(path: Path, batch: int) -> Callable[[], None]:
    """One durable transaction a batch, one row an entry, no hash."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")  # as the journal
    connection.execute(
        "CREATE TABLE entries (sequence INTEGER PRIMARY KEY, header BLOB, payload BLOB)"
    )
    rows = [(None, os.urandom(256), os.urandom(PAYLOAD)) for _ in range(batch)]

    def write() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")

    return write


def journal(store: Store, content: list[bytes]) -> Callable[[], None]:
    """Seal each entry onto the one before and append the batch."""
    at: list[tuple[int, bytes]] = [(0, ZERO)]

    def write() -> None:
        sequence, held = at[0]
        entries = []
        for number, command in enumerate(content, sequence):
            entry = seal(held, number, number, ACCEPTED, "firm", command, b"", b"", ZERO, 1)
            entries.append(entry)
            held = entry.hash
        store.append(entries)
        at[0] = sequence + len(entries), held

    return write


def measure_verify(folder: Path, entries: int) -> None:
    """Print entries a second of verify, and of reading, hashing and decoding the same bytes."""
    path = folder / "verify.db"
    names = [f"firm-{number:06d} ".ljust(PAYLOAD - 76, "x") for number in range(1000)]
    commands = [
        RegisterParty(actor="op", key=name[:11], party=name[:11], kind="organisation", name=name)
        for name in names
    ]
    write = journal(open_sqlite(path), [canonical.encode(command) for command in commands])
    for _ in range(entries // 1000):
        write()
    taken: dict[str, list[float]] = {"verify": [], "reading": [], "SHA-256": [], "decoding": []}

    def lap(name: str, start: float) -> None:
        taken[name].append(perf_counter() - start)

    for _ in range(7):  # they take turns, and the best of each counts
        start = perf_counter()
        with open_sqlite(path, readonly=True) as store:
            assert verify(store).entries == entries
        lap("verify", start)
        start = perf_counter()
        rows = sqlite3.connect(path).execute("SELECT header, payloads FROM entries").fetchall()
        lap("reading", start)
        start = perf_counter()
        for header, payload in rows:
            sha256(header).digest()
            sha256(payload).digest()
        lap("SHA-256", start)
        start = perf_counter()
        for _, payload in rows:
            canonical.decode(payload[LENGTHS:], RegisterParty)
        lap("decoding", start)
    ours, reading, hashing, decoding = (min(times) for times in taken.values())
    peer = reading + hashing + decoding
    print(
        f"verify {entries:,} entries: {entries / ours:,.0f}/s; of the same bytes SHA-256 "
        f"{entries / hashing:,.0f}/s, reading and SHA-256 {entries / (reading + hashing):,.0f}/s, "
        f"reading, SHA-256 and decoding {entries / peer:,.0f}/s; "
        f"verify/(reading and SHA-256) {(reading + hashing) / ours:.2f}, "
        f"verify/(reading, SHA-256 and decoding) {peer / ours:.2f}, wanted 0.50"
    )


if __name__ == "__main__":
    main()

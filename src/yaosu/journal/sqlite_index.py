"""The index of keys in the SQLite file: its runs and their parts, and the filter before them.

Format 1 kept a row for each key. Such a file can be read as it is; opened for writing it is given
today's tables with nothing in them, and whoever writes makes the index anew from the entries.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from yaosu.journal.damage import INDEX, damaged
from yaosu.journal.key_runs import (
    PARTS_MAX,
    KeyFilter,
    Records,
    Run,
    found_in,
    is_in_order,
    keys_in,
    merged,
    part_of,
    parted,
    records_of,
    run_to_write,
    sorted_records,
)
from yaosu.journal.store import KEY_BYTES

KEYS_1 = (  # how format 1 kept them
    "CREATE TABLE keys (key BLOB NOT NULL, sequence INTEGER NOT NULL, "
    "PRIMARY KEY (key, sequence)) WITHOUT ROWID"
)
TABLES = {
    "indexed": "CREATE TABLE indexed (id INTEGER PRIMARY KEY, size INTEGER NOT NULL)",
    "keys": "CREATE TABLE keys (id INTEGER PRIMARY KEY, content BLOB NOT NULL)",
    "runs": "CREATE TABLE runs (first INTEGER PRIMARY KEY, size INTEGER NOT NULL)",
}
UPGRADE = (
    "DROP TABLE keys",
    TABLES["keys"],
    TABLES["runs"],
    "UPDATE indexed SET size = 0",
)
FIND_1 = "SELECT key, min(sequence) FROM keys WHERE key IN ({}) GROUP BY key"
FIND_MAX = 500  # keys in one question
PARTS = "SELECT id, content FROM keys WHERE id BETWEEN ? AND ? ORDER BY id"
ROWS_AT_ONCE = 1 << 16
Fetch = Callable[[str, str, tuple[Any, ...]], list[tuple[Any, ...]]]


class SqliteIndex:
    """Reads and writes the tables of the index. Inside a transaction of the store, where it writes.

    Args:
        name: of the journal, for refusals.
        fetch: asks the file; query, what is read, values.
        is_old: whether the file is of format 1, and only read.
    """

    def __init__(self, name: str, fetch: Fetch, *, is_old: bool) -> None:
        self._name = name
        self._ask = fetch
        self._is_old = is_old
        self._filter = KeyFilter(0)
        self._covered = 0  # so many entries, from the first on, have their keys in the filter

    @property
    def size(self) -> int:
        """How many entries the index covers."""
        rows = self._fetch("SELECT id, size FROM indexed")
        if len(rows) != 1 or rows[0][0] != 1 or type(rows[0][1]) is not int:
            raise damaged(self._name, INDEX, "it does not say how far it goes")
        size: int = rows[0][1]
        return size

    @property
    def count(self) -> int:
        """How many keys there are in it, as its runs say; and no part besides theirs."""
        if self._is_old:
            return int(self._fetch("SELECT count(*) FROM keys")[0][0])
        runs = self._runs()
        parts: int = self._fetch("SELECT count(*) FROM keys")[0][0]
        wanted = sum(run.parts for run in runs)
        if parts != wanted:
            raise damaged(self._name, INDEX, f"it has {parts} parts of {wanted}")
        return sum(run.size for run in runs)

    def write(self, connection: sqlite3.Connection, keys: Sequence[bytes]) -> None:
        """Take the keys of the next entries, at least one; merge what has become many."""
        runs = self._runs()
        old, run = run_to_write(runs, len(keys))
        records = sorted_records(keys)
        if old:
            new = Run(runs[-1].first + runs[-1].size, len(keys))
            contents = [*map(self._records, old), records]
            records = merged([*old, new], contents)
        for one in old:
            connection.execute("DELETE FROM keys WHERE id BETWEEN ? AND ?", _ids(one))
            connection.execute("DELETE FROM runs WHERE first = ?", (one.first,))
        connection.execute("INSERT INTO runs VALUES (?, ?)", (run.first, run.size))
        rows = enumerate(parted(run, records), _ids(run)[0])
        connection.executemany("INSERT INTO keys VALUES (?, ?)", rows)
        connection.execute("UPDATE indexed SET size = ?", (run.first + run.size,))

    def forget(self, connection: sqlite3.Connection) -> None:
        """Empty it."""
        connection.execute("DELETE FROM keys")
        connection.execute("DELETE FROM runs")
        connection.execute("UPDATE indexed SET size = 0")

    def find(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """For those of the keys that are in the index: number of the first entry that has it."""
        if self._is_old:
            return self._find_in_rows(keys)
        self._fill_filter()
        wanted = self._filter.perhaps(keys)
        found: dict[bytes, int] = {}
        for run in self._runs() if wanted else ():
            for key in wanted:
                if key in found:
                    continue
                at = _ids(run)[0] + part_of(run, key)
                rows = self._fetch("SELECT content FROM keys WHERE id = ?", (at,))
                if len(rows) != 1 or type(rows[0][0]) is not bytes:
                    raise self._damaged(run)
                number = found_in(rows[0][0], key)
                if number is not None:
                    found[key] = run.first + number
        return found

    def rows(self) -> Iterator[tuple[bytes, int]]:
        """The whole index, unchecked but for its form: key and number of entry."""
        if self._is_old:
            yield from self._fetch("SELECT key, sequence FROM keys")
            return
        for run in self._runs():
            records = self._records(run)
            for begin in range(0, len(records), ROWS_AT_ONCE):
                some = records[begin : begin + ROWS_AT_ONCE]
                keys = keys_in(some)
                yield from zip(
                    (keys[at : at + KEY_BYTES] for at in range(0, len(keys), KEY_BYTES)),
                    (some["entry"].astype(np.int64) + run.first).tolist(),
                    strict=True,
                )

    def _runs(self) -> list[Run]:
        """The runs in order, checked to follow one another from the first entry on."""
        rows = self._fetch("SELECT first, size FROM runs ORDER BY first")
        end = 0
        runs = []
        for first, size in rows:
            if first != end or type(size) is not int or size < 1:
                raise damaged(self._name, INDEX, f"the run from entry {first}")
            runs.append(Run(first, size))
            end = first + size
        if end != self.size:
            raise damaged(self._name, INDEX, f"it says {self.size} entries and has {end} keys")
        return runs

    def _records(self, run: Run) -> Records:
        """All of a run."""
        begin, end = _ids(run)
        rows = self._fetch(PARTS, (begin, end))
        sound = [row[0] for row in rows] == list(range(begin, end + 1))
        contents = [row[1] for row in rows]
        sound = sound and all(type(content) is bytes for content in contents)
        records = records_of(b"".join(contents)) if sound else None
        if records is None or len(records) != run.size or not is_in_order(records):
            raise self._damaged(run)
        if parted(run, records) != contents:  # a key that stands in another part is not found
            raise self._damaged(run)
        return records

    def _fill_filter(self) -> None:
        """See that every key of the index is in the filter."""
        size = self.size
        if size > self._filter.size:
            self._filter, self._covered = KeyFilter(2 * size), 0
        if size > self._covered:
            for run in self._runs():
                if run.first + run.size > self._covered:
                    self._filter.add(keys_in(self._records(run)))
        self._covered = size

    def _find_in_rows(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        found: dict[bytes, int] = {}
        for at in range(0, len(keys), FIND_MAX):
            some = tuple(keys[at : at + FIND_MAX])
            found |= self._fetch(FIND_1.format(", ".join("?" * len(some))), some)
        return found

    def _fetch(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        return self._ask(query, INDEX, values)

    def _damaged(self, run: Run) -> Exception:
        return damaged(self._name, INDEX, f"the keys of the run from entry {run.first}")


def _ids(run: Run) -> tuple[int, int]:
    """The numbers of the first and the last part of a run."""
    assert run.parts <= PARTS_MAX, run
    begin = run.first * PARTS_MAX
    return begin, begin + run.parts - 1

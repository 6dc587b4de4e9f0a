"""The journal in one SQLite file: write-ahead log, every commit on the disk before it is answered.

One row an entry, one row for the head, one row a note. A batch is one transaction, and the head
moves in the same transaction, only from where this writer left it.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self

from msgspec.structs import astuple

from yaosu.journal.chain import (
    HEADER_BYTES,
    Entry,
    Row,
    header_hash,
)
from yaosu.journal.damage import (
    HEAD,
    check_counts,
    check_head,
    checked_entries,
    damaged,
    entry_damaged,
)
from yaosu.journal.files import FORMAT, WANTED, begin, check_format, connect, refusal_of
from yaosu.journal.lock import WriterLock, writer_is_alive
from yaosu.journal.packing import note_digest, pack_payloads, pack_without_sealed, split_payloads
from yaosu.journal.sqlite_index import SqliteIndex
from yaosu.journal.store import Head, check_keys
from yaosu.journal.tip import tip_of
from yaosu.journal.wal import check_log
from yaosu.kernel.refusal import refuse, refuse_unless

ENTRY = "SELECT sequence, header, payloads FROM entries"
BETWEEN = " WHERE sequence BETWEEN ? AND ? ORDER BY sequence"
# three questions, each of which SQLite answers without looking into the rows
COUNTED = (
    "SELECT (SELECT count(*) FROM entries), (SELECT min(sequence) FROM entries), "
    "(SELECT max(sequence) FROM entries)"
)
# entries in one statement: each step of one lets other threads go first, so a batch of up to 32,
# as single commands make them, is one
ROWS_AT_ONCE = (256, *range(32, 0, -1))
INSERT = {
    many: f"INSERT INTO entries VALUES {', '.join(['(?, ?, ?)'] * many)}" for many in ROWS_AT_ONCE
}
ADVANCE = (
    "UPDATE head SET size = ?, last_hash = ?, peaks = ?, root = ? WHERE size = ? AND last_hash = ?"
)


def open_sqlite(path: str | os.PathLike[str], readonly: bool = False) -> "SqliteStore":
    """Open the journal at ``path``, or begin one there.

    Args:
        path: the file; beside it stand ``-wal`` and ``-shm`` (SQLite's) and ``.lock`` (ours).
        readonly: any number of readers may go on beside the one writer.

    Raises:
        Refusal: `journal.locked`, `journal.not_found`, `journal.no_folder`, `journal.read_only`,
            `journal.cannot_read`, `journal.not_a_journal`, `journal.wrong_format`,
            `journal.not_durable`, `journal.damaged`, `journal.disk_full`, `journal.write_failed`.
    """
    return SqliteStore(os.path.realpath(os.fspath(path)), readonly)


class SqliteStore:
    """A journal in a file. Use it from one thread at a time and never across a fork."""

    def __init__(self, path: str, readonly: bool) -> None:
        self._path = path
        self._readonly = readonly
        self._stopped = False
        self._in_snapshot = False
        self._lock = None if readonly else _lock(path)
        self._connection: sqlite3.Connection | None = None
        try:
            if not readonly or not writer_is_alive(path):
                check_log(path)
            self._connection = connect(path, readonly)
            if not readonly:
                begin(self._connection, path)
            is_old = check_format(self._connection, path) != FORMAT
            self._index = SqliteIndex(path, self._fetch, is_old=is_old)
            head = self.head()
            check_head(self, head)
            self._tip = tip_of(self, head)
        except BaseException:
            self.close()
            raise

    @property
    def name(self) -> str:
        """The path."""
        return self._path

    @property
    def durability(self) -> str:
        """The settings of SQLite that were asked for, each of which was read back."""
        settings = ", ".join(f"{setting}={value}" for setting, value, _ in WANTED)
        return f"SQLite, {settings}"

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self.head().size

    def append(self, entries: Sequence[Entry]) -> None:
        """Add a batch in one transaction; on return it is on the disk."""
        batch = list(entries)
        self._check_writable()
        if not batch:
            return
        tip = self._tip.grown(batch)
        head = (*astuple(tip.head), self._tip.size, self._tip.last_hash)
        with self._transaction() as connection:
            moved = connection.execute(ADVANCE, head).rowcount
            if moved != 1:
                refuse(
                    "journal.overtaken",
                    path=self._path,
                    found=self.head().size,
                    expected=self._tip.size,
                )
            for many, rows in _statements(batch):
                connection.execute(INSERT[many], rows)
        self._tip = tip

    def read(self, first: int = 0, last: int | None = None) -> Iterator[Entry]:
        """Entries ``first`` to ``last``, both included, each one checked."""
        return checked_entries(self, first, last)

    def rows(self, first: int, last: int) -> Iterator[Row]:
        """What is stored, unchecked."""
        reached = first
        try:
            for sequence, packed, payloads in self._execute(ENTRY + BETWEEN, (first, last)):
                yield sequence, packed, *split_payloads(payloads)
                reached = sequence + 1
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._reading_refusal(error, reached) from error

    def index(self, keys: Sequence[bytes]) -> None:
        """Take the keys of the next entries into the index, in one transaction."""
        self._check_writable()
        check_keys(keys, self.indexed, self._tip.size)
        if keys:
            with self._transaction() as connection:
                self._index.write(connection, keys)

    @property
    def indexed(self) -> int:
        """How many entries the index covers."""
        return self._index.size

    def find(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """For those of the keys that are in the index: number of the first entry that has it."""
        return self._index.find(keys) if keys else {}

    def index_rows(self) -> Iterator[tuple[bytes, int]]:
        """The whole index, unchecked."""
        return self._index.rows()

    def clear_index(self) -> None:
        """Forget the index."""
        self._check_writable()
        with self._transaction() as connection:
            self._index.forget(connection)

    def hashes(self, first: int, last: int) -> Iterator[bytes]:
        """The hashes of the headers; the payloads are not touched."""
        reached = first
        query = "SELECT sequence, header FROM entries" + BETWEEN
        try:
            for sequence, packed in self._execute(query, (first, last)):
                if type(packed) is not bytes or len(packed) != HEADER_BYTES:
                    raise entry_damaged(self, sequence, "header is not 256 bytes")
                yield header_hash(packed)
                reached = sequence + 1
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._reading_refusal(error, reached) from error

    def last(self) -> tuple[int, bytes] | None:
        """Number and hash of the last entry."""
        head = self.head()
        return (head.size - 1, head.last_hash) if head.size else None

    def head(self) -> Head:
        """Where the journal says that it ends."""
        rows = self._fetch("SELECT id, size, last_hash, peaks, root FROM head", HEAD)
        if len(rows) != 1 or rows[0][0] != 1:
            raise damaged(self._path, HEAD, "there must be one, numbered 1")
        size, *blobs = rows[0][1:]
        if type(size) is not int or size < 0 or not all(type(blob) is bytes for blob in blobs):
            raise damaged(self._path, HEAD, "a field is not of its kind")
        return Head(size, *blobs)

    def root(self) -> bytes:
        """The Merkle root over all entries."""
        return self.head().root

    def drop_sealed(self, sequence: int) -> None:
        """Forget the sealed items of an entry, in a transaction of its own."""
        self._check_writable()
        (row,) = self.rows(sequence, sequence)
        with self._transaction() as connection:
            connection.execute(
                "UPDATE entries SET payloads = ? WHERE sequence = ?",
                (pack_without_sealed(row), sequence),
            )

    def note(self, name: str, value: bytes) -> None:
        """Keep a small fact about the journal itself; a later note of the name replaces it."""
        self._check_writable()
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO notes VALUES (?, ?, ?)",
                (name, value, note_digest(name, value)),
            )

    def notes(self) -> dict[str, bytes]:
        """All notes, by name; each one checked against its digest."""
        found: dict[str, bytes] = {}
        for name, value, kept in self._fetch(
            "SELECT name, value, digest FROM notes ORDER BY name", "the notes"
        ):
            kinds = type(name) is str and type(value) is bytes and type(kept) is bytes
            if not kinds or note_digest(name, value) != kept:
                raise damaged(self._path, f"note {name!r}", "it does not fit its digest")
            found[name] = value
        return found

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Inside it, all readings see the journal as it was at one moment."""
        assert not self._in_snapshot, "a snapshot inside a snapshot"
        self._execute("BEGIN")
        self._in_snapshot = True
        try:
            yield
        finally:
            self._in_snapshot = False
            if self._connection is not None:  # whoever gave up reading may end after the store
                self._execute("COMMIT")

    def check(self) -> None:
        """SQLite's own check of its pages, the count of rows, the notes."""
        entries = self._fetch(COUNTED, "the entries")[0]
        check_counts(self, entries, self._index.count)
        self.notes()
        found = self._fetch("PRAGMA integrity_check(1)", "the pages")
        if found != [("ok",)]:
            raise damaged(self._path, "the pages", " ".join(str(found[0][0]).split()))

    def close(self) -> None:
        """Let go of the file and of the lock; safe to call twice."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):  # what was acknowledged is on the disk already
                connection.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and after a failure nothing more: what the disk holds is then unknown."""
        connection = self._connection
        assert connection is not None, f"{self._path} is closed"
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except BaseException as error:
            self._stopped = True
            with suppress(sqlite3.Error):  # the first failure is told; nothing is written after it
                connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise refusal_of(error, self._path, writing=True) from error
            raise

    def _check_writable(self) -> None:
        assert not self._in_snapshot, "writing inside a snapshot"
        refuse_unless(
            not self._readonly,
            "journal.read_only",
            path=self._path,
            reason="it was opened for reading only",
        )
        refuse_unless(not self._stopped, "journal.stopped", path=self._path)

    def _execute(self, query: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        assert self._connection is not None, f"{self._path} is closed"
        try:
            return self._connection.execute(query, values)
        except sqlite3.Error as error:
            raise refusal_of(error, self._path) from error

    def _fetch(
        self, query: str, position: str, values: tuple[Any, ...] = ()
    ) -> list[tuple[Any, ...]]:
        try:
            return self._execute(query, values).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise refusal_of(error, self._path, position=position) from error

    def _reading_refusal(self, error: Exception, reached: int) -> Exception:
        return refusal_of(error, self._path, position=f"entry {reached}")


def _lock(path: str) -> WriterLock:
    folder = os.path.dirname(path)
    refuse_unless(
        os.path.isdir(folder),
        "journal.no_folder",
        path=path,
        reason=f"no folder {folder}",
    )
    try:
        return WriterLock(path)
    except OSError as error:
        reason = error.strerror or str(error)
        refuse("journal.read_only", path=path, reason=f"{reason} in its folder")


def _statements(batch: Sequence[Entry]) -> Iterator[tuple[int, list[int | bytes]]]:
    """How many entries each statement inserts, the most at once, and their columns in a row."""
    at = 0
    for many in ROWS_AT_ONCE:
        while len(batch) - at >= many:
            rows: list[int | bytes] = []
            for entry in batch[at : at + many]:
                rows += _stored(entry)
            yield many, rows
            at += many


def _stored(entry: Entry) -> tuple[int, bytes, bytes]:
    return entry.header.sequence, entry.packed, pack_payloads(entry)

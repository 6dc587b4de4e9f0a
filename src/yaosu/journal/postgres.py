"""The journal in a schema of a PostgreSQL database: each batch one statement, one commit.

The same rows as in the SQLite file. A batch goes in with a single statement that renews the lease,
moves the head and adds the entries, or does nothing at all: where the lease or the head is no
longer as this writer left it. So nothing is locked while the server waits for us, and a deposed
writer writes nothing, however late its statement arrives.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any, Self

from msgspec.structs import astuple

from yaosu.journal.chain import HEADER_BYTES, Entry, Row, header_hash
from yaosu.journal.damage import (
    HEAD,
    INDEX,
    check_counts,
    check_head,
    checked_entries,
    damaged,
    entry_damaged,
)
from yaosu.journal.packing import note_digest, pack_payloads, pack_without_sealed, split_payloads
from yaosu.journal.postgres_errors import is_connection_lost, reason_of, refusal_of, refusing
from yaosu.journal.postgres_lease import Held, Lease, cut_off, read_lease
from yaosu.journal.postgres_params import Blobs, register
from yaosu.journal.postgres_server import (
    ACCEPTED,
    Setting,
    begin,
    connect,
    is_postgres_ready,
    judge_settings,
    make_durable,
    read_settings,
)
from yaosu.journal.postgres_url import PostgresUrl, parse_postgres_url
from yaosu.journal.store import Head, check_keys
from yaosu.journal.tip import tip_of
from yaosu.kernel.refusal import refuse, refuse_unless

PIECE_BYTES = 16 * 1024 * 1024  # of entries sent, or asked for, at a time; at least one entry
ROWS_AT_ONCE = 1024
IDLE = "idle_in_transaction_session_timeout"
HASHES_AT_ONCE = 8192
INSERT = """
INSERT INTO {schema}.entries
SELECT %s + number - 1, header, payloads
FROM unnest(%s, %s) WITH ORDINALITY AS given (header, payloads, number)"""
APPEND = (
    """
WITH held AS ({renewal} RETURNING id),
moved AS (
    UPDATE {schema}.head SET size = %s, last_hash = %s, peaks = %s, root = %s
    WHERE size = %s AND last_hash = %s AND EXISTS (SELECT FROM held) RETURNING id
)"""
    + INSERT
    + ", moved"
)
NOTE = """
WITH held AS ({renewal} RETURNING id)
INSERT INTO {schema}.notes SELECT %s, %s, %s FROM held
ON CONFLICT (name) DO UPDATE SET value = excluded.value, digest = excluded.digest"""
DROP_SEALED = """
WITH held AS ({renewal} RETURNING id)
UPDATE {schema}.entries SET payloads = %s WHERE sequence = %s AND EXISTS (SELECT FROM held)"""
TAKE_KEYS = """
WITH held AS ({renewal} RETURNING id),
moved AS (
    UPDATE {schema}.indexed SET size = %s
    WHERE size = %s AND EXISTS (SELECT FROM held) RETURNING id
)
INSERT INTO {schema}.keys SELECT key, %s + number - 1
FROM unnest(%s) WITH ORDINALITY AS given (key, number), moved"""
FORGET_KEYS = """
WITH held AS ({renewal} RETURNING id),
forgotten AS (DELETE FROM {schema}.keys WHERE EXISTS (SELECT FROM held))
UPDATE {schema}.indexed SET size = 0 WHERE EXISTS (SELECT FROM held)"""
FIND = "SELECT key, min(sequence) FROM {schema}.keys WHERE key = ANY(%s) GROUP BY key"
KEYS = """
SELECT key, sequence FROM {schema}.keys WHERE (key, sequence) > (%s, %s)
ORDER BY key, sequence LIMIT %s"""
# so many rows as fit into a piece, and the first one however large it is; lengths are known
# without fetching the bytes
ROWS = """
SELECT sequence, header, payloads FROM (
    SELECT *, sum(octet_length(payloads)) OVER (ORDER BY sequence ROWS UNBOUNDED PRECEDING)
        - octet_length(payloads) AS before
    FROM {schema}.entries WHERE sequence BETWEEN %s AND %s
) AS found WHERE before < %s ORDER BY sequence"""
HASHES = """
SELECT sequence, header FROM {schema}.entries
WHERE sequence BETWEEN %s AND %s ORDER BY sequence"""


def open_postgres(
    url: str | PostgresUrl,
    readonly: bool = False,
    on_deposed: Callable[[], None] = lambda: None,
) -> "PostgresStore":
    """Open the journal at ``url``, or begin one there.

    Args:
        url: see :mod:`yaosu.journal.postgres_url`.
        readonly: any number of readers may go on beside the one writer.
        on_deposed: called from another thread where the lease is lost while nobody writes.

    Raises:
        Refusal: `journal.bad_url`, `journal.no_library`, `journal.no_connection`,
            `journal.no_login`, `journal.server_too_old`, `journal.not_durable`, `journal.leased`,
            `journal.not_found`, `journal.not_a_journal`, `journal.wrong_format`,
            `journal.read_only`, `journal.cannot_read`, `journal.damaged`, `journal.disk_full`.
    """
    parsed = parse_postgres_url(url) if isinstance(url, str) else url
    return PostgresStore(parsed, readonly, on_deposed)


def examine_server(url: PostgresUrl) -> tuple[list[Setting], Held | None]:
    """What the server of a journal promises, and who may write; nothing is begun or refused.

    Raises:
        Refusal: where the server cannot be reached, or what is there is no journal.
    """
    connection = connect(url)
    with connection, refusing(url):
        settings = judge_settings(url, read_settings(url, connection))
        ready = is_postgres_ready(url, connection)
        return settings, read_lease(url, connection) if ready else None


class PostgresStore:
    """A journal in PostgreSQL. Use it from one thread at a time and never across a fork.

    Attributes:
        settings: what the server promised at opening; empty where only read.
    """

    def __init__(self, url: PostgresUrl, readonly: bool, on_deposed: Callable[[], None]) -> None:
        self._url = url
        self._readonly = readonly
        self._on_deposed = on_deposed
        self._stopped = False
        self._in_snapshot = False
        self._lease: Lease | None = None
        self._closed = False
        self.settings: list[Setting] = []
        self._connection = connect(url)
        register(self._connection)
        try:
            with self._reading(writing=not readonly):
                self._lease = self._open()
            head = self.head()
            check_head(self, head)
            self._tip = tip_of(self, head)
            if self._lease is not None:
                self._lease.keep()
        except BaseException:
            self.close()
            raise

    @property
    def name(self) -> str:
        """The address without its password."""
        return self._url.name

    @property
    def durability(self) -> str:
        """What the server said of itself; a setting that was accepted by name is marked."""
        said = [
            f"{one.name}={one.found or 'none'}" + (" (accepted)" if one.verdict == ACCEPTED else "")
            for one in self.settings
        ]
        return f"PostgreSQL, {', '.join(said)}"

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self.head().size

    @property
    def epoch(self) -> int:
        """The number of our lease; 0 where we only read."""
        return self._lease.epoch if self._lease is not None else 0

    def lease(self) -> Held:
        """Who may write now, as the database says."""
        with self._reading("the lease"):
            return read_lease(self._url, self._connection)

    def append(self, entries: Sequence[Entry]) -> None:
        """Add a batch in one transaction; on return the server has it on its disk."""
        batch = list(entries)
        self._check_writable()
        if not batch:
            return
        tip = self._tip.grown(batch)
        head = (*astuple(tip.head), self._tip.size, self._tip.last_hash)
        *before, piece = _pieces(batch)
        with self._writing():
            if before:  # too much for one statement; only the last one moves the head
                with self._connection.transaction():
                    # cut off in the middle of it, we must not stand in the next writer's way
                    self._write(f"SET LOCAL {IDLE} = {self._url.lease_ms}", ())
                    for some in before:
                        self._write(INSERT, _values(some))
                    self._write(APPEND, (*head, *_values(piece)), rows=len(piece))
            else:
                self._write(APPEND, (*head, *_values(piece)), rows=len(piece))
        self._tip = tip

    def read(self, first: int = 0, last: int | None = None) -> Iterator[Entry]:
        """Entries ``first`` to ``last``, both included, each one checked."""
        return checked_entries(self, first, last)

    def rows(self, first: int, last: int) -> Iterator[Row]:
        """What is stored, unchecked; asked for in pieces, so that nothing stays open meanwhile."""
        for sequence, packed, payloads in self._pieces(ROWS, first, last, ROWS_AT_ONCE):
            yield (sequence, packed, *split_payloads(payloads))

    def index(self, keys: Sequence[bytes]) -> None:
        """Take the keys of the next entries into the index, in one transaction."""
        self._check_writable()
        first = self.indexed
        check_keys(keys, first, self._tip.size)
        with self._writing():
            self._write(TAKE_KEYS, (first + len(keys), first, first, Blobs(keys)), rows=len(keys))

    @property
    def indexed(self) -> int:
        """How many entries the index covers."""
        rows = self._fetch("SELECT id, size FROM {schema}.indexed", INDEX)
        if len(rows) != 1 or rows[0][0] != 1:
            raise damaged(self.name, INDEX, "it does not say how far it goes")
        size: int = rows[0][1]
        return size

    def find(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """For those of the keys that are in the index: number of the first entry that has it."""
        found: dict[bytes, int] = dict(self._fetch(FIND, INDEX, (Blobs(keys),))) if keys else {}
        return found

    def index_rows(self) -> Iterator[tuple[bytes, int]]:
        """The whole index, unchecked."""
        after: tuple[bytes, int] = (b"", -1)
        while found := self._fetch(KEYS, INDEX, (*after, HASHES_AT_ONCE)):
            yield from found
            after = found[-1]

    def clear_index(self) -> None:
        """Forget the index."""
        self._check_writable()
        with self._writing():
            self._write(FORGET_KEYS, (), rows=1)

    def hashes(self, first: int, last: int) -> Iterator[bytes]:
        """The hashes of the headers; the payloads are not touched."""
        for sequence, packed in self._pieces(HASHES, first, last, HASHES_AT_ONCE):
            if len(packed) != HEADER_BYTES:
                raise entry_damaged(self, sequence, "header is not 256 bytes")
            yield header_hash(packed)

    def last(self) -> tuple[int, bytes] | None:
        """Number and hash of the last entry."""
        head = self.head()
        return (head.size - 1, head.last_hash) if head.size else None

    def head(self) -> Head:
        """Where the journal says that it ends."""
        rows = self._fetch("SELECT id, size, last_hash, peaks, root FROM {schema}.head", HEAD)
        if len(rows) != 1 or rows[0][0] != 1:
            raise damaged(self.name, HEAD, "there must be one, numbered 1")
        if rows[0][1] < 0:
            raise damaged(self.name, HEAD, "its size")
        return Head(*rows[0][1:])

    def root(self) -> bytes:
        """The Merkle root over all entries."""
        return self.head().root

    def drop_sealed(self, sequence: int) -> None:
        """Forget the sealed items of an entry, while the lease is held."""
        self._check_writable()
        (row,) = self.rows(sequence, sequence)
        with self._writing():
            self._write(DROP_SEALED, (pack_without_sealed(row), sequence), rows=1)

    def note(self, name: str, value: bytes) -> None:
        """Keep a small fact about the journal itself; a later note of the name replaces it."""
        self._check_writable()
        with self._writing():
            self._write(NOTE, (name.encode(), value, note_digest(name, value)), rows=1)

    def notes(self) -> dict[str, bytes]:
        """All notes, by name; each one checked against its digest."""
        found: dict[str, bytes] = {}
        query = "SELECT name, value, digest FROM {schema}.notes ORDER BY name"
        for packed, value, kept in self._fetch(query, "the notes"):
            name = packed.decode(errors="replace")
            if note_digest(name, value) != kept:
                raise damaged(self.name, f"note {name!r}", "it does not fit its digest")
            found[name] = value
        return found

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Inside it, all readings see the journal as it was at one moment."""
        assert not self._in_snapshot, "a snapshot inside a snapshot"
        with self._reading():
            self._connection.execute(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self._in_snapshot = True
        try:
            yield
        finally:
            self._in_snapshot = False
            if not self._closed:  # whoever gave up reading may end after the store
                with self._reading():
                    self._connection.execute(b"COMMIT")

    def check(self) -> None:
        """The tables as they must be, the count of rows, the notes."""
        with self._reading():
            is_postgres_ready(self._url, self._connection)
        query = "SELECT count(*), min(sequence), max(sequence) FROM {schema}.entries"
        entries = self._fetch(query, "the entries")[0]
        keys = self._fetch("SELECT count(*) FROM {schema}.keys", INDEX)[0][0]
        check_counts(self, entries, keys)
        self.notes()

    def close(self) -> None:
        """Give the lease back and let go of the server; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        if self._lease is not None:
            self._lease.give_back()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self) -> Lease | None:
        if self._readonly:
            ready = is_postgres_ready(self._url, self._connection)
            refuse_unless(ready, "journal.not_found", path=self.name)
            return None
        make_durable(self._url, self._connection)  # before anything is begun there
        begin(self._url, self._connection)
        self.settings = make_durable(self._url, self._connection)
        return Lease(self._url, self._deposed)

    def _deposed(self) -> None:
        """The lease ended while nobody wrote, or under a batch that waits for its answer."""
        cut_off(self._connection)
        self._on_deposed()

    def _write(self, query: str, values: tuple[Any, ...], rows: int | None = None) -> None:
        """One statement; where it did not change ``rows`` rows, the reason is a refusal."""
        assert self._lease is not None
        text = query.format(schema=self._url.quoted, renewal=self._lease.renewal).encode()
        done = self._connection.execute(text, values, prepare=True, binary=True)
        if rows in (None, done.rowcount):
            return
        held = read_lease(self._url, self._connection)
        if held.epoch != self._lease.epoch:
            why = f"{held.holder} took the lease, epoch {held.epoch}"
            self._lease.lose(why)
            refuse("journal.deposed", path=self.name, reason=why)
        size = self._tip.size
        refuse("journal.overtaken", path=self.name, found=self.head().size, expected=size)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """After a failure nothing more is written: what the server then holds is not known."""
        import psycopg

        try:
            yield
        except BaseException as error:
            self._stopped = True
            if isinstance(error, psycopg.errors.UniqueViolation):
                found, expected = self.head().size, self._tip.size
                refuse("journal.overtaken", path=self.name, found=found, expected=expected)
            if isinstance(error, psycopg.Error):
                if is_connection_lost(error):
                    reason = reason_of(error, self._url)
                    refuse("journal.outcome_unknown", path=self.name, reason=reason)
                raise refusal_of(error, self._url, writing=True) from error
            raise

    def _check_writable(self) -> None:
        assert not self._in_snapshot, "writing inside a snapshot"
        refuse_unless(
            not self._readonly,
            "journal.read_only",
            path=self.name,
            reason="it was opened for reading only",
        )
        assert not self._closed, f"{self.name} is closed"
        if self._lease is not None and self._lease.reason is not None:
            self._stopped = True
            refuse("journal.deposed", path=self.name, reason=self._lease.reason)
        refuse_unless(not self._stopped, "journal.stopped", path=self.name)

    def _reading(
        self, position: str = "the tables", writing: bool = False
    ) -> AbstractContextManager[None]:
        assert not self._closed, f"{self.name} is closed"
        return refusing(self._url, writing, position)

    def _fetch(
        self, query: str, position: str, values: tuple[Any, ...] = ()
    ) -> list[tuple[Any, ...]]:
        text = query.format(schema=self._url.quoted).encode()
        with self._reading(position):
            return self._connection.execute(text, values, binary=True).fetchall()

    def _pieces(self, query: str, first: int, last: int, rows: int) -> Iterator[tuple[Any, ...]]:
        """The rows from ``first`` to ``last``, fetched some at a time, up to a gap."""
        limits = (PIECE_BYTES,) if query is ROWS else ()
        while first <= last:
            end = min(last, first + rows - 1)
            found = self._fetch(query, f"entry {first}", (first, end, *limits))
            if not found:
                return
            yield from found
            first = found[-1][0] + 1


def _pieces(batch: list[Entry]) -> list[list[Entry]]:
    """A batch parted so that each piece fits into one statement: at least one entry in each."""
    pieces: list[list[Entry]] = [[]]
    room = PIECE_BYTES
    for entry in batch:
        room -= len(entry.command) + len(entry.events) + len(entry.sealed) + HEADER_BYTES
        if room < 0 and pieces[-1]:
            pieces.append([])
            room = PIECE_BYTES
        pieces[-1].append(entry)
    return pieces


def _values(piece: list[Entry]) -> tuple[int, Blobs, Blobs]:
    headers = Blobs([entry.packed for entry in piece])
    return piece[0].header.sequence, headers, Blobs([pack_payloads(entry) for entry in piece])

"""The key store: data keys in an SQLite file of their own, wrapped, apart from the journal.

Its own file has its own backup. A key is on the disk before anything is sealed with it; a key that
was erased leaves a mark, so that its name is never used again. The rollback journal is used, not a
write-ahead log, and freed bytes are overwritten: what is erased does not linger in a log.
"""

import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any, Self
from urllib.parse import quote

from yaosu.journal import secret_refusals
from yaosu.journal.sealed import AES_256_GCM, SECRET_BYTES, DataKey
from yaosu.journal.wrapping import NONCE_BYTES, WrappingKey
from yaosu.kernel.refusal import found, refuse, refuse_unless

MEMORY = ":memory:"
APPLICATION_ID = 0x79616F6B  # "yaok"
FORMAT = 1
WAIT_S = 10.0
OWNER_ONLY = 0o600
SETTINGS = (
    "PRAGMA trusted_schema = OFF",
    "PRAGMA journal_mode = TRUNCATE",
    "PRAGMA synchronous = EXTRA",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
)
SCHEMA = (
    "CREATE TABLE data_keys (id TEXT PRIMARY KEY, suite TEXT NOT NULL, nonce BLOB NOT NULL, "
    "wrapped BLOB NOT NULL, erased INTEGER NOT NULL)",
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL)",
)
Entropy = Callable[[int], bytes]
__all__ = ["secret_refusals"]


class KeyStore:
    """The data keys of one journal. May be used from several threads.

    Args:
        path: the file, or ``:memory:``; made, for its owner alone, where there is none.
        wrapping: the key that the data keys rest under.
        entropy: so many bytes that nobody can guess; the door gives it.
        readonly: only read; nothing is made.

    Raises:
        Refusal: ``journal.keys_*``, ``journal.wrong_wrapping_key``.
    """

    def __init__(
        self, path: str, wrapping: WrappingKey, entropy: Entropy, *, readonly: bool = False
    ) -> None:
        self.path = path if path == MEMORY else os.path.realpath(path)
        self._wrapping = wrapping
        self._entropy = entropy
        self._readonly = readonly
        self._turn = threading.Lock()
        self._connection = self._connect()
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def make(self, name: str, suite: str = AES_256_GCM) -> DataKey:
        """The data key of a name; see :meth:`make_many`."""
        return self.make_many([name], suite)[0]

    def make_many(self, names: Sequence[str], suite: str = AES_256_GCM) -> list[DataKey]:
        """The data key of each name, made where there is none; on the disk when this returns.

        All that are made share one sync.

        Raises:
            Refusal: ``journal.key_erased``: a name that was erased is never used again.
        """
        missing = [name for name in dict.fromkeys(names) if not self._has(name)]
        if missing:
            with self._transaction() as connection:
                for name in missing:
                    nonce = self._entropy(NONCE_BYTES)
                    wrapped = self._wrapping.wrap(name, self._entropy(SECRET_BYTES), nonce)
                    connection.execute(  # another thread may have made it meanwhile: its key counts
                        "INSERT OR IGNORE INTO data_keys VALUES (?, ?, ?, ?, 0)",
                        (name, suite, nonce, wrapped),
                    )
        keys: list[DataKey] = []
        for name in names:
            key = self.find(name)
            if key is None:
                refuse("journal.key_erased", data_key=name)
            keys.append(key)
        return keys

    def find(self, name: str) -> DataKey | None:
        """The data key of a name; None where it was erased.

        Raises:
            Refusal: ``journal.no_such_key``, ``journal.keys_damaged``.
        """
        rows = self._fetch(
            "SELECT suite, nonce, wrapped, erased FROM data_keys WHERE id = ?", (name,)
        )
        row = found(rows[0] if rows else None, "journal.no_such_key", data_key=name, path=self.path)
        suite, nonce, wrapped, erased = row
        if erased:
            return None
        return DataKey(name, self._unwrapped(name, nonce, wrapped), suite)

    def _unwrapped(self, name: str, nonce: object, wrapped: object) -> bytes:
        """The secret of a row, of whatever types its cells are."""
        secret = None
        if isinstance(nonce, bytes) and isinstance(wrapped, bytes):
            secret = self._wrapping.unwrap(name, wrapped, nonce)
        what = f"the key {name} does not unwrap"
        return found(secret, "journal.keys_damaged", path=self.path, what=what)

    def _has(self, name: str) -> bool:
        return bool(self._fetch("SELECT 1 FROM data_keys WHERE id = ?", (name,)))

    def names(self) -> dict[str, bool]:
        """Every name that was ever used, sorted: whether its key is still there."""
        rows = self._fetch("SELECT id, erased FROM data_keys ORDER BY id")
        return {name: not erased for name, erased in rows}

    def destroy(self, name: str) -> None:
        """Overwrite the key of a name and leave a mark, also where it was never here. Durable."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO data_keys VALUES (?, '', x'', x'', 1) ON CONFLICT (id) DO UPDATE "
                "SET suite = '', nonce = x'', wrapped = x'', erased = 1",
                (name,),
            )

    def rotate(self, wrapping: WrappingKey) -> int:
        """Wrap every key anew, all or none; how many there are. The journal is not touched."""
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT id, nonce, wrapped FROM data_keys WHERE erased = 0"
            ).fetchall()
            for name, nonce, wrapped in rows:
                fresh = self._entropy(NONCE_BYTES)
                again = wrapping.wrap(name, self._unwrapped(name, nonce, wrapped), fresh)
                connection.execute(
                    "UPDATE data_keys SET nonce = ?, wrapped = ? WHERE id = ?", (fresh, again, name)
                )
            _set_fact(connection, "wrapping", wrapping.id.encode())
        self._wrapping = wrapping
        return len(rows)

    def copy_to(self, path: str) -> int:
        """Copy the store as it is now into a new file for its owner alone; how many keys it has.

        Raises:
            Refusal: ``journal.keys_failed`` where the file is there already or cannot be made.
        """
        there = os.path.exists(path)
        refuse_unless(not there, "journal.keys_failed", path=path, reason="it is there already")
        _check_file(os.path.realpath(path), readonly=False)
        with self._turn, self._translated(), closing(sqlite3.connect(path)) as copy:
            copy.execute("PRAGMA synchronous = EXTRA")
            self._connection.backup(copy)
            (count,) = copy.execute("SELECT count(*) FROM data_keys").fetchone()
        return int(count)

    def belong_to(self, journal: bytes) -> None:
        """Bind the store to the journal whose entry 0 has this hash, or refuse another's."""
        before = self._fact("journal")
        if before is None and not self._readonly:
            with self._transaction() as connection:
                _set_fact(connection, "journal", journal)
            before = journal
        refuse_unless(before in (journal, None), "journal.keys_of_another", path=self.path)

    def close(self) -> None:
        """Let go of it; safe to call twice."""
        with suppress(sqlite3.Error):  # what was acknowledged is on the disk already
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self) -> sqlite3.Connection:
        mode = "ro" if self._readonly else "rwc"
        if self.path != MEMORY:
            _check_file(self.path, self._readonly)
        place = MEMORY if self.path == MEMORY else f"file:{quote(self.path)}?mode={mode}"
        try:
            return sqlite3.connect(
                place, timeout=WAIT_S, isolation_level=None, check_same_thread=False, uri=True
            )
        except sqlite3.Error as error:
            refuse("journal.keys_failed", path=self.path, reason=str(error))

    def _begin(self) -> None:
        for setting in SETTINGS[: 1 if self._readonly else None]:
            self._fetch(setting)
        fresh = not self._fetch("SELECT 1 FROM sqlite_schema") and not self._readonly
        if fresh:
            with self._transaction() as connection:
                for statement in SCHEMA:
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {FORMAT}")
                _set_fact(connection, "wrapping", self._wrapping.id.encode())
        ours = self._fetch("PRAGMA application_id") == [(APPLICATION_ID,)]
        ours = ours and self._fetch("PRAGMA user_version") == [(FORMAT,)]
        refuse_unless(
            ours, "journal.keys_damaged", path=self.path, what="it is not a key store of this form"
        )
        if self._fetch("PRAGMA integrity_check(1)") != [("ok",)]:
            refuse("journal.keys_damaged", path=self.path, what="its pages do not fit together")
        wanted = (self._fact("wrapping") or b"").decode("ascii", "replace")
        refuse_unless(
            wanted == self._wrapping.id,
            "journal.wrong_wrapping_key",
            path=self.path,
            wanted=wanted,
            found=self._wrapping.id,
        )

    def _fact(self, name: str) -> bytes | None:
        rows = self._fetch("SELECT value FROM facts WHERE name = ?", (name,))
        return rows[0][0] if rows and isinstance(rows[0][0], bytes) else None

    def _fetch(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._turn, self._translated():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; synced when it ends."""
        with self._turn, self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # the first failure is told
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                refuse("journal.keys_damaged", path=self.path, what=str(error))
            refuse("journal.keys_failed", path=self.path, reason=str(error))


def _set_fact(connection: sqlite3.Connection, name: str, value: bytes) -> None:
    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def _check_file(path: str, readonly: bool) -> None:
    """Make the file for its owner alone, not even for a moment otherwise; or look at its mode."""
    try:
        if not readonly and not os.path.exists(path):
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            os.close(os.open(path, flags, OWNER_ONLY))
            folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        mode = stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        refuse("journal.keys_not_found", path=path)
    except OSError as error:
        refuse("journal.keys_failed", path=path, reason=error.strerror or "unknown")
    refuse_unless(not mode & 0o077, "journal.keys_open_to_others", path=path, mode=f"{mode:o}")

"""The SQLite file of a journal: how it is begun, opened, and what its errors mean."""

import os
import sqlite3
from urllib.parse import quote

from yaosu.journal.chain import ZERO
from yaosu.journal.damage import damaged
from yaosu.journal.merkle import EMPTY_ROOT
from yaosu.journal.sqlite_index import KEYS_1, TABLES, UPGRADE
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless

APPLICATION_ID = 0x79616F73  # "yaos": how `file` and SQLite's tools tell a journal from other files
FORMAT = 2  # 1 kept the index of keys in another way; it is read, and changed when written
WAIT_S = 10.0
WAL_PAGES = 4000  # copied into the file proper after so many pages, about 16 MB
# what an acknowledged entry needs to survive: setting, value, how it reads back
WANTED: tuple[tuple[str, str, str | int], ...] = (
    ("journal_mode", "wal", "wal"),
    ("synchronous", "FULL", 2),
)
SCHEMA = {
    "entries": (
        "CREATE TABLE entries (sequence INTEGER PRIMARY KEY, header BLOB NOT NULL, "
        "payloads BLOB NOT NULL)"
    ),
    "head": (
        "CREATE TABLE head (id INTEGER PRIMARY KEY, size INTEGER NOT NULL, "
        "last_hash BLOB NOT NULL, peaks BLOB NOT NULL, root BLOB NOT NULL)"
    ),
    **TABLES,
    "notes": (
        "CREATE TABLE notes (name TEXT PRIMARY KEY, value BLOB NOT NULL, digest BLOB NOT NULL) "
        "WITHOUT ROWID"
    ),
}
SCHEMAS = {
    1: {name: text for name, text in SCHEMA.items() if name != "runs"} | {"keys": KEYS_1},
    FORMAT: SCHEMA,
}


def connect(path: str, readonly: bool) -> sqlite3.Connection:
    """A connection with the settings that durability needs, each one read back."""
    if readonly:
        refuse_unless(os.path.isfile(path), "journal.not_found", path=path)
    elif os.path.isdir(path):
        refuse("journal.read_only", path=path, reason="it is a folder")
    mode = _readonly_mode(path) if readonly else "mode=rwc"
    try:
        connection = sqlite3.connect(
            f"file:{quote(path)}?{mode}",
            timeout=WAIT_S,
            isolation_level=None,
            check_same_thread=False,
            uri=True,
        )
    except sqlite3.Error as error:
        raise refusal_of(error, path, writing=not readonly) from error
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        if not readonly:
            _refuse_foreign(connection, path)  # before anything of the file is changed
            for setting, value, wanted in WANTED:
                _set(connection, path, setting, value, wanted)
            connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        else:
            check_format(connection, path)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        connection.close()
        raise refusal_of(error, path, writing=not readonly) from error
    except BaseException:
        connection.close()
        raise
    return connection


def begin(connection: sqlite3.Connection, path: str) -> None:
    """Make the tables where the file is new, check them where it is not, and try to write."""
    try:
        if not _tables(connection):
            connection.execute("BEGIN IMMEDIATE")
            for statement in SCHEMA.values():
                connection.execute(statement)
            connection.execute("INSERT INTO head VALUES (1, 0, ?, ?, ?)", (ZERO, b"", EMPTY_ROOT))
            connection.execute("INSERT INTO indexed VALUES (1, 0)")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.execute("COMMIT")
            _sync_folder(path)
        if check_format(connection, path) != FORMAT:
            connection.execute("BEGIN IMMEDIATE")
            for statement in (*UPGRADE, f"PRAGMA user_version = {FORMAT}"):
                connection.execute(statement)
            connection.execute("COMMIT")
            check_format(connection, path)
        # SQLite opens what it may not write for reading, in silence: find out now, change nothing
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE head SET size = size")
        connection.execute("ROLLBACK")
        # begin with an empty log, so that nothing of an unfinished commit is left behind in it
        connection.execute("PRAGMA busy_timeout = 0")  # a reader may stand in the way: go on
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.execute(f"PRAGMA busy_timeout = {int(WAIT_S * 1000)}")
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise refusal_of(error, path, writing=True) from error


def check_format(connection: sqlite3.Connection, path: str) -> int:
    """The format; refuse what is not a journal of a known one with exactly its tables."""
    found = _refuse_foreign(connection, path)
    tables = _tables(connection)
    refuse_unless(tables, "journal.not_a_journal", path=path, reason="it is empty")
    if tables != SCHEMAS[found]:
        raise damaged(path, "the list of tables", "it is not what this program writes")
    return found


def refusal_of(
    error: Exception, path: str, writing: bool = False, position: str = "the pages"
) -> Exception:
    """What an error of SQLite means to the user; our own misuse of it stays an error of ours."""
    if isinstance(error, UnicodeDecodeError):
        return damaged(path, position, "text that is not text")
    if isinstance(error, sqlite3.ProgrammingError | sqlite3.InterfaceError):
        return AssertionError(f"{path}: {error}")
    reason = str(error)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return Refusal("journal.disk_full", path=path)
    if code == sqlite3.SQLITE_NOTADB:
        return Refusal("journal.not_a_journal", path=path, reason=reason)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return Refusal("journal.busy", path=path, reason=reason)
    if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        kind = "journal.read_only" if writing else "journal.cannot_read"
        return Refusal(kind, path=path, reason=reason)
    if code == sqlite3.SQLITE_IOERR:
        kind = "journal.write_failed" if writing else "journal.cannot_read"
        return Refusal(kind, path=path, reason=reason)
    # corrupt pages, a lost table, text that does not decode: the file is not what was written
    return damaged(path, position, reason)


def _refuse_foreign(connection: sqlite3.Connection, path: str) -> int:
    """The format; refuse a file of another program or of no known format; a new file passes."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION_ID:
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if application or tables:
            refuse(
                "journal.not_a_journal",
                path=path,
                reason="another program's SQLite file",
            )
        return FORMAT
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    refuse_unless(found in SCHEMAS, "journal.wrong_format", path=path, found=found, known=FORMAT)
    return found


def _tables(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name")
    return dict(rows.fetchall())


def _set(
    connection: sqlite3.Connection,
    path: str,
    setting: str,
    value: str,
    wanted: str | int,
) -> None:
    connection.execute(f"PRAGMA {setting} = {value}")
    found = connection.execute(f"PRAGMA {setting}").fetchone()[0]
    refuse_unless(
        found == wanted,
        "journal.not_durable",
        path=path,
        setting=setting,
        found=found,
        wanted=wanted,
    )


def _readonly_mode(path: str) -> str:
    """Reading needs SQLite's index beside the file, except where nobody can be writing."""
    folder = os.path.dirname(path)
    if os.access(folder, os.W_OK, effective_ids=True) or os.path.exists(path + "-wal"):
        return "mode=ro"
    return "mode=ro&immutable=1"


def _sync_folder(path: str) -> None:
    """So that the name of the new file survives as well as its content."""
    handle = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""The server behind a journal in PostgreSQL: connecting, what it promises, the tables."""

import socket
import warnings
from typing import TYPE_CHECKING, Any

import msgspec

from yaosu.journal.chain import ZERO
from yaosu.journal.damage import damaged
from yaosu.journal.merkle import EMPTY_ROOT
from yaosu.journal.postgres_errors import reason_of, refusal_of
from yaosu.journal.postgres_url import PostgresUrl
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

FORMAT = 1
GOOD, TOLD, REFUSED, ACCEPTED = "good", "told", "refused", "accepted"
SERVER_VERSION_MIN = 140_000  # the oldest that its makers still mend
LOCK_WAIT_MS = 10_000
CONNECTION = {  # where the address does not say otherwise; seconds, but the last in milliseconds
    "connect_timeout": "10",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
# what stands in the schema: one CREATE statement a table, and the row it begins with
TABLES = {
    "journal": "id smallint PRIMARY KEY, format integer NOT NULL",
    "entries": "sequence bigint PRIMARY KEY, header bytea NOT NULL, payloads bytea NOT NULL",
    "head": (
        "id smallint PRIMARY KEY, size bigint NOT NULL, last_hash bytea NOT NULL, "
        "peaks bytea NOT NULL, root bytea NOT NULL"
    ),
    "notes": "name bytea PRIMARY KEY, value bytea NOT NULL, digest bytea NOT NULL",
    "keys": "key bytea NOT NULL, sequence bigint NOT NULL, PRIMARY KEY (key, sequence)",
    "indexed": "id smallint PRIMARY KEY, size bigint NOT NULL",
    "lease": (
        "id smallint PRIMARY KEY, epoch bigint NOT NULL, holder text NOT NULL, "
        "expires_at timestamp with time zone NOT NULL"
    ),
}
FIRST_ROWS = (
    ("journal (id, format) VALUES (1, %s)", (FORMAT,)),
    ("head VALUES (1, 0, %s, %s, %s)", (ZERO, b"", EMPTY_ROOT)),
    ("indexed VALUES (1, 0)", ()),
    ("lease VALUES (1, 0, '', '-infinity')", ()),
)
# columns of every table, and anything that would change what is written to them or read from them
SHAPE = b"""
SELECT c.relname::text, c.relkind::text || coalesce(': ' || string_agg(
    a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END, ', ' ORDER BY a.attnum), '')
    || CASE WHEN c.relrowsecurity THEN ', row security' ELSE '' END
    || CASE WHEN EXISTS (SELECT FROM pg_rewrite w WHERE w.ev_class = c.oid)
       THEN ', a rule' ELSE '' END
    || CASE WHEN EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)
       THEN ', a trigger' ELSE '' END
FROM pg_class c
LEFT JOIN pg_attribute a
    ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'i'
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s)
GROUP BY c.oid, c.relname, c.relkind, c.relrowsecurity
"""
UNLOGGED = b"""
SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s) AND relpersistence <> 'p'
"""
# a setting, what an acknowledged entry needs of it (nothing: it is only told), and why
SETTINGS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("fsync", ("on",), "off: a loss of power can take acknowledged entries"),
    ("synchronous_commit", ("on", "remote_apply"), "off: a crash can take acknowledged entries"),
    ("full_page_writes", ("on",), "off: a page that was half written is lost"),
    ("zero_damaged_pages", ("off",), "on: damaged pages are read as empty"),
    ("ignore_checksum_failure", ("off",), "on: damaged pages are taken for good"),
    ("data_checksums", (), "off: only verify notices a flipped bit, the server does not"),
    ("synchronous_standby_names", (), "empty: a copy of the server may lack the last entries"),
    ("wal_level", (), "minimal: the server can have no copy and no archive"),
    ("wal_sync_method", (), "how the server asks its disk"),
    ("unlogged_tables", ("none",), "a crash of the server empties them"),
    ("server_version", (), "its number"),
)


class Setting(msgspec.Struct, frozen=True):
    """One setting of the server as it was read at opening.

    Attributes:
        wanted: the values that lose nothing; empty where it is for the operator to judge.
        verdict: ``good``, ``told``, ``refused`` (it may lose acknowledged entries), or ``accepted``
            (it may, and the operator said that this is meant).
        why: what the other value means.
    """

    name: str
    found: str
    wanted: str
    verdict: str
    why: str


def connect(url: PostgresUrl) -> "Connection":
    """A connection in which every statement is a transaction of its own.

    Raises:
        Refusal: `journal.no_library`, `journal.bad_url`, `journal.no_connection`,
            `journal.no_login`, `journal.server_too_old`.
    """
    try:
        import psycopg
    except ImportError:
        refuse("journal.no_library", path=url.name)
    try:
        given = psycopg.conninfo.conninfo_to_dict(url.connection)
    except psycopg.ProgrammingError:  # its words may repeat a password
        reason = "PostgreSQL does not know one of its parameters"
        raise Refusal("journal.bad_url", reason=reason) from None
    wanted: dict[str, Any] = {"application_name": f"yaosu {url.schema}", **CONNECTION, **given}
    wanted["client_encoding"] = "utf8"
    try:
        connection = psycopg.connect(psycopg.conninfo.make_conninfo(**wanted), autocommit=True)
    except psycopg.Error as error:
        # an answer is no absence: whoever asked for a password is there
        asked = error.pgconn is not None and (
            error.pgconn.needs_password or error.pgconn.used_password
        )
        code = "journal.no_login" if asked else "journal.no_connection"
        raise Refusal(code, path=url.name, reason=reason_of(error, url)) from None
    try:
        version = connection.info.server_version
        refuse_unless(
            version >= SERVER_VERSION_MIN,
            "journal.server_too_old",
            path=url.name,
            found=version // 10_000,
            known=SERVER_VERSION_MIN // 10_000,
        )
        for setting, value in (
            ("lock_timeout", LOCK_WAIT_MS),
            ("idle_in_transaction_session_timeout", 0),
            ("statement_timeout", 0),
        ):
            connection.execute(b"SELECT set_config(%s, %s, false)", (setting, str(value)))
    except psycopg.Error as error:
        connection.close()
        raise refusal_of(error, url) from error
    except BaseException:
        connection.close()
        raise
    return connection


def is_postgres_ready(url: PostgresUrl, connection: "Connection") -> bool:
    """Whether the schema holds a journal of this format; False where there is nothing yet.

    Raises:
        Refusal: `journal.not_a_journal`, `journal.wrong_format`, `journal.damaged`.
    """
    found: dict[str, str] = dict(connection.execute(SHAPE, (url.schema,)).fetchall())
    if not found:
        return False
    if "journal" not in found:
        refuse(
            "journal.not_a_journal", path=url.name, reason=f"schema {url.schema} has other tables"
        )
    number = connection.execute(
        f"SELECT format FROM {url.quoted}.journal WHERE id = 1".encode()
    ).fetchone()
    refuse_unless(number, "journal.not_a_journal", path=url.name, reason="it names no format")
    assert number is not None
    refuse_unless(
        number[0] == FORMAT,
        "journal.wrong_format",
        path=url.name,
        found=number[0],
        known=FORMAT,
    )
    if found != expected_shape():
        raise damaged(url.name, "the list of tables", "it is not what this program writes")
    return True


def expected_shape() -> dict[str, str]:
    """What :data:`SHAPE` gives for a journal: each table with its columns, each index."""
    shape = {f"{name}_pkey": "i" for name in TABLES}
    for name, columns in TABLES.items():
        kept = columns.removesuffix(", PRIMARY KEY (key, sequence)")
        shape[name] = "r: " + kept.replace("PRIMARY KEY", "NOT NULL")
    return shape


def begin(url: PostgresUrl, connection: "Connection") -> None:
    """Make the tables where there are none, in one transaction; two at a time wait for each other.

    Raises:
        Refusal: as :func:`is_postgres_ready`, and `journal.read_only`.
    """
    with connection.transaction():
        connection.execute(b"SELECT pg_advisory_xact_lock(hashtext(%s))", (f"yaosu {url.schema}",))
        if is_postgres_ready(url, connection):
            return
        there = connection.execute(
            b"SELECT count(*) FROM pg_namespace WHERE nspname = %s", (url.schema,)
        ).fetchone()
        if there == (0,):
            connection.execute(f"CREATE SCHEMA {url.quoted}".encode())
        for name, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {url.quoted}.{name} ({columns})".encode())
        # the bytes as they are: compressing them costs more than writing them
        connection.execute(
            f"ALTER TABLE {url.quoted}.entries ALTER payloads SET STORAGE EXTERNAL".encode()
        )
        for row, values in FIRST_ROWS:
            connection.execute(f"INSERT INTO {url.quoted}.{row}".encode(), values)


def make_durable(url: PostgresUrl, connection: "Connection") -> list[Setting]:
    """Make commits synchronous, and return what the server promises about durability.

    Raises:
        Refusal: `journal.not_durable` where an acknowledged entry could be lost and the address
            does not say ``accept=`` with the name of the setting; `journal.read_only`.
    """
    if connection.execute(b"SELECT pg_is_in_recovery()").fetchone() == (True,):
        refuse("journal.read_only", path=url.name, reason="the server is a copy of another")
    connection.execute(
        b"SELECT set_config('synchronous_commit', 'on', false) "
        b"WHERE current_setting('synchronous_commit') <> 'remote_apply'"
    )
    settings = judge_settings(url, read_settings(url, connection))
    for setting in settings:
        refuse_unless(
            setting.verdict != REFUSED,
            "journal.not_durable",
            path=url.name,
            setting=setting.name,
            found=setting.found,
            wanted=setting.wanted,
        )
        if setting.verdict == ACCEPTED:
            text = f"{url.name}: {setting.name} is {setting.found}: {setting.why}"
            warnings.warn(text, RuntimeWarning, stacklevel=2)
    return settings


def read_settings(url: PostgresUrl, connection: "Connection") -> dict[str, str]:
    """The settings that durability depends on, as they are for this connection."""
    names = [name for name, _, _ in SETTINGS]
    found: dict[str, str] = dict(
        connection.execute(
            b"SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", (names,)
        ).fetchall()
    )
    unlogged = connection.execute(UNLOGGED, (url.schema,)).fetchone()
    return found | {"unlogged_tables": (unlogged and unlogged[0]) or "none"}


def judge_settings(url: PostgresUrl, found: dict[str, str]) -> list[Setting]:
    """Hold what was read against what durability needs and what the operator accepts."""
    judged = []
    for name, wanted, why in SETTINGS:
        value = found.get(name, "unknown")
        if not wanted:
            verdict = TOLD
        elif value in wanted:
            verdict = GOOD
        else:
            verdict = ACCEPTED if name in url.accept else REFUSED
        judged.append(Setting(name, value, " or ".join(wanted), verdict, why))
    return judged


def holder_name(process: int) -> str:
    """Who writes: this machine and the number of the process."""
    return f"{socket.gethostname()}:{process}"

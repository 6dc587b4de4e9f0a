"""The address of a journal in PostgreSQL, and the only form of it that is ever shown.

    postgresql://user:password@host:5432/database?schema=yaosu&lease_ms=10000

The form is PostgreSQL's own, with three settings of ours among the parameters. What cannot be read
as an address is not shown either: a password with a stray character in it may be anywhere.
"""

import re
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from msgspec import Struct

from yaosu.kernel.refusal import Refusal, refuse_unless

SCHEMES = ("postgresql://", "postgres://")
LEASE_MS = 10_000
LEASE_MS_MIN, LEASE_MS_MAX = 200, 3_600_000
SCHEMA: Final = "yaosu"
SCHEMA_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
RESERVED = "pg_"
HOSTS = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]|%2[Ff][^:@,]*)?(:[0-9]{1,5})?")
USER = re.compile(r"([^:@/?#\[\]]*)(:[^@/?#]*)?")
DATABASE = re.compile(r"(/[^/@:?#]*)?")
SECRET_MIN = 4  # characters: a shorter one would blot out half of any sentence
SHOWN = ("host", "port")  # parameters that say where, and nothing that is secret


class PostgresUrl(Struct, frozen=True):
    """Where a journal is. As text it is the name without any secret.

    Attributes:
        name: what may be shown.
        connection: what libpq takes, with its secrets; never to be printed.
        schema: one journal a schema.
        lease_ms: how long the writer's lease lasts after each sign of life.
        accept: settings of the server that the operator accepts though they may lose entries.
    """

    name: str
    connection: str
    schema: str = SCHEMA
    lease_ms: int = LEASE_MS
    accept: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"PostgresUrl({self.name!r})"

    @property
    def quoted(self) -> str:
        """The schema as it stands in a statement: it may be a word of SQL."""
        return f'"{self.schema}"'

    def secrets(self) -> list[str]:
        """What must not stand in any message: the password as it was given, and what it means."""
        parts = urlsplit(self.connection)
        given = [parts.netloc.rpartition("@")[0].partition(":")[2]]
        given += [value for name, value in parse_qsl(parts.query) if "password" in name]
        every = {*given, *(unquote(text) for text in given)}
        return sorted(text for text in every if len(text) >= SECRET_MIN)


def is_postgres_url(text: str) -> bool:
    """Whether a text wants to be an address of PostgreSQL."""
    return text.lower().startswith(SCHEMES)


def parse_postgres_url(text: str) -> PostgresUrl:
    """Read an address.

    Raises:
        Refusal: `journal.bad_url`; it repeats nothing that could be part of a password.
    """
    try:
        parts = urlsplit(text)
        given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise _bad("its form cannot be read") from None
    user, _, hosts = parts.netloc.rpartition("@")
    sound = (
        USER.fullmatch(user)
        and all(HOSTS.fullmatch(host) for host in hosts.split(","))
        and DATABASE.fullmatch(parts.path)
        and not parts.fragment
        and "@" not in parts.query
    )
    refuse_unless(sound, "journal.bad_url", reason="a user, host, port or database is not of form")
    own = dict(given)
    schema = own.pop("schema", SCHEMA)
    lease_ms = own.pop("lease_ms", str(LEASE_MS))
    accept = own.pop("accept", "")
    if len(dict(given)) != len(given):
        raise _bad("a parameter stands twice")
    if not SCHEMA_NAME.fullmatch(schema):
        raise _bad("schema wants small letters, digits and _, 63 at most")
    if schema.startswith(RESERVED):
        raise _bad(f"names that begin with {RESERVED} belong to PostgreSQL")
    if not lease_ms.isascii() or not lease_ms.isdigit() or len(lease_ms) > 9:
        raise _bad("lease_ms wants a whole number")
    if not LEASE_MS_MIN <= int(lease_ms) <= LEASE_MS_MAX:
        raise _bad(f"lease_ms wants {LEASE_MS_MIN} to {LEASE_MS_MAX} milliseconds")
    shown = urlencode(
        {"schema": schema} | {name: own[name] for name in SHOWN if name in own}, safe="/"
    )
    login = user.partition(":")[0]
    rest = "?" + urlencode(own, quote_via=quote) if own else ""
    return PostgresUrl(
        name=f"postgresql://{login and login + '@'}{hosts}{parts.path}?{shown}",
        connection=f"postgresql://{parts.netloc}{parts.path}{rest}",
        schema=schema,
        lease_ms=int(lease_ms),
        accept=frozenset(name for name in accept.split(",") if name),
    )


def _bad(reason: str) -> Refusal:
    return Refusal("journal.bad_url", reason=reason)

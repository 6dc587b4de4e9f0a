"""What an error of PostgreSQL means to the user."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from yaosu.journal.damage import damaged
from yaosu.journal.postgres_url import PostgresUrl
from yaosu.kernel.refusal import Refusal

if TYPE_CHECKING:
    import psycopg

# by SQLSTATE, or the class it begins with; see "PostgreSQL Error Codes" in its documentation
DISK_FULL = ("53100",)
DAMAGED = ("XX001", "XX002", "42P01", "42703", "3F000")  # pages, indexes, a lost table or column
BUSY = ("40001", "40P01", "55P03")
NOT_ALLOWED = ("25006", "42501", "28")
GONE = ("08", "57P01", "57P02", "57P03", "57P04", "57P05", "25P03")  # the connection, that is
OURS = ("0A", "21", "22", "42", "34", "26")


def is_connection_lost(error: "psycopg.Error") -> bool:
    """Whether the connection ended, so that the fate of what was being done is not known."""
    import psycopg

    if error.sqlstate is not None:
        return error.sqlstate.startswith(GONE)
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


def refusal_of(
    error: "psycopg.Error", url: PostgresUrl, writing: bool = False, position: str = "the tables"
) -> Exception:
    """The refusal an error stands for; our own misuse of the server stays an error of ours."""
    code = error.sqlstate or ""
    reason = reason_of(error, url)
    if is_connection_lost(error):
        return Refusal("journal.no_connection", path=url.name, reason=reason)
    if code in DISK_FULL:
        return Refusal("journal.disk_full", path=url.name)
    if code in DAMAGED:
        return damaged(url.name, position, reason)
    if code in BUSY:
        return Refusal("journal.busy", path=url.name, reason=reason)
    if code.startswith(NOT_ALLOWED):
        kind = "journal.read_only" if writing else "journal.cannot_read"
        return Refusal(kind, path=url.name, reason=reason)
    if code.startswith(OURS) or not code:
        return AssertionError(f"{url.name}: {reason}")
    kind = "journal.write_failed" if writing else "journal.cannot_read"
    return Refusal(kind, path=url.name, reason=reason)


@contextmanager
def refusing(
    url: PostgresUrl, writing: bool = False, position: str = "the tables"
) -> Iterator[None]:
    """Turn the errors of PostgreSQL inside the block into refusals."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise refusal_of(error, url, writing, position) from error


def reason_of(error: "psycopg.Error", url: PostgresUrl) -> str:
    """The server's own words in one line, without any secret of the address."""
    said = " ".join((error.diag.message_primary or str(error)).split())
    for secret in url.secrets():
        said = said.replace(secret, "***")
    return said or type(error).__name__

"""Identities elsewhere: which subject of which provider signs in as which login.

A link is made by who is signed in with the login, or by an operator on the machine; never by an
address of mail or a name that a provider tells, which may be somebody else's there.
"""

import sqlite3
import threading
from hashlib import sha256

from msgspec import Struct

from yaosu.engine.clock import Clock
from yaosu.kernel.refusal import refuse, refuse_unless

IDENTITIES_MAX = 10  # of one login
SUBJECT_CHARACTERS_MAX = 255  # OpenID Connect Core 1.0, section 2
TABLES = """
create table if not exists identity (
  issuer text not null, subject text not null, login text not null, made integer not null,
  primary key (issuer, subject)) strict;
"""


class Identity(Struct, frozen=True, kw_only=True):
    """A subject of a provider that signs in as a login. ``made``: microseconds UTC."""

    identity: str
    issuer: str
    subject: str
    login: str
    made: int


class Identities:
    """Links, in the file of the logins."""

    def __init__(self, file: sqlite3.Connection, lock: threading.Lock, clock: Clock) -> None:
        self._file, self._lock, self._clock = file, lock, clock

    def link(self, login: str, issuer: str, subject: str) -> None:
        """Let a subject sign in as a login there is; one subject is one login.

        Raises:
            Refusal: ``server.no_such_login``, ``server.identity_taken``,
                ``server.too_many_identities``.
        """
        fits = 0 < len(subject) <= SUBJECT_CHARACTERS_MAX
        refuse_unless(fits, "server.oidc_failed", reason="it names no subject")
        with self._lock:
            self._file.execute("begin immediate")
            try:
                self._check(login, issuer, subject)
                self._file.execute(
                    "insert or ignore into identity values (?, ?, ?, ?)",
                    (issuer, subject, login, self._clock()),
                )
                self._file.execute("commit")
            except BaseException:
                self._file.execute("rollback")
                raise

    def _check(self, login: str, issuer: str, subject: str) -> None:
        there = self._file.execute("select 1 from login where name = ?", (login,)).fetchone()
        refuse_unless(there, "server.no_such_login", login=login[:100])
        row = self._file.execute(
            "select login from identity where issuer = ? and subject = ?", (issuer, subject)
        ).fetchone()
        refuse_unless(
            row is None or row[0] == login, "server.identity_taken", subject=subject[:100]
        )
        (held,) = self._file.execute(
            "select count(*) from identity where login = ?", (login,)
        ).fetchone()
        refuse_unless(
            held < IDENTITIES_MAX, "server.too_many_identities", login=login, limit=IDENTITIES_MAX
        )

    def login_of(self, issuer: str, subject: str) -> str:
        """The login of a subject.

        Raises:
            Refusal: ``server.oidc_unlinked``.
        """
        with self._lock:
            row = self._file.execute(
                "select login from identity where issuer = ? and subject = ?", (issuer, subject)
            ).fetchone()
        if row is None:
            refuse("server.oidc_unlinked", subject=subject[:100], issuer=issuer)
        return str(row[0])

    def of(self, login: str) -> list[Identity]:
        """The identities of a login, oldest first."""
        with self._lock:
            rows = self._file.execute(
                "select issuer, subject, login, made from identity where login = ? "
                "order by made, subject",
                (login,),
            ).fetchall()
        return [
            Identity(identity=id_of(r[0], r[1]), issuer=r[0], subject=r[1], login=r[2], made=r[3])
            for r in rows
        ]

    def unlink(self, login: str, identity: str) -> None:
        """Let an identity sign in no more.

        Raises:
            Refusal: ``server.no_such_identity``.
        """
        known = [one for one in self.of(login) if one.identity == identity]
        refuse_unless(known, "server.no_such_identity", identity=identity[:100])
        with self._lock:
            self._file.execute(
                "delete from identity where issuer = ? and subject = ?",
                (known[0].issuer, known[0].subject),
            )


def id_of(issuer: str, subject: str) -> str:
    """Sixteen hex digits that name an identity in addresses."""
    return sha256(f"{len(issuer)}:{issuer}{subject}".encode()).hexdigest()[:16]

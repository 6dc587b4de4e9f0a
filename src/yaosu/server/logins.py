"""Who may come in: logins, their sessions, tokens and one-time links, in a file of their own.

A login acts for parties; what a party may do is for the journal to say. Nothing here is in the
journal. Passwords are kept as argon2id hashes; sessions, tokens and links as SHA-256 of secrets
drawn at random, so that the file lets nobody in.
"""

import os
import re
import sqlite3
import threading
from collections.abc import Callable, Sequence
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Struct

import yaosu.server.refusals  # noqa: F401 - declares the texts
from yaosu.engine.clock import Clock
from yaosu.kernel.instant import SECOND
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.server import attempts, identities
from yaosu.server.attempts import Attempts
from yaosu.server.identities import Identities

SCOPES = ("act", "manage", "metrics", "read")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
PASSWORD_LEAST, PASSWORD_MOST = 10, 256
SECRET_BYTES = 32
LINK_SECONDS = 72 * 3600
TOKENS_MAX = 100
TOKEN_MARK, SESSION_MARK = "yt_", "ys_"
KEPT_SECONDS = 2  # how long a caller that was looked up is known without looking again
KEPT_MAX = 10_000
TABLES = """
create table if not exists login (
  name text primary key, password text not null, manages integer not null,
  failed integer not null default 0, rests_until integer not null default 0,
  made integer not null) strict;
create table if not exists acts_for (
  login text not null, party text not null, primary key (login, party)) strict;
create table if not exists session (
  secret blob primary key, login text not null, mark text not null, ends integer not null) strict;
create table if not exists token (
  id text primary key, secret blob not null unique, login text not null, name text not null,
  scopes text not null, parties text not null, made integer not null, ends integer not null
  ) strict;
create table if not exists link (
  secret blob primary key, login text not null, manages integer not null, parties text not null,
  ends integer not null) strict;
"""


class Caller(Struct, frozen=True, kw_only=True):
    """Who asks.

    Attributes:
        login: name of the login; empty where nobody is signed in.
        parties: for which it acts.
        scopes: what it may do, words of ``SCOPES``.
        mark: of a session: what its pages must send with each change; empty with a token.
    """

    login: str = ""
    parties: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    mark: str = ""


class Login(Struct, frozen=True, kw_only=True):
    """A login as a manager sees it; instants in microseconds UTC.

    Attributes:
        rests_until: until when strangers wait after too many wrong passwords; 0: they need not.
    """

    login: str
    parties: tuple[str, ...]
    manages: bool
    rests_until: int
    made: int


class Token(Struct, frozen=True, kw_only=True):
    """A token as its owner sees it: never its secret. Instants in microseconds UTC."""

    token: str
    name: str
    scopes: tuple[str, ...]
    parties: tuple[str, ...]
    made: int
    ends: int


NOBODY = Caller()


class Logins:
    """The file of logins. Many threads; one at a time inside.

    Args:
        path: of the file; made where there is none, readable by its owner alone.
        draw: gives so many bytes that nobody can guess.
    """

    def __init__(
        self,
        path: str,
        clock: Clock,
        draw: Callable[[int], bytes],
        *,
        attempts_max: int = 5,
        session_seconds: int = 12 * 3600,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._clock, self._draw = clock, draw
        self._attempts_max, self._session = attempts_max, session_seconds * SECOND
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(draw(SECRET_BYTES).hex())
        self._lock = threading.Lock()
        self._hashing = threading.Semaphore(2)  # each takes 64 MiB and a good part of a second
        self._kept: dict[bytes, tuple[int, Caller]] = {}
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # for its owner alone
            self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._file.execute("pragma journal_mode=wal")
            self._file.execute("pragma synchronous=full")
            self._file.executescript(TABLES + attempts.TABLES + identities.TABLES)
        except (sqlite3.Error, OSError) as error:
            refuse("server.cannot_open_logins", path=path, reason=str(error))
        self.attempts = Attempts(self._file, self._lock, clock, draw, attempts_max)
        self.identities = Identities(self._file, self._lock, clock)

    @property
    def is_empty(self) -> bool:
        """Whether there is no login yet."""
        return not self._rows("select 1 from login limit 1")

    # ---- links and passwords

    def new_link(self, login: str, parties: Sequence[str], *, manages: bool) -> str:
        """A one-time link: whoever opens it chooses the password; one there was counts no more."""
        refuse_unless(NAME.fullmatch(login), "server.bad_login", login=login[:100])
        secret = self._secret()
        ends = self._clock() + LINK_SECONDS * SECOND
        with self._lock:
            self._file.execute(
                "delete from link where login = ? or ends <= ?", (login, self._clock())
            )
            self._file.execute(
                "insert into link values (?, ?, ?, ?, ?)",
                (_digest(secret), login, int(manages), " ".join(parties), ends),
            )
        return secret

    def use_link(self, secret: str, password: str) -> str:
        """Make the login of a link, or give it a new password; its name. A link is used once."""
        length = len(password)
        refuse_unless(
            PASSWORD_LEAST <= length <= PASSWORD_MOST,
            "server.password_too_short",
            length=length,
            least=PASSWORD_LEAST,
            most=PASSWORD_MOST,
        )
        with self._hashing:
            hashed = self._hasher.hash(password)
        now = self._clock()
        with self._lock:
            self._file.execute("begin immediate")
            try:
                row = self._file.execute(
                    "delete from link where secret = ? and ends > ? "
                    "returning login, manages, parties",
                    (_digest(secret), now),
                ).fetchone()
                if row is not None:
                    self._make(row[0], hashed, row[1], row[2].split(), now)
                self._file.execute("commit")
            except BaseException:
                self._file.execute("rollback")
                raise
            self._kept.clear()
        if row is None:
            refuse("server.bad_link")
        return str(row[0])

    def _make(
        self, login: str, hashed: str, manages: int, parties: Sequence[str], now: int
    ) -> None:
        self._file.execute(
            "insert into login (name, password, manages, made) values (?, ?, ?, ?) "
            "on conflict (name) do update set password = excluded.password, "
            "manages = excluded.manages",
            (login, hashed, manages, now),
        )
        self.attempts.forget(login)
        self._file.execute("delete from acts_for where login = ?", (login,))
        self._file.executemany(
            "insert or ignore into acts_for values (?, ?)", [(login, party) for party in parties]
        )
        self._file.execute("delete from session where login = ?", (login,))

    def act_for(self, login: str, parties: Sequence[str]) -> None:
        """Let a login act for these parties from now on, in the place of those before."""
        with self._lock:
            known = self._file.execute("select 1 from login where name = ?", (login,)).fetchone()
            if known is not None:
                self._file.execute("begin")
                self._file.execute("delete from acts_for where login = ?", (login,))
                self._file.executemany(
                    "insert or ignore into acts_for values (?, ?)",
                    [(login, party) for party in parties],
                )
                self._file.execute("commit")
            self._kept.clear()
        refuse_unless(known, "server.no_such_login", login=login[:100])

    def pass_on(self, party: str, heirs: Sequence[str]) -> None:
        """Let every login that acts for a party act for these others instead."""
        for login in self.logins():
            if party in login.parties:
                kept = [one for one in login.parties if one != party]
                self.act_for(login.login, [*kept, *heirs])

    # ---- sessions

    def sign_in(
        self, login: str, password: str, address: str = "", device: str = ""
    ) -> tuple[str, Caller]:
        """A new session: its secret and who it is. What was sent before is never taken up.

        Args:
            address: from where; ``device``: the proof that the login came in from there before.

        Raises:
            Refusal: ``server.wrong_password``, ``server.login_rests``.
        """
        sources = self.attempts.sources(login, address, device)
        self.attempts.check(login, sources)
        found = self._rows("select password from login where name = ?", (login,))
        hashed = found[0][0] if found else self._nobody
        is_right = self._fits(hashed, password[:PASSWORD_MOST])  # as much work for every guess
        if not (is_right and found and len(password) <= PASSWORD_MOST):
            self.attempts.failed(login, sources)
            refuse("server.wrong_password", attempts=self._attempts_max)
        self.attempts.came_in(login, sources)
        return self.new_session(login)

    def new_session(self, login: str) -> tuple[str, Caller]:
        """A session for a login that has shown who it is.

        Raises:
            Refusal: ``server.no_such_login``.
        """
        now = self._clock()
        found = self._rows("select manages from login where name = ?", (login,))
        refuse_unless(found, "server.no_such_login", login=login[:100])
        secret, mark = SESSION_MARK + self._secret(), self._secret()
        with self._lock:
            self._file.execute("delete from session where ends <= ?", (now,))
            self._file.execute(
                "insert into session values (?, ?, ?, ?)",
                (_digest(secret), login, mark, now + self._session),
            )
        return secret, self._caller(login, SCOPES, found[0][0], mark, None)

    def sign_out(self, secret: str) -> None:
        """End a session."""
        with self._lock:
            self._file.execute("delete from session where secret = ?", (_digest(secret),))
            self._kept.clear()

    def _fits(self, hashed: str, password: str) -> bool:
        with self._hashing:
            try:
                return self._hasher.verify(hashed, password)
            except (VerificationError, InvalidHashError):
                return False

    # ---- tokens

    def new_token(
        self,
        caller: Caller,
        name: str,
        scopes: Sequence[str],
        parties: Sequence[str],
        seconds: int,
    ) -> tuple[str, Token]:
        """A token that may do no more than its maker: its secret, told once, and the rest."""
        for scope in scopes:
            refuse_unless(
                scope in SCOPES, "server.unknown_scope", scope=scope[:40], known=", ".join(SCOPES)
            )
            refuse_unless(scope in caller.scopes, "server.scope_needed", scope=scope)
        for party in parties:
            refuse_unless(
                party in caller.parties,
                "server.not_your_party",
                login=caller.login,
                party=party[:100],
            )
        held = self._rows("select count(*) from token where login = ?", (caller.login,))[0][0]
        refuse_unless(
            held < TOKENS_MAX, "server.too_many_tokens", login=caller.login, limit=TOKENS_MAX
        )
        secret, now = TOKEN_MARK + self._secret(), self._clock()
        made = Token(
            token=self._draw(8).hex(),
            name=name,
            scopes=tuple(sorted(set(scopes))),
            parties=tuple(sorted(set(parties or caller.parties))),
            made=now,
            ends=now + seconds * SECOND,
        )
        with self._lock:
            self._file.execute(
                "insert into token values (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    made.token,
                    _digest(secret),
                    caller.login,
                    name,
                    " ".join(made.scopes),
                    " ".join(made.parties),
                    made.made,
                    made.ends,
                ),
            )
        return secret, made

    def tokens_of(self, login: str) -> list[Token]:
        """The tokens of a login, oldest first."""
        rows = self._rows(
            "select id, name, scopes, parties, made, ends from token where login = ? "
            "order by made, id",
            (login,),
        )
        return [
            Token(
                token=row[0],
                name=row[1],
                scopes=tuple(row[2].split()),
                parties=tuple(row[3].split()),
                made=row[4],
                ends=row[5],
            )
            for row in rows
        ]

    def end_token(self, login: str, token: str) -> None:
        """End a token at once."""
        with self._lock:
            gone = self._file.execute(
                "delete from token where id = ? and login = ?", (token, login)
            ).rowcount
            self._kept.clear()
        refuse_unless(gone, "server.no_such_token", token=token[:40])

    # ---- logins, for managers

    def logins(self) -> list[Login]:
        """All of them, by name."""
        rows = self._rows("select name, manages, made from login order by name")
        with self._lock:
            rests = {row[0]: self.attempts.rests_until(row[0]) for row in rows}
        return [
            Login(
                login=row[0],
                parties=self._parties_of(row[0]),
                manages=bool(row[1]),
                rests_until=rests[row[0]],
                made=row[2],
            )
            for row in rows
        ]

    def parties_of(self, login: str) -> tuple[str, ...] | None:
        """For which parties a login acts now; None where there is none."""
        known = self._rows("select 1 from login where name = ?", (login,))
        return self._parties_of(login) if known else None

    def end_login(self, login: str) -> None:
        """Let a login in no more: it, its sessions and its tokens are gone at once."""
        with self._lock:
            self._file.execute("begin")
            gone = self._file.execute("delete from login where name = ?", (login,)).rowcount
            self.attempts.forget(login)
            for table in ("acts_for", "session", "token", "link", "identity"):
                self._file.execute(f"delete from {table} where login = ?", (login,))
            self._file.execute("commit")
            self._kept.clear()
        refuse_unless(gone, "server.no_such_login", login=login[:100])

    # ---- who asks

    def caller_of(self, secret: str) -> Caller:
        """Who has this token or session.

        Raises:
            Refusal: ``server.bad_token``.
        """
        digest, now = _digest(secret), self._clock()
        kept = self._kept.get(digest)
        if kept is not None and now < kept[0]:
            return kept[1]
        caller, ends = self._look_up(digest, secret, now)
        if len(self._kept) >= KEPT_MAX:
            self._kept.clear()
        self._kept[digest] = (min(ends, now + KEPT_SECONDS * SECOND), caller)
        return caller

    def _look_up(self, digest: bytes, secret: str, now: int) -> tuple[Caller, int]:
        if secret.startswith(TOKEN_MARK):
            rows = self._rows(
                "select secret, token.login, scopes, parties, ends, manages from token "
                "join login on login.name = token.login where secret = ? and ends > ?",
                (digest, now),
            )
            if rows and compare_digest(rows[0][0], digest):
                _, login, scopes, parties, ends, manages = rows[0]
                allowed = tuple(parties.split())
                return self._caller(login, scopes.split(), manages, "", allowed), ends
        elif secret.startswith(SESSION_MARK):
            rows = self._rows(
                "select secret, session.login, mark, ends, manages from session "
                "join login on login.name = session.login where secret = ? and ends > ?",
                (digest, now),
            )
            if rows and compare_digest(rows[0][0], digest):
                _, login, mark, ends, manages = rows[0]
                return self._caller(login, SCOPES, manages, mark, None), ends
        refuse("server.bad_token")

    def _caller(
        self,
        login: str,
        scopes: Sequence[str],
        manages: int,
        mark: str,
        allowed: tuple[str, ...] | None,
    ) -> Caller:
        """A login with what it has now; a token's parties count while the login has them."""
        parties = self._parties_of(login)
        return Caller(
            login=login,
            parties=parties if allowed is None else tuple(p for p in allowed if p in parties),
            scopes=tuple(s for s in scopes if manages or s not in {"manage", "metrics"}),
            mark=mark,
        )

    def _parties_of(self, login: str) -> tuple[str, ...]:
        rows = self._rows("select party from acts_for where login = ? order by party", (login,))
        return tuple(row[0] for row in rows)

    def _rows(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with self._lock:
            return self._file.execute(query, values).fetchall()

    def _secret(self) -> str:
        return self._draw(SECRET_BYTES).hex()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._file.close()


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()

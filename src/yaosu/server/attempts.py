"""Wrong passwords, counted so that guessing is slow and the owner still comes in.

Whoever signed in on a device before carries a proof of it, a cookie for this login. Guesses of
strangers are counted for their address, and for all strangers together; those of a known device for
it alone. So somebody who guesses from everywhere makes strangers wait, not the owner.

Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
"""

import ipaddress
import sqlite3
import threading
from collections.abc import Callable
from hashlib import sha256

from yaosu.engine.clock import Clock
from yaosu.kernel.instant import DAY, SECOND
from yaosu.kernel.refusal import refuse_unless

REST_SECONDS = 60  # after the first too many wrong passwords; doubled by each further one
REST_SECONDS_MAX = 3600
STRANGERS = 20  # times as many wrong passwords, from all strangers together
DEVICE_MARK, DEVICES_MAX, DEVICE_DAYS = "yd_", 20, 180
ROWS_MAX, KEPT_DAYS = 100_000, 1
NETWORK_V6 = 64  # bits: what one household or machine has
TABLES = """
create table if not exists guess (
  login blob not null, source text not null, failed integer not null,
  rests_until integer not null, last integer not null, primary key (login, source)) strict;
create table if not exists device (
  secret blob primary key, login text not null, ends integer not null) strict;
create index if not exists guesses on guess (last);
"""


class Attempts:
    """Guesses and known devices, in the file of the logins.

    Args:
        file, lock: of the logins.
        most: wrong passwords after which a source rests.
    """

    def __init__(
        self,
        file: sqlite3.Connection,
        lock: threading.Lock,
        clock: Clock,
        draw: Callable[[int], bytes],
        most: int,
    ) -> None:
        self._file, self._lock, self._clock, self._draw, self._most = file, lock, clock, draw, most

    def sources(self, login: str, address: str, device: str) -> list[tuple[str, int]]:
        """For what a guess is counted, each with how many are free."""
        if device.startswith(DEVICE_MARK):
            with self._lock:
                row = self._file.execute(
                    "select 1 from device where secret = ? and login = ? and ends > ?",
                    (_digest(device), login, self._clock()),
                ).fetchone()
            if row is not None:
                return [(f"device {_digest(device).hex()}", self._most)]
        return [(f"address {network_of(address)}", self._most), ("*", self._most * STRANGERS)]

    def check(self, login: str, sources: list[tuple[str, int]]) -> None:
        """Refuse ``server.login_rests`` where one of them is to wait; nothing is looked up then."""
        now = self._clock()
        with self._lock:
            rests = [self._row(login, source)[1] for source, _ in sources]
        wait = max(rests) - now
        refuse_unless(wait <= 0, "server.login_rests", seconds=wait // SECOND + 1)

    def failed(self, login: str, sources: list[tuple[str, int]]) -> None:
        """Count a wrong password; whether there is such a login makes no difference."""
        now = self._clock()
        with self._lock:
            self._file.execute("delete from guess where last < ?", (now - KEPT_DAYS * DAY,))
            (rows,) = self._file.execute("select count(*) from guess").fetchone()
            if rows >= ROWS_MAX:
                self._file.execute(
                    "delete from guess where rowid in (select rowid from guess order by last "
                    "limit ?)",
                    (ROWS_MAX // 10,),
                )
            for source, free in sources:
                count = self._row(login, source)[0] + 1
                over = count - free
                rest = min(REST_SECONDS << min(over, 10), REST_SECONDS_MAX) if over >= 0 else 0
                self._file.execute(
                    "insert or replace into guess values (?, ?, ?, ?, ?)",
                    (_digest(login), source, count, now + rest * SECOND if rest else 0, now),
                )

    def came_in(self, login: str, sources: list[tuple[str, int]]) -> None:
        """The right password: this source begins anew; strangers together do not."""
        with self._lock:
            for source, _ in sources:
                if source != "*":
                    self._file.execute(
                        "delete from guess where login = ? and source = ?", (_digest(login), source)
                    )

    def know(self, login: str, device: str) -> str:
        """The proof of a device on which a login signed in; the one it has, where that counts."""
        now = self._clock()
        with self._lock:
            kept = self._file.execute(
                "update device set ends = ? where secret = ? and login = ? and ends > ?",
                (now + DEVICE_DAYS * DAY, _digest(device), login, now),
            ).rowcount
            if kept:
                return device
            made = DEVICE_MARK + self._draw(32).hex()
            self._file.execute(
                "delete from device where login = ? and rowid not in (select rowid from device "
                "where login = ? and ends > ? order by ends desc limit ?)",
                (login, login, now, DEVICES_MAX - 1),
            )
            self._file.execute(
                "insert into device values (?, ?, ?)",
                (_digest(made), login, now + DEVICE_DAYS * DAY),
            )
        return made

    def forget(self, login: str) -> None:
        """A new password: guesses begin anew and no device is known; called inside the lock."""
        self._file.execute("delete from guess where login = ?", (_digest(login),))
        self._file.execute("delete from device where login = ?", (login,))

    def rests_until(self, login: str) -> int:
        """Until when strangers wait at this login; 0 where they need not. Inside the lock."""
        return self._row(login, "*")[1]

    def _row(self, login: str, source: str) -> tuple[int, int]:
        row = self._file.execute(
            "select failed, rests_until from guess where login = ? and source = ?",
            (_digest(login), source),
        ).fetchone()
        return (0, 0) if row is None else (int(row[0]), int(row[1]))


def network_of(address: str) -> str:
    """What counts as one place: an address, of version 6 the network it is in."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, NETWORK_V6), strict=False))
    return str(found)


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()

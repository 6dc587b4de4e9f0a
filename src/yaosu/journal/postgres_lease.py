"""Who may write: a lease on the journal, judged by the clock of the database alone.

One row names the epoch, the holder and when the lease ends. Taking it adds one to the epoch, and
every append demands that the epoch is still its own, in the same statement: however late a deposed
writer wakes up, it writes nothing. Appends renew the lease; between them a thread does.
"""

import os
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from yaosu.journal.damage import damaged
from yaosu.journal.postgres_errors import refusal_of
from yaosu.journal.postgres_server import connect, holder_name
from yaosu.journal.postgres_url import PostgresUrl
from yaosu.kernel.refusal import Refusal

if TYPE_CHECKING:
    import psycopg

BEATS = 4  # signs of life in the time of a lease
TICKS = 20  # looks for an answer in the time of a lease
UNTIL = "clock_timestamp() + {ms} * interval '1 millisecond'"
TAKE = """
UPDATE {schema}.lease SET epoch = epoch + 1, holder = %s, expires_at = {until}
WHERE id = 1 AND expires_at <= clock_timestamp() RETURNING epoch"""
RENEW = "UPDATE {schema}.lease SET expires_at = {until} WHERE id = 1 AND epoch = {epoch}"
GIVE_BACK = """
UPDATE {schema}.lease SET expires_at = clock_timestamp() WHERE id = 1 AND epoch = {epoch}"""
READ = """
SELECT epoch, holder, round(extract(epoch FROM expires_at - clock_timestamp()) * 1000)::bigint
FROM {schema}.lease WHERE id = 1 AND expires_at > '-infinity'"""


class Held(msgspec.Struct, frozen=True):
    """What the row says: who holds the lease, for the how-manieth time it was taken, how long."""

    epoch: int
    holder: str
    left_ms: int  # below zero: so long ago it ended


def read_lease(url: PostgresUrl, connection: "psycopg.Connection[tuple[Any, ...]]") -> Held:
    """The lease as it stands; epoch 0 where nobody ever wrote."""
    row = connection.execute(READ.format(schema=url.quoted).encode()).fetchone()
    return Held(*row) if row else Held(0, "", -1)


class Lease:
    """The right to write a journal; taken when made, kept alive by a thread until given back.

    Attributes:
        epoch: the number of this taking.
        reason: why it is lost, None as long as it is not.
    """

    def __init__(self, url: PostgresUrl, on_lost: Callable[[], None]) -> None:
        """Take the lease.

        Args:
            url: the journal.
            on_lost: called once, from the lease's own thread, where it ends against our will.

        Raises:
            Refusal: `journal.leased` where another holds it; `journal.no_connection`.
        """
        self._url = url
        self._on_lost = on_lost
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.reason: str | None = None
        self._connection = connect(url)
        try:
            self.epoch = self._take()
        except BaseException:
            self._connection.close()
            raise
        until = UNTIL.format(ms=url.lease_ms)
        self.renewal = RENEW.format(schema=url.quoted, until=until, epoch=self.epoch)

    def keep(self) -> None:
        """Begin to give signs of life."""
        self._thread = threading.Thread(target=self._keep, name="yaosu-lease", daemon=True)
        self._thread.start()

    def lose(self, reason: str) -> None:
        """Say that it is lost; the first reason stays."""
        self.reason = self.reason or reason
        self._ended.set()

    def give_back(self) -> None:
        """Let the next writer in at once; safe to call twice, and when it is lost already."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        if self._connection.closed:
            return
        import psycopg

        given_back = GIVE_BACK.format(schema=self._url.quoted, epoch=self.epoch)
        with suppress(psycopg.Error):  # then it ends by itself, when its time is over
            if self.reason is None:
                self._connection.execute(given_back.encode())
        self._connection.close()

    def _take(self) -> int:
        import psycopg

        url = self._url
        take = TAKE.format(schema=url.quoted, until=UNTIL.format(ms=url.lease_ms))
        try:
            row = self._connection.execute(take.encode(), (holder_name(os.getpid()),)).fetchone()
            held = read_lease(url, self._connection)
        except psycopg.Error as error:
            raise refusal_of(error, url, writing=True, position="the lease") from error
        if row is not None:
            return int(row[0])
        if held.epoch == 0:
            raise damaged(url.name, "the lease", "there is none")
        raise Refusal(
            "journal.leased",
            path=url.name,
            holder=held.holder,
            epoch=held.epoch,
            left_ms=max(held.left_ms, 0),
        )

    def _keep(self) -> None:
        """Renew it now and then, and end where that does not succeed within its own time."""
        lease_s = self._url.lease_ms / 1000
        while not self._ended.wait(lease_s / BEATS):
            reason = self._renew(lease_s / TICKS)
            if reason is not None and not self._ended.is_set():
                self.lose(reason)
                self._connection.close()
                self._on_lost()

    def _renew(self, tick_s: float) -> str | None:
        """One sign of life; why it failed, or None.

        Waits in steps and counts them: a process that was stopped meanwhile has not waited.
        """
        import psycopg

        server = self._connection.pgconn
        try:
            server.send_query(self.renewal.encode())
            for _ in range(TICKS):
                select.select([server.socket], [], [], tick_s)
                server.consume_input()
                if not server.is_busy():
                    break
                if self._ended.is_set():
                    return None
            else:
                return "the server did not answer for as long as the lease lasts"
            answer = server.get_result()
            while server.get_result() is not None:
                pass
        except (psycopg.Error, OSError, ValueError) as error:
            return " ".join(str(error).split())
        if answer is None or answer.status != psycopg.pq.ExecStatus.COMMAND_OK:
            said = answer.error_message if answer is not None else b"no answer"
            return " ".join(said.decode(errors="replace").split())
        if answer.command_tuples != 1:
            return "another took the lease"
        return None


def cut_off(connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
    """End a connection under whoever waits for it in another thread: that one gets an error."""
    import psycopg

    with (
        suppress(psycopg.Error, OSError),  # it is closed already
        socket.socket(fileno=os.dup(connection.pgconn.socket)) as wire,
    ):
        wire.shutdown(socket.SHUT_RDWR)

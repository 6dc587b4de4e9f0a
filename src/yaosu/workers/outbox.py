"""The outbox: what has to reach somebody outside, kept until it has, or until it is given up.

A feed looks at the journal entry by entry and says what is to be delivered; its deliveries and its
position are kept in one transaction, so nothing is forgotten or put in twice, whenever the process
is killed. Each delivery is tried until it is done, with waits that grow: it arrives at least once,
and its ``id`` tells the receiver what arrived twice. Deliveries of one lane go out in their order,
those of different lanes beside each other. What was tried too often is a dead letter: it is kept,
shown, and can be begun again by hand; the next of its lane goes on.

How: a file of its own beside the journal, for its owner alone. `delivering.py` runs it.
"""

import os
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from yaosu.engine.clock import Clock
from yaosu.kernel.instant import DAY, SECOND
from yaosu.kernel.refusal import declare, refuse, refuse_unless

WAITING, DELIVERED, DEAD = "waiting", "delivered", "dead"
# seconds from one try to the next; after the last there is none: in all about three days
WAITS = (5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)
LANE_MAX = 100_000  # deliveries of one lane that wait; what comes then is a dead letter at once
BODY_MAX = 1_048_576  # bytes
TOLD_MAX = 200  # characters of what is kept of an answer
KEPT_DAYS = 30  # after which what was delivered, or is dead, is forgotten
TABLES = """
create table if not exists feed (name text primary key, position integer not null) strict;
create table if not exists journal (first blob not null) strict;
create table if not exists delivery (
  number integer primary key autoincrement, id text not null unique, channel text not null,
  lane text not null, entry integer not null, body blob not null, made integer not null,
  attempts integer not null, due integer not null, state text not null) strict;
create index if not exists waiting on delivery (lane, number) where state = 'waiting';
create index if not exists by_lane on delivery (lane, number);
create index if not exists over on delivery (made) where state <> 'waiting';
create table if not exists attempt (
  delivery integer not null, at integer not null, ms integer not null, told text not null) strict;
create index if not exists of_delivery on attempt (delivery);
"""

REFUSALS = declare(
    {
        "workers.cannot_open_outbox": (
            "the outbox in {path} cannot be opened: {reason}",
            "look whether the file is whole and yours; without it, deliveries begin anew from now",
        ),
        "workers.outbox_of_another": (
            "the outbox in {path} belongs to another journal",
            "name the outbox of this journal, or move that file away to begin anew from now",
        ),
        "workers.no_such_delivery": (
            "there is no dead letter {delivery}",
            "list the deliveries; only a dead letter can be begun again",
        ),
    }
)


class ToSend(Struct, frozen=True, kw_only=True):
    """Something to be delivered.

    Attributes:
        id: tells it apart for ever; the same id is taken once.
        channel: who delivers it, such as ``webhook`` or ``mail``.
        lane: deliveries of one lane go out in order; a lane of its own where order is nothing.
        entry: number of the entry it tells of.
        body: as the channel has it, up to ``BODY_MAX`` bytes.
    """

    id: str
    channel: str
    lane: str
    entry: int
    body: bytes


class Delivery(Struct, frozen=True, kw_only=True):
    """A delivery as it is kept. Instants in microseconds UTC; ``told``: of the last attempt."""

    number: int
    id: str
    channel: str
    lane: str
    entry: int
    body: bytes
    made: int
    attempts: int
    due: int
    state: str
    told: str = ""


class Told(Struct, frozen=True, kw_only=True):
    """What came of one attempt.

    Attributes:
        is_done: it arrived. is_final: it never will; no further attempt is made.
        told: in a few words, without secrets; shown in the log of deliveries.
        wait_seconds: as the other side asked for; a shorter wait of ours is lengthened to it.
    """

    is_done: bool
    told: str = ""
    is_final: bool = False
    wait_seconds: int = 0


class Attempt(Struct, frozen=True):
    """One attempt, for the log: when, how long it took, what came of it."""

    delivery: int
    at: int
    ms: int
    told: str


FIELDS = ", ".join(Delivery.__struct_fields__[:-1])


class Outbox:
    """The file of deliveries. Many threads; one at a time inside.

    Args:
        path: of the file; made where there is none, readable by its owner alone.
        waits: seconds between attempts.
    """

    def __init__(self, path: str, clock: Clock, *, waits: Sequence[int] = WAITS) -> None:
        self.path, self._clock, self._waits = path, clock, tuple(waits)
        self._lock = threading.Lock()
        self._in_hand: dict[str, int] = {}  # lane -> number, of those being tried now
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._file.execute("pragma journal_mode=wal")
            self._file.execute("pragma synchronous=normal")  # a lost end is made again
            self._file.executescript(TABLES)
        except (sqlite3.Error, OSError) as error:
            refuse("workers.cannot_open_outbox", path=path, reason=str(error))

    def belong_to(self, first: bytes) -> None:
        """Tie it to a journal, known by the hash of its first entry.

        Raises:
            Refusal: ``workers.outbox_of_another``.
        """
        with self._lock:
            row = self._file.execute("select first from journal").fetchone()
            if row is None:
                self._file.execute("insert into journal values (?)", (first,))
        refuse_unless(row is None or row[0] == first, "workers.outbox_of_another", path=self.path)

    # ---- in

    def position(self, feed: str, otherwise: int) -> int:
        """Number of the next entry a feed looks at; a new one begins at ``otherwise``."""
        with self._lock:
            self._file.execute("insert or ignore into feed values (?, ?)", (feed, otherwise))
            row = self._file.execute("select position from feed where name = ?", (feed,)).fetchone()
        return int(row[0])

    def put(self, feed: str, position: int, deliveries: Iterable[ToSend]) -> int:
        """Keep what a feed made of the entries before ``position``, and that it has seen them.

        Returns:
            How many were taken; what is known by its id is not.
        """
        now, taken = self._clock(), 0
        with self._lock:
            self._file.execute("begin immediate")
            try:
                taken = sum(self._keep(one, now) for one in deliveries)
                self._file.execute(
                    "insert into feed values (?, ?) "
                    "on conflict (name) do update set position = excluded.position",
                    (feed, position),
                )
                self._file.execute("commit")
            except BaseException:
                self._file.execute("rollback")
                raise
        return taken

    def add(self, deliveries: Iterable[ToSend]) -> int:
        """Keep deliveries that come from no feed; how many were taken."""
        now = self._clock()
        with self._lock:
            return sum(self._keep(one, now) for one in deliveries)

    def _keep(self, one: ToSend, now: int) -> int:
        waiting = self._file.execute(
            "select count(*) from delivery where lane = ? and state = 'waiting'", (one.lane,)
        ).fetchone()[0]
        why = "too many wait" if waiting >= LANE_MAX else ""
        why = why or ("it is too large" if len(one.body) > BODY_MAX else "")
        made = self._file.execute(
            "insert or ignore into delivery (id, channel, lane, entry, body, made, attempts, due, "
            "state) values (?, ?, ?, ?, ?, ?, 0, ?, ?)",
            (one.id, one.channel, one.lane, one.entry, one.body if not why else b"", now, now,
             DEAD if why else WAITING),
        )  # fmt: skip
        if made.rowcount and why:
            self._file.execute(
                "insert into attempt values (?, ?, 0, ?)", (made.lastrowid, now, why)
            )
        return made.rowcount

    # ---- out

    def take(self, count: int = 1) -> list[Delivery]:
        """The first of each lane that are due, now in hand: each is to be told of by :meth:`told`.

        The attempt counts from here on: one that ends the process is not made again at once.
        """
        now = self._clock()
        with self._lock:
            heads = self._file.execute(
                f"select {FIELDS} from delivery where number in (select min(number) "
                "from delivery where state = 'waiting' group by lane) and due <= ? "
                "order by due, number limit ?",
                (now, count + len(self._in_hand)),
            ).fetchall()
            found = [_delivery(row) for row in heads if row[3] not in self._in_hand][:count]
            for one in found:
                self._in_hand[one.lane] = one.number
                self._file.execute(
                    "update delivery set attempts = attempts + 1, due = ? where number = ?",
                    (now + self._wait(one.attempts) * SECOND, one.number),
                )
        return found

    def told(self, delivery: Delivery, outcome: Told, ms: int) -> str:
        """What came of a delivery in hand; the state it has now."""
        now, made = self._clock(), delivery.attempts + 1
        is_over = outcome.is_done or outcome.is_final or made > len(self._waits)
        state = DELIVERED if outcome.is_done else DEAD if is_over else WAITING
        wait = max(self._wait(delivery.attempts), min(outcome.wait_seconds, self._waits[-1]))
        with self._lock:
            self._file.execute("begin immediate")
            self._file.execute(
                "update delivery set state = ?, due = ? where number = ? and state = 'waiting'",
                (state, now + wait * SECOND, delivery.number),
            )
            self._file.execute(
                "insert into attempt values (?, ?, ?, ?)",
                (delivery.number, now, ms, outcome.told[:TOLD_MAX]),
            )
            self._file.execute("commit")
            self._in_hand.pop(delivery.lane, None)
        return state

    def let_go(self, delivery: Delivery) -> None:
        """A delivery in hand came to no end: it waits like one that failed."""
        with self._lock:
            self._in_hand.pop(delivery.lane, None)

    def _wait(self, attempts: int) -> int:
        return self._waits[min(attempts, len(self._waits) - 1)]

    # ---- looking after it

    def deliveries(
        self, lane: str, *, state: str = "", before: int = 2**62, limit: int = 100
    ) -> list[Delivery]:
        """Those of a lane, newest first, each with what its last attempt told."""
        with self._lock:
            rows = self._file.execute(
                f"select {FIELDS}, coalesce((select told from attempt where delivery = "
                "delivery.number order by attempt.rowid desc limit 1), '') from delivery "
                "where lane = ? and number < ? and (? = '' or state = ?) "
                "order by number desc limit ?",
                (lane, before, state, state, limit),
            ).fetchall()
        return [_delivery(row) for row in rows]

    def attempts(self, delivery: int) -> list[Attempt]:
        """All attempts at one delivery, oldest first."""
        with self._lock:
            rows = self._file.execute(
                "select delivery, at, ms, told from attempt where delivery = ? order by rowid",
                (delivery,),
            ).fetchall()
        return [Attempt(*row) for row in rows]

    def counts(self) -> dict[tuple[str, str], int]:
        """How many there are, by channel and state."""
        with self._lock:
            rows = self._file.execute(
                "select channel, state, count(*) from delivery group by channel, state"
            ).fetchall()
        return {(channel, state): count for channel, state, count in rows}

    def begin_again(self, lane: str, number: int) -> None:
        """Try a dead letter anew, as often as before.

        Raises:
            Refusal: ``workers.no_such_delivery``.
        """
        with self._lock:
            found = self._file.execute(
                "update delivery set state = 'waiting', attempts = 0, due = ? "
                "where number = ? and lane = ? and state = 'dead' and length(body) > 0",
                (self._clock(), number, lane),
            ).rowcount
        refuse_unless(found, "workers.no_such_delivery", delivery=number)

    def close_lane(self, lane: str) -> None:
        """Forget a lane with all that waits in it."""
        with self._lock:
            self._file.execute("begin immediate")
            self._file.execute(
                "delete from attempt where delivery in "
                "(select number from delivery where lane = ?)",
                (lane,),
            )
            self._file.execute("delete from delivery where lane = ?", (lane,))
            self._file.execute("commit")

    def tidy(self) -> int:
        """Forget what has been over for ``KEPT_DAYS``; how many these were."""
        before = self._clock() - KEPT_DAYS * DAY
        over = "select number from delivery where state <> 'waiting' and made < ?"
        with self._lock:
            self._file.execute("begin immediate")
            self._file.execute(f"delete from attempt where delivery in ({over})", (before,))
            gone = self._file.execute(
                f"delete from delivery where number in ({over})", (before,)
            ).rowcount
            self._file.execute("commit")
        return gone

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._file.close()


def _delivery(row: Sequence[Any]) -> Delivery:
    return Delivery(**dict(zip(Delivery.__struct_fields__, row, strict=False)))

"""Signed messages to other systems: what an entry says of a party, sent where its login wants it.

    entry -> rows of each party -> subscriptions to them -> outbox -> POST, signed

A message carries an id that stays the same from try to try, the time of the try, and a signature
over both and its body, so that a receiver knows whom it is from, that it is no old one, and what
it has had before. Messages of one subscription go out in the order of their entries.

Source: the Standard Webhooks specification 1.0 (standardwebhooks.com): headers, ``v1`` (HMAC with
SHA-256) and ``v1a`` (Ed25519).
"""

import hmac
import json
import sqlite3
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from yaosu.core import StateHashed
from yaosu.engine.clock import Clock
from yaosu.kernel.instant import SECOND
from yaosu.kernel.refusal import declare, refuse_unless
from yaosu.kernel.signed_note import SUITES
from yaosu.rows import party_key, read_rows, rows_by_party
from yaosu.workers.delivering import Happened
from yaosu.workers.outbound import Heard, post, target_of
from yaosu.workers.outbox import Delivery, Outbox, Told, ToSend

CHANNEL = "webhook"
HMAC, ED25519 = "hmac-sha256", "ed25519"
SIGNATURES = (ED25519, HMAC)
SECRET_BYTES = 32
TAGS_MAX, TAG_CHARACTERS_MAX = 50, 100
SUBSCRIPTIONS_MAX = 20  # of one login
EVERYTHING = "*"
GONE = 410  # the receiver says that it wants nothing any more
TABLES = """
create table if not exists subscription (
  id text primary key, login text not null, parties text not null, url text not null,
  events text not null, signature text not null, secret blob not null, made integer not null,
  ended text not null default '') strict;
"""

REFUSALS = declare(
    {
        "workers.bad_subscription": (
            "the subscription cannot be: {reason}",
            "name 1 to 50 tags of events such as markets.*, and a signature: ed25519, hmac-sha256",
        ),
        "workers.too_many_subscriptions": (
            "the login {login} has {limit} subscriptions, as many as are allowed",
            "end one that is no longer used",
        ),
        "workers.no_such_subscription": (
            "there is no subscription {subscription} of yours",
            "list them: GET /v1/webhooks",
        ),
    }
)


class Subscription(Struct, frozen=True, kw_only=True):
    """Who wants to be told what, where.

    Attributes:
        parties: of whose rows; those count for which the login still acts.
        events: tags such as ``markets.trades_made``, ``markets.*``, ``*``.
        signature: ``hmac-sha256`` or ``ed25519``.
        public: what signatures are checked with, ``whpk_...``; empty where that is a secret.
        ended: why nothing goes out any more; empty while it does.
        made: instant, microseconds UTC.
    """

    subscription: str
    login: str
    parties: tuple[str, ...]
    url: str
    events: tuple[str, ...]
    signature: str
    public: str
    made: int
    ended: str = ""


class Webhooks:
    """Subscriptions, kept in the file of the outbox; many threads, one at a time inside.

    Args:
        draw: gives so many bytes that nobody can guess.
        parties_of: for which parties a login acts now; None where there is no such login.
        encode: makes JSON of what an entry says.
        private_ok: messages may go to private addresses, and by plain http.
        send: brings a message out; another one in tests.
    """

    def __init__(
        self,
        outbox: Outbox,
        clock: Clock,
        draw: Callable[[int], bytes],
        parties_of: Callable[[str], tuple[str, ...] | None],
        encode: Callable[[Any], bytes],
        *,
        private_ok: bool = False,
        send: Callable[..., Heard] = post,
    ) -> None:
        self.outbox, self._clock, self._draw = outbox, clock, draw
        self._parties_of, self._encode = parties_of, encode
        self._private_ok, self._send = private_ok, send
        self._lock = threading.Lock()
        self._file = sqlite3.connect(outbox.path, check_same_thread=False, isolation_level=None)
        self._file.execute("pragma synchronous=full")
        self._file.executescript(TABLES)
        self._active = self._all("where ended = ''")

    # ---- subscriptions

    def subscribe(
        self, login: str, parties: Sequence[str], url: str, events: Sequence[str], signature: str
    ) -> tuple[Subscription, str]:
        """A new subscription, and its secret (``whsec_...``), told once; empty with Ed25519.

        Raises:
            Refusal: ``workers.*``.
        """
        target_of(url, private_ok=self._private_ok)
        reason = ""
        if not 0 < len(events) <= TAGS_MAX:
            reason = f"it names {len(events)} events"
        elif any(not 0 < len(tag) <= TAG_CHARACTERS_MAX or not tag.isascii() for tag in events):
            reason = "a tag is empty or too long"
        elif signature not in SIGNATURES:
            reason = f"there is no signature {signature[:20]!r}"
        elif not parties:
            reason = "it names no party"
        refuse_unless(not reason, "workers.bad_subscription", reason=reason)
        held = self.subscriptions(login)
        refuse_unless(
            len(held) < SUBSCRIPTIONS_MAX,
            "workers.too_many_subscriptions",
            login=login,
            limit=SUBSCRIPTIONS_MAX,
        )
        secret, name = self._draw(SECRET_BYTES), self._draw(8).hex()
        with self._lock:
            self._file.execute(
                "insert into subscription values (?, ?, ?, ?, ?, ?, ?, ?, '')",
                (name, login, " ".join(sorted(set(parties))), url, " ".join(sorted(set(events))),
                 signature, secret, self._clock()),
            )  # fmt: skip
        self._active = self._all("where ended = ''")
        (made,) = self._all("where id = ?", name)
        told = "" if signature == ED25519 else f"whsec_{b64encode(secret).decode()}"
        return made, told

    def subscriptions(self, login: str) -> list[Subscription]:
        """Those of a login, oldest first."""
        return self._all("where login = ?", login)

    def one(self, login: str, name: str) -> Subscription:
        """A subscription of a login.

        Raises:
            Refusal: ``workers.no_such_subscription``.
        """
        found = self._all("where login = ? and id = ?", login, name)
        refuse_unless(found, "workers.no_such_subscription", subscription=name[:40])
        return found[0]

    def end(self, login: str, name: str) -> None:
        """End a subscription; what waits for it is not sent."""
        self.one(login, name)
        with self._lock:
            self._file.execute("delete from subscription where id = ?", (name,))
        self._active = self._all("where ended = ''")
        self.outbox.close_lane(name)

    def ping(self, login: str, name: str) -> str:
        """Put a message that says nothing on its way, to try the other side; its id."""
        known = self.one(login, name)
        id = f"{name}-ping-{self._draw(6).hex()}"
        said = {"type": "ping", "subscription": known.subscription}
        body = json.dumps(said).encode()
        self.outbox.add([ToSend(id=id, channel=CHANNEL, lane=name, entry=0, body=body)])
        return id

    # ---- in and out

    def feed(self, happened: Happened) -> list[ToSend]:
        """The messages that an entry makes."""
        if not self._active:
            return []
        events = happened.events
        if events and isinstance(events[0], StateHashed):
            return []
        rows = rows_by_party(happened.entry.header.actor, events)
        return [
            message for known in self._active for message in self._messages(known, happened, rows)
        ]

    def _messages(
        self, known: Subscription, happened: Happened, rows: dict[bytes, Any]
    ) -> list[ToSend]:
        wanted = [party for party in known.parties if party_key(party) in rows]
        if not wanted:
            return []
        acts_for = self._parties_of(known.login)
        if acts_for is None:
            self._stop(known, "its login has ended")
            return []
        header = happened.entry.header
        made: list[ToSend] = []
        for party in wanted:
            said = [
                {"number": number, "event": tag, "place": place, "content": content}
                for number, tag, place, content in read_rows(rows[party_key(party)][1])[1]
                if party in acts_for and _covers(known.events, tag)
            ]
            if said:
                id = f"{known.subscription}-{header.sequence}-{len(made)}"
                body = {"type": "rows", "id": id, "entry": header.sequence,
                        "instant": header.instant, "party": party, "rows": said}  # fmt: skip
                lane = known.subscription
                data = self._encode(body)
                made.append(ToSend(id=id, channel=CHANNEL, lane=lane, entry=header.sequence,
                                   body=data))  # fmt: skip
        return made

    def deliver(self, delivery: Delivery) -> Told:
        """Bring one message out, signed now."""
        found = self._all("where id = ?", delivery.lane)
        if not found or found[0].ended:
            return Told(is_done=False, told="the subscription has ended", is_final=True)
        known = found[0]
        second = self._clock() // SECOND
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "yaosu",
            "Connection": "close",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(second),
            "webhook-signature": self._signed(known, delivery, second),
        }
        heard = self._send(known.url, delivery.body, headers, private_ok=self._private_ok)
        if heard.status == GONE:
            self._stop(known, "the receiver is gone (410)")
        is_done = 200 <= heard.status < 300
        return Told(
            is_done=is_done,
            told=heard.told,
            is_final=heard.status == GONE,
            wait_seconds=heard.wait_seconds,
        )

    def _signed(self, known: Subscription, delivery: Delivery, second: int) -> str:
        message = f"{delivery.id}.{second}.".encode() + delivery.body
        with self._lock:
            row = self._file.execute(
                "select secret from subscription where id = ?", (known.subscription,)
            ).fetchone()
        if known.signature == ED25519:
            sign = SUITES["Ed25519"].sign
            assert sign is not None
            return f"v1a,{b64encode(sign(row[0], message)).decode()}"
        return f"v1,{b64encode(hmac.digest(row[0], message, 'sha256')).decode()}"

    def _stop(self, known: Subscription, why: str) -> None:
        with self._lock:
            self._file.execute(
                "update subscription set ended = ? where id = ?", (why, known.subscription)
            )
        self._active = self._all("where ended = ''")

    def _all(self, where: str, *values: str) -> list[Subscription]:
        with self._lock:
            rows = self._file.execute(
                "select id, login, parties, url, events, signature, secret, made, ended "
                f"from subscription {where} order by made, id",
                values,
            ).fetchall()
        return [
            Subscription(
                subscription=row[0], login=row[1], parties=tuple(row[2].split()), url=row[3],
                events=tuple(row[4].split()), signature=row[5],
                public=_public(row[6]) if row[5] == ED25519 else "", made=row[7], ended=row[8],
            )
            for row in rows
        ]  # fmt: skip

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._file.close()


def is_signed(key: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether a message is signed with a secret (``whsec_``) or for a public key (``whpk_``).

    For receivers in Python; whether the time in it is recent, and its id new, is for them to see.
    """
    message = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    kind, _, encoded = headers["webhook-signature"].partition(",")
    mark, _, data = key.partition("_")
    given, known = b64decode(encoded), b64decode(data)
    if (mark, kind) == ("whpk", "v1a"):
        return SUITES["Ed25519"].is_signed(known, given, message)
    is_hmac = (mark, kind) == ("whsec", "v1")
    return is_hmac and hmac.compare_digest(hmac.digest(known, message, "sha256"), given)


def _public(secret: bytes) -> str:
    return f"whpk_{b64encode(SUITES['Ed25519'].public_of(secret)).decode()}"


def _covers(named: Sequence[str], tag: str) -> bool:
    word = tag.partition("/")[0]
    floor = word.partition(".")[0]
    return any(one in {tag, word, EVERYTHING, f"{floor}.*"} for one in named)

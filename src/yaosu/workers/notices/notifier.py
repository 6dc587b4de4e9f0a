"""Tells parties what concerns them: from the journal to their inboxes, and out by e-mail.

    entry -> notices (kinds.py) -> outbox -> inbox, e-mail -> proof of service -> journal

Everything goes through the outbox, so that a kill loses and doubles nothing: an inbox takes an id
once, a proof is put on record once; an e-mail that a server took is not sent again, but for a kill
between its answer and our note of it: then it comes twice, under the same Message-ID.
"""

import threading
from collections.abc import Callable

import msgspec

from yaosu.cases.commands import ServeNotice
from yaosu.cases.events import DocumentDeleted
from yaosu.door import Venue
from yaosu.engine.clock import Clock
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Event, tag_of
from yaosu.workers.delivering import Happened
from yaosu.workers.keeping import Keeper
from yaosu.workers.notices.inbox import Inbox, Kept
from yaosu.workers.notices.kinds import (
    MAKERS,
    Notice,
    concerns_notices,
    notices_near,
    notices_of,
)
from yaosu.workers.notices.mail import Answered, Server, message, send
from yaosu.workers.notices.proving import Service, notice_id, proof_of
from yaosu.workers.notices.texts import CODE, forms, letter, say
from yaosu.workers.outbox import Delivery, Outbox, Told, ToSend

INBOX, MAIL, FILES, CODES = "inbox", "email", "files", "code"
LOOK_SECONDS = 60.0
CODE_DIGITS = 8
TOLD: tuple[type[Event], ...] = (*MAKERS, DocumentDeleted)
TAGS = frozenset(tag_of(kind).partition("/")[0].encode() + b"/" for kind in TOLD)  # any version


class Code(msgspec.Struct, frozen=True):
    """A code that goes to an address, to see whose it is."""

    party: str
    address: str
    code: str


class Notifier:
    """Feed and channels of notices.

    Args:
        server: where e-mail goes out; None: none does.
        url: under which people reach the console.
        days: what falls due within so many is told.
        post: brings an e-mail out; another one in tests.
    """

    def __init__(
        self,
        venue: Venue,
        inbox: Inbox,
        keeper: Keeper,
        outbox: Outbox,
        clock: Clock,
        draw: Callable[[int], bytes],
        *,
        url: str,
        server: Server | None = None,
        days: int = 3,
        post: Callable[[Server, str, bytes], Answered] = send,
    ) -> None:
        self._venue, self.inbox, self._keeper, self._outbox = venue, inbox, keeper, outbox
        self._clock, self._draw, self._url, self._days = clock, draw, url, days
        self._server, self._post = server, post
        self.channels = {
            INBOX: self.to_inbox, MAIL: self.to_mail, FILES: self.to_files, CODES: self.to_address,
        }  # fmt: skip
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="yaosu-due", daemon=True)

    @property
    def has_mail(self) -> bool:
        """Whether e-mail goes out."""
        return self._server is not None

    # ---- in

    def feed(self, happened: Happened) -> list[ToSend]:
        """What an entry has to be told of."""
        if not happened.may_hold(TAGS):
            return []
        head, events = happened.entry.header, happened.events
        gone = [one.document for one in events if isinstance(one, DocumentDeleted)]
        made = [
            ToSend(id=f"file/{head.sequence}/{one}", channel=FILES, lane=FILES,
                   entry=head.sequence, body=one.encode())
            for one in gone
        ]  # fmt: skip
        if not concerns_notices(events):
            return made
        with self._venue.reading() as state:
            notices = notices_of(state, head.sequence, head.instant, events)
        return made + [one for notice in notices for one in self._sent(notice)]

    def look_ahead(self) -> int:
        """Tell what falls due soon; how much was new."""
        with self._venue.reading() as state:
            notices = notices_near(state, self._clock(), self._days)
        return self._outbox.add([one for notice in notices for one in self._sent(notice)])

    def send_code(self, party: str, address: str) -> None:
        """Have an address confirmed: a code goes there, and counts where it comes back."""
        code = str(int.from_bytes(self._draw(8), "big") % 10**CODE_DIGITS).zfill(CODE_DIGITS)
        self.inbox.ask_address(party, address, code)
        if address:
            body = msgspec.json.encode(Code(party, address, code))
            id = f"code/{self._draw(8).hex()}"
            lane = f"code:{party}"
            entry = self._venue.size
            self._outbox.add([ToSend(id=id, channel=CODES, lane=lane, entry=entry, body=body)])

    def _sent(self, notice: Notice) -> list[ToSend]:
        body, entry = msgspec.json.encode(notice), notice.entry
        ways = [INBOX]
        wish = self.inbox.wish(notice.party)
        if self.has_mail and wish.address and notice.kind in wish.mail:
            ways.append(MAIL)
        return [
            ToSend(id=f"{way}/{notice.id}", channel=way, lane=f"{way}:{notice.party}",
                   entry=entry, body=body)
            for way in ways
        ]  # fmt: skip

    # ---- out

    def to_inbox(self, delivery: Delivery) -> Told:
        """Put a notice in its inbox; where its form asks for that, prove it."""
        notice = msgspec.json.decode(delivery.body, type=Notice)
        kept = self.inbox.put(notice)
        if forms()[notice.kind].served:
            said = say(kept.kind, kept.facts, kept.language)
            sent = f"{said.subject}\n\n{said.text}\n".encode()
            answer = "put in the inbox, where the party finds it signed in"
            self._prove(kept, INBOX, f"inbox of {kept.party}", kept.came, answer, sent)
        return Told(is_done=True, told="in the inbox")

    def to_mail(self, delivery: Delivery) -> Told:
        """Send a notice by e-mail; where its form asks for that, prove that a server took it."""
        notice = msgspec.json.decode(delivery.body, type=Notice)
        kept = self.inbox.put(notice)
        mailed = self.inbox.mailed(notice.id)
        to = self.inbox.wish(notice.party).address if mailed is None else mailed.address
        if self._server is None or not to:
            return Told(is_done=False, told="there is no address any more", is_final=True)
        said = say(kept.kind, kept.facts, kept.language)
        _, name = self._whose()
        text = letter(said, f"{self._url}{kept.link}", name, kept.language)
        data = message(notice.id, self._server.sender, to, said.subject, text, kept.came)
        if mailed is None:
            answered = self._post(self._server, to, data)
            if not answered.is_taken:
                return Told(is_done=False, told=answered.said, is_final=answered.is_final)
            mailed = self.inbox.has_mailed(notice.id, to, answered.said)
        if forms()[notice.kind].served:
            self._prove(kept, MAIL, mailed.address, mailed.at, mailed.answer, data)
        return Told(is_done=True, told=mailed.answer)

    def to_address(self, delivery: Delivery) -> Told:
        """Send a code to an address that is to be confirmed."""
        code = msgspec.json.decode(delivery.body, type=Code)
        if self._server is None or self.inbox.wish(code.party).asked != code.address:
            return Told(is_done=False, told="it is not wanted any more", is_final=True)
        subject, text = CODE[self.inbox.wish(code.party).language]
        sender, text = self._server.sender, text.format(code=code.code)
        data = message(delivery.id, sender, code.address, subject, text, delivery.made)
        answered = self._post(self._server, code.address, data)
        return Told(is_done=answered.is_taken, told=answered.said, is_final=answered.is_final)

    def to_files(self, delivery: Delivery) -> Told:
        """The journal says that a document is deleted: so is its file."""
        self._keeper.forget_deleted(delivery.body.decode())
        return Told(is_done=True, told="deleted")

    def _prove(
        self, kept: Kept, channel: str, to: str, told_at: int, answer: str, sent: bytes
    ) -> None:
        """Keep the proof as a document, and put the service on record; once."""
        if any(one[0] == channel for one in kept.proofs):
            return
        operator, venue = self._whose()
        service = Service(
            venue=venue, notice=kept.id, form=kept.kind, about=kept.about,
            party=kept.party, channel=channel, to=to, told_at=told_at, answer=answer, sent=sent,
        )  # fmt: skip
        name = f"service-{kept.kind}-{channel}.txt"
        proof = self._keeper.keep_bytes(proof_of(service), operator, "service", name)
        id = notice_id(kept.id, channel)
        command = ServeNotice(
            actor=operator, key=f"serve/{id}", notice=id, party=kept.party,
            about=kept.about, form=kept.kind, channel=channel, document=proof.document,
            told_at=told_at,
        )  # fmt: skip
        receipt = self._venue.submit(command).accepted()
        self.inbox.has_proved(kept.id, channel, proof.document, receipt.sequence)

    def _whose(self) -> tuple[str, str]:
        """The operator, and the name of the venue: founded, as something has happened in it."""
        with self._venue.reading() as state:
            known = state.parties.venue
            assert known is not None
            return known.operator, known.id

    # ---- what falls due

    def start(self) -> None:
        """Begin to look ahead."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join(2)

    @property
    def is_alive(self) -> bool:
        """Whether it looks ahead."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.look_ahead()
            except Refusal:  # the venue is being closed
                return
            self._stop.wait(LOOK_SECONDS)

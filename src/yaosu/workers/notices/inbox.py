"""The inboxes of parties: notices that came, what is read, and how each party wants to be told.

A file of its own beside the journal, for its owner alone: addresses and what somebody has read are
personal, and may be forgotten.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from msgspec import Struct

from yaosu.engine.clock import Clock
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import declare, refuse, refuse_unless
from yaosu.workers.copying import copy_beside
from yaosu.workers.notices.kinds import Notice
from yaosu.workers.notices.texts import LANGUAGES, forms

ENDING = ".notices"
ADDRESS_CHARACTERS_MAX = 254
ATTEMPTS_MAX = 5  # at the code of an address
TABLES = """
create table if not exists notice (
  number integer primary key autoincrement, id text not null unique, kind text not null,
  party text not null, facts text not null, link text not null, about text not null,
  entry integer not null, at integer not null, came integer not null, language text not null,
  read integer not null default 0) strict;
create index if not exists of_party on notice (party, number);
create index if not exists unread on notice (party) where read = 0;
create table if not exists wish (
  party text primary key, language text not null, mail text not null, address text not null,
  asked text not null, code blob not null, code_ends integer not null, tries integer not null
  ) strict;
create table if not exists mailed (
  id text primary key, address text not null, at integer not null, answer text not null) strict;
create table if not exists proof (
  id text not null, channel text not null, document text not null, entry integer not null,
  primary key (id, channel)) strict;
"""

REFUSALS = declare(
    {
        "workers.cannot_open_notices": (
            "the notices in {path} cannot be opened: {reason}",
            "look whether the file is whole and yours; it may be moved away to begin anew",
        ),
        "workers.bad_wish": (
            "how to be told cannot be so: {reason}",
            "choose a language of {languages}, and kinds of those that are listed",
        ),
        "workers.bad_email": (
            "{address!r} is no address for e-mail",
            "write it as name@example.org",
        ),
        "workers.wrong_code": (
            "the code is not the one that was sent, or is too old",
            "have a new one sent",
        ),
    }
)


class Kept(Struct, frozen=True, kw_only=True):
    """A notice as it lies in an inbox; instants, ``read`` 0 while it is not.

    Attributes:
        proofs: (channel, document, entry) of each proof of service.
    """

    number: int
    id: str
    kind: str
    party: str
    facts: dict[str, str]
    link: str
    about: str
    entry: int
    at: int
    came: int
    language: str
    read: int
    proofs: tuple[tuple[str, str, int], ...] = ()


class Wish(Struct, frozen=True, kw_only=True):
    """How a party wants to be told.

    Attributes:
        mail: kinds that go by e-mail too.
        address: confirmed, or empty: then none goes out.
        asked: an address that waits for its code.
    """

    language: str
    mail: tuple[str, ...]
    address: str = ""
    asked: str = ""


class Mailed(Struct, frozen=True):
    """An e-mail that a server took: for whom, when, its answer."""

    address: str
    at: int
    answer: str


class Inbox:
    """The file. Many threads; one at a time inside."""

    def __init__(self, path: str, clock: Clock) -> None:
        self.path, self._clock = path, clock
        self._lock = threading.Lock()
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._file.execute("pragma journal_mode=wal")
            self._file.execute("pragma synchronous=normal")  # a kill loses nothing
            self._file.executescript(TABLES)
        except (sqlite3.Error, OSError) as error:
            refuse("workers.cannot_open_notices", path=path, reason=str(error))

    # ---- notices

    def put(self, notice: Notice) -> Kept:
        """Put a notice in its inbox, once; how it lies there."""
        language = self.wish(notice.party).language
        self._run(
            "insert or ignore into notice (id, kind, party, facts, link, about, entry, at, came, "
            "language) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            notice.id, notice.kind, notice.party, json.dumps(notice.facts), notice.link,
            notice.about, notice.entry, notice.at, max(self._clock(), notice.at), language,
        )  # fmt: skip
        (kept,) = self._kept("where id = ?", notice.id)
        return kept

    def listed(
        self,
        parties: Sequence[str],
        *,
        only_unread: bool = False,
        before: int = 2**62,
        limit: int = 50,
    ) -> list[Kept]:
        """Notices of these parties, newest first."""
        marks = ",".join("?" * len(parties))
        unread = "and read = 0" if only_unread else ""
        return self._kept(
            f"where party in ({marks}) and number < ? {unread} order by number desc limit ?",
            *parties, before, limit,
        )  # fmt: skip

    def unread(self, parties: Sequence[str]) -> int:
        """How many these parties have not read."""
        marks = ",".join("?" * len(parties))
        rows = self._run(
            f"select count(*) from notice where party in ({marks}) and read = 0", *parties
        )
        return int(rows[0][0])

    def mark_read(self, parties: Sequence[str], numbers: Sequence[int], *, is_read: bool) -> int:
        """Mark notices of these parties as read, or unread again; how many these were."""
        now = self._clock() if is_read else 0
        changed = 0
        marks = ",".join("?" * len(parties))
        with self._lock:
            for number in numbers:
                changed += self._file.execute(
                    f"update notice set read = ? where number = ? and party in ({marks})",
                    (now, number, *parties),
                ).rowcount
        return changed

    def mark_all_read(self, parties: Sequence[str], upto: int) -> int:
        """Mark all up to a number as read."""
        marks = ",".join("?" * len(parties))
        with self._lock:
            return self._file.execute(
                f"update notice set read = ? where read = 0 and number <= ? and party in ({marks})",
                (self._clock(), upto, *parties),
            ).rowcount

    def _kept(self, where: str, *values: Any) -> list[Kept]:
        fields = ", ".join(Kept.__struct_fields__[:-1])
        rows = self._run(f"select {fields} from notice {where}", *values)
        return [self._one(row) for row in rows]

    def _one(self, row: tuple[Any, ...]) -> Kept:
        fields = dict(zip(Kept.__struct_fields__, row, strict=False))
        proofs = self._run(
            "select channel, document, entry from proof where id = ? order by channel", row[1]
        )
        facts = json.loads(str(fields["facts"]))
        return Kept(**{**fields, "facts": facts, "proofs": tuple(map(tuple, proofs))})

    # ---- what was sent, and its proof

    def mailed(self, id: str) -> Mailed | None:
        """The e-mail of a notice that a server took, or None."""
        rows = self._run("select address, at, answer from mailed where id = ?", id)
        return Mailed(*rows[0]) if rows else None

    def has_mailed(self, id: str, address: str, answer: str) -> Mailed:
        """A server took the e-mail of a notice."""
        self._run(
            "insert or ignore into mailed values (?, ?, ?, ?)", id, address, self._clock(), answer
        )
        found = self.mailed(id)
        assert found is not None
        return found

    def has_proved(self, id: str, channel: str, document: str, entry: int) -> None:
        """The service of a notice is on record."""
        self._run("insert or ignore into proof values (?, ?, ?, ?)", id, channel, document, entry)

    # ---- wishes

    def wish(self, party: str) -> Wish:
        """How a party wants to be told; where it said nothing, as the texts say."""
        rows = self._run("select language, mail, address, asked from wish where party = ?", party)
        if not rows:
            kinds = tuple(sorted(name for name, form in forms().items() if form.mail))
            return Wish(language="en", mail=kinds)
        language, mail, address, asked = rows[0]
        return Wish(language=language, mail=tuple(mail.split()), address=address, asked=asked)

    def set_wish(self, party: str, language: str, mail: Sequence[str]) -> Wish:
        """Language, and the kinds that go by e-mail.

        Raises:
            Refusal: ``workers.bad_wish``.
        """
        unknown = sorted(set(mail) - set(forms()))
        reason = f"there is no language {language[:20]!r}" if language not in LANGUAGES else ""
        reason = reason or (f"there is no kind {unknown[0][:40]!r}" if unknown else "")
        known = ", ".join(LANGUAGES)
        refuse_unless(not reason, "workers.bad_wish", reason=reason, languages=known)
        self._begin(party)
        self._run(
            "update wish set language = ?, mail = ? where party = ?",
            language, " ".join(sorted(set(mail))), party,
        )  # fmt: skip
        return self.wish(party)

    def ask_address(self, party: str, address: str, code: str) -> Wish:
        """Another address; it counts once its code is told. An empty one ends the sending.

        Raises:
            Refusal: ``workers.bad_email``.
        """
        name, _, host = address.rpartition("@")
        fits = address.isascii() and address.isprintable() and " " not in address
        fits = fits and len(address) <= ADDRESS_CHARACTERS_MAX and bool(name) and "." in host
        fits = fits and not set(address) & set('<>,;:()[]\\"')
        refuse_unless(fits or not address, "workers.bad_email", address=address[:100])
        self._begin(party)
        if not address:
            self._run("update wish set address = '', asked = '' where party = ?", party)
            return self.wish(party)
        self._run(
            "update wish set asked = ?, code = ?, code_ends = ?, tries = 0 where party = ?",
            address, sha256(code.encode()).digest(), self._clock() + DAY, party,
        )  # fmt: skip
        return self.wish(party)

    def confirm_address(self, party: str, code: str) -> Wish:
        """The code that was sent: from now on the address counts.

        Raises:
            Refusal: ``workers.wrong_code``.
        """
        with self._lock:
            self._file.execute("update wish set tries = tries + 1 where party = ?", (party,))
            done = self._file.execute(
                "update wish set address = asked, asked = '' where party = ? and asked <> '' "
                "and code = ? and code_ends > ? and tries <= ?",
                (party, sha256(code.encode()).digest(), self._clock(), ATTEMPTS_MAX),
            ).rowcount
        refuse_unless(done, "workers.wrong_code")
        return self.wish(party)

    def _begin(self, party: str) -> None:
        kinds = " ".join(self.wish(party).mail)
        self._run("insert or ignore into wish values (?, 'en', ?, '', '', x'', 0, 0)", party, kinds)

    def _run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._file.execute(statement, values).fetchall()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._file.close()


def copy_inbox(source: str, target: str) -> None:
    """Copy the file as it is now, for its owner alone; codes that wait are left out.

    Raises:
        Refusal: ``workers.cannot_open_notices``.
    """
    forgotten = ["update wish set asked = '', code = x''"]
    copy_beside(source, target, forgotten, "workers.cannot_open_notices")

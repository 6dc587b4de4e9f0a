"""Notices over HTTP: the inboxes of the parties one acts for, and how they want to be told."""

import asyncio
from typing import Any

from msgspec import Struct

from yaosu.kernel.refusal import found, refuse_unless
from yaosu.server.entering import UNKEPT, body_of
from yaosu.server.house import Answer, Call, House
from yaosu.server.problems import as_json
from yaosu.server.reads import SIZE_MAX
from yaosu.server.resources import PAGE, number_of
from yaosu.server.words import check_acts_for
from yaosu.workers.notices.inbox import Kept, Wish
from yaosu.workers.notices.notifier import Notifier
from yaosu.workers.notices.texts import say

NUMBERS_MAX = 1_000


class MarkRead(Struct, frozen=True, forbid_unknown_fields=True):
    """Notices to mark.

    Attributes:
        numbers: of notices; or ``upto``: all up to this number.
        is_read: false: as unread again.
    """

    numbers: tuple[int, ...] = ()
    upto: int = 0
    is_read: bool = True


class NewWish(Struct, frozen=True, forbid_unknown_fields=True):
    """How a party wants to be told: ``en`` or ``zh``; the kinds that go by e-mail too."""

    language: str
    mail: tuple[str, ...]


class NewAddress(Struct, frozen=True, forbid_unknown_fields=True):
    """An address for e-mail, to which a code is sent; empty: none goes out any more."""

    address: str


class CodeCame(Struct, frozen=True, forbid_unknown_fields=True):
    """The code that came to the address."""

    code: str


async def list_notices(house: House, call: Call) -> Answer:
    """Notices of the parties one acts for, newest first."""
    limit = number_of(call.query, "limit", PAGE, 1, house.settings.number("page_max"))
    before = number_of(call.query, "before", SIZE_MAX, 1, SIZE_MAX)
    inbox, parties = notifier_of(house).inbox, call.caller.parties
    only = call.query.get("unread") == "true"

    def read() -> tuple[list[Kept], int]:
        rows = inbox.listed(parties, only_unread=only, before=before, limit=limit)
        return rows, inbox.unread(parties)

    rows, unread = await asyncio.to_thread(read)
    language = "zh" if call.query.get("language") == "zh" else "en"
    told = [_told(row, language) for row in rows]
    then = rows[-1].number if len(rows) == limit else None
    return Answer(body=as_json({"unread": unread, "rows": told, "next": then}), headers=UNKEPT)


def _told(row: Kept, language: str) -> dict[str, Any]:
    said = say(row.kind, row.facts, language)
    return {
        "number": row.number, "kind": row.kind, "party": row.party, "subject": said.subject,
        "text": said.text, "link": row.link, "about": row.about, "entry": row.entry,
        "at": row.at, "came": row.came, "read": row.read,
        "proofs": [
            {"channel": channel, "document": document, "entry": entry}
            for channel, document, entry in row.proofs
        ],
    }  # fmt: skip


async def mark_read(house: House, call: Call) -> Answer:
    """Mark notices as read, or as unread again."""
    asked: MarkRead = body_of(call, MarkRead)
    fits = len(asked.numbers) <= NUMBERS_MAX and all(0 <= n < SIZE_MAX for n in asked.numbers)
    refuse_unless(
        fits and 0 <= asked.upto < SIZE_MAX,
        "server.bad_body",
        what="MarkRead",
        reason=f"up to {NUMBERS_MAX} numbers are wanted",
    )
    inbox, parties = notifier_of(house).inbox, call.caller.parties

    def mark() -> int:
        changed = inbox.mark_read(parties, asked.numbers, is_read=asked.is_read)
        return changed + (inbox.mark_all_read(parties, asked.upto) if asked.upto else 0)

    return Answer(body=as_json({"marked": await asyncio.to_thread(mark)}), headers=UNKEPT)


async def one_wish(house: House, call: Call) -> Answer:
    """How a party wants to be told."""
    party = _party(call)
    wish = await asyncio.to_thread(notifier_of(house).inbox.wish, party)
    return _wish(wish)


async def set_wish(house: House, call: Call) -> Answer:
    """Say in which language a party is told, and what goes by e-mail too."""
    party, asked = _party(call), body_of(call, NewWish)
    inbox = notifier_of(house).inbox
    return _wish(await asyncio.to_thread(inbox.set_wish, party, asked.language, asked.mail))


async def set_address(house: House, call: Call) -> Answer:
    """Name an address for e-mail: a code is sent there, and it counts once that comes back."""
    house.sign_ins.take(f"address/{call.caller.login}")  # nobody is flooded by way of this
    party, asked = _party(call), body_of(call, NewAddress)
    notifier = notifier_of(house)
    refuse_unless(notifier.has_mail or not asked.address, "server.no_mail")
    await asyncio.to_thread(notifier.send_code, party, asked.address)
    return _wish(await asyncio.to_thread(notifier.inbox.wish, party))


async def confirm_address(house: House, call: Call) -> Answer:
    """Give the code that came: the address counts from now on."""
    party, asked = _party(call), body_of(call, CodeCame)
    inbox = notifier_of(house).inbox
    return _wish(await asyncio.to_thread(inbox.confirm_address, party, asked.code[:40]))


def notifier_of(house: House) -> Notifier:
    """What tells parties."""
    return found(house.notifier, "server.no_notices")


def _party(call: Call) -> str:
    party = call.path["id"]
    check_acts_for(call.caller, party)
    return party


def _wish(wish: Wish) -> Answer:
    return Answer(body=as_json(wish), headers=UNKEPT)

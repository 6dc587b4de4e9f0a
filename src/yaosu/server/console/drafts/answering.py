"""Drafts as answers to requests: a preview, or what came of asking."""

import asyncio
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from yaosu.core import State
from yaosu.engine.receipt import Receipt
from yaosu.engine.sealed import Sealed
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.words import Command
from yaosu.parties.commands import FoundVenue
from yaosu.parties.values import FOUNDER
from yaosu.server.commands import key_of
from yaosu.server.console.drafts.draft import Drafting, Prepared, prepare, with_keys
from yaosu.server.console.drafts.fields import Fault, Fields
from yaosu.server.console.drafts.table import DRAFTS
from yaosu.server.console.names import Names
from yaosu.server.console.render import Look, render
from yaosu.server.console.rooms import look_of
from yaosu.server.console.words import LANGUAGES, say_in
from yaosu.server.folder import keep_setting
from yaosu.server.house import Answer, Call, House
from yaosu.server.problems import as_json
from yaosu.server.reads import check_office
from yaosu.server.settings import FILE, Value
from yaosu.server.words import JSON, check_acts_for, convert, read_json


class Draft(Struct, frozen=True, forbid_unknown_fields=True):
    """What was typed into a form of the console.

    Attributes:
        fields: texts by name of the field.
        digest: of the preview that is confirmed; left out, nothing is asked yet.
    """

    fields: dict[str, str] = {}
    digest: str = ""


class Drafted(Struct, frozen=True, kw_only=True):
    """A preview, or what came of it.

    Attributes:
        digest: of what would be asked; empty while something speaks against it.
        faults: by field.
        html: the preview, for the console.
        entry: number of the last entry; -1 where nothing was asked.
        next: where the reader is led then; empty: as the page has it.
    """

    digest: str
    faults: tuple[Fault, ...]
    html: str
    entry: int = -1
    next: str = ""


async def draft(house: House, call: Call) -> Answer:
    """Read a form of the console as commands; with the digest of its preview, ask them."""
    name = call.path["name"]
    kind = found(DRAFTS.get(name), "server.unknown_draft", name=name[:40])
    refuse_unless(
        call.media_type == JSON, "server.wrong_media_type", found=call.media_type[:100], known=JSON
    )
    asked: Draft = convert(read_json(call.body, "Draft"), Draft)
    look = look_of(call)
    fields = Fields(asked.fields, say_in(look.language))

    if house.venue.size and not kind.is_for_all:
        await check_office(house, call, "a form of the console")

    def see() -> Prepared:
        kind.warm(fields)
        with house.venue.reading() as state:
            prepared = prepare(kind, _drafting(house, call, state, fields, look))
        return prepared.finished()

    prepared = await asyncio.to_thread(see)
    if not asked.digest or not prepared.digest:
        return _shown(kind.template, prepared, fields, look)
    refuse_unless(prepared.digest == asked.digest, "server.draft_changed")
    receipts = await _ask(house, call, prepared)
    await asyncio.to_thread(after, house, prepared.commands, asked.fields)
    told = Drafted(digest="", faults=(), html="", entry=receipts[-1].sequence)
    return _told(replace(told, next=kind.next(prepared.commands)))


def _drafting(house: House, call: Call, state: State, fields: Fields, look: Look) -> Drafting:
    return Drafting(
        state=state,
        names=Names(state, look.language),
        fields=fields,
        parties=call.caller.parties,
        vkey=house.log.vkey if house.log is not None else "",
    )


def _shown(template: str, prepared: Prepared, fields: Fields, look: Look) -> Answer:
    html = "" if prepared.told is None else render(template, prepared.told, look, here="")
    faults = tuple(fields.faults)
    return _told(Drafted(digest=prepared.digest, faults=faults, html=html))


async def _ask(house: House, call: Call, prepared: Prepared) -> list[Receipt]:
    """One after the other; the first refusal ends it, and what was taken stays."""
    key = key_of(call)
    refuse_unless(key, "server.no_key")
    receipts = []
    for command, items in zip(with_keys(prepared.commands, key), prepared.items, strict=True):
        check_acts_for(call.caller, command.actor)
        asked = Sealed(command, items) if items else command
        receipt = await asyncio.wrap_future(house.venue.send(asked))
        if receipt.refusal is not None:
            refuse(receipt.refusal.code, **receipt.refusal.facts)
        receipts.append(receipt)
    return receipts


def after(house: House, commands: Sequence[Command], fields: dict[str, str]) -> None:
    """What is not for the journal: for whom the founder acts, and the language of pages."""
    found = commands[0]
    if not isinstance(found, FoundVenue):
        return
    house.logins.pass_on(FOUNDER, (found.operator, found.authority))
    language = fields.get("language", "")
    if language in LANGUAGES and house.folder is not None:
        keep_setting(house.folder, "language", language)
        house.settings.values["language"] = Value(language, FILE)


def _told(value: Drafted) -> Answer:
    return Answer(body=as_json(value), headers={"Cache-Control": "no-store"})

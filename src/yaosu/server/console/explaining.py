"""Which rule decided, as an answer to a request: about a party, a command, or an entry."""

import asyncio
from typing import Any

from msgspec.structs import replace

from yaosu.access.commands import ApplyForAdmission
from yaosu.core import State
from yaosu.engine.explain import explain_entry
from yaosu.engine.recovery import command_of
from yaosu.journal.opening import open_store
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.words import Command
from yaosu.server.console.names import Names
from yaosu.server.console.pages.why import ASKED, Why, told_why, why_of, why_page
from yaosu.server.console.rooms import answer_page, look_of
from yaosu.server.folder import place_in
from yaosu.server.house import Answer, Call, House
from yaosu.server.words import BY_TAG, convert, read_json

FOLDED_MAX = 20_000  # entries that are folded for a page; the command line folds any number
TEXT_MAX = 8_000
NAME_MAX = 100


async def why_room(house: House, call: Call) -> Answer:
    """Ask a decision and hear which rule items it asks: of offices for all, of others their own."""
    is_office = await asyncio.to_thread(house.has_office, call.caller)
    parties = None if is_office else call.caller.parties
    asked = {
        name: call.query.get(name, "")[: TEXT_MAX if name == "body" else NAME_MAX]
        for name in ("party", "factor", "role", "command", "body", "entry")
    }
    names_in = look_of(call).language

    def see() -> Any:
        with house.venue.reading() as state:
            page = replace(why_page(state, Names(state, names_in), parties), **asked)
            if not asked["entry"]:
                return replace(page, why=_now(house, call, state, asked, parties, names_in))
            names = Names(state, names_in)
        why = _then(house, asked["entry"], parties, names)
        return replace(page, why=why, too_far=why is None)

    page = await asyncio.to_thread(see)
    return await answer_page(house, call, "why.html", "", page)


def _now(
    house: House,
    call: Call,
    state: State,
    asked: dict[str, str],
    parties: tuple[str, ...] | None,
    language: str,
) -> Why | None:
    """About a command that nobody has asked yet; None where none is named."""
    if asked["command"]:
        command = _command_of(call, asked)
    elif asked["party"] and asked["factor"]:
        command = ApplyForAdmission(
            actor=asked["party"], key="why", factor=asked["factor"], role=asked["role"]
        )
    else:
        return None
    actor = command.actor
    may = parties is None or actor in parties
    refuse_unless(may, "server.not_your_party", party=actor[:100], login=call.caller.login)
    return why_of(state, Names(state, language), command, max(house.clock(), state.now))


def _command_of(call: Call, asked: dict[str, str]) -> Command:
    kind = BY_TAG.get(asked["command"])
    refuse_unless(kind in ASKED, "server.unknown_command", command=asked["command"])
    assert kind is not None
    raw = read_json((asked["body"] or "{}").encode(), asked["command"])
    if not isinstance(raw, dict):
        refuse("server.bad_body", what=asked["command"], reason="an object is wanted")
    raw = {"actor": next(iter(call.caller.parties), ""), **raw, "key": "why"}
    command: Command = convert(raw, kind)
    return command


def _then(house: House, text: str, parties: tuple[str, ...] | None, names: Names) -> Why | None:
    """About an entry, decided again in the state that it met; None where too many come before."""
    size = house.venue.size
    sequence = int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else -1
    is_there = 0 <= sequence < size and house.folder is not None
    found(True if is_there else None, "server.unknown_row", what="entries", name=text)
    assert house.folder is not None
    with open_store(place_in(house.folder, house.settings), readonly=True) as store:
        entry = next(iter(store.read(sequence, sequence)))
        may = parties is None or command_of(entry).actor in parties
        found(True if may else None, "server.unknown_row", what="entries", name=text)
        return told_why(explain_entry(store, sequence), names) if sequence < FOLDED_MAX else None

"""Applications to the register as answers to requests: what may be asked, and each form."""

from typing import Any

from yaosu.core import State
from yaosu.kernel.refusal import refuse_unless
from yaosu.server.console.names import Names
from yaosu.server.console.pages.applying import application_page, apply_page
from yaosu.server.console.rooms import answer_room
from yaosu.server.house import Answer, Call, House

KNOWN = ("right", "unit", "factor", "entry")  # what an address may say beforehand


async def apply_room(house: House, call: Call) -> Answer:
    """All that the reader may ask of the register."""
    parties = _parties(call)

    def make(state: State, names: Names) -> Any:
        return apply_page(state, names, parties)

    return await answer_room(house, call, "apply.html", "cases", ("apply", *parties), make)


async def application_room(house: House, call: Call) -> Answer:
    """The form of a procedure, or of a command that needs none."""
    parties, name = _parties(call), call.path["name"]
    query = {word: call.query.get(word, "")[:100] for word in KNOWN}

    def make(state: State, names: Names) -> Any:
        return application_page(state, names, name, query, parties)

    key = ("application", name, *query.values(), *parties)
    return await answer_room(house, call, "application.html", "cases", key, make)


def _parties(call: Call) -> tuple[str, ...]:
    parties = call.caller.parties
    refuse_unless(parties, "server.party_needed", login=call.caller.login, count=0)
    return parties

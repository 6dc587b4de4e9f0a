"""Operate and tokens as answers to requests: what the server knows beside the state."""

import asyncio
from typing import Any

from msgspec import Struct

from yaosu import __version__
from yaosu.core import State
from yaosu.server.console.names import Names
from yaosu.server.console.pages.operate import OperatePage, operate_page
from yaosu.server.console.rooms import answer_page, look_of
from yaosu.server.console.tending import Machine, machine_of
from yaosu.server.house import Answer, Call, House
from yaosu.server.identities import Identity
from yaosu.server.logins import Token
from yaosu.server.reads import check_office
from yaosu.server.watching import why_not

DAYS = 30  # of a token, where nothing else is typed
NAME_MAX = 100


class Health(Struct, frozen=True, kw_only=True):
    """How the server is; ``why_not``: why it takes no commands, or empty.

    Attributes:
        demo: id of a demonstration venue that the reader may make anew; empty else.
    """

    machine: Machine
    why_not: str
    entries: int
    streams: int
    has_worker: bool
    demo: str
    version: str


class Operating(Struct, frozen=True):
    """The page."""

    page: OperatePage
    health: Health


class TokensPage(Struct, frozen=True, kw_only=True):
    """The tokens of a login, and who it is elsewhere.

    Attributes:
        scopes: those a new token may have.
        provider: what people call it; empty where nobody signs in by one.
    """

    tokens: tuple[Token, ...]
    identities: tuple[Identity, ...]
    provider: str
    scopes: tuple[str, ...]
    days: int
    days_max: int


async def operate_room(house: House, call: Call) -> Answer:
    """Markets, members, rules and health: for offices; each is offered what its roles may ask."""
    await check_office(house, call, "operate")
    parties, language = call.caller.parties, look_of(call).language
    asked = tuple(call.query.get(name, "")[:100] for name in ("pack", "before", "after"))

    def make(state: State, names: Names) -> Any:
        return operate_page(state, names, parties, *asked)

    def see() -> Any:
        key = ("operate", *asked, *parties)
        return house.console.see(key, make, language, house.venue.size)

    page = await asyncio.to_thread(see)
    demo = await asyncio.to_thread(_demo_of, house, call)
    machine = await asyncio.to_thread(machine_of, house)
    health = Health(
        machine=machine,
        why_not=why_not(house),
        entries=house.venue.size,
        streams=house.streams,
        has_worker=house.worker is not None and house.worker.is_alive,
        version=__version__,
        demo=demo,
    )
    return await answer_page(house, call, "operate.html", "operate", Operating(page, health))


def _demo_of(house: House, call: Call) -> str:
    """The id of a demonstration venue, for who may make it anew."""
    if not house.settings.text("demo") or not house.has_office(call.caller, ("operator",)):
        return ""
    with house.venue.reading() as state:
        venue = state.parties.venue
    return venue.id if venue is not None else ""


async def tokens_room(house: House, call: Call) -> Answer:
    """The tokens of the login that reads, and a form for a new one."""
    most = house.settings.number("token_days_max")
    tokens = await asyncio.to_thread(house.logins.tokens_of, call.caller.login)
    identities = await asyncio.to_thread(house.logins.identities.of, call.caller.login)
    page = TokensPage(
        tokens=tuple(tokens),
        identities=tuple(identities),
        provider=house.settings.text("oidc_name") if house.provider is not None else "",
        scopes=call.caller.scopes,
        days=min(DAYS, most),
        days_max=most,
    )
    return await answer_page(house, call, "tokens.html", "", page)

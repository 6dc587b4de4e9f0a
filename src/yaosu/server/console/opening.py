"""Setting up an exchange and opening a market, as answers to requests."""

import asyncio
from typing import Any

from yaosu.core import State
from yaosu.kernel.refusal import refuse_unless
from yaosu.parties.values import FOUNDER
from yaosu.server.console.names import Names
from yaosu.server.console.pages.adopting import adopt_page
from yaosu.server.console.pages.offering import offer_page
from yaosu.server.console.pages.opening import opening_page
from yaosu.server.console.pages.setup import setup_page
from yaosu.server.console.rooms import answer_page, answer_room, look_of
from yaosu.server.house import Answer, Call, House
from yaosu.server.reads import check_office

NAME_MAX = 100


async def setup_room(house: House, call: Call) -> Answer:
    """The steps by which an exchange is set up: for who founds it, then for its offices."""
    is_founder = FOUNDER in call.caller.parties and not house.venue.size
    if not is_founder:
        refuse_unless(house.venue.size, "server.not_founder", login=call.caller.login)
        await check_office(house, call, "setup")
    language = look_of(call).language
    suggested = house.folder.resolve().name if house.folder is not None else ""

    def see() -> Any:
        logins = {one.login: one.parties for one in house.logins.logins()}
        with house.venue.reading() as state:
            return setup_page(
                state,
                Names(state, language),
                asked=call.query.get("step", "")[:20],
                parties=call.caller.parties,
                logins=logins if "manage" in call.caller.scopes else {},
                login=call.caller.login,
                vkey=house.log.vkey if house.log is not None else "",
                suggested=suggested,
            )

    page = await asyncio.to_thread(see)
    return await answer_page(house, call, "setup.html", "operate", page)


async def open_room(house: House, call: Call) -> Answer:
    """The form that opens a market: for offices; the operator's role decides who may."""
    await check_office(house, call, "operate")

    def make(state: State, names: Names) -> Any:
        return opening_page(state, names)

    return await answer_room(house, call, "open.html", "operate", ("open",), make)


async def offer_room(house: House, call: Call) -> Answer:
    """The form that puts a right up: for holders, and for who orders for others."""
    parties, chosen = call.caller.parties, call.query.get("right", "")[:NAME_MAX]

    def make(state: State, names: Names) -> Any:
        return offer_page(state, names, parties, chosen)

    key = ("offer", chosen, *parties)
    return await answer_room(house, call, "offer.html", "listings", key, make)


async def adopt_room(house: House, call: Call) -> Answer:
    """The form that adopts a rule pack: offices see what it would change, the authority adopts."""
    await check_office(house, call, "operate")
    parties = call.caller.parties

    def make(state: State, names: Names) -> Any:
        return adopt_page(state, names, parties)

    key = ("adopt", *parties)
    return await answer_room(house, call, "adopt.html", "operate", key, make)

"""The page on which a round's result is checked, as an answer to requests."""

import asyncio
from typing import Any

from msgspec.structs import replace

from yaosu.core import State
from yaosu.server.console.names import Names
from yaosu.server.console.pages.result import own_levels, result_page
from yaosu.server.console.rooms import answer_page, look_of
from yaosu.server.house import Answer, Call, House
from yaosu.server.resources import number_of
from yaosu.server.results import ROUND_MAX


async def result_room(house: House, call: Call) -> Answer:
    """One round of a market, to be checked where it is read; for anyone."""
    market, text = call.path["market"], call.path["round"]
    number = number_of({"round": text}, "round", 0, 1, ROUND_MAX)
    record, parties, language = house.console.record, call.caller.parties, look_of(call).language

    def make(state: State, names: Names) -> Any:
        return result_page(state, record, names, market, number)

    def see() -> Any:
        page = house.console.caught_up(("result", market, str(number)), make, language).view
        if not parties or not page.is_checkable:
            return page
        with house.reading_store:
            own = own_levels(record, house.store, market, number, parties)
        return replace(page, own=own)

    page = await asyncio.to_thread(see)
    return await answer_page(house, call, "result.html", "today", page)

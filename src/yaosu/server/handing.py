"""Handing over: a manager says for which parties a login acts."""

import asyncio

from msgspec import Struct

from yaosu.kernel.ids import check_id
from yaosu.kernel.refusal import refuse_unless
from yaosu.server.entering import PARTIES_MAX
from yaosu.server.house import Answer, Call, House
from yaosu.server.words import JSON, convert, read_json


class Parties(Struct, frozen=True, forbid_unknown_fields=True):
    """The parties that a login acts for from now on, in the place of those before."""

    parties: tuple[str, ...]


async def let_act(house: House, call: Call) -> Answer:
    """Say for which parties a login acts: at once, also for sessions that are open."""
    refuse_unless(
        call.media_type == JSON, "server.wrong_media_type", found=call.media_type[:100], known=JSON
    )
    asked: Parties = convert(read_json(call.body, "Parties"), Parties)
    reason = f"{PARTIES_MAX} parties at most"
    fits = len(asked.parties) <= PARTIES_MAX
    refuse_unless(fits, "server.bad_body", what="Parties", reason=reason)
    for party in asked.parties:
        check_id(party, "party")
    await asyncio.to_thread(house.logins.act_for, call.path["login"], asked.parties)
    return Answer(status=204)

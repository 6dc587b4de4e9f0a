"""The result of a round of a call auction, to be checked by anybody."""

import asyncio

from yaosu.kernel.refusal import found
from yaosu.server.console.record import MarketRecord
from yaosu.server.house import Answer, Call, House
from yaosu.server.problems import as_json
from yaosu.server.reads import with_etag
from yaosu.server.resources import number_of
from yaosu.server.result_files import RoundFile

ROUND_MAX = 2**53


async def published_round(house: House, call: Call) -> Answer:
    """A round as everybody may see it, by prices and without orders, with its proof."""
    market, text = call.path["market"], call.path["round"]
    number = number_of({"round": text}, "round", 0, 1, ROUND_MAX)
    file = await asyncio.to_thread(round_file, house, market, number)
    known = found(file, "server.unknown_row", what="rounds", name=f"{market[:100]} {number}")
    is_whole = known.way is not None
    said = f"{known.sequence} {known.header} {is_whole or known.counted}"
    return with_etag(call, as_json(known), said.encode())


def round_file(house: House, market: str, number: int) -> RoundFile | None:
    """The file of a round that the pages remember; None where there is none. Blocks."""
    house.console.catch_up()
    rounds = house.console.record.markets.get(market, MarketRecord()).rounds
    sequence = next((one.sequence for one in rounds if one.number == number), None)
    if sequence is None:
        return None
    with house.reading_store:
        return house.results.file(house.store, house.log, market, number, sequence)

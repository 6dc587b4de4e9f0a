"""Server-sent events: the journal, own rows, prices, the exact feed of a book, frames for viewers.

Each event of a stream has an id, the number of the entry it comes from; a client that lost the
connection sends the last one it saw (``Last-Event-ID``) and is told what it missed.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.words import Event, tag_of
from yaosu.markets.events import BookMoved, MarketCleared, TradesMade
from yaosu.markets.mechanisms.continuous_feed import public_feed
from yaosu.rows import party_key, read_rows, rows_by_party
from yaosu.server.frames import Frames
from yaosu.server.house import Answer, Call, House
from yaosu.server.journals import told_entry
from yaosu.server.live import Told, is_own_work
from yaosu.server.problems import as_json
from yaosu.server.reads import SIZE_MAX, check_office
from yaosu.server.resources import number_of

QUIET_SECONDS = 15.0  # after which a line that says nothing keeps the connection
MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
Make = Callable[[Told], list[tuple[str, Any]]]  # (kind of event, data) of an entry


async def journal(house: House, call: Call) -> Answer:
    """Every entry as it becomes durable: for offices."""
    await check_office(house, call, "the stream of the journal")
    _only(call, ())
    return _stream(house, call, lambda told: [("entry", told_entry(told.entry))])


async def prices(house: House, call: Call) -> Answer:
    """Prices as they are made: of clearings, and of trades in continuous markets."""
    _only(call, ("market",))
    wanted = call.query.get("market")

    def make(told: Told) -> list[tuple[str, Any]]:
        return [("prices", said) for event in told.events if (said := _prices(event, wanted))]

    return _stream(house, call, make)


async def own_rows(house: House, call: Call) -> Answer:
    """What happens to the parties one acts for: orders taken, trades, postings, cases."""
    _only(call, ())
    keys = {party_key(party): party for party in call.caller.parties}

    def make(told: Told) -> list[tuple[str, Any]]:
        if is_own_work(told):
            return []
        said = rows_by_party(told.entry.header.actor, told.events)
        return [
            ("rows", {"party": keys[key], "rows": [_piece(piece) for piece in read_rows(rows)[1]]})
            for key, (_, rows) in sorted(said.items())
            if key in keys
        ]

    return _stream(house, call, make)


async def book(house: House, call: Call) -> Answer:
    """The exact public feed of one book of continuous trading, from which it is rebuilt."""
    _only(call, ("market", "instrument", "region"))
    names = tuple(call.query.get(name, "") for name in ("market", "instrument", "region"))
    for name, value in zip(("market", "instrument", "region"), names, strict=True):
        refuse_unless(value, "server.bad_query", name=name, value="", reason="it is wanted")

    def make(told: Told) -> list[tuple[str, Any]]:
        return [
            ("moves", public_feed(event.moves))
            for event in told.events
            if isinstance(event, BookMoved)
            and (event.market, event.instrument, event.region) == names
        ]

    return _stream(house, call, make)


async def frames(house: House, call: Call) -> Answer:
    """What a viewer of a market sees, at most ten times a second; made once for all viewers."""
    _only(call, ("market",))
    market = call.query.get("market", "")
    known = await asyncio.to_thread(house.frames.knows, market)
    refuse_unless(known, "markets.unknown_market", market=market[:100])
    return opened(house, _watched(house.frames, market))


async def _watched(source: Frames, market: str) -> AsyncIterator[bytes]:
    last = b""
    while True:
        try:
            frame = await asyncio.wait_for(source.newer(market, last), QUIET_SECONDS)
        except TimeoutError:
            yield b":\n\n"
            continue
        if frame is None:
            return
        last = frame
        yield frame


def _piece(piece: tuple[int, str, str, Any]) -> dict[str, Any]:
    number, word, place, content = piece
    return {"number": number, "event": word, "place": place, "content": content}


def _stream(house: House, call: Call, make: Make) -> Answer:
    """A stream of what some entries say, from the one after ``Last-Event-ID`` on."""
    given = call.headers.get("last-event-id") or call.query.get("after")
    if given is None:
        first = house.live.next
    else:
        first = number_of({"Last-Event-ID": given}, "Last-Event-ID", 0, 0, SIZE_MAX) + 1
    house.live.check(first)
    return opened(house, _events(house, first, make))


async def _events(house: House, first: int, make: Make) -> AsyncIterator[bytes]:
    """Events with their ids; a line that says nothing where it is quiet."""
    yield f"retry: 1000\nid: {first - 1}\n\n".encode() if first else b"retry: 1000\n\n"
    source = house.live.follow(first)
    waiting: asyncio.Task[list[Told]] | None = None
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(anext(source))
            done, _ = await asyncio.wait({waiting}, timeout=QUIET_SECONDS)
            if not done:
                yield b":\n\n"
                continue
            try:
                told = waiting.result()
            except StopAsyncIteration:
                return
            waiting = None
            text = b"".join(_frame(one, make) for one in told)
            if text:
                yield text
    finally:
        if waiting is not None:
            waiting.cancel()


def _frame(told: Told, make: Make) -> bytes:
    """The events of one entry; the id stands with the last, so that none of them is lost."""
    said = make(told)
    parts = [b"event: %s\ndata: %s\n" % (kind.encode(), as_json(data)) for kind, data in said]
    if not parts:
        return b""
    return b"\n".join(parts) + b"id: %d\n\n" % told.entry.header.sequence


def opened(house: House, source: AsyncIterator[bytes]) -> Answer:
    """A stream, counted as long as it is open.

    Raises:
        Refusal: ``server.too_many_streams``.
    """
    most = house.settings.number("streams_max")
    refuse_unless(house.streams < most, "server.too_many_streams", limit=most)
    return Answer(body=_counted(house, source), media_type=MEDIA_TYPE, headers=HEADERS)


async def _counted(house: House, source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    house.streams += 1
    house.metrics.streams.set(house.streams)
    try:
        async for piece in source:
            yield piece
    finally:
        house.streams -= 1
        house.metrics.streams.set(house.streams)


def _prices(event: Event, wanted: str | None) -> dict[str, Any] | None:
    match event:
        case MarketCleared(market=market, round=number, clearing=clearing):
            made: Columns = clearing.prices
        case TradesMade(market=market, trades=trades):
            number, made = 0, _of_trades(trades)
        case _:
            return None
    if wanted not in {None, market}:
        return None
    return {"event": tag_of(event), "market": market, "round": number, "prices": made}


def _of_trades(trades: Columns) -> Columns:
    """What anybody may see of trades: what, where, at which price, how much."""
    shown = ("instrument", "region", "price", "lots")
    return Columns({name: trades.column(name) for name in shown if name in trades})


def _only(call: Call, known: tuple[str, ...]) -> None:
    for name, value in call.query.items():
        if name not in {*known, "after"}:
            reason = f"{', '.join((*known, 'after'))} are taken"
            refuse("server.bad_query", name=name[:100], value=value[:100], reason=reason)

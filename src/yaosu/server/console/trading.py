"""The rooms of those who trade as answers to requests, each also as a stream of what changes.

A room is what one page shows to one reader. What everybody sees is made once for all of them; what
is the reader's own is made beside it, and the two meet in the template.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from yaosu.core import State
from yaosu.engine.sealed import parts_of as command_in
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.languages import in_language
from yaosu.markets.state import Market
from yaosu.server.commands import key_of
from yaosu.server.console.following import Shown, parts_of
from yaosu.server.console.names import Names
from yaosu.server.console.numbers import MINUS, decimal, whole
from yaosu.server.console.pages.continuous import continuous_page
from yaosu.server.console.pages.credit import credit_page, own_credit
from yaosu.server.console.pages.deals import deals_page, own_deals
from yaosu.server.console.pages.desk import desk_page
from yaosu.server.console.pages.limits import limits_of
from yaosu.server.console.pages.listing import listing_page, listings_page, own_listing
from yaosu.server.console.pages.market import fills_of, market_page
from yaosu.server.console.pages.matching import matching_page, own_matching
from yaosu.server.console.pages.orders import own_in
from yaosu.server.console.pages.posted import own_posted, posted_page
from yaosu.server.console.pages.preview import PREVIEWED, Preview, preview_of
from yaosu.server.console.pages.ticket import ticket_page
from yaosu.server.console.pages.today import today
from yaosu.server.console.pages.why import why_of
from yaosu.server.console.render import render
from yaosu.server.console.rooms import answer_page, done_in, look_of
from yaosu.server.console.views import Make
from yaosu.server.console.words import say_in
from yaosu.server.house import Answer, Call, House
from yaosu.server.problems import as_json
from yaosu.server.resources import number_of
from yaosu.server.streams import opened
from yaosu.server.words import BY_TAG, JSON, read_asked

SEQUENCE_MAX = 2**53
NAME_MAX = 100
BOOK = ("instrument", "region")
PREVIEW_BODY_MAX = 64 * 1024


class Room(Struct, frozen=True, kw_only=True):
    """What one page shows.

    Attributes:
        template: where the page does not name its own. here: the room of the head.
        key, make: of what everybody sees who sees this page.
        own_key, own_make: of what is the reader's own, beside it; none where nothing is.
    """

    template: str
    here: str
    key: tuple[str, ...]
    make: Make
    own_key: tuple[str, ...] = ()
    own_make: Make | None = None


RoomOf = Callable[[House, Call], Room]


def _today(house: House, call: Call) -> Room:
    chosen = call.query.get("factor", "")[:NAME_MAX]

    def make(state: State, names: Names) -> Any:
        return today(state, house.console.record, names, chosen)

    return Room(template="today.html", here="today", key=("today", chosen), make=make)


def _market(house: House, call: Call) -> Room:
    market, parties = call.path["market"], call.caller.parties
    instrument, region = (call.query.get(name, "")[:NAME_MAX] for name in BOOK)

    record, store = house.console.record, house.store
    chosen = call.query.get("party", "")
    parties = tuple(sorted(parties, key=lambda party: party != chosen))

    def make(state: State, names: Names) -> Any:
        known = _market_of(state, market)
        match known.trading.mechanism:
            case "continuous":
                return continuous_page(state, record, names, market, instrument, region)
            case "posted":
                return posted_page(state, record, names, known)
            case "negotiated":
                return deals_page(state, record, names, known)
            case "credit":
                return credit_page(state, names, known)
            case "matching":
                return matching_page(state, record, store, names, known)
        return market_page(state, record, store, names, market, instrument)

    def own(state: State, names: Names) -> Any:
        known = _market_of(state, market)
        match known.trading.mechanism:
            case "posted":
                return own_posted(state, names, known, parties)
            case "negotiated":
                return own_deals(state, names, known, parties)
            case "credit":
                return own_credit(state, names, known, parties)
            case "matching":
                return own_matching(state, record, store, names, known, parties)
        mine = own_in(state, names, market, parties)
        if known.session is not None:
            return mine
        return replace(mine, fills=fills_of(record, store, names, known, parties))

    return Room(
        template="market.html",
        here="today",
        key=("market", market, instrument, region),
        make=make,
        own_key=("own", market, *parties),
        own_make=own,
    )


def _market_of(state: State, market: str) -> Market:
    known = state.markets.markets.get(market)
    return found(known, "markets.unknown_market", market=market)


def _ticket(house: House, call: Call) -> Room:
    market, parties = call.path["market"], call.caller.parties
    chosen = call.query.get("party", "")[:NAME_MAX]

    instrument, region = (call.query.get(name, "")[:NAME_MAX] for name in BOOK)

    def make(state: State, names: Names) -> Any:
        return ticket_page(state, names, market, parties, chosen, (instrument, region))

    key = ("ticket", market, chosen, instrument, region, *parties)
    return Room(template="ticket.html", here="today", key=key, make=make)


def _desk(house: House, call: Call) -> Room:
    parties, chosen = call.caller.parties, call.query.get("party", "")[:NAME_MAX]

    def make(state: State, names: Names) -> Any:
        return desk_page(state, names, parties, chosen)

    key = ("desk", chosen, *parties)
    return Room(template="desk.html", here="desk", key=key, make=make)


def _limits(house: House, call: Call) -> Room:
    is_office = house.has_office(call.caller)
    parties = None if is_office else call.caller.parties
    chosen = call.query.get("party", "")[:NAME_MAX] or next(iter(call.caller.parties), "")

    def make(state: State, names: Names) -> Any:
        return limits_of(state, names, parties, chosen)

    key = ("limits", chosen, *(parties or ("*",)))
    return Room(template="limits.html", here="desk", key=key, make=make)


def _listings(house: House, call: Call) -> Room:
    def make(state: State, names: Names) -> Any:
        return listings_page(state, names)

    return Room(template="listings.html", here="listings", key=("listings",), make=make)


def _listing(house: House, call: Call) -> Room:
    name, parties = call.path["listing"], call.caller.parties
    chosen = call.query.get("party", "")[:NAME_MAX]

    def make(state: State, names: Names) -> Any:
        return listing_page(state, names, name)

    def own(state: State, names: Names) -> Any:
        return own_listing(state, names, name, parties, chosen)

    return Room(
        template="listing.html",
        here="listings",
        key=("listing", name),
        make=make,
        own_key=("own listing", name, chosen, *parties),
        own_make=own,
    )


async def listings_room(house: House, call: Call) -> Answer:
    """What is put up, for anyone."""
    return await _answer(house, call, _listings(house, call))


async def listings_live(house: House, call: Call) -> Answer:
    """What changes in the list of what is put up."""
    return await _follow(house, call, _listings(house, call))


async def listing_room(house: House, call: Call) -> Answer:
    """One listing, for anyone; with what one may do there oneself."""
    return await _answer(house, call, _listing(house, call))


async def listing_live(house: House, call: Call) -> Answer:
    """What changes in the page of a listing."""
    return await _follow(house, call, _listing(house, call))


async def today_room(house: House, call: Call) -> Answer:
    """Every market, for anyone; before there is a venue, the way to set it up."""
    if not house.venue.size:
        return Answer(status=303, headers={"Location": "/setup"})
    return await _answer(house, call, _today(house, call))


async def today_live(house: House, call: Call) -> Answer:
    """What changes in the page of all markets."""
    return await _follow(house, call, _today(house, call))


async def market_room(house: House, call: Call) -> Answer:
    """One market, for anyone."""
    return await _answer(house, call, _market(house, call))


async def market_live(house: House, call: Call) -> Answer:
    """What changes in the page of a market."""
    return await _follow(house, call, _market(house, call))


async def ticket_room(house: House, call: Call) -> Answer:
    """The order ticket of a market."""
    return await _answer(house, call, _ticket(house, call))


async def desk_room(house: House, call: Call) -> Answer:
    """The desk of a party that the reader acts for."""
    return await _answer(house, call, _desk(house, call))


async def desk_live(house: House, call: Call) -> Answer:
    """What changes on the desk."""
    return await _follow(house, call, _desk(house, call))


async def limits_room(house: House, call: Call) -> Answer:
    """The limits of a party and what it uses of them: for itself, and for offices."""
    return await _answer(house, call, await asyncio.to_thread(_limits, house, call))


async def limits_live(house: House, call: Call) -> Answer:
    """What changes in the page of limits."""
    return await _follow(house, call, await asyncio.to_thread(_limits, house, call))


async def preview(house: House, call: Call) -> Answer:
    """What a command would come to if it were asked now: held, traded, or refused, in words."""
    tag = call.path["tag"]
    kind = BY_TAG.get(tag)
    refuse_unless(kind in PREVIEWED, "server.unknown_command", command=tag[:100])
    assert kind is not None
    limit = PREVIEW_BODY_MAX
    refuse_unless(len(call.body) <= limit, "server.body_too_large", limit=limit)
    refuse_unless(
        call.media_type == JSON,
        "server.wrong_media_type",
        found=call.media_type[:100],
        known=JSON,
    )
    key = key_of(call) or "preview"
    command, _ = command_in(read_asked(kind, JSON, call.body, key, call.caller))

    def look() -> tuple[Preview, bool, int]:
        with house.venue.reading() as state:
            tried, names = preview_of(state, command, house.clock()), Names(state, "en")
            is_refused = tried.refusal is not None
            by_rules = is_refused and why_of(state, names, command, house.clock()).by_rules
            return tried, by_rules, names.digits

    tried, by_rules, digits = await asyncio.to_thread(look)
    said = _said(tried, digits, look_of(call).language)
    return Answer(body=as_json(said | {"by_rules": True} if by_rules else said))


def _said(tried: Preview, digits: int, language: str) -> dict[str, Any]:
    """A preview in the reader's words."""
    say = say_in(language)
    if tried.refusal is not None:
        said = in_language(tried.refusal, language)
        return {
            "taken": False,
            "code": tried.refusal.code,
            "sentence": said.sentence,
            "what_next": said.what_next,
            "said": [],
        }
    if not tried.is_tried:
        return {"taken": True, "said": [say("preview.not_tried")]}
    lines = []
    for shift in (*tried.held, *tried.free):
        amount = decimal(shift.amount, digits) if shift.is_money else whole(shift.amount)
        size = amount.lstrip(MINUS)
        if shift.purpose == "free":
            key = "preview.free_less" if shift.amount < 0 else "preview.free_more"
        else:
            key = "preview.held_more" if shift.amount > 0 else "preview.held_less"
        lines.append(say(key, amount=size, asset=shift.asset))
    if tried.lots:
        mean = decimal(tried.value_minor // tried.lots, digits)
        lines.append(say("preview.trades", lots=whole(tried.lots), price=mean))
    return {"taken": True, "said": lines or [say("preview.nothing")]}


async def _answer(house: House, call: Call, room: Room) -> Answer:
    """A page, with the entry and the instant that it shows."""
    language = look_of(call).language
    done = done_in(call)
    least = 0 if done is None else done + 1
    page, own, at = await asyncio.to_thread(_see, house, call, room, language, least)
    return await answer_page(
        house, call, getattr(page, "template", room.template), room.here, page, own=own, at=at
    )


async def _follow(house: House, call: Call, room: Room) -> Answer:
    """The page as a stream of the parts that change, from what the reader has seen on."""
    look, mark = look_of(call), call.caller.mark
    given = call.headers.get("last-event-id") or call.query.get("after", "0")
    seen = number_of({"Last-Event-ID": given}, "Last-Event-ID", 0, 0, SEQUENCE_MAX)

    def make() -> Shown:
        page, own, at = _see(house, call, room, look.language, 0)
        html = render(
            getattr(page, "template", room.template),
            page,
            look,
            here=room.here,
            login=call.caller.login,
            mark=mark,
            own=own,
            size=at[0],
            instant=at[1],
        )
        return Shown(at[0], parts_of(html))

    await asyncio.to_thread(make)  # what cannot be shown is refused before the stream begins
    is_own = bool(call.caller.login) and (bool(room.own_key) or room.key[0] in ("desk", "limits"))
    key = (look.language, *room.key, *room.own_key, *((mark,) if is_own else ()))
    source = house.following.watch(key, make, seen)
    if not call.caller.login:  # so that strangers leave room for those who trade
        most = max(1, house.settings.number("streams_max") // 2)
        refuse_unless(house.following.strangers < most, "server.too_many_streams", limit=most)
        source = house.following.counted(source)
    return opened(house, source)


def _see(
    house: House, call: Call, room: Room, language: str, least: int
) -> tuple[Any, Any, tuple[int, int]]:
    """What is shown to everybody, what is the reader's own, and as of when. Blocks."""
    shown = house.console.caught_up(room.key, room.make, language, least)
    own = None
    if room.own_make is not None and call.caller.login:
        newest = max(least, shown.size)
        own = house.console.caught_up(room.own_key, room.own_make, language, newest).view
    return shown.view, own, (shown.size, shown.instant)

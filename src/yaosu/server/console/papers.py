"""Documents and notices as answers to requests."""

import asyncio
from typing import Any

from msgspec.structs import replace

from yaosu.core import State
from yaosu.kernel.refusal import Refusal, found, refuse_unless
from yaosu.languages import in_language
from yaosu.server.console.names import Names
from yaosu.server.console.pages.documents import DocumentPage, document_page, documents_page
from yaosu.server.console.pages.notices import notices_page, wish_page
from yaosu.server.console.rooms import answer_page, look_of
from yaosu.server.documents import draw_page, keeper_of
from yaosu.server.house import Answer, Call, House
from yaosu.server.notices import notifier_of
from yaosu.server.resources import number_of
from yaosu.server.words import check_acts_for
from yaosu.workers.document_types import PDF, TEXT
from yaosu.workers.keeping import Keeper
from yaosu.workers.pdf_pages import PAGE_MAX, can_draw

SHOWN_BYTES = 64 * 1024  # of a text


async def documents_room(house: House, call: Call) -> Answer:
    """Documents: of offices all, of others those they gave."""
    parties, keeper = call.caller.parties, keeper_of(house)
    is_office = await asyncio.to_thread(house.has_office, call.caller)

    def make() -> Any:
        with house.venue.reading() as state:
            return documents_page(
                state,
                Names(state, look_of(call).language),
                keeper.folder,
                parties,
                is_office=is_office,
                document_max=house.settings.number("document_max"),
            )

    page = await asyncio.to_thread(make)
    return await answer_page(house, call, "documents.html", "desk", page)


async def document_room(house: House, call: Call) -> Answer:
    """One document: for who may see it."""
    digest, right = call.path["id"], call.query.get("right", "")[:100]
    keeper = keeper_of(house)
    is_office = await asyncio.to_thread(house.has_office, call.caller)

    def make() -> DocumentPage | None:
        with house.venue.reading() as state:
            page = document_page(
                state,
                Names(state, look_of(call).language),
                keeper.folder,
                digest,
                right,
                call.caller.parties,
                is_office=is_office,
            )
        return page if page is None else _with_pages(house, call, _with_text(keeper, page))

    page = found(await asyncio.to_thread(make), "server.no_document", document=digest[:100])
    return await answer_page(house, call, "document.html", "desk", page)


def _with_text(keeper: Keeper, page: DocumentPage) -> DocumentPage:
    """The beginning of a text, to be read at once."""
    if page.row.media_type != TEXT or page.row.deleted:
        return page
    try:
        with keeper.folder.place(page.row.document).open("rb") as file:
            data = file.read(SHOWN_BYTES + 1)
    except OSError:
        return page  # the link to the file says what is wrong with it
    text = data[:SHOWN_BYTES].decode("utf-8", "replace")
    return replace(page, text=text, is_cut=len(data) > SHOWN_BYTES)


def _with_pages(house: House, call: Call, page: DocumentPage) -> DocumentPage:
    """The page of a PDF that is asked for, where it can be drawn. Blocks."""
    if page.row.media_type != PDF or page.row.deleted or not can_draw():
        return page
    asked = number_of(call.query, "page", 1, 1, PAGE_MAX)
    try:
        drawn = draw_page(house, page.row, asked)
    except Refusal as refusal:
        return replace(page, undrawn=in_language(refusal, look_of(call).language).sentence)
    return replace(page, page=asked, pages=drawn.pages)


async def notices_room(house: House, call: Call) -> Answer:
    """The inbox of the parties one acts for."""
    inbox, language = notifier_of(house).inbox, look_of(call).language
    text = call.query.get("before", "")
    before = int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 2**62
    only = call.query.get("unread") == "true"

    def make() -> Any:
        return notices_page(inbox, call.caller.parties, language, only_unread=only, before=before)

    return await answer_page(house, call, "notices.html", "notices", await asyncio.to_thread(make))


async def wishes_room(house: House, call: Call) -> Answer:
    """How a party wants to be told."""
    parties = call.caller.parties
    refuse_unless(parties, "server.party_needed", login=call.caller.login, count=0)
    party = call.query.get("party") or parties[0]
    check_acts_for(call.caller, party)
    notifier, language = notifier_of(house), look_of(call).language

    def look(state: State) -> tuple[tuple[str, str], ...]:
        names = Names(state, language)
        return tuple((one, names.party(one)) for one in parties)

    def make() -> Any:
        with house.venue.reading() as state:
            named = look(state)
        return wish_page(notifier.inbox, named, party, language, has_mail=notifier.has_mail)

    return await answer_page(house, call, "wishes.html", "notices", await asyncio.to_thread(make))

"""Documents over HTTP: a file comes in as it is, and goes out so that no browser runs it."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import BinaryIO
from urllib.parse import quote

from yaosu.cases.documents import DOCUMENT_KINDS
from yaosu.kernel.ids import DIGEST_FORM
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.server.documents_seen import may_see
from yaosu.server.house import Answer, Call, House
from yaosu.server.problems import as_json
from yaosu.server.reads import with_etag
from yaosu.server.resources import PAGE, number_of
from yaosu.server.words import check_acts_for, only_party
from yaosu.workers.document_types import PDF, PNG, TEXT
from yaosu.workers.documents import ALTERED, Fault, Incoming
from yaosu.workers.keeping import Keeper
from yaosu.workers.listed import DocumentRow, is_due, own_documents, row_of
from yaosu.workers.pdf_pages import PAGE_MAX, Picture

CHUNK = 1 << 20
PREVIEW, PICTURE = "preview", "picture"
WAYS = ("file", PREVIEW, PICTURE)
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
QUIET = {
    "Content-Security-Policy": SANDBOX,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
KINDS_GIVEN = tuple(kind for kind in DOCUMENT_KINDS if kind != "service")  # that one is ours


async def keep_document(house: House, call: Call) -> Answer:
    """Keep a file: the body as it is; what it is, is found out from its bytes."""
    keeper, parts = keeper_of(house), call.parts
    assert parts is not None
    party = call.query.get("party") or only_party(call.caller)
    check_acts_for(call.caller, party)
    kind = call.query.get("kind", "other")
    known = ", ".join(KINDS_GIVEN)
    refuse_unless(kind in KINDS_GIVEN, "cases.unknown_document_kind", kind=kind[:100], known=known)
    stated = call.headers.get("content-length", "")
    expected = int(stated) if stated.isdecimal() and len(stated) < 15 else 0
    await asyncio.to_thread(_check_room, house, party, expected)
    draw = keeper.new_draw()
    with keeper.receive(draw, expected) as incoming:
        await _take(incoming, parts)
        _check_digest(call, incoming.digest)
        await asyncio.to_thread(_check_room, house, party, incoming.size)
    name = call.query.get("name", "")[:500]
    kept = await asyncio.to_thread(keeper.keep, draw, incoming, party, kind, name)
    return Answer(body=as_json(kept), status=200 if kept.repeated else 201)


async def _take(incoming: Incoming, parts: AsyncIterator[bytes]) -> None:
    """What comes, to the disk, a good piece at a time."""
    held: list[bytes] = []
    size = 0
    async for part in parts:
        held.append(part)
        size += len(part)
        if size >= CHUNK:
            await asyncio.to_thread(incoming.write, b"".join(held))
            held, size = [], 0
    await asyncio.to_thread(incoming.write, b"".join(held))


def _check_digest(call: Call, found_: str) -> None:
    """RFC 9530: who says the digest of what it sends is told where something else came."""
    said = call.headers.get("content-digest", "").strip()
    if not said.startswith("sha-256=:"):
        return
    text = said.removeprefix("sha-256=:").partition(":")[0]
    try:
        meant = b64decode(text, validate=True).hex()
    except ValueError:
        meant = text[:100]
    refuse_unless(meant == found_, "workers.document_altered", found=found_, said=meant)


def _check_room(house: House, party: str, coming: int) -> None:
    """All that a party gives has a limit."""
    limit = house.settings.number("documents_of_party_max")
    with house.venue.reading() as state:
        given = state.cases.files.given.get(party, 0)
    fits = given + coming <= limit
    refuse_unless(fits, "server.documents_enough", party=party, limit=limit)


async def list_documents(house: House, call: Call) -> Answer:
    """Documents: of offices all, of others their own; ``due``: those that may be deleted."""
    limit = number_of(call.query, "limit", PAGE, 1, house.settings.number("page_max"))
    after, only_due = call.query.get("after", ""), call.query.get("due") == "true"
    taken = {"limit", "after", "due", "at_least"}  # the state itself is read: it is never behind
    for name in sorted(set(call.query) - taken):
        reason = "limit, after and due are taken"
        value = call.query[name][:100]
        refuse("server.bad_query", name=name[:100], value=value, reason=reason)
    is_office = await asyncio.to_thread(house.has_office, call.caller)
    keeper = keeper_of(house)

    def look() -> tuple[list[DocumentRow], str | None]:
        with house.venue.reading() as state:
            rows = []
            known = state.cases.files.documents
            shown = known if is_office else own_documents(state, call.caller.parties)
            for digest in sorted(one for one in shown if one > after):
                row = row_of(state, keeper.folder, digest, call.caller.parties, is_office=is_office)
                if not only_due or is_due(row, state.now):
                    rows.append(row)
                if len(rows) > limit:
                    break
        return rows[:limit], rows[limit - 1].document if len(rows) > limit else None

    rows, then = await asyncio.to_thread(look)
    body = as_json({"rows": rows, "next": then})
    return with_etag(call, body, body)


async def one_document(house: House, call: Call) -> Answer:
    """What is known of a document; ``right``: the one whose chain rests on it."""
    row = await seen_row(house, call)
    body = as_json(row)
    return with_etag(call, body, body)


async def document_file(house: House, call: Call) -> Answer:
    """The file itself, to be kept; with ``as=preview``, to be looked at where browsers can.

    With ``as=picture``: one page of a PDF as PNG.
    """
    way = call.query.get("as", "file")
    reason = f"one of {', '.join(WAYS)} is wanted"
    refuse_unless(way in WAYS, "server.bad_query", name="as", value=way[:100], reason=reason)
    page = number_of(call.query, "page", 1, 1, PAGE_MAX)
    row = await seen_row(house, call)
    if way == PICTURE:
        drawn = await asyncio.to_thread(draw_page, house, row, page)
        return Answer(body=drawn.png, media_type=PNG, headers=QUIET)
    file = await asyncio.to_thread(_opened, house, row.document)
    is_shown = way == PREVIEW and row.has_preview
    plain = f"{TEXT}; charset=utf-8" if row.media_type == TEXT else row.media_type
    place = "inline" if is_shown else "attachment"
    headers = {
        "Content-Disposition": f"{place}; filename*=UTF-8''{quote(row.name, safe='')}",
        "Content-Length": str(row.size),
    }
    return Answer(body=_pieces(file), media_type=plain, headers=headers | QUIET)


def draw_page(house: House, row: DocumentRow, page: int) -> Picture:
    """A page of a PDF, once its file is known to be what it was. Blocks.

    Raises:
        Refusal: ``workers.no_picture``; ``kernel.extra_missing`` without the libraries.
    """
    facts: dict[str, str | int] = {"document": row.document, "page": page}
    refuse_unless(row.media_type == PDF, "workers.no_picture", reason="it is no PDF", **facts)
    with _opened(house, row.document) as file:
        return house.pdf_pages.draw(row.document, file, page)


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while piece := await asyncio.to_thread(file.read, CHUNK):
            yield piece


def _opened(house: House, digest: str) -> BinaryIO:
    """The file, once it is known to be what it was."""
    _, file = keeper_of(house).open(digest)
    hashed = sha256()
    while piece := file.read(CHUNK):
        hashed.update(piece)
    if hashed.hexdigest() != digest:
        file.close()
        house.tell({"level": "error", "document": Fault(ALTERED, digest).document})
        refuse("workers.document_missing", document=digest)
    file.seek(0)
    return file


async def seen_row(house: House, call: Call) -> DocumentRow:
    """A document that the caller may see.

    Raises:
        Refusal: ``server.no_document``, whether it is not there or not theirs.
    """
    digest, right = call.path["id"], call.query.get("right", "")
    is_office = await asyncio.to_thread(house.has_office, call.caller)
    keeper = keeper_of(house)

    def look() -> DocumentRow | None:
        with house.venue.reading() as state:
            parties = call.caller.parties
            is_known = bool(DIGEST_FORM.fullmatch(digest)) and digest in (
                state.cases.files.documents
            )
            if is_known and may_see(state, digest, parties, is_office=is_office, right=right):
                return row_of(state, keeper.folder, digest, parties, is_office=is_office)
        return None

    return found(await asyncio.to_thread(look), "server.no_document", document=digest[:100])


def keeper_of(house: House) -> Keeper:
    """What keeps the documents."""
    return found(house.keeper, "server.not_ready", reason="documents are not kept here")

"""Reading: rows of a resource, and what stands in one place of it."""

import asyncio
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from yaosu.cases.views import case_page
from yaosu.core import State
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.rights.views import title_history
from yaosu.server.house import Answer, Call, House
from yaosu.server.problems import as_json
from yaosu.server.reading import Published
from yaosu.server.resources import OFFICES, RESOURCES, Page, Resource, Rows, number_of, page_of

SIZE_MAX = 2**62
ONE_LINE = {"Cache-Control": "private, no-cache"}


async def list_rows(house: House, call: Call) -> Answer:
    """A page of a resource."""
    name = call.path["resource"]
    resource = RESOURCES[name]
    at_least = number_of(call.query, "at_least", 0, 0, SIZE_MAX)
    shown_to = await owners_of(house, call, resource)
    published = await _published(house, name, at_least)
    limit = house.settings.number("page_max")
    rows, after = page_of(resource, published.view, call.query, shown_to, limit)
    page = Page(entries=published.size, instant=published.instant, rows=rows, next=after)
    return with_etag(call, as_json(page), as_json((rows, after)))


async def one_row(house: House, call: Call) -> Answer:
    """One row of a resource that is named by its id."""
    name = call.path["resource"]
    resource = RESOURCES[name]
    shown_to = await owners_of(house, call, resource)
    at_least = number_of(call.query, "at_least", 0, 0, SIZE_MAX)
    published = await _published(house, name, at_least)
    query = {resource.key[0]: call.path["id"]}
    rows, _ = page_of(resource, published.view, query, shown_to, 1)
    refuse_unless(rows, "server.unknown_row", what=name, name=call.path["id"][:100])
    body = as_json(rows[0])
    return with_etag(call, body, body)


async def title_chain(house: House, call: Call) -> Answer:
    """Every version of a right with the register entry that made it."""
    name = call.path["id"]
    steps = await asyncio.to_thread(_read, house, lambda state: title_history(state.rights, name))
    holders = {step.right.holder for step in steps}
    await check_shown(house, call, holders, "rights", name, is_known=bool(steps))
    body = as_json({"right": name, "steps": steps})
    return with_etag(call, body, body)


async def whole_case(house: House, call: Call) -> Answer:
    """A case with its stages, documents and what is to be done next."""
    name = call.path["id"]

    def look(state: State) -> Any:
        return case_page(state.cases, name) if name in state.cases.cases else None

    page = await asyncio.to_thread(_read, house, look)
    owners = set() if page is None else {page.applicant}
    await check_shown(house, call, owners, "cases", name, is_known=page is not None)
    body = as_json(page)
    return with_etag(call, body, body)


async def venue(house: House, call: Call) -> Answer:
    """Whose venue this is, the key that signs its checkpoints, and how far its journal goes."""

    def look(state: State) -> Any:
        if state.parties.venue is None:
            return None
        keys = [key.vkey for key in state.parties.keys]
        return {"venue": state.parties.venue, "keys": keys, "entries": house.venue.size}

    said = await asyncio.to_thread(_read, house, look)
    body = as_json(found(said, "server.no_venue", path=house.venue.store.name))
    return with_etag(call, body, body)


async def _published(house: House, name: str, at_least: int) -> Published[Rows]:
    view = house.views[name]
    ready = view.ready(at_least)
    return await asyncio.to_thread(view.read, at_least) if ready is None else ready


async def owners_of(house: House, call: Call, resource: Resource) -> tuple[str, ...] | None:
    """The parties whose rows are shown to who asks; None is all."""
    if not resource.owners or await asyncio.to_thread(house.has_office, call.caller):
        return None
    return call.caller.parties


async def check_shown(
    house: House, call: Call, owners: set[str], what: str, name: str, *, is_known: bool
) -> None:
    """Refuse as if it were not there, where it is neither theirs nor shown to an office."""
    is_own = not owners.isdisjoint(call.caller.parties)
    if is_known and (is_own or await asyncio.to_thread(house.has_office, call.caller)):
        return
    refuse("server.unknown_row", what=what, name=name[:100])


async def check_office(house: House, call: Call, what: str) -> None:
    """Refuse who acts for no office."""
    is_office = await asyncio.to_thread(house.has_office, call.caller)
    refuse_unless(is_office, "server.office_needed", what=what, offices=" or ".join(OFFICES))


def with_etag(call: Call, body: bytes, said: bytes) -> Answer:
    """An answer with the tag of what it says; none of it where the reader has it already."""
    tag = f'"{urlsafe_b64encode(sha256(said).digest()[:18]).decode()}"'
    headers = ONE_LINE | {"ETag": tag}
    known = [
        one.strip().removeprefix("W/") for one in call.headers.get("if-none-match", "").split(",")
    ]
    if tag in known or "*" in known:
        return Answer(status=304, headers=headers)
    return Answer(body=body, headers=headers)


def _read(house: House, look: Any) -> Any:
    with house.venue.reading() as state:
        return look(state)

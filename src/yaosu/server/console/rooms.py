"""The pages as answers to requests: who reads, how, and from which view of the state."""

import asyncio
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from yaosu.core import State
from yaosu.journal.chain import actor_digest
from yaosu.kernel.refusal import Refusal, refuse_unless
from yaosu.languages import in_language, language_asked
from yaosu.server.console.look import STATIC, STYLE, shipped, style_digest, stylesheet
from yaosu.server.console.names import Names
from yaosu.server.console.pages.case import case_page
from yaosu.server.console.pages.cases import cases_page
from yaosu.server.console.pages.journal import entry_page, journal_page
from yaosu.server.console.pages.register import register_page
from yaosu.server.console.pages.right import right_page
from yaosu.server.console.render import CHOICES, Look, render
from yaosu.server.console.views import Make
from yaosu.server.house import Answer, Call, House
from yaosu.server.problems import problem_of
from yaosu.server.titles import papers_of

HTML = "text/html"
LOOK_COOKIE = "yaosu_look"
LOOK_SECONDS = 365 * 24 * 3600
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FOR_EVER = "public, max-age=31536000, immutable"


async def register_room(house: House, call: Call) -> Answer:
    """A search of the register: of offices all of it, of others what is theirs."""
    asked = call.query.get("asked", "")[:200]
    parties = await _seen_by(house, call)

    def make(state: State, names: Names) -> Any:
        return register_page(state, names, asked, parties)

    key = ("register", asked, *(parties or ("*",)))
    return await answer_room(house, call, "register.html", "register", key, make)


async def right_room(house: House, call: Call) -> Answer:
    """One right and its chain: for offices, and for whoever is in it."""
    right = call.path["id"]
    parties, papers = await _seen_by(house, call), papers_of(house)
    own = call.caller.parties

    def make(state: State, names: Names) -> Any:
        return right_page(state, names, right, parties, papers, own)

    key = ("right", right, str(parties is None), *own)
    return await answer_room(house, call, "right.html", "register", key, make)


async def cases_room(house: House, call: Call) -> Answer:
    """The inbox: of offices all cases, of others their own and those they have a part in."""
    parties, is_office = call.caller.parties, await _seen_by(house, call) is None

    def make(state: State, names: Names) -> Any:
        return cases_page(state, names, parties, is_office=is_office)

    key = ("cases", str(is_office), *parties)
    return await answer_room(house, call, "cases.html", "cases", key, make)


async def case_room(house: House, call: Call) -> Answer:
    """One case, with what the reader may ask about it."""
    parties, is_office = call.caller.parties, await _seen_by(house, call) is None
    name = call.path["id"]

    def make(state: State, names: Names) -> Any:
        return case_page(state, house.console.record, names, name, parties, is_office=is_office)

    key = ("case", name, str(is_office), *parties)
    return await answer_room(house, call, "case.html", "cases", key, make)


async def journal_room(house: House, call: Call) -> Answer:
    """Entries: of offices all, of others those they asked for."""
    text = call.query.get("upto", "")
    upto = int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
    parties = await _seen_by(house, call)
    own = None if parties is None else frozenset(actor_digest(party) for party in parties)

    def read() -> Any:
        with house.reading_store:
            return journal_page(house.store, upto, own)

    page = await asyncio.to_thread(read)
    return await answer_page(house, call, "journal.html", "journal", page)


async def entry_room(house: House, call: Call) -> Answer:
    """One entry: for offices, and for who asked for it."""
    text = call.path["sequence"]
    known = text.isascii() and text.isdecimal() and len(text) < 16
    refuse_unless(known, "server.unknown_row", what="entries", name=text[:40])
    parties = await _seen_by(house, call)
    own = None if parties is None else frozenset(actor_digest(party) for party in parties)

    def read() -> Any:
        with house.reading_store:
            return entry_page(house.store, int(text), own)

    page = await asyncio.to_thread(read)
    return await answer_page(house, call, "entry.html", "journal", page)


async def styleguide(house: House, call: Call) -> Answer:
    """Every component of the pages, to be looked at."""
    return await answer_page(house, call, "styleguide.html", "today", None)


async def enter(house: House, call: Call) -> Answer:
    """Where one signs in."""
    name = house.settings.text("oidc_name") if house.provider is not None else ""
    page = {"to": _inside(call.query.get("to", "/")), "provider": name}
    return await answer_page(house, call, "enter.html", "desk", page)


async def join(house: House, call: Call) -> Answer:
    """Where a one-time link is opened."""
    return await answer_page(house, call, "join.html", "desk", None)


async def set_look(house: House, call: Call) -> Answer:
    """Another language, appearance or colour of rising prices, kept by the reader's browser."""
    kind = "application/x-www-form-urlencoded"
    refuse_unless(
        call.media_type == kind, "server.wrong_media_type", found=call.media_type[:100], known=kind
    )
    asked = {name: values[0] for name, values in parse_qs(call.body.decode("latin-1")).items()}
    look = look_of(call)
    kept = {
        name: asked[name] if asked.get(name) in known else str(getattr(look, name))
        for name, known in CHOICES.items()
    }
    said = ".".join(kept.values())
    cookie = f"{LOOK_COOKIE}={said}; Path=/; Max-Age={LOOK_SECONDS}; SameSite=Lax"
    back = _inside(asked.get("back", "/"))
    return Answer(status=303, headers={"Location": back, "Set-Cookie": cookie})


async def asset(house: House, call: Call) -> Answer:
    """The style, or a module of script; named by a digest of all of them."""
    name = call.path["name"]
    refuse_unless(name in STATIC, "server.not_here", path=f"/assets/{name}"[:200])
    text = stylesheet() if name == STYLE else shipped(f"static/{name}")
    is_now = call.path["tag"] == style_digest()
    return Answer(
        body=text.encode(),
        media_type=STATIC[name],
        headers={"Cache-Control": FOR_EVER if is_now else "no-cache"},
    )


def page_of_refusal(call: Call, refusal: Refusal) -> Answer:
    """A refusal as a page: whoever is not signed in is shown where to."""
    if refusal.code in ("server.not_signed_in", "server.bad_token") and call.method == "GET":
        to = urlencode({"to": _path(call)}, quote_via=quote)
        return Answer(status=303, headers={"Location": f"/enter?{to}"})
    look = look_of(call)
    status, _, headers = problem_of(refusal, look.language)
    page = {"code": refusal.code, **in_language(refusal, look.language)._asdict()}
    html = render("refused.html", page, look, here="", venue="", entries=None, login="")
    headers["Vary"] = "Accept-Language, Cookie"
    return Answer(body=html.encode(), status=status, media_type=HTML, headers=_HEADERS | headers)


_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # else a form would not say where it comes from
}


async def answer_room(
    house: House, call: Call, template: str, here: str, key: tuple[str, ...], make: Make
) -> Answer:
    """A page made of the state, in the reader's language and look."""
    language, done = look_of(call).language, done_in(call)

    def see() -> Any:
        least = 0 if done is None else done + 1
        return house.console.caught_up(key, make, language, least).view

    return await answer_page(house, call, template, here, await asyncio.to_thread(see))


async def answer_page(
    house: House,
    call: Call,
    template: str,
    here: str,
    page: Any,
    own: Any = None,
    at: tuple[int, int] = (0, 0),
) -> Answer:
    """A page in the reader's language and look.

    Args:
        own: what is the reader's own. at: entries and instant of the state that is shown.
    """
    venue = await asyncio.to_thread(house.console.see, ("venue",), _venue, look_of(call).language)
    html = render(
        template,
        page,
        look_of(call),
        here=here,
        venue=venue,
        entries=house.venue.size,
        login=call.caller.login,
        mark=call.caller.mark,
        done=done_in(call) if call.caller.login else None,
        is_office=await asyncio.to_thread(house.has_office, call.caller),
        unread=await asyncio.to_thread(_unread, house, call),
        own=own,
        size=at[0],
        instant=at[1],
    )
    return Answer(body=html.encode(), media_type=HTML, headers=_HEADERS)


def _unread(house: House, call: Call) -> int | None:
    """How many notices wait for the reader."""
    if house.notifier is None or not call.caller.login:
        return None
    return house.notifier.inbox.unread(call.caller.parties)


def done_in(call: Call) -> int | None:
    """The entry that the reader has just made; anything else is none."""
    text = call.query.get("done", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _venue(state: State, names: Names) -> str:
    return names.venue


async def _seen_by(house: House, call: Call) -> tuple[str, ...] | None:
    """The parties whose rows the caller may see; None: all."""
    is_office = await asyncio.to_thread(house.has_office, call.caller)
    return None if is_office else call.caller.parties


def look_of(call: Call) -> Look:
    """How the reader wants pages: what the browser keeps, else the language it asks for."""
    try:
        found = SimpleCookie(call.headers.get("cookie", "")).get(LOOK_COOKIE)
    except CookieError:
        found = None
    kept = found.value.split(".") if found is not None else []
    if len(kept) == len(CHOICES) and all(
        value in known or value == "" for value, known in zip(kept, CHOICES.values(), strict=True)
    ):
        language, theme, rise = kept
    else:
        wanted = call.language or call.headers.get("accept-language", "")
        language, theme, rise = language_asked(wanted), "", ""
    return Look(language=language or "en", theme=theme, rise=rise, path=_path(call))


def _path(call: Call) -> str:
    """Where the reader is, to come back to."""
    query = urlencode(call.query)
    return f"{call.address_path}?{query}" if query else call.address_path


def _inside(path: str) -> str:
    """A path of this server; anything else leads to the first page."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain and len(path) < 2000 else "/"

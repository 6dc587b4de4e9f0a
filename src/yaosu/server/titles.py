"""Title certificates over HTTP: made for who may see the right, as JSON or on paper."""

import asyncio
from importlib.util import find_spec
from urllib.parse import quote

from msgspec.structs import replace

from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.rights.title_certificate import TitleExtract, extract_title, make_title_certificate
from yaosu.rights.views import title_history
from yaosu.server.house import Answer, Call, House
from yaosu.server.reads import check_shown
from yaosu.workers.titles.face import Face, face_of
from yaosu.workers.titles.paper import make_title_paper
from yaosu.workers.titles.words import LANGUAGES

PAPER, DATA = "pdf", "json"
KINDS = {PAPER: "application/pdf", DATA: "application/json"}
LIBRARIES = ("reportlab", "segno")
QUIET = {"Cache-Control": "private, no-store"}


async def title_certificate(house: House, call: Call) -> Answer:
    """A signed extract of a right as the register has it now: JSON, or a PDF with all of it."""
    name, kind = call.path["id"], call.query.get("as", DATA)
    language = call.query.get("language", LANGUAGES[0])
    for query, value, known in (("as", kind, KINDS), ("language", language, LANGUAGES)):
        reason = f"{' or '.join(known)} is wanted"
        refuse_unless(
            value in known, "server.bad_query", name=query, value=value[:100], reason=reason
        )
    found(house.log, "server.no_signing_key")
    await _check_seen(house, call, name)
    body = await asyncio.to_thread(_made, house, name, kind, language)
    file = quote(f"{name}.{kind}", safe="")
    headers = QUIET | {"Content-Disposition": f"attachment; filename*=UTF-8''{file}"}
    return Answer(body=body, media_type=KINDS[kind], headers=headers)


def papers_of(house: House) -> tuple[str, ...]:
    """As what certificates can be had here: none without a key, a PDF with its libraries alone."""
    if house.log is None:
        return ()
    return (PAPER, DATA) if all(map(find_spec, LIBRARIES)) else (DATA,)


async def _check_seen(house: House, call: Call, name: str) -> None:
    def look() -> set[str]:
        with house.venue.reading() as state:
            steps = title_history(state.rights, name)
        return {step.right.holder for step in steps}

    holders = await asyncio.to_thread(look)
    await check_shown(house, call, holders, "rights", name, is_known=bool(holders))


def _made(house: House, name: str, kind: str, language: str) -> bytes:
    """The certificate of a right that is known. Blocks."""
    log = found(house.log, "server.no_signing_key")
    extract, face = _extract(house, name, language)
    size = extract.sequence + 1
    with house.reading_store:
        log.checkpoint()
        if size > log.size:
            refuse("server.not_ready", reason="the journal is read by another process just now")
        root = log.root(size).hex()
    extract = replace(extract, journal_root=root)
    secret = log.signing_key.secret
    if kind == DATA:
        return make_title_certificate(extract, secret).encode()
    return make_title_paper(face, extract, secret, house.settings.text("public_url"))


def _extract(house: House, name: str, language: str) -> tuple[TitleExtract, Face]:
    with house.venue.reading() as state:
        venue = found(state.parties.venue, "server.no_venue", path=house.venue.store.name)
        last = house.venue.size - 1
        extract = extract_title(state.rights, venue.id, name, last, "", state.now)
        return extract, face_of(state, extract, language)

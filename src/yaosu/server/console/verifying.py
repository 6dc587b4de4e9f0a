"""Checking title certificates: by the link of a QR code, or by the file; for anyone."""

import asyncio
from typing import Any

from msgspec import Struct

from yaosu.core import State
from yaosu.journal.merkle import root_of
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless
from yaosu.kernel.signed_note import parse_verifier_key
from yaosu.rights.title_certificate import TitleExtract, read_key_of, verify_title_certificate
from yaosu.rights.title_keys import TitleKey, key_in_force
from yaosu.rights.title_link import TitleLink, verify_link
from yaosu.rights.title_paper import BYTES_MAX, is_paper, read_key_of_paper, verify_title_paper
from yaosu.rights.title_status import CertificateStatus, certificate_status, link_status
from yaosu.server.console.names import Names
from yaosu.server.console.render import render
from yaosu.server.console.rooms import answer_page, look_of
from yaosu.server.house import Answer, Call, House
from yaosu.server.problems import as_json
from yaosu.server.titles import QUIET
from yaosu.workers.titles.face import grouped

HOLDS = ("valid", "burdened")


class Seen(Struct, frozen=True, kw_only=True):
    """What a check found, for the page.

    Attributes:
        digest: of the certificate, where a link names it.
        key: of the venue, that signed it and was in force then.
        extract: what the file says; None of a link, which says less.
        burdens: what stands on the right now: kind of the entry, and its id.
        factor, region: names.
    """

    right: str
    version: int
    sequence: int
    issued: int
    digest: str
    status: CertificateStatus
    extract: TitleExtract | None = None
    key: TitleKey
    burdens: tuple[tuple[str, str], ...] = ()
    factor: str = ""
    region: str = ""

    @property
    def holds(self) -> bool:
        """Whether one may rely on it."""
        return self.status.status in HOLDS


class VerifyPage(Struct, frozen=True, kw_only=True):
    """The page: what a link led to, or why to nothing; the venue's keys, the last in force."""

    seen: Seen | None
    refused: Refusal | None
    keys: tuple[str, ...]


class CheckedTitle(Struct, frozen=True, kw_only=True):
    """A certificate that the venue signed, every byte as it was, and how it stands now.

    Attributes:
        key: that signed it and was in force at its date, with its term.
        html: the same for people, for the console.
    """

    extract: TitleExtract
    status: CertificateStatus
    key: TitleKey
    html: str


async def verify_room(house: House, call: Call) -> Answer:
    """Where anybody checks a title certificate; with the link of one, what became of it."""
    link, language = call.query.get("title", ""), look_of(call).language

    def make() -> VerifyPage:
        with house.venue.reading() as state:
            keys = tuple(key.vkey for key in state.parties.keys)
        if not link:
            return VerifyPage(seen=None, refused=None, keys=keys)
        try:
            house.checks.take(call.address)
            return VerifyPage(seen=_of_link(house, link, language), refused=None, keys=keys)
        except Refusal as refusal:
            return VerifyPage(seen=None, refused=refusal, keys=keys)

    return await answer_page(house, call, "verify.html", "register", await asyncio.to_thread(make))


async def check_title(house: House, call: Call) -> Answer:
    """Check a title certificate, JSON or PDF, and ask the register how it stands now."""
    house.checks.take(call.address)
    assert call.parts is not None
    data = bytearray()
    async for part in call.parts:
        data += part
        if len(data) > BYTES_MAX:
            refuse("kernel.too_large", what="certificate", bytes=len(data), limit=BYTES_MAX)
    look = look_of(call)
    seen = await asyncio.to_thread(_of_file, house, bytes(data), look.language)
    assert seen.extract is not None
    html = render("verified.html", seen, look, here="")
    body = as_json(CheckedTitle(extract=seen.extract, status=seen.status, key=seen.key, html=html))
    return Answer(body=body, headers=QUIET)


def _of_link(house: House, text: str, language: str) -> Seen:
    link, signer = verify_link(text, _keys(house))
    _check_history(house, link.sequence, link.issued, "")

    def look(state: State) -> Seen:
        _check_venue(state, link.venue)
        key = key_in_force(state.parties.keys, signer, link.right, link.issued)
        status = link_status(state, link)
        return _seen(state, link, None, status, key, link.certificate.hex(), language)

    return _asked(house, look)


def _of_file(house: House, data: bytes, language: str) -> Seen:
    text = _certificate_in(data, _keys(house))
    signer = read_key_of(text)
    extract = verify_title_certificate(text, signer)
    _check_history(house, extract.sequence, extract.issued, extract.journal_root)

    def look(state: State) -> Seen:
        _check_venue(state, extract.venue)
        key = key_in_force(state.parties.keys, signer, extract.right, extract.issued)
        status = certificate_status(state, extract)
        return _seen(state, extract, extract, status, key, "", language)

    return _asked(house, look)


def _certificate_in(data: bytes, keys: list[bytes]) -> str:
    """The text of a certificate that names a key of the venue; of a paper, if it is undamaged."""
    if is_paper(data):
        key = read_key_of_paper(data)
        refuse_unless(key in keys, "rights.signed_with_other_key")
        return verify_title_paper(data, key)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse("rights.bad_title_certificate", reason="it is neither JSON nor a PDF")
    refuse_unless(read_key_of(text) in keys, "rights.signed_with_other_key")
    return text


def _keys(house: House) -> list[bytes]:
    """Public keys that the venue signs with, or signed with once."""
    with house.venue.reading() as state:
        return [parse_verifier_key(key.vkey).public for key in state.parties.keys]


def _check_history(house: House, sequence: int, issued: int, root: str) -> None:
    """The journal has an entry of that instant, and had this root there; a link names none."""
    refuse_unless(0 <= sequence < house.venue.size, "rights.other_register", sequence=sequence)
    with house.reading_store:
        (entry,) = house.store.read(sequence, sequence)
    is_dated = entry.header.instant == issued
    refuse_unless(is_dated, "rights.other_register", sequence=sequence)
    if not root:
        return
    with house.reading_store:
        if house.log is None:
            found = root_of(house.store.hashes(0, sequence))
        else:
            if house.log.size <= sequence:
                house.log.checkpoint()
            found = house.log.root(sequence + 1)
    refuse_unless(found.hex() == root, "rights.other_register", sequence=sequence)


def _check_venue(state: State, venue: str) -> None:
    known = state.parties.venue
    is_ours = known is not None and known.id == venue
    refuse_unless(is_ours, "rights.bad_title_certificate", reason=f"it is of venue {venue}")


def _asked(house: House, look: Any) -> Seen:
    with house.venue.reading() as state:
        seen: Seen = look(state)
        return seen


def _seen(
    state: State,
    said: TitleExtract | TitleLink,
    extract: TitleExtract | None,
    status: CertificateStatus,
    key: TitleKey,
    digest: str,
    language: str,
) -> Seen:
    names, entries = Names(state, language), state.rights.entries
    return Seen(
        right=said.right,
        version=said.version,
        sequence=said.sequence,
        issued=said.issued,
        digest=grouped(digest),
        status=status,
        key=key,
        extract=extract,
        burdens=tuple((entries[one].kind, one) for one in status.burdens),
        factor="" if extract is None else names.factor(extract.factor),
        region="" if extract is None else names.region(extract.region),
    )

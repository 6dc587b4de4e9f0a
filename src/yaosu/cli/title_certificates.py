"""Title certificates on the command line: signed here with a key, or by the server with its own."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from msgspec import Struct

from yaosu.cli.at_server import ServerPlace, state_at
from yaosu.cli.files import write_whole
from yaosu.cli.opening import open_journal
from yaosu.cli.proofs import read_signing_key
from yaosu.kernel.refusal import refuse, refuse_unless

if TYPE_CHECKING:
    from yaosu.journal.opening import Place
    from yaosu.kernel.signed_note import VerifierKey
    from yaosu.rights.title_certificate import TitleExtract
    from yaosu.rights.title_keys import TitleKey
    from yaosu.rights.title_status import CertificateStatus


def sign_here(
    journal: "Place",
    right: str,
    key: Path,
    out: Path | None,
    pdf: Path | None,
    language: str,
    address: str,
) -> "TitleExtract":
    """Write the certificate, as JSON, as PDF or both; what it says."""
    from yaosu.engine.keys import check_may_sign, keys_named
    from yaosu.rights.title_certificate import extract_title, make_title_certificate

    signing = read_signing_key(key)
    assert signing.algorithm == "Ed25519", signing.algorithm  # the one kind that keys are made of
    state, sequence, root = state_at(journal, None)
    with open_journal(journal) as store:
        check_may_sign(keys_named(store.read()), signing.verifier)
    venue = state.parties.venue
    assert venue is not None, "a journal begins with its venue"
    extract = extract_title(state.rights, venue.id, right, sequence, root, state.now)
    if pdf is not None:
        from yaosu.workers.titles.face import face_of
        from yaosu.workers.titles.paper import make_title_paper

        face = face_of(state, extract, language)
        write_whole(pdf, make_title_paper(face, extract, signing.secret, address))
    if out is not None:
        write_whole(out, make_title_certificate(extract, signing.secret).encode())
    return extract


def sign_there(
    server: ServerPlace, right: str, out: Path | None, pdf: Path | None, language: str
) -> "TitleExtract":
    """The same, signed by the server as its register stands."""
    from yaosu.rights.title_certificate import read_key_of, verify_title_certificate
    from yaosu.rights.title_paper import read_key_of_paper, verify_title_paper

    path, text = f"/v1/rights/{quote(right, safe='')}/certificate", ""
    with server.client() as venue:
        if pdf is not None:
            data = venue.bytes_of(path, **{"as": "pdf", "language": language})
            text = verify_title_paper(data, read_key_of_paper(data))
            write_whole(pdf, data)
        if out is not None:
            text = venue.text(path, **{"as": "json"})
            write_whole(out, text.encode())
    return verify_title_certificate(text, read_key_of(text))


class Checked(Struct, frozen=True, kw_only=True):
    """A certificate whose signature holds; where a register was asked: how it stands, its key."""

    extract: "TitleExtract"
    status: "CertificateStatus | None" = None
    key: "TitleKey | None" = None


def check_title_certificate(
    data: bytes, trusted: "VerifierKey", register: "Place | ServerPlace | None"
) -> Checked:
    """Check a certificate, JSON or PDF, by a key that is known, and ask the register about it.

    Raises:
        Refusal: ``rights.signed_with_other_key``, ``rights.key_not_in_force``,
            ``rights.other_register``, and those of the certificate.
    """
    from yaosu.rights.title_certificate import read_key_of, verify_title_certificate
    from yaosu.rights.title_paper import is_paper, read_key_of_paper, verify_title_paper

    given = read_key_of_paper(data) if is_paper(data) else read_key_of(_text(data))
    if given != trusted.public:
        known = () if register is None else _keys_of(register, trusted)
        refuse_unless(given in known, "rights.signed_with_other_key")
    text = verify_title_paper(data, given) if is_paper(data) else _text(data)
    extract = verify_title_certificate(text, given)
    if register is None:
        return Checked(extract=extract)
    if isinstance(register, ServerPlace):
        return _checked_there(register, data, extract)
    return _checked_here(register, extract, given)


def _checked_here(journal: "Place", extract: "TitleExtract", given: bytes) -> Checked:
    from yaosu.journal.merkle import root_of
    from yaosu.rights.title_keys import key_in_force
    from yaosu.rights.title_status import certificate_status

    sequence = extract.sequence
    with open_journal(journal) as store:
        is_there = 0 <= sequence < store.size
        is_same = is_there and root_of(store.hashes(0, sequence)).hex() == extract.journal_root
        dated = (
            [entry.header.instant for entry in store.read(sequence, sequence)] if is_same else []
        )
    refuse_unless(dated == [extract.issued], "rights.other_register", sequence=sequence)
    state, _, _ = state_at(journal, None)
    keys = state.parties.keys
    key = key_in_force(keys, given, extract.right, extract.issued) if keys else None
    return Checked(extract=extract, status=certificate_status(state, extract), key=key)


def _checked_there(server: ServerPlace, data: bytes, extract: "TitleExtract") -> Checked:
    from yaosu.rights.title_keys import TitleKey
    from yaosu.rights.title_status import CertificateStatus

    with server.client() as venue:
        told = venue.post("/v1/title-certificates/check", data, "application/octet-stream")
    status = msgspec.convert(told["status"], CertificateStatus)
    return Checked(extract=extract, status=status, key=msgspec.convert(told["key"], TitleKey))


def _keys_of(register: "Place | ServerPlace", trusted: "VerifierKey") -> list[bytes]:
    """The keys that the venue of a known key has named, by its journal or a proof of its server."""
    from yaosu.engine.keys import keys_named, keys_proven
    from yaosu.kernel.signed_note import parse_verifier_key

    if isinstance(register, ServerPlace):
        with register.client() as venue:
            named = keys_proven(venue.text("/v1/proofs/venue-keys"), trusted)
    else:
        with open_journal(register) as store:
            named = [one.vkey for one in keys_named(store.read())]
    return [parse_verifier_key(one).public for one in named] if trusted.text in named else []


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse("rights.bad_title_certificate", reason="it is neither JSON nor a PDF")

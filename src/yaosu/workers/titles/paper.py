"""A title certificate on paper, made whole: drawn, carried along, signed."""

from hashlib import sha256

from yaosu.rights.title_certificate import TitleExtract, make_title_certificate, read_key_of
from yaosu.rights.title_link import link_of, sign_link
from yaosu.rights.title_paper import seal_paper
from yaosu.workers.titles.drawing import Drawing, draw_block, draw_check, draw_head
from yaosu.workers.titles.face import Block, Face, grouped, moment
from yaosu.workers.titles.words import say

VERIFY = "/verify"  # where a venue's console checks certificates


def make_title_paper(
    face: Face, extract: TitleExtract, private_key: bytes, address: str = ""
) -> bytes:
    """The signed PDF of an extract.

    Args:
        face: its words, made of the same state.
        private_key: 32 bytes of an Ed25519 key, handed in by the door.
        address: under which people reach the venue, such as ``https://venue.example``; empty: the
            code holds the digest of the certificate.

    Raises:
        Refusal: ``kernel.extra_missing``.
    """
    certificate = make_title_certificate(extract, private_key)
    digest = sha256(certificate.encode()).hexdigest()
    language = face.language
    if address:
        at = f"{address.rstrip('/')}{VERIFY}"
        code = f"{at}?title={sign_link(link_of(extract, certificate), private_key)}"
        first = say(language, "check_address", address=at)
    else:
        code, first = f"sha256:{digest}", say(language, "check_digest")
    drawing = Drawing(face, extract.issued)
    draw_head(drawing, code)
    for block in (*face.blocks, _journal(extract, certificate, digest, language)):
        draw_block(drawing, block)
    told = (first, say(language, "check_file"), say(language, "limit"))
    draw_check(drawing, say(language, "check"), told)
    drawing.attach(certificate)
    return seal_paper(drawing.finished(), certificate, private_key)


def _journal(extract: TitleExtract, certificate: str, digest: str, language: str) -> Block:
    at = moment(extract.issued)
    said = say(language, "entry_at", sequence=extract.sequence, at=at)
    key = sha256(read_key_of(certificate)).hexdigest()
    return Block(
        heading=say(language, "entered"),
        lines=(
            (say(language, "entry"), said),
            (say(language, "root"), grouped(extract.journal_root)),
            (say(language, "key"), grouped(key)),
            (say(language, "digest"), grouped(digest)),
        ),
    )

"""Title certificates on paper: a PDF that carries the certificate and is signed as a whole. Pure.

The certificate lies in the file as it is, where a reader of PDF finds it as an attachment. Behind
the last line of the PDF one more is written, which says where it lies and signs all that stands
before; the end of the PDF is said again behind it, so that the file stays one. What people read
and what programs read are under one signature, and neither needs a library of PDF to be checked.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from hashlib import sha256

from msgspec import Struct

from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.rights import refusals
from yaosu.rights.title_certificate import read_key_of

__all__ = ["refusals"]

FORMAT = b"yaosu title paper 1"
BEGIN = b"%PDF-"
BYTES_MAX = 2_000_000
LINE = re.compile(
    rb"%" + FORMAT + rb" ([0-9]{1,8}) ([0-9]{1,8}) ([A-Za-z0-9+/=]{88})\n"
    rb"(startxref\n[0-9]{1,10}\n%%EOF\n)"
)
END = re.compile(rb"startxref\n[0-9]{1,10}\n%%EOF\n\Z")
TAIL_BYTES = 300  # the signed line and the end behind it are shorter


class _Paper(Struct, frozen=True):
    """A paper taken apart: what is signed, the signature, and the certificate it carries."""

    signed: bytes
    signature: bytes
    text: str


def is_paper(data: bytes) -> bool:
    """Whether these bytes begin as a PDF does."""
    return data.startswith(BEGIN)


def seal_paper(drawn: bytes, certificate: str, private_key: bytes) -> bytes:
    """The signed paper.

    Args:
        drawn: a PDF with the certificate's text in it once, as it is.
        private_key: 32 bytes of an Ed25519 key, handed in by the door; never kept here.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    text = certificate.encode()
    end = END.search(drawn)
    assert end is not None, "a PDF ends as one"
    assert drawn.count(text) == 1, "a paper carries its certificate once"
    place, size = drawn.index(text), len(text)
    key = Ed25519PrivateKey.from_private_bytes(private_key)
    signature = b64encode(key.sign(_signed_bytes(drawn, place, size)))
    line = b"%%%s %d %d %s\n" % (FORMAT, place, size, signature)
    return drawn + line + end[0]


def verify_title_paper(data: bytes, public_key: bytes) -> str:
    """The certificate that a paper carries, if no byte of the paper was changed since.

    The certificate has a signature of its own, which is checked with
    :func:`~yaosu.rights.title_certificate.verify_title_certificate`.

    Args:
        public_key: 32 bytes, from the venue and not from the paper.

    Raises:
        Refusal: ``rights.bad_title_paper``, ``rights.title_paper_damaged``.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    paper = _read(data)
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(paper.signature, paper.signed)
    except InvalidSignature:
        refuse("rights.title_paper_damaged")
    return paper.text


def read_key_of_paper(data: bytes) -> bytes:
    """The public key that the certificate in a paper names; nothing is checked yet.

    Raises:
        Refusal: ``rights.bad_title_paper``, ``rights.bad_title_certificate``.
    """
    return read_key_of(_read(data).text)


def _read(data: bytes) -> _Paper:
    if len(data) > BYTES_MAX:
        refuse("rights.bad_title_paper", reason=f"it has {len(data)} bytes")
    refuse_unless(is_paper(data), "rights.bad_title_paper", reason="it is no PDF")
    begin = data.rfind(b"%" + FORMAT, max(0, len(data) - TAIL_BYTES))
    line = LINE.fullmatch(data, begin) if begin > 0 else None
    if line is None:
        refuse("rights.bad_title_paper", reason="its end holds no signature of a venue")
    drawn = data[:begin]
    place, size = int(line[1]), int(line[2])
    try:
        signature = b64decode(line[3], validate=True)
        text = drawn[place : place + size].decode()
    except (ValueError, Base64Error) as error:
        refuse("rights.bad_title_paper", reason=str(error))
    end = END.search(drawn[-TAIL_BYTES:])
    is_whole = end is not None and end[0] == line[4] and place + size <= begin
    refuse_unless(is_whole, "rights.bad_title_paper", reason="its two ends differ")
    return _Paper(_signed_bytes(drawn, place, size), signature, text)


def _signed_bytes(drawn: bytes, place: int, size: int) -> bytes:
    return b"%s\n%d %d\n%s" % (FORMAT, place, size, sha256(drawn).digest())

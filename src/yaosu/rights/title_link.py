"""The link of a title certificate, short enough for a QR code: signed, and asked of the register.

It says which right in which version was certified at which entry, what stood on it (by digest),
and the digest of the certificate; not who holds it. Whoever has the link learns whether the venue
said so and whether it still holds.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence

from msgspec import Struct

from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless
from yaosu.rights import refusals
from yaosu.rights.title_certificate import TitleExtract

__all__ = ["refusals"]

FORMAT = b"yaosu title link 1\n"
CHARACTERS_MAX = 1_000
SIGNATURE_BYTES = 64
BURDENS_BYTES = 16


class TitleLink(Struct, frozen=True, kw_only=True, array_like=True):
    """What a link says.

    Attributes:
        burdens: first bytes of the digest of their ids. certificate: SHA-256 of its text.
    """

    venue: str
    right: str
    version: int
    sequence: int
    issued: int
    burdens: bytes
    certificate: bytes


def link_of(extract: TitleExtract, certificate: str) -> TitleLink:
    """The link of a certificate."""
    return TitleLink(
        venue=extract.venue,
        right=extract.right,
        version=extract.version,
        sequence=extract.sequence,
        issued=extract.issued,
        burdens=digest_of_burdens(extract.burdens),
        certificate=canonical.digest(certificate.encode()),
    )


def digest_of_burdens(burdens: Sequence[str]) -> bytes:
    """What a link keeps of what stands on a right."""
    return canonical.digest(canonical.encode(list(burdens)))[:BURDENS_BYTES]


def sign_link(link: TitleLink, private_key: bytes) -> str:
    """The link as text for an address: letters, digits, ``-`` and ``_``."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    said = _said(link)
    signature = Ed25519PrivateKey.from_private_bytes(private_key).sign(FORMAT + said)
    return urlsafe_b64encode(signature + said).rstrip(b"=").decode()


def verify_link(text: str, public_keys: Sequence[bytes]) -> tuple[TitleLink, bytes]:
    """What a link says, if one of these keys signed it; and that key.

    Raises:
        Refusal: ``rights.bad_title_link``.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    refuse_unless(len(text) <= CHARACTERS_MAX, "rights.bad_title_link", reason="it is too long")
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        signature, said = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
        link = canonical.decode(said, TitleLink)
    except (ValueError, Base64Error, Refusal):
        refuse("rights.bad_title_link", reason="it cannot be read")
    for public in public_keys:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, FORMAT + said)
        except InvalidSignature:
            continue
        return link, public
    refuse("rights.bad_title_link", reason="no key of this venue signed it")


def _said(link: TitleLink) -> bytes:
    return canonical.encode(link)

"""Title certificates: a signed extract of a right that anyone verifies offline.

The extract's canonical bytes are signed; the document is JSON, names its algorithms, and needs
nothing but the venue's public key to be checked. It says what the register held at one entry of
the journal; whether that still holds, only the journal can say.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import Any

import msgspec
from msgspec import Struct

from yaosu.kernel.canonical import encode
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.rights import refusals
from yaosu.rights.methods.moves import lots_in
from yaosu.rights.state import RightsState

__all__ = ["refusals"]

FORMAT = "yaosu title certificate 1"
ALGORITHM = "Ed25519"
DIGEST = "SHA-256"
CHARACTERS_MAX = 100_000


class TitleExtract(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What a title certificate says.

    Attributes:
        right .. source: the right in the version named; ``lots`` of the unit's ``quantity``.
        entry: register entry that made the version; ``number``: its registration number, empty
            in certificates from before entries had one.
        burdens: ids of freezes, pledges, objections and notices that stood on it, in order.
        sequence: number of the journal entry up to which it was read.
        journal_root: root of the journal's Merkle tree at that entry, SHA-256, hex.
        issued: instant.
    """

    venue: str
    right: str
    version: int
    unit: str
    factor: str
    region: str
    holder: str
    kind: str
    instrument: str
    share: str
    lots: int
    quantity: int
    measurement: str
    scope: dict[str, str]
    term_from: int
    term_to: int
    based_on: str
    source: str
    entry: str
    burdens: tuple[str, ...]
    sequence: int
    journal_root: str
    issued: int
    number: str = ""


class _Document(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: str
    digest: str
    algorithm: str
    public_key: str
    extract: TitleExtract
    signature: str


def extract_title(
    state: RightsState, venue: str, right: str, sequence: int, journal_root: str, issued: int
) -> TitleExtract:
    """The extract of a right as the register stands.

    Raises:
        Refusal: ``rights.unknown_right``.
    """
    known = found(state.rights.get(right), "rights.unknown_right", right=right)
    unit = state.units[known.unit]
    return TitleExtract(
        venue=venue,
        right=known.id,
        version=known.version,
        unit=known.unit,
        factor=known.factor,
        region=unit.region,
        holder=known.holder,
        kind=known.kind,
        instrument=known.instrument,
        share=str(known.share),
        lots=lots_in(known, unit.quantity),
        quantity=unit.quantity,
        measurement=state.profiles[known.factor][-1].factor.measurement,
        scope=known.scope,
        term_from=known.term_from,
        term_to=known.term_to,
        based_on=known.based_on,
        source=known.source,
        entry=known.entry,
        burdens=tuple(
            one for one in state.burdens.get(right, []) if state.entries[one].is_standing(issued)
        ),
        sequence=sequence,
        journal_root=journal_root,
        issued=issued,
        number=state.entries[known.entry].number,
    )


def make_title_certificate(extract: TitleExtract, private_key: bytes) -> str:
    """The signed document, JSON text.

    Args:
        private_key: 32 bytes of an Ed25519 key, handed in by the door; never kept here.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(private_key)
    document = _Document(
        format=FORMAT,
        digest=DIGEST,
        algorithm=ALGORITHM,
        public_key=key.public_key().public_bytes_raw().hex(),
        extract=extract,
        signature=b64encode(key.sign(_signed_bytes(extract))).decode(),
    )
    return json.dumps(msgspec.to_builtins(document), ensure_ascii=False, indent=2) + "\n"


def verify_title_certificate(text: str, public_key: bytes) -> TitleExtract:
    """What a certificate says, if it was signed with the key and is undamaged.

    Args:
        public_key: 32 bytes, from the venue and not from the document.

    Raises:
        Refusal: ``rights.bad_title_certificate``, ``rights.signed_with_other_key``,
            ``rights.title_certificate_damaged``.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    document, signature = _read(text)
    refuse_unless(document.public_key == public_key.hex(), "rights.signed_with_other_key")
    try:
        key = Ed25519PublicKey.from_public_bytes(public_key)
        key.verify(signature, _signed_bytes(document.extract))
    except InvalidSignature:
        refuse("rights.title_certificate_damaged", right=document.extract.right)
    return document.extract


def read_key_of(text: str) -> bytes:
    """The public key that a certificate names; whoever relies on it knows the key from elsewhere.

    Raises:
        Refusal: ``rights.bad_title_certificate``.
    """
    document, _ = _read(text)
    try:
        return bytes.fromhex(document.public_key)
    except ValueError:
        refuse("rights.bad_title_certificate", reason="its key is not hexadecimal")


def _read(text: str) -> tuple[_Document, bytes]:
    if len(text) > CHARACTERS_MAX:
        refuse("rights.bad_title_certificate", reason=f"it has {len(text)} characters")
    try:
        raw: Any = json.loads(text, object_pairs_hook=_without_doubles)
        document = msgspec.convert(raw, _Document)
        signature = b64decode(document.signature, validate=True)
    except (ValueError, RecursionError, Base64Error, msgspec.ValidationError) as error:
        refuse("rights.bad_title_certificate", reason=str(error))
    named = (
        ("format", document.format, FORMAT),
        ("algorithm", document.algorithm, ALGORITHM),
        ("digest", document.digest, DIGEST),
    )
    for name, value, known in named:
        refuse_unless(
            value == known, "rights.bad_title_certificate", reason=f"its {name} is {value!r}"
        )
    return document, signature


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, or an error when a name is there twice: readers would differ on it."""
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a name is there twice")
    return table


def _signed_bytes(extract: TitleExtract) -> bytes:
    return FORMAT.encode() + b"\n" + encode(extract)

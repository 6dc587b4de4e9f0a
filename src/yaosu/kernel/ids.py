"""Names of things: typed, sortable when made by a client, derived when made by the market.

A derived id is a hash of (cause, kind, natural key), never a counter, so that a replay under
another rule gives the same thing the same id and the two runs can be compared.
"""

import re
from hashlib import sha256
from struct import Struct

from yaosu.kernel import canonical
from yaosu.kernel.refusal import refuse_unless

ID_CHARACTERS_MAX = 96
ID_FORM = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._:/@+-]{{0,{ID_CHARACTERS_MAX - 1}}}")
DIGEST_FORM = re.compile(r"[0-9a-f]{64}")  # a document by its SHA-256


def check_id(value: object, what: str = "id") -> str:
    """The id itself, or a refusal ``kernel.bad_id``."""
    refuse_unless(
        isinstance(value, str) and ID_FORM.fullmatch(value),
        "kernel.bad_id",
        what=what,
        value=str(value),
    )
    assert isinstance(value, str)
    return value


def new_id(kind: str, instant: int, entropy: bytes) -> str:
    """An id made by a client: ``kind-`` + 48 bits of time in ms + 80 bits of its own entropy.

    Sorts by time within a kind. ``instant`` in microseconds; ``entropy`` at least 10 bytes.
    """
    assert len(entropy) >= 10, "an id needs 10 bytes of entropy"
    stamp = (instant // 1000).to_bytes(6, "big")
    return f"{kind}-{_base32(stamp + entropy[:10])}"


def derive_id(kind: str, cause: str, *natural_key: str | int) -> str:
    """The id of a thing that follows from ``cause``: ``kind-`` + 128 bits of SHA-256.

    The hash is over the length-prefixed parts, so that no two keys run into each other.
    """
    raws = [str(part).encode() for part in (cause, kind, *natural_key)]
    body = b"".join([_LENGTH(len(raw)) + raw for raw in raws])
    return f"{kind}-{_base32(sha256(body).digest()[:16])}"


def cause_of(actor: str, key: str) -> str:
    """Hex digest of (actor, key): what derived ids of what was asked so begin from."""
    return canonical.digest(canonical.encode([actor, key])).hex()


def _base32(data: bytes) -> str:
    """Base 32 with the digits 0-9a-v, unpadded (RFC 4648, section 7); ten bits at a time."""
    bits = 8 * len(data)
    digits = -(-bits // 5)
    even = digits + digits % 2
    number = int.from_bytes(data, "big") << 5 * even - bits
    pairs = [PAIRS[number >> at & 1023] for at in range(5 * even - 10, -10, -10)]
    return "".join(pairs)[:digits]


_LENGTH = Struct("<I").pack
DIGITS = "0123456789abcdefghijklmnopqrstuv"
PAIRS = tuple(first + second for first in DIGITS for second in DIGITS)

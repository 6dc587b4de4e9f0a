"""Signed notes: text with signatures under it, and the keys that make and check them.

Source: C2SP signed-note (c2sp.org/signed-note); the key texts are those of Go's package
golang.org/x/mod/sumdb/note. A line for each signature names its key, so lines of other suites and
of witnesses can stand under the same text: whoever does not know a key passes over its line.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence
from hashlib import sha256

from msgspec import Struct

from yaosu.kernel.refusal import found, refuse, refuse_unless

CHARACTERS_MAX = 1_000_000
SIGNATURES_MAX = 64
NAME_CHARACTERS_MAX = 255
ID_BYTES = 4
TIME_BYTES = 8
ED25519_BYTES = 64
COSIGNATURE = "cosignature/v1"
DASH = "\u2014"  # every signature line begins with an em dash
SECRET_MARK = "PRIVATE+KEY+"
# neither spaces nor a plus nor what does not print: the name stands inside key and signature line
NAME = re.compile(r"[^\s+\x00-\x1f\x7f]+")


class Suite(Struct, frozen=True):
    """One way of signing: its name, the byte that stands for it in keys, its sizes in bytes.

    ``sign`` is None where it is not done here: witnesses sign with a clock of their own.
    """

    name: str
    kind: int
    secret_bytes: int
    public_bytes: int
    public_of: Callable[[bytes], bytes]
    sign: Callable[[bytes, bytes], bytes] | None
    is_signed: Callable[[bytes, bytes, bytes], bool]


class VerifierKey(Struct, frozen=True):
    """What an outsider needs to check a signature: name, name of the suite, public key."""

    name: str
    algorithm: str
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart; no proof of anything."""
        kind = bytes([SUITES[self.algorithm].kind])
        return sha256(self.name.encode() + b"\n" + kind + self.public).digest()[:ID_BYTES]

    @property
    def text(self) -> str:
        """The key in one line, such as ``example.org/market+1f2e3d4c+AbC...``."""
        data = bytes([SUITES[self.algorithm].kind]) + self.public
        return f"{self.name}+{self.id.hex()}+{b64encode(data).decode()}"


class SigningKey(Struct, frozen=True):
    """A secret key with its name; never kept in a journal, never shown."""

    name: str
    algorithm: str
    secret: bytes

    def __repr__(self) -> str:
        return f"SigningKey({self.name!r}, {self.algorithm!r})"

    @property
    def verifier(self) -> VerifierKey:
        """The public side."""
        public = SUITES[self.algorithm].public_of(self.secret)
        return VerifierKey(self.name, self.algorithm, public)

    @property
    def text(self) -> str:
        """The key in one line, to be kept secret."""
        data = bytes([SUITES[self.algorithm].kind]) + self.secret
        encoded = b64encode(data).decode()
        return f"{SECRET_MARK}{self.name}+{self.verifier.id.hex()}+{encoded}"


def signing_key(name: str, secret: bytes, algorithm: str = "Ed25519") -> SigningKey:
    """A key from its secret bytes, which the door made by chance.

    Raises:
        Refusal: ``kernel.bad_key`` where the name cannot stand in a signature line.
    """
    suite = SUITES[algorithm]
    assert suite.sign is not None, f"{algorithm} is not signed here"
    assert len(secret) == suite.secret_bytes, f"{len(secret)} bytes for {algorithm}"
    _check_name(name)
    return SigningKey(name, algorithm, secret)


def parse_signing_key(text: str) -> SigningKey:
    """A signing key from its line. The refusal never repeats the line.

    Raises:
        Refusal: ``kernel.bad_key``.
    """
    line = text.strip()
    if not line.startswith(SECRET_MARK):
        refuse("kernel.bad_key", reason=f"a signing key begins with {SECRET_MARK}")
    name, key_id, suite, data = _key_parts(line.removeprefix(SECRET_MARK))
    refuse_unless(suite.sign, "kernel.bad_key", reason=f"{suite.name} is for witnesses")
    refuse_unless(len(data) == suite.secret_bytes, "kernel.bad_key", reason="its length is wrong")
    key = SigningKey(name, suite.name, data)
    refuse_unless(key.verifier.id == key_id, "kernel.bad_key", reason="its parts do not fit")
    return key


def parse_verifier_key(text: str) -> VerifierKey:
    """A verifier key (vkey) from its line.

    Raises:
        Refusal: ``kernel.bad_key``.
    """
    key = _parse_key(text)
    is_own = SUITES[key.algorithm].sign is not None
    refuse_unless(is_own, "kernel.bad_key", reason=f"{key.algorithm} is for witnesses")
    return key


def parse_witness_key(text: str) -> VerifierKey:
    """The verifier key of a witness from its line.

    Raises:
        Refusal: ``kernel.bad_key``.
    """
    key = _parse_key(text)
    refuse_unless(
        key.algorithm == COSIGNATURE,
        "kernel.bad_key",
        reason=f"{key.algorithm} is not for witnesses",
    )
    return key


def sign_note(text: str, keys: Sequence[SigningKey]) -> str:
    """The text with one signature line for each key."""
    assert text.endswith("\n"), "a note ends with a line break"
    lines = [
        f"{DASH} {key.name} {b64encode(key.verifier.id + _signature(key, text)).decode()}\n"
        for key in keys
    ]
    return f"{text}\n{''.join(lines)}"


def open_note(note: str, keys: Sequence[VerifierKey]) -> str:
    """The text of a note that at least one of the keys has signed; other lines are passed over.

    Raises:
        Refusal: ``kernel.bad_signed_note``, ``kernel.not_signed``, ``kernel.signature_fails`` where
            the line of one of these keys does not fit the text.
    """
    text, lines = split_note(note)
    signed = False
    for name, data in lines:
        for key in keys:
            if (key.name, key.id) != (name, data[:ID_BYTES]):
                continue
            fits = SUITES[key.algorithm].is_signed(key.public, data[ID_BYTES:], text.encode())
            refuse_unless(fits, "kernel.signature_fails", name=key.name)
            signed = True
    refuse_unless(signed, "kernel.not_signed", names=", ".join(key.name for key in keys))
    return text


def split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text, and of each signature line the name and the bytes (key id, signature); unchecked.

    Raises:
        Refusal: ``kernel.bad_signed_note``.
    """
    if len(note) > CHARACTERS_MAX:
        refuse("kernel.bad_signed_note", reason=f"it has {len(note)} characters")
    if any(character < " " and character != "\n" for character in note):
        refuse("kernel.bad_signed_note", reason="it holds a character that does not print")
    text, gap, rest = note.rpartition("\n\n")
    if not gap or not rest.endswith("\n"):
        refuse("kernel.bad_signed_note", reason="no signature lines stand under an empty line")
    lines = rest[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        refuse("kernel.bad_signed_note", reason=f"it has {len(lines)} signature lines")
    return text + "\n", [_signature_line(line) for line in lines]


def read_base64(text: str) -> bytes | None:
    """The bytes, or None: there is one spelling for each, so no bit can change unnoticed."""
    try:
        data = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        return None
    return data if b64encode(data).decode() == text else None


def cosigned(note: str, witnesses: Sequence[VerifierKey]) -> dict[str, int]:
    """The witnesses that signed a note, by name, with the second since 1970 at which each did.

    Source: C2SP tlog-cosignature (c2sp.org/tlog-cosignature). Lines of others are passed over.

    Raises:
        Refusal: ``kernel.bad_signed_note``, ``kernel.signature_fails`` where the line of one of
            these does not fit the text.
    """
    text, lines = split_note(note)
    told: dict[str, int] = {}
    for name, data in lines:
        for key in witnesses:
            if (key.name, key.id) == (name, data[:ID_BYTES]):
                signature = data[ID_BYTES:]
                fits = SUITES[key.algorithm].is_signed(key.public, signature, text.encode())
                refuse_unless(fits, "kernel.signature_fails", name=name)
                told[name] = int.from_bytes(signature[:TIME_BYTES], "big")
    return told


def _signature_line(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    data = read_base64(encoded)
    if dash != DASH or not NAME.fullmatch(name) or data is None or len(data) <= ID_BYTES:
        refuse("kernel.bad_signed_note", reason=f"{line[:80]!r} is not a signature line")
    return name, data


def _signature(key: SigningKey, text: str) -> bytes:
    sign = SUITES[key.algorithm].sign
    assert sign is not None, f"{key.algorithm} is not signed here"
    return sign(key.secret, text.encode())


def _parse_key(text: str) -> VerifierKey:
    line = text.strip()
    if line.startswith(SECRET_MARK):
        refuse("kernel.bad_key", reason="this is a signing key: keep it secret")
    name, key_id, suite, data = _key_parts(line)
    refuse_unless(len(data) == suite.public_bytes, "kernel.bad_key", reason="its length is wrong")
    key = VerifierKey(name, suite.name, data)
    refuse_unless(key.id == key_id, "kernel.bad_key", reason="its parts do not fit")
    return key


def _key_parts(line: str) -> tuple[str, bytes, Suite, bytes]:
    """Name, key id, suite and bytes; a plus can stand in the last part, never in the name."""
    parts = line.split("+", 2)
    if len(parts) != 3 or not re.fullmatch(r"[0-9a-f]{8}", parts[1]):
        refuse("kernel.bad_key", reason="it is not name+id+key")
    _check_name(parts[0])
    data = read_base64(parts[2])
    if not data:
        refuse("kernel.bad_key", reason="its last part is not base64")
    by_kind = {suite.kind: suite for suite in SUITES.values()}
    suite = found(
        by_kind.get(data[0]), "kernel.bad_key", reason=f"its algorithm {data[0]} is not known here"
    )
    return parts[0], bytes.fromhex(parts[1]), suite, data[1:]


def _check_name(name: str) -> None:
    if len(name) > NAME_CHARACTERS_MAX or not NAME.fullmatch(name):
        refuse(
            "kernel.bad_key",
            reason="its name is empty, too long, or holds a blank or a plus",
        )


def _ed25519_public(secret: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def _ed25519_sign(secret: bytes, message: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(secret).sign(message)


def _ed25519_is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _is_cosigned(public: bytes, signature: bytes, text: bytes) -> bool:
    """A witness signs the time together with the text."""
    if len(signature) != TIME_BYTES + ED25519_BYTES:
        return False
    time = int.from_bytes(signature[:TIME_BYTES], "big")
    message = f"{COSIGNATURE}\ntime {time}\n".encode() + text
    return _ed25519_is_signed(public, signature[TIME_BYTES:], message)


# A second suite is one more row. The byte is the signature type that C2SP assigns.
SUITES = {
    "Ed25519": Suite("Ed25519", 1, 32, 32, _ed25519_public, _ed25519_sign, _ed25519_is_signed),
    COSIGNATURE: Suite(COSIGNATURE, 4, 32, 32, _ed25519_public, None, _is_cosigned),
}

"""The wrapping key: the one secret that the key store itself does not hold.

It stands in a file of its own, as one line of text, and encrypts the data keys where they rest.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from hashlib import sha256

from yaosu.journal import secret_refusals
from yaosu.kernel import canonical
from yaosu.kernel.refusal import refuse, refuse_unless

MARK = "yaosu-wrapping-key/1"
BYTES = 32
NONCE_BYTES = 12
__all__ = ["secret_refusals"]


class WrappingKey:
    """An AES-256-GCM key that wraps data keys. Never printed: it shows its id only."""

    __slots__ = ("_secret", "id")

    def __init__(self, secret: bytes) -> None:
        assert len(secret) == BYTES
        self._secret = secret
        self.id = sha256(MARK.encode() + secret).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"WrappingKey({self.id})"

    @property
    def text(self) -> str:
        """The line that goes into its file."""
        return f"{MARK} {b64encode(self._secret).decode()}"

    def wrap(self, name: str, secret: bytes, nonce: bytes) -> bytes:
        """A data key as it rests, bound to its name."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._secret).encrypt(nonce, secret, _associated(self, name))

    def unwrap(self, name: str, wrapped: bytes, nonce: bytes) -> bytes | None:
        """The data key again, or None where it was not wrapped so."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._secret).decrypt(nonce, wrapped, _associated(self, name))
        except (InvalidTag, ValueError):
            return None


def parse_wrapping_key(text: str) -> WrappingKey:
    """The key of a line; the refusal ``journal.bad_wrapping_key`` never repeats what was given."""
    mark, _, rest = text.strip().partition(" ")
    refuse_unless(mark == MARK, "journal.bad_wrapping_key", reason=f"it does not begin with {MARK}")
    try:
        secret = b64decode(rest, validate=True)
    except (Base64Error, ValueError):
        secret = b""
    if len(secret) != BYTES:
        refuse("journal.bad_wrapping_key", reason=f"it does not hold {BYTES} bytes in base64")
    return WrappingKey(secret)


def _associated(key: WrappingKey, name: str) -> bytes:
    return canonical.encode({"form": "yaosu.keys/1", "wrapping": key.id, "data_key": name})

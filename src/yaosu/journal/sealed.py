"""Sealed items: what stays secret, as ciphertext beside its entry.

An item is sealed with a data key. Its salt is inside what is encrypted; its length says only which
size class it is in; its associated data bind it to venue, actor, key of the command and name, so
that it opens nowhere else. Salt and nonce follow from the data key and the content, so the same
submission gives the same bytes and is answered as the same.

Sources: NIST SP 800-38D (GCM); RFC 5116 (associated data); RFC 8452 (why a nonce may follow from
the message); GB/T 32907-2016 and RFC 8998 (SM4-GCM). Form and vectors: docs/reference/secrets.md.
"""

import hmac
import struct
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from yaosu.journal import secret_refusals
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless
from yaosu.kernel.sealing import (
    Binding,
    SealedNote,
    check_notes,
    hash_commitment,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherAlgorithm

FORM = "yaosu.sealed/1"
SECRET_BYTES = 32
SALT_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
SEALED_BYTES_MAX = 256 * 1024 * 1024  # all items of a command together
LEAST_CLASS_BYTES = 256
CONTENT_BYTES_MAX = 64 * 1024 * 1024
HEAD = struct.Struct(f"<{SALT_BYTES}sQ")  # the salt, the length of the content
AES_256_GCM = "aes-256-gcm"
SM4_GCM = "sm4-gcm"
KEY_BYTES = {AES_256_GCM: 32, SM4_GCM: 16}  # suites, and how long their keys are
__all__ = ["secret_refusals"]


class SealedItem(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sealed item. ``nonce`` 12 bytes; ``ciphertext`` with its tag of 16 bytes at the end."""

    name: str
    data_key: str
    suite: str
    nonce: bytes
    ciphertext: bytes


class DataKey:
    """A key that seals items. Never printed: it shows its id only.

    Attributes:
        id: names it in notes and items.
        suite: what it seals with.
    """

    __slots__ = ("_secret", "id", "suite")

    def __init__(self, id: str, secret: bytes, suite: str = AES_256_GCM) -> None:
        check_suite(suite)
        refuse_unless(len(secret) == SECRET_BYTES, "journal.bad_data_key", length=SECRET_BYTES)
        self.id = id
        self.suite = suite
        self._secret = secret

    def __repr__(self) -> str:
        return f"DataKey({self.id!r})"

    def derive(self, purpose: str, data: bytes = b"") -> bytes:
        """32 bytes that follow from the secret, for one purpose each."""
        key = hmac.digest(self._secret, f"{FORM} {self.suite} {purpose}".encode(), "sha256")
        return hmac.digest(key, data, "sha256")


def key_name(secret: bytes) -> str:
    """Sixteen hex digits that tell the keys of one party apart, and say nothing about them."""
    return DataKey("", secret).derive("name").hex()[:16]


class Opened(Struct, frozen=True):
    """What was in an item: enough to prove it by its hash commitment. Never printed."""

    salt: bytes
    content: bytes

    def __repr__(self) -> str:
        return "Opened(...)"

    @property
    def value(self) -> Any:
        """What the content says: text, numbers, lists, maps or columns."""
        return canonical.decode(self.content, object)


def seal_item(
    key: DataKey, binding: Binding, content: bytes, level: str
) -> tuple[SealedItem, SealedNote]:
    """Seal a content, and note what a command says of it.

    Raises:
        Refusal: ``journal.secret_too_large``.
    """
    refuse_unless(
        len(content) <= CONTENT_BYTES_MAX,
        "journal.secret_too_large",
        item=binding.item,
        limit=CONTENT_BYTES_MAX,
    )
    bound = _associated(key, binding)
    salt = key.derive("salt", sha256(bound).digest() + sha256(content).digest())
    nonce = key.derive("nonce", salt + sha256(bound).digest() + sha256(content).digest())
    plain = HEAD.pack(salt, len(content)) + content
    plain += bytes(size_class(len(plain)) - len(plain))
    item = SealedItem(
        name=binding.item,
        data_key=key.id,
        suite=key.suite,
        nonce=nonce[:NONCE_BYTES],
        ciphertext=_encrypt(key, nonce[:NONCE_BYTES], plain, bound),
    )
    note = SealedNote(
        name=binding.item,
        level=level,
        data_key=key.id,
        digest=digest_of(item),
        hash_commitment=hash_commitment(binding, salt, content),
    )
    return item, note


def open_item(key: DataKey, binding: Binding, item: SealedItem) -> Opened:
    """The salt and content of an item.

    Raises:
        Refusal: ``journal.does_not_open``: another key, another place, or changed bytes.
    """
    fits = (item.data_key, item.suite, item.name) == (key.id, key.suite, binding.item)
    plain = _decrypt(key, item, _associated(key, binding)) if fits else None
    if plain is None or len(plain) < HEAD.size:
        refuse("journal.does_not_open", item=item.name, data_key=item.data_key)
    salt, length = HEAD.unpack_from(plain)
    end = HEAD.size + length
    whole = len(plain) == size_class(end) and not any(plain[end:])
    refuse_unless(whole, "journal.does_not_open", item=item.name, data_key=item.data_key)
    return Opened(salt, plain[HEAD.size : end])


def size_class(length: int) -> int:
    """The least of 256, 512, 1024 ... that is not below a length, bytes."""
    return max(LEAST_CLASS_BYTES, 1 << (length - 1).bit_length())


def digest_of(item: SealedItem) -> bytes:
    """SHA-256 of the item's canonical bytes."""
    return canonical.digest(canonical.encode(item))


def encode_items(items: Sequence[SealedItem]) -> bytes:
    """The sealed payload of an entry: its items as a list in canonical bytes; empty where none."""
    return canonical.encode(list(items)) if items else b""


def decode_items(data: bytes) -> list[SealedItem]:
    """The items of a sealed payload; ``journal.bad_sealed`` where it is none."""
    if not data:
        return []
    try:
        items = canonical.decode(data, list[SealedItem])
    except Refusal:
        refuse("journal.bad_sealed", reason="the bytes are no list of sealed items")
    same = encode_items(items) == data
    refuse_unless(same, "journal.bad_sealed", reason="the bytes are not canonical")
    return items


def check_fits(notes: tuple[SealedNote, ...], data: bytes) -> None:
    """Refuse ``journal.bad_sealed`` unless a payload holds exactly the items that notes name."""
    check_notes(notes)
    refuse_unless(
        len(data) <= SEALED_BYTES_MAX,
        "kernel.too_large",
        what="the sealed items",
        bytes=len(data),
        limit=SEALED_BYTES_MAX,
    )
    items = decode_items(data)
    refuse_unless(
        len(items) == len(notes),
        "journal.bad_sealed",
        reason=f"the command names {len(notes)} items, {len(items)} came with it",
    )
    for note, item in zip(notes, items, strict=True):
        check_suite(item.suite)
        fits = (item.name, item.data_key) == (note.name, note.data_key)
        refuse_unless(
            fits and digest_of(item) == note.digest,
            "journal.bad_sealed",
            reason=f"item {note.name} is not the one that the command names",
        )


def prove_opened(note: SealedNote, binding: Binding, opened: Opened) -> bool:
    """Whether what was opened is what was committed to."""
    found = hash_commitment(binding, opened.salt, opened.content)
    return hmac.compare_digest(found, note.hash_commitment)


def check_suite(suite: str) -> None:
    """Refuse ``journal.unknown_suite``."""
    known = ", ".join(KEY_BYTES)
    refuse_unless(suite in KEY_BYTES, "journal.unknown_suite", suite=suite, known=known)


def _associated(key: DataKey, binding: Binding) -> bytes:
    return canonical.encode(
        {
            "form": FORM,
            "venue": binding.venue,
            "actor": binding.actor,
            "key": binding.key,
            "item": binding.item,
            "data_key": key.id,
            "suite": key.suite,
        }
    )


def _encrypt(key: DataKey, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    encryptor = Cipher(_cipher(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(associated)
    return encryptor.update(plain) + encryptor.finalize() + encryptor.tag


def _decrypt(key: DataKey, item: SealedItem, associated: bytes) -> bytes | None:
    """What was encrypted, or None where key, place or bytes are others."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    if len(item.nonce) != NONCE_BYTES or len(item.ciphertext) < TAG_BYTES:
        return None
    body, tag = item.ciphertext[:-TAG_BYTES], item.ciphertext[-TAG_BYTES:]
    decryptor = Cipher(_cipher(key), modes.GCM(item.nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(associated)
    try:
        return decryptor.update(body) + decryptor.finalize()
    except InvalidTag:
        return None


def _cipher(key: DataKey) -> "CipherAlgorithm":
    from cryptography.hazmat.primitives.ciphers import algorithms

    secret = key.derive("encrypt")[: KEY_BYTES[key.suite]]
    return algorithms.SM4(secret) if key.suite == SM4_GCM else algorithms.AES(secret)

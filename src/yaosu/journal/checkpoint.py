"""Checkpoints: a signed sentence that says how long a journal was and what its root was.

Whoever keeps one can tell later whether the journal still begins with the same entries. Source:
C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint). The origin is the name of the key that signs.
"""

import re
from base64 import b64encode
from collections.abc import Sequence

from msgspec import Struct

from yaosu.journal.merkle import root_of
from yaosu.journal.store import Store
from yaosu.kernel.numbers import INT64_MAX
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.signed_note import (
    ID_BYTES,
    SigningKey,
    VerifierKey,
    open_note,
    read_base64,
    sign_note,
    split_note,
)

ROOT_BYTES = 32
SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class Checkpoint(Struct, frozen=True):
    """What a journal of the name ``origin`` was: its size in entries and its Merkle root."""

    origin: str
    size: int
    root: bytes


class KeyTerm(Struct, frozen=True):
    """A key, and the sizes of the checkpoints that it may sign: first to last, None for no end."""

    key: VerifierKey
    first: int
    last: int | None


Trusted = Sequence[VerifierKey | KeyTerm]  # a bare key may sign any size


def make_checkpoint(size: int, root: bytes, key: SigningKey) -> str:
    """The signed checkpoint, one signature line; the origin is the key's name.

    A venue must never sign two checkpoints of which neither continues the other: see
    :func:`check_continues`.
    """
    assert len(root) == ROOT_BYTES, f"a root of {len(root)} bytes"
    assert 0 <= size <= INT64_MAX, f"a size of {size}"
    return sign_note(f"{key.name}\n{size}\n{b64encode(root).decode()}\n", [key])


def parse_checkpoint(note: str) -> Checkpoint:
    """What a checkpoint says, its signatures unchecked.

    Raises:
        Refusal: ``kernel.bad_signed_note``, ``journal.bad_checkpoint``.
    """
    return _read(split_note(note)[0])


def verify_checkpoint(note: str, keys: Trusted) -> Checkpoint:
    """What a checkpoint says, if one of the keys signed it and is the key of its origin.

    Lines of other keys (witnesses, other suites) are passed over.

    Raises:
        Refusal: ``kernel.bad_signed_note``, ``journal.bad_checkpoint``, ``kernel.not_signed``,
            ``kernel.signature_fails``, ``journal.key_retired`` where only a key signed it that
            was not in force for that size.
    """
    said = parse_checkpoint(note)
    terms = [key if isinstance(key, KeyTerm) else KeyTerm(key, 0, None) for key in keys]
    mine = [term for term in terms if term.key.name == said.origin]
    names = ", ".join(dict.fromkeys(term.key.name for term in terms))
    refuse_unless(mine, "kernel.not_signed", names=names)
    in_force = [
        term.key
        for term in mine
        if term.first <= said.size and (term.last is None or said.size <= term.last)
    ]
    signed = {(name, data[:ID_BYTES]) for name, data in split_note(note)[1]}
    if not any((key.name, key.id) in signed for key in in_force):
        for term in mine:
            if (term.key.name, term.key.id) in signed:
                refuse("journal.key_retired", key=term.key.text, size=said.size)
    open_note(note, in_force or [term.key for term in mine])
    return said


def check_continues(store: Store, earlier: Checkpoint) -> None:
    """Return if the journal begins with the entries that an earlier checkpoint was made over.

    Raises:
        Refusal: ``journal.other_history``.

    Cost: reads as many headers as the checkpoint counts.
    """
    size = store.size
    if earlier.size > size:
        why = f"it has {size} entries only"
        refuse("journal.other_history", path=store.name, size=earlier.size, reason=why)
    if root_of(store.hashes(0, earlier.size - 1)) != earlier.root:
        why = "its first entries have another root"
        refuse("journal.other_history", path=store.name, size=earlier.size, reason=why)


def _read(text: str) -> Checkpoint:
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        refuse("journal.bad_checkpoint", reason="it wants three lines: origin, size, root")
    origin, size, encoded = lines[:3]
    if not SIZE.fullmatch(size) or int(size) > INT64_MAX:
        refuse("journal.bad_checkpoint", reason=f"{size[:40]!r} is not a size")
    root = read_base64(encoded)
    if root is None or len(root) != ROOT_BYTES:
        refuse("journal.bad_checkpoint", reason=f"{encoded[:80]!r} is not a root")
    return Checkpoint(origin, int(size), root)

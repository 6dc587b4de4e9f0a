"""The chain: what an entry is, how it is hashed, and how it holds on to the one before.

An entry is a header of 256 bytes and three payloads (command, events, sealed). The header holds
the payloads by their digests and the header before by its hash, so whoever knows the last hash
knows them all. The hash of a header is also its leaf in the Merkle tree (RFC 6962, section 2.1).
"""

from functools import lru_cache
from hashlib import sha256
from struct import Struct as Layout

import msgspec

HEADER_BYTES = 256
PAYLOAD_BYTES_MAX = 512 * 1024 * 1024
MAGIC = b"yaosu/1\0"
DIGEST_BYTES = 32
ZERO = bytes(DIGEST_BYTES)
EMPTY_DIGEST = sha256(b"").digest()
ACCEPTED = 1
REFUSED = 2
OUTCOMES = (ACCEPTED, REFUSED)
# little-endian: magic, sequence, instant, outcome, three zero bytes, version, seven digests
LAYOUT = Layout("<8sQqB3sI32s32s32s32s32s32s32s")
PADDING = bytes(3)
# name, first byte, byte after the last: what a damaged byte of a header belongs to
FIELDS = (
    ("magic", 0, 8),
    ("sequence", 8, 16),
    ("instant", 16, 24),
    ("outcome", 24, 25),
    ("padding", 25, 28),
    ("decide version", 28, 32),
    ("actor", 32, 64),
    ("command digest", 64, 96),
    ("events digest", 96, 128),
    ("sealed digest", 128, 160),
    ("rules digest", 160, 192),
    ("parties", 192, 224),
    ("previous", 224, 256),
)
assert LAYOUT.size == HEADER_BYTES


class Header(msgspec.Struct, frozen=True, gc=False):
    """What an entry says about itself; packed into 256 bytes it is what is hashed.

    ``instant`` in microseconds UTC; ``outcome`` is ``ACCEPTED`` or ``REFUSED``;
    ``decide_version`` is the number of the version of the code that decided; the rest are
    digests of 32 bytes: ``actor`` of the actor's id, ``sealed`` is zero where nothing is sealed,
    ``parties`` is the root over the rows of each party, zero where there are none, ``previous``
    is the hash of the header before, zero for entry 0.
    """

    sequence: int
    instant: int
    outcome: int
    decide_version: int
    actor: bytes
    command: bytes
    events: bytes
    sealed: bytes
    rules: bytes
    parties: bytes
    previous: bytes


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One entry: the header, its 256 bytes, its hash, and the payloads. Made by :func:`seal`."""

    header: Header
    command: bytes
    events: bytes
    sealed: bytes
    packed: bytes
    hash: bytes


# what a store keeps of an entry: its number, the packed header, and the three payloads
Row = tuple[int, bytes, bytes, bytes, bytes]


def seal(
    previous_hash: bytes,
    sequence: int,
    instant: int,
    outcome: int,
    actor: str,
    command: bytes,
    events: bytes,
    sealed: bytes,
    rules: bytes,
    decide_version: int,
    parties: bytes = ZERO,
) -> Entry:
    """Close an entry onto the one before it.

    Args:
        previous_hash: hash of the entry before, ``ZERO`` for entry 0.
        sequence: dense, from 0.
        instant: microseconds UTC, never before the entry before.
        outcome: ``ACCEPTED`` or ``REFUSED``.
        actor: id of who asked; only its digest stands in the header.
        command, events: canonical bytes.
        sealed: ciphertext, or empty.
        rules: digest of 32 bytes.
        decide_version: number of the version of the code that decided.
        parties: root over the rows of each party, ``ZERO`` where there are none.

    Cost: one pass over the payloads.
    """
    assert outcome in OUTCOMES, f"outcome {outcome} of entry {sequence}"
    # a digest that is too short would be filled up in silence
    assert len(previous_hash) == len(rules) == len(parties) == DIGEST_BYTES
    assert len(command) <= PAYLOAD_BYTES_MAX >= len(events), f"payloads of entry {sequence}"
    who = actor_digest(actor)
    asked = sha256(command).digest()
    done = sha256(events).digest() if events else EMPTY_DIGEST
    hidden = sha256(sealed).digest() if sealed else ZERO
    # spelled out twice: spreading a tuple into both calls takes as long as a hash
    packed = LAYOUT.pack(
        MAGIC, sequence, instant, outcome, PADDING, decide_version,
        who, asked, done, hidden, rules, parties, previous_hash,
    )  # fmt: skip
    header = Header(
        sequence, instant, outcome, decide_version,
        who, asked, done, hidden, rules, parties, previous_hash,
    )  # fmt: skip
    return Entry(header, command, events, sealed, packed, sha256(b"\0" + packed).digest())


def open_header(packed: bytes) -> Header | None:
    """The header behind its 256 bytes, or None where they are none; payloads are not needed."""
    if len(packed) != HEADER_BYTES:
        return None
    (
        magic, sequence, instant, outcome, padding, decide_version,
        who, asked, done, hidden, rules, parties, before,
    ) = LAYOUT.unpack(packed)  # fmt: skip
    if magic != MAGIC or padding != PADDING or outcome not in OUTCOMES:
        return None
    return Header(
        sequence, instant, outcome, decide_version,
        who, asked, done, hidden, rules, parties, before,
    )  # fmt: skip


def header_hash(packed: bytes) -> bytes:
    """SHA-256 of a zero byte and the header: the leaf hash of RFC 6962."""
    return sha256(b"\0" + packed).digest()


@lru_cache(maxsize=4096)
def actor_digest(actor: str) -> bytes:
    """SHA-256 of an actor's id."""
    return sha256(actor.encode()).digest()


def is_sealed_as_said(sealed: bytes, said: bytes) -> bool:
    """Whether sealed items are those of the digest in a header.

    Where they are gone the header stands all the same: whether they may be gone, since their keys
    were erased, is told by the events and not by a hash.
    """
    return not sealed or sha256(sealed).digest() == said


def row_of(entry: Entry) -> Row:
    """What a store keeps."""
    return (
        entry.header.sequence,
        entry.packed,
        entry.command,
        entry.events,
        entry.sealed,
    )


def open_row(row: Row, sequence: int, previous: bytes, not_before: int) -> Entry | None:
    """The entry behind a stored row, or None where the row does not say what it must.

    Checks everything that a row and the entry before it can tell: kinds, number, magic, padding,
    outcome, the digest of each payload, the hold on the entry before, and time not running back.
    """
    number, packed, command, events, sealed = row
    if not type(packed) is type(command) is type(events) is type(sealed) is bytes:
        return None
    if len(packed) != HEADER_BYTES or number != sequence:
        return None
    (
        magic, own, instant, outcome, padding, decide_version,
        who, asked, done, hidden, rules, parties, before,
    ) = LAYOUT.unpack(packed)  # fmt: skip
    holds = (
        magic == MAGIC
        and padding == PADDING
        and own == sequence
        and outcome in OUTCOMES
        and before == previous
        and instant >= not_before
        and asked == sha256(command).digest()
        and done == (sha256(events).digest() if events else EMPTY_DIGEST)
        and (not sealed or hidden == sha256(sealed).digest())
    )
    if not holds:
        return None
    header = Header(
        own, instant, outcome, decide_version,
        who, asked, done, hidden, rules, parties, before,
    )  # fmt: skip
    return Entry(header, command, events, sealed, packed, sha256(b"\0" + packed).digest())


def check_batch(entries: list[Entry], size: int, last_hash: bytes, last_instant: int) -> None:
    """Assert that a batch goes on where the journal ends: numbers dense, hashes chained.

    A batch that does not is an error of the writer, so this asserts and does not refuse.
    """
    for entry in entries:
        header = entry.header
        assert header.sequence == size, f"entry {header.sequence} where {size} is next"
        assert header.previous == last_hash, f"entry {size} does not hold on to the one before"
        assert header.instant >= last_instant, f"entry {size} is earlier than the one before"
        size += 1
        last_hash = entry.hash
        last_instant = header.instant

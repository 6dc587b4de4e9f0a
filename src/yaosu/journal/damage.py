"""Damage: checked reading, and naming the place where a stored bit is not what it was."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from yaosu.journal.chain import (
    FIELDS,
    HEADER_BYTES,
    LAYOUT,
    ZERO,
    Entry,
    Row,
    header_hash,
    is_sealed_as_said,
    open_row,
)
from yaosu.journal.merkle import Tree
from yaosu.journal.store import Head, Store
from yaosu.kernel.canonical import digest
from yaosu.kernel.numbers import INT64_MIN
from yaosu.kernel.refusal import Refusal

HEAD = "the head row"
INDEX = "the index of keys"


def checked_entries(store: Store, first: int = 0, last: int | None = None) -> Iterator[Entry]:
    """Entries ``first`` to ``last``, each re-hashed and held against its neighbours.

    Only the neighbour above can vouch for a header, so an entry is given out after that one was
    looked at: who takes the first and goes away has a checked one too.

    Raises:
        Refusal: `journal.damaged`, naming the entry and what of it.
    """
    end = store.size if last is None else min(last + 1, store.size)
    first = max(first, 0)
    if first >= end:
        return
    previous = ZERO if first == 0 else next(store.hashes(first - 1, first - 1), b"")
    expected, instant = first, INT64_MIN
    below: Entry | None = None
    for row in store.rows(first, end - 1):
        entry = open_row(row, expected, previous, instant)
        if entry is None:
            raise name_damage(store, expected)
        expected, previous, instant = expected + 1, entry.hash, entry.header.instant
        if below is not None:
            yield below
        below = entry
    if below is None or expected != end or previous != hash_held_by_next(store, end - 1):
        raise name_damage(store, min(expected, end - 1))
    yield below


def name_damage(store: Store, sequence: int) -> Refusal:
    """Say what is wrong, where the reading up to entry ``sequence`` found that something is."""
    row = _row(store, sequence)
    if row is None:
        reached = next(store.hashes(sequence - 1, sequence - 1), None) if sequence else ZERO
        if reached == store.head().last_hash:
            return damaged(store.name, HEAD, f"its size, {store.size}: there are fewer entries")
        return entry_damaged(store, sequence, "no row has this number")
    if sequence == store.size - 1 and _row(store, sequence + 1) is not None:
        return damaged(store.name, HEAD, f"its size, {store.size}: there are more entries")
    flaw = _flaw(row, sequence)
    wanted = hash_held_by_next(store, sequence)
    if flaw is None and sequence > 0:
        before = _row(store, sequence - 1)
        held = _held(row)
        if before is not None and _hash(before) != held and _hash(row) == wanted:
            return entry_damaged(store, sequence - 1, _header_flaw(before[1], held))
    if _hash(row) == wanted:
        return entry_damaged(store, sequence, flaw or "earlier than the entry before it")
    if isinstance(row[1], bytes) and _bits_apart(_hash(row), wanted) == 1:
        if sequence == store.size - 1:
            return damaged(store.name, HEAD, "its last hash")
        return entry_damaged(store, sequence + 1, "header field previous")
    return entry_damaged(store, sequence, _header_flaw(row[1], wanted))


def check_counts(store: Store, entries: tuple[Any, ...], keys: int) -> None:
    """Raise `journal.damaged` where the rows of a database are not as many as head and index say.

    Args:
        store: the store.
        entries: count, lowest and highest number of its entries.
        keys: count of the keys in its index.
    """
    size = store.head().size
    count, lowest, highest = entries
    if (count, lowest, highest) != ((size, 0, size - 1) if size else (0, None, None)):
        what = f"{count} rows from {lowest} to {highest}, but the head says {size} entries"
        raise damaged(store.name, "the entries", what)
    indexed = store.indexed
    if not 0 <= indexed == keys <= size:
        what = f"it says {indexed} entries and has {keys} keys of {size} entries"
        raise damaged(store.name, INDEX, what)


def check_head(store: Store, head: Head) -> None:
    """What the head row alone can tell: peaks against root, and its hold on the last entry."""
    if len(head.peaks) != 32 * head.size.bit_count():
        raise damaged(store.name, HEAD, "its size or its peaks")
    if Tree(head.size, head.peaks).root() != head.root:
        raise damaged(store.name, HEAD, "its peaks or its root")
    if head.size == 0:
        if head.last_hash != ZERO:
            raise damaged(store.name, HEAD, "its last hash")
        return
    if next(store.hashes(head.size - 1, head.size - 1), b"") != head.last_hash:
        raise name_damage(store, head.size - 1)


def damaged(path: str, position: str, what: str) -> Refusal:
    """The refusal `journal.damaged`."""
    return Refusal("journal.damaged", path=path, position=position, what=what)


def entry_damaged(store: Store, sequence: int, what: str) -> Refusal:
    """The refusal `journal.damaged` at an entry."""
    return Refusal(
        "journal.damaged",
        path=store.name,
        position=f"entry {sequence}",
        entry=sequence,
        what=what,
    )


def _row(store: Store, sequence: int) -> Row | None:
    return next(store.rows(sequence, sequence), None)


def _held(row: Row) -> bytes:
    """The hash of the entry before, as this row remembers it."""
    return row[1][224:256] if type(row[1]) is bytes else b""


def _hash(row: Row) -> bytes:
    return header_hash(row[1]) if isinstance(row[1], bytes) else b""


def hash_held_by_next(store: Store, sequence: int) -> bytes:
    """The hash of entry ``sequence`` as its neighbour above, or the head, remembers it."""
    head = store.head()  # size and hash of one moment, for a journal that grows meanwhile
    if sequence == head.size - 1:
        return head.last_hash
    above = _row(store, sequence + 1)
    return _held(above) if above is not None else b""


def _flaw(row: Row, sequence: int) -> str | None:
    """What of a row contradicts the rest of it."""
    number, packed, command, events, sealed = row
    if type(packed) is not bytes or len(packed) != HEADER_BYTES:
        return "header is not 256 bytes"
    for name, payload in (("command", command), ("events", events), ("sealed", sealed)):
        if type(payload) is not bytes:
            return f"payload {name} is not bytes"
    names = (name for name, _, _ in FIELDS)
    said = dict(zip(names, LAYOUT.unpack(packed), strict=True))
    if number != sequence or said["sequence"] != sequence:
        return "its number"
    if digest(command) != said["command digest"]:
        return "payload command"
    if digest(events) != said["events digest"]:
        return "payload events"
    if not is_sealed_as_said(sealed, said["sealed digest"]):
        return "payload sealed"
    return None


def _header_flaw(packed: bytes, wanted: bytes) -> str:
    """The field of the one flipped bit, found by flipping each back; 2,048 hashes at most."""
    if not isinstance(packed, bytes) or len(packed) != HEADER_BYTES:
        return "header is not 256 bytes"
    trial = bytearray(b"\0" + packed)
    for bit in range(8 * HEADER_BYTES):
        trial[1 + bit // 8] ^= 1 << bit % 8
        found = sha256(trial).digest()
        trial[1 + bit // 8] ^= 1 << bit % 8
        if found == wanted:
            name = next(name for name, first, end in FIELDS if first <= bit // 8 < end)
            return f"header field {name} (bit {bit % 8} of byte {bit // 8})"
    return "header"


def _bits_apart(one: bytes, other: bytes) -> int:
    if len(one) != len(other):
        return -1
    return sum((a ^ b).bit_count() for a, b in zip(one, other, strict=True))

"""What a copy knows about itself: of which journal, up to where, and that it may not be written.

The mark is a note, put down before the first entry of the copy. It names the size that the copy
will have, so a copy that has less is unfinished, and one that has more was promoted: the first
entry beyond the copied ones says by whom, and nothing else may write that one.
"""

import msgspec

from yaosu.journal.damage import damaged
from yaosu.journal.store import Store
from yaosu.kernel import canonical
from yaosu.kernel.refusal import refuse, refuse_unless

COPIED = "copied"
RETIRED = "retired"


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """The mark of a copy.

    Attributes:
        journal: hash of entry 0: what the original and all its copies have in common.
        kind: ``backup``, ``restore`` or ``copy``.
        original: name of the store that was being written, as it was known there.
        source: name of the store from which this copy was read.
        size: how many entries were copied.
        last_hash: of the last one.
        root: Merkle root over them.
    """

    journal: bytes
    kind: str
    original: str
    source: str
    size: int
    last_hash: bytes
    root: bytes


class Retired(msgspec.Struct, frozen=True, kw_only=True):
    """The mark of an original that is never to be written again: which copy goes on."""

    successor: str
    statement: str


def read_copied(store: Store) -> Copied | None:
    """The mark, or None where the journal is no copy."""
    note = store.notes().get(COPIED)
    return None if note is None else canonical.decode(note, Copied)


def mark_copied(store: Store, mark: Copied) -> None:
    """Put the mark down. Durable on return."""
    store.note(COPIED, canonical.encode(mark))


def read_retired(store: Store) -> Retired | None:
    """The mark, or None where the journal was not retired."""
    note = store.notes().get(RETIRED)
    return None if note is None else canonical.decode(note, Retired)


def mark_retired(store: Store, mark: Retired) -> None:
    """Put the mark down. Durable on return."""
    store.note(RETIRED, canonical.encode(mark))


def check_whole(store: Store) -> None:
    """Return unless this is a copy that was never finished, or not of what its mark says.

    Raises:
        Refusal: `journal.unfinished_copy`, `journal.damaged`.
    """
    mark = read_copied(store)
    if mark is None:
        return
    size = store.size
    refuse_unless(
        size >= mark.size,
        "journal.unfinished_copy",
        path=store.name,
        found=size,
        expected=mark.size,
    )
    if first_hash(store) != mark.journal or hash_at(store, mark.size - 1) != mark.last_hash:
        raise damaged(store.name, f"note {COPIED!r}", "it does not fit the entries")


def first_hash(store: Store) -> bytes:
    """Hash of entry 0, by which a journal and all its copies are known; empty where none is."""
    return hash_at(store, 0)


def hash_at(store: Store, sequence: int) -> bytes:
    """Hash of an entry; empty where there is none."""
    return next(store.hashes(sequence, sequence), b"")


def check_may_go_on(store: Store) -> None:
    """Return if entries may be added here: no copy that waits for its promotion, not retired.

    Raises:
        Refusal: `journal.unfinished_copy`, `journal.is_a_copy`, `journal.retired`.
    """
    check_whole(store)
    mark = read_copied(store)
    if mark is not None:
        refuse_unless(
            store.size > mark.size, "journal.is_a_copy", path=store.name, original=mark.original
        )
    retired = read_retired(store)
    if retired is not None:
        refuse("journal.retired", path=store.name, successor=retired.successor)

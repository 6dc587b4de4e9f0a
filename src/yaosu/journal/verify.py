"""Verify: read everything again, hash it again, and say that it fits or where it does not."""

from collections.abc import Callable

import msgspec

from yaosu.journal.copied import check_whole
from yaosu.journal.damage import HEAD, check_head, damaged
from yaosu.journal.merkle import Tree
from yaosu.journal.store import Store

PROGRESS_EVERY = 1024


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """A journal that fits together. Instants in microseconds UTC, None where it is empty."""

    entries: int
    root: bytes
    last_hash: bytes
    first_instant: int | None
    last_instant: int | None


def verify(store: Store, on_progress: Callable[[int, int], None] | None = None) -> Verified:
    """Re-hash every payload, follow the chain, rebuild the tree, compare the head.

    Args:
        store: any store; a journal that is being written is seen as it was at one moment.
        on_progress: called with (entries done, entries in all) now and then and at the end.

    What this proves: the journal is what its last hash and root say. Whether those are the ones
    that were once given out, a receipt, a proof or a copy of the root tells.

    Raises:
        Refusal: `journal.damaged` with the position and what is wrong there;
            `journal.unfinished_copy`.

    Cost: one reading of everything; O(log n) space besides the largest entry.
    """
    with store.snapshot():
        check_whole(store)
        head = store.head()
        tree = Tree()
        hashes: list[bytes] = []
        first_instant = last_instant = None
        for entry in store.read():
            hashes.append(entry.hash)
            last_instant = entry.header.instant
            if first_instant is None:
                first_instant = last_instant
            if len(hashes) == PROGRESS_EVERY:
                tree.extend(hashes)
                hashes.clear()
                if on_progress is not None:
                    on_progress(tree.size, head.size)
        tree.extend(hashes)
        if tree.size != head.size:
            raise damaged(store.name, HEAD, "its size")
        if tree.peaks != head.peaks:
            alike = len(tree.peaks) == len(head.peaks)
            raise damaged(store.name, HEAD, "its peaks" if alike else "its size or its peaks")
        if tree.root() != head.root:
            raise damaged(store.name, HEAD, "its root")
        check_head(store, head)
        store.check()
    if on_progress is not None:
        on_progress(head.size, head.size)
    return Verified(
        entries=head.size,
        root=head.root,
        last_hash=head.last_hash,
        first_instant=first_instant,
        last_instant=last_instant,
    )

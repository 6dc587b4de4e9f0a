"""Verify: read everything again, hash it again, and say that it fits or where it does not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from yaosu.journal.chain import Entry
from yaosu.journal.copied import check_whole
from yaosu.journal.damage import HEAD, check_head, damaged
from yaosu.journal.many import checked_hashes
from yaosu.journal.merkle import Tree
from yaosu.journal.store import Head, Store

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
    reading = Verification(store, on_progress)
    with reading.whole():
        for hashes, first, last in checked_hashes(store):
            reading.take(hashes, first, last)
    return reading.found


class Verification:
    """One reading of a whole journal, for whoever wants to look at the entries on the way.

    Args:
        store: any store.
        on_progress: as for :func:`verify`.
        at_start, at_end: called at the same moment of the journal, before the first entry and
            after the last.

    Attributes:
        found: what the journal is; only after the last of it was read.
    """

    found: Verified

    def __init__(
        self,
        store: Store,
        on_progress: Callable[[int, int], None] | None = None,
        at_start: Callable[[], None] = lambda: None,
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._on_progress = on_progress
        self._at_start = at_start
        self._at_end = at_end
        self._tree = Tree()
        self._size = 0
        self._instants: tuple[int, int] | None = None

    def entries(self) -> Iterator[Entry]:
        """Every entry, hashed again and held against its neighbours; at the end tree and head.

        Raises:
            Refusal: `journal.damaged`, `journal.unfinished_copy`.
        """
        with self.whole():
            hashes: list[bytes] = []
            first = last = 0
            for entry in self._store.read():
                yield entry
                last = entry.header.instant
                first = first if hashes else last
                hashes.append(entry.hash)
                if len(hashes) == PROGRESS_EVERY:
                    self.take(hashes, first, last)
                    hashes = []
            if hashes:
                self.take(hashes, first, last)

    @contextmanager
    def whole(self) -> Iterator[None]:
        """One moment of the journal, all of whose entries are taken inside; then the head."""
        store = self._store
        with store.snapshot():
            check_whole(store)
            head = store.head()
            self._size = head.size
            self._at_start()
            yield
            self._check_head(self._tree, head)
            store.check()
            self._at_end()
        self._progress(head.size)
        first, last = self._instants or (None, None)
        self.found = Verified(
            entries=head.size,
            root=head.root,
            last_hash=head.last_hash,
            first_instant=first,
            last_instant=last,
        )

    def take(self, hashes: list[bytes], first: int, last: int) -> None:
        """The hashes of the next entries, with the instants of the first and the last of them."""
        self._tree.extend(hashes)
        self._instants = (first if self._instants is None else self._instants[0], last)
        if self._tree.size < self._size:
            self._progress(self._tree.size)

    def _check_head(self, tree: Tree, head: Head) -> None:
        name = self._store.name
        if tree.size != head.size:
            raise damaged(name, HEAD, "its size")
        if tree.peaks != head.peaks:
            alike = len(tree.peaks) == len(head.peaks)
            raise damaged(name, HEAD, "its peaks" if alike else "its size or its peaks")
        if tree.root() != head.root:
            raise damaged(name, HEAD, "its root")
        check_head(self._store, head)

    def _progress(self, done: int) -> None:
        if self._on_progress is not None:
            self._on_progress(done, self._size)

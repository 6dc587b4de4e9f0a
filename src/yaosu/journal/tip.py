"""The tip of a journal: what its writer has to know to go on, besides where it is kept."""

import msgspec

from yaosu.journal.chain import ZERO, Entry, check_batch
from yaosu.journal.merkle import Tree
from yaosu.journal.store import Head, Store
from yaosu.kernel.numbers import INT64_MIN


class Tip(msgspec.Struct, frozen=True):
    """Where a journal ends; a batch more is another tip, so a failure leaves this one as it was.

    Attributes:
        tree: over all entries.
        last_hash: of the last entry, ``ZERO`` where there is none.
        last_instant: its instant, microseconds UTC; the least number where there is none.
    """

    tree: Tree
    last_hash: bytes = ZERO
    last_instant: int = INT64_MIN

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self.tree.size

    @property
    def head(self) -> Head:
        """What a store keeps of it."""
        return Head(self.tree.size, self.last_hash, self.tree.peaks, self.tree.root())

    def grown(self, batch: list[Entry]) -> "Tip":
        """The tip after a batch, which is not empty and must go on from here (asserted)."""
        check_batch(batch, self.size, self.last_hash, self.last_instant)
        tree = self.tree.copy()
        tree.extend([entry.hash for entry in batch])
        return Tip(tree, batch[-1].hash, batch[-1].header.instant)


def tip_of(store: Store, head: Head) -> Tip:
    """The tip behind a head that was checked; reads the last entry."""
    last = next(store.read(head.size - 1), None) if head.size else None
    instant = INT64_MIN if last is None else last.header.instant
    return Tip(Tree(head.size, head.peaks), head.last_hash, instant)

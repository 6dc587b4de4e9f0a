"""Rows of entries that anybody may be shown, each with its way to the header of its entry.

In the trie over the parties of an entry they are the rows of a party that nobody is, `EVERYBODY`
(:mod:`yaosu.rows`). The way to a leaf depends on how many rows each party of the entry had before;
so the entries are counted once, in order, and what is met on the way is kept.
"""

from collections import OrderedDict
from collections.abc import Sequence

from msgspec import Struct

from yaosu.core import ENGINE_KEY
from yaosu.engine.party_roots import party_leaves
from yaosu.engine.recovery import events_of
from yaosu.journal.chain import Entry
from yaosu.journal.party_trie import Leaf, trie_path
from yaosu.journal.store import Store
from yaosu.kernel import canonical
from yaosu.kernel.words import Event, tag_of
from yaosu.rows import EVERYBODY, OWNERS, count_rows, party_key

ENTRIES_AT_ONCE = 5_000  # counted in one go
WAYS_KEPT = 10_000
SHOWN = tuple(kind for kind, places in OWNERS.items() if "shown_to" in places)


class PublicWay(Struct, frozen=True):
    """The leaf of everybody in an entry, and the hashes beside its way, topmost first."""

    leaf: Leaf
    way: tuple[bytes, ...]


class PublicRows:
    """Counts the entries of a journal, and keeps the ways met; for one thread at a time.

    Attributes:
        size: entries counted so far.
    """

    def __init__(self) -> None:
        self.size = 0
        self._counts: dict[str, int] = {}
        self._ways: OrderedDict[int, PublicWay] = OrderedDict()

    def way(self, store: Store, sequence: int) -> PublicWay | None:
        """The way of an entry; None where it has no such rows, or where it is not reached yet.

        Cost: at most ENTRIES_AT_ONCE entries are read; whoever asks again gets further.
        """
        last = min(store.size, self.size + ENTRIES_AT_ONCE) - 1
        if sequence not in self._ways and self.size <= last:
            for entry in store.read(self.size, last):
                self._take(entry)
        return self._ways.get(sequence)

    def _take(self, entry: Entry) -> None:
        header, events = entry.header, events_of(entry)
        count_rows(self._counts, None if header.actor == ENGINE_KEY else header.actor, events)
        self.size = header.sequence + 1
        if any(isinstance(event, SHOWN) for event in events):
            self._ways[header.sequence] = _way(self._counts, entry, events)
            while len(self._ways) > WAYS_KEPT:
                self._ways.popitem(last=False)


def _way(counts: dict[str, int], entry: Entry, events: Sequence[Event]) -> PublicWay:
    key = party_key(EVERYBODY)
    leaves = [leaf for leaf, _ in party_leaves(counts, entry.header.actor, events, entry.events)]
    way, place = trie_path(sorted((leaf.key, leaf.hash) for leaf in leaves), key)
    assert place is not None, "what everybody is shown has a leaf"
    return PublicWay(next(leaf for leaf in leaves if leaf.key == key), tuple(way))


def public_bytes(events: Sequence[Event]) -> bytes:
    """Canonical bytes of what everybody may be shown of an entry; empty where that is nothing."""
    pieces = [
        (number, tag_of(event), "shown_to", event)
        for number, event in enumerate(events, 1)
        if isinstance(event, SHOWN)
    ]
    return canonical.encode(pieces) if pieces else b""

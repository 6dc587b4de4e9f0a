"""Published rounds with their proofs: what is given out, and what is kept to give it out again.

A file holds what everybody may see of one entry with a round of a call auction, and the two ways
that lead from it to the venue's signed checkpoint: in the trie over the parties of the entry, and
in the tree of entries (docs/reference/results.md).
"""

from base64 import b64encode
from collections import OrderedDict

from msgspec import Struct

from yaosu.engine.public_rows import PublicRows, public_bytes
from yaosu.engine.recovery import events_of
from yaosu.journal.live_log import LiveLog
from yaosu.journal.store import Store

ENTRIES_KEPT = 50


class RoundFile(Struct, frozen=True, kw_only=True):
    """A published round and its proof; bytes in base64.

    Attributes:
        sequence: of the entry that holds it.
        header: of the entry, 256 bytes.
        rows: what the entry holds for everybody, canonical bytes: pieces as in a proof of a
            party's rows, each with one event ``markets.round_published/1``.
        salt, before, here: of the leaf of everybody; empty and 0 where the way is not known yet.
        way: hashes beside the way from the leaf up to the header's field ``parties``, topmost
            first; none while the server still counts its entries.
        counted, entries: how many of how many entries are counted for that.
        inclusion: hashes from the header's leaf up to the root of the checkpoint.
        checkpoint: signed; empty where the venue signs none.
    """

    format: str = "yaosu round proof 1"
    digest: str = "SHA-256"
    market: str
    round: int
    sequence: int
    header: str
    rows: str
    salt: str = ""
    before: int = 0
    here: int = 0
    way: tuple[str, ...] | None = None
    counted: int
    entries: int
    inclusion: tuple[str, ...] = ()
    checkpoint: str = ""


class Results:
    """What was read of entries with published rounds; for one thread at a time."""

    def __init__(self) -> None:
        self._rows = PublicRows()
        self._kept: OrderedDict[int, tuple[str, str]] = OrderedDict()  # header, rows

    def file(
        self, store: Store, log: LiveLog | None, market: str, number: int, sequence: int
    ) -> RoundFile | None:
        """The file of a round in this entry; None where the entry publishes none.

        Cost: of the first asking the entry is read, and up to some thousand others are counted.
        """
        header, rows = self._entry(store, sequence)
        if not rows:
            return None
        found = self._rows.way(store, sequence)
        leaf = None if found is None else found.leaf
        note = "" if log is None else log.checkpoint()
        return RoundFile(
            market=market,
            round=number,
            sequence=sequence,
            header=header,
            rows=rows,
            salt="" if leaf is None else _text(leaf.salt),
            before=0 if leaf is None else leaf.before,
            here=0 if leaf is None else leaf.here,
            way=None if found is None else tuple(_text(node) for node in found.way),
            counted=self._rows.size,
            entries=store.size,
            inclusion=() if log is None else tuple(_text(n) for n in log.inclusion(sequence)),
            checkpoint=note,
        )

    def _entry(self, store: Store, sequence: int) -> tuple[str, str]:
        kept = self._kept.get(sequence)
        if kept is None:
            (entry,) = store.read(sequence, sequence)
            events = events_of(entry)
            rows = public_bytes(events)
            kept = self._kept[sequence] = (_text(entry.packed), _text(rows))
            while len(self._kept) > ENTRIES_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(sequence)
        return kept


def _text(data: bytes) -> str:
    return b64encode(data).decode()

"""The log of a journal as it grows: every file of C2SP tlog-tiles made when it is asked for.

Kept in memory are the right edge of the tree and one hash for 256 entries; the rest is read from
the store. Nothing is given out beyond the last checkpoint, and no checkpoint is signed that does
not continue the one before.
"""

import re
from collections.abc import Callable
from typing import Protocol

from yaosu.journal.chain import Entry, header_hash
from yaosu.journal.checkpoint import check_continues, make_checkpoint, parse_checkpoint
from yaosu.journal.damage import HEAD, damaged
from yaosu.journal.merkle import Tree, inclusion_spans, root_of
from yaosu.journal.store import Store
from yaosu.journal.tiles import LENGTH_BYTES, WIDTH, tile_path
from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.signed_note import SigningKey

PATH = re.compile(
    r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/){0,6}[0-9]{3})(\.p/[0-9]{1,3})?"
)


class Watch(Protocol):
    """Looks at every entry before a checkpoint over it is signed."""

    def take(self, entry: Entry) -> None:
        """The next entry, from the first on."""
        ...

    def check(self) -> None:
        """Refuse where the key may sign no checkpoint over the entries taken so far."""
        ...


class LiveLog:
    """The files of a log. One thread at a time.

    Args:
        store: the journal; may grow meanwhile.
        key: signs the checkpoints.
        watch: says whether the key may sign.
        kept: the last checkpoint that was signed for this journal, or None.
        keep: puts a checkpoint away before it is given out.
    """

    def __init__(
        self,
        store: Store,
        key: SigningKey,
        watch: Watch,
        kept: str | None = None,
        keep: Callable[[str], None] = lambda note: None,
    ) -> None:
        self._store = store
        self._key = key
        self._watch = watch
        self._keep = keep
        self._tree = Tree()
        self._leaves: list[bytes] = []  # of the tile that is not full yet
        self._full: list[list[bytes]] = []  # level 1 and up: a hash for each full tile below
        self._note = ""
        self._signed = 0  # entries under the last checkpoint that was given out
        if kept is not None:
            check_continues(store, parse_checkpoint(kept))

    @property
    def vkey(self) -> str:
        """The verifier key of the checkpoints, in one line."""
        return self._key.verifier.text

    @property
    def signing_key(self) -> SigningKey:
        """The key itself, for what else the venue signs; ask for a checkpoint first."""
        return self._key

    @property
    def size(self) -> int:
        """How many entries the last checkpoint has."""
        return self._signed

    def root(self, size: int) -> bytes:
        """The root over the first entries, no more of them than the last checkpoint has.

        Cost: one hash for 256 entries.
        """
        assert 0 < size <= self._signed, size
        full, rest = divmod(size, WIDTH)
        nodes = self._full[0][:full] if full else []
        if rest:
            nodes = [*nodes, root_of(self._store.hashes(full * WIDTH, size - 1))]
        return root_of(nodes)

    def inclusion(self, sequence: int) -> list[bytes]:
        """The hashes that lead from an entry to the root under the last checkpoint.

        Cost: the hashes of three tiles, and one hash for 256 entries.
        """
        assert 0 <= sequence < self._signed, sequence
        return [self._subtree(*span) for span in inclusion_spans(sequence, self._signed)]

    def _subtree(self, first: int, end: int) -> bytes:
        """The root over entries first to end: a full tile or more begins where a tile does."""
        if end - first <= WIDTH:
            return root_of(self._store.hashes(first, end - 1))
        full = end // WIDTH
        nodes = self._full[0][first // WIDTH : full]
        if end % WIDTH:
            nodes = [*nodes, root_of(self._store.hashes(full * WIDTH, end - 1))]
        return root_of(nodes)

    def checkpoint(self) -> str:
        """A signed checkpoint over all that is there now.

        Raises:
            Refusal: `journal.damaged`, and what ``watch`` refuses.
        """
        store = self._store
        with store.snapshot():
            head = store.head()
            if self._note and head.size == self._tree.size:
                return self._note
            tree = self._tree.copy()
            fresh: list[bytes] = []
            for entry in store.read(tree.size, head.size - 1):
                self._watch.take(entry)
                fresh.append(entry.hash)
            tree.extend(fresh)
            if (tree.size, tree.root()) != (head.size, head.root):
                raise damaged(store.name, HEAD, "it does not continue what it was")
        self._tree = tree
        self._note = ""
        for leaf in fresh:
            self._add(leaf)
        self._watch.check()
        note = make_checkpoint(head.size, head.root, self._key)
        self._keep(note)
        self._note, self._signed = note, head.size
        return note

    def file(self, path: str) -> bytes | None:
        """The tile or bundle at a path, or None where there is none under the last checkpoint."""
        matched = PATH.fullmatch(path)
        if matched is None:
            return None
        kind, groups, part = matched.groups()
        level = 0 if kind == "entries" else int(kind)
        index = int(groups.replace("x", "").replace("/", ""))
        width = WIDTH if part is None else int(part[3:])
        first = index * WIDTH
        if not 1 <= width <= WIDTH or first + width > self._signed >> 8 * level:
            return None
        if tile_path(kind, index, width) != path:  # each file has one name
            return None
        if kind == "entries":
            return self._bundle(first, first + width)
        if level == 0:
            return b"".join(self._store.hashes(first, first + width - 1))
        return b"".join(self._full[level - 1][first : first + width])

    def _bundle(self, first: int, end: int) -> bytes:
        """Headers, each one held against the hash that the store gives for it."""
        parts = []
        rows = self._store.rows(first, end - 1)
        for row, wanted in zip(rows, self._store.hashes(first, end - 1), strict=True):
            packed = row[1]
            refuse_unless(
                header_hash(packed) == wanted,
                "journal.damaged",
                path=self._store.name,
                position=f"entry {row[0]}",
                what="header",
            )
            parts.append(len(packed).to_bytes(LENGTH_BYTES, "big") + packed)
        return b"".join(parts)

    def _add(self, leaf: bytes) -> None:
        self._leaves.append(leaf)
        if len(self._leaves) < WIDTH:
            return
        node = root_of(self._leaves)
        self._leaves.clear()
        for level in range(len(self._full) + 1):
            if level == len(self._full):
                self._full.append([])
            hashes = self._full[level]
            hashes.append(node)
            if len(hashes) % WIDTH:
                return
            node = root_of(hashes[-WIDTH:])

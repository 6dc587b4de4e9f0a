"""A store in memory, for tests and for questions that nobody wants kept."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from yaosu.journal.chain import Entry, Row, row_of
from yaosu.journal.damage import checked_entries
from yaosu.journal.merkle import Tree
from yaosu.journal.store import Head, check_keys
from yaosu.journal.tip import Tip


class MemoryStore:
    """The journal as a list. Durable as long as the process."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._tip = Tip(Tree())
        self._notes: dict[str, bytes] = {}
        self._first: dict[bytes, int] = {}  # key -> the first entry that has it
        self._keys: list[bytes] = []

    @property
    def name(self) -> str:
        """``memory``."""
        return "memory"

    @property
    def durability(self) -> str:
        """None."""
        return "in memory, gone with the process"

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self._entries)

    def append(self, entries: Sequence[Entry]) -> None:
        """Add a batch, whole or not at all."""
        batch = list(entries)
        if batch:
            self._tip = self._tip.grown(batch)
            self._entries += batch

    def read(self, first: int = 0, last: int | None = None) -> Iterator[Entry]:
        """Entries ``first`` to ``last``, both included, each one checked."""
        return checked_entries(self, first, last)

    def rows(self, first: int, last: int) -> Iterator[Row]:
        """What is stored, unchecked."""
        return (row_of(entry) for entry in self._entries[first : last + 1])

    def index(self, keys: Sequence[bytes]) -> None:
        """Take the keys of the next entries into the index."""
        check_keys(keys, self.indexed, self.size)
        for number, key in enumerate(keys, self.indexed):
            self._first.setdefault(key, number)
        self._keys += keys

    @property
    def indexed(self) -> int:
        """How many entries the index covers."""
        return len(self._keys)

    def find(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """For those of the keys that are in the index: number of the first entry that has it."""
        return {key: self._first[key] for key in keys if key in self._first}

    def index_rows(self) -> Iterator[tuple[bytes, int]]:
        """The whole index."""
        return ((key, number) for number, key in enumerate(self._keys))

    def clear_index(self) -> None:
        """Forget the index."""
        self._first, self._keys = {}, []

    def hashes(self, first: int, last: int) -> Iterator[bytes]:
        """The hashes of the headers."""
        return (entry.hash for entry in self._entries[first : last + 1])

    def last(self) -> tuple[int, bytes] | None:
        """Number and hash of the last entry."""
        return (self.size - 1, self._entries[-1].hash) if self._entries else None

    def head(self) -> Head:
        """Where the journal ends."""
        return self._tip.head

    def root(self) -> bytes:
        """The Merkle root over all entries."""
        return self._tip.tree.root()

    def drop_sealed(self, sequence: int) -> None:
        """Forget the sealed items of an entry."""
        self._entries[sequence] = replace(self._entries[sequence], sealed=b"")

    def note(self, name: str, value: bytes) -> None:
        """Keep a small fact about the journal itself."""
        self._notes[name] = value

    def notes(self) -> dict[str, bytes]:
        """All notes, by name."""
        return dict(sorted(self._notes.items()))

    def snapshot(self) -> AbstractContextManager[None]:
        """One thread at a time: nothing moves while it reads."""
        return nullcontext()

    def check(self) -> None:
        """A list has nothing more to examine."""

    def close(self) -> None:
        """Nothing to let go of."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

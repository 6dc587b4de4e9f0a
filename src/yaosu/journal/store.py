"""What every store of the journal can do. The suite is tests/conformance/test_stores.py."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

import msgspec

from yaosu.journal.chain import Entry, Row

KEY_BYTES = 16  # of a key in the index: the first bytes of a digest, too many to be made to collide


class Head(msgspec.Struct, frozen=True):
    """Where a journal ends: its size, the hash of its last entry, the tree's peaks and root."""

    size: int
    last_hash: bytes
    peaks: bytes
    root: bytes


class Store(Protocol):
    """Keeps entries in order, for ever. One thread at a time; one writer at a time.

    What a store gives out has been checked: :meth:`read` re-hashes every payload and follows the
    chain, and refuses with `journal.damaged` where something does not fit.
    """

    @property
    def name(self) -> str:
        """Where it is kept: a path, or ``memory``."""
        ...

    @property
    def durability(self) -> str:
        """What keeps an acknowledged entry: the settings as they were read back at opening."""
        ...

    @property
    def size(self) -> int:
        """How many entries there are; the next one has this number."""
        ...

    def append(self, entries: Sequence[Entry]) -> None:
        """Add a batch, whole or not at all; on return it survives the loss of the machine's power.

        Asserts that the batch goes on where the journal ends. After a failure nothing more can be
        written until the journal is opened again.

        Raises:
            Refusal: `journal.disk_full`, `journal.write_failed`, `journal.overtaken`,
                `journal.stopped`, `journal.read_only`.
        """
        ...

    def read(self, first: int = 0, last: int | None = None) -> Iterator[Entry]:
        """Entries ``first`` to ``last``, both included (None: up to the end), each one checked."""
        ...

    def rows(self, first: int, last: int) -> Iterator[Row]:
        """What is stored, unchecked, in order: for :meth:`read` and for `verify`.

        And for who passes over most entries at a glance, and reads the others.
        """
        ...

    def index(self, keys: Sequence[bytes]) -> None:
        """Take the keys of the next entries that have none yet into the index, in their order.

        The index says which entry answered a key; it is derived from the entries and can be made
        anew. Durable on return, all of them or none.

        Args:
            keys: ``KEY_BYTES`` bytes each, for the entries from number :attr:`indexed` on.
        """
        ...

    @property
    def indexed(self) -> int:
        """So many entries, from the first on, have their keys in the index."""
        ...

    def find(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """For those of the keys that are in the index: number of the first entry that has it."""
        ...

    def index_rows(self) -> Iterator[tuple[bytes, int]]:
        """The whole index as it is stored, unchecked, in any order: key and number of entry."""
        ...

    def clear_index(self) -> None:
        """Forget the index, so that it can be made anew."""
        ...

    def hashes(self, first: int, last: int) -> Iterator[bytes]:
        """The hashes of the headers ``first`` to ``last``, both included."""
        ...

    def last(self) -> tuple[int, bytes] | None:
        """Number and hash of the last entry; None where there is none."""
        ...

    def head(self) -> Head:
        """Where the journal says that it ends."""
        ...

    def root(self) -> bytes:
        """The Merkle root over all entries."""
        ...

    def drop_sealed(self, sequence: int) -> None:
        """Forget the sealed items of an entry; its header keeps their digest. Durable on return.

        Whoever asks has seen that their keys are erased; without that it is a fault (`verify`).
        """
        ...

    def note(self, name: str, value: bytes) -> None:
        """Keep a small fact about the journal itself, such as whose it is. Durable on return."""
        ...

    def notes(self) -> dict[str, bytes]:
        """All notes."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """Inside it, all readings see the journal as it was at one moment."""
        ...

    def check(self) -> None:
        """The container's own examination, beyond entries and head; `journal.damaged` or none."""
        ...

    def close(self) -> None:
        """Let go of it; safe to call twice."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


def check_keys(keys: Sequence[bytes], indexed: int, size: int) -> None:
    """Assert that keys are of their length and belong to entries that there are."""
    assert indexed + len(keys) <= size, f"{len(keys)} keys from entry {indexed}, of {size} entries"
    assert all(len(key) == KEY_BYTES for key in keys), "a key that is too short or too long"

"""Current rights by their names, and register entries by number: derived, never part of the state.

An index holds no names and no objects: for each right a link to the next one whose name has the
same hash. What is found is held against the right itself, so it is as true as the register.
"""

from abc import abstractmethod
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.kernel.packed import Packed, hash_of, hashes_of
from yaosu.kernel.probing import LARGE, NONE, link_anew, link_rows
from yaosu.kernel.room import Room, grown, room
from yaosu.rights.values import RegisterEntry, Right

HASH_MASK = (1 << 32) - 1
HEADS_FIRST = 1 << 8
NameOf = Callable[[Right], str]


class Index(Mapping[str, dict[str, bool]]):
    """Ids of current rights by one of their names, as keys, in order of the ids."""

    def __init__(self, rights: Packed[Right], name_of: NameOf) -> None:
        self._rights = rights
        self._name_of = name_of

    @abstractmethod
    def move(self, row: int, before: Right | None, right: Right) -> None:
        """A right has a new version; ``before`` is None for its first."""

    @abstractmethod
    def add_many(self, first: int, names: Sequence[str]) -> None:
        """Rights are new, none ended, in rows from ``first`` on, with these names."""

    @abstractmethod
    def rights_of(self, name: str) -> list[Right]:
        """The current rights of a name, by id."""

    def get(  # type: ignore[override]  # a name without rights has none
        self, key: str, default: dict[str, bool] | None = None
    ) -> dict[str, bool]:
        """Ids of a name's current rights; none where there are none."""
        return {right.id: True for right in self.rights_of(key)}

    def __getitem__(self, key: str) -> dict[str, bool]:
        found = self.get(key)
        if not found:
            raise KeyError(key)
        return found

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and bool(self.rights_of(key))

    def __iter__(self) -> Iterator[str]:
        names = {self._name_of(r): True for _, r in self._rights.rows() if r.end == 0}
        return iter(sorted(names))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Index)  # what it holds follows from the rights

    __hash__ = None  # type: ignore[assignment]  # it changes

    def canonical(self) -> dict[str, bool]:
        """Nothing: it is made anew from the rights."""
        return {}


class ByChanging(Index):
    """By a name that may change, such as the holder. About 18 bytes a right."""

    def __init__(self, rights: Packed[Right], name_of: NameOf) -> None:
        super().__init__(rights, name_of)
        self._size = 0  # rows; there is room for more
        self._heads = _heads(HEADS_FIRST)
        self._hashes = room("I", HEADS_FIRST)
        self._after = room("i", HEADS_FIRST)
        self._before = room("i", HEADS_FIRST)

    def move(self, row: int, before: Right | None, right: Right) -> None:
        """A right has a new version."""
        if before is not None:
            same = (before.end == 0) == (right.end == 0)
            if same and self._name_of(before) == self._name_of(right):
                return
            if before.end == 0:
                self._unlink(row)
        self._link(row, right)

    def add_many(self, first: int, names: Sequence[str], current: Integers | None = None) -> None:
        """Rights are new, in rows from ``first`` on; ``current``: those that have not ended."""
        rows = np.arange(first, first + len(names)) if current is None else current
        self.add_hashed(first, hashes_of(names), rows)

    def add_hashed(self, first: int, hashes: Integers, rows: Integers) -> None:
        """The same, with the hashes of the names; ``rows``: of those that have not ended."""
        count = len(hashes)
        self._fill(first + count)
        lower = hashes.astype(np.uint32)
        np.frombuffer(self._hashes, np.uint32)[first : first + count] = lower
        while self._size > len(self._heads):
            self._grow()
        if self._size < LARGE:
            for row in rows.tolist():
                self._push(row)
        else:
            link_rows(*self._views(), rows)

    def _views(self) -> tuple[Array, Array, Array, Array]:
        chains = (self._after, self._before)
        after, before = (np.frombuffer(chain, np.int32) for chain in chains)
        return (
            np.frombuffer(self._heads, np.int32),
            np.frombuffer(self._hashes, np.uint32).view(np.int32),
            after,
            before,
        )

    def rights_of(self, name: str) -> list[Right]:
        """The current rights of a name, by id."""
        wanted = hash_of(name) & HASH_MASK
        row = self._heads[wanted & len(self._heads) - 1]
        found = []
        while row != NONE:
            if self._hashes[row] == wanted:
                _, right = self._rights.at(row)
                if right.end == 0 and self._name_of(right) == name:
                    found.append(right)
            row = self._after[row]
        return sorted(found, key=lambda right: right.id)

    def _link(self, row: int, right: Right) -> None:
        self._fill(row + 1)
        if right.end:
            return
        self._hashes[row] = hash_of(self._name_of(right)) & HASH_MASK
        if self._size > len(self._heads):
            self._grow()
        self._push(row)

    def _fill(self, rows: int) -> None:
        if rows > len(self._hashes):
            count = max(rows, 2 * len(self._hashes))
            self._hashes = grown(self._hashes, "I", count)
            self._after, self._before = (
                grown(chain, "i", count) for chain in (self._after, self._before)
            )
        for chain in (self._after, self._before) if rows > self._size else ():
            np.frombuffer(chain, np.int32)[self._size : rows] = NONE
        self._size = max(self._size, rows)

    def _push(self, row: int) -> None:
        head = self._hashes[row] & len(self._heads) - 1
        first = self._heads[head]
        self._after[row], self._before[row] = first, NONE
        if first != NONE:
            self._before[first] = row
        self._heads[head] = row

    def _unlink(self, row: int) -> None:
        after, before = self._after[row], self._before[row]
        if after != NONE:
            self._before[after] = before
        if before != NONE:
            self._after[before] = after
        else:
            self._heads[self._hashes[row] & len(self._heads) - 1] = after

    def _grow(self) -> None:
        """Twice the heads; every chain is linked anew."""
        old = self._heads
        self._heads = _heads(2 * len(old))
        if self._size >= LARGE:
            link_anew(np.frombuffer(old, np.int32), *self._views())
            return
        for first in old:
            row = first
            while row != NONE:
                following = self._after[row]
                self._push(row)
                row = following


class ByConstant(Index):
    """By a name that never changes, such as the kind. Four bytes a right, ended ones too."""

    def __init__(self, rights: Packed[Right], name_of: NameOf) -> None:
        super().__init__(rights, name_of)
        self._rows: dict[str, array[int]] = {}

    def move(self, row: int, before: Right | None, right: Right) -> None:
        """A right is new; later versions keep the name."""
        if before is None:
            self._rows.setdefault(self._name_of(right), array("i")).append(row)

    def add_many(self, first: int, names: Sequence[str]) -> None:
        """Rights are new, in rows from ``first`` on, ended ones too."""
        rows: dict[str, list[int]] = {}
        for row, name in enumerate(names, first):
            rows.setdefault(name, []).append(row)
        for name, mine in rows.items():
            self._rows.setdefault(name, array("i")).extend(mine)

    def fill(self) -> None:
        """All rights of the table, each asked for its name."""
        self.add_many(0, [self._name_of(right) for _, right in self._rights.rows()])

    def add_coded(self, names: Sequence[str], codes: Array) -> None:
        """All rights, from the first row on, ended ones too; codes are places in the names."""
        order = np.argsort(codes, kind="stable").astype(np.int32)
        ends = np.cumsum(np.bincount(codes, minlength=len(names)))
        for name, mine in zip(names, np.split(order, ends[:-1]), strict=True):
            self._rows[name] = array("i", mine.tobytes())

    def rights_of(self, name: str) -> list[Right]:
        """The current rights of a name, by id."""
        rows = (self._rights.at(row)[1] for row in self._rows.get(name, ()))
        return sorted((right for right in rows if right.end == 0), key=lambda right: right.id)


class ByNumber(Mapping[str, RegisterEntry]):
    """Register entries by registration number. Four bytes an entry.

    Numbers count on in each group, so a list of rows for each is enough. Entries that were there
    before are looked through when the first number is asked for: most journals are opened for
    something else.
    """

    def __init__(self, entries: Packed[RegisterEntry]) -> None:
        self._entries = entries
        self._rows: dict[str, array[int]] = {}
        self._is_filled = not entries

    def add_many(self, first: int, numbers: Iterable[str]) -> None:
        """Entries are new, in rows from ``first`` on, with these numbers."""
        if self._is_filled:
            self._add(first, numbers)

    def _add(self, first: int, numbers: Iterable[str]) -> None:
        for row, number in enumerate(numbers, first):
            group, _, running = number.rpartition("/")
            rows = self._rows.setdefault(group, array("i"))
            missing = int(running) - len(rows)
            if missing > 0:
                rows.frombytes(b"\xff" * (4 * missing))
            rows[int(running) - 1] = row

    def get(  # type: ignore[override]  # of text alone
        self, key: str, default: RegisterEntry | None = None
    ) -> RegisterEntry | None:
        """The entry with a registration number."""
        if not self._is_filled:
            self._is_filled = True
            self._add(0, (entry.number for _, entry in self._entries.rows()))
        group, _, running = key.rpartition("/")
        rows = self._rows.get(group, ())
        place = int(running) if running.isascii() and running.isdecimal() else 0
        if not 1 <= place <= len(rows):
            return default
        found = self._entries.at(rows[place - 1])[1]
        return found if found.number == key else default

    def __getitem__(self, key: str) -> RegisterEntry:
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return (entry.number for _, entry in self._entries.rows())

    def __len__(self) -> int:
        return len(self._entries)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByNumber)  # what it holds follows from the entries

    __hash__ = None  # type: ignore[assignment]  # it changes

    def canonical(self) -> dict[str, bool]:
        """Nothing: it is made anew from the entries."""
        return {}


def _heads(count: int) -> Room:
    made = room("i", count)
    np.frombuffer(made, np.int32)[:] = NONE
    return made

"""Current rights by holder, unit, instrument, kind and region: derived, never part of the state.

An index holds no names and no objects: for each right a link to the next one whose name has the
same hash. What is found is held against the right itself, so it is as true as the register.
"""

from abc import abstractmethod
from array import array
from collections.abc import Callable, Iterator, Mapping

from yaosu.kernel.packed import Packed, hash_of
from yaosu.rights.values import Right

NONE = -1
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
        self._heads = array("i", [NONE]) * HEADS_FIRST
        self._hashes = array("I")
        self._after = array("i")
        self._before = array("i")
        for row, (_, right) in enumerate(rights.rows()):
            self._link(row, right)

    def move(self, row: int, before: Right | None, right: Right) -> None:
        """A right has a new version."""
        if before is not None:
            same = (before.end == 0) == (right.end == 0)
            if same and self._name_of(before) == self._name_of(right):
                return
            if before.end == 0:
                self._unlink(row)
        self._link(row, right)

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
        while len(self._hashes) <= row:
            self._hashes.append(0)
            self._after.append(NONE)
            self._before.append(NONE)
        if right.end:
            return
        self._hashes[row] = hash_of(self._name_of(right)) & HASH_MASK
        if len(self._hashes) > len(self._heads):
            self._grow()
        self._push(row)

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
        linked = []
        for first in self._heads:
            row = first
            while row != NONE:
                linked.append(row)
                row = self._after[row]
        self._heads = array("i", [NONE]) * (2 * len(self._heads))
        for row in linked:
            self._push(row)


class ByConstant(Index):
    """By a name that never changes, such as the kind. Four bytes a right, ended ones too."""

    def __init__(self, rights: Packed[Right], name_of: NameOf) -> None:
        super().__init__(rights, name_of)
        self._rows: dict[str, array[int]] = {}
        for row, (_, right) in enumerate(rights.rows()):
            self.move(row, None, right)

    def move(self, row: int, before: Right | None, right: Right) -> None:
        """A right is new; later versions keep the name."""
        if before is None:
            self._rows.setdefault(self._name_of(right), array("i")).append(row)

    def rights_of(self, name: str) -> list[Right]:
        """The current rights of a name, by id."""
        rows = (self._rights.at(row)[1] for row in self._rows.get(name, ()))
        return sorted((right for right in rows if right.end == 0), key=lambda right: right.id)

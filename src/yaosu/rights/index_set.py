"""The five indexes of a register together: filled in bulk, and made anew when one is opened."""

from array import array
from collections.abc import Sequence
from typing import Self

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Integers
from yaosu.kernel.packed import Packed
from yaosu.rights.indexes import ByChanging, ByConstant
from yaosu.rights.values import Right, Unit


class RightNames(Struct, frozen=True, kw_only=True, gc=False):
    """What of a right its indexes are made of; the rest is not read."""

    holder: str
    unit: str
    instrument: str
    kind: str
    end: int = 0


class UnitRegion(Struct, frozen=True, kw_only=True, gc=False):
    """The same of a unit."""

    region: str


class Indexes(Struct):
    """The five indexes of a register."""

    by_holder: ByChanging
    by_unit: ByChanging
    by_instrument: ByChanging
    by_kind: ByConstant
    by_region: ByConstant

    @classmethod
    def of(cls, rights: Packed[Right], units: Packed[Unit]) -> Self:
        """The indexes of these rights."""
        noticed = Noticed()
        for page in rights.pages():
            noticed.rights(page[::2], page[1::2])
        for page in units.pages() if rights else ():
            noticed.units(page[::2], page[1::2])
        made = cls.empty(rights, units)
        noticed.fill(made)
        return made

    @classmethod
    def empty(cls, rights: Packed[Right], units: Packed[Unit]) -> Self:
        """Indexes of these tables in which nothing is yet."""
        return cls(
            by_holder=ByChanging(rights, lambda right: right.holder),
            by_unit=ByChanging(rights, lambda right: right.unit),
            by_instrument=ByChanging(rights, lambda right: right.instrument),
            by_kind=ByConstant(rights, lambda right: right.kind),
            by_region=ByConstant(rights, lambda right: units[right.unit].region),
        )

    def add(self, first: int, rights: Sequence[Right], regions: Sequence[str]) -> None:
        """Rights are new, in rows from ``first`` on; they lie in these regions."""
        current = np.array([n for n, right in enumerate(rights, first) if not right.end], np.int64)
        self.by_holder.add_many(first, [right.holder for right in rights], current)
        self.by_unit.add_many(first, [right.unit for right in rights], current)
        self.by_instrument.add_many(first, [right.instrument for right in rights], current)
        self.by_kind.add_many(first, [right.kind for right in rights])
        self.by_region.add_many(first, regions)


class Noticed:
    """What indexes are made of, noticed page by page: 8 bytes a name, and no names but few."""

    def __init__(self) -> None:
        self._holders, self._units, self._instruments = array("q"), array("q"), array("q")
        self._kinds, self._current = array("i"), array("b")
        self._kind_codes: dict[str, int] = {}
        self._known, self._regions = array("q"), array("i")
        self._region_codes: dict[str, int] = {}

    def rights(self, _: Sequence[str], rights: Sequence[RightNames | Right]) -> None:
        """The next page of rights."""
        self._holders.extend([hash(right.holder) for right in rights])
        self._units.extend([hash(right.unit) for right in rights])
        self._instruments.extend([hash(right.instrument) for right in rights])
        self._current.extend([right.end == 0 for right in rights])
        codes = self._kind_codes
        self._kinds.extend([codes.setdefault(right.kind, len(codes)) for right in rights])

    def units(self, names: Sequence[str], units: Sequence[UnitRegion | Unit]) -> None:
        """The next page of units; all of them are noticed before :meth:`fill`."""
        self._known.extend(map(hash, names))
        codes = self._region_codes
        self._regions.extend([codes.setdefault(unit.region, len(codes)) for unit in units])

    def fill(self, indexes: Indexes) -> None:
        """Fill empty indexes of the tables whose pages these were."""
        if not self._kinds:
            return
        current = np.flatnonzero(np.frombuffer(self._current, np.int8))
        units = _hashes(self._units)
        indexes.by_holder.add_hashed(0, _hashes(self._holders), current)
        indexes.by_unit.add_hashed(0, units, current)
        indexes.by_instrument.add_hashed(0, _hashes(self._instruments), current)
        indexes.by_kind.add_coded(list(self._kind_codes), np.frombuffer(self._kinds, np.int32))
        known = _hashes(self._known)
        order = np.argsort(known)
        known = known[order]
        if (known[1:] == known[:-1]).any():  # two of all hashes fell together: ask each right
            indexes.by_region.fill()
            return
        regions = np.frombuffer(self._regions, np.int32)[order]
        codes = regions[np.searchsorted(known, units)]
        indexes.by_region.add_coded(list(self._region_codes), codes)


def _hashes(of: "array[int]") -> Integers:
    return np.frombuffer(of, np.uint64)

"""Many new rights taken in together: the same tables as one after the other, in bulk."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Self

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from yaosu.kernel.instant import date_of
from yaosu.kernel.packed import Packed, hash_of
from yaosu.rights.events import RightRegistered, UnitRegistered
from yaosu.rights.indexes import ByChanging, ByConstant
from yaosu.rights.values import RegisterEntry, Right, Unit

AT_ONCE = 4_096  # rights of a table that are indexed together
NUMBER_DIGITS = 6  # at least, of the running number of a register entry


class Indexes(Struct):
    """The five indexes of a register, filled together."""

    by_holder: ByChanging
    by_unit: ByChanging
    by_instrument: ByChanging
    by_kind: ByConstant
    by_region: ByConstant

    @classmethod
    def of(cls, rights: Packed[Right], units: Packed[Unit]) -> Self:
        """The indexes of these rights."""
        made = cls(
            by_holder=ByChanging(rights, lambda right: right.holder),
            by_unit=ByChanging(rights, lambda right: right.unit),
            by_instrument=ByChanging(rights, lambda right: right.instrument),
            by_kind=ByConstant(rights, lambda right: right.kind),
            by_region=ByConstant(rights, lambda right: units[right.unit].region),
        )
        if rights:
            made._fill(rights, _Regions(units))
        return made

    def add(self, first: int, rights: Sequence[Right], regions: Sequence[str]) -> None:
        """Rights are new, in rows from ``first`` on; they lie in these regions."""
        current = np.array([n for n, right in enumerate(rights, first) if not right.end], np.int64)
        self.by_holder.add_many(first, [right.holder for right in rights], current)
        self.by_unit.add_many(first, [right.unit for right in rights], current)
        self.by_instrument.add_many(first, [right.instrument for right in rights], current)
        self.by_kind.add_many(first, [right.kind for right in rights])
        self.by_region.add_many(first, regions)

    def _fill(self, rights: Packed[Right], regions: "_Regions") -> None:
        """Index a whole table: each page is opened once, for all indexes."""
        rows = (right for _, right in rights.rows())
        first = 0
        while some := list(islice(rows, AT_ONCE)):
            self.add(first, some, regions.of([right.unit for right in some]))
            first += len(some)


class _Regions:
    """The region of every unit by the hash of its id, from one pass over the units."""

    def __init__(self, units: Packed[Unit]) -> None:
        self._units = units
        self._names: list[str] = []
        codes: dict[str, int] = {}
        hashes, regions = np.empty(len(units), np.uint64), np.empty(len(units), np.int32)
        for row, (name, unit) in enumerate(units.rows()):
            hashes[row] = hash_of(name)
            regions[row] = codes.setdefault(unit.region, len(codes))
        order = np.argsort(hashes, kind="stable")
        self._names = list(codes)
        self._hashes = hashes[order]
        self._regions = regions[order]
        self._is_one_each = bool((self._hashes[1:] != self._hashes[:-1]).all())

    def of(self, units: Sequence[str]) -> list[str]:
        """The regions of units that are all in the table."""
        if not self._is_one_each:  # two of all hashes fell together: look at each unit
            return [self._units[unit].region for unit in units]
        wanted = np.fromiter((hash_of(unit) for unit in units), np.uint64, len(units))
        found = self._regions[np.searchsorted(self._hashes, wanted)]
        return [self._names[code] for code in found.tolist()]


def first_registrations(
    events: Sequence[UnitRegistered | RightRegistered],
) -> tuple[list[Unit], list[RightRegistered]] | None:
    """New units and rights of events, each right in a unit among them; None where it is not so."""
    units = [event.unit for event in events if type(event) is UnitRegistered]
    rights = [event for event in events if type(event) is RightRegistered]
    names = dict.fromkeys(unit.id for unit in units)
    is_plain = all(
        event.right.unit in names
        and event.entry.kind == "first"
        and event.entry.right == event.right.id
        and not (
            event.right.based_on
            or event.right.end
            or event.entry.unit
            or event.entry.caused_by
            or event.entry.number
        )
        for event in rights
    )
    is_distinct = (
        len(names) == len(units)
        and len({event.right.id for event in rights}) == len(rights)
        and len({event.entry.id for event in rights}) == len(rights)
    )
    return (units, rights) if is_plain and is_distinct else None


def numbered(
    counts: dict[str, int], events: Sequence[RightRegistered], regions: Sequence[str]
) -> Iterator[RegisterEntry]:
    """First entries with their numbers, ``factor/region/year/running``; counts go on."""
    years: dict[int, int] = {}
    for event, region in zip(events, regions, strict=True):
        at = event.entry.at
        year = years.get(at) or years.setdefault(at, date_of(at).year)
        group = f"{event.right.factor}/{region}/{year}"
        yield replace(event.entry, number=next_number(counts, group))


def next_number(counts: dict[str, int], group: str) -> str:
    """The next running number of a group, counted from 1."""
    running = counts.get(group, 0) + 1
    counts[group] = running
    return f"{group}/{running:0{NUMBER_DIGITS}}"

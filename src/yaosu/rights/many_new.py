"""Many new rights taken in together: the same tables as one after the other, in bulk."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from yaosu.kernel.instant import date_of
from yaosu.rights.events import RightRegistered, UnitRegistered
from yaosu.rights.values import RegisterEntry, Unit

NUMBER_DIGITS = 6  # at least, of the running number of a register entry


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

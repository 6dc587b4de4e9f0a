"""The period of a replay: which entries are compared. What went before only makes its start."""

from msgspec import Struct

from yaosu import core
from yaosu.engine.recovery import command_of
from yaosu.engine.replay import refusals
from yaosu.journal.chain import Header
from yaosu.journal.store import Store
from yaosu.kernel.instant import DAY, format_instant, parse_instant
from yaosu.kernel.refusal import refuse, refuse_unless

Bound = int | str | None  # number of an entry; instant or date in text; None is the journal's own
DATE_CHARACTERS = len("2026-11-21")
DIGITS_MAX = 40
__all__ = ["refusals"]


class Period(Struct, frozen=True):
    """Entries ``first`` to ``last``, both included, and their instants, microseconds UTC."""

    first: int
    last: int
    begins: int
    ends: int


def period_of(store: Store, since: Bound = None, until: Bound = None) -> Period:
    """The entries from one bound to another, both included; a date means its whole day.

    Raises:
        Refusal: ``engine.bad_bound``, ``engine.period_beyond``, ``engine.period_backwards``,
            ``engine.period_empty``.

    Cost: a binary search in the journal for each bound that is an instant.
    """
    size = store.size
    refuse_unless(size, "engine.period_empty", first=0, last=0)
    end = _header(store, size - 1)
    first = 0 if since is None else _first(store, since, end)
    last = size - 1 if until is None else _last(store, until, end)
    refuse_unless(
        first <= last,
        "engine.period_backwards",
        since="the beginning" if since is None else str(since),
        until="the end" if until is None else str(until),
        first=first,
        last=last,
    )
    if since is not None or until is not None:
        refuse_unless(
            any(_is_asked(store, sequence) for sequence in range(first, last + 1)),
            "engine.period_empty",
            first=first,
            last=last,
        )
    return Period(first, last, _header(store, first).instant, _header(store, last).instant)


def _first(store: Store, bound: int | str, end: Header) -> int:
    read = _read(bound)
    if isinstance(read, int):
        _refuse_beyond(bound, read <= end.sequence, end)
        return read
    _refuse_beyond(bound, read[0] <= end.instant, end)
    return _first_at(store, read[0])


def _last(store: Store, bound: int | str, end: Header) -> int:
    read = _read(bound)
    if isinstance(read, int):
        _refuse_beyond(bound, read <= end.sequence, end)
        return read
    _refuse_beyond(bound, read[0] <= end.instant, end)
    return _first_at(store, read[1]) - 1


def _read(bound: int | str) -> int | tuple[int, int]:
    """A number of an entry, or the instants from which and up to which (not included)."""
    is_bound = isinstance(bound, int | str) and not isinstance(bound, bool)
    refuse_unless(is_bound, "engine.bad_bound", value=str(bound)[:DIGITS_MAX])
    if isinstance(bound, int) or bound.isdecimal():
        is_number = isinstance(bound, int) or len(bound) <= DIGITS_MAX
        refuse_unless(
            is_number and int(bound) >= 0, "engine.bad_bound", value=str(bound)[:DIGITS_MAX]
        )
        return int(bound)
    instant = parse_instant(bound)
    return instant, instant + (DAY if len(bound) == DATE_CHARACTERS else 1)


def _refuse_beyond(bound: int | str, is_inside: bool, end: Header) -> None:
    refuse_unless(
        is_inside,
        "engine.period_beyond",
        bound=str(bound),
        last=end.sequence,
        ends=format_instant(end.instant),
    )


def _first_at(store: Store, instant: int) -> int:
    """Number of the first entry not before an instant; the journal's size where there is none."""
    low, high = 0, store.size
    while low < high:
        middle = (low + high) // 2
        if _header(store, middle).instant < instant:
            low = middle + 1
        else:
            high = middle
    return low


def _is_asked(store: Store, sequence: int) -> bool:
    """Whether somebody other than the engine asked for this entry."""
    entry = next(iter(store.read(sequence, sequence)))
    return not entry.command or command_of(entry).actor != core.ENGINE


def _header(store: Store, sequence: int) -> Header:
    for entry in store.read(sequence, sequence):
        return entry.header
    refuse("engine.bad_bound", value=str(sequence))

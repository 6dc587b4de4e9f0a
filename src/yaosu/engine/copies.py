"""Copies of a journal: entry by entry, from one store into another, verified and marked.

Entries never change, so a copy of the first n needs no lock on what goes on behind them: the size
is read once, and the writer writes on. A backup, a restored journal and a copy in another kind of
store are the same thing: a journal that may be read, verified and replayed, and not be written
until it is promoted (:mod:`yaosu.engine.promotion`).
"""

import os
from typing import NoReturn

from msgspec import Struct

from yaosu.engine.recovery import Progress
from yaosu.journal.chain import Entry
from yaosu.journal.copied import (
    Copied,
    check_whole,
    first_hash,
    hash_at,
    mark_copied,
    read_copied,
)
from yaosu.journal.merkle import root_of
from yaosu.journal.new_file import give_name, making, part_of, part_opened, remove_part
from yaosu.journal.opening import open_store
from yaosu.journal.store import Store
from yaosu.journal.verify import verify
from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import refuse, refuse_unless

BACKUP, RESTORE, COPY = "backup", "restore", "copy"
BYTES_AT_ONCE = 16 << 20  # a transaction of the copy
ENTRIES_AT_ONCE = 4096
ADDRESS = "://"  # in the name of a journal that is not a file


class Made(Struct, frozen=True):
    """A copy that was made: where it is, what it holds, and with how many entries it began.

    ``resumed`` is above zero where an interrupted copy was finished.
    """

    name: str
    mark: Copied
    resumed: int


def make_copy(
    source: Store,
    name: str,
    kind: str,
    last: int | None = None,
    on_progress: Progress | None = None,
) -> Made:
    """Copy the entries 0 to ``last`` of a journal to the place called ``name``, and verify them.

    Args:
        source: open for reading; its writer may go on.
        name: a path where nothing is, or an empty store on a server.
        kind: ``backup``, ``restore`` or ``copy``: goes into the mark.
        last: number of the last entry; None takes all that is there when the copy begins.
        on_progress: called with (entries copied, entries in all).

    Raises:
        Refusal: `journal.exists`, `journal.nothing_to_copy`, `journal.unfinished_copy` of the
            source, `journal.damaged` at either end, `journal.copy_differs`, and what opening and
            writing a store raises. Whatever was refused, no file of that name is left behind.

    Cost: two readings and one writing of the entries; O(16 MB) space besides the largest entry.
    """
    mark = _mark_of(source, kind, last)
    if ADDRESS not in name:
        return _copy_to_file(source, os.path.realpath(name), mark, on_progress)
    with open_store(name) as target:
        is_fit = _is_new(target) or (not _is_finished(target) and _continues(source, target, mark))
        refuse_unless(is_fit, "journal.exists", path=target.name)
        resumed = _fill(source, target, mark, on_progress)
        _check(target, mark)
        return Made(target.name, mark, resumed)


def sequence_at(store: Store, instant: int) -> int:
    """The last entry stamped at ``instant`` (microseconds UTC) or before.

    Raises:
        Refusal: `journal.no_such_moment` where the journal begins later.
    """
    low, high = -1, store.size - 1
    while low < high:
        middle = (low + high + 1) // 2
        if _entry(store, middle).header.instant <= instant:
            low = middle
        else:
            high = middle - 1
    if low < 0:
        _refuse_moment(store, format_instant(instant))
    return low


def _mark_of(source: Store, kind: str, last: int | None) -> Copied:
    check_whole(source)
    head = source.head()
    refuse_unless(head.size, "journal.nothing_to_copy", path=source.name)
    if last is not None and not 0 <= last < head.size:
        _refuse_moment(source, str(last))
    size = head.size if last is None else last + 1
    whole = size == head.size
    before = read_copied(source)
    waits = before is not None and head.size == before.size
    return Copied(
        journal=first_hash(source),
        kind=kind,
        original=before.original if before is not None and waits else source.name,
        source=source.name,
        size=size,
        last_hash=head.last_hash if whole else hash_at(source, size - 1),
        root=head.root if whole else root_of(source.hashes(0, size - 1)),
    )


def _copy_to_file(source: Store, path: str, mark: Copied, on_progress: Progress | None) -> Made:
    with making(path):
        with part_opened(path) as target:
            is_fit = _is_new(target) or _continues(source, target, mark)
            if is_fit:
                resumed = _fill(source, target, mark, on_progress)
        if not is_fit:  # an interrupted copy of something else, or of another history
            remove_part(path)
            with part_opened(path) as target:
                resumed = _fill(source, target, mark, on_progress)
        with open_store(part_of(path), readonly=True) as written:
            _check(written, mark)
        give_name(path)
    return Made(path, mark, resumed)


def _is_new(target: Store) -> bool:
    return target.size == 0 and not target.notes()


def _is_finished(target: Store) -> bool:
    mark = read_copied(target)
    return mark is None or target.size >= mark.size


def _continues(source: Store, target: Store, mark: Copied) -> bool:
    """Whether the target is a copy whose entries are the first ones of this copy."""
    size = target.size
    if read_copied(target) is None or size > mark.size:
        return False
    return size == 0 or hash_at(target, size - 1) == hash_at(source, size - 1)


def _fill(source: Store, target: Store, mark: Copied, on_progress: Progress | None) -> int:
    """Put the mark down and append what is missing; how many entries were there before."""
    begun = target.size
    mark_copied(target, mark)
    batch: list[Entry] = []
    held = 0
    for first in range(begun, mark.size, ENTRIES_AT_ONCE):
        last = min(first + ENTRIES_AT_ONCE, mark.size) - 1
        for entry in source.read(first, last):
            batch.append(entry)
            held += len(entry.command) + len(entry.events) + len(entry.sealed)
            if held >= BYTES_AT_ONCE or entry.header.sequence == last:
                target.append(batch)
                batch, held = [], 0
        if on_progress is not None:
            on_progress(last + 1, mark.size)
    return begun


def _check(target: Store, mark: Copied) -> None:
    """Read everything back, hash it again, and hold it against what the source was."""
    found = verify(target)
    for what, here, there in (
        ("its size", found.entries, mark.size),
        ("the hash of its last entry", found.last_hash, mark.last_hash),
        ("its root", found.root, mark.root),
    ):
        refuse_unless(here == there, "journal.copy_differs", path=target.name, what=what)


def _entry(store: Store, sequence: int) -> Entry:
    (entry,) = store.read(sequence, sequence)
    return entry


def _refuse_moment(store: Store, asked: str) -> NoReturn:
    last = store.size - 1
    refuse(
        "journal.no_such_moment",
        path=store.name,
        asked=asked,
        last=last,
        begins=format_instant(_entry(store, 0).header.instant),
        ends=format_instant(_entry(store, last).header.instant),
    )

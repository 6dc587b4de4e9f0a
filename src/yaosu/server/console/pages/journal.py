"""The journal as pages: entries from the newest, and one entry with all that it holds."""

import json

from msgspec import Struct

from yaosu.core import Refused, refusal_of
from yaosu.engine.recovery import command_of, events_of
from yaosu.journal.chain import Entry
from yaosu.journal.store import Store
from yaosu.kernel.plain import plain
from yaosu.kernel.refusal import Refusal, found, is_refusal_code
from yaosu.kernel.words import Command, Event, tag_of

AT_ONCE = 50
TEXT_MAX = 20_000  # characters of a value that a page shows
ACCEPTED = 1


class EntryRow(Struct, frozen=True):
    """One entry in a list; ``code``: of the refusal, empty where it was accepted."""

    sequence: int
    instant: int
    actor: str
    command: str
    code: str
    events: tuple[str, ...]
    hash: str


class JournalPage(Struct, frozen=True):
    """Some entries, newest first; ``older`` and ``newer`` name the pages beside, if any."""

    rows: tuple[EntryRow, ...]
    size: int
    older: int | None
    newer: int | None


class Said(Struct, frozen=True):
    """A command or event: its tag and its fields as JSON; ``cut``: not all of it is shown."""

    tag: str
    text: str
    cut: bool


class EntryPage(Struct, frozen=True, kw_only=True):
    """One entry; ``refusal``: what it was refused with, where this version can tell it."""

    row: EntryRow
    refusal: Refusal | None
    previous: str
    decide_version: int
    rules: str
    command: Said
    events: tuple[Said, ...]
    size: int


def journal_page(
    store: Store, upto: int | None = None, actors: frozenset[bytes] | None = None
) -> JournalPage:
    """Entries up to and with number ``upto``; the newest where it is left out.

    Args:
        actors: only what these asked for, by the digest of their ids; None: all.
    """
    size = store.size
    last = size - 1 if upto is None else min(upto, size - 1)
    first = max(0, last - AT_ONCE + 1)
    entries = store.read(first, last) if size else ()
    rows = tuple(_row(e) for e in entries if actors is None or e.header.actor in actors)
    return JournalPage(
        rows=rows[::-1],
        size=size,
        older=first - 1 if first > 0 else None,
        newer=min(last + AT_ONCE, size - 1) if last < size - 1 else None,
    )


def entry_page(store: Store, sequence: int, actors: frozenset[bytes] | None = None) -> EntryPage:
    """One entry in full.

    Raises:
        Refusal: ``server.unknown_row``, also where none of ``actors`` asked for it.
    """
    read = next(iter(store.read(sequence, sequence)), None) if sequence < store.size else None
    shown = read if read is None or actors is None or read.header.actor in actors else None
    entry = found(shown, "server.unknown_row", what="entries", name=str(sequence))
    row = _row(entry)
    return EntryPage(
        row=row,
        refusal=_refusal(events_of(entry)),
        previous=entry.header.previous.hex(),
        decide_version=entry.header.decide_version,
        rules=entry.header.rules.hex(),
        command=_said(command_of(entry)),
        events=tuple(_said(event) for event in events_of(entry)),
        size=store.size,
    )


def _refusal(events: list[Event]) -> Refusal | None:
    """What was recorded as refused; None where it names a code or facts of another version."""
    refused = next((event for event in events if isinstance(event, Refused)), None)
    if refused is None or not is_refusal_code(refused.code):
        return None
    try:
        return refusal_of(refused)
    except KeyError:
        return None


def _row(entry: Entry) -> EntryRow:
    command, events = command_of(entry), events_of(entry)
    refused = next((event for event in events if isinstance(event, Refused)), None)
    return EntryRow(
        sequence=entry.header.sequence,
        instant=entry.header.instant,
        actor=command.actor,
        command=tag_of(command),
        code=refused.code if refused is not None else "",
        events=tuple(tag_of(event) for event in events),
        hash=entry.hash.hex(),
    )


def _said(value: Command | Event) -> Said:
    fields = plain(value)
    text = json.dumps(fields, ensure_ascii=False, indent=2)
    return Said(tag_of(value), text[:TEXT_MAX], len(text) > TEXT_MAX)

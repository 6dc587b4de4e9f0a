"""Recovery: the state is the fold of the events, read from the journal in order."""

from collections.abc import Callable, Iterable, Iterator

from yaosu.core import (
    AnyCommand,
    AnyEvent,
    State,
    StateHashed,
    apply_recorded,
    state_hash,
)
from yaosu.engine import refusals
from yaosu.engine.party_roots import parties_root
from yaosu.journal.chain import Entry
from yaosu.journal.store import Store
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless
from yaosu.kernel.shape import shape_of
from yaosu.kernel.words import Command, Event

Progress = Callable[[int, int], None]  # entries done, entries in all
read_command: Callable[[bytes], Command] = canonical.reader(AnyCommand)
_read_events: Callable[[bytes], list[Event]] = canonical.reader(list[AnyEvent])
__all__ = ["refusals"]


def events_of(entry: Entry) -> list[Event]:
    """The events of an entry, decoded."""
    try:
        return _read_events(entry.events)
    except Refusal as refusal:
        refuse(
            "engine.events_unknown",
            sequence=entry.header.sequence,
            reason=str(refusal.facts["reason"]),
        )


def command_of(entry: Entry) -> Command:
    """The command of an entry, decoded."""
    try:
        command: Command = read_command(entry.command)
    except Refusal as refusal:
        refuse(
            "engine.events_unknown",
            sequence=entry.header.sequence,
            reason=str(refusal.facts["reason"]),
        )
    return command


def fold(
    store: Store,
    state: State,
    *,
    entries: Iterable[Entry] | None = None,
    first: int = 0,
    last: int | None = None,
    check_hashes: bool = False,
    on_progress: Progress | None = None,
) -> Iterator[tuple[Entry, list[Event]]]:
    """Apply entries of the journal to ``state``, yielding each with its events afterwards.

    Args:
        store: the journal.
        state: as it was before the first of the entries; changed in place.
        entries: those to apply, where somebody reads them already.
        first, last: else which ones, both included; None: up to the end.
        check_hashes: compare the state with each recorded state hash of this build's shape, and
            the root over the rows of the parties with that in the header of each entry.
        on_progress: called now and then with (done, all).

    Raises:
        Refusal: ``engine.state_differs``, ``engine.parties_differ``,
            ``engine.events_unknown``, ``journal.damaged``.
    """
    size = store.size
    for entry in store.read(first, last) if entries is None else entries:
        events = events_of(entry)
        sequence = entry.header.sequence
        if check_hashes:
            for event in events:
                if type(event) is StateHashed and event.shape == shape_of(State):
                    same = event.state_hash == state_hash(state)
                    refuse_unless(same, "engine.state_differs", sequence=sequence)
        apply_recorded(state, events, entry.header.instant, entry.header.actor)
        if check_hashes:
            root = parties_root(state.rows, entry.header.actor, events, entry.events)
            refuse_unless(root == entry.header.parties, "engine.parties_differ", sequence=sequence)
        if on_progress is not None and sequence % 512 == 0:
            on_progress(sequence, size)
        yield entry, events
    if on_progress is not None:
        on_progress(size, size)

"""The machine: command -> decide, event -> evolve, event -> what follows. Pure."""

from msgspec import Struct

from yaosu.cases import flow
from yaosu.core.commands import COMMANDS, asked_by, authorise, cause_of
from yaosu.core.dues import NAMED_BY, touched_by
from yaosu.core.events import EVOLVE, REACTIONS, TOGETHER, UPCASTS, as_today
from yaosu.core.state import State
from yaosu.core.words import ENGINE_KEY, OWN_EVENTS, Refused
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command, Event
from yaosu.rows import count_rows

RUN_MIN = 32  # events from which on it pays to take them in together
CHAIN_MAX = 32  # reactions to reactions; deeper is an error of ours


class Outcome(Struct, frozen=True):
    """What came of a command: all events in order; with a refusal, only that it was refused."""

    events: list[Event]
    refusal: Refusal | None = None


def process(state: State, command: Command, instant: int, procedure: str = "") -> Outcome:
    """Decide a command, take in its events and all that follows from them.

    Args:
        state: changed in place.
        command: checked at the door for canonical bytes.
        instant: stamped by the writer, microseconds UTC.
        procedure: of which it counts as the end of a case; for a replay alone.

    Returns:
        Outcome: every event in order, or the refusal as one event.
    """
    state.now = instant
    state.cause = cause_of(command)
    row = COMMANDS[type(command)]
    try:
        authorise(state, row, command, procedure)
        decided = row.decide(state, command)
    except Refusal as refusal:
        refused: list[Event] = [Refused(code=refusal.code, facts=refusal.facts)]
        count_rows(state.rows, asked_by(command.actor), refused)
        return Outcome(refused, refusal)
    done: list[Event] = []
    try:
        first = 0 if state.cases.waiting else _take_together(state, decided)
        done += decided[:first]
        for event in decided[first:]:
            _apply(state, event, done, 0)
    except Refusal as refusal:
        # The state is half changed: nothing may be answered or recorded, the writer must stop.
        raise AssertionError(f"a reaction refused, which none may: {refusal}") from refusal
    state.ledger.assert_balanced()
    count_rows(state.rows, asked_by(command.actor), done)
    return Outcome(done)


def would_accept(state: State, command: Command, instant: int) -> bool:
    """Whether a command would be accepted; nothing is taken in."""
    state.now = instant
    state.cause = cause_of(command)
    row = COMMANDS[type(command)]
    try:
        authorise(state, row, command)
        row.decide(state, command)
    except Refusal:
        return False
    return True


def apply_recorded(state: State, events: list[Event], instant: int, actor: bytes) -> None:
    """Take in the recorded events of an entry: recovery, where nothing is decided again.

    Args:
        state: changed in place.
        events: of the entry, also where it is a refused one.
        instant: of the entry.
        actor: key of who asked, as it stands in the header.
    """
    state.now = instant
    today = [new for event in events for new in as_today(event)] if UPCASTS else events
    for event in today[_take_together(state, today) :]:
        _evolve(state, event)
    state.ledger.assert_balanced()
    count_rows(state.rows, None if actor == ENGINE_KEY else actor, events)


def _apply(state: State, event: Event, done: list[Event], depth: int) -> None:
    assert depth <= CHAIN_MAX, f"reactions go on for ever at {event}"
    _evolve(state, event)
    done.append(event)
    for reaction in REACTIONS.get(type(event), ()):
        for following in reaction(state, event):
            _apply(state, following, done, depth + 1)
    if state.cases.waiting:
        for following in flow.complete_by_event(state, event):
            _apply(state, following, done, depth + 1)


def _take_together(state: State, events: list[Event]) -> int:
    """Take in the run of events at the beginning that is long enough; how many they were."""
    evolve_many = TOGETHER.get(type(events[0])) if len(events) >= RUN_MIN else None
    if evolve_many is None:
        return 0
    same = (TOGETHER.get(type(event)) is evolve_many for event in events)
    length = next((at for at, is_same in enumerate(same) if not is_same), len(events))
    if length < RUN_MIN:
        return 0
    evolve_many(getattr(state, EVOLVE[type(events[0])][0]), events[:length])
    return length


def _evolve(state: State, event: Event) -> None:
    if type(event) in OWN_EVENTS:
        return
    floor, evolve = EVOLVE[type(event)]
    evolve(getattr(state, floor), event)
    if floor in NAMED_BY and (key := touched_by(floor, event)) is not None:
        state.dues.touch(key)

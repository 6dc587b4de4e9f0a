"""The machine: command -> decide, event -> evolve, event -> what follows. Pure.

Its literal tables are the table of contents of the whole system: what may be asked in
``commands.py``, what happens then in ``events.py``; what follows from what is read there, not
found by a scan. ``machine.py`` walks them.
"""

from yaosu.core.commands import (
    COMMANDS,
    UNRECORDED,
    AnyCommand,
    Row,
    asked_by,
    asked_for,
    cause_of,
    check_actor,
    due_next,
    signed_for,
)
from yaosu.core.events import EVOLVE, REACTIONS, UPCASTS, AnyEvent, as_today
from yaosu.core.machine import Outcome, apply_recorded, process, would_accept
from yaosu.core.packing import PackedState, pack_state, unpack_state
from yaosu.core.state import FLOORS, State, rules_in_force, state_bytes, state_hash, state_of
from yaosu.core.words import (
    ANYONE,
    DECIDE_VERSION,
    ENGINE,
    ENGINE_KEY,
    EXOGENOUS,
    FOUNDER,
    OFFICES,
    OWN_EVENTS,
    RESPONSE,
    AdvanceTime,
    ContinueJournal,
    JournalContinued,
    RecordStateHash,
    Refused,
    StateHashed,
    TimeAdvanced,
    refusal_of,
    state_hash_command,
)

__all__ = [
    "ANYONE",
    "COMMANDS",
    "DECIDE_VERSION",
    "ENGINE",
    "ENGINE_KEY",
    "EVOLVE",
    "EXOGENOUS",
    "FLOORS",
    "FOUNDER",
    "OFFICES",
    "OWN_EVENTS",
    "REACTIONS",
    "RESPONSE",
    "UNRECORDED",
    "UPCASTS",
    "AdvanceTime",
    "AnyCommand",
    "AnyEvent",
    "ContinueJournal",
    "JournalContinued",
    "Outcome",
    "PackedState",
    "RecordStateHash",
    "Refused",
    "Row",
    "State",
    "StateHashed",
    "TimeAdvanced",
    "apply_recorded",
    "as_today",
    "asked_by",
    "asked_for",
    "cause_of",
    "check_actor",
    "due_next",
    "pack_state",
    "process",
    "refusal_of",
    "rules_in_force",
    "signed_for",
    "state_bytes",
    "state_hash",
    "state_hash_command",
    "state_of",
    "unpack_state",
    "would_accept",
]

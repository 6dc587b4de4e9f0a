"""The words of the machine itself: what the engine asks, and what every refusal becomes."""

from yaosu.kernel.refusal import Refusal, declare
from yaosu.kernel.words import Command, Event
from yaosu.rows import party_key

DECIDE_VERSION = 7  # raised whenever the same command may be decided otherwise than before
ENGINE = "engine"
ENGINE_KEY = party_key(ENGINE)
FOUNDER = "founder"
ANYONE = ("anyone",)  # any registered party
OFFICES = ("agency", "authority", "operator", "price_regulator", "registrar", "supervisor")
EXOGENOUS = "exogenous"  # would be asked under any rule: register, offer, income
RESPONSE = "response"  # answers what the market did: clear, pay, cancel, sanction

REFUSALS = declare(
    {
        "core.unknown_actor": (
            "{actor} is not a registered party",
            "register it first (RegisterParty)",
        ),
        "core.role_needed": (
            "{actor} may not ask for {command}; it needs the role {roles}",
            "have the role granted (GrantRole), or ask a party that has it",
        ),
        "core.engine_only": (
            "{command} is made by the engine itself",
            "leave it out; the engine does it when it is due",
        ),
    }
)


class AdvanceTime(Command, frozen=True, tag="core.advance_time"):
    """Let everything due by the instant of this entry happen; made by the engine."""


class RecordStateHash(Command, frozen=True, tag="core.record_state_hash"):
    """Put the hash of the state on record; made by the engine."""


def state_hash_command(sequence: int) -> RecordStateHash:
    """The one form of the command that is entry ``sequence``: so its digest tells what it is."""
    return RecordStateHash(actor=ENGINE, key=f"state-hash-{sequence}")


class ContinueJournal(Command, frozen=True, tag="core.continue_journal"):
    """Go on in a copy of the journal, in the place of its original; made by the engine.

    Attributes:
        original: name of the store that was written before, as it was known there.
        entries: how many entries the copy has of it.
        incarnation: 2 for the first copy that goes on, 3 for a copy that goes on after that one.
        statement: what the operator states about the original, in words.
        draw: drawn at random, so that two copies never go on in the same way.
    """

    original: str
    entries: int
    incarnation: int
    statement: str
    draw: str


class Refused(Event, frozen=True, tag="core.refused/1"):
    """The command was refused; nothing else happened."""

    code: str
    facts: dict[str, str | int | bool]


class TimeAdvanced(Event, frozen=True, tag="core.time_advanced/1"):
    """The clock passed an instant at which something was due."""

    instant: int


class StateHashed(Event, frozen=True, tag="core.state_hashed/1"):
    """The state before this entry had this hash (SHA-256 of its canonical bytes).

    Attributes:
        state_bytes: how many bytes were hashed.
        shape: of the state as the writer's build has it; only a build of the same shape can hash
            the same bytes.
    """

    state_hash: bytes
    state_bytes: int
    shape: bytes


class JournalContinued(Event, frozen=True, tag="core.journal_continued/1"):
    """From here on a copy is the journal; see :class:`ContinueJournal`."""

    original: str
    entries: int
    incarnation: int
    statement: str
    draw: str


OWN_EVENTS = (Refused, TimeAdvanced, StateHashed, JournalContinued)


def refusal_of(event: Refused) -> Refusal:
    """The refusal behind a recorded one."""
    return Refusal(event.code, **event.facts)

"""Commands set aside: one that crashed the writer twice is not decided again. Pure.

The engine puts it on record when it starts anew; an operator lets it go. A command is named by the
digest of (actor, key), since that is all that is left of one that was never decided.
"""

from typing import Protocol

from msgspec import Struct, field

from yaosu.kernel.reach import Reach
from yaosu.kernel.refusal import declare, refuse_unless
from yaosu.kernel.words import Command, Event

REFUSALS = declare(
    {
        "quarantine.not_quarantined": (
            "no command {asked} is in quarantine",
            "list those that are (yaosu quarantine list)",
        ),
    }
)


class QuarantineCommand(Command, frozen=True, tag="quarantine.quarantine_command"):
    """Set a command aside that crashed the writer; made by the engine.

    Attributes:
        asked: its name: hex digest of (actor, key).
        party, party_key: who asked it, under which key; the first 64 characters of each.
        crashes: how many times it did.
    """

    asked: str
    party: str
    party_key: str
    crashes: int


class ReleaseCommand(Command, frozen=True, tag="quarantine.release_command"):
    """Let a command be asked again: its cause was mended.

    Attributes:
        asked: its name: hex digest of (actor, key).
        reason: what was mended; goes on record.
    """

    asked: str
    reason: str


class CommandQuarantined(Event, frozen=True, tag="quarantine.command_quarantined/1"):
    """A command is refused at the door until an operator releases it."""

    asked: str
    party: str
    party_key: str
    crashes: int
    at: int


class CommandReleased(Event, frozen=True, tag="quarantine.command_released/1"):
    """A command may be asked again."""

    asked: str
    released_by: str
    reason: str
    at: int


class QuarantineState(Struct):
    """Name of a command -> how it was set aside; those released are not in it."""

    commands: dict[str, CommandQuarantined] = field(default_factory=dict)


class QuarantineReach(Reach, Protocol):
    """A decision that sees what is set aside."""

    @property
    def quarantine(self) -> QuarantineState: ...


def decide_quarantine_command(reach: QuarantineReach, command: QuarantineCommand) -> list[Event]:
    """What the engine found is taken as it is."""
    return [
        CommandQuarantined(
            asked=command.asked,
            party=command.party,
            party_key=command.party_key,
            crashes=command.crashes,
            at=reach.now,
        )
    ]


def decide_release_command(reach: QuarantineReach, command: ReleaseCommand) -> list[Event]:
    """Only what is set aside can be released."""
    refuse_unless(
        command.asked in reach.quarantine.commands,
        "quarantine.not_quarantined",
        asked=command.asked,
    )
    return [
        CommandReleased(
            asked=command.asked, released_by=command.actor, reason=command.reason, at=reach.now
        )
    ]


def evolve(state: QuarantineState, event: Event) -> None:
    """Take in what has happened; total, it never refuses."""
    match event:
        case CommandQuarantined():
            state.commands[event.asked] = event
        case CommandReleased():
            state.commands.pop(event.asked, None)

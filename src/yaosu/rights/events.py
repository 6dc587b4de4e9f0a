"""What has happened to the register."""

from yaosu.kernel.words import Event
from yaosu.parties.values import RefusedRow
from yaosu.rights.profile import Profile
from yaosu.rights.values import (
    Assessment,
    Consent,
    OutlineNote,
    RegisterEntry,
    Right,
    Unit,
    Waiting,
)


class ProfileAdopted(Event, frozen=True, tag="rights.profile_adopted/1"):
    """A factor is known by this profile from now on."""

    profile: Profile
    at: int


class UnitRegistered(Event, frozen=True, tag="rights.unit_registered/1"):
    """A unit exists in the register."""

    unit: Unit


class RightRegistered(Event, frozen=True, tag="rights.right_registered/1"):
    """A right is registered for the first time."""

    right: Right
    entry: RegisterEntry


class TitleMoved(Event, frozen=True, tag="rights.title_moved/1"):
    """Rights changed hands, or rights were granted out of them.

    Attributes:
        entries: one a move.
        rights: the new version of every right touched, each once; share zero means it ended.
    """

    entries: tuple[RegisterEntry, ...]
    rights: tuple[Right, ...]


class RightBurdened(Event, frozen=True, tag="rights.right_burdened/1"):
    """A freeze, pledge, objection or priority notice stands on a right."""

    entry: RegisterEntry


class BurdenReleased(Event, frozen=True, tag="rights.burden_released/1"):
    """A freeze, pledge, objection or priority notice stands no longer."""

    entry: str
    released_by: str
    reason: str
    at: int


class RegisterChanged(Event, frozen=True, tag="rights.register_changed/1"):
    """Register entries were made: the one form for all but the simplest.

    Attributes:
        entries: new ones, and earlier ones as they stand now, released or carried over.
        units: every unit touched in its new version, each once; with an ``end`` it is historic.
        rights: every right touched in its new version, each once; share zero means it ended.
        confirmed: the waiting entry that this completes, or empty.
        spent: (about, to, party) of consents that are used up.
    """

    entries: tuple[RegisterEntry, ...]
    units: tuple[Unit, ...] = ()
    rights: tuple[Right, ...] = ()
    confirmed: str = ""
    spent: tuple[tuple[str, str, str], ...] = ()


class EntryWaiting(Event, frozen=True, tag="rights.entry_waiting/1"):
    """A register entry is asked for and waits for a second hand."""

    waiting: Waiting


class EntryDropped(Event, frozen=True, tag="rights.entry_dropped/1"):
    """A waiting register entry was given up; it was never made."""

    entry: str
    dropped_by: str
    reason: str
    at: int


class ConsentGiven(Event, frozen=True, tag="rights.consent_given/1"):
    """A party agreed to a register entry about a unit or right."""

    consent: Consent


class UnitAssessed(Event, frozen=True, tag="rights.unit_assessed/1"):
    """A value or a quality of a unit was found."""

    assessment: Assessment


class PledgeAssigned(Event, frozen=True, tag="rights.pledge_assigned/1"):
    """A pledge has another creditor; its rank and all else stay.

    Attributes:
        source: digest of the deed, hex, or empty.
    """

    entry: str
    right: str
    before: str
    target: str
    source: str
    at: int


class RegistrationsRefused(Event, frozen=True, tag="rights.registrations_refused/1"):
    """Rows of a batch of registrations or pledges were refused; the others were entered."""

    rows: tuple[RefusedRow, ...]


class OutlineNoted(Event, frozen=True, tag="rights.outline_noted/1"):
    """The outline of a unit does not fit, and its profile lets it stand so.

    Attributes:
        notes: of this version of the unit; they take the place of those before.
    """

    unit: str
    notes: tuple[OutlineNote, ...]
    at: int

"""What has happened to the register."""

from yaosu.kernel.words import Event
from yaosu.rights.profile import Profile
from yaosu.rights.values import RegisterEntry, Right, Unit


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

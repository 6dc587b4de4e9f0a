"""The things of access: an admission. Frozen; a change is a new version."""

from msgspec import Struct

MARKET_ROLES = ("bidder", "holder")  # other roles are granted by an office
ADMITTED = "admitted"
SUSPENDED = "suspended"
LEFT = "left"


class Admission(Struct, frozen=True, kw_only=True):
    """The one decision that lets a party take a role for a factor, valid in every region.

    Attributes:
        rules: ``id@version`` of the pack whose conditions were met.
        conditions: ids of the conditions that were met.
        standing: ``admitted``, ``suspended`` or ``left``.
        at: instant of this standing.
        until: end of a suspension, 0 is until it is lifted.
        reason: why it is suspended, or empty.
    """

    party: str
    factor: str
    role: str
    rules: str
    conditions: tuple[str, ...] = ()
    standing: str = ADMITTED
    at: int
    until: int = 0
    reason: str = ""


def key_of(factor: str, role: str) -> str:
    """The key of an admission among those of one party."""
    return f"{factor}/{role}"

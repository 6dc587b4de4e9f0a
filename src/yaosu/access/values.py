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


class Recognition(Struct, frozen=True, kw_only=True):
    """One credential recognised as another.

    Attributes:
        id: of the attestation it gave.
        credential: the original attestation.
        tables: ``id@version`` of what it rests on; empty where it was decided by itself.
        way: the kinds it was led through, first to last.
        supervisor, supervised_until: who supervises until when (instant), or empty and 0.
        ground: of a decision by itself.
    """

    id: str
    party: str
    credential: str
    target: str
    level: int
    tables: tuple[str, ...] = ()
    way: tuple[str, ...] = ()
    supervisor: str = ""
    supervised_until: int = 0
    ground: str = ""
    at: int


class Claim(Struct, frozen=True, kw_only=True):
    """An award that was claimed.

    Attributes:
        id: of the attestation it gave.
        outcomes: attestation -> credits it was counted with.
        roots: originals behind the outcomes; none of them counts for this award again.
        table: ``id@version``.
    """

    id: str
    party: str
    award: str
    outcomes: dict[str, int]
    roots: tuple[str, ...]
    credits: int
    table: str
    at: int


class Period(Struct, frozen=True, kw_only=True):
    """Months of social insurance in a region, as attested."""

    attestation: str
    scheme: str
    region: str
    months: int


class Residence(Struct, frozen=True, kw_only=True):
    """Where a person lives, and what went along: its portability record.

    Attributes:
        before: region lived in before, or empty.
        periods: of social insurance, carried along.
        kept, lost: ids of entitlements it has here, and of those it had before and has not here.
    """

    party: str
    region: str
    before: str = ""
    periods: tuple[Period, ...] = ()
    kept: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    source: str = ""
    at: int

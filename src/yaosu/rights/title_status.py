"""What has become of a title certificate since it was issued: the register is asked."""

from msgspec import Struct

from yaosu.kernel.refusal import found
from yaosu.rights import refusals
from yaosu.rights.state import RightsReach
from yaosu.rights.title_certificate import TitleExtract

__all__ = ["refusals"]

VALID, BURDENED, SUPERSEDED = "valid", "burdened", "superseded"
REVOKED, EXPIRED, REPLACED = "revoked", "expired", "replaced"
ENDED_BY = {"cancellation": REVOKED, "expiry": EXPIRED}


class CertificateStatus(Struct, frozen=True, kw_only=True):
    """How a certificate stands against the register.

    Attributes:
        status: ``valid``: the register says the same. ``burdened``: the right is the same, what
            stands on it is not. ``superseded``: the right has a later version. ``revoked``,
            ``expired``: it ended so. ``replaced``: it ended as another took its place.
        version: of the right now. ``entry``, ``kind``, ``at``: the register entry that made the
            difference; empty and 0 where there is none, and where a term is over by itself.
        burdens: what stands on the right now, by id.
    """

    status: str
    right: str
    version: int
    entry: str = ""
    kind: str = ""
    at: int = 0
    burdens: tuple[str, ...] = ()


def certificate_status(reach: RightsReach, extract: TitleExtract) -> CertificateStatus:
    """Compare what a certificate says with the register as it stands.

    Raises:
        Refusal: ``rights.unknown_right``: it is of another register.
    """
    state = reach.rights
    right = found(state.rights.get(extract.right), "rights.unknown_right", right=extract.right)
    entry = state.entries[right.entry]
    burdens = tuple(
        one for one in state.burdens.get(right.id, []) if state.entries[one].is_standing(reach.now)
    )
    is_same = right.version == extract.version
    if right.end:
        status = ENDED_BY.get(entry.kind, REPLACED)
    elif right.term_to and right.term_to <= reach.now:
        status = EXPIRED
    elif not is_same:
        status = SUPERSEDED
    else:
        status = VALID if burdens == extract.burdens else BURDENED
    return CertificateStatus(
        status=status,
        right=right.id,
        version=right.version,
        entry="" if is_same else entry.id,
        kind="" if is_same else entry.kind,
        at=0 if is_same else entry.at,
        burdens=burdens,
    )

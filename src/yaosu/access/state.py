"""The state of access: admissions by party, and their earlier versions."""

from typing import Protocol

from msgspec import Struct, field

from yaosu.access.events import (
    AdmissionReinstated,
    AdmissionSuspended,
    MarketLeft,
    PartyAdmitted,
)
from yaosu.access.values import Admission, key_of
from yaosu.rights.state import RightsReach

AccessEvent = PartyAdmitted | AdmissionSuspended | AdmissionReinstated | MarketLeft


class AccessState(Struct, kw_only=True):
    """Admissions.

    Attributes:
        admissions: party -> ``factor/role`` -> the admission as it stands.
        history: party -> earlier versions, oldest first.
    """

    admissions: dict[str, dict[str, Admission]] = field(default_factory=dict)
    history: dict[str, list[Admission]] = field(default_factory=dict)


class AccessReach(RightsReach, Protocol):
    """A decision that sees who is admitted."""

    @property
    def access(self) -> AccessState: ...

    def blockers(self, party: str) -> list[str]:
        """What keeps a party from leaving, as the floors above see it, in words."""
        ...


def evolve(state: AccessState, event: AccessEvent) -> None:
    """Apply what happened; total, it never refuses."""
    match event:
        case PartyAdmitted(admission=admission):
            _put(state, admission)
        case AdmissionSuspended(admission=admission):
            _put(state, admission)
        case AdmissionReinstated(admission=admission):
            _put(state, admission)
        case MarketLeft(admissions=admissions):
            for admission in admissions:
                _put(state, admission)


def _put(state: AccessState, admission: Admission) -> None:
    of_party = state.admissions.setdefault(admission.party, {})
    key = key_of(admission.factor, admission.role)
    if key in of_party:
        state.history.setdefault(admission.party, []).append(of_party[key])
    of_party[key] = admission

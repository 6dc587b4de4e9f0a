"""The state of access: admissions by party, and their earlier versions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from yaosu.access.events import (
    AdmissionReinstated,
    AdmissionSuspended,
    AwardClaimed,
    CredentialRecognised,
    EntitlementsAdopted,
    ExitBegun,
    ExitStopped,
    GradeReached,
    LearningAdopted,
    MarketLeft,
    PartyAdmitted,
    RecognitionAdopted,
    ResidenceMoved,
    ScaleAdopted,
)
from yaosu.access.tables import (
    AnyTable,
    EntitlementTable,
    LearningTable,
    RecognitionTable,
    Scale,
)
from yaosu.access.values import LEFT, Admission, Claim, Recognition, Residence, key_of
from yaosu.rights.state import RightsReach
from yaosu.rights.values import Promise

T = TypeVar("T", bound=AnyTable)
AccessEvent = (
    PartyAdmitted
    | AdmissionSuspended
    | AdmissionReinstated
    | MarketLeft
    | RecognitionAdopted
    | CredentialRecognised
    | LearningAdopted
    | AwardClaimed
    | ScaleAdopted
    | GradeReached
    | ExitBegun
    | ExitStopped
    | EntitlementsAdopted
    | ResidenceMoved
)


class AccessState(Struct, kw_only=True):
    """Admissions, and what makes one qualified for them.

    Attributes:
        admissions: party -> ``factor/role`` -> the admission as it stands.
        history: party -> earlier versions, oldest first.
        leaving: party -> factor (empty: all) -> instant at which its exit was begun.
        recognitions: id of the attestation it gave -> what was recognised.
        recognised: original attestation -> ids of what it was recognised as.
        claims: id of the attestation it gave -> the award that was claimed.
        counted: ``award/party`` -> originals behind what was counted for it.
        residences: party -> where it lived, oldest first; the last one holds.
        recognition_tables, learning_tables, scales, entitlement_tables: id -> versions in order of
            adoption, each with its effect not before its adoption.
    """

    admissions: dict[str, dict[str, Admission]] = field(default_factory=dict)
    history: dict[str, list[Admission]] = field(default_factory=dict)
    leaving: dict[str, dict[str, int]] = field(default_factory=dict)
    recognitions: dict[str, Recognition] = field(default_factory=dict)
    recognised: dict[str, list[str]] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    counted: dict[str, list[str]] = field(default_factory=dict)
    recognition_tables: dict[str, list[RecognitionTable]] = field(default_factory=dict)
    learning_tables: dict[str, list[LearningTable]] = field(default_factory=dict)
    scales: dict[str, list[Scale]] = field(default_factory=dict)
    entitlement_tables: dict[str, list[EntitlementTable]] = field(default_factory=dict)
    residences: dict[str, list[Residence]] = field(default_factory=dict)


class AccessReach(RightsReach, Protocol):
    """A decision that sees who is admitted."""

    @property
    def access(self) -> AccessState: ...

    def promises(self) -> Callable[[str], list[Promise]]:
        """Looks up, for one decision, what a party has promised and not yet performed."""
        ...

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
        case MarketLeft(party=party, admissions=admissions):
            for admission in admissions:
                _put(state, admission)
                _stop_exit(state, party, admission.factor)
            if all(known.standing == LEFT for known in state.admissions[party].values()):
                _stop_exit(state, party, "")
        case ExitBegun(party=party, factor=factor, at=at):
            state.leaving.setdefault(party, {})[factor] = at
        case ExitStopped(party=party, factor=factor):
            _stop_exit(state, party, factor)
        case RecognitionAdopted(table=table, at=at):
            _adopt(state.recognition_tables, table, at)
        case LearningAdopted(table=learning, at=at):
            _adopt(state.learning_tables, learning, at)
        case ScaleAdopted(scale=scale, at=at):
            _adopt(state.scales, scale, at)
        case CredentialRecognised(recognition=recognition):
            state.recognitions[recognition.id] = recognition
            state.recognised.setdefault(recognition.credential, []).append(recognition.id)
        case AwardClaimed(claim=claim):
            state.claims[claim.id] = claim
            counted = state.counted.setdefault(f"{claim.award}/{claim.party}", [])
            counted.extend(claim.roots)
        case EntitlementsAdopted(table=entitlements, at=at):
            _adopt(state.entitlement_tables, entitlements, at)
        case ResidenceMoved(residence=residence):
            state.residences.setdefault(residence.party, []).append(residence)
        case GradeReached():
            pass  # the attestation that follows is what counts


def _stop_exit(state: AccessState, party: str, factor: str) -> None:
    begun = state.leaving.get(party, {})
    begun.pop(factor, None)
    if not begun:
        state.leaving.pop(party, None)


def tables_in_force(versions: Mapping[str, Sequence[T]], now: int) -> list[T]:
    """Of each table the version in force at an instant, by id."""
    found = []
    for name in sorted(versions):
        begun = [one for one in versions[name] if one.effective <= now]
        if begun and (begun[-1].expiry == 0 or now < begun[-1].expiry):
            found.append(begun[-1])
    return found


def _adopt(versions: dict[str, list[T]], table: T, at: int) -> None:
    effective = max(table.effective, at)
    versions.setdefault(table.id, []).append(replace(table, effective=effective))


def _put(state: AccessState, admission: Admission) -> None:
    of_party = state.admissions.setdefault(admission.party, {})
    key = key_of(admission.factor, admission.role)
    if key in of_party:
        state.history.setdefault(admission.party, []).append(of_party[key])
    of_party[key] = admission

"""What has happened at the gate."""

from yaosu.access.tables import EntitlementTable, LearningTable, RecognitionTable, Scale
from yaosu.access.values import Admission, Claim, Recognition, Residence
from yaosu.kernel.words import Event


class PartyAdmitted(Event, frozen=True, tag="access.party_admitted/1"):
    """A party may take a role for a factor, in every region."""

    admission: Admission


class AdmissionSuspended(Event, frozen=True, tag="access.admission_suspended/1"):
    """A party may make no new offers or bids for a factor and role."""

    admission: Admission


class AdmissionReinstated(Event, frozen=True, tag="access.admission_reinstated/1"):
    """A suspension is lifted."""

    admission: Admission


class MarketLeft(Event, frozen=True, tag="access.market_left/1"):
    """A party has given up admissions.

    Attributes:
        admissions: those given up, in their last version.
    """

    party: str
    admissions: tuple[Admission, ...]


class RecognitionAdopted(Event, frozen=True, tag="access.recognition_adopted/1"):
    """A table of recognitions is in force from its effect, or from now when that was earlier."""

    table: RecognitionTable
    at: int


class CredentialRecognised(Event, frozen=True, tag="access.credential_recognised/1"):
    """A credential counts as another kind; the attestation that says so follows."""

    recognition: Recognition


class LearningAdopted(Event, frozen=True, tag="access.learning_adopted/1"):
    """A table of what learning counts is in force from its effect, or from now."""

    table: LearningTable
    at: int


class AwardClaimed(Event, frozen=True, tag="access.award_claimed/1"):
    """Learning outcomes were counted for an award; the attestation that says so follows."""

    claim: Claim


class ScaleAdopted(Event, frozen=True, tag="access.scale_adopted/1"):
    """A scale of grades is in force from its effect, or from now."""

    scale: Scale
    at: int


class GradeReached(Event, frozen=True, tag="access.grade_reached/1"):
    """A party is promoted; the attestation that says so follows.

    Attributes:
        attestation: its id. ``scale``: ``id@version``.
        by_leap: without the grades before.
    """

    party: str
    scale: str
    grade: int
    attestation: str
    by_leap: bool
    at: int


class ExitBegun(Event, frozen=True, tag="access.exit_begun/1"):
    """A party is leaving: its orders are taken back, and it buys nothing more.

    Attributes:
        factor: empty is all of them.
    """

    party: str
    factor: str
    at: int


class ExitStopped(Event, frozen=True, tag="access.exit_stopped/1"):
    """A party stays after all."""

    party: str
    factor: str
    at: int


class EntitlementsAdopted(Event, frozen=True, tag="access.entitlements_adopted/1"):
    """A table of what social insurance entitles to is in force from its effect, or from now."""

    table: EntitlementTable
    at: int


class ResidenceMoved(Event, frozen=True, tag="access.residence_moved/1"):
    """A person lives in a region, with what went along."""

    residence: Residence

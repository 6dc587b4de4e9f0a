"""What may be asked at the gate."""

from yaosu.access.tables import EntitlementTable, LearningTable, RecognitionTable, Scale
from yaosu.kernel.words import Command


class ApplyForAdmission(Command, frozen=True, tag="access.apply_for_admission"):
    """Ask to take a role for a factor, everywhere; the actor is the applicant."""

    factor: str
    role: str


class SuspendAdmission(Command, frozen=True, tag="access.suspend_admission"):
    """Keep a party from new offers and bids for a factor and role; by the supervisor.

    Attributes:
        until: instant at which it ends by itself, 0 is until it is lifted.
    """

    party: str
    factor: str
    role: str
    reason: str
    until: int = 0


class ReinstateAdmission(Command, frozen=True, tag="access.reinstate_admission"):
    """Lift a suspension."""

    party: str
    factor: str
    role: str
    reason: str = ""


class LeaveMarket(Command, frozen=True, tag="access.leave_market"):
    """Give up admissions for one factor, or for all (empty); refused while anything is open."""

    factor: str = ""


class AdoptRecognition(Command, frozen=True, tag="access.adopt_recognition"):
    """Put a table of recognitions in force; refused where a way round it would gain."""

    table: RecognitionTable


class RecogniseCredential(Command, frozen=True, tag="access.recognise_credential"):
    """Have a credential of one's own recognised as another kind, by the tables in force.

    Attributes:
        attestation: the original; what was recognised itself leads no further.
        target: kind it is to be recognised as.
        supervisor: party under whom the holder works, where the table asks for one.
    """

    attestation: str
    target: str
    supervisor: str = ""


class RecogniseByDecision(Command, frozen=True, tag="access.recognise_by_decision"):
    """Recognise one credential that no table lists; what the case of an appeal leads to.

    Attributes:
        term_days: how long it counts, 0 as long as the credential.
        ground: why, in words.
    """

    attestation: str
    target: str
    ground: str
    level: int = 1
    term_days: int = 0


class WithdrawRecognition(Command, frozen=True, tag="access.withdraw_recognition"):
    """Withdraw what was recognised; earlier acts stay valid.

    Attributes:
        recognition: id of the attestation it gave.
    """

    recognition: str
    reason: str


class AdoptLearning(Command, frozen=True, tag="access.adopt_learning"):
    """Put a table of what learning counts in force."""

    table: LearningTable


class ClaimAward(Command, frozen=True, tag="access.claim_award"):
    """Claim an award for learning outcomes of one's own, from any source.

    Attributes:
        award: id in the learning tables in force.
        outcomes: ids of attestations about the actor; each counts once for this award.
    """

    award: str
    outcomes: tuple[str, ...]


class AdoptScale(Command, frozen=True, tag="access.adopt_scale"):
    """Put a scale of grades in force."""

    scale: Scale


class ApplyForGrade(Command, frozen=True, tag="access.apply_for_grade"):
    """Ask to be promoted to a grade of a scale; the actor is promoted where its rules are met."""

    scale: str
    grade: int


class BeginExit(Command, frozen=True, tag="access.begin_exit"):
    """Begin to leave, for one factor or for all (empty); the actor is the party.

    Its orders are taken back at once, and it buys nothing more; what it has it may still sell,
    settle and release. What then still stands open is listed (yaosu.access.exit.exit_page).
    """

    factor: str = ""


class StopExit(Command, frozen=True, tag="access.stop_exit"):
    """Stay after all: the exit that was begun ends, and the party may buy again."""

    factor: str = ""


class Deregister(Command, frozen=True, tag="access.deregister"):
    """Leave for good, by the party itself; refused with a list of all that is still open."""

    reason: str = ""


class AdoptEntitlements(Command, frozen=True, tag="access.adopt_entitlements"):
    """Put a table of what social insurance entitles to in force."""

    table: EntitlementTable


class MoveResidence(Command, frozen=True, tag="access.move_residence"):
    """Enter where a person lives, by itself or a registrar; what goes along is put on record.

    Attributes:
        source: SHA-256 of the document behind it, hex, or empty.
    """

    party: str
    region: str
    source: str = ""

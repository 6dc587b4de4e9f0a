"""What has happened in cases."""

from yaosu.cases.procedure import Procedure
from yaosu.cases.values import Charge, Ending, Filed
from yaosu.kernel.words import Event


class ProcedureAdopted(Event, frozen=True, tag="cases.procedure_adopted/1"):
    """A procedure is in force."""

    procedure: Procedure
    at: int


class CaseFiled(Event, frozen=True, tag="cases.case_filed/1"):
    """A case has begun."""

    filed: Filed


class DocumentsAdded(Event, frozen=True, tag="cases.documents_added/1"):
    """Documents are in a case, by digest."""

    case: str
    documents: dict[str, str]
    added_by: str
    at: int


class StageOpened(Event, frozen=True, tag="cases.stage_opened/1"):
    """A stage may be worked on; ``due`` 0 is no limit, or not yet known where it is undated."""

    case: str
    stage: str
    due: int
    is_undated: bool
    charge: str
    at: int


class OwnerCommitmentGiven(Event, frozen=True, tag="cases.owner_commitment_given/1"):
    """An applicant has promised something until ``due``."""

    case: str
    owner_commitment: str
    due: int
    is_undated: bool


class DueDated(Event, frozen=True, tag="cases.due_dated/1"):
    """A stage (``stage:<id>``) or commitment (``commitment:<id>``) has got its due instant."""

    case: str
    what: str
    due: int


class CaseDue(Event, frozen=True, tag="cases.case_due/1"):
    """The days of a stage (``stage:<id>``) or commitment (``commitment:<id>``) are over."""

    case: str
    what: str
    at: int


class StageCompleted(Event, frozen=True, tag="cases.stage_completed/1"):
    """A stage is over: ``done`` by somebody or an event, or ``passed`` as its days were over."""

    case: str
    stage: str
    outcome: str
    done_by: str
    note: str
    at: int


class ObjectionMade(Event, frozen=True, tag="cases.objection_made/1"):
    """Somebody objects to a case in its public notice."""

    case: str
    objection: str
    stage: str
    made_by: str
    reason: str
    source: str
    at: int


class ObjectionDecided(Event, frozen=True, tag="cases.objection_decided/1"):
    """An objection is upheld or dismissed."""

    case: str
    objection: str
    is_upheld: bool
    decided_by: str
    ground: str
    at: int


class CaseApproved(Event, frozen=True, tag="cases.case_approved/1"):
    """All stages of a case are over; what it leads to is decided next.

    Attributes:
        request: canonical bytes of the command, with the actor whose command it is; or empty.
    """

    case: str
    applicant: str
    request: bytes
    at: int


class CaseCarriedOut(Event, frozen=True, tag="cases.case_carried_out/1"):
    """The command a case led to was accepted; its events stand before this one."""

    case: str
    at: int


class CaseFellThrough(Event, frozen=True, tag="cases.case_fell_through/1"):
    """The command a case led to was refused, by this code."""

    case: str
    code: str
    facts: dict[str, str | int | bool]
    at: int


class CaseEnded(Event, frozen=True, tag="cases.case_ended/1"):
    """A case is refused or withdrawn."""

    case: str
    ending: Ending


class CaseAppealed(Event, frozen=True, tag="cases.case_appealed/1"):
    """The applicant appeals against the refusal."""

    case: str
    made_by: str
    reason: str
    at: int


class AppealDecided(Event, frozen=True, tag="cases.appeal_decided/1"):
    """An appeal is upheld (the case goes on) or dismissed."""

    case: str
    is_upheld: bool
    decided_by: str
    ground: str
    at: int


class OwnerCommitmentMet(Event, frozen=True, tag="cases.owner_commitment_met/1"):
    """A commitment was met."""

    case: str
    owner_commitment: str
    confirmed_by: str
    source: str
    at: int


class OwnerCommitmentBreached(Event, frozen=True, tag="cases.owner_commitment_breached/1"):
    """A commitment was not met in its days: the case is suspended."""

    case: str
    owner_commitment: str
    party: str
    at: int


class CaseFlagged(Event, frozen=True, tag="cases.case_flagged/1"):
    """Something about a case deserves a look.

    Attributes:
        code: what was noticed; ``reason``: in words, with the figures.
    """

    case: str
    code: str
    reason: str
    at: int


class ChargePosted(Event, frozen=True, tag="cases.charge_posted/1"):
    """Somebody has to pay, or is inspected, under a published tariff."""

    charge: str
    posted: Charge


class ChargePaid(Event, frozen=True, tag="cases.charge_paid/1"):
    """What was charged is paid."""

    charge: str
    party: str
    at: int


class DocumentKept(Event, frozen=True, tag="cases.document_kept/1"):
    """The file of a document is kept.

    Attributes:
        document: SHA-256 of the file, hex. size: bytes.
        party: who gave it.
    """

    document: str
    party: str
    kind: str
    media_type: str
    size: int
    at: int


class DocumentPreserved(Event, frozen=True, tag="cases.document_preserved/1"):
    """A document may not be deleted."""

    document: str
    preservation: str
    reason: str
    preserved_by: str
    at: int


class PreservationEnded(Event, frozen=True, tag="cases.preservation_ended/1"):
    """A preservation stands in the way of a deletion no more."""

    document: str
    preservation: str
    reason: str
    ended_by: str
    at: int


class DocumentDeleted(Event, frozen=True, tag="cases.document_deleted/1"):
    """The file of a document is kept no more."""

    document: str
    reason: str
    deleted_by: str
    at: int


class NoticeServed(Event, frozen=True, tag="cases.notice_served/1"):
    """A party was told something; ``document`` proves it.

    Attributes:
        about: case, or empty. told_at: when it was told, an instant.
    """

    notice: str
    party: str
    about: str
    form: str
    channel: str
    document: str
    told_at: int
    at: int

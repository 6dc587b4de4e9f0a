"""What may be asked of cases."""

from msgspec import field

from yaosu.cases.procedure import Procedure
from yaosu.kernel.words import Command
from yaosu.rules.pack import Value


class AdoptProcedure(Command, frozen=True, tag="cases.adopt_procedure"):
    """Put a procedure in force; cases in flight keep the version they began with."""

    procedure: Procedure


class FileCase(Command, frozen=True, tag="cases.file_case"):
    """Begin a case; the actor is the applicant.

    Attributes:
        case: its id.
        procedure: id; the version in force now is followed to the end.
        facts: as the procedure asks for them.
        documents: document id -> SHA-256 of the file, hex; more may follow.
        request: canonical bytes of the command the approval leads to, as the applicant's and with
            the key ``case/<id>`` (:func:`yaosu.cases.requests.request_of` makes them).
        owner_commitments: ids of those that are given.
        region: where it belongs; rules of that place are read.
    """

    case: str
    procedure: str
    facts: dict[str, Value] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)
    request: bytes = b""
    owner_commitments: tuple[str, ...] = ()
    region: str = ""


class AddDocuments(Command, frozen=True, tag="cases.add_documents"):
    """Add documents to an open case, or replace them, by digest."""

    case: str
    documents: dict[str, str]


class CompleteStage(Command, frozen=True, tag="cases.complete_stage"):
    """Complete a stage that is open, by who may."""

    case: str
    stage: str
    note: str = ""


class RefuseCase(Command, frozen=True, tag="cases.refuse_case"):
    """Refuse a case in a stage that is open, with reasons, by who may complete the stage."""

    case: str
    stage: str
    reasons: tuple[str, ...]


class WithdrawCase(Command, frozen=True, tag="cases.withdraw_case"):
    """Take a case back, by its applicant."""

    case: str
    reason: str = ""


class ObjectToCase(Command, frozen=True, tag="cases.object_to_case"):
    """Object to a case while its public notice is open; by any party.

    Attributes:
        objection: id, chosen by who objects.
        source: SHA-256 of a document, hex, or empty.
    """

    case: str
    objection: str
    reason: str
    source: str = ""


class DecideObjection(Command, frozen=True, tag="cases.decide_objection"):
    """Uphold an objection, which refuses the case, or dismiss it; with the ground."""

    case: str
    objection: str
    is_upheld: bool
    ground: str


class AppealCase(Command, frozen=True, tag="cases.appeal_case"):
    """Appeal against a refusal within its days, by the applicant."""

    case: str
    reason: str


class DecideAppeal(Command, frozen=True, tag="cases.decide_appeal"):
    """Uphold an appeal, and the case goes on as if its stage were completed; or dismiss it."""

    case: str
    is_upheld: bool
    ground: str


class ConfirmOwnerCommitment(Command, frozen=True, tag="cases.confirm_owner_commitment"):
    """Confirm that a commitment was met, by the role the procedure names."""

    case: str
    owner_commitment: str
    source: str = ""


class PostCharge(Command, frozen=True, tag="cases.post_charge"):
    """Post a fee, a fine or an inspection against a published tariff; the actor is its payee.

    Attributes:
        charge: its id.
        tariff: id of the rule item: ``tariff.fee.*``, ``tariff.fine.*`` or ``tariff.inspection.*``.
        facts: what the item reads besides what is known of the party.
        subject: what it is for, in words.
    """

    charge: str
    party: str
    tariff: str
    facts: dict[str, Value] = field(default_factory=dict)
    subject: str = ""
    region: str = ""


class PayCharge(Command, frozen=True, tag="cases.pay_charge"):
    """Pay what was charged, by who was charged."""

    charge: str


class KeepDocument(Command, frozen=True, tag="cases.keep_document"):
    """Put on record that a document is kept, by the operator, who has its file.

    Attributes:
        document: SHA-256 of the file, hex.
        party: who gave it.
        kind: one of ``DOCUMENT_KINDS``: says how long it is to be kept at least.
        media_type: what it was found to be. size: bytes.
    """

    document: str
    party: str
    kind: str
    media_type: str
    size: int


class PreserveDocument(Command, frozen=True, tag="cases.preserve_document"):
    """Forbid the deletion of a document until further notice, such as for a trial.

    Attributes:
        preservation: id; a document may be under several.
    """

    document: str
    preservation: str
    reason: str


class EndPreservation(Command, frozen=True, tag="cases.end_preservation"):
    """End one preservation of a document."""

    document: str
    preservation: str
    reason: str


class DeleteDocument(Command, frozen=True, tag="cases.delete_document"):
    """Delete a document that need not be kept any longer; its digest stays on record."""

    document: str
    reason: str


class ServeNotice(Command, frozen=True, tag="cases.serve_notice"):
    """Put on record that a party was told something, by the operator.

    Attributes:
        notice: id. party: who was told.
        about: case it is about, or empty.
        form: what kind of notice it is, such as ``case_refused``.
        channel: ``inbox`` or ``email``.
        document: the proof of service: what was sent, to whom, when, the other side's answer.
        told_at: when it was sent, or stood in the inbox: an instant.
    """

    notice: str
    party: str
    form: str
    channel: str
    document: str
    told_at: int
    about: str = ""

"""What may be done with documents, how long each is kept at least, and notices that were given."""

from yaosu.cases import refusals
from yaosu.cases.commands import (
    DeleteDocument,
    EndPreservation,
    KeepDocument,
    PreserveDocument,
    ServeNotice,
)
from yaosu.cases.documents_state import Document
from yaosu.cases.events import (
    DocumentDeleted,
    DocumentKept,
    DocumentPreserved,
    NoticeServed,
    PreservationEnded,
)
from yaosu.cases.state import CasesReach, procedure_named
from yaosu.cases.values import OPEN, TEXT_CHARACTERS_MAX, Case
from yaosu.kernel.ids import DIGEST_FORM, check_id
from yaosu.kernel.instant import DAY, format_instant
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.words import Event
from yaosu.rules.decide import parameter_of

YEAR = 366 * DAY  # never too short
DOCUMENT_KINDS = {  # kind -> years a document of it is kept at least; 0: as long as the journal
    "deed": 0,  # what a register entry rests on
    "evidence": 10,  # papers of a case
    "other": 1,
    "service": 0,  # proof that a notice was given
}
YEARS_RULE = "document.years."  # national parameter document.years.<kind>: another number of years
CHANNELS = ("inbox", "email")
FORM_CHARACTERS_MAX = 64
PRESERVATIONS_MAX = 100
FOR_EVER = 2**62  # an instant that never comes
__all__ = ["refusals"]


def decide_keep_document(reach: CasesReach, command: KeepDocument) -> list[Event]:
    """A document has a digest, a known kind and giver; one party gives it once as one kind."""
    is_digest = DIGEST_FORM.fullmatch(command.document)
    refuse_unless(is_digest, "cases.bad_digest", document="document", digest=command.document[:100])
    refuse_unless(
        command.kind in DOCUMENT_KINDS,
        "cases.unknown_document_kind",
        kind=command.kind[:100],
        known=", ".join(DOCUMENT_KINDS),
    )
    refuse_unless(
        command.party in reach.parties.parties, "cases.unknown_giver", party=command.party[:100]
    )
    fits = 0 < len(command.media_type) <= FORM_CHARACTERS_MAX * 2 and command.size > 0
    refuse_unless(fits, "cases.bad_document", media_type=command.media_type[:100])
    known = reach.cases.files.documents.get(command.document)
    if known is not None and not known.deleted_at:
        again = any((k.party, k.kind) == (command.party, command.kind) for k in known.keepings)
        refuse_unless(
            not again, "cases.document_kept", document=command.document, party=command.party
        )
    return [
        DocumentKept(
            document=command.document,
            party=command.party,
            kind=command.kind,
            media_type=command.media_type,
            size=command.size,
            at=reach.now,
        )
    ]


def decide_preserve_document(reach: CasesReach, command: PreserveDocument) -> list[Event]:
    """A document that is kept is preserved under an id of its own, with a reason."""
    known = _kept(reach, command.document)
    check_id(command.preservation, "preservation")
    is_new = command.preservation not in known.preservations
    refuse_unless(
        is_new and len(known.preservations) < PRESERVATIONS_MAX,
        "cases.preservation_exists",
        document=command.document,
        preservation=command.preservation,
        limit=PRESERVATIONS_MAX,
    )
    _check_reason(command.document, command.reason)
    return [
        DocumentPreserved(
            document=command.document,
            preservation=command.preservation,
            reason=command.reason,
            preserved_by=command.actor,
            at=reach.now,
        )
    ]


def decide_end_preservation(reach: CasesReach, command: EndPreservation) -> list[Event]:
    """A preservation is ended by who gave it, or by the venue's authority."""
    known = _kept(reach, command.document)
    given = found(
        known.preservations.get(command.preservation),
        "cases.unknown_preservation",
        document=command.document,
        preservation=command.preservation[:100],
    )
    venue = reach.parties.venue
    assert venue is not None
    refuse_unless(
        command.actor in {given.by, venue.authority},
        "cases.not_your_preservation",
        preservation=command.preservation,
        by=given.by,
    )
    _check_reason(command.document, command.reason)
    return [
        PreservationEnded(
            document=command.document,
            preservation=command.preservation,
            reason=command.reason,
            ended_by=command.actor,
            at=reach.now,
        )
    ]


def decide_delete_document(reach: CasesReach, command: DeleteDocument) -> list[Event]:
    """A document is deleted once nothing says that it is to be kept."""
    known = _kept(reach, command.document)
    refuse_unless(
        not known.preservations,
        "cases.document_preserved",
        document=command.document,
        preservations=", ".join(known.preservations),
    )
    until, why = kept_until(reach, command.document)
    refuse_unless(
        until <= reach.now,
        "cases.document_needed",
        document=command.document,
        until="the end of the journal" if until == FOR_EVER else format_instant(until),
        why=why,
    )
    _check_reason(command.document, command.reason)
    return [
        DocumentDeleted(
            document=command.document,
            reason=command.reason,
            deleted_by=command.actor,
            at=reach.now,
        )
    ]


def decide_serve_notice(reach: CasesReach, command: ServeNotice) -> list[Event]:
    """A notice is served once, its proof is kept, and it was not told later than now."""
    check_id(command.notice, "notice")
    refuse_unless(
        command.notice not in reach.cases.files.served,
        "cases.notice_served",
        notice=command.notice,
    )
    refuse_unless(
        command.party in reach.parties.parties, "cases.unknown_giver", party=command.party[:100]
    )
    refuse_unless(
        not command.about or command.about in reach.cases.cases,
        "cases.unknown",
        case=command.about[:100],
    )
    known = _kept(reach, command.document)
    is_proof = any(one.kind == "service" for one in known.keepings)
    fits = command.channel in CHANNELS and 0 < len(command.form) <= FORM_CHARACTERS_MAX
    refuse_unless(
        is_proof and fits and 0 < command.told_at <= reach.now,
        "cases.bad_service",
        notice=command.notice,
        channels=", ".join(CHANNELS),
    )
    return [
        NoticeServed(
            notice=command.notice,
            party=command.party,
            about=command.about,
            form=command.form,
            channel=command.channel,
            document=command.document,
            told_at=command.told_at,
            at=reach.now,
        )
    ]


def kept_until(reach: CasesReach, name: str) -> tuple[int, str]:
    """Until when a document that is kept is needed, and what for, in words.

    The longest period counts: of the kinds it was given as, and of the procedures whose cases
    name it, from the end of the case on; an open case needs it as long as it is open.
    """
    known = reach.cases.files.documents[name]
    ends: list[tuple[int, str]] = []
    for one in known.keepings:
        years = _years(reach, one.kind)
        ends.append((one.at + years * YEAR if years else FOR_EVER, f"kind {one.kind}"))
    for case_id in reach.cases.files.named.get(name, ()):
        case = reach.cases.cases[case_id]
        ends.append((_needed_by(reach, case, name), f"case {case_id}"))
    return max(ends)


def _years(reach: CasesReach, kind: str) -> int:
    """Years that the national rules ask for, or the table above."""
    value = parameter_of(reach, f"{YEARS_RULE}{kind}")
    is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return int(value) if is_number and value is not None else DOCUMENT_KINDS[kind]


def _needed_by(reach: CasesReach, case: Case, name: str) -> int:
    """Until when a case needs a document: while it is open, then the years of its procedure."""
    if case.phase == OPEN:
        return FOR_EVER
    procedure = procedure_named(reach.cases, case.filed.procedure)
    ended = case.endings[-1].at if case.endings else case.filed.at
    ended = max([ended, *(run.done_at for run in case.stages.values())])
    asked = {one.id: one.years_kept for one in procedure.documents}
    years = [asked.get(one, 0) for one, digest in case.documents.items() if digest == name]
    if not years:  # it was replaced, or is the source of an objection or confirmation
        return ended + DOCUMENT_KINDS["evidence"] * YEAR
    return max(ended + number * YEAR if number else FOR_EVER for number in years)


def _kept(reach: CasesReach, name: str) -> Document:
    known = reach.cases.files.documents.get(name)
    known = None if known is None or known.deleted_at else known
    return found(known, "cases.document_not_kept", document=name[:100])


def _check_reason(name: str, reason: str) -> None:
    is_said = bool(reason.strip()) and len(reason) <= TEXT_CHARACTERS_MAX
    refuse_unless(is_said, "cases.no_ground", document=name, limit=TEXT_CHARACTERS_MAX)

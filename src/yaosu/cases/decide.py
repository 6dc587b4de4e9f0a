"""What may be done with procedures and cases, and by whom."""

from yaosu.cases import refusals
from yaosu.cases.check import check_procedure
from yaosu.cases.commands import (
    AddDocuments,
    AdoptProcedure,
    AppealCase,
    CompleteStage,
    ConfirmOwnerCommitment,
    DecideAppeal,
    DecideObjection,
    FileCase,
    ObjectToCase,
    RefuseCase,
    WithdrawCase,
)
from yaosu.cases.events import (
    AppealDecided,
    CaseAppealed,
    CaseFiled,
    DocumentsAdded,
    ObjectionDecided,
    ObjectionMade,
    OwnerCommitmentGiven,
    OwnerCommitmentMet,
    ProcedureAdopted,
    StageCompleted,
)
from yaosu.cases.filing import (
    check_documents,
    check_new,
    find_splits,
    procedure_in_force,
    procedure_of,
    read_filing,
)
from yaosu.cases.flow import ending, open_objections, passed, waits_for_objections
from yaosu.cases.procedure import ACT, APPLICANT, EVENT, NOTICE, Stage
from yaosu.cases.state import CasesReach, stage_of
from yaosu.cases.values import (
    DONE,
    OBJECTIONS_MAX,
    OPEN,
    REFUSED,
    TEXT_CHARACTERS_MAX,
    WITHDRAWN,
    Case,
    is_suspended,
)
from yaosu.kernel.ids import DIGEST_FORM, check_id
from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.parties.decide import attestations_about, has_role
from yaosu.places.decide import calendar_of, end_of_term, regions_at
from yaosu.places.methods.tree import path_of

COMPETENCE = "competence"  # kind of the attestation that makes an office competent for a level
REASONS_MAX = 50
__all__ = ["refusals"]


def decide_adopt_procedure(reach: CasesReach, command: AdoptProcedure) -> list[Event]:
    """A procedure holds together, is a version not seen before, and its calendar is known."""
    procedure = command.procedure
    check_procedure(procedure)
    calendar_of(reach, procedure.calendar)
    versions = [known.version for known in reach.cases.procedures.get(procedure.id, [])]
    refuse_unless(
        procedure.version not in versions, "cases.procedure_exists", procedure=procedure.name
    )
    return [ProcedureAdopted(procedure=procedure, at=reach.now)]


def decide_file_case(reach: CasesReach, command: FileCase) -> list[Event]:
    """A case is new, follows the version in force now, and says what its procedure asks for."""
    check_new(reach, command.case)
    procedure = procedure_in_force(reach, command.procedure)
    filed = read_filing(reach, procedure, command)
    events: list[Event] = [CaseFiled(filed=filed)]
    if command.documents:
        documents = dict(sorted(command.documents.items()))
        events.append(
            DocumentsAdded(
                case=command.case, documents=documents, added_by=command.actor, at=reach.now
            )
        )
    for promise in procedure.owner_commitments:
        if promise.id in filed.owner_commitments:
            due = end_of_term(reach, procedure.calendar, promise.days, promise.day_kind, reach.now)
            given = OwnerCommitmentGiven(
                case=command.case,
                owner_commitment=promise.id,
                due=due or 0,
                is_undated=due is None,
            )
            events.append(given)
    return [*events, *find_splits(reach, procedure, command)]


def decide_add_documents(reach: CasesReach, command: AddDocuments) -> list[Event]:
    """Documents come from the applicant, or from whose turn it is."""
    case = _open_case(reach, command.case)
    stages = [stage for stage in _open_stages(reach, command.case) if stage.by]
    is_in_turn = any(not _turn_fault(reach, command.case, stage, command.actor) for stage in stages)
    refuse_unless(
        command.actor == case.filed.applicant or is_in_turn,
        "cases.not_your_turn",
        case=command.case,
        actor=command.actor,
        reason="it is neither the applicant nor in charge of an open stage",
    )
    check_documents(procedure_of(reach, command.case), command.documents)
    refuse_unless(command.documents, "cases.nothing_added", case=command.case)
    documents = dict(sorted(command.documents.items()))
    return [
        DocumentsAdded(case=command.case, documents=documents, added_by=command.actor, at=reach.now)
    ]


def decide_complete_stage(reach: CasesReach, command: CompleteStage) -> list[Event]:
    """An open stage is completed by who may, with its documents there and its fee paid."""
    stage = _stage_in_turn(reach, command.case, command.stage, command.actor)
    case = reach.cases.cases[command.case]
    refuse_unless(
        stage.kind == ACT, "cases.not_by_hand", case=command.case, stage=stage.id, kind=stage.kind
    )
    missing = [name for name in stage.documents if name not in case.documents]
    refuse_unless(
        not missing,
        "cases.documents_missing",
        case=command.case,
        stage=stage.id,
        missing=", ".join(missing),
    )
    charge = case.stages[stage.id].charge
    refuse_unless(
        not charge or reach.cases.charges[charge].paid_at,
        "cases.fee_unpaid",
        case=command.case,
        stage=stage.id,
        charge=charge,
    )
    _check_text(command.note, "note")
    return [
        StageCompleted(
            case=command.case,
            stage=stage.id,
            outcome=DONE,
            done_by=command.actor,
            note=command.note,
            at=reach.now,
        )
    ]


def decide_refuse_case(reach: CasesReach, command: RefuseCase) -> list[Event]:
    """A refusal comes from who is in charge of an open stage, and always with reasons."""
    stage = _stage_in_turn(reach, command.case, command.stage, command.actor)
    refuse_unless(
        stage.by != APPLICANT, "cases.not_by_hand", case=command.case, stage=stage.id, kind="own"
    )
    reasons = tuple(reason.strip() for reason in command.reasons)
    is_said = 0 < len(reasons) <= REASONS_MAX and all(reasons)
    refuse_unless(is_said, "cases.no_reasons", case=command.case)
    for reason in reasons:
        _check_text(reason, "reason")
    return [ending(reach, command.case, REFUSED, command.actor, reasons, stage.id)]


def decide_withdraw_case(reach: CasesReach, command: WithdrawCase) -> list[Event]:
    """An open case is withdrawn by its applicant."""
    case = _open_case(reach, command.case)
    _check_applicant(case, command.case, command.actor)
    _check_text(command.reason, "reason")
    reasons = (command.reason,) if command.reason else ()
    return [ending(reach, command.case, WITHDRAWN, command.actor, reasons)]


def decide_object_to_case(reach: CasesReach, command: ObjectToCase) -> list[Event]:
    """Anybody but the applicant may object while the public notice is open."""
    case = _open_case(reach, command.case)
    check_id(command.objection, "objection")
    refuse_unless(
        command.objection not in case.objections and len(case.objections) < OBJECTIONS_MAX,
        "cases.objection_exists",
        case=command.case,
        objection=command.objection,
        limit=OBJECTIONS_MAX,
    )
    notices = [
        stage.id
        for stage in _open_stages(reach, command.case)
        if stage.kind == NOTICE and not case.stages[stage.id].is_overdue
    ]
    refuse_unless(notices, "cases.no_notice_open", case=command.case)
    refuse_unless(
        command.actor != case.filed.applicant,
        "cases.own_case",
        case=command.case,
        actor=command.actor,
    )
    refuse_unless(command.reason.strip(), "cases.no_reasons", case=command.case)
    _check_text(command.reason, "reason")
    is_digest = command.source == "" or DIGEST_FORM.fullmatch(command.source)
    refuse_unless(is_digest, "cases.bad_digest", document="source", digest=command.source)
    return [
        ObjectionMade(
            case=command.case,
            objection=command.objection,
            stage=notices[0],
            made_by=command.actor,
            reason=command.reason,
            source=command.source,
            at=reach.now,
        )
    ]


def decide_decide_objection(reach: CasesReach, command: DecideObjection) -> list[Event]:
    """An objection is decided once, with a ground; one that is upheld refuses the case."""
    case = _open_case(reach, command.case)
    objection = found(
        case.objections.get(command.objection),
        "cases.unknown_objection",
        case=command.case,
        objection=command.objection,
    )
    refuse_unless(
        not objection.decided_at,
        "cases.objection_decided",
        case=command.case,
        objection=command.objection,
    )
    stage = _stage_in_turn(reach, command.case, objection.stage, command.actor)
    refuse_unless(
        command.actor != objection.by, "cases.own_case", case=command.case, actor=command.actor
    )
    refuse_unless(command.ground.strip(), "cases.no_reasons", case=command.case)
    _check_text(command.ground, "ground")
    decided = ObjectionDecided(
        case=command.case,
        objection=command.objection,
        is_upheld=command.is_upheld,
        decided_by=command.actor,
        ground=command.ground,
        at=reach.now,
    )
    if command.is_upheld:
        reasons = (f"objection {command.objection} is upheld: {command.ground}",)
        return [
            decided,
            ending(reach, command.case, REFUSED, command.actor, reasons, stage.id),
        ]
    is_last = open_objections(case, stage.id) == [command.objection]
    if is_last and waits_for_objections(case, stage.id):
        return [decided, passed(command.case, stage.id, command.actor, reach.now)]
    return [decided]


def decide_appeal_case(reach: CasesReach, command: AppealCase) -> list[Event]:
    """A refused case is appealed by its applicant, once a refusal, within its days."""
    case = _case(reach, command.case)
    _check_applicant(case, command.case, command.actor)
    last = case.endings[-1] if case.endings else None
    if case.phase != REFUSED or last is None or not last.appeal_to:
        refuse("cases.no_appeal", case=command.case, phase=case.phase)
    refuse_unless(
        not last.appeal_until or reach.now < last.appeal_until,
        "cases.appeal_late",
        case=command.case,
        until=format_instant(last.appeal_until),
    )
    is_first = not any(appeal.at >= last.at for appeal in case.appeals)
    refuse_unless(is_first, "cases.appealed_before", case=command.case)
    refuse_unless(command.reason.strip(), "cases.no_reasons", case=command.case)
    _check_text(command.reason, "reason")
    return [
        CaseAppealed(case=command.case, made_by=command.actor, reason=command.reason, at=reach.now)
    ]


def decide_decide_appeal(reach: CasesReach, command: DecideAppeal) -> list[Event]:
    """An appeal is decided once, by the role the procedure names, not by who refused or filed.

    One that is upheld takes the case up again where it was refused.
    """
    case = _case(reach, command.case)
    is_open = case.appeals and not case.appeals[-1].decided_at
    refuse_unless(is_open, "cases.no_appeal", case=command.case, phase=case.phase)
    last = case.endings[-1]
    refuse_unless(
        has_role(reach, command.actor, last.appeal_to)
        and command.actor not in {last.by, case.filed.applicant},
        "cases.not_your_turn",
        case=command.case,
        actor=command.actor,
        reason=f"an appeal is heard by the {last.appeal_to}, not by who refused or filed it",
    )
    refuse_unless(command.ground.strip(), "cases.no_reasons", case=command.case)
    _check_text(command.ground, "ground")
    decided = AppealDecided(
        case=command.case,
        is_upheld=command.is_upheld,
        decided_by=command.actor,
        ground=command.ground,
        at=reach.now,
    )
    run = case.stages.get(last.stage)
    is_over = run is not None and run.is_overdue and not run.done_at
    stage = stage_of(procedure_of(reach, command.case), last.stage) if is_over else None
    if not command.is_upheld or stage is None or stage.kind != NOTICE:
        return [decided]
    return [decided, passed(command.case, stage.id, command.actor, reach.now)]


def decide_confirm_owner_commitment(
    reach: CasesReach, command: ConfirmOwnerCommitment
) -> list[Event]:
    """A commitment is confirmed once, also late: then the suspension ends, the record stays."""
    case = _case(reach, command.case)
    promise = found(
        case.promises.get(command.owner_commitment),
        "cases.unknown_owner_commitment",
        procedure=case.filed.procedure,
        owner_commitment=command.owner_commitment,
        known=", ".join(sorted(case.promises)) or "none",
    )
    named = {one.id: one for one in procedure_of(reach, command.case).owner_commitments}
    by = named[command.owner_commitment].by
    refuse_unless(
        has_role(reach, command.actor, by) and command.actor != case.filed.applicant,
        "cases.not_your_turn",
        case=command.case,
        actor=command.actor,
        reason=f"it is confirmed by a {by}, not by the applicant",
    )
    refuse_unless(
        not promise.met_at,
        "cases.met_before",
        case=command.case,
        owner_commitment=command.owner_commitment,
    )
    is_digest = command.source == "" or DIGEST_FORM.fullmatch(command.source)
    refuse_unless(is_digest, "cases.bad_digest", document="source", digest=command.source)
    return [
        OwnerCommitmentMet(
            case=command.case,
            owner_commitment=command.owner_commitment,
            confirmed_by=command.actor,
            source=command.source,
            at=reach.now,
        )
    ]


def _case(reach: CasesReach, case: str) -> Case:
    return found(reach.cases.cases.get(case), "cases.unknown", case=case)


def _open_case(reach: CasesReach, name: str) -> Case:
    case = _case(reach, name)
    refuse_unless(case.phase == OPEN, "cases.not_open", case=name, phase=case.phase)
    return case


def _open_stages(reach: CasesReach, name: str) -> list[Stage]:
    case = reach.cases.cases[name]
    procedure = procedure_of(reach, name)
    return [stage_of(procedure, one) for one, run in case.stages.items() if not run.done_at]


def _stage_in_turn(reach: CasesReach, name: str, stage_id: str, actor: str) -> Stage:
    """An open stage of an open case, in the charge of the actor, or a refusal."""
    case = _open_case(reach, name)
    open_stages = {stage.id: stage for stage in _open_stages(reach, name)}
    stage = found(
        open_stages.get(stage_id),
        "cases.stage_not_open",
        case=name,
        stage=stage_id,
        open=", ".join(sorted(open_stages)) or "none",
    )
    refuse_unless(
        stage.kind != EVENT, "cases.not_by_hand", case=name, stage=stage.id, kind=stage.kind
    )
    fault = _turn_fault(reach, name, stage, actor)
    refuse_unless(not fault, "cases.not_your_turn", case=name, actor=actor, reason=fault)
    late = [one for one, promise in case.promises.items() if promise.breached_at]
    refuse_unless(
        not is_suspended(case), "cases.suspended", case=name, owner_commitments=", ".join(late)
    )
    return stage


def _turn_fault(reach: CasesReach, name: str, stage: Stage, actor: str) -> str:
    """Why a stage is not in the actor's charge, or nothing."""
    filed = reach.cases.cases[name].filed
    if stage.by == APPLICANT:
        return "" if actor == filed.applicant else "it is the applicant's turn"
    if not has_role(reach, actor, stage.by):
        return f"it is the turn of a {stage.by}"
    if actor == filed.applicant:
        return "nobody decides in an own case"
    level = filed.levels.get(stage.id, "")
    if level and not _is_competent(reach, actor, level, filed.region):
        return f"the level competent for {stage.id} is {level}"
    return ""


def _is_competent(reach: CasesReach, actor: str, level: str, region: str) -> bool:
    """Whether an office is attested to be competent for a level, there or everywhere."""
    path = path_of(regions_at(reach), region)
    return any(
        attestation.scope.get("level") == level
        and attestation.scope.get("region", region) in (path or [region])
        for attestation in attestations_about(reach, actor, COMPETENCE)
    )


def _check_applicant(case: Case, name: str, actor: str) -> None:
    refuse_unless(
        actor == case.filed.applicant,
        "cases.not_your_turn",
        case=name,
        actor=actor,
        reason="only the applicant may ask for this",
    )


def _check_text(text: str, what: str) -> None:
    refuse_unless(
        len(text) <= TEXT_CHARACTERS_MAX,
        "kernel.text_too_long",
        where=f"the {what}",
        length=len(text),
        limit=TEXT_CHARACTERS_MAX,
    )

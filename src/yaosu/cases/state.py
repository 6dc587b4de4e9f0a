"""The state of cases: procedures, cases, what is due when, and what waits for which event."""

from bisect import bisect_left, insort
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from yaosu.cases.documents_state import DocumentsState, evolve_documents, name_document
from yaosu.cases.events import (
    AppealDecided,
    CaseAppealed,
    CaseApproved,
    CaseCarriedOut,
    CaseDue,
    CaseEnded,
    CaseFellThrough,
    CaseFiled,
    CaseFlagged,
    ChargePaid,
    ChargePosted,
    DocumentDeleted,
    DocumentKept,
    DocumentPreserved,
    DocumentsAdded,
    DueDated,
    NoticeServed,
    ObjectionDecided,
    ObjectionMade,
    OwnerCommitmentBreached,
    OwnerCommitmentGiven,
    OwnerCommitmentMet,
    PreservationEnded,
    ProcedureAdopted,
    StageCompleted,
    StageOpened,
)
from yaosu.cases.procedure import EVENT, OWN, Procedure, Stage
from yaosu.cases.values import (
    APPROVED,
    CARRIED_OUT,
    FELL_THROUGH,
    OPEN,
    Appealed,
    Case,
    Charge,
    Filed,
    Objection,
    Promise,
    StageRun,
)
from yaosu.kernel.words import Event
from yaosu.parties.state import PartiesReach
from yaosu.rules.pack import Value

STAGE, COMMITMENT = "stage:", "commitment:"  # what a due instant belongs to


class CasesState(Struct, kw_only=True):
    """Procedures and cases.

    Attributes:
        procedures: procedure id -> its versions, oldest first.
        cases: case id -> the case.
        due: (instant, case, what), sorted: what the days of run out then.
        undated: (case, what) with days that the calendar does not reach yet.
        waiting: event tag -> value of its first matched field, as text -> (case, stage).
        filed: procedure id and the fact cases belong together by -> case ids.
        by_applicant: party -> ids of its cases, in order of filing.
        charges: charge id -> charge. ``charged``: party -> ids of its charges.
        files: documents that are kept, and notices that were given.
    """

    procedures: dict[str, list[Procedure]] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    due: list[tuple[int, str, str]] = field(default_factory=list)
    undated: list[tuple[str, str]] = field(default_factory=list)
    waiting: dict[str, dict[str, list[tuple[str, str]]]] = field(default_factory=dict)
    filed: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    by_applicant: dict[str, list[str]] = field(default_factory=dict)
    charges: dict[str, Charge] = field(default_factory=dict)
    charged: dict[str, list[str]] = field(default_factory=dict)
    files: DocumentsState = field(default_factory=DocumentsState)


class CasesReach(PartiesReach, Protocol):
    """A decision that sees cases."""

    @property
    def cases(self) -> CasesState: ...


def evolve(state: CasesState, event: Event) -> None:
    """Apply what happened; total, it never refuses."""
    match event:
        case ProcedureAdopted(procedure=procedure):
            state.procedures.setdefault(procedure.id, []).append(procedure)
        case CaseFiled() | DocumentsAdded() | CaseFlagged() | OwnerCommitmentGiven():
            _evolve_filing(state, event)
        case StageOpened() | StageCompleted() | DueDated() | CaseDue():
            _evolve_stages(state, event)
        case ObjectionMade() | ObjectionDecided() | CaseAppealed() | AppealDecided():
            _evolve_disputes(state, event)
        case OwnerCommitmentMet(
            case=name, owner_commitment=owner_commitment, confirmed_by=by, source=source, at=at
        ):
            promises = state.cases[name].promises
            promises[owner_commitment] = replace(
                promises[owner_commitment], met_at=at, confirmed_by=by, source=source
            )
            name_document(state.files, source, name)
            _forget(state, name, COMMITMENT + owner_commitment)
        case OwnerCommitmentBreached(case=name, owner_commitment=owner_commitment, at=at):
            promises = state.cases[name].promises
            promises[owner_commitment] = replace(promises[owner_commitment], breached_at=at)
        case CaseApproved(case=name):
            state.cases[name].phase = APPROVED
        case CaseCarriedOut(case=name):
            state.cases[name].phase = CARRIED_OUT
        case CaseFellThrough(case=name, code=code):
            state.cases[name].phase = FELL_THROUGH
            state.cases[name].carried = code
        case CaseEnded(case=name, ending=ending):
            case_ = state.cases[name]
            case_.phase = ending.phase
            case_.endings.append(ending)
            _clear(state, name, case_)
        case ChargePosted(charge=charge, posted=posted):
            state.charges[charge] = posted
            state.charged.setdefault(posted.party, []).append(charge)
        case ChargePaid(charge=charge, at=at):
            state.charges[charge] = replace(state.charges[charge], paid_at=at)
        case DocumentKept() | DocumentPreserved() | PreservationEnded() | DocumentDeleted():
            evolve_documents(state.files, event)
        case NoticeServed():
            evolve_documents(state.files, event)


def procedure_named(state: CasesState, name: str) -> Procedure:
    """The version of a procedure, by ``id@version``, that a case follows."""
    procedure_id = name.partition("@")[0]
    return next(one for one in state.procedures[procedure_id] if one.name == name)


def begun_versions(reach: CasesReach, procedure: str) -> list[Procedure]:
    """The versions of a procedure that have begun and are not over; the last one is followed."""
    return [
        known
        for known in reach.cases.procedures.get(procedure, [])
        if known.effective <= reach.now and (known.expiry == 0 or reach.now < known.expiry)
    ]


def stage_of(procedure: Procedure, stage: str) -> Stage:
    """A stage of a procedure that is known to have it."""
    return next(one for one in procedure.stages if one.id == stage)


def first_match(stage: Stage) -> tuple[str, str]:
    """The (field, fact) of the event by which waiting stages are looked up."""
    return min(stage.match.items())


def fact_of(filed: Filed, fact: str) -> Value:
    """What a case says of a fact; ``case`` is its own id, where no fact is named so."""
    return filed.case if fact == OWN and fact not in filed.facts else filed.facts[fact]


def _evolve_filing(
    state: CasesState, event: CaseFiled | DocumentsAdded | CaseFlagged | OwnerCommitmentGiven
) -> None:
    match event:
        case CaseFiled(filed=filed):
            state.cases[filed.case] = Case(filed=filed)
            state.by_applicant.setdefault(filed.applicant, []).append(filed.case)
            procedure = procedure_named(state, filed.procedure)
            for split in procedure.splits:
                together = state.filed.setdefault(f"{procedure.id}/{split.same}", {})
                together.setdefault(str(filed.facts[split.same]), []).append(filed.case)
        case DocumentsAdded(case=name, documents=documents):
            state.cases[name].documents.update(documents)
            for document in documents.values():
                name_document(state.files, document, name)
        case CaseFlagged(case=name, code=code, reason=reason):
            state.cases[name].flags[code] = reason
        case OwnerCommitmentGiven(
            case=name, owner_commitment=owner_commitment, due=due, is_undated=is_undated
        ):
            state.cases[name].promises[owner_commitment] = Promise(due=due, is_undated=is_undated)
            _expect(state, name, COMMITMENT + owner_commitment, due, is_undated)


def _evolve_stages(
    state: CasesState, event: StageOpened | StageCompleted | DueDated | CaseDue
) -> None:
    case_ = state.cases[event.case]
    match event:
        case StageOpened(case=name, stage=stage, due=due, is_undated=is_undated):
            run = StageRun(opened_at=event.at, due=due, is_undated=is_undated, charge=event.charge)
            case_.stages[stage] = run
            _expect(state, name, STAGE + stage, due, is_undated)
            _wait(state, name, case_, stage)
        case StageCompleted(case=name, stage=stage, outcome=outcome, done_by=done_by, note=note):
            case_.stages[stage] = replace(
                case_.stages[stage], done_at=event.at, done_by=done_by, outcome=outcome, note=note
            )
            _forget(state, name, STAGE + stage)
            _wait_no_more(state, name, case_, stage)
        case DueDated(case=name, what=what, due=due):
            state.undated.remove((name, what))
            _put_due(case_, what, due)
            insort(state.due, (due, name, what))
        case CaseDue(case=name, what=what, at=at):
            _take_due(state, (at, name, what))
            if what.startswith(STAGE):
                stage = what.removeprefix(STAGE)
                case_.stages[stage] = replace(case_.stages[stage], is_overdue=True)


def _evolve_disputes(
    state: CasesState, event: ObjectionMade | ObjectionDecided | CaseAppealed | AppealDecided
) -> None:
    case_ = state.cases[event.case]
    match event:
        case ObjectionMade(objection=objection, stage=stage, made_by=by, reason=reason):
            case_.objections[objection] = Objection(
                by=by, stage=stage, reason=reason, source=event.source, at=event.at
            )
            name_document(state.files, event.source, event.case)
        case ObjectionDecided(objection=objection, is_upheld=is_upheld, decided_by=by):
            case_.objections[objection] = replace(
                case_.objections[objection],
                decided_at=event.at,
                decided_by=by,
                is_upheld=is_upheld,
                ground=event.ground,
            )
        case CaseAppealed(reason=reason, at=at):
            case_.appeals.append(Appealed(reason=reason, at=at))
        case AppealDecided(is_upheld=is_upheld, decided_by=by, ground=ground, at=at):
            case_.appeals[-1] = replace(
                case_.appeals[-1], decided_at=at, decided_by=by, is_upheld=is_upheld, ground=ground
            )
            if is_upheld:
                case_.phase = OPEN
                _take_up_again(state, event.case, case_)


def _expect(state: CasesState, name: str, what: str, due: int, is_undated: bool) -> None:
    if is_undated:
        state.undated.append((name, what))
    elif due:
        insort(state.due, (due, name, what))


def _forget(state: CasesState, name: str, what: str) -> None:
    """What was due is done, or no longer matters."""
    if (name, what) in state.undated:
        state.undated.remove((name, what))
    _take_due(state, (_due_of(state.cases[name], what), name, what))


def _take_due(state: CasesState, row: tuple[int, str, str]) -> None:
    place = bisect_left(state.due, row)
    if place < len(state.due) and state.due[place] == row:
        del state.due[place]


def _due_of(case_: Case, what: str) -> int:
    if what.startswith(STAGE):
        return case_.stages[what.removeprefix(STAGE)].due
    return case_.promises[what.removeprefix(COMMITMENT)].due


def _put_due(case_: Case, what: str, due: int) -> None:
    if what.startswith(STAGE):
        stage = what.removeprefix(STAGE)
        case_.stages[stage] = replace(case_.stages[stage], due=due, is_undated=False)
    else:
        promise = what.removeprefix(COMMITMENT)
        case_.promises[promise] = replace(case_.promises[promise], due=due, is_undated=False)


def _wait(state: CasesState, name: str, case_: Case, stage_id: str) -> None:
    stage = stage_of(procedure_named(state, case_.filed.procedure), stage_id)
    if stage.kind == EVENT:
        value = str(fact_of(case_.filed, first_match(stage)[1]))
        state.waiting.setdefault(stage.event, {}).setdefault(value, []).append((name, stage_id))


def _wait_no_more(state: CasesState, name: str, case_: Case, stage_id: str) -> None:
    stage = stage_of(procedure_named(state, case_.filed.procedure), stage_id)
    if stage.kind != EVENT:
        return
    value = str(fact_of(case_.filed, first_match(stage)[1]))
    by_value = state.waiting.get(stage.event, {})
    rest = [one for one in by_value.get(value, []) if one != (name, stage_id)]
    if rest:
        by_value[value] = rest
    else:
        by_value.pop(value, None)
        if not by_value:
            state.waiting.pop(stage.event, None)


def _clear(state: CasesState, name: str, case_: Case) -> None:
    """A case that ended waits for nothing, and none of its promises is due any more."""
    for stage, run in case_.stages.items():
        if run.done_at == 0:
            _forget(state, name, STAGE + stage)
            _wait_no_more(state, name, case_, stage)
    for promise in case_.promises:
        _forget(state, name, COMMITMENT + promise)


def _take_up_again(state: CasesState, name: str, case_: Case) -> None:
    """What an ended case was waiting for counts again, once an appeal was upheld."""
    for stage, run in case_.stages.items():
        if run.done_at == 0:
            if not run.is_overdue:
                _expect(state, name, STAGE + stage, run.due, run.is_undated)
            _wait(state, name, case_, stage)
    for promise, given in case_.promises.items():
        if not given.met_at and not given.breached_at:
            _expect(state, name, COMMITMENT + promise, given.due, given.is_undated)

"""How a case goes on by itself: stages open, days run out, events complete, approvals follow.

Everything here follows from what has happened; nothing here refuses.
"""

from yaosu.cases.events import (
    CaseApproved,
    CaseCarriedOut,
    CaseDue,
    CaseEnded,
    CaseFellThrough,
    CaseFiled,
    ChargePosted,
    DueDated,
    OwnerCommitmentBreached,
    OwnerCommitmentMet,
    StageCompleted,
    StageOpened,
)
from yaosu.cases.filing import procedure_of
from yaosu.cases.procedure import (
    ACT,
    DECIDER,
    NOTICE,
    PASS,
    REFUSE,
    Procedure,
    Stage,
)
from yaosu.cases.requests import on_behalf_of
from yaosu.cases.state import COMMITMENT, STAGE, CasesReach, CasesState, fact_of, stage_of
from yaosu.cases.values import (
    DONE,
    OPEN,
    PASSED,
    REFUSED,
    WITHDRAWN,
    Case,
    Charge,
    Ending,
    is_suspended,
)
from yaosu.kernel.ids import derive_id
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Event, tag_of
from yaosu.parties.decide import attest_by_venue
from yaosu.parties.methods.roles import GRANTED_BY_AUTHORITY
from yaosu.places.decide import end_of_term
from yaosu.places.events import CalendarDefined

NOBODY = ""  # by whom what time alone has done is done


def after_filing(reach: CasesReach, event: CaseFiled) -> list[Event]:
    """The first stages open."""
    return go_on(reach, event.filed.case, event.filed.at)


def after_stage(reach: CasesReach, event: StageCompleted) -> list[Event]:
    """What waited for the stage opens; after the last one the case is approved."""
    return go_on(reach, event.case, event.at)


def after_owner_commitment(reach: CasesReach, event: OwnerCommitmentMet) -> list[Event]:
    """A case that was held up by a breach goes on."""
    return go_on(reach, event.case, event.at)


def go_on(reach: CasesReach, name: str, at: int) -> list[Event]:
    """Open every stage that may begin now, or approve the case where none is left."""
    case = reach.cases.cases[name]
    if case.phase != OPEN or is_suspended(case):
        return []
    procedure = procedure_of(reach, name)
    over = stages_over(procedure, case)
    if len(over) == len(procedure.stages):
        return [_approval(procedure, case, at)]
    events: list[Event] = []
    for stage in procedure.stages:
        is_new = stage.id not in case.stages and stage.id not in over
        if is_new and all(before in over for before in stage.after):
            events += _opened(reach, procedure, stage, case, at)
    return events


def stages_over(procedure: Procedure, case: Case) -> set[str]:
    """Stages that are done, or left out and due to begin. For membership and counting only."""
    over: set[str] = set()
    for stage in procedure.stages:  # in an order in which each comes after those it waits for
        run = case.stages.get(stage.id)
        is_left_out = stage.id in case.filed.left_out
        if (run is not None and run.done_at) or (
            is_left_out and all(before in over for before in stage.after)
        ):
            over.add(stage.id)
    return over


def open_objections(case: Case, stage: str) -> list[str]:
    """Objections made in a notice that are not decided yet, by id."""
    return sorted(
        name for name, one in case.objections.items() if one.stage == stage and not one.decided_at
    )


def waits_for_objections(case: Case, stage: str) -> bool:
    """Whether a notice is over but for its objections."""
    run = case.stages[stage]
    return run.is_overdue and not run.done_at


def passed(case: str, stage: str, by: str, at: int) -> Event:
    """A stage is over without having been completed: its days are, and what stood against it."""
    return StageCompleted(case=case, stage=stage, outcome=PASSED, done_by=by, note="", at=at)


def ending(
    reach: CasesReach, name: str, phase: str, by: str, reasons: tuple[str, ...], stage: str = ""
) -> CaseEnded:
    """The end of a case, with where to turn."""
    procedure = procedure_of(reach, name)
    appeal = procedure.appeal if phase == REFUSED else None
    until = 0
    if appeal is not None:
        until = end_of_term(reach, procedure.calendar, appeal.days, appeal.day_kind, reach.now) or 0
    return CaseEnded(
        case=name,
        ending=Ending(
            phase=phase,
            by=by,
            at=reach.now,
            stage=stage,
            reasons=reasons,
            appeal_to=appeal.by if appeal is not None else "",
            appeal_until=until,
        ),
    )


def next_due(state: CasesState) -> int | None:
    """The next instant at which days run out in a case, or None."""
    return state.due[0][0] if state.due else None


def pass_due(reach: CasesReach, until: int) -> list[Event]:
    """What has fallen due by ``until``, in (instant, case, what) order."""
    fallen: list[Event] = []
    for at, case, what in reach.cases.due:
        if at > until:
            break
        fallen.append(CaseDue(case=case, what=what, at=at))
    return fallen


def fall_due(reach: CasesReach, event: CaseDue) -> list[Event]:
    """A notice passes, a stage is marked, passed or refused, a promise is broken."""
    case = reach.cases.cases[event.case]
    procedure = procedure_of(reach, event.case)
    if event.what.startswith(COMMITMENT):
        return _breach(reach, procedure, case, event)
    stage = stage_of(procedure, event.what.removeprefix(STAGE))
    if case.phase != OPEN or case.stages[stage.id].done_at:
        return []
    passes = stage.kind == NOTICE and not open_objections(case, stage.id)
    if passes or (stage.kind == ACT and stage.overdue == PASS):
        return [passed(event.case, stage.id, NOBODY, event.at)]
    if stage.kind != NOTICE and stage.overdue == REFUSE:
        reasons = (f"{stage.id} was not completed in its {stage.days} {stage.day_kind} days",)
        return [ending(reach, event.case, REFUSED, NOBODY, reasons, stage.id)]
    return []


def date_undated(reach: CasesReach, event: CalendarDefined) -> list[Event]:
    """Days that the calendar did not reach are counted once it does."""
    dated: list[Event] = []
    for name, what in reach.cases.undated:
        procedure = procedure_of(reach, name)
        case = reach.cases.cases[name]
        if procedure.calendar != event.calendar.id:
            continue
        if what.startswith(STAGE):
            term = stage_of(procedure, what.removeprefix(STAGE))
            days, kind = term.days, term.day_kind
            start = case.stages[term.id].opened_at
        else:
            promise = next(
                one
                for one in procedure.owner_commitments
                if one.id == what.removeprefix(COMMITMENT)
            )
            days, kind, start = promise.days, promise.day_kind, case.filed.at
        due = end_of_term(reach, procedure.calendar, days, kind, start)
        if due is not None:
            dated.append(DueDated(case=name, what=what, due=max(due, reach.now)))
    return dated


def complete_by_event(reach: CasesReach, event: Event) -> list[Event]:
    """Stages that were waiting for this event, where its fields say what their cases say."""
    by_value = reach.cases.waiting.get(str(tag_of(event)))
    if by_value is None:
        return []
    completed: list[Event] = []
    for value in sorted(by_value):
        for name, stage_id in by_value[value]:
            case = reach.cases.cases[name]
            stage = stage_of(procedure_of(reach, name), stage_id)
            if case.phase == OPEN and all(
                _field(event, field) == fact_of(case.filed, fact)
                for field, fact in stage.match.items()
            ):
                completed.append(
                    StageCompleted(
                        case=name,
                        stage=stage_id,
                        outcome=DONE,
                        done_by=NOBODY,
                        note=str(tag_of(event)),
                        at=reach.now,
                    )
                )
    return completed


def carried_out(reach: CasesReach, name: str) -> Event:
    """The command of an approved case was accepted."""
    return CaseCarriedOut(case=name, at=reach.now)


def fell_through(reach: CasesReach, name: str, refusal: Refusal) -> Event:
    """The command of an approved case was refused."""
    return CaseFellThrough(case=name, code=refusal.code, facts=refusal.facts, at=reach.now)


def open_cases_of(reach: CasesReach, party: str) -> list[str]:
    """What of a party is open in cases: its cases, promises still due, and charges unpaid."""
    things = []
    for name in reach.cases.by_applicant.get(party, []):
        case = reach.cases.cases[name]
        if case.phase == OPEN:
            things.append(f"case {name}")
        for promise, given in case.promises.items():
            if case.phase != REFUSED and not given.met_at and case.phase != WITHDRAWN:
                things.append(f"commitment {promise} of case {name}")
    for charge in reach.cases.charged.get(party, []):
        posted = reach.cases.charges[charge]
        if posted.amount and not posted.paid_at:
            things.append(f"charge {charge}")
    return things


def _opened(
    reach: CasesReach, procedure: Procedure, stage: Stage, case: Case, at: int
) -> list[Event]:
    name = case.filed.case
    due = (
        end_of_term(reach, procedure.calendar, stage.days, stage.day_kind, at) if stage.days else 0
    )
    fee = case.filed.fees.get(stage.id, 0)
    charge = derive_id("fee", name, stage.id) if fee else ""
    opened = StageOpened(
        case=name, stage=stage.id, due=due or 0, is_undated=due is None, charge=charge, at=at
    )
    if not fee:
        return [opened]
    posted = Charge(
        kind="fee",
        tariff=stage.fee,
        rules=case.filed.rules,
        party=case.filed.applicant,
        payee=_payee(reach, stage),
        amount=fee,
        subject=f"{name} {stage.id}",
        at=at,
    )
    return [ChargePosted(charge=charge, posted=posted), opened]


def _payee(reach: CasesReach, stage: Stage) -> str:
    """Fees of government stages go to the authority, those of the market to its operator."""
    venue = reach.parties.venue
    assert venue is not None
    return venue.authority if stage.by in GRANTED_BY_AUTHORITY else venue.operator


def _approval(procedure: Procedure, case: Case, at: int) -> Event:
    request = case.filed.request
    leads_to = procedure.leads_to
    if leads_to is not None and leads_to.actor == DECIDER:
        request = on_behalf_of(request, case.stages[leads_to.decided_in].done_by)
    return CaseApproved(
        case=case.filed.case, applicant=case.filed.applicant, request=request, at=at
    )


def _breach(reach: CasesReach, procedure: Procedure, case: Case, event: CaseDue) -> list[Event]:
    name = event.what.removeprefix(COMMITMENT)
    promise = next(one for one in procedure.owner_commitments if one.id == name)
    applicant = case.filed.applicant
    return [
        OwnerCommitmentBreached(
            case=event.case, owner_commitment=name, party=applicant, at=event.at
        ),
        *attest_by_venue(
            reach,
            derive_id("breach", event.case, name),
            about=applicant,
            kind=promise.breach,
            scope={},
        ),
    ]


def _field(event: Event, dotted: str) -> object:
    """The value of a field of an event by its dotted name; None where there is none."""
    value: object = event
    for part in dotted.split("."):
        value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
    return value

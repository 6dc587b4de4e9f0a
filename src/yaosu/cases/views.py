"""What one reads of cases: what is done, what blocks it, whose turn it is, by when."""

from msgspec import Struct

from yaosu.cases.charges import limit_of, times_in_year
from yaosu.cases.methods.times import Times, lower_median, times_of
from yaosu.cases.procedure import APPLICANT, EVENT, NOTICE, Stage
from yaosu.cases.state import CasesReach, CasesState, procedure_named, stage_of
from yaosu.cases.values import OPEN, Case, Charge, Filed, is_suspended
from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.instant import DAY


class Turn(Struct, frozen=True, kw_only=True):
    """One open stage: who is to act, by when (instant, 0 no limit), and what is in the way.

    Attributes:
        whose: ``applicant``, a role (with the level competent), or ``everybody`` in a notice.
        blocked_by: in words, such as ``document plan`` or ``fee fee-1``; empty where nothing is.
    """

    stage: str
    text: str
    whose: str
    due: int
    is_overdue: bool
    blocked_by: tuple[str, ...]


class CasePage(Struct, frozen=True, kw_only=True):
    """A case at a glance.

    Attributes:
        done: (stage, instant, by whom, outcome), in order.
        turns: the stages open now.
        to_come: stages that wait for others, in the order of the procedure.
        left_out: stages whose condition this case does not meet.
        promises: commitment -> (due, met at, breached at), instants, 0 where not.
    """

    case: str
    procedure: str
    applicant: str
    phase: str
    is_suspended: bool
    filed_at: int
    done: tuple[tuple[str, int, str, str], ...]
    turns: tuple[Turn, ...]
    to_come: tuple[str, ...]
    left_out: tuple[str, ...]
    promises: dict[str, tuple[int, int, int]]
    objections: dict[str, str]
    flags: dict[str, str]
    reasons: tuple[str, ...]
    appeal_to: str
    appeal_until: int
    carried: str


def case_page(state: CasesState, name: str) -> CasePage:
    """All one wants to know of a case that is known."""
    case = state.cases[name]
    procedure = procedure_named(state, case.filed.procedure)
    done = tuple(
        (stage, run.done_at, run.done_by or "time", run.outcome)
        for stage, run in case.stages.items()
        if run.done_at
    )
    opened = {*case.stages, *case.filed.left_out}
    last = case.endings[-1] if case.endings else None
    return CasePage(
        case=name,
        procedure=case.filed.procedure,
        applicant=case.filed.applicant,
        phase=case.phase,
        is_suspended=is_suspended(case),
        filed_at=case.filed.at,
        done=done,
        turns=turns_of(state, name) if case.phase == OPEN else (),
        to_come=tuple(s.id for s in procedure.stages if s.id not in opened),
        left_out=case.filed.left_out,
        promises={
            one: (given.due, given.met_at, given.breached_at)
            for one, given in case.promises.items()
        },
        objections={
            one: "upheld" if o.is_upheld else "dismissed" if o.decided_at else "open"
            for one, o in case.objections.items()
        },
        flags=dict(case.flags),
        reasons=last.reasons if last is not None else (),
        appeal_to=last.appeal_to if last is not None else "",
        appeal_until=last.appeal_until if last is not None else 0,
        carried=case.carried,
    )


def turns_of(state: CasesState, name: str) -> tuple[Turn, ...]:
    """The open stages of a case, in order of opening."""
    case = state.cases[name]
    procedure = procedure_named(state, case.filed.procedure)
    turns = []
    for stage_id, run in case.stages.items():
        if run.done_at:
            continue
        stage = stage_of(procedure, stage_id)
        turns.append(
            Turn(
                stage=stage_id,
                text=stage.text.en,
                whose=_whose(case, stage, run.is_overdue),
                due=run.due,
                is_overdue=run.is_overdue,
                blocked_by=_blocked_by(state, case, stage),
            )
        )
    return tuple(turns)


def inbox(state: CasesState, role: str = "") -> Columns:
    """Open stages by their due instants: due (0 is no limit), case, stage, whose, overdue, blocked.

    Args:
        role: only those of one role, or of the ``applicant``; empty is all.
    """
    rows = []
    for name, case in sorted(state.cases.items()):
        if case.phase != OPEN:
            continue
        for turn in turns_of(state, name):
            if role in {"", turn.whose.partition(" ")[0]}:
                rows.append((turn.due == 0, turn.due, name, turn))
    rows.sort(key=lambda row: row[:3])
    turns = [row[3] for row in rows]
    return Columns.of(
        due=[turn.due for turn in turns],
        case=Text.of([row[2] for row in rows]),
        stage=Text.of([turn.stage for turn in turns]),
        whose=Text.of([turn.whose for turn in turns]),
        overdue=[int(turn.is_overdue) for turn in turns],
        blocked_by=Text.of(["; ".join(turn.blocked_by) for turn in turns]),
    )


def cases_table(state: CasesState) -> Columns:
    """Every case: case, procedure, applicant, phase, filed (instant), flags (how many)."""
    rows = [case for _, case in sorted(state.cases.items())]
    return Columns.of(
        case=Text.of([row.filed.case for row in rows]),
        procedure=Text.of([row.filed.procedure for row in rows]),
        applicant=Text.of([row.filed.applicant for row in rows]),
        phase=Text.of([row.phase for row in rows]),
        filed=[row.filed.at for row in rows],
        flags=[len(row.flags) for row in rows],
    )


def times_table(state: CasesState) -> Columns:
    """For each procedure with cases that are over: how long they took, in days rounded up.

    Columns: procedure, cases, combined (median), serial (median of the same stages one after the
    other), percent (median of combined / serial, rounded up), stated (serial days it states).
    """
    known: dict[str, list[Times]] = {}
    for _, case in sorted(state.cases.items()):
        times = times_of(procedure_named(state, case.filed.procedure), case)
        if times is not None:
            known.setdefault(case.filed.procedure, []).append(times)
    names = sorted(known)
    medians = [
        (
            lower_median([one.combined for one in known[name]]),
            lower_median([one.serial for one in known[name]]),
            lower_median([-(-100 * one.combined // max(1, one.serial)) for one in known[name]]),
            max(one.stated for one in known[name]),
        )
        for name in names
    ]
    return Columns.of(
        procedure=Text.of(names),
        cases=[len(known[name]) for name in names],
        combined=[-(-median[0] // DAY) for median in medians],
        serial=[-(-median[1] // DAY) for median in medians],
        percent=[median[2] for median in medians],
        stated=[median[3] // DAY for median in medians],
    )


def frequency_table(reach: CasesReach) -> Columns:
    """How often each party met each tariff: fees, fines, inspections, against the cap of the rules.

    Columns: party, kind, tariff, in_year (in the 365 days up to now), cap (a year; -1 none), total,
    last (instant). Sorted by party and tariff.
    """
    state = reach.cases
    found: dict[tuple[str, str], list[Charge]] = {}
    for _, charge in sorted(state.charges.items()):
        found.setdefault((charge.party, charge.tariff), []).append(charge)
    keys = sorted(found)
    caps = [limit_of(reach, party, tariff) for party, tariff in keys]
    return Columns.of(
        party=Text.of([party for party, _ in keys]),
        kind=Text.of([found[key][0].kind for key in keys]),
        tariff=Text.of([tariff for _, tariff in keys]),
        in_year=[times_in_year(reach, party, tariff) for party, tariff in keys],
        cap=[-1 if cap is None else cap for cap in caps],
        total=[len(found[key]) for key in keys],
        last=[max(charge.at for charge in found[key]) for key in keys],
    )


def times_by(state: CasesState, by: str) -> Columns:
    """How long like cases took, by what sets them apart, from the instants of the journal alone.

    Args:
        by: ``owner_commitment``: filed with commitments or without; ``level``: who was competent;
            ``version``: of the procedure.

    Columns: procedure, group, cases, days (median, rounded up), shorter (days less than the
    slowest group of the procedure, 0 for that one). Sorted by procedure and group.
    """
    known: dict[tuple[str, str], list[int]] = {}
    for _, case in sorted(state.cases.items()):
        procedure = procedure_named(state, case.filed.procedure)
        times = times_of(procedure, case)
        if times is not None:
            group = _group(case.filed, procedure.version, by)
            known.setdefault((procedure.id, group), []).append(times.combined)
    keys = sorted(known)
    days = {key: -(-lower_median(known[key]) // DAY) for key in keys}
    slowest = {name: max(days[key] for key in keys if key[0] == name) for name, _ in keys}
    return Columns.of(
        procedure=Text.of([name for name, _ in keys]),
        group=Text.of([group for _, group in keys]),
        cases=[len(known[key]) for key in keys],
        days=[days[key] for key in keys],
        shorter=[slowest[key[0]] - days[key] for key in keys],
    )


def _group(filed: Filed, version: str, by: str) -> str:
    match by:
        case "owner_commitment":
            return "with" if filed.owner_commitments else "without"
        case "level":
            return ", ".join(sorted(set(filed.levels.values()))) or "none"
        case _:
            return version


def charges_table(state: CasesState) -> Columns:
    """Fees, fines and inspections: charge, kind, tariff, party, payee, amount, at, paid (instants).

    How often each party was charged or inspected is counted from it.
    """
    rows = sorted(state.charges.items())
    return Columns.of(
        charge=Text.of([name for name, _ in rows]),
        kind=Text.of([row.kind for _, row in rows]),
        tariff=Text.of([row.tariff for _, row in rows]),
        party=Text.of([row.party for _, row in rows]),
        payee=Text.of([row.payee for _, row in rows]),
        amount=[row.amount for _, row in rows],
        at=[row.at for _, row in rows],
        paid=[row.paid_at for _, row in rows],
    )


def _whose(case: Case, stage: Stage, is_overdue: bool) -> str:
    if stage.kind == EVENT:
        return f"event {stage.event}"
    if stage.kind == NOTICE and not is_overdue:
        return "everybody"
    if stage.by == APPLICANT:
        return APPLICANT
    level = case.filed.levels.get(stage.id, "")
    return f"{stage.by} ({level})" if level else stage.by


def _blocked_by(state: CasesState, case: Case, stage: Stage) -> tuple[str, ...]:
    blocks = [f"document {name}" for name in stage.documents if name not in case.documents]
    charge = case.stages[stage.id].charge
    if charge and not state.charges[charge].paid_at:
        blocks.append(f"fee {charge}")
    blocks += [
        f"objection {name}"
        for name, one in sorted(case.objections.items())
        if one.stage == stage.id and not one.decided_at
    ]
    if is_suspended(case):
        blocks += [
            f"commitment {name}"
            for name, one in case.promises.items()
            if one.breached_at and not one.met_at
        ]
    return tuple(blocks)

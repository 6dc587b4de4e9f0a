"""Cases: the inbox with what waits for whom until when, and who may see which case."""

from collections.abc import Sequence

from msgspec import Struct

from yaosu.cases.procedure import NOTICE
from yaosu.cases.state import procedure_named, stage_of
from yaosu.cases.values import OPEN, Case
from yaosu.cases.views import Turn, turns_of
from yaosu.core import State
from yaosu.parties.decide import roles_of
from yaosu.rules.pack import Text
from yaosu.server.console.names import Names

ROWS_MAX = 200
WHOLE, NOTICED, NOTHING = "whole", "noticed", "nothing"  # how much of a case a reader may see


class Waiting(Struct, frozen=True, kw_only=True):
    """One open stage.

    Attributes:
        whose: ``applicant``, a role, ``everybody`` in a notice, or ``event``; ``level``: competent.
        is_mine: whether a party of the reader is to act.
    """

    case: str
    procedure: str
    stage: str
    applicant: str
    whose: str
    level: str
    due: int
    is_overdue: bool
    is_mine: bool
    blocked_by: tuple[tuple[str, str], ...]


class Ended(Struct, frozen=True):
    """A case that is not open any more."""

    case: str
    procedure: str
    applicant: str
    phase: str
    filed_at: int
    ended_at: int


class CasesPage(Struct, frozen=True, kw_only=True):
    """The inbox; ``more``: how many open stages are not shown."""

    rows: tuple[Waiting, ...]
    more: int
    ended: tuple[Ended, ...]
    open_cases: int
    mine: int
    overdue: int


def cases_page(
    state: State, names: Names, parties: Sequence[str], *, is_office: bool = False
) -> CasesPage:
    """Open stages by what falls due first, those that wait for the reader before all others.

    Args:
        parties: whom the reader acts for. is_office: whether all cases are shown.
    """
    rows: list[Waiting] = []
    over: list[Ended] = []
    count = 0
    for name, case in sorted(state.cases.cases.items()):
        if seen_of(state, case, parties, is_office=is_office) == NOTHING:
            continue
        if case.phase == OPEN:
            count += 1
            rows += [
                _waiting(state, names, name, turn, parties) for turn in turns_of(state.cases, name)
            ]
        else:
            over.append(_ended(state, names, name, case))
    rows.sort(key=lambda row: (not row.is_mine, row.due == 0, row.due, row.case, row.stage))
    over.sort(key=lambda row: (-row.ended_at, row.case))
    return CasesPage(
        rows=tuple(rows[:ROWS_MAX]),
        more=max(0, len(rows) - ROWS_MAX),
        ended=tuple(over[:ROWS_MAX]),
        open_cases=count,
        mine=sum(row.is_mine for row in rows),
        overdue=sum(row.is_overdue for row in rows),
    )


def seen_of(state: State, case: Case, parties: Sequence[str], *, is_office: bool) -> str:
    """How much of a case a reader may see: of a public notice, that it is there and what it asks.

    All of it: offices, the applicant, and whoever holds a role that one of its stages names.
    """
    if is_office or case.filed.applicant in parties:
        return WHOLE
    stages = procedure_named(state.cases, case.filed.procedure).stages
    roles = {role for party in parties for role in roles_of(state, party)}
    if any(stage.by in roles for stage in stages):
        return WHOLE
    kinds = {stage.id: stage.kind for stage in stages}
    is_public = case.phase == OPEN and any(
        kinds[stage] == NOTICE and not run.done_at for stage, run in case.stages.items()
    )
    return NOTICED if is_public and parties else NOTHING


def said_in(names: Names, text: Text) -> str:
    """A sentence of a procedure in the reader's language."""
    return (names.is_chinese and text.zh) or text.en


def blocks_of(turn: Turn) -> tuple[tuple[str, str], ...]:
    """What is in the way: (kind, id), such as ``document``, ``plan``."""
    pairs = (block.partition(" ") for block in turn.blocked_by)
    return tuple((kind, name) for kind, _, name in pairs)


def whose_of(turn: Turn) -> tuple[str, str]:
    """Whose turn it is, and the level competent for it."""
    whose, _, rest = turn.whose.partition(" ")
    return whose, rest.strip("()") if whose != "event" else ""


def is_turn_of(state: State, case: Case, turn: Turn, parties: Sequence[str]) -> bool:
    """Whether one of these parties is in charge, as far as its role goes."""
    whose, _ = whose_of(turn)
    if whose == "applicant":
        return case.filed.applicant in parties
    return any(
        whose in roles_of(state, party) and party != case.filed.applicant for party in parties
    )


def _waiting(state: State, names: Names, name: str, turn: Turn, parties: Sequence[str]) -> Waiting:
    case = state.cases.cases[name]
    procedure = procedure_named(state.cases, case.filed.procedure)
    whose, level = whose_of(turn)
    return Waiting(
        case=name,
        procedure=said_in(names, procedure.text),
        stage=said_in(names, stage_of(procedure, turn.stage).text),
        applicant=names.party(case.filed.applicant),
        whose=whose,
        level=level,
        due=turn.due,
        is_overdue=turn.is_overdue,
        is_mine=is_turn_of(state, case, turn, parties),
        blocked_by=blocks_of(turn),
    )


def _ended(state: State, names: Names, name: str, case: Case) -> Ended:
    procedure = procedure_named(state.cases, case.filed.procedure)
    done = [run.done_at for run in case.stages.values()]
    ended = case.endings[-1].at if case.endings else max(done, default=0)
    return Ended(
        name,
        said_in(names, procedure.text),
        names.party(case.filed.applicant),
        case.phase,
        case.filed.at,
        ended,
    )

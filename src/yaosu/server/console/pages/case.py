"""The page of one case: its stages, documents, commitments, objections, appeal, and its journal."""

from collections.abc import Sequence

from msgspec import Struct

from yaosu.cases.documents_state import Served
from yaosu.cases.needed import ADOPTS
from yaosu.cases.procedure import NOTICE, Procedure, Stage
from yaosu.cases.requests import fields_of
from yaosu.cases.state import procedure_named
from yaosu.cases.values import OPEN, Appealed, Case, Ending, Objection
from yaosu.cases.views import Turn, turns_of
from yaosu.core import State
from yaosu.journal.chain import actor_digest
from yaosu.kernel.refusal import found
from yaosu.server.console.drafts.applying import lines_of
from yaosu.server.console.drafts.rules import RulesTold, proposed_in, told_of
from yaosu.server.console.names import Names
from yaosu.server.console.pages.acts import Act
from yaosu.server.console.pages.case_acts import acts_of
from yaosu.server.console.pages.cases import (
    NOTHING,
    WHOLE,
    blocks_of,
    said_in,
    seen_of,
    whose_of,
)
from yaosu.server.console.record import Record
from yaosu.server.documents_seen import is_kept

DONE, NOW, BLOCKED, TO_COME, LEFT_OUT = "done", "now", "blocked", "to_come", "left_out"


class StageRow(Struct, frozen=True, kw_only=True):
    """One stage of the chain.

    Attributes:
        state: ``done``, ``now``, ``blocked``, ``to_come`` or ``left_out``.
        at: instant it was done. by: by whom; empty where its days passed.
    """

    stage: str
    text: str
    state: str
    is_notice: bool = False
    at: int = 0
    by: str = ""
    note: str = ""
    due: int = 0
    is_overdue: bool = False
    whose: str = ""
    level: str = ""
    blocked_by: tuple[tuple[str, str], ...] = ()


class DocumentRow(Struct, frozen=True):
    """A document that is asked for; its digest where it is there; whether its file is kept."""

    document: str
    text: str
    digest: str
    is_kept: bool


class PromiseRow(Struct, frozen=True):
    """What the applicant promised: due, met, breached (instants, 0 where not)."""

    text: str
    due: int
    met_at: int
    breached_at: int


class JournalRow(Struct, frozen=True):
    """An entry that did something to the case; ``is_open``: whether the reader may open it."""

    sequence: int
    instant: int
    events: tuple[str, ...]
    is_open: bool


class CasePage(Struct, frozen=True, kw_only=True):
    """All of a case that its reader may see.

    Attributes:
        is_whole: whether that is all there is.
        asked: tag of the command that it leads to; ``asked_lines``: its fields, as texts.
        rules: what a pack would change where it leads to the adoption of one.
    """

    case: str
    procedure: str
    version: str
    authority: str
    applicant: str
    region: str
    phase: str
    filed_at: int
    is_whole: bool
    stages: tuple[StageRow, ...]
    facts: tuple[tuple[str, str], ...]
    asked: str
    asked_lines: tuple[tuple[str, str], ...]
    rules: RulesTold | None
    documents: tuple[DocumentRow, ...]
    served: tuple[Served, ...]
    promises: tuple[PromiseRow, ...]
    objections: tuple[tuple[str, Objection], ...]
    ending: Ending | None
    appeals: tuple[Appealed, ...]
    flags: tuple[str, ...]
    carried: str
    acts: tuple[Act, ...]
    journal: tuple[JournalRow, ...]
    names: dict[str, str]


def case_page(
    state: State,
    record: Record,
    names: Names,
    name: str,
    parties: Sequence[str],
    *,
    is_office: bool = False,
) -> CasePage:
    """One case for who acts for these parties.

    Raises:
        Refusal: ``server.unknown_row`` where there is none that is to be shown.
    """
    case = state.cases.cases.get(name)
    seen = NOTHING if case is None else seen_of(state, case, parties, is_office=is_office)
    case = found(case if seen != NOTHING else None, "server.unknown_row", what="cases", name=name)
    is_whole = seen == WHOLE
    request = fields_of(case.filed.request) if is_whole and case.filed.request else {}
    is_of_rules = request.get("command") == ADOPTS
    rules = told_of(state, proposed_in(case.filed.request))() if is_of_rules else None
    procedure = procedure_named(state.cases, case.filed.procedure)
    objections = sorted(case.objections.items())
    people = {case.filed.applicant, *(one.by for _, one in objections)}
    people |= {run.done_by for run in case.stages.values()}
    people |= {one.by for one in case.endings}
    people |= {one.party for one in _served(state, name, None)}
    return CasePage(
        case=name,
        procedure=said_in(names, procedure.text),
        version=procedure.version,
        authority=procedure.authority,
        applicant=names.party(case.filed.applicant),
        region=names.region(case.filed.region) if case.filed.region else "",
        phase=case.phase,
        filed_at=case.filed.at,
        is_whole=is_whole,
        stages=tuple(_stages(state, names, name, procedure)),
        facts=tuple((k, str(v)) for k, v in sorted(case.filed.facts.items()) if is_whole),
        asked=str(request.get("command", "")),
        asked_lines=() if rules else lines_of(request, names.digits),
        rules=rules,
        documents=tuple(_documents(state, names, case, procedure)) if is_whole else (),
        served=_served(state, name, None if is_office else parties) if is_whole else (),
        promises=tuple(_promises(names, case, procedure)),
        objections=tuple((one, said) for one, said in objections if is_whole or said.by in parties),
        ending=case.endings[-1] if case.endings and is_whole else None,
        appeals=tuple(case.appeals) if is_whole else (),
        flags=tuple(reason for _, reason in sorted(case.flags.items())) if is_office else (),
        carried=case.carried,
        acts=tuple(acts_of(state, names, name, parties)),
        journal=tuple(_journal(record, name, None if is_office else parties)) if is_whole else (),
        names={who: names.party(who) for who in sorted(people) if who},
    )


def _journal(record: Record, name: str, parties: Sequence[str] | None) -> list[JournalRow]:
    own = None if parties is None else {actor_digest(party) for party in parties}
    return [
        JournalRow(line.sequence, line.instant, line.events, own is None or line.actor in own)
        for line in record.cases.get(name, ())
    ]


def _stages(state: State, names: Names, name: str, procedure: Procedure) -> list[StageRow]:
    case = state.cases.cases[name]
    turns = {turn.stage: turn for turn in turns_of(state.cases, name)}
    return [_stage(names, case, stage, turns.get(stage.id)) for stage in procedure.stages]


def _stage(names: Names, case: Case, stage: Stage, turn: Turn | None) -> StageRow:
    run = case.stages.get(stage.id)
    text, is_notice = said_in(names, stage.text), stage.kind == NOTICE
    if run is None:
        is_out = stage.id in case.filed.left_out
        return StageRow(stage=stage.id, text=text, state=LEFT_OUT if is_out else TO_COME)
    if run.done_at or turn is None or case.phase != OPEN:
        return StageRow(
            stage=stage.id,
            text=text,
            state=DONE if run.done_at else TO_COME,
            is_notice=is_notice,
            at=run.done_at,
            by=run.done_by,
            note=run.note,
        )
    whose, level = whose_of(turn)
    blocked = blocks_of(turn)
    return StageRow(
        stage=stage.id,
        text=text,
        state=BLOCKED if blocked else NOW,
        is_notice=is_notice,
        due=turn.due,
        is_overdue=turn.is_overdue,
        whose=whose,
        level=level,
        blocked_by=blocked,
    )


def _documents(state: State, names: Names, case: Case, procedure: Procedure) -> list[DocumentRow]:
    there = ((one, case.documents.get(one.id, "")) for one in procedure.documents)
    return [
        DocumentRow(one.id, said_in(names, one.text), digest, is_kept(state, digest))
        for one, digest in there
    ]


def _served(state: State, name: str, parties: Sequence[str] | None) -> tuple[Served, ...]:
    """Notices about a case that were proved: of offices all, of others their own."""
    files = state.cases.files
    served = (files.served[one] for one in files.served_about.get(name, ()))
    return tuple(one for one in served if parties is None or one.party in parties)


def _promises(names: Names, case: Case, procedure: Procedure) -> list[PromiseRow]:
    texts = {one.id: said_in(names, one.text) for one in procedure.owner_commitments}
    return [
        PromiseRow(texts.get(one, one), given.due, given.met_at, given.breached_at)
        for one, given in case.promises.items()
    ]

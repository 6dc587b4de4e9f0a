"""Who is told what: from the events of an entry, and from what falls due, to notices. Pure.

A notice says what happened and where to read of it, by ids alone: no name, price, sum or word of
anybody's is in it, so that nothing secret is in an e-mail.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from yaosu.access.events import AdmissionReinstated, AdmissionSuspended, PartyAdmitted
from yaosu.cases import events as cases
from yaosu.cases.procedure import ACT, APPLICANT, EVENT
from yaosu.cases.state import COMMITMENT, STAGE, procedure_named, stage_of
from yaosu.cases.values import OPEN, REFUSED
from yaosu.core import State
from yaosu.kernel.instant import DAY, MINUTE, format_instant
from yaosu.kernel.words import Event, tag_of
from yaosu.markets.events import (
    BidsForfeited,
    DealProposed,
    ListingCleared,
    TradingHalted,
    TradingResumed,
)
from yaosu.parties.decide import holders_of
from yaosu.rights.events import RightBurdened
from yaosu.settlement.events import ContractMade, InstalmentMissed, LoanDefaulted

SERVED_BY_EVENT = str(tag_of(cases.NoticeServed))
FREEZE = "freeze"
HOUR = 60 * MINUTE
HOURLY = ("order_filled",)  # told once an hour, however often it happens
ALL_TOLD_MAX = 10_000  # parties that one entry is told to
Made = tuple[str, str, dict[str, str], str, str]  # kind, party, facts, link, case


class Notice(Struct, frozen=True, kw_only=True):
    """One thing to be told to one party.

    Attributes:
        id: says entry (or hour), kind, party and what about: the same thing is told once.
        facts: ids and dates that its text names. link: page of the console.
        about: case, where it is about one.
        entry: number of the entry it comes from; 0 where it comes from the calendar alone.
        at: instant of that entry, or of the look at the calendar.
    """

    id: str
    kind: str
    party: str
    facts: dict[str, str]
    link: str
    about: str
    entry: int
    at: int


def notices_of(state: State, entry: int, at: int, events: Sequence[Event]) -> list[Notice]:
    """What the events of an entry tell to whom; the same is told to a party once.

    Args:
        state: of now; offices are those of today.
        entry, at: number and instant of the entry.
    """
    told: dict[str, Notice] = {}
    for event in events:
        make = MAKERS.get(type(event))
        if make is None:
            continue
        for kind, party, facts, link, about in make(state, event):
            subject = about or "/".join(facts.values())
            when = f"hour-{at // HOUR}" if kind in HOURLY else str(entry)
            id = f"{when}/{kind}/{party}/{subject}"
            notice = Notice(
                id=id, kind=kind, party=party, facts=facts, link=link, about=about,
                entry=entry, at=at,
            )  # fmt: skip
            if len(told) < ALL_TOLD_MAX:
                told.setdefault(id, notice)
    return list(told.values())


def concerns_notices(events: Sequence[Event]) -> bool:
    """Whether anything in an entry may be told to somebody."""
    return any(type(event) in MAKERS for event in events)


def notices_near(state: State, now: int, days: int) -> list[Notice]:
    """What falls due within so many days from now: told once for each due instant.

    The journal's own due instants are read: they were counted in working days when they were set.
    """
    until = now + days * DAY
    found: list[Made] = []
    for due, case, what in state.cases.due:
        if due > until:
            break
        found += [made for made in _near(state, case, what, due) if due > now]
    for loan, due in sorted(state.settlement.loans_due.items()):
        if now < due <= until:
            facts = {"loan": loan, "due": format_instant(due)}
            borrower = state.settlement.loans[loan].made.borrower
            found.append(("obligation_near", borrower, facts, "/desk", ""))
    return [
        Notice(
            id=f"near/{kind}/{party}/{'/'.join(facts.values())}",
            kind=kind, party=party, facts=facts, link=link, about=about, entry=0, at=now,
        )
        for kind, party, facts, link, about in found
    ]  # fmt: skip


def _near(state: State, name: str, what: str, due: int) -> Iterator[Made]:
    case = state.cases.cases[name]
    if case.phase != OPEN:
        return
    facts = {"case": name, "what": what.partition(":")[2], "due": format_instant(due)}
    if what.startswith(COMMITMENT):
        yield ("deadline_near", case.filed.applicant, facts, _page(name), name)
        return
    for party in _in_charge(state, name, what.removeprefix(STAGE)):
        yield ("deadline_near", party, facts, _page(name), name)


def _in_charge(state: State, name: str, stage_id: str) -> list[str]:
    """Who may complete a stage: the applicant, or all who hold its role now."""
    case = state.cases.cases[name]
    stage = stage_of(procedure_named(state.cases, case.filed.procedure), stage_id)
    if stage.kind != ACT:
        return []
    if stage.by == APPLICANT:
        return [case.filed.applicant]
    return [one for one in holders_of(state, stage.by) if one != case.filed.applicant]


def _page(case: str) -> str:
    return f"/cases/{quote(case, safe='')}"


def _market(market: str) -> str:
    return f"/markets/{quote(market, safe='')}"


def _right(right: str) -> str:
    return f"/register/{quote(right, safe='')}"


def _filed(state: State, event: cases.CaseFiled) -> Iterator[Made]:
    filed = event.filed
    yield "case_filed", filed.applicant, {"case": filed.case}, _page(filed.case), filed.case


def _opened(state: State, event: cases.StageOpened) -> Iterator[Made]:
    case = state.cases.cases[event.case]
    procedure = procedure_named(state.cases, case.filed.procedure)
    stage = stage_of(procedure, event.stage)
    facts = {"case": event.case, "stage": event.stage}
    if stage.kind == EVENT and stage.event == SERVED_BY_EVENT:
        yield "case_told", case.filed.applicant, facts, _page(event.case), event.case
    for party in _in_charge(state, event.case, event.stage):
        yield "case_needs_you", party, facts, _page(event.case), event.case


def _documents(state: State, event: cases.DocumentsAdded) -> Iterator[Made]:
    """Papers that come to an open stage are told to who waits for them."""
    case = state.cases.cases[event.case]
    for stage_id, run in case.stages.items():
        if not run.done_at:
            for party in _in_charge(state, event.case, stage_id):
                if party != event.added_by:
                    facts = {"case": event.case}
                    yield "case_documents", party, facts, _page(event.case), event.case


def _overdue(state: State, event: cases.CaseDue) -> Iterator[Made]:
    if event.what.startswith(STAGE) and state.cases.cases[event.case].phase == OPEN:
        stage = event.what.removeprefix(STAGE)
        for party in _in_charge(state, event.case, stage):
            facts = {"case": event.case, "stage": stage}
            yield "deadline_passed", party, facts, _page(event.case), event.case


def _ended(state: State, event: cases.CaseEnded) -> Iterator[Made]:
    applicant = state.cases.cases[event.case].filed.applicant
    if event.ending.phase == REFUSED:
        yield "case_refused", applicant, {"case": event.case}, _page(event.case), event.case


def _approved(state: State, event: cases.CaseApproved) -> Iterator[Made]:
    yield "case_approved", event.applicant, {"case": event.case}, _page(event.case), event.case


def _fell(state: State, event: cases.CaseFellThrough) -> Iterator[Made]:
    applicant = state.cases.cases[event.case].filed.applicant
    yield "case_fell_through", applicant, {"case": event.case}, _page(event.case), event.case


def _objection(state: State, event: cases.ObjectionMade) -> Iterator[Made]:
    case = state.cases.cases[event.case]
    facts = {"case": event.case, "objection": event.objection}
    stage = stage_of(procedure_named(state.cases, case.filed.procedure), event.stage)
    for party in (case.filed.applicant, *holders_of(state, stage.by)):
        yield "objection_made", party, facts, _page(event.case), event.case


def _objection_decided(state: State, event: cases.ObjectionDecided) -> Iterator[Made]:
    case = state.cases.cases[event.case]
    facts = {"case": event.case, "objection": event.objection}
    for party in (case.filed.applicant, case.objections[event.objection].by):
        yield "objection_decided", party, facts, _page(event.case), event.case


def _appealed(state: State, event: cases.CaseAppealed) -> Iterator[Made]:
    role = state.cases.cases[event.case].endings[-1].appeal_to
    for party in holders_of(state, role):
        yield "case_appealed", party, {"case": event.case}, _page(event.case), event.case


def _appeal_decided(state: State, event: cases.AppealDecided) -> Iterator[Made]:
    applicant = state.cases.cases[event.case].filed.applicant
    yield "appeal_decided", applicant, {"case": event.case}, _page(event.case), event.case


def _breached(state: State, event: cases.OwnerCommitmentBreached) -> Iterator[Made]:
    facts = {"case": event.case, "commitment": event.owner_commitment}
    yield "commitment_breached", event.party, facts, _page(event.case), event.case


def _charged(state: State, event: cases.ChargePosted) -> Iterator[Made]:
    if event.posted.amount:
        yield "charge_posted", event.posted.party, {"charge": event.charge}, "/cases", ""


def _filled(state: State, event: ContractMade) -> Iterator[Made]:
    people: set[str] = set()
    for side in ("seller", "buyer"):
        people.update(str(party) for party in event.trades.column(side).tolist())
    for party in sorted(people):
        yield "order_filled", party, {"market": event.market}, "/desk", ""


def _listing(state: State, event: ListingCleared) -> Iterator[Made]:
    for due in event.dues:
        facts = {"listing": event.listing, "due": format_instant(due.until)}
        yield "obligation_due", due.party, facts, "/desk", ""
    for party in event.returned:
        yield "deposit_released", party, {"listing": event.listing}, "/desk", ""


def _forfeited(state: State, event: BidsForfeited) -> Iterator[Made]:
    kind = "deposit_forfeited" if event.to else "deposit_released"
    for bid in event.bids:
        yield kind, bid.party, {"listing": event.market}, "/desk", ""


def _missed(state: State, event: InstalmentMissed) -> Iterator[Made]:
    made = state.settlement.loans[event.loan].made
    for party in (made.borrower, made.lender):
        yield "obligation_missed", party, {"loan": event.loan}, "/desk", ""


def _defaulted(state: State, event: LoanDefaulted) -> Iterator[Made]:
    for party in (event.borrower, event.lender):
        yield "loan_defaulted", party, {"loan": event.loan}, "/desk", ""


def _deal(state: State, event: DealProposed) -> Iterator[Made]:
    yield (
        "deal_proposed",
        event.deal.counterparty,
        {"market": event.market},
        _market(event.market),
        "",
    )


def _burdened(state: State, event: RightBurdened) -> Iterator[Made]:
    entry = event.entry
    right = state.rights.rights.get(entry.right)
    if right is not None and right.holder != entry.made_by:
        kind = "right_frozen" if entry.kind == FREEZE else "right_burdened"
        yield kind, right.holder, {"right": entry.right}, _right(entry.right), ""


def _halted(state: State, event: TradingHalted | TradingResumed) -> Iterator[Made]:
    """Whoever has something held for the market, and its offices."""
    kind = "halt" if isinstance(event, TradingHalted) else "resumed"
    held = {party for party, _, _ in state.ledger.held_for(f"order:{event.market}")}
    held |= {*holders_of(state, "supervisor"), *holders_of(state, "operator")}
    for party in sorted(held):
        yield kind, party, {"market": event.market}, _market(event.market), ""


def _admitted(state: State, event: PartyAdmitted) -> Iterator[Made]:
    one = event.admission
    yield "admitted", one.party, {"factor": one.factor, "role": one.role}, "/desk", ""


def _suspended(state: State, event: AdmissionSuspended) -> Iterator[Made]:
    one = event.admission
    yield "suspended", one.party, {"factor": one.factor, "role": one.role}, "/desk", ""


def _reinstated(state: State, event: AdmissionReinstated) -> Iterator[Made]:
    one = event.admission
    yield "reinstated", one.party, {"factor": one.factor, "role": one.role}, "/desk", ""


MAKERS: dict[type[Event], Callable[[State, Any], Iterator[Made]]] = {
    cases.CaseFiled: _filed,
    cases.StageOpened: _opened,
    cases.DocumentsAdded: _documents,
    cases.CaseDue: _overdue,
    cases.CaseEnded: _ended,
    cases.CaseApproved: _approved,
    cases.CaseFellThrough: _fell,
    cases.ObjectionMade: _objection,
    cases.ObjectionDecided: _objection_decided,
    cases.CaseAppealed: _appealed,
    cases.AppealDecided: _appeal_decided,
    cases.OwnerCommitmentBreached: _breached,
    cases.ChargePosted: _charged,
    ContractMade: _filled,
    ListingCleared: _listing,
    BidsForfeited: _forfeited,
    InstalmentMissed: _missed,
    LoanDefaulted: _defaulted,
    DealProposed: _deal,
    RightBurdened: _burdened,
    TradingHalted: _halted,
    TradingResumed: _halted,
    PartyAdmitted: _admitted,
    AdmissionSuspended: _suspended,
    AdmissionReinstated: _reinstated,
}

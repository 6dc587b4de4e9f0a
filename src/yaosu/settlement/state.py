"""The state of settlement: contracts, and what is due when."""

from functools import cached_property
from typing import Any, Protocol

from msgspec import Struct, field

from yaosu.kernel.words import Event
from yaosu.markets.state import MarketsReach
from yaosu.settlement.events import (
    ContractMade,
    ContractPerformed,
    ContractVoided,
    GatesPassed,
    InstalmentDue,
    InstalmentMissed,
    LoanDefaulted,
    LoanMade,
    LoanPaid,
    LoanRepaidEarly,
    PledgeOffered,
    PledgeRealised,
    SaleNoticeGiven,
)
from yaosu.settlement.loan_state import Loan, evolve_loans
from yaosu.settlement.waiting_sums import WaitingSums

WAITING = "waiting"  # at its gates
DUE = "due"  # gates open, delivery against payment is next
PERFORMED = "performed"
VOIDED = "voided"
WAITING_SUMS, LOANS_OF = "waiting_sums", "loans_of"  # under which they are, once asked for


class Contract(Struct):
    """One contract, as it was made, and where it stands."""

    made: ContractMade
    state: str

    @property
    def held_for(self) -> str:
        """The purpose under which the ledger holds what this contract moves."""
        return held_for(self.made.contract)


def held_for(contract: str) -> str:
    """The purpose under which the ledger holds what a contract of this id moves."""
    return f"contract:{contract}"


def asset_of(made: ContractMade, trade: dict[str, Any]) -> str:
    """What a trade of a contract moves: the contract's instrument, or the trade's own."""
    return made.instrument or str(trade["instrument"])


class Sale(Struct, frozen=True):
    """A pledged right that is sold for its creditor: for which request, under which entry."""

    market: str
    request: str
    entry: str


class SettlementState(Struct, dict=True):
    """All contracts and loans.

    Attributes:
        waiting: contract at its gates -> instant at which the last of them opens.
        loans_due: loan -> instant at which something of it happens next by time.
        sell_from: ``market request`` -> instant from which what was pledged for it may be sold.
        sales: listing -> what it sells for a creditor.
    """

    contracts: dict[str, Contract] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    loans: dict[str, Loan] = field(default_factory=dict)
    loans_due: dict[str, int] = field(default_factory=dict)
    sell_from: dict[str, int] = field(default_factory=dict)
    sales: dict[str, Sale] = field(default_factory=dict)

    @cached_property
    def loans_of(self) -> dict[str, list[str]]:
        """Party -> loans it ever gave or took, once somebody asked; no state."""
        found: dict[str, list[str]] = {}
        for name, loan in self.loans.items():
            _note_loan(found, name, loan.made)
        return found

    @cached_property
    def waiting_sums(self) -> WaitingSums:
        """What contracts that wait hold for each party, once somebody asked; no state."""
        return WaitingSums(self.contracts[name].made for name in sorted(self.waiting))


class SettlementReach(MarketsReach, Protocol):
    """A decision that sees settlement and everything below."""

    @property
    def settlement(self) -> SettlementState: ...


def evolve(state: SettlementState, event: Event) -> None:
    """Take in what has happened; total, it never refuses."""
    match event:
        case ContractMade():
            state.contracts[event.contract] = Contract(event, WAITING if event.gates else DUE)
            if event.gates:
                state.waiting[event.contract] = max(gate.until for gate in event.gates)
                if WAITING_SUMS in state.__dict__:
                    state.waiting_sums.add(event)
        case GatesPassed():
            state.contracts[event.contract].state = DUE
            state.waiting.pop(event.contract, None)
        case ContractPerformed():
            _end(state, event.contract, PERFORMED)
        case ContractVoided():
            _end(state, event.contract, VOIDED)
            state.waiting.pop(event.contract, None)
        case (
            LoanMade()
            | InstalmentDue()
            | InstalmentMissed()
            | LoanDefaulted()
            | LoanPaid()
            | LoanRepaidEarly()
        ):
            evolve_loans(state.loans, event)
            _note_next(state, event.loan)
            if isinstance(event, LoanMade) and LOANS_OF in state.__dict__:
                _note_loan(state.loans_of, event.loan, event)
        case PledgeRealised():  # of loans in default, of which nothing is due by time
            evolve_loans(state.loans, event)
        case SaleNoticeGiven():
            state.sell_from[request_key(event.market, event.request)] = event.sell_from
        case PledgeOffered():
            state.sales[event.listing] = Sale(event.market, event.request, event.entry)


def _end(state: SettlementState, contract: str, how: str) -> None:
    known = state.contracts[contract]
    known.state = how
    if known.made.gates and WAITING_SUMS in state.__dict__:
        state.waiting_sums.end(known.made)


def _note_loan(loans_of: dict[str, list[str]], loan: str, made: LoanMade) -> None:
    for party in (made.borrower, made.lender):
        loans_of.setdefault(party, []).append(loan)


def request_key(market: str, request: str) -> str:
    """The key of a request for a loan; ids hold no spaces."""
    return f"{market} {request}"


def _note_next(state: SettlementState, loan: str) -> None:
    next_at = state.loans[loan].next_at
    if next_at is None:
        state.loans_due.pop(loan, None)
    else:
        state.loans_due[loan] = next_at

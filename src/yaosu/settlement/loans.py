"""Loans: the principal is paid out at the award, what is due is paid at its instant, or is overdue.

Every lender of a request has a loan of its own. What is due is taken from the borrower's free
money, whole or not at all; what is overdue may be paid later by the borrower. Overdue for longer
than the days of grace the loan is in default, and all of it is due. When the last loan of a request
is paid back its pledges are released.
"""

import numpy as np

from yaosu.kernel.columns import Columns
from yaosu.kernel.ids import derive_id
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.rounding import divide_down
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.markets.credit import unlent_lines
from yaosu.markets.credit_terms import CreditTerms
from yaosu.markets.events import LoanAwarded
from yaosu.markets.listing_state import AWARDED, ENDED
from yaosu.markets.listing_time import end
from yaosu.rights.commands import ReleaseRight
from yaosu.rights.decide import decide_release_right
from yaosu.rights.register import pledges_following
from yaosu.settlement.commands import PayLoan, RepayLoan
from yaosu.settlement.contracts.loan import accrued, schedule_of
from yaosu.settlement.events import (
    InstalmentDue,
    InstalmentMissed,
    LoanDefaulted,
    LoanMade,
    LoanPaid,
    LoanRepaidEarly,
    PledgeRealised,
)
from yaosu.settlement.loan_state import REPAID, Loan
from yaosu.settlement.state import SettlementReach

MILLION = 1_000_000


def make_loans(reach: SettlementReach, event: LoanAwarded) -> list[Event]:
    """The principal goes to the borrower, what was not lent is free; a loan for each lender."""
    market = reach.markets.markets[event.market]
    request = reach.markets.credit[event.market].requests[event.request]
    terms = market.trading.credit or CreditTerms()
    batch = derive_id("disbursement", event.market, event.request)
    lines = unlent_lines(market, event)
    made: list[Event] = [
        LoanMade(
            loan=derive_id("loan", event.market, event.request, row["offer"]),
            market=event.market,
            request=event.request,
            borrower=event.borrower,
            lender=row["lender"],
            currency=market.currency,
            principal_minor=row["lent"],
            rate_bp=row["rate_bp"],
            terms=request.terms,
            schedule=schedule_of(row["lent"], row["rate_bp"], reach.now, request.terms),
            grace_days=terms.grace_days,
            pledges=event.pledges,
            rules=event.rules,
            begins=reach.now,
            early=terms.early,
        )
        for row in event.offers.iterate()
        if row["lent"]
    ]
    return [*book.post(reach, batch, book.lines(lines)), *made]


def fall_due(reach: SettlementReach, until: int) -> list[Event]:
    """The next instalment or default of each loan where that is due, in (instant, loan) order."""
    now_due = sorted((at, name) for name, at in reach.settlement.loans_due.items() if at <= until)
    return [_next_of(reach.settlement.loans[name], at) for at, name in now_due]


def pay_instalment(reach: SettlementReach, event: InstalmentDue) -> list[Event]:
    """What fell due is paid with all that is overdue, or is overdue itself."""
    loan = reach.settlement.loans[event.loan]
    amount = loan.overdue_minor
    free = book.balance(reach, loan.made.borrower, loan.made.currency)
    if free < amount:
        return [InstalmentMissed(loan=event.loan, number=event.number, overdue_minor=amount)]
    return _paid(reach, loan, f"{event.number}")


def decide_pay_loan(reach: SettlementReach, command: PayLoan) -> list[Event]:
    """The borrower pays all that is overdue."""
    loan = found(
        reach.settlement.loans.get(command.loan), "settlement.unknown_loan", loan=command.loan
    )
    refuse_unless(
        loan.made.borrower == command.actor,
        "settlement.not_the_borrower",
        loan=command.loan,
        actor=command.actor,
    )
    refuse_unless(loan.overdue_minor, "settlement.nothing_overdue", loan=command.loan)
    return _paid(reach, loan, reach.cause)


def decide_repay_loan(reach: SettlementReach, command: RepayLoan) -> list[Event]:
    """The borrower pays a running loan back before its time, with the charge it was lent on."""
    loan = found(
        reach.settlement.loans.get(command.loan), "settlement.unknown_loan", loan=command.loan
    )
    made = loan.made
    refuse_unless(
        made.borrower == command.actor,
        "settlement.not_the_borrower",
        loan=command.loan,
        actor=command.actor,
    )
    refuse_unless(
        loan.is_running, "settlement.loan_not_running", loan=command.loan, state=loan.state
    )
    schedule: Columns = made.schedule
    rest = int(np.sum(schedule["principal"][loan.fallen_due :]))
    since = int(schedule["due"][loan.fallen_due - 1]) if loan.fallen_due else made.begins
    event = LoanRepaidEarly(
        loan=made.loan,
        borrower=made.borrower,
        lender=made.lender,
        overdue_minor=loan.overdue_minor,
        principal_minor=rest,
        interest_minor=accrued(rest, made.rate_bp, since, reach.now, made.terms),
        charge_minor=divide_down(rest * made.early, MILLION),
    )
    amount = event.overdue_minor + rest + event.interest_minor + event.charge_minor
    batch = derive_id("repayment", made.loan, reach.cause)
    return [
        *book.give(reach, batch, made.borrower, made.lender, made.currency, amount),
        event,
    ]


def release_pledges(
    reach: SettlementReach, event: LoanPaid | LoanRepaidEarly | PledgeRealised
) -> list[Event]:
    """The last loan of a request is paid back: what was pledged for it is free, sold or not."""
    market, request = _request_of(reach, event)
    together = loans_of(reach, market, request)
    if not together or any(loan.state != REPAID for loan in together):
        return []
    entries = reach.rights.entries
    return end_sales(reach, market, request) + [
        released
        for pledge in together[0].made.pledges
        for entry in pledges_following(reach, pledge)
        for released in decide_release_right(
            reach,
            ReleaseRight(
                actor=entries[entry].beneficiary, key="", entry=entry, reason="loan paid back"
            ),
        )
    ]


def loans_of(reach: SettlementReach, market: str, request: str) -> list[Loan]:
    """The loans of a request, by id."""
    return [
        loan
        for _, loan in sorted(reach.settlement.loans.items())
        if (loan.made.market, loan.made.request) == (market, request)
    ]


def end_sales(reach: SettlementReach, market: str, request: str) -> list[Event]:
    """What is put up for the creditor of a request, and not awarded yet, is not sold."""
    events: list[Event] = []
    for name, sale in sorted(reach.settlement.sales.items()):
        listing = reach.markets.listings.listings[name]
        is_open = listing.phase not in (AWARDED, ENDED)
        if (sale.market, sale.request) == (market, request) and is_open:
            events += end(reach, listing, "the loan was paid back", events)
    return events


def open_loans_of(reach: SettlementReach, party: str) -> list[str]:
    """Loans of a party, on either side, that are not paid back: what blocks its exit."""
    return [
        name
        for name, loan in sorted(reach.settlement.loans.items())
        if loan.state != REPAID and party in (loan.made.borrower, loan.made.lender)
    ]


def _next_of(loan: Loan, at: int) -> Event:
    """What happens next to a loan by time; a default comes before an instalment of its instant."""
    if loan.default_at is not None and loan.default_at <= at:
        return _defaulted(loan)
    return InstalmentDue(loan=loan.made.loan, number=loan.fallen_due)


def _request_of(
    reach: SettlementReach, event: LoanPaid | LoanRepaidEarly | PledgeRealised
) -> tuple[str, str]:
    if isinstance(event, PledgeRealised):
        return event.market, event.request
    made = reach.settlement.loans[event.loan].made
    return made.market, made.request


def _paid(reach: SettlementReach, loan: Loan, cause: str) -> list[Event]:
    made, amount = loan.made, loan.overdue_minor
    batch = derive_id("repayment", made.loan, cause)
    return [
        *book.give(reach, batch, made.borrower, made.lender, made.currency, amount),
        LoanPaid(
            loan=made.loan,
            borrower=made.borrower,
            lender=made.lender,
            amount_minor=amount,
            instalments=loan.fallen_due,
        ),
    ]


def _defaulted(loan: Loan) -> Event:
    schedule: Columns = loan.made.schedule
    rest = int(np.sum(schedule["principal"][loan.fallen_due :]))
    return LoanDefaulted(
        loan=loan.made.loan,
        borrower=loan.made.borrower,
        lender=loan.made.lender,
        overdue_minor=loan.overdue_minor,
        accelerated_minor=rest,
    )

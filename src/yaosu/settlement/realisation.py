"""A pledge realised: after a default what was pledged is sold in a listing, for the creditor.

First comes a notice, and its time. Then the right is put up as a whole, by the terms that the
market of loans names; the register entry stands until the title moves. What it brings is shared in
the entry that moves it: to the pledges by rank, to the loans in default behind a pledge by what is
overdue of each; the rest is the borrower's. Who pays everything before the award ends the sale.
"""

from typing import NamedTuple

import numpy as np

from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.ids import derive_id
from yaosu.kernel.instant import DAY, format_instant
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.rounding import apportion
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.markets.commands import OpenListing
from yaosu.markets.credit_terms import CreditTerms
from yaosu.markets.listing import open_forced_sale
from yaosu.rights.commands import ReleaseRight
from yaosu.rights.decide import decide_release_right
from yaosu.rights.register import pledges_following, pledges_on
from yaosu.rights.values import RegisterEntry
from yaosu.settlement.commands import GiveSaleNotice, SellPledge
from yaosu.settlement.events import (
    LotsDelivered,
    PledgeOffered,
    PledgeRealised,
    SaleNoticeGiven,
)
from yaosu.settlement.loan_state import DEFAULTED, Loan
from yaosu.settlement.loans import loans_of
from yaosu.settlement.state import Sale, SettlementReach, request_key

SOLD = "sold after a default"


def decide_give_sale_notice(reach: SettlementReach, command: GiveSaleNotice) -> list[Event]:
    """After a default the creditor says that it will sell; the borrower has time to pay."""
    loans, terms = _in_default(reach, command.actor, command.market, command.request)
    key = request_key(command.market, command.request)
    refuse_unless(
        key not in reach.settlement.sell_from, "settlement.notice_given", request=command.request
    )
    return [
        SaleNoticeGiven(
            market=command.market,
            request=command.request,
            borrower=loans[0].made.borrower,
            creditor=command.actor,
            sell_from=reach.now + terms.sale_notice_days * DAY,
        )
    ]


def decide_sell_pledge(reach: SettlementReach, command: SellPledge) -> list[Event]:
    """When the time of the notice is over a pledged right is put up, while a loan is in default."""
    loans, terms = _in_default(reach, command.actor, command.market, command.request)
    key = request_key(command.market, command.request)
    sell_from = reach.settlement.sell_from.get(key)
    if sell_from is None:
        refuse("settlement.no_sale_notice", request=command.request)
    refuse_unless(
        sell_from <= reach.now,
        "settlement.sale_too_early",
        request=command.request,
        sell_from=format_instant(sell_from),
    )
    mine = _standing(reach, loans)
    entry = found(
        next((one for one in pledges_on(reach, command.right) if one.id in mine), None),
        "settlement.not_pledged_for",
        right=command.right,
        request=command.request,
    )
    opened = open_forced_sale(
        reach,
        OpenListing(
            actor=command.actor,
            key=command.key,
            listing=command.listing,
            right=command.right,
            terms=terms.sale_terms,
            price=command.price,
            begins=command.begins,
            ends=command.ends,
            deposit_minor=command.deposit_minor,
        ),
    )
    return [
        *opened,
        PledgeOffered(
            market=command.market,
            request=command.request,
            entry=entry.id,
            right=command.right,
            listing=command.listing,
            borrower=loans[0].made.borrower,
        ),
    ]


def realise_pledges(reach: SettlementReach, event: LotsDelivered) -> list[Event]:
    """What a pledged right brought goes to its pledges by rank, which end; the rest is left.

    Reacts to ``LotsDelivered`` before title follows: the money is paid by then.
    """
    sale = _sale_of(reach, event.contract)
    if sale is None:
        return []
    made = reach.settlement.contracts[event.contract].made
    pledges = [
        pledge
        for right in made.trades.text("right").sorted().values
        for pledge in pledges_on(reach, right)
    ]
    borrower = loans_of(reach, sale.market, sale.request)[0].made.borrower
    money = {row["party"]: row["amount"] for row in made.money.iterate()}
    proceeds = rest = max(money.get(borrower, 0), 0)
    paid: list[_Paid] = []
    for pledge in pledges:
        claims = _claims_of(reach, pledge)
        due = [claim.due for claim in claims]
        shares = apportion(min(rest, sum(due)), due) if sum(due) else [0] * len(due)
        paid += [_Paid(pledge.id, *c, share) for c, share in zip(claims, shares, strict=True)]
        rest -= sum(shares)
    lines = [
        line
        for row in paid
        if row.amount
        for line in (
            (borrower, made.currency, book.FREE, -row.amount),
            (row.payee, made.currency, book.FREE, row.amount),
        )
    ]
    released = [
        ended
        for pledge in pledges
        for ended in decide_release_right(
            reach, ReleaseRight(actor=pledge.beneficiary, key="", entry=pledge.id, reason=SOLD)
        )
    ]
    return [
        *released,
        *book.post(reach, derive_id("realisation", event.contract), book.lines(lines)),
        PledgeRealised(
            market=sale.market,
            request=sale.request,
            listing=made.market,
            borrower=borrower,
            proceeds_minor=proceeds,
            paid=Columns.of(
                entry=Text.of([row.entry for row in paid]),
                loan=Text.of([row.loan for row in paid]),
                payee=Text.of([row.payee for row in paid]),
                amount=np.array([row.amount for row in paid], np.int64),
                left=np.array([row.due - row.amount for row in paid], np.int64),
            ),
            rest_minor=rest,
        ),
    ]


class _Claim(NamedTuple):
    """What a pledge secures that is due: of a loan, or (no loan) as its entry states."""

    loan: str
    payee: str
    due: int


class _Paid(NamedTuple):
    """What a claim of a pledge was paid."""

    entry: str
    loan: str
    payee: str
    due: int
    amount: int


def _claims_of(reach: SettlementReach, pledge: RegisterEntry) -> list[_Claim]:
    """Loans in default that a pledge secures, by id; else what it states, to its creditor."""
    origin = pledge
    while origin.caused_by:
        origin = reach.rights.entries[origin.caused_by]
    secured = [
        loan for _, loan in sorted(reach.settlement.loans.items()) if origin.id in loan.made.pledges
    ]
    if not secured:
        return [_Claim("", pledge.beneficiary, pledge.amount_minor)]
    return [
        _Claim(loan.made.loan, loan.made.lender, loan.overdue_minor)
        for loan in secured
        if loan.state == DEFAULTED and loan.overdue_minor
    ]


def _in_default(
    reach: SettlementReach, actor: str, market: str, request: str
) -> tuple[list[Loan], CreditTerms]:
    """The loans of a request that is in default, asked by the creditor of its pledges."""
    loans = loans_of(reach, market, request)
    is_default = any(loan.state == DEFAULTED and loan.overdue_minor for loan in loans)
    refuse_unless(is_default, "settlement.not_in_default", request=request, market=market)
    terms = reach.markets.markets[market].trading.credit or CreditTerms()
    has_terms = bool(terms.sale_terms)
    refuse_unless(has_terms, "settlement.no_sale_terms", market=market)
    is_creditor = any(
        reach.rights.entries[entry].beneficiary == actor for entry in _standing(reach, loans)
    )
    refuse_unless(is_creditor, "settlement.not_the_creditor", request=request, actor=actor)
    return loans, terms


def _standing(reach: SettlementReach, loans: list[Loan]) -> list[str]:
    """The pledges of a request that stand, also where their unit was split or merged since."""
    return [entry for pledge in loans[0].made.pledges for entry in pledges_following(reach, pledge)]


def _sale_of(reach: SettlementReach, contract: str) -> Sale | None:
    made = reach.settlement.contracts[contract].made
    return reach.settlement.sales.get(made.market)

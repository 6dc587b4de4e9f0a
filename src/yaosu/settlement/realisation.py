"""A pledge realised: after a default what was pledged is sold in a listing, for the creditor.

First comes a notice, and its time. Then the right is put up as a whole, by the terms that the
market of loans names; the register entry stands until the title moves. What it brings is shared in
the entry that moves it: the loans in default get theirs by what is overdue of each, the rest is the
borrower's. Who pays everything before the award ends the sale.
"""

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
from yaosu.settlement.commands import GiveSaleNotice, SellPledge
from yaosu.settlement.events import (
    ContractPerformed,
    LotsDelivered,
    PledgeOffered,
    PledgeRealised,
    SaleNoticeGiven,
)
from yaosu.settlement.loan_state import DEFAULTED, Loan
from yaosu.settlement.loans import loans_of
from yaosu.settlement.state import Sale, SettlementReach, request_key


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
    entry = found(
        next((e for e in _standing(reach, loans) if _right_of(reach, e) == command.right), None),
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
        entry,
    )
    return [
        *opened,
        PledgeOffered(
            market=command.market,
            request=command.request,
            entry=entry,
            right=command.right,
            listing=command.listing,
            borrower=loans[0].made.borrower,
        ),
    ]


def release_sold_pledge(reach: SettlementReach, event: LotsDelivered) -> list[Event]:
    """The pledge ends where what it stood on is delivered; title moves free of it."""
    sale = _sale_of(reach, event.contract)
    if sale is None or not reach.rights.entries[sale.entry].is_standing(reach.now):
        return []
    creditor = reach.rights.entries[sale.entry].beneficiary
    command = ReleaseRight(actor=creditor, key="", entry=sale.entry, reason="sold after a default")
    return decide_release_right(reach, command)


def share_proceeds(reach: SettlementReach, event: ContractPerformed) -> list[Event]:
    """What a pledged right brought goes to the loans in default; the rest is the borrower's."""
    sale = _sale_of(reach, event.contract)
    if sale is None:
        return []
    made = reach.settlement.contracts[event.contract].made
    together = loans_of(reach, sale.market, sale.request)
    borrower = together[0].made.borrower
    money = {row["party"]: row["amount"] for row in made.money.iterate()}
    proceeds = max(money.get(borrower, 0), 0)
    owed = [loan for loan in together if loan.state == DEFAULTED and loan.overdue_minor]
    due = [loan.overdue_minor for loan in owed]
    shares = apportion(min(proceeds, sum(due)), due) if owed else []
    lines = [
        line
        for loan, amount in zip(owed, shares, strict=True)
        if amount
        for line in (
            (borrower, made.currency, book.FREE, -amount),
            (loan.made.lender, made.currency, book.FREE, amount),
        )
    ]
    return [
        *book.post(reach, derive_id("realisation", event.contract), book.lines(lines)),
        PledgeRealised(
            market=sale.market,
            request=sale.request,
            listing=made.market,
            borrower=borrower,
            proceeds_minor=proceeds,
            paid=Columns.of(
                loan=Text.of([loan.made.loan for loan in owed]),
                lender=Text.of([loan.made.lender for loan in owed]),
                amount=np.array(shares, np.int64),
                left=np.array([d - share for d, share in zip(due, shares, strict=True)], np.int64),
            ),
            rest_minor=proceeds - sum(shares),
        ),
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
    entries = reach.rights.entries
    return [entry for entry in loans[0].made.pledges if entries[entry].is_standing(reach.now)]


def _right_of(reach: SettlementReach, entry: str) -> str:
    return reach.rights.entries[entry].right


def _sale_of(reach: SettlementReach, contract: str) -> Sale | None:
    made = reach.settlement.contracts[contract].made
    return reach.settlement.sales.get(made.market)

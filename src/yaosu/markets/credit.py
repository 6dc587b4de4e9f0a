"""Loans: a firm asks once, lenders offer, the auction chooses, and loans stand in settlement.

What is offered is held. Who may lend, conditions of the rules with the purpose `lending` say; who
is refused hears which are not met. A lender that will not lend may say why. At the award every
offer that was not taken, or not whole, has its reason in the event.
"""

from collections.abc import Sequence

import numpy as np

from yaosu.access.limits import check_limits
from yaosu.access.methods.entry import assess
from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.ids import check_id, derive_id
from yaosu.kernel.instant import check_instant, format_instant
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.rounding import divide_down
from yaosu.kernel.words import Event
from yaosu.ledger import book as ledger
from yaosu.markets import credit_refusals
from yaosu.markets.batch import PRICE_MAX, QUANTITY_MAX, may_order_for_others
from yaosu.markets.clearing import Clearing
from yaosu.markets.commands import (
    AwardLoan,
    DeclineLoan,
    OfferLoan,
    OpenMarket,
    RequestLoan,
    WithdrawLoanOffer,
    WithdrawLoanRequest,
)
from yaosu.markets.credit_state import CreditBook
from yaosu.markets.credit_terms import (
    DAY_COUNTS,
    KINDS,
    OPEN,
    CreditTerms,
    LoanOffer,
    LoanRequest,
    LoanTerms,
)
from yaosu.markets.events import (
    LoanAwarded,
    LoanDeclined,
    LoanOffered,
    LoanOfferEnded,
    LoanRequested,
    LoanRequestEnded,
)
from yaosu.markets.mechanisms import clear
from yaosu.markets.mechanisms.credit import CreditParameters
from yaosu.markets.network import Network
from yaosu.markets.orders import BUY, SELL, Orders
from yaosu.markets.promised import LOAN, of_loan
from yaosu.markets.state import Market, MarketsReach
from yaosu.markets.without_book import (
    BUYER,
    SELLER,
    check_party,
    check_place,
    hold,
    market_by,
    release,
    trading_market_by,
)
from yaosu.parties.decide import facts_of, has_role, party_of
from yaosu.rights.commands import PledgeRight
from yaosu.rights.decide import decide_pledge_right
from yaosu.rights.register import check_disposable, check_not_reserved, lots_of
from yaosu.rights.values import Promise
from yaosu.rules.decide import conditions_for, national
from yaosu.rules.overlay import rules_digest

CREDIT = "credit"
LENDING = "lending"  # purpose of the conditions that say who may lend
RATE_MAX_BP = 100_000
AMOUNT_MINOR_MAX = QUANTITY_MAX
INSTALMENTS_MAX = 600
MONTHS_MAX = 120
GRACE_DAYS_MAX = 3_650
SHARE_MAX = 100_000  # millionths: a tenth
MILLION = 1_000_000
OFFERS_MAX = 10_000
COLLATERAL_MAX = 100
__all__ = ["credit_refusals"]


def check_credit_terms(reach: MarketsReach, command: OpenMarket) -> None:
    """Refuse terms that no market of loans can have."""
    terms = command.trading.credit or CreditTerms()
    CreditParameters.of(terms.pricing, terms.uniform_rate)
    _expect(
        1 <= terms.grace_days <= GRACE_DAYS_MAX,
        "grace_days",
        terms.grace_days,
        f"1 to {GRACE_DAYS_MAX}",
    )
    for term, value, most in (
        ("origination", terms.origination, SHARE_MAX),
        ("early", terms.early, SHARE_MAX),
        ("sale_notice_days", terms.sale_notice_days, GRACE_DAYS_MAX),
    ):
        _expect(0 <= value <= most, term, value, f"0 to {most}")
    has_keeper = terms.collateral_to or not terms.sale_terms
    _expect(has_keeper, "sale_terms", terms.sale_terms, "a party that collateral is pledged to")
    _expect(command.trading.tick_minor == 1, "tick_minor", command.trading.tick_minor, "1")
    if terms.collateral_to:
        party_of(reach, terms.collateral_to)


def decide_request_loan(reach: MarketsReach, command: RequestLoan) -> list[Event]:
    """A request stands until it is awarded or taken back; its collateral must be free to pledge."""
    market = trading_market_by(reach, command.market, CREDIT)
    check_id(command.request, "request")
    refuse_unless(
        command.request not in _book(reach, market).requests,
        "markets.loan_request_exists",
        request=command.request,
        market=market.market,
    )
    borrower = command.party or command.actor
    check_party(reach, market, command.actor, borrower, BUYER)
    check_place(market, command.instrument, command.region)
    _check_amount(command.amount_minor, command.least_minor)
    _check_rate("rate_max_bp", command.rate_max_bp)
    _check_loan_terms(command.terms)
    refuse_unless(
        check_instant(command.offers_until, "the end of offers") > reach.now,
        "markets.offers_in_the_past",
        until=format_instant(command.offers_until),
    )
    has_keeper = _terms(market).collateral_to or not command.collateral
    refuse_unless(has_keeper, "markets.no_collateral_here", market=market.market)
    _expect(
        len(set(command.collateral)) == len(command.collateral) <= COLLATERAL_MAX,
        "collateral",
        len(command.collateral),
        f"at most {COLLATERAL_MAX} rights, each once",
    )
    for name in command.collateral:
        _check_collateral(reach, name, borrower)
    promise = Promise(
        party=borrower,
        source=LOAN,
        factor=market.factor,
        kind="",
        instrument=command.instrument,
        region=command.region,
        owes_minor=command.amount_minor,
    )
    check_limits(reach, [promise])
    return [
        LoanRequested(
            market=market.market,
            request=command.request,
            borrower=borrower,
            instrument=command.instrument,
            region=command.region,
            amount_minor=command.amount_minor,
            rate_max_bp=command.rate_max_bp,
            least_minor=command.least_minor,
            terms=command.terms,
            collateral=command.collateral,
            purpose=command.purpose,
            offers_until=command.offers_until,
        )
    ]


def decide_offer_loan(reach: MarketsReach, command: OfferLoan) -> list[Event]:
    """An eligible lender offers; the whole amount is held."""
    market = trading_market_by(reach, command.market, CREDIT)
    request = _open_request(reach, market, command.request)
    check_id(command.offer, "offer")
    facts = {"offer": command.offer, "request": request.request}
    refuse_unless(command.offer not in request.offers, "markets.loan_offer_exists", **facts)
    refuse_unless(
        len(request.offers) < OFFERS_MAX,
        "markets.too_many_loan_offers",
        request=request.request,
        limit=OFFERS_MAX,
    )
    refuse_unless(
        reach.now < request.offers_until,
        "markets.offers_over",
        request=request.request,
        until=format_instant(request.offers_until),
    )
    lender = command.party or command.actor
    refuse_unless(lender != request.borrower, "markets.own_loan_request", party=lender)
    check_party(reach, market, command.actor, lender, SELLER)
    _check_eligible(reach, market, lender)
    _check_amount(command.amount_minor, command.least_minor)
    _check_rate("rate_bp", command.rate_bp)
    offer = LoanOffer(
        offer=command.offer,
        lender=lender,
        amount_minor=command.amount_minor,
        rate_bp=command.rate_bp,
        least_minor=command.least_minor,
        sequence=_book(reach, market).next_sequence,
    )
    amount = offer.amount_minor
    check_limits(reach, [of_loan(market, request, lender, lends=amount, pays=amount)])
    return [
        *hold(reach, market, lender, market.currency, offer.amount_minor, offer.offer),
        LoanOffered(market=market.market, request=request.request, offer=offer),
    ]


def decide_decline_loan(reach: MarketsReach, command: DeclineLoan) -> list[Event]:
    """A lender says why it will not lend; the reason is kept."""
    market = market_by(reach, command.market, CREDIT)
    request = _open_request(reach, market, command.request)
    check_party(reach, market, command.actor, command.actor, SELLER)
    _expect(bool(command.reason.strip()), "reason", "empty", "the reason in words")
    return [
        LoanDeclined(
            market=market.market,
            request=request.request,
            lender=command.actor,
            reason=command.reason,
        )
    ]


def decide_withdraw_loan_offer(reach: MarketsReach, command: WithdrawLoanOffer) -> list[Event]:
    """An offer is taken back before the award; what it held is free again."""
    market = market_by(reach, command.market, CREDIT)
    request = _open_request(reach, market, command.request)
    offer = request.offers.get(command.offer)
    mine = offer is not None and (
        offer.lender == command.actor or may_order_for_others(reach, command.actor)
    )
    known = found(
        offer if mine else None,
        "markets.unknown_loan_offer",
        offer=command.offer,
        actor=command.actor,
        request=request.request,
    )
    return _end_offer(reach, market, request, known, "withdrawn")


def decide_withdraw_loan_request(reach: MarketsReach, command: WithdrawLoanRequest) -> list[Event]:
    """A request is taken back; all that was offered for it is free again."""
    market = market_by(reach, command.market, CREDIT)
    request = _open_request(reach, market, command.request)
    _check_asker(reach, command.actor, request)
    return [
        *(
            event
            for _, offer in sorted(request.offers.items())
            for event in _end_offer(reach, market, request, offer, "request withdrawn")
        ),
        LoanRequestEnded(market=market.market, request=request.request, borrower=request.borrower),
    ]


def decide_award_loan(reach: MarketsReach, command: AwardLoan) -> list[Event]:
    """After the time for offers the auction chooses; collateral is pledged before money moves."""
    market = trading_market_by(reach, command.market, CREDIT)
    request = _open_request(reach, market, command.request)
    _check_asker(reach, command.actor, request)
    refuse_unless(
        reach.now >= request.offers_until,
        "markets.offers_go_on",
        request=request.request,
        until=format_instant(request.offers_until),
    )
    offers = sorted(request.offers.values(), key=lambda offer: offer.sequence)
    clearing = _cleared(market, request, offers)
    table = _told(offers, clearing)
    pledges = _pledges(reach, market, request) if clearing.volume else []
    awarded = LoanAwarded(
        market=market.market,
        request=request.request,
        borrower=request.borrower,
        lent_minor=clearing.volume,
        offers=table,
        pledges=tuple(_pledge_id(market, request, name) for name in request.collateral)
        if clearing.volume
        else (),
        clearing=clearing,
        at=reach.now,
        rules=rules_digest(reach),
        fee_minor=divide_down(clearing.volume * _terms(market).origination, MILLION),
    )
    return [*pledges, awarded]


def open_requests_of(reach: MarketsReach, party: str) -> list[str]:
    """Requests and offers of a party that are open, as ``market/request``: what blocks its exit."""
    return [
        f"{name}/{request.request}"
        for name, book in sorted(reach.markets.credit.items())
        for _, request in sorted(book.requests.items())
        if request.state == OPEN
        and (party == request.borrower or any(party == o.lender for o in request.offers.values()))
    ]


def unlent_lines(market: Market, event: LoanAwarded) -> list[ledger.Line]:
    """What offers held and did not lend is free again; what they lent goes to the borrower.

    Out of that the borrower pays the fee of the award.
    """
    lines: list[ledger.Line] = []
    for row in event.offers.iterate():
        held, lent = row["amount"], row["lent"]
        lines.append((row["lender"], market.currency, market.held_for, -held))
        lines.append((row["lender"], market.currency, ledger.FREE, held - lent))
        lines.append((event.borrower, market.currency, ledger.FREE, lent))
    lines.append((event.borrower, market.currency, ledger.FREE, -event.fee_minor))
    lines.append((market.rent_to, market.currency, ledger.FREE, event.fee_minor))
    return [line for line in lines if line[3]]


def _cleared(market: Market, request: LoanRequest, offers: Sequence[LoanOffer]) -> Clearing:
    terms = _terms(market)
    rows = len(offers) + 1
    orders = Orders.from_columns(
        instrument=[request.instrument] * rows,
        region=[request.region] * rows,
        side=[BUY, *(SELL for _ in offers)],
        price=[request.rate_max_bp, *(offer.rate_bp for offer in offers)],
        quantity=[request.amount_minor, *(offer.amount_minor for offer in offers)],
        party=[request.borrower, *(offer.lender for offer in offers)],
        sequence=[0, *(offer.sequence for offer in offers)],
        least=[request.least_minor, *(offer.least_minor for offer in offers)],
    )
    return clear(
        orders,
        Network.alone(request.region),
        CREDIT,
        pricing=terms.pricing,
        uniform_rate=terms.uniform_rate,
    )


def _told(offers: Sequence[LoanOffer], clearing: Clearing) -> Columns:
    """Each offer, what it lends at which rate, and why not more."""
    lent = np.zeros(len(offers), np.int64)
    rate = np.zeros(len(offers), np.int64)
    for fill in clearing.fills.iterate():
        if fill["row"]:
            lent[fill["row"] - 1], rate[fill["row"] - 1] = fill["lots"], fill["price"]
    return Columns.of(
        offer=Text.of([offer.offer for offer in offers]),
        lender=Text.of([offer.lender for offer in offers]),
        amount=np.array([offer.amount_minor for offer in offers], np.int64),
        asked_bp=np.array([offer.rate_bp for offer in offers], np.int64),
        lent=lent,
        rate_bp=rate,
        reason=clearing.details["offers"].text("reason"),
    )


def _pledges(reach: MarketsReach, market: Market, request: LoanRequest) -> list[Event]:
    return [
        event
        for name in request.collateral
        for event in decide_pledge_right(
            reach,
            PledgeRight(
                actor=request.borrower,
                key="",
                entry=_pledge_id(market, request, name),
                right=name,
                creditor=_terms(market).collateral_to,
            ),
        )
    ]


def _pledge_id(market: Market, request: LoanRequest, right: str) -> str:
    return derive_id("pledge", market.market, request.request, right)


def _end_offer(
    reach: MarketsReach, market: Market, request: LoanRequest, offer: LoanOffer, reason: str
) -> list[Event]:
    what = f"{request.request}/{offer.offer}"
    return [
        *release(reach, market, offer.lender, market.currency, offer.amount_minor, what),
        LoanOfferEnded(market=market.market, request=request.request, offer=offer, reason=reason),
    ]


def _terms(market: Market) -> CreditTerms:
    return market.trading.credit or CreditTerms()


def _book(reach: MarketsReach, market: Market) -> CreditBook:
    return reach.markets.credit[market.market]


def _open_request(reach: MarketsReach, market: Market, name: str) -> LoanRequest:
    request = found(
        _book(reach, market).requests.get(name),
        "markets.unknown_loan_request",
        request=name,
        market=market.market,
    )
    refuse_unless(
        request.state == OPEN, "markets.loan_request_over", request=name, state=request.state
    )
    return request


def _check_asker(reach: MarketsReach, actor: str, request: LoanRequest) -> None:
    refuse_unless(
        actor == request.borrower or has_role(reach, actor, "operator"),
        "markets.not_your_loan_request",
        request=request.request,
        actor=actor,
    )


def _check_eligible(reach: MarketsReach, market: Market, lender: str) -> None:
    """Every condition of the rules for lending; a refusal names all that are not met."""
    conditions = conditions_for(reach, LENDING, market.factor, "lender")
    entry = assess(national(reach), conditions, facts_of(reach, lender))
    refuse_unless(
        not entry.reasons,
        "markets.lender_not_eligible",
        lender=lender,
        reasons=", ".join(entry.reasons),
    )


def _check_collateral(reach: MarketsReach, name: str, borrower: str) -> None:
    right = check_disposable(reach, name)
    refuse_unless(
        right.holder == borrower,
        "markets.not_holder",
        right=name,
        holder=right.holder,
        party=borrower,
    )
    check_not_reserved(reach, right, lots_of(reach, name))


def _check_loan_terms(terms: LoanTerms) -> None:
    _expect(terms.kind in KINDS, "kind", terms.kind, " or ".join(KINDS))
    _expect(terms.day_count in DAY_COUNTS, "day_count", terms.day_count, " or ".join(DAY_COUNTS))
    for term, value, most in (
        ("instalments", terms.instalments, INSTALMENTS_MAX),
        ("every_months", terms.every_months, MONTHS_MAX),
    ):
        _expect(1 <= value <= most, term, value, f"1 to {most}")
    months = terms.instalments * terms.every_months
    _expect(months <= INSTALMENTS_MAX, "instalments", terms.instalments, "50 years at most")


def _check_amount(amount: int, least: int) -> None:
    _expect(1 <= amount <= AMOUNT_MINOR_MAX, "amount_minor", amount, f"1 to {AMOUNT_MINOR_MAX}")
    _expect(0 <= least <= amount, "least_minor", least, "0 to the amount")


def _check_rate(term: str, rate: int) -> None:
    _expect(0 <= rate <= min(RATE_MAX_BP, PRICE_MAX), term, rate, f"0 to {RATE_MAX_BP}")


def _expect(condition: object, term: str, value: str | int, known: str) -> None:
    refuse_unless(condition, "markets.bad_loan_terms", term=term, value=str(value), known=known)

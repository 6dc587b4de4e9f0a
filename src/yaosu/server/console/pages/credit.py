"""A market of loans: requests that lenders may answer, one's own among them, and both forms."""

from collections.abc import Sequence
from itertools import product

from msgspec import Struct

from yaosu.core import State
from yaosu.kernel.words import tag_of
from yaosu.markets.commands import OfferLoan, RequestLoan, WithdrawLoanOffer, WithdrawLoanRequest
from yaosu.markets.credit_terms import OPEN, CreditTerms, LoanRequest
from yaosu.markets.state import Market
from yaosu.server.console.names import Names
from yaosu.server.console.pages.acts import Act, Field, Option, options_of_places
from yaosu.server.console.pages.heads import Head, head_of

REQUESTS_MAX = 200


class RequestRow(Struct, frozen=True, kw_only=True):
    """A request for a loan: minor units, basis points a year; offers are counted, not shown."""

    request: str
    borrower: str
    region: str
    amount: int
    rate_max: int
    kind: str
    instalments: int
    months: int
    collateral: int
    purpose: str
    until: int
    state: str
    offers: int


class CreditPage(Struct, frozen=True, kw_only=True):
    """The page: open requests first, then those that end first."""

    template: str = "credit.html"
    head: Head
    pricing: str
    rows: tuple[RequestRow, ...]
    open_now: int
    asked: int


class OwnLoan(Struct, frozen=True, kw_only=True):
    """An offer of one's own, or a request, that waits; with what takes it back."""

    request: str
    amount: int
    rate: int
    is_offer: bool
    acts: tuple[Act, ...]


class OwnCredit(Struct, frozen=True, kw_only=True):
    """What a party asked for and offered."""

    party: str = ""
    rows: tuple[OwnLoan, ...] = ()
    tickets: tuple[Act, ...] = ()
    venue: str = ""


def credit_page(state: State, names: Names, market: Market) -> CreditPage:
    """The page of one market of loans."""
    requests = state.markets.credit[market.market].requests
    known = sorted(
        requests.values(), key=lambda one: (one.state != OPEN, one.offers_until, one.request)
    )
    waiting = [one for one in known if one.state == OPEN]
    return CreditPage(
        head=head_of(market, names),
        pricing=(market.trading.credit or CreditTerms()).pricing,
        rows=tuple(_row(one, names) for one in known[:REQUESTS_MAX]),
        open_now=len(waiting),
        asked=sum(one.amount_minor for one in waiting),
    )


def _row(one: LoanRequest, names: Names) -> RequestRow:
    return RequestRow(
        request=one.request,
        borrower=names.party(one.borrower),
        region=names.region(one.region),
        amount=one.amount_minor,
        rate_max=one.rate_max_bp,
        kind=one.terms.kind,
        instalments=one.terms.instalments,
        months=one.terms.every_months,
        collateral=len(one.collateral),
        purpose=one.purpose,
        until=one.offers_until if one.state == OPEN else 0,
        state=one.state,
        offers=len(one.offers),
    )


def own_credit(state: State, names: Names, market: Market, parties: Sequence[str]) -> OwnCredit:
    """What the first of the reader's parties has waiting, and both forms."""
    if not parties:
        return OwnCredit()
    party, requests = parties[0], state.markets.credit[market.market].requests
    waiting = [one for _, one in sorted(requests.items()) if one.state == OPEN]
    rows = []
    for one in waiting:
        fixed: dict[str, object] = {"actor": party, "market": market.market, "request": one.request}
        if one.borrower == party:
            act = _take_back(names, party, tag_of(WithdrawLoanRequest), fixed)
            rows.append(
                OwnLoan(
                    request=one.request,
                    amount=one.amount_minor,
                    rate=one.rate_max_bp,
                    is_offer=False,
                    acts=(act,),
                )
            )
        for name, offer in sorted(one.offers.items()):
            if offer.lender == party:
                act = _take_back(names, party, tag_of(WithdrawLoanOffer), fixed | {"offer": name})
                rows.append(
                    OwnLoan(
                        request=one.request,
                        amount=offer.amount_minor,
                        rate=offer.rate_bp,
                        is_offer=True,
                        acts=(act,),
                    )
                )
    others = [one for one in waiting if one.borrower != party]
    tickets = (*((_offer(names, market, party, others),) if others else ()),)
    return OwnCredit(
        party=names.party(party),
        rows=tuple(rows),
        tickets=(*tickets, _request(names, market, party)),
    )


def _take_back(names: Names, party: str, tag: str, fixed: dict[str, object]) -> Act:
    return Act(name="cancel", command=tag, fixed=fixed, party=names.party(party))


def _offer(names: Names, market: Market, party: str, others: Sequence[LoanRequest]) -> Act:
    return Act(
        name="lend",
        command=tag_of(OfferLoan),
        fixed={"actor": party, "market": market.market},
        party=names.party(party),
        fields=(
            Field(
                name="request",
                options=tuple(
                    Option(value=one.request, name=f"{one.request} · {names.party(one.borrower)}")
                    for one in others
                ),
            ),
            Field(name="amount_minor", kind="minor", label="amount"),
            Field(name="rate_bp", kind="whole", label="rate", hint="rate"),
            Field(name="least_minor", kind="minor", is_needed=False, label="least", hint="least"),
        ),
        fresh="offer",
        digits=names.digits,
    )


def _request(names: Names, market: Market, party: str) -> Act:
    return Act(
        name="borrow",
        command=tag_of(RequestLoan),
        fixed={"actor": party, "market": market.market},
        party=names.party(party),
        fields=(
            Field(
                name="instrument",
                options=options_of_places(names, product(market.instruments, market.regions)),
            ),
            Field(name="amount_minor", kind="minor", label="amount"),
            Field(name="rate_max_bp", kind="whole", label="rate_max", hint="rate"),
            Field(name="offers_until", kind="instant", label="offers_until"),
            Field(name="purpose", is_needed=False),
        ),
        fresh="request",
        digits=names.digits,
    )

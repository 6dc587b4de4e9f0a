"""Credit: a firm asks for a loan once, many lenders bid the rate; the cheapest money is taken.

A request is an order to buy: lots are the amount, the limit is the highest rate (basis points a
year). An offer is an order to sell: amount, least rate, and the fewest lots it lends. Of all
choices of offers that keep to limits and least amounts the one is taken that, in this order,

1. lends most, up to what is asked for (nothing where it is less than the request takes);
2. pay-as-bid: costs the borrower least at the lenders' own rates; uniform: has the lowest highest
   rate, then costs least at the lenders' own;
3. gives those first in line most: by rate, then who came first, then canonical order.

Paid is each lender's own rate, or one rate for all: the highest accepted, or the first one left
over (the cheapest lot that was not taken, but no more than the borrower's limit). Nobody lends
below the own rate, and nobody lends to itself. Several requests for the same are served in order
of arrival, each from what is left.

Source: uniform and pay-as-bid pricing of multi-unit auctions: V. Krishna, "Auction Theory" (2nd
ed., 2010), ch. 12; peer-to-peer loan auctions: N. Chen, A. Ghosh, N. Lambert, "Auctions for social
lending" (2014), Games and Economic Behavior 86. Worked in
tests/markets/mechanisms/credit/test_examples.py.
"""

from typing import Self

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.arrivals import (
    Fill,
    Row,
    arrived,
    clearing_of,
    prices_table,
    verify_alike,
)
from yaosu.markets.mechanisms.credit_choice import Choice, Offer, choose
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

RULE = "credit/1"
PRICINGS = ("pay_as_bid", "uniform")
UNIFORM_RATES = ("last_accepted", "first_rejected")
PROVED = ("rates_kept", "least_amounts_kept")
CHEAPEST = "cheapest"  # proved where every choice was looked at or ruled out

ACCEPTED, IN_PART = "accepted", "accepted_in_part"
NO_REQUEST, OWN, TOO_DEAR = "no_request", "own_request", "rate_above_limit"
SHORT, OUTBID, LEAST = "request_not_filled", "outbid", "least_amount_not_met"


Award = tuple[Row, Choice, tuple[int, ...]]  # request, choice among its offers, their rates


class CreditParameters(Struct, frozen=True, kw_only=True):
    """How a loan is priced.

    Attributes:
        pricing: ``pay_as_bid`` (each lender its own rate) or ``uniform`` (one rate for all).
        uniform_rate: ``last_accepted`` or ``first_rejected``; read with ``uniform`` only.
    """

    pricing: str = "pay_as_bid"
    uniform_rate: str = "last_accepted"

    @classmethod
    def of(cls, pricing: str = "pay_as_bid", uniform_rate: str = "last_accepted") -> Self:
        """Checked parameters.

        Raises:
            Refusal: `markets.bad_parameter`.
        """
        for name, value, words in (
            ("pricing", pricing, PRICINGS),
            ("uniform_rate", uniform_rate, UNIFORM_RATES),
        ):
            refuse_unless(
                value in words,
                "markets.bad_parameter",
                name=name,
                value=str(value),
                expected=" or ".join(words),
            )
        return cls(pricing=pricing, uniform_rate=uniform_rate)

    @property
    def is_uniform(self) -> bool:
        """Whether all lenders of a request get one rate."""
        return self.pricing == "uniform"


def clear_credit(orders: Orders, network: Network, parameters: CreditParameters) -> Clearing:
    """Choose the offers of each request and the rates.

    Returns:
        Clearing: prices are rates in basis points; ``price`` is the one rate, or pay-as-bid the
        highest one paid. The buyer's fills are one a rate. ``welfare`` is what the borrowers save
        against their limits at the lenders' own rates, in basis points times lots; the bound is
        the same without least amounts. The step ``cheapest`` is proved where the choice is known
        to be the best; a book that needs more than `credit_choice.STEPS_MAX` steps says not.
        ``details["offers"]`` says of every offer what was lent and why not more (row, lots,
        reason): accepted, accepted_in_part; no_request, own_request, rate_above_limit,
        request_not_filled, outbid, least_amount_not_met. With several requests the last that the
        offer could have served gives the reason, unless something was lent.

    Raises:
        Refusal: `markets.unknown_region`.

    Cost: O(n log n) for n orders where no least amount stands in the way; else at most
    `credit_choice.STEPS_MAX` steps of O(n) more for a request.
    """
    orders.check()
    rows = arrived(orders, network)
    awards = _awards(rows, parameters)
    fills: list[Fill] = []
    paid: dict[tuple[str, str], list[int]] = {row.place: [] for row in rows}
    for request, choice, rates in awards:
        for offer, lots, rate in zip(choice.offers, choice.lots, rates, strict=True):
            if lots:
                fills += [Fill(offer.row, lots, rate), Fill(request.row, lots, rate)]
                paid[request.place].append(rate)
    table = [(*place, max(paid[place], default=None), paid[place]) for place in sorted(paid)]
    searched = all(choice.is_best for _, choice, _ in awards)
    return clearing_of(
        RULE,
        orders,
        network,
        parameters,
        fills,
        prices_table(orders, table),
        proved=(*PROVED, CHEAPEST) if searched else PROVED,
        dual=sum(choice.bound for _, choice, _ in awards),
        details={"offers": _reasons(rows, awards)},
    )


def verify_credit(
    orders: Orders, network: Network, clearing: Clearing, parameters: CreditParameters
) -> None:
    """Return if lenders, amounts and rates are the rule's, else refuse.

    Raises:
        Refusal: `markets.certificate_*`.
    """
    verify_alike(orders, clearing, clear_credit(orders, network, parameters))


def _reasons(rows: list[Row], awards: list[Award]) -> Columns:
    """What became of every offer, and why: columns row, lots, reason; by row."""
    reason = {row.row: NO_REQUEST for row in rows if row.side < 0}
    size = {row.row: row.quantity for row in rows}
    lent = dict.fromkeys(reason, 0)
    for request, choice, _ in awards:
        for name, row in _left_out(rows, request):
            reason[row] = name
        pairs = list(zip(choice.offers, choice.lots, strict=True))
        highest = max((offer.rate for offer, lots in pairs if lots), default=0)
        missing = request.quantity - sum(choice.lots)
        for offer, lots in pairs:
            lent[offer.row] += lots
            stood_aside = offer.least > 1 and offer.rate < highest
            by_least = stood_aside or 0 < missing < offer.least
            reason[offer.row] = (LEAST if by_least else OUTBID) if highest else SHORT
    for row, lots in lent.items():
        if lots:
            reason[row] = ACCEPTED if lots == size[row] else IN_PART
    known = sorted(reason)
    return Columns.of(
        row=np.array(known, np.int64),
        lots=np.array([lent[row] for row in known], np.int64),
        reason=Text.of([reason[row] for row in known]),
    )


def _awards(rows: list[Row], parameters: CreditParameters) -> list[Award]:
    """Each request with the choice among its offers, in line, and the rate of each offer."""
    left = {row.row: row.quantity for row in rows}
    offers: dict[tuple[str, str], list[Row]] = {}
    for row in sorted((r for r in rows if r.side < 0), key=lambda r: r.price):
        offers.setdefault(row.place, []).append(row)
    awards: list[Award] = []
    for request in rows:
        if request.side < 0:
            continue
        able = tuple(
            Offer(row.row, row.price, left[row.row], max(row.least, 1))
            for row in offers.get(request.place, ())
            if row.party != request.party
            and row.price <= request.price
            and left[row.row] >= max(row.least, 1)
        )
        choice = choose(able, request.quantity, request.least, request.price, parameters.is_uniform)
        for offer, lots in zip(choice.offers, choice.lots, strict=True):
            left[offer.row] -= lots
        awards.append((request, choice, _rates(choice, request.price, parameters)))
    return awards


def _rates(choice: Choice, limit: int, parameters: CreditParameters) -> tuple[int, ...]:
    own = tuple(offer.rate for offer in choice.offers)
    if not parameters.is_uniform:
        return own
    pairs = list(zip(choice.offers, choice.lots, strict=True))
    rate = max((offer.rate for offer, lots in pairs if lots), default=0)
    if parameters.uniform_rate == "first_rejected":
        rejected = [offer.rate for offer, lots in pairs if lots < offer.lots]
        rate = max(rate, min([*rejected, limit]))
    return tuple(rate for _ in own)


def _left_out(rows: list[Row], request: Row) -> list[tuple[str, int]]:
    """Offers for the same that the request could not take, and why."""
    return [
        (OWN if row.party == request.party else TOO_DEAR, row.row)
        for row in rows
        if row.side < 0
        and row.place == request.place
        and (row.party == request.party or row.price > request.price)
    ]

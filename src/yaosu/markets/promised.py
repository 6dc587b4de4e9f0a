"""What parties have promised in markets: open orders, bids in listings, proposed deals.

Told to the floor of access, which holds it against the limits per party. Sealed bids count once
they are open; offers at posted prices bring nothing to who makes them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from yaosu.access.limit_rows import ORDERS, any_limits
from yaosu.access.limits import check_limits, limit_faults
from yaosu.kernel.columns import Columns, Integers
from yaosu.markets.batch import Batch
from yaosu.markets.credit_terms import LoanRequest
from yaosu.markets.events import OrderReplaced
from yaosu.markets.listing_state import AWARDED, ENDED, Listing
from yaosu.markets.listing_terms import ListedBid
from yaosu.markets.mechanisms.listing_parameters import RISING
from yaosu.markets.negotiated_terms import Deal
from yaosu.markets.open_sums import Place, Sums, sums_of
from yaosu.markets.orders import BUY
from yaosu.markets.state import Market, MarketsReach, factors_of, may_cost
from yaosu.markets.trading_state import Standing
from yaosu.rights.promises import kind_bought, kind_sold, of_title
from yaosu.rights.values import Promise

ORDER, LISTING, DEAL, LOAN = "order", "listing", "deal", "loan"


class Promised:
    """Looks up what parties have promised, while one decision is made."""

    def __init__(self, reach: MarketsReach) -> None:
        self._reach = reach
        self._books = [
            (_Shown(reach, market), market.open_sums.of)
            for _, market in sorted(reach.markets.markets.items())
        ]
        self._loans: dict[str, list[Promise]] = {}
        for name, credit in sorted(reach.markets.credit.items()):
            for known in credit.standing:
                for promise in of_request(reach.markets.markets[name], credit.requests[known]):
                    self._loans.setdefault(promise.party, []).append(promise)
        self._deals: dict[str, list[Promise]] = {}
        for name, book in sorted(reach.markets.negotiated.items()):
            for deal in book.proposed.values():
                if deal.side == BUY:
                    promise = of_deal(reach, reach.markets.markets[name], deal, deal.proposer)
                    self._deals.setdefault(deal.proposer, []).append(promise)

    def by(self, party: str) -> list[Promise]:
        """What a party has promised in every market and listing."""
        promises = [
            shown.promise(party, place, sums)
            for shown, sums_of_parties in self._books
            if party in sums_of_parties
            for place, sums in sums_of_parties[party].items()
        ]
        promises += self._deals.get(party, ())
        promises += self._loans.get(party, ())
        if party in self._reach.markets.listings.bid_in:
            promises += _in_listings(self._reach, party)
        return promises


def mark_beyond_limits(reach: MarketsReach, market: Market, batch: Batch) -> None:
    """Mark the orders of who would get more than a limit allows, all of them together."""
    rows = batch.rows.take(batch.sound)
    asked = of_orders(reach, market, rows, may_cost(rows))
    for fault in limit_faults(reach, asked):
        both_sides = fault.row.counts == ORDERS
        for number in fault.promises:
            promise = asked[number]
            names = (("party", promise.party), ("instrument", promise.instrument))
            mine = batch.sound & (both_sides | (batch.rows["side"] > 0))
            for column, value in (*names, ("region", promise.region)):
                text = batch.rows.text(column)
                mine &= text.codes == text.code_of(value)
            batch.mark(mine, fault.refusal.code, **fault.refusal.facts)


def is_within_limits(reach: MarketsReach, market: Market, row: Mapping[str, Any]) -> bool:
    """Whether a single order of these terms keeps within the limits."""
    if not any_limits(reach):
        return True
    lots, held = row["quantity"], row.get("held", row["price"])
    sums = (lots, 0, 1, lots * held) if row["side"] > 0 else (0, lots, 1, 0)
    place = row["instrument"], row["region"]
    return not limit_faults(reach, [_Shown(reach, market).promise(row["party"], place, sums)])


def of_orders(
    reach: MarketsReach, market: Market, orders: Columns, cost: Integers
) -> list[Promise]:
    """What orders of one batch promise, summed by party, instrument and region."""
    shown = _Shown(reach, market)
    return [shown.promise(party, place, sums) for party, place, sums in sums_of(orders, cost)]


def of_bid(reach: MarketsReach, listing: Listing, party: str, bought: int, price: int) -> Promise:
    """What a bid for so much of what is offered promises."""
    head = listing.head
    right = reach.rights.rights[head.right]
    return Promise(
        party=party,
        source=LISTING,
        factor=head.factor,
        kind=kind_sold(reach, right),
        instrument=head.instrument,
        region=head.region,
        unit=right.unit,
        gets=head.lots if head.terms.row.is_whole else bought,
        pays_minor=price,
    )


def of_deal(reach: MarketsReach, market: Market, deal: Deal, buyer: str) -> Promise:
    """What a deal promises to its buyer."""
    cost = deal.price * deal.lots
    place = deal.instrument, deal.region
    promise = _Shown(reach, market).promise(buyer, place, (deal.lots, 0, 0, cost))
    return replace(promise, source=DEAL)


def check_trades(reach: MarketsReach, trades: Columns, cost_minor: int) -> None:
    """Refuse trades at once that take their buyer beyond a limit: columns of `trades_of`."""
    asked: list[Promise] = []
    for row in trades.iterate():
        right = reach.rights.rights[row["right"]]
        promise = of_title(reach, right, row["buyer"], row["lots"], kind_sold(reach, right))[0]
        asked.append(replace(promise, source=DEAL, pays_minor=0 if asked else cost_minor))
    check_limits(reach, asked)


def check_replaced(
    reach: MarketsReach, market: Market, standing: Standing, replaced: OrderReplaced
) -> None:
    """Refuse new terms of an order that take its party beyond a limit."""
    more = replaced.open - standing.open
    cost = replaced.held * replaced.open - standing.held * standing.open
    is_buy = standing.side > 0
    sums = (max(more, 0), 0, 0, max(cost, 0)) if is_buy else (0, max(more, 0), 0, 0)
    place = replaced.instrument, replaced.region
    check_limits(reach, [_Shown(reach, market).promise(standing.party, place, sums)])


def of_loan(
    market: Market, request: LoanRequest, party: str, lends: int = 0, pays: int = 0, owes: int = 0
) -> Promise:
    """What a loan that is asked for, offered, or runs, promises; minor units."""
    return Promise(
        party=party,
        source=LOAN,
        factor=market.factor,
        kind="",
        instrument=request.instrument,
        region=request.region,
        lends_minor=lends,
        pays_minor=pays,
        owes_minor=owes,
    )


def of_request(market: Market, request: LoanRequest) -> list[Promise]:
    """What a request that is open promises: of the borrower, and of each who offers."""
    offers = sorted((offer.lender, offer.amount_minor) for offer in request.offers.values())
    return [
        of_loan(market, request, request.borrower, owes=request.amount_minor),
        *(of_loan(market, request, lender, lends=held, pays=held) for lender, held in offers),
    ]


def check_deal(reach: MarketsReach, market: Market, deal: Deal, buyer: str) -> None:
    """Refuse a deal that takes its buyer beyond a limit."""
    check_limits(reach, [of_deal(reach, market, deal, buyer)])


def check_bids_limits(reach: MarketsReach, listing: Listing, bids: tuple[ListedBid, ...]) -> None:
    """Refuse bids of one party that, with those before, take it beyond a limit."""
    party = bids[0].party
    before = bid_by(listing, party)
    later = bid_by(replace(listing, bids=[*listing.bids, *bids]), party)
    bought, price = later[0] - before[0], later[1] - before[1]
    if bought > 0 or price > 0:
        promise = of_bid(reach, listing, party, bought, price)
        check_limits(reach, [promise if bought > 0 else replace(promise, gets=0)])


def bid_by(listing: Listing, party: str) -> tuple[int, int]:
    """What a party may get of what is offered, and have to pay, by its bids together."""
    bids = [bid for bid in listing.bids if bid.party == party]
    if not bids or party in listing.left:
        return 0, 0
    each = [(bid.quantity, bid.price * bid.quantity) for bid in bids]
    if listing.head.terms.row.bidding == RISING:  # the highest of its bids alone counts
        return max(bought for bought, _ in each), max(price for _, price in each)
    bought = sum(bought for bought, _ in each)
    return min(bought, listing.head.supply), sum(price for _, price in each)


def _in_listings(reach: MarketsReach, party: str) -> Iterator[Promise]:
    for listing in reach.markets.listings.with_bids_of(party):
        if listing.phase == ENDED:
            continue
        if listing.phase == AWARDED:
            due = listing.dues.get(party)
            if due is not None:
                paid = due.price_minor + due.fee_minor
                yield replace(of_bid(reach, listing, party, due.lots, paid), gets=due.lots)
                continue
            if party not in listing.deposits:  # it has paid, or is no longer asked
                continue
        bought, price = bid_by(listing, party)
        if bought:
            yield of_bid(reach, listing, party, bought, price)


class _Shown:
    """The sums of a market as promises; looks each instrument up once."""

    def __init__(self, reach: MarketsReach, market: Market) -> None:
        self._reach = reach
        self._market = market
        self._known: dict[str, tuple[str, str, str]] = {}

    def promise(self, party: str, place: Place, sums: Sums) -> Promise:
        """What these sums promise to a party."""
        instrument, region = place
        if instrument not in self._known:
            self._known[instrument] = self._look_up(instrument)
        factor, kind, unit = self._known[instrument]
        bought, sold, orders, ticks = sums
        return Promise(
            party=party,
            source=ORDER,
            factor=factor,
            kind=kind,
            instrument=instrument,
            region=region,
            unit=unit,
            gets=bought,
            gives=sold,
            orders=orders,
            pays_minor=ticks * self._market.trading.tick_minor,
        )

    def _look_up(self, instrument: str) -> tuple[str, str, str]:
        """Factor and kind of what is bought, and the unit where the instrument is named after it.

        A market of several factors has its first one for what the register does not know.
        """
        reach, market = self._reach, self._market
        factor, name = market.factor, instrument.rpartition("/")[2]
        unit = next((u for u in (instrument, name) if u in reach.rights.units), "")
        if len(factors_of(market)) > 1:
            rights = reach.rights.by_instrument.get(instrument, {})
            factor = next((reach.rights.rights[one].factor for one in rights), factor)
        return factor, kind_bought(reach, instrument, factor), unit

"""Negotiated deals: one party proposes, the other confirms, and it trades at once inside the band.

Both halves are held before anything trades. The price must lie in the band when the deal is
confirmed. A deal is published in the entry of its confirmation and sets no last price.
"""

from yaosu.kernel.ids import check_id
from yaosu.kernel.instant import check_instant, format_instant
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.markets import negotiated_refusals
from yaosu.markets.batch import may_order_for_others
from yaosu.markets.commands import ConfirmDeal, OpenMarket, ProposeDeal, WithdrawDeal
from yaosu.markets.events import DealConfirmed, DealEnded, DealProposed
from yaosu.markets.mechanisms import clear
from yaosu.markets.mechanisms.negotiated import band_round
from yaosu.markets.negotiated_state import DealBook
from yaosu.markets.negotiated_terms import BAND_BP_MAX, Deal, NegotiatedTerms
from yaosu.markets.network import Network
from yaosu.markets.orders import BUY, SELL, Orders
from yaosu.markets.promised import check_deal
from yaosu.markets.state import Market, MarketsReach
from yaosu.markets.without_book import (
    BUYER,
    SELLER,
    agreed,
    check_numbers,
    check_party,
    check_place,
    hold,
    market_by,
    release,
    right_to_sell,
    trades_of,
    trading_market_by,
)
from yaosu.parties.decide import party_of
from yaosu.rights.events import RightBurdened

NEGOTIATED = "negotiated"
__all__ = ["negotiated_refusals"]


def check_negotiated_terms(reach: MarketsReach, command: OpenMarket) -> None:
    """Refuse terms that no market of negotiated deals can have."""
    terms = command.trading.negotiated or NegotiatedTerms()
    for term, value, least, most in (
        ("band_bp", terms.band_bp, -1, BAND_BP_MAX),
        ("least_lots", terms.least_lots, 1, 2**44),
        ("reference_price", terms.reference_price, 0, 2**44),
    ):
        refuse_unless(
            least <= value <= most,
            "markets.bad_negotiated_terms",
            term=term,
            value=str(value),
            known=f"{least} to {most}",
        )
    if terms.reference_market:
        known = reach.markets.markets.get(terms.reference_market)
        found(known, "markets.unknown_market", market=terms.reference_market)


def decide_propose_deal(reach: MarketsReach, command: ProposeDeal) -> list[Event]:
    """A deal is proposed to one party; what the proposer gives is held."""
    market = trading_market_by(reach, command.market, NEGOTIATED)
    book = _book(reach, market)
    check_id(command.deal, "deal")
    is_new = command.deal not in book.known
    refuse_unless(is_new, "markets.deal_exists", deal=command.deal, market=market.market)
    party = command.party or command.actor
    party_of(reach, command.counterparty)
    refuse_unless(party != command.counterparty, "markets.own_deal", party=party)
    refuse_unless(command.side in (BUY, SELL), "markets.bad_side", row=0, side=command.side)
    refuse_unless(
        command.until == 0 or check_instant(command.until, "the end") > reach.now,
        "markets.deal_in_the_past",
        until=format_instant(command.until),
    )
    deal = Deal(
        deal=command.deal,
        proposer=party,
        counterparty=command.counterparty,
        instrument=command.instrument,
        region=command.region,
        side=command.side,
        price=command.price,
        lots=command.lots,
        right=command.right,
        until=command.until,
    )
    check_place(market, deal.instrument, deal.region)
    check_numbers(market.trading, deal.price, deal.lots)
    _check_band(reach, market, deal)
    held = _hold_half(reach, market, deal, command.actor, party, deal.side, command.right)
    if deal.side == BUY:
        check_deal(reach, market, deal, party)
    return [*held, DealProposed(market=market.market, deal=deal)]


def decide_confirm_deal(reach: MarketsReach, command: ConfirmDeal) -> list[Event]:
    """The other party confirms: both halves meet, and what follows settles."""
    market = trading_market_by(reach, command.market, NEGOTIATED)
    deal = _proposed(reach, market, command.deal)
    party = command.party or command.actor
    refuse_unless(
        party == deal.counterparty,
        "markets.not_the_counterparty",
        deal=deal.deal,
        counterparty=deal.counterparty,
        party=party,
    )
    _check_band(reach, market, deal)
    held = _hold_half(reach, market, deal, command.actor, party, -deal.side, command.right)
    _check_trades(reach, market, deal)
    sells = deal.side == SELL
    if sells:
        check_deal(reach, market, deal, party)
    trades = trades_of(
        [
            {
                "instrument": deal.instrument,
                "region": deal.region,
                "price": deal.price,
                "lots": deal.lots,
                "buyer": deal.counterparty if sells else deal.proposer,
                "limit": deal.price,
                "seller": deal.proposer if sells else deal.counterparty,
                "right": deal.right if sells else command.right,
            }
        ]
    )
    confirmed = DealConfirmed(market=market.market, deal=deal, at=reach.now)
    return [*held, confirmed, agreed(reach, market, trades)]


def decide_withdraw_deal(reach: MarketsReach, command: WithdrawDeal) -> list[Event]:
    """Either side ends a proposal, and may say why; what was held is free again."""
    market = market_by(reach, command.market, NEGOTIATED)
    deal = _proposed(reach, market, command.deal)
    refuse_unless(
        command.actor in (deal.proposer, deal.counterparty)
        or may_order_for_others(reach, command.actor),
        "markets.not_your_deal",
        actor=command.actor,
        deal=deal.deal,
    )
    return _end(reach, market, deal, command.reason or "withdrawn")


def lapse_deals(reach: MarketsReach, until: int) -> list[Event]:
    """Proposals whose time is over by ``until``, in (instant, market, deal) order."""
    over = sorted(
        (deal.until, name, deal.deal)
        for name, book in reach.markets.negotiated.items()
        for deal in book.proposed.values()
        if deal.until and deal.until <= until
    )
    return [
        event
        for _, name, deal in over
        for event in _end(
            reach,
            reach.markets.markets[name],
            reach.markets.negotiated[name].proposed[deal],
            "lapsed",
        )
    ]


def end_burdened_deals(reach: MarketsReach, event: RightBurdened) -> list[Event]:
    """A proposal to sell a right falls away when the right is burdened."""
    return [
        ended
        for name, book in sorted(reach.markets.negotiated.items())
        for _, deal in sorted(book.proposed.items())
        if deal.right == event.entry.right
        for ended in _end(reach, reach.markets.markets[name], deal, event.entry.id)
    ]


def deals_of(reach: MarketsReach, party: str) -> list[str]:
    """Proposals of a party, as ``market/deal``: what blocks its exit."""
    return [
        f"{name}/{deal.deal}"
        for name, book in sorted(reach.markets.negotiated.items())
        for _, deal in sorted(book.proposed.items())
        if deal.proposer == party
    ]


def reference_for(
    reach: MarketsReach, terms: NegotiatedTerms, instrument: str, region: str
) -> int | None:
    """The reference price of a place: the last one of the named market, or the one that stands."""
    prices = reach.markets.last_prices.get(terms.reference_market, {})
    return prices.get(instrument, {}).get(region, terms.reference_price or None)


def _terms(market: Market) -> NegotiatedTerms:
    return market.trading.negotiated or NegotiatedTerms()


def _book(reach: MarketsReach, market: Market) -> DealBook:
    return reach.markets.negotiated[market.market]


def _proposed(reach: MarketsReach, market: Market, deal: str) -> Deal:
    known = _book(reach, market).proposed.get(deal)
    return found(known, "markets.unknown_deal", deal=deal, market=market.market)


def _check_band(reach: MarketsReach, market: Market, deal: Deal) -> None:
    """Refuse a deal too small, or at a price outside the band as it is now."""
    terms = _terms(market)
    refuse_unless(
        deal.lots >= terms.least_lots,
        "markets.deal_too_small",
        lots=deal.lots,
        least_lots=terms.least_lots,
    )
    if terms.band_bp < 0:
        return
    reference = reference_for(reach, terms, deal.instrument, deal.region)
    if reference is None:
        refuse(
            "markets.no_reference_price",
            instrument=deal.instrument,
            region=deal.region,
            reference=terms.reference_market or "the market's terms",
        )
    low, high = band_round(reference, terms.band_bp)
    refuse_unless(
        low <= deal.price <= high,
        "markets.outside_the_band",
        price=deal.price,
        low=low,
        high=high,
        reference_price=reference,
    )


def _hold_half(
    reach: MarketsReach,
    market: Market,
    deal: Deal,
    actor: str,
    party: str,
    side: int,
    right: str,
) -> list[Event]:
    """Check one half of a deal, and hold what it gives."""
    check_party(reach, market, actor, party, SELLER if side == SELL else BUYER)
    refuse_unless(
        bool(right) == (side == SELL),
        "markets.right_for_a_buy",
        party=party,
        verb="sell" if side == SELL else "buy",
        deal=deal.deal,
    )
    if side == BUY:
        cost = deal.price * deal.lots * market.trading.tick_minor
        return hold(reach, market, party, market.currency, cost, deal.deal)
    known, region = right_to_sell(reach, market, right, party, deal.lots)
    refuse_unless(
        known.instrument == deal.instrument,
        "markets.wrong_instrument",
        right=right,
        expected=known.instrument,
        instrument=deal.instrument,
    )
    refuse_unless(
        region == deal.region,
        "markets.wrong_region",
        right=right,
        expected=region,
        region=deal.region,
    )
    return hold(reach, market, party, deal.instrument, deal.lots, deal.deal)


def _check_trades(reach: MarketsReach, market: Market, deal: Deal) -> None:
    """Both halves clear by the mechanism, as anyone can see who has them."""
    terms = _terms(market)
    orders = Orders.from_columns(
        instrument=[deal.instrument] * 2,
        region=[deal.region] * 2,
        side=[deal.side, -deal.side],
        price=[deal.price] * 2,
        quantity=[deal.lots] * 2,
        party=[deal.proposer, deal.counterparty],
    )
    reference = reference_for(reach, terms, deal.instrument, deal.region)
    place = (deal.instrument, deal.region)
    clearing = clear(
        orders,
        Network.alone(deal.region),
        NEGOTIATED,
        band_bp=terms.band_bp,
        least_lots=terms.least_lots,
        reference_prices={} if reference is None else {place: reference},
    )
    assert clearing.volume == deal.lots, "a deal inside its band did not clear"


def _end(reach: MarketsReach, market: Market, deal: Deal, reason: str) -> list[Event]:
    if deal.side == BUY:
        asset, amount = market.currency, deal.price * deal.lots * market.trading.tick_minor
    else:
        asset, amount = deal.instrument, deal.lots
    return [
        *release(reach, market, deal.proposer, asset, amount, deal.deal),
        DealEnded(market=market.market, deal=deal, reason=reason),
    ]

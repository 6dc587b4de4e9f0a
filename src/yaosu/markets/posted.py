"""Posted prices: what may be earned is permitted, a tariff is posted, whoever comes accepts it.

One command accepts: it finds the group of the buyer by conditions of the rules, counts a trial once
a party, takes the lots by the mechanism `posted`, pays, and settles in the same entry.
"""

from itertools import accumulate

from yaosu.access.methods.entry import assess
from yaosu.kernel.columns import Columns
from yaosu.kernel.ids import derive_id
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import Refusal, found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.markets import posted_refusals
from yaosu.markets.batch import VALUE_MINOR_MAX, may_order_for_others
from yaosu.markets.commands import (
    AcceptTerms,
    EndPostedOffer,
    OfferRight,
    OpenMarket,
    PermitRevenue,
    PostTariff,
)
from yaosu.markets.events import (
    PostedOfferEnded,
    PostedOfferMade,
    RevenuePermitted,
    TariffPosted,
    TermsAccepted,
)
from yaosu.markets.intake import is_over
from yaosu.markets.mechanisms import clear
from yaosu.markets.mechanisms.posted import (
    ANYBODY,
    PostedParameters,
    Schedule,
    Tier,
    blocks_of,
    schedule_for,
)
from yaosu.markets.mechanisms.posted_revenue import (
    SHORTFALLS,
    Allowance,
    carried_on,
    fair_profit,
    one_price,
    revenue_at,
)
from yaosu.markets.network import Network
from yaosu.markets.orders import BUY, SELL, Orders
from yaosu.markets.posted_state import PostedBook
from yaosu.markets.posted_terms import PostedOffer, PostedTerms
from yaosu.markets.promised import check_trades
from yaosu.markets.state import Market, MarketsReach
from yaosu.markets.without_book import (
    BUYER,
    SELLER,
    agreed,
    check_not_halted,
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
from yaosu.parties.decide import facts_of
from yaosu.rights.events import RightBurdened
from yaosu.rules.decide import ask, national
from yaosu.rules.overlay import rules_digest
from yaosu.rules.pack import Condition

POSTED = "posted"
MARGIN_BP_MAX = 100_000
TRIAL_LOTS_MAX = 2**44
TRIAL_DAYS_MAX = 3_650
COST_MINOR_MAX = 2**58  # with margins and what is carried, sums stay far inside 64 bits
BUY_ROW = 0  # of the orders that an acceptance is cleared with
__all__ = ["posted_refusals"]


def check_posted_terms(command: OpenMarket) -> None:
    """Refuse terms that no market of posted prices can have."""
    terms = command.trading.posted or PostedTerms()
    is_spot = command.trading.contract == "spot"
    refuse_unless(
        is_spot, "markets.spot_only", market=command.market, contract=command.trading.contract
    )
    known = " or ".join(SHORTFALLS)
    if terms.shortfall not in SHORTFALLS:
        refuse("markets.bad_posted_terms", term="shortfall", value=terms.shortfall, known=known)
    for term, value, most in (
        ("margin_bp", terms.margin_bp, MARGIN_BP_MAX),
        ("trial_lots", terms.trial_lots, TRIAL_LOTS_MAX),
        ("trial_days", terms.trial_days, TRIAL_DAYS_MAX),
    ):
        refuse_unless(
            0 <= value <= most,
            "markets.bad_posted_terms",
            term=term,
            value=str(value),
            known=f"0 to {most}",
        )


def decide_permit_revenue(reach: MarketsReach, command: PermitRevenue) -> list[Event]:
    """A period begins: cost, fair profit, and what the last period earned too much or short."""
    market = market_by(reach, command.market, POSTED)
    terms, book = _terms(market), _book(reach, market)
    refuse_unless(
        0 <= command.cost_minor <= COST_MINOR_MAX,
        "markets.cost_not_in_range",
        cost_minor=command.cost_minor,
        limit=COST_MINOR_MAX,
    )
    profit = _profit(reach, terms, command.cost_minor)
    allowance = Allowance(
        cost_minor=command.cost_minor,
        profit_minor=profit,
        carried_minor=carried_on(book.allowance, book.revenue_minor, terms.shortfall),
    )
    refuse_unless(
        allowance.permitted_minor <= VALUE_MINOR_MAX,
        "markets.batch_too_valuable",
        limit=VALUE_MINOR_MAX,
    )
    return [
        RevenuePermitted(
            market=market.market,
            period=book.period + 1,
            allowance=allowance,
            permitted_minor=allowance.permitted_minor,
            rules=rules_digest(reach),
        )
    ]


def decide_post_tariff(reach: MarketsReach, command: PostTariff) -> list[Event]:
    """A tariff stands if what it is expected to bring keeps to the permitted revenue."""
    market = market_by(reach, command.market, POSTED)
    book = _book(reach, market)
    refuse_unless(book.period, "markets.no_permitted_revenue", market=market.market)
    room = book.allowance.permitted_minor - book.revenue_minor
    prices = _priced(market, command, room)
    expected = [line.expected for line in command.tariff]
    brings = revenue_at(prices, expected, market.trading.tick_minor)
    refuse_unless(
        brings <= max(room, 0),
        "markets.tariff_over_permitted",
        expected_minor=str(brings),
        room_minor=max(room, 0),
        period=book.period,
        market=market.market,
    )
    tiers = tuple(
        sorted(
            Tier(line.instrument, line.group, line.begin, price)
            for line, price in zip(command.tariff, prices, strict=True)
        )
    )
    try:
        PostedParameters.of(tariff=tiers)
    except Refusal as refusal:
        reason = f"{refusal.facts['value']}: it wants {refusal.facts['expected']}"
        refuse("markets.bad_tariff", line=0, reason=reason)
    return [TariffPosted(market=market.market, period=book.period, tariff=tiers)]


def offer_at_tariff(reach: MarketsReach, market: Market, command: OfferRight) -> list[Event]:
    """Lots of a right are put up; they are held until taken, or taken back."""
    check_not_halted(market)
    book = _book(reach, market)
    refuse_unless(
        command.right not in book.offers,
        "markets.offered_before",
        right=command.right,
        market=market.market,
    )
    known = found(
        reach.rights.rights.get(command.right), "markets.unknown_right", right=command.right
    )
    check_party(reach, market, command.actor, known.holder, SELLER)
    check_numbers(market.trading, command.price, command.quantity)
    right, region = right_to_sell(reach, market, command.right, known.holder, command.quantity)
    offer = PostedOffer(
        right=right.id,
        seller=right.holder,
        instrument=right.instrument,
        region=region,
        least=command.price,
        lots=command.quantity,
        sequence=book.next_sequence,
    )
    return [
        *hold(reach, market, right.holder, right.instrument, command.quantity, right.id),
        PostedOfferMade(market=market.market, offer=offer),
    ]


def decide_end_posted_offer(reach: MarketsReach, command: EndPostedOffer) -> list[Event]:
    """What is left of an offer is taken back by its seller, or by who may act for it."""
    market = market_by(reach, command.market, POSTED)
    offer = found(
        _book(reach, market).offers.get(command.right),
        "markets.not_offered",
        right=command.right,
        market=market.market,
    )
    refuse_unless(
        offer.seller == command.actor or may_order_for_others(reach, command.actor),
        "markets.not_for_others",
        row=0,
        actor=command.actor,
        party=offer.seller,
    )
    return _end(reach, market, offer, "taken back")


def decide_accept_terms(reach: MarketsReach, command: AcceptTerms) -> list[Event]:
    """Lots are taken at the tariff: counted, paid, and settled at once."""
    market = trading_market_by(reach, command.market, POSTED)
    party = command.party or command.actor
    check_party(reach, market, command.actor, party, BUYER)
    check_place(market, command.instrument, command.region)
    check_numbers(market.trading, 0, command.lots)
    book, terms = _book(reach, market), _terms(market)
    group = _group_of(reach, terms, party, command.purpose)
    schedule = schedule_for(PostedParameters(tariff=book.tariff), command.instrument, group)
    if schedule is None:
        refuse(
            "markets.no_posted_price",
            instrument=command.instrument,
            market=market.market,
            group=group or "anybody",
        )
    trial = _trial_lots(reach, terms, book, party, command)
    taken = book.taken.get(party, {}).get(command.instrument, 0)
    trades = _take(
        reach, market, command, party, _next_prices(schedule, trial, taken, command.lots)
    )
    cost = sum(row["price"] * row["lots"] for row in trades.iterate()) * market.trading.tick_minor
    refuse_unless(
        command.most_minor is None or cost <= command.most_minor,
        "markets.costs_more",
        lots=command.lots,
        instrument=command.instrument,
        cost_minor=cost,
        most_minor=command.most_minor or 0,
    )
    check_trades(reach, trades, cost)
    return [
        *hold(reach, market, party, market.currency, cost, party),
        TermsAccepted(
            market=market.market,
            acceptance=derive_id("acceptance", reach.cause, market.market),
            party=party,
            instrument=command.instrument,
            region=command.region,
            lots=command.lots,
            trial_lots=trial,
            group=group,
            purpose=command.purpose,
            cost_minor=cost,
            period=book.period,
            at=reach.now,
        ),
        agreed(reach, market, trades),
    ]


def end_burdened_offers(reach: MarketsReach, event: RightBurdened) -> list[Event]:
    """Lots of a right that is burdened are no longer up; reacts to ``RightBurdened``."""
    return [
        ended
        for name, book in sorted(reach.markets.posted.items())
        if event.entry.right in book.offers
        for ended in _end(
            reach, reach.markets.markets[name], book.offers[event.entry.right], event.entry.id
        )
    ]


def posted_offers_of(reach: MarketsReach, party: str) -> list[str]:
    """Rights a party has up, as ``market/right``: what blocks its exit."""
    return [
        f"{name}/{right}"
        for name, book in sorted(reach.markets.posted.items())
        for right, offer in sorted(book.offers.items())
        if offer.seller == party
    ]


def _end(reach: MarketsReach, market: Market, offer: PostedOffer, reason: str) -> list[Event]:
    return [
        *release(reach, market, offer.seller, offer.instrument, offer.lots, offer.right),
        PostedOfferEnded(
            market=market.market,
            right=offer.right,
            seller=offer.seller,
            lots=offer.lots,
            reason=reason,
        ),
    ]


def _terms(market: Market) -> PostedTerms:
    return market.trading.posted or PostedTerms()


def _book(reach: MarketsReach, market: Market) -> PostedBook:
    return reach.markets.posted[market.market]


def _profit(reach: MarketsReach, terms: PostedTerms, cost_minor: int) -> int:
    """By the formula of the rules, or by the margin of the market's terms."""
    if not terms.profit_rule:
        return fair_profit(cost_minor, terms.margin_bp)
    rules = national(reach)
    fault = f"{rules.name} has no such item"
    if terms.profit_rule in rules.items:
        outcome = ask(rules, terms.profit_rule, {"cost_minor": cost_minor})
        profit, fault = outcome.result, outcome.fault or "it gives no whole number from 0 on"
        if type(profit) is int and 0 <= profit <= COST_MINOR_MAX:
            return profit
    refuse("markets.no_profit_by_rule", item=terms.profit_rule, cost_minor=cost_minor, fault=fault)


def _priced(market: Market, command: PostTariff, room: int) -> list[int]:
    """The price of each line; those left out get the one that uses up what is left of the room."""
    known = ("", *_terms(market).group_rules)
    for number, line in enumerate(command.tariff):
        for fits, reason in (
            (line.instrument in market.instruments, f"{line.instrument} is not traded here"),
            (line.group in known, f"{line.group} is no group of this market"),
            (line.begin >= 0, f"it begins at {line.begin}"),
            (line.price is not None or line.expected >= 1, "it needs an expected volume"),
            (not line.price or line.expected >= 1, "a price needs an expected volume"),
            (line.expected >= 0, f"{line.expected} lots are expected"),
        ):
            refuse_unless(fits, "markets.bad_tariff", line=number, reason=reason)
        check_numbers(market.trading, line.price or 0, max(line.expected, 1))
    tick = market.trading.tick_minor
    fixed = sum((line.price or 0) * line.expected for line in command.tariff) * tick
    made = [line.expected for line in command.tariff if line.price is None]
    price = max(one_price(room - fixed, sum(made), tick), 0) if made else 0
    return [price if line.price is None else line.price for line in command.tariff]


def _group_of(reach: MarketsReach, terms: PostedTerms, party: str, purpose: str) -> str:
    """The first condition of the terms that holds for the party and its declared purpose."""
    rules = national(reach)
    facts = {**facts_of(reach, party), "purpose": purpose}
    for item in terms.group_rules:
        condition = rules.items.get(item)
        if isinstance(condition, Condition) and not assess(rules, [condition], facts).reasons:
            return item
    return ANYBODY


def _trial_lots(
    reach: MarketsReach, terms: PostedTerms, book: PostedBook, party: str, command: AcceptTerms
) -> int:
    """How many of the lots are free as a trial; each is once a party and instrument."""
    if not terms.trial_lots and not terms.trial_days:
        return 0
    first = book.first.get(party, reach.now)
    if terms.trial_days and reach.now >= first + terms.trial_days * DAY:
        return 0
    if not terms.trial_lots:
        return command.lots
    tried = book.tried.get(party, {}).get(command.instrument, 0)
    return min(max(terms.trial_lots - tried, 0), command.lots)


def _next_prices(schedule: Schedule, trial: int, taken: int, lots: int) -> list[tuple[int, int]]:
    """(lots, price) of the next lots of a party: the trial first, then tier by tier."""
    blocks = blocks_of(schedule, taken, lots - trial)
    return [(trial, 0), *blocks] if trial else blocks


def _take(
    reach: MarketsReach,
    market: Market,
    command: AcceptTerms,
    party: str,
    blocks: list[tuple[int, int]],
) -> Columns:
    """Clear the acceptance against what is up, by the mechanism; all lots or a refusal."""
    offers = [
        offer
        for offer in _book(reach, market).offers.values()
        if (offer.instrument, offer.region) == (command.instrument, command.region)
        and not is_over(reach, offer.right)
    ]
    orders = Orders.from_columns(
        instrument=[command.instrument] * (len(offers) + 1),
        region=[command.region] * (len(offers) + 1),
        side=[BUY, *(SELL for _ in offers)],
        price=[max(price for _, price in blocks), *(offer.least for offer in offers)],
        quantity=[command.lots, *(offer.lots for offer in offers)],
        party=[party, *(offer.seller for offer in offers)],
        sequence=[BUY_ROW, *(offer.sequence for offer in offers)],
    )
    ends = [0, *accumulate(lots for lots, _ in blocks)]
    tiers = [
        (command.instrument, ANYBODY, begin, price)
        for begin, (_, price) in zip(ends[:-1], blocks, strict=True)
    ]
    network = Network.alone(command.region)
    clearing = clear(orders, network, POSTED, tariff=tiers)
    refuse_unless(
        clearing.volume == command.lots,
        "markets.not_enough_offered",
        lots=command.lots,
        instrument=command.instrument,
        region=command.region,
        available=clearing.volume,
    )
    sold = [fill for fill in clearing.fills.iterate() if fill["row"] != BUY_ROW]
    return trades_of(
        [
            {
                "instrument": command.instrument,
                "region": command.region,
                "price": fill["price"],
                "lots": fill["lots"],
                "buyer": party,
                "limit": fill["price"],
                "seller": offers[fill["row"] - 1].seller,
                "right": offers[fill["row"] - 1].right,
            }
            for fill in sold
        ]
    )

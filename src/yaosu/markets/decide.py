"""The markets decide: what may be traded, ordered, taken back, closed and recorded."""

import numpy as np
from msgspec import structs

from yaosu.kernel.ids import check_id, derive_id
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.markets import refusals
from yaosu.markets.batch import may_order_for_others
from yaosu.markets.blocks import in_blocks, with_kin
from yaosu.markets.clearing import Clearing
from yaosu.markets.commands import (
    CancelOrders,
    ChangePhase,
    CloseBook,
    HaltTrading,
    OfferRight,
    OpenBids,
    OpenMarket,
    RecordClearing,
    RegisterAndOffer,
    ReplaceOrder,
    ResumeTrading,
    SetTradePrice,
    SubmitOrders,
    SubmitSealedOrders,
)
from yaosu.markets.coupling import (
    check_clearing,
    check_takes_links,
    clear_book,
    digest_of,
    facts_for,
    links_in_force,
    network_of,
    orders_in,
    orders_of,
    parameters_of,
)
from yaosu.markets.credit import CREDIT, check_credit_terms
from yaosu.markets.events import (
    BookClosed,
    LotsCommitted,
    LotsFreed,
    MarketCleared,
    MarketOpened,
    OrdersCancelled,
    RoundEnded,
    TradingHalted,
    TradingResumed,
)
from yaosu.markets.form import Form
from yaosu.markets.form_plain import PLAIN
from yaosu.markets.forms import FORMS
from yaosu.markets.intake import accept, cancel, is_over, sell_order, withdraw
from yaosu.markets.link_money import cover_links
from yaosu.markets.mechanisms import mechanism_named
from yaosu.markets.mechanisms.matching_book import GROUPS_MAX
from yaosu.markets.negotiated import NEGOTIATED, check_negotiated_terms
from yaosu.markets.posted import POSTED, check_posted_terms, offer_at_tariff
from yaosu.markets.published import publish
from yaosu.markets.random_end import (
    check_may_cancel,
    check_may_close,
    check_may_order,
    check_random_end,
    drop_late,
)
from yaosu.markets.reopening import check_rights_last
from yaosu.markets.sealed import (
    begin_opening,
    check_open_orders,
    check_sealed_terms,
    end_opening,
    open_bid,
    refuse_open_side,
    submit_sealed,
    withdraw_sealed,
)
from yaosu.markets.seeds import check_hash_commitment, check_seed
from yaosu.markets.state import (
    CLOSED,
    CONTINUOUS,
    ENDING,
    HALTED,
    OPEN,
    OPENING,
    Market,
    MarketsReach,
    take_out,
)
from yaosu.markets.terms import Trading
from yaosu.markets.trading import Check, cancel_orders, end_offers
from yaosu.markets.trading_phases import (
    change_phase,
    check_continuous_terms,
    halt,
    open_session,
    resume,
)
from yaosu.markets.trading_replace import replace_order
from yaosu.markets.trading_state import batches_of
from yaosu.markets.trading_terms import ContinuousTerms
from yaosu.markets.without_book import ASKED_BY, check_open_terms, refuse_orders
from yaosu.parties.decide import check_currency, party_of
from yaosu.places.decide import links_at, regions_at
from yaosu.rights.decide import decide_register_right
from yaosu.rights.events import RightBurdened, RightRegistered, UnitRegistered
from yaosu.rights.offering import unit_not_offerable
from yaosu.rights.register import profile_of
from yaosu.rights.title_status import check_certificate
from yaosu.rules.overlay import rules_digest

INSTRUMENTS_PER_MARKET_MAX = 10_000
TICK_MINOR_MAX = 10**9
NOTICE_DAYS_MAX = 3_650
ROWS_AT_CLOSE_MAX = 100_000
CONTRACTS = ("spot", "notice")  # templates of settlement/contracts
NO_SEED = "00" * 32
__all__ = ["refusals"]


def decide_open_market(reach: MarketsReach, command: OpenMarket) -> list[Event]:
    """A market trades one factor in known regions, by its profile's mechanism or another."""
    check_id(command.market, "market")
    taken = (reach.markets.markets, reach.markets.listings.listings)
    exists = any(command.market in names for names in taken)
    refuse_unless(not exists, "markets.market_exists", market=command.market)
    profile = profile_of(reach, command.factor)
    mechanism = command.trading.mechanism or profile.market.mechanism
    check_open_terms(command, mechanism)
    for factor in command.more_factors:
        profile_of(reach, factor)
    if mechanism != CONTINUOUS:
        mechanism_named(mechanism)
        has_market = mechanism in FORMS or mechanism in ASKED_BY
        refuse_unless(has_market, "markets.mechanism_without_market", name=mechanism)
    refuse_unless(command.instruments and command.regions, "markets.no_instruments")
    for count in (len(command.instruments), len(command.regions)):
        refuse_unless(
            count <= INSTRUMENTS_PER_MARKET_MAX,
            "markets.too_many_instruments",
            count=count,
            limit=INSTRUMENTS_PER_MARKET_MAX,
        )
    for instrument in command.instruments:
        check_id(instrument, "instrument")
    _check_places(reach, command, mechanism)
    check_currency(reach, command.currency)
    rent_to = command.rent_to or command.actor
    party_of(reach, rent_to)
    if command.trading.losses_to:
        party_of(reach, command.trading.losses_to)
    _check_terms(command.trading)
    check_random_end(reach, command, mechanism)
    _check_form(command, FORMS.get(mechanism, PLAIN))
    if command.trading.sealed is not None:
        check_sealed_terms(reach, command.trading.sealed)
    if mechanism == CONTINUOUS:
        _check_continuous(reach, command)
    elif mechanism == POSTED:
        check_posted_terms(command)
    elif mechanism == CREDIT:
        check_credit_terms(reach, command)
    elif mechanism == NEGOTIATED:
        check_negotiated_terms(reach, command)
    else:
        has_none = command.trading.continuous is None
        refuse_unless(has_none, "markets.only_with_continuous", market=command.market)
        trading = structs.replace(command.trading, mechanism=mechanism)
        mechanism_named(mechanism).parameters(**parameters_of(trading, NO_SEED))
    opened: list[Event] = [
        MarketOpened(
            market=command.market,
            factor=command.factor,
            instruments=tuple(sorted(set(command.instruments))),
            regions=tuple(sorted(set(command.regions))),
            currency=command.currency,
            network=command.network,
            rent_to=rent_to,
            trading=structs.replace(command.trading, mechanism=mechanism),
            more_factors=tuple(sorted(set(command.more_factors) - {command.factor})),
        )
    ]
    if mechanism == CONTINUOUS:
        terms = command.trading.continuous or ContinuousTerms()
        opened.append(open_session(reach, command.market, terms))
    return opened


def decide_submit_orders(reach: MarketsReach, command: SubmitOrders) -> list[Event]:
    """Orders enter an open book once what they need is held."""
    market = _open_market(reach, command.market)
    if market.trading.sealed is not None:
        check_open_orders(market, command.batch, command.orders)
    return accept(
        reach, market, command.actor, command.batch, command.orders, atomic=command.atomic
    )


def decide_submit_sealed_orders(reach: MarketsReach, command: SubmitSealedOrders) -> list[Event]:
    """A sealed bid enters an open round, unread."""
    return submit_sealed(reach, _open_market(reach, command.market), command)


def decide_open_bids(reach: MarketsReach, command: OpenBids) -> list[Event]:
    """A sealed bid is opened after the close, and enters the book."""
    return open_bid(reach, command)


def decide_offer_right(reach: MarketsReach, command: OfferRight) -> list[Event]:
    """An offer is a sell order that names its right; or lots that are put up at a tariff."""
    check_certificate(reach, command.certificate, command.right)
    known = reach.markets.markets.get(command.market)
    if known is not None and known.trading.mechanism == POSTED:
        return offer_at_tariff(reach, known, command)
    market = _open_market(reach, command.market)
    refuse_open_side(market, {-1})
    right = found(
        reach.rights.rights.get(command.right), "markets.unknown_right", right=command.right
    )
    region = reach.rights.units[right.unit].region
    orders = sell_order(right, region, command.price, command.quantity)
    return accept(reach, market, command.actor, derive_id("offer", reach.cause), orders)


def decide_register_and_offer(reach: MarketsReach, command: RegisterAndOffer) -> list[Event]:
    """Registration and offer stand or fall together."""
    market = _open_market(reach, command.market)
    refuse_open_side(market, {-1})
    register = structs.replace(command.register, actor=command.actor, key=command.key)
    registered = decide_register_right(reach, register)
    rights = {e.right.id: e.right for e in registered if isinstance(e, RightRegistered)}
    right = rights[command.register.right]
    for event in registered:
        if isinstance(event, UnitRegistered):
            refusal = unit_not_offerable(reach, profile_of(reach, right.factor), event.unit)
            if refusal is not None:
                raise refusal
    orders = sell_order(right, command.register.region, command.price, command.quantity)
    offered = accept(
        reach,
        market,
        right.holder,
        derive_id("offer", reach.cause),
        orders,
        after=registered,
        right_of=lambda name: rights.get(name) or reach.rights.rights.get(name),
    )
    return [*registered, *offered]


def decide_cancel_orders(reach: MarketsReach, command: CancelOrders) -> list[Event]:
    """Orders are taken back by those who may order for their party, also while trading halts."""
    market = _market(reach, command.market)
    if market.phase != HALTED:
        market = _open_market(reach, command.market)
    check_may_cancel(reach, market)
    if command.batch in market.sealed:
        return withdraw_sealed(reach, market, command.actor, command.batch)
    if market.session is not None:
        return cancel_orders(
            reach, market, command.batch, command.numbers, _check_asker(reach, command)
        )
    place = found(
        market.batches.get(command.batch),
        "markets.unknown_batch",
        batch=command.batch,
        market=command.market,
    )
    piece = market.book[place]
    numbers = command.numbers or tuple(piece["number"].tolist())
    for number in numbers:
        refuse_unless(
            number in piece["number"], "markets.unknown_order", batch=command.batch, number=number
        )
    is_chosen = np.isin(piece["number"], np.array(numbers, np.int64))
    whole = (with_kin(piece, is_chosen) == is_chosen).all()
    refuse_unless(whole, "markets.block_in_pieces", batch=command.batch)
    chosen = piece.take(is_chosen)
    check = _check_asker(reach, command)
    for party in sorted(set(chosen.text("party").tolist())):
        check(party, numbers[0])
    return cancel(reach, market, command.batch, chosen, "taken back")


def decide_replace_order(reach: MarketsReach, command: ReplaceOrder) -> list[Event]:
    """An order that stands gets new terms, by who may take it back."""
    market = _open_market(reach, command.market)
    _check_continues(market)
    return replace_order(reach, market, command, _check_asker(reach, command))


def decide_close_book(reach: MarketsReach, command: CloseBook) -> list[Event]:
    """The book is frozen under the rules in force; a small one may be cleared at once.

    Orders that came after a drawn end, and offers of rights whose term has run out since, fall away
    first. Where bids come sealed, they are opened before; what was not opened by then is forfeited.
    """
    market = _market(reach, command.market)
    is_rounds = market.trading.mechanism != CONTINUOUS
    refuse_unless(is_rounds, "markets.no_rounds", market=command.market)
    if market.trading.sealed is not None and market.phase == OPEN:
        return begin_opening(reach, market, market.trading.sealed)
    check_may_close(reach, command)
    if market.phase not in (OPENING, ENDING):
        market = _open_market(reach, command.market)
    fallen = [*end_opening(reach, market), *drop_late(reach, market, command.seed)]
    market = _without(market, fallen)
    over = [name for name in sorted(market.offered) if is_over(reach, name)]
    withdrawn = withdraw(reach, market, over, "out of term", fallen)
    market = _without(market, withdrawn)
    _check_seed(market, command.seed)
    links, facts = links_in_force(reach, market), facts_for(reach, market)
    has_blocks = bool(in_blocks(orders_in(market)).any())
    check_takes_links(market.trading.mechanism, links, has_blocks=has_blocks)
    orders = orders_of(market, facts)
    closed = BookClosed(
        market=command.market,
        round=market.round,
        orders_digest=digest_of(market, orders, network_of(market, links)),
        rows=orders.rows,
        links=links,
        rules=rules_digest(reach),
        facts=facts,
        seed=command.seed,
    )
    if not market.trading.clear_at_close:
        return [*fallen, *withdrawn, closed]
    refuse_unless(
        orders.rows <= ROWS_AT_CLOSE_MAX,
        "markets.too_large_to_clear_at_close",
        rows=orders.rows,
        limit=ROWS_AT_CLOSE_MAX,
    )
    clearing = clear_book(market, closed)
    before = [*fallen, *withdrawn, closed]
    return [*before, *_cleared(reach, market, closed, clearing, before)]


def decide_halt_trading(reach: MarketsReach, command: HaltTrading) -> list[Event]:
    """A market that trades at once stops; what stands keeps its place."""
    market = _market(reach, command.market)
    _check_trades_at_once(market)
    _check_open(market)
    halted: list[Event] = [TradingHalted(market=command.market, reason=command.reason)]
    return halted if market.session is None else [*halted, *halt(reach, market)]


def decide_resume_trading(reach: MarketsReach, command: ResumeTrading) -> list[Event]:
    """A halted market goes on; where orders meet as they arrive, through an auction."""
    market = _market(reach, command.market)
    _check_trades_at_once(market)
    refuse_unless(
        market.phase == HALTED, "markets.not_halted", market=command.market, phase=market.phase
    )
    resumed: list[Event] = [TradingResumed(market=command.market)]
    return resumed if market.session is None else [*resumed, *resume(reach, market)]


def decide_change_phase(reach: MarketsReach, command: ChangePhase) -> list[Event]:
    """A continuous market goes into another phase."""
    market = _market(reach, command.market)
    _check_continues(market)
    return change_phase(reach, market, command.phase)


def decide_record_clearing(reach: MarketsReach, command: RecordClearing) -> list[Event]:
    """A result from outside is taken only if its certificate verifies against the frozen book."""
    market = _market(reach, command.market)
    closed = market.closed_as
    if market.phase != CLOSED or closed is None:
        refuse(
            "markets.book_not_closed",
            market=command.market,
            phase=market.phase,
            round=market.round,
        )
    refuse_unless(
        command.round == market.round,
        "markets.wrong_round",
        round=command.round,
        expected=market.round,
        market=command.market,
    )
    check_clearing(market, closed, command.clearing)
    check_rights_last(reach, market, command.clearing)
    return _cleared(reach, market, closed, command.clearing, [])


def decide_set_trade_price(reach: MarketsReach, command: SetTradePrice) -> list[Event]:
    """Nobody sets the price of what the market prices; the attempt stays on record."""
    market = _market(reach, command.market)
    refuse("markets.price_set_by_market", instrument=command.instrument, market=market.market)


def withdraw_blocked_orders(reach: MarketsReach, event: RightBurdened) -> list[Event]:
    """A right that is burdened leaves the open books; a closed book settles first.

    Orders of a frozen book stand: what was matched is final, the burden takes the rest.
    """
    events: list[Event] = []
    for name in sorted(reach.markets.markets):
        market = reach.markets.markets[name]
        if (
            market.phase not in (OPEN, OPENING, ENDING, HALTED)
            or event.entry.right not in market.offered
        ):
            continue
        if market.session is not None:
            events += end_offers(reach, market, event.entry.right, event.entry.id)
        else:
            events += withdraw(reach, market, [event.entry.right], event.entry.id, events)
    return events


def commit_lots(reach: MarketsReach, contract: str, lots: dict[str, int]) -> list[Event]:
    """Lots of rights are promised under a contract and cannot be offered again meanwhile."""
    return [LotsCommitted(contract=contract, lots=lots)]


def free_lots(reach: MarketsReach, contract: str) -> list[Event]:
    """A contract's promise is kept or void."""
    known = contract in reach.markets.committed
    return [LotsFreed(contract=contract)] if known else []


def open_orders_of(reach: MarketsReach, party: str) -> list[str]:
    """Batches in which a party has orders, as ``market/batch``: what blocks its exit."""
    unread = [
        f"{name}/{batch}"
        for name, market in sorted(reach.markets.markets.items())
        for batch, bid in sorted(market.sealed.items())
        if party == bid.party
    ]
    return (
        unread
        + [
            f"{name}/{batch}"
            for name, market in sorted(reach.markets.markets.items())
            for batch, place in sorted(market.batches.items())
            if party in market.book[place].text("party").tolist()
        ]
        + [
            f"{name}/{batch}"
            for name, market in sorted(reach.markets.markets.items())
            if market.session is not None
            for batch in batches_of(market.session, party)
        ]
    )


def _cleared(
    reach: MarketsReach,
    market: Market,
    closed: BookClosed,
    clearing: Clearing,
    after: list[Event],
) -> list[Event]:
    return [
        *cover_links(reach, structs.replace(market, closed_as=closed), clearing, after),
        MarketCleared(
            market=market.market, round=market.round, clearing=clearing, rules=closed.rules
        ),
        *publish(market, closed, clearing),
        RoundEnded(market=market.market, round=market.round),
    ]


def _market(reach: MarketsReach, name: str) -> Market:
    return found(reach.markets.markets.get(name), "markets.unknown_market", market=name)


def _open_market(reach: MarketsReach, name: str) -> Market:
    market = _market(reach, name)
    refuse_orders(market)
    _check_open(market)
    check_may_order(market)
    return market


def _check_open(market: Market) -> None:
    refuse_unless(
        market.phase == OPEN,
        "markets.book_not_open",
        market=market.market,
        phase=market.phase,
        round=market.round,
    )


def _without(market: Market, withdrawn: list[Event]) -> Market:
    """The market as it will be once these orders are gone."""
    later = structs.replace(market, book=list(market.book), offered=dict(market.offered))
    for event in withdrawn:
        if isinstance(event, OrdersCancelled):
            take_out(later, event)
    return later


def _check_places(reach: MarketsReach, command: OpenMarket, mechanism: str) -> None:
    """Known regions, and links that the mechanism takes."""
    known = regions_at(reach)
    for region in command.regions:
        refuse_unless(
            region in known, "markets.region_outside", row=0, region=region, market=command.market
        )
    if command.network:
        known_network = command.network in reach.places.networks
        refuse_unless(known_network, "markets.unknown_network", network=command.network)
        check_takes_links(mechanism, links_at(reach, command.network))


def _check_form(command: OpenMarket, form: Form) -> None:
    """Not more places than orders of this form may have; a seed where a lottery may decide."""
    places = len(set(command.instruments)) * len(set(command.regions))
    limit = form.places_max
    refuse_unless(places <= limit, "markets.too_many_places", places=places, limit=limit)
    trading = command.trading
    if trading.seed_hash or (form.draws and trading.random_end is None):
        check_hash_commitment(trading.seed_hash)
    groups = len(trading.matching.groups) if trading.matching else 0
    fits = groups <= GROUPS_MAX
    refuse_unless(fits, "markets.too_many_seat_groups", count=groups, limit=GROUPS_MAX)


def _check_seed(market: Market, seed: str) -> None:
    """The seed that is shown is the one the market committed to, and none where it did not."""
    if market.random_end is not None:
        return  # `drop_late` has checked it
    if market.trading.seed_hash:
        check_seed(seed, market.trading.seed_hash)
    else:
        refuse_unless(not seed, "markets.no_seed_committed", market=market.market)


def _check_trades_at_once(market: Market) -> None:
    """Markets with rounds are closed, not halted."""
    mechanism = market.trading.mechanism
    at_once = mechanism == CONTINUOUS or mechanism in ASKED_BY
    refuse_unless(at_once, "markets.trades_in_rounds", market=market.market)


def _check_continues(market: Market) -> None:
    refuse_orders(market)
    continues = market.trading.mechanism == CONTINUOUS
    refuse_unless(continues, "markets.trades_in_rounds", market=market.market)


def _check_asker(reach: MarketsReach, command: CancelOrders | ReplaceOrder) -> Check:
    """Who may take back or replace an order of a party: it, and those who order for others."""
    for_others = may_order_for_others(reach, command.actor)

    def check(party: str, number: int) -> None:
        refuse_unless(
            party == command.actor or for_others,
            "markets.not_your_order",
            number=number,
            batch=command.batch,
            actor=command.actor,
        )

    return check


def _check_continuous(reach: MarketsReach, command: OpenMarket) -> None:
    """Orders meet as they arrive, each region by itself, in the open."""
    for term, is_set in (
        ("network", bool(command.network)),
        ("sealed", command.trading.sealed is not None),
        ("clear_at_close", command.trading.clear_at_close),
    ):
        refuse_unless(not is_set, "markets.not_with_continuous", market=command.market, term=term)
    check_continuous_terms(reach, command.trading.continuous or ContinuousTerms())


def _check_terms(trading: Trading) -> None:
    refuse_unless(
        trading.contract in CONTRACTS,
        "markets.unknown_contract",
        contract=trading.contract,
        known=", ".join(CONTRACTS),
    )
    least_notice = 1 if trading.contract == "notice" else 0
    for term, value, least, most in (
        ("tick_minor", trading.tick_minor, 1, TICK_MINOR_MAX),
        ("notice_days", trading.notice_days, least_notice, NOTICE_DAYS_MAX),
    ):
        refuse_unless(
            least <= value <= most,
            "markets.bad_terms",
            term=term,
            value=str(value),
            least=least,
            most=most,
        )

"""The state of the markets: terms, phase, and the open book in columns."""

from functools import cached_property
from typing import Protocol

import numpy as np
from msgspec import Struct, field

from yaosu.access.state import AccessReach
from yaosu.kernel.columns import Columns, Integers, Text, concatenate
from yaosu.kernel.wide import sum_of_products
from yaosu.kernel.words import Event
from yaosu.markets.alternatives import has_alternatives, held_once
from yaosu.markets.blocks import in_one_shape
from yaosu.markets.credit_state import CreditBook, evolve_credit
from yaosu.markets.events import (
    BidsForfeited,
    BookClosed,
    BookMoved,
    BookReopened,
    DealConfirmed,
    DealEnded,
    DealProposed,
    EndAnnounced,
    EndDrawn,
    LoanAwarded,
    LoanDeclined,
    LoanOffered,
    LoanOfferEnded,
    LoanRequested,
    LoanRequestEnded,
    LotsCommitted,
    LotsFreed,
    MarketCleared,
    MarketOpened,
    OpeningBegun,
    OrderReplaced,
    OrdersAccepted,
    OrdersCancelled,
    OrdersTimed,
    PhaseChanged,
    PostedOfferEnded,
    PostedOfferMade,
    RevenuePermitted,
    RoundEnded,
    RoundVoided,
    SealedOrdersAccepted,
    SealedOrdersOpened,
    SealedOrdersWithdrawn,
    TariffPosted,
    TermsAccepted,
    TradesAgreed,
    TradesMade,
    TradingHalted,
    TradingResumed,
    WindowEnded,
)
from yaosu.markets.listing_state import ListingsState, evolve_listing
from yaosu.markets.negotiated_state import DealBook, evolve_negotiated
from yaosu.markets.open_sums import OpenSums, Place, Sums
from yaosu.markets.posted_state import PostedBook, evolve_posted, sell_posted
from yaosu.markets.terms import RandomEnd, SealedBid, Trading
from yaosu.markets.trading_state import (
    Session,
    Standing,
    change_phase,
    move_book,
    replace_order,
    table_of,
    take_orders,
)

CONTINUOUS = "continuous"  # the mechanism without rounds
OPEN = "open"
OPENING = "opening"  # sealed bids are opened, no more come in
ENDING = "ending"  # the window of a random end is over, its seed is awaited
CLOSED = "closed"
HALTED = "halted"  # a continuous market that takes nothing until it resumes
CLEARED = "cleared"  # priced; the round ends in the same entry
OPEN_SUMS = "open_sums"  # under which a market keeps what is derived, once somebody asked


class Market(Struct, dict=True):
    """One market.

    Attributes:
        market: its id.
        more_factors: of which its instruments may be too, besides ``factor``.
        phase: open (orders come and go), opening (sealed bids are opened), ending (the seed of
            a random end is awaited), closed (frozen, waiting for its clearing) or cleared.
        round: the round that is open or closed now, from 1.
        book: the orders of the round, one piece a batch, each in canonical order.
        batches: id of each batch of the round -> its place in ``book``.
        rows, lots, value: of the whole book: rows, lots, and what orders are worth in ticks. Kept
            as it changes, so that the cost of taking an order does not grow with the book.
        offered: right -> lots on offer in this book.
        next_sequence: arrival number of the next batch; runs on through all rounds.
        closed_as: the event that froze the book, while it is closed.
        sealed: batch -> bid that nobody has opened yet.
        opening_until: instant until which bids may be opened, while they are.
        session: the books of a continuous market, which has no rounds and no ``book``.
        random_end: window and digest of the seed of this round, where it ends at random.
        timed: batch -> instant at which it came, of those that came inside that window.
    """

    market: str
    factor: str
    instruments: tuple[str, ...]
    regions: tuple[str, ...]
    currency: str
    network: str
    rent_to: str
    trading: Trading
    more_factors: tuple[str, ...] = ()
    phase: str = OPEN
    round: int = 1
    book: list[Columns] = field(default_factory=list)
    batches: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    lots: int = 0
    value: int = 0
    offered: dict[str, int] = field(default_factory=dict)
    next_sequence: int = 1
    closed_as: BookClosed | None = None
    sealed: dict[str, SealedBid] = field(default_factory=dict)
    opening_until: int = 0
    session: Session | None = None
    random_end: RandomEnd | None = None
    timed: dict[str, int] = field(default_factory=dict)

    @cached_property
    def open_sums(self) -> OpenSums:
        """What stands in the book for each party, once somebody asked; no state."""
        sums = OpenSums()
        for piece in self.book:
            sums.count_all(piece, may_cost(piece))
        if self.session is not None:
            for known in self.session.books.values():
                for order in known.orders.values():
                    sums.count(order.party, (known.instrument, known.region), _sums_of(order))
        return sums

    @property
    def held_for(self) -> str:
        """The purpose under which the ledger holds what this market's orders need."""
        return f"order:{self.market}"

    @property
    def deposits_in(self) -> str:
        """The purpose under which the ledger holds the deposits of sealed bids."""
        return f"sealed:{self.market}"

    @property
    def lost_in(self) -> str:
        """The purpose under which the ledger books lots that links lost; nobody sells from it."""
        return f"lost:{self.market}"

    @property
    def takes_losses(self) -> str:
        """The party to whom lots pass that links lost."""
        return self.trading.losses_to or self.rent_to


class MarketsState(Struct):
    """All markets, and the last cleared price of each instrument and region.

    Attributes:
        markets: id -> market.
        cleared: rounds cleared so far, by market.
        last_prices: market -> instrument -> region -> last price, ticks.
        committed: contract at its gates -> right -> lots promised.
        listings: rights put up in listings.
        posted: market of posted prices -> its period, tariff and offers.
        negotiated: market of negotiated deals -> its proposals.
        credit: market of loans -> its requests and what was offered for them.
    """

    markets: dict[str, Market] = field(default_factory=dict)
    cleared: dict[str, int] = field(default_factory=dict)
    last_prices: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    committed: dict[str, dict[str, int]] = field(default_factory=dict)
    listings: ListingsState = field(default_factory=ListingsState)
    posted: dict[str, PostedBook] = field(default_factory=dict)
    negotiated: dict[str, DealBook] = field(default_factory=dict)
    credit: dict[str, CreditBook] = field(default_factory=dict)


class MarketsReach(AccessReach, Protocol):
    """A decision that sees the markets and everything below."""

    @property
    def markets(self) -> MarketsState: ...


def evolve(state: MarketsState, event: Event) -> None:
    """Take in what has happened; total, it never refuses."""
    match event:
        case MarketOpened():
            _open(state, event)
        case OrdersAccepted():
            _accept(state.markets[event.market], event)
        case OrdersCancelled():
            take_out(state.markets[event.market], event)
        case BookClosed():
            market = state.markets[event.market]
            market.phase = CLOSED
            market.closed_as = event
        case BookReopened():
            _reopen(state.markets[event.market])
        case MarketCleared():
            _clear(state, event)
        case LotsCommitted():
            state.committed[event.contract] = event.lots
        case LotsFreed():
            state.committed.pop(event.contract, None)
        case SealedOrdersAccepted():
            market = state.markets[event.market]
            market.sealed[event.batch] = event.bid
            market.next_sequence += 1
        case SealedOrdersWithdrawn() | SealedOrdersOpened():
            state.markets[event.market].sealed.pop(event.batch, None)
        case OpeningBegun():
            market = state.markets[event.market]
            market.phase = OPENING
            market.opening_until = event.until
        case BidsForfeited():
            state.markets[event.market].sealed = {}
        case BookMoved():
            _move(state.markets[event.market], event)
        case OrderReplaced():
            _replace(state.markets[event.market], event)
        case TradesMade():
            _trade(state, event)
        case PhaseChanged():
            change_phase(session_of(state.markets[event.market]), event)
        case TradingHalted():
            state.markets[event.market].phase = HALTED
        case TradingResumed():
            state.markets[event.market].phase = OPEN
        case RoundEnded():
            _next_round(state.markets[event.market])
        case EndAnnounced():
            state.markets[event.market].random_end = event.end
        case OrdersTimed():
            state.markets[event.market].timed[event.batch] = event.at
        case WindowEnded():
            state.markets[event.market].phase = ENDING
        case EndDrawn() | RoundVoided():
            state.markets[event.market].timed = {}
        case _:
            _evolve_without_book(state, event)


def _open_book(state: MarketsState, event: MarketOpened) -> None:
    """The state of a mechanism that has one of its own."""
    match event.trading.mechanism:
        case "posted":
            state.posted[event.market] = PostedBook()
        case "negotiated":
            state.negotiated[event.market] = DealBook()
        case "credit":
            state.credit[event.market] = CreditBook()


def _evolve_without_book(state: MarketsState, event: Event) -> None:
    """What happened outside books of orders: posted prices, loans, deals, listings."""
    match event:
        case TradesAgreed():
            _agree(state, event)
        case (
            RevenuePermitted()
            | TariffPosted()
            | PostedOfferMade()
            | PostedOfferEnded()
            | TermsAccepted()
        ):
            offered = state.markets[event.market].offered
            evolve_posted(state.posted[event.market], offered, event)
        case (
            LoanRequested()
            | LoanOffered()
            | LoanOfferEnded()
            | LoanDeclined()
            | LoanRequestEnded()
            | LoanAwarded()
        ):
            evolve_credit(state.credit[event.market], event)
        case DealProposed() | DealConfirmed() | DealEnded():
            offered = state.markets[event.market].offered
            evolve_negotiated(state.negotiated[event.market], offered, event)
        case _:
            evolve_listing(state.listings, event)


def session_of(market: Market) -> Session:
    """The books of a continuous market."""
    assert market.session is not None, f"{market.market} does not trade continuously"
    return market.session


def _agree(state: MarketsState, event: TradesAgreed) -> None:
    """Agreed trades are counted; they set no last price."""
    market = state.markets[event.market]
    market.round += 1
    if event.market in state.posted:
        sell_posted(state.posted[event.market], market.offered, event.trades)


def book_of(market: Market) -> Columns:
    """All orders of the round, or all that stand, as one table; no rows where nobody came."""
    if market.session is not None:
        return table_of(market.session)
    pieces = [piece for piece in market.book if piece.rows]
    return concatenate(in_one_shape(pieces)) if pieces else EMPTY_BOOK


def _open(state: MarketsState, event: MarketOpened) -> None:
    state.markets[event.market] = Market(
        market=event.market,
        factor=event.factor,
        instruments=event.instruments,
        regions=event.regions,
        currency=event.currency,
        network=event.network,
        rent_to=event.rent_to,
        trading=event.trading,
        session=Session() if event.trading.mechanism == CONTINUOUS else None,
        more_factors=event.more_factors,
        random_end=event.trading.random_end,
    )
    _open_book(state, event)


def _accept(market: Market, event: OrdersAccepted) -> None:
    if market.session is not None:
        take_orders(market.session, event)
    else:
        market.batches[event.batch] = len(market.book)
        market.book.append(event.orders)
    market.next_sequence += 1
    market.rows += event.orders.rows
    _count(market, event.orders, +1)


def take_out(market: Market, event: OrdersCancelled) -> None:
    """Take cancelled orders out of a book."""
    place = market.batches[event.batch]
    piece = market.book[place]
    gone = np.isin(piece["number"], np.array(event.numbers, np.int64))
    market.rows -= int(gone.sum())
    rest = piece.take(~gone)
    if has_alternatives(piece):  # what is left may need as much as before
        _count(market, piece, -1)
        _count(market, rest, +1)
    else:
        _count(market, piece.take(gone), -1)
    market.book[place] = rest


def _count(market: Market, orders: Columns, sign: int) -> None:
    """These lots come into the book or leave it."""
    if orders.rows == 1 and "limit" not in orders:
        _count_one(market, orders, sign)
        return
    market.lots += sign * int(orders["quantity"].sum())
    market.value += sign * worth_of(orders)
    for right, lots in offered_lots(orders).items():
        _offer(market, right, sign * lots)
    if OPEN_SUMS in market.__dict__:
        market.open_sums.count_all(orders, may_cost(orders), sign)


def _sums_of(order: Standing, lots: int | None = None) -> Sums:
    """What so many lots of a standing order (all that are open) count for, and the order itself."""
    count = order.open if lots is None else lots
    is_whole = lots is None or not order.open
    bought = count if order.side > 0 else 0
    return bought, count - bought, int(is_whole), bought * order.held


def _count_one(market: Market, orders: Columns, sign: int) -> None:
    """The same of one plain order, without a call into numpy."""
    (lots,) = orders.numbers("quantity")
    (ticks,) = orders.numbers("held" if "held" in orders else "price")
    market.lots += sign * lots
    market.value += sign * ticks * lots
    is_buy = orders.numbers("side")[0] > 0
    if not is_buy:
        (right,) = orders.text("right").tolist()
        _offer(market, right, sign * lots)
    if OPEN_SUMS in market.__dict__:
        party, *place = (orders.text(n).tolist()[0] for n in ("party", "instrument", "region"))
        sums = (lots, 0, 1, ticks * lots) if is_buy else (0, lots, 1, 0)
        market.open_sums.count(party, (place[0], place[1]), sums, sign)


def _offer(market: Market, right: str, lots: int) -> None:
    """So many lots of a right more, or fewer, are on offer."""
    rest = market.offered.get(right, 0) + lots
    if rest:
        market.offered[right] = rest
    else:
        market.offered.pop(right, None)


def factors_of(market: Market) -> tuple[str, ...]:
    """Every factor that the market trades."""
    return (market.factor, *market.more_factors)


def may_cost(orders: Columns) -> Integers:
    """Ticks that each row may have to pay at most; of a package its first row says it."""
    if "limit" in orders:
        first = np.ones(orders.rows, bool)
        first[1:] = np.diff(orders["number"]) != 0
        return np.where(first, np.maximum(orders["limit"], 0) * orders["units"], 0)
    return np.where(orders["side"] > 0, held_each(orders) * orders["quantity"], 0)


def held_each(orders: Columns) -> Integers:
    """Ticks held for each lot: the limit, unless the order may trade beyond it."""
    return orders["held"] if "held" in orders else orders["price"]


def worth_of(orders: Columns) -> int:
    """What orders of one batch are worth in ticks, whichever side they are on; exact."""
    if "limit" not in orders:
        return sum_of_products(held_each(orders), orders["quantity"])
    first = np.ones(orders.rows, bool)
    first[1:] = np.diff(orders["number"]) != 0
    return sum_of_products(np.abs(orders["limit"][first]), orders["units"][first])


def offered_lots(orders: Columns) -> dict[str, int]:
    """Right -> lots that these orders of one batch sell from it; of alternatives the most."""
    selling = orders["side"] < 0
    right = orders.text("right")
    totals = np.zeros(max(len(right.values), 1), np.int64)
    lots = held_once(orders, np.where(selling, orders["quantity"], 0), "right")
    np.add.at(totals, right.codes[selling], lots[selling])
    return {value: lots for value, lots in zip(right.values, totals.tolist(), strict=False) if lots}


def _clear(state: MarketsState, event: MarketCleared) -> None:
    state.markets[event.market].phase = CLEARED
    state.cleared[event.market] = state.cleared.get(event.market, 0) + 1
    prices = event.clearing.prices
    last = state.last_prices.setdefault(event.market, {})
    for row in prices.iterate():
        if row["price"] is not None:
            last.setdefault(row["instrument"], {})[row["region"]] = row["price"]


def _move(market: Market, event: BookMoved) -> None:
    """Lots that traded or ended are no longer counted."""
    gone, ended = move_book(session_of(market), event)
    market.rows -= ended
    if OPEN_SUMS in market.__dict__:
        _count_gone(market, (event.instrument, event.region), gone)
    for order, lots in gone:
        market.lots -= lots
        market.value -= order.held * lots
        if order.side < 0:
            _offer(market, order.right, -lots)


def _count_gone(market: Market, place: Place, gone: list[tuple[Standing, int]]) -> None:
    """Lots that traded or ended leave the sums, and each order once that has none left."""
    ended: dict[int, bool] = {}
    for order, lots in gone:
        bought, sold, is_whole, cost = _sums_of(order, lots)
        counted = ended.setdefault(id(order), False)
        ended[id(order)] = counted or bool(is_whole)
        orders = is_whole if not counted else 0
        market.open_sums.count(order.party, place, (bought, sold, orders, cost), -1)


def _count_replaced(market: Market, event: OrderReplaced, before: Standing) -> None:
    place = event.instrument, event.region
    market.open_sums.count(before.party, place, _sums_of(before), -1)
    if event.open:
        bought = event.open if before.side > 0 else 0
        sums = bought, event.open - bought, 1, bought * event.held
        market.open_sums.count(before.party, place, sums)


def _replace(market: Market, event: OrderReplaced) -> None:
    """An order counts as its new terms say."""
    before, gone = replace_order(session_of(market), event)
    market.rows -= gone
    if OPEN_SUMS in market.__dict__:
        _count_replaced(market, event, before)
    market.lots += event.open - before.open
    market.value += event.held * event.open - before.held * before.open
    if before.side < 0:
        _offer(market, before.right, event.open - before.open)


def _trade(state: MarketsState, event: TradesMade) -> None:
    last = state.last_prices.setdefault(event.market, {})
    for row in event.trades.iterate():
        last.setdefault(row["instrument"], {})[row["region"]] = row["price"]
    state.markets[event.market].round += 1


def _reopen(market: Market) -> None:
    """Orders stand as they were frozen; a random end is to be announced anew."""
    market.phase, market.closed_as = OPEN, None
    market.sealed, market.opening_until = {}, 0
    market.random_end = None


def _next_round(market: Market) -> None:
    market.phase, market.closed_as = OPEN, None
    market.sealed, market.opening_until = {}, 0
    market.random_end, market.timed = None, {}
    market.book, market.batches, market.offered = [], {}, {}
    market.__dict__.pop(OPEN_SUMS, None)
    market.rows = market.lots = market.value = 0
    market.round += 1


EMPTY_BOOK = Columns(
    {
        "instrument": Text.of([]),
        "region": Text.of([]),
        "side": np.zeros(0, np.int8),
        "price": np.zeros(0, np.int64),
        "quantity": np.zeros(0, np.int64),
        "party": Text.of([]),
        "right": Text.of([]),
        "number": np.zeros(0, np.int64),
        "sequence": np.zeros(0, np.int64),
    }
)

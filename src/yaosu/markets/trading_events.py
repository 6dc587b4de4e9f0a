"""What has happened in markets that trade as orders arrive."""

from yaosu.kernel.columns import Columns
from yaosu.kernel.words import Event
from yaosu.markets.clearing import Clearing


class TradesMade(Event, frozen=True, tag="markets.trades_made/1"):
    """Orders of a continuous market met as they arrived.

    Attributes:
        market: where.
        round: number of the event in its market, from 1.
        trades: in order; columns instrument, region, price (ticks), lots, buyer, buy_batch,
            buy_number, limit (of the buyer, ticks: what was held), seller, sell_batch,
            sell_number, right, taker (+1 the buyer, -1 the seller, 0 in an auction), buy_fee and
            sell_fee (minor units; below 0 given back).
        rules: digest of the rules in force.
    """

    market: str
    round: int
    trades: Columns
    rules: bytes


class TradingHalted(Event, frozen=True, tag="markets.trading_halted/1"):
    """A continuous market takes no orders; standing ones may be taken back."""

    market: str
    reason: str


class TradingResumed(Event, frozen=True, tag="markets.trading_resumed/1"):
    """A halted market trades again."""

    market: str


class PhaseChanged(Event, frozen=True, tag="markets.phase_changed/1"):
    """A continuous market is in another phase.

    Attributes:
        phase: closed, pre_open, auction, continuous or halted; a book may be paused by itself.
        purpose: of an auction: opening, reopening or closing; else empty.
        until: instant at which the phase ends by itself; 0 none.
        planned: the phase that the time table last called for.
        next_at, next_phase: what it calls for next, and when; 0 and empty without one.
        reason: asked, time, halted or resumed.
    """

    market: str
    phase: str
    purpose: str
    until: int
    planned: str
    next_at: int
    next_phase: str
    reason: str


class BookMoved(Event, frozen=True, tag="markets.book_moved/1"):
    """What happened in one book of a continuous market.

    Attributes:
        market, instrument, region: which book.
        moves: in order; columns sequence (number in the public feed, 0 where it is not public),
            kind, order (number in the book), side, price (ticks), lots, other, match, reason,
            instant: see the page on the mechanism.
        registers: what the book knows besides its orders and now knows otherwise, by name.
    """

    market: str
    instrument: str
    region: str
    moves: Columns
    registers: dict[str, int]


class LotsEnded(Event, frozen=True, tag="markets.lots_ended/1"):
    """Lots of orders in a continuous market ended without a trade; what they held is free again.

    Attributes:
        orders: columns batch, number, party, instrument, region, side, lots, reason.
    """

    market: str
    orders: Columns


class OrderReplaced(Event, frozen=True, tag="markets.order_replaced/1"):
    """A standing order has new terms; how it moves follows.

    Attributes:
        instrument, region, order: its book, and its number there.
        batch, number: the client's name of it.
        price, stop: ticks. quantity: all its lots. open: those not traded; 0 where it ends.
        held: ticks held for each lot of an order to buy.
        keeps_place: whether it keeps its place in time.
    """

    market: str
    instrument: str
    region: str
    order: int
    batch: str
    number: int
    party: str
    price: int
    stop: int
    quantity: int
    open: int
    held: int
    keeps_place: bool


class AuctionHeld(Event, frozen=True, tag="markets.auction_held/1"):
    """An auction of a continuous market ended; anyone checks it (`trading_auctions.proof_of`).

    Attributes:
        purpose: opening, reopening (after a halt), closing or volatility (after a pause).
        price: ticks. lots: traded; 0 where own orders only met.
        orders: what stood: columns order (number in the book), side, price (limit in ticks; of
            one without a limit as high, or as low, as any), quantity, owner (orders of one
            number do not trade with each other; left out where that is not prevented).
        reference: the price it is nearest to, or None: then it is the middle.
        clearing: of the call mechanism, with its clearing certificate; rows as in ``orders``.
    """

    market: str
    instrument: str
    region: str
    purpose: str
    price: int
    lots: int
    orders: Columns
    reference: int | None
    clearing: Clearing

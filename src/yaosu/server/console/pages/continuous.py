"""A market that trades as orders arrive: one of its books, price by price, and what traded last."""

from collections.abc import Iterable

import numpy as np
from msgspec import Struct

from yaosu.core import State
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import found
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous_cross import uncross
from yaosu.markets.mechanisms.continuous_sweeps import STANDING_COLUMNS
from yaosu.markets.state import Market, session_of
from yaosu.markets.trading import terms_of
from yaosu.markets.trading_checks import NO_BAND, band_of
from yaosu.markets.trading_state import TradedBook, key_of, snapshot_of
from yaosu.server.console.names import Names
from yaosu.server.console.record import MarketRecord, Record

DEPTH = 12  # price levels of a side that are shown
TRADES_SHOWN = 30
UNCROSSED_MAX = 5_000  # orders of a book whose auction is indicated
COURSE = 120  # last prices that are drawn


class Rung(Struct, frozen=True):
    """One price of a side, minor units: lots and orders there, and lots to there from the best."""

    price: int
    lots: int
    orders: int
    depth: int


class Traded(Struct, frozen=True):
    """One trade: price in minor units; ``taker`` as in the record."""

    instant: int
    sequence: int
    price: int
    lots: int
    taker: int


class Indicated(Struct, frozen=True):
    """What an auction would come to now: minor units, lots, and lots that find no other side."""

    price: int
    lots: int
    surplus: int


class ContinuousPage(Struct, frozen=True, kw_only=True):
    """One book of a continuous market.

    Attributes:
        phase, purpose: of the market; ``book_phase``: of this book, which may be paused by itself.
        until: instant at which it ends by itself, of the book where that comes first.
        next_at, next_phase: what the time table calls for next.
        books: (instrument, region, name of the region) that can be chosen.
        buys, sells: best first. most: the deepest of both sides, lots.
        last, change: last price, and how it lies to the reference of the session.
        band: lowest and highest limit that is taken.
        trades: newest first. course: prices of the last trades, oldest first.
        low, high, lots: of the trades that are kept.
        indicated: where an auction gathers orders.
        halted: whether the market was stopped.
        more: orders at prices that are not shown.
    """

    template: str = "continuous.html"
    market: str
    factor: str
    factor_name: str
    measurement: str
    mechanism: str
    phase: str
    purpose: str
    book_phase: str
    until: int
    next_at: int
    next_phase: str
    instrument: str
    region: str
    region_name: str
    books: tuple[tuple[str, str, str], ...]
    currency: str
    digits: int
    orders: int
    lots: int
    buys: tuple[Rung, ...]
    sells: tuple[Rung, ...]
    most: int
    more: int
    last: int | None
    change: int | None
    reference: int | None
    band: tuple[int, int] | None
    dynamic_band: int
    trades: tuple[Traded, ...]
    course: tuple[int, ...]
    low: int | None
    high: int | None
    traded: int
    indicated: Indicated | None

    @property
    def spread(self) -> int | None:
        """Between the best prices of both sides."""
        return self.sells[0].price - self.buys[0].price if self.buys and self.sells else None


def continuous_page(
    state: State, record: Record, names: Names, market_id: str, instrument: str, region: str
) -> ContinuousPage:
    """The page of one book; the one that traded last, where none is chosen.

    Raises:
        Refusal: ``markets.unknown_market``.
    """
    market = found(state.markets.markets.get(market_id), "markets.unknown_market", market=market_id)
    session = session_of(market)
    kept = record.markets.get(market_id, MarketRecord())
    chosen = _chosen(market, kept, instrument, region)
    key, tick = key_of(*chosen), market.trading.tick_minor
    book = session.books.get(key) or TradedBook(*chosen)
    registers, terms = book.registers, terms_of(market)
    book_phase = c.PHASES[registers["phase"]] if key in session.books else session.phase
    buys, sells, more = _ladder(book, tick)
    trades = [one for one in kept.trades if (one.instrument, one.region) == chosen][::-1]
    low, high = band_of(terms, session, key)
    last = registers["last"] * tick if registers["has_last"] else None
    reference = registers["reference"] * tick if registers["has_reference"] else None
    ends = [at for at in (registers["until"], session.until) if at]
    profile = names.profile(market.factor)
    prices = [one.price * tick for one in trades]
    return ContinuousPage(
        market=market.market,
        factor=market.factor,
        factor_name=names.factor(market.factor),
        measurement=profile.factor.measurement if profile else "",
        mechanism="continuous",
        phase=session.phase,
        purpose=session.purpose,
        book_phase=book_phase,
        until=min(ends, default=0),
        next_at=session.next_at,
        next_phase=session.next_phase,
        instrument=chosen[0],
        region=chosen[1],
        region_name=names.region(chosen[1]),
        books=tuple((i, r, names.region(r)) for i in market.instruments for r in market.regions),
        currency=market.currency,
        digits=names.digits,
        orders=len(book.orders),
        lots=book.lots,
        buys=buys,
        sells=sells,
        most=max((rung.depth for rung in (*buys, *sells)), default=1),
        more=more,
        last=last,
        change=None if last is None or reference is None else last - reference,
        reference=reference,
        band=None if high == NO_BAND else (low * tick, high * tick),
        dynamic_band=terms.dynamic_band,
        trades=tuple(
            Traded(one.instant, one.sequence, one.price * tick, one.lots, one.taker)
            for one in trades[:TRADES_SHOWN]
        ),
        course=tuple(prices[:COURSE][::-1]),
        low=min(prices, default=None),
        high=max(prices, default=None),
        traded=sum(one.lots for one in trades),
        indicated=_indicated(book, market, book_phase),
    )


def _chosen(market: Market, kept: MarketRecord, instrument: str, region: str) -> tuple[str, str]:
    last = kept.trades[-1] if kept.trades else None
    session = session_of(market)
    full = max(session.books.values(), key=lambda book: len(book.orders), default=None)
    first = last or full
    if instrument not in market.instruments:
        instrument = first.instrument if first else market.instruments[0]
    if region not in market.regions:
        region = first.region if first else market.regions[0]
    return instrument, region


def _ladder(book: TradedBook, tick: int) -> tuple[tuple[Rung, ...], tuple[Rung, ...], int]:
    """Both sides, best first, and how many orders lie beyond what is shown."""
    sides: dict[int, dict[int, list[int]]] = {1: {}, -1: {}}
    for order in book.orders.values():
        if order.place == c.IN_BOOK and order.type in (c.LIMIT, c.STOP_LIMIT):
            level = sides[order.side].setdefault(order.price, [0, 0])
            level[0] += order.open
            level[1] += 1
    buys = _rungs(sorted(sides[1].items(), reverse=True), tick)
    sells = _rungs(sorted(sides[-1].items()), tick)
    shown = sum(rung.orders for rung in (*buys, *sells))
    return buys, sells, sum(n for side in sides.values() for _, n in side.values()) - shown


def _rungs(levels: Iterable[tuple[int, list[int]]], tick: int) -> tuple[Rung, ...]:
    rungs, depth = [], 0
    for price, (lots, orders) in list(levels)[:DEPTH]:
        depth += lots
        rungs.append(Rung(price * tick, lots, orders, depth))
    return tuple(rungs)


def _indicated(book: TradedBook, market: Market, phase: str) -> Indicated | None:
    """By the rule of the auction itself, where orders are gathered for one."""
    gathers = phase in ("pre_open", "auction", "paused", "halted")
    if not gathers or not 1 < len(book.orders) <= UNCROSSED_MAX:
        return None
    registers = book.registers
    near = registers["last"] if registers["has_last"] else None
    if near is None and registers["has_reference"]:
        near = registers["reference"]
    prevents = terms_of(market).prevention != "none"
    standing = _matrix(snapshot_of(book).orders)
    met = uncross(standing, near, prevents=prevents, command=0, purpose="")
    if met is None:
        return None
    auction, tick = met[0], market.trading.tick_minor
    side, price = auction.orders.columns["side"], auction.orders.columns["price"]
    lots = auction.orders.columns["quantity"]
    wanted = int(lots[(side > 0) & (price >= auction.price)].sum())
    offered = int(lots[(side < 0) & (price <= auction.price)].sum())
    return Indicated(auction.price * tick, auction.lots, wanted - offered)


def _matrix(rows: Columns) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.column_stack([rows[name] for name in STANDING_COLUMNS]).astype(np.int64)

"""A market's page: what it takes now, what its last round came to, why the prices differ.

Everything about a past round is read back from the journal, from the entries the record names.
"""

from collections.abc import Sequence

from msgspec import Struct

from yaosu.core import State
from yaosu.engine.recovery import events_of
from yaosu.journal.store import Store
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import Refusal, found
from yaosu.markets.clearing import Certificate, Clearing
from yaosu.markets.coupling import preview
from yaosu.markets.events import BookClosed, MarketCleared
from yaosu.markets.state import OPEN, Market, MarketsState, book_of, evolve
from yaosu.server.console.maps import RegionMap
from yaosu.server.console.names import Names
from yaosu.server.console.pages.regional import region_map_of
from yaosu.server.console.record import MarketRecord, Record, Round
from yaosu.settlement.events import ContractMade

CALL = "call"  # its results are checked in the browser
ORDERS_SHOWN_MAX = 50_000  # of an open book whose price is indicated and whose curves are drawn
ROUNDS_SHOWN = 20
LEVELS_SHOWN = 200
FILLS_SHOWN = 100


class RegionRow(Struct, frozen=True):
    """One region of a round: its price, the interval it is from, how it moved; minor units."""

    region: str
    price: int | None
    low: int | None
    high: int | None
    change: int | None

    @property
    def open(self) -> bool:
        """Whether other prices would have cleared the market as well."""
        return self.low is not None and self.low != self.high


class FlowRow(Struct, frozen=True):
    """One link of a round: shadow price of a lot and rent in minor units."""

    source: str
    target: str
    lots: int
    shadow_price: int
    rent: int

    @property
    def full(self) -> bool:
        """Whether one more lot of capacity would be worth something."""
        return self.shadow_price > 0


class Level(Struct, frozen=True):
    """Lots wanted at this price (minor units) or dearer, and offered at it or cheaper."""

    price: int
    wanted: int
    offered: int


class Fill(Struct, frozen=True):
    """What one of the reader's parties traded in the last round: lots, and from or to whom."""

    instrument: str
    buys: bool
    lots: int
    other: str


class RoundRow(Struct, frozen=True):
    """One line of the history."""

    number: int
    sequence: int
    instant: int
    low: int | None
    high: int | None
    lots: int


class MarketPage(Struct, frozen=True, kw_only=True):
    """All that the page shows.

    Attributes:
        instrument: the one shown; ``instruments``: those that can be chosen.
        orders, lots: in the book that is open now.
        indicated: whether the prices are what the open book would give now, not a result.
        levels: the two curves over all regions, cheapest first; thinned to LEVELS_SHOWN.
        cross: (price, lots) where they meet, where all regions have one price; else None.
        certificate: of the round shown; ``sequence``: the entry it stands in.
        welfare: gains from trade of the round, minor units.
        surplus: lots wanted at the indicated price that find no offer, below 0 the other way round;
            None without one price.
        ends: instant before which orders are in time, where the round ends at random; else 0.
        map: the regions with their prices and flows; none where there is only one.
        checked: the last round whose result the browser can check.
    """

    market: str
    factor: str
    factor_name: str
    measurement: str
    mechanism: str
    phase: str
    round: int
    instrument: str
    instruments: tuple[str, ...]
    currency: str
    digits: int
    orders: int
    lots: int
    indicated: bool
    why_not: Refusal | None
    rows: tuple[RegionRow, ...]
    flows: tuple[FlowRow, ...]
    levels: tuple[Level, ...]
    cross: tuple[int, int] | None
    certificate: Certificate | None
    sequence: int | None
    welfare: int | None
    volume: int
    history: tuple[RoundRow, ...]
    surplus: int | None = None
    ends: int = 0
    map: RegionMap | None = None
    checked: int | None = None


def market_page(
    state: State, record: Record, store: Store, names: Names, market_id: str, instrument: str = ""
) -> MarketPage:
    """The page of one market.

    Raises:
        Refusal: ``markets.unknown_market``.
    """
    market = found(state.markets.markets.get(market_id), "markets.unknown_market", market=market_id)
    kept = record.markets.get(market_id, MarketRecord())
    chosen = instrument if instrument in market.instruments else _first(market, kept)
    shown = _shown(state, market, kept, store)
    tick = market.trading.tick_minor
    profile = names.profile(market.factor)
    levels = _levels(shown.book, chosen, tick)
    rows = _rows(shown.clearing, kept, chosen, tick, names)
    return MarketPage(
        market=market.market,
        factor=market.factor,
        factor_name=names.factor(market.factor),
        measurement=profile.factor.measurement if profile else "",
        mechanism=market.trading.mechanism or names.mechanism(market.factor),
        phase=market.phase,
        round=market.round,
        instrument=chosen,
        instruments=market.instruments,
        currency=market.currency,
        digits=names.digits,
        orders=market.rows,
        lots=market.lots,
        indicated=shown.indicated,
        why_not=shown.why_not,
        rows=rows,
        flows=_flows(shown.clearing, chosen, tick, names),
        levels=levels,
        cross=_cross(rows, shown.clearing, levels),
        certificate=shown.clearing.certificate if shown.clearing else None,
        sequence=shown.sequence,
        welfare=shown.clearing.welfare * tick if shown.clearing else None,
        volume=shown.clearing.volume if shown.clearing else 0,
        history=tuple(_history(kept, chosen, tick)),
        surplus=_surplus(rows, levels) if shown.indicated else None,
        ends=_ends(market),
        checked=_checked(market, kept),
        map=region_map_of(
            shown.clearing, chosen, _before(kept, chosen, shown.clearing), tick, names
        )
        if shown.clearing
        else None,
    )


class _Shown(Struct, frozen=True):
    clearing: Clearing | None = None
    book: Columns | None = None
    indicated: bool = False
    sequence: int | None = None
    why_not: Refusal | None = None


def _first(market: Market, kept: MarketRecord) -> str:
    traded = sorted(kept.rounds[-1].prices) if kept.rounds else []
    return (traded or list(market.instruments) or [""])[0]


def _shown(state: State, market: Market, kept: MarketRecord, store: Store) -> _Shown:
    """What the open book would give; without one, the last round."""
    if market.session is None and 0 < market.rows <= ORDERS_SHOWN_MAX:
        try:
            return _Shown(preview(state, market), book_of(market), indicated=True)
        except Refusal as refusal:
            return _Shown(book=book_of(market), why_not=refusal)
    cleared = [round_ for round_ in kept.rounds if round_.book]
    if not cleared:
        return _Shown()
    last = cleared[-1]
    return _Shown(
        clearing_of(store, last), book_behind(store, market.market, last), sequence=last.sequence
    )


def fills_of(
    record: Record, store: Store, names: Names, market: Market, parties: Sequence[str]
) -> tuple[Fill, ...]:
    """What these parties traded in the last round that was cleared."""
    kept = record.markets.get(market.market, MarketRecord())
    cleared = [round_ for round_ in kept.rounds if round_.book]
    if not cleared or not parties:
        return ()
    last = cleared[-1].sequence
    found = []
    for event in events_of(next(iter(store.read(last, last)))):
        if isinstance(event, ContractMade) and event.market == market.market:
            for row in event.trades.iterate():
                what = str(row.get("instrument", event.instrument))
                if row["buyer"] in parties:
                    found.append(Fill(what, True, row["lots"], names.party(row["seller"])))
                if row["seller"] in parties:
                    found.append(Fill(what, False, row["lots"], names.party(row["buyer"])))
    return tuple(found[:FILLS_SHOWN])


def clearing_of(store: Store, round_: Round) -> Clearing:
    """The clearing of a round, read back from its entry."""
    entry = next(iter(store.read(round_.sequence, round_.sequence)))
    return next(e.clearing for e in events_of(entry) if isinstance(e, MarketCleared))


def book_behind(store: Store, market: str, round_: Round) -> Columns | None:
    """The orders that a round was cleared from, made anew from the entries that brought them."""
    scratch = MarketsState()
    for sequence in round_.book:
        for event in events_of(next(iter(store.read(sequence, sequence)))):
            if isinstance(event, BookClosed):
                break
            if getattr(event, "market", "") == market:
                evolve(scratch, event)
    remade = scratch.markets.get(market)
    if remade is None or remade.rows > ORDERS_SHOWN_MAX:
        return None
    return book_of(remade)


def _rows(
    clearing: Clearing | None, kept: MarketRecord, instrument: str, tick: int, names: Names
) -> tuple[RegionRow, ...]:
    if clearing is None or "price" not in clearing.prices or "region" not in clearing.prices:
        return ()
    before = _before(kept, instrument, clearing)
    rows = []
    for row in clearing.prices.iterate():
        if row.get("instrument", instrument) != instrument:
            continue
        price = row["price"]
        old = before.get(row["region"])
        rows.append(
            RegionRow(
                region=names.region(row["region"]),
                price=_times(price, tick),
                low=_times(row.get("price_low"), tick),
                high=_times(row.get("price_high"), tick),
                change=None if price is None or old is None else (price - old) * tick,
            )
        )
    return tuple(sorted(rows, key=lambda row: (-(row.price or 0), row.region)))


def _before(kept: MarketRecord, instrument: str, clearing: Clearing) -> dict[str, int]:
    """Prices of the round before the one shown."""
    now = dict(_prices_of(clearing, instrument))
    for round_ in reversed(kept.rounds):
        prices = round_.prices.get(instrument, {})
        if prices and prices != now:
            return prices
    return now if kept.rounds else {}


def _prices_of(clearing: Clearing, instrument: str) -> list[tuple[str, int]]:
    return [
        (row["region"], row["price"])
        for row in clearing.prices.iterate()
        if row.get("instrument", instrument) == instrument and row["price"] is not None
    ]


def _flows(
    clearing: Clearing | None, instrument: str, tick: int, names: Names
) -> tuple[FlowRow, ...]:
    if clearing is None or "source" not in clearing.flows:
        return ()
    rows = [
        FlowRow(
            source=names.region(row["source"]),
            target=names.region(row["target"]),
            lots=row["lots"],
            shadow_price=row.get("shadow_price", 0) * tick,
            rent=row.get("rent", 0) * tick,
        )
        for row in clearing.flows.iterate()
        if row.get("instrument", instrument) == instrument and row["lots"]
    ]
    return tuple(sorted(rows, key=lambda row: (-row.shadow_price, -row.lots, row.source)))


def _levels(book: Columns | None, instrument: str, tick: int) -> tuple[Level, ...]:
    """Both curves at the prices at which one of them steps."""
    if book is None or "price" not in book or "side" not in book:
        return ()
    mine = [
        (row["price"], row["quantity"], row["side"])
        for row in book.iterate()
        if row.get("instrument", instrument) == instrument and row["price"] is not None
    ]
    at: dict[int, list[int]] = {}
    for price, lots, side in mine:
        at.setdefault(price, [0, 0])[0 if side > 0 else 1] += lots
    levels, offered, wanted = [], 0, sum(lots[0] for lots in at.values())
    for price in sorted(at):
        offered += at[price][1]
        levels.append(Level(price * tick, wanted, offered))
        wanted -= at[price][0]
    step = max(1, len(levels) // LEVELS_SHOWN)
    return tuple(levels[::step])


def _cross(
    rows: tuple[RegionRow, ...], clearing: Clearing | None, levels: tuple[Level, ...]
) -> tuple[int, int] | None:
    prices = {row.price for row in rows if row.price is not None}
    if clearing is None or len(prices) != 1 or not levels:
        return None
    return prices.pop(), clearing.volume


def _surplus(rows: tuple[RegionRow, ...], levels: tuple[Level, ...]) -> int | None:
    """What is wanted at the one price less what is offered at it."""
    prices = {row.price for row in rows if row.price is not None}
    if len(prices) != 1 or not levels:
        return None
    price = prices.pop()
    wanted = next((level.wanted for level in levels if level.price >= price), 0)
    offered = next((level.offered for level in levels[::-1] if level.price <= price), 0)
    return wanted - offered


def _checked(market: Market, kept: MarketRecord) -> int | None:
    cleared = [round_.number for round_ in kept.rounds if round_.book]
    return cleared[-1] if cleared and market.trading.mechanism == CALL else None


def _ends(market: Market) -> int:
    end = market.random_end
    return end.window_from if end is not None and market.phase == OPEN else 0


def _history(kept: MarketRecord, instrument: str, tick: int) -> list[RoundRow]:
    rows = []
    for round_ in list(kept.rounds)[-ROUNDS_SHOWN:]:
        prices = round_.prices.get(instrument, {}).values()
        low, high = min(prices, default=None), max(prices, default=None)
        rows.append(
            RoundRow(
                round_.number,
                round_.sequence,
                round_.instant,
                _times(low, tick),
                _times(high, tick),
                round_.lots,
            )
        )
    return rows[::-1]


def _times(ticks: int | None, tick: int) -> int | None:
    return None if ticks is None else ticks * tick

"""Market today: every factor, its prices by region, how far apart they lie, what moved."""

from urllib.parse import quote

from msgspec import Struct

from yaosu.core import State
from yaosu.markets.listing_state import BIDDING
from yaosu.markets.state import OPEN, Market
from yaosu.rights.profile import Profile
from yaosu.server.console.maps import REGIONS_MAX, RegionMap
from yaosu.server.console.names import Names
from yaosu.server.console.pages.regional import map_of_prices
from yaosu.server.console.record import MarketRecord, Record

REGIONS_SHOWN = 12  # in the list; the market's own page has all
COURSE = 60  # rounds whose prices are drawn
NEXT_SHOWN, MOVED_SHOWN = 8, 4


class RegionPrice(Struct, frozen=True):
    """The last price of one instrument in one region, minor units, and how it moved."""

    region: str
    price: int
    change: int | None


class Line(Struct, frozen=True):
    """One market and instrument.

    Attributes:
        low, high: the lowest and highest last price over the regions, minor units.
        gap: between them.
        change: of the mean price against the round before, minor units.
        lots, turnover: of the last round; turnover in minor units.
        regions: prices by region, dearest first; ``more``: how many are not shown.
        course: mean prices of the last rounds, oldest first, minor units.
    """

    market: str
    instrument: str
    mechanism: str
    phase: str
    regions_open: int
    low: int | None
    high: int | None
    gap: int | None
    change: int | None
    lots: int
    turnover: int
    instant: int
    regions: tuple[RegionPrice, ...]
    more: int
    course: tuple[int, ...] = ()


class FactorBlock(Struct, frozen=True):
    """The markets of one factor."""

    factor: str
    name: str
    measurement: str
    lines: tuple[Line, ...]


class Next(Struct, frozen=True, kw_only=True):
    """Something that ends or begins at an instant: a market's phase, a round, a listing.

    Attributes:
        kind: round (orders are in time until then), phase (ends), begins (of a phase), listing.
        phase: that ends or begins, or the form of the listing.
    """

    kind: str
    name: str
    link: str
    phase: str
    at: int


class Picture(Struct, frozen=True):
    """The last prices of one market of a factor, where its regions lie."""

    factor: str
    name: str
    market: str
    instrument: str
    map: RegionMap


class Today(Struct, frozen=True):
    """The whole page.

    Attributes:
        next: what comes next, soonest first. moved: lines whose price moved most, in parts of it.
        lots, turnover: of the last rounds of all markets; turnover in minor units.
        currency: of the turnover; ``digits``: of its minor units.
        without: names of the factors that no market trades yet.
        picture: the regions of the factor that is chosen; ``pictured``: (factor, name) of those
            that have one.
    """

    factors: tuple[FactorBlock, ...]
    markets: int
    open_now: int
    orders: int
    turnover: int
    currency: str
    digits: int
    next: tuple[Next, ...] = ()
    moved: tuple[tuple[Line, int], ...] = ()
    without: tuple[str, ...] = ()
    picture: Picture | None = None
    pictured: tuple[tuple[str, str], ...] = ()


def today(state: State, record: Record, names: Names, chosen: str = "") -> Today:
    """What every market shows now, by factor; ``chosen``: the factor whose regions are drawn."""
    markets = [market for _, market in sorted(state.markets.markets.items())]
    blocks = []
    for factor in sorted({market.factor for market in markets}):
        profile = names.profile(factor)
        lines = [
            line
            for market in markets
            if market.factor == factor
            for line in _lines(market, record, names)
        ]
        blocks.append(
            FactorBlock(factor, names.factor(factor), _measurement(profile), tuple(lines))
        )
    pictures = _pictures(markets, record, names)
    return Today(
        factors=tuple(blocks),
        markets=len(markets),
        open_now=sum(market.phase == "open" for market in markets),
        orders=sum(market.rows for market in markets),
        turnover=sum(line.turnover for block in blocks for line in block.lines),
        currency=markets[0].currency if markets else "",
        digits=names.digits,
        next=tuple(_next(state))[:NEXT_SHOWN],
        without=tuple(
            names.factor(factor)
            for factor in sorted(state.rights.profiles)
            if all(market.factor != factor for market in markets)
        ),
        moved=tuple(_moved([line for block in blocks for line in block.lines])),
        picture=pictures.get(chosen) or next(iter(pictures.values()), None),
        pictured=tuple((one.factor, one.name) for one in pictures.values()),
    )


def _pictures(markets: list[Market], record: Record, names: Names) -> dict[str, Picture]:
    """Of each factor the market with the most priced regions; factors with the most first."""
    found: dict[str, Picture] = {}
    for market in markets:
        kept = record.markets.get(market.market, MarketRecord())
        prices = kept.rounds[-1].prices if kept.rounds else {}
        if not prices:
            continue
        instrument = max(sorted(prices), key=lambda one: len(prices[one]))
        before = kept.rounds[-2].prices.get(instrument, {}) if len(kept.rounds) > 1 else {}
        drawn = map_of_prices(prices[instrument], before, market.trading.tick_minor, names)
        known = found.get(market.factor)
        is_fuller = known is None or len(known.map.regions) < len(drawn.regions)
        if 2 <= len(drawn.regions) <= REGIONS_MAX and is_fuller:
            name = names.factor(market.factor)
            found[market.factor] = Picture(market.factor, name, market.market, instrument, drawn)
    return dict(sorted(found.items(), key=lambda one: (-len(one[1].map.regions), one[0])))


def _next(state: State) -> list[Next]:
    found = [
        Next(kind=kind, name=name, link=f"/markets/{quote(name, safe='')}", phase=phase, at=at)
        for name, market in state.markets.markets.items()
        for kind, phase, at in _due(market)
        if at
    ]
    found += [
        Next(
            kind="listing",
            name=name,
            link=f"/listings/{quote(name, safe='')}",
            phase=listing.head.terms.form,
            at=listing.until,
        )
        for name, listing in state.markets.listings.listings.items()
        if listing.phase == BIDDING
    ]
    return sorted(found, key=lambda one: (one.at, one.name))


def _due(market: Market) -> list[tuple[str, str, int]]:
    """What of a market happens at an instant: (kind, phase, instant)."""
    session, end = market.session, market.random_end
    if session is not None:
        return [
            ("phase", session.phase, session.until),
            ("begins", session.next_phase, session.next_at),
        ]
    return [("round", market.phase, end.window_from)] if end and market.phase == OPEN else []


def _moved(lines: list[Line]) -> list[tuple[Line, int]]:
    """The lines that moved most, and by how many ten-thousandths of the price before."""
    found = []
    for line in lines:
        before = line.course[-2] if len(line.course) > 1 else 0
        if line.change and before > 0:
            found.append((line, (line.course[-1] - before) * 10_000 // before))
    return sorted(found, key=lambda pair: (-abs(pair[1]), pair[0].market))[:MOVED_SHOWN]


def _course(kept: MarketRecord, instrument: str, tick: int) -> tuple[int, ...]:
    """The mean over the regions of each of the last rounds that priced the instrument."""
    prices = [round_.prices.get(instrument, {}) for round_ in list(kept.rounds)[-COURSE:]]
    return tuple(sum(row.values()) * tick // len(row) for row in prices if row)


def _measurement(profile: Profile | None) -> str:
    return profile.factor.measurement if profile is not None else ""


def _lines(market: Market, record: Record, names: Names) -> list[Line]:
    kept = record.markets.get(market.market, MarketRecord())
    last = kept.rounds[-1] if kept.rounds else None
    priced = sorted(last.prices) if last else []
    return [
        _line(market, instrument, kept, names)
        for instrument in (priced[:1] if len(market.instruments) > 1 else market.instruments)
    ] or [_line(market, market.instruments[0] if market.instruments else "", MarketRecord(), names)]


def _line(market: Market, instrument: str, kept: MarketRecord, names: Names) -> Line:
    last = kept.rounds[-1] if kept.rounds else None
    before = kept.rounds[-2] if len(kept.rounds) > 1 else None
    tick = market.trading.tick_minor
    prices = last.prices.get(instrument, {}) if last else {}
    old = before.prices.get(instrument, {}) if before else {}
    rows = sorted(
        (
            RegionPrice(names.region(region), price * tick, _change(price, old.get(region), tick))
            for region, price in prices.items()
        ),
        key=lambda row: (-row.price, row.region),
    )
    low = min(prices.values(), default=None)
    high = max(prices.values(), default=None)
    return Line(
        market=market.market,
        instrument=instrument,
        mechanism=market.trading.mechanism or names.mechanism(market.factor),
        phase=market.phase if market.session is None else market.session.phase,
        regions_open=len(market.regions),
        low=None if low is None else low * tick,
        high=None if high is None else high * tick,
        gap=None if low is None or high is None else (high - low) * tick,
        change=_mean_change(prices, old, tick),
        lots=last.lots if last else 0,
        turnover=last.turnover * tick if last else 0,
        instant=last.instant if last else 0,
        regions=tuple(rows[:REGIONS_SHOWN]),
        more=max(0, len(rows) - REGIONS_SHOWN),
        course=_course(kept, instrument, tick),
    )


def _change(price: int, old: int | None, tick: int) -> int | None:
    return None if old is None else (price - old) * tick


def _mean_change(prices: dict[str, int], old: dict[str, int], tick: int) -> int | None:
    both = sorted(set(prices) & set(old))
    if not both:
        return None
    return sum(prices[region] - old[region] for region in both) * tick // len(both)

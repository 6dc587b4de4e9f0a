"""Market today: every factor, its prices by region, how far apart they lie, what moved."""

from msgspec import Struct

from yaosu.core import State
from yaosu.markets.state import Market
from yaosu.rights.profile import Profile
from yaosu.server.console.names import Names
from yaosu.server.console.record import MarketRecord, Record, Round

REGIONS_SHOWN = 12  # in the list; the market's own page has all


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


class FactorBlock(Struct, frozen=True):
    """The markets of one factor."""

    factor: str
    name: str
    measurement: str
    lines: tuple[Line, ...]


class Today(Struct, frozen=True):
    """The whole page.

    Attributes:
        lots, turnover: of the last rounds of all markets; turnover in minor units.
        currency: of the turnover; ``digits``: of its minor units.
    """

    factors: tuple[FactorBlock, ...]
    markets: int
    open_now: int
    orders: int
    turnover: int
    currency: str
    digits: int


def today(state: State, record: Record, names: Names) -> Today:
    """What every market shows now, by factor."""
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
    return Today(
        factors=tuple(blocks),
        markets=len(markets),
        open_now=sum(market.phase == "open" for market in markets),
        orders=sum(market.rows for market in markets),
        turnover=sum(line.turnover for block in blocks for line in block.lines),
        currency=markets[0].currency if markets else "",
        digits=names.digits,
    )


def _measurement(profile: Profile | None) -> str:
    return profile.factor.measurement if profile is not None else ""


def _lines(market: Market, record: Record, names: Names) -> list[Line]:
    kept = record.markets.get(market.market, MarketRecord())
    last = kept.rounds[-1] if kept.rounds else None
    before = kept.rounds[-2] if len(kept.rounds) > 1 else None
    priced = sorted(last.prices) if last else []
    return [
        _line(market, instrument, last, before, names)
        for instrument in (priced[:1] if len(market.instruments) > 1 else market.instruments)
    ] or [_line(market, market.instruments[0] if market.instruments else "", None, None, names)]


def _line(
    market: Market, instrument: str, last: Round | None, before: Round | None, names: Names
) -> Line:
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
        phase=market.phase,
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
    )


def _change(price: int, old: int | None, tick: int) -> int | None:
    return None if old is None else (price - old) * tick


def _mean_change(prices: dict[str, int], old: dict[str, int], tick: int) -> int | None:
    both = sorted(set(prices) & set(old))
    if not both:
        return None
    return sum(prices[region] - old[region] for region in both) * tick // len(both)

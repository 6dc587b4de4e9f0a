"""What the head of every market page says."""

from msgspec import Struct

from yaosu.markets.state import Market
from yaosu.server.console.names import Names


class Head(Struct, frozen=True, kw_only=True):
    """A market in short."""

    market: str
    factor_name: str
    measurement: str
    mechanism: str
    phase: str
    round: int
    currency: str
    digits: int
    tick: int


def head_of(market: Market, names: Names) -> Head:
    """The head of a market's page."""
    profile = names.profile(market.factor)
    return Head(
        market=market.market,
        factor_name=names.factor(market.factor),
        measurement=profile.factor.measurement if profile else "",
        mechanism=market.trading.mechanism or names.mechanism(market.factor),
        phase=market.phase if market.session is None else market.session.phase,
        round=market.round,
        currency=market.currency,
        digits=names.digits,
        tick=market.trading.tick_minor,
    )

"""The order ticket: what a party may order in a market, and what each order would hold."""

from collections.abc import Sequence

from msgspec import Struct

from yaosu.core import State
from yaosu.kernel.refusal import found
from yaosu.markets.state import Market
from yaosu.rights.methods.moves import lots_in
from yaosu.server.console.names import Names

PLAIN = ("call", "continuous")  # mechanisms whose orders are a price and a quantity
FREE = "free"


class Offerable(Struct, frozen=True):
    """A right of the party that the market takes, and how many of its lots are free."""

    right: str
    instrument: str
    region: str
    lots: int


class TicketPage(Struct, frozen=True, kw_only=True):
    """All that the ticket needs to check an order while it is typed.

    Attributes:
        takes: whether the market's orders are a price and a quantity, and it takes any now.
        tick: of the price, minor units. money: free, minor units.
        rights: what may be sold.
    """

    market: str
    factor: str
    mechanism: str
    phase: str
    takes: bool
    instruments: tuple[str, ...]
    regions: tuple[tuple[str, str], ...]
    currency: str
    digits: int
    tick: int
    party: str
    name: str
    parties: tuple[tuple[str, str], ...]
    money: int
    rights: tuple[Offerable, ...]


def ticket_page(
    state: State, names: Names, market_id: str, parties: Sequence[str], chosen: str = ""
) -> TicketPage:
    """The ticket of one market for one of the parties.

    Raises:
        Refusal: ``markets.unknown_market``.
    """
    market = found(state.markets.markets.get(market_id), "markets.unknown_market", market=market_id)
    party = chosen if chosen in parties else (parties[0] if parties else "")
    mechanism = market.trading.mechanism or names.mechanism(market.factor)
    return TicketPage(
        market=market.market,
        factor=names.factor(market.factor),
        mechanism=mechanism,
        phase=market.phase,
        takes=mechanism in PLAIN and market.trading.sealed is None and bool(party),
        instruments=market.instruments,
        regions=tuple((region, names.region(region)) for region in market.regions),
        currency=market.currency,
        digits=names.digits,
        tick=market.trading.tick_minor,
        party=party,
        name=names.party(party) if party else "",
        parties=tuple((known, names.party(known)) for known in parties),
        money=state.ledger.balance(party, market.currency, FREE),
        rights=tuple(_offerable(state, market, party)),
    )


def _offerable(state: State, market: Market, party: str) -> list[Offerable]:
    register = state.rights
    rows = []
    for name in sorted(register.by_holder.get(party, {})):
        right = register.rights[name]
        unit = register.units[right.unit]
        fits = right.instrument in market.instruments and unit.region in market.regions
        if fits and not register.burdens.get(name):
            lots = lots_in(right, unit.quantity) - state.reserved_lots(name)
            rows.append(Offerable(name, right.instrument, unit.region, lots))
    return [row for row in rows if row.lots > 0]

"""The order ticket: what a party may order in a market, and what each order would hold."""

from collections.abc import Sequence

from msgspec import Struct

from yaosu.core import State
from yaosu.kernel.refusal import found
from yaosu.kernel.words import tag_of
from yaosu.markets.commands import SubmitOrders, SubmitSealedOrders
from yaosu.markets.state import Market
from yaosu.markets.terms import BOTH_SIDES
from yaosu.markets.trading_state import TIMES, TYPES
from yaosu.rights.methods.moves import lots_in
from yaosu.server.console.names import Names
from yaosu.server.console.pages.acts import Act, Field, Option

PLAIN = ("call", "continuous")  # mechanisms whose orders are a price and a quantity
CALL = PLAIN[0]
FREE = "free"
BUYS, SELLS = "side:1", "side:-1"
LIMITED, STOPPED = "type:limit,stop_limit", "type:stop,stop_limit"


class Offerable(Struct, frozen=True):
    """A right of the party that the market takes, and how many of its lots are free."""

    right: str
    instrument: str
    region: str
    lots: int


class TicketPage(Struct, frozen=True, kw_only=True):
    """All that the ticket needs to try an order while it is typed.

    Attributes:
        takes: whether the market's orders are a price and a quantity, and it takes any now.
        tick: of the price, minor units. money: free, minor units.
        rights: what may be sold.
        act: the form; ``venue``: for which a sealed one is sealed. deposit: held for a sealed bid.
        has_results: whether rounds were cleared that the browser can check.
    """

    market: str
    factor: str
    mechanism: str
    phase: str
    takes: bool
    currency: str
    digits: int
    tick: int
    party: str
    name: str
    parties: tuple[tuple[str, str], ...]
    money: int
    rights: tuple[Offerable, ...]
    act: Act
    venue: str
    deposit: int | None
    has_results: bool = False


def ticket_page(
    state: State,
    names: Names,
    market_id: str,
    parties: Sequence[str],
    chosen: str = "",
    book: tuple[str, str] = ("", ""),
) -> TicketPage:
    """The ticket of one market for one of the parties.

    Args:
        book: instrument and region that are chosen at first.

    Raises:
        Refusal: ``markets.unknown_market``.
    """
    market = found(state.markets.markets.get(market_id), "markets.unknown_market", market=market_id)
    party = chosen if chosen in parties else (parties[0] if parties else "")
    mechanism = market.trading.mechanism or names.mechanism(market.factor)
    rights = tuple(offerable(state, market, party))
    venue, sealed = state.parties.venue, market.trading.sealed
    return TicketPage(
        market=market.market,
        factor=names.factor(market.factor),
        mechanism=mechanism,
        phase=market.phase if market.session is None else market.session.phase,
        takes=mechanism in PLAIN and bool(party),
        currency=market.currency,
        digits=names.digits,
        tick=market.trading.tick_minor,
        party=party,
        name=names.party(party) if party else "",
        parties=tuple((known, names.party(known)) for known in parties),
        money=state.ledger.balance(party, market.currency, FREE),
        rights=rights,
        act=_order(market, party, names, rights, book),
        venue=venue.id if venue is not None else "",
        deposit=None if sealed is None else sealed.deposit_minor,
        has_results=mechanism == CALL and market.market in state.markets.cleared,
    )


def _order(
    market: Market,
    party: str,
    names: Names,
    rights: tuple[Offerable, ...],
    book: tuple[str, str],
) -> Act:
    """The form of one order, sealed where the market takes them sealed."""
    sealed = market.trading.sealed
    sides = (1, -1) if sealed is None or sealed.sides == BOTH_SIDES else (1,)
    fields = [
        _side(*(("buy", "sell") if rights and -1 in sides else ("buy",))),
        _choice("instrument", market.instruments, book[0], when=BUYS),
        Field(
            name="region",
            into="orders",
            when=BUYS,
            value=book[1],
            options=tuple(Option(value=r, name=names.region(r)) for r in market.regions),
        ),
    ]
    if rights and -1 in sides:
        fields.append(_right(rights, book))
    trades_on = market.session is not None
    if trades_on:
        fields += [
            Field(name="type", into="orders", value="limit", options=_words("order_kind", TYPES)),
            Field(
                name="time_in_force",
                into="orders",
                value="gtc",
                options=_words("order_life", TIMES),
            ),
        ]
    price = Field(name="price", kind="ticks", into="orders", hint="price")
    fields.append(price if not trades_on else _only(price, LIMITED))
    if trades_on:
        fields += [
            _only(Field(name="stop", kind="ticks", into="orders", hint="stop"), STOPPED),
            _only(Field(name="expiry", kind="instant", into="orders"), "time_in_force:gtd"),
        ]
    fields.append(Field(name="quantity", kind="whole", into="orders"))
    kind = SubmitOrders if sealed is None else SubmitSealedOrders
    return Act(
        name="order",
        command=tag_of(kind),
        fixed={"actor": party, "market": market.market},
        party=names.party(party) if party else "",
        fields=tuple(fields),
        fresh="batch",
        tick=market.trading.tick_minor,
        digits=names.digits,
        seal="" if sealed is None else "orders",
        tables=("orders",),
    )


def _side(*words: str) -> Field:
    options = tuple(
        Option(value="1" if word == "buy" else "-1", name=f"ask_side.{word}") for word in words
    )
    return Field(name="side", kind="side", into="orders", value="1", options=options)


def _choice(name: str, values: Sequence[str], value: str, when: str = "") -> Field:
    options = tuple(Option(value=one, name=one) for one in values)
    return Field(name=name, into="orders", when=when, value=value, options=options)


def _words(keys: str, values: Sequence[str] | dict[str, int]) -> tuple[Option, ...]:
    return tuple(Option(value=one, name=f"{keys}.{one}") for one in values)


def _right(rights: tuple[Offerable, ...], book: tuple[str, str]) -> Field:
    """The right that a sale is from; it says instrument and region too."""
    here = sorted(rights, key=lambda row: ((row.instrument, row.region) != book, row.right))
    return Field(
        name="right",
        into="orders",
        when=SELLS,
        options=tuple(
            Option(
                value=row.right,
                name=f"{row.right} · {row.instrument} · {row.lots:,}",
                gives={"instrument": row.instrument, "region": row.region},
            )
            for row in here
        ),
    )


def _only(field: Field, when: str) -> Field:
    """A number that counts under a condition, and is 0 otherwise."""
    return Field(
        name=field.name, kind=field.kind, into=field.into, when=when, other="0", hint=field.hint
    )


def offerable(state: State, market: Market, party: str) -> list[Offerable]:
    """The rights of a party that a market takes, with the lots that are free."""
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

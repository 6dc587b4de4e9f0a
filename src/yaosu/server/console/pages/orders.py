"""One's own orders that stand, in a market or in all, with what may be done to each."""

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct

from yaosu.core import State
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import tag_of
from yaosu.markets.commands import CancelOrders, ReplaceOrder
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.random_end import check_may_cancel
from yaosu.markets.state import HALTED, OPEN, OPENING, Market
from yaosu.markets.trading_state import TIMES, TYPES, Standing
from yaosu.server.console.names import Names
from yaosu.server.console.pages.acts import Act, Field
from yaosu.server.console.pages.market import Fill
from yaosu.server.console.pages.package import forms_of_several

STANDING_MAX = 50_000  # orders of a market, above which one's own are on the desk only
KINDS = {code: name for name, code in TYPES.items()}
LIVES = {code: name for name, code in TIMES.items()}


class OwnOrder(Struct, frozen=True):
    """One open order. Price in minor units a lot, none where it has no limit.

    Attributes:
        lots: that are open. total: all of it, those traded counted in.
        cancel, replace: the forms that take it back, or change it; none where that may not be now.
        kind, life: of a continuous market: ``limit`` and so on; how long it stands, see the page of
            the mechanism. stop: price at which it wakes. expiry: instant at which it ends; 0 none.
        key: tells it from others of its book.
    """

    market: str
    batch: str
    number: int
    instrument: str
    region: str
    buys: bool
    price: int | None
    lots: int
    cancel: Act | None = None
    total: int = 0
    kind: str = "limit"
    life: str = ""
    stop: int | None = None
    expiry: int = 0
    replace: Act | None = None
    key: str = ""


class Own(Struct, frozen=True, kw_only=True):
    """What the reader's parties have in a market.

    Attributes:
        parties: names of those the reader acts for.
        orders: that stand; ``more``: whether there may be more than were looked through.
        sealed: batches of theirs that nobody has read; ``opens``: whether they are opened now, by
            ``opener``: whose they are.
        tickets: forms beside the order ticket; ``venue``: for sealed ones.
        fills: what was traded in the last round.
    """

    parties: tuple[str, ...] = ()
    orders: tuple[OwnOrder, ...] = ()
    more: bool = False
    sealed: tuple[str, ...] = ()
    opens: bool = False
    opener: str = ""
    tickets: tuple[Act, ...] = ()
    venue: str = ""
    fills: tuple[Fill, ...] = ()


def own_in(state: State, names: Names, market_id: str, parties: Sequence[str]) -> Own:
    """The open orders of these parties in a market."""
    market = state.markets.markets.get(market_id)
    named = tuple(names.party(party) for party in parties)
    if market is None or not parties:
        return Own(parties=named)
    if market.rows > STANDING_MAX:
        return Own(parties=named, more=True)
    sealed = [(batch, bid.party) for batch, bid in market.sealed.items() if bid.party in parties]
    return Own(
        parties=named,
        orders=tuple(orders_in(state, market, parties, names)),
        sealed=tuple(sorted(batch for batch, _ in sealed)),
        opens=market.phase == OPENING and bool(sealed),
        opener=sealed[0][1] if sealed else "",
        tickets=forms_of_several(state, market, names, parties),
    )


def orders_in(
    state: State, market: Market, parties: Sequence[str], names: Names
) -> Iterator[OwnOrder]:
    """The open orders of these parties in a market."""
    if market.session is not None:
        yield from _standing_in(state, market, parties, names)
        return
    tick, may = market.trading.tick_minor, _may_cancel(state, market)
    batches = {place: batch for batch, place in market.batches.items()}
    for place, piece in enumerate(market.book):
        if "party" not in piece or not piece.rows:
            continue
        text = piece.text("party")
        codes = [text.code_of(party) for party in parties]
        for row in piece.take(np.isin(text.codes, codes)).iterate():
            party, batch = row["party"], batches.get(place, "")
            named = str(row.get("batch", batch)), int(row.get("number", 0))
            yield OwnOrder(
                market=market.market,
                batch=named[0],
                number=named[1],
                instrument=row["instrument"],
                region=names.region(row.get("region", "")),
                buys=row.get("side", 1) > 0,
                price=None if row.get("price") is None else row["price"] * tick,
                lots=row.get("quantity", 0),
                cancel=_cancel(market, party, names, *named) if may else None,
            )


def _may_cancel(state: State, market: Market) -> bool:
    """Whether orders may be taken back now."""
    if market.phase not in (OPEN, HALTED):
        return False
    try:
        check_may_cancel(state, market)
    except Refusal:
        return False
    return True


def _cancel(market: Market, party: str, names: Names, batch: str, number: int) -> Act:
    """The form that takes an order back."""
    fixed: dict[str, object] = {
        "actor": party,
        "market": market.market,
        "batch": batch,
        "numbers": (number,),
    }
    return Act(name="cancel", command=tag_of(CancelOrders), fixed=fixed, party=names.party(party))


def _standing_in(
    state: State, market: Market, parties: Sequence[str], names: Names
) -> Iterator[OwnOrder]:
    """Their orders in continuous books, with kind and term."""
    assert market.session is not None
    tick, wanted = market.trading.tick_minor, set(parties)
    may = _may_cancel(state, market)
    for _, book in sorted(market.session.books.items()):
        for name, order in sorted(book.orders.items(), key=lambda pair: int(pair[0])):
            if order.party not in wanted:
                continue
            has_limit = order.type in (c.LIMIT, c.STOP_LIMIT)
            has_stop = order.type in (c.STOP, c.STOP_LIMIT)
            place = order.batch, order.number
            yield OwnOrder(
                market=market.market,
                batch=order.batch,
                number=order.number,
                instrument=book.instrument,
                region=names.region(book.region),
                buys=order.side > 0,
                price=order.price * tick if has_limit else None,
                lots=order.open,
                cancel=_cancel(market, order.party, names, *place) if may else None,
                total=order.total,
                kind=KINDS[order.type],
                life=LIVES[order.tif],
                stop=order.stop * tick if has_stop else None,
                expiry=order.expiry if order.tif == c.GTD else 0,
                replace=_replace(market, order, names) if may else None,
                key=f"{name}",
            )


def _replace(market: Market, order: Standing, names: Names) -> Act:
    """Another limit, another quantity; what is left empty stays."""
    fixed: dict[str, object] = {
        "actor": order.party,
        "market": market.market,
        "batch": order.batch,
        "number": order.number,
    }
    fields = [Field(name="quantity", kind="whole", is_needed=False)]
    if order.type in (c.LIMIT, c.STOP_LIMIT):
        fields.insert(0, Field(name="price", kind="ticks", is_needed=False))
    return Act(
        name="replace",
        command=tag_of(ReplaceOrder),
        fixed=fixed,
        party=names.party(order.party),
        fields=tuple(fields),
        tick=market.trading.tick_minor,
        digits=names.digits,
    )

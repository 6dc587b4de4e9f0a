"""From a clearing to what is agreed: who gives what to whom, and what each pays. Pure, on columns.

A literal table says for each mechanism how its fills become deals. Most price each instrument by
itself, and each instrument becomes a contract; packages join several, which stand or fall
together, and so the round becomes one contract.
"""

from collections.abc import Callable, Iterator

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Columns, Integers, Text, concatenate
from yaosu.markets.clearing import Clearing
from yaosu.markets.coupling import orders_in
from yaosu.markets.form_matching import select
from yaosu.markets.form_package import is_first
from yaosu.markets.state import Market
from yaosu.settlement.trades import cash_of, money_columns, pair_fills, pair_trades

SEVERAL = ""  # in the place of an instrument, where a deal is over more than one


class Deal(Struct, frozen=True):
    """What becomes one contract.

    Attributes:
        instrument: what is traded, or ``SEVERAL``.
        trades: columns right, seller, buyer, lots, and with several instruments instrument.
        money: columns party, amount (minor units, signed); sums to zero.
    """

    instrument: str
    trades: Columns
    money: Columns


def deals_of(market: Market, clearing: Clearing) -> Iterator[Deal]:
    """What a cleared round comes to; nothing where nobody trades."""
    return DEALS[clearing.mechanism](market, clearing)


def each_instrument(market: Market, clearing: Clearing) -> Iterator[Deal]:
    """One deal an instrument, at the price of each region."""
    for instrument in market.instruments:
        trades = pair_trades(market, clearing, instrument)
        if trades.rows:
            yield Deal(instrument, trades, cash_of(market, clearing, instrument))


def all_together(market: Market, clearing: Clearing) -> Iterator[Deal]:
    """All packages of the round in one deal: every leg of each, or none.

    Who takes and who gives is paired instrument by instrument; payments are those of the
    packages, and what links earn, with what rounding leaves, goes to the market's rent owner.
    What nobody takes, at a price of zero, stays with those who would have given it.
    """
    free = clearing.prices.take(clearing.prices["price_subticks"] == 0)
    yield from _in_one(market, clearing, free)


def all_whole(market: Market, clearing: Clearing) -> Iterator[Deal]:
    """All packages of the round in one deal, each paying what the clearing says.

    What is given and not taken stays with who gave it, at the places where it is left over before
    others; what buyers pay more than sellers receive goes to the market's rent owner.
    """
    some_left = clearing.prices["left_over"] > 0
    order = np.argsort(~some_left, kind="stable")
    yield from _in_one(market, clearing, clearing.prices.take(order))


def _in_one(market: Market, clearing: Clearing, places: Columns) -> Iterator[Deal]:
    """The one deal; what is given and not taken stays with who gave it at these places."""
    book = orders_in(market)
    if not book.rows:
        return
    first = is_first(book)
    fills = clearing.fills
    units = np.zeros(int(first.sum()), np.int64)
    units[fills["row"]] = fills["lots"]
    filled = units[np.cumsum(first) - 1]
    lots = filled * (book["quantity"] // book["units"])
    lots = _without_left_over(book, lots, places)
    pieces = [
        pair.with_columns(instrument=Text.repeat(name, pair.rows))
        for name in market.instruments
        if (pair := _pairs(book, lots, name)).rows
    ]
    if not pieces:
        return
    amounts: dict[str, int] = {}
    parties = book.text("party").take(first).take(fills["row"]).tolist()
    for party, payment in zip(parties, fills["payment"].tolist(), strict=True):
        paid = payment * market.trading.tick_minor
        amounts[party] = amounts.get(party, 0) - paid
        amounts[market.rent_to] = amounts.get(market.rent_to, 0) + paid
    yield Deal(SEVERAL, concatenate(pieces), money_columns(amounts))


def _pairs(book: Columns, lots: Integers, instrument: str) -> Columns:
    name = book.text("instrument")
    wanted = (lots > 0) & (name.codes == name.code_of(instrument))
    return pair_fills(book.take(wanted), lots[wanted])


def _without_left_over(book: Columns, lots: Integers, places: Columns) -> Integers:
    """Lots that are moved: what is given and not taken stays, with the last rights first."""
    moved = lots.copy()
    name, region, rights = (book.text(what) for what in ("instrument", "region", "right"))
    for place in places.iterate():
        here = name.codes == name.code_of(place["instrument"])
        rest = -int((book["side"].astype(np.int64) * moved)[here].sum())
        given = here & (book["side"] < 0) & (region.codes == region.code_of(place["region"]))
        for at in sorted(np.flatnonzero(given).tolist(), key=rights.tolist().__getitem__)[::-1]:
            back = min(max(rest, 0), int(moved[at]))
            moved[at] -= back
            rest -= back
    return moved


def each_seat(market: Market, clearing: Clearing) -> Iterator[Deal]:
    """One deal an instrument: a lot of a post's right to each person placed there, for no money.

    Seats of a post and group are those of the rights that offered them, in order of the rights.
    """
    closed = market.closed_as
    assert closed is not None
    book = orders_in(market)
    chosen = select(book, closed.facts)
    post, group = chosen.post.codes.tolist(), book.text("group").tolist()
    rights = book.text("right").tolist()
    offers: dict[tuple[int, str], list[int]] = {}
    for row in np.flatnonzero(chosen.is_seats).tolist():
        offers.setdefault((post[row], group[row]), []).append(row)
    placed: dict[tuple[int, str], list[int]] = {}
    kinds = clearing.fills.text("group").tolist()
    for row, kind in zip(chosen.rows[clearing.fills["row"]].tolist(), kinds, strict=True):
        placed.setdefault((post[row], kind), []).append(row)
    instrument = book.text("instrument")
    pieces: dict[str, list[Columns]] = {}
    for seats, rows in sorted(placed.items()):
        giving = sorted(offers[seats], key=rights.__getitem__)
        seated = book["quantity"][giving]
        lots = np.clip(len(rows) - (np.cumsum(seated) - seated), 0, seated)
        pair = book.take(np.array(giving + rows))
        moved = np.concatenate([lots, np.ones(len(rows), np.int64)])
        name = instrument.values[instrument.codes[rows[0]]]
        pieces.setdefault(name, []).append(pair_fills(pair.take(moved > 0), moved[moved > 0]))
    for name, pairs in sorted(pieces.items()):
        yield Deal(name, concatenate(pairs), money_columns({}))


DEALS: dict[str, Callable[[Market, Clearing], Iterator[Deal]]] = {
    "call": each_instrument,
    "package": all_together,
    "package-all-or-nothing": all_whole,
    "matching": each_seat,
}

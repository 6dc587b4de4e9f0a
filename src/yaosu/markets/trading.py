"""Trading as orders arrive: a batch against the standing orders of its books, price then time.

The standing orders are those of the market's book; who came first follows from the batch's sequence
and the order's number in it. One book is one instrument in one region; regions are not coupled.
"""

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Columns, Integers, Text, concatenate
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous import ContinuousBook
from yaosu.markets.mechanisms.continuous_parameters import ContinuousParameters
from yaosu.markets.state import Market

CONTINUOUS = "continuous"


class Traded(Struct, frozen=True):
    """What came of a batch.

    Attributes:
        trades: one row a trade, as in `TradesMade`.
        dropped: the rest of those orders of the batch that would have met their own party.
    """

    trades: Columns
    dropped: Columns


def trade_batch(market: Market, batch: str, accepted: Columns, over: list[str]) -> Traded:
    """Match the accepted orders of a batch, in the order of their numbers.

    Args:
        over: rights whose standing offers fall away.

    Raises:
        Refusal: `markets.too_many_lots_in_book`.

    Cost: O(n log n) in the orders of the books that the batch touches.
    """
    names = {place: name for name, place in market.batches.items()}
    standing = [_placed(piece, names[at]) for at, piece in enumerate(market.book) if piece.rows]
    pieces = [_without(piece, over) for piece in standing]
    table = concatenate([*pieces, _placed(accepted, batch)])
    is_new = np.arange(table.rows) >= table.rows - accepted.rows
    book = _book_codes(table)
    trades: list[Columns] = []
    dropped: list[Columns] = []
    for code in np.unique(book[is_new]).tolist():
        rows = np.flatnonzero(book == code)
        order = np.lexsort((table["number"][rows], table["sequence"][rows], is_new[rows]))
        done = _trade_book(market, table.take(rows[order]), int(is_new[rows].sum()))
        trades.append(done.trades)
        dropped.append(done.dropped)
    return Traded(concatenate(trades), concatenate(dropped))


def _trade_book(market: Market, orders: Columns, fresh: int) -> Traded:
    """One book: its standing orders, then the fresh ones, all in order of arrival."""
    rows = orders.rows
    parameters = ContinuousParameters.of(
        prevention="cancel_taker", price_max=max(int(orders["price"].max()), 1)
    )
    lots = int(orders["quantity"].sum())
    refuse_unless(
        lots <= parameters.lots_max,
        "markets.too_many_lots_in_book",
        market=market.market,
        lots=str(lots),
        limit=parameters.lots_max,
    )
    commands = np.zeros((rows + 1, len(c.COMMAND_COLUMNS)), np.int64)
    commands[0, [c.C_KIND, c.C_QUANTITY]] = c.PHASE, c.CONTINUOUS
    commands[1:, c.C_ORDER] = np.arange(1, rows + 1)
    commands[1:, c.C_SIDE] = orders["side"]
    commands[1:, [c.C_TYPE, c.C_TIF]] = c.LIMIT, c.GTC
    commands[1:, c.C_PRICE] = orders["price"]
    commands[1:, c.C_QUANTITY] = orders["quantity"]
    commands[1:, c.C_GROUP] = orders.text("party").codes + 1
    happened = ContinuousBook(parameters).run(commands)
    assert not happened.outcomes["code"].any(), "a sound order was refused by the book"
    met = happened.events.take(happened.events["kind"] == c.EXECUTED)
    is_late = met["other"] > rows - fresh
    assert is_late.all(), "standing orders had crossed"
    maker, taker = met["order"] - 1, met["other"] - 1
    buys = np.where(met["side"] > 0, maker, taker)
    sells = np.where(met["side"] > 0, taker, maker)
    trades = Columns(
        {
            "instrument": orders.text("instrument").take(buys),
            "region": orders.text("region").take(buys),
            "price": met["price"],
            "lots": met["lots"],
            "buyer": orders.text("party").take(buys),
            "buy_batch": orders.text("batch").take(buys),
            "buy_number": orders["number"][buys],
            "limit": orders["price"][buys],
            "seller": orders.text("party").take(sells),
            "sell_batch": orders.text("batch").take(sells),
            "sell_number": orders["number"][sells],
            "right": orders.text("right").take(sells),
        }
    )
    own = happened.outcomes["dropped"][1:]
    dropped = orders.with_columns(quantity=own).take(own > 0)
    return Traded(trades, dropped)


def _without(piece: Columns, rights: list[str]) -> Columns:
    right = piece.text("right")
    codes = [code for code, name in enumerate(right.values) if name in rights]
    return piece.take(~((piece["side"] < 0) & np.isin(right.codes, codes)))


def _placed(piece: Columns, batch: str) -> Columns:
    return piece.with_columns(batch=Text.repeat(batch, piece.rows))


def _book_codes(table: Columns) -> Integers:
    """The same number for the orders of one instrument in one region."""
    region = table.text("region")
    codes = table.text("instrument").codes.astype(np.int64) * max(len(region.values), 1)
    return codes + region.codes

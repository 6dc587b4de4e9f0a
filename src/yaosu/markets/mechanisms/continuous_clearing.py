"""A file of orders traded one after the other: one session of a continuous market as a clearing.

Every order is a limit order good till cancelled; orders come in order of their sequence, and each
instrument in each region is a book of its own. Besides the tables that every clearing has there are
the trades and the public feed. Order types, cancels and phases are commands of `ContinuousBook`.
"""

import numpy as np
from msgspec import structs

from yaosu.kernel.columns import Column, Columns, Integers, Text, concatenate
from yaosu.kernel.refusal import refuse
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.arrivals import (
    Fill,
    Row,
    arrived,
    clearing_of,
    prices_table,
    verify_alike,
)
from yaosu.markets.mechanisms.continuous import ContinuousBook
from yaosu.markets.mechanisms.continuous_feed import FEED_COLUMNS, public_feed
from yaosu.markets.mechanisms.continuous_pairs import trades_of
from yaosu.markets.mechanisms.continuous_parameters import ContinuousParameters
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

RULE = "continuous/1"
PROVED = ("price_then_time",)
TRADE_COLUMNS = ("buy_row", "sell_row", "price", "lots")


def clear_continuous(
    orders: Orders, network: Network, parameters: ContinuousParameters
) -> Clearing:
    """Trade the orders as they arrive, from an opened session to its close.

    Returns:
        Clearing: several fills of a row where it traded at several prices; ``price`` is the last
            one. In the details: ``trades``, in order in each book, and ``feed``.

    Raises:
        Refusal: `markets.unknown_region`; `markets.order_price`, `markets.order_outside_band`,
            `markets.book_full` for an order that the book does not take.

    Cost: O(n log n) for n orders, and a step for each trade.
    """
    orders.check()
    places: dict[tuple[str, str], list[Row]] = {}
    for row in arrived(orders, network):
        places.setdefault(row.place, []).append(row)
    done = [_Session(place, rows, parameters) for place, rows in sorted(places.items())]
    fills = [fill for session in done for fill in session.fills()]
    off = sorted(pair for session in done for pair in session.taken_off.items())
    table = [(*session.place, session.last, session.paid) for session in done]
    clearing = clearing_of(
        RULE,
        orders,
        network,
        parameters,
        fills,
        prices_table(orders, table),
        proved=PROVED,
        details={
            "trades": _joined([session.trades for session in done], TRADE_COLUMNS),
            "feed": _joined([session.feed for session in done], FEED_COLUMNS),
        },
    )
    decremented = np.array(off, np.int64).reshape(-1, 2)
    return structs.replace(
        clearing,
        decremented=Columns.of(row=decremented[:, 0].copy(), lots=decremented[:, 1].copy()),
    )


def verify_continuous(
    orders: Orders, network: Network, clearing: Clearing, parameters: ContinuousParameters
) -> None:
    """Return if price and then time make just these trades of the orders, else refuse.

    Raises:
        Refusal: `markets.certificate_*`.
    """
    verify_alike(orders, clearing, clear_continuous(orders, network, parameters))


class _Session:
    """One book from its opening to its close.

    Attributes:
        trades: columns instrument, region and `TRADE_COLUMNS`. feed: with `FEED_COLUMNS`.
        taken_off: row -> lots off for self-trades. last: price. paid: price of each trade.
    """

    def __init__(
        self, place: tuple[str, str], rows: list[Row], parameters: ContinuousParameters
    ) -> None:
        self.place = place
        happened = ContinuousBook(parameters).run(_commands(rows))
        for code in happened.refusal_codes():
            if code:
                refuse(code)
        events = happened.events
        row_of = [0, *(row.row for row in rows)]  # an order's number is its place in time
        made = [
            (row_of[buy], row_of[sell], price, lots)
            for buy, sell, price, lots, _ in trades_of(events)
        ]
        self.paid = [price for _, _, price, _ in made]
        self.last = self.paid[-1] if made else None
        self.taken_off: dict[int, int] = {}
        own = events.take(events["reason"] == c.R_SELF_TRADE)
        for order, lots in zip(own["order"].tolist(), own["lots"].tolist(), strict=True):
            self.taken_off[row_of[order]] = self.taken_off.get(row_of[order], 0) + lots
        matrix = np.array(made, np.int64).reshape(-1, len(TRADE_COLUMNS))
        columns = {name: matrix[:, at].copy() for at, name in enumerate(TRADE_COLUMNS)}
        self.trades = self._placed(Columns.of(**columns))
        self.feed = self._placed(public_feed(events))

    def fills(self) -> list[Fill]:
        """Both sides of each trade."""
        names = (self.trades[name].tolist() for name in TRADE_COLUMNS)
        return [
            Fill(row, lots, price)
            for buy, sell, price, lots in zip(*names, strict=True)
            for row in (buy, sell)
        ]

    def _placed(self, table: Columns) -> Columns:
        instrument, region = (Text.repeat(name, table.rows) for name in self.place)
        return table.with_columns(instrument=instrument, region=region)


def _commands(rows: list[Row]) -> Integers:
    """The session opens, the orders come, it closes."""
    commands = np.zeros((len(rows) + 2, len(c.COMMAND_COLUMNS)), np.int64)
    commands[[0, -1], c.C_KIND] = c.PHASE
    commands[[0, -1], c.C_QUANTITY] = c.CONTINUOUS, c.CLOSED
    parties: dict[str, int] = {}
    commands[1:-1, c.C_ORDER] = np.arange(1, len(rows) + 1)
    commands[1:-1, [c.C_TYPE, c.C_TIF]] = c.LIMIT, c.GTC
    for column, values in (
        (c.C_SIDE, [row.side for row in rows]),
        (c.C_PRICE, [row.price for row in rows]),
        (c.C_QUANTITY, [row.quantity for row in rows]),
        (c.C_GROUP, [parties.setdefault(row.party, len(parties) + 1) for row in rows]),
    ):
        commands[1:-1, column] = values
    return commands


def _joined(tables: list[Columns], names: tuple[str, ...]) -> Columns:
    empty: dict[str, Column] = {name: np.zeros(0, np.int64) for name in names}
    empty |= {"instrument": Text.of([]), "region": Text.of([])}
    return concatenate([Columns(empty), *tables])

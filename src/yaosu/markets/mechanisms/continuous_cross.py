"""The uncrossing of an auction: the rule of the call mechanism on the orders of one book.

Limits are those of the orders; a market order bids as high, or offers as low, as any limit or the
last price. Of equal prices market orders come first, then the earlier ones. The price is the one
nearest the last price (or the reference), or the middle where there is neither. Own crossing orders
are taken off each other first, unless the market prevents no self-trades.
"""

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Integers
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.call import clear_call
from yaosu.markets.mechanisms.call_parameters import TIE_CHAIN_BY_TIME, CallParameters
from yaosu.markets.mechanisms.continuous_codes import IN_BOOK, MARKET
from yaosu.markets.mechanisms.continuous_sweeps import (
    S_GROUP,
    S_OPEN,
    S_ORDER,
    S_PLACE,
    S_PRICE,
    S_RANK,
    S_SIDE,
    S_TYPE,
)
from yaosu.markets.network import Network
from yaosu.markets.orders import ONLY, Orders


class Auction(Struct, frozen=True):
    """One uncrossing.

    Attributes:
        command: row of the command it was part of.
        purpose: opening, reopening (after a halt), closing or volatility (after a pause).
        price: ticks; lots: traded; both also in the feed.
        ids: order of each row of `orders`.
        orders, parameters, clearing: what the call mechanism was given and made of it; the
            clearing certificate in it is checked by `verify_clearing(orders, NETWORK, clearing,
            parameters)`.
    """

    command: int
    purpose: str
    price: int
    lots: int
    ids: Integers
    orders: Orders
    parameters: CallParameters
    clearing: Clearing


NETWORK = Network.from_links([], [], [], [], regions=[ONLY])


def uncross(
    standing: Integers, near: int | None, *, prevents: bool, command: int, purpose: str
) -> tuple[Auction, Integers] | None:
    """The auction and its fills as rows (order, lots off for self-trade, lots); None without any.

    Args:
        standing: the standing orders, as rows.
        near: the last price, or the reference, or None.
        prevents: whether own crossing orders are taken off each other.
        command, purpose: see `Auction`.
    """
    rows = standing[standing[:, S_PLACE] == IN_BOOK]
    is_market, side = rows[:, S_TYPE] == MARKET, rows[:, S_SIDE]
    limits = rows[~is_market, S_PRICE].tolist() + ([] if near is None else [near])
    if not limits or not (side > 0).any() or not (side < 0).any():
        return None
    edge = np.where(side > 0, max(limits), min(limits))
    price = np.where(is_market, edge, rows[:, S_PRICE])
    if price[side > 0].max() < price[side < 0].min():
        return None
    order = np.lexsort((rows[:, S_RANK], ~is_market, -price * side, -side))
    rows, price = rows[order], price[order]
    orders = Orders.from_columns(
        side=rows[:, S_SIDE],
        price=price,
        quantity=rows[:, S_OPEN],
        party=_parties(rows) if prevents else None,
        sequence=np.arange(len(rows)),
    )
    parameters = CallParameters.of(
        price_rule="mid" if near is None else "nearest",
        tie_chain=TIE_CHAIN_BY_TIME,
        reference_prices=None if near is None else {ONLY: near},
    )
    clearing = clear_call(orders, NETWORK, parameters)
    fills = np.zeros((len(rows), 3), np.int64)
    fills[:, 0] = rows[:, S_ORDER]
    fills[clearing.decremented["row"], 1] = clearing.decremented["lots"]
    fills[clearing.fills["row"], 2] = clearing.fills["lots"]
    found = clearing.prices.maybe("price").tolist()[0]
    auction = Auction(
        command=command,
        purpose=purpose,
        price=0 if found is None else found,
        lots=clearing.volume,
        ids=rows[:, S_ORDER].copy(),
        orders=orders,
        parameters=parameters,
        clearing=clearing,
    )
    return auction, fills[(fills[:, 1] > 0) | (fills[:, 2] > 0)]


def _parties(rows: Integers) -> Integers:
    """The group of each order; one without a group is a party of its own."""
    group = rows[:, S_GROUP]
    return np.where(group > 0, group, -rows[:, S_ORDER])

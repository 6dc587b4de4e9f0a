"""One order by itself, read as plain values: the way that costs least, for the order that is sound.

Most orders come one at a time, and looking at a table of one row costs more than all that has to be
known of it. What is found here is what :mod:`yaosu.markets.batch` and
:mod:`yaosu.markets.trading_checks` find of the same row; where an order is anything but sound
nothing is said here, and they find the refusal.
"""

from typing import Any

import numpy as np
from msgspec import Struct

from yaosu.access.decide import is_admitted
from yaosu.kernel.columns import Columns, Text
from yaosu.ledger import book
from yaosu.markets.batch import (
    ORDERS_PER_BOOK_MAX,
    PRICE_MAX,
    QUANTITY_MAX,
    ROLES,
    VALUE_MINOR_MAX,
    factor_of,
    fault_of,
    may_order_for_others,
)
from yaosu.markets.form import TEXT, Term
from yaosu.markets.form_plain import PLAIN, TIMED
from yaosu.markets.mechanisms import continuous_codes as c
from yaosu.markets.mechanisms.continuous_parameters import ContinuousParameters
from yaosu.markets.mechanisms.continuous_plain import FITS, HAS_LIMIT, HAS_STOP
from yaosu.markets.orders import NUMBER_MAX
from yaosu.markets.state import Market, MarketsReach, factors_of, session_of
from yaosu.markets.trading import terms_of
from yaosu.markets.trading_checks import NO_BAND, band_of, group_of, is_taken_in
from yaosu.markets.trading_fees import with_room_for_fees
from yaosu.markets.trading_state import TIMES, TYPES, key_of
from yaosu.rights.register import current_rights, is_divisible, lots_of

COMMON = {
    "instrument": Term(TEXT),
    "region": Term(TEXT),
    "side": Term("whole"),
    "party": Term(TEXT, ""),
    "right": Term(TEXT, ""),
}
HELD_TEXTS, HELD_NUMBERS = ("group",), ("held",)
Row = dict[str, Any]  # column -> text or whole number


class Single(Struct, frozen=True):
    """A sound order.

    Attributes:
        row: its columns as the book has them, but for its number and its place in time.
        party, asset: whose what is held.
        amount: of it.
        refused: the table without rows that tells that nothing was refused.
    """

    row: Row
    party: str
    asset: str
    amount: int
    refused: Columns


def read_single(reach: MarketsReach, market: Market, actor: str, orders: Columns) -> Single | None:
    """The one order of a batch, where it is sound; None where the general way must say.

    Funds and lots are there as well, as far as the market itself looks at them.
    """
    is_timed = market.session is not None
    if not is_timed and market.trading.mechanism not in PLAIN_ONES:
        return None
    row = _row_of(orders, TIMED_TERMS if is_timed else PLAIN_TERMS, actor)
    if row is None or not _is_known(reach, market, actor, row):
        return None
    held = row["price"]
    if is_timed:
        if not _fits_session(reach, market, row):
            return None
        held = row["held"]
    tick, lots, side = market.trading.tick_minor, row["quantity"], row["side"]
    is_small = (market.value + held * lots) * tick < VALUE_MINOR_MAX
    if not is_small or market.lots + lots >= NUMBER_MAX:
        return None
    party, amount = row["party"], held * lots * tick
    if side > 0:
        if amount and amount > reach.ledger.balance(party, market.currency, book.FREE):
            return None
        if is_timed:
            row["over"] = 0
        return Single(row, party, market.currency, amount, REFUSED[is_timed])
    if not _is_there(reach, row):
        return None
    if is_timed:
        row["over"] = reach.rights.rights[row["right"]].term_to
    return Single(row, party, row["instrument"], lots, REFUSED[is_timed])


def _row_of(orders: Columns, terms: dict[str, Term], actor: str) -> Row | None:
    """The values of the only row, with defaults for those left out; None where one is strange."""
    row: Row = {}
    found, columns = 0, orders.all_kept
    for name, term in terms.items():
        column = columns.get(name)
        if column is None:
            row[name] = actor if name == "party" else term.default
            if row[name] is None:
                return None
            continue
        found += 1
        if term.kind == TEXT:
            if not isinstance(column, Text):
                return None
            row[name] = (column.texts or column.tolist())[0]
        elif isinstance(column, list):
            row[name] = column[0]
        elif isinstance(column, np.ndarray) and column.dtype.kind == "i":
            row[name] = int(column[0])
        else:
            return None
    return row if found == len(columns) else None


def _is_known(reach: MarketsReach, market: Market, actor: str, row: Row) -> bool:
    """Whether the market trades this, and the party may order it; names the right of a sale."""
    instrument, side, party = row["instrument"], row["side"], row["party"]
    if not (
        side in ROLES
        and instrument in market.instruments
        and row["region"] in market.regions
        and 0 <= row["price"] <= PRICE_MAX
        and 1 <= row["quantity"] <= QUANTITY_MAX
        and market.rows < ORDERS_PER_BOOK_MAX
        and (party == actor or may_order_for_others(reach, actor))
    ):
        return False
    more = market.more_factors
    factor = factor_of(reach, market, instrument) if more else market.factor
    if not is_admitted(reach, party, factor, ROLES[side]):
        return False
    return not row["right"] if side > 0 else _names_right(reach, market, row)


def _names_right(reach: MarketsReach, market: Market, row: Row) -> bool:
    """Whether a sale names a right that may be sold, or its party has only one."""
    party, instrument, region = row["party"], row["instrument"], row["region"]
    if not row["right"]:
        held = [
            right.id
            for right in current_rights(reach, holder=party, instrument=instrument)
            if reach.rights.units[right.unit].region == region
        ]
        if len(held) != 1:
            return False
        row["right"] = held[0]
    right = reach.rights.rights.get(row["right"])
    return (
        right is not None
        and fault_of(reach, right, right.id, party, instrument, region) is None
        and right.factor in factors_of(market)
    )


def _is_there(reach: MarketsReach, row: Row) -> bool:
    """Whether the right of a sale has the lots, and may give a part of them."""
    name = row["right"]
    owned = lots_of(reach, name)
    if row["quantity"] > owned - reach.reserved_lots(name):
        return False
    return owned == 1 or is_divisible(reach, reach.rights.rights[name])


def _fits_session(reach: MarketsReach, market: Market, row: Row) -> bool:
    """Whether the terms of an order fit its book; what is held and whose it is are added."""
    session, terms = session_of(market), terms_of(market)
    kind, tif = TYPES.get(row["type"], -1), TIMES.get(row["time_in_force"], -1)
    if session.phase == "closed" or tif not in FITS.get(kind, ()):
        return False
    has_limit, most = kind in HAS_LIMIT, terms.price_max
    price = row["price"] if has_limit else 0
    stop = row["stop"] if kind in HAS_STOP else 0
    expiry = row["expiry"] if tif == c.GTD else 0
    if not (0 <= stop <= most and price <= most):
        return False
    if tif == c.GTD and not reach.now < expiry <= c.INSTANT_MAX:
        return False
    key = key_of(row["instrument"], row["region"])
    known = session.books.get(key)
    lots = (known.lots if known is not None else 0) + row["quantity"]
    if not is_taken_in(session, key, tif):
        return False
    if lots > ContinuousParameters(price_max=most).lots_max:
        return False
    low, high = band_of(terms, session, key)
    is_buy, held = row["side"] > 0, price
    if has_limit:
        if not low <= price <= high:
            return False
    elif is_buy:
        if high == NO_BAND:
            return False
        held = high
    row["price"], row["stop"], row["expiry"] = price, stop, expiry
    row["held"] = with_room_for_fees(held, terms.fees) if is_buy else held
    row["group"] = group_of(reach, terms, row["party"])
    return True


def _nothing(terms: dict[str, Term], texts: tuple[str, ...], numbers: tuple[str, ...]) -> Columns:
    """The table of refused rows where there are none."""
    texts = (*texts, *(name for name, term in terms.items() if term.kind == TEXT))
    numbers = (*numbers, *(name for name, term in terms.items() if term.kind != TEXT))
    return Columns(
        {
            **{name: Text.of([]) for name in (*texts, "code")},
            **{name: np.zeros(0, np.int64) for name in numbers},
        }
    )


PLAIN_ONES = ("call",)  # mechanisms with rounds whose orders are read here
PLAIN_TERMS, TIMED_TERMS = {**COMMON, **PLAIN.terms}, {**COMMON, **TIMED.terms}
REFUSED = (_nothing(PLAIN_TERMS, (), ()), _nothing(TIMED_TERMS, HELD_TEXTS, HELD_NUMBERS))

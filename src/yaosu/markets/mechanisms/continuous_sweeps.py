"""What happens to many orders at once, compiled: ends of a day, auction fills, a book put back."""

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled_small
from yaosu.markets.mechanisms.continuous_codes import (
    EXECUTED,
    GTD,
    R_EXPIRED,
    R_SELF_TRADE,
)
from yaosu.markets.mechanisms.continuous_match import (
    EVENTS_A_STEP,
    drop_order,
    take_off,
    tell_off,
)
from yaosu.markets.mechanisms.continuous_memory import (
    EXPIRES,
    FLAGS,
    H_ASIDE,
    H_EVENTS,
    H_EXPIRY,
    H_EXPIRY_AT,
    H_KIND,
    H_ORDERS_USED,
    H_PLACE,
    H_REASON,
    H_T_EXPIRY,
    H_T_GROUP,
    H_T_LEFT,
    H_T_ORDER,
    H_T_PRICE,
    H_T_SIDE,
    H_T_STOP,
    H_T_TIF,
    H_T_TOTAL,
    H_T_TYPE,
    HEAD,
    ID,
    ORDER_WIDTH,
    RANK,
    find_order,
    heap_order,
    heap_pop,
)
from yaosu.markets.mechanisms.continuous_queues import (
    emit,
    load_taker,
    move_aside_to_book,
    queue_order,
    seat_taker,
    side_of,
)

# columns of the matrix of standing orders
(
    S_ORDER, S_PLACE, S_SIDE, S_TYPE, S_TIF, S_PRICE, S_STOP, S_OPEN, S_TOTAL, S_GROUP, S_EXPIRY,
    S_RANK,
) = range(12)  # fmt: skip
STANDING_COLUMNS = (
    "order", "place", "side", "type", "time_in_force", "price", "stop", "open", "total", "group",
    "expiry", "rank",
)  # fmt: skip
IN_REGISTERS = (  # where the order at hand has what a column of the matrix says
    (S_ORDER, H_T_ORDER), (S_SIDE, H_T_SIDE), (S_TYPE, H_T_TYPE), (S_TIF, H_T_TIF),
    (S_PRICE, H_T_PRICE), (S_STOP, H_T_STOP), (S_OPEN, H_T_LEFT), (S_TOTAL, H_T_TOTAL),
    (S_GROUP, H_T_GROUP), (S_EXPIRY, H_T_EXPIRY),
)  # fmt: skip


@compiled_small
def has_room(m: Integers, events: Integers) -> bool:
    """Whether one more step may tell what it does."""
    return bool(m[H_EVENTS] + EVENTS_A_STEP <= events.shape[0])


@compiled_small
def drop_orders(m: Integers, events: Integers, ids: Integers, reasons: Integers, start: int) -> int:
    """End these orders from ``start`` on; returns how far it came before room ran out."""
    for i in range(start, ids.shape[0]):
        if not has_room(m, events):
            return i
        m[H_REASON] = reasons[i]
        drop_order(m, events, find_order(m, ids[i]))
    return int(ids.shape[0])


@compiled_small
def expire_orders(m: Integers, events: Integers, instant: int) -> bool:
    """End the orders good till an instant that has come; false where room for events ran out."""
    while m[H_EXPIRY] > 0 and m[m[H_EXPIRY_AT]] <= instant:
        if not has_room(m, events):
            return False
        until, order = m[m[H_EXPIRY_AT]], m[m[H_EXPIRY_AT] + 1]
        heap_pop(m, m[H_EXPIRY_AT], m[H_EXPIRY])
        m[H_EXPIRY] -= 1
        slot = find_order(m, order)
        if slot >= 0 and m[slot + EXPIRES] == until:
            m[H_REASON] = R_EXPIRED
            drop_order(m, events, slot)
    return True


@compiled_small
def tidy_expiry(m: Integers) -> None:
    """Forget the instants of orders that are gone."""
    length = 0
    for slot in range(HEAD, HEAD + m[H_ORDERS_USED] * ORDER_WIDTH, ORDER_WIDTH):
        if m[slot + ID] != 0 and ((m[slot + FLAGS] >> 3) & 7) == GTD:
            m[m[H_EXPIRY_AT] + 2 * length] = m[slot + EXPIRES]
            m[m[H_EXPIRY_AT] + 2 * length + 1] = m[slot + ID]
            length += 1
    m[H_EXPIRY] = length
    heap_order(m, m[H_EXPIRY_AT], length)


@compiled_small
def fill_orders(m: Integers, events: Integers, fills: Integers, price: int, start: int) -> int:
    """Carry out an auction: rows (order, lots off for self-trade, lots), as `drop_orders`."""
    for i in range(start, fills.shape[0]):
        if not has_room(m, events):
            return i
        slot = find_order(m, fills[i, 0])
        if fills[i, 1] > 0:
            m[H_REASON] = R_SELF_TRADE
            tell_off(m, events, slot, fills[i, 1])
            take_off(m, slot, fills[i, 1])
        if fills[i, 2] > 0:
            side = side_of(m[slot + FLAGS])
            m[H_KIND] = EXECUTED
            emit(m, events, m[slot + ID], side, price, fills[i, 2])
            take_off(m, slot, fills[i, 2])
    return int(fills.shape[0])


@compiled_small
def join_aside(m: Integers, events: Integers) -> bool:
    """Orders for the close join the book, in order of arrival; false where room ran out."""
    while m[H_ASIDE] >= 0:
        if not has_room(m, events):
            return False
        move_aside_to_book(m, events, m[H_ASIDE])
    return True


@compiled_small
def list_standing(m: Integers, rows: Integers) -> None:
    """Write every order that stands anywhere as a row."""
    at = 0
    for slot in range(HEAD, HEAD + m[H_ORDERS_USED] * ORDER_WIDTH, ORDER_WIDTH):
        if m[slot + ID] == 0:
            continue
        row = rows[at]
        at += 1
        row[S_PLACE] = m[slot + FLAGS] & 7
        row[S_RANK] = m[slot + RANK]
        load_taker(m, slot)
        for column, register in IN_REGISTERS:
            row[column] = m[register]


@compiled_small
def put_back(m: Integers, rows: Integers) -> None:
    """Put standing orders, sorted by rank, into an empty book that has room for them."""
    for i in range(rows.shape[0]):
        given = rows[i]
        for column, register in IN_REGISTERS:
            m[register] = given[column]
        m[H_PLACE] = given[S_PLACE]
        slot = seat_taker(m)
        queue_order(m, slot)
        m[slot + RANK] = given[S_RANK]

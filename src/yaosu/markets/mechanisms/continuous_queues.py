"""Queues of an array book: price levels, the orders in them, and what is told of each change."""

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled_small
from yaosu.markets.mechanisms.continuous_codes import (
    ADDED,
    AS_STOP,
    ASIDE,
    AT_ANY_PRICE,
    BUY,
    EXECUTED,
    GTD,
    IN_BOOK,
    KEPT,
    MARKET,
    PUBLIC_LAST,
    TRADE,
    TRIGGERED_QUEUE,
)
from yaosu.markets.mechanisms.continuous_memory import (
    ASKS,
    BIDS,
    BUY_STOPS,
    EMPTIES_MIN,
    EXPIRES,
    FLAGS,
    GROUP,
    H_ASIDE,
    H_ASIDE_TAIL,
    H_CAP_LEVELS,
    H_CAP_ORDERS,
    H_EMPTY,
    H_EVENTS,
    H_EXPIRY,
    H_EXPIRY_AT,
    H_GTD,
    H_HEAP,
    H_KIND,
    H_LEVEL_TABLE,
    H_LEVELS_AT,
    H_LEVELS_FREE,
    H_LEVELS_USED,
    H_LOTS,
    H_MATCH,
    H_NOW,
    H_OPEN,
    H_ORDER_TABLE,
    H_ORDERS_FREE,
    H_ORDERS_USED,
    H_OTHER,
    H_PLACE,
    H_QUEUE,
    H_QUEUE_TAIL,
    H_RANK,
    H_REASON,
    H_ROW,
    H_SEQUENCE,
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
    L_COUNT,
    L_HEAD,
    L_KIND,
    L_LOTS,
    L_PRICE,
    L_TAIL,
    LEVEL,
    LEVEL_WIDTH,
    LIMIT_PRICE,
    NEXT,
    OPEN,
    ORDER_WIDTH,
    PREV,
    RANK,
    SELL_STOPS,
    STOP_PRICE,
    TOTAL,
    heap_of,
    heap_order,
    heap_pop,
    heap_push,
    table_find,
    table_put,
    table_remove,
)


@compiled_small
def flags_of(place: int, tif: int, kind: int, side: int) -> int:
    """Where an order stands, its time in force, type and side in one number."""
    return place | (tif << 3) | (kind << 6) | ((side > 0) << 9)


@compiled_small
def side_of(flags: int) -> int:
    """+1 or -1."""
    return 2 * ((flags >> 9) & 1) - 1


@compiled_small
def emit(m: Integers, events: Integers, order: int, side: int, price: int, lots: int) -> None:
    """Tell of one change; public ones are numbered on.

    Its kind, the other order and the reason are in the registers; the last two are used up.
    """
    kind = m[H_KIND]
    row = m[H_EVENTS]
    m[H_EVENTS] += 1
    if kind <= PUBLIC_LAST:
        m[H_SEQUENCE] += 1
        events[row, 0] = m[H_SEQUENCE]
    else:
        events[row, 0] = 0
    events[row, 1] = m[H_ROW]
    events[row, 2] = kind
    events[row, 3] = order
    events[row, 4] = side
    events[row, 5] = price
    events[row, 6] = lots
    events[row, 7] = m[H_OTHER]
    events[row, 8] = m[H_MATCH] if kind in (EXECUTED, TRADE) else 0
    events[row, 9] = m[H_REASON]
    events[row, 10] = m[H_NOW]
    m[H_OTHER] = 0
    m[H_REASON] = 0


@compiled_small
def free_level(m: Integers, level: int) -> None:
    """Forget an empty level that has left its heap."""
    key = m[level + L_PRICE] * 4 + m[level + L_KIND]
    table_remove(m, m[H_LEVEL_TABLE], 2 * m[H_CAP_LEVELS], key)
    m[level + L_HEAD] = m[H_LEVELS_FREE]
    m[H_LEVELS_FREE] = level
    m[H_EMPTY + m[level + L_KIND]] -= 1


@compiled_small
def best_level(m: Integers, kind: int) -> int:
    """The level with orders that comes first, or -1; emptied ones on the way are forgotten."""
    heap = heap_of(m, kind)
    while m[H_HEAP + kind] > 0:
        level = m[heap + 1]
        if m[level + L_COUNT] > 0:
            return int(level)
        heap_pop(m, heap, m[H_HEAP + kind])
        m[H_HEAP + kind] -= 1
        free_level(m, level)
    return -1


@compiled_small
def drop_empties(m: Integers, kind: int) -> None:
    """Where emptied levels outnumber the others, forget them all."""
    heap = heap_of(m, kind)
    length = 0
    for i in range(m[H_HEAP + kind]):
        level = m[heap + 2 * i + 1]
        if m[level + L_COUNT] > 0:
            m[heap + 2 * length] = m[heap + 2 * i]
            m[heap + 2 * length + 1] = level
            length += 1
        else:
            free_level(m, level)
    m[H_HEAP + kind] = length
    heap_order(m, heap, length)


@compiled_small
def level_at(m: Integers, kind: int, price: int) -> int:
    """The level of a price, made where there is none."""
    cells, key = 2 * m[H_CAP_LEVELS], price * 4 + kind
    level = table_find(m, m[H_LEVEL_TABLE], cells, key)
    if level >= 0:
        return level
    level = m[H_LEVELS_FREE]
    if level >= 0:
        m[H_LEVELS_FREE] = m[level + L_HEAD]
    else:
        level = m[H_LEVELS_AT] + m[H_LEVELS_USED] * LEVEL_WIDTH
        m[H_LEVELS_USED] += 1
    m[level + L_PRICE] = price
    m[level + L_KIND] = kind
    m[level + L_HEAD] = -1
    m[level + L_TAIL] = -1
    m[level + L_LOTS] = 0
    m[level + L_COUNT] = 0
    table_put(m, m[H_LEVEL_TABLE], cells, key, level)
    rank = -price if kind in (BIDS, SELL_STOPS) else price
    heap_push(m, heap_of(m, kind), m[H_HEAP + kind], rank, level)
    m[H_HEAP + kind] += 1
    m[H_EMPTY + kind] += 1
    return int(level)


@compiled_small
def link(m: Integers, slot: int, kind: int, price: int) -> None:
    """Put an order at the back of the queue of a price."""
    level = level_at(m, kind, price)
    tail = m[level + L_TAIL]
    m[slot + LEVEL] = level
    m[slot + PREV] = tail
    m[slot + NEXT] = -1
    if tail >= 0:
        m[tail + NEXT] = slot
    else:
        m[level + L_HEAD] = slot
        m[H_EMPTY + kind] -= 1
    m[level + L_TAIL] = slot
    m[level + L_LOTS] += m[slot + OPEN]
    m[level + L_COUNT] += 1
    m[H_RANK] += 1
    m[slot + RANK] = m[H_RANK]


@compiled_small
def unlink(m: Integers, slot: int) -> None:
    """Take an order out of the queue it stands in: a price level, the aside, the triggered."""
    before = m[slot + PREV]
    after = m[slot + NEXT]
    if after >= 0:
        m[after + PREV] = before
    if before >= 0:
        m[before + NEXT] = after
    level = m[slot + LEVEL]
    if level >= 0:
        if before < 0:
            m[level + L_HEAD] = after
        if after < 0:
            m[level + L_TAIL] = before
        m[level + L_LOTS] -= m[slot + OPEN]
        m[level + L_COUNT] -= 1
        if m[level + L_COUNT] == 0:
            kind = m[level + L_KIND]
            m[H_EMPTY + kind] += 1
            empties = m[H_EMPTY + kind]
            if empties > EMPTIES_MIN and 2 * empties > m[H_HEAP + kind]:
                drop_empties(m, kind)
        return
    first = H_ASIDE if (m[slot + FLAGS] & 7) == ASIDE else H_QUEUE
    if before < 0:
        m[first] = after
    if after < 0:
        m[first + 1] = before


@compiled_small
def append_list(m: Integers, slot: int) -> None:
    """Put an order at the back of the aside or of the triggered, whichever its flags name."""
    first = H_ASIDE if (m[slot + FLAGS] & 7) == ASIDE else H_QUEUE
    tail = m[first + 1]
    m[slot + LEVEL] = -1
    m[slot + PREV] = tail
    m[slot + NEXT] = -1
    if tail >= 0:
        m[tail + NEXT] = slot
    else:
        m[first] = slot
    m[first + 1] = slot
    m[H_RANK] += 1
    m[slot + RANK] = m[H_RANK]


@compiled_small
def free_order(m: Integers, slot: int) -> None:
    """Forget an order that stands in no queue any more."""
    table_remove(m, m[H_ORDER_TABLE], 2 * m[H_CAP_ORDERS], m[slot + ID])
    m[H_LOTS] -= m[slot + OPEN]
    if ((m[slot + FLAGS] >> 3) & 7) == GTD:
        m[H_GTD] -= 1
    m[slot + ID] = 0
    m[slot + NEXT] = m[H_ORDERS_FREE]
    m[H_ORDERS_FREE] = slot
    m[H_OPEN] -= 1


@compiled_small
def reduce_order(m: Integers, slot: int, lots: int) -> None:
    """Take lots off an order that has more than these."""
    m[slot + OPEN] -= lots
    m[H_LOTS] -= lots
    level = m[slot + LEVEL]
    if level >= 0:
        m[level + L_LOTS] -= lots


@compiled_small
def keep_taker(m: Integers, events: Integers) -> None:
    """Give the order at hand the place in the register, and tell."""
    slot = seat_taker(m)
    place_order(m, events, slot)


@compiled_small
def seat_taker(m: Integers) -> int:
    """A slot for the order at hand, which stands in no queue yet."""
    slot = m[H_ORDERS_FREE]
    if slot >= 0:
        m[H_ORDERS_FREE] = m[slot + NEXT]
    else:
        slot = HEAD + m[H_ORDERS_USED] * ORDER_WIDTH
        m[H_ORDERS_USED] += 1
    side = m[H_T_SIDE]
    tif = m[H_T_TIF]
    m[slot + ID] = m[H_T_ORDER]
    m[slot + OPEN] = m[H_T_LEFT]
    m[slot + GROUP] = m[H_T_GROUP]
    m[slot + LIMIT_PRICE] = m[H_T_PRICE]
    m[slot + TOTAL] = m[H_T_TOTAL]
    m[slot + STOP_PRICE] = m[H_T_STOP]
    m[slot + EXPIRES] = m[H_T_EXPIRY]
    m[slot + FLAGS] = flags_of(m[H_PLACE], tif, m[H_T_TYPE], side)
    m[H_OPEN] += 1
    m[H_LOTS] += m[H_T_LEFT]
    table_put(m, m[H_ORDER_TABLE], 2 * m[H_CAP_ORDERS], m[H_T_ORDER], slot)
    if tif == GTD:
        m[H_GTD] += 1
        heap_push(m, m[H_EXPIRY_AT], m[H_EXPIRY], m[H_T_EXPIRY], m[H_T_ORDER])
        m[H_EXPIRY] += 1
    return int(slot)


@compiled_small
def load_taker(m: Integers, slot: int) -> None:
    """Take an order's terms into the registers of the order at hand."""
    flags = m[slot + FLAGS]
    m[H_T_ORDER] = m[slot + ID]
    m[H_T_SIDE] = side_of(flags)
    m[H_T_TYPE] = (flags >> 6) & 7
    m[H_T_TIF] = (flags >> 3) & 7
    m[H_T_PRICE] = m[slot + LIMIT_PRICE]
    m[H_T_STOP] = m[slot + STOP_PRICE]
    m[H_T_LEFT] = m[slot + OPEN]
    m[H_T_TOTAL] = m[slot + TOTAL]
    m[H_T_GROUP] = m[slot + GROUP]
    m[H_T_EXPIRY] = m[slot + EXPIRES]


@compiled_small
def place_order(m: Integers, events: Integers, slot: int) -> None:
    """Put an order into the queue its flags name, and tell."""
    price = queue_order(m, slot)
    m[H_KIND] = ADDED if (m[slot + FLAGS] & 7) == IN_BOOK else KEPT
    emit(m, events, m[slot + ID], side_of(m[slot + FLAGS]), price, m[slot + OPEN])


@compiled_small
def queue_order(m: Integers, slot: int) -> int:
    """Put an order into the queue its flags name; the price it is told with."""
    place = m[slot + FLAGS] & 7
    side = side_of(m[slot + FLAGS])
    price = m[slot + LIMIT_PRICE]
    if place == AS_STOP:
        link(m, slot, BUY_STOPS if side > 0 else SELL_STOPS, m[slot + STOP_PRICE])
    elif place == ASIDE:
        append_list(m, slot)
    else:
        price = price_in_queue(m[slot + FLAGS], price)
        link(m, slot, BIDS if side > 0 else ASKS, price)
    return int(price)


@compiled_small
def price_in_queue(flags: int, price: int) -> int:
    """The price an order queues at: its limit, or the far end for a market order."""
    if ((flags >> 6) & 7) == MARKET:
        return side_of(flags) * AT_ANY_PRICE
    return price


@compiled_small
def move_stop_to_queue(m: Integers, slot: int) -> None:
    """A reached stop leaves the stops and waits for its turn."""
    unlink(m, slot)
    m[slot + FLAGS] = (m[slot + FLAGS] & ~7) | TRIGGERED_QUEUE
    append_list(m, slot)


@compiled_small
def move_aside_to_book(m: Integers, events: Integers, slot: int) -> None:
    """An order for the close joins the book for its auction."""
    unlink(m, slot)
    m[slot + FLAGS] = (m[slot + FLAGS] & ~7) | IN_BOOK
    place_order(m, events, slot)


assert H_ASIDE_TAIL == H_ASIDE + 1
assert H_QUEUE_TAIL == H_QUEUE + 1
assert BUY > 0

"""One order of a continuous book against the other side: trades, self-trades, ends of orders."""

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled_small
from yaosu.markets.mechanisms.continuous_codes import (
    AT_ANY_PRICE,
    CANCELLED,
    DROPPED,
    EXECUTED,
    IN_BOOK,
    MARKET,
    P_BOTH,
    P_DECREMENT,
    P_MAKER,
    P_NONE,
    P_TAKER,
    R_SELF_TRADE,
)
from yaosu.markets.mechanisms.continuous_memory import (
    ASKS,
    BIDS,
    FLAGS,
    GROUP,
    H_BREAK,
    H_DYNAMIC_HIGH,
    H_DYNAMIC_LOW,
    H_EVENTS,
    H_HAS_LAST,
    H_HEAP,
    H_KIND,
    H_LAST,
    H_MATCH,
    H_OTHER,
    H_PREVENTION,
    H_REASON,
    H_SPARE,
    H_T_DROPPED,
    H_T_GROUP,
    H_T_LEFT,
    H_T_ORDER,
    H_T_PRICE,
    H_T_SIDE,
    H_T_TRADED,
    H_T_TYPE,
    ID,
    L_HEAD,
    L_LOTS,
    L_PRICE,
    LIMIT_PRICE,
    NEXT,
    OPEN,
    heap_of,
    heap_pop,
    heap_push,
)
from yaosu.markets.mechanisms.continuous_queues import (
    best_level,
    emit,
    free_order,
    price_in_queue,
    reduce_order,
    side_of,
    unlink,
)

EVENTS_A_STEP = 8  # no step between two looks at the room tells of more


@compiled_small
def drop_taker(m: Integers, events: Integers, lots: int) -> None:
    """Lots of the order at hand end without trading, for the reason in the register."""
    m[H_T_LEFT] -= lots
    m[H_T_DROPPED] += lots
    order, side = m[H_T_ORDER], m[H_T_SIDE]
    m[H_KIND] = DROPPED
    emit(m, events, order, side, m[H_T_PRICE], lots)


@compiled_small
def limit_of_taker(m: Integers) -> int:
    """The worst price the order at hand may trade at."""
    if m[H_T_TYPE] == MARKET:
        return int(m[H_T_SIDE] * AT_ANY_PRICE)
    return int(m[H_T_PRICE])


@compiled_small
def match_taker(m: Integers, events: Integers) -> bool:
    """Match the order at hand while prices meet; false where room for events ran out."""
    side = m[H_T_SIDE]
    against = ASKS if side > 0 else BIDS
    limit = limit_of_taker(m)
    group = m[H_T_GROUP] if m[H_PREVENTION] != P_NONE else 0
    while m[H_T_LEFT] > 0:
        if m[H_EVENTS] + EVENTS_A_STEP > events.shape[0]:
            return False
        level = best_level(m, against)
        if level < 0:
            break
        price = m[level + L_PRICE]
        if (price - limit) * side > 0:
            break
        if price < m[H_DYNAMIC_LOW] or price > m[H_DYNAMIC_HIGH]:
            m[H_BREAK] = 1
            break
        slot = m[level + L_HEAD]
        if group != 0 and m[slot + GROUP] == group:
            prevent(m, events, slot, price)
            continue
        lots = min(m[H_T_LEFT], m[slot + OPEN])
        m[H_MATCH] += 1
        m[H_LAST] = price
        m[H_HAS_LAST] = 1
        m[H_KIND] = EXECUTED
        m[H_OTHER] = m[H_T_ORDER]
        emit(m, events, m[slot + ID], -side, price, lots)
        m[H_T_LEFT] -= lots
        m[H_T_TRADED] += lots
        take_off(m, slot, lots)
    return True


@compiled_small
def take_off(m: Integers, slot: int, lots: int) -> None:
    """Lots of an order are gone, and the order with its last."""
    if lots < m[slot + OPEN]:
        reduce_order(m, slot, lots)
    else:
        unlink(m, slot)
        free_order(m, slot)


@compiled_small
def prevent(m: Integers, events: Integers, slot: int, price: int) -> None:
    """Two orders of one group meet: what the market's rule says happens in place of a trade."""
    mode = m[H_PREVENTION]
    mine = m[slot + OPEN]
    left = m[H_T_LEFT]
    off_maker = mine if mode in (P_MAKER, P_BOTH) else 0
    off_taker = left if mode in (P_TAKER, P_BOTH) else 0
    if mode == P_DECREMENT:
        off_maker = off_taker = min(mine, left)
    if off_maker > 0:
        order, side = m[slot + ID], -m[H_T_SIDE]
        m[H_KIND] = CANCELLED
        m[H_REASON] = R_SELF_TRADE
        emit(m, events, order, side, price, off_maker)
        take_off(m, slot, off_maker)
    if off_taker > 0:
        m[H_REASON] = R_SELF_TRADE
        drop_taker(m, events, off_taker)


@compiled_small
def is_fillable(m: Integers) -> bool:
    """Whether the order at hand can trade all its lots at once inside its limit and the band.

    Lots of the own group do not count; where meeting them would cost lots of this order, nothing
    behind them counts either.
    """
    side = m[H_T_SIDE]
    against = ASKS if side > 0 else BIDS
    limit = limit_of_taker(m)
    needed = m[H_T_LEFT]
    heap = heap_of(m, against)
    taken = 0
    while needed > 0:
        level = best_level(m, against)
        if level < 0:
            break
        price = m[level + L_PRICE]
        outside = price < m[H_DYNAMIC_LOW] or price > m[H_DYNAMIC_HIGH]
        if outside or (price - limit) * side > 0:
            break
        lots, is_open = lots_for_taker(m, level)
        needed -= lots
        if not is_open:
            break
        m[m[H_SPARE] + taken] = level
        taken += 1
        heap_pop(m, heap, m[H_HEAP + against])
        m[H_HEAP + against] -= 1
    for i in range(taken):
        level = m[m[H_SPARE] + i]
        key = m[level + L_PRICE] * (1 if against == ASKS else -1)
        heap_push(m, heap, m[H_HEAP + against], key, level)
        m[H_HEAP + against] += 1
    return bool(needed <= 0)


@compiled_small
def lots_for_taker(m: Integers, level: int) -> tuple[int, bool]:
    """Lots of a level that the order at hand could trade, and whether it would get past it."""
    mode = m[H_PREVENTION]
    group = m[H_T_GROUP] if mode != P_NONE else 0
    if group == 0:
        return m[level + L_LOTS], True
    lots = 0
    slot = m[level + L_HEAD]
    while slot >= 0:
        if m[slot + GROUP] != group:
            lots += m[slot + OPEN]
        elif mode != P_MAKER:
            return lots, False
        slot = m[slot + NEXT]
    return lots, True


@compiled_small
def drop_order(m: Integers, events: Integers, slot: int) -> None:
    """An order ends, publicly where it stood in the book, for the reason in the register."""
    tell_off(m, events, slot, m[slot + OPEN])
    unlink(m, slot)
    free_order(m, slot)


@compiled_small
def tell_off(m: Integers, events: Integers, slot: int, lots: int) -> None:
    """Tell that lots of an order that stands somewhere are gone."""
    price = price_in_queue(m[slot + FLAGS], m[slot + LIMIT_PRICE])
    m[H_KIND] = CANCELLED if (m[slot + FLAGS] & 7) == IN_BOOK else DROPPED
    emit(m, events, m[slot + ID], side_of(m[slot + FLAGS]), price, lots)


@compiled_small
def would_match(m: Integers) -> bool:
    """Whether the order at hand meets the best price of the other side."""
    level = best_level(m, ASKS if m[H_T_SIDE] > 0 else BIDS)
    if level < 0:
        return False
    return bool((m[level + L_PRICE] - limit_of_taker(m)) * m[H_T_SIDE] <= 0)

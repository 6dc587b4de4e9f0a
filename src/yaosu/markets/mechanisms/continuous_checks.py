"""What a command of the continuous market must keep to; the first fault is its outcome."""

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled_small
from yaosu.markets.mechanisms.continuous_codes import (
    AT_CLOSE,
    AT_OPEN,
    AUCTION,
    C_EXPIRY,
    C_GROUP,
    C_ORDER,
    C_PRICE,
    C_QUANTITY,
    C_SIDE,
    C_STOP,
    C_TIF,
    C_TYPE,
    CLOSED,
    CONTINUOUS,
    DAY,
    DONE,
    FOK,
    GTC,
    GTD,
    HALTED,
    INSTANT_MAX,
    IOC,
    LIMIT,
    MARKET,
    O_BAND,
    O_EXPIRY,
    O_FULL,
    O_GONE,
    O_GROUP,
    O_NOT_IN_PHASE,
    O_NOT_TAKEN,
    O_NUMBER,
    O_PRICE,
    O_QUANTITY,
    O_SIDE,
    O_STOP,
    O_TIF,
    O_TYPE,
    O_UNKNOWN,
    OPENING,
    ORDER_MAX,
    PRE_OPEN,
    STOP,
    STOP_LIMIT,
)
from yaosu.markets.mechanisms.continuous_memory import (
    FLAGS,
    H_GAPS,
    H_GAPS_AT,
    H_HIGH,
    H_LAST_ORDER,
    H_LOTS,
    H_LOTS_MAX,
    H_LOW,
    H_NOW,
    H_PHASE,
    H_PRICE_MAX,
    H_PURPOSE,
    TOTAL,
    find_order,
)


@compiled_small
def is_collecting(m: Integers) -> bool:
    """Whether orders are taken but not matched one by one."""
    return bool(m[H_PHASE] not in (CONTINUOUS, HALTED, CLOSED))


@compiled_small
def check_new(m: Integers, command: Integers) -> int:
    """The outcome of a new order: 0 where it is sound."""
    order, kind, tif = command[C_ORDER], command[C_TYPE], command[C_TIF]
    quantity = command[C_QUANTITY]
    code = DONE
    if order <= m[H_LAST_ORDER] or order > ORDER_MAX:
        code = O_NUMBER
    elif command[C_SIDE] != 1 and command[C_SIDE] != -1:
        code = O_SIDE
    elif kind < MARKET or kind > STOP_LIMIT:
        code = O_TYPE
    elif not fits_type(kind, tif):
        code = O_TIF
    elif quantity < 1 or quantity > m[H_LOTS_MAX]:
        code = O_QUANTITY
    elif tif == GTD and (command[C_EXPIRY] <= m[H_NOW] or command[C_EXPIRY] > INSTANT_MAX):
        code = O_EXPIRY
    elif command[C_GROUP] < 0:
        code = O_GROUP
    else:
        code = check_prices(m, command, kind)
    if code != DONE:
        return code
    if m[H_PHASE] in (HALTED, CLOSED):
        return O_NOT_TAKEN
    if not fits_phase(m, tif):
        return O_NOT_IN_PHASE
    if m[H_LOTS] + quantity > m[H_LOTS_MAX]:
        return O_FULL
    return DONE


@compiled_small
def fits_type(kind: int, tif: int) -> bool:
    """Which times in force an order type may have."""
    if kind == LIMIT:
        return tif in (DAY, GTC, AT_OPEN, IOC, FOK, GTD, AT_CLOSE)
    if kind == MARKET:
        return tif in (DAY, AT_OPEN, IOC, FOK, AT_CLOSE)
    return tif in (DAY, GTC, GTD) or (kind == STOP_LIMIT and tif in (IOC, FOK))


@compiled_small
def fits_phase(m: Integers, tif: int) -> bool:
    """Whether an order of this time in force has a place in the phase."""
    phase = m[H_PHASE]
    if tif == AT_OPEN:
        return bool(phase == PRE_OPEN or (phase == AUCTION and m[H_PURPOSE] == OPENING))
    if tif in (IOC, FOK):
        return bool(phase == CONTINUOUS)
    return True


@compiled_small
def check_prices(m: Integers, command: Integers, kind: int) -> int:
    """Limit and stop inside the range of the book, the limit inside the band."""
    most = m[H_PRICE_MAX]
    price, stop = command[C_PRICE], command[C_STOP]
    if kind in (STOP, STOP_LIMIT) and (stop < -most or stop > most):
        return O_STOP
    if kind in (LIMIT, STOP_LIMIT):
        if price < -most or price > most:
            return O_PRICE
        if price < m[H_LOW] or price > m[H_HIGH]:
            return O_BAND
    return DONE


@compiled_small
def check_replace(m: Integers, command: Integers) -> int:
    """The outcome of new terms: 0 where they are sound and the order stands."""
    slot = find_order(m, command[C_ORDER])
    if slot < 0:
        return gone_or_unknown(m, command[C_ORDER])
    quantity = command[C_QUANTITY]
    if quantity < 1 or quantity > m[H_LOTS_MAX]:
        return O_QUANTITY
    code = check_prices(m, command, (m[slot + FLAGS] >> 6) & 7)
    if code != DONE:
        return code
    if m[H_PHASE] in (HALTED, CLOSED):
        return O_NOT_TAKEN
    if m[H_LOTS] + quantity - m[slot + TOTAL] > m[H_LOTS_MAX]:
        return O_FULL
    return DONE


@compiled_small
def gone_or_unknown(m: Integers, order: int) -> int:
    """Whether an order that does not stand once did (too late), or was never there."""
    if order < 1 or order > m[H_LAST_ORDER]:
        return O_UNKNOWN
    low, high = 0, m[H_GAPS]
    while low < high:
        middle = (low + high) >> 1
        if m[m[H_GAPS_AT] + 2 * middle + 1] < order:
            low = middle + 1
        else:
            high = middle
    if low < m[H_GAPS] and m[m[H_GAPS_AT] + 2 * low] <= order:
        return O_UNKNOWN
    return O_GONE

"""The continuous market in compiled code: commands in, events out, price first, then time.

One command after the other: checked, matched against the other side while prices meet, the rest
kept or dropped; then the stops that the last price has reached, each in turn. Where the room for
events runs out the work stops between two matches and goes on from the registers.
"""

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled_small
from yaosu.markets.mechanisms.continuous_checks import (
    check_new,
    check_replace,
    gone_or_unknown,
    is_collecting,
)
from yaosu.markets.mechanisms.continuous_codes import (
    AS_STOP,
    ASIDE,
    AT_ANY_PRICE,
    AT_CLOSE,
    AUCTION,
    BASIS,
    C_EXPIRY,
    C_GROUP,
    C_INSTANT,
    C_KIND,
    C_ORDER,
    C_PRICE,
    C_QUANTITY,
    C_SIDE,
    C_STOP,
    C_TIF,
    C_TYPE,
    CANCEL,
    CLOCK,
    CLOSING,
    CONTINUOUS,
    DONE,
    FOK,
    GTD,
    IN_BOOK,
    IOC,
    LIMIT,
    MARKET,
    NEW,
    O_COMMAND,
    O_TIME,
    PAUSED,
    PHASE,
    R_ASKED,
    R_BREAKER,
    R_REPLACED,
    R_UNFILLED,
    REPLACE,
    REPLACED,
    STATE,
    STOP,
    STOP_LIMIT,
    TRIGGERED,
)
from yaosu.markets.mechanisms.continuous_match import (
    EVENTS_A_STEP,
    drop_order,
    drop_taker,
    is_fillable,
    match_taker,
    tell_off,
    would_match,
)
from yaosu.markets.mechanisms.continuous_memory import (
    ASKS,
    BIDS,
    BUY_STOPS,
    FLAGS,
    H_BREAK,
    H_CAP_EXPIRY,
    H_CAP_GAPS,
    H_CAP_LEVELS,
    H_CAP_ORDERS,
    H_CODE,
    H_DYNAMIC,
    H_DYNAMIC_HIGH,
    H_DYNAMIC_LOW,
    H_EVENTS,
    H_EXPIRY,
    H_EXPIRY_AT,
    H_GAPS,
    H_GAPS_AT,
    H_HAS_LAST,
    H_KIND,
    H_LAST,
    H_LAST_ORDER,
    H_LEVELS_FREE,
    H_LEVELS_USED,
    H_LOTS,
    H_NOW,
    H_ORDERS_FREE,
    H_ORDERS_USED,
    H_OTHER,
    H_PAUSE,
    H_PHASE,
    H_PLACE,
    H_PURPOSE,
    H_QUEUE,
    H_REASON,
    H_ROW,
    H_STAGE,
    H_T_DROPPED,
    H_T_EXPIRY,
    H_T_GROUP,
    H_T_IS_STOP,
    H_T_LEFT,
    H_T_ORDER,
    H_T_PRICE,
    H_T_SIDE,
    H_T_STOP,
    H_T_TIF,
    H_T_TOTAL,
    H_T_TRADED,
    H_T_TYPE,
    H_UNTIL,
    ID,
    L_COUNT,
    L_HEAD,
    L_PRICE,
    LIMIT_PRICE,
    OPEN,
    SELL_STOPS,
    STOP_PRICE,
    TOTAL,
    find_order,
)
from yaosu.markets.mechanisms.continuous_queues import (
    best_level,
    emit,
    free_order,
    keep_taker,
    link,
    load_taker,
    move_stop_to_queue,
    price_in_queue,
    reduce_order,
    side_of,
    unlink,
)

IDLE, MATCHING, STOPS = 0, 1, 2  # what is worked on
FINISHED, NEEDS_ROOM, NEEDS_CLOCK, NEEDS_PHASE = 0, 1, 2, 3


@compiled_small
def work(
    m: Integers,
    commands: Integers,
    events: Integers,
    outcomes: Integers,
    kind: int,
    order: int,
    side: int,
    order_type: int,
    tif: int,
    price: int,
    quantity: int,
    group: int,
    instant: int,
) -> int:
    """Work on commands from the row in the register to the last, or until something is needed.

    With a ``kind`` of -1 the commands are in the matrix; else the one command is given by the
    other numbers, and the matrix has one row to write it in.
    """
    if kind >= 0:
        write_command(commands, kind, order, side, order_type, tif, price)
        commands[0, C_QUANTITY] = quantity
        commands[0, C_GROUP] = group
        commands[0, C_INSTANT] = instant
        m[H_ROW] = 0
        m[H_EVENTS] = 0
    rows = commands.shape[0]
    while True:
        if m[H_STAGE] == MATCHING:
            if not match_taker(m, events):
                return NEEDS_ROOM
            finish_taker(m, events)
            if m[H_T_IS_STOP] == 0:
                m[H_CODE] = DONE
                answer(m, outcomes)
            m[H_STAGE] = STOPS
        if m[H_STAGE] == STOPS:
            if m[H_QUEUE] < 0 and not collect_stops(m):
                m[H_STAGE] = IDLE
                m[H_ROW] += 1
            elif lacks_room(m, events):
                return NEEDS_ROOM
            else:
                take_stop(m, events)
            continue
        if m[H_ROW] >= rows:
            return FINISHED
        if lacks_room(m, events):
            return NEEDS_ROOM
        command = commands[m[H_ROW]]
        if not pass_instant(m, command[C_INSTANT]):
            return NEEDS_CLOCK
        if command[C_KIND] == PHASE:
            return NEEDS_PHASE
        begin_command(m, events, command, outcomes)
        if m[H_STAGE] == IDLE:
            m[H_ROW] += 1


@compiled_small
def write_command(
    commands: Integers, kind: int, order: int, side: int, order_type: int, tif: int, price: int
) -> None:
    """The first numbers of a single command; it has no stop and no term."""
    commands[0, C_KIND] = kind
    commands[0, C_ORDER] = order
    commands[0, C_SIDE] = side
    commands[0, C_TYPE] = order_type
    commands[0, C_TIF] = tif
    commands[0, C_PRICE] = price
    commands[0, C_STOP] = 0
    commands[0, C_EXPIRY] = 0


@compiled_small
def begin_stops(m: Integers) -> None:
    """Have the next `work` set off the stops that the last price has reached."""
    set_dynamic_band(m)
    m[H_STAGE] = STOPS
    m[H_T_IS_STOP] = 1


@compiled_small
def lacks_room(m: Integers, events: Integers) -> bool:
    """Whether a step might not find the room it needs."""
    return bool(
        m[H_EVENTS] + EVENTS_A_STEP > events.shape[0]
        or (m[H_ORDERS_FREE] < 0 and m[H_ORDERS_USED] >= m[H_CAP_ORDERS])
        or (m[H_LEVELS_FREE] < 0 and m[H_LEVELS_USED] >= m[H_CAP_LEVELS])
        or m[H_EXPIRY] >= m[H_CAP_EXPIRY]
        or m[H_GAPS] >= m[H_CAP_GAPS]
    )


@compiled_small
def pass_instant(m: Integers, instant: int) -> bool:
    """Put the clock on; false where something is due before."""
    if instant <= m[H_NOW]:
        return True
    if 0 < m[H_UNTIL] <= instant:
        return False
    if m[H_EXPIRY] > 0 and m[m[H_EXPIRY_AT]] <= instant:
        return False
    m[H_NOW] = instant
    return True


@compiled_small
def set_dynamic_band(m: Integers) -> None:
    """One command, with all the stops it sets off, may move the price by the dynamic band."""
    if m[H_DYNAMIC] == 0 or m[H_HAS_LAST] == 0:
        m[H_DYNAMIC_LOW], m[H_DYNAMIC_HIGH] = -AT_ANY_PRICE, AT_ANY_PRICE
        return
    last = m[H_LAST]
    width = abs(last) * m[H_DYNAMIC] // BASIS
    m[H_DYNAMIC_LOW], m[H_DYNAMIC_HIGH] = last - width, last + width


@compiled_small
def answer(m: Integers, outcomes: Integers) -> None:
    """Write the outcome of the command at hand; what is open is what is left of its order."""
    row = outcomes[m[H_ROW]]
    row[0] = m[H_CODE]
    row[1] = m[H_T_TRADED]
    row[2] = m[H_T_LEFT]
    row[3] = m[H_T_DROPPED]


@compiled_small
def begin_command(m: Integers, events: Integers, command: Integers, outcomes: Integers) -> None:
    """Check a command and carry it out, or set the taker up for matching."""
    kind = command[C_KIND]
    m[H_T_TRADED] = 0
    m[H_T_DROPPED] = 0
    m[H_T_LEFT] = 0
    m[H_T_IS_STOP] = 0
    set_dynamic_band(m)
    code = DONE
    if 0 < command[C_INSTANT] < m[H_NOW]:
        code = O_TIME
    elif kind == NEW:
        code = check_new(m, command)
        if code == DONE:
            take_new(m, events, command)
    elif kind == CANCEL:
        slot = find_order(m, command[C_ORDER])
        if slot < 0:
            code = gone_or_unknown(m, command[C_ORDER])
        else:
            m[H_T_DROPPED] = m[slot + OPEN]
            m[H_REASON] = R_ASKED
            drop_order(m, events, slot)
    elif kind == REPLACE:
        code = check_replace(m, command)
        if code == DONE:
            replace_order(m, events, command, find_order(m, command[C_ORDER]))
    elif kind != CLOCK:
        code = O_COMMAND
    if m[H_STAGE] == IDLE:
        m[H_CODE] = code
        answer(m, outcomes)


@compiled_small
def take_new(m: Integers, events: Integers, command: Integers) -> None:
    """A sound new order: its number counts, and it goes where its terms send it."""
    order = command[C_ORDER]
    if order > m[H_LAST_ORDER] + 1:
        gap = m[H_GAPS_AT] + 2 * m[H_GAPS]
        m[gap] = m[H_LAST_ORDER] + 1
        m[gap + 1] = order - 1
        m[H_GAPS] += 1
    m[H_LAST_ORDER] = order
    kind = command[C_TYPE]
    has_stop = kind in (STOP, STOP_LIMIT)
    tif = command[C_TIF]
    m[H_T_ORDER] = order
    m[H_T_SIDE] = command[C_SIDE]
    m[H_T_TYPE] = kind
    m[H_T_TIF] = tif
    m[H_T_PRICE] = command[C_PRICE] if kind in (LIMIT, STOP_LIMIT) else 0
    m[H_T_STOP] = command[C_STOP] if has_stop else 0
    m[H_T_LEFT] = command[C_QUANTITY]
    m[H_T_TOTAL] = command[C_QUANTITY]
    m[H_T_GROUP] = command[C_GROUP]
    m[H_T_EXPIRY] = command[C_EXPIRY] if tif == GTD else 0
    enter(m, events)


@compiled_small
def enter(m: Integers, events: Integers) -> None:
    """The taker at hand waits as a stop, stands aside, queues, or is set up for matching."""
    if m[H_T_TYPE] in (STOP, STOP_LIMIT):
        if m[H_PHASE] != CONTINUOUS or not is_reached(m, m[H_T_SIDE], m[H_T_STOP]):
            m[H_PLACE] = AS_STOP
            keep_taker(m, events)
            return
        tell_triggered(m, events)
    tif = m[H_T_TIF]
    if tif == AT_CLOSE and not (m[H_PHASE] == AUCTION and m[H_PURPOSE] == CLOSING):
        m[H_PLACE] = ASIDE
        keep_taker(m, events)
    elif m[H_PHASE] == CONTINUOUS:
        if tif == FOK and not is_fillable(m):
            m[H_REASON] = R_UNFILLED
            drop_taker(m, events, m[H_T_LEFT])
        else:
            m[H_STAGE] = MATCHING
    elif tif in (IOC, FOK):
        m[H_REASON] = R_UNFILLED
        drop_taker(m, events, m[H_T_LEFT])
    else:
        m[H_PLACE] = IN_BOOK
        keep_taker(m, events)


@compiled_small
def tell_triggered(m: Integers, events: Integers) -> None:
    """The stop at hand is an order like others from here on."""
    order, side = m[H_T_ORDER], m[H_T_SIDE]
    m[H_KIND] = TRIGGERED
    emit(m, events, order, side, m[H_T_STOP], m[H_T_LEFT])
    m[H_T_TYPE] -= STOP - MARKET


@compiled_small
def is_reached(m: Integers, side: int, stop: int) -> bool:
    """Whether the last price has reached a stop: upward for a buy, downward for a sale."""
    return bool(m[H_HAS_LAST] != 0 and (m[H_LAST] - stop) * side >= 0)


@compiled_small
def finish_taker(m: Integers, events: Integers) -> None:
    """What is left of the order at hand rests, or ends; a broken band pauses the market."""
    broken = m[H_BREAK] != 0
    if broken:
        m[H_BREAK] = 0
        m[H_PHASE] = PAUSED
        m[H_UNTIL] = m[H_NOW] + m[H_PAUSE] if m[H_PAUSE] > 0 else 0
        nobody = m[H_BREAK]
        m[H_KIND], m[H_OTHER], m[H_REASON] = STATE, PAUSED, R_BREAKER
        emit(m, events, nobody, nobody, m[H_LAST], nobody)
    if m[H_T_LEFT] > 0:
        if m[H_T_TYPE] == MARKET or m[H_T_TIF] in (IOC, FOK):
            m[H_REASON] = R_BREAKER if broken else R_UNFILLED
            drop_taker(m, events, m[H_T_LEFT])
        else:
            m[H_PLACE] = IN_BOOK
            keep_taker(m, events)


@compiled_small
def collect_stops(m: Integers) -> bool:
    """Move the stops that the last price has reached to the queue, nearest price first."""
    if m[H_PHASE] != CONTINUOUS:
        return False
    for kind in (BUY_STOPS, SELL_STOPS):
        side = 1 if kind == BUY_STOPS else -1
        while True:
            level = best_level(m, kind)
            if level < 0 or not is_reached(m, side, m[level + L_PRICE]):
                break
            while m[level + L_COUNT] > 1:
                move_stop_to_queue(m, m[level + L_HEAD])
            move_stop_to_queue(m, m[level + L_HEAD])
    return bool(m[H_QUEUE] >= 0)


@compiled_small
def take_stop(m: Integers, events: Integers) -> None:
    """The first stop of the queue becomes the order at hand."""
    slot = m[H_QUEUE]
    load_taker(m, slot)
    m[H_T_IS_STOP] = 1
    unlink(m, slot)
    free_order(m, slot)
    tell_triggered(m, events)
    enter(m, events)


@compiled_small
def replace_order(m: Integers, events: Integers, command: Integers, slot: int) -> None:
    """New terms for an order: fewer lots keep its place in time, all else is a new place."""
    kind = (m[slot + FLAGS] >> 6) & 7
    in_book = (m[slot + FLAGS] & 7) == IN_BOOK
    price = command[C_PRICE] if kind in (LIMIT, STOP_LIMIT) else 0
    stop = command[C_STOP] if kind in (STOP, STOP_LIMIT) else m[slot + STOP_PRICE]
    left = command[C_QUANTITY] - (m[slot + TOTAL] - m[slot + OPEN])
    if left <= 0:
        m[H_T_DROPPED] = m[slot + OPEN]
        m[H_REASON] = R_REPLACED
        drop_order(m, events, slot)
        return
    if price == m[slot + LIMIT_PRICE] and stop == m[slot + STOP_PRICE] and left <= m[slot + OPEN]:
        lots = m[slot + OPEN] - left
        m[H_T_DROPPED] = lots
        m[H_T_LEFT] = left
        m[slot + TOTAL] = command[C_QUANTITY]
        if lots > 0:
            m[H_REASON] = R_REPLACED
            tell_off(m, events, slot, lots)
            reduce_order(m, slot, lots)
        return
    load_taker(m, slot)
    m[H_T_PRICE] = price
    m[H_T_STOP] = stop
    m[H_T_LEFT] = left
    m[H_T_TOTAL] = command[C_QUANTITY]
    if in_book and (is_collecting(m) or not would_match(m)):
        unlink(m, slot)
        m[H_LOTS] += left - m[slot + OPEN]
        m[slot + OPEN] = left
        m[slot + TOTAL] = command[C_QUANTITY]
        m[slot + LIMIT_PRICE] = price
        side = side_of(m[slot + FLAGS])
        at = price_in_queue(m[slot + FLAGS], price)
        link(m, slot, BIDS if side > 0 else ASKS, at)
        m[H_KIND] = REPLACED
        emit(m, events, m[slot + ID], side, at, left)
        return
    m[H_REASON] = R_REPLACED
    tell_off(m, events, slot, m[slot + OPEN])
    unlink(m, slot)
    free_order(m, slot)
    enter(m, events)

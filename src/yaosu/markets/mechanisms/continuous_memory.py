"""The memory of an array book: one array of whole numbers, its parts, hash tables and heaps.

Everything a book knows lies in one int64 array: a head of registers, then orders, price levels,
hash tables, heaps. An order or a level is named by its place in the array: ``m[order + OPEN]``. So
a copy of a book is one copy of an array, and compiled code is called with one argument for it.
Orders and levels are found through open-addressing tables (linear probing, removal by shifting
back); the best price is the top of a heap whose emptied levels are removed when they
surface or when they outnumber the others. No result depends on where a key hashes to.
"""

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled_small

HEAD = 80
# registers that are part of the book's state
(
    H_PHASE, H_PURPOSE, H_NOW, H_UNTIL, H_LAST, H_HAS_LAST, H_REFERENCE, H_HAS_REFERENCE,
    H_SEQUENCE, H_MATCH, H_RANK, H_LAST_ORDER,
) = range(12)  # fmt: skip
REGISTERS = (
    "phase", "purpose", "now", "until", "last", "has_last", "reference", "has_reference",
    "sequence", "match", "rank", "last_order",
)  # fmt: skip
# parameters
H_PREVENTION, H_PRICE_MAX, H_LOTS_MAX, H_STATIC, H_DYNAMIC, H_PAUSE = range(12, 18)
# derived, or only meaningful while a command is worked on
H_LOW, H_HIGH, H_DYNAMIC_LOW, H_DYNAMIC_HIGH, H_LOTS, H_OPEN = range(18, 24)
H_EMPTY = 24  # four: levels without orders, by kind
H_HEAP = 28  # four: length of each heap
H_EXPIRY, H_GTD, H_GAPS = 32, 33, 34
H_ASIDE, H_ASIDE_TAIL, H_QUEUE, H_QUEUE_TAIL = 35, 36, 37, 38
H_ORDERS_USED, H_ORDERS_FREE, H_LEVELS_USED, H_LEVELS_FREE = 39, 40, 41, 42
H_STAGE, H_ROW, H_EVENTS = 43, 44, 45
(
    H_T_ORDER, H_T_SIDE, H_T_TYPE, H_T_TIF, H_T_PRICE, H_T_STOP, H_T_LEFT, H_T_TOTAL, H_T_GROUP,
    H_T_EXPIRY, H_T_TRADED, H_T_DROPPED, H_T_IS_STOP,
) = range(46, 59)  # fmt: skip
H_CAP_ORDERS, H_CAP_LEVELS, H_CAP_EXPIRY, H_CAP_GAPS, H_BREAK = 59, 60, 61, 62, 63
# where the parts begin; the orders begin behind the head
(
    H_LEVELS_AT, H_ORDER_TABLE, H_LEVEL_TABLE, H_HEAPS, H_SPARE, H_EXPIRY_AT, H_GAPS_AT, H_END,
) = range(64, 72)  # fmt: skip
# what is about to be told, and where an order is about to stand: here and not arguments, since
# compiled code is made anew for every constant that an argument can be
H_KIND, H_OTHER, H_REASON, H_PLACE, H_CODE = 72, 73, 74, 75, 76

ID, OPEN, NEXT, PREV, LEVEL, GROUP, LIMIT_PRICE, TOTAL = 0, 1, 2, 3, 4, 5, 6, 7
FLAGS, STOP_PRICE, EXPIRES, RANK = 8, 9, 10, 11
ORDER_WIDTH = 12
L_PRICE, L_KIND, L_HEAD, L_TAIL, L_LOTS, L_COUNT = 0, 1, 2, 3, 4, 5
LEVEL_WIDTH = 6
BIDS, ASKS, BUY_STOPS, SELL_STOPS = 0, 1, 2, 3
EMPTIES_MIN = 64  # a heap with fewer emptied levels is left alone


@compiled_small
def lay_out(m: Integers, orders: int, levels: int, expiry: int, gaps: int) -> None:
    """Write the capacities (the first two powers of two) and where the parts begin."""
    m[H_CAP_ORDERS], m[H_CAP_LEVELS], m[H_CAP_EXPIRY], m[H_CAP_GAPS] = orders, levels, expiry, gaps
    m[H_LEVELS_AT] = HEAD + orders * ORDER_WIDTH
    m[H_ORDER_TABLE] = m[H_LEVELS_AT] + levels * LEVEL_WIDTH
    m[H_LEVEL_TABLE] = m[H_ORDER_TABLE] + orders * 4
    m[H_HEAPS] = m[H_LEVEL_TABLE] + levels * 4
    m[H_SPARE] = m[H_HEAPS] + levels * 8
    m[H_EXPIRY_AT] = m[H_SPARE] + levels
    m[H_GAPS_AT] = m[H_EXPIRY_AT] + expiry * 2
    m[H_END] = m[H_GAPS_AT] + gaps * 2


@compiled_small
def hash_of(key: int) -> int:
    """Spread keys; every product stays inside 63 bits."""
    folded = (key ^ (key >> 31)) & 0x7FFFFFFF
    return (folded * 2654435761) >> 15


@compiled_small
def table_find(m: Integers, table: int, cells: int, key: int) -> int:
    """The value of a key in the table of so many cells that begins there, or -1."""
    mask = cells - 1
    at = hash_of(key) & mask
    while m[table + 2 * at + 1] != 0:
        if m[table + 2 * at] == key:
            return int(m[table + 2 * at + 1])
        at = (at + 1) & mask
    return -1


@compiled_small
def table_put(m: Integers, table: int, cells: int, key: int, value: int) -> None:
    """Add a key that is not there; its value is not 0."""
    mask = cells - 1
    at = hash_of(key) & mask
    while m[table + 2 * at + 1] != 0:
        at = (at + 1) & mask
    m[table + 2 * at] = key
    m[table + 2 * at + 1] = value


@compiled_small
def table_remove(m: Integers, table: int, cells: int, key: int) -> None:
    """Take a key out and close its gap."""
    mask = cells - 1
    hole = hash_of(key) & mask
    while m[table + 2 * hole] != key or m[table + 2 * hole + 1] == 0:
        hole = (hole + 1) & mask
    at = (hole + 1) & mask
    while m[table + 2 * at + 1] != 0:
        home = hash_of(m[table + 2 * at]) & mask
        if ((at - home) & mask) >= ((at - hole) & mask):
            m[table + 2 * hole] = m[table + 2 * at]
            m[table + 2 * hole + 1] = m[table + 2 * at + 1]
            hole = at
        at = (at + 1) & mask
    m[table + 2 * hole + 1] = 0


@compiled_small
def find_order(m: Integers, order: int) -> int:
    """Where the order of this number stands, or -1."""
    return table_find(m, m[H_ORDER_TABLE], 2 * m[H_CAP_ORDERS], order)


@compiled_small
def heap_push(m: Integers, heap: int, length: int, key: int, value: int) -> None:
    """Add (key, value) to the heap of this length that begins there, the least one on top."""
    at = length
    while at > 0:
        parent = (at - 1) >> 1
        above = m[heap + 2 * parent]
        if above < key or (above == key and m[heap + 2 * parent + 1] <= value):
            break
        m[heap + 2 * at] = above
        m[heap + 2 * at + 1] = m[heap + 2 * parent + 1]
        at = parent
    m[heap + 2 * at] = key
    m[heap + 2 * at + 1] = value


@compiled_small
def heap_pop(m: Integers, heap: int, length: int) -> None:
    """Take the top off a heap of this length."""
    last = heap + 2 * (length - 1)
    at = length - length
    heap_sink(m, heap, length - 1, at, m[last], m[last + 1])


@compiled_small
def heap_sink(m: Integers, heap: int, length: int, start: int, key: int, value: int) -> None:
    """Put (key, value) at ``start`` or below, so that the heap holds again from there down."""
    at = start
    while True:
        child = 2 * at + 1
        if child >= length:
            break
        left = heap + 2 * child
        if child + 1 < length and (
            m[left + 2] < m[left] or (m[left + 2] == m[left] and m[left + 3] < m[left + 1])
        ):
            child += 1
            left += 2
        if key < m[left] or (key == m[left] and value <= m[left + 1]):
            break
        m[heap + 2 * at] = m[left]
        m[heap + 2 * at + 1] = m[left + 1]
        at = child
    m[heap + 2 * at] = key
    m[heap + 2 * at + 1] = value


@compiled_small
def heap_order(m: Integers, heap: int, length: int) -> None:
    """Make a heap of the first ``length`` pairs; O(length)."""
    for at in range(length // 2 - 1, -1, -1):
        heap_sink(m, heap, length, at, m[heap + 2 * at], m[heap + 2 * at + 1])


@compiled_small
def heap_of(m: Integers, kind: int) -> int:
    """Where the heap of a kind of levels begins."""
    return int(m[H_HEAPS] + 2 * kind * m[H_CAP_LEVELS])


@compiled_small
def enlarge(m: Integers, larger: Integers) -> None:
    """Move a book into a larger memory that is laid out already; orders keep their places."""
    old_levels, new_levels = m[H_LEVELS_AT], larger[H_LEVELS_AT]
    shift = new_levels - old_levels
    for i in range(H_CAP_ORDERS):
        larger[i] = m[i]
    larger[H_BREAK] = m[H_BREAK]
    if m[H_LEVELS_FREE] >= 0:
        larger[H_LEVELS_FREE] = m[H_LEVELS_FREE] + shift
    for order in range(HEAD, HEAD + m[H_ORDERS_USED] * ORDER_WIDTH, ORDER_WIDTH):
        for i in range(ORDER_WIDTH):
            larger[order + i] = m[order + i]
        if m[order + ID] != 0:
            if m[order + LEVEL] >= 0:
                larger[order + LEVEL] = m[order + LEVEL] + shift
            cells = 2 * larger[H_CAP_ORDERS]
            table_put(larger, larger[H_ORDER_TABLE], cells, m[order + ID], order)
    for i in range(m[H_LEVELS_USED] * LEVEL_WIDTH):
        larger[new_levels + i] = m[old_levels + i]
    level = m[H_LEVELS_FREE]
    while level >= 0:  # a free level names the next free one
        following = m[level + L_HEAD]
        larger[level + shift + L_HEAD] = following + shift if following >= 0 else -1
        level = following
    for kind in range(4):
        source, target = heap_of(m, kind), heap_of(larger, kind)
        for i in range(m[H_HEAP + kind]):
            level = m[source + 2 * i + 1] + shift
            larger[target + 2 * i] = m[source + 2 * i]
            larger[target + 2 * i + 1] = level
            key = larger[level + L_PRICE] * 4 + kind
            table_put(larger, larger[H_LEVEL_TABLE], 2 * larger[H_CAP_LEVELS], key, level)
    for i in range(2 * m[H_EXPIRY]):
        larger[larger[H_EXPIRY_AT] + i] = m[m[H_EXPIRY_AT] + i]
    for i in range(2 * m[H_GAPS]):
        larger[larger[H_GAPS_AT] + i] = m[m[H_GAPS_AT] + i]

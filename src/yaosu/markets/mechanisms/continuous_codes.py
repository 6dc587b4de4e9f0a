"""The words of the continuous market as numbers: what is sent, what comes back, what is kept.

Order types, times in force and the answers to a late and to an unknown cancel follow the FIX
vocabulary (FIX Trading Community, FIX 5.0 SP2, tags 40, 59, 102); the feed has the shape of
Nasdaq's TotalView-ITCH 5.0.
"""

# commands: columns of the matrix, and kinds
C_KIND, C_ORDER, C_SIDE, C_TYPE, C_TIF, C_PRICE = 0, 1, 2, 3, 4, 5
C_STOP, C_QUANTITY, C_EXPIRY, C_GROUP, C_INSTANT = 6, 7, 8, 9, 10
COMMAND_COLUMNS = (
    "kind", "order", "side", "type", "time_in_force", "price",
    "stop", "quantity", "expiry", "group", "instant",
)  # fmt: skip
NEW, CANCEL, REPLACE, PHASE, CLOCK = 0, 1, 2, 3, 4
MARKET, LIMIT, STOP, STOP_LIMIT = 1, 2, 3, 4
DAY, GTC, AT_OPEN, IOC, FOK, GTD, AT_CLOSE = 0, 1, 2, 3, 4, 6, 7
BUY, SELL = 1, -1

# phases
CLOSED, PRE_OPEN, AUCTION, CONTINUOUS, PAUSED, HALTED = 0, 1, 2, 3, 4, 5
PHASES = ("closed", "pre_open", "auction", "continuous", "paused", "halted")
NO_AUCTION, OPENING, REOPENING, CLOSING = 0, 1, 2, 3  # what an auction phase is for
PURPOSES = ("", "opening", "reopening", "closing")

# self-trade prevention
PREVENTIONS = ("none", "cancel_taker", "cancel_maker", "cancel_both", "decrement")
P_NONE, P_TAKER, P_MAKER, P_BOTH, P_DECREMENT = 0, 1, 2, 3, 4

# events: columns of the matrix, and kinds; the first six are the public feed
EVENT_COLUMNS = (
    "sequence", "command", "kind", "order", "side", "price",
    "lots", "other", "match", "reason", "instant",
)  # fmt: skip
E_SEQUENCE, E_COMMAND, E_KIND, E_ORDER, E_SIDE, E_PRICE = 0, 1, 2, 3, 4, 5
E_LOTS, E_OTHER, E_MATCH, E_REASON, E_INSTANT = 6, 7, 8, 9, 10
ADDED, EXECUTED, CANCELLED, REPLACED, TRADE, STATE = 1, 2, 3, 4, 5, 6
KEPT, TRIGGERED, DROPPED = 7, 8, 9
EVENT_KINDS = (
    "", "added", "executed", "cancelled", "replaced", "trade", "state",
    "kept", "triggered", "dropped",
)  # fmt: skip
PUBLIC_LAST = STATE

# why lots were cancelled or dropped, why the phase changed
R_ASKED, R_REPLACED, R_SELF_TRADE, R_UNFILLED, R_EXPIRED = 1, 2, 3, 4, 5
R_DAY_END, R_BAND, R_BREAKER, R_TIME, R_NOT_TAKEN = 6, 7, 8, 9, 10
REASONS = (
    "", "asked", "replaced", "self_trade", "unfilled", "expired",
    "day_end", "outside_band", "breaker", "time", "not_taken",
)  # fmt: skip

# where an order stands
IN_BOOK, AS_STOP, ASIDE, TRIGGERED_QUEUE = 0, 1, 2, 3

# outcome of a command
DONE = 0
OUTCOMES = (
    "",
    "markets.order_unknown",
    "markets.order_gone",
    "markets.order_number_not_rising",
    "markets.order_side",
    "markets.order_type",
    "markets.order_time_in_force",
    "markets.order_price",
    "markets.order_stop",
    "markets.order_quantity",
    "markets.order_expiry",
    "markets.order_outside_band",
    "markets.orders_not_taken",
    "markets.order_not_in_phase",
    "markets.order_group",
    "markets.command_unknown",
    "markets.book_full",
    "markets.phase_change",
    "markets.time_runs_back",
)
(
    O_UNKNOWN, O_GONE, O_NUMBER, O_SIDE, O_TYPE, O_TIF, O_PRICE, O_STOP, O_QUANTITY, O_EXPIRY,
    O_BAND, O_NOT_TAKEN, O_NOT_IN_PHASE, O_GROUP, O_COMMAND, O_FULL, O_PHASE, O_TIME,
) = range(1, 19)  # fmt: skip
A_CODE, A_TRADED, A_OPEN, A_DROPPED = 0, 1, 2, 3
OUTCOME_COLUMNS = ("code", "traded", "open", "dropped")

# limits
ORDER_MAX = 2**61
INSTANT_MAX = 2**61
PRICE_MAX = 2**44
LOTS_TIMES_PRICE_MAX = 2**61
AT_ANY_PRICE = 2**60  # the limit of a market order that waits for an auction, with its side's sign
BASIS = 10_000

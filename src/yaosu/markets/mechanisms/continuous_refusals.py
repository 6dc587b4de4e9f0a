"""Why one command of a batch may not be; the codes stand in the outcomes, row by row."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "markets.order_unknown": (
            "no order of this number ever came",
            "look up the numbers of your orders",
        ),
        "markets.order_gone": (
            "the order stands no more: filled, taken back, or out of time",
            "nothing is left to do; its fills and its end are in the feed",
        ),
        "markets.order_number_not_rising": (
            "the order's number does not come after the last one taken",
            "number new orders upward from 1",
        ),
        "markets.order_side": ("the side is neither +1 nor -1", "buy is +1, sell is -1"),
        "markets.order_type": (
            "the order type is not known",
            "use market, limit, stop or stop_limit",
        ),
        "markets.order_time_in_force": (
            "this order type cannot have this time in force",
            "see the table of order types in the page on the mechanism",
        ),
        "markets.order_price": (
            "the limit is outside the range of the book",
            "give a limit inside the range (parameter price_max)",
        ),
        "markets.order_stop": (
            "the stop price is outside the range of the book",
            "give a stop price inside the range (parameter price_max)",
        ),
        "markets.order_quantity": (
            "the quantity is outside the range of the book",
            "give at least one lot, and no more than a book can hold",
        ),
        "markets.order_expiry": (
            "the order's last instant has passed or is out of range",
            "give an instant that is still to come",
        ),
        "markets.order_outside_band": (
            "the limit lies outside the price band of the session",
            "give a limit inside the band",
        ),
        "markets.orders_not_taken": (
            "the market is halted or closed and takes no orders and no changes",
            "wait for the next phase; orders may still be taken back",
        ),
        "markets.order_not_in_phase": (
            "an order with this time in force has no place in this phase",
            "send at-open orders before the opening, IOC and FOK in continuous trading",
        ),
        "markets.order_group": (
            "the group is negative",
            "number groups from 1; 0 is no group",
        ),
        "markets.command_unknown": (
            "the kind of command is not known",
            "use new, cancel, replace, phase or clock",
        ),
        "markets.book_full": (
            "the book cannot hold so many lots in all",
            "send fewer lots, or set up the market with a smaller price_max",
        ),
        "markets.phase_change": (
            "the market cannot go from its phase to this one",
            "see the table of phases in the page on the mechanism",
        ),
        "markets.time_runs_back": (
            "the command's instant lies before an earlier one",
            "send commands in the order of their instants",
        ),
        "markets.too_many_commands": (
            "the batch has {rows} commands; {limit} are allowed",
            "send several batches",
        ),
        "markets.unknown_command_column": (
            "the commands have an unknown column {column}",
            "use: {known}",
        ),
        "markets.wrong_command_column": (
            "column {column} of the commands holds {found}",
            "send whole numbers, none missing, or the words {known}",
        ),
        "markets.wrong_snapshot": (
            "the snapshot is not one of a book: {reason}",
            "give what `snapshot` returned",
        ),
        "markets.feed_gap": (
            "the feed jumps from {last} to {next}",
            "fetch the missing part, or begin anew from a snapshot",
        ),
        "markets.feed_broken": (
            "message {sequence} of the feed cannot be: {reason}",
            "take the feed from its publisher again; what came is not what was sent",
        ),
    }
)

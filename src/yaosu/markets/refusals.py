"""Why a market may say no."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "markets.market_exists": (
            "market {market} is open already",
            "choose another id, or use the market as it is",
        ),
        "markets.unknown_market": (
            "market {market} does not exist",
            "open it first, or look up its id",
        ),
        "markets.no_instruments": (
            "the market names no instruments or no regions",
            "name at least one of each",
        ),
        "markets.too_many_instruments": (
            "the market names {count} instruments; {limit} are allowed",
            "open several markets",
        ),
        "markets.unknown_contract": (
            "contract template {contract} is not known here",
            "use one of: {known}",
        ),
        "markets.bad_terms": (
            "{term} is {value}",
            "give a whole number from {least} to {most}",
        ),
        "markets.unknown_network": (
            "network {network} is not defined",
            "define its links first (DefineLinks)",
        ),
        "markets.bad_package": (
            "row {row}: package {package!r} is unsound: {reason}",
            "give every row of a package its name, the same limit and the same units, and the lots "
            "of all units together",
        ),
        "markets.bad_choice": (
            "row {row}: the order for {instrument} is unsound: {reason}",
            "send a choice (side 1) with its rank, or an offer of seats (side -1) with what it "
            "asks for; neither has a price",
        ),
        "markets.too_many_seat_groups": (
            "the terms name {count} groups for whom seats may be reserved; {limit} are allowed",
            "name fewer groups",
        ),
        "markets.other_mechanism": (
            "{market} is cleared by {expected}, and this is a result of {found}",
            "clear the frozen book with the mechanism of the market",
        ),
        "markets.links_not_covered": (
            "{party} has {free} minor units free and may have to add {amount}: the links of "
            "{market} cost more in this round than they earn",
            "deposit the rest for {party}, then record the clearing again; the book stays closed",
        ),
        "markets.no_seed_committed": (
            "{market} committed to no seed, so none may be shown at its close",
            "close the book without a seed",
        ),
        "markets.no_rounds": (
            "{market} trades as orders arrive and has no rounds to close",
            "halt it (HaltTrading) where trading must stop",
        ),
        "markets.trades_in_rounds": (
            "{market} trades in rounds, which are closed and not halted",
            "close its book (CloseBook)",
        ),
        "markets.not_halted": (
            "{market} is {phase}, not halted",
            "nothing is to be done; it trades as its phase allows",
        ),
        "markets.not_with_continuous": (
            "{market} would trade continuously, which goes without {term}",
            "leave {term} out, or open the market with mechanism call",
        ),
        "markets.book_not_open": (
            "the book of {market} is {phase} in round {round}",
            "wait for the next round, which opens when this one is cleared",
        ),
        "markets.book_not_closed": (
            "the book of {market} is {phase}, no clearing is awaited for round {round}",
            "close the book first (CloseBook)",
        ),
        "markets.batch_exists": (
            "batch {batch} stands in the book of {market} already",
            "choose a new id for a new batch",
        ),
        "markets.unknown_batch": (
            "batch {batch} is not in the open book of {market}",
            "look up your open orders; a cleared round leaves none behind",
        ),
        "markets.unknown_order": (
            "batch {batch} has no open order number {number}",
            "look up your open orders",
        ),
        "markets.not_your_order": (
            "order {number} of batch {batch} is not {actor}'s",
            "cancel your own orders",
        ),
        "markets.missing_order_column": (
            "the orders have no column {column}",
            "send {needed}, and as needed {more}",
        ),
        "markets.unknown_order_column": (
            "the orders have an unknown column {column}",
            "send {needed}, and as needed {more}",
        ),
        "markets.wrong_order_column": (
            "column {column} of the orders holds {found}",
            "send {expected}",
        ),
        "markets.no_orders": ("the batch has no rows", "send at least one order"),
        "markets.too_many_orders_in_book": (
            "the book of {market} would have {rows} orders; {limit} are allowed",
            "send fewer, or open another market",
        ),
        "markets.unknown_instrument": (
            "row {row}: {instrument} is not traded in {market}",
            "use one of the market's instruments",
        ),
        "markets.region_outside": (
            "row {row}: {region} is not a region of {market}",
            "use one of the market's regions",
        ),
        "markets.bad_side": (
            "row {row}: side {side} is neither +1 nor -1",
            "buy is +1, sell is -1",
        ),
        "markets.bad_price": (
            "row {row}: limit price {price} is outside 0 to {limit} ticks",
            "give a limit inside the range",
        ),
        "markets.bad_quantity": (
            "row {row}: quantity {quantity} is outside 1 to {limit} lots",
            "give a quantity inside the range",
        ),
        "markets.batch_too_valuable": (
            "the sum of price times quantity leaves the range of {limit} minor units",
            "split the batch over several markets, or use a larger tick",
        ),
        "markets.too_many_lots_in_book": (
            "the orders of {market} would come to {lots} lots; they must stay below {limit}",
            "order fewer lots, or trade in larger ones",
        ),
        "markets.not_for_others": (
            "row {row}: {actor} may not order for {party}",
            "order for yourself, or have an operator or agency bring the order",
        ),
        "markets.not_admitted": (
            "{party} is not admitted as {role} of {factor}",
            "apply for admission (ApplyForAdmission): once, for all regions",
        ),
        "markets.right_on_a_buy": (
            "row {row}: an order to buy names right {right}",
            "only an order to sell names the right it sells from",
        ),
        "markets.unknown_right": (
            "right {right} is not registered",
            "register it first (RegisterRight)",
        ),
        "markets.not_holder": (
            "right {right} is held by {holder}, not by {party}",
            "offer rights that you hold",
        ),
        "markets.wrong_instrument": (
            "right {right} is traded as {expected}, the order names {instrument}",
            "order in {expected}",
        ),
        "markets.wrong_factor": (
            "right {right} is one of {factor}; {market} trades {expected}",
            "offer it in a market of {factor}",
        ),
        "markets.wrong_region": (
            "right {right} lies in {expected}, the order names {region}",
            "offer it in {expected}",
        ),
        "markets.right_blocked": (
            "right {right} is blocked by register entry {entry}",
            "have {entry} released first",
        ),
        "markets.nothing_to_sell": (
            "{party} holds no right in {instrument} in {region}",
            "register or acquire one first",
        ),
        "markets.name_the_right": (
            "{party} holds several rights in {instrument} in {region}: {rights}",
            "name one in the column right",
        ),
        "markets.more_than_held": (
            "{lots} lots of right {right} are offered, {available} are free",
            "offer at most what is free",
        ),
        "markets.indivisible": (
            "right {right} has {lots} lots that cannot be divided, and an auction of lots may sell "
            "some of them",
            "transfer it whole (TransferTitle)",
        ),
        "markets.right_expired": (
            "right {right} has ended or not begun",
            "offer rights that are in term",
        ),
        "markets.too_large_to_clear_at_close": (
            "the book has {rows} orders; up to {limit} are cleared within CloseBook",
            "let a worker clear it (RecordClearing)",
        ),
        "markets.wrong_round": (
            "round {round} is not the closed round {expected} of {market}",
            "clear the round that is closed",
        ),
        "markets.price_set_by_market": (
            "the price of {instrument} is formed by supply and demand in {market}",
            "submit orders; an act that changes prices, quotas or eligibility is a rule, adopted "
            "openly (AdoptRules)",
        ),
    }
)

"""What may be refused when orders are read, prices made and clearings checked."""

from yaosu.kernel.refusal import declare

PRICING_REFUSALS = declare(
    {
        "markets.missing_column": (
            "the table of {table} has no column {column}",
            "give the columns that the reference page of the call auction lists",
        ),
        "markets.quantity_not_positive": (
            "order row {row} has quantity {quantity}",
            "give whole lots, at least 1, or leave the row out",
        ),
        "markets.least_not_in_range": (
            "order row {row} takes no fewer than {least} lots of its {quantity}",
            "give a least from 0 to the quantity",
        ),
        "markets.least_not_taken": (
            "the mechanism {name} knows no least quantity of an order",
            "leave the column least out, or clear with a mechanism that reads it: {known}",
        ),
        "markets.unknown_side": (
            "order row {row} has side {side!r}",
            'write "buy" or "sell" (or +1 and -1)',
        ),
        "markets.bad_leg": (
            "leg row {row} cannot be used: {reason}",
            "give each package at least one leg, and one leg a place with an amount",
        ),
        "markets.bad_minimum": (
            "package row {row} has minimum {minimum}, its quantity is {quantity}",
            "give whole units from 1 to the quantity, or leave the column out",
        ),
        "markets.package_terms_not_taken": (
            "the mechanism {name} divides packages; it takes no column {column}",
            "leave the column out, or clear with the mechanism package-all-or-nothing",
        ),
        "markets.too_many_options": (
            "the packages and links leave {options} things to choose between; {limit} are allowed",
            "divide the auction, or give fewer packages a minimum below their quantity",
        ),
        "markets.too_many_places": (
            "the packages name {places} pairs of instrument and region; {limit} are allowed",
            "divide the auction, or leave out what nobody offers",
        ),
        "markets.gap_too_wide": (
            "the fills found reach {primal} ticks, the prices allow {dual}: too far apart",
            "use a smaller lot or a larger tick, so that limits differ by less; the book is kept",
        ),
        "markets.too_little_found": (
            "the result is worth {welfare} ticks; a search of {effort} million steps finds {found}",
            "clear the frozen book with the effort of the market's terms and send that result",
        ),
        "markets.coalition_gains": (
            "a coalition of bids would gain {gain} ticks by trading alone, as {effort} million "
            "steps of search find",
            "clear the frozen book with the effort of the market's terms and send that result",
        ),
        "markets.too_many_orders": (
            "the auction has {rows} orders; {limit} are allowed",
            "divide it by instrument into several auctions",
        ),
        "markets.value_overflow": (
            "{what} reaches {value}; it must stay below {limit}",
            "use a larger tick or a larger lot",
        ),
        "markets.unknown_region": (
            "{where} names region {region!r}, which the network does not have",
            "add the region to the network, or correct the name",
        ),
        "markets.duplicate_link": (
            "the link from {source} to {target} is given twice",
            "give one row a direction, with the capacities added up",
        ),
        "markets.self_link": (
            "a link leads from {source} to itself",
            "leave the row out",
        ),
        "markets.link_number": (
            "the link from {source} to {target} has {column} {value}",
            "give a whole number from 0 to {limit}",
        ),
        "markets.link_loss": (
            "link row {row} has loss {loss!r}",
            "give the share that is lost, from 0 to below 1, with at most six decimals",
        ),
        "markets.only_plain_links": (
            "{what} does not take links that lose on the way or whose flow is held to the last one",
            "leave out loss and ramp, or clear the orders with the mechanism call without blocks",
        ),
        "markets.negative_price_with_losses": (
            "{where} has price {price}: where links lose, goods would be destroyed at a profit",
            "bring the price to 0 or above, or leave out the losses",
        ),
        "markets.no_price_inside_bounds": (
            "no prices inside the band support what the ramps of links force",
            "widen the price band, or the ramps",
        ),
        "markets.too_many_pivots": (
            "the program of links with losses or ramps was not solved in {limit} steps",
            "divide the auction by instrument, or into fewer periods",
        ),
        "markets.block_unknown": (
            "block {block}, which a family names, has no legs",
            "give the legs of the block, or take it out of the family",
        ),
        "markets.block_family_cycle": (
            "block {block} is linked to itself over its parents",
            "link each block to a parent that does not hang on it",
        ),
        "markets.bad_block": (
            "block {block} cannot be taken: {reason}",
            "correct the block, or leave it out",
        ),
        "markets.blocks_come_whole": (
            "batch {batch} has blocks, and leaves out rows that cannot be taken",
            "send the batch atomic, so that a block is taken whole or not at all",
        ),
        "markets.block_in_pieces": (
            "these orders of batch {batch} are part of a block, or leave one that hangs on it",
            "take back all orders of the block and of the blocks whose parent it is",
        ),
        "markets.blocks_not_taken": (
            "the mechanism {name} takes no block orders",
            "clear blocks with the mechanism call",
        ),
        "markets.block_leg_twice": (
            "block {block} has two legs in {instrument} in {region}",
            "add the lots of the two legs up",
        ),
        "markets.too_many_blocks": (
            "the auction has {rows} blocks; {limit} are allowed",
            "divide it by instrument into several auctions",
        ),
        "markets.too_many_groups": (
            "{instruments} instruments over {regions} regions are too many for one auction",
            "divide the auction by instrument",
        ),
        "markets.price_outside_band": (
            "order row {row} has price {price}, outside the band {low} to {high}",
            "bring the limit inside the band",
        ),
        "markets.bad_parameter": (
            "parameter {name} is {value}",
            "give {expected}",
        ),
        "markets.certificate_not_again": (
            "the {mechanism} clearing cannot be proved by its numbers, and is not found again",
            "reject the result and clear the orders again",
        ),
        "markets.mechanism_without_market": (
            "no market can be opened with the mechanism {name}: it prices without a journal only",
            "open the market with another mechanism, or clear your own orders with {name}",
        ),
        "markets.no_incumbents": (
            "the mechanism {name} has one result, and none on the way to it",
            "clear without asking for more; only {known} gets better step by step",
        ),
        "markets.wrong_kind_of_orders": (
            "the mechanism {name} takes {expected}, not {found}",
            "give it such orders, or choose another mechanism (yaosu mechanisms lists them)",
        ),
        "markets.unknown_mechanism": (
            "there is no mechanism {name!r}",
            "choose one of: {known}",
        ),
        "markets.certificate_rule": (
            "the clearing was made by {found}, this is a check of {expected}",
            "check it with the mechanism and the version it names",
        ),
        "markets.certificate_digest": (
            "the digest of the {what} is not the one in the clearing certificate",
            "check the clearing against the very {what} it was made from",
        ),
        "markets.certificate_shape": (
            "the table {table} of the clearing is not formed as it must be: {reason}",
            "ask for the clearing as it was published",
        ),
        "markets.certificate_fill": (
            "order row {row} is filled wrongly: {reason}",
            "reject the clearing and clear the book again",
        ),
        "markets.certificate_flow": (
            "the flow from {source} to {target} in {instrument} is wrong: {reason}",
            "reject the clearing and clear the book again",
        ),
        "markets.certificate_balance": (
            "{instrument} in {region} does not balance: {lots} lots are left over",
            "reject the clearing and clear the book again",
        ),
        "markets.certificate_price": (
            "the price of {instrument} in {region} is wrong: {reason}",
            "reject the clearing and clear the book again",
        ),
        "markets.certificate_step": (
            "tie step {step} fails for {instrument} at {where}",
            "reject the clearing and clear the book again",
        ),
        "markets.certificate_total": (
            "the published {what} is {published}, the tables give {found}",
            "reject the clearing and clear the book again",
        ),
    }
)

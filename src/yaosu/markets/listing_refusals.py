"""Why a listing may say no."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "markets.offered_too_often": (
            "right {right} was offered {times} times and not sold",
            "offer it again from {until} on, or on other terms",
        ),
        "markets.starts_too_low": (
            "right {right} started at {before} in {listing}, where it was not sold",
            "start at {least} or above",
        ),
        "markets.listing_exists": (
            "a listing or market {listing} is there already",
            "choose another id",
        ),
        "markets.unknown_listing": (
            "listing {listing} does not exist",
            "look up its id, or open it (OpenListing)",
        ),
        "markets.unknown_listing_terms": (
            "the rules in force in {region} have no listing terms called {terms}",
            "name a row of the rule item listing_terms, or have one adopted (AdoptRules)",
        ),
        "markets.bad_listing_terms": (
            "the listing terms {terms} cannot be used: {reason}",
            "have the row of listing_terms mended (AdoptRules)",
        ),
        "markets.listing_does_not_fit": (
            "this announcement does not fit the form {form}: {reason}",
            "change it, or name other terms",
        ),
        "markets.notice_too_short": (
            "bids may come {days} days after the announcement at the earliest",
            "let it begin at {earliest} or later",
        ),
        "markets.bidding_too_short": (
            "bids must come for {days} days at least",
            "let it end at {earliest} or later",
        ),
        "markets.bad_clock": (
            "the falling clock cannot run down to {price}",
            "give clock_from above it, a clock_step of at least 1, and no ends",
        ),
        "markets.deposit_too_small": (
            "the deposit is out of range: the terms ask for {least} at least",
            "announce that much, or leave deposit_minor out",
        ),
        "markets.evaluator_takes_part": (
            "{party} offers or evaluates here, and may not be the other or bid",
            "let another party bid or evaluate",
        ),
        "markets.entry_is_over": (
            "listing {listing} is on site: only who bid in writing goes on",
            "wait for the next listing",
        ),
        "markets.in_already": (
            "{party} is in listing {listing} already",
            "bid (PlaceBid or SealBid)",
        ),
        "markets.has_left": (
            "{party} has left listing {listing}",
            "wait for the next listing",
        ),
        "markets.not_let_in": (
            "{party} is not in listing {listing}: no deposit of it is held",
            "enter first (EnterListing), before bidding ends",
        ),
        "markets.bidding_not_begun": (
            "bids for {listing} come from {begins} on",
            "bid then",
        ),
        "markets.bidding_is_over": (
            "no more bids come for {listing}: it is {phase}, until {ends}",
            "look up what became of it, or wait for the next listing",
        ),
        "markets.bids_come_sealed": (
            "bids for {listing} come sealed",
            "send them with SealBid",
        ),
        "markets.bids_come_open": (
            "bids for {listing} come open",
            "send them with PlaceBid",
        ),
        "markets.clock_stands_higher": (
            "the clock of {listing} stands at {price}",
            "bid that much, or wait until it has fallen to your price",
        ),
        "markets.not_so_many_left": (
            "{left} lots of {listing} are left",
            "take so many or fewer",
        ),
        "markets.not_on_site": (
            "{party} did not bid in writing for {listing}",
            "on site only those who did go on; wait for the next listing",
        ),
        "markets.bid_too_low": (
            "a bid for {listing} must be {least} now, at least",
            "bid that or more",
        ),
        "markets.bad_bid": (
            "this is not a bid for {listing}",
            "give a price from 0 to {limit}, for 1 to {most}; for all where bids are for the whole",
        ),
        "markets.bad_bid_table": (
            "this is not the table of a bid for {listing}",
            "give columns price and quantity in whole numbers, 1 to {most} rows",
        ),
        "markets.listing_is_full": (
            "listing {listing} can take no more bids, or none so high",
            "ask the operator to divide it into several listings",
        ),
        "markets.bid_binds": (
            "{party} leads in {listing}, or has taken lots, or bids on site: its bid binds",
            "wait until another leads, or until the end",
        ),
        "markets.not_scoring": (
            "listing {listing} is {phase}: no points are given now",
            "score after the bids of a tender were opened",
        ),
        "markets.no_evaluator": (
            "{party} was not announced as an evaluator of {listing}",
            "let an evaluator score",
        ),
        "markets.bad_points_table": (
            "this is not a table of points",
            "give columns party and criterion (text) and points (whole numbers), one row at least",
        ),
        "markets.nothing_to_pay": (
            "{party} has nothing to pay in {listing}",
            "look up the awards and their time to pay",
        ),
        "markets.not_your_listing": (
            "listing {listing} is not {actor}'s to call off",
            "let its seller ask, or the operator",
        ),
        "markets.bids_stand": (
            "bids stand in {listing}: its seller is bound",
            "let the operator call it off, with a reason",
        ),
        "markets.nothing_is_opened": (
            "nothing of {listing} is opened now: it is {phase}",
            "open bids and terms after the end of bidding, before the time for it is over",
        ),
        "markets.nothing_committed": (
            "listing {listing} was announced without a sealed {item}",
            "reveal what was sealed with it: reserve or seed",
        ),
        "markets.told_already": (
            "the {item} of {listing} is known",
            "leave it out",
        ),
        "markets.not_what_was_committed": (
            "this {item} with this salt is not what was committed to in {listing}",
            "send exactly the value and the salt that were sealed",
        ),
        "markets.bad_revealed": (
            "the {item} that was sealed is none",
            "a reserve is a whole number from 0 to {limit}, a seed 64 small hex digits; seal such "
            "a one next time",
        ),
    }
)

"""Why a market of sealed bids may say no. None of these facts says what a bid says."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "markets.bad_sealed_terms": (
            "the term {term} of sealed bids is {value}",
            "give {known}",
        ),
        "markets.not_a_sealed_market": (
            "orders come open in {market}",
            "send them with SubmitOrders",
        ),
        "markets.orders_come_sealed": (
            "orders of this side come sealed in {market}",
            "send them with SubmitSealedOrders",
        ),
        "markets.one_sealed_item": (
            "a sealed bid travels with one sealed item, called {item}",
            "seal the orders as one table under that name",
        ),
        "markets.not_opening": (
            "sealed bids of {market} are not being opened: its book is {phase} in round {round}",
            "open a bid after its round was closed (CloseBook) and before that is over",
        ),
        "markets.no_sealed_bid": (
            "there is no unopened bid {batch} in {market}",
            "look up the sealed bids of the round",
        ),
        "markets.not_your_bid": (
            "bid {batch} is not {actor}'s to open or take back",
            "let its bidder ask, or the venue's operator",
        ),
        "markets.not_what_was_sealed": (
            "these orders with this salt are not what bid {batch} of {market} committed to",
            "send exactly the orders and the salt that were sealed",
        ),
        "markets.wrong_sealed_side": (
            "{market} takes no sealed orders of this side",
            "offers to sell come open there (OfferRight)",
        ),
        "markets.opening_goes_on": (
            "{bids} bids of {market} are not opened yet and may be until {until}",
            "open them, or close the book after that",
        ),
    }
)

"""Why a market of loans may say no."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "markets.bad_loan_terms": (
            "the term {term} of a loan is {value}",
            "give {known}",
        ),
        "markets.loan_request_exists": (
            "request {request} was made in {market} before",
            "give the request an id of its own",
        ),
        "markets.unknown_loan_request": (
            "no request {request} for a loan stands in {market}",
            "look up the requests there",
        ),
        "markets.loan_request_over": (
            "request {request} is {state}",
            "make a new request",
        ),
        "markets.no_collateral_here": (
            "{market} names nobody to pledge collateral to",
            "leave the collateral out, or ask in a market whose terms name a party for it",
        ),
        "markets.offers_in_the_past": (
            "offers until {until} would end before they begin",
            "give a later instant",
        ),
        "markets.offers_over": (
            "offers for request {request} were taken until {until}",
            "offer for another request",
        ),
        "markets.offers_go_on": (
            "offers for request {request} are taken until {until}",
            "award it then",
        ),
        "markets.loan_offer_exists": (
            "offer {offer} was made for request {request} before",
            "give the offer an id of its own, or withdraw the other first",
        ),
        "markets.unknown_loan_offer": (
            "no offer {offer} of {actor} stands for request {request}",
            "look up the offers for the request",
        ),
        "markets.too_many_loan_offers": (
            "request {request} has {limit} offers, the most there may be",
            "offer for another request",
        ),
        "markets.lender_not_eligible": (
            "{lender} may not lend here: {reasons}",
            "meet the conditions named, and offer again",
        ),
        "markets.own_loan_request": (
            "{party} cannot lend to itself",
            "offer for the request of another party",
        ),
        "markets.not_your_loan_request": (
            "request {request} is not {actor}'s to award or to end",
            "let its borrower ask, or the venue's operator",
        ),
    }
)

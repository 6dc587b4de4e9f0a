"""Why a market of negotiated deals may say no."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "markets.bad_negotiated_terms": (
            "the term {term} of negotiated deals is {value}",
            "give {known}",
        ),
        "markets.deal_exists": (
            "deal {deal} was proposed in {market} before",
            "give the deal an id of its own",
        ),
        "markets.unknown_deal": (
            "no proposal {deal} stands in {market}",
            "look up the proposals there; one that was confirmed or ended is gone",
        ),
        "markets.own_deal": (
            "{party} cannot make a deal with itself",
            "name another party",
        ),
        "markets.not_the_counterparty": (
            "deal {deal} was proposed to {counterparty}, not to {party}",
            "let {counterparty} confirm it, or its agency",
        ),
        "markets.not_your_deal": (
            "{actor} is no side of deal {deal}",
            "let one of its parties end it",
        ),
        "markets.deal_in_the_past": (
            "a proposal until {until} would end before it begins",
            "give a later end, or 0 for none",
        ),
        "markets.no_reference_price": (
            "there is no reference price of {instrument} in {region} for a band",
            "wait until {reference} has a price",
        ),
        "markets.outside_the_band": (
            "a price of {price} lies outside the band from {low} to {high} round {reference_price}",
            "agree on a price inside the band",
        ),
        "markets.deal_too_small": (
            "a deal of {lots} lots is under the least of {least_lots}",
            "agree on more lots, or trade in the book",
        ),
        "markets.right_for_a_buy": (
            "who buys names no right, and who sells does: {party} is to {verb} in deal {deal}",
            "leave the right out to buy, and name it to sell",
        ),
    }
)

"""Why a market of posted prices may say no."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "markets.bad_posted_terms": (
            "the term {term} of posted prices is {value}",
            "give {known}",
        ),
        "markets.spot_only": (
            "{market} would trade by posted prices with the contract {contract}",
            "leave the contract at spot: what is taken is paid and delivered at once",
        ),
        "markets.no_profit_by_rule": (
            "the rule item {item} gives no profit for a cost of {cost_minor}: {fault}",
            "adopt rules with a formula of that name that reads cost_minor, or give a margin",
        ),
        "markets.cost_not_in_range": (
            "a cost of {cost_minor} minor units cannot be allowed",
            "give 0 to {limit}",
        ),
        "markets.no_permitted_revenue": (
            "nothing is permitted to {market} yet",
            "let an authority or price regulator begin a period (PermitRevenue)",
        ),
        "markets.bad_tariff": (
            "line {line} of the tariff cannot be used: {reason}",
            "mend the line and post the tariff again",
        ),
        "markets.tariff_over_permitted": (
            "the tariff would bring {expected_minor} minor units of the {room_minor} that period "
            "{period} of {market} may still earn",
            "lower its prices, or leave some out to have them made",
        ),
        "markets.offered_before": (
            "right {right} is up in {market} already",
            "take it back first (EndPostedOffer), then offer it again",
        ),
        "markets.not_offered": (
            "right {right} is not up in {market}",
            "look up what is offered there",
        ),
        "markets.no_posted_price": (
            "no price of {instrument} stands in {market} for {group}",
            "wait until a tariff is posted for it (PostTariff)",
        ),
        "markets.not_enough_offered": (
            "{lots} lots of {instrument} in {region} are wanted, {available} can be taken",
            "take fewer, or wait until more are offered",
        ),
        "markets.costs_more": (
            "{lots} lots of {instrument} cost {cost_minor} minor units, over {most_minor}",
            "accept the price, or take fewer lots",
        ),
    }
)

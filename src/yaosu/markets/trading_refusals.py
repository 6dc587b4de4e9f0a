"""Why a continuous market may say no to an order or a change of phase."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "markets.no_limit_without_band": (
            "{market} has no price band, so nothing bounds what an order to buy without a limit "
            "could cost",
            "give a limit, or open the market with a static_band and a reference price",
        ),
        "markets.bad_continuous_terms": (
            "{term} of the terms of trading is {value}",
            "give {known}",
        ),
        "markets.replaces_nothing": (
            "order {number} of batch {batch} has these terms",
            "give another price, stop or quantity, or leave it as it is",
        ),
        "markets.only_with_continuous": (
            "{market} would trade in rounds, which have no terms of continuous trading",
            "leave the terms out, or open the market with mechanism continuous",
        ),
    }
)

"""Why a frozen book may not be opened again, or its clearing not be taken."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "markets.nothing_to_reopen": (
            "round {round} of {market} is {phase}; only a frozen book without a clearing is "
            "opened again",
            "nothing is to be done: orders come and go as the phase allows",
        ),
        "markets.reopened_without_reason": (
            "the book of {market} would be opened again without a reason",
            "say why it cannot be cleared; the reason stands on record",
        ),
        "markets.right_over_since": (
            "right {right} ended at {end}, after round {round} of {market} was frozen, and would "
            "be sold in it",
            "open the book again (ReopenBook) and close it: its offer falls away first",
        ),
    }
)

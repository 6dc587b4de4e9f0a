"""Why the books may say no."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "ledger.insufficient": (
            "{party} has {balance} of {asset} {purpose}, {amount} are needed",
            "deposit or acquire the rest, or ask for less",
        ),
        "ledger.beyond_range": (
            "the balance of {party} in {asset} would leave the 64-bit range",
            "use a larger smallest unit for {asset}",
        ),
    }
)

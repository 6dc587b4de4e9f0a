"""Why a limit per party stands in the way."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "access.beyond_limit": (
            "{party} may have {most} {measure} of {what} at most ({limit}, {packs}); it{group} has "
            "and is owed {used}, and asks for {asked} more",
            "ask for {left} at most, sell or take back first, or have an exemption attested",
        ),
        "access.bad_limit": (
            "row {row} of the table {table} says no limit: {reason}",
            "correct that row and adopt the pack again",
        ),
    }
)

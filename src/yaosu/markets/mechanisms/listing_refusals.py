"""Why a listing may not be priced."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "markets.bad_score": (
            "the score of {party} for {criterion} by {evaluator} does not count: {reason}",
            "give one score an evaluator, bidder and criterion, within the points of the scorecard",
        ),
        "markets.scores_missing": (
            "{party} has scores of {evaluators} evaluators for {criterion}; {needed} are needed",
            "let more evaluators score every bidder before the tender is decided",
        ),
    }
)

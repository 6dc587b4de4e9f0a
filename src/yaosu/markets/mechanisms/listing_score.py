"""The scorecard of a tender: points of evaluators and a price, weighted by exact ratios."""

from collections import defaultdict
from fractions import Fraction
from itertools import pairwise

from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.mechanisms.listing_bids import Bid
from yaosu.markets.mechanisms.listing_parameters import (
    HIGHEST,
    Criterion,
    ListingParameters,
    ratio_of,
)


def totals_of(bids: list[Bid], parameters: ListingParameters) -> dict[str, Fraction]:
    """Party -> its total from 0 to 1, exact; the criteria by the mean of the evaluators.

    Args:
        bids: one a party.

    Raises:
        Refusal: `markets.bad_score`, `markets.scores_missing`.
    """
    points = _points_of({bid.party for bid in bids}, parameters)
    prices = [bid.price for bid in bids]
    base = Fraction(max(prices)) if parameters.price_base == HIGHEST else _mean(prices)
    weight = ratio_of("price_weight", parameters.price_weight)
    totals = {}
    for bid in bids:
        total = weight * price_score(Fraction(bid.price) / base if base > 0 else None, parameters)
        for criterion in parameters.criteria:
            given = points.get((bid.party, criterion.name), {})
            total += ratio_of("criteria", criterion.weight) * _share(
                bid.party, criterion, given, parameters.evaluators_min
            )
        totals[bid.party] = total
    return totals


def price_score(ratio: Fraction | None, parameters: ListingParameters) -> Fraction:
    """The score of a price over the base price, by the corners of the line; None: base of zero."""
    bends = [
        (ratio_of("price_bends", bend.ratio), ratio_of("price_bends", bend.score))
        for bend in parameters.price_bends
    ]
    if ratio is None or ratio >= bends[-1][0]:
        return bends[-1][1]
    if ratio <= bends[0][0]:
        return bends[0][1]
    for (left, low), (right, high) in pairwise(bends):
        if ratio <= right:
            return low + (high - low) * (ratio - left) / (right - left)
    raise AssertionError("corners do not cover the ratio")


def _share(party: str, criterion: Criterion, given: dict[str, int], least: int) -> Fraction:
    refuse_unless(
        len(given) >= least,
        "markets.scores_missing",
        party=party,
        criterion=criterion.name,
        evaluators=len(given),
        needed=least,
    )
    return _mean(list(given.values())) / criterion.points_max


def _points_of(
    parties: set[str], parameters: ListingParameters
) -> dict[tuple[str, str], dict[str, int]]:
    """(party, criterion) -> evaluator -> points, all of them sound."""
    points: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    most = {criterion.name: criterion.points_max for criterion in parameters.criteria}
    for score in parameters.scores:
        given = points[score.party, score.criterion]
        reason = ""
        if score.criterion not in most:
            reason = f"there is no criterion {score.criterion}"
        elif type(score.points) is not int or not 0 <= score.points <= most[score.criterion]:
            reason = f"points go from 0 to {most[score.criterion]}"
        elif score.evaluator in parties:
            reason = "who bids does not evaluate"
        elif score.evaluator in given:
            reason = "it is given twice"
        refuse_unless(
            not reason,
            "markets.bad_score",
            party=score.party,
            criterion=score.criterion,
            evaluator=score.evaluator,
            reason=reason,
        )
        given[score.evaluator] = score.points
    return points


def _mean(numbers: list[int]) -> Fraction:
    return Fraction(sum(numbers), len(numbers))

"""What a listing cannot be told, word for word."""

from typing import Any

import pytest

import yaosu as ys
from tests.markets.mechanisms.listing.books import listed
from yaosu.kernel.refusal import Refusal
from yaosu.markets.network import Network

CARD: dict[str, Any] = {
    "form": "tender",
    "price_weight": "1/2",
    "criteria": [{"name": "plan", "weight": "1/2"}],
}


def refused(**terms: Any) -> str:
    with pytest.raises(Refusal) as caught:
        ys.clear(listed(("ann", 5), ("bo", 4)), mechanism="listing", **terms)
    return str(caught.value)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"form": "raffle"}, "parameter form is raffle; give one of listing, english,"),
        ({"increment": 0}, "parameter increment is 0; give a whole number from 1"),
        ({"ends": -1}, "parameter ends is -1; give a whole number from 0"),
        ({"reserve": True}, "Expected `int | null`, got `bool` - at `$.reserve`"),
        ({"scores": 3}, "Expected `array`, got `int` - at `$.scores`"),
        ({"seed": 3}, "Expected `str`, got `int` - at `$.seed`"),
        ({"ties": "seed"}, "parameter seed is ; give 64 small hex digits"),
        ({"seed": "AB" * 32}, "give 64 small hex digits"),
        ({"ties": "luck"}, "parameter ties is luck; give earliest or seed"),
        ({"ends": 9, "ends_latest": 8}, "parameter ends_latest is 8; give an end"),
        ({"colour": "red"}, "parameter colour is red; give one of form,"),
        ({**CARD, "price_weight": "1/3"}, "parameter price_weight is 5/6; give weights that add"),
        ({**CARD, "price_weight": "0.5"}, "parameter price_weight is 0.5; give an exact ratio"),
        ({**CARD, "price_weight": "1/0"}, "parameter price_weight is 1/0; give an exact ratio"),
        ({**CARD, "criteria": [{"name": "plan"}]}, "missing required field `weight` - at"),
        ({**CARD, "criteria": CARD["criteria"] * 2}, "give each criterion once"),
        (
            {**CARD, "evaluators_min": 1},
            "parameter evaluators_min is 1; give a whole number from 2",
        ),
        ({**CARD, "price_bends": []}, "parameter price_bends is 0; give corners by rising ratio"),
    ],
)
def test_terms_that_cannot_be_are_refused(terms: dict[str, Any], said: str) -> None:
    text = refused(**terms)
    assert text.startswith("markets.bad_parameter: ")
    assert said in text


def scored(*rows: tuple[str, str, str, int]) -> list[dict[str, Any]]:
    names = ("party", "criterion", "evaluator", "points")
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_four_eyes_score_every_bidder() -> None:
    given = scored(("ann", "plan", "eva", 5), ("ann", "plan", "udo", 5), ("bo", "plan", "eva", 5))
    assert refused(**CARD, scores=given) == (
        "markets.scores_missing: bo has scores of 1 evaluators for plan; 2 are needed; let more "
        "evaluators score every bidder before the tender is decided"
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("ann", "looks", "eva", 5), "there is no criterion looks"),
        (("ann", "plan", "eva", 101), "points go from 0 to 100"),
        (("ann", "plan", "eva", -1), "points go from 0 to 100"),
        (("ann", "plan", "bo", 5), "who bids does not evaluate"),
        (("ann", "plan", "udo", 5), "it is given twice"),
    ],
)
def test_scores_that_do_not_count_are_refused(row: tuple[str, str, str, int], reason: str) -> None:
    text = refused(**CARD, scores=scored(("ann", "plan", "udo", 5), row))
    assert text.startswith(f"markets.bad_score: the score of ann for {row[1]} by {row[2]} does not")
    assert reason in text


def test_a_place_outside_the_network_is_refused() -> None:
    with pytest.raises(Refusal, match=r"markets\.unknown_region: the book names region 'only'"):
        ys.clear(listed(("ann", 5)), Network.alone("east"), "listing")

"""Tables that are refused, each by its code and sentence."""

from typing import Any

import numpy as np
import pytest

import yaosu as ys
from tests.markets.mechanisms.matching.oracle import SEED
from yaosu.kernel.refusal import Refusal

CHOICES = {"person": [0, 0, 1], "post": [0, 1, 0]}
SEATS = {"post": [0, 1], "seats": [1, 1]}
LOCAL = {"post": [0, 1], "seats": [1, 1], "group": ["local", ""]}

WRONG: list[tuple[str, Any, Any, Any, str]] = [
    ("markets.missing_column", {"person": [0]}, SEATS, None, "post"),
    ("markets.matching_column", {**CHOICES, "wish": [0, 0, 0]}, SEATS, None, "wish"),
    ("markets.matching_names", {"person": [0], "post": ["a"]}, SEATS, None, "column post"),
    ("kernel.wrong_type", {**CHOICES, "score": ["a", "b", "c"]}, SEATS, None, "score of choices"),
    ("kernel.wrong_type", CHOICES, {**SEATS, "group": [1, 2]}, None, "group of seats"),
    ("kernel.float_not_allowed", {**CHOICES, "score": [0.5, 1, 1]}, SEATS, None, "score"),
    ("markets.matching_number", {"person": [-1], "post": [0]}, SEATS, None, "person is -1"),
    (
        "markets.matching_number",
        {**CHOICES, "score": [0, 0, (1 << 60) + 1]},
        SEATS,
        None,
        "a score is 1152921504606846977 in row 2",
    ),
    ("markets.matching_number", CHOICES, {"post": [0, 1], "seats": [1, -1]}, None, "row 1"),
    ("markets.choice_of_nothing", CHOICES, {"post": [0], "seats": [1]}, None, "chooses post 1"),
    ("markets.choice_twice", {"person": [3, 3], "post": [1, 1]}, SEATS, None, "person 3"),
    ("markets.choice_twice", {**CHOICES, "rank": [1, 1, 0]}, SEATS, None, "person 0"),
    ("markets.seats_twice", CHOICES, {"post": [0, 1, 1], "seats": [1, 1, 1]}, None, "post 1"),
    (
        "markets.seats_twice",
        CHOICES,
        {"post": [0, 1, 1], "seats": [1] * 3, "group": ["", "", "g"], "precedence": [1, 1, 1]},
        None,
        "post 1",
    ),
    ("markets.unknown_group", CHOICES, LOCAL, {"person": [0], "group": ["lokal"]}, "'lokal'"),
    (
        "markets.too_many_reserves",
        CHOICES,
        {
            "post": np.zeros(63, np.int64),
            "seats": np.ones(63, np.int64),
            "group": [f"g{i}" for i in range(63)],
        },
        None,
        "63 groups",
    ),
]


@pytest.mark.parametrize(("code", "choices", "seats", "members", "says"), WRONG)
def test_a_table_is_refused(code: str, choices: Any, seats: Any, members: Any, says: str) -> None:
    with pytest.raises(Refusal) as caught:
        ys.match(ys.Choices.of(choices, seats, members), seed=SEED)
    assert caught.value.code == code
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "seed is None"),
        ({"seed": "abc"}, "64 small hex digits"),
        ({"seed": SEED, "proposing": "both"}, "people or posts"),
        ({"seed": SEED, "lottery": 1}, "person or post"),
        ({"seed": SEED, "unfilled": ""}, "stay or open"),
        ({"seed": SEED, "couples": True}, "couples"),
    ],
)
def test_a_parameter_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(Refusal) as caught:
        ys.match(ys.Choices.of(CHOICES, SEATS), **given)
    assert caught.value.code == "markets.bad_parameter"
    assert says in str(caught.value)

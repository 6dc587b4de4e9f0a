"""Worked examples, and results that do not depend on how the work is done. Proves S2-46, S2-39."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import yaosu as ys
from tests.markets.mechanisms.matching.markets import random_market
from tests.markets.mechanisms.matching.oracle import SEED
from yaosu.kernel import compiled
from yaosu.kernel.canonical import digest_columns
from yaosu.markets.mechanisms.matching import Matching, match_choices
from yaosu.markets.mechanisms.matching_parameters import MatchingParameters
from yaosu.markets.mechanisms.matching_verify import verify_matching


def pairs(matching: Matching) -> dict[str, str]:
    """Post of each person placed."""
    return {row["person"]: row["post"] for row in matching.awards.iterate()}


@pytest.mark.parametrize(
    ("proposing", "expected"),
    [
        ("people", {"alpha": "A", "beta": "B", "gamma": "C"}),
        ("posts", {"alpha": "C", "beta": "A", "gamma": "B"}),
    ],
)
def test_gale_and_shapley_1962_example_1(proposing: str, expected: dict[str, str]) -> None:
    """Three stable results: all first choices of one side, of the other, or all second ones."""
    ranks = {"alpha": "ABC", "beta": "BCA", "gamma": "CAB"}
    score = {"A": "beta gamma alpha", "B": "gamma alpha beta", "C": "alpha beta gamma"}
    rows = [(who, post) for who, posts in ranks.items() for post in posts]
    choices = ys.Choices.of(
        {
            "person": [who for who, _ in rows],
            "post": [post for _, post in rows],
            "score": [-score[post].split().index(who) for who, post in rows],
        },
        {"post": ["A", "B", "C"], "seats": [1, 1, 1]},
    )
    matching = ys.match(choices, seed=SEED, proposing=proposing)
    assert pairs(matching) == expected
    ys.verify_matching(choices, matching, seed=SEED, proposing=proposing)


@pytest.mark.parametrize(
    ("precedence", "taken"),
    [([0, 1], {"L1", "L2", "O1"}), ([1, 0], {"L1", "L2", "L3"})],
)
def test_which_seats_are_given_away_first_decides(precedence: list[int], taken: set[str]) -> None:
    """The effect that U. Dur, S. D. Kominers, P. A. Pathak, T. Sönmez (2018) found in Boston:
    a reserve filled first goes to members who would have come in anyway."""
    people = ["L1", "L2", "L3", "O1", "O2"]
    choices = ys.Choices.of(
        {"person": people, "post": ["school"] * 5, "score": [90, 80, 50, 70, 60]},
        {
            "post": ["school"] * 2,
            "group": ["local", ""],
            "seats": [1, 2],
            "precedence": precedence,
        },
        {"person": people[:3], "group": ["local"] * 3},
    )
    assert set(pairs(ys.match(choices, seed=SEED))) == taken


@pytest.mark.parametrize(("unfilled", "taken"), [("stay", {"a"}), ("open", {"a", "b"})])
def test_a_special_seat_stays_empty_or_is_open_as_the_rule_says(
    unfilled: str, taken: set[str]
) -> None:
    choices = ys.Choices.of(
        {"person": ["a", "b"], "post": ["lab", "lab"], "score": [2, 1]},
        {"post": ["lab", "lab"], "group": ["urgent", ""], "seats": [1, 1]},
    )
    matching = ys.match(choices, seed=SEED, unfilled=unfilled)
    assert set(pairs(matching)) == taken
    assert matching.unplaced == 2 - len(taken)


def test_equal_scores_are_settled_by_the_seed_and_by_nothing_else() -> None:
    """S2-46, reproducible: another seed, another winner; who else takes part does not matter."""
    winners = set()
    for number in range(20):
        seed = f"{number:064x}"
        both = [_winner(people, seed) for people in (["ann", "bob"], ["bob", "ann", "cy"])]
        if both[1] != "cy":
            assert both[0] == both[1]
        winners.add(both[0])
    assert winners == {"ann", "bob"}


def _winner(people: list[str], seed: str) -> str:
    table = {"person": people, "post": ["x"] * len(people)}
    choices = ys.Choices.of(table, {"post": ["x"], "seats": [1]})
    return next(iter(pairs(ys.match(choices, seed=seed))))


def test_each_post_draws_anew_where_the_lottery_is_by_post() -> None:
    people, posts = np.arange(200), np.array([0, 1])
    choices = ys.Choices.of(
        {
            "person": np.tile(people, 2),
            "post": np.repeat(posts, 200),
            "rank": np.repeat([0, 1], 200),
        },
        {"post": posts, "seats": np.array([100, 100])},
    )
    for lottery in ("person", "post"):
        matching = ys.match(choices, seed=SEED, lottery=lottery)
        first = matching.awards["person"][matching.awards["post"] == 0]
        assert (len(first), matching.placed) == (100, 200)
        ys.verify_matching(choices, matching, seed=SEED, lottery=lottery)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["people", "posts"]), st.integers(0, 10**6))
def test_rows_in_any_order_compiled_or_not_give_the_same(
    seed: int, proposing: str, shuffle: int
) -> None:
    market = random_market(seed, people=8, posts=4)
    parameters = MatchingParameters.of(seed=SEED, proposing=proposing)
    plain = match_choices(market.choices, parameters)
    table = market.choices.choices
    who = table["person"]
    ranks = np.arange(len(who))  # any numbers that rise within a person
    order = np.random.default_rng(shuffle).permutation(len(who))
    seats = market.choices.seats
    other = ys.Choices.of(
        table.with_columns(rank=ranks).take(order),
        seats.take(np.random.default_rng(shuffle).permutation(seats.rows)),
        market.choices.members,
    )
    was = compiled._Setting.enabled, compiled._Setting.cache_root
    try:
        compiled.configure(enabled=not was[0], cache_root=was[1])
        again = match_choices(other, parameters)
        verify_matching(other, plain, parameters)
    finally:
        compiled.configure(enabled=was[0], cache_root=was[1])
    assert again.choices_digest == plain.choices_digest
    for name in ("awards", "seats"):
        assert digest_columns(getattr(again, name)) == digest_columns(getattr(plain, name))


def test_nothing_chosen_is_a_matching_too() -> None:
    choices = ys.Choices.of({"person": [], "post": []}, {"post": [], "seats": []})
    for proposing in ("people", "posts"):
        matching = ys.match(choices, seed=SEED, proposing=proposing)
        ys.verify_matching(choices, matching, seed=SEED, proposing=proposing)
        assert (matching.placed, matching.unplaced) == (0, 0)

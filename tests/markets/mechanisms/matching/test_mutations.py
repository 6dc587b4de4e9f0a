"""Results changed on the way are refused. Proves S2-46 (zero blocking pairs, checked)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

import yaosu as ys
from tests.markets.mechanisms.matching.markets import random_market
from tests.markets.mechanisms.matching.oracle import SEED
from yaosu.kernel.columns import Columns, Maybe, Text
from yaosu.kernel.refusal import Refusal
from yaosu.markets.mechanisms.matching import Matching, match_choices
from yaosu.markets.mechanisms.matching_verify import verify_matching

CHOICES = ys.Choices.of(
    {
        "person": [0, 0, 1, 1, 2, 2, 3, 3],
        "post": [0, 1, 0, 1, 1, 0, 1, 0],
        "score": [1, 2, 2, 1, 1, 1, 2, 3],
    },
    {"post": [0, 0, 1], "seats": [1, 1, 1], "group": ["urgent", "", ""]},
    {"person": [0], "group": ["urgent"]},
)


def made() -> Matching:
    """0 in the urgent seat of post 0, 1 in its other seat, 3 in post 1, nothing for 2."""
    return ys.match(CHOICES, seed=SEED)


def changed(matching: Matching, **columns: Any) -> Matching:
    """With columns of the awards put in place of others."""
    return replace(matching, awards=matching.awards.with_columns(**columns))


def put(values: Any, row: int, value: int) -> Any:
    """A copy with one value changed."""
    copy = np.array(values)
    copy[row] = value
    return copy


Change = Callable[[Matching], Matching]
CHANGES: list[tuple[str, Change, str]] = [
    (
        "a person is left out",
        lambda m: replace(m, awards=m.awards.take([0, 1]), placed=2, unplaced=2),
        "markets.certificate_blocked",
    ),
    (
        "a person is moved to a seat that is taken",
        lambda m: changed(
            m,
            post=put(m.awards["post"], 0, 1),
            choice=put(m.awards["choice"], 0, 2),
            group=["", "", ""],
        ),
        "markets.certificate_award",
    ),
    (
        "a post that was not chosen in this place",
        lambda m: changed(m, choice=put(m.awards["choice"], 0, 2)),
        "markets.certificate_award",
    ),
    (
        "a choice beyond the list",
        lambda m: changed(m, choice=put(m.awards["choice"], 0, 3)),
        "markets.certificate_award",
    ),
    (
        "another person in the same seat",
        lambda m: changed(m, person=np.array([0, 2, 3]), choice=np.array([1, 2, 1])),
        "markets.certificate_blocked",
    ),
    (
        "a person twice",
        lambda m: changed(m, person=np.array([0, 0, 3])),
        "markets.certificate_award",
    ),
    (
        "a person who is not there",
        lambda m: changed(m, person=np.array([0, 1, 9])),
        "markets.certificate_award",
    ),
    (
        "the reserved seat to someone outside the group",
        lambda m: changed(m, group=["", "urgent", ""]),
        "markets.certificate_award",
    ),
    (
        "a group the post has no seats for",
        lambda m: changed(m, group=["urgent", "", "urgent"]),
        "markets.certificate_award",
    ),
    (
        "more seats than there are",
        lambda m: changed(m, group=["", "", ""]),
        "markets.certificate_award",
    ),
    (
        "a cut-off score",
        lambda m: replace(
            m,
            seats=m.seats.with_columns(
                score=Maybe(m.seats.maybe("score").values + 1, m.seats.maybe("score").present)
            ),
        ),
        "markets.certificate_shape",
    ),
    (
        "a row of seats dropped",
        lambda m: replace(m, seats=m.seats.take([0, 1])),
        "markets.certificate_shape",
    ),
    (
        "a column dropped",
        lambda m: replace(m, awards=Columns({"person": m.awards["person"]})),
        "markets.certificate_shape",
    ),
    (
        "names for numbers",
        lambda m: changed(m, person=Text.of(["0", "1", "3"])),
        "markets.certificate_shape",
    ),
    ("a total", lambda m: replace(m, placed=4), "markets.certificate_total"),
    ("a total that is no number", lambda m: replace(m, unplaced=True), "markets.certificate_total"),
    ("another rule", lambda m: replace(m, rule="matching/0"), "markets.certificate_rule"),
    ("other choices", lambda m: replace(m, choices_digest="0" * 64), "markets.certificate_digest"),
    (
        "other parameters",
        lambda m: replace(m, parameters_digest="0" * 64),
        "markets.certificate_digest",
    ),
]


def test_the_result_as_made_is_taken() -> None:
    matching = made()
    assert matching.awards["person"].tolist() == [0, 1, 3]
    assert matching.awards.text("group").tolist() == ["urgent", "", ""]
    ys.verify_matching(CHOICES, matching, seed=SEED)


@pytest.mark.parametrize(("what", "change", "code"), CHANGES, ids=[row[0] for row in CHANGES])
def test_a_changed_result_is_refused(what: str, change: Change, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        ys.verify_matching(CHOICES, change(made()), seed=SEED)
    assert caught.value.code == code


def test_another_stable_result_is_refused() -> None:
    """Two would rather be swapped, no pair blocks: stable, but not the best for people."""
    choices = ys.Choices.of(
        {"person": [0, 0, 1, 1], "post": [0, 1, 1, 0], "score": [0, 1, 0, 1]},
        {"post": [0, 1], "seats": [1, 1]},
    )
    for proposing, other in (("people", "posts"), ("posts", "people")):
        right = ys.match(choices, seed=SEED, proposing=proposing)
        wrong = ys.match(choices, seed=SEED, proposing=other)
        forged = replace(wrong, parameters_digest=right.parameters_digest)
        with pytest.raises(Refusal, match=rf"better for the {proposing}") as caught:
            ys.verify_matching(choices, forged, seed=SEED, proposing=proposing)
        assert caught.value.code == "markets.certificate_not_best"


@pytest.mark.parametrize("proposing", ["people", "posts"])
def test_every_number_of_the_tables_is_pinned(proposing: str) -> None:
    """Any whole number of any table, one up or one down, in random markets."""
    for seed in range(12):
        market = random_market(seed, people=8, posts=4)
        parameters = replace(market.parameters, proposing=proposing)
        right = match_choices(market.choices, parameters)
        for table in ("awards", "seats"):
            columns: Columns = getattr(right, table)
            for name in columns.names:
                column: Any = columns.column(name)
                for row in range(columns.rows):
                    for by in (-1, 1):
                        if isinstance(column, Text):
                            continue
                        if isinstance(column, Maybe):
                            if not column.present[row]:
                                continue
                            values = put(column.values, row, column.values[row] + by)
                            wrong: Any = Maybe(values, column.present)
                        else:
                            wrong = put(column, row, column[row] + by)
                        forged = replace(right, **{table: columns.with_columns(**{name: wrong})})
                        with pytest.raises(Refusal):
                            verify_matching(market.choices, forged, parameters)

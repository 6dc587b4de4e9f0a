"""Shares, money, rounding: exact, and nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yaosu.kernel.numbers import NOTHING, WHOLE, Money, Quantity, Share
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.rounding import apportion, divide_down, divide_to_even, divide_up


def test_a_share_is_kept_in_lowest_terms() -> None:
    assert Share.of(2, 6) == Share(1, 3)
    assert str(Share.of(2, 6)) == "1/3"


@pytest.mark.parametrize(("numerator", "denominator"), [(-1, 2), (3, 2), (1, 0), (1, 2**63)])
def test_what_is_not_a_part_of_a_whole_is_refused(numerator: int, denominator: int) -> None:
    with pytest.raises(Refusal) as caught:
        Share.of(numerator, denominator)
    assert caught.value.code == "kernel.bad_share"
    assert f"{numerator}/{denominator} is not a share" in str(caught.value)


@given(st.integers(1, 60), st.integers(1, 60))
def test_shares_add_up_exactly(parts: int, more: int) -> None:
    third = Share.of(1, parts)
    total = NOTHING
    for _ in range(parts):
        total = total.plus(third)
    assert total == WHOLE
    assert WHOLE.minus(third).plus(third) == WHOLE
    assert Share.of(1, parts * more).of_whole(parts * more) == 1


def test_money_of_two_currencies_does_not_add_up() -> None:
    assert Money(3, "CNY") + Money(4, "CNY") == Money(7, "CNY")
    with pytest.raises(Refusal) as caught:
        Money(3, "CNY") + Money(4, "EUR")
    assert caught.value.code == "kernel.different_units"
    with pytest.raises(Refusal):
        Quantity(3, "m2") - Quantity(1, "hour")


def test_division_names_its_rounding() -> None:
    assert [divide_down(-7, 2), divide_up(-7, 2), divide_to_even(-7, 2)] == [-4, -3, -4]
    assert [divide_to_even(n, 2) for n in (1, 3, 5)] == [0, 2, 2]


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**9), min_size=1, max_size=12))
def test_apportioning_loses_nothing_and_stays_within_one(total: int, weights: list[int]) -> None:
    if not sum(weights):
        weights = [1] * len(weights)
    parts = apportion(total, weights)
    whole = sum(weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * whole - total * weight) < whole


def test_equal_remainders_go_to_the_earlier_position() -> None:
    assert apportion(4, [1, 1, 1]) == [2, 1, 1]
    assert apportion(0, [0, 0]) == [0, 0]

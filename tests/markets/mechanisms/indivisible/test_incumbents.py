"""Clearings met on the way: each sound, each better, the same ones every time."""

from itertools import islice, pairwise

import pytest

import yaosu as ys
from tests.markets.mechanisms.indivisible.books import grid_book
from tests.markets.mechanisms.indivisible.test_core import LICENCES
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import GAP_OPEN
from yaosu.markets.orders import Orders

BOOK = grid_book(250, 2)


def test_each_is_sound_and_better_and_the_last_is_the_clearing() -> None:
    """Whoever stops has a clearing that verifies with the same parameters."""
    found = list(ys.incumbents(BOOK, effort=2))
    assert len(found) > 3
    for one in found:
        ys.verify_clearing(BOOK, None, one.clearing, {"effort": 2})
        assert one.clearing.welfare <= one.bound <= one.clearing.certificate.dual
    for one, other in pairwise(found):
        assert one.clearing.welfare <= other.clearing.welfare
        assert one.bound >= other.bound
        assert one.work <= other.work <= 2
        assert not one.is_last
    assert found[-1].is_last
    assert found[-1].clearing == ys.clear(BOOK, mechanism="package-all-or-nothing", effort=2)


def test_they_are_counted_and_not_timed() -> None:
    """The same ones every time, also where the search is left early."""
    whole = list(ys.incumbents(BOOK, effort=1))
    early = list(islice(ys.incumbents(BOOK, effort=1), 3))
    assert whole[:3] == early


def test_a_large_book_has_one_at_once() -> None:
    book = grid_book(4_500, 1)
    first = next(iter(ys.incumbents(book, effort=2)))
    ys.verify_clearing(book, None, first.clearing, {"effort": 2})
    assert first.clearing.welfare > 0
    assert not first.is_last


@pytest.mark.parametrize("given", [{"mode": "uniform"}, {"payments": "core"}])
def test_where_payments_follow_at_the_end_only_the_last_is_told(given: dict[str, str]) -> None:
    (only,) = ys.incumbents(LICENCES, effort=1, **given)
    assert only.is_last
    assert only.clearing == ys.clear(
        LICENCES, mechanism="package-all-or-nothing", effort=1, **given
    )


def test_the_gap_is_rounded_up_and_open_where_nothing_trades() -> None:
    *_, last = ys.incumbents(BOOK, effort=1)
    welfare = last.clearing.welfare
    assert (last.gap_ppm - 1) * welfare < (last.bound - welfare) * 10**6 <= last.gap_ppm * welfare
    nothing = Orders.from_columns(None, None, [1], [5], [1])
    *_, last = ys.incumbents(nothing, effort=1)
    assert last.gap_ppm in (0, GAP_OPEN)


def test_a_mechanism_with_one_result_has_none_on_the_way() -> None:
    with pytest.raises(Refusal) as error:
        ys.incumbents(BOOK, mechanism="package")
    assert str(error.value) == (
        "markets.no_incumbents: the mechanism package has one result, and none on the way to it; "
        "clear without asking for more; only package-all-or-nothing gets better step by step"
    )

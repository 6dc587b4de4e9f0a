"""Columns: what goes in comes out, in any order, and nothing that is not whole gets in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yaosu.kernel.columns import Columns, Maybe, Text, concatenate
from yaosu.kernel.frames import columns_from
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.wide import sum_of_products

NAMES = st.lists(st.text("abc区", max_size=3), min_size=1, max_size=20)


@given(NAMES)
def test_text_is_coded_sorted_and_comes_back(names: list[str]) -> None:
    text = Text.of(names)
    assert text.tolist() == names
    assert list(text.values) == sorted(set(names))


@given(NAMES, NAMES)
def test_tables_are_joined_whatever_their_codes(left: list[str], right: list[str]) -> None:
    joined = concatenate([Columns.of(name=left), Columns.of(name=right)])
    assert joined.text("name").tolist() == left + right


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([1.5, 2.0], "kernel.float_not_allowed"),
        ([1, "two"], "kernel.wrong_type"),
        ([2**70, 1], "kernel.number_out_of_range"),
        (np.array([2**63], np.uint64), "kernel.number_out_of_range"),
        ([None, 1], "kernel.wrong_type"),
        ([object()], "kernel.wrong_type"),
    ],
)
def test_what_is_not_whole_numbers_or_text_is_refused(values: object, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        Columns.of(price=values)  # type: ignore[arg-type]  # wrong on purpose
    assert caught.value.code == code
    assert "column price" in caught.value.sentence


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(Refusal) as caught:
        Columns.of(a=[1, 2], b=[1])
    assert caught.value.code == "kernel.unequal_columns"
    assert caught.value.facts == {"column": "b", "rows": 1, "expected": 2}


def test_missing_numbers_are_zeroed_and_marked() -> None:
    price = Maybe(np.array([7, 8]), np.array([True, False]))
    assert price.tolist() == [7, None]
    assert price.values.tolist() == [7, 0]


@pytest.mark.parametrize("library", ["pyarrow", "polars", "pandas"])
def test_tables_of_other_libraries_go_out_and_come_back(library: str) -> None:
    pytest.importorskip(library, reason=f"{library} comes with an extra")
    mine = Columns.of(region=["b", "a", "b"], lots=[3, 2, 1])
    out = {"pyarrow": mine.to_arrow, "polars": mine.to_polars, "pandas": mine.to_pandas}[library]()
    back = columns_from(out)
    assert back.text("region").tolist() == ["b", "a", "b"]
    assert back["lots"].tolist() == [3, 2, 1]


def test_missing_values_from_outside_are_refused_with_their_row() -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow comes with an extra")
    with pytest.raises(Refusal) as caught:
        columns_from(pyarrow.table({"lots": [1, None]}))
    assert caught.value.code == "kernel.missing_values"
    assert caught.value.facts == {"column": "lots", "row": 1}


def test_something_that_is_no_table_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        columns_from(7)
    assert caught.value.code == "kernel.not_a_table"


@given(st.lists(st.tuples(st.integers(-(2**62), 2**62), st.integers(0, 2**62)), max_size=8))
def test_sums_of_products_are_exact_beyond_64_bits(rows: list[tuple[int, int]]) -> None:
    left = np.array([a for a, _ in rows], np.int64)
    right = np.array([b for _, b in rows], np.int64)
    assert sum_of_products(left, right) == sum(abs(a) * b for a, b in rows)

"""Rows in order by several columns, packed or not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yaosu.kernel.columns import Array
from yaosu.kernel.sorting import ROWS_BY_DIGITS_MIN, order_of

NARROW = st.integers(-3, 3)
WIDE = st.integers(-(2**62), 2**62)


@given(st.lists(st.tuples(NARROW, WIDE, NARROW, NARROW), max_size=12))
def test_the_order_is_that_of_the_rows_and_equal_rows_keep_theirs(
    rows: list[tuple[int, int, int, int]],
) -> None:
    columns = [np.array([row[k] for row in rows], np.int64) for k in range(4)]
    assert order_of(columns).tolist() == sorted(range(len(rows)), key=lambda i: (rows[i], i))


@pytest.mark.parametrize("seed", range(12))
def test_many_rows_ordered_by_digits_stand_as_comparing_them_would_put_them(seed: int) -> None:
    """Narrow and wide columns, of all kinds, over the whole range of 64 bits."""
    chance = np.random.default_rng(seed)
    rows = ROWS_BY_DIGITS_MIN + int(chance.integers(0, 2_000))
    columns: list[Array] = [chance.integers(-(2**63), 2**63 - 1, rows, endpoint=True)]
    columns.append(chance.integers(0, 3, rows).astype(np.int8))
    columns.append(chance.integers(-(2**31), 2**31 - 1, rows).astype(np.int32))
    columns.append(chance.integers(-5, 5, rows))
    columns.append(np.full(rows, 7))
    for _ in range(4):
        picked = [columns[i] for i in chance.permutation(len(columns)).tolist()]
        assert (order_of(picked) == np.lexsort(picked[::-1])).all()

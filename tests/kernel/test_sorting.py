"""Rows in order by several columns, packed or not."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from yaosu.kernel.sorting import order_of

NARROW = st.integers(-3, 3)
WIDE = st.integers(-(2**62), 2**62)


@given(st.lists(st.tuples(NARROW, WIDE, NARROW, NARROW), max_size=12))
def test_the_order_is_that_of_the_rows_and_equal_rows_keep_theirs(
    rows: list[tuple[int, int, int, int]],
) -> None:
    columns = [np.array([row[k] for row in rows], np.int64) for k in range(4)]
    assert order_of(columns).tolist() == sorted(range(len(rows)), key=lambda i: (rows[i], i))

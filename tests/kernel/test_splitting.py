"""Tables split by a text column: the bytes of each part are those of the rows taken out."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yaosu.kernel import splitting
from yaosu.kernel.canonical import columns_to_bytes
from yaosu.kernel.columns import Columns, Maybe, Text
from yaosu.kernel.splitting import split_by

NAMES = ("b", "a", "地方", "", "unused")


def one_by_one(columns: Columns, name: str) -> list[tuple[str, int, bytes]]:
    """The oracle: take the rows of each value out and write them down."""
    owner = np.array(columns.text(name).tolist(), dtype=object)
    parts = [(value, columns.take(owner == value)) for value in sorted(set(owner.tolist()))]
    return [(value, part.rows, columns_to_bytes(part)) for value, part in parts]


@st.composite
def tables(draw: st.DrawFn) -> Columns:
    rows = draw(st.integers(0, 40))
    numbers = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=rows, max_size=rows)
    codes = st.lists(st.integers(0, 3), min_size=rows, max_size=rows)
    truths = st.lists(st.booleans(), min_size=rows, max_size=rows)
    wide = np.array(draw(numbers), np.int64)
    return Columns(
        {
            "party": Text(NAMES, np.array(draw(codes), np.int32)),
            "market": Text(NAMES, np.array(draw(codes), np.int32)),
            "price": wide,
            "side": np.array(draw(codes), np.int8),
            "best": Maybe(wide, np.array(draw(truths), bool)),
            "open": np.array(draw(truths), bool),
            "row": np.array(draw(codes), np.int32),
        }
    )


@settings(deadline=None, max_examples=60)
@given(tables(), st.sampled_from(["party", "market"]))
def test_the_parts_are_the_bytes_of_the_rows_taken_out(columns: Columns, name: str) -> None:
    for few in (0, 1_000):  # as a large table, and by hand
        with patch.object(splitting, "FEW_ROWS", few):
            assert split_by(columns, name) == one_by_one(columns, name)


def test_many_values_and_many_texts_are_split_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a table of value x text would be too large, a sort finds the texts of each value."""
    monkeypatch.setattr(splitting, "DENSE_CELLS_MAX", 0)
    draw = np.random.default_rng(4)
    names = tuple(f"p{i:03d}" for i in range(200))
    columns = Columns(
        {
            "party": Text(names, draw.integers(0, 200, 3_000).astype(np.int32)),
            "right": Text(names, draw.integers(0, 200, 3_000).astype(np.int32)),
            "lots": draw.integers(-5, 5, 3_000),
        }
    )
    assert split_by(columns, "party") == one_by_one(columns, "party")

"""Canonical bytes: one form for one value, and damage never decodes in silence."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns, Maybe, Text
from yaosu.kernel.refusal import Refusal

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_the_same_value_has_the_same_bytes_and_comes_back(value: object) -> None:
    data = canonical.encode(value)
    assert canonical.decode(data, object) == value
    assert canonical.encode(canonical.decode(data, object)) == data


@given(st.permutations(["b", "a", "c", "aa"]))
def test_the_order_in_which_a_map_was_made_does_not_matter(keys: list[str]) -> None:
    made = {key: len(key) for key in keys}
    assert canonical.encode(made) == canonical.encode(dict(sorted(made.items())))


def _table() -> Columns:
    return Columns.of(
        region=["广东", "a", "广东"],
        lots=np.array([1, -2, 3]),
        price=Maybe(np.array([5, 9, 7]), np.array([True, False, True])),
        good=np.array([True, False, True]),
    )


def test_columns_survive_whatever_the_order_of_their_names() -> None:
    table = _table()
    turned = Columns({name: table.column(name) for name in reversed(table.names)})
    data = canonical.encode(table)
    assert canonical.encode(turned) == data
    assert canonical.decode(data, Columns) == table


@settings(max_examples=200)
@given(st.data())
def test_a_damaged_table_is_refused_or_differs(data: st.DataObject) -> None:
    good = canonical.encode(_table())
    place = data.draw(st.integers(0, len(good) - 1))
    flip = data.draw(st.integers(1, 255))
    bad = good[:place] + bytes([good[place] ^ flip]) + good[place + 1 :]
    try:
        value = canonical.decode(bad, Columns)
    except Refusal as refusal:
        assert refusal.code in {"kernel.malformed", "kernel.unequal_columns"}
    else:
        assert bad != good
        assert isinstance(value, Columns)


@pytest.mark.parametrize("cut", [0, 1, 7, 20, -1])
def test_a_truncated_table_is_refused(cut: int) -> None:
    with pytest.raises(Refusal) as caught:
        canonical.decode(canonical.encode(_table())[:cut], Columns)
    assert caught.value.code == "kernel.malformed"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"a": 1.5}, "kernel.float_not_allowed"),
        ([2**63], "kernel.number_out_of_range"),
        ("e\u0301", "kernel.bad_text"),
        ("\ud800", "kernel.bad_text"),
        ({1: 2}, "kernel.wrong_type"),
        ({"a": {2, 3}}, "kernel.wrong_type"),
        ("x" * 1_000_001, "kernel.text_too_long"),
    ],
)
def test_what_has_no_canonical_bytes_is_refused_at_the_door(value: object, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        canonical.check(value)
    assert caught.value.code == code


def test_a_value_nested_too_deep_is_refused() -> None:
    value: object = 1
    for _ in range(40):
        value = [value]
    with pytest.raises(Refusal) as caught:
        canonical.check(value)
    assert caught.value.code == "kernel.wrong_type"


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        (Columns({"a": np.array([1.5])}), "kernel.wrong_type"),
        (Columns({"a": np.array([1], np.uint64)}), "kernel.wrong_type"),
        (Columns({"a": np.array([[1, 2]])}), "kernel.wrong_type"),
        (Columns({"a": Text(("x",), np.array([1], np.int32))}), "kernel.wrong_type"),
        (Columns({"a": Text(("x",), np.array([-1], np.int32))}), "kernel.wrong_type"),
        (Columns({"a": ["x"]}), "kernel.wrong_type"),  # type: ignore[dict-item]  # a caller's slip
        (Columns({"a": [1] * 65}), "kernel.wrong_type"),
        (Columns({"a": [2**63]}), "kernel.number_out_of_range"),
        (Columns({"a" * 70_000: np.array([1])}), "kernel.text_too_long"),
        (Columns({"\ud800": np.array([1])}), "kernel.bad_text"),
    ],
)
def test_columns_without_canonical_bytes_are_refused(columns: Columns, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        canonical.check(columns)


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 9, 60, 3_000])
def test_the_digest_of_columns_is_that_of_their_bytes(rows: int) -> None:
    """Without forming the bytes, over every length of head that the message form has."""
    texts = Text.of([str(i % 3) for i in range(rows)])
    for data in (
        {"small": np.arange(rows, dtype=np.int8)},
        {"text": texts, "maybe": Maybe(np.arange(rows), np.arange(rows) % 2 == 0)},
    ):
        table = Columns(dict(data))
        expected = canonical.digest(canonical.encode(table))
        assert canonical.digest_columns(table) == expected


def test_the_head_of_columns_that_fit_no_message_is_the_one_on_the_page() -> None:
    """Before a digest only: 0xC1, eight bytes of length, the type; below it a plain head."""
    page = Path(__file__).parents[2] / "docs" / "reference" / "canonical-bytes.md"
    for size, head in (
        (2**32 - 1, "c9 ff ff ff ff 01"),
        (2**32, "c1 00 00 00 01 00 00 00 00 01"),
        (2**40 + 5, "c1 00 00 01 00 00 00 00 05 01"),
    ):
        assert canonical._extension_head(size).hex(" ") == head
    assert "`c1 00 00 00 01 00 00 00 00 01`" in page.read_text()
    with pytest.raises(Refusal):
        canonical.decode(bytes.fromhex("c1 00 00 00 01 00 00 00 00 01"), Columns)

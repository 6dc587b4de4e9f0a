"""A packed table says what a dict says, whatever rests and whatever is in use."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import DecodeError, Struct
from msgspec.structs import replace

from yaosu.kernel import packed as packed_module
from yaosu.kernel.canonical import decode, encode
from yaosu.kernel.packed import (
    PAGE,
    Opened,
    Packed,
    PackedTable,
    map_head,
    packed,
    packed_from,
)


class Thing(Struct, frozen=True, omit_defaults=True):
    """Something with text, a map, and a default."""

    name: str
    size: int = 0
    words: dict[str, str] = {}


KEYS = st.text(st.characters(codec="utf-8"), max_size=4)
STEPS = st.lists(st.tuples(KEYS, st.integers(-(2**63), 2**63 - 1)), max_size=300)


@settings(deadline=None, max_examples=60)
@given(steps=STEPS, in_use=st.integers(1, 4))
def test_a_packed_table_is_a_dict_whatever_is_put_in(
    steps: list[tuple[str, int]], in_use: int
) -> None:
    table: Packed[Thing] = Packed(Thing, in_use)
    plain: dict[str, Thing] = {}
    for key, size in steps:
        thing = Thing(key, size, {key: "x"} if size % 2 else {})
        table[key] = plain[key] = thing
        assert table[key] == thing
    assert list(table) == list(plain)
    assert list(table.items()) == list(plain.items())
    assert list(table.values()) == list(plain.values())
    assert table == plain
    assert encode({"t": table}) == encode({"t": plain})
    for row, key in enumerate(plain):
        assert table.row_of(key) == row
        assert table.at(row) == (key, plain[key])
    assert packed(plain, Thing) == table
    assert packed(table, Thing) is table


@settings(deadline=None, max_examples=30)
@given(
    sizes=st.lists(st.integers(0, 70), max_size=6),
    in_use=st.integers(1, 4),
    compiled=st.booleans(),
)
def test_many_keys_put_in_together_are_those_put_in_one_by_one(
    sizes: list[int], in_use: int, compiled: bool
) -> None:
    """S0-26: in bulk and single, also by the compiled way that large tables take."""
    with pytest.MonkeyPatch.context() as patch:
        if compiled:
            patch.setattr(packed_module, "LARGE", 0)
        bulk: Packed[Thing] = Packed(Thing, in_use)
        single: Packed[Thing] = Packed(Thing, in_use)
        for number, size in enumerate(sizes):
            keys = [f"{number}/{at}" for at in range(size)]
            things = [Thing(key, len(key)) for key in keys]
            assert bulk.add_many(keys, things) == len(single)
            single.update(zip(keys, things, strict=True))
            extra = f"extra {number}"
            bulk[extra] = single[extra] = Thing(extra)
        assert list(bulk.items()) == list(single.items())
        wanted = [*single, "missing", "0/70"]
        assert bulk.rows_of(wanted) == [single.row_of(key) for key in wanted]
        assert encode({"t": bulk}) == encode({"t": single})


class Size(Struct, frozen=True):
    """Of a thing its size."""

    size: int = 0


@settings(deadline=None, max_examples=40)
@given(steps=STEPS, later=STEPS, in_use=st.integers(1, 4))
def test_a_table_kept_in_a_file_says_the_same_and_goes_on(
    steps: list[tuple[str, int]], later: list[tuple[str, int]], in_use: int
) -> None:
    """S0-26, S0-27: whatever rests, is in use or changed; the bytes seen are the canonical ones."""
    table: Packed[Thing] = Packed(Thing, in_use)
    for key, size in steps:
        table[key] = Thing(key, size)
    if steps:
        table[steps[0][0]] = Thing("changed")
    plain = dict(sorted(table.items()))
    seen: list[list[bytes]] = [[], []]
    kept = table.packed_table(lambda data: seen[0].append(bytes(data)))
    looked_at: dict[str, int] = {}
    opened = Opened(
        lambda data: seen[1].append(bytes(data)),
        Size,
        lambda keys, sizes: looked_at.update(
            (key, one.size) for key, one in zip(keys, sizes, strict=True)
        ),
    )
    again = packed_from(decode(encode(kept), PackedTable), Thing, opened, in_use)
    assert list(again.items()) == list(plain.items())
    assert looked_at == {key: thing.size for key, thing in plain.items()}
    assert seen[0] == seen[1]
    assert map_head(len(plain)) + b"".join(seen[0]) == encode(plain)
    for key, size in later:
        again[key] = plain[key] = Thing(key, size, {"later": key})
        assert again[key] == plain[key]
    assert list(again.items()) == list(plain.items())
    assert encode({"t": again}) == encode({"t": plain})


def test_a_bent_table_is_no_table() -> None:
    table: Packed[Thing] = Packed(Thing)
    for number in range(40):
        table[str(number)] = Thing("thing", number)
    kept = table.packed_table(len)
    opened = Opened(len, Size, lambda keys, sizes: None)
    for bent in (
        replace(kept, rows=39),
        replace(kept, rows=41),
        replace(kept, rows=100),
        replace(kept, pages=kept.pages[1:]),
        replace(kept, pages=[b"no page", *kept.pages[1:]]),
        replace(kept, dictionary=b""),
    ):
        with pytest.raises(DecodeError):
            packed_from(bent, Thing, opened)


def test_what_is_not_in_is_not_found() -> None:
    table: Packed[Thing] = Packed(Thing)
    assert table.get("a") is None
    assert table.get("a", 3) == 3
    assert "a" not in table
    assert table.row_of("a") == -1
    with pytest.raises(KeyError):
        table["a"]
    table["a"] = Thing("a")
    with pytest.raises(TypeError, match="nothing is taken out"):
        del table["a"]


def test_thousands_of_rows_are_found_in_pages_that_rest() -> None:
    """More keys than slots at first, more pages than are in use; a changed one stays changed."""
    table: Packed[Thing] = Packed(Thing, in_use=8)
    for number in range(5_000):
        table[f"key-{number}"] = Thing("thing", number)
    table["key-7"] = Thing("changed", -1)
    assert all(table[f"key-{n}"].size == n for n in range(4_999, 7, -PAGE - 1))
    assert table["key-7"] == Thing("changed", -1)
    assert len(table) == 5_000
    assert "key-5000" not in table


@pytest.mark.parametrize("size", [0, 15, 16, 65_535, 65_536])
def test_the_canonical_bytes_are_those_of_the_dict_at_every_size(size: int) -> None:
    plain = {str(number): number for number in range(size)}
    assert encode(packed(plain, int)) == encode(plain)

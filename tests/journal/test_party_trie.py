"""The trie over the parties of an entry: one leaf a party, found or shown to be missing."""

from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reviewer import HOUSE
from yaosu.journal.chain import ZERO
from yaosu.journal.party_trie import (
    Leaf,
    climb,
    leaf_hash,
    salt_of,
    secret_of,
    shares_way,
    trie_path,
    trie_root,
)

KEYS = st.lists(st.binary(min_size=32, max_size=32), unique=True, max_size=12)
# the leaf of the last test, also in docs/reference/proofs.md
VECTOR = "af669104d0c8e10721cdb4a45d988517bee39bd162b0bd4a1247d21c327f96da"
CLOSE = st.lists(st.integers(0, 255), unique=True, max_size=12)  # keys that part only at the end


def leaves_of(keys: list[bytes]) -> list[tuple[bytes, bytes]]:
    return [(key, leaf_hash(key, sha256(key).digest())) for key in sorted(keys)]


def plain_root(leaves: list[tuple[bytes, bytes]], depth: int = 0) -> bytes:
    """The oracle: part the leaves by one bit after the other."""
    if not leaves:
        return ZERO
    if len(leaves) == 1:
        return leaves[0][1]
    bits = [int.from_bytes(key, "big") >> (255 - depth) & 1 for key, _ in leaves]
    sides = [
        plain_root([leaf for leaf, bit in zip(leaves, bits, strict=True) if bit == side], depth + 1)
        for side in (0, 1)
    ]
    return sha256(b"\6" + sides[0] + sides[1]).digest()


@settings(deadline=None, max_examples=60)
@given(KEYS | CLOSE.map(lambda ends: [bytes(31) + bytes([end]) for end in ends]))
def test_the_root_is_that_of_the_bits_and_every_way_leads_to_it(keys: list[bytes]) -> None:
    leaves = leaves_of(keys)
    root = trie_root(leaves)
    assert root == plain_root(leaves)
    for key, node in leaves:
        way, place = trie_path(leaves, key)
        assert leaves[place] == (key, node)
        assert climb(key, node, way) == root


@settings(deadline=None, max_examples=60)
@given(KEYS, st.binary(min_size=32, max_size=32))
def test_a_key_that_has_no_leaf_is_shown_to_have_none(keys: list[bytes], key: bytes) -> None:
    leaves = leaves_of([one for one in keys if one != key])
    way, place = trie_path(leaves, key)
    if place is None:
        assert climb(key, ZERO, way) == trie_root(leaves)
        return
    beside, node = leaves[place]
    assert beside != key
    assert shares_way(key, beside, len(way))
    assert climb(key, node, way) == trie_root(leaves)


def test_a_leaf_is_written_as_the_reference_page_says() -> None:
    key = sha256(b"firm-1").digest()
    salt = salt_of(secret_of(b"events"), key)
    assert salt == sha256(b"\3" + sha256(b"\2events").digest() + key).digest()
    leaf = Leaf(key, salt, 258, 3, sha256(b"rows").digest())
    numbers = b"\2\1" + bytes(6) + b"\3" + bytes(7)
    content = sha256(b"\4" + salt + numbers + sha256(b"rows").digest()).digest()
    assert leaf.hash == sha256(b"\5" + key + content).digest()
    assert leaf.hash.hex() == VECTOR
    assert VECTOR in (HOUSE / "docs" / "reference" / "proofs.md").read_text(encoding="utf-8")

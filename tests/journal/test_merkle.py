"""The tree against published test vectors, a word-for-word oracle, and forged proofs."""

from collections.abc import Iterator
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yaosu.journal.merkle import (
    EMPTY_ROOT,
    Tree,
    consistency_proof,
    inclusion_proof,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The eight leaves and their roots, as in the tests of the Certificate Transparency reference
# implementation of RFC 6962 (merkletree/merkle_tree_test.cc).
INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
INCLUSIONS = [
    (0, 1, []),
    (0, 8, [A, B, C]),
    (5, 8, [D, E, ROOTS[3]]),
    (2, 3, [ROOTS[1]]),
    (1, 5, [ROOTS[0], B, D]),
]
CONSISTENCIES = [
    (1, 1, []),
    (1, 8, [A, B, C]),
    (6, 8, [F, E, ROOTS[3]]),
    (2, 5, [B, D]),
]
LEAVES = [sha256(b"\0" + bytes.fromhex(text)).digest() for text in INPUTS]


class Leaves:
    """As much of a store as a proof needs."""

    name = "leaves"

    def __init__(self, leaves: list[bytes]) -> None:
        self._leaves = leaves

    @property
    def size(self) -> int:
        return len(self._leaves)

    def hashes(self, first: int, last: int) -> Iterator[bytes]:
        return iter(self._leaves[first : last + 1])


def naive_path(at: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    half = naive_half(len(leaves))
    if at < half:
        return [*naive_path(at, leaves[:half]), root_of(leaves[half:])]
    return [*naive_path(at - half, leaves[half:]), root_of(leaves[:half])]


def naive_subproof(old: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2, word for word."""
    if old == len(leaves):
        return [] if whole else [root_of(leaves)]
    half = naive_half(len(leaves))
    if old <= half:
        return [*naive_subproof(old, leaves[:half], whole), root_of(leaves[half:])]
    return [*naive_subproof(old - half, leaves[half:], False), root_of(leaves[:half])]


def naive_half(size: int) -> int:
    half = 1
    while half * 2 < size:
        half *= 2
    return half


def numbered(size: int) -> list[bytes]:
    return [sha256(bytes([0, n % 256, n // 256])).digest() for n in range(size)]


def test_the_roots_are_those_of_the_published_vectors() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for size, root in enumerate(ROOTS, 1):
        assert root_of(LEAVES[:size]).hex() == root


@pytest.mark.parametrize(("at", "size", "path"), INCLUSIONS)
def test_inclusion_proofs_are_those_of_the_published_vectors(
    at: int, size: int, path: list[str]
) -> None:
    proof = inclusion_proof(Leaves(LEAVES), at, size)
    assert [node.hex() for node in proof] == path
    assert verify_inclusion(LEAVES[at], at, size, proof, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "size", "path"), CONSISTENCIES)
def test_consistency_proofs_are_those_of_the_published_vectors(
    old: int, size: int, path: list[str]
) -> None:
    proof = consistency_proof(Leaves(LEAVES), old, size)
    assert [node.hex() for node in proof] == path
    old_root, root = bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[size - 1])
    assert verify_consistency(old, size, old_root, root, proof)


@given(st.integers(1, 300), st.data())
def test_proofs_equal_those_of_the_definition(size: int, data: st.DataObject) -> None:
    leaves = numbered(size)
    at = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    assert inclusion_proof(Leaves(leaves), at, size) == naive_path(at, leaves)
    assert consistency_proof(Leaves(leaves), old, size) == naive_subproof(old, leaves, True)


@given(st.lists(st.integers(0, 40), max_size=6))
def test_a_tree_can_be_put_down_and_taken_up_again(parts: list[int]) -> None:
    leaves = numbered(sum(parts))
    tree, at = Tree(), 0
    for part in parts:
        tree = Tree(tree.size, tree.peaks)
        tree.extend(leaves[at : at + part])
        at += part
    assert tree.root() == root_of(leaves)
    assert tree.peaks == b"".join(
        root_of(leaves[first:end]) for first, end in complete_subtrees(len(leaves))
    )


def complete_subtrees(size: int) -> Iterator[tuple[int, int]]:
    first = 0
    for bit in reversed(range(size.bit_length())):
        if size >> bit & 1:
            yield first, first + (1 << bit)
            first += 1 << bit


@given(st.integers(2, 64), st.data())
def test_a_forged_inclusion_proof_does_not_verify(size: int, data: st.DataObject) -> None:
    leaves = numbered(size)
    at = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != at))
    proof, root = inclusion_proof(Leaves(leaves), at, size), root_of(leaves)
    assert not verify_inclusion(leaves[other], at, size, proof, root)
    assert not verify_inclusion(leaves[at], at, size, proof[:-1], root)
    assert not verify_inclusion(leaves[at], at, size, [*proof, root], root)
    assert not verify_inclusion(leaves[at], at, size, flipped(proof, data), root)
    assert not verify_inclusion(leaves[at], size, size, proof, root)
    assert not verify_inclusion(leaves[at], at, size, proof, EMPTY_ROOT)


@given(st.integers(2, 64), st.data())
def test_a_forged_consistency_proof_does_not_verify(size: int, data: st.DataObject) -> None:
    leaves = numbered(size)
    old = data.draw(st.integers(1, size - 1))
    proof = consistency_proof(Leaves(leaves), old, size)
    old_root, root = root_of(leaves[:old]), root_of(leaves)
    rewritten = root_of([EMPTY_ROOT, *leaves[1:old]])
    assert not verify_consistency(old, size, rewritten, root, proof)
    assert not verify_consistency(old, size, old_root, rewritten, proof)
    assert not verify_consistency(old, size, old_root, root, flipped(proof, data))
    assert not verify_consistency(old, size, old_root, root, proof[:-1])
    assert not verify_consistency(old, size, old_root, root, [*proof, root])
    assert not verify_consistency(size + 1, size, old_root, root, proof)
    assert not verify_consistency(size, size, old_root, root, [])
    assert not verify_consistency(0, size, old_root, root, [])
    assert not verify_consistency(old, size, old_root, root, [])


def flipped(proof: list[bytes], data: st.DataObject) -> list[bytes]:
    which = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    node = bytearray(proof[which])
    node[bit // 8] ^= 1 << bit % 8
    return [*proof[:which], bytes(node), *proof[which + 1 :]]

"""Tiles against their definition, over every width up to two levels and past the edges."""

from collections.abc import Iterator
from hashlib import sha256

import msgspec
import pytest

from tests.journal.build import grow
from yaosu.journal import MemoryStore
from yaosu.journal.merkle import consistency_proof, inclusion_proof, root_of
from yaosu.journal.tiles import (
    WIDTH,
    consistency_from_tiles,
    inclusion_from_tiles,
    tile_path,
    tiles_of,
)
from yaosu.kernel.refusal import Refusal


class Leaf(msgspec.Struct):
    """As much of an entry as a tile needs."""

    packed: bytes
    hash: bytes


def leaves(count: int) -> Iterator[Leaf]:
    for number in range(count):
        packed = number.to_bytes(4, "big")
        yield Leaf(packed, sha256(b"\0" + packed).digest())


def test_paths_are_those_of_the_published_examples() -> None:
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path(1, 0, 17) == "tile/1/000.p/17"
    assert tile_path("entries", 1000, 255) == "tile/entries/x001/000.p/255"


def test_a_tree_of_70000_has_the_tiles_that_the_text_counts() -> None:
    """The example of C2SP tlog-tiles: 273 full tiles, widths 112, 17 and 1 at the edge."""
    names = [path for path, _ in tiles_of(leaves(70_000))]
    assert len(names) == len(set(names))
    full = [name for name in names if name.startswith("tile/0/") and ".p/" not in name]
    assert len(full) == 273
    edge = [name for name in names if ".p/" in name]
    assert sorted(edge) == [
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
        "tile/entries/273.p/112",
    ]
    assert "tile/1/000" in names


@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, 511, 512, 513, 1000])
def test_tiles_are_the_subtrees_of_the_definition(count: int) -> None:
    hashes = [leaf.hash for leaf in leaves(count)]
    found = dict(tiles_of(leaves(count)))
    expected: dict[str, bytes] = {}
    for level in range(2):
        span = WIDTH**level
        nodes = [root_of(hashes[at : at + span]) for at in range(0, count - span + 1, span)]
        for first in range(0, len(nodes), WIDTH):
            part = nodes[first : first + WIDTH]
            expected[tile_path(level, first // WIDTH, len(part))] = b"".join(part)
    assert {name: data for name, data in found.items() if "entries" not in name} == expected
    bundled = b"".join(data for name, data in found.items() if "entries" in name)
    assert bundled == b"".join(b"\0\4" + leaf.packed for leaf in leaves(count))


class Headers:
    """As much of a store as a proof needs."""

    name = "headers"

    def __init__(self, size: int) -> None:
        self.size = size
        self._hashes = [leaf.hash for leaf in leaves(size)]

    def hashes(self, first: int, last: int) -> Iterator[bytes]:
        return iter(self._hashes[first : last + 1])


@pytest.mark.parametrize("size", [1, 2, 7, 255, 256, 257, 600, 1024])
def test_proofs_from_tiles_equal_those_from_all_headers(size: int) -> None:
    store, tiles = Headers(size), dict(tiles_of(leaves(size)))
    for at in {0, size // 3, size // 2, size - 1}:
        assert inclusion_from_tiles(tiles.__getitem__, at, size) == inclusion_proof(store, at, size)
    for old in {0, 1, size // 3, size // 2, size - 1, size}:
        mine = consistency_from_tiles(tiles.__getitem__, old, size)
        assert mine == consistency_proof(store, old, size)


def test_a_proof_reads_a_handful_of_tiles() -> None:
    """Of 70,000 entries in 274 tiles of the lowest level, one proof reads five at most."""
    tiles, seen = dict(tiles_of(leaves(70_000))), set()

    def read(path: str) -> bytes:
        seen.add(path)
        return tiles[path]

    path = inclusion_from_tiles(read, 12_345, 70_000)
    assert path == inclusion_proof(Headers(70_000), 12_345, 70_000)
    assert len(seen) <= 5


def test_a_tile_that_is_cut_off_is_damaged() -> None:
    tiles = dict(tiles_of(leaves(300)))
    tiles["tile/0/000"] = tiles["tile/0/000"][:-1]
    with pytest.raises(Refusal) as caught:
        inclusion_from_tiles(tiles.__getitem__, 3, 300)
    assert caught.value.code == "journal.damaged"
    assert "tile/0/000" in str(caught.value)


def test_a_bundle_holds_headers_behind_their_length_and_no_payloads() -> None:
    store = MemoryStore()
    entries = grow(store, 3)
    found = dict(tiles_of(store.read()))
    assert found["tile/entries/000.p/3"] == b"".join(b"\x01\x00" + e.packed for e in entries)
    assert all(b"command" not in data for data in found.values())

"""Tiles against their definition, over every width up to two levels and past the edges."""

from collections.abc import Iterator
from hashlib import sha256

import msgspec
import pytest

from tests.journal.build import grow
from yaosu.journal import MemoryStore
from yaosu.journal.merkle import root_of
from yaosu.journal.tiles import WIDTH, tile_path, tiles_of


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


def test_a_bundle_holds_headers_behind_their_length_and_no_payloads() -> None:
    store = MemoryStore()
    entries = grow(store, 3)
    found = dict(tiles_of(store.read()))
    assert found["tile/entries/000.p/3"] == b"".join(b"\x01\x00" + e.packed for e in entries)
    assert all(b"command" not in data for data in found.values())

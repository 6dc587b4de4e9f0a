"""Tiles: the Merkle tree and the headers as plain files that any web server can give out.

Source: C2SP tlog-tiles (c2sp.org/tlog-tiles). A tile holds up to 256 hashes of one level; level 0
holds the leaves, each level above the roots of full tiles below. A bundle holds up to 256 headers,
each behind its length (two bytes, big-endian).
"""

from collections.abc import Callable, Iterable, Iterator

from yaosu.journal.chain import Entry
from yaosu.journal.damage import damaged
from yaosu.journal.merkle import consistency_spans, inclusion_spans, root_between, root_of

WIDTH = 256
HASH_BYTES = 32
LENGTH_BYTES = 2
HEIGHT = 8  # levels of the tree inside one tile
ReadTile = Callable[[str], bytes]


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """Where a tile lies; level ``entries`` for a bundle of headers.

    >>> tile_path(0, 1234067)
    'tile/0/x001/x234/067'
    >>> tile_path("entries", 5, 12)
    'tile/entries/005.p/12'
    """
    assert 1 <= width <= WIDTH, f"a tile of {width} hashes"
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.insert(0, f"x{index % 1000:03d}")
    part = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(parts)}{part}"


def tiles_of(entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
    """Every tile and bundle over these entries, from entry 0 on, as (path, bytes).

    Cost: one hash an entry; O(log n) tiles in memory. Full files come first, so that a reader who
    finds one finds all that it was made of.
    """
    bundle: list[bytes] = []
    levels: list[list[bytes]] = [[]]
    full: list[int] = [0]
    for entry in entries:
        bundle.append(len(entry.packed).to_bytes(LENGTH_BYTES, "big") + entry.packed)
        levels[0].append(entry.hash)
        if len(bundle) < WIDTH:
            continue
        yield tile_path("entries", full[0]), b"".join(bundle)
        bundle.clear()
        yield from _filled(levels, full)
    if bundle:
        yield tile_path("entries", full[0], len(bundle)), b"".join(bundle)
    for level, hashes in enumerate(levels):
        if hashes:
            yield tile_path(level, full[level], len(hashes)), b"".join(hashes)


def inclusion_from_tiles(read: ReadTile, sequence: int, size: int) -> list[bytes]:
    """The proof of an entry in a log of ``size`` entries; what no tile says truly, no root bears.

    Args:
        read: gives the bytes of a tile by its path.
        sequence: below ``size``.

    Raises:
        Refusal: ``journal.damaged`` where a tile has not its length.

    Cost: reads O(log size) tiles.
    """
    assert 0 <= sequence < size, f"entry {sequence} of {size}"
    return [_subtree(read, size, *span) for span in inclusion_spans(sequence, size)]


def consistency_from_tiles(read: ReadTile, old_size: int, size: int) -> list[bytes]:
    """The proof that a log of ``size`` entries continues one of ``old_size``; cost as above."""
    assert 0 <= old_size <= size, f"{old_size} entries before {size}"
    return [_subtree(read, size, *span) for span in consistency_spans(old_size, size)]


def _subtree(read: ReadTile, size: int, first: int, end: int) -> bytes:
    return root_between(lambda at, height: _complete(read, size, at, height), first, end)


def _complete(read: ReadTile, size: int, first: int, height: int) -> bytes:
    """The root of the 2^height entries from ``first`` on, out of one tile."""
    level, inside = divmod(height, HEIGHT)
    start = first >> HEIGHT * level
    index, offset = divmod(start, WIDTH)
    width = min(WIDTH, (size >> HEIGHT * level) - index * WIDTH)
    path = tile_path(level, index, width)
    tile = read(path)
    if len(tile) != width * HASH_BYTES:
        raise damaged(path, "the tile", f"it has {len(tile)} bytes, wanted {width * HASH_BYTES}")
    ends = range(offset, offset + (1 << inside))
    return root_of(tile[at * HASH_BYTES : (at + 1) * HASH_BYTES] for at in ends)


def _filled(levels: list[list[bytes]], full: list[int]) -> Iterator[tuple[str, bytes]]:
    """The tiles that are full now, lowest first; the root of each goes up a level."""
    level = 0
    while len(levels[level]) == WIDTH:
        hashes = levels[level]
        yield tile_path(level, full[level]), b"".join(hashes)
        full[level] += 1
        if level + 1 == len(levels):
            levels.append([])
            full.append(0)
        levels[level + 1].append(root_of(hashes))
        hashes.clear()
        level += 1

"""An exported log checked by the public key alone: every file against the signed root."""

from collections.abc import Iterator

from yaosu.journal.chain import HEADER_BYTES, Entry, header_hash, open_header
from yaosu.journal.checkpoint import Checkpoint, Trusted, verify_checkpoint
from yaosu.journal.damage import damaged
from yaosu.journal.merkle import Tree
from yaosu.journal.tiles import HASH_BYTES, LENGTH_BYTES, WIDTH, ReadTile, tile_path, tiles_of

RECORD_BYTES = LENGTH_BYTES + HEADER_BYTES
NO_ROOT = "it does not lead to the root of the checkpoint"


def check_log(read: ReadTile, note: str, keys: Trusted) -> Checkpoint:
    """The checkpoint of a log, if every bundle and every tile under it is what it must be.

    All tiles are made anew from the bundles and compared. Where they differ, the signed root says
    which of the two is damaged.

    Args:
        read: gives the bytes of a file by its path.
        note: the text of its checkpoint.
        keys: of the venue.

    Raises:
        Refusal: `journal.damaged` naming the file; those of :func:`verify_checkpoint`.

    Cost: two hashes an entry; O(log n) tiles in memory.
    """
    said = verify_checkpoint(note, keys)
    by_bundles, by_tiles = Tree(), Tree()
    wrong: tuple[str, int] | None = None
    for path, data in tiles_of(_entries(read, said.size, by_bundles)):
        if path.startswith("tile/entries/"):
            continue
        found = read(path)
        if len(found) != len(data):
            what = f"it has {len(found)} bytes, wanted {len(data)}"
            raise damaged(path, "its end", what)
        if found != data and wrong is None:
            wrong = path, next(at for at, byte in enumerate(data) if byte != found[at])
        if path.startswith("tile/0/"):
            by_tiles.extend(found[at : at + HASH_BYTES] for at in range(0, len(found), HASH_BYTES))
    if by_bundles.root() == said.root:
        if wrong is not None:
            raise damaged(wrong[0], f"hash {wrong[1] // HASH_BYTES} of the tile", NO_ROOT)
        return said
    if wrong is not None and by_tiles.root() == said.root:
        bundle = wrong[0].replace("tile/0/", "tile/entries/")
        raise damaged(bundle, f"record {wrong[1] // HASH_BYTES} of the bundle", NO_ROOT)
    raise damaged("the log", "more than one file", "neither bundles nor tiles lead to the root")


def _entries(read: ReadTile, size: int, tree: Tree) -> Iterator[Entry]:
    """The headers in the bundles, as entries without payloads."""
    for first in range(0, size, WIDTH):
        width = min(WIDTH, size - first)
        path = tile_path("entries", first // WIDTH, width)
        data = read(path)
        if len(data) != width * RECORD_BYTES:
            what = f"it has {len(data)} bytes, wanted {width * RECORD_BYTES}"
            raise damaged(path, "its end", what)
        for at in range(width):
            start = at * RECORD_BYTES
            packed = data[start + LENGTH_BYTES : start + RECORD_BYTES]
            header = open_header(packed)
            length = int.from_bytes(data[start : start + LENGTH_BYTES], "big")
            if length != HEADER_BYTES or header is None or header.sequence != first + at:
                raise damaged(path, f"record {at} of the bundle", "it is no header of this entry")
            leaf = header_hash(packed)
            tree.extend((leaf,))
            yield Entry(header, b"", b"", b"", packed, leaf)

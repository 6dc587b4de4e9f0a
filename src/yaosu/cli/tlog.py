"""The log that ``yaosu export --tlog`` writes: tiles, bundles, checkpoint, verifier key."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from yaosu.cli.files import make_folder, read_bytes, read_text, write_whole
from yaosu.cli.output import progress
from yaosu.cli.proofs import read_signing_key


def write_log(store: Any, folder: Path, key: Path | None) -> dict[str, Any]:
    """Write the log of a journal into a folder that any web server can give out.

    Every entry is checked on its way. The checkpoint is written last, and only if the journal
    continues the checkpoint that the folder holds already: so nothing is signed that another
    signed checkpoint here speaks against.

    Raises:
        Refusal: `journal.damaged`, `journal.other_history`, `journal.bad_key`, `cli.*`.
    """
    from yaosu.journal.checkpoint import check_continues, make_checkpoint, parse_checkpoint
    from yaosu.journal.damage import HEAD, damaged
    from yaosu.journal.merkle import Tree
    from yaosu.journal.tiles import tiles_of

    signing = None if key is None else read_signing_key(key)
    tree, files = Tree(), 0
    make_folder(folder)
    with store.snapshot(), progress("exporting", store.size) as step:
        if (folder / "checkpoint").exists():
            check_continues(store, parse_checkpoint(read_text(folder / "checkpoint")))
        for path, data in tiles_of(_counted(store, tree, step)):
            _write(folder / path, data)
            files += 1
        if (tree.size, tree.root()) != (store.size, store.root()):
            raise damaged(store.name, HEAD, "its size or its root")
    if signing is not None:
        _write(folder / "vkey", f"{signing.verifier.text}\n".encode())
        _write(folder / "checkpoint", make_checkpoint(tree.size, tree.root(), signing).encode())
    return {
        "folder": str(folder),
        "entries": tree.size,
        "root": tree.root().hex(),
        "files": files,
        "checkpoint": None if signing is None else str(folder / "checkpoint"),
        "vkey": None if signing is None else signing.verifier.text,
    }


def _counted(store: Any, tree: Any, step: Any) -> Iterator[Any]:
    for entry in store.read():
        tree.extend((entry.hash,))
        step(1)
        yield entry


def _write(path: Path, data: bytes) -> None:
    """Write a file, if it is not there as it should be."""
    if not path.exists() or read_bytes(path) != data:
        make_folder(path.parent)
        write_whole(path, data)

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
        Refusal: `journal.damaged`, `journal.other_history`, `kernel.bad_key`, `cli.*`.
    """
    from yaosu.engine.keys import check_may_sign, keys_named
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
        naming: list[Any] = []
        for path, data in tiles_of(_counted(store, tree, step, naming)):
            _write(folder / path, data)
            files += 1
        if (tree.size, tree.root()) != (store.size, store.root()):
            raise damaged(store.name, HEAD, "its size or its root")
    if signing is not None:
        check_may_sign(keys_named(naming), signing.verifier)
        _write(folder / "vkey", f"{signing.verifier.text}\n".encode())
        _write_checkpoint(folder, make_checkpoint(tree.size, tree.root(), signing))
    return {
        "folder": str(folder),
        "entries": tree.size,
        "root": tree.root().hex(),
        "files": files,
        "checkpoint": None if signing is None else str(folder / "checkpoint"),
        "vkey": None if signing is None else signing.verifier.text,
    }


def _write_checkpoint(folder: Path, note: str) -> None:
    """The checkpoint; where the same is there with the lines of witnesses, it stays as it is."""
    path = folder / "checkpoint"
    if not path.exists() or not read_text(path).startswith(note):
        _write(path, note.encode())


def _counted(store: Any, tree: Any, step: Any, naming: list[Any]) -> Iterator[Any]:
    """Every entry on its way; those that may name a key are kept."""
    from yaosu.engine.keys import names_key

    for entry in store.read():
        tree.extend((entry.hash,))
        if names_key(entry):
            naming.append(entry)
        step(1)
        yield entry


def _write(path: Path, data: bytes) -> None:
    """Write a file, if it is not there as it should be."""
    if not path.exists() or read_bytes(path) != data:
        make_folder(path.parent)
        write_whole(path, data)

"""``yaosu prove``: proofs as files, for somebody who has neither the journal nor a network."""

from pathlib import Path
from typing import Any

import click

from yaosu.cli.files import read_text, write_whole
from yaosu.cli.output import json_option, say, say_json
from yaosu.cli.proofs import read_signing_key
from yaosu.cli.verify import open_journal


@click.command()
@click.argument("journal", type=click.Path(path_type=Path))
@click.argument("sequence", type=click.IntRange(min=0), required=False)
@click.option("--since", type=click.Path(path_type=Path), help="An earlier checkpoint.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File for the proof.")
@click.option("--key", type=click.Path(path_type=Path), help="Sign a checkpoint of this moment.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="Use this signed checkpoint.")
@click.option("--payloads", type=click.Path(path_type=Path), help="File for the entry's payloads.")
@json_option
def prove(
    journal: Path,
    sequence: int | None,
    since: Path | None,
    out: Path,
    key: Path | None,
    checkpoint: Path | None,
    payloads: Path | None,
    as_json: bool,
) -> None:
    """Prove that entry SEQUENCE stands in the JOURNAL, or that it continues a checkpoint (--since).

    The proof leads to a signed checkpoint: one that is published already (--checkpoint), or a new
    one over all entries (--key). It shows the header of the entry; what the entry holds goes into
    a file of its own (--payloads), for whoever may see it.
    """
    if (sequence is None) == (since is None):
        raise click.UsageError("name one entry by its number, or an earlier checkpoint by --since")
    if (key is None) == (checkpoint is None):
        raise click.UsageError("give a signing key (--key) or a signed checkpoint (--checkpoint)")
    if payloads is not None and sequence is None:
        raise click.UsageError("--payloads are those of an entry: name its number")
    with open_journal(journal) as store, store.snapshot():
        note, size = _signed(store, key, checkpoint)
        if sequence is not None:
            text = _entry_proof(store, sequence, size, note, payloads)
        else:
            assert since is not None
            text = _continuation_proof(store, since, size, note)
    write_whole(out, text.encode())
    if as_json:
        say_json(
            "prove/1",
            journal=str(journal),
            sequence=sequence,
            entries=size,
            out=str(out),
            payloads=None if payloads is None else str(payloads),
        )
        return
    what = "continuation" if sequence is None else f"entry {sequence}"
    say(f"{out}: proof of {what} under a checkpoint of {size} entries")
    if payloads is not None:
        say(f"{payloads}: what the entry holds; only for whoever may see it")


def _signed(store: Any, key: Path | None, checkpoint: Path | None) -> tuple[str, int]:
    """The checkpoint to which the proof leads, and its size; the journal must continue it."""
    from yaosu.journal.checkpoint import check_continues, make_checkpoint, parse_checkpoint
    from yaosu.journal.damage import HEAD, damaged
    from yaosu.journal.merkle import root_of

    if key is not None:
        signing, size = read_signing_key(key), store.size
        root = root_of(store.hashes(0, size - 1))
        if root != store.root():
            raise damaged(store.name, HEAD, "its root")
        return make_checkpoint(size, root, signing), size
    assert checkpoint is not None
    note = read_text(checkpoint)
    said = parse_checkpoint(note)
    check_continues(store, said)
    return note, said.size


def _entry_proof(store: Any, sequence: int, size: int, note: str, payloads: Path | None) -> str:
    from yaosu.journal.merkle import inclusion_proof
    from yaosu.journal.proof_files import entry_proof, payloads_file

    path = inclusion_proof(store, sequence, size)
    (entry,) = store.read(sequence, sequence)
    if payloads is not None:
        write_whole(payloads, payloads_file(entry).encode())
    return entry_proof(entry, path, note)


def _continuation_proof(store: Any, since: Path, size: int, note: str) -> str:
    from yaosu.journal.checkpoint import check_continues, parse_checkpoint
    from yaosu.journal.merkle import consistency_proof
    from yaosu.journal.proof_files import continuation_proof

    earlier = parse_checkpoint(read_text(since))
    check_continues(store, earlier)
    return continuation_proof(earlier.size, consistency_proof(store, earlier.size, size), note)

"""``yaosu prove``: proofs as files, for somebody who has neither the journal nor a network."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yaosu.cli.at_server import PLACE_OR_SERVER, AtServer, ServerPlace, answered
from yaosu.cli.files import read_bytes, read_text, write_whole
from yaosu.cli.opening import open_journal
from yaosu.cli.output import PATH, json_option, say, say_json
from yaosu.cli.proofs import read_signing_key
from yaosu.kernel.refusal import refuse_unless

if TYPE_CHECKING:
    from yaosu.journal.opening import Place


@click.command(cls=AtServer)
@click.argument("journal", metavar="[JOURNAL]", type=PLACE_OR_SERVER)
@click.argument("sequence", type=click.IntRange(min=0), required=False)
@click.option("--since", type=PATH, help="An earlier checkpoint.")
@click.option("--venue-keys", "keys", is_flag=True, help="Prove which key followed which.")
@click.option("--party", help="A party, of which to prove all its own rows.")
@click.option(
    "--from", "first", type=click.IntRange(min=0), help="With --party: rows behind this entry."
)
@click.option(
    "--to", "last", type=click.IntRange(min=0), help="With --party: rows up to this entry."
)
@click.option("--out", type=PATH, required=True, help="File for the proof.")
@click.option("--key", type=PATH, help="Sign a checkpoint of this moment.")
@click.option("--checkpoint", type=PATH, help="Use this signed checkpoint.")
@click.option("--tlog", type=PATH, help="Use an exported log.")
@click.option("--payloads", type=PATH, help="File for the entry's payloads.")
@json_option
def prove(
    journal: "Place | ServerPlace",
    sequence: int | None,
    since: Path | None,
    keys: bool,
    party: str | None,
    first: int | None,
    last: int | None,
    out: Path,
    key: Path | None,
    checkpoint: Path | None,
    tlog: Path | None,
    payloads: Path | None,
    as_json: bool,
) -> None:
    """Prove that entry SEQUENCE stands in the JOURNAL, that it continues a checkpoint (--since),
    what rows of a party it holds, and that these are all (--party), or which keys followed which
    (--venue-keys).

    The proof leads to a signed checkpoint: one that is published already (--checkpoint), that of an
    exported log, whose tiles are then read instead of all headers (--tlog), or a new one over all
    entries (--key). It shows the header of the entry; what the entry holds goes into a file of its
    own (--payloads), for whoever may see it.

    A party's proof holds its own rows and nobody else's. It reaches from one recorded hash of the
    state to another: from the beginning, or the last one up to entry --from, to the last one up to
    entry --to.

    A server proves under a checkpoint that it signs itself: leave --key, --checkpoint and --tlog
    out, and check what came by yaosu verify --proof with the key that you know.
    """
    if sum(one is not None for one in (sequence, since, party, keys or None)) != 1:
        raise click.UsageError(
            "name one: an entry by its number, an earlier checkpoint by --since, a party by "
            "--party, or --venue-keys"
        )
    if party is None and not first is last is None:
        raise click.UsageError("--from and --to belong to --party")
    if first is not None and last is not None and first >= last:
        raise click.UsageError(f"no entry lies behind {first} and up to {last}")
    ways = sum(one is not None for one in (key, checkpoint, tlog))
    if isinstance(journal, ServerPlace) and ways:
        raise click.UsageError("a server signs by itself: leave --key, --checkpoint, --tlog out")
    if not isinstance(journal, ServerPlace) and ways != 1:
        raise click.UsageError("give one of --key, --checkpoint and --tlog")
    if payloads is not None and sequence is None:
        raise click.UsageError("--payloads are those of an entry: name its number")
    if isinstance(journal, ServerPlace):
        text, size = _proved_there(journal, sequence, since, party, first, last)
        if payloads is not None:
            said = answered(journal, "journal.payloads", sequence=sequence)
            write_whole(payloads, said.encode())
    else:
        text, size = _proved_here(
            journal, sequence, since, party, first, last, key, checkpoint, tlog, payloads
        )
    write_whole(out, text.encode())
    if as_json:
        say_json(
            "prove/1",
            journal=str(journal),
            sequence=sequence,
            party=party,
            entries=size,
            out=str(out),
            payloads=None if payloads is None else str(payloads),
        )
        return
    what = "continuation" if sequence is None else f"entry {sequence}"
    what = what if party is None else f"all rows of {party}"
    what = "the keys" if keys else what
    say(f"{out}: proof of {what} under a checkpoint of {size} entries")
    if payloads is not None:
        say(f"{payloads}: what the entry holds; only for whoever may see it")


def _proved_here(
    journal: "Place",
    sequence: int | None,
    since: Path | None,
    party: str | None,
    first: int | None,
    last: int | None,
    key: Path | None,
    checkpoint: Path | None,
    tlog: Path | None,
    payloads: Path | None,
) -> tuple[str, int]:
    """The proof, and the size of the checkpoint that it leads to."""
    from yaosu.engine.keys import prove_keys
    from yaosu.engine.party_proof import prove_rows

    with open_journal(journal) as store, store.snapshot():
        note, size = _signed(store, key, checkpoint, tlog)
        if party is not None:
            return prove_rows(store, party, note, size, first, last), size
        if sequence is not None:
            return _entry_proof(store, sequence, size, note, tlog, payloads), size
        if since is not None:
            return _continuation_proof(store, since, size, note, tlog), size
        return prove_keys(store, note), size


def _proved_there(
    server: ServerPlace,
    sequence: int | None,
    since: Path | None,
    party: str | None,
    first: int | None,
    last: int | None,
) -> tuple[str, int]:
    """The same by a server; a continuation leads from the size of a checkpoint that was kept."""
    from urllib.parse import quote

    from yaosu.cli.proofs import note_in
    from yaosu.journal.checkpoint import parse_checkpoint

    with server.client() as venue:
        if party is not None:
            between = {"from": first, "to": last}
            query = {name: entry for name, entry in between.items() if entry is not None}
            text = venue.text(f"/v1/proofs/parties/{quote(party, safe='')}", **query)
        elif sequence is not None:
            text = venue.text(f"/v1/entries/{sequence}/proof")
        elif since is not None:
            size = parse_checkpoint(read_text(since)).size
            text = venue.text("/v1/proofs/continuation", since=size)
        else:
            text = venue.text("/v1/proofs/venue-keys")
    return text, parse_checkpoint(note_in(text)).size


def _signed(
    store: Any, key: Path | None, checkpoint: Path | None, tlog: Path | None
) -> tuple[str, int]:
    """The checkpoint to which the proof leads, and its size."""
    from yaosu.engine.keys import check_may_sign, keys_named
    from yaosu.journal.checkpoint import check_continues, make_checkpoint, parse_checkpoint
    from yaosu.journal.damage import HEAD, damaged
    from yaosu.journal.merkle import root_of

    if key is not None:
        signing, size = read_signing_key(key), store.size
        check_may_sign(keys_named(store.read()), signing.verifier)
        root = root_of(store.hashes(0, size - 1))
        if root != store.root():
            raise damaged(store.name, HEAD, "its root")
        return make_checkpoint(size, root, signing), size
    if tlog is not None:
        note = read_text(tlog / "checkpoint")
        return note, parse_checkpoint(note).size
    assert checkpoint is not None
    note = read_text(checkpoint)
    said = parse_checkpoint(note)
    check_continues(store, said)
    return note, said.size


def _entry_proof(
    store: Any, sequence: int, size: int, note: str, tlog: Path | None, payloads: Path | None
) -> str:
    from yaosu.journal.checkpoint import parse_checkpoint
    from yaosu.journal.merkle import inclusion_proof, verify_inclusion
    from yaosu.journal.proof_files import entry_proof, payloads_file
    from yaosu.journal.tiles import inclusion_from_tiles

    if tlog is None or not sequence < size <= store.size:
        path = inclusion_proof(store, sequence, size)
    else:
        path = inclusion_from_tiles(lambda name: read_bytes(tlog / name), sequence, size)
    (entry,) = store.read(sequence, sequence)
    root = parse_checkpoint(note).root
    leads = verify_inclusion(entry.hash, sequence, size, path, root)
    refuse_unless(leads, "journal.proof_fails", what=f"entry {sequence}", size=size)
    if payloads is not None:
        write_whole(payloads, payloads_file(entry).encode())
    return entry_proof(entry, path, note)


def _continuation_proof(store: Any, since: Path, size: int, note: str, tlog: Path | None) -> str:
    from yaosu.journal.checkpoint import check_continues, parse_checkpoint
    from yaosu.journal.merkle import consistency_proof, verify_consistency
    from yaosu.journal.proof_files import continuation_proof
    from yaosu.journal.tiles import consistency_from_tiles

    earlier, later = parse_checkpoint(read_text(since)), parse_checkpoint(note)
    if tlog is None or not earlier.size <= size <= store.size:
        check_continues(store, earlier)
        path = consistency_proof(store, earlier.size, size)
    else:
        path = consistency_from_tiles(lambda name: read_bytes(tlog / name), earlier.size, size)
    leads = verify_consistency(earlier.size, size, earlier.root, later.root, path)
    what = f"the checkpoint of {earlier.size} entries"
    refuse_unless(leads, "journal.proof_fails", what=what, size=size)
    return continuation_proof(earlier.size, path, note)

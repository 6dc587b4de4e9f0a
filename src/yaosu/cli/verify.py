"""``yaosu verify``: a journal proved from its bytes, a proof, a log here or that of a server."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yaosu.cli.at_server import PLACE_OR_SERVER, AtServer, ServerPlace
from yaosu.cli.documents_check import documents_of
from yaosu.cli.opening import open_journal
from yaosu.cli.output import CHECK_FAILED, DONE, PATH, json_option, progress, say, say_json
from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import found

if TYPE_CHECKING:
    from yaosu.journal.opening import Place


class Advance:
    """Turns "so many of so many are done" into steps of a progress bar."""

    def __init__(self, step: Any) -> None:
        self.step = step
        self.before = 0

    def __call__(self, done: int, _: int) -> None:
        """So many are done in all."""
        self.step(done - self.before)
        self.before = done


@click.command(cls=AtServer)
@click.argument("journal", type=PLACE_OR_SERVER, required=False)
@click.option("--proof", type=PATH, help="A file made by yaosu prove.")
@click.option("--tlog", type=PATH, help="A log exported by yaosu export --tlog.")
@click.option("--vkey", help="The venue's verifier key: its text, or a file that holds it.")
@click.option("--venue-keys", type=PATH, help="A proof of the keys that followed --vkey.")
@click.option("--witness", multiple=True, help="A witness's key, or a file that holds it.")
@click.option("--quorum", type=click.IntRange(min=0), help="So many witnesses; default: all given.")
@click.option("--since", type=PATH, help="A checkpoint that you kept.")
@click.option("--payloads", type=PATH, help="Payloads of a proved entry.")
@click.option("--keys", type=PATH, help="The key store: sealed items are opened too.")
@click.option("--wrapping-key", type=PATH, help="Its wrapping key; default YAOSU_WRAPPING_KEY.")
@click.option("--documents", type=PATH, help="Folder of its documents; default: beside it.")
@json_option
def verify(
    journal: "Place | ServerPlace | None",
    proof: Path | None,
    tlog: Path | None,
    vkey: str | None,
    venue_keys: Path | None,
    witness: tuple[str, ...],
    quorum: int | None,
    since: Path | None,
    payloads: Path | None,
    keys: Path | None,
    wrapping_key: Path | None,
    documents: Path | None,
    as_json: bool,
) -> int:
    """Prove the JOURNAL from its bytes; or check a proof (--proof), a log (--tlog) or the log of a
    server (--server) without it.

    Of a journal: hashes every payload again, recomputes the chain and the Merkle tree, folds the
    events to the state and compares its hash with those on record. Any flipped bit of an entry is
    found and named. With --since and --vkey also: that it continues a checkpoint you kept; keys
    that the journal names after yours are followed.

    Of a proof: that the entry stands under a checkpoint signed with the key, and with --payloads
    what it holds; that the later checkpoint continues the one you kept (--since); or that these
    are all rows of a party. Where the venue has a new key by now, --venue-keys leads to it.

    Of a log: that every tile and bundle leads to the root of its signed checkpoint; the damaged
    file is named. Of the log of a server the same, read over HTTP, with --since also that it
    continues a checkpoint you kept; the keys it names after yours are followed by their proof.

    Of sealed items it says how many match, are sealed, erased by an entry, or missing; with --keys
    each is opened and held against its hash commitment. Ends with 3 where one is missing.

    Of documents: every file that the journal says is kept is read and held against its digest. Ends
    with 3 where one is missing or altered.
    """
    from yaosu.cli.proofs import check_log_folder, check_proof_file, read_trust
    from yaosu.cli.verify_server import verify_served_log

    _check_usage(journal, proof, tlog, vkey, venue_keys, witness, quorum, since, payloads)
    trust = None if vkey is None else read_trust(vkey, venue_keys, witness, quorum)
    if proof is not None:
        assert trust is not None
        check_proof_file(proof, trust, since, payloads, as_json)
        return DONE
    if tlog is not None:
        check_log_folder(tlog, trust, as_json)
        return DONE
    assert journal is not None
    if isinstance(journal, ServerPlace):
        if not keys is wrapping_key is documents is None:
            raise click.UsageError("keys and documents are beside a journal: leave them out")
        assert trust is not None
        verify_served_log(journal, trust, since, as_json)
        return DONE
    store = None if keys is None else open_key_store(journal, keys, wrapping_key)
    with store or nullcontext():
        return _verify_journal(journal, trust, since, store, documents, as_json)


def _check_usage(
    journal: "Place | ServerPlace | None",
    proof: Path | None,
    tlog: Path | None,
    vkey: str | None,
    venue_keys: Path | None,
    witness: tuple[str, ...],
    quorum: int | None,
    since: Path | None,
    payloads: Path | None,
) -> None:
    """Refuse options that do not go together."""
    if sum(one is not None for one in (journal, proof, tlog)) != 1:
        raise click.UsageError("name a JOURNAL, a proof with --proof, or a log with --tlog")
    if vkey is None and not proof is tlog is since is None:
        raise click.UsageError("a signature is checked with --vkey, the venue's verifier key")
    is_served = isinstance(journal, ServerPlace)
    if is_served and vkey is None:
        raise click.UsageError("the log of a server is checked with --vkey, the venue's key")
    if not is_served and vkey is not None and proof is tlog is since is None:
        raise click.UsageError("--vkey checks a signature: give --since, --proof or --tlog too")
    if tlog is not None and since is not None:
        raise click.UsageError("a log is checked by itself: leave --since out")
    if payloads is not None and proof is None:
        raise click.UsageError("--payloads belong to a proof: give --proof too")
    if vkey is None and (venue_keys is not None or witness or quorum is not None):
        raise click.UsageError("--venue-keys, --witness and --quorum belong to --vkey")
    if quorum is not None and quorum > len(witness):
        raise click.UsageError(
            f"--quorum {quorum} wants as many --witness keys: not {len(witness)}"
        )
    if journal is not None and venue_keys is not None:
        raise click.UsageError("the journal names the keys itself: leave --venue-keys out")


def open_key_store(journal: "Place", keys: Path | None, wrapping_key: Path | None) -> Any:
    """A key store to read; `cli.no_wrapping_key` where none is named."""
    from yaosu.door import open_keys

    store = open_keys(journal, wrapping_key, keys, readonly=True)
    return found(store, "cli.no_wrapping_key", path=str(keys or "the key store"))


def _verify_journal(
    journal: "Place",
    trust: Any,
    since: Path | None,
    keys: Any,
    documents: Path | None,
    as_json: bool,
) -> int:
    from msgspec import structs

    from yaosu.cli.files import read_text
    from yaosu.cli.proofs import say_witnesses
    from yaosu.engine.keys import terms_on_record
    from yaosu.engine.proof import verify as prove
    from yaosu.journal.checkpoint import check_continues

    kept = None
    with open_journal(journal) as store, progress("verifying", store.size) as step:
        proven = prove(store, Advance(step), keys)
        if since is not None:
            trust = structs.replace(trust, keys=terms_on_record(store, trust.keys[0]))
            kept = trust.checkpoint(since)
            trust = trust.witnessed(read_text(since))
            check_continues(store, kept)
    secrets = proven.secrets
    held = documents_of(journal, proven.documents, documents)
    code = CHECK_FAILED if secrets.missing or held.is_bad else DONE
    if as_json:
        say_json(
            "verify/1",
            journal=str(journal),
            verdict="missing" if code else "matches",
            entries=proven.entries,
            root=proven.root.hex(),
            last_hash=proven.last_hash.hex(),
            state_hash=proven.state_hash.hex(),
            first_instant=format_instant(proven.first_instant),
            last_instant=format_instant(proven.last_instant),
            since=None if kept is None else kept.size,
            secrets={
                "matches": secrets.matches,
                "sealed": secrets.sealed,
                "erased": secrets.erased,
                "missing": secrets.missing,
                "erased_by": secrets.erased_by,
                "faults": secrets.faults,
            },
            snapshots=proven.snapshots,
            documents=held.told,
            signed=proven.signed,
        )
        return code
    say(f"{journal}: {proven.entries} entries match")
    say(f"  root       {proven.root.hex()}")
    say(f"  state      {proven.state_hash.hex()}")
    say(f"  from {format_instant(proven.first_instant)} to {format_instant(proven.last_instant)}")
    if proven.signed:
        say(f"  {proven.signed} commands under signatures that hold")
    if proven.snapshots:
        say(f"  {proven.snapshots} snapshots beside it match")
    if kept is not None:
        say(f"  continues the checkpoint of {kept.size} entries, signed by {kept.origin}")
        say_witnesses(trust)
    _say_secrets(secrets)
    held.say()
    return code


def _say_secrets(secrets: Any) -> None:
    counts = (secrets.matches, secrets.sealed, secrets.erased, secrets.missing)
    if any(counts):
        words = ("match", "sealed", "erased", "missing")
        told = ", ".join(f"{count} {word}" for count, word in zip(counts, words, strict=True))
        say(f"  sealed items: {told}")
    for data_key, sequence in sorted(secrets.erased_by.items()):
        say(f"  entry {sequence} erased the key {data_key}")
    for fault in secrets.faults:
        say(f"  missing: {fault}")

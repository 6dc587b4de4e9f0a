"""What the commands around proofs share: reading keys and checkpoints, checking a proof file."""

import os
from pathlib import Path
from typing import Any

from yaosu.cli.files import read_text
from yaosu.cli.output import say, say_json
from yaosu.kernel.instant import format_instant
from yaosu.kernel.words import tag_of


def read_signing_key(path: Path) -> Any:
    """The signing key in a file."""
    from yaosu.journal.signed_note import parse_signing_key

    return parse_signing_key(read_text(path))


def read_verifier_key(given: str) -> Any:
    """A verifier key from its text, or from the file of that name."""
    from yaosu.journal.signed_note import parse_verifier_key

    is_file = os.path.isfile(given)  # a text that is too long for a name is none
    return parse_verifier_key(read_text(Path(given)) if is_file else given)


def read_checkpoint(path: Path, key: Any) -> Any:
    """A checkpoint from a file, its signature checked."""
    from yaosu.journal.checkpoint import verify_checkpoint

    return verify_checkpoint(read_text(path), [key])


def check_proof_file(
    proof: Path, vkey: str, since: Path | None, payloads: Path | None, as_json: bool
) -> None:
    """Check a proof of any kind and say what it proves.

    Raises:
        Refusal: `journal.*` where it proves nothing.
    """
    import click

    from yaosu.journal.party_files import is_party_proof
    from yaosu.journal.proof_files import is_continuation_proof

    key, text = read_verifier_key(vkey), read_text(proof)
    if is_party_proof(text):
        if since is not None or payloads is not None:
            raise click.UsageError("this proof is of a party: leave --since and --payloads out")
        _check_rows(proof, text, key, as_json)
    elif is_continuation_proof(text):
        if since is None:
            raise click.UsageError("this proof continues a checkpoint: give yours with --since")
        if payloads is not None:
            raise click.UsageError("this proof is not of an entry: leave --payloads out")
        _check_continuation(proof, text, key, since, as_json)
    else:
        if since is not None:
            raise click.UsageError("this proof is of an entry: leave --since out")
        _check_entry(proof, text, key, payloads, as_json)


def _check_continuation(proof: Path, text: str, key: Any, since: Path, as_json: bool) -> None:
    from yaosu.journal.proof_files import verify_continuation_proof

    earlier = read_checkpoint(since, key)
    later = verify_continuation_proof(text, earlier, [key])
    if as_json:
        say_json(
            "verify-continuation/1",
            proof=str(proof),
            verdict="matches",
            since=earlier.size,
            **_checkpoint_fields(later, key),
        )
        return
    say(f"{proof}: {later.size} entries continue the {earlier.size} of your checkpoint")
    _say_checkpoint(later, key)


def _check_rows(proof: Path, text: str, key: Any, as_json: bool) -> None:
    from yaosu.cli.export import plain
    from yaosu.engine.party_proof import verify_rows

    proven = verify_rows(text, [key])
    begin = None if proven.start is None else proven.start.sequence
    if as_json:
        say_json(
            "verify-rows/1",
            proof=str(proof),
            verdict="matches",
            party=proven.party,
            first=proven.first,
            last=proven.last,
            behind=begin,
            up_to=proven.end.sequence,
            held=[
                {
                    "sequence": entry.header.sequence,
                    "instant": format_instant(entry.header.instant),
                    "rows": [
                        {"event": tag, "place": place, "content": plain(content)}
                        for _, tag, place, content in entry.pieces
                    ],
                }
                for entry in proven.entries
            ],
            **_checkpoint_fields(proven.checkpoint, key),
        )
        return
    since = "from the beginning" if begin is None else f"behind entry {begin}"
    say(
        f"{proof}: {proven.last - proven.first} rows of {proven.party} in {len(proven.entries)} "
        f"entries; all it has {since} up to entry {proven.end.sequence}"
    )
    _say_checkpoint(proven.checkpoint, key)
    for entry in proven.entries:
        held = ", ".join(dict.fromkeys(tag for _, tag, _, _ in entry.pieces))
        say(f"  entry {entry.header.sequence:>9}  {format_instant(entry.header.instant)}  {held}")


def _check_entry(proof: Path, text: str, key: Any, payloads: Path | None, as_json: bool) -> None:
    from yaosu.journal.chain import ACCEPTED
    from yaosu.journal.proof_files import verify_entry_proof

    proven = verify_entry_proof(text, [key])
    inside = None if payloads is None else _open_payloads(payloads, proven)
    header = proven.header
    outcome = "accepted" if header.outcome == ACCEPTED else "refused"
    if as_json:
        say_json(
            "verify-proof/1",
            proof=str(proof),
            verdict="matches",
            sequence=header.sequence,
            instant=format_instant(header.instant),
            outcome=outcome,
            hash=proven.hash.hex(),
            digests={
                "actor": header.actor.hex(),
                "command": header.command.hex(),
                "events": header.events.hex(),
                "sealed": header.sealed.hex(),
            },
            payloads=inside,
            **_checkpoint_fields(proven.checkpoint, key),
        )
        return
    say(f"{proof}: entry {header.sequence} stands in the journal, {outcome}")
    say(f"  instant    {format_instant(header.instant)}")
    say(f"  hash       {proven.hash.hex()}")
    _say_checkpoint(proven.checkpoint, key)
    if inside is not None:
        say(f"  command    {inside['command']} by {inside['actor']}")
        say(f"  events     {', '.join(inside['events'])}")
    else:
        say(f"  command    {header.command.hex()} (digest)")
        say(f"  events     {header.events.hex()} (digest)")


def _open_payloads(path: Path, proven: Any) -> dict[str, Any]:
    """Command, actor and events by name; the digests of all of them have been compared."""
    from yaosu.cli.export import plain
    from yaosu.engine.recovery import command_of, events_of
    from yaosu.journal.proof_files import verify_payloads

    entry = verify_payloads(read_text(path), proven)
    command, events = command_of(entry), events_of(entry)
    return {
        "actor": command.actor,
        "command": tag_of(command),
        "events": [tag_of(event) for event in events],
        "body": plain(command),
        "came": [plain(event) for event in events],
    }


def _checkpoint_fields(said: Any, key: Any) -> dict[str, Any]:
    return {
        "origin": said.origin,
        "entries": said.size,
        "root": said.root.hex(),
        "algorithm": key.algorithm,
    }


def _say_checkpoint(said: Any, key: Any) -> None:
    say(f"  checkpoint {said.size} entries, signed by {said.origin} ({key.algorithm})")
    say(f"  root       {said.root.hex()}")

"""What the commands around proofs share: reading keys and checkpoints, checking a proof file."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from yaosu.cli.files import read_bytes, read_text
from yaosu.cli.output import say, say_json
from yaosu.kernel.instant import SECOND, format_instant
from yaosu.kernel.refusal import refuse
from yaosu.kernel.words import tag_of


def read_signing_key(path: Path) -> Any:
    """The signing key in a file."""
    from yaosu.kernel.signed_note import parse_signing_key

    return parse_signing_key(read_text(path))


def read_verifier_key(given: str) -> Any:
    """A verifier key from its text, or from the file of that name."""
    from yaosu.kernel.signed_note import parse_verifier_key

    return parse_verifier_key(_line_of(given))


def _line_of(given: str) -> str:
    is_file = os.path.isfile(given)  # a text that is too long for a name is none
    return read_text(Path(given)) if is_file else given


class Trust(Struct, frozen=True):
    """What whoever checks brings along: keys with the sizes they may sign, and witnesses.

    Attributes:
        keys: of the venue, for :func:`yaosu.journal.checkpoint.verify_checkpoint`.
        witnesses: their verifier keys; ``quorum``: how many of them must have signed.
        signed: those that have, with the second at which each did; by :meth:`witnessed`.
    """

    keys: Any
    witnesses: Any = ()
    quorum: int = 0
    signed: dict[str, int] = {}

    @property
    def algorithm(self) -> str:
        """How the venue signs, last."""
        last = self.keys[-1]
        return str(getattr(last, "key", last).algorithm)

    def checkpoint(self, path: Path) -> Any:
        """A checkpoint from a file, its signature checked."""
        from yaosu.journal.checkpoint import verify_checkpoint

        return verify_checkpoint(read_text(path), self.keys)

    def witnessed(self, note: str) -> "Trust":
        """The same, with the witnesses that signed a checkpoint.

        Raises:
            Refusal: `journal.too_few_witnesses`, `kernel.signature_fails`.
        """
        from yaosu.kernel.signed_note import cosigned

        signed = cosigned(note, self.witnesses)
        if len(signed) < self.quorum:
            refuse("journal.too_few_witnesses", signed=len(signed), wanted=self.quorum)
        return structs.replace(self, signed=signed)


def read_trust(vkey: str, keys: Path | None, witnesses: Sequence[str], quorum: int | None) -> Trust:
    """The trusted key, those that follow it by a proof of keys, and the witnesses."""
    from yaosu.engine.keys import verify_keys
    from yaosu.kernel.signed_note import parse_witness_key

    own = read_verifier_key(vkey)
    known = [parse_witness_key(_line_of(one)) for one in witnesses]
    _check_apart(own, known)
    terms = [own] if keys is None else verify_keys(read_text(keys), own)[0]
    return Trust(terms, known, len(known) if quorum is None else quorum)


def _check_apart(own: Any, witnesses: Sequence[Any]) -> None:
    """Refuse `kernel.bad_key` where a quorum would count one witness, or the venue, twice."""
    names, publics = set[str](), {own.public}
    for witness in witnesses:
        if witness.public in publics or witness.name in names:
            refuse("kernel.bad_key", reason=f"the key or name of {witness.name} is given twice")
        names.add(witness.name)
        publics.add(witness.public)


def check_proof_file(
    proof: Path, trust: Trust, since: Path | None, payloads: Path | None, as_json: bool
) -> None:
    """Check a proof of any kind and say what it proves.

    Raises:
        Refusal: `journal.*` where it proves nothing.
    """
    import click

    from yaosu.engine.keys import is_key_proof
    from yaosu.journal.party_files import is_party_proof
    from yaosu.journal.proof_files import is_continuation_proof

    text = read_text(proof)
    if is_key_proof(text):
        raise click.UsageError("a proof of keys is given with --venue-keys, beside another proof")
    if trust.witnesses:
        trust = trust.witnessed(note_in(text))
    if is_party_proof(text):
        if since is not None or payloads is not None:
            raise click.UsageError("this proof is of a party: leave --since and --payloads out")
        _check_rows(proof, text, trust, as_json)
    elif is_continuation_proof(text):
        if since is None:
            raise click.UsageError("this proof continues a checkpoint: give yours with --since")
        if payloads is not None:
            raise click.UsageError("this proof is not of an entry: leave --payloads out")
        _check_continuation(proof, text, trust, since, as_json)
    else:
        if since is not None:
            raise click.UsageError("this proof is of an entry: leave --since out")
        _check_entry(proof, text, trust, payloads, as_json)


def check_log_folder(folder: Path, trust: Any, as_json: bool) -> None:
    """Check an exported log and say what it holds.

    Raises:
        Refusal: `journal.damaged` naming the file, `cli.file_missing`, `kernel.*`.
    """
    from yaosu.journal.check_log import check_log
    from yaosu.journal.damage import damaged

    note = read_text(folder / "checkpoint")
    said = check_log(lambda path: read_bytes(folder / path), note, trust.keys)
    trust = trust.witnessed(note)
    known = [f"{getattr(key, 'key', key).text}\n" for key in trust.keys]
    if (folder / "vkey").exists() and read_text(folder / "vkey") not in known:
        raise damaged(str(folder / "vkey"), "its one line", "it is not the key you trust")
    if as_json:
        say_json(
            "verify-log/1", log=str(folder), verdict="matches", **checkpoint_fields(said, trust)
        )
        return
    say(f"{folder}: every tile and bundle leads to the checkpoint")
    say_checkpoint(said, trust)


def note_in(text: str) -> str:
    """The checkpoint that stands in a proof file."""
    import msgspec

    from yaosu.engine.keys import KeyProof, is_key_proof
    from yaosu.journal.party_files import is_party_proof, read_party_proof

    if is_key_proof(text):
        return msgspec.json.decode(text, type=KeyProof).checkpoint
    return read_party_proof(text).checkpoint if is_party_proof(text) else text.partition("\n\n")[2]


def _check_continuation(proof: Path, text: str, trust: Trust, since: Path, as_json: bool) -> None:
    from yaosu.journal.proof_files import verify_continuation_proof

    earlier = trust.checkpoint(since)
    later = verify_continuation_proof(text, earlier, trust.keys)
    if as_json:
        say_json(
            "verify-continuation/1",
            proof=str(proof),
            verdict="matches",
            since=earlier.size,
            **checkpoint_fields(later, trust),
        )
        return
    say(f"{proof}: {later.size} entries continue the {earlier.size} of your checkpoint")
    say_checkpoint(later, trust)


def _check_rows(proof: Path, text: str, trust: Trust, as_json: bool) -> None:
    from yaosu.engine.party_proof import verify_rows
    from yaosu.kernel.plain import plain

    proven = verify_rows(text, trust.keys)
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
            **checkpoint_fields(proven.checkpoint, trust),
        )
        return
    since = "from the beginning" if begin is None else f"behind entry {begin}"
    say(
        f"{proof}: {proven.last - proven.first} rows of {proven.party} in {len(proven.entries)} "
        f"entries; all it has {since} up to entry {proven.end.sequence}"
    )
    say_checkpoint(proven.checkpoint, trust)
    for entry in proven.entries:
        held = ", ".join(dict.fromkeys(tag for _, tag, _, _ in entry.pieces))
        say(f"  entry {entry.header.sequence:>9}  {format_instant(entry.header.instant)}  {held}")


def _check_entry(
    proof: Path, text: str, trust: Trust, payloads: Path | None, as_json: bool
) -> None:
    from yaosu.journal.chain import ACCEPTED
    from yaosu.journal.proof_files import verify_entry_proof

    proven = verify_entry_proof(text, trust.keys)
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
            **checkpoint_fields(proven.checkpoint, trust),
        )
        return
    say(f"{proof}: entry {header.sequence} stands in the journal, {outcome}")
    say(f"  instant    {format_instant(header.instant)}")
    say(f"  hash       {proven.hash.hex()}")
    say_checkpoint(proven.checkpoint, trust)
    if inside is not None:
        say(f"  command    {inside['command']} by {inside['actor']}")
        say(f"  events     {', '.join(inside['events'])}")
    else:
        say(f"  command    {header.command.hex()} (digest)")
        say(f"  events     {header.events.hex()} (digest)")


def _open_payloads(path: Path, proven: Any) -> dict[str, Any]:
    """Command, actor and events by name; the digests of all of them have been compared."""
    from yaosu.engine.recovery import command_of, events_of
    from yaosu.journal.proof_files import verify_payloads
    from yaosu.kernel.plain import plain

    entry = verify_payloads(read_text(path), proven)
    command, events = command_of(entry), events_of(entry)
    return {
        "actor": command.actor,
        "command": tag_of(command),
        "events": [tag_of(event) for event in events],
        "body": plain(command),
        "came": [plain(event) for event in events],
    }


def checkpoint_fields(said: Any, trust: Trust) -> dict[str, Any]:
    """What a checkpoint says, for JSON."""
    return {
        "origin": said.origin,
        "entries": said.size,
        "root": said.root.hex(),
        "algorithm": trust.algorithm,
        "witnesses": {
            name: format_instant(second * SECOND) for name, second in trust.signed.items()
        },
    }


def say_checkpoint(said: Any, trust: Trust) -> None:
    """What a checkpoint says, for a reader."""
    say(f"  checkpoint {said.size} entries, signed by {said.origin} ({trust.algorithm})")
    say(f"  root       {said.root.hex()}")
    say_witnesses(trust)


def say_witnesses(trust: Trust) -> None:
    """The witnesses that have signed, and when by their clocks."""
    for name, second in trust.signed.items():
        say(f"  witness    {name} at {format_instant(second * SECOND)}")

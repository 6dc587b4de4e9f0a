"""``yaosu key``: the key with which a venue signs checkpoints."""

import os
from hashlib import sha256
from pathlib import Path

import click

from yaosu.cli.ask import address_of, server_options, token_of
from yaosu.cli.output import PATH, json_option, say, say_json, say_refusal
from yaosu.kernel.refusal import refuse, refuse_unless

OWNER_ONLY = 0o600


@click.group()
def key() -> None:
    """Make keys that sign checkpoints, and name them in the journal."""


@key.command()
@click.argument("name")
@click.option("--out", type=PATH, required=True, help="File for the key.")
@json_option
def new(name: str, out: Path, as_json: bool) -> None:
    """Make an Ed25519 signing key called NAME, such as example.org/market.

    The name becomes the origin of the checkpoints: one name and one key for one journal. Only you
    can read the file. The verifier key, which is for everybody, is printed.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from yaosu.kernel.signed_note import signing_key

    made = signing_key(name, Ed25519PrivateKey.generate().private_bytes_raw())
    write_secret(out, made.text + "\n")
    if as_json:
        say_json(
            "key/1", name=name, algorithm=made.algorithm, out=str(out), vkey=made.verifier.text
        )
        return
    say(f"{out}: {made.algorithm} signing key of {name}; keep it secret, and a copy elsewhere")
    say(made.verifier.text)


@key.command()
@click.argument("journal", type=PATH)
@click.option("--to", "new_key", type=PATH, required=True, help="File of the new signing key.")
@click.option("--from", "old_key", type=PATH, help="File of the signing key in force.")
@click.option("--actor", required=True, help="The operator or the authority, who names it.")
@json_option
def rotate(journal: Path, new_key: Path, old_key: Path | None, actor: str, as_json: bool) -> None:
    """Name a key in the JOURNAL: from this entry on, checkpoints are signed with it.

    The key in force (--from) signs that the new one follows it; the first key needs none. The old
    key signs nothing more: whoever trusts it finds the new one by yaosu prove --venue-keys.
    """
    import yaosu as ys
    from yaosu.cli.proofs import read_signing_key
    from yaosu.parties.commands import NameKey
    from yaosu.parties.methods.succession import succession

    vkey = read_signing_key(new_key).verifier.text
    note = "" if old_key is None else succession(read_signing_key(old_key), vkey)
    asked = sha256(f"{vkey}{note}".encode()).hexdigest()[:16]  # asked again, answered again
    refuse_unless(journal.exists(), "cli.file_missing", path=str(journal))
    with ys.open(journal) as venue:
        command = NameKey(actor=actor, key=f"name-key-{asked}", vkey=vkey, endorsement=note)
        receipt = venue.submit(command).accepted()
    if as_json:
        say_json("key-rotate/1", journal=str(journal), sequence=receipt.sequence, vkey=vkey)
        return
    say(f"{journal}: entry {receipt.sequence} names the key that signs from now on")
    say(vkey)


@key.command()
@click.argument("key_file", type=PATH)
@click.option("--as", "party", required=True, help="The party that signs with it.")
@server_options
@json_option
def register(
    key_file: Path, party: str, server: str, token_file: Path | None, as_json: bool
) -> int:
    """Put the public part of KEY_FILE on record at a venue: with it the party signs what it asks.

    Make the file with yaosu key new. The secret part stays here.
    """
    from yaosu.cli.proofs import read_signing_key
    from yaosu.client import Client
    from yaosu.parties.commands import RegisterSigningKey
    from yaosu.parties.signing import key_id_of, key_proof

    pen = read_signing_key(key_file)
    public = pen.verifier.public
    with Client(address_of(server), token_of(token_file)) as venue:
        proof = key_proof(venue.read("/v1/venue")["venue"]["id"], party, pen)
        name = f"signing-key-{key_id_of(public)}"
        command = RegisterSigningKey(actor=party, key=name, public=public, proof=proof)
        answer = venue.submit(command)
    if answer.refusal is not None:
        return say_refusal(answer.refusal, as_json)
    if as_json:
        say_json("key-register/1", sequence=answer.sequence, signing_key=key_id_of(public))
    else:
        say(f"entry {answer.sequence}: {party} signs with the key {key_id_of(public)}")
    return 0


def write_secret(path: Path, text: str) -> None:
    """A new file that nobody else can read, not even for a moment; never over another one."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        refuse("cli.file_exists", path=str(path))
    except OSError as error:
        refuse("cli.cannot_write", path=str(path), reason=error.strerror or "unknown")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())

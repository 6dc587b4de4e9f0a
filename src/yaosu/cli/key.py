"""``yaosu key``: the key with which a venue signs checkpoints."""

import os
from pathlib import Path

import click

from yaosu.cli.output import PATH, json_option, say, say_json
from yaosu.kernel.refusal import refuse

OWNER_ONLY = 0o600


@click.group()
def key() -> None:
    """Make keys that sign checkpoints."""


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

    from yaosu.journal.signed_note import signing_key

    made = signing_key(name, Ed25519PrivateKey.generate().private_bytes_raw())
    write_secret(out, made.text + "\n")
    if as_json:
        say_json(
            "key/1", name=name, algorithm=made.algorithm, out=str(out), vkey=made.verifier.text
        )
        return
    say(f"{out}: {made.algorithm} signing key of {name}; keep it secret, and a copy elsewhere")
    say(made.verifier.text)


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

"""``yaosu tlog``: the log of a live journal for outsiders."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yaosu.cli.files import read_text, write_whole
from yaosu.cli.opening import journal_place, open_journal
from yaosu.cli.output import PATH, json_option, say, say_json
from yaosu.cli.proofs import read_signing_key
from yaosu.kernel.refusal import refuse

if TYPE_CHECKING:
    from yaosu.journal.opening import Place


@click.group()
def tlog() -> None:
    """Give out the log of a live journal."""


@tlog.command()
@click.argument("journal", type=journal_place)
@click.option("--key", type=PATH, required=True, help="Signs the checkpoints.")
@click.option("--listen", default="127.0.0.1:8466", show_default=True, help="HOST:PORT.")
@click.option(
    "--keep", type=PATH, help="File for the last checkpoint; the journal must continue it."
)
@json_option
def serve(journal: "Place", key: Path, listen: str, keep: Path | None, as_json: bool) -> None:
    """Serve the JOURNAL as C2SP tlog-tiles over HTTP, for reading only, until stopped.

    /checkpoint, /tile/L/N and /tile/entries/N; headers of entries, no payloads. A writer may go on
    beside it. There is no TLS here: to be reached from outside, put a web server before it.
    """
    from yaosu.engine.keys import KeyWatch
    from yaosu.journal.live_log import LiveLog
    from yaosu.server.tlog import LogServer

    signing = read_signing_key(key)
    with open_journal(journal) as store:
        kept = read_text(keep) if keep is not None and keep.exists() else None
        log = LiveLog(store, signing, KeyWatch(signing.verifier), kept, keeper(keep))
        try:
            server = LogServer(address_of(listen), log)
        except OSError as error:
            refuse("cli.cannot_listen", address=listen, reason=error.strerror or str(error))
        with server:
            host, port = server.server_address[:2]
            log.checkpoint()
            url = f"http://{host!s}:{port}/checkpoint"
            if as_json:
                say_json("tlog/1", journal=str(journal), url=url, origin=signing.name)
            else:
                say(f"{url} signed by {signing.name}")
            server.serve_forever()


def keeper(keep: Path | None) -> Callable[[str], None]:
    """Puts a checkpoint away before it is given out."""
    return lambda note: None if keep is None else write_whole(keep, note.encode())


def address_of(listen: str) -> tuple[str, int]:
    """Host and port."""
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise click.UsageError(f"--listen wants HOST:PORT, not {listen}")
    return host.strip("[]"), int(port)

"""``yaosu snapshot``: keep the state beside a journal, so that opening it is quick."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yaosu.cli.opening import journal_place, open_journal
from yaosu.cli.output import json_option, say, say_json

if TYPE_CHECKING:
    from yaosu.journal.opening import Place

LOOK_EVERY_S = 0.5


@click.command()
@click.argument("journal", type=journal_place)
@click.option("--follow", is_flag=True, help="Go on for as long as a writer has the journal open.")
@click.option(
    "--every", type=click.IntRange(min=1), default=1, show_default=True,
    help="Entries between two snapshots, at least.",
)  # fmt: skip
@json_option
def snapshot(journal: "Place", follow: bool, every: int, as_json: bool) -> None:
    """Write a snapshot of the JOURNAL's state into JOURNAL.snapshots.

    The journal is only read, and a running writer is not disturbed. The snapshot stands at the
    last entry that records a hash of the state. It is derived: delete it at any time. Opening the
    journal begins from the newest one that fits; verify reads everything and checks them too.
    """
    from yaosu.engine.snapshot import Follower
    from yaosu.journal.lock import writer_is_alive

    with open_journal(journal) as store:
        follower = Follower(store)
        for notice in follower.notices:
            click.echo(str(notice), err=True)
        written = follower.step(every)
        _say(journal, written, follower.size, as_json)
        while follow and writer_is_alive(os.path.realpath(str(journal))):
            time.sleep(LOOK_EVERY_S)
            written = follower.step(every)
            if written is not None:
                _say(journal, written, follower.size, as_json)


def _say(journal: "Place", written: Path | None, entries: int, as_json: bool) -> None:
    path: Any = None if written is None else str(written)
    if as_json:
        say_json("snapshot/1", journal=str(journal), snapshot=path, entries=entries)
    elif written is None:
        say(f"{journal}: no entry that records a hash of the state is newer than the last snapshot")
    else:
        say(f"{path}: the state after {entries} entries")

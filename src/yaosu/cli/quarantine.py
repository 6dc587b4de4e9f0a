"""``yaosu quarantine``: commands set aside because they crashed the writer."""

from pathlib import Path
from typing import Any

import click

from yaosu.cli.output import PATH, json_option, say, say_json, say_table
from yaosu.cli.verify import open_journal
from yaosu.kernel.instant import format_instant


@click.group()
def quarantine() -> None:
    """Commands set aside because they crashed the writer twice."""


@quarantine.command(name="list")
@click.argument("journal", type=PATH)
@json_option
def list_them(journal: Path, as_json: bool) -> None:
    """List the commands of the JOURNAL that are set aside; it is only read."""
    from yaosu.engine.recovery import fold
    from yaosu.engine.snapshot import shelf_beside, start_from

    with open_journal(journal) as store:
        state, first, notices = start_from(store, shelf_beside(store))
        for notice in notices:
            click.echo(str(notice), err=True)
        for _ in fold(store, state, first=first):
            pass
    _say(journal, list(state.quarantine.commands.values()), as_json)


@quarantine.command()
@click.argument("journal", type=PATH)
@click.argument("asked")
@click.option("--actor", "operator", required=True, help="The operator who releases it.")
@click.option("--reason", required=True, help="What was mended; goes on record.")
@json_option
def release(journal: Path, asked: str, operator: str, reason: str, as_json: bool) -> None:
    """Let the command ASKED be asked again; the JOURNAL may have no other writer meanwhile."""
    from yaosu import door
    from yaosu.quarantine import ReleaseCommand

    with open_journal(journal):  # it must be there: opening to write would begin a new one
        pass
    with door.open(journal) as venue:
        key = f"release-{asked}-{venue.store.size}"
        command = ReleaseCommand(actor=operator, key=key, asked=asked, reason=reason)
        venue.submit(command).accepted()
        left = list(venue.state.quarantine.commands.values())
    _say(journal, left, as_json)


def _say(journal: Path, found: list[Any], as_json: bool) -> None:
    rows = [
        {
            "asked": one.asked,
            "party": one.party,
            "party_key": one.party_key,
            "crashes": one.crashes,
            "at": format_instant(one.at),
        }
        for one in found
    ]
    if as_json:
        say_json("quarantine/1", journal=str(journal), commands=rows)
    elif rows:
        names = ("asked", "party", "party_key", "crashes", "at")
        say_table(names, [tuple(str(row[name]) for name in names) for row in rows], {3})
    else:
        say(f"{journal}: no command is set aside")

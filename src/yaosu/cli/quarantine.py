"""``yaosu quarantine``: commands set aside because they crashed the writer."""

from typing import TYPE_CHECKING, Any

import click

from yaosu.cli.at_server import PLACE_OR_SERVER, AtServer, ServerPlace, answered, asking
from yaosu.cli.output import json_option, say, say_json, say_table
from yaosu.kernel.instant import format_instant

if TYPE_CHECKING:
    from yaosu.journal.opening import Place

journal_argument = click.argument("journal", metavar="[JOURNAL]", type=PLACE_OR_SERVER)


@click.group()
def quarantine() -> None:
    """Commands set aside because they crashed the writer twice."""


@quarantine.command(name="list", cls=AtServer)
@journal_argument
@json_option
def list_them(journal: "Place | ServerPlace", as_json: bool) -> None:
    """List the commands of the JOURNAL that are set aside; it is only read."""
    _say(journal, answered(journal, "quarantine.list"), as_json)


@quarantine.command(cls=AtServer)
@journal_argument
@click.argument("asked")
@click.option("--actor", "operator", required=True, help="The operator who releases it.")
@click.option("--reason", required=True, help="What was mended; goes on record.")
@json_option
def release(
    journal: "Place | ServerPlace", asked: str, operator: str, reason: str, as_json: bool
) -> None:
    """Let the command ASKED be asked again: by the server, or where no other writer runs."""
    from yaosu.quarantine import ReleaseCommand

    with asking(journal) as (venue, size):
        key = f"release-{asked}-{size}"
        command = ReleaseCommand(actor=operator, key=key, asked=asked, reason=reason)
        venue.submit(command).accepted()
    _say(journal, answered(journal, "quarantine.list"), as_json)


def _say(journal: "Place | ServerPlace", found: list[dict[str, Any]], as_json: bool) -> None:
    names = ("asked", "party", "party_key", "crashes", "at")
    rows = [
        {name: one[name] for name in names} | {"at": format_instant(one["at"])} for one in found
    ]
    if as_json:
        say_json("quarantine/1", journal=str(journal), commands=rows)
    elif rows:
        say_table(names, [tuple(str(row[name]) for name in names) for row in rows], {3})
    else:
        say(f"{journal}: no command is set aside")

"""``yaosu journal``: look into a journal."""

import json
from typing import TYPE_CHECKING, Any

import click
from msgspec import to_builtins

from yaosu.cli.at_server import PLACE_OR_SERVER, AtServer, ServerPlace, answered
from yaosu.cli.opening import journal_place
from yaosu.cli.output import CHECK_FAILED, DONE, json_option, say, say_json, say_table
from yaosu.kernel.refusal import Refusal

if TYPE_CHECKING:
    from yaosu.journal.opening import Place
    from yaosu.journal.postgres_lease import Held


@click.group()
def journal() -> None:
    """Look into a journal."""


@journal.command(cls=AtServer)
@click.argument("journal_file", metavar="[JOURNAL]", type=PLACE_OR_SERVER)
@click.option("--from", "first", type=click.IntRange(min=0), default=0, help="First entry.")
@click.option("--to", "last", type=click.IntRange(min=0), default=None, help="Last entry.")
@click.option("--full", is_flag=True, help="Also the command and the events of each entry.")
@json_option
def show(
    journal_file: "Place | ServerPlace", first: int, last: int | None, full: bool, as_json: bool
) -> None:
    """List the entries of the JOURNAL: number, instant, who asked, what, and what came of it."""
    if last is not None and last < first:
        raise click.UsageError(f"no entry lies from {first} to {last}")
    rows: list[dict[str, Any]] = []
    begin: int | None = first
    while begin is not None:
        told = answered(journal_file, "journal.entries", first=begin, last=last, full=full)
        rows += told["rows"]
        size, begin = told["size"], told["next"]
        if first and first >= size:
            raise Refusal("cli.no_such_entry", path=str(journal_file), first=first, size=size)
    if as_json:
        say_json("journal-show/1", journal=str(journal_file), entries=rows)
        return
    lines: list[tuple[str, ...]] = [
        (str(r["sequence"]), r["instant"], r["actor"], r["command"], r["outcome"], r["hash"][:12])
        for r in rows
    ]
    say_table(("entry", "instant", "actor", "command", "outcome", "hash"), lines, {0})
    if full:
        for row in rows:
            say(f"\nentry {row['sequence']}")
            for tag, body in zip(
                (row["command"], *row["events"]), (row["body"], *row["came"]), strict=True
            ):
                say(f"  {tag}  {json.dumps(body, ensure_ascii=False)}")


@journal.command()
@click.argument("journal_file", metavar="JOURNAL", type=journal_place)
@json_option
def server(journal_file: "Place", as_json: bool) -> int:
    """Tell what the server of a JOURNAL in PostgreSQL promises, and who may write it.

    Nothing is begun or changed there. Ends with 3 where a setting may lose what was acknowledged:
    then the journal is not opened for writing, unless its address accepts that setting.
    """
    from yaosu.journal.postgres import examine_server
    from yaosu.journal.postgres_url import PostgresUrl

    if not isinstance(journal_file, PostgresUrl):
        raise click.UsageError("name a journal in PostgreSQL: postgresql://...")
    settings, held = examine_server(journal_file)
    good = not any(setting.verdict == "refused" for setting in settings)
    if as_json:
        say_json(
            "journal-server/1",
            journal=str(journal_file),
            durable=good,
            settings=[to_builtins(setting) for setting in settings],
            lease=None if held is None else to_builtins(held),
        )
        return DONE if good else CHECK_FAILED
    lines: list[tuple[str, ...]] = [
        (one.name, one.found or "-", one.verdict, one.why) for one in settings
    ]
    say_table(("setting", "is", "verdict", "the other value"), lines, set())
    say(f"\n{journal_file}: {_who_writes(held)}")
    return DONE if good else CHECK_FAILED


def _who_writes(held: "Held | None") -> str:
    if held is None:
        return "no journal yet"
    if held.left_ms <= 0:
        return f"nobody writes; the next epoch is {held.epoch + 1}"
    return f"{held.holder} writes, epoch {held.epoch}, for {held.left_ms} ms more at least"

"""``yaosu journal``: look into a journal."""

import json
from typing import TYPE_CHECKING, Any

import click
from msgspec import to_builtins

from yaosu.cli.output import CHECK_FAILED, DONE, json_option, say, say_json, say_table
from yaosu.cli.verify import journal_place, open_journal
from yaosu.kernel.instant import format_instant
from yaosu.kernel.plain import plain
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import tag_of

if TYPE_CHECKING:
    from yaosu.journal.opening import Place
    from yaosu.journal.postgres_lease import Held

ROWS_INLINE_MAX = 5


@click.group()
def journal() -> None:
    """Look into a journal."""


@journal.command()
@click.argument("journal_file", metavar="JOURNAL", type=journal_place)
@click.option("--from", "first", type=click.IntRange(min=0), default=0, help="First entry.")
@click.option("--to", "last", type=click.IntRange(min=0), default=None, help="Last entry.")
@click.option("--full", is_flag=True, help="Also the command and the events of each entry.")
@json_option
def show(journal_file: "Place", first: int, last: int | None, full: bool, as_json: bool) -> None:
    """List the entries of the JOURNAL: number, instant, who asked, what, and what came of it."""
    from yaosu.engine.recovery import command_of, events_of

    if last is not None and last < first:
        raise click.UsageError(f"no entry lies from {first} to {last}")
    rows: list[dict[str, Any]] = []
    with open_journal(journal_file) as store:
        if first and first >= store.size:
            raise Refusal("cli.no_such_entry", path=str(journal_file), first=first, size=store.size)
        end = store.size - 1 if last is None else min(last, store.size - 1)
        for entry in store.read(first, end) if first <= end else ():
            command, events = command_of(entry), events_of(entry)
            rows.append(
                {
                    "sequence": entry.header.sequence,
                    "instant": format_instant(entry.header.instant),
                    "actor": command.actor,
                    "command": tag_of(command),
                    "outcome": "accepted" if entry.header.outcome == 1 else _code(events),
                    "events": [tag_of(event) for event in events],
                    "hash": entry.hash.hex(),
                    **(
                        {"body": _short(command), "came": [_short(e) for e in events]}
                        if full
                        else {}
                    ),
                }
            )
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


def _code(events: list[Any]) -> str:
    return f"refused: {getattr(events[0], 'code', 'unknown')}"


def _short(word: Any) -> Any:
    """A command or event as JSON; of long tables only how many rows there are."""
    body = plain(word)

    def cut(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: cut(item) for name, item in value.items()}
        if isinstance(value, list):
            if len(value) > ROWS_INLINE_MAX:
                return f"{len(value)} values"
            return [cut(item) for item in value]
        return value

    return cut(body)

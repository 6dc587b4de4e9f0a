"""Tables of what a journal knows: read without writing, printed for readers or as JSON."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from yaosu.cli.opening import open_journal
from yaosu.cli.output import say, say_json, say_table
from yaosu.kernel.instant import format_instant

if TYPE_CHECKING:
    from yaosu.core import State
    from yaosu.journal.opening import Place
    from yaosu.kernel.columns import Columns

INSTANTS = (  # columns that hold instants; 0 is none
    "at", "closes", "concluded", "due", "filed", "last", "paid", "since", "supervised_until",
    "term_from", "term_to", "withdrawn_at",
)  # fmt: skip


def read_state(journal: "Place") -> "State":
    """What a journal knows at its end; it is only read."""
    from yaosu.engine.recovery import fold
    from yaosu.engine.snapshot import shelf_beside, start_from

    with open_journal(journal) as store:
        state, first, notices = start_from(store, shelf_beside(store))
        for notice in notices:
            click.echo(str(notice), err=True)
        for _ in fold(store, state, first=first):
            pass
    return state


def say_columns(
    schema: str, journal: "Place", table: "Columns", as_json: bool, **more: Any
) -> None:
    """A table, with instants as dates; in JSON under ``rows``, every row an object."""
    say_rows(schema, journal, list(table.iterate()), as_json, **more)


def say_rows(
    schema: str, place: object, given: Sequence[dict[str, Any]], as_json: bool, **more: Any
) -> None:
    """The same of rows, wherever they come from."""
    rows = [
        {
            name: (format_instant(value) if value else "") if name in INSTANTS else value
            for name, value in row.items()
        }
        for row in given
    ]
    if as_json:
        say_json(schema, journal=str(place), **more, rows=rows)
        return
    if not rows:
        say(f"{place}: nothing to list")
        return
    names = tuple(rows[0])
    right = {i for i, name in enumerate(names) if isinstance(rows[0][name], int)}
    say_table(names, [tuple(str(row[name]) for name in names) for row in rows], right)

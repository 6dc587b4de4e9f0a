"""``yaosu export``: a journal as Parquet tables, or as a log that outsiders check."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from yaosu.cli.files import make_folder, write_whole
from yaosu.cli.opening import journal_place, open_journal
from yaosu.cli.output import PATH, json_option, progress, say, say_json
from yaosu.cli.tables import parquet_bytes
from yaosu.cli.tlog import write_log
from yaosu.kernel.columns import Columns, Text, concatenate
from yaosu.kernel.plain import plain
from yaosu.kernel.words import tag_of

if TYPE_CHECKING:
    from yaosu.journal.opening import Place


@click.command()
@click.argument("journal", type=journal_place)
@click.option("--out", type=PATH, help="Folder for Parquet tables.")
@click.option("--tlog", type=PATH, help="Folder for a C2SP tlog-tiles log.")
@click.option("--key", type=PATH, help="Signing key for its checkpoint.")
@click.option("--register", type=PATH, help="File of JSON for what stands in the register.")
@json_option
def export(
    journal: "Place",
    out: Path | None,
    tlog: Path | None,
    key: Path | None,
    register: Path | None,
    as_json: bool,
) -> None:
    """Write the JOURNAL as Parquet tables (--out), or as a log that outsiders check (--tlog).

    With --register write what stands in the register now: `yaosu import` takes it into another
    journal.

    Each table carries the sequence of its entry. Tables are named after event and field, such as
    markets.orders_accepted-orders.parquet. A log has tiles of hashes, bundles of headers and, with
    a key, a signed checkpoint; it holds no payloads.
    """
    if out is None and tlog is None and register is None:
        raise click.UsageError("say where to: --out FOLDER, --tlog FOLDER, --register FILE")
    if key is not None and tlog is None:
        raise click.UsageError("--key signs the checkpoint of a log: give --tlog too")
    tables: dict[str, Any] = {}
    log: dict[str, Any] = {}
    counted: dict[str, int] | None = None
    with open_journal(journal) as store:
        if register is not None:
            counted = _write_register(store, register)
        if tlog is not None:
            log = write_log(store, tlog, key)
        if out is not None:
            with progress("exporting", store.size) as step:
                tables = _tables(store, step)
    if out is not None:
        folder = make_folder(out)
        for name, table in tables.items():
            write_whole(folder / f"{name}.parquet", parquet_bytes(table))
    rows = {name: _rows(table) for name, table in tables.items()}
    if as_json:
        said = None if out is None else str(out)
        say_json(
            "export/1",
            journal=str(journal),
            out=said,
            rows=rows,
            tlog=log or None,
            register=counted,
        )
        return
    for name, count in rows.items():
        say(f"{count:>10}  {name}.parquet")
    if counted is not None:
        said_of = ", ".join(f"{count} {name}" for name, count in counted.items())
        say(f"{said_of} in {register}")
    if log:
        say(f"{log['entries']} entries in {log['files']} files under {log['folder']}")
        say(f"  root       {log['root']}")
        say(f"  checkpoint {log['checkpoint'] or 'none: give --key to sign one'}")


def _write_register(store: Any, path: Path) -> dict[str, int]:
    """Write what stands in the register; how many of each kind."""
    from yaosu.engine.rehearsal import Rehearsal
    from yaosu.workers.importing.register_file import register_file, register_text

    state = Rehearsal(store).state
    file = register_file(state.parties, state.rights, state.now)
    write_whole(path, register_text(file).encode())
    lists = ("parties", "units", "rights", "burdens")
    return {name: len(getattr(file, name)) for name in lists}


def _tables(store: Any, step: Any) -> dict[str, Any]:
    from yaosu.engine.recovery import command_of, events_of

    entries: dict[str, list[Any]] = {
        name: [] for name in ("sequence", "instant", "actor", "command", "outcome", "hash", "body")
    }
    events: dict[str, list[Any]] = {name: [] for name in ("sequence", "number", "event", "body")}
    inside: dict[str, list[Columns]] = {}
    for entry in store.read():
        sequence = entry.header.sequence
        command = command_of(entry)
        cells = (
            sequence,
            entry.header.instant,
            command.actor,
            tag_of(command),
            "accepted" if entry.header.outcome == 1 else "refused",
            entry.hash.hex(),
            _body(command),
        )
        for name, cell in zip(entries, cells, strict=True):
            entries[name].append(cell)
        for number, event in enumerate(events_of(entry)):
            row = (sequence, number, tag_of(event), _body(event))
            for name, cell in zip(events, row, strict=True):
                events[name].append(cell)
            for name, columns in _columns_in(event, tag_of(event).partition("/")[0]):
                inside.setdefault(name, []).append(_with_sequence(columns, sequence))
        step(1)
    joined = {name: concatenate(parts) for name, parts in sorted(inside.items())}
    return {"entries": entries, "events": events, **joined}


def _body(word: Any) -> str:
    """The small fields as JSON; tables stand in files of their own."""
    fields = {
        name: plain(getattr(word, name))
        for name in word.__struct_fields__
        if not isinstance(getattr(word, name), Columns | msgspec.Struct)
    }
    return json.dumps(fields, ensure_ascii=False)


def _columns_in(value: Any, name: str) -> Iterator[tuple[str, Columns]]:
    for field in value.__struct_fields__:
        inner = getattr(value, field)
        if isinstance(inner, Columns):
            if inner.rows:
                yield f"{name}-{field}", inner
        elif isinstance(inner, msgspec.Struct):
            yield from _columns_in(inner, f"{name}-{field}")


def _with_sequence(columns: Columns, sequence: int) -> Columns:
    """The table with the number of its entry; text that is coded apart is joined later."""
    import numpy as np

    data: dict[str, Any] = {"entry": np.full(columns.rows, sequence, np.int64)}
    for name in columns.names:
        column = columns.column(name)
        data[name] = column.sorted() if isinstance(column, Text) else column
    return Columns(data)


def _rows(table: Any) -> int:
    return table.rows if isinstance(table, Columns) else len(table["sequence"])

"""Moving in: the sheets of the files that were given, what their columns mean, what came of it."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from yaosu.kernel.refusal import Refusal
from yaosu.server.errands import RUNNING, Errand
from yaosu.workers.importing.cells import plain_text
from yaosu.workers.importing.mapping import Map, TableMap, table_of
from yaosu.workers.importing.sheets import Head, heads_of
from yaosu.workers.importing.templates import (
    PARTIES,
    PLEDGES,
    REFUSAL_COLUMNS,
    RIGHTS,
    TEMPLATES,
    UNITS,
    column_named,
    columns_of,
)

TABLES = (PARTIES, UNITS, RIGHTS, PLEDGES)
ENCODINGS = {"utf-8": "utf-8-sig", "gb18030": "gb18030"}
NOT_READ = "-"  # name of a sheet that there is none of
ERRORS_MAX = 200
ENDINGS = (".xlsx", ".xlsm", ".csv")


class ColumnRow(Struct, frozen=True, kw_only=True):
    """One heading; ``chosen``: column it means, empty where it is not read; ``field``: its id."""

    field: str
    head: str
    chosen: str


class SheetRow(Struct, frozen=True, kw_only=True):
    """One sheet.

    Attributes:
        table: it is read as; empty where it is not.
        offered: columns of that table: (name, name in the reader's language, whether needed).
        missing: columns that are needed and not there.
    """

    field: str
    file: str
    sheet: str
    table: str
    columns: tuple[ColumnRow, ...]
    offered: tuple[tuple[str, str, bool], ...]
    missing: tuple[str, ...]


class TableRow(Struct, frozen=True, kw_only=True):
    """What came of a table; ``errors``: line, code, sentence, what next, cells of refused rows."""

    table: str
    rows: int
    entered: int
    before: int
    refused: int
    heads: tuple[str, ...]
    errors: tuple[tuple[str, ...], ...]


class MovingPage(Struct, frozen=True, kw_only=True):
    """One import.

    Attributes:
        faults: files that cannot be read, and why.
        tables: what came of the last run; ``was_check``: whether nothing was written.
        results: files to download.
        actors: (party, name) the reader may ask as.
    """

    errand: Errand
    files: tuple[tuple[str, int], ...]
    faults: tuple[tuple[str, str], ...]
    sheets: tuple[SheetRow, ...]
    tables: tuple[TableRow, ...]
    was_check: bool
    results: tuple[str, ...]
    actors: tuple[tuple[str, str], ...]
    offered: tuple[str, ...] = TABLES

    @property
    def runs(self) -> bool:
        """Whether it runs now."""
        return self.errand.state == RUNNING

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(one.rows for one in self.tables)


def files_in(folder: Path) -> list[Path]:
    """The files that were given, by name."""
    here = folder / "files"
    return sorted(here.iterdir()) if here.is_dir() else []


def heads_in(folder: Path, encoding: str) -> tuple[list[Head], list[tuple[str, str]]]:
    """Every sheet of every file, and the files that cannot be read."""
    heads: list[Head] = []
    faults: list[tuple[str, str]] = []
    for path in files_in(folder):
        try:
            heads += heads_of(path, ENCODINGS[encoding])
        except (Refusal, OSError) as error:
            faults.append((path.name, str(error)))
    return heads, faults


def chart_of(heads: Sequence[Head], facts: Mapping[str, str]) -> Map:
    """What the reader chose, as the map that the import reads; what he left open by its name."""
    found: Map = {table: TableMap(sheet=NOT_READ) for table in TEMPLATES}
    for at, head in enumerate(heads):
        table = chosen_table(at, head, facts)
        if not table:
            continue
        columns: dict[str, str] = {}
        ignore = []
        for number, text in enumerate(head.heads):
            column = chosen_column(at, number, table, text, facts)
            if column and column not in columns:
                columns[column] = text
            elif text:
                ignore.append(text)
        found[table] = TableMap(sheet=head.sheet, columns=columns, ignore=tuple(ignore))
    return found


def chosen_table(at: int, head: Head, facts: Mapping[str, str]) -> str:
    """The table that a sheet is read as."""
    default = table_of(head.sheet, {})
    table = facts.get(f"table-{at}", default)
    return table if table in TABLES else ""


def chosen_column(at: int, number: int, table: str, text: str, facts: Mapping[str, str]) -> str:
    """The column that a heading means; empty where it is not read."""
    default = "" if text in REFUSAL_COLUMNS else column_named(table, text)
    chosen = facts.get(f"column-{at}-{number}", default)
    return chosen if chosen and column_named(table, chosen) == chosen else ""


def chart_text(chart: Map) -> str:
    """The map as the TOML that the command line reads."""
    lines: list[str] = []
    for table, one in sorted(chart.items()):
        lines += [f"[{table}]", f"sheet = {_quoted(one.sheet)}"]
        lines.append(f"ignore = [{', '.join(_quoted(text) for text in one.ignore)}]")
        pairs = ", ".join(f"{_quoted(k)} = {_quoted(v)}" for k, v in one.columns.items())
        lines.append(f"columns = {{ {pairs} }}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in plain) + '"'


def moving_page(
    errand: Errand,
    folder: Path,
    result: Mapping[str, Any] | None,
    actors: Sequence[tuple[str, str]],
    *,
    is_chinese: bool,
) -> MovingPage:
    """The page of one import."""
    heads, faults = heads_in(folder, errand.facts.get("encoding", "utf-8"))
    out = folder / "out"
    results = sorted(path.name for path in out.iterdir()) if out.is_dir() else []
    told = {} if result is None else result["tables"]
    return MovingPage(
        errand=errand,
        files=tuple((path.name, path.stat().st_size) for path in files_in(folder)),
        faults=tuple(faults),
        sheets=tuple(
            _sheet(at, head, errand.facts, is_chinese=is_chinese) for at, head in enumerate(heads)
        ),
        tables=tuple(_table(out, table, counts) for table, counts in told.items()),
        was_check=result is not None and bool(result["dry_run"]),
        results=() if result is None else tuple(results),
        actors=tuple(actors),
    )


def _sheet(at: int, head: Head, facts: Mapping[str, str], *, is_chinese: bool) -> SheetRow:
    table = chosen_table(at, head, facts)
    columns = tuple(
        ColumnRow(
            field=f"column-{at}-{number}",
            head=text,
            chosen=chosen_column(at, number, table, text, facts) if table else "",
        )
        for number, text in enumerate(head.heads)
        if text
    )
    offered = columns_of(table) if table else ()
    held = {one.chosen for one in columns}
    own = offered[: len(TEMPLATES[table])] if table else ()
    return SheetRow(
        field=f"table-{at}",
        file=head.path.name,
        sheet=head.sheet,
        table=table,
        columns=columns,
        offered=tuple(
            (one.name, one.zh if is_chinese else one.name, one.need == "yes") for one in offered
        ),
        missing=tuple(
            one.zh if is_chinese else one.name
            for one in own
            if one.need == "yes" and one.name not in held
        ),
    )


def _table(out: Path, table: str, counts: Mapping[str, int]) -> TableRow:
    path = out / f"{table}-refused.csv"
    rows: list[tuple[str, ...]] = []
    if path.is_file() and counts["refused"]:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.reader(file)):
                if number > ERRORS_MAX:
                    break
                rows.append(tuple(plain_text(cell) for cell in row))
    return TableRow(
        table=table,
        heads=rows[0] if rows else (),
        errors=tuple(rows[1:]),
        **{name: int(counts[name]) for name in ("rows", "entered", "before", "refused")},
    )

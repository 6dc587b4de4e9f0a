"""The map from somebody's own tables to the templates: sheets, columns, fixed values. Pure."""

import tomllib

import msgspec
from msgspec import Struct

from yaosu.kernel.refusal import Refusal, refuse_unless
from yaosu.workers.importing import refusals
from yaosu.workers.importing.templates import (
    REFUSAL_COLUMNS,
    TEMPLATES,
    column_named,
    columns_of,
)

__all__ = ["refusals"]


class TableMap(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one table is read.

    Attributes:
        sheet: name of the sheet, or of the file without its ending; empty is the table's name.
        columns: column of the template -> heading in the table.
        fixed: column of the template -> what stands in it for every row that leaves it empty.
        values: column of the template -> cell -> what it means.
        ignore: headings that are not read.
    """

    sheet: str = ""
    columns: dict[str, str] = {}
    fixed: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    ignore: tuple[str, ...] = ()


Map = dict[str, TableMap]


def parse_map(text: str, path: str) -> Map:
    """The map that a TOML text describes, by table.

    Raises:
        Refusal: ``workers.import_bad_map``.
    """
    try:
        found = msgspec.convert(tomllib.loads(text), Map)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Refusal("workers.import_bad_map", path=path, reason=str(error)) from None
    for table, one in sorted(found.items()):
        reason = f"there is no table {table}"
        refuse_unless(table in TEMPLATES, "workers.import_bad_map", path=path, reason=reason)
        for name in (*one.columns, *one.fixed, *one.values):
            reason = f"table {table} has no column {name}"
            is_known = column_named(table, name) == name
            refuse_unless(is_known, "workers.import_bad_map", path=path, reason=reason)
    return found


def table_of(name: str, chart: Map) -> str:
    """The table that a sheet or file of a name holds; empty where it holds none."""
    for table, one in sorted(chart.items()):
        if one.sheet == name:
            return table
    is_renamed = name in chart and chart[name].sheet not in ("", name)
    bare = name.strip().lower().removesuffix("-refused")
    return bare if bare in TEMPLATES and not is_renamed else ""


class Reading(Struct, frozen=True, kw_only=True):
    """How the cells of a table become columns of its template.

    Attributes:
        names: of each column in order; empty where it is not read.
        heads: as they stand in the table.
    """

    table: str
    heads: tuple[str, ...]
    names: tuple[str, ...]
    fixed: dict[str, str]
    values: dict[str, dict[str, str]]

    def cells(self, given: tuple[str, ...]) -> dict[str, str]:
        """The cells of a row by column; empty ones are left out."""
        cells = dict(self.fixed)
        for name, cell in zip(self.names, given, strict=True):
            if name and cell:
                cells[name] = self.values.get(name, {}).get(cell, cell)
        return cells


def reading_of(table: str, heads: tuple[str, ...], one: TableMap, path: str) -> Reading:
    """How a table with these headings is read.

    Raises:
        Refusal: ``workers.import_unknown_column``, ``workers.import_column_twice``,
            ``workers.import_column_missing``.
    """
    renamed = {head: name for name, head in one.columns.items()}
    names: list[str] = []
    for head in heads:
        name = renamed.get(head) or column_named(table, head)
        if head in one.ignore or (head in REFUSAL_COLUMNS and head not in renamed) or not head:
            name = ""
        else:
            facts = {"column": head, "table": table, "path": path}
            refuse_unless(name, "workers.import_unknown_column", **facts)
        twice = name and name in names
        refuse_unless(not twice, "workers.import_column_twice", column=name, table=table, path=path)
        names.append(name)
    for column in columns_of(table)[: len(TEMPLATES[table])]:
        is_there = column.need != "yes" or column.name in names or column.name in one.fixed
        facts = {"table": table, "path": path, "column": one.columns.get(column.name, column.name)}
        refuse_unless(is_there, "workers.import_column_missing", **facts)
    return Reading(
        table=table, heads=heads, names=tuple(names), fixed=dict(one.fixed), values=one.values
    )

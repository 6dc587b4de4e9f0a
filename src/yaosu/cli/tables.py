"""Tables in: CSV (also gzipped) and Parquet to columns of text; decimal numbers to whole units.

A number is divided by its unit (a tick, a lot) exactly, in decimal; what is not a whole multiple
is refused with its line, never rounded.
"""

import csv
import gzip
import io
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from yaosu.cli.files import read_bytes
from yaosu.engine.extras import load_extra
from yaosu.kernel.columns import Columns, Integers, Text
from yaosu.kernel.numbers import INT64_MAX
from yaosu.kernel.refusal import refuse, refuse_unless

WHOLE_DIGITS_MAX = 18
ROWS_AT_ONCE = 50_000
SIDES = {"buy": 1, "sell": -1, "1": 1, "+1": 1, "-1": -1}
EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)  # a product is never rounded
EXPONENT_MAX = 40  # digits a decimal number may be shifted by; beyond it lies no amount of anything


class TextTable(Struct, frozen=True):
    """A table as it stands in a file: every cell is text.

    Attributes:
        path: of the file, for messages.
        columns: texts by name, of equal length.
        first_line: number of the line of the first row, for messages.
        jumps: rows that do not begin on the line after the row before, each with its line.
    """

    path: str
    columns: dict[str, list[str]]
    first_line: int = 2
    jumps: tuple[tuple[int, int], ...] = ()

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(next(iter(self.columns.values()), []))

    def line_of(self, row: int) -> int:
        """The number of the line in which a row begins."""
        last = bisect_right(self.jumps, row, key=lambda jump: jump[0])
        begun, line = self.jumps[last - 1] if last else (0, self.first_line)
        return line + row - begun

    def text(self, name: str) -> Text:
        """A column as coded text; an empty cell is refused with `cli.missing_value`."""
        cells = self.columns[name]
        column = Text.of(cells)
        for value in column.values:
            if not value.strip():
                line = self.line_of(cells.index(value))
                refuse("cli.missing_value", column=name, line=line, path=self.path)
        return column

    def sides(self, name: str) -> Integers:
        """A column of sides as +1 (buy) and -1 (sell); else `cli.not_a_side`."""
        cells = self.columns[name]
        known = {cell: SIDES.get(cell.strip(), 0) for cell in dict.fromkeys(cells)}
        for cell, side in known.items():
            if side == 0:
                facts: dict[str, Any] = {"column": name, "line": self.line_of(cells.index(cell))}
                refuse("cli.not_a_side", **facts, path=self.path, value=cell)
        return np.fromiter(map(known.__getitem__, cells), np.int64, len(cells))

    def whole(self, name: str, unit: Decimal = Decimal(1), option: str = "unit") -> Integers:
        """A column of decimal numbers in whole multiples of a unit, exactly.

        Raises:
            Refusal: `cli.not_a_number`, `cli.not_a_multiple`, `cli.number_too_large`.
        """
        cells = self.columns[name]
        known: dict[str, int] = dict.fromkeys(cells, 0)  # prices repeat: each is read once
        ratio = unit.as_integer_ratio()
        for cell in known:
            units = units_of(cell, *ratio)
            if isinstance(units, str):
                line = self.line_of(cells.index(cell))
                facts: dict[str, Any] = {"column": name, "line": line, "path": self.path}
                more = _FACTS[units]
                if "unit" in more:
                    facts["unit"] = str(unit)
                if "option" in more:
                    facts["option"] = option
                refuse(units, **facts, value=cell)
            known[cell] = units
        return np.fromiter(map(known.__getitem__, cells), np.int64, len(cells))


_FACTS = {
    "cli.not_a_number": (),
    "cli.not_a_multiple": ("unit", "option"),
    "cli.number_too_large": ("unit",),
}


def units_of(cell: str, top: int, bottom: int) -> int | str:
    """A decimal number in units of ``top / bottom``, exactly, or the code of why it is none."""
    if cell.isascii() and cell.isdigit() and len(cell) <= WHOLE_DIGITS_MAX:
        units, rest = divmod(int(cell) * bottom, top)
        return _bounded(units, rest)
    try:
        number = Decimal(cell.strip())
    except InvalidOperation:
        return "cli.not_a_number"
    if not number.is_finite():
        return "cli.not_a_number"
    exponent = number.as_tuple().exponent
    if abs(number.adjusted()) > EXPONENT_MAX or abs(int(exponent)) > EXPONENT_MAX:
        return "cli.number_too_large"
    above, below = number.as_integer_ratio()
    return _bounded(*divmod(above * bottom, below * top))


def _bounded(units: int, rest: int) -> int | str:
    if rest:
        return "cli.not_a_multiple"
    return units if abs(units) <= INT64_MAX else "cli.number_too_large"


def read_table(
    path: Path, required: Sequence[str], optional: Sequence[str] | None = ()
) -> TextTable:
    """A table by the ending of its file name.

    Args:
        path: ``.csv``, ``.csv.gz`` or ``.parquet``.
        required: columns that must be there.
        optional: columns that may be there; any other is refused; None lets others be.
    """
    name = path.name.lower()
    if name.endswith(".parquet"):
        table = _parquet(path)
    elif name.endswith((".csv", ".csv.gz")):
        table = _csv(path)
    else:
        read_bytes(path)  # a missing file or a folder is the better answer
        refuse("cli.unknown_format", path=str(path))
    check_names(path, list(table.columns), required, optional)
    return table


def check_names(
    path: Path, names: Sequence[str], required: Sequence[str], optional: Sequence[str] | None = ()
) -> None:
    """Refuse a table that lacks a column, or has one that means nothing."""
    have = ", ".join(names)
    for column in required:
        refuse_unless(
            column in names, "cli.missing_column", path=str(path), column=column, columns=have
        )
    known = None if optional is None else [*required, *optional]
    for column in names:
        refuse_unless(
            known is None or column in known,
            "cli.unknown_column",
            path=str(path),
            column=column,
            known=", ".join(known or ()),
        )


def unit_of(option: str, text: str) -> Decimal:
    """A tick or a lot given on the command line."""
    try:
        unit = Decimal(text)
    except InvalidOperation:
        refuse("cli.bad_unit", option=option, value=text)
    fits = unit.is_finite() and unit > 0 and abs(unit.adjusted()) <= EXPONENT_MAX
    refuse_unless(fits, "cli.bad_unit", option=option, value=text)
    return unit


def in_units(value: int, unit: Decimal) -> str:
    """A whole number of units as decimal text, without an exponent."""
    return format(EXACT.multiply(Decimal(value), unit), "f")


def all_in_units(values: Integers, unit: Decimal) -> list[str]:
    """Many whole numbers of units as decimal text; each distinct number is written once."""
    distinct, place = np.unique(values, return_inverse=True)
    texts = [in_units(value, unit) for value in distinct.tolist()]
    return [texts[i] for i in place.tolist()]


def _csv(path: Path) -> TextTable:
    raw = read_bytes(path)
    if path.name.lower().endswith(".gz"):
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, ValueError) as error:
            refuse("cli.bad_gzip", path=str(path), reason=str(error))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse("cli.not_text", path=str(path))
    refuse_unless("\0" not in text, "cli.not_text", path=str(path))
    refuse_unless(text.strip(), "cli.file_empty", path=str(path))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    columns: list[list[str]] = []
    jumps: list[tuple[int, int]] = []
    try:
        head = [name.strip() for name in next(reader)]
        width = len(head)
        columns = [[] for _ in head]
        expected, end = 2, reader.line_num
        for row in reader:
            line, end = end + 1, reader.line_num  # a row may span lines, a line may be blank
            if not row:
                continue
            if line != expected:
                jumps.append((len(columns[0]) + len(rows), line))
            expected = line + 1
            if len(row) != width:
                refuse(
                    "cli.fields_in_row",
                    line=reader.line_num,
                    path=str(path),
                    fields=len(row),
                    expected=width,
                )
            rows.append(row)
            if len(rows) == ROWS_AT_ONCE:
                _append(columns, rows)
        _append(columns, rows)
    except csv.Error as error:
        refuse("cli.bad_csv", line=reader.line_num, path=str(path), reason=str(error))
    for i, name in enumerate(head):
        refuse_unless(name not in head[:i], "cli.duplicate_column", path=str(path), column=name)
    return TextTable(str(path), dict(zip(head, columns, strict=True)), jumps=tuple(jumps))


def _append(columns: list[list[str]], rows: list[list[str]]) -> None:
    """Move rows into columns: a million small lists kept alive would slow everything down."""
    for column, cells in zip(columns, zip(*rows, strict=True), strict=bool(rows)):
        column.extend(cells)
    rows.clear()


def _parquet(path: Path) -> TextTable:
    read_bytes(path)
    pa, pq = load_extra("pyarrow"), load_extra("pyarrow.parquet")
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        refuse("cli.bad_parquet", path=str(path), reason=str(error).splitlines()[0])
    for name in table.column_names:
        nulls = table[name].is_null().to_pylist() if table[name].null_count else []
        if nulls:
            row = nulls.index(True) + 1
            refuse("cli.missing_value", column=name, line=row, path=str(path))
    columns = {
        name: [cell_text(cell) for cell in table[name].to_pylist()] for name in table.column_names
    }
    return TextTable(str(path), columns, first_line=1)


def cell_text(cell: Any) -> str:
    """A cell as the text a CSV would hold; a floating number by its shortest decimal."""
    return repr(cell) if isinstance(cell, float) else str(cell)


def csv_bytes(columns: Mapping[str, Sequence[Any]]) -> bytes:
    """Columns of equal length as CSV in UTF-8; None is an empty field."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return out.getvalue().encode()


def parquet_bytes(columns: Columns | Mapping[str, Sequence[Any]]) -> bytes:
    """Columns as a Parquet file (extra ``arrow``)."""
    pa, pq = load_extra("pyarrow"), load_extra("pyarrow.parquet")
    table = columns.to_arrow() if isinstance(columns, Columns) else pa.table(dict(columns))
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()

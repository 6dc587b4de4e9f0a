"""Tables from files: CSV, and the sheets of a workbook, row by row, within stated limits."""

import csv
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from msgspec import Struct

from yaosu.engine.extras import load_extra
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless
from yaosu.workers.importing import refusals
from yaosu.workers.importing.cells import Row, plain_text
from yaosu.workers.importing.mapping import Map, Reading, TableMap, reading_of, table_of
from yaosu.workers.importing.templates import TEMPLATES, UNITS

ROWS_MAX = 1_000_000  # of one table
COLUMNS_MAX = 200
CELL_CHARACTERS_MAX = 10_000
CSV_BYTES_MAX = 1 << 30
WORKBOOK_BYTES_MAX = 256 << 20
UNPACKED_BYTES_MAX = 1 << 30  # of all parts of a workbook
RATIO_MAX = 200  # of a workbook that unpacks to more than RATIO_FREE_BYTES
RATIO_FREE_BYTES = 64 << 20
PARTS_MAX = 10_000
WHOLE_MAX = 10**15  # beyond it a spreadsheet does not keep the last digits
WRONG = "\0!"  # before the text of a cell that cannot be read
BROKEN = (  # what reading a workbook raises where a part of it is missing, bent or locked
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,  # of XML
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
Line = tuple[int, tuple[str, ...], Refusal | None]  # number, cells, why it cannot be read
__all__ = ["refusals"]


class Sheet(Struct, frozen=True, kw_only=True):
    """A table in a file, not yet read.

    Attributes:
        sheet: its name in a workbook; empty in a CSV file.
    """

    table: str
    path: Path
    sheet: str = ""
    encoding: str = "utf-8-sig"
    chart: TableMap = TableMap()

    def rows(self) -> Iterator[Row]:
        """Its rows in order; the reading of its head comes first."""
        return _rows(self, self.reading())

    def reading(self) -> Reading:
        """How its columns are read."""
        lines = _cells(self)
        head = next(lines, None)
        heads = tuple(cell.strip() for cell in head[1]) if head is not None else ()
        while heads and not heads[-1]:
            heads = heads[:-1]
        facts: dict[str, Any] = {"table": self.table, "path": str(self.path)}
        few = len(heads) <= COLUMNS_MAX
        limit: dict[str, Any] = {"what": "columns", "limit": COLUMNS_MAX}
        refuse_unless(few, "workers.import_too_many", **facts, **limit)
        return reading_of(self.table, heads, self.chart, str(self.path))


class Head(Struct, frozen=True, kw_only=True):
    """A sheet as its own head names it; ``sheet``: in a CSV file its name without the ending."""

    path: Path
    sheet: str
    heads: tuple[str, ...]


def heads_of(path: Path, encoding: str) -> list[Head]:
    """Every sheet of a file with its headings, whatever it holds.

    Raises:
        Refusal: where the file is too large, no workbook, or not text.
    """
    found = []
    is_book = path.suffix.lower() in (".xlsx", ".xlsm")
    for name in _sheet_names(path) if is_book else [""]:
        lines = _cells(Sheet(table="", path=path, sheet=name, encoding=encoding))
        _, cells, _ = next(lines, (0, (), None))
        heads = tuple(cell.strip() for cell in cells[:COLUMNS_MAX])
        while heads and not heads[-1]:
            heads = heads[:-1]
        found.append(Head(path=path, sheet=name or path.stem, heads=heads))
    return found


def find_sheets(sources: list[Path], chart: Map, encoding: str) -> dict[str, Sheet]:
    """The tables in files, folders of CSV files and workbooks, in the order they are taken in.

    Raises:
        Refusal: ``workers.import_no_table``, ``workers.import_table_twice``, and where a file is
            too large or no workbook.
    """
    found: dict[str, Sheet] = {}
    for source in sources:
        here = []
        for path in _files_of(source):
            here += _sheets_of(path, chart, encoding)
        if not here:
            refuse("workers.import_no_table", path=str(source), known=", ".join(TEMPLATES))
        for sheet in here:
            other = found.setdefault(sheet.table, sheet)
            facts = {"table": sheet.table, "path": str(other.path), "other": str(sheet.path)}
            refuse_unless(other is sheet, "workers.import_table_twice", **facts)
    order = (UNITS, *(table for table in TEMPLATES if table != UNITS))
    return {table: found[table] for table in order if table in found}


def _files_of(source: Path) -> list[Path]:
    if source.is_dir():
        inside = sorted(source.iterdir())
        return [path for path in inside if path.suffix.lower() == ".csv" and path.is_file()]
    with source.open("rb"):  # a file that is missing or may not be read says so itself
        return [source]


def _sheets_of(path: Path, chart: Map, encoding: str) -> list[Sheet]:
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        names = _sheet_names(path)
    else:
        size = path.stat().st_size
        facts: dict[str, Any] = {"what": str(path), "bytes": size, "limit": CSV_BYTES_MAX}
        refuse_unless(size <= CSV_BYTES_MAX, "kernel.too_large", **facts)
        names = [""]
    sheets = []
    for name in names:
        table = table_of(name or path.stem, chart)
        if table:
            one = chart.get(table, TableMap())
            found = Sheet(table=table, path=path, sheet=name, encoding=encoding, chart=one)
            sheets.append(found)
    return sheets


def _rows(sheet: Sheet, reading: Reading) -> Iterator[Row]:
    width = len(reading.heads)
    lines = _cells(sheet)
    next(lines)
    for count, (line, cells, fault) in enumerate(lines, 1):
        refuse_unless(
            count <= ROWS_MAX,
            "workers.import_too_many",
            table=sheet.table,
            path=str(sheet.path),
            what="rows",
            limit=ROWS_MAX,
        )
        given = tuple(plain_text(cell) for cell in cells[:width])
        given += ("",) * (width - len(given))
        texts = tuple(cell.strip() for cell in given)
        uneven = None
        if len(cells) != width and (sheet.sheet == "" or any(cells[width:])):
            uneven = Refusal("workers.import_row_uneven", fields=len(cells), expected=width)
        why = fault or uneven or _fault_in(reading, texts)
        yield Row(line, reading.cells(texts), given, why)


def _fault_in(reading: Reading, texts: tuple[str, ...]) -> Refusal | None:
    for name, text in zip(reading.names, texts, strict=True):
        if not name:
            continue
        if len(text) > CELL_CHARACTERS_MAX:
            facts: dict[str, Any] = {"characters": len(text), "limit": CELL_CHARACTERS_MAX}
            return Refusal("workers.import_cell_too_long", column=name, **facts)
        if text.startswith(WRONG):
            kind, _, cell = text.removeprefix(WRONG).partition(":")
            if kind == "formula":
                return Refusal("workers.import_formula", column=name)
            facts = {"value": cell, "reason": kind}
            return Refusal("workers.import_cell_wrong", column=name, **facts)
        if "\0" in text:
            reason = "it holds a NUL"
            return Refusal("workers.import_cell_wrong", column=name, value="", reason=reason)
    return None


def _cells(sheet: Sheet) -> Iterator[Line]:
    """Lines of cells, the head first; a line of empty cells is passed over."""
    return _from_workbook(sheet) if sheet.sheet else _from_csv(sheet)


def _from_csv(sheet: Sheet) -> Iterator[Line]:
    try:
        with sheet.path.open(encoding=sheet.encoding, newline="") as file:
            reader = csv.reader(file, strict=True)
            line = 1
            while True:
                fault = None
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    facts = {"column": "the row", "value": "", "reason": str(error)}
                    cells, fault = [], Refusal("workers.import_cell_wrong", **facts)
                if fault is not None or any(cell.strip() for cell in cells):
                    yield line, tuple(cells), fault
                line = reader.line_num + 1
    except UnicodeDecodeError:
        refuse(
            "workers.import_not_text",
            path=str(sheet.path),
            encoding=sheet.encoding.removesuffix("-sig"),
        )


def _sheet_names(path: Path) -> list[str]:
    _check_workbook(path)
    book = _open_workbook(path)
    try:
        return list(book.sheetnames)
    finally:
        book.close()


def _check_workbook(path: Path) -> None:
    """Refuse a workbook that is too large, or that unpacks to far more than it is."""
    size = path.stat().st_size
    facts: dict[str, Any] = {"what": str(path), "bytes": size, "limit": WORKBOOK_BYTES_MAX}
    refuse_unless(size <= WORKBOOK_BYTES_MAX, "kernel.too_large", **facts)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except BROKEN as error:
        raise _broken(path, error) from None
    reason = f"it has {len(parts)} parts"
    few = len(parts) <= PARTS_MAX
    refuse_unless(few, "workers.import_bad_workbook", path=str(path), reason=reason)
    unpacked = sum(part.file_size for part in parts)  # the reader takes no more than this says
    limit = min(UNPACKED_BYTES_MAX, max(RATIO_FREE_BYTES, RATIO_MAX * size))
    facts = {"path": str(path), "bytes": unpacked, "limit": limit}
    refuse_unless(unpacked <= limit, "workers.import_unpacks_too_large", **facts)


def _open_workbook(path: Path) -> Any:
    load_extra("defusedxml")  # without it a workbook could swell while its XML is read
    openpyxl = load_extra("openpyxl")
    try:
        return openpyxl.load_workbook(path, read_only=True, keep_links=False)
    except BROKEN as error:
        raise _broken(path, error) from None


def _broken(path: Path, error: Exception) -> Refusal:
    root: BaseException = error
    while root.__context__ is not None:  # the library says only that something was wrong
        root = root.__context__
    reason = " ".join(f"{type(root).__name__}: {root}".split())
    return Refusal("workers.import_bad_workbook", path=str(path), reason=reason)


def _from_workbook(sheet: Sheet) -> Iterator[Line]:
    book = _open_workbook(sheet.path)
    try:
        page = book[sheet.sheet]
        page.reset_dimensions()  # what the file says of its size may be wrong
        for line, cells in enumerate(page.iter_rows(), 1):
            texts = tuple(_text_of(cell) for cell in cells)
            if any(texts):
                yield line, texts, None
    except BROKEN as error:
        raise _broken(sheet.path, error) from None
    finally:
        book.close()


def _text_of(cell: Any) -> str:
    """A cell as text; what cannot be trusted is marked, and refused where it is read."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return f"{WRONG}formula:"
    if cell.data_type == "e":
        return f"{WRONG}an error of the spreadsheet:{value}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number_text(value)
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else f"{value.isoformat()}Z"
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("\0", "")


def _number_text(value: float) -> str:
    if abs(value) >= WHOLE_MAX:
        return f"{WRONG}a spreadsheet keeps 15 digits, write it as text:{value}"
    return str(int(value)) if float(value).is_integer() else repr(float(value))

"""What came of a table, in files: the rows taken in, and the refused rows with the reason.

A file of refused rows has the table's own columns, and before them line, code, sentence and what
to do next: corrected, it is imported as it is. No cell of it is a formula to a spreadsheet.
"""

import csv
import os
import tempfile
from collections.abc import Sequence
from io import FileIO, TextIOWrapper
from pathlib import Path
from typing import Any, Self

from yaosu.engine.extras import load_extra
from yaosu.workers.importing.cells import quiet
from yaosu.workers.importing.sheets import WRONG
from yaosu.workers.importing.templates import (
    REFUSAL_COLUMNS,
    TEMPLATES,
    columns_of,
    words_rows,
)

CSV, XLSX = "csv", "xlsx"
CONTROL = {code: None for code in range(32) if chr(code) not in "\t\n\r"}  # not allowed in XML
WORDS = "words"


class Written:
    """A table written line by line into a neighbour of its file, put in its place at the end."""

    def __init__(self, folder: Path, name: str, form: str, heads: Sequence[str]) -> None:
        self.path = folder / f"{name}.{form}"
        self.rows = 0
        handle, self._part = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
        os.close(handle)
        self._book: Any = None
        self._file: TextIOWrapper | None = None
        if form == XLSX:
            self._book = load_extra("openpyxl").Workbook(write_only=True)
            self._page = self._book.create_sheet(name)
            self._cell = load_extra("openpyxl.cell").WriteOnlyCell
        else:
            self._file = TextIOWrapper(FileIO(self._part, "w"), "utf-8-sig", newline="")
            self._writer = csv.writer(self._file)
        self._line(heads)

    def line(self, cells: Sequence[Any]) -> None:
        """One row more."""
        self.rows += 1
        self._line(cells)

    def _line(self, cells: Sequence[Any]) -> None:
        texts = [str(cell) for cell in cells]
        if self._file is not None:
            self._writer.writerow([quiet(text) for text in texts])
            return
        made = [self._cell(self._page, value=text.translate(CONTROL)) for text in texts]
        for cell in made:
            cell.data_type = "s"  # a text, whatever it begins with
            cell.number_format = "@"
        self._page.append(made)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if self._book is not None:
                self._book.save(self._part)
            if self._file is not None:
                self._file.close()
            if kind is None and self.rows:
                os.chmod(self._part, 0o644)
                os.replace(self._part, self.path)
            elif kind is None:
                self.path.unlink(missing_ok=True)  # of an earlier run
        finally:
            Path(self._part).unlink(missing_ok=True)


def refused_file(folder: Path, table: str, form: str, heads: Sequence[str]) -> Written:
    """Where the refused rows of a table go."""
    own = [head for head in heads if head not in REFUSAL_COLUMNS]
    return Written(folder, f"{table}-refused", form, (*REFUSAL_COLUMNS, *own))


def accepted_file(folder: Path, form: str) -> Written:
    """Where the list of what was taken in goes."""
    return Written(folder, "accepted", form, ("table", "line", "id", "entry", "came"))


def shown(cell: str) -> str:
    """A cell as it goes back to whoever gave it; of one that could not be read what it said."""
    return cell.partition(":")[2] if cell.startswith(WRONG) else cell


def write_templates(folder: Path, language: str) -> list[Path]:
    """The templates as CSV files and one workbook, with the sheet of words; their paths."""
    heads = {
        table: tuple(column.zh if language == "zh" else column.name for column in columns_of(table))
        for table in TEMPLATES
    }
    paths = []
    for table, names in heads.items():
        paths.append(folder / f"{table}.csv")
        _write_csv(paths[-1], [names])
    paths.append(folder / f"{WORDS}.csv")
    _write_csv(paths[-1], words_rows())
    openpyxl = load_extra("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for table, rows in {
        **{name: [names] for name, names in heads.items()},
        WORDS: words_rows(),
    }.items():
        page = book.create_sheet(table)
        for row in rows:
            page.append(row)
        for number, head in enumerate(rows[0], 1):
            letter = openpyxl.utils.get_column_letter(number)
            page.column_dimensions[letter].width = max(12, min(40, 2 + len(head)))
            page.column_dimensions[letter].number_format = "@"  # 1/3 stays a share, not a date
        page.freeze_panes = "A2"
    paths.append(folder / "templates.xlsx")
    book.save(paths[-1])
    return paths


def _write_csv(path: Path, rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([quiet(cell) for cell in row] for row in rows)

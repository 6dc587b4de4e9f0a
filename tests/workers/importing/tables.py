"""A venue to move into, and the tables of a small register, as files of every kind."""

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from tests.stories import DOCUMENT, REGISTRY, Story
from yaosu.cli.app import answer
from yaosu.core import State
from yaosu.engine.recovery import fold
from yaosu.journal.sqlite import open_sqlite

Table = list[tuple[Any, ...]]
END = "2060-01-01"
LAND = ("land", "east", "industrial", "state")
PARTIES: Table = [
    ("party", "kind", "name", "members", "fact.sector", "fact.size#"),
    ("mill", "organisation", "East Mill", "", "textile", 12),
    ("li", "organisation", "Li", "", "", ""),
    ("wang", "organisation", "Wang", "", "", ""),
    ("pair", "group", "Li and Wang", "li 1/2; wang 0.5", "", ""),
    ("bank", "organisation", "Bank", "", "", ""),
]
UNITS: Table = [
    ("unit", "factor", "region", "attribute.use", "attribute.land_title", "quantity"),
    ("U-1", *LAND, 1200),
    ("U-2", *LAND, 900),
]
RIGHTS: Table = [
    ("right", "unit", "holder", "share", "term_to", "source", "old_number"),
    ("R-1", "U-1", "mill", "", END, DOCUMENT, "2016-00123"),
    ("R-2a", "U-2", "li", "1/3", END, DOCUMENT, ""),
    ("R-2b", "U-2", "pair", "2/3", END, DOCUMENT, ""),
]
PLEDGES: Table = [
    ("entry", "right", "holder", "creditor", "until", "amount_minor"),
    ("P-1", "R-1", "mill", "bank", "2040-01-01", 50_000_000),
]
TABLES = {"parties": PARTIES, "units": UNITS, "rights": RIGHTS, "pledges": PLEDGES}


def venue_at(path: Path) -> Path:
    """A founded venue with land, closed again."""
    Story(open_sqlite(path)).found(factors=("land",)).venue.close()
    return path


def as_csv(folder: Path, tables: dict[str, Table], encoding: str = "utf-8") -> Path:
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


def as_openpyxl(path: Path, tables: dict[str, Table]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in tables.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append([None if cell == "" else cell for cell in row])
    book.save(path)
    return path


def as_xlsxwriter(path: Path, tables: dict[str, Table]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in tables.items():
            page = book.add_worksheet(name)
            for line, row in enumerate(rows):
                page.write_row(line, 0, row)
    return path


def move(capsys: Any, journal: Path, *words: object) -> tuple[int, dict[str, Any]]:
    """Run ``yaosu import`` as the registry; the exit code and what it said as JSON."""
    given = ["import", str(journal), *map(str, words), "--as", REGISTRY, "--json"]
    capsys.readouterr()
    code = answer(given)
    return code, json.loads(capsys.readouterr().out)


def state_at(journal: Path) -> State:
    """The state that a journal makes."""
    state = State()
    with open_sqlite(journal, readonly=True) as store:
        for _ in fold(store, state):
            pass
    return state


def holdings(journal: Path) -> dict[str, tuple[str, str, str]]:
    """Right -> holder, unit, share: what the register says, whenever it was entered."""
    return {
        right.id: (right.holder, right.unit, str(right.share))
        for right in state_at(journal).rights.rights.values()
    }


def counts(said: dict[str, Any], table: str) -> tuple[int, int, int, int]:
    one = said["tables"][table]
    return one["rows"], one["entered"], one["before"], one["refused"]


def first_codes(said: dict[str, Any]) -> list[str]:
    return [one["code"] for one in said["refused"]]

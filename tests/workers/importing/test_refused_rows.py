"""Every row, table and file that cannot be taken in says why, and what to do next."""

import datetime
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.stories import DOCUMENT
from tests.workers.importing.tables import (
    END,
    LAND,
    PARTIES,
    RIGHTS,
    TABLES,
    UNITS,
    Table,
    as_csv,
    as_openpyxl,
    first_codes,
    holdings,
    move,
    venue_at,
)
from yaosu.cli.app import answer
from yaosu.workers.importing import sheets as limits

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return venue_at(tmp_path / "m.db")


ROWS: list[tuple[str, tuple[Any, ...], str]] = [
    (
        "rights",
        ("R-3", "", "mill", "", END, DOCUMENT, ""),
        "workers.import_cell_missing: unit is empty; fill it in",
    ),
    (
        "rights",
        ("R-3", "U-3", "mill", "1/0", END, DOCUMENT, ""),
        "workers.import_cell_wrong: share is '1/0': a share is at most the whole; correct the cell",
    ),
    (
        "rights",
        ("R-3", "U-3", "mill", "half", END, DOCUMENT, ""),
        "workers.import_cell_wrong: share is 'half': not a share like 1/3, 0.25 or 1; "
        "correct the cell",
    ),
    (
        "rights",
        ("R-3", "U-3", "mill", "", "soon", DOCUMENT, ""),
        "workers.import_cell_wrong: term_to is 'soon': not a day like 2026-11-02 or an instant "
        "like 2026-11-02T08:00Z; correct the cell",
    ),
    (
        "rights",
        ("R-3", "U-9", "mill", "", END, DOCUMENT, ""),
        "workers.import_unit_missing: unit U-9 has no row in the table of units; add the unit, or "
        "give factor, region and quantity with the right",
    ),
    (
        "rights",
        ("R-3", "U-3", "mill", "", END, "x" * 10_001, ""),
        "workers.import_cell_too_long: source has 10001 characters, above 10000; shorten the cell",
    ),
    (
        "rights",
        ("R-3", "U-3", "mi\0ll", "", END, DOCUMENT, ""),
        "workers.import_cell_wrong: holder is '': it holds a NUL; correct the cell",
    ),
    (
        "rights",
        ("R-3", "U-3", "mill", "", END, DOCUMENT, "", "more"),
        "workers.import_row_uneven: the row has 8 cells where the head has 7; quote cells that "
        "hold commas or line breaks",
    ),
    (
        "rights",
        ("R-3", "U-3", "nobody", "", END, DOCUMENT, ""),
        "parties.unknown: party nobody is not registered; register it first (register_party)",
    ),
    (
        "units",
        ("U-1", *LAND, 5),
        "workers.import_unit_twice: unit U-1 has a row before, in line 2; "
        "leave one of the rows out",
    ),
    (
        "units",
        ("U-8", *LAND, 5),
        "workers.import_unit_unused: no right names unit U-8; add its right: a unit is registered "
        "with its first right",
    ),
    (
        "parties",
        ("p", "organisation", "P", "", "", "twelve"),
        "workers.import_cell_wrong: fact.size# is 'twelve': not a whole number; correct the cell",
    ),
]


@pytest.mark.parametrize(("table", "row", "said"), ROWS, ids=[said[:60] for *_, said in ROWS])
def test_a_row_with_a_fault_is_refused_alone(
    table: str, row: tuple[Any, ...], said: str, journal: Path, tmp_path: Path, capsys: Capture
) -> None:
    tables = {**TABLES, "units": [*UNITS, ("U-3", *LAND, 7)], "rights": list(RIGHTS)}
    if table != "rights" or not said.startswith(
        ("workers.import_cell", "workers.import_row", "pa")
    ):
        tables["units"] = list(UNITS)
    tables[table] = [*tables[table], row]
    answer_words = ["import", str(journal), str(as_csv(tmp_path / "t", tables)), "--as", "registry"]
    assert answer([*answer_words, "--out", str(tmp_path / "out")]) == 1
    shown = capsys.readouterr().out
    assert f"{table}, line {len(tables[table])}: {said}" in shown
    assert set(holdings(journal)) == {"R-1", "R-2a", "R-2b"}
    text = (tmp_path / "out" / f"{table}-refused.csv").read_text("utf-8-sig")
    assert f"\n{len(tables[table])},{said.split(':', maxsplit=1)[0]}," in text


def test_a_unit_that_is_refused_takes_its_right_with_it(
    journal: Path, tmp_path: Path, capsys: Capture
) -> None:
    tables = {**TABLES, "units": [*UNITS, ("U-3", "land\0", *LAND[1:], 7)]}
    tables["rights"] = [*RIGHTS, ("R-3", "U-3", "mill", "", END, DOCUMENT, "")]
    _, said = move(capsys, journal, as_csv(tmp_path / "t", tables))
    assert said["refused"][0]["sentence"] == (
        "the row of unit U-3 in the table of units was refused"
    )
    assert first_codes(said) == ["workers.import_unit_refused", "workers.import_cell_wrong"]


def test_holders_of_one_unit_agree_about_it(journal: Path, tmp_path: Path, capsys: Capture) -> None:
    rows = [*RIGHTS[:3], ("R-2b", "U-2", "pair", "2/3", "2050-01-01", DOCUMENT, "")]
    _, said = move(capsys, journal, as_csv(tmp_path / "t", {**TABLES, "rights": rows}))
    assert first_codes(said) == ["workers.import_holders_differ"] * 2
    assert said["refused"][0]["sentence"] == (
        "the row says another term_to than line 3, which begins unit U-2"
    )


def test_what_a_spreadsheet_made_of_a_cell_is_refused(
    journal: Path, tmp_path: Path, capsys: Capture
) -> None:
    """A formula, an error, a share taken for a date, a number of too many digits."""
    book = openpyxl.load_workbook(as_openpyxl(tmp_path / "t.xlsx", TABLES))
    rights, units = book["rights"], book["units"]
    day, end = datetime.date(2026, 3, 1), datetime.date(2060, 1, 1)
    for line, (cell, value) in enumerate(
        [("D", day), ("C", '=A2&"x"'), ("C", "#REF!"), ("E", end)], 5
    ):
        units.append((f"U-{line}", *LAND, 5))
        rights.append((f"R-{line}", f"U-{line}", "mill", None, END, DOCUMENT, ""))
        rights[f"{cell}{line}"] = value
    rights["C7"].data_type = "e"
    units.append(("U-9", *LAND, 12345678901234567))
    rights.append(("R-9", "U-9", "mill", None, END, DOCUMENT, ""))
    book.save(tmp_path / "t.xlsx")
    code, said = move(capsys, journal, tmp_path / "t.xlsx", "--out", tmp_path / "out")
    assert code == 1
    assert [one["sentence"] for one in said["refused"]] == [
        "share is '2026-03-01': a spreadsheet took the share for a date; format the column as text",
        "holder is a formula",
        "holder is '#REF!': an error of the spreadsheet",
        "the row of unit U-9 in the table of units was refused",
        "quantity is '1.234567890123457e+16': a spreadsheet keeps 15 digits, write it as text",
    ]
    assert "R-8" in holdings(journal)  # its end was a date of the spreadsheet
    assert "workers.import_formula" in (tmp_path / "out" / "rights-refused.csv").read_text()


def refusal_of(capsys: Capture, journal: Path, *words: object) -> str:
    code, said = move(capsys, journal, *words)
    assert code == 1
    return f"{said['sentence']}; {said['what_next']}"


def test_a_table_that_cannot_be_read_is_refused_whole(
    journal: Path, tmp_path: Path, capsys: Capture
) -> None:
    def one(name: str, rows: Table) -> Path:
        return as_csv(tmp_path / name, {"parties": rows}) / "parties.csv"

    file = one("a", [("party", "kind", "colour")])
    assert refusal_of(capsys, journal, file) == (
        f"column 'colour' of parties in {file} has no meaning; "
        "rename it as in the template, map it, or list it under ignore in the map"
    )
    file = one("b", [("party", "kind", "主体编号")])
    assert refusal_of(capsys, journal, file).startswith("column party of parties stands twice")
    file = one("c", [("party", "name")])
    assert refusal_of(capsys, journal, file).startswith(f"table parties in {file} has no column")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    assert refusal_of(capsys, journal, tmp_path / "other.csv").startswith(
        f"{tmp_path / 'other.csv'} is no table to move in with; name files or sheets after"
    )
    first, second = one("d", PARTIES), one("e", PARTIES)
    assert refusal_of(capsys, journal, first, second) == (
        f"table parties stands in {first} and in {second}; give each table once"
    )
    file.write_bytes("party,kind,name\na,organisation,厂\n".encode("gb18030"))
    assert refusal_of(capsys, journal, file) == (
        f"{file} is not text in utf-8; save it as CSV in UTF-8, or name its encoding (--encoding)"
    )
    with pytest.raises(FileNotFoundError):
        limits.find_sheets([tmp_path / "nowhere.csv"], {}, "utf-8")
    assert answer(["import", str(journal), str(first)]) == 1
    assert "nobody is named to ask for parties" in capsys.readouterr().err


def test_a_map_that_means_nothing_is_refused(
    journal: Path, tmp_path: Path, capsys: Capture
) -> None:
    source, chart = as_csv(tmp_path / "t", TABLES), tmp_path / "map.toml"
    for text, reason in (
        ("[plots]", "there is no table plots"),
        ('[rights.columns]\ncolour = "x"', "table rights has no column colour"),
        ("[rights]\nsheets = 1", "Object contains unknown field `sheets` - at `$[...]`"),
        ("[rights", "Expected"),
    ):
        chart.write_text(text)
        said = refusal_of(capsys, journal, source, "--map", chart)
        assert said.startswith(f"the map {chart} cannot be used: {reason}")


def test_a_workbook_that_is_none_or_swells_is_refused(
    journal: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a zip; a zip without a book; one that unpacks to a gigabyte; entities that grow."""
    file = tmp_path / "t.xlsx"
    file.write_bytes(b"party,kind\n")
    assert refusal_of(capsys, journal, file).startswith(f"{file} is no workbook that can be read")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert refusal_of(capsys, journal, file).startswith(f"{file} is no workbook that can be read")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in range(8):
            archive.writestr(f"xl/{part}.xml", b" " * (16 << 20))
    assert refusal_of(capsys, journal, file) == (
        f"{file} would unpack to {8 * (16 << 20)} bytes, above {limits.RATIO_FREE_BYTES}; "
        "split the table, or give it as CSV"
    )
    as_openpyxl(file, TABLES)
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    swelling = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = swelling + parts[sheet].replace(b"<sheetData>", b"<sheetData>&b;")
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    said = refusal_of(capsys, journal, file)
    assert "EntitiesForbidden" in said
    assert not holdings(journal)


def test_limits_are_stated_when_they_are_reached(
    journal: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ROWS_MAX", 3)
    source = as_csv(tmp_path / "t", TABLES)
    assert refusal_of(capsys, journal, source) == (
        f"parties in {source / 'parties.csv'} has more than 3 rows; "
        "split the table into files below the limit"
    )
    monkeypatch.setattr(limits, "ROWS_MAX", 1_000_000)
    monkeypatch.setattr(limits, "COLUMNS_MAX", 3)
    assert "has more than 3 columns" in refusal_of(capsys, journal, source)
    monkeypatch.setattr(limits, "CSV_BYTES_MAX", 10)
    assert "; 10 are allowed;" in refusal_of(capsys, journal, source)
    book = as_openpyxl(tmp_path / "t.xlsx", TABLES)
    monkeypatch.setattr(limits, "WORKBOOK_BYTES_MAX", 10)
    assert "; 10 are allowed;" in refusal_of(capsys, journal, book)

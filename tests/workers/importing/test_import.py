"""``yaosu import``: whole tables in, once, however often and from whatever kind of file."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import python_calamine

from tests.reviewer import HOUSE
from tests.stories import DOCUMENT, EXCHANGE, REGISTRY
from tests.workers.importing.tables import (
    END,
    PLEDGES,
    RIGHTS,
    TABLES,
    UNITS,
    Table,
    as_csv,
    as_openpyxl,
    as_xlsxwriter,
    counts,
    holdings,
    move,
    state_at,
    venue_at,
)
from yaosu.cli.app import answer
from yaosu.engine.recovery import command_of
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel.canonical import encode
from yaosu.kernel.words import Command
from yaosu.parties.commands import RegisterParties
from yaosu.rights.commands import RegisterMany, TakeOverPledges
from yaosu.workers.importing import run

ALL = {
    "R-1": ("mill", "U-1", "1/1"),
    "R-2a": ("li", "U-2", "1/3"),
    "R-2b": ("pair", "U-2", "2/3"),
}
Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("make", [as_csv, as_openpyxl, as_xlsxwriter])
def test_the_same_register_comes_from_csv_and_from_workbooks_of_two_writers(
    make: Callable[[Path, dict[str, Table]], Path], tmp_path: Path, capsys: Capture
) -> None:
    source = make(tmp_path / ("t" if make is as_csv else "t.xlsx"), TABLES)
    journal = venue_at(tmp_path / "m.db")
    code, said = move(capsys, journal, source)
    assert (code, said["refused"]) == (0, [])
    assert holdings(journal) == ALL
    state = state_at(journal)
    assert state.parties.parties["mill"].facts == {"sector": "textile", "size": 12}
    assert state.rights.units["U-1"].attributes == {"use": "industrial", "land_title": "state"}
    pledge = state.rights.entries["P-1"]
    assert (pledge.beneficiary, pledge.amount_minor) == ("bank", 50_000_000)
    assert state.rights.units["U-1"].old_number == "2016-00123"
    assert counts(said, "rights") == (3, 3, 0, 0)


def test_a_second_run_enters_nothing_twice(tmp_path: Path, capsys: Capture) -> None:
    journal = venue_at(tmp_path / "m.db")
    source = as_csv(tmp_path / "t", TABLES)
    move(capsys, journal, source)
    before = state_at(journal)
    code, said = move(capsys, journal, as_openpyxl(tmp_path / "t.xlsx", TABLES))
    assert code == 0
    assert [counts(said, table)[1:] for table in TABLES] == [
        (0, 5, 0), (0, 2, 0), (0, 3, 0), (0, 1, 0),
    ]  # fmt: skip
    assert state_at(journal).rights == before.rights


def test_a_dry_run_writes_nothing_and_refuses_the_same_rows(
    tmp_path: Path, capsys: Capture
) -> None:
    tables = {**TABLES, "rights": [*RIGHTS, ("R-9", "U-1", "mill", "", END, DOCUMENT, "")]}
    journal, source = venue_at(tmp_path / "m.db"), as_csv(tmp_path / "t", tables)
    with open_sqlite(journal, readonly=True) as store:
        before = list(store.hashes(0, store.size - 1))
    dry = move(capsys, journal, source, "--dry-run", "--out", tmp_path / "dry")
    with open_sqlite(journal, readonly=True) as store:
        assert list(store.hashes(0, store.size - 1)) == before
    real = move(capsys, journal, source, "--out", tmp_path / "real")
    assert (dry[0], real[0]) == (1, 1)
    assert dry[1]["tables"] == real[1]["tables"]
    assert dry[1]["refused"] == real[1]["refused"]
    assert real[1]["refused"][0]["code"] == "rights.shares_do_not_sum"
    for name in ("rights-refused.csv",):
        assert (tmp_path / "dry" / name).read_bytes() == (tmp_path / "real" / name).read_bytes()


def test_refused_rows_come_back_as_a_table_that_is_imported_once_it_is_corrected(
    tmp_path: Path, capsys: Capture
) -> None:
    rows = [*RIGHTS[:2], ("R-2a", "U-2", "nobody", "", END, DOCUMENT, "")]
    journal = venue_at(tmp_path / "m.db")
    source = as_csv(tmp_path / "t", {**TABLES, "rights": rows})
    code, said = move(capsys, journal, source, "--out", tmp_path / "out")
    assert (code, counts(said, "rights")) == (1, (2, 1, 0, 1))
    file = tmp_path / "out" / "rights-refused.csv"
    text = file.read_text("utf-8-sig")
    assert text.splitlines()[0].startswith("line,code,sentence,what_next,right,unit,holder")
    assert text.splitlines()[1].startswith("3,parties.unknown,")
    file.write_text(text.replace("R-2a,U-2,nobody", "R-2a,U-2,li"), "utf-8")
    again = move(capsys, journal, file, source / "units.csv")
    assert (again[0], counts(again[1], "rights")) == (1, (1, 1, 0, 0))
    assert again[1]["refused"][0]["code"] == "workers.import_unit_unused"  # U-1 is not named here
    assert holdings(journal)["R-2a"] == ("li", "U-2", "1/1")


def test_a_row_refused_before_is_asked_again_when_its_cause_is_gone(
    tmp_path: Path, capsys: Capture
) -> None:
    journal = venue_at(tmp_path / "m.db")
    source = as_csv(tmp_path / "t", TABLES)
    others = [source / f"{name}.csv" for name in ("units", "rights", "pledges")]
    assert counts(move(capsys, journal, *others)[1], "rights") == (3, 0, 0, 3)
    code, said = move(capsys, journal, source)
    assert (code, counts(said, "rights")) == (0, (3, 3, 0, 0))


def many(count: int) -> dict[str, Table]:
    units = [(f"U-{n}", "land", "east", "industrial", "state", 100 + n) for n in range(count)]
    rights = [(f"R-{n}", f"U-{n}", "mill", "", END, DOCUMENT, "") for n in range(count)]
    return {**TABLES, "units": [UNITS[0], *units], "rights": [RIGHTS[0], *rights]}


def test_killed_in_the_middle_and_run_again_nothing_is_missing_or_doubled(
    tmp_path: Path, capsys: Capture
) -> None:
    """A move of 1,500 rights is killed by SIGKILL after some, and taken up by the same command."""
    tables = {**many(1_500), "pledges": PLEDGES}
    source = as_csv(tmp_path / "t", tables)
    journal = venue_at(tmp_path / "m.db")
    words = ["import", str(journal), str(source), "--as", REGISTRY]
    child = subprocess.Popen(
        [sys.executable, "-m", "yaosu", *words],
        env={**os.environ, "PYTHONPATH": str(HOUSE / "src")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not batches_of(journal) and child.poll() is None:  # until a batch of rights is in
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL, "it was done before it was killed"
    entered = len(holdings(journal))
    assert 0 < entered < 1_500
    code, said = move(capsys, journal, source)
    assert (code, counts(said, "rights")) == (0, (1_500, 1_500 - entered, entered, 0))
    whole = venue_at(tmp_path / "whole.db")
    move(capsys, whole, source)
    assert holdings(journal) == holdings(whole)
    with open_sqlite(journal, readonly=True) as store:
        keys = {canonical_key(entry.command) for entry in store.read()}
        assert len(keys) == store.size


def canonical_key(command: bytes) -> bytes:
    from yaosu.engine.recovery import read_command

    read = read_command(command)
    return f"{read.actor} {read.key}".encode()


def test_a_corrected_table_of_many_rights_asks_only_what_was_refused(
    tmp_path: Path, capsys: Capture
) -> None:
    """Rows of a batch know the entry they came with, however the next table is cut."""
    tables, out = many(40), tmp_path / "out"
    wrong = [(*row[:2], "nobody", *row[3:]) if n in (3, 9) else row for n, row in
             enumerate(tables["rights"])]  # fmt: skip
    journal = venue_at(tmp_path / "m.db")
    source = as_csv(tmp_path / "t", {**tables, "rights": wrong, "pledges": PLEDGES[:1]})
    code, said = move(capsys, journal, source, "--out", out)
    assert (code, counts(said, "rights")) == (1, (40, 38, 0, 2))
    assert {one["code"] for one in said["refused"]} == {"parties.unknown"}
    (many_rights,) = batches_of(journal)  # all rights are one entry
    entries = {line.split(",")[2]: line.split(",")[3] for line in accepted(out, "rights")}
    assert move(capsys, journal, source)[1]["tables"]["rights"]["refused"] == 2
    right = as_csv(tmp_path / "t", {"rights": [tables["rights"][0], *tables["rights"][:0:-1]]})
    dry = move(capsys, journal, right, "--dry-run")
    code, said = move(capsys, journal, right, "--out", out)
    assert (code, counts(said, "rights")) == (0, (40, 2, 38, 0))
    assert dry[1]["tables"] == said["tables"]
    later = {line.split(",")[2]: line.split(",")[3] for line in accepted(out, "rights")}
    assert {name: later[name] for name in entries} == entries
    assert set(entries.values()) == {str(many_rights)}
    assert {later[name] for name in ("R-2", "R-8")} == {str(batches_of(journal)[-1])}


def batches_of(journal: Path, kind: type[Command] = RegisterMany) -> list[int]:
    with open_sqlite(journal, readonly=True) as store:
        return [
            entry.header.sequence for entry in store.read() if isinstance(command_of(entry), kind)
        ]


def whole_register(count: int) -> dict[str, Table]:
    """A holder, a right and a pledge each."""
    tables = many(count)
    parties = [(f"h-{n}", "organisation", f"Holder {n}", "", "textile", n) for n in range(count)]
    rights = [(f"R-{n}", f"U-{n}", f"h-{n}", "", END, DOCUMENT, "") for n in range(count)]
    pledges = [(f"P-{n}", f"R-{n}", f"h-{n}", "bank", "2031-01-01", 100 + n) for n in range(count)]
    return {
        "parties": [*TABLES["parties"], *parties],
        "units": tables["units"],
        "rights": [RIGHTS[0], *rights],
        "pledges": [PLEDGES[0], *pledges],
    }


def standing(journal: Path) -> tuple[bytes, bytes]:
    """Parties and register, but for the instants, which a clock gave."""
    state = state_at(journal)
    parties = {name: (p.kind, p.facts, p.members) for name, p in state.parties.parties.items()}
    pledges = {
        one.id: (one.right, one.made_by, one.beneficiary, one.amount_minor, one.until)
        for one in state.rights.entries.values()
        if one.kind == "pledge"
    }
    return encode(parties), encode({"holdings": holdings(journal), "pledges": pledges})


def test_parties_and_pledges_move_in_many_an_entry(tmp_path: Path, capsys: Capture) -> None:
    """S0-26: the same as one by one, known again by their keys, however the next table is cut."""
    tables, out = whole_register(40), tmp_path / "out"
    journal = venue_at(tmp_path / "m.db")
    wrong = [(*row[:3], "nobody", *row[4:]) if n == 7 else row
             for n, row in enumerate(tables["pledges"])]  # fmt: skip
    source = as_csv(tmp_path / "t", {**tables, "pledges": wrong})
    dry = move(capsys, journal, source, "--dry-run")
    code, said = move(capsys, journal, source, "--out", out)
    assert (code, said["tables"]) == (1, dry[1]["tables"])
    assert [counts(said, name) for name in ("parties", "pledges")] == [
        (45, 45, 0, 0),
        (40, 39, 0, 1),
    ]
    (refused,) = said["refused"]
    assert (refused["code"], refused["line"]) == ("parties.unknown", 8)
    assert len(batches_of(journal, TakeOverPledges)) == 1
    group_apart = batches_of(journal, RegisterParties)  # a group builds on its members
    entries = {line.split(",")[3] for line in accepted(out, "parties")}
    assert {str(sequence) for sequence in group_apart} <= entries
    assert len(entries) <= 4
    turned = {
        name: [table[0], *table[:0:-1]] for name, table in tables.items() if name != "parties"
    }
    again = as_csv(tmp_path / "t2", {**turned, "parties": tables["parties"]})
    dry = move(capsys, journal, again, "--dry-run")
    code, said = move(capsys, journal, again)
    assert (code, dry[1]["tables"]) == (0, said["tables"])
    assert [counts(said, name) for name in ("parties", "pledges")] == [
        (45, 0, 45, 0),
        (40, 1, 39, 0),
    ]
    single = venue_at(tmp_path / "single.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_names", lambda _command, _sealed: [])  # everything by itself
        assert move(capsys, single, as_csv(tmp_path / "t3", tables))[0] == 0
    assert standing(single) == standing(journal)


def test_killed_among_its_parties_or_pledges_it_goes_on_where_it_was(
    tmp_path: Path, capsys: Capture
) -> None:
    """S0-26: SIGKILL after the first batch of parties, and after the first of pledges."""
    source = as_csv(tmp_path / "t", whole_register(1_200))
    whole = venue_at(tmp_path / "whole.db")
    assert move(capsys, whole, source)[0] == 0
    journal = venue_at(tmp_path / "m.db")
    for kind in (RegisterParties, TakeOverPledges):
        child = subprocess.Popen(
            [sys.executable, "-m", "yaosu", "import", str(journal), str(source), "--as", REGISTRY],
            env={**os.environ, "PYTHONPATH": str(HOUSE / "src")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not batches_of(journal, kind) and child.poll() is None:
            time.sleep(0.05)
        child.send_signal(signal.SIGKILL)
        child.wait()
    code, said = move(capsys, journal, source)
    assert code == 0
    assert counts(said, "parties")[1:] == (0, 1_205, 0)
    assert standing(journal) == standing(whole)
    with open_sqlite(journal, readonly=True) as store:
        keys = [canonical_key(entry.command) for entry in store.read()]
    assert len(set(keys)) == len(keys)


def test_pledges_that_no_registrar_moves_are_asked_by_their_holders(
    tmp_path: Path, capsys: Capture
) -> None:
    journal = venue_at(tmp_path / "m.db")
    source = as_csv(tmp_path / "t", whole_register(5))
    names = ("parties", "units", "rights")
    move(capsys, journal, *(source / f"{name}.csv" for name in names))
    assert answer(["import", str(journal), str(source / "pledges.csv"), "--as", EXCHANGE]) == 0
    capsys.readouterr()
    assert counts(move(capsys, journal, source)[1], "pledges") == (5, 0, 5, 0)


def test_a_batch_that_is_refused_whole_is_asked_row_by_row(tmp_path: Path, capsys: Capture) -> None:
    """The operator registers parties, not rights: every row says so, and comes in later."""
    journal = venue_at(tmp_path / "m.db")
    source = as_csv(tmp_path / "t", {**many(5), "pledges": PLEDGES[:1]})
    assert answer(["import", str(journal), str(source), "--as", EXCHANGE, "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert counts(said, "rights") == (5, 0, 0, 5)
    assert {one["code"] for one in said["refused"]} == {"core.role_needed"}
    assert counts(move(capsys, journal, source / "rights.csv", source / "units.csv")[1],
                  "rights") == (5, 5, 0, 0)  # fmt: skip


def accepted(out: Path, table: str) -> list[str]:
    lines = (out / "accepted.csv").read_text("utf-8-sig").splitlines()
    return [line for line in lines if line.startswith(f"{table},")]


def test_the_templates_are_headed_and_explained_in_two_languages(
    tmp_path: Path, capsys: Capture
) -> None:
    """Another library reads the workbook; the empty tables are tables to move in with."""
    for language in ("en", "zh"):
        folder = tmp_path / language
        assert answer(["import", "--template", str(folder), "--language", language]) == 0
        book = python_calamine.CalamineWorkbook.from_path(folder / "templates.xlsx")
        assert book.sheet_names == ["parties", "units", "rights", "pledges", "words"]
        head = book.get_sheet_by_name("parties").to_python()[0]
        assert head[0] == ("party" if language == "en" else "主体编号")
        words = book.get_sheet_by_name("words").to_python()
        assert words[0] == [
            "table", "column", "列名", "needed", "meaning", "含义", "example",
        ]  # fmt: skip
        assert all(all(row) for row in words)
    head = ("主体编号", "主体类型", "名称", "事实.sector")
    source = as_csv(tmp_path / "t", {"parties": [head, ("mill", "organisation", "厂", "textile")]})
    journal = venue_at(tmp_path / "m.db")
    assert move(capsys, journal, source)[0] == 0
    assert state_at(journal).parties.parties["mill"].facts == {"sector": "textile"}


def test_a_map_says_what_somebody_elses_columns_mean(tmp_path: Path, capsys: Capture) -> None:
    theirs: Table = [
        ("不动产单元号", "权证号", "权利人", "面积", "用途", "备注"),
        ("U-1", "沪-1", "mill", 1200, "工业", "x"),
    ]
    (tmp_path / "map.toml").write_text(
        MAP.format(DOCUMENT),
        encoding="utf-8",
    )
    book = as_openpyxl(tmp_path / "t.xlsx", {"台账": theirs})
    parties = as_csv(tmp_path / "p", {"parties": TABLES["parties"]})
    journal = venue_at(tmp_path / "m.db")
    code, said = move(capsys, journal, parties, book, "--map", tmp_path / "map.toml")
    assert (code, said["refused"]) == (0, [])
    assert holdings(journal) == {"R-1": ("mill", "U-1", "1/1")}


def test_tables_in_gb18030_are_read_when_they_are_said_to_be(
    tmp_path: Path, capsys: Capture
) -> None:
    source = as_csv(
        tmp_path / "t",
        {"parties": [("party", "kind", "name"), ("mill", "organisation", "厂")]},
        "gb18030",
    )
    journal = venue_at(tmp_path / "m.db")
    assert move(capsys, journal, source, "--encoding", "gb18030")[0] == 0
    assert state_at(journal).parties.parties["mill"].name == "厂"


MAP = """
[rights]
sheet = "台账"
ignore = ["备注"]
[rights.columns]
right = "权证号"
unit = "不动产单元号"
holder = "权利人"
quantity = "面积"
"attribute.use" = "用途"
[rights.fixed]
factor = "land"
region = "east"
term_to = "2060-01-01"
"attribute.land_title" = "state"
source = "{}"
[rights.values]
right = {{ "沪-1" = "R-1" }}
"attribute.use" = {{ "工业" = "industrial" }}
"""
EVIL = '=HYPERLINK("http://evil.example","x")'


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_cell_that_comes_back_is_a_formula_and_it_is_read_as_it_was(
    form: str, tmp_path: Path, capsys: Capture
) -> None:
    names = [EVIL, "+1", "-1", "@x", "\t=1", "'=1"]
    rows = [("party", "kind", "name"), *((f"p{n}", "robot", name) for n, name in enumerate(names))]
    journal = venue_at(tmp_path / "m.db")
    source = as_csv(tmp_path / "t", {"parties": rows})
    out = tmp_path / "out"
    assert move(capsys, journal, source, "--out", out, "--format", form)[0] == 1
    file = out / f"parties-refused.{form}"
    if form == "csv":
        cells = [line.split(",") for line in file.read_text("utf-8-sig").splitlines()]
        assert all(not cell.startswith(("=", "+", "-", "@", "\t")) for row in cells for cell in row)
        file.write_text(file.read_text("utf-8-sig").replace("robot", "organisation"), "utf-8")
    else:
        book = openpyxl.load_workbook(file)
        page = book.active
        assert page is not None
        assert {cell.data_type for row in page.iter_rows() for cell in row} == {"s"}
        read = python_calamine.CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
        assert [row[6] for row in read[1:3]] == [EVIL, "+1"]
        table = [[c.value for c in row] for row in page.iter_rows()]
        table = [["organisation" if c == "robot" else c for c in row] for row in table]
        file = as_csv(tmp_path / "again", {"parties": [tuple(row) for row in table]})
    assert move(capsys, journal, file)[0] == 0
    known = state_at(journal).parties.parties
    assert [known[f"p{n}"].name for n in range(4)] == names[:4]


def test_a_persons_name_travels_sealed_where_the_venue_keeps_keys(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YAOSU_KEYS", raising=False)
    journal = venue_at(tmp_path / "m.db")
    rows = [("party", "kind", "name", "sealed.phone"), ("li", "person", "Li Planted", "5550100")]
    source = as_csv(tmp_path / "t", {"parties": rows})
    assert move(capsys, journal, source)[1]["refused"][0]["code"] == "engine.no_keys"
    assert move(capsys, journal, source, "--dry-run")[1]["refused"][0]["code"] == "engine.no_keys"
    answer(["secrets", "new", str(tmp_path / "wrap")])
    keys = ("--wrapping-key", tmp_path / "wrap")
    assert move(capsys, journal, source, "--dry-run", *keys)[0] == 0
    assert counts(move(capsys, journal, source, *keys)[1], "parties") == (1, 1, 0, 0)
    assert counts(move(capsys, journal, source, *keys)[1], "parties") == (1, 0, 1, 0)
    assert state_at(journal).parties.parties["li"].name == ""
    for file in tmp_path.glob("m.db*"):
        assert b"Li Planted" not in file.read_bytes()
        assert b"5550100" not in file.read_bytes()

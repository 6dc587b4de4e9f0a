"""`run`, `verify`, `audit`, `replay`, `export`, `journal show` on a small scenario of their own."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from msgspec import structs

from yaosu import core
from yaosu.cli.app import answer
from yaosu.cli.output import CHECK_FAILED, DONE, REFUSED
from yaosu.parties.commands import RegisterParty

pytest.importorskip("altair", reason="needs the extra report")
FIVE = Path(__file__).resolve().parents[2] / "examples" / "five-promises"
SCENARIO = """
title  = "A small market"
begins = "2026-11-02T01:00:00Z"

[venue]
venue     = "small"
operator  = "exchange"
authority = "office"
currency  = "CNY"

[[steps]]
do    = "rules.adopt_rules"
as    = "office"
packs = ["today.toml"]

[[steps]]
do       = "rights.adopt_profile"
as       = "office"
profiles = ["compute"]

[[steps]]
do   = "places.define_regions"
as   = "office"
rows = "regions.csv"
list = "regions"
with = { version = "1" }

[[steps]]
do      = "places.define_links"
as      = "office"
rows    = "links.csv"
columns = "links"
by      = "network"
with    = { version = "1" }

[[steps]]
do   = "parties.register_party"
as   = "exchange"
rows = "parties.csv"

[[steps]]
do   = "parties.grant_role"
as   = "office"
with = { party = "registrar", role = "registrar" }

[[steps]]
do   = "parties.issue_attestation"
as   = "registrar"
rows = "attestations.csv"

[[steps]]
do   = "access.apply_for_admission"
rows = "admissions.csv"

[[steps]]
do   = "settlement.record_deposit"
as   = "exchange"
with = { party = "buyer", currency = "CNY", amount_minor = 100000 }

[[steps]]
do   = "rights.register_right"
as   = "registrar"
rows = "rights.csv"

[[steps]]
do   = "markets.open_market"
as   = "exchange"
with = { market = "m", factor = "compute", instruments = ["gpu"], regions = ["east", "west"], \
currency = "CNY", network = "net" }

[[steps]]
do      = "markets.submit_orders"
as      = "exchange"
rows    = "orders.csv"
columns = "orders"
with    = { market = "m", batch = "one" }

[[steps]]
name    = "again"
do      = "markets.submit_orders"
as      = "exchange"
rows    = "orders.csv"
columns = "orders"
with    = { market = "m", batch = "one" }
refused = "markets.batch_exists"

[[steps]]
do   = "clear"
as   = "exchange"
with = { market = "m" }
"""
TABLES = {
    "regions.csv": "id,name\neast,East\nwest,West\n",
    "links.csv": "network,source,target,capacity,cost\nnet,east,west,5,0\nnet,west,east,5,0\n",
    "parties.csv": "party,kind,name\nregistrar,organisation,R\nbuyer,organisation,B\n"
    "seller,organisation,S\n",
    "attestations.csv": "attestation,about,kind\na1,buyer,identity\na2,seller,identity\n"
    "a3,seller,facility\n",
    "admissions.csv": "as,factor,role\nbuyer,compute,bidder\nseller,compute,holder\n",
    "rights.csv": "right,unit,factor,region,quantity,holder,share,term_to,instrument,source,"
    "unit_attributes.grade,unit_attributes.site\n"
    f"r,u,compute,east,20,seller,1/1,2028-01-01,gpu,{'ab' * 32},A,east\n",
    "orders.csv": "instrument,region,side,price,quantity,party\ngpu,east,sell,100,20,seller\n"
    "gpu,west,buy,300,8,buyer\n",
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The scenario, run once."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "scenario.toml").write_text(SCENARIO)
    for name in ("today.toml", "lifted.toml"):
        shutil.copy(FIVE / "rules" / name, folder / name)
    for name, text in TABLES.items():
        (folder / name).write_text(text)
    assert answer(["run", str(folder)]) == DONE
    return folder


def said(capsys, *arguments):
    """Run with --json and give the one object it printed."""
    code = answer([*map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_run_leaves_a_journal_and_a_report(ran):
    assert (ran / "out" / "market.db").stat().st_size > 0
    page = (ran / "out" / "report.html").read_text()
    assert "A small market" in page


def test_two_runs_make_the_same_journal(ran, tmp_path, capsys):
    """The scenario has its own clock, so nothing differs but the file."""
    before = said(capsys, "verify", ran / "out" / "market.db")[1]
    assert answer(["run", str(ran), "--out", str(tmp_path / "second")]) == DONE
    capsys.readouterr()
    after = said(capsys, "verify", tmp_path / "second" / "market.db")[1]
    assert after["root"] == before["root"]
    assert after["state_hash"] == before["state_hash"]


def test_verify_says_what_the_journal_is(ran, capsys):
    code, proven = said(capsys, "verify", ran / "out" / "market.db")
    assert code == DONE
    assert proven["schema"] == "yaosu.verify/1"
    assert proven["verdict"] == "matches"
    assert proven["entries"] > 15


def test_a_damaged_journal_ends_with_three_and_names_the_place(ran, tmp_path, capsys):
    path = tmp_path / "market.db"
    shutil.copy(ran / "out" / "market.db", path)
    with sqlite3.connect(path) as database:
        query = "select payloads from entries where sequence = 7"
        (payloads,) = database.execute(query).fetchone()
        flipped = bytes([payloads[0] ^ 1]) + payloads[1:]
        database.execute("update entries set payloads = ? where sequence = 7", (flipped,))
    assert answer(["verify", str(path)]) == CHECK_FAILED
    words = capsys.readouterr().err
    assert words.startswith("journal.damaged: ")
    assert "7" in words


def test_audit_decides_everything_again(ran, capsys):
    code, audited = said(capsys, "audit", ran / "out" / "market.db")
    assert code == DONE
    assert audited["clean"]
    assert audited["clearings"] == 1
    assert audited["entries"] == audited["recorded"]


def test_what_another_version_decided_is_a_notice_and_no_fault(ran, capsys, monkeypatch):
    """Two entries come out otherwise: with another version's number 0 is the answer, else 3."""
    journal = ran / "out" / "market.db"
    row = core.COMMANDS[RegisterParty]
    monkeypatch.setitem(core.COMMANDS, RegisterParty, structs.replace(row, roles=("nobody",)))
    code, audited = said(capsys, "audit", journal)
    assert (code, audited["clean"], audited["changed"]) == (CHECK_FAILED, False, 0)
    count = audited["unlike"]
    assert count == len(audited["differences"]) == audited["recorded"] - audited["entries"] > 1

    version = core.DECIDE_VERSION
    monkeypatch.setattr(core, "DECIDE_VERSION", version + 1)
    code, audited = said(capsys, "audit", journal)
    assert (code, audited["clean"], audited["changed"]) == (DONE, True, count)
    assert answer(["audit", str(journal)]) == DONE
    words = capsys.readouterr().out
    assert words.count(f"; decided by version {version}, now {version + 1}") == count
    assert f"notice: {count} entries of another version" in words


def test_export_writes_tables_that_arrow_reads(ran, tmp_path, capsys):
    pq = pytest.importorskip("pyarrow.parquet", reason="needs the extra arrow")
    code, exported = said(capsys, "export", ran / "out" / "market.db", "--out", tmp_path / "tables")
    assert code == DONE
    entries = pq.read_table(tmp_path / "tables" / "entries.parquet")
    assert entries.num_rows == exported["rows"]["entries"]
    orders = pq.read_table(tmp_path / "tables" / "markets.orders_accepted-orders.parquet")
    assert orders["quantity"].to_pylist() == [20, 8]
    assert len(set(orders["entry"].to_pylist())) == 1


def test_journal_show_lists_refused_commands_too(ran, capsys):
    code, shown = said(capsys, "journal", "show", ran / "out" / "market.db", "--from", "2")
    assert code == DONE
    assert shown["entries"][0]["sequence"] == 2
    assert "refused: markets.batch_exists" in [entry["outcome"] for entry in shown["entries"]]
    assert answer(["journal", "show", str(ran / "out" / "market.db"), "--to", "3", "--full"]) == 0
    told = capsys.readouterr()
    assert "parties.venue_founded/1  {" in told.out
    assert "rules.rules_adopted/1" not in told.err
    assert answer(["journal", "show", str(ran / "out" / "market.db"), "--from", "9999"]) == REFUSED
    assert capsys.readouterr().err.startswith("cli.no_such_entry: there is no entry 9999 in ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify"],
        ["audit"],
        ["journal", "show"],
        ["export", "--out", "x"],
        ["replay", "--rules", "r"],
    ],
)
def test_what_is_not_a_journal_is_refused(tmp_path, capsys, arguments):
    rules = tmp_path / "r.toml"
    shutil.copy(FIVE / "rules" / "today.toml", rules)
    arguments = [
        str(rules) if a == "r" else str(tmp_path / a) if a == "x" else a for a in arguments
    ]
    for name, content in (("none.db", None), ("text.db", b"hello" * 500), ("empty.db", b"")):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        ended = answer([*arguments, str(path)])
        words = capsys.readouterr().err
        assert ended in (REFUSED, CHECK_FAILED), (name, words)
        assert words.split(":")[0].count(".") == 1, words
        assert "our_error" not in words
    ended = answer([*arguments, str(tmp_path)])
    assert ended == REFUSED
    assert capsys.readouterr().err.startswith("cli.is_a_folder: ")


def test_a_running_journal_is_not_taken_away(ran, tmp_path, capsys):
    from yaosu.journal.lock import WriterLock

    held = WriterLock(str(ran / "out" / "market.db"))
    try:
        assert answer(["run", str(ran)]) == REFUSED
    finally:
        held.release()
    assert capsys.readouterr().err.startswith("journal.locked: ")
    assert (ran / "out" / "market.db").exists()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('title  = "A small market"', "", "cli.bad_scenario"),
        ('title  = "A small market"', "title = ", "cli.bad_toml"),
        ('as    = "office"', 'asked = "office"', "cli.bad_scenario"),
        ('as    = "office"', 'as = "office"\ndays = -1', "cli.bad_scenario"),
        ('as    = "office"', 'as = "office"\ndays = 99999999999', "cli.bad_scenario"),
        ('do    = "rules.adopt_rules"', 'do = "rules.ignore"', "cli.unknown_command"),
        ('packs = ["today.toml"]', 'packs = ["none.toml"]', "cli.file_missing"),
        ('by      = "network"', 'by      = "source_of"', "cli.bad_step"),
        ('profiles = ["compute"]', 'packs = ["today.toml"]', "cli.bad_step"),
        ('with = { version = "1" }', 'with = { verse = "1" }', "cli.bad_step"),
        ('refused = "markets.batch_exists"', "", "cli.step_refused"),
        ('batch = "one" }\nrefused', 'batch = "two" }\nrefused', "cli.step_refused"),
        ('rows = "rights.csv"', 'rows = "rights.csv"\nrefused = "rights.exists"',
         "cli.step_not_refused"),
    ],
)  # fmt: skip
def test_a_scenario_that_does_not_hold_is_refused(ran, tmp_path, capsys, old, new, code):
    folder = tmp_path / "broken"
    shutil.copytree(ran, folder, ignore=shutil.ignore_patterns("out"))
    text = (folder / "scenario.toml").read_text()
    assert old in text
    (folder / "scenario.toml").write_text(text.replace(old, new))
    assert answer(["run", str(folder)]) == REFUSED
    assert f"\n{code}: " in "\n" + capsys.readouterr().err


def test_prices_that_are_not_as_expected_end_with_three(ran, tmp_path, capsys):
    folder = tmp_path / "expecting"
    shutil.copytree(ran, folder)
    (folder / "expected").mkdir()
    prices = (folder / "out" / "prices.csv").read_text()
    assert "m,1,gpu,west,300,traded" in prices.splitlines()
    (folder / "expected" / "prices.csv").write_text(prices)
    assert answer(["run", str(folder)]) == DONE
    for changed in (prices.replace("300", "301"), prices + "m,2,gpu,west,1,traded\n", ""):
        (folder / "expected" / "prices.csv").write_text(changed)
        assert answer(["run", str(folder)]) == CHECK_FAILED
        assert "cli.not_as_expected: " in capsys.readouterr().err


def test_the_journal_of_something_else_is_not_replaced(ran, tmp_path, capsys):
    folder = tmp_path / "other"
    shutil.copytree(ran, folder)
    text = (folder / "scenario.toml").read_text()
    (folder / "scenario.toml").write_text(text.replace("2026-11-02", "2026-11-03"))
    before = (folder / "out" / "market.db").read_bytes()
    assert answer(["run", str(folder)]) == REFUSED
    assert capsys.readouterr().err.startswith("cli.not_ours: ")
    assert (folder / "out" / "market.db").read_bytes() == before


def test_a_broken_scenario_leaves_the_result_of_the_last_good_run(ran, tmp_path, capsys):
    folder = tmp_path / "again"
    shutil.copytree(ran, folder)
    (folder / "orders.csv").write_text("instrument,region\ngpu")
    assert answer(["run", str(folder)]) == REFUSED
    assert capsys.readouterr().err.startswith("cli.fields_in_row: ")
    assert answer(["verify", str(folder / "out" / "market.db")]) == DONE


@pytest.mark.parametrize(
    ("story", "said"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError in line 1 of story.py"),
        ("def prepare(scenario):\n    return 1 / 0", "ZeroDivisionError in line 2 of story.py"),
        ("def report(run):\n    return run.nowhere", "AttributeError in line 2 of story.py"),
        ("def report(", "SyntaxError in story.py"),
    ],
)
def test_a_story_that_fails_is_named_with_its_line(ran, tmp_path, capsys, story, said):
    folder = tmp_path / "told"
    shutil.copytree(ran, folder, ignore=shutil.ignore_patterns("out"))
    (folder / "story.py").write_text(story)
    assert answer(["run", str(folder)]) == REFUSED
    words = capsys.readouterr().err
    assert "\ncli.story_failed: " in "\n" + words
    assert said in words


def test_a_folder_without_a_scenario_is_refused(tmp_path, capsys):
    assert answer(["run", str(tmp_path)]) == REFUSED
    assert capsys.readouterr().err.startswith("cli.file_missing: ")
    assert answer(["run", str(tmp_path / "nowhere")]) == REFUSED
    assert capsys.readouterr().err.startswith("cli.not_a_folder: ")


def test_version_and_help_answer(capsys):
    code, version = said(capsys, "version")
    assert code == DONE
    assert version["schema"] == "yaosu.version/1"
    assert answer(["--help"]) == DONE
    assert "replay" in capsys.readouterr().out

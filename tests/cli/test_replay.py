"""`yaosu replay`: figures on the line, report and tables in a folder, several rules at once."""

import json
from pathlib import Path

import pytest

from tests.engine.test_replay import rules
from tests.stories import Story, both_ways
from yaosu.cli.app import answer
from yaosu.cli.output import DONE, REFUSED, USAGE
from yaosu.journal.sqlite import open_sqlite

pytest.importorskip("altair", reason="needs the extra report")
CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> Path:
    """A folder with a journal (5 of 30 wanted lots cross) and other versions of its rules."""
    folder = tmp_path_factory.mktemp("replay")
    story = Story(open_sqlite(folder / "market.db")).found(("compute",), rules("a"))
    story.party("seller", region="east")
    story.party("buyer", money=1_000, region="west")
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(links=both_ways("east", "west", 5, 2))
    story.order("seller", -1, 10, 40)
    story.order("buyer", 1, 20, 30, region="west")
    story.close()
    story.venue.close()
    for name, limits in (("same", 1), ("lifted", 2), ("closed", 0)):
        (folder / f"{name}.toml").write_text(rules(name, limits), "utf-8")
    return folder


def said(capsys, *arguments):
    code = answer([str(argument) for argument in arguments] + ["--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_replay_says_what_the_other_rule_is_worth(ran, capsys):
    """S0-57: in one command."""
    code, replayed = said(capsys, "replay", ran / "market.db", "--rules", ran / "lifted.toml")
    assert code == DONE
    assert replayed["reform_dividend_minor"] == 25 * 8
    assert (replayed["placed"], replayed["skipped"]) == (["national@lifted"], ["national@a"])
    (one,) = replayed["rounds"]
    assert (one["recorded"], one["recorded_welfare"]) == (5, 40)
    assert (one["replayed"], one["replayed_welfare"]) == (30, 240)
    assert replayed["divergences"][0]["cause"] == "rule item national@lifted#markets.link_limits"
    assert replayed["counts"]["changed"] == 1
    assert not replayed["without_effect"]


def test_report_and_tables_are_written_where_asked(ran, tmp_path, capsys):
    pq = pytest.importorskip("pyarrow.parquet", reason="needs the extra arrow")
    out = tmp_path / "replayed"
    rest = ("--rules", ran / "lifted.toml", "--out", out)
    code, replayed = said(capsys, "replay", ran / "market.db", *rest)
    assert code == DONE
    assert sorted(replayed["files"]) == sorted(entry.name for entry in out.iterdir())
    prices = pq.read_table(out / "prices.parquet").to_pylist()
    assert [(row["region"], row["recorded"], row["replayed"]) for row in prices] == [
        ("east", 10, 10),
        ("west", 20, 12),
    ]
    page = (out / "report.html").read_text("utf-8")
    assert replayed["hash"] in page
    assert "--policy prompt" in page
    assert json.loads((out / "replay.json").read_text("utf-8"))["hash"] == replayed["hash"]


def test_an_earlier_replay_is_replaced_and_nothing_else(ran, tmp_path, capsys):
    """A report of one replay never stands beside the tables of another."""
    one = ("replay", ran / "market.db", "--rules", ran / "lifted.toml", "--out")
    many = ("replay", ran / "market.db", "--counterfactual", f"a={ran / 'same.toml'}", "--out")
    out = tmp_path / "out"
    code, first = said(capsys, *many, out)
    assert code == DONE
    assert (out / "a" / "replay.json").exists()
    code, second = said(capsys, *one, out)
    assert code == DONE
    left = {str(path.relative_to(out)) for path in out.rglob("*")}
    assert left == set(second["files"]) != set(first["files"])
    (tmp_path / "empty").mkdir()
    assert said(capsys, *one, tmp_path / "empty")[0] == DONE
    for foreign in ("notes.txt", "a/notes.txt"):
        path = tmp_path / "mine" / foreign
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
        code, refusal = said(capsys, *one, tmp_path / "mine")
        assert (code, refusal["code"]) == (REFUSED, "cli.folder_in_use")
        assert path.read_text() == "mine"
        path.unlink()
    (tmp_path / "mine" / "a").rmdir()
    (tmp_path / "mine" / "report.html").write_text("of a run")
    code, refusal = said(capsys, *one, tmp_path / "mine")
    assert (code, refusal["code"]) == (REFUSED, "cli.folder_in_use")


def test_several_counterfactuals_stand_side_by_side(ran, tmp_path, capsys):
    out = tmp_path / "several"
    names = ("lifted", "closed", "same")
    asked = [f"--counterfactual={name}={ran / name}.toml" for name in names]
    code, several = said(capsys, "replay", ran / "market.db", *asked, "--jobs", "1", "--out", out)
    assert code == DONE
    found = {one["name"]: one["reform_dividend_minor"] for one in several["counterfactuals"]}
    assert found == {"lifted": 200, "closed": -40, "same": 0}
    assert [one["without_effect"] for one in several["counterfactuals"]] == [False, False, True]
    assert {"report.html", "lifted/report.html", "same/prices.parquet"} <= set(several["files"])
    assert all((out / name).is_file() for name in several["files"])
    assert answer(["replay", str(ran / "market.db"), *asked, "--jobs", "1"]) == DONE
    words = capsys.readouterr().out
    assert "-40" in words
    assert "those who never asked are not seen" in words


def test_the_page_is_drawn_in_a_browser_in_both_languages(ran, tmp_path, capsys):
    if not CHROMIUM.exists():
        pytest.skip("no Chromium here")
    pytest.importorskip("playwright", reason="needs playwright")
    from tests.examples.test_examples import look_at

    rest = ("--rules", ran / "lifted.toml", "--out", tmp_path)
    assert said(capsys, "replay", ran / "market.db", *rest)[0] == DONE
    look_at(tmp_path / "report.html", charts=7)


def test_words_say_what_is_not_seen(ran, capsys):
    path = str(ran / "market.db")
    assert answer(["replay", path, "--rules", str(ran / "lifted.toml")]) == DONE
    words = capsys.readouterr().out
    assert "reform dividend: 200 minor units of CNY" in words
    assert "those who never asked are not seen" in words


def test_a_part_of_the_journal_must_be_one_in_which_something_happens(ran, capsys):
    path, lifted = str(ran / "market.db"), str(ran / "lifted.toml")
    code, replayed = said(capsys, "replay", path, "--rules", lifted, "--from", "10")
    assert (code, replayed["first"], replayed["skipped"]) == (DONE, 10, [])
    assert replayed["reform_dividend_minor"] == 200
    for bounds, refused in (
        (["--from", "9", "--to", "8"], "engine.period_backwards"),
        (["--from", "2031-01-01"], "engine.period_beyond"),
        (["--to", "noon"], "kernel.bad_instant"),
    ):
        assert answer(["replay", path, "--rules", lifted, *bounds]) == REFUSED
        assert capsys.readouterr().err.startswith(refused)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--rules", "r.toml", "--counterfactual", "a=r.toml"],
        ["--counterfactual", "a"],
        ["--counterfactual", "a/b=r.toml"],
        ["--counterfactual", "a=r.toml", "--counterfactual", "a=r.toml"],
        ["--rules", "r.toml", "--jobs", "0"],
        ["--rules", "r.toml", "--cluster", "tcp://127.0.0.1:1"],
        ["--rules", "r.toml", "--policy", "whatever"],
    ],
)
def test_a_replay_that_cannot_be_meant_says_how(ran, arguments):
    assert answer(["replay", str(ran / "market.db"), *arguments]) == USAGE


def test_a_cluster_that_is_not_there_is_named(ran, capsys, monkeypatch):
    pytest.importorskip("distributed", reason="needs the extra cluster")
    monkeypatch.setattr("yaosu.cli.cluster.CLUSTER_SECONDS_MAX", 0.2)
    asked = [f"--counterfactual=a={ran / 'same.toml'}", "--cluster", "tcp://127.0.0.1:1"]
    assert answer(["replay", str(ran / "market.db"), *asked]) == REFUSED
    assert capsys.readouterr().err.startswith("cli.cluster_unreachable: no scheduler answers at")

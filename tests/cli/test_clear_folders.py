"""Packages and choices come in folders of tables, and are cleared and checked like any book."""

import json

import pytest

from tests.cli.test_bad_input import refused
from tests.cli.test_clear import rows_of
from yaosu.cli.app import answer
from yaosu.cli.output import DONE

TABLES = {
    "packages": "package,limit,quantity,party\nboth,10.50,4,lab\nsoil,-4,9,farm\nhands,-5,4,crew\n",
    "legs": (
        "package,instrument,region,amount\nboth,land,east,1\nboth,labour,east,0.5\n"
        "soil,land,east,-1\nhands,labour,east,-0.5\n"
    ),
}
BOTH = {
    "packages": (
        "package,limit,quantity,minimum,party,group\nboth,120,1,1,lab,x\nalone,70,1,1,lab,x\n"
        "soil,-30,1,1,farm,\nhands,-35,1,1,crew,\n"
    ),
    "legs": (
        "package,instrument,amount\nboth,land,1\nboth,labour,1\nalone,land,1\n"
        "soil,land,-1\nhands,labour,-1\n"
    ),
}
CHOICES = {
    "choices": "person,post,rank,score\nann,lab,1,80\nann,school,2,70\nbo,lab,1,90\ncy,lab,1,50\n",
    "seats": "post,seats,group\nlab,1,urgent\nlab,1,\nschool,1,\n",
    "members": "person,group\ncy,urgent\n",
}


def folder(path, tables):
    path.mkdir()
    for name, text in tables.items():
        (path / f"{name}.csv").write_text(text)
    return str(path)


def test_a_folder_of_packages_is_cleared_and_checked(tmp_path, capsys):
    """S0-58: limits in money for a unit, amounts in quantities, exactly."""
    book, out = folder(tmp_path / "book", TABLES), tmp_path / "out"
    units = ("--tick", "0.01", "--lot", "0.1")
    assert answer(["clear", book, "--mechanism", "package", *units, "--out", str(out)]) == DONE
    fills = {row["party"]: row for row in rows_of(out / "fills.csv")}
    assert fills["lab"]["units"].rstrip("0").rstrip(".") == "4"
    assert sum(float(row["payment"]) for row in fills.values()) == pytest.approx(0, abs=0.01)
    prices = {row["instrument"]: float(row["price"]) for row in rows_of(out / "prices.csv")}
    assert prices["land"] == pytest.approx(4, abs=0.02)
    scarce = rows_of(out / "scarcity.csv")
    assert {row["instrument"] for row in scarce} == {"land", "labour"}
    capsys.readouterr()
    assert answer(["check", book, "--result", str(out), *units, "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["verdict"] == "holds"


def test_packages_whose_dual_workers_evaluate_clear_to_the_same_result(tmp_path, capsys):
    """Growth: the same certificate with --jobs, whatever runs them."""
    book = folder(tmp_path / "book", TABLES)
    units = ("--tick", "0.01", "--lot", "0.1")
    results = []
    for more in ((), ("--jobs", "2", "--backend", "threading")):
        out = tmp_path / f"out-{len(more)}"
        asked = ["clear", book, "--mechanism", "package", *units, "--out", str(out)]
        assert answer([*asked, *more]) == DONE
        results.append((out / "clearing.bin").read_bytes())
    assert results[0] == results[1]


def test_whole_packages_and_their_groups_come_from_a_folder(tmp_path, capsys):
    """S0-45: alternatives of one party, each whole or not at all."""
    book, out = folder(tmp_path / "book", BOTH), tmp_path / "out"
    named = ("--mechanism", "package-all-or-nothing", "--out", str(out))
    assert answer(["clear", book, *named]) == DONE
    fills = {row["party"]: row["payment"] for row in rows_of(out / "fills.csv")}
    assert {party: float(payment) for party, payment in fills.items()} == {
        "lab": 120,
        "farm": -30,
        "crew": -35,
    }
    capsys.readouterr()
    assert answer(["check", book, "--result", str(out), "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["verdict"] == "holds"


def test_a_folder_of_choices_is_matched_and_checked(tmp_path, capsys):
    """S2-46: the public tables of a matching, from files to files."""
    book, out = folder(tmp_path / "book", CHOICES), tmp_path / "out"
    terms = tmp_path / "terms.toml"
    terms.write_text(f'seed = "{"07" * 32}"\n')
    asked = ["--terms", str(terms)]
    assert answer(["clear", book, "--mechanism", "matching", *asked, "--out", str(out)]) == DONE
    placed = {row["person"]: row["post"] for row in rows_of(out / "fills.csv")}
    assert placed == {"ann": "school", "bo": "lab", "cy": "lab"}
    capsys.readouterr()
    assert answer(["check", book, "--result", str(out), *asked]) == DONE


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"legs": None}, "cli.no_table"),
        ({"packages": "package,limit,quantity\na,1,1\na,1,1\n"}, "cli.package_twice"),
        ({"packages": "package,limit,quantity\na,1,1\n"}, "cli.no_such_package"),
    ],
)
def test_a_folder_that_lacks_something_is_refused(changes, code, tmp_path, capsys):
    tables = {name: text for name, text in {**TABLES, **changes}.items() if text is not None}
    book = folder(tmp_path / "book", tables)
    refused(capsys, code, "clear", book, "--mechanism", "package", "--out", str(tmp_path / "out"))


def test_links_are_not_for_a_matching(tmp_path, capsys):
    links = tmp_path / "links.csv"
    links.write_text("source,target,capacity\na,b,1\n")
    book = folder(tmp_path / "book", CHOICES)
    more = ("--network", str(links), "--out", str(tmp_path / "out"))
    refused(capsys, "cli.no_links_here", "clear", book, "--mechanism", "matching", *more)


def test_better_results_are_told_as_they_come_and_a_gap_ends_the_search(tmp_path, capsys):
    book, out = folder(tmp_path / "book", BOTH), tmp_path / "out"
    named = ("--mechanism", "package-all-or-nothing", "--out", str(out))
    assert answer(["clear", book, *named, "--watch", "--json"]) == DONE
    said = capsys.readouterr()
    told = json.loads(said.out)["incumbents"]
    assert told[-1] == {
        "work": told[-1]["work"], "welfare": "55", "bound": "55",
        "bound_proved": told[-1]["bound_proved"], "gap_ppm": 0,
    }  # fmt: skip
    assert (
        f"welfare 55, at most 55, gap 0.00 % (proved: at most {told[-1]['bound_proved']})"
        in said.err
    )
    assert answer(["clear", book, *named, "--stop-at-gap", "100"]) == DONE
    assert "work 0: welfare" in capsys.readouterr().err
    assert answer(["check", book, "--result", str(out)]) == DONE


def test_a_mechanism_that_does_not_search_is_not_watched(tmp_path, capsys):
    book, out = folder(tmp_path / "book", TABLES), tmp_path / "out"
    named = ("--mechanism", "package", "--out", str(out))
    refused(capsys, "markets.no_incumbents", "clear", book, *named, "--watch")

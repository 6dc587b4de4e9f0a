"""`yaosu institutions`: what is shipped, and pages that can be checked."""

import json
from pathlib import Path

import pytest

import yaosu as ys
from tests.cases.test_second_person import NEEDED
from tests.stories import EXCHANGE, MINISTRY, Story
from yaosu.cli.app import answer
from yaosu.cli.institution_pages import SHELVES, page_of, shelf_files, text_of
from yaosu.cli.output import DONE, REFUSED
from yaosu.cli.scenario import asks_of, read_scenario
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel.words import tag_of
from yaosu.parties.commands import FoundVenue, GrantRole, RegisterParty
from yaosu.places.commands import DefineRegions

Out = pytest.CaptureFixture[str]
ALL = [(shelf, name) for shelf in SHELVES for name in shelf_files(shelf)]


def test_the_list_counts_what_rests_on_a_statute_and_what_is_assumed(capsys: Out) -> None:
    assert answer(["institutions", "list", "--json"]) == DONE
    told = json.loads(capsys.readouterr().out)
    rows = {(row["shelf"], row["name"]): row for row in told["institutions"]}
    assert sorted(rows) == sorted(ALL)
    for row in rows.values():
        assert row["statute"] + row["public_page"] + row["assumed"] == row["figures"] > 0
    assert answer(["institutions", "list"]) == DONE
    assert "land 土地" in capsys.readouterr().out


def test_the_page_of_land_reads_with_its_sources(capsys: Out) -> None:
    assert answer(["institutions", "show", "land"]) == DONE
    page = capsys.readouterr().out
    for line in (
        "legal_effect: constitutive",
        "When a right arises. Here: at registration: before it there is no right.",
        "[statute] Civil Code art. 349",
        "registration.land.term: term_years <= land_uses_years_max",
        "residential: years_max 70",
        "farmland_conversion@2026.1: Conversion of farmland",
    ):
        assert line in page
    assert "work_and_residence" not in page
    assert answer(["institutions", "show", "land", "--json"]) == DONE
    told = json.loads(capsys.readouterr().out)
    assert told["content"]["nature"]["term_max"] == "P70Y"
    assert {"statute", "public page", "assumed"} >= {one["confidence"] for one in told["figures"]}


@pytest.mark.parametrize(("shelf", "name"), ALL)
def test_every_figure_of_every_page_has_its_source(shelf: str, name: str) -> None:
    page = page_of(shelf, name)
    for one in page.figures:
        assert one.value or one.means, one
        assert one.confidence, one
        assert one.source, one


def test_a_name_on_two_shelves_is_asked_for_by_its_shelf(capsys: Out) -> None:
    assert answer(["institutions", "show", "regions/pilots"]) == DONE
    assert "CN-GD-GBA" in capsys.readouterr().out
    assert answer(["institutions", "show", "zones/pilots"]) == DONE
    capsys.readouterr()
    for name, code in (("pilots", "cli.which_institution"), ("moon", "cli.no_institution")):
        assert answer(["institutions", "show", name, "--json"]) == REFUSED
        assert json.loads(capsys.readouterr().out)["code"] == code
    assert answer(["institutions", "show", "rules/land", "--json"]) == REFUSED


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A venue that is founded and has nothing else."""
    path = tmp_path / "m.db"
    story = Story(open_sqlite(path))
    story.ask(
        FoundVenue, "founder", venue="v", operator=EXCHANGE, authority=MINISTRY, currency="CNY"
    )
    story.venue.close()
    return path


def test_everything_that_is_shipped_is_adopted_from_the_shell(journal: Path, capsys: Out) -> None:
    """S0-65: institutions come into the journal by commands, in an order that lets each be read."""
    names = [f"{shelf}/{name}" for shelf, name in reversed(ALL) if shelf != "checklists"]
    command = ["institutions", "adopt", str(journal), *names, "--as", MINISTRY]
    assert answer([*command, "--json"]) == DONE
    told = json.loads(capsys.readouterr().out)
    assert told["adopted"][0]["command"] == "places.define_regions"
    asked = [one["command"] for one in told["adopted"]]
    assert asked.count("rights.adopt_profile") == len(shelf_files("factors"))
    assert asked.count("places.define_zone") == 10
    assert answer(["audit", str(journal)]) == DONE
    again = ["institutions", "adopt", str(journal), "rules/national", "--as", MINISTRY]
    assert answer([*again, "--json"]) == REFUSED  # a version stands once
    for name in ("checklists/fair_competition", "land", "factors/moon"):
        assert answer(["institutions", "adopt", str(journal), name, "--as", MINISTRY]) == REFUSED
    assert "cli.not_adopted" in capsys.readouterr().err
    assert answer([*again[:2], str(journal.parent / "none.db"), *again[3:]]) == REFUSED


def test_rules_are_proposed_and_approved_from_the_shell(
    journal: Path, tmp_path: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S0-40: with the demand in force a pack is adopted by two parties, and only so."""
    monkeypatch.chdir(tmp_path)
    for number, more in ((2, NEEDED), (3, NEEDED)):
        text = text_of("rules", "national").replace('"2026.1"', f'"2026.{number}"', 1)
        at = f"effective   = 2025-01-0{number}"
        text = text.replace("effective   = 2025-01-01", at, 1) + more
        (tmp_path / f"own{number}.toml").write_text(text, "utf-8")
    adopt = ["institutions", "adopt", str(journal), "--as", MINISTRY]
    names = ["calendars/cn", "rules/national", "procedures/rule_adoption"]
    assert answer([*adopt, *names]) == DONE
    proposing = ["--propose", "--reason", "yearly review"]
    assert answer([*adopt, "rules/own2.toml", *proposing]) == REFUSED
    assert "cli.not_proposed" in capsys.readouterr().err
    assert answer([*adopt, "rules/own2.toml"]) == REFUSED
    assert "cases.no_second_person" in capsys.readouterr().err
    with ys.open(journal) as venue:
        second = {"party": "second", "kind": "organisation", "name": "Second"}
        venue.submit(RegisterParty(actor=EXCHANGE, key="1", **second)).accepted()
        venue.submit(GrantRole(actor=MINISTRY, key="2", party="second", role="authority"))
    assert answer([*adopt, "rules/own2.toml"]) == DONE
    assert answer([*adopt, "rules/own3.toml"]) == REFUSED
    assert "cases.procedure_needed" in capsys.readouterr().err
    assert answer([*adopt, "rules/own2.toml", *proposing]) == REFUSED
    assert "rules.version_exists" in capsys.readouterr().err
    assert answer([*adopt, "rules/own3.toml", *proposing]) == DONE
    assert "cases.file_case rules-national-2026.3" in capsys.readouterr().out
    complete = ["cases", "complete", str(journal), "rules-national-2026.3", "--stage", "approval"]
    assert answer([*complete, "--as", MINISTRY]) == REFUSED
    assert answer([*complete, "--as", "second"]) == DONE
    assert "rules.rules_adopted" in capsys.readouterr().out
    assert answer(["audit", str(journal)]) == DONE


def test_a_scenario_adopts_what_it_names_and_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(text_of("procedures", "exit").replace("exit", "ours", 1))
    (tmp_path / "scenario.toml").write_text(
        'title = "t"\nbegins = "2026-01-01T00:00:00Z"\n[venue]\nvenue = "v"\noperator = "o"\n'
        'authority = "a"\ncurrency = "CNY"\n[[steps]]\ndo = "adopt"\nas = "a"\n'
        'institutions = ["procedures/ours.toml", "regions/pilots", "calendars/cn", "regions/cn"]\n'
    )
    commands = list(asks_of(read_scenario(tmp_path), {}))[1].commands
    assert [tag_of(command) for command in commands] == [
        "places.define_regions",
        "places.define_calendar",
        "cases.adopt_procedure",
    ]
    assert isinstance(commands[0], DefineRegions)
    assert len(commands[0].regions) == 72

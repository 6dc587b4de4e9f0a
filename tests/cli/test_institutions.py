"""`yaosu institutions`: what is shipped, and pages that can be checked."""

import json

import pytest

from yaosu.cli.app import answer
from yaosu.cli.institution_pages import SHELVES, page_of, shelf_files
from yaosu.cli.output import DONE, REFUSED

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

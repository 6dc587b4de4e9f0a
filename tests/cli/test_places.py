"""`yaosu places`: a spatial tree as GeoJSON, in by a scenario's way and out, and uses of a plot."""

import json
from pathlib import Path

import pytest

from tests.places.test_geojson import collection, content
from tests.stories import MINISTRY, Story
from yaosu.cli.app import answer
from yaosu.cli.output import DONE, REFUSED, USAGE
from yaosu.cli.scenario import asks_of, read_scenario
from yaosu.journal import open_sqlite
from yaosu.kernel.words import tag_of
from yaosu.places.commands import DefinePlan, DefineSpatialTree
from yaosu.places.methods.geojson import read_geojson
from yaosu.places.spatial import PlanEntry, UseAmount

Out = pytest.CaptureFixture[str]
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [0.25, 0], [0.25, 0.5], [0, 0]]]}
FILE = collection(
    {
        "type": "Feature",
        "id": "city",
        "geometry": SQUARE,
        "properties": {"level": "city", "area_m2": 100, "region": "east", "name": "市"},
    },
    {
        "type": "Feature",
        "id": "old-town",
        "geometry": None,
        "properties": {"level": "administrative_district", "parent": "city", "area_m2": 100},
    },
)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("places") / "m.db"
    story = Story(open_sqlite(path)).found(factors=())
    units = read_geojson(FILE, 7)
    story.ask(DefineSpatialTree, MINISTRY, tree="east", version="1", units=units)
    parks = PlanEntry(unit="city", uses=(UseAmount(use="park", area_m2=40),))
    story.ask(DefinePlan, MINISTRY, plan="green", version="1", tree="east", entries=(parks,))
    story.venue.close()
    return path


def test_what_was_read_is_written_with_the_same_content(
    journal: Path, tmp_path: Path, capsys: Out
) -> None:
    out = tmp_path / "east.geojson"
    assert answer(["places", "geojson", str(journal), "east", "--out", str(out)]) == DONE
    assert content(out.read_bytes()) == content(FILE)
    assert answer(["places", "geojson", str(journal), "east", "--out", str(out), "--json"]) == DONE
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["version"], told["units"]) == ("1", 2)
    assert answer(["places", "geojson", str(journal), "east"]) == DONE
    assert content(capsys.readouterr().out) == content(FILE)
    assert answer(["places", "geojson", str(journal), "west"]) == REFUSED
    assert answer(["places", "geojson", str(journal), "east", "--at", "2020-01-01"]) == REFUSED
    assert answer(["places", "geojson", str(journal), "east", "--json"]) == USAGE


def test_the_uses_of_a_place_are_told_with_the_plan_they_come_from(
    journal: Path, capsys: Out
) -> None:
    assert answer(["places", "uses", str(journal), "east", "old-town"]) == DONE
    said = capsys.readouterr().out
    assert "old-town in city, at " in said
    assert "permitted: park" in said
    assert answer(["places", "uses", str(journal), "east", "old-town", "--json"]) == DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["path"], told["uses"]) == (["old-town", "city"], ["park"])
    assert told["plans"]["green"]["uses"][0]["area_m2"] == 40


def test_a_scenario_names_a_file_of_spatial_units(tmp_path: Path) -> None:
    (tmp_path / "east.geojson").write_text(FILE)
    (tmp_path / "scenario.toml").write_text(
        'title = "t"\nbegins = "2026-01-01T00:00:00Z"\n[venue]\nvenue = "v"\noperator = "o"\n'
        'authority = "a"\ncurrency = "CNY"\n[[steps]]\nas = "a"\n'
        'do = "places.define_spatial_tree"\n'
        'rows = "east.geojson"\nlist = "units"\nwith = { tree = "east", version = "1" }\n'
    )
    (command,) = list(asks_of(read_scenario(tmp_path), {}))[1].commands
    assert tag_of(command) == "places.define_spatial_tree"
    assert isinstance(command, DefineSpatialTree)
    assert command.units == read_geojson(FILE, 7)

"""GeoPackage: what goes in comes out, and readers of other houses open it."""

import json
import sqlite3
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cli.test_places import FILE
from tests.rights.test_outlines import box, drawn, register
from tests.rights.test_registering_many import venue
from tests.stories import MINISTRY, Story
from yaosu.cli.app import answer
from yaosu.cli.geopackage import APPLICATION, LAYER, read_units, write_units
from yaosu.cli.output import DONE, USAGE
from yaosu.cli.scenario import asks_of, read_scenario
from yaosu.journal import open_sqlite
from yaosu.kernel.refusal import Refusal
from yaosu.places.commands import DefineSpatialTree
from yaosu.places.methods.geojson import read_geojson
from yaosu.places.spatial import COORDINATE_MAX, SpatialUnit

Out = pytest.CaptureFixture[str]
NUMBERS = st.integers(-COORDINATE_MAX, COORDINATE_MAX)
RINGS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=4, max_size=6).map(
    lambda points: tuple(number for point in points for number in point)
)
POLYGONS = st.lists(st.lists(RINGS, min_size=1, max_size=2).map(tuple), max_size=3).map(tuple)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["name", "名", "n"]),
    st.one_of(st.text(max_size=5), st.integers(-9, 9), st.booleans()),
)


@st.composite
def spatial_units(draw: st.DrawFn) -> list[SpatialUnit]:
    names = draw(st.lists(st.sampled_from(["a", "b", "c-1"]), unique=True, max_size=3))
    units = []
    for name in sorted(names):
        polygons = draw(POLYGONS)
        units.append(
            SpatialUnit(
                id=name,
                level="plot",
                area_m2=draw(st.integers(0, 2**40)),
                parent=draw(st.sampled_from(["", "z"])),
                position=draw(st.sampled_from(["", "below"])),
                polygons=polygons,
                is_multiple=len(polygons) > 1 or (bool(polygons) and draw(st.booleans())),
                attributes=draw(ATTRIBUTES),
            )
        )
    return units


@settings(deadline=None, max_examples=60)
@given(units=spatial_units(), decimals=st.integers(0, 9))
def test_what_is_written_is_read_again_to_the_last_digit(
    units: list[SpatialUnit], decimals: int
) -> None:
    """S2-62: identical content, the same bytes for the same content."""
    data = write_units(units, decimals, 1_793_610_000_000_000)
    assert list(read_units(data, decimals)) == units
    assert write_units(reversed(units), decimals, 1_793_610_000_000_000) == data


def test_a_reader_of_another_house_opens_it(tmp_path: Path) -> None:
    """S2-62: GDAL finds the layer, its system, its columns and its outlines."""
    pyogrio = pytest.importorskip("pyogrio", reason="pyogrio is not installed")
    shapely = pytest.importorskip("shapely", reason="shapely is not installed")
    path = tmp_path / "east.gpkg"
    path.write_bytes(write_units(read_geojson(FILE, 7), 7, 0))
    about = pyogrio.read_info(path)
    assert about["features"] == 2
    assert about["crs"] == "EPSG:4326"
    assert pyogrio.list_layers(path).tolist() == [[LAYER, "Unknown"]]
    meta, _, shapes, cells = pyogrio.raw.read(path)
    table = dict(zip(meta["fields"], cells, strict=True))
    assert table["id"].tolist() == ["city", "old-town"]
    assert table["area_m2"].tolist() == [100, 100]
    outline = shapely.from_wkb(shapes[0])
    assert list(outline.exterior.coords) == [(0, 0), (0.25, 0), (0.25, 0.5), (0, 0)]
    assert shapes[1] is None


def test_a_tree_goes_out_and_comes_in_by_a_scenario(tmp_path: Path, capsys: Out) -> None:
    """S2-62: the same command from a GeoPackage as from the GeoJSON it began with."""
    journal, out = tmp_path / "m.db", tmp_path / "east.gpkg"
    story = Story(open_sqlite(journal)).found(factors=())
    story.ask(DefineSpatialTree, MINISTRY, tree="east", version="1", units=read_geojson(FILE, 7))
    story.venue.close()
    asked = ["places", "geopackage", str(journal), "east", "--out", str(out)]
    assert answer(asked) == DONE
    assert f"east, version 1: 2 spatial units -> {out}" in capsys.readouterr().out.replace(
        "\n", " "
    )
    assert answer([*asked, "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["units"] == 2
    (tmp_path / "scenario.toml").write_text(
        'title = "t"\nbegins = "2026-01-01T00:00:00Z"\n[venue]\nvenue = "v"\noperator = "o"\n'
        'authority = "a"\ncurrency = "CNY"\n[[steps]]\nas = "a"\n'
        'do = "places.define_spatial_tree"\n'
        'rows = "east.gpkg"\nlist = "units"\nwith = { tree = "east", version = "1" }\n'
    )
    (command,) = list(asks_of(read_scenario(tmp_path), {}))[1].commands
    assert isinstance(command, DefineSpatialTree)
    assert tuple(command.units) == read_geojson(FILE, 7)


def test_the_outlines_of_a_register_go_out_in_both_formats(tmp_path: Path, capsys: Out) -> None:
    """S0-26: where units lie and what does not fit, from the command line."""
    path = tmp_path / "r.db"
    story = venue(open_sqlite(path))
    assert register(story, drawn(1, box(0.5, 0, 10, 10.25))).is_accepted
    story.venue.close()
    assert answer(["rights", "outlines", str(path)]) == DONE
    said = capsys.readouterr().out
    assert "area" in said
    assert "1 units with an outline, 1 notes" in said
    for name in ("u.geojson", "u.gpkg"):
        asked = ["rights", "outlines", str(path), "--out", str(tmp_path / name), "--json"]
        assert answer(asked) == DONE
        told = json.loads(capsys.readouterr().out)
        assert (told["units"], told["notes"][0]["area_cm2"]) == (1, 25_000)
    (feature,) = json.loads((tmp_path / "u.geojson").read_text())["features"]
    corners = [[0.5, 0], [10.5, 0], [10.5, 10.25], [0.5, 10.25], [0.5, 0]]
    assert feature["geometry"] == {"type": "Polygon", "coordinates": [corners]}
    assert feature["properties"]["quantity"] == 100
    with sqlite3.connect(tmp_path / "u.gpkg") as file:
        row = file.execute("SELECT id, factor, region, quantity, attributes FROM units").fetchone()
    assert row == ("U-1", "land", "east", 100, '{"land_title":"state","use":"industrial"}')
    assert answer(["rights", "outlines", str(path), "--factor", "carbon"]) == DONE
    assert "0 units with an outline, 0 notes" in capsys.readouterr().out
    assert answer(["rights", "outlines", str(path), "--out", "u.shp"]) == USAGE


def bent(statement: str, *cells: object) -> bytes:
    with sqlite3.connect(":memory:") as file:
        file.deserialize(write_units(read_geojson(FILE, 7), 7, 0))
        file.execute(statement, cells)
        file.commit()
        return file.serialize()


HEAD = b"GP\x00\x01" + pack("<i", 4326)
POINT = HEAD + pack("<BIdd", 1, 1, 0, 0)
SHORT = HEAD + pack("<BII", 1, 3, 1)
FINE = HEAD + pack("<BIII2d", 1, 3, 1, 1, 0.00000001, 0)
LARGE = HEAD + pack("<BIII2d", 1, 3, 1, 1, 1e300, 0)
MIXED = HEAD + pack("<BIIBI", 1, 6, 1, 1, 1)
SET = "UPDATE spatial_units SET geom = ? WHERE id = 'city'"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no database", "the file of the GeoPackage cannot be read: "),
        (bent("PRAGMA application_id = 7"), "it is a database, but no GeoPackage"),
        (bent("DROP TABLE spatial_units"), "it has no layer spatial_units"),
        (bent("ALTER TABLE spatial_units ADD COLUMN z REAL"), "its column ['z'] is missing or has"),
        (bent("UPDATE spatial_units SET attributes = '['"), "feature city of the GeoPackage"),
        (bent("UPDATE spatial_units SET level = x'00'"), "a column is empty"),
        (bent("UPDATE spatial_units SET geom = 'text'"), "its geometry is not binary"),
        (bent(SET, b"XX\x00\x01"), "its geometry has no head"),
        (bent(SET, b"GP"), "its geometry ends too early"),
        (bent(SET, POINT), "its geometry is of kind 1"),
        (bent(SET, SHORT), "its geometry ends too early"),
        (bent(SET, FINE), "1e-08 has more than 7 decimals"),
        (bent(SET, LARGE), "1e+300 is too large"),
        (bent(SET, MIXED), "a part of it is no polygon"),
        (bent(SET, HEAD + pack("<BIIB", 1, 3, 0, 0)), "bytes are left over"),
        (bent(SET, HEAD + pack("<BIII", 1, 3, 1, 2**31)), "its geometry ends too early"),
    ],
)
def test_what_is_no_geopackage_of_spatial_units_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_units(data, 7)
    assert refused.value.code == "places.bad_geopackage"
    assert reason in refused.value.sentence
    assert APPLICATION.to_bytes(4, "big") == b"GPKG"


def test_big_endian_geometry_with_no_box_is_read_too() -> None:
    ring = (0.0, 0.0, 0.25, 0.0, 0.25, 0.5, 0.0, 0.0)
    geometry = HEAD + pack(">BIII8d", 0, 3, 1, 4, *ring)
    city = read_units(bent(SET, geometry), 7)[0]
    assert city == next(unit for unit in read_geojson(FILE, 7) if unit.id == "city")

"""Spatial units as GeoJSON, in and out, with identical content."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yaosu.kernel.refusal import Refusal
from yaosu.places.methods.geojson import read_geojson, write_geojson

PROPERTIES = {"level": "plot", "parent": "b", "area_m2": 350, "owner_no": 7, "is_open": True}
PLOT = {
    "type": "Feature",
    "id": "p1",
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[106.5, 29.5], [106.51, 29.5], [106.51, 29.5100001], [106.5, 29.5]]],
    },
    "properties": PROPERTIES,
}


def collection(*features: Any, **members: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features, **members})


def content(text: str | bytes) -> Any:
    """What a GeoJSON text says, its features by id; numbers exactly."""
    read = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    read["features"].sort(key=lambda feature: feature["id"])
    return read


def coordinate(decimals: int) -> st.SearchStrategy[Decimal]:
    return st.integers(-180 * 10**7, 180 * 10**7).map(lambda n: Decimal(n).scaleb(-decimals))


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 9).flatmap(
        lambda decimals: st.tuples(
            st.just(decimals),
            st.lists(
                st.lists(
                    st.lists(
                        st.tuples(coordinate(decimals), coordinate(decimals)),
                        min_size=1,
                        max_size=5,
                    ),
                    min_size=1,
                    max_size=2,
                ),
                max_size=3,
            ),
        )
    ),
    st.dictionaries(
        st.sampled_from(["name", "use", "名称", "number"]),
        st.one_of(st.text(max_size=5), st.integers(-5, 5), st.booleans()),
    ),
)
def test_what_is_read_is_written_with_the_same_content(
    outlines: tuple[int, list[list[list[tuple[Decimal, Decimal]]]]], attributes: dict[str, Any]
) -> None:
    decimals, polygons = outlines
    shape = (
        "["
        + ",".join(
            "[" + ",".join("[" + ",".join(f"[{x:f},{y:f}]" for x, y in r) + "]" for r in p) + "]"
            for p in polygons
        )
        + "]"
    )
    properties = json.dumps({"level": "plot", "area_m2": 5, "parent": "b", **attributes})
    geometry = f'{{"type": "MultiPolygon", "coordinates": {shape}}}' if polygons else "null"
    text = (
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "id": "x", '
        f'"geometry": {geometry}, "properties": {properties}}}]}}'
    )
    units = read_geojson(text, decimals)
    written = write_geojson(units, decimals)
    assert content(written) == content(text)
    assert read_geojson(written.decode(), decimals) == units


def test_a_plot_is_read_and_written_as_it_was() -> None:
    text = collection(PLOT, {**PLOT, "id": "a", "geometry": None})
    units = read_geojson(text, 7)
    assert units[0].polygons[0][0][:4] == (1065000000, 295000000, 1065100000, 295000000)
    assert units[0].attributes == {"owner_no": 7, "is_open": True}
    written = write_geojson(units, 7)
    assert content(written) == content(text)
    assert [feature["id"] for feature in json.loads(written)["features"]] == ["a", "p1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "the file cannot be read"),
        ("[]", "the file cannot be read"),
        ('{"type": "Feature"}', "the file cannot be read"),
        (collection(PLOT, crs="EPSG:4490"), "its member ['crs'] has no place here"),
        (collection({**PLOT, "bbox": []}), "feature 1 cannot be read"),
        (collection({k: v for k, v in PLOT.items() if k != "id"}), "feature 1 cannot be read"),
        (collection({**PLOT, "type": "Point"}), "feature 1 (p1) cannot be read: it is a Point"),
        (
            collection({**PLOT, "geometry": {"type": "Point", "coordinates": [1, 2]}}),
            "its outline is a Point",
        ),
        (
            collection({**PLOT, "geometry": {"type": "Polygon", "coordinates": [[[1, 2, 3]]]}}),
            "a position has 3 numbers, not two",
        ),
        (
            collection({**PLOT, "geometry": {"type": "Polygon", "coordinates": [[["x", 2]]]}}),
            "feature 1 (p1) cannot be read",
        ),
        (
            collection({**PLOT, "geometry": {"type": "Polygon", "coordinates": [[[1e40, 2]]]}}),
            "is too large",
        ),
        (
            collection(
                {**PLOT, "geometry": {"type": "Polygon", "coordinates": [[[0.12345678, 2]]]}}
            ),
            "0.12345678 has more than 7 decimals",
        ),
        (collection({**PLOT, "properties": {"area_m2": 1}}), "feature 1 (p1) cannot be read"),
        (
            collection({**PLOT, "properties": {**PROPERTIES, "region": ""}}),
            "its property region is empty",
        ),
        (
            collection({**PLOT, "properties": {**PROPERTIES, "area_m2": 1.5}}),
            "feature 1 cannot be read",
        ),
    ],
)
def test_what_has_no_place_in_a_spatial_unit_is_refused_not_dropped(text: str, said: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_geojson(text, 7)
    assert caught.value.code == "places.bad_geojson"
    assert said in caught.value.sentence
    with pytest.raises(Refusal):
        read_geojson(collection(PLOT), 10)

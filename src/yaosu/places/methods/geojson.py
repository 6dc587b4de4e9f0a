"""Spatial units as GeoJSON (RFC 7946), in and out, with identical content.

Coordinates are decimal in the file and whole numbers inside: a coordinate of more decimals than the
tree keeps is refused, so nothing is rounded. What has no place in a spatial unit is refused, not
dropped. Features are written in order of their ids.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.places import refusals
from yaosu.places.spatial import COORDINATE_MAX, DECIMALS_MAX, Polygon, Ring, SpatialUnit

__all__ = ["refusals"]

CHARACTERS_MAX = 512 << 20
OWN = ("level", "parent", "region", "area_m2", "position")  # properties that are fields
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def read_geojson(text: str, decimals: int) -> tuple[SpatialUnit, ...]:
    """The spatial units of a FeatureCollection, in its order.

    Args:
        decimals: digits behind the point that coordinates are kept with.

    Raises:
        Refusal: ``places.bad_geojson`` naming the feature.
    """
    _check(len(text) <= CHARACTERS_MAX, "the file", f"it has {len(text)} characters")
    _check(0 <= decimals <= DECIMALS_MAX, "the file", f"{decimals} decimals are not kept")
    try:
        raw = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        features = msgspec.json.decode(raw.get("features", b"null"), type=list[msgspec.Raw])
        kind = msgspec.json.decode(raw.get("type", b"null"))
    except msgspec.DecodeError as error:
        refuse("places.bad_geojson", what="the file", reason=str(error))
    _check(kind == "FeatureCollection", "the file", f"it is a {kind}")
    strange = sorted(set(raw) - {"type", "features"})
    _check(not strange, "the file", f"its member {strange[:1]} has no place here")
    return tuple(
        _unit(feature, f"feature {number}", decimals) for number, feature in enumerate(features, 1)
    )


def write_geojson(units: Iterable[SpatialUnit], decimals: int) -> bytes:
    """A FeatureCollection of spatial units, in order of their ids; UTF-8."""
    features = [_feature(unit, decimals) for unit in sorted(units, key=lambda unit: unit.id)]
    return _ENCODER.encode({"type": "FeatureCollection", "features": features})


class _Geometry(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    coordinates: msgspec.Raw


class _Feature(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    id: str
    geometry: _Geometry | None
    properties: dict[str, str | int | bool]


def _unit(raw: msgspec.Raw, what: str, decimals: int) -> SpatialUnit:
    try:
        feature = msgspec.json.decode(raw, type=_Feature)
    except msgspec.ValidationError as error:
        refuse("places.bad_geojson", what=what, reason=str(error))
    what = f"{what} ({feature.id})"
    _check(feature.type == "Feature", what, f"it is a {feature.type}")
    own = {name: feature.properties[name] for name in OWN if name in feature.properties}
    empty = [name for name, value in own.items() if value == ""]
    _check(not empty, what, f"its property {', '.join(empty)} is empty: leave it out")
    attributes = {name: v for name, v in feature.properties.items() if name not in OWN}
    polygons, is_multiple = _polygons(feature.geometry, what, decimals)
    fields = {**own, "attributes": attributes, "polygons": polygons, "is_multiple": is_multiple}
    try:
        return msgspec.convert({"id": feature.id, **fields}, SpatialUnit)
    except msgspec.ValidationError as error:
        refuse("places.bad_geojson", what=what, reason=str(error))


def _polygons(
    geometry: _Geometry | None, what: str, decimals: int
) -> tuple[tuple[Polygon, ...], bool]:
    if geometry is None:
        return (), False
    try:
        match geometry.type:
            case "Polygon":
                polygon = msgspec.json.decode(geometry.coordinates, type=list[list[list[Decimal]]])
                return (_polygon(polygon, what, decimals),), False
            case "MultiPolygon":
                several = msgspec.json.decode(
                    geometry.coordinates, type=list[list[list[list[Decimal]]]]
                )
                return tuple(_polygon(one, what, decimals) for one in several), True
    except (msgspec.DecodeError, InvalidOperation) as error:
        refuse("places.bad_geojson", what=what, reason=str(error))
    refuse("places.bad_geojson", what=what, reason=f"its outline is a {geometry.type}")


def _polygon(rings: list[list[list[Decimal]]], what: str, decimals: int) -> Polygon:
    return tuple(_ring(ring, what, decimals) for ring in rings)


def _ring(positions: list[list[Decimal]], what: str, decimals: int) -> Ring:
    numbers: list[int] = []
    for position in positions:
        _check(len(position) == 2, what, f"a position has {len(position)} numbers, not two")
        for number in position:
            whole = number.scaleb(decimals)
            if not whole.is_finite() or abs(whole) > COORDINATE_MAX:
                refuse("places.bad_geojson", what=what, reason=f"{number} is too large")
            if whole != whole.to_integral_value():
                reason = f"{number} has more than {decimals} decimals"
                refuse("places.bad_geojson", what=what, reason=reason)
            numbers.append(int(whole))
    return tuple(numbers)


def _feature(unit: SpatialUnit, decimals: int) -> Mapping[str, Any]:
    outlines = [
        [
            [
                [_decimal(x, decimals), _decimal(y, decimals)]
                for x, y in zip(ring[0::2], ring[1::2], strict=True)
            ]
            for ring in polygon
        ]
        for polygon in unit.polygons
    ]
    geometry: dict[str, Any] | None = None
    if unit.is_multiple:
        geometry = {"type": "MultiPolygon", "coordinates": outlines}
    elif outlines:
        geometry = {"type": "Polygon", "coordinates": outlines[0]}
    own = {name: getattr(unit, name) for name in OWN}
    told = {name: value for name, value in own.items() if value != ""}
    return {
        "type": "Feature",
        "id": unit.id,
        "geometry": geometry,
        "properties": {**told, **unit.attributes},
    }


def _decimal(number: int, decimals: int) -> Decimal:
    """A coordinate as the file writes it: no zeros at its end, no exponent."""
    text = f"{abs(number):0{decimals + 1}d}"
    written = f"{text[: len(text) - decimals]}.{text[len(text) - decimals :]}".rstrip("0").rstrip(
        "."
    )
    return Decimal(f"-{written}" if number < 0 else written)


def _check(condition: object, what: str, reason: str) -> None:
    refuse_unless(condition, "places.bad_geojson", what=what, reason=reason)

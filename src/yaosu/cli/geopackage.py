"""GeoPackage, in and out, with identical content: SQLite with outlines in binary.

A coordinate is a whole number inside and a double in the file. Of up to fifteen digits the double
nearest to a decimal gives that decimal back, so nothing is lost; one that is finer than asked for
is refused, as in GeoJSON. One layer is written, in order of the ids; the file of the same content
has the same bytes.

Source: OGC 12-128r18 (GeoPackage 1.3), requirements 1 to 33; OGC 06-103r4, section 8.2 (WKB).
"""

import sqlite3
import struct
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from struct import Struct as Layout
from struct import pack
from typing import Any

import msgspec
from msgspec import Struct

from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.places import refusals
from yaosu.places.spatial import COORDINATE_MAX, DECIMALS_MAX, Polygon, Ring, SpatialUnit

__all__ = ["refusals"]

BYTES_MAX = 1 << 30
APPLICATION, VERSION = 0x47504B47, 10_300  # "GPKG", 1.3
PLANE, DEGREES = -1, 4326  # a plane system that is not said; WGS 84
POLYGON, MULTIPOLYGON = 3, 6
ENVELOPES = (0, 32, 48, 48, 64)  # bytes, by the indicator in the head
SYSTEMS = (
    ("Undefined Cartesian SRS", PLANE, "NONE", PLANE, "undefined"),
    ("Undefined geographic SRS", 0, "NONE", 0, "undefined"),
    (
        "WGS 84",
        DEGREES,
        "EPSG",
        DEGREES,
        'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AXIS["Latitude",NORTH],'
        'AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]',
    ),
)
TABLES = (
    "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, "
    "organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, "
    "definition TEXT NOT NULL, description TEXT)",
    "CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, "
    "identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL, "
    "min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER, "
    "CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))",
    "CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, "
    "geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, "
    "m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), "
    "CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name), "
    "CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))",
)
OWN = {  # of a spatial unit, as columns
    "level": "TEXT",
    "parent": "TEXT",
    "region": "TEXT",
    "position": "TEXT",
    "area_m2": "INTEGER",
}
COLUMNS = {**OWN, "attributes": "TEXT"}
LAYER = "spatial_units"
Cell = str | int


class Feature(Struct, frozen=True):
    """One row of a layer.

    Attributes:
        cells: by column; all features of a layer have the same columns.
        polygons: coordinates as whole numbers of the last decimal; empty where there are none.
    """

    id: str
    cells: dict[str, Cell]
    polygons: tuple[Polygon, ...]
    is_multiple: bool = False


def write_geopackage(
    layer: str,
    columns: Mapping[str, str],
    features: Iterable[Feature],
    decimals: int,
    system: int,
    at: int,
) -> bytes:
    """The bytes of a GeoPackage with one layer.

    Args:
        columns: beside the id and the outline, with their types, ``TEXT`` or ``INTEGER``.
        decimals: digits behind the point of a coordinate.
        system: ``PLANE`` or ``DEGREES``.
        at: instant of the content, microseconds.
    """
    rows = sorted(features, key=lambda feature: feature.id)
    words = "".join(f', "{name}" {kind} NOT NULL' for name, kind in columns.items())
    box = _box([ring for row in rows for polygon in row.polygons for ring in polygon], decimals)
    with sqlite3.connect(":memory:") as file:
        file.execute(f"PRAGMA application_id = {APPLICATION}")
        file.execute(f"PRAGMA user_version = {VERSION}")
        for table in TABLES:
            file.execute(table)
        file.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?,?,?,?,?,NULL)", SYSTEMS)
        file.execute(
            "INSERT INTO gpkg_contents VALUES (?,'features',?,'',?,?,?,?,?,?)",
            (layer, layer, _stamp(at), *box, system),
        )
        file.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?,'geom','GEOMETRY',?,0,0)", (layer, system)
        )
        file.execute(
            f'CREATE TABLE "{layer}" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, '
            f"geom GEOMETRY, id TEXT NOT NULL UNIQUE{words})"
        )
        marks = ",".join("?" * (2 + len(columns)))
        file.executemany(
            f'INSERT INTO "{layer}" VALUES (NULL,{marks})',
            (
                (_binary(row, decimals, system), row.id, *(row.cells[name] for name in columns))
                for row in rows
            ),
        )
        file.commit()
        return file.serialize()


def read_features(data: bytes, layer: str, columns: Sequence[str], decimals: int) -> list[Feature]:
    """The features of a layer, in order of their rows.

    Args:
        columns: that it has beside ``fid``, ``geom`` and ``id``, these and no others.

    Raises:
        Refusal: ``places.bad_geopackage``.
    """
    _check(0 <= decimals <= DECIMALS_MAX, "the file", f"{decimals} decimals are not kept")
    _check(len(data) <= BYTES_MAX, "the file", f"it has {len(data)} bytes")
    try:
        with sqlite3.connect(":memory:") as file:
            file.deserialize(data)
            file.execute("PRAGMA trusted_schema = OFF")
            return _features(file, layer, columns, decimals)
    except sqlite3.Error as error:
        refuse("places.bad_geopackage", what="the file", reason=str(error))


def _features(
    file: sqlite3.Connection, layer: str, columns: Sequence[str], decimals: int
) -> list[Feature]:
    (mark,) = file.execute("PRAGMA application_id").fetchone()
    _check(mark == APPLICATION, "the file", "it is a database, but no GeoPackage")
    known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    _check(file.execute(known, (layer,)).fetchone(), "the file", f"it has no layer {layer}")
    found = [row[1] for row in file.execute(f'PRAGMA table_info("{layer}")')]
    strange = sorted({*found} ^ {"fid", "geom", "id", *columns})
    _check(not strange, f"layer {layer}", f"its column {strange[:1]} is missing or has no place")
    names = ",".join(f'"{name}"' for name in ("id", "geom", *columns))
    features = []
    for number, (name, binary, *cells) in enumerate(
        file.execute(f'SELECT {names} FROM "{layer}" ORDER BY fid'), 1
    ):
        what = f"feature {number} ({name})"
        _check(isinstance(name, str), what, "its id is no text")
        _check(binary is None or isinstance(binary, bytes), what, "its geometry is not binary")
        _check(all(isinstance(one, str | int) for one in cells), what, "a column is empty")
        polygons, is_multiple = _shape(binary, what, decimals) if binary else ((), False)
        own = dict(zip(columns, cells, strict=True))
        features.append(Feature(name, own, polygons, is_multiple))
    return features


def write_units(units: Iterable[SpatialUnit], decimals: int, at: int) -> bytes:
    """Spatial units as a GeoPackage, in degrees as GeoJSON has them."""
    return write_geopackage(
        LAYER,
        COLUMNS,
        [
            Feature(
                unit.id,
                {name: getattr(unit, name) for name in OWN}
                | {"attributes": msgspec.json.encode(unit.attributes, order="sorted").decode()},
                unit.polygons,
                unit.is_multiple,
            )
            for unit in units
        ],
        decimals,
        DEGREES,
        at,
    )


def read_units(data: bytes, decimals: int) -> tuple[SpatialUnit, ...]:
    """The spatial units of a GeoPackage that :func:`write_units` wrote, or of one like it.

    Raises:
        Refusal: ``places.bad_geopackage``.
    """
    found = []
    for feature in read_features(data, LAYER, tuple(COLUMNS), decimals):
        cells: dict[str, Any] = dict(feature.cells)
        try:
            text = str(cells["attributes"])
            cells["attributes"] = msgspec.json.decode(text, type=dict[str, str | int | bool])
            shape = {"polygons": feature.polygons, "is_multiple": feature.is_multiple}
            found.append(msgspec.convert({"id": feature.id, **cells, **shape}, SpatialUnit))
        except msgspec.DecodeError as error:
            refuse("places.bad_geopackage", what=f"feature {feature.id}", reason=str(error))
    return tuple(found)


def _stamp(at: int) -> str:
    """An instant as GeoPackage writes it, to the millisecond."""
    return f"{format_instant(at - at % 1_000_000).removesuffix('Z')}.000Z"


def _box(rings: Sequence[Ring], decimals: int) -> tuple[Any, ...]:
    if not rings:
        return (None,) * 4
    xs, ys = [x for ring in rings for x in ring[0::2]], [y for ring in rings for y in ring[1::2]]
    corners = (min(xs), min(ys), max(xs), max(ys))
    return tuple(str(_decimal(number, decimals)) for number in corners)  # numeric columns


def _decimal(number: int, decimals: int) -> Decimal:
    return Decimal(number).scaleb(-decimals)


def _binary(feature: Feature, decimals: int, system: int) -> bytes | None:
    """The head of GeoPackage with the box of the outline, then well-known binary."""
    if not feature.polygons:
        return None
    rings = [ring for polygon in feature.polygons for ring in polygon]
    xs, ys = [x for ring in rings for x in ring[0::2]], [y for ring in rings for y in ring[1::2]]
    box = [_decimal(n, decimals) for n in (min(xs), max(xs), min(ys), max(ys))]
    polygons = [
        pack("<BII", 1, POLYGON, len(polygon))
        + b"".join(
            pack("<I", len(ring) // 2)
            + pack(f"<{len(ring)}d", *(_decimal(number, decimals) for number in ring))
            for ring in polygon
        )
        for polygon in feature.polygons
    ]
    shape = polygons[0]
    if feature.is_multiple:
        shape = pack("<BII", 1, MULTIPOLYGON, len(polygons)) + b"".join(polygons)
    return b"GP" + pack("<BBi4d", 0, 0b11, system, *box) + shape


class _Bytes:
    """Well-known binary, read from the front."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at
        self.order = "<"

    def take(self, form: str) -> tuple[Any, ...]:
        layout = Layout(self.order + form)
        found = layout.unpack_from(self.data, self.at)
        self.at += layout.size
        return found

    def head(self) -> int:
        """Byte order and kind of a geometry."""
        self.order = "<" if self.take("B")[0] == 1 else ">"
        (kind,) = self.take("I")
        return int(kind)


def _shape(data: bytes, what: str, decimals: int) -> tuple[tuple[Polygon, ...], bool]:
    try:
        flags = data[3]
        indicator = flags >> 1 & 7
        _check(data[:2] == b"GP" and indicator < len(ENVELOPES), what, "its geometry has no head")
        read = _Bytes(data, 8 + ENVELOPES[indicator])
        kind = read.head()
        _check(kind in (POLYGON, MULTIPOLYGON), what, f"its geometry is of kind {kind}")
        if kind == POLYGON:
            polygons = [_polygon(read, what, decimals)]
        else:
            polygons = []
            for _ in range(read.take("I")[0]):
                _check(read.head() == POLYGON, what, "a part of it is no polygon")
                polygons.append(_polygon(read, what, decimals))
        _check(read.at == len(data), what, "bytes are left over")
        return tuple(polygons), kind == MULTIPOLYGON
    except (struct.error, IndexError):
        refuse("places.bad_geopackage", what=what, reason="its geometry ends too early")


def _polygon(read: _Bytes, what: str, decimals: int) -> Polygon:
    (rings,) = read.take("I")
    found = []
    for _ in range(rings):
        (positions,) = read.take("I")
        _check(16 * positions <= len(read.data), what, "its geometry ends too early")
        found.append(tuple(_whole(one, what, decimals) for one in read.take(f"{2 * positions}d")))
    return tuple(found)


def _whole(number: Any, what: str, decimals: int) -> int:
    """A double as the whole number whose decimal it is nearest to."""
    exact = Decimal(repr(number)).scaleb(decimals)
    fits = exact.is_finite() and abs(exact) <= COORDINATE_MAX
    _check(fits, what, f"{number} is too large")
    is_whole = exact == exact.to_integral_value()
    _check(is_whole, what, f"{number} has more than {decimals} decimals")
    return int(exact)


def _check(condition: object, what: str, reason: str) -> None:
    refuse_unless(condition, "places.bad_geopackage", what=what, reason=reason)

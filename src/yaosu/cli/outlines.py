"""``yaosu rights outlines``: where the units of a register lie, and what does not fit."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from yaosu.cli.at_server import PLACE_OR_SERVER, AtServer, ServerPlace, answered
from yaosu.cli.files import write_whole
from yaosu.cli.output import PATH, json_option, say, say_json, say_table

if TYPE_CHECKING:
    from yaosu.journal.opening import Place
    from yaosu.rights.values import Unit

LAYER = "units"
COLUMNS = {"factor": "TEXT", "region": "TEXT", "quantity": "INTEGER", "attributes": "TEXT"}
FORMATS = {".geojson": "GeoJSON", ".gpkg": "GeoPackage"}


@click.command(cls=AtServer)
@click.argument("journal", metavar="[JOURNAL]", type=PLACE_OR_SERVER)
@click.option("--factor", default="", help="Of one factor only.")
@click.option("--out", type=PATH, help="File to write: .geojson or .gpkg.")
@json_option
def outlines(journal: "Place | ServerPlace", factor: str, out: Path | None, as_json: bool) -> None:
    """List what of the outlines of current units in the JOURNAL does not fit, and was let pass.

    With --out, write every current unit that has an outline, in metres of its plane system.
    """
    from yaosu.rights.values import Unit

    if out is not None and out.suffix not in FORMATS:
        raise click.UsageError(f"{out} ends in none of {', '.join(FORMATS)}")
    told = answered(journal, "rights.outlines", factor=factor)
    rows, units = told["notes"], msgspec.convert(told["units"], list[Unit])
    if out is not None:
        is_text = out.suffix == ".geojson"
        write_whole(out, _geojson(units) if is_text else _gpkg(units, told["instant"]))
    if as_json:
        said = {"journal": str(journal), "units": len(units), "notes": rows}
        say_json("rights-outlines/1", **said, out=None if out is None else str(out))
        return
    lines: list[tuple[str, ...]] = [
        (row["unit"], row["factor"], row["check"], row["other"], str(row["area_cm2"]))
        for row in rows
    ]
    if lines:
        say_table(("unit", "factor", "check", "other", "area cm2"), lines, {4})
    written = "" if out is None else f" -> {out}"
    say(f"{len(units)} units with an outline, {len(rows)} notes{written}")


def _rest(unit: "Unit") -> dict[str, Any]:
    """What a unit says of itself beside its outline."""
    from yaosu.rights.outline_index import OUTLINE

    return {name: value for name, value in unit.attributes.items() if name != OUTLINE}


def _geojson(units: "list[Unit]") -> bytes:
    from yaosu.rights.methods.outline import UNIT_DECIMALS, read_outline
    from yaosu.rights.outline_index import outline_text

    features = []
    for unit in units:
        polygons = [
            [
                [[_metres(x, UNIT_DECIMALS), _metres(y, UNIT_DECIMALS)] for x, y in ring]
                for ring in polygon
            ]
            for polygon in read_outline(outline_text(unit)).polygons
        ]
        is_one = len(polygons) == 1
        geometry: dict[str, Any] = {
            "type": "Polygon" if is_one else "MultiPolygon",
            "coordinates": polygons[0] if is_one else polygons,
        }
        own = {"factor": unit.factor, "region": unit.region, "quantity": unit.quantity}
        features.append(
            {
                "type": "Feature",
                "id": unit.id,
                "geometry": geometry,
                "properties": {**_rest(unit), **own},
            }
        )
    encoder = msgspec.json.Encoder(decimal_format="number")
    return encoder.encode({"type": "FeatureCollection", "features": features})


def _gpkg(units: "list[Unit]", at: int) -> bytes:
    from yaosu.cli.geopackage import PLANE, Feature, write_geopackage
    from yaosu.rights.methods.outline import UNIT_DECIMALS, read_outline
    from yaosu.rights.outline_index import outline_text

    features = []
    for unit in units:
        polygons = read_outline(outline_text(unit)).polygons
        rings = tuple(
            tuple(tuple(number for point in ring for number in point) for ring in polygon)
            for polygon in polygons
        )
        cells: dict[str, str | int] = {
            "factor": unit.factor,
            "region": unit.region,
            "quantity": unit.quantity,
            "attributes": msgspec.json.encode(_rest(unit), order="sorted").decode(),
        }
        features.append(Feature(unit.id, cells, rings, len(polygons) > 1))
    return write_geopackage(LAYER, COLUMNS, features, UNIT_DECIMALS, PLANE, at)


def _metres(number: int, decimals: int) -> Decimal:
    """A coordinate without zeros at its end and without exponent."""
    return Decimal(f"{Decimal(number).scaleb(-decimals).normalize():f}")

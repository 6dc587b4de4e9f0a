"""``yaosu rights outlines``: where the units of a register lie, and what does not fit."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from yaosu.cli.files import write_whole
from yaosu.cli.output import PATH, json_option, say, say_json, say_table
from yaosu.cli.verify import journal_place, open_journal

if TYPE_CHECKING:
    from yaosu.journal.opening import Place
    from yaosu.rights.state import RightsState
    from yaosu.rights.values import Unit

LAYER = "units"
COLUMNS = {"factor": "TEXT", "region": "TEXT", "quantity": "INTEGER", "attributes": "TEXT"}
FORMATS = {".geojson": "GeoJSON", ".gpkg": "GeoPackage"}


@click.command()
@click.argument("journal", type=journal_place)
@click.option("--factor", default="", help="Of one factor only.")
@click.option("--out", type=PATH, help="File to write: .geojson or .gpkg.")
@json_option
def outlines(journal: "Place", factor: str, out: Path | None, as_json: bool) -> None:
    """List what of the outlines of current units in the JOURNAL does not fit, and was let pass.

    With --out, write every current unit that has an outline, in metres of its plane system.
    """
    from yaosu.core import State
    from yaosu.engine.recovery import fold
    from yaosu.rights.views import outline_notes

    if out is not None and out.suffix not in FORMATS:
        raise click.UsageError(f"{out} ends in none of {', '.join(FORMATS)}")
    state = State()
    with open_journal(journal) as store:
        for _ in fold(store, state):
            pass
    rows = [row for row in outline_notes(state.rights).iterate() if factor in ("", row["factor"])]
    units = _outlined(state.rights, factor)
    if out is not None:
        write_whole(out, _geojson(units) if out.suffix == ".geojson" else _gpkg(units, state.now))
    if as_json:
        told = {"journal": str(journal), "units": len(units), "notes": rows}
        say_json("rights-outlines/1", **told, out=None if out is None else str(out))
        return
    lines: list[tuple[str, ...]] = [
        (row["unit"], row["factor"], row["check"], row["other"], str(row["area_cm2"]))
        for row in rows
    ]
    if lines:
        say_table(("unit", "factor", "check", "other", "area cm2"), lines, {4})
    written = "" if out is None else f" -> {out}"
    say(f"{len(units)} units with an outline, {len(rows)} notes{written}")


def _outlined(state: "RightsState", factor: str) -> "list[Unit]":
    from yaosu.rights.outline_index import outline_text

    found = [
        unit
        for unit in state.units.values()
        if unit.end == 0 and outline_text(unit) and factor in ("", unit.factor)
    ]
    return sorted(found, key=lambda unit: unit.id)


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

"""``yaosu places``: a spatial tree as GeoJSON or GeoPackage, and what may be done on a plot."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import convert

from yaosu.cli.at_server import PLACE_OR_SERVER, AtServer, ServerPlace, answered
from yaosu.cli.output import PATH, json_option, say, say_json, say_table
from yaosu.kernel.instant import format_instant

if TYPE_CHECKING:
    from yaosu.journal.opening import Place
    from yaosu.places.spatial import SpatialVersion

journal_argument = click.argument("journal", metavar="[JOURNAL]", type=PLACE_OR_SERVER)


@click.group()
def places() -> None:
    """Read the spatial trees and plans of a journal."""


@places.command(cls=AtServer)
@journal_argument
@click.argument("tree")
@click.option("--at", help="An instant, such as 2026-11-21; default: the last entry.")
@click.option("--out", type=PATH, help="The file to write; default: print it.")
@json_option
def geojson(
    journal: "Place | ServerPlace", tree: str, at: str | None, out: Path | None, as_json: bool
) -> None:
    """Write the spatial units of a TREE of the JOURNAL as GeoJSON.

    What was read comes out with the same content, to the last digit, features in order of id.
    """
    from yaosu.cli.files import write_whole
    from yaosu.places.methods.geojson import write_geojson

    if as_json and out is None:
        raise click.UsageError("with --json, name a file with --out")
    version, instant = _version_at(journal, tree, at)
    text = write_geojson(version.units.values(), version.decimals)
    if out is None:
        say(text.decode())
        return
    write_whole(out, text)
    asked = {"journal": str(journal), "tree": tree, "at": format_instant(instant)}
    _say_written("places-geojson/1", version, out, as_json, **asked)


@places.command(cls=AtServer)
@journal_argument
@click.argument("tree")
@click.option("--at", help="An instant, such as 2026-11-21; default: the last entry.")
@click.option("--out", type=PATH, required=True, help="The file to write.")
@json_option
def geopackage(
    journal: "Place | ServerPlace", tree: str, at: str | None, out: Path, as_json: bool
) -> None:
    """Write the spatial units of a TREE of the JOURNAL as a GeoPackage.

    One layer, spatial_units, in degrees; what was read comes out with the same content.
    """
    from yaosu.cli.files import write_whole
    from yaosu.cli.geopackage import write_units

    version, instant = _version_at(journal, tree, at)
    units = version.units.values()
    write_whole(out, write_units(units, version.decimals, version.effective))
    asked = {"journal": str(journal), "tree": tree, "at": format_instant(instant)}
    _say_written("places-geopackage/1", version, out, as_json, **asked)


@places.command(cls=AtServer)
@journal_argument
@click.argument("tree")
@click.argument("unit")
@click.option("--at", help="An instant, such as 2026-11-21; default: the last entry.")
@json_option
def uses(
    journal: "Place | ServerPlace", tree: str, unit: str, at: str | None, as_json: bool
) -> None:
    """Tell what may be done on a spatial UNIT of a TREE: by which plans, after which controls."""
    from yaosu.places.planning import Permitted

    told = answered(journal, "places.uses", tree=tree, unit=unit, at=at)
    instant, path = told["instant"], told["path"]
    permitted = convert(told["permitted"], Permitted)
    if as_json:
        say_json(
            "places-uses/1",
            journal=str(journal),
            tree=tree,
            unit=unit,
            at=format_instant(instant),
            path=path,
            uses=list(permitted.uses),
            plans=told["permitted"]["entries"],
            controls=list(permitted.controls),
        )
        return
    say(f"{unit} in {' < '.join(path[1:]) or 'nothing'}, at {format_instant(instant)}")
    say(f"permitted: {', '.join(permitted.uses) or 'nothing'}")
    rows: list[tuple[str, ...]] = [
        (name, entry.unit, amount.use, str(amount.area_m2), str(amount.floor_area_m2))
        for name, entry in sorted(permitted.entries.items())
        for amount in entry.uses
    ]
    if rows:
        say_table(("plan", "of", "use", "area m2", "floor area m2"), rows, {3, 4})
    if permitted.controls:
        say(f"controls, weakest first: {', '.join(permitted.controls)}")


def _say_written(
    shape: str, version: "SpatialVersion", out: Path, as_json: bool, **asked: str
) -> None:
    """Tell what was written of the version of a tree."""
    units = len(version.units)
    if as_json:
        say_json(shape, **asked, version=version.version, units=units, out=str(out))
    else:
        say(f"{asked['tree']}, version {version.version}: {units} spatial units -> {out}")


def _version_at(
    journal: "Place | ServerPlace", tree: str, at: str | None
) -> "tuple[SpatialVersion, int]":
    """A tree as it stands at an instant, and that."""
    from yaosu.places.spatial import SpatialVersion

    told = answered(journal, "places.tree", tree=tree, at=at)
    return convert(told["version"], SpatialVersion), told["instant"]

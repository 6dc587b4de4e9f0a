"""What one reads of places."""

from collections.abc import Sequence
from typing import TypeVar

from yaosu.kernel.columns import Columns, Text
from yaosu.places.methods.geojson import write_geojson
from yaosu.places.spatial import PlanVersion, SpatialVersion
from yaosu.places.state import PlacesState


def regions(state: PlacesState, at: int) -> Columns:
    """Regions of the tree in force: id, parent, level, name, name_zh; sorted by id."""
    trees = [tree for tree in state.trees if tree.effective <= at]
    rows = [region for _, region in sorted(trees[-1].regions.items())] if trees else []
    return Columns.of(
        id=Text.of([row.id for row in rows]),
        parent=Text.of([row.parent for row in rows]),
        level=Text.of([row.level for row in rows]),
        name=Text.of([row.name for row in rows]),
        name_zh=Text.of([row.name_zh for row in rows]),
    )


def zones(state: PlacesState) -> Columns:
    """Zones as last defined, one row a region: zone, region, term_from, term_to (instants)."""
    rows = [
        (zone.id, region, zone.term_from, zone.term_to)
        for zone in (definitions[-1] for _, definitions in sorted(state.zones.items()))
        for region in zone.regions
    ]
    return Columns.of(
        zone=Text.of([row[0] for row in rows]),
        region=Text.of([row[1] for row in rows]),
        term_from=[row[2] for row in rows],
        term_to=[row[3] for row in rows],
    )


def spatial_units(state: PlacesState, tree: str, at: int) -> Columns:
    """Spatial units of a tree in force: id, level, parent, region, position, area_m2; by id."""
    version = _in_force(state.spatial.trees.get(tree, []), at)
    rows = [unit for _, unit in sorted(version.units.items())] if version else []
    return Columns.of(
        id=Text.of([row.id for row in rows]),
        level=Text.of([row.level for row in rows]),
        parent=Text.of([row.parent for row in rows]),
        region=Text.of([row.region for row in rows]),
        position=Text.of([row.position or "surface" for row in rows]),
        area_m2=[row.area_m2 for row in rows],
    )


def plan(state: PlacesState, name: str, at: int) -> Columns:
    """What a plan in force says, a row a use: unit, use, area_m2, floor_area_m2; by unit."""
    version = _in_force(state.spatial.plans.get(name, []), at)
    entries = [entry for _, entry in sorted(version.entries.items())] if version else []
    rows = [(entry.unit, amount) for entry in entries for amount in entry.uses]
    return Columns.of(
        unit=Text.of([unit for unit, _ in rows]),
        use=Text.of([amount.use for _, amount in rows]),
        area_m2=[amount.area_m2 for _, amount in rows],
        floor_area_m2=[amount.floor_area_m2 for _, amount in rows],
    )


def geojson(state: PlacesState, tree: str, at: int) -> bytes:
    """The spatial units of a tree in force as GeoJSON; no features where there is none."""
    version = _in_force(state.spatial.trees.get(tree, []), at)
    return (
        write_geojson(version.units.values(), version.decimals) if version else write_geojson((), 0)
    )


V = TypeVar("V", SpatialVersion, PlanVersion)


def _in_force(versions: Sequence[V], at: int) -> V | None:
    begun = [version for version in versions if version.effective <= at]
    return begun[-1] if begun else None

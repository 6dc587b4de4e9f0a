"""What one reads of places."""

from yaosu.kernel.columns import Columns, Text
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

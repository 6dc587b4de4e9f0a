"""Is it a spatial tree, and do areas and plans add up exactly? Pure."""

from collections.abc import Iterable, Mapping

from yaosu.places.spatial import (
    COORDINATE_MAX,
    LEVELS,
    POSITIONS,
    POSITIONS_PER_RING_MAX,
    PlanEntry,
    Polygon,
    Ring,
    SpatialUnit,
)


def spatial_fault(units: Iterable[SpatialUnit]) -> tuple[str, str] | None:
    """The first spatial unit that does not fit and why, or None.

    Returns:
        (id, reason): twice there, a level or parent that does not fit, an outline that is none, or
        parts whose areas do not add up to it.
    """
    known: dict[str, SpatialUnit] = {}
    for unit in units:
        if unit.id in known:
            return unit.id, "is there twice"
        known[unit.id] = unit
    for name in sorted(known):
        reason = _unit_fault(known, known[name])
        if reason:
            return name, reason
    for name, total in sorted(_areas_below(known).items()):
        if total != known[name].area_m2:
            return name, f"has {known[name].area_m2} m2, its parts {total}"
    return None


def path_up(units: Mapping[str, SpatialUnit], unit: str) -> list[str]:
    """The spatial unit and all it lies in, nearest first."""
    path: list[str] = []
    while unit in units and len(path) < len(LEVELS):
        path.append(unit)
        unit = units[unit].parent
    return path


def plan_fault(units: Mapping[str, SpatialUnit], entries: Mapping[str, PlanEntry]) -> str:
    """What of a plan does not fit its tree or does not add up, in words; empty where all does.

    Where a plan says something of any part of a spatial unit, the parts must add up to what it
    says of the unit: for every use the ground and the floor area, and every quota.
    """
    for name in sorted(entries):
        reason = _entry_fault(units, entries[name])
        if reason:
            return f"{name} {reason}"
    parts: dict[str, list[PlanEntry]] = {}
    for name in sorted(entries):
        if units[name].parent:
            parts.setdefault(units[name].parent, []).append(entries[name])
    for parent in sorted(parts):
        if parent not in entries:
            return f"{parent} is not in the plan, but parts of it are"
        whole = _amounts([entries[parent]])
        added = _amounts(parts[parent])
        for indicator in sorted({*whole, *added}):
            given, found = whole.get(indicator, 0), added.get(indicator, 0)
            if given != found:
                return f"{parent} has {indicator} {given}, its parts {found}"
    return ""


def _unit_fault(known: Mapping[str, SpatialUnit], unit: SpatialUnit) -> str:
    if unit.level not in LEVELS:
        return f"is of the level {unit.level!r}, not one of {', '.join(LEVELS)}"
    if unit.position not in POSITIONS:
        return f"lies {unit.position!r}, not {', '.join(POSITIONS[1:])}"
    if unit.area_m2 <= 0:
        return f"has an area of {unit.area_m2} m2"
    depth = LEVELS.index(unit.level)
    if depth == 0:
        return f"is a city and lies in {unit.parent}" if unit.parent else _outline_fault(unit)
    if unit.region:
        return "names a region, which only a city does"
    if unit.parent not in known:
        return f"lies in {unit.parent or 'nothing'}, which is not there"
    above = known[unit.parent].level
    if above != LEVELS[depth - 1]:
        return f"is a {unit.level} and lies in a {above}, not in a {LEVELS[depth - 1]}"
    return _outline_fault(unit)


def _outline_fault(unit: SpatialUnit) -> str:
    if len(unit.polygons) > 1 and not unit.is_multiple:
        return "has several polygons and is not called multiple"
    for polygon in unit.polygons:
        if not polygon:
            return "has a polygon without a ring"
        for ring in polygon:
            reason = _ring_fault(ring)
            if reason:
                return reason
    return ""


def _ring_fault(ring: Ring) -> str:
    if len(ring) % 2 or not 8 <= len(ring) <= 2 * POSITIONS_PER_RING_MAX:
        return "has a ring without four positions or more"
    if ring[:2] != ring[-2:]:
        return "has a ring that is not closed"
    if any(abs(number) > COORDINATE_MAX for number in ring):
        return "has a coordinate that is too large"
    if doubled_area((ring,)) == 0:
        return "has a ring without an area"
    return ""


def doubled_area(polygon: Polygon) -> int:
    """Twice the area of a polygon in squares of the coordinates' unit, holes taken off."""
    areas = []
    for ring in polygon:
        xs, ys = ring[0::2], ring[1::2]
        pairs = zip(xs, ys, xs[1:], ys[1:], strict=False)
        areas.append(abs(sum(x * b - a * y for x, y, a, b in pairs)))
    return areas[0] - sum(areas[1:]) if areas else 0


def _areas_below(known: Mapping[str, SpatialUnit]) -> dict[str, int]:
    """The sum of the areas of its parts on the surface, of each unit that has parts there."""
    totals: dict[str, int] = {}
    for name in sorted(known):
        unit = known[name]
        if unit.parent and unit.position in ("", "surface"):
            totals[unit.parent] = totals.get(unit.parent, 0) + unit.area_m2
    return totals


def _entry_fault(units: Mapping[str, SpatialUnit], entry: PlanEntry) -> str:
    if entry.unit not in units:
        return "is no spatial unit of the tree"
    uses = [amount.use for amount in entry.uses]
    if len(set(uses)) < len(uses):
        return "has a use twice"
    amounts = [(a.area_m2, a.floor_area_m2) for a in entry.uses]
    if any(ground < 0 or floor < 0 for ground, floor in amounts) or any(
        amount < 0 for amount in entry.quotas.values()
    ):
        return "has an amount below zero"
    ground = sum(area for area, _ in amounts)
    if ground > units[entry.unit].area_m2:
        return f"is given {ground} m2 of uses, it has {units[entry.unit].area_m2}"
    return ""


def _amounts(entries: Iterable[PlanEntry]) -> dict[str, int]:
    """What entries add up to: indicator in words -> amount."""
    total: dict[str, int] = {}
    for entry in entries:
        for amount in entry.uses:
            for word, number in (("area", amount.area_m2), ("floor area", amount.floor_area_m2)):
                key = f"{word} for {amount.use}"
                total[key] = total.get(key, 0) + number
        for quota, number in entry.quotas.items():
            total[f"quota {quota}"] = total.get(f"quota {quota}", 0) + number
    return total

"""Which spatial trees, plans and controls may be defined, and what may be done on a plot."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from yaosu.kernel.ids import check_id
from yaosu.kernel.instant import check_instant, format_instant
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.places import refusals
from yaosu.places.commands import DefinePlan, DefinePlanControl, DefineSpatialTree
from yaosu.places.decide import effective_of, region_of
from yaosu.places.events import PlanControlDefined, PlanDefined, SpatialTreeDefined
from yaosu.places.methods.spatial_tree import path_up, plan_fault, spatial_fault
from yaosu.places.spatial import (
    DECIMALS_MAX,
    EFFECTS,
    SPATIAL_UNITS_MAX,
    PlanControl,
    PlanEntry,
    PlanVersion,
    SpatialUnit,
    SpatialVersion,
)
from yaosu.places.state import PlacesReach

__all__ = ["refusals"]


class Permitted(Struct, frozen=True, kw_only=True):
    """What may be done on a spatial unit.

    Attributes:
        uses: permitted uses, sorted: those that every plan over it permits, after the controls.
        entries: plan -> what it says of it, or of the nearest unit it lies in.
        controls: ids of the controls that were applied, weakest first.
    """

    uses: tuple[str, ...]
    entries: dict[str, PlanEntry]
    controls: tuple[str, ...]


def decide_define_spatial_tree(reach: PlacesReach, command: DefineSpatialTree) -> list[Event]:
    """Five levels, each unit in one of the level above, areas that add up; plans still fit."""
    check_id(command.tree, "spatial tree")
    units = command.units
    for unit in units:
        check_id(unit.id, "spatial unit")
    what = f"spatial tree {command.tree}"
    known = reach.places.spatial.trees.get(command.tree, [])
    effective = effective_of(reach, what, command.version, command.effective, known)
    refuse_unless(
        0 <= command.decimals <= DECIMALS_MAX,
        "places.bad_spatial_tree",
        tree=command.tree,
        unit="the tree",
        reason=f"has coordinates of {command.decimals} decimals, 0 to {DECIMALS_MAX} are allowed",
    )
    fault = spatial_fault(units)
    if not 0 < len(units) <= SPATIAL_UNITS_MAX:
        fault = (
            "the tree",
            f"has {len(units)} spatial units, 1 to {SPATIAL_UNITS_MAX} are allowed",
        )
    which, reason = fault or ("", "")
    refuse_unless(
        fault is None, "places.bad_spatial_tree", tree=command.tree, unit=which, reason=reason
    )
    version = SpatialVersion(
        version=command.version,
        effective=effective,
        decimals=command.decimals,
        units={unit.id: unit for unit in units},
    )
    _check_cities(reach, version.units)
    _check_plans_fit(reach, command.tree, version)
    return [SpatialTreeDefined(tree=command.tree, units=version)]


def decide_define_plan(reach: PlacesReach, command: DefinePlan) -> list[Event]:
    """Every entry is of a unit of the tree, and the parts of each unit add up to it exactly."""
    check_id(command.plan, "plan")
    known = reach.places.spatial.plans.get(command.plan, [])
    what = f"plan {command.plan}"
    effective = effective_of(reach, what, command.version, command.effective, known)
    units = spatial_units_at(reach, command.tree, effective)
    entries = {entry.unit: entry for entry in command.entries}
    reason = "says twice of a spatial unit" if len(entries) < len(command.entries) else ""
    reason = reason or (plan_fault(units, entries) if entries else "is empty")
    refuse_unless(not reason, "places.plan_does_not_fit", plan=command.plan, reason=reason)
    version = PlanVersion(
        version=command.version,
        effective=effective,
        tree=command.tree,
        entries=entries,
        source=command.source,
    )
    return [PlanDefined(plan=command.plan, entries=version)]


def decide_define_plan_control(reach: PlacesReach, command: DefinePlanControl) -> list[Event]:
    """A control names units of the tree, says what it does, and ties with no other."""
    control = command.control
    check_id(control.id, "plan control")
    units = spatial_units_at(reach, control.tree)
    for unit in control.units:
        refuse_unless(unit in units, "places.unknown_spatial_unit", unit=unit, tree=control.tree)
    is_told = control.units and control.uses and control.effect in EFFECTS
    refuse_unless(is_told, "places.bad_control", control=control.id, effects=", ".join(EFFECTS))
    check_instant(control.term_from, "the beginning")
    check_instant(control.term_to, "the end")
    refuse_unless(
        control.term_to == 0 or control.term_to > control.term_from,
        "places.bad_term",
        what=f"plan control {control.id}",
        begin=format_instant(control.term_from),
        end=format_instant(control.term_to),
    )
    for other in _controls(reach, control.tree):
        if other.id != control.id:
            _check_tie(units, control, other)
    return [PlanControlDefined(control=control)]


def spatial_units_at(
    reach: PlacesReach, tree: str, at: int | None = None
) -> Mapping[str, SpatialUnit]:
    """The spatial units of a tree in force at an instant (now), or a refusal."""
    return spatial_version(reach, tree, at).units


def spatial_version(reach: PlacesReach, tree: str, at: int | None = None) -> SpatialVersion:
    """The version of a spatial tree in force at an instant (now), or a refusal."""
    moment = reach.now if at is None else at
    known = reach.places.spatial.trees.get(tree, [])
    begun = [version for version in known if version.effective <= moment]
    return found(begun[-1] if begun else None, "places.unknown_spatial_tree", tree=tree)


def permitted_uses(reach: PlacesReach, tree: str, unit: str, at: int | None = None) -> Permitted:
    """What may be done on a spatial unit at an instant (now).

    A plan's entry of the unit, or of the nearest unit it lies in, says which uses there are; of
    several plans all must permit a use. Then the controls over it act in order, the strongest last.

    Raises:
        Refusal: ``places.unknown_spatial_tree``, ``places.unknown_spatial_unit``.
    """
    moment = reach.now if at is None else at
    units = spatial_units_at(reach, tree, moment)
    refuse_unless(unit in units, "places.unknown_spatial_unit", unit=unit, tree=tree)
    path = path_up(units, unit)
    entries = _entries_at(reach, tree, path, moment)
    layers = [{amount.use for amount in entry.uses} for _, entry in sorted(entries.items())]
    uses = set.intersection(*layers) if layers else set()
    applied = []
    for control in sorted(_controls(reach, tree), key=lambda c: (*_rank(units, c), c.id)):
        is_open = control.term_from <= moment and (control.term_to == 0 or moment < control.term_to)
        if is_open and not set(path).isdisjoint(control.units):
            applied.append(control.id)
            match control.effect:
                case "allow":
                    uses |= set(control.uses)
                case "forbid":
                    uses -= set(control.uses)
                case _:
                    uses &= set(control.uses)
    return Permitted(uses=tuple(sorted(uses)), entries=entries, controls=tuple(applied))


def _entries_at(
    reach: PlacesReach, tree: str, path: Sequence[str], at: int
) -> dict[str, PlanEntry]:
    """What each plan in force over a tree says of the nearest unit of a path."""
    entries = {}
    for name, versions in sorted(reach.places.spatial.plans.items()):
        begun = [version for version in versions if version.effective <= at]
        if begun and begun[-1].tree == tree:
            told = [unit for unit in path if unit in begun[-1].entries]
            if told:
                entries[name] = begun[-1].entries[told[0]]
    return entries


def _controls(reach: PlacesReach, tree: str) -> list[PlanControl]:
    latest = [known[-1] for _, known in sorted(reach.places.spatial.controls.items())]
    return [control for control in latest if control.tree == tree]


def _covered_m2(units: Mapping[str, SpatialUnit], control: PlanControl) -> int:
    """The area a control covers; a unit that lies in another one of it counts once."""
    chosen = [
        unit
        for unit in sorted(set(control.units))
        if set(path_up(units, unit)[1:]).isdisjoint(control.units)
    ]
    return sum(units[unit].area_m2 for unit in chosen if unit in units)


def _rank(units: Mapping[str, SpatialUnit], control: PlanControl) -> tuple[int, int, int]:
    """The standing of a control: the greater comes first."""
    return control.precedence, -_covered_m2(units, control), control.term_from


def _check_tie(units: Mapping[str, SpatialUnit], control: PlanControl, other: PlanControl) -> None:
    """Refuse two controls that meet, act otherwise, and neither comes first."""
    ends = [one.term_to for one in (control, other) if one.term_to]
    begins = max(control.term_from, other.term_from)
    is_together = all(begins < end for end in ends)
    agree = (control.effect, sorted(control.uses)) == (other.effect, sorted(other.uses))
    place = _meeting(units, control, other)
    if place and is_together and not agree and _rank(units, control) == _rank(units, other):
        refuse("places.control_tie", control=control.id, other=other.id, unit=place)


def _meeting(units: Mapping[str, SpatialUnit], one: PlanControl, other: PlanControl) -> str:
    """A spatial unit that both cover, or nothing."""
    for first, second in ((one, other), (other, one)):
        for unit in sorted(first.units):
            if not set(path_up(units, unit)).isdisjoint(second.units):
                return unit
    return ""


def _check_cities(reach: PlacesReach, units: Mapping[str, SpatialUnit]) -> None:
    for name in sorted(units):
        if units[name].region:
            region_of(reach, units[name].region)


def _check_plans_fit(reach: PlacesReach, tree: str, version: SpatialVersion) -> None:
    """A new version of a tree still carries the plans and controls over it."""
    for name, versions in sorted(reach.places.spatial.plans.items()):
        last = versions[-1]
        if last.tree == tree:
            reason = plan_fault(version.units, last.entries)
            refuse_unless(
                not reason,
                "places.plan_left_behind",
                tree=tree,
                version=version.version,
                plan=name,
                reason=reason,
            )
    for control in _controls(reach, tree):
        for unit in control.units:
            refuse_unless(
                unit in version.units,
                "places.plan_left_behind",
                tree=tree,
                version=version.version,
                plan=control.id,
                reason=f"{unit} is no spatial unit of the tree",
            )

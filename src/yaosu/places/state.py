"""The state of places: every version that was ever defined, in the order of its effect."""

from typing import Protocol

from msgspec import Struct, field

from yaosu.kernel.reach import Reach
from yaosu.places.events import (
    CalendarDefined,
    LinksDefined,
    PlanControlDefined,
    PlanDefined,
    RegionsDefined,
    SpatialTreeDefined,
    ZoneDefined,
)
from yaosu.places.spatial import SpatialState
from yaosu.places.values import Calendar, LinksVersion, TreeVersion, Zone

PlacesEvent = (
    RegionsDefined
    | LinksDefined
    | ZoneDefined
    | CalendarDefined
    | SpatialTreeDefined
    | PlanDefined
    | PlanControlDefined
)


class PlacesState(Struct, kw_only=True):
    """Lists of versions, oldest first; nothing is overwritten.

    Attributes:
        trees: versions of the region tree.
        networks: network id -> versions of its links.
        zones: zone id -> its definitions; the last one holds.
        calendars: calendar id -> its versions; the last one holds.
        spatial: spatial trees, plans and plan controls.
    """

    trees: list[TreeVersion] = field(default_factory=list)
    networks: dict[str, list[LinksVersion]] = field(default_factory=dict)
    zones: dict[str, list[Zone]] = field(default_factory=dict)
    calendars: dict[str, list[Calendar]] = field(default_factory=dict)
    spatial: SpatialState = field(default_factory=SpatialState)


class PlacesReach(Reach, Protocol):
    """A decision that sees places."""

    @property
    def places(self) -> PlacesState: ...


def evolve(state: PlacesState, event: PlacesEvent) -> None:
    """Add the version; total, it never refuses."""
    match event:
        case RegionsDefined(tree=tree):
            state.trees.append(tree)
        case LinksDefined(network=network, links=links):
            state.networks.setdefault(network, []).append(links)
        case ZoneDefined(zone=zone):
            state.zones.setdefault(zone.id, []).append(zone)
        case CalendarDefined(calendar=calendar):
            state.calendars.setdefault(calendar.id, []).append(calendar)
        case SpatialTreeDefined(tree=name, units=units):
            state.spatial.trees.setdefault(name, []).append(units)
        case PlanDefined(plan=plan, entries=entries):
            state.spatial.plans.setdefault(plan, []).append(entries)
        case PlanControlDefined(control=control):
            state.spatial.controls.setdefault(control.id, []).append(control)

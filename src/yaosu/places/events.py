"""What has happened to places."""

from yaosu.kernel.words import Event
from yaosu.places.spatial import PlanControl, PlanVersion, SpatialVersion
from yaosu.places.values import Calendar, LinksVersion, TreeVersion, Zone


class RegionsDefined(Event, frozen=True, tag="places.regions_defined/1"):
    """A version of the region tree holds from its effective instant."""

    tree: TreeVersion


class LinksDefined(Event, frozen=True, tag="places.links_defined/1"):
    """A version of the links of a network holds from its effective instant."""

    network: str
    links: LinksVersion


class ZoneDefined(Event, frozen=True, tag="places.zone_defined/1"):
    """A zone is named; an earlier one of the same id keeps its place in the history."""

    zone: Zone


class CalendarDefined(Event, frozen=True, tag="places.calendar_defined/1"):
    """A version of a calendar is known."""

    calendar: Calendar


class SpatialTreeDefined(Event, frozen=True, tag="places.spatial_tree_defined/1"):
    """A version of a spatial tree holds from its effective instant."""

    tree: str
    units: SpatialVersion


class PlanDefined(Event, frozen=True, tag="places.plan_defined/1"):
    """A version of a plan holds from its effective instant."""

    plan: str
    entries: PlanVersion


class PlanControlDefined(Event, frozen=True, tag="places.plan_control_defined/1"):
    """A plan control is known; an earlier one of the same id keeps its place in the history."""

    control: PlanControl

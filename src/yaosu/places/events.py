"""What has happened to places."""

from yaosu.kernel.words import Event
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

"""What may be defined, and the look-ups other floors ask for."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

import numpy as np

from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.ids import check_id
from yaosu.kernel.instant import DAY, check_instant, date_of, format_instant, instant_of
from yaosu.kernel.refusal import Refusal, found, refuse_unless
from yaosu.kernel.words import Event
from yaosu.places import refusals
from yaosu.places.commands import DefineCalendar, DefineLinks, DefineRegions, DefineZone
from yaosu.places.events import CalendarDefined, LinksDefined, RegionsDefined, ZoneDefined
from yaosu.places.methods import tree as trees
from yaosu.places.methods import working_days
from yaosu.places.state import PlacesReach
from yaosu.places.values import (
    CALENDAR_YEARS_MAX,
    LINK_NUMBER_MAX,
    LINKS_MAX,
    LOSS_PPM_MAX,
    REGIONS_MAX,
    Calendar,
    LinksVersion,
    Region,
    TreeVersion,
    Zone,
)

__all__ = ["refusals"]


class Version(Protocol):
    """A version of something: its name and the instant from which it holds."""

    @property
    def version(self) -> str: ...

    @property
    def effective(self) -> int: ...


def decide_define_regions(reach: PlacesReach, command: DefineRegions) -> list[Event]:
    """A tree is a tree, takes effect after the one before, and keeps the regions zones name."""
    for region in command.regions:
        check_id(region.id, "region")
    fault = trees.fault_in(command.regions) or (
        ("", "are none, or too many") if not 0 < len(command.regions) <= REGIONS_MAX else None
    )
    which, reason = fault or ("", "")
    refuse_unless(fault is None, "places.bad_tree", region=which, reason=reason)
    effective = effective_of(
        reach, "the region tree", command.version, command.effective, reach.places.trees
    )
    regions = {region.id: region for region in command.regions}
    for zone in _zones_in_force(reach, effective):
        for named in zone.regions:
            refuse_unless(named in regions, "places.region_in_use", region=named, zone=zone.id)
    version = TreeVersion(version=command.version, effective=effective, regions=regions)
    return [RegionsDefined(tree=version)]


def decide_define_links(reach: PlacesReach, command: DefineLinks) -> list[Event]:
    """Links join known regions, each pair once a direction, with capacities and costs >= 0."""
    check_id(command.network, "network")
    versions = reach.places.networks.get(command.network, [])
    what = f"the links of {command.network}"
    effective = effective_of(reach, what, command.version, command.effective, versions)
    links = _checked_links(reach, command.network, command.links)
    version = LinksVersion(version=command.version, effective=effective, links=links)
    return [LinksDefined(network=command.network, links=version)]


def decide_define_zone(reach: PlacesReach, command: DefineZone) -> list[Event]:
    """A zone names known regions and ends after it begins."""
    check_id(command.zone, "zone")
    refuse_unless(command.regions, "places.empty_zone", zone=command.zone)
    for region in command.regions:
        region_of(reach, region)
    _check_term(f"zone {command.zone}", command.term_from, command.term_to)
    zone = Zone(
        id=command.zone,
        regions=tuple(sorted(set(command.regions))),
        term_from=command.term_from,
        term_to=command.term_to,
        name=command.name,
        name_zh=command.name_zh,
    )
    return [ZoneDefined(zone=zone)]


def decide_define_calendar(reach: PlacesReach, command: DefineCalendar) -> list[Event]:
    """A calendar's days are days, holidays fall on weekdays, made-up days on weekends."""
    calendar = command.calendar
    check_id(calendar.id, "calendar")
    versions = [known.version for known in reach.places.calendars.get(calendar.id, [])]
    refuse_unless(
        calendar.version not in versions,
        "places.version_exists",
        what=f"calendar {calendar.id}",
        version=calendar.version,
    )
    reason = _calendar_fault(calendar)
    refuse_unless(not reason, "places.bad_calendar", calendar=calendar.id, reason=reason)
    return [CalendarDefined(calendar=calendar)]


def regions_at(reach: PlacesReach, at: int | None = None) -> dict[str, Region]:
    """The region tree in force at an instant (now); empty before there is one."""
    moment = reach.now if at is None else at
    versions = [tree for tree in reach.places.trees if tree.effective <= moment]
    return versions[-1].regions if versions else {}


def region_of(reach: PlacesReach, region: str) -> Region:
    """A region of the tree in force, or a refusal."""
    regions = regions_at(reach)
    refuse_unless(regions, "places.no_tree")
    return found(regions.get(region), "places.unknown_region", region=region)


def links_at(reach: PlacesReach, network: str, at: int | None = None) -> Columns:
    """The links of a network in force at an instant (now); no rows where there are none."""
    moment = reach.now if at is None else at
    versions = reach.places.networks.get(network, [])
    known = [version for version in versions if version.effective <= moment]
    if known:
        return known[-1].links
    return Columns.of(source=Text.of([]), target=Text.of([]), capacity=[], cost=[])


def zone_of(reach: PlacesReach, zone: str) -> Zone:
    """The zone as last defined, or a refusal."""
    definitions = reach.places.zones.get(zone, [])
    return found(definitions[-1] if definitions else None, "places.unknown_zone", zone=zone)


def zones_over(reach: PlacesReach, region: str, at: int | None = None) -> list[str]:
    """Ids of the zones in force that hold a region or one above it, sorted."""
    moment = reach.now if at is None else at
    path = set(trees.path_of(regions_at(reach, moment), region))
    return [zone.id for zone in _zones_in_force(reach, moment) if not path.isdisjoint(zone.regions)]


def calendar_of(reach: PlacesReach, calendar: str) -> Calendar:
    """The calendar as last defined, or a refusal."""
    versions = reach.places.calendars.get(calendar, [])
    return found(versions[-1] if versions else None, "places.unknown_calendar", calendar=calendar)


def due_day(reach: PlacesReach, calendar: str, days: int, start: int | None = None) -> date:
    """The day on which a term of working days ends that begins on the day of an instant (now)."""
    first = date_of(reach.now if start is None else start)
    return working_days.add_working_days(calendar_of(reach, calendar), first, days)


def end_of_term(
    reach: PlacesReach, calendar: str, days: int, day_kind: str, start: int
) -> int | None:
    """The instant (midnight UTC) after the last day of a term that begins on the day of ``start``.

    Args:
        day_kind: ``working`` days of the calendar, or ``calendar`` days.

    Returns:
        None where the calendar does not reach that far yet.
    """
    if day_kind == "calendar":
        return instant_of(date_of(start)) + (days + 1) * DAY
    try:
        return instant_of(due_day(reach, calendar, days, start)) + DAY
    except Refusal as refusal:
        if refusal.code != "places.calendar_ends":
            raise
        return None


def _zones_in_force(reach: PlacesReach, at: int) -> list[Zone]:
    latest = [definitions[-1] for _, definitions in sorted(reach.places.zones.items())]
    return [
        zone for zone in latest if zone.term_from <= at and (zone.term_to == 0 or at < zone.term_to)
    ]


def effective_of(
    reach: PlacesReach,
    what: str,
    version: str,
    effective: int | None,
    versions: Sequence[Version],
) -> int:
    """The instant from which a version holds, later than that of the one before; or a refusal."""
    check_id(version, "version")
    at = reach.now if effective is None else check_instant(effective, "the effect")
    refuse_unless(
        version not in [known.version for known in versions],
        "places.version_exists",
        what=what,
        version=version,
    )
    before = versions[-1].effective if versions else None
    refuse_unless(
        before is None or at > before,
        "places.not_later",
        what=what,
        version=version,
        effective=format_instant(at),
        before=format_instant(before or 0),
    )
    return at


def _check_term(what: str, begin: int, end: int) -> None:
    check_instant(begin, "the beginning")
    check_instant(end, "the end")
    refuse_unless(
        end == 0 or end > begin,
        "places.bad_term",
        what=what,
        begin=format_instant(begin),
        end=format_instant(end),
    )


def _checked_links(reach: PlacesReach, network: str, links: Columns) -> Columns:
    reason = _links_fault(links)
    refuse_unless(not reason, "places.bad_links", network=network, reason=reason)
    for region in sorted({*links.text("source").values, *links.text("target").values}):
        region_of(reach, region)
    if "cost" in links:
        return links
    return links.with_columns(cost=np.zeros(links.rows, np.int64))


def _links_fault(links: Columns) -> str:
    """Why columns are not links, or nothing."""
    texts = ("source", "target", "instrument", "fee_to", "rent_owner")
    numbers = ("capacity", "cost", "fee", "loss_ppm", "ramp")
    unknown = sorted(set(links.names) - {*texts, *numbers})
    if unknown:
        return f"column {unknown[0]} is not known"
    for name in texts:
        if name not in links and name not in ("source", "target"):
            continue
        if name not in links or not isinstance(links.column(name), Text):
            return f"column {name} is missing or not text"
    for name in numbers:
        if name not in links and name != "capacity":
            continue
        column = links.column(name) if name in links else None
        if not isinstance(column, np.ndarray) or column.dtype != np.int64:
            return f"column {name} is missing or not whole numbers"
        if links.rows and int(column.min()) < 0:
            return f"column {name} has {int(column.min())}"
        most = LOSS_PPM_MAX if name == "loss_ppm" else LINK_NUMBER_MAX
        if links.rows and int(column.max()) > most:
            return f"column {name} has {int(column.max())}, at most {most} is allowed"
    if links.rows > LINKS_MAX:
        return f"{links.rows} rows, {LINKS_MAX} are allowed"
    seen: set[tuple[str, ...]] = set()
    names = [name for name in ("instrument", "source", "target") if name in links]
    for key in zip(*(links.text(name).tolist() for name in names), strict=True):
        if key[-1] == key[-2]:
            return f"{key[-1]} is linked with itself"
        if key in seen:
            return f"{' '.join(key)} is there twice"
        seen.add(key)
    return ""


def _calendar_fault(calendar: Calendar) -> str:
    """Why a calendar does not hold together, or nothing."""
    first, last = (working_days.parse_day(d) for d in (calendar.first_day, calendar.last_day))
    if not first <= last:
        return "its last day is before its first"
    if last.year - first.year > CALENDAR_YEARS_MAX:
        return f"it covers more than {CALENDAR_YEARS_MAX} years"
    if any(not 0 <= weekday <= 6 for weekday in calendar.weekend):
        return "a weekday is a number from 0 (Monday) to 6"
    lists = (("holiday", calendar.holidays), ("made-up working day", calendar.working_weekends))
    for name, days in lists:
        if list(days) != sorted(set(days)):
            return f"the {name}s are not sorted, or one is there twice"
        for text in days:
            day = working_days.parse_day(text)
            if not first <= day <= last:
                return f"{name} {text} is outside the days it covers"
            if (day.weekday() in calendar.weekend) == (name == "holiday"):
                return f"{name} {text} falls on a {'weekend' if name == 'holiday' else 'weekday'}"
    return ""

"""Read calendars, regions and zones, institutions of places, from their TOML text."""

from yaosu.kernel.instant import parse_instant
from yaosu.places.values import Calendar, Region, Zone
from yaosu.rules.toml import convert, read_toml


def parse_calendar(text: str) -> Calendar:
    """The calendar a TOML text describes; what it says is checked when it is defined.

    Raises:
        Refusal: ``rules.malformed``.
    """
    return convert(read_toml(text, "calendar"), Calendar, "calendar")


def parse_regions(text: str) -> tuple[Region, ...]:
    """The regions a TOML text lists under ``[[region]]``; checked when they are defined.

    Raises:
        Refusal: ``rules.malformed``.
    """
    raw = read_toml(text, "list of regions")
    return convert(raw.get("region", []), tuple[Region, ...], "list of regions")


def parse_zones(text: str) -> tuple[Zone, ...]:
    """The zones a TOML text lists under ``[[zone]]``; checked when they are defined.

    Raises:
        Refusal: ``rules.malformed``.
    """
    zones = read_toml(text, "list of zones").get("zone", [])
    for zone in zones if isinstance(zones, list) else ():
        for name in ("term_from", "term_to"):
            if isinstance(zone, dict) and isinstance(zone.get(name), str):
                zone[name] = parse_instant(zone[name])
    return convert(zones, tuple[Zone, ...], "list of zones")

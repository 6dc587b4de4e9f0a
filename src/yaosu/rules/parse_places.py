"""Read calendars and regions, institutions of places, from their TOML text."""

from yaosu.places.values import Calendar, Region
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

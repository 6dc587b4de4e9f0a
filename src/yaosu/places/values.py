"""The things of places: a region, a zone, a calendar. Frozen; a change is a new version."""

from msgspec import Struct

from yaosu.kernel.columns import Columns

REGIONS_MAX = 100_000
LINKS_MAX = 1_000_000
LINK_NUMBER_MAX = 2**51 - 1  # of a capacity or cost, so that no sum of a clearing leaves 64 bits
LOSS_PPM_MAX = 999_999  # less than all of what is sent
CALENDAR_YEARS_MAX = 50


class Region(Struct, frozen=True, kw_only=True):
    """A node of the place tree.

    Attributes:
        id: the region's id, such as ``CN-50``.
        parent: id of the region above, empty for a root.
        level: name of the level, such as ``country``, ``province``, ``city``.
        name, name_zh: what people call it.
    """

    id: str
    name: str
    parent: str = ""
    level: str = ""
    name_zh: str = ""


class TreeVersion(Struct, frozen=True, kw_only=True):
    """The whole tree as it stands from ``effective`` (instant) until the next version."""

    version: str
    effective: int
    regions: dict[str, Region]


class LinksVersion(Struct, frozen=True, kw_only=True):
    """The links of one network as they stand from ``effective`` until the next version.

    Attributes:
        links: columns source, target (text), capacity (lots), cost (ticks a lot), int64; one row
            a directed link.
    """

    version: str
    effective: int
    links: Columns


class Zone(Struct, frozen=True, kw_only=True):
    """A named set of regions for a term; zones may overlap.

    Attributes:
        regions: ids, sorted; a region stands for all that lies below it.
        term_from, term_to: instants, the end not included; ``term_to`` 0 means open.
    """

    id: str
    regions: tuple[str, ...]
    term_from: int
    term_to: int = 0
    name: str = ""
    name_zh: str = ""


class Calendar(Struct, frozen=True, kw_only=True):
    """Which days are working days.

    Attributes:
        first_day, last_day: ISO dates, both included; outside them nothing is known.
        weekend: weekdays that are free, Monday is 0.
        holidays: ISO dates that are free although they are weekdays, sorted.
        working_weekends: ISO dates that are worked although they are weekend, sorted: the made-up
            days by which a long holiday is paid for.
        source, confidence: where the days are published, and how sure that is.
    """

    id: str
    version: str
    first_day: str
    last_day: str
    weekend: tuple[int, ...] = (5, 6)
    holidays: tuple[str, ...] = ()
    working_weekends: tuple[str, ...] = ()
    source: str = ""
    confidence: str = ""

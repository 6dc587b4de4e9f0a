"""What may be asked of places."""

from yaosu.kernel.columns import Columns
from yaosu.kernel.words import Command
from yaosu.places.spatial import PlanControl, PlanEntry, SpatialUnit
from yaosu.places.values import Calendar, Region


class DefineRegions(Command, frozen=True, tag="places.define_regions"):
    """Put a new version of the whole region tree in force.

    Attributes:
        version: its name, never used before.
        effective: instant from which it holds, later than that of the version before; None is now.
        regions: all regions of the tree.
    """

    version: str
    regions: tuple[Region, ...]
    effective: int | None = None


class DefineLinks(Command, frozen=True, tag="places.define_links"):
    """Put a new version of the links of one network in force.

    Attributes:
        network: id of the network; markets name the network they are coupled by.
        links: columns source, target (text: region ids), capacity (lots, >= 0) and, where it is not
            zero, cost (ticks a lot, >= 0); and as needed fee (ticks a lot, >= 0), fee_to (text:
            the authority that gets the fees), rent_owner (text: who gets the rent), loss_ppm
            (parts of a million lost of what is sent) and ramp (lots by which the net flow may
            change from one instrument, in the order of their names or numbers, to the next).
    """

    network: str
    version: str
    links: Columns
    effective: int | None = None


class DefineZone(Command, frozen=True, tag="places.define_zone"):
    """Name a set of regions for a term, so that an overlay can apply there."""

    zone: str
    regions: tuple[str, ...]
    term_from: int
    term_to: int = 0
    name: str = ""
    name_zh: str = ""


class DefineCalendar(Command, frozen=True, tag="places.define_calendar"):
    """Say which days are working days; a new version replaces the one before."""

    calendar: Calendar


class DefineSpatialTree(Command, frozen=True, tag="places.define_spatial_tree"):
    """Put a new version of a whole spatial tree in force, from cities down to plots.

    Attributes:
        version: its name, never used before for this tree.
        units: all spatial units; areas add up at each level.
        decimals: digits behind the point of a coordinate; outlines are whole numbers of it.
        effective: instant from which it holds, later than that of the version before; None is now.
    """

    tree: str
    version: str
    units: tuple[SpatialUnit, ...]
    decimals: int = 7
    effective: int | None = None


class DefinePlan(Command, frozen=True, tag="places.define_plan"):
    """Put a new version of a plan over a spatial tree in force.

    Attributes:
        entries: what it says of spatial units; the parts of each add up to it exactly.
        source: SHA-256 of the plan's document, hex.
    """

    plan: str
    version: str
    tree: str
    entries: tuple[PlanEntry, ...]
    effective: int | None = None
    source: str = ""


class DefinePlanControl(Command, frozen=True, tag="places.define_plan_control"):
    """Allow, forbid or restrict uses over an area for a time, on top of the plan."""

    control: PlanControl

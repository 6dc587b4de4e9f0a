"""The spatial tree and the plans over it.

A tree says what lies where, from the city down to the plot, with areas that add up. A plan is a
layer over it that says what each spatial unit may be used for, with indicators that add up at each
level. A plan control allows, forbids or restricts uses over an area for a time; where controls meet
one of them comes first.
"""

from msgspec import Struct, field

LEVELS = ("city", "administrative_district", "planning_zone", "block", "plot")
POSITIONS = ("", "surface", "above", "below")  # of the ground; nothing said is the surface
EFFECTS = ("allow", "forbid", "only")
DECIMALS_MAX = 9
COORDINATE_MAX = 10**15
SPATIAL_UNITS_MAX = 200_000
POSITIONS_PER_RING_MAX = 100_000

Ring = tuple[int, ...]  # x0, y0, x1, y1 ...: closed, in units of the tree's last decimal
Polygon = tuple[Ring, ...]  # the outer ring, then holes


class SpatialUnit(Struct, frozen=True, kw_only=True):
    """A part of the ground, or of the space above or below it (LADM spatial unit).

    Attributes:
        level: one of ``LEVELS``; each lies in one of the level above.
        parent: id of the spatial unit it lies in; empty for a city.
        area_m2: whole square metres; the parts of a unit add up to it exactly.
        region: of a city: the place of the region tree it is; empty for the others.
        position: ``surface`` (also where nothing is said), ``above`` or ``below``: a use right may
            be set at each; parts on the surface alone add up.
        polygons: its outline; empty where only its area is known.
        is_multiple: whether the outline came as one of several polygons.
        attributes: anything else it says of itself.
    """

    id: str
    level: str
    area_m2: int
    parent: str = ""
    region: str = ""
    position: str = ""
    polygons: tuple[Polygon, ...] = ()
    is_multiple: bool = False
    attributes: dict[str, str | int | bool] = {}


class SpatialVersion(Struct, frozen=True, kw_only=True):
    """A whole spatial tree as it stands from ``effective`` until the next version.

    Attributes:
        decimals: digits behind the point of a coordinate; coordinates are whole numbers of it.
    """

    version: str
    effective: int
    decimals: int
    units: dict[str, SpatialUnit]


class UseAmount(Struct, frozen=True, kw_only=True):
    """How much of a spatial unit a plan gives to one use: ground and floor, square metres."""

    use: str
    area_m2: int
    floor_area_m2: int = 0


class PlanEntry(Struct, frozen=True, kw_only=True):
    """What a plan says of one spatial unit.

    Attributes:
        uses: permitted uses with their amounts, each use once.
        quotas: further amounts that add up, such as dwellings or tonnes.
    """

    unit: str
    uses: tuple[UseAmount, ...]
    quotas: dict[str, int] = {}


class PlanVersion(Struct, frozen=True, kw_only=True):
    """A plan as it stands from ``effective`` until the next version."""

    version: str
    effective: int
    tree: str
    entries: dict[str, PlanEntry]
    source: str = ""


class PlanControl(Struct, frozen=True, kw_only=True):
    """What holds over an area for a time, on top of the plan.

    Attributes:
        units: spatial units of the tree; each stands for all that lies in it.
        effect: ``allow`` or ``forbid`` the uses, or ``only`` these of the permitted ones.
        precedence: the greater number comes first where controls meet; then the smaller area;
            then the later beginning; what is still equal and disagrees is refused.
        term_from, term_to: instants, the end not included; ``term_to`` 0 means open.
    """

    id: str
    tree: str
    units: tuple[str, ...]
    effect: str
    uses: tuple[str, ...]
    term_from: int
    term_to: int = 0
    precedence: int = 0
    name: str = ""
    name_zh: str = ""
    source: str = ""


class SpatialState(Struct, kw_only=True):
    """Versions, oldest first; nothing is overwritten.

    Attributes:
        trees: tree id -> versions of it.
        plans: plan id -> versions of it.
        controls: control id -> its definitions; the last one holds.
    """

    trees: dict[str, list[SpatialVersion]] = field(default_factory=dict)
    plans: dict[str, list[PlanVersion]] = field(default_factory=dict)
    controls: dict[str, list[PlanControl]] = field(default_factory=dict)

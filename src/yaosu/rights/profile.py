"""A profile as a value: the data that makes a factor."""

from msgspec import Struct

from yaosu.rules.pack import Source

SHARE_CHECKS = ("sum_to_one", "at_most_one")
CONSTITUTIVE, DECLARATORY, BY_DELIVERY = "constitutive", "declaratory", "by_delivery"
LEGAL_EFFECTS = (CONSTITUTIVE, DECLARATORY, BY_DELIVERY)
ON_SPLIT = ("each", "apportioned")
PRICE_NOTIONS = ("one_price", "comparable", "stable_match", "posted")


class FactorPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it is called, what is registered, and the measurement unit of one lot."""

    name: str
    unit: str
    measurement: str
    zh: str = ""


class NaturePart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Its economic nature.

    Attributes:
        divisible: a right may be sold in part.
        rival: who uses it keeps others from using it; a non-rival one is granted, not moved.
        legal_effect: when a right arises: ``constitutive`` at registration, ``declaratory``
            before it, ``by_delivery`` at hand-over.
        term_max: ISO 8601 duration in years, months, days (``P5Y``), or ``unlimited``.
    """

    divisible: bool
    rival: bool
    exclusive: bool
    term_max: str
    legal_effect: str = "declaratory"
    perishable: bool = False


class RightsPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which kinds of right there are.

    Attributes:
        primary: the kind a registration without a kind means.
        parallel: kinds beside the primary one on the same unit, each with its own shares.
        derived: kinds granted out of another right.
        share_check: the shares of one kind on a unit must ``sum_to_one``, or be ``at_most_one``.
        derived_transferable: whether who got a derived right may pass it on.
        sub_grants: derived kind -> kinds that may be granted out of it again.
        inalienable: kinds that are registered and not passed on, such as the ownership of land.
        restrictions: kinds that say what may not be done, such as an easement; they stay with the
            unit and are not passed on. ``responsibilities``: what must be done, likewise.
    """

    primary: str
    derived: tuple[str, ...]
    parallel: tuple[str, ...] = ()
    share_check: str = "sum_to_one"
    derived_transferable: bool = False
    sub_grants: dict[str, tuple[str, ...]] = {}
    inalienable: tuple[str, ...] = ()
    restrictions: tuple[str, ...] = ()
    responsibilities: tuple[str, ...] = ()


class MarketEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units that come to the market by an entry of their own, such as land of a collective.

    Attributes:
        attribute, value: which units are meant.
        uses: their use must be one of these, and permitted by a plan.
        owner: kind of right by which one party must hold the whole unit.
        purpose: of the resolution that owner must have passed about the unit.
    """

    attribute: str
    value: str
    uses: tuple[str, ...]
    owner: str
    purpose: str


class OutlinePart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the outlines of units are held against each other, in a plane system, in metres.

    Attributes:
        overlap, outside, area: ``refuse`` what does not fit, ``note`` it, or empty: not looked at.
            Units of the factor that overlap; parts that lie outside what they come from, and a
            merger that leaves some of it out; the area drawn against the quantity.
        overlap_cm2, outside_cm2: what is let pass, square centimetres.
        area_permille: by how much the area drawn may differ from the quantity.
        m2_in_lot: square metres in one lot of quantity.
        apart: attributes that keep outlines apart, such as the position above or below the ground.
    """

    overlap: str = ""
    outside: str = ""
    area: str = ""
    overlap_cm2: int = 0
    outside_cm2: int = 0
    area_permille: int = 0
    m2_in_lot: int = 1
    apart: tuple[str, ...] = ()


class RegisterPart(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """How the register treats units of the factor when they are split, merged, renewed, changed.

    Attributes:
        additive: attributes, whole numbers, that sum over the parts of a unit.
        pledge_on_split: ``each`` part of a split unit secures the whole debt, or a pledge is
            ``apportioned`` by quantity.
        merge_quorum: what part of the shares must agree to a merger, as text; ``1`` is all.
        use: the attribute that names the permitted use.
        plot: the attribute that names the spatial unit, as ``tree/plot``, whose plans permit uses.
        term_table: rule table with ``years_max`` for the unit's attributes.
        conversions: rule table of allowed changes: ``use_from``, ``use_to``,
            ``price_difference_percent``.
        made_under: kinds of right under which its holder may make something new and register it.
        market_entry: units that come to the market by an entry of their own.
        quality_min: least quality, permille, with which a unit is offered, assessed at most
            ``quality_days_max`` days before; 0 asks for none, and for any day.
        classes: attribute that is true or false -> class of the ledger in which units with it
            stand, apart from all others.
        outline: how outlines are checked, where units have them (attribute ``outline``).
    """

    additive: tuple[str, ...] = ()
    pledge_on_split: str = "each"
    merge_quorum: str = "1"
    use: str = ""
    plot: str = ""
    term_table: str = ""
    conversions: str = ""
    made_under: tuple[str, ...] = ()
    market_entry: MarketEntry | None = None
    quality_min: int = 0
    quality_days_max: int = 0
    classes: dict[str, str] = {}
    outline: OutlinePart | None = None


class MarketPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it is priced unless a market says otherwise.

    Attributes:
        tick: smallest step of the price, as text, such as ``0.01 CNY``.
        lot: measurement units in one lot.
    """

    mechanism: str
    price_notion: str
    tick: str
    lot: int = 1


class SettlementPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it is settled unless a market says otherwise."""

    contract: str
    delivery: str
    gates: tuple[str, ...] = ()


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The whole profile of a factor.

    Attributes:
        version: of this profile; a later one replaces an earlier one for new registrations.
        attributes: attribute of a unit -> how it is checked: ``text``, ``int``, ``truth``,
            ``level``, ``place``, ``interval``, ``date``, ``digest`` or ``table:<item id>``; a ``?``
            at the end makes it optional.
    """

    factor: FactorPart
    nature: NaturePart
    rights: RightsPart
    market: MarketPart
    settlement: SettlementPart
    register: RegisterPart = RegisterPart()
    version: str = "1"
    attributes: dict[str, str] = {}
    sources: tuple[Source, ...] = ()

    @property
    def name(self) -> str:
        """The factor's name: how commands and rules call it."""
        return self.factor.name

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of right with shares of their own."""
        return (self.rights.primary, *self.rights.parallel)

    @property
    def all_kinds(self) -> tuple[str, ...]:
        """Every kind of right, restriction and responsibility that can be registered."""
        rights = self.rights
        return (*self.kinds, *rights.derived, *rights.restrictions, *rights.responsibilities)

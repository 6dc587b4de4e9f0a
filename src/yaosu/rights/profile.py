"""A profile as a value: the data that makes a factor."""

from msgspec import Struct

SHARE_CHECKS = ("sum_to_one", "at_most_one")
LEGAL_EFFECTS = ("constitutive", "declaratory", "by_delivery")
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


class RightsPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which kinds of right there are.

    Attributes:
        primary: the kind a registration without a kind means.
        parallel: kinds beside the primary one on the same unit, each with its own shares.
        derived: kinds granted out of another right.
        share_check: the shares of one kind on a unit must ``sum_to_one``, or be ``at_most_one``.
        derived_transferable: whether who got a derived right may pass it on.
    """

    primary: str
    derived: tuple[str, ...]
    parallel: tuple[str, ...] = ()
    share_check: str = "sum_to_one"
    derived_transferable: bool = False


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


class SourcePart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a field comes from: a statute, a public page, or assumed, with a note."""

    field: str
    basis: str
    note: str = ""


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    version: str = "1"
    attributes: dict[str, str] = {}
    sources: tuple[SourcePart, ...] = ()

    @property
    def name(self) -> str:
        """The factor's name: how commands and rules call it."""
        return self.factor.name

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of right with shares of their own."""
        return (self.rights.primary, *self.rights.parallel)

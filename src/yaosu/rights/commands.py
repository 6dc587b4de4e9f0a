"""What may be asked of the register."""

from msgspec import Struct, field

from yaosu.kernel.numbers import WHOLE, Share
from yaosu.kernel.words import Command
from yaosu.rights.profile import Profile
from yaosu.rights.values import Attribute


class AdoptProfile(Command, frozen=True, tag="rights.adopt_profile"):
    """Make a factor known, or replace its profile for registrations from now on."""

    profile: Profile


class HolderShare(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A further holder of the same unit, with a right of its own."""

    right: str
    holder: str
    share: Share


class RegisterRight(Command, frozen=True, tag="rights.register_right"):
    """Register a right: the same command for every factor.

    Attributes:
        right, unit: ids; the unit is made by its first registration.
        factor: name of an adopted profile.
        region: where the unit lies.
        quantity: lots of the whole unit.
        unit_attributes: as the profile asks.
        holder, share: the first holder; ``co_holders`` the others, so that shares sum to one.
        kind: empty is the profile's primary kind. A derived kind is registered so only where the
            right it derives from is outside this register; else it is granted (``GrantUse``).
        instrument: empty is the unit itself (``unit/kind`` for other kinds than the primary).
        term_from: instant, None is now; ``term_to``: instant not included, 0 is open.
        source: SHA-256 of the document that proves the right, hex.
    """

    right: str
    unit: str
    factor: str
    region: str
    quantity: int
    holder: str
    unit_attributes: dict[str, Attribute] = field(default_factory=dict)
    share: Share = WHOLE
    co_holders: tuple[HolderShare, ...] = ()
    kind: str = ""
    instrument: str = ""
    scope: dict[str, str] = field(default_factory=dict)
    term_from: int | None = None
    term_to: int = 0
    source: str = ""


class GrantUse(Command, frozen=True, tag="rights.grant_use"):
    """Grant a derived right out of one's own, where use does not keep others from using.

    Attributes:
        granted: id of the derived right.
        right: the right it is granted out of, held by the actor.
        target: who receives it.
        lots: how many of the counted grants.
        kind: a derived kind of the profile; empty is its first.
        term_to: not after that of the right itself; None is the same.
    """

    granted: str
    right: str
    target: str
    lots: int
    kind: str = ""
    scope: dict[str, str] = field(default_factory=dict)
    term_to: int | None = None
    source: str = ""


class TransferTitle(Command, frozen=True, tag="rights.transfer_title"):
    """Transfer a right, or some of its lots, to another party outside a market.

    Attributes:
        lots: None is all of it; where the factor is not rival only all of it can be transferred.
        source: SHA-256 of the document that proves the transfer, hex.
    """

    right: str
    target: str
    lots: int | None = None
    source: str = ""


class FreezeRight(Command, frozen=True, tag="rights.freeze_right"):
    """Forbid every disposal of a right; by an authority or the registrar.

    Attributes:
        entry: id of the register entry, chosen by the actor; its release names it.
        until: instant at which it lapses, 0 is never.
    """

    entry: str
    right: str
    reason: str
    until: int = 0
    source: str = ""


class PledgeRight(Command, frozen=True, tag="rights.pledge_right"):
    """Give a right as security, by its holder; it cannot be disposed of until released."""

    entry: str
    right: str
    creditor: str
    until: int = 0
    source: str = ""


class EnterObjection(Command, frozen=True, tag="rights.enter_objection"):
    """Object to a right as it stands in the register; warns buyers and bars disposals."""

    entry: str
    right: str
    reason: str
    until: int = 0
    source: str = ""


class EnterPriorityNotice(Command, frozen=True, tag="rights.enter_priority_notice"):
    """Secure a coming change for a beneficiary, by the holder; bars other disposals."""

    entry: str
    right: str
    beneficiary: str
    until: int = 0
    source: str = ""


class ReleaseRight(Command, frozen=True, tag="rights.release_right"):
    """End a freeze, pledge, objection or priority notice by its entry's id."""

    entry: str
    reason: str = ""
    source: str = ""

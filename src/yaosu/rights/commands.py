"""What may be asked of the register."""

from msgspec import Struct, field

from yaosu.kernel.numbers import WHOLE, Share
from yaosu.kernel.words import Command
from yaosu.rights.profile import Profile
from yaosu.rights.values import Attribute, Correction


class AdoptProfile(Command, frozen=True, tag="rights.adopt_profile"):
    """Make a factor known, or replace its profile for registrations from now on."""

    profile: Profile


class HolderShare(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A further holder of the same unit, with a right of its own; ``turns`` as below."""

    right: str
    holder: str
    share: Share
    turns: str = ""


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
        effective_from: instant at which the right arose, where registration only declares it.
        made_from: rights, held by the first holder, under which the unit was made out of others.
        producer: who made or gathered the unit; stays with it whoever holds it.
        old_number: of another register, from which the title is taken over and not examined: one
            line of text as it stands there, at most 200 characters.
        turns: of the first holder, where holders take turns, such as ``1-26/52`` weeks of a year;
            its share is as large as its turns are of the cycle.
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
    effective_from: int | None = None
    made_from: tuple[str, ...] = ()
    producer: str = ""
    old_number: str = ""
    turns: str = ""


class GrantUse(Command, frozen=True, tag="rights.grant_use"):
    """Grant a derived right out of one's own: a use, a licence, a lease.

    Attributes:
        granted: id of the derived right.
        right: the right it is granted out of, held by the actor.
        target: who receives it.
        lots: how many of the counted grants; of a rival factor, over how many of its lots.
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
        effective_from: instant of the transfer between the parties, where registration only
            declares it; None is now.
    """

    right: str
    target: str
    lots: int | None = None
    source: str = ""
    effective_from: int | None = None


class FreezeRight(Command, frozen=True, tag="rights.freeze_right"):
    """Forbid every disposal of a right; by an authority or the registrar.

    Attributes:
        entry: id of the register entry, chosen by the actor; its release names it.
        until: instant at which it lapses, 0 is never.
        reaches_below: what hangs below the right is taken down with it: frozen too, each by an
            entry of its own.
    """

    entry: str
    right: str
    reason: str
    until: int = 0
    source: str = ""
    reaches_below: bool = False


class PledgeRight(Command, frozen=True, tag="rights.pledge_right"):
    """Give a right as security, by its holder; it cannot be disposed of until released.

    Attributes:
        rank: 1 where nothing is pledged before; a further pledge says which rank it takes, so
            that nobody takes a right for free that is not.
        amount_minor: what it secures at most, minor units; 0 is not stated.
        certificate: a title certificate of the right, as proof; its digest is the source.
    """

    entry: str
    right: str
    creditor: str
    until: int = 0
    source: str = ""
    rank: int = 1
    amount_minor: int = 0
    certificate: str = ""


class EnterObjection(Command, frozen=True, tag="rights.enter_objection"):
    """Object to a right as it stands in the register; warns buyers and bars disposals.

    Attributes:
        certificate: a title certificate of the right, as evidence; its digest is the source.
    """

    entry: str
    right: str
    reason: str
    until: int = 0
    source: str = ""
    certificate: str = ""


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


class ConfirmEntry(Command, frozen=True, tag="rights.confirm_entry"):
    """Confirm a register entry that waits.

    A correction is confirmed by a second registrar, a transfer that passes by delivery by the one
    who received what was handed over.
    """

    entry: str
    source: str = ""


class CorrectRight(Command, frozen=True, tag="rights.correct_right"):
    """Set right what was entered wrongly, by a registrar; another one confirms it.

    Attributes:
        entry: id of the register entry, chosen by the actor; its confirmation names it.
        source: SHA-256 of the document that shows the error, hex; asked for.
    """

    entry: str
    right: str
    correction: Correction
    source: str
    reason: str = ""


class CancelRight(Command, frozen=True, tag="rights.cancel_right"):
    """End a right before its term: given up by its holder, or revoked by an office.

    Attributes:
        source: SHA-256 of the document, hex; asked of an office.
    """

    right: str
    reason: str
    source: str = ""


class RecordExpiry(Command, frozen=True, tag="rights.record_expiry"):
    """End a right whose term is over."""

    right: str


class GiveConsent(Command, frozen=True, tag="rights.give_consent"):
    """Agree to one register entry about a unit or right; it is used up when the entry is made.

    Attributes:
        about: a unit, or a right.
        to: kind of the register entry: ``split``, ``merge``, ``renewal``, ``change``.
        until: instant at which it lapses, 0 is never.
    """

    about: str
    to: str
    until: int = 0
    source: str = ""


class UnitPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part of a unit that is split.

    Attributes:
        unit: id of the new unit.
        quantity: lots.
        attributes: those in which it differs; additive ones must be given.
        region: empty is that of the unit.
    """

    unit: str
    quantity: int
    attributes: dict[str, Attribute] = {}
    region: str = ""


class SplitUnit(Command, frozen=True, tag="rights.split_unit"):
    """Make several units of one; all that stands on it follows."""

    unit: str
    parts: tuple[UnitPart, ...]
    source: str = ""
    reason: str = ""


class MergeUnits(Command, frozen=True, tag="rights.merge_units"):
    """Make one unit of several.

    Attributes:
        units: those that go into it, of one factor.
        unit: id of the new one.
        attributes: in which they differ and the new one has its own; additive ones are summed.
        region: empty is theirs, where it is the same.
        resolution: of a group: for the purpose ``merge``, about the new unit; in place of the
            consent of the group, and of its members where the profile lets a quorum do.
    """

    units: tuple[str, ...]
    unit: str
    attributes: dict[str, Attribute] = field(default_factory=dict)
    region: str = ""
    source: str = ""
    reason: str = ""
    resolution: str = ""


class RenewRight(Command, frozen=True, tag="rights.renew_right"):
    """Let a right last longer, within the legal maximum for its use.

    Attributes:
        term_to: the new end, instant not included.
        full_price_minor: what the longest term costs; the price of the time added follows from it
            by rule and is paid by the holder. 0 where nothing is due.
        payee: who is paid.
    """

    right: str
    term_to: int
    full_price_minor: int = 0
    payee: str = ""
    source: str = ""
    reason: str = ""


class ChangeUse(Command, frozen=True, tag="rights.change_use"):
    """Let a unit serve another use that the conversion matrix and the plan allow.

    Attributes:
        value_before, value_after: assessments of the unit in its old and its new use, where the
            matrix asks for a part of the difference.
        payee: who is paid the difference that is due.
    """

    unit: str
    use: str
    value_before: str = ""
    value_after: str = ""
    payee: str = ""
    source: str = ""
    reason: str = ""


class SwapUses(Command, frozen=True, tag="rights.swap_uses"):
    """Let two units exchange their uses; see :class:`ChangeUse`.

    Attributes:
        value_before, value_after: of the first unit; ``other_before, other_after`` of the second.
    """

    unit: str
    other: str
    value_before: str = ""
    value_after: str = ""
    other_before: str = ""
    other_after: str = ""
    payee: str = ""
    source: str = ""
    reason: str = ""


class AssessUnit(Command, frozen=True, tag="rights.assess_unit"):
    """Say what a unit is worth, or how good it is, by a method that anybody can compute again.

    Attributes:
        method: ``market_comparison``, ``income``, ``cost``, ``replacement``, ``option``, or
            ``quality``.
        inputs: whole numbers by name, as the method asks for them.
        use: in which it is valued; empty is the present one.
        dated: instant the figure holds for; None is now.
    """

    assessment: str
    unit: str
    method: str
    inputs: dict[str, int]
    use: str = ""
    dated: int | None = None
    source: str = ""


class EnterMarket(Command, frozen=True, tag="rights.enter_market"):
    """Let a unit come to the market that needs an entry of its own, such as land of a collective.

    Attributes:
        resolution: of its owner, for the purpose its profile names, about the unit.
    """

    unit: str
    resolution: str
    source: str = ""


class AssignPledge(Command, frozen=True, tag="rights.assign_pledge"):
    """Give a pledge one holds as security to another creditor, with what it secures.

    Attributes:
        entry: the pledge. ``target``: the new creditor.
        source: SHA-256 of the deed of assignment, hex, or empty.
    """

    entry: str
    target: str
    source: str = ""


class ChangeUnit(Command, frozen=True, tag="rights.change_unit"):
    """Enter what has become of a unit: other attributes from now on, the old ones in the history.

    Attributes:
        attributes: those that change; use, and what is summed in a split or merger, do not.
        source: SHA-256 of the document that shows the change, hex; asked for.
    """

    unit: str
    attributes: dict[str, Attribute]
    source: str
    reason: str = ""


class RegisterMany(Command, frozen=True, tag="rights.register_many"):
    """Register rights that do not build on each other: many rows, one entry of the journal.

    Attributes:
        rows: registrations; the actor is that of this command, the key of each is its own, and
            names its ids as if it had been asked by itself.
        atomic: all rows or none; else each row is registered or refused on its own.
    """

    rows: tuple[RegisterRight, ...]
    atomic: bool = False


class TakeOverPledges(Command, frozen=True, tag="rights.take_over_pledges"):
    """Enter the pledges of a register that is taken over: many rows, one entry of the journal.

    Attributes:
        rows: pledges that do not build on each other; the actor of each is the holder, whose
            pledge it is, and its key is its own.
    """

    rows: tuple[PledgeRight, ...]

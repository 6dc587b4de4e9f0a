"""The checks and events of a registration, in the order a clerk would make them."""

from collections.abc import Mapping
from fractions import Fraction

from msgspec.structs import replace

from yaosu.kernel.ids import DIGEST_FORM, check_id, derive_id
from yaosu.kernel.instant import check_instant
from yaosu.kernel.numbers import VALUE_MAX, Share
from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.parties.decide import facts_of, party_of
from yaosu.places.decide import region_of
from yaosu.rights.commands import HolderShare, RegisterRight
from yaosu.rights.events import RightRegistered
from yaosu.rights.lineage import check_made_from
from yaosu.rights.methods.moves import is_whole_lots, lots_in
from yaosu.rights.methods.term import is_within, years_in
from yaosu.rights.methods.turns import TURNS_KEY
from yaosu.rights.methods.turns import fault_of as turns_fault
from yaosu.rights.profile import Profile
from yaosu.rights.state import RightsReach
from yaosu.rights.units import check_attributes
from yaosu.rights.values import SHARES_MAX, Attribute, RegisterEntry, Right, Unit
from yaosu.rules.decide import ask, conditions_for, rules_in_force

TAKEN_OVER = "taken over, not examined"
OLD_NUMBER_MAX = 200  # characters


def shares_of(command: RegisterRight) -> list[HolderShare]:
    """All holders of the registration, the first one first, shares in lowest terms."""
    first = HolderShare(
        right=command.right, holder=command.holder, share=command.share, turns=command.turns
    )
    return [
        replace(one, share=Share.of(one.share.numerator, one.share.denominator))
        for one in (first, *command.co_holders)
    ]


def check_ids(reach: RightsReach, command: RegisterRight, shares: list[HolderShare]) -> None:
    """Ids are new, holders registered, the region in force."""
    check_id(command.unit, "unit")
    refuse_unless(
        len(shares) <= SHARES_MAX,
        "rights.bad_quantity",
        what="the number of holders",
        quantity=len(shares),
        limit=SHARES_MAX,
    )
    seen: set[str] = set()
    for share in shares:
        check_id(share.right, "right")
        refuse_unless(
            share.right not in reach.rights.rights and share.right not in seen,
            "rights.exists",
            right=share.right,
        )
        seen.add(share.right)
        party_of(reach, share.holder)
    region_of(reach, command.region)


def check_unit(reach: RightsReach, profile: Profile, command: RegisterRight) -> None:
    """A new unit says what its profile asks; a known one is given as it stands."""
    refuse_unless(
        1 <= command.quantity <= VALUE_MAX,
        "rights.bad_quantity",
        what=f"the quantity of unit {command.unit}",
        quantity=command.quantity,
        limit=VALUE_MAX,
    )
    unit = reach.rights.units.get(command.unit)
    refuse_unless(unit is None or unit.end == 0, "rights.unit_historic", unit=command.unit)
    if unit is None:
        check_attributes(reach, profile, command.unit, command.unit_attributes)
        check_made_from(reach, command.unit, command.holder, command.made_from)
        if command.producer:
            party_of(reach, command.producer)
        if command.old_number:
            check_old_number(command.old_number)
        return
    is_same = (
        ("factor", unit.factor == command.factor),
        ("region", unit.region == command.region),
        ("quantity", unit.quantity == command.quantity),
        ("unit_attributes", command.unit_attributes in ({}, unit.attributes)),
        ("made_from", command.made_from in ((), unit.made_from)),
        ("producer", command.producer in ("", unit.producer)),
        ("old_number", command.old_number in ("", unit.old_number)),
    )
    for field, same in is_same:
        refuse_unless(same, "rights.unit_differs", unit=unit.id, field=field)


def check_shares(
    reach: RightsReach,
    profile: Profile,
    command: RegisterRight,
    kind: str,
    shares: list[HolderShare],
) -> None:
    """Shares are whole lots, above zero, and sum as the profile says over all of their kind."""
    total = Fraction(0)
    for right in sorted(reach.rights.by_unit.get(command.unit, {})):
        known = reach.rights.rights[right]
        if known.kind == kind and not known.based_on:
            total += known.share.fraction
    for one in shares:
        refuse_unless(
            one.share.numerator > 0 and is_whole_lots(one.share, command.quantity),
            "rights.share_not_in_lots",
            share=str(one.share),
            quantity=command.quantity,
        )
        total += one.share.fraction
    _check_turns(reach, command.unit, kind, shares)
    must_be_one = kind in profile.kinds and profile.rights.share_check == "sum_to_one"
    refuse_unless(
        total == 1 if must_be_one else total <= 1,
        "rights.shares_do_not_sum",
        kind=kind,
        unit=command.unit,
        total=str(total),
        wanted="1" if must_be_one else "at most 1",
    )


def _check_turns(reach: RightsReach, unit: str, kind: str, shares: list[HolderShare]) -> None:
    """Holders who take turns take different ones, each as many as its share."""
    known = [reach.rights.rights[right] for right in sorted(reach.rights.by_unit.get(unit, {}))]
    taken = [right.scope.get(TURNS_KEY, "") for right in known if right.kind == kind]
    for one in shares:
        if one.turns:
            reason = turns_fault(one.share.fraction, one.turns, taken)
            refuse_unless(not reason, "rights.bad_turns", right=one.right, reason=reason)
            taken.append(one.turns)


def check_term(right: str, begin: int, end: int, term_max: str) -> None:
    """A term ends after it begins, and within the longest its profile allows."""
    check_instant(begin, "the beginning")
    check_instant(end, "the end")
    reason = ""
    if end and end <= begin:
        reason = "it ends before it begins"
    elif not is_within(begin, end, term_max):
        reason = "it is open" if end == 0 else "it is too long"
    refuse_unless(not reason, "rights.bad_term", right=right, reason=reason, term_max=term_max)


def check_kind(profile: Profile, kind: str, kinds: tuple[str, ...]) -> None:
    """Refuse a kind of right that is not one of those possible here."""
    refuse_unless(
        kind in kinds,
        "rights.unknown_kind",
        kind=kind,
        factor=profile.name,
        kinds=", ".join(kinds),
    )


def check_old_number(number: str) -> None:
    """The number of another register is a text as it stands there, of one line and some length."""
    refuse_unless(
        len(number) <= OLD_NUMBER_MAX and number.isprintable() and number == number.strip(),
        "rights.bad_old_number",
        limit=OLD_NUMBER_MAX,
    )


def check_source(source: str) -> None:
    """A document is named by its digest, or not at all."""
    refuse_unless(source == "" or DIGEST_FORM.fullmatch(source), "rights.bad_source", source=source)


def instrument_for(reach: RightsReach, profile: Profile, command: RegisterRight, kind: str) -> str:
    """The instrument of the new rights; whoever shares it must be of the same factor and kind."""
    known = reach.rights.units.get(command.unit)
    attributes = command.unit_attributes if known is None else known.attributes
    label = class_of(profile, attributes)
    name = f"{label}/{command.unit}" if label else command.unit
    default = name if kind == profile.rights.primary else f"{name}/{kind}"
    instrument = command.instrument or default
    refuse_unless(
        not profile.register.classes or class_of_instrument(profile, instrument) == label,
        "rights.other_class",
        unit=command.unit,
        instrument=instrument,
        wanted=label or "of all others",
    )
    return check_instrument(reach, instrument, profile.name, kind)


def class_of(profile: Profile, attributes: Mapping[str, Attribute]) -> str:
    """The class of the ledger in which a unit stands; empty is the general one."""
    classes = profile.register.classes
    return next((classes[one] for one in sorted(classes) if attributes.get(one) is True), "")


def class_of_instrument(profile: Profile, instrument: str) -> str:
    """The class that an instrument's name says; empty is the general one."""
    label = instrument.partition("/")[0]
    return label if label in profile.register.classes.values() else ""


def check_instrument(reach: RightsReach, instrument: str, factor: str, kind: str) -> str:
    """The instrument, if it is no currency and stands for this kind of this factor or nothing."""
    check_id(instrument, "instrument")
    venue = reach.parties.venue
    refuse_unless(
        venue is None or instrument != venue.currency,
        "rights.instrument_taken",
        instrument=instrument,
        what="the currency of the venue",
    )
    for right in sorted(reach.rights.by_instrument.get(instrument, {})):
        known = reach.rights.rights[right]
        if not known.based_on:
            refuse_unless(
                (known.factor, known.kind) == (factor, kind),
                "rights.instrument_taken",
                instrument=instrument,
                what=f"{known.kind} of {known.factor}",
            )
            break
    return instrument


def check_conditions(
    reach: RightsReach, command: RegisterRight, shares: list[HolderShare], begin: int
) -> None:
    """The national conditions of registration, where there are any, hold for every holder."""
    rules = rules_in_force(reach)
    if rules is None:
        return
    conditions = conditions_for(reach, "registration", command.factor)
    unit = reach.rights.units.get(command.unit)
    attributes = command.unit_attributes if unit is None else unit.attributes
    unit_facts = {f"unit_{name}": value for name, value in attributes.items()}
    for share in shares:
        facts = {
            **facts_of(reach, share.holder),
            **unit_facts,
            "has_source": command.source != "",
            "term_years": years_in(begin, command.term_to),
        }
        outcomes = [ask(rules, condition.id, facts) for condition in conditions]
        reasons = [outcome.reason for outcome in outcomes if outcome.reason]
        refuse_unless(
            not reasons, "rights.conditions_not_met", right=share.right, reasons=", ".join(reasons)
        )


def unit_from(reach: RightsReach, profile: Profile, command: RegisterRight) -> Unit:
    """The unit a first registration makes."""
    return Unit(
        id=command.unit,
        factor=profile.name,
        region=command.region,
        quantity=command.quantity,
        attributes=dict(sorted(command.unit_attributes.items())),
        profile_version=profile.version,
        since=reach.now,
        made_from=tuple(sorted(command.made_from)),
        producer=command.producer,
        old_number=command.old_number,
    )


def registered(
    reach: RightsReach,
    command: RegisterRight,
    one: HolderShare,
    kind: str,
    instrument: str,
    begin: int,
    effective: int,
    after: list[Event],
) -> list[Event]:
    """The right of one holder, its first entry, and its lots in the books."""
    entry = derive_id("entry", reach.cause, one.right)
    turns = {TURNS_KEY: one.turns} if one.turns else {}
    right = Right(
        id=one.right,
        unit=command.unit,
        factor=command.factor,
        instrument=instrument,
        holder=one.holder,
        kind=kind,
        share=one.share,
        scope=dict(sorted({**command.scope, **turns}.items())),
        term_from=begin,
        term_to=command.term_to,
        source=command.source,
        begin=reach.now,
        entry=entry,
    )
    first = RegisterEntry(
        id=entry,
        kind="first",
        right=right.id,
        made_by=command.actor,
        beneficiary=right.holder,
        lots=lots_in(right, command.quantity),
        source=command.source,
        reason=TAKEN_OVER if command.old_number else "",
        at=reach.now,
        effective=effective,
    )
    batch = derive_id("batch", reach.cause, right.id)
    posted = book.issue(reach, batch, right.holder, instrument, first.lots, after=after)
    return [RightRegistered(right=right, entry=first), *posted]

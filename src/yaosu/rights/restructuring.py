"""Units are split and merged; the rights on them follow, and what stands on those.

The parent is historic and stays readable. Shares stay the same shares of smaller wholes, or are
weighed by quantity in the larger one: lots are conserved to the last. A pledge, objection or
priority notice is carried over with its instant, so it keeps its rank.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from yaosu.kernel.ids import check_id, derive_id
from yaosu.kernel.numbers import VALUE_MAX, Share
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.rounding import apportion
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.places.decide import region_of
from yaosu.rights import refusals
from yaosu.rights.commands import MergeUnits, SplitUnit, UnitPart
from yaosu.rights.consents import Spent, consents_of, has_consented, resolved
from yaosu.rights.ending import ended_by
from yaosu.rights.events import RegisterChanged
from yaosu.rights.methods.moves import is_whole_lots, lots_in
from yaosu.rights.methods.parts import joined_share, renamed, shared, summed, sums_differ
from yaosu.rights.outlines import outlined
from yaosu.rights.profile import Profile
from yaosu.rights.register import check_not_reserved, check_standing, profile_of
from yaosu.rights.registration import check_instrument, check_source
from yaosu.rights.state import RightsReach
from yaosu.rights.units import check_attributes
from yaosu.rights.values import Attribute, RegisterEntry, Right, Unit

__all__ = ["refusals"]

PARTS_MAX = 1_000
ALL = "1"  # of the holders
Successors = dict[str, list[Right]]  # right that ends -> those that take its place


def decide_split_unit(reach: RightsReach, command: SplitUnit) -> list[Event]:
    """The parts sum exactly to the whole; everybody concerned agreed; nothing is on offer."""
    unit = unit_of(reach, command.unit)
    profile = profile_of(reach, unit.factor)
    refuse_unless(profile.nature.divisible, "rights.not_splittable", unit=unit.id)
    _check_number(unit.id, [part.unit for part in command.parts])
    check_source(command.source)
    rights = rights_on(reach, [unit])
    spent = consents_of(
        reach, "split", (unit.id, *(right.id for right in rights)), _concerned(reach, rights)
    )
    entry = _entry(reach, "split", unit.id, command)
    parts = [_part(reach, profile, unit, part, entry) for part in command.parts]
    differ = sums_differ(unit, parts, profile.register.additive)
    refuse_unless(not differ, "rights.parts_do_not_sum", unit=unit.id, reason=differ)
    successors: Successors = {}
    for right in rights:  # a right before those based on it
        successors[right.id] = [
            _on_part(reach, right, part, entry, successors, number)
            for number, part in enumerate(parts)
        ]
    notes = outlined(reach, profile, parts, [unit])
    return [*_restructured(reach, entry, [unit], parts, rights, successors, spent), *notes]


def decide_merge_units(reach: RightsReach, command: MergeUnits) -> list[Event]:
    """Units of one factor become one; every holder agreed, or the quorum of them, and creditors."""
    _check_number(command.unit, command.units)
    units = [unit_of(reach, name) for name in command.units]
    profile = profile_of(reach, units[0].factor)
    for other in units:
        refuse_unless(
            other.factor == profile.name, "rights.unit_differs", unit=other.id, field="factor"
        )
    check_source(command.source)
    rights = rights_on(reach, units)
    voiced, used = resolved(
        reach,
        "merge",
        command.resolution,
        command.unit,
        command.actor,
        for_members=profile.register.merge_quorum != ALL,
    )
    spent = _merge_consents(reach, profile, units, rights, voiced)
    entry = _entry(reach, "merge", command.unit, command)
    merged = _merged(reach, profile, units, command, entry)
    successors = _joined(reach, rights, merged, entry)
    notes = outlined(reach, profile, [merged], units)
    changed = _restructured(reach, entry, units, [merged], rights, successors, spent)
    return [*used, *changed, *notes]


def unit_of(reach: RightsReach, name: str) -> Unit:
    """A unit that is not historic, or a refusal."""
    unit = found(reach.rights.units.get(name), "rights.unknown_unit", unit=name)
    refuse_unless(unit.end == 0, "rights.unit_historic", unit=name)
    return unit


def _check_number(whole: str, parts: Sequence[str]) -> None:
    refuse_unless(
        2 <= len(set(parts)) == len(parts) <= PARTS_MAX,
        "rights.bad_parts",
        unit=whole,
        count=len(set(parts)),
        limit=PARTS_MAX,
    )


def rights_on(reach: RightsReach, units: Iterable[Unit], *, are_used: bool = False) -> list[Right]:
    """The current rights on units, each after the one it is based on, none frozen.

    ``are_used``: uses may be granted out of them, lots on offer; else that is refused too.
    """
    state = reach.rights
    names = [name for unit in units for name in state.by_unit.get(unit.id, {})]
    rights = [state.rights[name] for name in names]
    for right in sorted(rights, key=lambda one: one.id):
        check_standing(reach, right.id)
        if are_used:
            continue
        in_use = right.granted or right.id in state.makings
        refuse_unless(not in_use, "rights.in_use", right=right.id, unit=right.unit)
        check_not_reserved(reach, right, lots_in(right, state.units[right.unit].quantity))
    return sorted(rights, key=lambda one: (_depth(reach, one), one.id))


def _depth(reach: RightsReach, right: Right) -> int:
    depth = 0
    while right.based_on:
        depth, right = depth + 1, reach.rights.rights[right.based_on]
    return depth


def _concerned(reach: RightsReach, rights: Iterable[Right]) -> list[str]:
    """Who must agree: the holders, the creditors, and whom priority notices protect."""
    rights = list(rights)
    return [right.holder for right in rights] + _creditors(reach, rights)


def _creditors(reach: RightsReach, rights: Iterable[Right]) -> list[str]:
    return [
        entry.beneficiary
        for right in rights
        for entry in _standing_on(reach, right)
        if entry.beneficiary
    ]


def _standing_on(reach: RightsReach, right: Right) -> list[RegisterEntry]:
    entries = [reach.rights.entries[name] for name in reach.rights.burdens.get(right.id, [])]
    return [entry for entry in entries if entry.is_standing(reach.now)]


def _entry(
    reach: RightsReach, kind: str, unit: str, command: SplitUnit | MergeUnits
) -> RegisterEntry:
    return RegisterEntry(
        id=derive_id("entry", reach.cause, kind, unit),
        kind=kind,
        unit=unit,
        made_by=command.actor,
        source=command.source,
        reason=command.reason,
        at=reach.now,
    )


def _part(
    reach: RightsReach, profile: Profile, unit: Unit, part: UnitPart, entry: RegisterEntry
) -> Unit:
    """A part as a unit: what the whole says of itself, but for what is its own and what sums."""
    additive = profile.register.additive
    kept = {name: value for name, value in unit.attributes.items() if name not in additive}
    attributes = dict(sorted({**kept, **part.attributes}.items()))
    return _new_unit(
        reach, profile, part.unit, part.quantity, part.region or unit.region, attributes,
        [unit], entry,
    )  # fmt: skip


def _merged(
    reach: RightsReach,
    profile: Profile,
    units: list[Unit],
    command: MergeUnits,
    entry: RegisterEntry,
) -> Unit:
    additive = profile.register.additive
    own = {**shared(units, additive), **command.attributes, **summed(units, additive)}
    regions = sorted({unit.region for unit in units})
    region = command.region or regions[0]
    refuse_unless(
        command.region or len(regions) == 1,
        "rights.unit_differs",
        unit=units[-1].id,
        field="region",
    )
    return _new_unit(
        reach, profile, command.unit, sum(unit.quantity for unit in units), region,
        dict(sorted(own.items())), units, entry,
    )  # fmt: skip


def _new_unit(
    reach: RightsReach,
    profile: Profile,
    name: str,
    quantity: int,
    region: str,
    attributes: dict[str, Attribute],
    parents: list[Unit],
    entry: RegisterEntry,
) -> Unit:
    check_id(name, "unit")
    refuse_unless(name not in reach.rights.units, "rights.unit_exists", unit=name)
    refuse_unless(
        1 <= quantity <= VALUE_MAX,
        "rights.bad_quantity",
        what=f"the quantity of unit {name}",
        quantity=quantity,
        limit=VALUE_MAX,
    )
    region_of(reach, region)
    check_attributes(reach, profile, name, attributes)
    producers = {parent.producer for parent in parents}
    return Unit(
        id=name,
        factor=profile.name,
        region=region,
        quantity=quantity,
        attributes=attributes,
        profile_version=profile.version,
        since=reach.now,
        entry=entry.id,
        parents=tuple(parent.id for parent in parents),
        made_from=tuple(sorted({right for parent in parents for right in parent.made_from})),
        producer=producers.pop() if len(producers) == 1 else "",
    )


def _on_part(
    reach: RightsReach,
    right: Right,
    part: Unit,
    entry: RegisterEntry,
    successors: Successors,
    number: int,
) -> Right:
    """The same share of a part of the unit, to the same holder."""
    refuse_unless(
        is_whole_lots(right.share, part.quantity),
        "rights.share_not_in_lots",
        share=str(right.share),
        quantity=part.quantity,
    )
    bases = successors.get(right.based_on, [])
    return _successor(
        reach, right, part, entry, bases[number].id if bases else right.based_on, right.share
    )


def _successor(
    reach: RightsReach, right: Right, unit: Unit, entry: RegisterEntry, based_on: str, share: Share
) -> Right:
    instrument = renamed(right.instrument, right.unit, unit.id)
    check_instrument(reach, instrument, right.factor, right.kind)
    return replace(
        right,
        id=derive_id("right", reach.cause, right.id, unit.id),
        unit=unit.id,
        instrument=instrument,
        share=share,
        based_on=based_on,
        came_from=(right.id,),
        source=entry.source or right.source,
        version=1,
        begin=reach.now,
        entry=entry.id,
    )


def _joined(
    reach: RightsReach, rights: list[Right], merged: Unit, entry: RegisterEntry
) -> Successors:
    """Rights that differ in nothing but their unit and share become one."""
    groups: dict[object, list[Right]] = {}
    successors: Successors = {}
    for right in rights:  # a right before those based on it
        base = successors.get(right.based_on)
        based_on = base[0].id if base else right.based_on
        instrument = renamed(right.instrument, right.unit, merged.id)
        scope = tuple(sorted(right.scope.items()))
        like = (right.holder, right.kind, instrument, scope, right.term_to, based_on)
        group = groups.setdefault(like, [])
        group.append(right)
        wholes = [(one, reach.rights.units[one.unit].quantity) for one in group]
        one = _successor(
            reach, group[0], merged, entry, based_on, joined_share(wholes, merged.quantity)
        )
        one = replace(
            one,
            term_from=min(other.term_from for other in group),
            came_from=tuple(other.id for other in group),
        )
        for other in group:
            successors[other.id] = [one]
    return successors


def _merge_consents(
    reach: RightsReach,
    profile: Profile,
    units: list[Unit],
    rights: list[Right],
    voiced: list[str],
) -> list[Spent]:
    """Of every holder, or of the quorum of the primary shares by quantity; of every creditor."""
    things = {unit.id: [unit.id] for unit in units}
    for right in rights:
        things[right.unit].append(right.id)
    every = [thing for unit in units for thing in things[unit.id]]
    holders = [right.holder for right in rights if right.holder not in voiced]
    quorum = Fraction(profile.register.merge_quorum)
    if quorum < 1:
        agreed = {
            right.holder: right.holder in voiced
            or any(has_consented(reach, "merge", thing, right.holder) for thing in every)
            for right in rights
        }
        primary = [right for right in rights if right.kind == profile.rights.primary]
        wholes = [(one, reach.rights.units[one.unit].quantity) for one in primary]
        total = sum((one.share.of_whole(whole) for one, whole in wholes), Fraction(0))
        yes = sum(
            (one.share.of_whole(whole) for one, whole in wholes if agreed[one.holder]), Fraction(0)
        )
        if total and yes / total >= quorum:
            holders = [holder for holder in holders if agreed[holder]]  # the others are outvoted
    return consents_of(reach, "merge", every, [*holders, *_creditors(reach, rights)])


def _restructured(
    reach: RightsReach,
    entry: RegisterEntry,
    before: list[Unit],
    after: list[Unit],
    rights: list[Right],
    successors: Successors,
    spent: list[Spent],
) -> list[Event]:
    """Old units historic, old rights ended, new ones in their place, burdens and lots carried."""
    state = reach.rights
    historic = [
        replace(unit, version=unit.version + 1, since=reach.now, end=reach.now, entry=entry.id)
        for unit in before
    ]
    new = {right.id: right for places in successors.values() for right in places}
    old = {unit.id: unit.quantity for unit in before}
    wholes = {unit.id: unit.quantity for unit in after}
    lines = [
        line
        for right, sign, of in (
            *((right, -1, old) for right in rights),
            *((right, 1, wholes) for _, right in sorted(new.items())),
        )
        for line in _lots(right, sign * lots_in(right, of[right.unit]))
    ]
    posted = book.post(reach, derive_id("batch", reach.cause, entry.id), book.lines(lines))
    ended = [ended_by(reach, right, entry) for right in rights]
    carried = _carried(reach, entry, rights, successors, wholes)
    waiting = [
        replace(known, released_at=reach.now, released_by=entry.made_by)
        for right in rights
        for known in (state.entries[name] for name in state.burdens.get(right.id, []))
    ]
    changed = RegisterChanged(
        entries=(entry, *waiting, *carried),
        units=(*historic, *after),
        rights=(*ended, *(right for _, right in sorted(new.items()))),
        spent=tuple(spent),
    )
    return [*posted, changed]


def _lots(right: Right, lots: int) -> tuple[book.Line, book.Line]:
    """Lots of a right into the books, or out of them where they are below zero."""
    return (
        (right.holder, right.instrument, book.FREE, lots),
        (book.REGISTER, right.instrument, book.ISSUED, -lots),
    )


class _Carried(Struct):
    """What one entry that stands becomes on one right that takes the place of others."""

    entry: RegisterEntry
    amounts: list[int]


def _carried(
    reach: RightsReach,
    entry: RegisterEntry,
    rights: list[Right],
    successors: Successors,
    wholes: dict[str, int],
) -> list[RegisterEntry]:
    """The entries that stand, again on what takes the place of their rights; each debt once."""
    made: dict[tuple[str, str], _Carried] = {}
    for right in rights:
        places = successors[right.id]
        is_shared = profile_of(reach, right.factor).register.pledge_on_split == "apportioned"
        for known in _standing_on(reach, right):
            amounts = [known.amount_minor] * len(places)
            if is_shared:
                amounts = apportion(
                    known.amount_minor, [lots_in(one, wholes[one.unit]) for one in places]
                )
            for place, amount in zip(places, amounts, strict=True):
                key = (place.id, debt_of(reach, known))
                copied = replace(
                    known,
                    id=derive_id("entry", reach.cause, known.id, place.id),
                    right=place.id,
                    caused_by=known.id,
                    number="",
                )
                made.setdefault(key, _Carried(copied, [])).amounts.append(amount)
                if is_shared:
                    made[key].amounts = [sum(made[key].amounts)]
    return [replace(one.entry, amount_minor=max(one.amounts)) for _, one in sorted(made.items())]


def debt_of(reach: RightsReach, entry: RegisterEntry) -> str:
    """The id of the entry with which a burden began, before it was carried anywhere."""
    while entry.caused_by:
        before = reach.rights.entries[entry.caused_by]
        if before.kind != entry.kind:
            break
        entry = before
    return entry.id

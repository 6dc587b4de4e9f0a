"""Rights last longer, and units serve another use: within the law, at a price computed by rule."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from yaosu.kernel.ids import derive_id
from yaosu.kernel.instant import check_instant, format_instant
from yaosu.kernel.numbers import VALUE_MAX
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.rounding import apportion, divide_to_even
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.parties.decide import attestations_about, party_of
from yaosu.places.planning import permitted_uses
from yaosu.rights import refusals
from yaosu.rights.assessing import value_of
from yaosu.rights.commands import ChangeUnit, ChangeUse, RenewRight, SwapUses
from yaosu.rights.consents import Spent, consents_of
from yaosu.rights.correcting import next_version
from yaosu.rights.events import RegisterChanged
from yaosu.rights.methods.moves import lots_in
from yaosu.rights.methods.prorating import RATE_BP_MAX, months_in, price_of_months
from yaosu.rights.methods.term import UNLIMITED, is_within, latest_end
from yaosu.rights.outlines import outlined
from yaosu.rights.profile import Profile
from yaosu.rights.register import check_standing, pledges_on, profile_of
from yaosu.rights.registration import check_source
from yaosu.rights.restructuring import rights_on, unit_of
from yaosu.rights.state import RightsReach
from yaosu.rights.units import check_attributes
from yaosu.rights.values import Attribute, RegisterEntry, Right, Unit
from yaosu.rules.decide import ask, parameter_of, rules_in_force

__all__ = ["refusals"]

PERCENT = 100
YEARS, DIFFERENCE = "years_max", "price_difference_percent"  # columns of tables
PLAN_PERMITS = "plan_permits"  # kind of the attestation that a plan permits a use


def decide_renew_right(reach: RightsReach, command: RenewRight) -> list[Event]:
    """Elapsed and renewed term stay within the legal maximum; the years added have their price."""
    right = check_standing(reach, command.right)
    check_source(command.source)
    check_instant(command.term_to, "the end")
    unit, profile = reach.rights.units[right.unit], profile_of(reach, right.factor)
    reason = ""
    if right.term_to == 0:
        reason = "it has no end"
    elif command.term_to <= right.term_to:
        reason = f"it lasts to {format_instant(right.term_to)} already"
    refuse_unless(not reason, "rights.not_renewable", right=right.id, reason=reason)
    limit = _check_within(reach, profile, right, unit.attributes, command.term_to)
    spent = consents_of(reach, "renewal", (right.id, right.unit), (right.holder,))
    price = _price_of_renewal(reach, right, command, limit)
    entry = RegisterEntry(
        id=derive_id("entry", reach.cause, "renewal", right.id),
        kind="renewal",
        right=right.id,
        made_by=command.actor,
        beneficiary=command.payee if price else "",
        amount_minor=price,
        source=command.source,
        reason=command.reason,
        at=reach.now,
    )
    renewed = _next(reach, right, entry, term_to=command.term_to)
    changed = RegisterChanged(entries=(entry,), rights=(renewed,), spent=tuple(spent))
    return [*_paid(reach, [(right.holder, price)], command.payee, entry), changed]


def decide_change_use(reach: RightsReach, command: ChangeUse) -> list[Event]:
    """A use the matrix and the plan allow; what the unit is worth more is paid in part."""
    change = _change(reach, command.unit, command.use, command.value_before, command.value_after)
    return _changed(reach, command, (change,))


def decide_swap_uses(reach: RightsReach, command: SwapUses) -> list[Event]:
    """Two units exchange their uses: each change holds by itself, and both are one entry."""
    refuse_unless(
        command.unit != command.other, "rights.bad_parts", unit=command.unit, count=1, limit=2
    )
    units = [unit_of(reach, name) for name in (command.unit, command.other)]
    refuse_unless(
        units[0].factor == units[1].factor, "rights.unit_differs", unit=units[1].id, field="factor"
    )
    uses = [_use_of(profile_of(reach, unit.factor), unit) for unit in units]
    values = (
        (command.value_before, command.value_after),
        (command.other_before, command.other_after),
    )
    changes = tuple(
        _change(reach, unit.id, use, *value)
        for unit, use, value in zip(units, reversed(uses), values, strict=True)
    )
    return _changed(reach, command, changes)


def decide_change_unit(reach: RightsReach, command: ChangeUnit) -> list[Event]:
    """What a document shows of a unit is entered, with the consent of holders and creditors."""
    unit = unit_of(reach, command.unit)
    profile = profile_of(reach, unit.factor)
    check_source(command.source)
    kept = {profile.register.use, *profile.register.additive, *profile.register.classes}
    fixed = sorted(kept & set(command.attributes))
    attributes = dict(sorted({**unit.attributes, **command.attributes}.items()))
    reason = ""
    if not command.source:
        reason = "no document shows it"
    elif fixed:
        reason = f"{fixed[0]} has a register entry of its own"
    elif attributes == unit.attributes:
        reason = "nothing changes"
    refuse_unless(not reason, "rights.not_changed_so", unit=unit.id, reason=reason)
    check_attributes(reach, profile, unit.id, attributes)
    rights = rights_on(reach, [unit], are_used=True)
    things = (unit.id, *(right.id for right in rights))
    spent = consents_of(reach, "change", things, _concerned(reach, rights))
    entry = RegisterEntry(
        id=derive_id("entry", reach.cause, "change", unit.id),
        kind="change",
        unit=unit.id,
        made_by=command.actor,
        source=command.source,
        reason=command.reason,
        at=reach.now,
    )
    after = next_version(reach, unit, entry.id, attributes)
    changed = RegisterChanged(
        entries=(entry,),
        units=(after,),
        rights=tuple(_next(reach, right, entry) for right in rights),
        spent=tuple(spent),
    )
    return [changed, *outlined(reach, profile, [after])]


def plan_permits(reach: RightsReach, unit: str, use: str) -> bool:
    """Whether the plan in force permits a use of a unit.

    Where the unit names its plot (``tree/plot``) the plans over it say so; else somebody licensed
    states it.
    """
    known = reach.rights.units[unit]
    attribute = profile_of(reach, known.factor).register.plot
    plot = str(known.attributes.get(attribute, "")) if attribute else ""
    if plot:
        tree, _, name = plot.partition("/")
        return use in permitted_uses(reach, tree, name).uses
    stated = attestations_about(reach, unit, PLAN_PERMITS)
    return any(one.scope.get("use") == use for one in stated)


class _Change(Struct, frozen=True):
    """One unit under its new use, its rights, and what is due for it, minor units."""

    unit: Unit
    use: str
    attribute: str
    rights: tuple[Right, ...]
    due_minor: int


def _change(reach: RightsReach, name: str, use: str, before: str, after: str) -> _Change:
    unit = unit_of(reach, name)
    profile = profile_of(reach, unit.factor)
    old = _use_of(profile, unit)
    attribute = profile.register.use
    attributes = {**unit.attributes, attribute: use}
    check_attributes(reach, profile, unit.id, attributes)
    percent = _difference(reach, profile, old, use)
    _check_plan(reach, unit, use)
    rights = rights_on(reach, [unit], are_used=True)
    for right in rights:
        if right.kind in profile.kinds:
            _check_within(reach, profile, right, attributes, right.term_to)
    due = 0
    if percent:
        more = value_of(reach, after, unit.id, use) - value_of(reach, before, unit.id, old)
        due = divide_to_even(max(more, 0) * percent, PERCENT)
        refuse_unless(due <= VALUE_MAX, "rights.bad_amount", amount=due, limit=VALUE_MAX)
    return _Change(unit, use, attribute, tuple(rights), due)


def _changed(
    reach: RightsReach, command: ChangeUse | SwapUses, changes: Sequence[_Change]
) -> list[Event]:
    check_source(command.source)
    spent: list[Spent] = []
    for change in changes:
        things = (change.unit.id, *(right.id for right in change.rights))
        spent += consents_of(reach, "change", things, _concerned(reach, change.rights))
    entry = RegisterEntry(
        id=derive_id("entry", reach.cause, "change", *(change.unit.id for change in changes)),
        kind="change",
        unit=changes[0].unit.id,
        target=changes[1].unit.id if len(changes) > 1 else "",
        made_by=command.actor,
        beneficiary=command.payee,
        amount_minor=sum(change.due_minor for change in changes),
        source=command.source,
        reason=command.reason,
        at=reach.now,
    )
    owed = [share for change in changes for share in _shares_due(reach, change)]
    units = tuple(
        next_version(
            reach,
            change.unit,
            entry.id,
            dict(sorted({**change.unit.attributes, change.attribute: change.use}.items())),
        )
        for change in changes
    )
    rights = tuple(_next(reach, right, entry) for change in changes for right in change.rights)
    changed = RegisterChanged(entries=(entry,), units=units, rights=rights, spent=tuple(spent))
    return [*_paid(reach, owed, command.payee, entry), changed]


def _use_of(profile: Profile, unit: Unit) -> str:
    use = unit.attributes.get(profile.register.use, "")
    refuse_unless(use and profile.register.conversions, "rights.no_uses", factor=profile.name)
    return str(use)


def _difference(reach: RightsReach, profile: Profile, old: str, use: str) -> int:
    """The percentage of the difference in value that is due; the matrix must list the pair."""
    rules, table = rules_in_force(reach), profile.register.conversions
    row = None
    if rules is not None and table in rules.items:
        row = ask(rules, table, {"conversion": f"{old}>{use}"}).result
    percent = row.get(DIFFERENCE) if isinstance(row, dict) else None
    if not isinstance(percent, int) or percent < 0:
        refuse("rights.not_convertible", factor=profile.name, use_from=old, use_to=use)
    return percent


def _check_plan(reach: RightsReach, unit: Unit, use: str) -> None:
    """Somebody licensed states that the plan permits the use of this unit."""
    refuse_unless(plan_permits(reach, unit.id, use), "rights.plan_forbids", unit=unit.id, use=use)


def _check_within(
    reach: RightsReach,
    profile: Profile,
    right: Right,
    attributes: dict[str, Attribute],
    end: int,
) -> int:
    """The latest end the law allows a right, 0 for none; refuse a later one.

    The shorter of what the profile says and of ``years_max`` for the unit's attributes.
    """
    durations = [profile.nature.term_max]
    rules, table = rules_in_force(reach), profile.register.term_table
    if rules is not None and table in rules.items:
        facts = {f"unit_{name}": value for name, value in attributes.items()}
        row = ask(rules, table, facts).result
        years = row.get(YEARS) if isinstance(row, dict) else None
        if isinstance(years, int):
            durations.append(f"P{years}Y")
    for duration in durations:
        refuse_unless(
            is_within(right.term_from, end, duration),
            "rights.bad_term",
            right=right.id,
            reason="elapsed and renewed term are longer than the law allows",
            term_max=duration,
        )
    limits = [latest_end(right.term_from, one) for one in durations if one != UNLIMITED]
    return min(limits, default=0)


def _price_of_renewal(reach: RightsReach, right: Right, command: RenewRight, limit: int) -> int:
    if not command.full_price_minor:
        return 0
    refuse_unless(
        0 < command.full_price_minor <= VALUE_MAX,
        "rights.bad_amount",
        amount=command.full_price_minor,
        limit=VALUE_MAX,
    )
    refuse_unless(limit, "rights.not_renewable", right=right.id, reason="no longest term is set")
    months = months_in(right.term_to, command.term_to)
    whole = months_in(right.term_from, limit)
    rate = parameter_of(reach, f"renewal.{right.factor}.rate_bp")
    rate_bp = rate if isinstance(rate, int) and 0 <= rate <= RATE_BP_MAX else 0
    return price_of_months(command.full_price_minor, min(months, whole), whole, rate_bp)


def _concerned(reach: RightsReach, rights: Sequence[Right]) -> list[str]:
    """Holders and creditors."""
    creditors = [one.beneficiary for right in rights for one in pledges_on(reach, right.id)]
    return [*(right.holder for right in rights), *creditors]


def _shares_due(reach: RightsReach, change: _Change) -> list[tuple[str, int]]:
    """What each holder of the primary kind owes, by its lots; the remainder to the largest."""
    primary = profile_of(reach, change.unit.factor).rights.primary
    rights = [right for right in change.rights if right.kind == primary]
    lots = [lots_in(right, change.unit.quantity) for right in rights]
    if not change.due_minor or not sum(lots):
        return []
    amounts = apportion(change.due_minor, lots)
    return [(right.holder, amount) for right, amount in zip(rights, amounts, strict=True)]


def _paid(
    reach: RightsReach, owed: Sequence[tuple[str, int]], payee: str, entry: RegisterEntry
) -> list[Event]:
    """What is due goes from the holders to whom it is due, out of what is free."""
    if not any(amount for _, amount in owed):
        return []
    party_of(reach, payee)
    venue = reach.parties.venue
    assert venue is not None
    lines = [
        line
        for holder, amount in owed
        for line in (
            (holder, venue.currency, book.FREE, -amount),
            (payee, venue.currency, book.FREE, amount),
        )
    ]
    return book.post(reach, derive_id("batch", reach.cause, entry.id), book.lines(lines))


def _next(
    reach: RightsReach, right: Right, entry: RegisterEntry, term_to: int | None = None
) -> Right:
    return replace(
        right,
        term_to=right.term_to if term_to is None else term_to,
        version=right.version + 1,
        begin=reach.now,
        entry=entry.id,
    )

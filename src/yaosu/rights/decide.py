"""What may be entered in the register."""

from msgspec.structs import replace

from yaosu.kernel.ids import DIGEST_FORM, check_id, derive_id
from yaosu.kernel.instant import check_instant, format_instant
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.parties.decide import has_role, party_of
from yaosu.rights import refusals
from yaosu.rights.commands import (
    AdoptProfile,
    EnterObjection,
    EnterPriorityNotice,
    FreezeRight,
    GrantUse,
    PledgeRight,
    RegisterRight,
    ReleaseRight,
    TransferTitle,
)
from yaosu.rights.events import (
    BurdenReleased,
    ProfileAdopted,
    RightBurdened,
    TitleMoved,
    UnitRegistered,
)
from yaosu.rights.methods.moves import lots_in
from yaosu.rights.profiles import check_profile
from yaosu.rights.register import (
    blocking_entry,
    check_disposable,
    check_lots,
    check_not_reserved,
    current_rights,
    derived_from,
    is_granting,
    lots_of,
    move_title,
    move_titles,
    profile_of,
    right_of,
)
from yaosu.rights.registration import (
    check_conditions,
    check_ids,
    check_shares,
    check_term,
    check_unit,
    instrument_for,
    registered,
    shares_of,
    unit_from,
)
from yaosu.rights.state import RightsReach
from yaosu.rights.values import RegisterEntry, Right

RELEASED_BY = {
    "freeze": "who made it, an authority or the registrar",
    "pledge": "its creditor",
    "objection": "who made it, or the registrar",
    "priority_notice": "its beneficiary",
}
__all__ = [
    "blocking_entry",
    "current_rights",
    "lots_of",
    "move_title",
    "move_titles",
    "refusals",
]


def decide_adopt_profile(reach: RightsReach, command: AdoptProfile) -> list[Event]:
    """A profile holds together and is a version not seen before."""
    profile = command.profile
    check_profile(profile)
    versions = [known.version for known in reach.rights.profiles.get(profile.name, [])]
    refuse_unless(
        profile.version not in versions,
        "rights.profile_exists",
        factor=profile.name,
        version=profile.version,
    )
    return [ProfileAdopted(profile=profile, at=reach.now)]


def decide_register_right(reach: RightsReach, command: RegisterRight) -> list[Event]:
    """A right is registered for every factor alike: unit, kind, shares, term, conditions."""
    profile = profile_of(reach, command.factor)
    shares = shares_of(command)
    check_ids(reach, command, shares)
    kind = command.kind or profile.rights.primary
    kinds = (*profile.kinds, *profile.rights.derived)
    refuse_unless(
        kind in kinds,
        "rights.unknown_kind",
        kind=kind,
        factor=profile.name,
        kinds=", ".join(kinds),
    )
    check_unit(reach, profile, command)
    check_shares(reach, profile, command, kind, shares)
    begin = reach.now if command.term_from is None else command.term_from
    check_term(command.right, begin, command.term_to, profile.nature.term_max)
    _check_source(command.source)
    instrument = instrument_for(reach, profile, command, kind)
    check_conditions(reach, command, shares, begin)
    events: list[Event] = []
    if command.unit not in reach.rights.units:
        events.append(UnitRegistered(unit=unit_from(reach, profile, command)))
    for share in shares:
        events += registered(reach, command, share, kind, instrument, begin, events)
    return events


def decide_grant_use(reach: RightsReach, command: GrantUse) -> list[Event]:
    """A use is granted by the holder of a primary right that is not rival, within its term."""
    right = check_disposable(reach, command.right, command.target)
    refuse_unless(
        right.holder == command.actor, "rights.not_holder", actor=command.actor, right=right.id
    )
    check_id(command.granted, "right")
    refuse_unless(
        command.granted not in reach.rights.rights, "rights.exists", right=command.granted
    )
    party_of(reach, command.target)
    profile = profile_of(reach, right.factor)
    refuse_unless(
        is_granting(profile, right), "rights.not_grantable", right=right.id, factor=right.factor
    )
    kind = command.kind or profile.rights.derived[0]
    refuse_unless(
        kind in profile.rights.derived,
        "rights.unknown_kind",
        kind=kind,
        factor=profile.name,
        kinds=", ".join(profile.rights.derived),
    )
    check_lots(reach, right, command.lots)
    check_not_reserved(reach, right, command.lots)
    end = right.term_to if command.term_to is None else command.term_to
    begin = max(reach.now, right.term_from)
    if end and check_instant(end, "the end") <= begin:
        _refuse_term(command.granted, "it ends before it begins", right.term_to or end)
    if right.term_to and not 0 < end <= right.term_to:
        _refuse_term(command.granted, "it outlasts the right it is granted from", right.term_to)
    _check_source(command.source)
    return _granted(reach, command, right, kind, end)


def decide_transfer_title(reach: RightsReach, command: TransferTitle) -> list[Event]:
    """A title is transferred by its holder, when nothing stands on it; the lots go with it."""
    right = check_disposable(reach, command.right, command.target)
    refuse_unless(
        right.holder == command.actor, "rights.not_holder", actor=command.actor, right=right.id
    )
    party_of(reach, command.target)
    refuse_unless(
        command.target != right.holder, "rights.same_holder", target=command.target, right=right.id
    )
    _check_source(command.source)
    available = lots_in(right, reach.rights.units[right.unit].quantity)
    lots = available if command.lots is None else command.lots
    profile = profile_of(reach, right.factor)
    if is_granting(profile, right):
        refuse_unless(lots == available, "rights.only_whole", right=right.id, factor=right.factor)
        check_not_reserved(reach, right, lots)
        title = _moved_whole(reach, right, command)
    else:
        check_lots(reach, right, lots)
        check_not_reserved(reach, right, lots)
        title = move_title(reach, reach.cause, right.id, command.target, lots)
    batch = derive_id("batch", reach.cause, right.id, command.target)
    posted = book.give(reach, batch, right.holder, command.target, right.instrument, lots)
    return title + posted


def decide_freeze_right(reach: RightsReach, command: FreezeRight) -> list[Event]:
    """A freeze stands on any right that has not ended; it does not ask the holder."""
    return _burdened(reach, command, "freeze", reason=command.reason)


def decide_pledge_right(reach: RightsReach, command: PledgeRight) -> list[Event]:
    """A right may be pledged once, by its holder, to a registered creditor."""
    right = right_of(reach, command.right)
    refuse_unless(
        right.holder == command.actor, "rights.not_holder", actor=command.actor, right=right.id
    )
    party_of(reach, command.creditor)
    for entry_id in reach.rights.burdens.get(right.id, []):
        entry = reach.rights.entries[entry_id]
        refuse_unless(
            entry.kind != "pledge" or not entry.is_standing(reach.now),
            "rights.already_pledged",
            right=right.id,
            creditor=entry.beneficiary,
            entry=entry.id,
        )
    check_disposable(reach, right.id)
    return _burdened(reach, command, "pledge", beneficiary=command.creditor)


def decide_enter_objection(reach: RightsReach, command: EnterObjection) -> list[Event]:
    """Any registered party may object to a right that has not ended."""
    party_of(reach, command.actor)
    return _burdened(reach, command, "objection", reason=command.reason)


def decide_enter_priority_notice(reach: RightsReach, command: EnterPriorityNotice) -> list[Event]:
    """The holder may secure a coming change for a registered party."""
    right = right_of(reach, command.right)
    refuse_unless(
        right.holder == command.actor, "rights.not_holder", actor=command.actor, right=right.id
    )
    party_of(reach, command.beneficiary)
    return _burdened(reach, command, "priority_notice", beneficiary=command.beneficiary)


def decide_release_right(reach: RightsReach, command: ReleaseRight) -> list[Event]:
    """A burden is released once, by whom it protects or by the office that imposed it."""
    entry = reach.rights.entries.get(command.entry)
    if entry is None or entry.kind not in RELEASED_BY:
        refuse("rights.unknown_entry", entry=command.entry)
    refuse_unless(entry.is_standing(reach.now), "rights.released_before", entry=entry.id)
    refuse_unless(
        _may_release(reach, command.actor, entry),
        "rights.may_not_release",
        kind=entry.kind,
        entry=entry.id,
        who=RELEASED_BY[entry.kind],
        actor=command.actor,
    )
    return [
        BurdenReleased(
            entry=entry.id, released_by=command.actor, reason=command.reason, at=reach.now
        )
    ]


def _may_release(reach: RightsReach, actor: str, entry: RegisterEntry) -> bool:
    if entry.kind in {"pledge", "priority_notice"}:
        return actor == entry.beneficiary
    offices = ("authority", "registrar") if entry.kind == "freeze" else ("registrar",)
    return actor == entry.made_by or any(has_role(reach, actor, office) for office in offices)


def _refuse_term(right: str, reason: str, end: int) -> None:
    refuse("rights.bad_term", right=right, reason=reason, term_max=format_instant(end))


def _check_source(source: str) -> None:
    refuse_unless(source == "" or DIGEST_FORM.fullmatch(source), "rights.bad_source", source=source)


def _granted(
    reach: RightsReach, command: GrantUse, right: Right, kind: str, end: int
) -> list[Event]:
    quantity = reach.rights.units[right.unit].quantity
    entry = derive_id("entry", reach.cause, right.id, command.target)
    derived = replace(
        derived_from(right, command.target, command.lots, quantity, kind),
        id=command.granted,
        scope=dict(sorted({**right.scope, **command.scope}.items())),
        term_from=max(reach.now, right.term_from),
        term_to=end,
        source=command.source,
        version=1,
        begin=reach.now,
        entry=entry,
    )
    base = replace(
        right,
        granted=right.granted + command.lots,
        version=right.version + 1,
        begin=reach.now,
        entry=entry,
    )
    made = _entry_of(reach, entry, "grant", right, derived, command.lots, command.source)
    batch = derive_id("batch", reach.cause, right.id, command.target)
    posted = book.give(reach, batch, right.holder, command.target, right.instrument, command.lots)
    return [TitleMoved(entries=(made,), rights=(base, derived)), *posted]


def _moved_whole(reach: RightsReach, right: Right, command: TransferTitle) -> list[Event]:
    """The same right under a new holder: what was granted out of it stays granted."""
    entry = derive_id("entry", reach.cause, right.id, command.target)
    moved = replace(
        right, holder=command.target, version=right.version + 1, begin=reach.now, entry=entry
    )
    lots = lots_in(right, reach.rights.units[right.unit].quantity)
    made = _entry_of(reach, entry, "transfer", right, moved, lots, command.source)
    return [TitleMoved(entries=(made,), rights=(moved,))]


def _entry_of(
    reach: RightsReach, entry: str, kind: str, given: Right, target: Right, lots: int, source: str
) -> RegisterEntry:
    return RegisterEntry(
        id=entry,
        kind=kind,
        right=given.id,
        target=target.id,
        made_by=given.holder,
        beneficiary=target.holder,
        lots=lots,
        source=source,
        at=reach.now,
    )


def _burdened(
    reach: RightsReach,
    command: FreezeRight | PledgeRight | EnterObjection | EnterPriorityNotice,
    kind: str,
    *,
    beneficiary: str = "",
    reason: str = "",
) -> list[Event]:
    entry = RegisterEntry(
        id=command.entry,
        kind=kind,
        right=command.right,
        made_by=command.actor,
        beneficiary=beneficiary,
        source=command.source,
        reason=reason,
        at=reach.now,
        until=command.until,
    )
    check_id(entry.id, "register entry")
    check_instant(entry.until, "the end")
    refuse_unless(entry.id not in reach.rights.entries, "rights.entry_exists", entry=entry.id)
    right_of(reach, entry.right)
    refuse_unless(
        entry.until == 0 or entry.until > reach.now,
        "rights.bad_term",
        right=entry.right,
        reason=f"{entry.kind} {entry.id} would end before it begins",
        term_max="any time",
    )
    _check_source(command.source)
    return [RightBurdened(entry=entry)]

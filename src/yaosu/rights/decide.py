"""What may be entered in the register."""

from collections.abc import Sequence

from yaosu.kernel.ids import derive_id
from yaosu.kernel.instant import check_instant
from yaosu.kernel.numbers import VALUE_MAX
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.parties.decide import has_role, party_of
from yaosu.rights import refusals
from yaosu.rights.assessing import decide_assess_unit
from yaosu.rights.commands import (
    AdoptProfile,
    EnterObjection,
    EnterPriorityNotice,
    FreezeRight,
    PledgeRight,
    RegisterRight,
    ReleaseRight,
    TransferTitle,
)
from yaosu.rights.correcting import (
    decide_confirm_entry,
    decide_correct_right,
    decide_give_consent,
)
from yaosu.rights.ending import decide_cancel_right, decide_record_expiry
from yaosu.rights.events import (
    BurdenReleased,
    EntryDropped,
    EntryWaiting,
    ProfileAdopted,
    RightBurdened,
    UnitRegistered,
)
from yaosu.rights.granting import decide_grant_use
from yaosu.rights.lineage import suspended
from yaosu.rights.offering import decide_enter_market
from yaosu.rights.outlines import Drawn, outlined
from yaosu.rights.profiles import check_profile
from yaosu.rights.promises import issued_by
from yaosu.rights.register import (
    blocking_entry,
    check_disposable,
    check_new_entry,
    current_rights,
    lots_of,
    move_title,
    move_titles,
    profile_of,
    right_of,
)
from yaosu.rights.registration import (
    check_conditions,
    check_ids,
    check_kind,
    check_shares,
    check_source,
    check_term,
    check_unit,
    instrument_for,
    registered,
    shares_of,
    unit_from,
)
from yaosu.rights.renewing import (
    decide_change_unit,
    decide_change_use,
    decide_renew_right,
    decide_swap_uses,
)
from yaosu.rights.restructuring import decide_merge_units, decide_split_unit
from yaosu.rights.state import RightsReach
from yaosu.rights.title_status import check_certificate
from yaosu.rights.title_transfers import (
    BY_DELIVERY,
    check_rank,
    check_title_transfer,
    effect_of,
    transferred,
)
from yaosu.rights.values import RegisterEntry, Waiting
from yaosu.rights.vocabulary import STANDING, VOCABULARY

WHO_DROPS = "who asked for it, or the registrar"
__all__ = [
    "blocking_entry",
    "current_rights",
    "decide_assess_unit",
    "decide_cancel_right",
    "decide_change_unit",
    "decide_change_use",
    "decide_confirm_entry",
    "decide_correct_right",
    "decide_enter_market",
    "decide_give_consent",
    "decide_grant_use",
    "decide_merge_units",
    "decide_record_expiry",
    "decide_renew_right",
    "decide_split_unit",
    "decide_swap_uses",
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


def decide_register_right(
    reach: RightsReach, command: RegisterRight, beside: Sequence[Drawn] = ()
) -> list[Event]:
    """A right is registered for every factor alike: unit, kind, shares, term, conditions.

    ``beside``: units that are about to stand in the register with this one, where they lie.
    """
    profile = profile_of(reach, command.factor)
    shares = shares_of(command)
    check_ids(reach, command, shares)
    kind = command.kind or profile.rights.primary
    check_kind(profile, kind, profile.all_kinds)
    check_unit(reach, profile, command)
    check_shares(reach, profile, command, kind, shares)
    begin = reach.now if command.term_from is None else command.term_from
    check_term(command.right, begin, command.term_to, profile.nature.term_max)
    check_source(command.source)
    effective = effect_of(reach, profile, command.effective_from)
    instrument = instrument_for(reach, profile, command, kind)
    check_conditions(reach, command, shares, begin)
    events: list[Event] = []
    if command.unit not in reach.rights.units:
        unit = unit_from(reach, profile, command)
        events += [UnitRegistered(unit=unit), *outlined(reach, profile, [unit], beside=beside)]
    for share in shares:
        events += registered(reach, command, share, kind, instrument, begin, effective, events)
    reach.check_limits(issued_by(events, command.region))
    return events


def decide_transfer_title(reach: RightsReach, command: TransferTitle) -> list[Event]:
    """A title is transferred by its holder, when nothing stands on it; the lots go with it.

    Where rights pass by delivery it waits until who receives confirms the hand-over.
    """
    right = check_disposable(reach, command.right, command.target)
    refuse_unless(
        right.holder == command.actor, "rights.not_holder", actor=command.actor, right=right.id
    )
    profile = profile_of(reach, right.factor)
    effective = effect_of(reach, profile, command.effective_from)
    check_source(command.source)
    lots = check_title_transfer(reach, right, command.target, command.lots)
    entry = RegisterEntry(
        id=derive_id("entry", reach.cause, right.id, command.target, 0),
        kind="transfer",
        right=right.id,
        made_by=command.actor,
        beneficiary=command.target,
        lots=lots,
        source=command.source,
        at=reach.now,
        effective=effective,
    )
    if profile.nature.legal_effect == BY_DELIVERY:
        return [EntryWaiting(waiting=Waiting(entry=entry))]
    return transferred(reach, right, entry)


def decide_freeze_right(reach: RightsReach, command: FreezeRight) -> list[Event]:
    """A freeze stands on any right that has not ended, and on what hangs below it if asked.

    It does not ask the holder.
    """
    frozen = _burdened(reach, command, "freeze", reason=command.reason)
    below = suspended(reach, command.right, frozen[0].entry) if command.reaches_below else []
    return [*frozen, *below]


def decide_pledge_right(reach: RightsReach, command: PledgeRight) -> list[Event]:
    """A right is pledged by its holder to a registered creditor, in the next rank.

    Where rights pass by delivery it waits until the creditor confirms the hand-over.
    """
    right = right_of(reach, command.right)
    refuse_unless(
        right.holder == command.actor, "rights.not_holder", actor=command.actor, right=right.id
    )
    party_of(reach, command.creditor)
    check_rank(reach, right, command.rank)
    refuse_unless(
        0 <= command.amount_minor <= VALUE_MAX,
        "rights.bad_amount",
        amount=command.amount_minor,
        limit=VALUE_MAX,
    )
    proof = check_certificate(reach, command.certificate, right.id)
    events = _burdened(
        reach,
        command,
        "pledge",
        beneficiary=command.creditor,
        amount_minor=command.amount_minor,
        source=command.source or proof,
    )
    profile = profile_of(reach, right.factor)
    if profile.nature.legal_effect == BY_DELIVERY:
        return [EntryWaiting(waiting=Waiting(entry=event.entry)) for event in events]
    return [*events]


def decide_enter_objection(reach: RightsReach, command: EnterObjection) -> list[Event]:
    """Any registered party may object to a right that has not ended."""
    party_of(reach, command.actor)
    proof = check_certificate(reach, command.certificate, command.right)
    source = command.source or proof
    return [*_burdened(reach, command, "objection", reason=command.reason, source=source)]


def decide_enter_priority_notice(reach: RightsReach, command: EnterPriorityNotice) -> list[Event]:
    """The holder may secure a coming change for a registered party."""
    right = right_of(reach, command.right)
    refuse_unless(
        right.holder == command.actor, "rights.not_holder", actor=command.actor, right=right.id
    )
    party_of(reach, command.beneficiary)
    return [*_burdened(reach, command, "priority_notice", beneficiary=command.beneficiary)]


def decide_release_right(reach: RightsReach, command: ReleaseRight) -> list[Event]:
    """A burden is released once, by whom it protects or by the office that imposed it.

    What still waits for a second hand is dropped, by who asked for it or the registrar.
    """
    waiting = reach.rights.waiting.get(command.entry)
    entry = reach.rights.entries.get(command.entry) if waiting is None else waiting.entry
    if entry is None or (waiting is None and entry.kind not in STANDING):
        refuse("rights.unknown_entry", entry=command.entry)
    if waiting is None:
        refuse_unless(entry.is_standing(reach.now), "rights.released_before", entry=entry.id)
    refuse_unless(
        _may_release(reach, command.actor, entry, is_waiting=waiting is not None),
        "rights.may_not_release",
        kind=entry.kind,
        entry=entry.id,
        who=WHO_DROPS if waiting else VOCABULARY[entry.kind].releases,
        actor=command.actor,
    )
    if waiting is not None:
        return [
            EntryDropped(
                entry=entry.id, dropped_by=command.actor, reason=command.reason, at=reach.now
            )
        ]
    return [
        BurdenReleased(
            entry=entry.id, released_by=command.actor, reason=command.reason, at=reach.now
        )
    ]


def _may_release(reach: RightsReach, actor: str, entry: RegisterEntry, *, is_waiting: bool) -> bool:
    if is_waiting:
        return actor == entry.made_by or has_role(reach, actor, "registrar")
    if entry.kind in {"pledge", "priority_notice"}:
        return actor == entry.beneficiary
    offices = ("authority", "registrar") if entry.kind == "freeze" else ("registrar",)
    return actor == entry.made_by or any(has_role(reach, actor, office) for office in offices)


def _burdened(
    reach: RightsReach,
    command: FreezeRight | PledgeRight | EnterObjection | EnterPriorityNotice,
    kind: str,
    *,
    beneficiary: str = "",
    reason: str = "",
    amount_minor: int = 0,
    source: str | None = None,
) -> list[RightBurdened]:
    entry = RegisterEntry(
        id=command.entry,
        kind=kind,
        right=command.right,
        made_by=command.actor,
        beneficiary=beneficiary,
        amount_minor=amount_minor,
        source=command.source if source is None else source,
        reason=reason,
        at=reach.now,
        until=command.until,
    )
    check_instant(entry.until, "the end")
    check_new_entry(reach, entry.id)
    right_of(reach, entry.right)
    refuse_unless(
        entry.until == 0 or entry.until > reach.now,
        "rights.bad_term",
        right=entry.right,
        reason=f"{entry.kind} {entry.id} would end before it begins",
        term_max="any time",
    )
    check_source(command.source)
    return [RightBurdened(entry=entry)]

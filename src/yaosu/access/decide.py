"""Who is admitted, once for every region; who is suspended; and who may leave."""

from collections.abc import Iterable

from msgspec.structs import replace

from yaosu.access import refusals
from yaosu.access.commands import (
    ApplyForAdmission,
    LeaveMarket,
    ReinstateAdmission,
    SuspendAdmission,
)
from yaosu.access.events import (
    AdmissionReinstated,
    AdmissionSuspended,
    MarketLeft,
    PartyAdmitted,
)
from yaosu.access.methods.entry import Entry, assess
from yaosu.access.state import AccessReach
from yaosu.access.values import (
    ADMITTED,
    LEFT,
    MARKET_ROLES,
    SUSPENDED,
    Admission,
    key_of,
)
from yaosu.kernel.instant import check_instant, format_instant
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.parties.decide import (
    ATTESTED,
    attestation_behind,
    end_role,
    facts_of,
    grant_role,
    party_of,
)
from yaosu.parties.proofs import use_proof
from yaosu.parties.values import ATTESTATION
from yaosu.rights.register import blocking_entry, current_rights, profile_of
from yaosu.rules.decide import conditions_for, national
from yaosu.rules.evaluate import names_read

PURPOSE = "admission"
BUYING = "bidder"  # the role that a party on its way out has no more
__all__ = ["refusals"]


def decide_apply_for_admission(reach: AccessReach, command: ApplyForAdmission) -> list[Event]:
    """Whoever meets the one national set of conditions of a factor and role is admitted."""
    party_of(reach, command.actor)
    refuse_unless(
        command.role in MARKET_ROLES,
        "access.bad_role",
        role=command.role,
        roles=", ".join(MARKET_ROLES),
    )
    profile_of(reach, command.factor)
    before = admission_of(reach, command.actor, command.factor, command.role)
    refuse_unless(
        before is None or before.standing == LEFT,
        "access.admitted_before",
        party=command.actor,
        role=command.role,
        factor=command.factor,
        standing=before.standing if before else ADMITTED,
    )
    entry = entry_for(reach, command.actor, command.factor, command.role)
    undecided = f" (undecided: {'; '.join(entry.faults)})" if entry.faults else ""
    refuse_unless(
        not entry.reasons,
        "access.conditions_not_met",
        party=command.actor,
        role=command.role,
        factor=command.factor,
        reasons=", ".join(entry.reasons),
        undecided=undecided,
    )
    admission = Admission(
        party=command.actor,
        factor=command.factor,
        role=command.role,
        rules=national(reach).name,
        conditions=entry.met,
        at=reach.now,
    )
    granted = grant_role(reach, command.actor, command.role, command.actor)
    on = f"{command.actor}/{key_of(command.factor, command.role)}"
    proofs = [
        event
        for kind in _attested_kinds(reach, entry.met)
        if (behind := attestation_behind(reach, command.actor, kind)) is not None
        for event in use_proof(reach, ATTESTATION, behind.id, PURPOSE, on, command.actor)
    ]
    return [PartyAdmitted(admission=admission), *granted, *proofs]


def decide_suspend_admission(reach: AccessReach, command: SuspendAdmission) -> list[Event]:
    """An admission that stands may be suspended, with a reason, until an instant or for good."""
    admission = _standing(reach, command.party, command.factor, command.role)
    refuse_unless(
        command.until == 0 or check_instant(command.until, "the end") > reach.now,
        "access.bad_term",
        until=format_instant(command.until),
    )
    suspended = replace(
        admission,
        standing=SUSPENDED,
        at=reach.now,
        until=command.until,
        reason=command.reason,
    )
    return [AdmissionSuspended(admission=suspended)]


def decide_reinstate_admission(reach: AccessReach, command: ReinstateAdmission) -> list[Event]:
    """A suspension that stands may be lifted."""
    admission = _standing(reach, command.party, command.factor, command.role)
    refuse_unless(
        admission.standing == SUSPENDED,
        "access.not_suspended",
        party=command.party,
        role=command.role,
        factor=command.factor,
    )
    lifted = replace(admission, standing=ADMITTED, at=reach.now, until=0, reason=command.reason)
    return [AdmissionReinstated(admission=lifted)]


def decide_leave_market(reach: AccessReach, command: LeaveMarket) -> list[Event]:
    """A party leaves when nothing of it stands open; otherwise it is told all that does."""
    admissions = [
        admission
        for _, admission in sorted(reach.access.admissions.get(command.actor, {}).items())
        if admission.standing != LEFT and command.factor in {"", admission.factor}
    ]
    refuse_unless(
        admissions,
        "access.nothing_to_leave",
        party=command.actor,
        what=f"for {command.factor}" if command.factor else "at all",
    )
    open_things = [*_own_blockers(reach, command), *reach.blockers(command.actor)]
    refuse_unless(
        not open_things,
        "access.exit_blocked",
        party=command.actor,
        count=len(open_things),
        blockers="; ".join(open_things),
    )
    left = tuple(replace(a, standing=LEFT, at=reach.now, until=0, reason="") for a in admissions)
    events: list[Event] = [MarketLeft(party=command.actor, admissions=left)]
    kept = _roles_kept(reach, command)
    for role in sorted({admission.role for admission in admissions} - kept):
        events += end_role(reach, command.actor, role, command.actor)
    return events


def is_admitted(reach: AccessReach, party: str, factor: str, role: str) -> bool:
    """Whether a party may take a role for a factor now; the region is no part of the question."""
    admission = admission_of(reach, party, factor, role)
    if admission is None or (role == BUYING and is_leaving(reach, party, factor)):
        return False
    return standing_of(reach, admission) == ADMITTED


def check_admitted(reach: AccessReach, party: str, factor: str, role: str) -> None:
    """Refuse a party that may not take a role for a factor now, and say why."""
    admission = admission_of(reach, party, factor, role)
    if admission is None or admission.standing == LEFT:
        refuse("access.not_admitted", party=party, role=role, factor=factor)
    refuse_unless(
        standing_of(reach, admission) == ADMITTED,
        "access.suspended",
        party=party,
        role=role,
        factor=factor,
        reason=admission.reason,
    )
    refuse_unless(
        role != BUYING or not is_leaving(reach, party, factor),
        "access.leaving",
        party=party,
        factor=factor,
    )


def is_leaving(reach: AccessReach, party: str, factor: str) -> bool:
    """Whether a party has begun to leave a factor."""
    return not {"", factor}.isdisjoint(reach.access.leaving.get(party, {}))


def own_blockers(reach: AccessReach, party: str, factor: str) -> list[str]:
    """What the register knows that keeps a party: burdened rights, and pledges given to it."""
    return _own_blockers(reach, LeaveMarket(actor=party, key="", factor=factor))


def admission_of(reach: AccessReach, party: str, factor: str, role: str) -> Admission | None:
    """The admission as it stands, or None."""
    return reach.access.admissions.get(party, {}).get(key_of(factor, role))


def standing_of(reach: AccessReach, admission: Admission) -> str:
    """Its standing now: a suspension past its end is none."""
    is_over = admission.until != 0 and admission.until <= reach.now
    if admission.standing == SUSPENDED and is_over:
        return ADMITTED
    return admission.standing


def was_suspended(reach: AccessReach, party: str, factor: str, role: str, since: int) -> bool:
    """Whether a party was kept out of a role at any time from an instant until now."""
    admission = admission_of(reach, party, factor, role)
    if admission is None:
        return False
    earlier = reach.access.history.get(party, [])
    versions = [
        known for known in earlier if key_of(known.factor, known.role) == key_of(factor, role)
    ]
    ends = [*(version.at for version in [*versions, admission][1:]), reach.now]
    return any(
        version.standing == SUSPENDED
        and version.at <= reach.now
        and max(version.at, since) < (min(end, version.until) if version.until else end)
        for version, end in zip([*versions, admission], ends, strict=True)
    )


def entry_for(reach: AccessReach, party: str, factor: str, role: str) -> Entry:
    """How a party stands before the entry conditions of a factor and role, without applying."""
    conditions = conditions_for(reach, PURPOSE, factor, role)
    return assess(national(reach), conditions, facts_of(reach, party))


def _attested_kinds(reach: AccessReach, conditions: Iterable[str]) -> list[str]:
    """Kinds of attestation that conditions read, by way of other items too; sorted."""
    items = national(reach).items
    waiting, seen, kinds = list(conditions), set(conditions), set()
    while waiting:
        item = items[waiting.pop()]
        names = [name for name in names_read(item) if name.startswith(ATTESTED)]
        kinds |= {name.removeprefix(ATTESTED) for name in names}
        more = [name for name in item.reads if name not in seen]
        seen |= set(more)
        waiting += more
    return sorted(kinds)


def _standing(reach: AccessReach, party: str, factor: str, role: str) -> Admission:
    admission = admission_of(reach, party, factor, role)
    if admission is None or admission.standing == LEFT:
        refuse("access.not_admitted", party=party, role=role, factor=factor)
    return replace(admission, standing=standing_of(reach, admission))


def _own_blockers(reach: AccessReach, command: LeaveMarket) -> list[str]:
    """What the register knows that keeps a party: burdened rights, and pledges given to it."""
    blockers = []
    for right in current_rights(reach, holder=command.actor):
        entry = blocking_entry(reach, right.id)
        if entry is not None and command.factor in {"", right.factor}:
            kind = reach.rights.entries[entry].kind
            blockers.append(f"{kind} {entry} stands on right {right.id}")
    for right_id, entries in sorted(reach.rights.burdens.items()):
        for entry_id in entries:
            pledge = reach.rights.entries[entry_id]
            is_creditor = pledge.kind == "pledge" and pledge.beneficiary == command.actor
            if is_creditor and pledge.is_standing(reach.now) and command.factor == "":
                blockers.append(f"pledge {entry_id} of right {right_id} is held as security")
    return blockers


def _roles_kept(reach: AccessReach, command: LeaveMarket) -> set[str]:
    """Roles a party still has by an admission to another factor. For membership only."""
    return {
        admission.role
        for _, admission in sorted(reach.access.admissions.get(command.actor, {}).items())
        if admission.standing != LEFT and command.factor not in {"", admission.factor}
    }

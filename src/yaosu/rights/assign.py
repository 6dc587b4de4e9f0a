"""A pledge taken over by another creditor: so that who leaves need not wait for the debtor."""

from yaosu.kernel.ids import DIGEST_FORM
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.words import Event
from yaosu.parties.decide import party_of
from yaosu.rights import refusals
from yaosu.rights.commands import AssignPledge
from yaosu.rights.events import PledgeAssigned
from yaosu.rights.state import RightsReach

__all__ = ["refusals"]


def decide_assign_pledge(reach: RightsReach, command: AssignPledge) -> list[Event]:
    """A pledge that stands goes to another party than its holder and debtor, by its creditor."""
    entry = found(
        reach.rights.entries.get(command.entry), "rights.unknown_entry", entry=command.entry
    )
    right = reach.rights.rights[entry.right]
    target = party_of(reach, command.target).id
    reason = ""
    if entry.kind != "pledge" or not entry.is_standing(reach.now):
        reason = "it is no pledge that stands"
    elif entry.beneficiary != command.actor:
        reason = f"its creditor is {entry.beneficiary}"
    elif target in {command.actor, right.holder}:
        reason = f"{target} is its creditor or holds the right"
    elif command.source and not DIGEST_FORM.fullmatch(command.source):
        reason = "the digest of the deed is none"
    refuse_unless(not reason, "rights.not_assignable", entry=entry.id, reason=reason)
    return [
        PledgeAssigned(
            entry=entry.id,
            right=entry.right,
            before=command.actor,
            target=target,
            source=command.source,
            at=reach.now,
        )
    ]

"""Leaving as a procedure: orders, obligations, pledges, positions, admissions, registration.

Nothing vanishes: each step lists what is still open and what to do about it, and the last step is
refused while anything is.
"""

from msgspec import Struct

from yaosu.access import refusals
from yaosu.access.commands import BeginExit, Deregister, StopExit
from yaosu.access.decide import own_blockers
from yaosu.access.events import ExitBegun, ExitStopped
from yaosu.access.state import AccessReach
from yaosu.access.values import LEFT
from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.words import Event
from yaosu.parties.decide import deregister, groups_of, party_of, roles_of
from yaosu.rights.register import current_rights

ORDERS = ("order ", "listing ", "offer ", "deal ", "loan request ")  # how blockers begin
__all__ = ["refusals"]


class ExitStep(Struct, frozen=True, kw_only=True):
    """One step of an exit.

    Attributes:
        open: what still stands in the way, in words; empty: the step is done.
        what_next: what to do about it.
    """

    step: str
    open: tuple[str, ...]
    what_next: str

    @property
    def is_done(self) -> bool:
        """Whether nothing is open."""
        return not self.open


def decide_begin_exit(reach: AccessReach, command: BeginExit) -> list[Event]:
    """Whoever has an admission may begin to leave it, once."""
    _check_admitted(reach, command.actor, command.factor)
    begun = reach.access.leaving.get(command.actor, {})
    refuse_unless(
        command.factor not in begun,
        "access.exit_begun_before",
        party=command.actor,
        what=_what(command.factor),
    )
    return [ExitBegun(party=command.actor, factor=command.factor, at=reach.now)]


def decide_stop_exit(reach: AccessReach, command: StopExit) -> list[Event]:
    """An exit that was begun may be stopped until the party has left."""
    refuse_unless(
        command.factor in reach.access.leaving.get(command.actor, {}),
        "access.exit_not_begun",
        party=command.actor,
        what=_what(command.factor),
    )
    return [ExitStopped(party=command.actor, factor=command.factor, at=reach.now)]


def decide_deregister(reach: AccessReach, command: Deregister) -> list[Event]:
    """A party leaves for good when no step of its exit is open; it is told all that is."""
    party_of(reach, command.actor)
    things = [thing for step in exit_page(reach, command.actor) for thing in step.open]
    refuse_unless(
        not things,
        "access.exit_blocked",
        party=command.actor,
        count=len(things),
        blockers="; ".join(things),
    )
    return deregister(reach, command.actor, command.reason)


def exit_page(reach: AccessReach, party: str, factor: str = "") -> tuple[ExitStep, ...]:
    """The steps of an exit, in order, each with what is still open.

    Args:
        factor: only what keeps the party in this factor; empty is all, up to deregistration.
    """
    blockers = reach.blockers(party)
    orders = [one for one in blockers if one.startswith(ORDERS)]
    rights = [
        right for right in current_rights(reach, holder=party) if factor in {"", right.factor}
    ]
    admissions = [
        f"{known.role} of {known.factor}"
        for _, known in sorted(reach.access.admissions.get(party, {}).items())
        if known.standing != LEFT and factor in {"", known.factor}
    ]
    steps = [
        ExitStep(
            step="cancel orders",
            open=tuple(orders),
            what_next="take them back (cancel_orders, cancel_listing, withdraw_deal and the like)",
        ),
        ExitStep(
            step="settle obligations",
            open=tuple(one for one in blockers if one not in orders),
            what_next="perform contracts, pay loans and charges, end cases",
        ),
        ExitStep(
            step="release or assign pledges",
            open=tuple(own_blockers(reach, party, factor)),
            what_next="have them released (release_right), or assigned to another (assign_pledge)",
        ),
        ExitStep(
            step="close positions",
            open=tuple(f"right {right.id}" for right in rights),
            what_next="sell or transfer them (offer_right, transfer_title)",
        ),
        ExitStep(
            step="give up admissions",
            open=tuple(admissions),
            what_next="leave (leave_market)",
        ),
    ]
    if factor == "":
        steps.append(_last_step(reach, party, admissions))
    return tuple(steps)


def _last_step(reach: AccessReach, party: str, admissions: list[str]) -> ExitStep:
    """What keeps a party on the register of parties: money, offices, groups."""
    venue = reach.parties.venue
    held = sorted(
        f"{amount} {asset} ({purpose})"
        for (owner, asset, purpose), amount in reach.ledger.balances.items()
        if owner == party and amount and venue is not None and asset == venue.currency
    )
    by_admission = {name.partition(" ")[0] for name in admissions}
    offices = [role for role in roles_of(reach, party) if role not in by_admission]
    return ExitStep(
        step="deregister",
        open=(
            *held,
            *(f"the office {role}" for role in offices),
            *(f"membership of {group}" for group in groups_of(reach, party)),
        ),
        what_next="pay out the money, end the offices and memberships, then deregister",
    )


def _check_admitted(reach: AccessReach, party: str, factor: str) -> None:
    known = [
        admission
        for _, admission in sorted(reach.access.admissions.get(party, {}).items())
        if admission.standing != LEFT and factor in {"", admission.factor}
    ]
    refuse_unless(
        known, "access.nothing_to_leave", party=party, what=f"for {factor}" if factor else "at all"
    )


def _what(factor: str) -> str:
    return factor or "all factors"

"""Who may act for whom: powers of attorney with a scope, limits and a term."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from yaosu.kernel import canonical
from yaosu.kernel.ids import DIGEST_FORM, check_id
from yaosu.kernel.instant import check_instant, format_instant
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.words import Command, Event, tag_of
from yaosu.parties import refusals
from yaosu.parties.commands import ActFor, GivePower, WithdrawPower
from yaosu.parties.decide import has_role, party_of, roles_of
from yaosu.parties.events import ActedFor, PowerGiven, PowerWithdrawn
from yaosu.parties.methods.roles import GRANTED_BY_ADMISSION, conflict_with
from yaosu.parties.state import PartiesReach
from yaosu.parties.values import FACTS_MAX, Power

EVERYTHING = "*"
REQUEST_BYTES_MAX = 1 << 20
COMMANDS_MAX = 100
GIVES_POWERS = tag_of(GivePower)  # named itself or not at all: no power passes on by itself
__all__ = ["refusals"]


def on_behalf(command: Command, attorney: str, power: str) -> ActFor:
    """A command that the principal could ask (its actor), as its attorney asks it."""
    return ActFor(actor=attorney, key=command.key, power=power, request=canonical.encode(command))


def decide_give_power(reach: PartiesReach, command: GivePower) -> list[Event]:
    """A power is new, over things named, for a time, by its principal or from a document."""
    check_id(command.power, "power")
    refuse_unless(
        command.power not in reach.parties.powers, "parties.power_exists", power=command.power
    )
    principal = party_of(reach, command.principal or command.actor).id
    attorney = party_of(reach, command.attorney).id
    is_own = principal == command.actor
    refuse_unless(
        is_own or has_role(reach, command.actor, "registrar"),
        "parties.not_your_power",
        actor=command.actor,
        power=command.power,
    )
    is_proved = DIGEST_FORM.fullmatch(command.source) or (is_own and command.source == "")
    refuse_unless(is_proved, "parties.bad_source", source=command.source or "missing")
    begin = reach.now if command.term_from is None else command.term_from
    check_instant(begin, "the beginning")
    check_instant(command.term_to, "the end")
    reason = ""
    if attorney == principal:
        reason = "nobody needs one for oneself"
    elif not 0 < len(command.commands) <= COMMANDS_MAX or not all(command.commands):
        reason = f"it names {len(command.commands)} commands, 1 to {COMMANDS_MAX} are allowed"
    elif len(command.limits) > FACTS_MAX:
        reason = f"it has {len(command.limits)} limits, {FACTS_MAX} are allowed"
    elif command.term_to and command.term_to <= max(begin, reach.now):
        reason = "it ends before it begins"
    refuse_unless(not reason, "parties.bad_power", power=command.power, reason=reason)
    power = Power(
        id=command.power,
        principal=principal,
        attorney=attorney,
        commands=tuple(sorted(set(command.commands))),
        limits=dict(sorted(command.limits.items())),
        term_from=begin,
        term_to=command.term_to,
        source=command.source,
        given_by=command.actor,
    )
    return [PowerGiven(power=power)]


def decide_withdraw_power(reach: PartiesReach, command: WithdrawPower) -> list[Event]:
    """A power is withdrawn once: by the principal, a registrar, or the attorney who gives it up."""
    power = _known(reach, command.power)
    refuse_unless(
        command.actor in {power.principal, power.attorney}
        or has_role(reach, command.actor, "registrar"),
        "parties.not_your_power",
        actor=command.actor,
        power=power.id,
    )
    refuse_unless(not power.withdrawn_at, "parties.power_withdrawn_before", power=power.id)
    withdrawn = replace(
        power,
        withdrawn_at=reach.now,
        withdrawn_by=command.actor,
        withdrawn_for=command.reason,
    )
    return [PowerWithdrawn(power=withdrawn)]


def check_power(
    reach: PartiesReach, command: ActFor, asked: Command, fields: Mapping[str, Any]
) -> list[Event]:
    """What an attorney asks is in its power, or there is a refusal; the event that says for whom.

    Offices are not exercised by a power: whoever acts in one holds the role, so that roles kept
    apart stay apart. Nor does a power join what is kept apart: an attorney whose own role excludes
    one of its principal's may not act for it.

    Args:
        asked: the command behind the request. ``fields``: its fields by name.
    """
    power = _known(reach, command.power)
    reason = ""
    if power.attorney != command.actor:
        reason = f"it is {power.attorney}'s"
    elif power.withdrawn_at:
        reason = f"it was withdrawn at {format_instant(power.withdrawn_at)}"
    elif not power.is_in_force(reach.now):
        reason = f"it counts from {format_instant(power.term_from)}" + (
            f" until {format_instant(power.term_to)}" if power.term_to else ""
        )
    elif asked.actor != power.principal or asked.key != command.key:
        reason = f"what is asked is not {power.principal}'s with the same key"
    elif not covers(power, tag_of(asked)):
        reason = f"it does not cover {tag_of(asked)}"
    for field, value in power.limits.items():
        if not reason and fields.get(field) != value:
            reason = f"{field} must be {value}"
    refuse_unless(not reason, "parties.no_power", power=power.id, reason=reason)
    roles = roles_of(reach, power.principal)
    offices = [role for role in roles if role not in GRANTED_BY_ADMISSION]
    refuse_unless(
        not offices,
        "parties.office_not_delegated",
        principal=power.principal,
        role=offices[0] if offices else "",
    )
    own = roles_of(reach, power.attorney)
    for role in roles:
        conflict = conflict_with(role, own)
        refuse_unless(
            not conflict,
            "parties.conflicting_role",
            party=power.attorney,
            role=f"{role}, for {power.principal}",
            held=conflict,
        )
    return [
        ActedFor(
            power=power.id,
            principal=power.principal,
            attorney=power.attorney,
            asked=tag_of(asked),
            at=reach.now,
        )
    ]


def covers(power: Power, tag: str) -> bool:
    """Whether a command is among those a power names."""
    if tag == GIVES_POWERS:
        return tag in power.commands
    floor = tag.partition(".")[0]
    return any(known in {tag, EVERYTHING, f"{floor}.*"} for known in power.commands)


def _known(reach: PartiesReach, power: str) -> Power:
    return found(reach.parties.powers.get(power), "parties.unknown_power", power=power)

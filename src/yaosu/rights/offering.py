"""What must hold of a unit before its rights are offered; and how collective land gets there.

A profile may say that units of some kind (land of a collective) come to the market only by an entry
of their own, and that a unit needs an assessed quality. Once there, they are like all the others.
"""

from msgspec.structs import replace

from yaosu.kernel.ids import derive_id
from yaosu.kernel.numbers import WHOLE
from yaosu.kernel.refusal import Refusal, refuse_unless
from yaosu.kernel.words import Event
from yaosu.parties.resolutions import prove_resolved
from yaosu.rights import refusals
from yaosu.rights.assessing import age_days, quality_of
from yaosu.rights.commands import EnterMarket
from yaosu.rights.correcting import next_version
from yaosu.rights.events import RegisterChanged
from yaosu.rights.profile import MarketEntry, Profile
from yaosu.rights.register import check_disposable, profile_of
from yaosu.rights.registration import check_source
from yaosu.rights.renewing import plan_permits
from yaosu.rights.restructuring import unit_of
from yaosu.rights.state import RightsReach
from yaosu.rights.values import RegisterEntry, Right, Unit

__all__ = ["refusals"]


def decide_enter_market(reach: RightsReach, command: EnterMarket) -> list[Event]:
    """A unit comes to the market: right use by plan, its owner registered and resolved to it."""
    unit = unit_of(reach, command.unit)
    profile = profile_of(reach, unit.factor)
    check_source(command.source)
    needs = profile.register.market_entry
    reason = ""
    if needs is None or unit.attributes.get(needs.attribute) != needs.value:
        reason = "it needs no entry of its own"
    elif unit.market_entry:
        reason = f"it came there by {unit.market_entry}"
    owner, use = "", str(unit.attributes.get(profile.register.use, ""))
    if not reason:
        assert needs is not None
        owner = _owner_of(reach, unit, needs)
        reason = _obstacle(reach, unit, needs, owner, use)
    refuse_unless(not reason, "rights.may_not_enter_market", unit=unit.id, reason=reason)
    assert needs is not None
    entry = RegisterEntry(
        id=derive_id("entry", reach.cause, "change", unit.id),
        kind="change",
        unit=unit.id,
        made_by=command.actor,
        beneficiary=owner,
        source=command.source,
        reason=f"enters the market by resolution {command.resolution}",
        at=reach.now,
    )
    used = prove_resolved(
        reach,
        command.resolution,
        owner,
        needs.purpose,
        unit.id,
        terms={},
        on=entry.id,
        by=command.actor,
    )
    entered = replace(next_version(reach, unit, entry.id, unit.attributes), market_entry=entry.id)
    return [*used, RegisterChanged(entries=(entry,), units=(entered,))]


def check_offerable(reach: RightsReach, right: str) -> Right:
    """The right, if it may be offered now; more than that it may be disposed of.

    Raises:
        Refusal: those of :func:`~yaosu.rights.register.check_disposable`, ``rights.not_entered``,
            ``rights.quality_too_low``.
    """
    known = check_disposable(reach, right)
    refusal = not_offerable(reach, known)
    if refusal is not None:
        raise refusal
    return known


def not_offerable(reach: RightsReach, right: Right) -> Refusal | None:
    """Why a right that may be disposed of may not be offered, or None."""
    unit = reach.rights.units.get(right.unit)
    if unit is None:  # registered by the same command, and looked at by itself
        return None
    return unit_not_offerable(reach, profile_of(reach, right.factor), unit)


def unit_not_offerable(reach: RightsReach, profile: Profile, unit: Unit) -> Refusal | None:
    """Why rights in a unit may not be offered, or None."""
    needs = profile.register.market_entry
    is_meant = needs is not None and unit.attributes.get(needs.attribute) == needs.value
    if is_meant and not unit.market_entry:
        return Refusal("rights.not_entered", unit=unit.id)
    least, days_max = profile.register.quality_min, profile.register.quality_days_max
    if not least:
        return None
    quality = quality_of(reach.rights, unit.id)
    age = 0 if quality is None else age_days(quality, reach.now)
    if quality is None or quality.result < least or (days_max and age > days_max):
        return Refusal(
            "rights.quality_too_low",
            unit=unit.id,
            quality="not assessed" if quality is None else f"{quality.result}, {age} days old",
            least=least,
            days_max=days_max or "any number of",
        )
    return None


def _owner_of(reach: RightsReach, unit: Unit, needs: MarketEntry) -> str:
    """Who holds the whole of the unit by the kind of right that owns it, or nobody."""
    rights = [reach.rights.rights[one] for one in reach.rights.by_unit.get(unit.id, {})]
    owners = [one.holder for one in rights if one.kind == needs.owner and one.share == WHOLE]
    return owners[0] if owners else ""


def _obstacle(reach: RightsReach, unit: Unit, needs: MarketEntry, owner: str, use: str) -> str:
    if use not in needs.uses:
        return f"its use is {use}, not one of {', '.join(needs.uses)}"
    if not plan_permits(reach, unit.id, use):
        return f"no plan in force permits the use {use}"
    return "" if owner else f"no {needs.owner} of the whole is registered"

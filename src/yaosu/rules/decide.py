"""Which rule packs may be adopted, and the questions other floors put to the rules."""

from collections.abc import Mapping

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.places.decide import region_of, zone_of
from yaosu.rules import refusals
from yaosu.rules.check import check_beside, check_pack
from yaosu.rules.commands import AdoptRules
from yaosu.rules.evaluate import evaluate
from yaosu.rules.events import RulesAdopted
from yaosu.rules.items.outcome import Outcome
from yaosu.rules.overlay import (
    RulesInForce,
    covered,
    pack_in_force,
    packs_ahead,
    rank,
    rules_digest,
    rules_in_force,
)
from yaosu.rules.pack import ENTRY_PURPOSES, Condition, Pack, Value
from yaosu.rules.state import RulesReach

NATIONAL = "national"
__all__ = ["refusals", "rules_digest", "rules_in_force"]


def decide_adopt_rules(reach: RulesReach, command: AdoptRules) -> list[Event]:
    """A pack is new, holds together, comes after its last version, and ties with no other."""
    pack = command.pack
    head = pack.pack
    versions = reach.rules.packs.get(head.id, [])
    refuse_unless(
        head.version not in [known.pack.pack.version for known in versions],
        "rules.version_exists",
        pack=head.id,
        version=head.version,
    )
    if versions:
        _check_follows(pack, versions[-1].pack)
    refuse_unless(
        head.expiry == 0 or head.expiry > reach.now,
        "rules.already_expired",
        pack=pack.name,
        expiry=format_instant(head.expiry),
    )
    if head.base:
        _check_overlay(reach, pack)
    else:
        check_pack(pack)
        _check_standing_overlays(reach, pack)
    return [RulesAdopted(pack=pack, digest=digest(encode(pack)).hex(), at=reach.now)]


def conditions_for(
    reach: RulesReach, purpose: str, factor: str, role: str = "*"
) -> list[Condition]:
    """The national conditions of a purpose for a factor and role, by id: the same everywhere.

    Raises:
        Refusal: ``rules.not_in_force`` where there is no national pack.
    """
    rules = national(reach)
    return [
        item
        for _, item in sorted(rules.items.items())
        if isinstance(item, Condition)
        and item.purpose == purpose
        and not {"*", factor}.isdisjoint(item.factors)
        and not {"*", role}.isdisjoint(item.roles)
    ]


def national(reach: RulesReach) -> RulesInForce:
    """The national rules alone, or a refusal."""
    return found(rules_in_force(reach, NATIONAL), "rules.not_in_force", pack=NATIONAL)


def ask(rules: RulesInForce, item: str, facts: Mapping[str, Value]) -> Outcome:
    """What an item in force gives for these facts."""
    return evaluate(rules.items, rules.facts, item, facts)


def parameter_of(
    reach: RulesReach, item: str, region: str = "", base: str = NATIONAL
) -> Value | None:
    """The value of a parameter in a region, or None where no rule sets it."""
    ground = pack_in_force(reach, base)
    if ground is None or not (region or any(known.id == item for known in ground.pack.items)):
        return None  # most are asked for with every command, and set by no rule
    rules = rules_in_force(reach, base, region)
    if rules is None or item not in rules.items:
        return None
    result = ask(rules, item, {}).result
    return None if isinstance(result, dict) else result


def version_name(reach: RulesReach, region: str = "", base: str = NATIONAL) -> str:
    """``id@version`` of the rules in force in a region, joined by ``+``; empty where none are."""
    rules = rules_in_force(reach, base, region)
    return "" if rules is None else rules.name


def version_name_at(reach: RulesReach, at: int, region: str = "", base: str = NATIONAL) -> str:
    """What :func:`version_name` gave at an instant."""
    rules = rules_in_force(reach, base, region, at)
    return "" if rules is None else rules.name


def _check_follows(pack: Pack, before: Pack) -> None:
    refuse_unless(
        pack.pack.effective > before.pack.effective,
        "rules.not_later",
        pack=pack.pack.id,
        version=pack.pack.version,
        effective=format_instant(pack.pack.effective),
        before=format_instant(before.pack.effective),
    )
    refuse_unless(pack.pack.base == before.pack.base, "rules.base_changed", pack=pack.pack.id)


def _check_overlay(reach: RulesReach, pack: Pack) -> None:
    """An overlay has a base, a place and a sunset, leaves entry alone, and meets no equal."""
    head = pack.pack
    ahead = [adopted.pack for adopted in packs_ahead(reach)]
    bases = [known for known in ahead if known.pack.id == head.base and not known.pack.base]
    refuse_unless(bases, "rules.unknown_base", pack=pack.name, base=head.base)
    for base in bases:
        check_pack(pack, base)
        _check_entry_untouched(pack, base)
    if head.zone:
        zone_of(reach, head.zone)
    else:
        region_of(reach, head.region)
    for other in ahead:
        if other.pack.base == head.base and other.pack.id != head.id:
            _check_tie(reach, pack, other)
            for base in bases:
                check_beside(base, pack, other)


def _check_entry_untouched(pack: Pack, base: Pack) -> None:
    """An overlay neither has nor changes entry conditions, nor anything that they read."""
    entry = {
        item.id
        for source in (base, pack)
        for item in source.condition
        if item.purpose in ENTRY_PURPOSES
    }
    for item in pack.items:
        refuse_unless(
            item.id not in entry and not _is_read_by_entry(base, item.id),
            "rules.extra_entry_condition",
            pack=pack.name,
            item=item.id,
        )


def _is_read_by_entry(base: Pack, item: str) -> bool:
    """Whether an entry condition of the base reads an item, directly or by way of others."""
    reads = {known.id: known.reads for known in base.items}
    waiting = [r for c in base.condition if c.purpose in ENTRY_PURPOSES for r in c.reads]
    seen: set[str] = set()
    while waiting:
        read = waiting.pop()
        if read == item:
            return True
        if read not in seen:
            seen.add(read)
            waiting.extend(reads.get(read, ()))
    return False


def _check_tie(reach: RulesReach, pack: Pack, other: Pack) -> None:
    shared = sorted({item.id for item in pack.items} & {item.id for item in other.items})
    places = covered(reach, pack) & covered(reach, other)
    ends = [p.pack.expiry for p in (pack, other)]
    is_together = max(pack.pack.effective, other.pack.effective) < min(ends)
    if shared and places and is_together and rank(reach, pack) == rank(reach, other):
        refuse(
            "rules.tie",
            pack=pack.name,
            other=other.name,
            item=shared[0],
            place=min(places),
        )


def _check_standing_overlays(reach: RulesReach, base: Pack) -> None:
    """A new version of a base still holds together with every overlay that stands on it."""
    for adopted in packs_ahead(reach):
        if adopted.pack.pack.base == base.pack.id:
            check_pack(adopted.pack, base)
            _check_entry_untouched(adopted.pack, base)

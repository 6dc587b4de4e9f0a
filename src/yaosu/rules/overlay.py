"""Overlays: which rule packs apply in a place at an instant, and which comes first.

Precedence, strongest first: the greater explicit number, the narrower place (fewer regions), the
later effect. Two overlays of equal standing that change the same item where they meet are refused
when the second is adopted.
"""

from bisect import bisect_right

from msgspec import Struct

from yaosu.kernel.canonical import digest, encode
from yaosu.places.decide import regions_at, zone_of
from yaosu.places.methods.tree import covered_by, path_of
from yaosu.rules.evaluate import AnyItem
from yaosu.rules.pack import Pack
from yaosu.rules.state import AdoptedPack, RulesReach, Span

NEVER = 1 << 63  # later than every instant


class RulesInForce(Struct, frozen=True, kw_only=True):
    """The rules of a place at an instant.

    Attributes:
        packs: ``id@version`` of the base and of each overlay applied, weakest first.
        items: item id -> the item that holds.
        facts: declared facts and their kinds.
    """

    packs: tuple[str, ...]
    items: dict[str, AnyItem]
    facts: dict[str, str]

    @property
    def name(self) -> str:
        """How a trade or an admission records the rules it was made under."""
        return "+".join(self.packs)


def begins(adopted: AdoptedPack) -> int:
    """The instant from which a pack holds: its effect, or its adoption when that was later."""
    return max(adopted.pack.pack.effective, adopted.at)


def pack_in_force(reach: RulesReach, pack: str, at: int | None = None) -> AdoptedPack | None:
    """The version of a pack in force at an instant (now), or None."""
    if at is None or at == reach.now:
        return span_now(reach).packs.get(pack)
    return _in_force(reach.rules.packs.get(pack, []), at)


def packs_in_force(reach: RulesReach, at: int | None = None) -> list[AdoptedPack]:
    """Every pack in force at an instant (now), by id."""
    if at is None or at == reach.now:
        return list(span_now(reach).packs.values())
    return list(_all_in_force(reach, at).values())


def span_now(reach: RulesReach) -> Span:
    """The time round now in which no pack begins or ends: most questions fall into the same."""
    known, now = reach.rules.spans, reach.now
    if not known or not known[0].first <= now < known[0].end:
        packs = _all_in_force(reach, now)
        turns = sorted(
            turn
            for versions in reach.rules.packs.values()
            for version in versions
            for turn in (begins(version), version.pack.pack.expiry or NEVER)
        )
        passed = bisect_right(turns, now)
        known[:] = [
            Span(
                first=turns[passed - 1] if passed else -NEVER,
                end=turns[passed] if passed < len(turns) else NEVER,
                packs=packs,
                digest=digest(encode([(one.pack.name, one.digest) for one in packs.values()])),
            )
        ]
    return known[0]


def _all_in_force(reach: RulesReach, moment: int) -> dict[str, AdoptedPack]:
    known = {pack: _in_force(reach.rules.packs[pack], moment) for pack in sorted(reach.rules.packs)}
    return {pack: adopted for pack, adopted in known.items() if adopted is not None}


def _in_force(versions: list[AdoptedPack], moment: int) -> AdoptedPack | None:
    begun = [known for known in versions if begins(known) <= moment]
    if not begun:
        return None
    expiry = begun[-1].pack.pack.expiry
    return begun[-1] if expiry == 0 or moment < expiry else None


def packs_ahead(reach: RulesReach) -> list[AdoptedPack]:
    """Every version in force now or still to come, by pack and version in order of adoption."""
    ahead = []
    for pack in sorted(reach.rules.packs):
        now = pack_in_force(reach, pack)
        later = [known for known in reach.rules.packs[pack] if begins(known) > reach.now]
        ahead += [*([now] if now is not None else []), *later]
    return ahead


def rules_in_force(
    reach: RulesReach, base: str = "national", region: str = "", at: int | None = None
) -> RulesInForce | None:
    """The rules of a base pack with the overlays of a region on it, or None without the base.

    Args:
        region: empty leaves all overlays out: the national rules alone.
    """
    moment = reach.now if at is None else at
    ground = pack_in_force(reach, base, moment)
    if ground is None:
        return None
    overlays = [
        adopted.pack
        for adopted in packs_in_force(reach, moment)
        if adopted.pack.pack.base == base
        and region
        and _applies(reach, adopted.pack, region, moment)
    ]
    overlays.sort(key=lambda pack: (*rank(reach, pack), pack.pack.id))
    items: dict[str, AnyItem] = {}
    facts: dict[str, str] = {}
    for pack in (ground.pack, *overlays):
        facts.update(pack.facts)
        items.update({i.id: i for i in pack.items if i.expiry == 0 or moment < i.expiry})
    return RulesInForce(
        packs=(ground.pack.name, *(pack.name for pack in overlays)), items=items, facts=facts
    )


def rank(reach: RulesReach, overlay: Pack) -> tuple[int, int, int]:
    """The standing of an overlay: the greater comes first. (precedence, -regions, effect)."""
    head = overlay.pack
    return head.precedence, -len(covered(reach, overlay)), head.effective


def covered(reach: RulesReach, overlay: Pack) -> set[str]:
    """The regions an overlay applies in. For counting and membership only."""
    head = overlay.pack
    chosen = zone_of(reach, head.zone).regions if head.zone else (head.region,)
    return covered_by(regions_at(reach), chosen)


def rules_digest(reach: RulesReach) -> bytes:
    """32 bytes that stand for all rules in force now; in the header of every entry."""
    return span_now(reach).digest


def _applies(reach: RulesReach, overlay: Pack, region: str, at: int) -> bool:
    head = overlay.pack
    path = path_of(regions_at(reach, at), region)
    if head.region:
        return head.region in path
    zone = zone_of(reach, head.zone)
    is_open = zone.term_from <= at and (zone.term_to == 0 or at < zone.term_to)
    return is_open and not set(path).isdisjoint(zone.regions)

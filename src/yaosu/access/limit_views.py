"""What one reads of limits per party: how much of each is used, what is left, by what."""

from msgspec import Struct
from msgspec.structs import replace

from yaosu.access.limit_rows import LimitRow, any_limits
from yaosu.access.limits import CONTRACT, HELD, Bucket, Limit, Limits, what_of, words_of
from yaosu.access.state import AccessReach
from yaosu.kernel.columns import Columns, Text
from yaosu.rights.values import Promise


class LimitUse(Struct, frozen=True, kw_only=True):
    """How much of one limit a party has used, with those that count as one with it.

    Attributes:
        what: is added up, in words. measure: in what the numbers are.
        most, used, left: the figure, and what of it is taken; ``left`` is 0 where more is used.
        held, ordered, awaited: of ``used``, what it has, what stands in orders, bids and deals,
            and what contracts that wait will bring.
        together: parties that count as one, by id, where there are several.
        item, packs: where the figure stands.
        is_exempt: an attestation takes the party out. is_above: it has more than it may.
        row: as the rules say it. name, region: that are added up by themselves; empty: all.
    """

    party: str
    limit: str
    what: str
    measure: str
    most: int
    used: int
    left: int
    held: int
    ordered: int
    awaited: int
    together: tuple[str, ...]
    item: str
    packs: str
    is_exempt: bool
    is_above: bool
    row: LimitRow
    name: str
    region: str


def limit_uses(reach: AccessReach, party: str) -> list[LimitUse]:
    """The limits that a party uses, wherever it or one related to it has something; by name."""
    if not any_limits(reach):
        return []
    limits = Limits(reach)
    found: dict[tuple[tuple[str, str, int], Bucket], LimitUse] = {}
    related: dict[str, list[Promise]] = {}
    for region in sorted(_regions_of(reach, limits, party, related)):
        for limit in limits.in_region(region):
            is_meant = limits.is_meant(limit, party)
            for name in limits.related(limit.row, party) if is_meant else ():
                for promise in _all_of(reach, limits, name, related):
                    for bucket in limits.buckets(limit.row, promise):
                        if promise.region == region and (limit.key, bucket) not in found:
                            found[limit.key, bucket] = _use(limits, limit, party, bucket)
    return [found[key] for key in sorted(found)]


def limits_page(reach: AccessReach, parties: list[str] | None = None) -> Columns:
    """The use of every limit by each party (all of them), in columns."""
    names = sorted(reach.parties.parties) if parties is None else parties
    rows = [use for name in names for use in limit_uses(reach, name)] if any_limits(reach) else []
    texts = ("party", "limit", "what", "measure")
    numbers = ("most", "used", "left", "held", "ordered", "awaited")
    return Columns.of(
        **{name: Text.of([getattr(row, name) for row in rows]) for name in texts},
        **{name: [getattr(row, name) for row in rows] for name in numbers},
        together=Text.of([" ".join(row.together) for row in rows]),
        item=Text.of([row.item for row in rows]),
        packs=Text.of([row.packs for row in rows]),
        standing=Text.of([_standing(row) for row in rows]),
    )


def _standing(row: LimitUse) -> str:
    if row.is_exempt:
        return "exempt"
    return "above" if row.is_above else "within"


def _all_of(
    reach: AccessReach, limits: Limits, party: str, known: dict[str, list[Promise]]
) -> list[Promise]:
    """What a party has, unit by unit, as if it were promised; and what it has promised."""
    if party not in known:
        held = (
            Promise(
                party=party,
                source=HELD,
                factor=factor,
                kind=kind,
                instrument=instrument,
                region=region,
                unit=unit,
                gets=1,
            )
            for (factor, kind, instrument, region), units in (
                reach.rights.holdings_of(party).units.items()
            )
            for unit in units
        )
        known[party] = [*held, *limits.promised_to(party)]
    return known[party]


def _regions_of(
    reach: AccessReach, limits: Limits, party: str, known: dict[str, list[Promise]]
) -> set[str]:
    """The regions in which a party, or one that some limit counts with it, has something."""
    names = {party}
    for limit in limits.in_region(""):
        names.update(limits.related(limit.row, party))
    return {one.region for name in sorted(names) for one in _all_of(reach, limits, name, known)}


def _use(limits: Limits, limit: Limit, party: str, bucket: Bucket) -> LimitUse:
    row = limit.row
    is_exempt = limits.is_exempt(row, party)
    if is_exempt:  # what it has by itself, though nobody counts it
        limit = replace(limit, row=replace(row, exempt="", group="", who=""))
    use = limits.use_of(limit, limits.top_of(limit.row, party), bucket)
    most = limits.most_of(limit, bucket)
    held = use.lots.get(HELD, 0) + len(use.units)
    awaited = use.lots.get(CONTRACT, 0)
    related = limits.related(limit.row, party)
    return LimitUse(
        party=party,
        limit=row.limit,
        what=what_of(row, bucket),
        measure=words_of(limit),
        most=most,
        used=use.total,
        left=max(most - use.total, 0),
        held=held,
        ordered=use.total - held - awaited,
        awaited=awaited,
        together=tuple(related) if len(related) > 1 else (),
        item=row.item if row.item in limit.rules.items else limit.table,
        packs=limit.rules.name,
        is_exempt=is_exempt,
        is_above=use.total > most and not is_exempt,
        row=row,
        name=bucket[0],
        region=bucket[1],
    )

"""The limits of a party: the figure of each, what is used of it and by what, what is left."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from yaosu.access.limit_rows import BASIS_POINTS, EACH_REGION, MINOR, LimitRow, any_limits
from yaosu.access.limit_views import LimitUse, limit_uses
from yaosu.access.limits import Limits
from yaosu.core import State
from yaosu.server.console.names import Names
from yaosu.server.console.numbers import decimal, whole
from yaosu.server.console.words import Say, say_in

PARTIES_MAX = 500


class LimitLine(Struct, frozen=True, kw_only=True):
    """One limit as a party uses it; numbers as text, in the measure of the limit.

    Attributes:
        about: what is added up, in words. part: of a hundred that is used, at most 100.
        standing: within, above or exempt. item, packs: where the figure stands.
        together: names of those that count as one.
    """

    limit: str
    about: str
    counts: str
    measure: str
    most: str
    used: str
    left: str
    held: str
    ordered: str
    awaited: str
    part: int
    standing: str
    together: tuple[str, ...]
    item: str
    packs: str


class LimitsPage(Struct, frozen=True, kw_only=True):
    """The limits of one party; ``has_any``: whether the rules in force have limits at all."""

    party: str
    name: str
    parties: tuple[tuple[str, str], ...]
    rows: tuple[LimitLine, ...]
    has_any: bool


def limits_of(state: State, names: Names, parties: Sequence[str] | None, chosen: str) -> LimitsPage:
    """The limits of the chosen one of these parties; None: of any."""
    known = sorted(state.parties.parties) if parties is None else list(parties)
    party = chosen if chosen in known else next(iter(known), "")
    shown = [party, *(one for one in known if one != party)][:PARTIES_MAX] if party else []
    return LimitsPage(
        party=party,
        name=names.party(party) if party else "",
        parties=tuple((one, names.party(one)) for one in sorted(shown)),
        rows=tuple(_line(use, names) for use in limit_uses(state, party)) if party else (),
        has_any=any_limits(state),
    )


def limits_about(
    state: State, names: Names, factor: str, instruments: Sequence[str], regions: Iterable[str]
) -> list[str]:
    """The limits that orders for these instruments there would be held against, in words."""
    if not any_limits(state):
        return []
    say, limits, told = _say(names), Limits(state), {}
    for region in regions:
        for limit in limits.in_region(region):
            row = limit.row
            fits = row.factor in ("", factor) and row.instrument in ("", *instruments)
            if fits:
                facts = {"limit": row.limit, "counts": say(f"limits.counts_{row.counts}")}
                most = _figure(limit.most, row, names)
                told[row.limit, most] = say("limits.told", most=most, **facts)
    return [told[key] for key in sorted(told)]


def _say(names: Names) -> Say:
    return say_in("zh" if names.is_chinese else "en")


def _line(use: LimitUse, names: Names) -> LimitLine:
    row, say = use.row, _say(names)
    about = [names.factor(row.factor) if row.factor else say("limits.all_factors")]
    about += filter(None, (row.instrument or (use.name if row.each == "instrument" else ""),))
    about += filter(None, (row.kind or (use.name if row.each == "kind" else ""),))
    about += filter(None, (row.unit or (use.name if row.each == "unit" else ""),))
    place = use.region or (row.area if row.area != EACH_REGION else "")
    about += [names.region(place)] if place else []
    is_money = row.measure == MINOR

    def shown(number: int) -> str:
        return decimal(number, names.digits) if is_money else whole(number)

    standing = "exempt" if use.is_exempt else ("above" if use.is_above else "within")
    return LimitLine(
        limit=use.limit,
        about=" · ".join(about),
        counts=row.counts,
        measure=row.measure,
        most=shown(use.most),
        used=shown(use.used),
        left=shown(use.left),
        held=shown(use.held),
        ordered=shown(use.ordered),
        awaited=shown(use.awaited),
        part=min(100, use.used * 100 // use.most) if use.most else 100,
        standing=standing,
        together=tuple(names.party(one) for one in use.together),
        item=use.item,
        packs=use.packs,
    )


def _figure(most: int, row: LimitRow, names: Names) -> str:
    """A figure with its measure."""
    if row.measure == BASIS_POINTS:
        return f"{decimal(most, 2)} %"
    if row.measure == MINOR:
        return f"{decimal(most, names.digits)} {names.currency}"
    return f"{whole(most)} {_say(names)(f'limits.in_{row.measure}')}"

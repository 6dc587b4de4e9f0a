"""Open a market: what may be chosen from profiles, regions, networks and calendars."""

from collections.abc import Sequence

from msgspec import Struct

from yaosu.core import State
from yaosu.places.values import Region
from yaosu.server.console.drafts.market import (
    FIRST_PHASES,
    MECHANISMS,
    PREVENTIONS,
    PRICE_RULES,
    PROPOSING,
    SIDES,
)
from yaosu.server.console.names import Names


class FactorChoice(Struct, frozen=True, kw_only=True):
    """A factor; ``mechanism``: that its profile names; ``unit``: measurement of one lot."""

    factor: str
    name: str
    mechanism: str
    unit: str


class OpeningPage(Struct, frozen=True, kw_only=True):
    """All that the form offers.

    Attributes:
        regions: (id, name, depth in the tree).
    """

    factors: tuple[FactorChoice, ...]
    regions: tuple[tuple[str, str, int], ...]
    networks: tuple[str, ...]
    calendars: tuple[str, ...]
    currency: str
    digits: int
    mechanisms: tuple[str, ...] = MECHANISMS
    price_rules: tuple[str, ...] = PRICE_RULES
    preventions: tuple[str, ...] = PREVENTIONS
    sides: tuple[str, ...] = SIDES
    first_phases: tuple[str, ...] = FIRST_PHASES
    proposing: tuple[str, ...] = PROPOSING


def opening_page(state: State, names: Names) -> OpeningPage:
    """The form as it stands now."""
    trees = [tree for tree in state.places.trees if tree.effective <= state.now]
    regions = trees[-1].regions if trees else {}
    venue = state.parties.venue
    return OpeningPage(
        factors=tuple(_factor(names, factor) for factor in sorted(state.rights.profiles)),
        regions=tuple(_rows(regions, names)),
        networks=tuple(sorted(state.places.networks)),
        calendars=tuple(sorted(state.places.calendars)),
        currency=venue.currency if venue is not None else "",
        digits=names.digits,
    )


def _factor(names: Names, factor: str) -> FactorChoice:
    profile = names.profile(factor)
    assert profile is not None
    return FactorChoice(
        factor=factor,
        name=names.factor(factor),
        mechanism=profile.market.mechanism,
        unit=profile.factor.measurement,
    )


def _rows(regions: dict[str, Region], names: Names) -> list[tuple[str, str, int]]:
    """The tree from its roots down, each region before those below it."""
    below: dict[str, list[str]] = {}
    for region in sorted(regions):
        below.setdefault(regions[region].parent, []).append(region)
    rows: list[tuple[str, str, int]] = []
    waiting = [(region, 0) for region in reversed(below.get("", []))]
    while waiting:
        region, depth = waiting.pop()
        rows.append((region, names.region(region), depth))
        children: Sequence[str] = below.get(region, ())
        waiting += [(child, depth + 1) for child in reversed(children)]
    return rows

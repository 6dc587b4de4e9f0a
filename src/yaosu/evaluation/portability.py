"""What it costs that entitlements do not go along when somebody moves: a matching three times over.

Once with the choices as people state them (the friction is *lifted*), once with a *price* of so
many places down the own list for each entitlement that would be lost, and once with such choices
left out (*barred*). What differs is the effect of the friction on who is placed where. Choices
were stated under the rules of then; what people would choose under others is not in the record.
"""

from collections.abc import Mapping

import numpy as np

from yaosu.access.portability import (
    entitled,
    entitlements_in_force,
    periods_of,
    residence_of,
)
from yaosu.access.state import AccessReach
from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.refusal import found
from yaosu.markets.coupling import facts_for, orders_in
from yaosu.markets.form_matching import choices_of
from yaosu.markets.mechanisms.matching import match_choices
from yaosu.markets.mechanisms.matching_choices import Choices
from yaosu.markets.mechanisms.matching_parameters import MatchingParameters
from yaosu.markets.state import MarketsReach

LIFTED, PRICED, BARRED = "lifted", "priced", "barred"


def friction_in_market(reach: MarketsReach, market: str, price: int, seed: str) -> Columns:
    """The three matchings of the book of a market as it stands; see :func:`friction_effect`."""
    known = found(reach.markets.markets.get(market), "markets.unknown_market", market=market)
    choices = choices_of(orders_in(known), facts_for(reach, known))
    person, post = choices.choices.text("person"), choices.choices.text("post")
    lost = {
        (who, where): lost_by_moving(reach, who, where.rpartition("@")[2])
        for who in person.values
        for where in post.values
    }
    homes = {who: residence_of(reach, who) for who in person.values}
    return friction_effect(choices, lost, homes, price, MatchingParameters.of(seed=seed))


def lost_by_moving(reach: AccessReach, party: str, region: str) -> int:
    """How many entitlements of where a person lives it would lose there if nothing went along."""
    home = residence_of(reach, party)
    if not home or home == region:
        return 0
    known, periods = entitlements_in_force(reach), periods_of(reach, party)
    had = entitled(known, periods, home)
    there = entitled(known, periods, region, is_carried=False)
    return sum(one not in there for one in had)


def friction_effect(
    choices: Choices,
    lost: Mapping[tuple[str, str], int],
    homes: Mapping[str, str],
    price: int,
    parameters: MatchingParameters,
) -> Columns:
    """One matching for each treatment of the friction.

    Args:
        lost: (person, post) -> entitlements lost there; posts are named ``what@region``.
        homes: person -> region lived in, or empty.
        price: places down the own list for each entitlement lost.

    Columns: friction (lifted, priced, barred), placed, away (placed outside the own region), left
    (seats left), first (placed in the first choice as stated).
    """
    names = (LIFTED, PRICED, BARRED)
    person, post = (choices.choices.text(name).tolist() for name in ("person", "post"))
    costs = np.array([lost.get(pair, 0) for pair in zip(person, post, strict=True)], np.int64)
    stated = _places(person)
    first = {p: q for p, q, place in zip(person, post, stated, strict=True) if place == 0}
    seats = int(choices.seats["seats"].sum())
    rows = []
    for name in names:
        if name == BARRED:
            table = choices.choices.take(costs == 0)
        else:
            step = price if name == PRICED else 0
            # a choice stands behind those it is level with unless it was before them as stated
            order = np.lexsort((stated, stated + step * costs, _codes(person)))
            table = choices.choices.take(order)
        awards = match_choices(Choices(table, choices.seats, choices.members), parameters).awards
        placed = list(
            zip(awards.text("person").tolist(), awards.text("post").tolist(), strict=True)
        )
        away = sum(homes.get(p, "") not in {"", q.rpartition("@")[2]} for p, q in placed)
        is_first = sum(first.get(p) == q for p, q in placed)
        rows.append((len(placed), away, seats - len(placed), is_first))
    return Columns.of(
        friction=Text.of(list(names)),
        placed=[row[0] for row in rows],
        away=[row[1] for row in rows],
        left=[row[2] for row in rows],
        first=[row[3] for row in rows],
    )


def _places(person: list[str]) -> np.ndarray:
    """The place of each row in its person's list, from 0."""
    seen: dict[str, int] = {}
    places = []
    for name in person:
        places.append(seen.get(name, 0))
        seen[name] = places[-1] + 1
    return np.array(places, np.int64)


def _codes(person: list[str]) -> np.ndarray:
    names = {name: i for i, name in enumerate(sorted(set(person)))}
    return np.array([names[name] for name in person], np.int64)

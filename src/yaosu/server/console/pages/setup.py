"""Set up: which steps are done, which is next, and what each offers to choose from."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from yaosu.core import State
from yaosu.kernel.ids import ID_FORM
from yaosu.parties.decide import holders_of
from yaosu.rights.profiles import parse_profile
from yaosu.rules.parse import parse_pack
from yaosu.server.console.drafts.founding import OFFICES, TREES
from yaosu.server.console.drafts.rules import NATIONAL, fee_in
from yaosu.server.console.drafts.shipped import names_in, text_of
from yaosu.server.console.names import Names

STEPS = (
    "venue", "key", "rules", "regions", "calendar", "factors", "offices", "logins", "market",
)  # fmt: skip
FINISHED = "finished"


class StepRow(Struct, frozen=True):
    """One step; ``is_done`` as the journal has it, ``is_open`` once those before allow it."""

    name: str
    is_done: bool
    is_open: bool


class FactorOffer(Struct, frozen=True, kw_only=True):
    """A profile that may be adopted; ``is_held``: it is already."""

    factor: str
    name: str
    unit: str
    mechanism: str
    is_held: bool


class OfficeRow(Struct, frozen=True, kw_only=True):
    """A party with an office, and the logins that act for it."""

    party: str
    name: str
    role: str
    logins: tuple[str, ...]


class SetupPage(Struct, frozen=True, kw_only=True):
    """The wizard.

    Attributes:
        step: that is shown. done: how many are.
        fee: registration fee of the national pack, minor units.
        vkey: the key that signs checkpoints; empty where none does.
        both: whether the reader acts for operator and authority alike; ``mine``: parties left
            when the authority is handed over.
    """

    step: str
    steps: tuple[StepRow, ...]
    done: int
    venue: str
    suggested: str
    currency: str
    digits: int
    fee: int
    packs: tuple[str, ...]
    trees: tuple[str, ...]
    calendars: tuple[str, ...]
    factors: tuple[FactorOffer, ...]
    offices: tuple[OfficeRow, ...]
    authority: str
    both: bool
    mine: tuple[str, ...]
    vkey: str


def setup_page(
    state: State,
    names: Names,
    *,
    asked: str,
    parties: Sequence[str],
    logins: Mapping[str, Sequence[str]],
    login: str,
    vkey: str,
    suggested: str,
) -> SetupPage:
    """The wizard as it stands.

    Args:
        asked: the step that the reader wants to see; else the first that is not done.
        logins: login -> parties, all of them.
        suggested: name for the venue.
    """
    venue = state.parties.venue
    offices = _offices(state, names, logins, login)
    done = _done(state, offices, vkey)
    founded = done["venue"]
    steps = tuple(
        StepRow(name, done[name], founded or name == "venue")
        for name in STEPS
        if name != "key" or vkey or not founded
    )
    waiting = next((row.name for row in steps if not row.is_done), FINISHED)
    known = {row.name for row in steps if row.is_open}
    authority = venue.authority if venue is not None else ""
    return SetupPage(
        step=asked if asked in known or asked == FINISHED else waiting,
        steps=steps,
        done=sum(row.is_done for row in steps),
        venue=venue.id if venue is not None else "",
        suggested=suggested if ID_FORM.fullmatch(suggested) else "exchange",
        currency=venue.currency if venue is not None else "CNY",
        digits=names.digits,
        fee=fee_in(parse_pack(text_of("rules", NATIONAL))) or 0,
        packs=names_in("rules"),
        trees=tuple(TREES),
        calendars=names_in("calendars"),
        factors=tuple(_factor(names, one, state) for one in names_in("factors")),
        offices=offices,
        authority=authority,
        both=venue is not None and {venue.operator, authority} <= set(parties),
        mine=tuple(one for one in parties if one != authority),
        vkey=vkey,
    )


def _done(state: State, offices: Sequence[OfficeRow], vkey: str) -> dict[str, bool]:
    roles = {row.role for row in offices}
    return {
        "venue": state.parties.venue is not None,
        "key": not vkey or any(key.vkey == vkey for key in state.parties.keys),
        "rules": NATIONAL in state.rules.packs,
        "regions": bool(state.places.trees),
        "calendar": bool(state.places.calendars),
        "factors": bool(state.rights.profiles),
        "offices": set(OFFICES) <= roles,
        "logins": set(OFFICES) <= roles and all(row.logins for row in offices),
        "market": bool(state.markets.markets),
    }


def _offices(
    state: State, names: Names, logins: Mapping[str, Sequence[str]], mine: str
) -> tuple[OfficeRow, ...]:
    """Who holds an office; the reader's own login is not counted for the authority's."""
    rows = []
    for role in ("authority", *OFFICES):
        for party in holders_of(state, role):
            able = sorted(n for n, parties in logins.items() if party in parties and n != mine)
            rows.append(
                OfficeRow(party=party, name=names.party(party), role=role, logins=tuple(able))
            )
    return tuple(rows)


def _factor(names: Names, factor: str, state: State) -> FactorOffer:
    profile = parse_profile(text_of("factors", factor))
    part = profile.factor
    return FactorOffer(
        factor=factor,
        name=(names.is_chinese and part.zh) or part.name.capitalize(),
        unit=part.measurement,
        mechanism=profile.market.mechanism,
        is_held=factor in state.rights.profiles,
    )

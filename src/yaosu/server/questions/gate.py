"""Questions about the gate: who may come in, at what cost, and how one leaves."""

from typing import Any, Literal

from yaosu.access import views as access
from yaosu.access.exit import exit_page
from yaosu.access.limit_views import limits_page
from yaosu.core import State
from yaosu.evaluation.entry_cost import entry_cost, parse_sizes
from yaosu.evaluation.equal_use import equal_use, treatment
from yaosu.evaluation.portability import friction_in_market
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import refuse_unless
from yaosu.parties import views as parties
from yaosu.parties.decide import party_of
from yaosu.server.questions.looking import Asked, Look, Question, is_own, own_rows

OWNERS: dict[str, tuple[str, ...]] = {  # columns that name whom a row concerns; grades: nobody
    "admissions": ("party",),
    "recognitions": ("party", "supervisor"),
    "resolutions": ("group",),
    "powers": ("principal", "attorney"),
    "attestations": ("issuer", "about"),
    "doubtful": (),  # for offices
}


class Listed(Asked, frozen=True, kw_only=True):
    """Which list."""

    what: Literal[
        "admissions", "recognitions", "grades", "resolutions", "powers", "attestations", "doubtful"
    ]


class Leaving(Asked, frozen=True, kw_only=True):
    """Who would leave, and which factor; empty: all."""

    party: str
    factor: str = ""


class OfParties(Asked, frozen=True, kw_only=True):
    """Whose; empty: everybody that is shown."""

    parties: tuple[str, ...] = ()


class FirstTrade(Asked, frozen=True, kw_only=True):
    """A first trade: ``sizes`` is the text of a TOML file of size classes."""

    factor: str
    role: str = "bidder"
    sizes: str


class By(Asked, frozen=True, kw_only=True):
    """A fact of parties; empty: what the rules answer to equal requests."""

    by: str = ""


class Friction(Asked, frozen=True, kw_only=True):
    """A market that matches, places down the list for each entitlement, 64 hex digits."""

    market: str
    price: int = 1
    seed: str = "00" * 32


def listed(look: Look, asked: Listed) -> Any:
    """Rows of a list of the gate."""
    with look.state() as state:
        table = _table(state, asked.what)
    if asked.what not in OWNERS:
        return list(table.iterate())
    return own_rows(look, table.iterate(), *OWNERS[asked.what])


def _table(state: State, what: str) -> Columns:
    match what:
        case "admissions":
            return access.admissions(state.access)
        case "recognitions":
            return access.recognitions(state.access)
        case "grades":
            return access.grades(state.access, state.now)
        case "resolutions":
            return parties.resolutions(state.parties)
        case "powers":
            return parties.powers(state.parties, state.now)
        case "attestations":
            return parties.attestations(state.parties)
        case _:
            assert what == "doubtful", what
            return parties.doubtful(state.parties)


def leaving(look: Look, asked: Leaving) -> Any:
    """What keeps a party from leaving, step by step."""
    with look.state() as state:
        _check_shown(look, state, asked.party)
        steps = exit_page(state, asked.party, asked.factor)
    return [
        {"step": s.step, "done": s.is_done, "open": list(s.open), "what_next": s.what_next}
        for s in steps
    ]


def limits(look: Look, asked: OfParties) -> Any:
    """How much of each limit is used."""
    with look.state() as state:
        for party in asked.parties:
            _check_shown(look, state, party)
        named = sorted(set(asked.parties)) or None
        if named is None and look.parties is not None:
            named = sorted(look.parties & state.parties.parties.keys())
        table = limits_page(state, named)
    return list(table.iterate())


def first_trade(look: Look, asked: FirstTrade) -> Any:
    """What a first trade costs, by size class."""
    sizes = parse_sizes(asked.sizes)
    with look.state() as state:
        table = entry_cost(state, asked.factor, asked.role, sizes)
    return list(table.iterate())


def equal(look: Look, asked: By) -> Any:
    """What differs for owner type and size."""
    with look.state_apart() as state:
        table = treatment(state, asked.by) if asked.by else equal_use(state)
    return list(table.iterate())


def friction(look: Look, asked: Friction) -> Any:
    """What it costs that entitlements do not go along."""
    with look.state_apart() as state:
        table = friction_in_market(state, asked.market, asked.price, asked.seed)
    return list(table.iterate())


def _check_shown(look: Look, state: State, party: str) -> None:
    refuse_unless(is_own(look, (party,)), "parties.unknown", party=party)
    party_of(state, party)


GATE: dict[str, Question] = {
    "access.list": Question(
        asked=Listed, answer=listed, shown="own", what="Admissions, recognitions and the like."
    ),
    "access.exit": Question(
        asked=Leaving, answer=leaving, shown="own", what="What keeps a party from leaving."
    ),
    "access.limits": Question(
        asked=OfParties, answer=limits, shown="own", what="How much of each limit is used."
    ),
    "access.entry-cost": Question(
        asked=FirstTrade, answer=first_trade, shown="all", what="What a first trade costs."
    ),
    "access.equal-use": Question(
        asked=By, answer=equal, shown="office", what="What differs for owner type and size."
    ),
    "access.friction": Question(
        asked=Friction,
        answer=friction,
        shown="office",
        what="What it costs that entitlements do not go along on moving.",
    ),
}

"""Operate: markets with what may be done to them, who holds which role, which rules hold."""

from collections.abc import Sequence

from msgspec import Struct

from yaosu.core import COMMANDS, State
from yaosu.kernel.words import Command, tag_of
from yaosu.markets.commands import (
    ChangePhase,
    CloseBook,
    HaltTrading,
    ReopenBook,
    ResumeTrading,
)
from yaosu.markets.state import CLOSED, HALTED, OPEN, Market
from yaosu.markets.trading_phases import FOLLOWS
from yaosu.markets.without_book import ASKED_BY
from yaosu.parties.decide import has_role, roles_of
from yaosu.rules.differences import Change, differences
from yaosu.rules.overlay import pack_in_force
from yaosu.rules.state import AdoptedPack
from yaosu.server.console.names import Names
from yaosu.server.console.pages.acts import Act, Field
from yaosu.server.console.pages.cases import said_in

CONTINUOUS = "continuous"
MEMBERS_MAX = 500
CHANGES_MAX = 500
REASON = Field(name="reason")


class MarketRow(Struct, frozen=True, kw_only=True):
    """A market as who runs it sees it; ``acts``: what the reader may ask of it now."""

    market: str
    factor: str
    mechanism: str
    phase: str
    round: int
    orders: int
    lots: int
    acts: tuple[Act, ...]


class Member(Struct, frozen=True):
    """A party and the roles it holds now."""

    party: str
    name: str
    kind: str
    roles: tuple[str, ...]
    since: int


class PackRow(Struct, frozen=True, kw_only=True):
    """A rule pack.

    Attributes:
        version: that is in force now, empty where none is.
        versions: all that were adopted, oldest first.
    """

    pack: str
    title: str
    version: str
    effective: int
    expiry: int
    items: int
    versions: tuple[str, ...]


class Difference(Struct, frozen=True):
    """What one version of a pack changes against another; ``more``: how much is not shown."""

    pack: str
    before: str
    after: str
    versions: tuple[str, ...]
    changes: tuple[Change, ...]
    more: int


class OperatePage(Struct, frozen=True, kw_only=True):
    """What is in the state; tokens and health are the server's."""

    markets: tuple[MarketRow, ...]
    members: tuple[Member, ...]
    more: int
    packs: tuple[PackRow, ...]
    difference: Difference | None


def operate_page(
    state: State,
    names: Names,
    parties: Sequence[str],
    pack: str = "",
    before: str = "",
    after: str = "",
) -> OperatePage:
    """For who acts for these parties.

    Args:
        pack: whose versions ``before`` and ``after`` are compared; left out, the two newest of
            the first pack that has two.
    """
    known = sorted(state.parties.parties.items())
    return OperatePage(
        markets=tuple(
            _market(state, names, market, parties)
            for _, market in sorted(state.markets.markets.items())
        ),
        members=tuple(
            Member(name, party.name, party.kind, tuple(roles_of(state, name)), party.since)
            for name, party in known[:MEMBERS_MAX]
        ),
        more=max(0, len(known) - MEMBERS_MAX),
        packs=tuple(_pack(state, names, pack) for pack in sorted(state.rules.packs)),
        difference=_difference(state.rules.packs, pack, before, after),
    )


def _market(state: State, names: Names, market: Market, parties: Sequence[str]) -> MarketRow:
    return MarketRow(
        market=market.market,
        factor=names.factor(market.factor),
        mechanism=market.trading.mechanism or names.mechanism(market.factor),
        phase=market.phase if market.session is None else phase_of(market),
        round=market.round,
        orders=market.rows,
        lots=market.lots,
        acts=tuple(act for party in parties for act in _acts(state, names, market, party)),
    )


def phase_of(market: Market) -> str:
    """Of continuous trading: halted, or the phase of its session."""
    assert market.session is not None
    return market.phase if market.phase == HALTED else market.session.phase


def _acts(state: State, names: Names, market: Market, party: str) -> list[Act]:
    """What fits the phase and the role: a book is not frozen only to see whether it could be."""
    fitting: list[tuple[str, type[Command], dict[str, object], tuple[Field, ...]]] = []
    if market.trading.mechanism == CONTINUOUS or market.trading.mechanism in ASKED_BY:
        shut = market.session is not None and market.session.phase == CLOSED
        if market.phase == OPEN and not shut:
            fitting.append(("halt", HaltTrading, {}, (REASON,)))
        if market.phase == HALTED:
            fitting.append(("resume", ResumeTrading, {}, ()))
        if market.session is not None and market.phase == OPEN:
            fitting += [
                (f"to_{phase}", ChangePhase, {"phase": phase}, ())
                for phase in FOLLOWS[market.session.phase]
                if phase != HALTED
            ]
    elif market.phase == CLOSED:
        fitting.append(("reopen", ReopenBook, {}, (REASON,)))
    elif not market.trading.seed_hash and market.trading.random_end is None:
        fitting.append(("close", CloseBook, {}, ()))
    return [
        Act(
            name=name,
            command=tag_of(kind),
            fixed={"actor": party, "market": market.market, **more},
            party=names.party(party),
            fields=fields,
        )
        for name, kind, more, fields in fitting
        if any(has_role(state, party, role) for role in COMMANDS[kind].roles)
    ]


def _pack(state: State, names: Names, pack: str) -> PackRow:
    versions = state.rules.packs[pack]
    held = pack_in_force(state, pack)
    head = (held or versions[-1]).pack.pack
    return PackRow(
        pack=pack,
        title=said_in(names, head.title),
        version=held.pack.pack.version if held is not None else "",
        effective=head.effective,
        expiry=head.expiry,
        items=len((held or versions[-1]).pack.items),
        versions=tuple(one.pack.pack.version for one in versions),
    )


def _difference(
    packs: dict[str, list[AdoptedPack]], pack: str, before: str, after: str
) -> Difference | None:
    several = [name for name, versions in sorted(packs.items()) if len(versions) > 1]
    chosen = pack if pack in several else (several[0] if several else "")
    if not chosen:
        return None
    known = {one.pack.pack.version: one.pack for one in packs[chosen]}
    versions = tuple(known)
    old = before if before in known else versions[-2]
    new = after if after in known else versions[-1]
    found = differences(known[old], known[new])
    return Difference(
        chosen,
        old,
        new,
        versions,
        tuple(found[:CHANGES_MAX]),
        max(0, len(found) - CHANGES_MAX),
    )

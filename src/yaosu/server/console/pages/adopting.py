"""Adopt rules: the packs to choose from, and whether the reader may adopt any."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from yaosu.cases.needed import ADOPTS, AUTHORITY, demand_in, procedure_needed
from yaosu.cases.state import procedure_named
from yaosu.cases.values import OPEN
from yaosu.core import COMMANDS, State
from yaosu.parties.decide import has_role, holders_of
from yaosu.rules.commands import AdoptRules
from yaosu.rules.decide import NATIONAL
from yaosu.rules.overlay import pack_in_force
from yaosu.rules.parse import read_pack
from yaosu.server.console.drafts.rules import proposed_in
from yaosu.server.console.drafts.shipped import names_in, text_of
from yaosu.server.console.names import Names
from yaosu.server.console.pages.cases import said_in


class Proposal(Struct, frozen=True, kw_only=True):
    """A pack that waits for a second person: who proposed it, when, why, and until when it waits.

    Attributes:
        may: whether the reader may decide it.
    """

    case: str
    pack: str
    by: str
    at: int
    reason: str
    due: int
    may: bool


class AdoptPage(Struct, frozen=True, kw_only=True):
    """The form.

    Attributes:
        packs: (name, title) of those that come along.
        held: whether a pack is in force already.
        may: whether the reader acts for a party that adopts rules; ``authority``: who does.
        needed: the procedure by which rules are proposed; empty where one alone adopts them.
        is_bound: whether the national rules in force ask for a second person.
        proposals: those that wait, the oldest first.
    """

    packs: tuple[tuple[str, str], ...]
    held: bool
    may: bool
    parties: str
    authority: str
    needed: str
    is_bound: bool
    proposals: tuple[Proposal, ...]


def adopt_page(state: State, names: Names, parties: Sequence[str]) -> AdoptPage:
    """The form for who acts for these parties."""
    roles = COMMANDS[AdoptRules].roles
    venue = state.parties.venue
    national = pack_in_force(state, NATIONAL)
    heads = [(name, read_pack(text_of("rules", name)).pack) for name in names_in("rules")]
    return AdoptPage(
        packs=tuple((name, said_in(names, head.title)) for name, head in heads),
        held=bool(state.rules.packs),
        may=any(has_role(state, party, role) for party in parties for role in roles),
        parties=", ".join(names.party(party) for party in parties),
        authority=names.party(venue.authority) if venue is not None else "",
        needed=procedure_needed(state, ADOPTS, ""),
        is_bound=national is not None and bool(demand_in(national.pack)),
        proposals=tuple(_proposals(state, names, parties)),
    )


def _proposals(state: State, names: Names, parties: Sequence[str]) -> Iterator[Proposal]:
    """Open cases of the authority that lead to the adoption of rules."""
    offices = holders_of(state, AUTHORITY)
    cases = [one for office in offices for one in state.cases.by_applicant.get(office, ())]
    for name in sorted(cases, key=lambda name: state.cases.cases[name].filed.at):
        case = state.cases.cases[name]
        leads_to = procedure_named(state.cases, case.filed.procedure).leads_to
        if case.phase != OPEN or leads_to is None or leads_to.command != ADOPTS:
            continue
        yield Proposal(
            case=name,
            pack=proposed_in(case.filed.request).name,
            by=names.party(case.filed.applicant),
            at=case.filed.at,
            reason=str(case.filed.facts.get("reason", "")),
            due=max(run.due for run in case.stages.values()),
            may=any(one in offices and one != case.filed.applicant for one in parties),
        )

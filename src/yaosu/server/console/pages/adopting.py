"""Adopt rules: the packs to choose from, and whether the reader may adopt any."""

from collections.abc import Sequence

from msgspec import Struct

from yaosu.core import COMMANDS, State
from yaosu.parties.decide import has_role
from yaosu.rules.commands import AdoptRules
from yaosu.rules.parse import read_pack
from yaosu.server.console.drafts.shipped import names_in, text_of
from yaosu.server.console.names import Names
from yaosu.server.console.pages.cases import said_in


class AdoptPage(Struct, frozen=True, kw_only=True):
    """The form.

    Attributes:
        packs: (name, title) of those that come along.
        held: whether a pack is in force already.
        may: whether the reader acts for a party that adopts rules; ``authority``: who does.
    """

    packs: tuple[tuple[str, str], ...]
    held: bool
    may: bool
    parties: str
    authority: str


def adopt_page(state: State, names: Names, parties: Sequence[str]) -> AdoptPage:
    """The form for who acts for these parties."""
    roles = COMMANDS[AdoptRules].roles
    venue = state.parties.venue
    heads = [(name, read_pack(text_of("rules", name)).pack) for name in names_in("rules")]
    return AdoptPage(
        packs=tuple((name, said_in(names, head.title)) for name, head in heads),
        held=bool(state.rules.packs),
        may=any(has_role(state, party, role) for party in parties for role in roles),
        parties=", ".join(names.party(party) for party in parties),
        authority=names.party(venue.authority) if venue is not None else "",
    )

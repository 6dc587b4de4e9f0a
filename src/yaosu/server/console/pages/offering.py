"""Put a right up: which rights may be chosen, and the terms that the rules in force have."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from yaosu.core import State
from yaosu.markets.listing_terms import ListingTerms
from yaosu.markets.mechanisms.listing_parameters import SEED as BY_SEED
from yaosu.parties.decide import has_role
from yaosu.rights.methods.moves import lots_in
from yaosu.server.console.drafts.listing import seller_of, terms_in
from yaosu.server.console.names import Names

RIGHTS_MAX = 500


class RightChoice(Struct, frozen=True, kw_only=True):
    """A right that may be put up; ``lots``: that are free of it; ``seller``: who would ask."""

    right: str
    holder: str
    seller: str
    factor: str
    region: str
    lots: int


class TermsChoice(Struct, frozen=True, kw_only=True):
    """A row of the terms; ``ways``: rising, falling, sealed, whole, lots, timed, scored, seeded."""

    terms: str
    form: str
    ways: tuple[str, ...]
    told: ListingTerms


class OfferPage(Struct, frozen=True, kw_only=True):
    """All that the form offers.

    Attributes:
        chosen: the right that is chosen at first. more: whether there are others than are listed.
        listing: a free name for it.
    """

    rights: tuple[RightChoice, ...]
    more: bool
    terms: tuple[TermsChoice, ...]
    chosen: str
    listing: str
    currency: str
    digits: int
    venue: str

    def names_of(self, way: str) -> str:
        """The terms of a way, for fields that only they have."""
        return "|".join(one.terms for one in self.terms if way in one.ways)


def offer_page(state: State, names: Names, parties: Sequence[str], chosen: str) -> OfferPage:
    """The form for the rights of these parties; of who orders for others, the one that is named."""
    rights = list(_rights(state, names, parties, chosen))
    venue, listings = state.parties.venue, state.markets.listings.listings
    regions = sorted({state.rights.units[state.rights.rights[one.right].unit].region
                      for one in rights[:RIGHTS_MAX]})  # fmt: skip
    known = {one.listing_terms: one for region in regions for one in terms_in(state, region)}
    number = len(listings) + 1
    while f"listing-{number}" in listings:
        number += 1
    return OfferPage(
        rights=tuple(rights[:RIGHTS_MAX]),
        more=len(rights) > RIGHTS_MAX,
        terms=tuple(_choice(known[name]) for name in sorted(known)),
        chosen=chosen,
        listing=f"listing-{number}",
        currency=venue.currency if venue is not None else "",
        digits=names.digits,
        venue=venue.id if venue is not None else "",
    )


def _choice(terms: ListingTerms) -> TermsChoice:
    row = terms.row
    ways = [row.bidding, "whole" if row.is_whole else "lots"]
    ways += ["timed"] if row.bidding != "falling" else []
    ways += ["scored"] if row.is_scored else []
    ways += ["seeded"] if terms.ties == BY_SEED else []
    return TermsChoice(terms=terms.listing_terms, form=terms.form, ways=tuple(ways), told=terms)


def _rights(
    state: State, names: Names, parties: Sequence[str], chosen: str
) -> Iterator[RightChoice]:
    """What is free of the parties' rights, the chosen one first."""
    held = [
        name
        for party in dict.fromkeys(parties)
        for name in sorted(state.rights.by_holder.get(party, {}))
    ]
    orders_for_others = any(has_role(state, party, "operator") for party in parties)
    if chosen in state.rights.rights and (chosen in held or orders_for_others):
        held = [chosen, *(name for name in held if name != chosen)]
    for name in held:
        right = state.rights.rights[name]
        unit = state.rights.units[right.unit]
        lots = lots_in(right, unit.quantity) - state.reserved_lots(name)
        if lots > 0 and not state.rights.burdens.get(name):
            yield RightChoice(
                right=name,
                holder=names.party(right.holder),
                seller=seller_of(state, parties, right.holder),
                factor=names.factor(right.factor),
                region=names.region(unit.region),
                lots=lots,
            )

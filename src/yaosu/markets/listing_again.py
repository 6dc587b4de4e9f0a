"""A right offered again after nobody bought it, and bidders under one control.

Where the terms limit it, the starting price falls by no more than so many percent each time, and
after so many times the right rests. Nobody gets round it by a new listing: what counts is the
right and its seller.
"""

from yaosu.kernel.instant import DAY, format_instant
from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.rounding import divide_up
from yaosu.markets.listing_terms import ListingTerms
from yaosu.markets.state import MarketsReach
from yaosu.rights.values import Right


def check_offered_again(
    reach: MarketsReach, right: Right, terms: ListingTerms, price: int
) -> tuple[int, str]:
    """Which attempt to sell a right this is, and of which listing it is the next.

    Raises:
        Refusal: ``markets.offered_too_often``, ``markets.starts_too_low``.
    """
    last = reach.markets.listings.unsold.get(right.id)
    if not terms.relist_max or last is None or last.seller != right.holder:
        return 1, ""
    rests_until = last.at + terms.relist_rest_days * DAY
    if rests_until <= reach.now:
        return 1, ""
    refuse_unless(
        last.attempt <= terms.relist_max,
        "markets.offered_too_often",
        right=right.id,
        times=last.attempt,
        until=format_instant(rests_until),
    )
    least = divide_up(last.price * (100 - terms.relist_cut_percent), 100)
    refuse_unless(
        price >= least,
        "markets.starts_too_low",
        right=right.id,
        listing=last.listing,
        before=last.price,
        least=least,
    )
    return last.attempt + 1, last.listing


def group_of(reach: MarketsReach, terms: ListingTerms, party: str) -> str:
    """Who controls a party, as the fact says that the terms name; empty where that is not known."""
    known = reach.parties.parties.get(party)
    fact = known.facts.get(terms.group_fact) if known and terms.group_fact else None
    return "" if fact is None else str(fact)

"""Opening what came sealed in a listing, for a venue that keeps the keys.

Bids, the reserve and the seed come out of the ciphertext beside their entries and are held against
their commitments by whoever decides. What a party sealed with its own key is left to it.
"""

from yaosu.door import Venue
from yaosu.engine.receipt import Receipt
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import Refusal, found, refuse
from yaosu.kernel.sealing import OWN
from yaosu.markets.commands import OpenSealedBid, RevealTerm
from yaosu.markets.listing_book import RESERVE, SEED
from yaosu.markets.listing_sealed import ITEM

Answer = Receipt | Refusal


def open_listing(venue: Venue, listing: str, actor: str = "") -> dict[str, Answer]:
    """Reveal reserve and seed and open every bid of a listing whose keys the venue keeps.

    Args:
        listing: one whose phase is ``opening``.
        actor: who asks; left out, the venue's operator.

    Returns:
        Of each item (``reserve``, ``seed``, ``bid/PARTY``) that was tried its receipt, or why it
        could not be opened: one bad bid does not keep the others shut.

    Raises:
        Refusal: ``markets.unknown_listing``.
    """
    with venue.reading() as state:
        known = found(
            state.markets.listings.listings.get(listing), "markets.unknown_listing", listing=listing
        )
        named = ((RESERVE, known.head.reserve), (SEED, known.head.seed))
        terms = [
            (item, term) for item, term in named if term is not None and item not in known.revealed
        ]
        bids = sorted(known.sealed.items())
        by = actor or (state.parties.venue.operator if state.parties.venue is not None else "")
    answers: dict[str, Answer] = {}
    for item, term in terms:
        if not term.data_key.startswith(OWN):
            try:
                value, salt = _opened(venue, term.actor, term.key, item, listing)
                key = f"reveal/{listing}/{item}"
                answers[item] = venue.submit(
                    RevealTerm(
                        actor=by, key=key, listing=listing, item=item, salt=salt, value=str(value)
                    )
                )
            except Refusal as refusal:
                answers[item] = refusal
    for party, bid in bids:
        if not bid.data_key.startswith(OWN):
            try:
                table, salt = _opened(venue, bid.actor, bid.key, ITEM, listing)
                if not isinstance(table, Columns):
                    refuse("markets.bad_bid_table", listing=listing, most=1)
                key = f"open/{listing}/{party}"
                answers[f"bid/{party}"] = venue.submit(
                    OpenSealedBid(
                        actor=by, key=key, listing=listing, party=party, salt=salt, bid=table
                    )
                )
            except Refusal as refusal:
                answers[f"bid/{party}"] = refusal
    return answers


def _opened(venue: Venue, actor: str, key: str, item: str, listing: str) -> tuple[object, bytes]:
    """The content of a sealed item and its salt."""
    sequence = found(
        venue.entry_of(actor, key), "markets.nothing_committed", item=item, listing=listing
    )
    opened = venue.open_sealed(sequence, item)
    return opened.value, opened.salt

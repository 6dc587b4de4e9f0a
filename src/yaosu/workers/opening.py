"""Opening sealed bids after the close, for a venue that keeps their keys.

What a bid says comes out of the ciphertext beside its entry, is held against the commitment by
whoever decides, and only then enters the book. A bid whose key its bidder kept is left to it.
"""

from yaosu.door import Venue
from yaosu.engine.receipt import Receipt
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import Refusal, found, refuse_unless
from yaosu.kernel.sealing import OWN
from yaosu.markets.commands import OpenBids
from yaosu.markets.sealed import ITEM
from yaosu.markets.terms import SealedBid

Answer = Receipt | Refusal


def open_bids(venue: Venue, market: str, actor: str = "") -> dict[str, Answer]:
    """Open every bid of a market whose key the venue keeps.

    Args:
        market: one that is being opened (its phase is ``opening``).
        actor: who asks; left out, the venue's operator.

    Returns:
        For each batch that was tried, in their order, its receipt, or why it could not be opened:
        one bad bid does not keep the others shut. Where a bidder lacks the funds now, the receipt
        holds the refusal, and the bid stays unopened.

    Raises:
        Refusal: ``markets.unknown_market``.
    """
    with venue.reading() as state:
        known = found(state.markets.markets.get(market), "markets.unknown_market", market=market)
        round_number = known.round
        bids = dict(sorted(known.sealed.items()))
        by = actor or (state.parties.venue.operator if state.parties.venue is not None else "")
    answers: dict[str, Answer] = {}
    for batch, bid in bids.items():
        if bid.data_key.startswith(OWN):
            continue
        try:
            answers[batch] = _open(venue, market, batch, bid, by, round_number)
        except Refusal as refusal:
            answers[batch] = refusal
    return answers


def _open(
    venue: Venue, market: str, batch: str, bid: SealedBid, actor: str, round_number: int
) -> Receipt:
    sequence = venue.entry_of(bid.actor, bid.key)
    opened = venue.open_sealed(
        found(sequence, "markets.no_sealed_bid", batch=batch, market=market), ITEM
    )
    orders = opened.value
    is_table = isinstance(orders, Columns)
    refuse_unless(is_table, "markets.not_what_was_sealed", batch=batch, market=market)
    return venue.submit(
        OpenBids(
            actor=actor,
            key=f"open/{market}/{round_number}/{batch}",
            market=market,
            batch=batch,
            salt=opened.salt,
            orders=orders,
        )
    )

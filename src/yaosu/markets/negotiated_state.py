"""The state of a market of negotiated deals: proposals that nobody has answered."""

from msgspec import Struct, field

from yaosu.kernel.words import Event
from yaosu.markets.events import DealConfirmed, DealEnded, DealProposed
from yaosu.markets.negotiated_terms import Deal


class DealBook(Struct):
    """One market of negotiated deals.

    Attributes:
        proposed: deal -> as it was proposed, until it is confirmed or ends.
        known: every id that a deal here ever had.
    """

    proposed: dict[str, Deal] = field(default_factory=dict)
    known: dict[str, bool] = field(default_factory=dict)


def evolve_negotiated(book: DealBook, offered: dict[str, int], event: Event) -> None:
    """Take in what has happened; ``offered`` are the market's lots on offer by right."""
    match event:
        case DealProposed():
            deal = event.deal
            book.proposed[deal.deal] = deal
            book.known[deal.deal] = True
            if deal.right:
                offered[deal.right] = offered.get(deal.right, 0) + deal.lots
        case DealConfirmed() | DealEnded():
            deal = book.proposed.pop(event.deal.deal)
            if deal.right:
                left = offered[deal.right] - deal.lots
                if left:
                    offered[deal.right] = left
                else:
                    del offered[deal.right]


def next_lapse(book: DealBook) -> int | None:
    """The next instant at which a proposal falls away, or None."""
    return min((deal.until for deal in book.proposed.values() if deal.until), default=None)

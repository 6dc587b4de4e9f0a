"""The state of a market of loans: requests, and what was offered for them."""

from functools import cached_property

from msgspec import Struct, field

from yaosu.kernel.words import Event
from yaosu.markets.credit_terms import (
    AWARDED,
    ENDED,
    OPEN,
    UNFILLED,
    LoanRequest,
)
from yaosu.markets.events import (
    LoanAwarded,
    LoanDeclined,
    LoanOffered,
    LoanOfferEnded,
    LoanRequested,
    LoanRequestEnded,
)

STANDING = "standing"  # under which it is kept, once somebody asked


class CreditBook(Struct, dict=True):
    """One market of loans.

    Attributes:
        requests: by id, those that are over, too.
        next_sequence: arrival number of the next offer.
    """

    requests: dict[str, LoanRequest] = field(default_factory=dict)
    next_sequence: int = 1

    @cached_property
    def standing(self) -> dict[str, bool]:
        """Requests that are not over, by id, once somebody asked; no state."""
        return {name: True for name, known in self.requests.items() if known.state == OPEN}


def evolve_credit(book: CreditBook, event: Event) -> None:
    """Take in what has happened; total, it never refuses."""
    match event:
        case LoanRequested():
            book.requests[event.request] = LoanRequest(
                request=event.request,
                borrower=event.borrower,
                instrument=event.instrument,
                region=event.region,
                amount_minor=event.amount_minor,
                rate_max_bp=event.rate_max_bp,
                least_minor=event.least_minor,
                terms=event.terms,
                collateral=event.collateral,
                purpose=event.purpose,
                offers_until=event.offers_until,
            )
            if STANDING in book.__dict__:
                book.standing[event.request] = True
        case LoanOffered():
            book.requests[event.request].offers[event.offer.offer] = event.offer
            book.next_sequence += 1
        case LoanOfferEnded():
            del book.requests[event.request].offers[event.offer.offer]
        case LoanDeclined():
            book.requests[event.request].declined[event.lender] = event.reason
        case LoanRequestEnded():
            book.requests[event.request].state = ENDED
            _is_over(book, event.request)
        case LoanAwarded():
            request = book.requests[event.request]
            request.state = AWARDED if event.lent_minor else UNFILLED
            request.result = event.offers
            _is_over(book, event.request)


def _is_over(book: CreditBook, request: str) -> None:
    if STANDING in book.__dict__:
        book.standing.pop(request, None)

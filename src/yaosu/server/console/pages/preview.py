"""What a command would come to, asked before it is sent: held, paid, traded, or refused.

The decision itself is asked, with the state as it stands and the instant it would get; nothing is
recorded and nothing changes. What the books would say follows from the postings it would make.
"""

from msgspec import Struct

from yaosu.core import COMMANDS, State
from yaosu.core.commands import authorise, cause_of
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command, Event
from yaosu.ledger.book import FREE
from yaosu.ledger.events import Posted
from yaosu.markets.commands import (
    AcceptTerms,
    CancelOrders,
    ConfirmDeal,
    EnterListing,
    LeaveListing,
    OfferLoan,
    OpenSealedBid,
    PayAward,
    PlaceBid,
    ProposeDeal,
    ReplaceOrder,
    RequestLoan,
    ScoreBids,
    SealBid,
    SubmitOrders,
    SubmitSealedOrders,
)
from yaosu.markets.events import TradesAgreed, TradesMade

PREVIEWED = (
    AcceptTerms, CancelOrders, ConfirmDeal, EnterListing, LeaveListing, OfferLoan, OpenSealedBid,
    PayAward, PlaceBid, ProposeDeal, ReplaceOrder, RequestLoan, ScoreBids, SealBid,
    SubmitOrders, SubmitSealedOrders,
)  # fmt: skip  # what tickets ask
STANDING_MAX = 5_000  # orders in continuous books: trying one makes its book anew


class Shift(Struct, frozen=True):
    """What would change in one account: lots, or minor units of a currency."""

    asset: str
    purpose: str
    amount: int
    is_money: bool


class Preview(Struct, frozen=True, kw_only=True):
    """What would come of it.

    Attributes:
        refusal: why it would not be taken.
        is_tried: whether it was asked; not where the books it would trade in are too large.
        shifts: in the accounts of the party, those that change.
        lots, value_minor: that it would trade at once, for itself.
    """

    refusal: Refusal | None = None
    is_tried: bool = True
    shifts: tuple[Shift, ...] = ()
    lots: int = 0
    value_minor: int = 0

    @property
    def free(self) -> tuple[Shift, ...]:
        """What is freed or taken of what is free."""
        return tuple(shift for shift in self.shifts if shift.purpose == FREE)

    @property
    def held(self) -> tuple[Shift, ...]:
        """What is set aside, or no longer."""
        return tuple(shift for shift in self.shifts if shift.purpose != FREE)


def preview_of(state: State, command: Command, instant: int) -> Preview:
    """Ask the decision, and read from the events it would make what they come to."""
    market = state.markets.markets.get(getattr(command, "market", ""))
    session = market.session if market is not None else None
    if session is not None and market is not None and market.rows > STANDING_MAX:
        return Preview(is_tried=False)
    row = COMMANDS[type(command)]
    before = state.now, state.cause
    books = dict(session.live) if session is not None else {}
    state.now, state.cause = max(instant, state.now), cause_of(command)
    try:
        if session is not None:
            session.live.clear()  # what is tried runs ahead in books of its own
        authorise(state, row, command)
        events = row.decide(state, command)
    except Refusal as refusal:
        return Preview(refusal=refusal)
    finally:
        state.now, state.cause = before
        if session is not None:
            session.live.clear()
            session.live.update(books)
    party = getattr(command, "party", "") or command.actor
    venue = state.parties.venue
    currency = venue.currency if venue is not None else ""
    lots, value = _traded(state, events, party)
    return Preview(shifts=_shifts(events, party, currency), lots=lots, value_minor=value)


def _shifts(events: list[Event], party: str, currency: str) -> tuple[Shift, ...]:
    sums: dict[tuple[str, str], int] = {}
    for event in events:
        if isinstance(event, Posted):
            for row in event.postings.iterate():
                if row["party"] == party:
                    key = row["asset"], row["purpose"]
                    sums[key] = sums.get(key, 0) + row["amount"]
    order = sorted(sums, key=lambda key: (key[0] != currency, key))
    return tuple(Shift(a, p, sums[a, p], a == currency) for a, p in order if sums[a, p])


def _traded(state: State, events: list[Event], party: str) -> tuple[int, int]:
    """Lots and minor units of the trades in which the party takes part."""
    lots = value = 0
    for event in events:
        if isinstance(event, TradesMade | TradesAgreed):
            tick = state.markets.markets[event.market].trading.tick_minor
            found = _own(event.trades, party)
            lots += sum(row["lots"] for row in found)
            value += sum(row["lots"] * row["price"] * tick for row in found)
    return lots, value


def _own(trades: Columns, party: str) -> list[dict[str, int]]:
    return [row for row in trades.iterate() if party in (row["buyer"], row["seller"])]

"""The state of listings: who bids, what was bid, where each stands and what is due when."""

from functools import cached_property

from msgspec import Struct, field

from yaosu.kernel.words import Event
from yaosu.markets.clearing import Clearing
from yaosu.markets.events import (
    AwardForfeited,
    AwardPaid,
    BidOpened,
    BidPlaced,
    BidSealed,
    BidsScored,
    ListingCleared,
    ListingEnded,
    ListingEntered,
    ListingLeft,
    ListingOpened,
    ListingWent,
    TermRevealed,
)
from yaosu.markets.listing_terms import Due, ListedBid, ListingHead
from yaosu.markets.mechanisms.listing_award import (
    NO_BIDS,
    NOT_REACHED,
    SHORT,
    SOLD,
    TOO_FEW_BIDDERS,
)
from yaosu.markets.mechanisms.listing_parameters import RISING, Score
from yaosu.markets.terms import SealedBid

BIDDING = "bidding"
ONSITE = "onsite"
REVEAL = "opening"
SCORING = "scoring"
AWARDED = "awarded"
ENDED = "ended"
NOT_PAID = "not_paid"
NOT_SOLD = (NO_BIDS, TOO_FEW_BIDDERS, NOT_REACHED, SHORT, NOT_PAID)


class Listing(Struct):
    """One run of a listing.

    Attributes:
        head: as announced.
        phase: bidding, onsite, opening, scoring, awarded (winners have to pay) or ended.
        until: instant at which the phase ends by itself.
        deposits: bidder -> its deposit held here.
        left: bidders that went away.
        staying: who bid in writing, once the on-site round goes on.
        bids: in the order they came or were opened; ``value`` and ``wanted``: of all of them,
            price times quantity, and quantity.
        sealed: bidder -> bid that nobody has opened yet; ``sealed_at`` -> when it came.
        revealed: item -> its value.
        scores: of all evaluators.
        clearing: once it is decided.
        dues: winner -> what it still has to pay.
        sold: lots paid for.
        reason: why it ended.
        groups: party -> who controls it, of those for whom that is known, the seller too.
    """

    head: ListingHead
    phase: str = BIDDING
    until: int = 0
    deposits: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    staying: list[str] = field(default_factory=list)
    bids: list[ListedBid] = field(default_factory=list)
    value: int = 0
    wanted: int = 0
    sealed: dict[str, SealedBid] = field(default_factory=dict)
    sealed_at: dict[str, int] = field(default_factory=dict)
    revealed: dict[str, str] = field(default_factory=dict)
    scores: list[Score] = field(default_factory=list)
    clearing: Clearing | None = None
    dues: dict[str, Due] = field(default_factory=dict)
    sold: int = 0
    reason: str = ""
    groups: dict[str, str] = field(default_factory=dict)

    @property
    def leader(self) -> ListedBid | None:
        """The highest of rising bids, or None."""
        is_rising = self.head.terms.row.bidding == RISING
        return self.bids[-1] if is_rising and self.bids else None

    @property
    def bidders(self) -> list[str]:
        """Who has a bid and has not left, sorted."""
        return sorted({bid.party for bid in self.bids} - set(self.left))


class Unsold(Struct, frozen=True):
    """The last time a right was offered and not sold: in which listing, as which attempt."""

    listing: str
    seller: str
    attempt: int
    price: int
    at: int


class ListingsState(Struct, dict=True):
    """All listings.

    Attributes:
        listings: id -> listing.
        due: listing -> instant at which it goes on by itself.
        offered: right -> lots on offer.
        series: series -> lots for each of its next rounds.
        unsold: right -> the last time it was not sold, until it is.
    """

    listings: dict[str, Listing] = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)
    offered: dict[str, int] = field(default_factory=dict)
    series: dict[str, list[int]] = field(default_factory=dict)
    unsold: dict[str, Unsold] = field(default_factory=dict)

    @cached_property
    def bid_in(self) -> dict[str, dict[str, bool]]:
        """Party -> listings in which it ever bid, as far as they go on; no state."""
        found: dict[str, dict[str, bool]] = {}
        for name, listing in self.listings.items():
            for bid in listing.bids if listing.phase != ENDED else ():
                found.setdefault(bid.party, {})[name] = True
        return found

    def with_bids_of(self, party: str) -> list["Listing"]:
        """Listings that go on in which a party bid, by id."""
        names = self.bid_in.get(party, {})
        for name in [name for name in names if self.listings[name].phase == ENDED]:
            del names[name]
        return [self.listings[name] for name in sorted(names)]


def evolve_listing(state: ListingsState, event: Event) -> None:
    """Take in what has happened to a listing; total, and nothing where it is about another."""
    match event:
        case ListingOpened():
            _open(state, event.head)
        case ListingEntered():
            entered = state.listings[event.listing]
            entered.deposits[event.party] = event.deposit_minor
            if event.group:
                entered.groups[event.party] = event.group
        case ListingLeft():
            _leave(state.listings[event.listing], event.party)
        case BidPlaced():
            listing = state.listings[event.listing]
            _take(state, listing, (event.bid,))
            _go(state, listing, listing.phase, event.ends)
        case BidSealed():
            listing = state.listings[event.listing]
            listing.sealed[event.bid.party] = event.bid
            listing.sealed_at[event.bid.party] = event.at
        case BidOpened():
            listing = state.listings[event.listing]
            listing.sealed.pop(event.party)
            _take(state, listing, event.bids)
        case TermRevealed():
            state.listings[event.listing].revealed[event.item] = event.value
        case BidsScored():
            listing = state.listings[event.listing]
            others = [score for score in listing.scores if score.evaluator != event.evaluator]
            listing.scores = [*others, *event.scores]
        case ListingWent():
            _went(state, event)
        case ListingCleared():
            _clear(state, event)
        case AwardPaid():
            _paid(state, event)
        case AwardForfeited():
            listing = state.listings[event.listing]
            listing.deposits.pop(event.due.party, None)
            listing.dues.pop(event.due.party)
            _owe(state, listing, () if event.second is None else (event.second,))
        case ListingEnded():
            _end(state, event)


def _open(state: ListingsState, head: ListingHead) -> None:
    listing = Listing(head=head, groups={head.seller: head.group} if head.group else {})
    state.listings[head.listing] = listing
    state.offered[head.right] = state.offered.get(head.right, 0) + head.lots
    if head.series:
        state.series[head.series] = state.series.get(head.series, [])[1:]
    _go(state, listing, BIDDING, head.ends)


def _go(state: ListingsState, listing: Listing, phase: str, until: int) -> None:
    listing.phase, listing.until = phase, until
    state.due[listing.head.listing] = until


def _take(state: ListingsState, listing: Listing, bids: tuple[ListedBid, ...]) -> None:
    if "bid_in" in state.__dict__:
        for bid in bids:
            state.bid_in.setdefault(bid.party, {})[listing.head.listing] = True
    listing.bids += bids
    listing.value += sum(bid.price * bid.quantity for bid in bids)
    listing.wanted += sum(bid.quantity for bid in bids)


def _leave(listing: Listing, party: str) -> None:
    listing.deposits.pop(party, None)
    listing.sealed.pop(party, None)
    listing.left.append(party)


def _went(state: ListingsState, event: ListingWent) -> None:
    listing = state.listings[event.listing]
    if event.phase == ONSITE:
        listing.staying = listing.bidders
    for party in event.unopened:
        _leave(listing, party)
    _go(state, listing, event.phase, event.until)


def _clear(state: ListingsState, event: ListingCleared) -> None:
    listing = state.listings[event.listing]
    listing.clearing = event.clearing
    for party in event.returned:
        listing.deposits.pop(party, None)
    listing.phase = AWARDED
    _owe(state, listing, event.dues)


def _owe(state: ListingsState, listing: Listing, dues: tuple[Due, ...]) -> None:
    listing.dues.update({due.party: due for due in dues})
    if listing.dues:
        _go(state, listing, AWARDED, min(due.until for due in listing.dues.values()))
    else:
        state.due.pop(listing.head.listing, None)


def _paid(state: ListingsState, event: AwardPaid) -> None:
    listing = state.listings[event.listing]
    listing.deposits.pop(event.due.party, None)
    listing.dues.pop(event.due.party)
    listing.sold += event.due.lots
    _offer_less(state, listing.head.right, event.due.lots)
    _owe(state, listing, ())


def _end(state: ListingsState, event: ListingEnded) -> None:
    listing = state.listings[event.listing]
    listing.phase, listing.reason = ENDED, event.reason
    listing.deposits, listing.sealed, listing.dues = {}, {}, {}
    state.due.pop(event.listing, None)
    _offer_less(state, listing.head.right, listing.head.lots - listing.sold)
    _note_unsold(state, listing, event)
    if event.carried:
        before = state.series.get(listing.head.series, [])
        rounds = max(len(before), len(event.carried))
        state.series[listing.head.series] = [
            sum(part[number] for part in (before, event.carried) if number < len(part))
            for number in range(rounds)
        ]


def _note_unsold(state: ListingsState, listing: Listing, event: ListingEnded) -> None:
    """Count what the market did not take; what was called off says nothing of it."""
    head = listing.head
    if event.reason in NOT_SOLD or (event.unsold and event.reason == SOLD):
        state.unsold[head.right] = Unsold(
            head.listing, head.seller, head.attempt, head.price, event.at
        )
    elif not event.unsold:
        state.unsold.pop(head.right, None)


def _offer_less(state: ListingsState, right: str, lots: int) -> None:
    rest = state.offered.get(right, 0) - lots
    if rest > 0:
        state.offered[right] = rest
    else:
        state.offered.pop(right, None)

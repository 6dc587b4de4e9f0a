"""How a listing goes on by itself: the end of bidding, of opening, of scoring, of payment.

Each step is taken at the instant it is due, whoever looks when: the writer makes time pass before
anything else is decided. Nothing here refuses.
"""

import numpy as np
from msgspec import structs

from yaosu.access.decide import was_suspended
from yaosu.kernel.ids import derive_id
from yaosu.kernel.instant import DAY, MINUTE
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.markets.clearing import Clearing
from yaosu.markets.events import (
    AwardForfeited,
    AwardPaid,
    BidOpened,
    BidPlaced,
    ListingCleared,
    ListingEnded,
    ListingWent,
    TermRevealed,
)
from yaosu.markets.listing_book import (
    RESERVE,
    SEED,
    carried_over,
    network_of,
    orders_of,
    parameters_of,
)
from yaosu.markets.listing_state import (
    BIDDING,
    NOT_PAID,
    ONSITE,
    REVEAL,
    SCORING,
    Listing,
)
from yaosu.markets.listing_terms import SECOND_BIDDER, TO_SELLER, TO_VENUE, Due, ListedBid
from yaosu.markets.mechanisms.listing import clear_listing
from yaosu.markets.mechanisms.listing_parameters import FALLING, SECOND
from yaosu.markets.mechanisms.listing_standing import STAYING_MIN
from yaosu.markets.state import MarketsReach
from yaosu.rights.events import RightBurdened
from yaosu.rules.overlay import rules_digest

BIDDER = "bidder"
BASIS_POINTS = 10_000


def pass_listings(reach: MarketsReach, until: int) -> list[Event]:
    """Everything in listings that is due by ``until``, in (instant, listing) order."""
    events: list[Event] = []
    listings = reach.markets.listings
    for _, name in sorted((at, name) for name, at in listings.due.items() if at <= until):
        events += _go_on(reach, listings.listings[name], events)
    return events


def conclude_when_open(reach: MarketsReach, event: BidOpened | TermRevealed) -> list[Event]:
    """Once everything sealed is open nobody waits for the rest of the time."""
    listing = reach.markets.listings.listings[event.listing]
    head = listing.head
    told = [(RESERVE, head.reserve), (SEED, head.seed)]
    hidden = [item for item, term in told if term is not None and item not in listing.revealed]
    if listing.phase != REVEAL or listing.sealed or hidden:
        return []
    return _end_opening(reach, listing, reach.now, [])


def conclude_when_sold_out(reach: MarketsReach, event: BidPlaced) -> list[Event]:
    """A falling clock stops when all is taken."""
    listing = reach.markets.listings.listings[event.listing]
    is_falling = listing.head.terms.row.bidding == FALLING
    sold_out = is_falling and listing.wanted >= listing.head.supply
    return _conclude(reach, listing, reach.now, []) if sold_out else []


def end_blocked_listings(reach: MarketsReach, event: RightBurdened) -> list[Event]:
    """A right that is burdened while bids come is no longer offered; later only a freeze ends it.

    What was bid for is decided: else a seller could pledge its way out.
    """
    events: list[Event] = []
    for name in sorted(reach.markets.listings.due):
        listing = reach.markets.listings.listings[name]
        is_early = listing.phase in (BIDDING, ONSITE) or event.entry.kind == "freeze"
        if listing.head.right == event.entry.right and is_early:
            reason = f"register entry {event.entry.id}"
            events += end(reach, listing, reason, events)
    return events


def end(reach: MarketsReach, listing: Listing, reason: str, after: list[Event]) -> list[Event]:
    """A listing is over: every deposit it still holds, and the lots not sold, are free again."""
    head = listing.head
    unsold = head.lots - listing.sold
    lines = [
        line
        for party, deposit in sorted(listing.deposits.items())
        for line in book.shift(party, head.currency, head.held_for, book.FREE, deposit)
    ]
    lines += book.shift(head.seller, head.instrument, head.held_for, book.FREE, unsold)
    batch = derive_id("listing-end", reach.cause, head.listing)
    is_carried = head.series and unsold
    carried = carried_over(unsold, head.terms.carry_rounds) if is_carried else ()
    return [
        *book.post(reach, batch, book.lines(lines), after),
        ListingEnded(
            listing=head.listing, reason=reason, unsold=unsold, carried=carried, at=reach.now
        ),
    ]


def pay(reach: MarketsReach, listing: Listing, due: Due, after: list[Event]) -> list[Event]:
    """A winner pays: the deposit counts, what is missing is held, what is too much is free."""
    head = listing.head
    missing = _missing(listing, due)
    source, target = (book.FREE, head.held_for) if missing > 0 else (head.held_for, book.FREE)
    lines = book.shift(due.party, head.currency, source, target, abs(missing))
    batch = derive_id("award", reach.cause, head.listing, due.party)
    paid: list[Event] = [
        *book.post(reach, batch, book.lines(lines if missing else ()), after),
        AwardPaid(listing=head.listing, due=due, rules=rules_digest(reach)),
    ]
    later = _without(listing, due, due.lots)
    return paid if later.dues else [*paid, *end(reach, later, "sold", [*after, *paid])]


def _go_on(reach: MarketsReach, listing: Listing, after: list[Event]) -> list[Event]:
    at = listing.until
    if listing.phase == BIDDING:
        stay_in = parameters_of(listing).sides_of(listing.bidders) >= STAYING_MIN
        if listing.head.terms.row.has_onsite and stay_in:
            return [_went(listing, ONSITE, at + listing.head.terms.onsite_minutes * MINUTE)]
        return _end_bidding(reach, listing, at, after)
    if listing.phase == ONSITE:
        return _end_bidding(reach, listing, at, after)
    if listing.phase == REVEAL:
        return _end_opening(reach, listing, at, after)
    if listing.phase == SCORING:
        return _conclude(reach, listing, at, after)
    return _collect(reach, listing, at, after)


def _end_bidding(reach: MarketsReach, listing: Listing, at: int, after: list[Event]) -> list[Event]:
    head = listing.head
    is_hidden = head.reserve is not None or head.seed is not None
    if listing.sealed or (listing.bidders and is_hidden):
        return [_went(listing, REVEAL, at + head.terms.opening_minutes * MINUTE)]
    return _conclude(reach, listing, at, after)


def _end_opening(reach: MarketsReach, listing: Listing, at: int, after: list[Event]) -> list[Event]:
    """What was not opened is out; a reserve that was not told is none; a seed must be told."""
    head = listing.head
    events: list[Event] = []
    if listing.sealed:
        events += _forfeit_unopened(reach, listing, at, after)
        gone = sorted(listing.sealed)
        kept = {name: sum_ for name, sum_ in listing.deposits.items() if name not in gone}
        listing = structs.replace(listing, deposits=kept, sealed={}, left=[*listing.left, *gone])
    if head.seed is not None and SEED not in listing.revealed:
        return [*events, *end(reach, listing, "seed_not_told", [*after, *events])]
    if head.terms.row.is_scored and listing.bidders:
        return [*events, _went(listing, SCORING, at + head.terms.scoring_days * DAY)]
    return [*events, *_conclude(reach, listing, at, [*after, *events])]


def _forfeit_unopened(
    reach: MarketsReach, listing: Listing, at: int, after: list[Event]
) -> list[Event]:
    """The deposits of bids not opened go as the terms say; of the suspended by their own rule."""
    head, terms = listing.head, listing.head.terms
    since = listing.until - terms.opening_minutes * MINUTE
    lines: list[book.Line] = []
    for party in sorted(listing.sealed):
        kept_out = was_suspended(reach, party, head.factor, BIDDER, since)
        rule = terms.suspended if kept_out else terms.unopened
        to = party if rule == "return" else (_forfeit_to(reach, listing) or party)
        lines += _give(listing, party, to)
    batch = derive_id("unopened", reach.cause, head.listing)
    out = tuple(sorted(listing.sealed))
    went = ListingWent(listing=head.listing, phase=REVEAL, until=listing.until, unopened=out)
    return [*book.post(reach, batch, book.lines(lines), after), went]


def _conclude(reach: MarketsReach, listing: Listing, at: int, after: list[Event]) -> list[Event]:
    """It is decided who wins; winners owe, all others but the second bidder get theirs back."""
    head = listing.head
    if is_right_over(reach, head.right):
        return end(reach, listing, "right_over", after)
    if head.terms.row.is_scored and not _is_scored(listing):
        return end(reach, listing, "scores_missing", after)
    clearing = clear_listing(orders_of(listing), network_of(head), parameters_of(listing))
    dues = _dues(listing, clearing, at)
    kept = [due.party for due in dues]
    second = _ranked(listing, clearing, 2)
    if dues and head.terms.row.is_whole and head.terms.default == SECOND_BIDDER and second:
        kept.append(second.party)
    returned = tuple(name for name in sorted(listing.deposits) if name not in kept)
    lines = [line for party in returned for line in _give(listing, party, party)] if dues else []
    batch = derive_id("deposits-back", reach.cause, head.listing)
    cleared: list[Event] = [
        *book.post(reach, batch, book.lines(lines), after),
        ListingCleared(
            listing=head.listing,
            clearing=clearing,
            dues=dues,
            returned=returned if dues else (),
            rules=rules_digest(reach),
        ),
    ]
    if dues:
        return cleared
    (outcome,) = clearing.details["outcome"].iterate()
    return [*cleared, *end(reach, listing, outcome["reason"], [*after, *cleared])]


def is_right_over(reach: MarketsReach, name: str) -> bool:
    """Whether a right has ended or its term has run out."""
    right = reach.rights.rights[name]
    return right.end > 0 or 0 < right.term_to <= reach.now


def _is_scored(listing: Listing) -> bool:
    """Whether enough evaluators scored every bidder on every criterion."""
    given: dict[tuple[str, str], int] = {}
    for score in listing.scores:
        place = score.party, score.criterion
        given[place] = given.get(place, 0) + 1
    needed = listing.head.terms.evaluators_min
    return all(
        given.get((party, criterion.name), 0) >= needed
        for party in listing.bidders
        for criterion in listing.head.criteria
    )


def _dues(listing: Listing, clearing: Clearing, at: int) -> tuple[Due, ...]:
    """What each winner owes, by party."""
    head = listing.head
    lots: dict[str, int] = {}
    price: dict[str, int] = {}
    for row in clearing.details["awards"].iterate():
        party = listing.bids[row["bid"] - 1].party
        lots[party] = lots.get(party, 0) + row["lots"]
        price[party] = price.get(party, 0) + row["lots"] * row["price"]
    until = at + head.terms.pay_days * DAY
    return tuple(
        _due(listing, party, lots[party] * head.lots // head.supply, price[party], until, 1)
        for party in sorted(lots)
    )


def _due(listing: Listing, party: str, lots: int, price: int, until: int, rank: int) -> Due:
    fee = -(-price * listing.head.terms.fee_basis_points // BASIS_POINTS)
    return Due(party=party, lots=lots, price_minor=price, fee_minor=fee, until=until, rank=rank)


def _ranked(listing: Listing, clearing: Clearing, rank: int) -> ListedBid | None:
    """The bid of a rank that reaches the reserve, or None."""
    ranking = clearing.details["ranking"]
    at = np.flatnonzero(ranking.maybe("rank").values == rank)
    if not at.size:
        return None
    bid = listing.bids[int(ranking["row"][at[0]]) - 1]
    reserve = listing.revealed.get(RESERVE)
    return bid if reserve is None or bid.price >= int(reserve) else None


def _collect(reach: MarketsReach, listing: Listing, at: int, after: list[Event]) -> list[Event]:
    """The time to pay is over: who has the money free pays now, who has not loses the deposit."""
    if is_right_over(reach, listing.head.right):
        return end(reach, listing, "right_over", after)
    events: list[Event] = []
    for due in [listing.dues[name] for name in sorted(listing.dues)]:
        if due.until > at:
            continue
        before = [*after, *events]
        free = book.balance_after(reach, due.party, listing.head.currency, before)
        if _missing(listing, due) <= free:
            events += pay(reach, listing, due, before)
            listing = _without(listing, due, due.lots)
        else:
            events += _default(reach, listing, due, before)
            listing = _without(listing, due, 0)
    return events


def _default(reach: MarketsReach, listing: Listing, due: Due, after: list[Event]) -> list[Event]:
    head = listing.head
    deposit = listing.deposits.get(due.party, 0)
    to = _forfeit_to(reach, listing)
    second = _second_due(listing, due)
    batch = derive_id("default", reach.cause, head.listing, due.party)
    lines = _give(listing, due.party, to or due.party)
    events: list[Event] = [
        *book.post(reach, batch, book.lines(lines), after),
        AwardForfeited(listing=head.listing, due=due, deposit_minor=deposit, to=to, second=second),
    ]
    later = _without(listing, due, 0)
    if later.dues or second is not None:
        return events
    reason = "sold" if later.sold else NOT_PAID
    return [*events, *end(reach, later, reason, [*after, *events])]


def _second_due(listing: Listing, due: Due) -> Due | None:
    """What the second bidder owes in the winner's place, where the terms ask it."""
    clearing, terms = listing.clearing, listing.head.terms
    if clearing is None or due.rank > 1 or terms.default != SECOND_BIDDER or not terms.row.is_whole:
        return None
    second = _ranked(listing, clearing, 2)
    if second is None:
        return None
    price = second.price
    if terms.row.payment == SECOND:
        third = _ranked(listing, clearing, 3)
        floor = max(listing.head.price, int(listing.revealed.get(RESERVE, "0")))
        price = max(floor, third.price if third else floor)
    until = due.until + terms.pay_days * DAY
    return _due(listing, second.party, due.lots, price, until, 2)


def _forfeit_to(reach: MarketsReach, listing: Listing) -> str:
    to = listing.head.terms.forfeit_to
    if to == TO_SELLER:
        return listing.head.seller
    assert reach.parties.venue is not None
    return reach.parties.venue.operator if to == TO_VENUE else ""


def _give(listing: Listing, party: str, to: str) -> list[book.Line]:
    """The lines that take a deposit out of its hold."""
    head, deposit = listing.head, listing.deposits.get(party, 0)
    return [
        (party, head.currency, head.held_for, -deposit),
        (to, head.currency, book.FREE, deposit),
    ]


def _missing(listing: Listing, due: Due) -> int:
    return due.price_minor + due.fee_minor - listing.deposits.get(due.party, 0)


def _without(listing: Listing, due: Due, sold: int) -> Listing:
    """The listing as it will be once a winner paid, or did not."""
    return structs.replace(
        listing,
        deposits={name: held for name, held in listing.deposits.items() if name != due.party},
        dues={name: other for name, other in listing.dues.items() if name != due.party},
        sold=listing.sold + sold,
    )


def _went(listing: Listing, phase: str, until: int) -> ListingWent:
    return ListingWent(listing=listing.head.listing, phase=phase, until=until)

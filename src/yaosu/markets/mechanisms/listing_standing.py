"""Which bids stand: in time, high enough, a step above the one before; and when it all ends."""

from msgspec import Struct

from yaosu.markets.mechanisms.listing_bids import Bid, Place
from yaosu.markets.mechanisms.listing_parameters import FALLING, RISING, ListingParameters

STANDS = ""
OWN_OFFER = "own_offer"  # who offers may not bid
NOT_WHOLE = "not_whole"  # for other than all that is offered
LATE = "late"
BELOW_START = "below_start"
SMALL_STEP = "small_step"
NOT_IN = "not_in"  # bids on site without having bid in writing
STAYING_MIN = 2  # bidders who stay in at the end go on bidding on site


class Stands(Struct, frozen=True):
    """What became of the bids before any was ranked.

    Attributes:
        standing: row -> why it does not stand, or STANDS.
        ends: when bidding ended, or None where no end was set.
        is_onsite: whether there was an on-site round.
    """

    standing: dict[int, str]
    ends: int | None
    is_onsite: bool


def standing_of(place: Place, parameters: ListingParameters) -> Stands:
    """Go through the bids as they came; O(bids)."""
    round_ = _Round(parameters)
    standing: dict[int, str] = {}
    for bid in place.bids:
        round_.pass_to(bid.at)
        fault = _fault_of(bid, place, parameters) or round_.fault_of(bid, place.start)
        standing[bid.row] = fault
        if fault == STANDS:
            round_.take(bid)
    round_.pass_to(None)
    return Stands(standing, round_.ends, round_.is_onsite)


def least_bid(start: int, highest: int | None, increment: int) -> int:
    """The lowest price that a rising bid may have."""
    return start if highest is None else highest + increment


def put_off(ends: int, at: int, soft_close: int, extension: int, latest: int | None) -> int:
    """The end after a bid: a bid in the last ``soft_close`` puts it off, never nearer."""
    if at < ends - soft_close:
        return ends
    later = max(ends, at + extension)
    return later if latest is None else max(ends, min(later, latest))


def clock_price(limit: int, start: int | None, step: int) -> int:
    """Where a falling clock is when it first stands at a limit or below."""
    if start is None:
        return limit
    return start if limit >= start else start - -(-(start - limit) // step) * step


class _Round:
    """Rising bids in the middle of their time; nothing else sees it."""

    def __init__(self, parameters: ListingParameters) -> None:
        self.rule = parameters
        self.ends = parameters.ends
        self.highest: int | None = None
        self.bidders: dict[str, bool] = {}
        self.staying: dict[str, bool] = {}
        self.is_onsite = False

    def pass_to(self, at: int | None) -> None:
        """Let the written time end, if it has by then; None: it has."""
        is_over = self.ends is not None and (at is None or at >= self.ends)
        if not is_over or self.is_onsite or not self.rule.row.has_onsite:
            return
        self.staying = {party: True for party in self.bidders if party not in self.rule.left}
        if self.rule.sides_of(self.staying) >= STAYING_MIN:
            self.is_onsite = True
            assert self.ends is not None
            self.ends += self.rule.onsite

    def fault_of(self, bid: Bid, start: int) -> str:
        if self.ends is not None and bid.at >= self.ends:
            return LATE
        if self.rule.row.bidding != RISING or bid.price < start:
            return BELOW_START if bid.price < start else STANDS
        if self.is_onsite and bid.party not in self.staying:
            return NOT_IN
        least = least_bid(start, self.highest, self.rule.increment)
        return STANDS if bid.price >= least else SMALL_STEP

    def take(self, bid: Bid) -> None:
        self.bidders[bid.party] = True
        if self.rule.row.bidding != RISING:
            return
        self.highest = bid.price
        if self.ends is None:
            return
        if self.is_onsite:
            self.ends = max(self.ends, bid.at + self.rule.onsite)
        else:
            rule = self.rule
            self.ends = put_off(
                self.ends, bid.at, rule.soft_close, rule.extension, rule.ends_latest
            )


def _fault_of(bid: Bid, place: Place, parameters: ListingParameters) -> str:
    if bid.party in place.sellers:
        return OWN_OFFER
    if parameters.row.is_whole and bid.quantity != place.supply:
        return NOT_WHOLE
    if parameters.row.bidding == FALLING:
        taken_at = clock_price(bid.price, parameters.clock_start, parameters.clock_step)
        return STANDS if taken_at >= place.start else BELOW_START
    return STANDS

"""The bids that stand, ranked; who of them wins how many lots, and what each pays."""

from fractions import Fraction

from msgspec import Struct

from yaosu.markets.mechanisms.listing_bids import Bid, Place
from yaosu.markets.mechanisms.listing_parameters import (
    CANCEL,
    FALLING,
    LOWEST_ACCEPTED,
    SECOND,
    SEED,
    UNIFORM,
    ListingParameters,
)
from yaosu.markets.mechanisms.listing_score import totals_of
from yaosu.markets.mechanisms.listing_standing import STANDS, Stands, clock_price, standing_of
from yaosu.markets.seeds import ranks_of

LOTTERY = "listing"
WON, PART, OUTBID, BELOW_RESERVE = "won", "part", "outbid", "below_reserve"
RAISED = "raised"  # a better bid of the same party stands
LEFT = "left"
SOLD, NOTHING_OFFERED, NO_BIDS = "sold", "nothing_offered", "no_bids"
TOO_FEW_BIDDERS, NOT_REACHED, SHORT = "too_few_bidders", "reserve_not_reached", "short"


class Won(Struct, frozen=True):
    """A bid that wins lots at a price."""

    bid: Bid
    lots: int
    price: int


class Award(Struct, frozen=True):
    """What one place came to.

    Attributes:
        place, stands: see there.
        ranked: bids that may win, the best first; one a party where bids are for the whole.
        points: of each ranked bid in a tender, exact; else empty.
        standing: row -> what became of every bid.
        won: the winners, the best first.
        reason: why it ended so.
        bidders: parties with a bid that stands; those under one control count as one.
        most: the most ticks times lots above the offers that ranking by price would reach.
    """

    place: Place
    stands: Stands
    ranked: tuple[Bid, ...]
    points: tuple[Fraction, ...]
    standing: dict[int, str]
    won: tuple[Won, ...]
    reason: str
    bidders: int
    most: int


def award_of(place: Place, parameters: ListingParameters) -> Award:
    """Rank the bids of a place and give out what is offered; O(n log n)."""
    stands = standing_of(place, parameters) if place.offers else Stands({}, parameters.ends, False)
    standing = dict(stands.standing) or {bid.row: OUTBID for bid in place.bids}
    valid = []
    for bid in place.bids:
        if standing[bid.row] == STANDS and bid.party in parameters.left:
            standing[bid.row] = LEFT
        elif standing[bid.row] == STANDS:
            valid.append(_at_clock(bid, parameters))
    ranked, points = _rank(place, valid, parameters)
    for bid in valid:
        standing[bid.row] = RAISED
    for bid in ranked:
        standing[bid.row] = OUTBID
    bidders = parameters.sides_of(bid.party for bid in valid)
    able = [bid for bid in ranked if parameters.reserve is None or bid.price >= parameters.reserve]
    reason = _reason(place, parameters, bidders, able)
    if reason in (SOLD, NOT_REACHED):
        for bid in ranked:
            if parameters.reserve is not None and bid.price < parameters.reserve:
                standing[bid.row] = BELOW_RESERVE
    won: tuple[Won, ...] = ()
    most = 0
    if reason == SOLD:
        won = _pay(place, parameters, ranked, _hand_out(place, able))
        most = _worth(place, _hand_out(place, sorted(able, key=_dearest)))
        for winner in won:
            standing[winner.bid.row] = WON if winner.lots == winner.bid.quantity else PART
    return Award(place, stands, ranked, points, standing, won, reason, bidders, most)


def draws_of(seed: str, place: Place) -> dict[str, int]:
    """Party -> its number in the lottery; the smaller is the better.

    The numbers depend on every bid (by the digest of the place): who knows the seed ahead cannot
    choose a bid by its draw without knowing all others. One number a party: dividing a bid draws
    no more.
    """
    parties = sorted({bid.party for bid in place.bids})
    return dict(zip(parties, ranks_of(parties, seed, LOTTERY, place.digest).tolist(), strict=True))


def worth_of(award: Award) -> int:
    """Ticks times lots by which the winners' limits lie above the offers'."""
    return _worth(award.place, [(won.bid, won.lots) for won in award.won])


def _at_clock(bid: Bid, parameters: ListingParameters) -> Bid:
    if parameters.row.bidding != FALLING:
        return bid
    price = clock_price(bid.price, parameters.clock_start, parameters.clock_step)
    return Bid(bid.row, bid.at, price, bid.quantity, bid.party)


def _rank(
    place: Place, valid: list[Bid], parameters: ListingParameters
) -> tuple[tuple[Bid, ...], tuple[Fraction, ...]]:
    draws = draws_of(parameters.seed, place) if parameters.ties == SEED else {}

    def by_price(bid: Bid) -> tuple[int, int, int, str, int]:
        return -bid.price, draws.get(bid.party, 0), bid.at, bid.party, bid.quantity

    ranked = sorted(valid, key=by_price)
    if parameters.row.is_scored:
        latest = {bid.party: bid for bid in valid}  # as they came: the last one of a party counts
        bids = [bid for bid in ranked if latest[bid.party] is bid]
        if not bids:
            return (), ()
        totals = totals_of(bids, parameters)
        bids.sort(key=lambda bid: -totals[bid.party])  # of equal totals the dearer, then the tie
        return tuple(bids), tuple(totals[bid.party] for bid in bids)
    if parameters.row.is_whole:
        best: dict[str, Bid] = {}
        for bid in ranked:
            best.setdefault(bid.party, bid)
        return tuple(best.values()), ()
    return tuple(ranked), ()


def _reason(place: Place, parameters: ListingParameters, bidders: int, able: list[Bid]) -> str:
    if not place.offers:
        return NOTHING_OFFERED
    if not bidders:
        return NO_BIDS
    if bidders < parameters.bidders_min:
        return TOO_FEW_BIDDERS
    if not able:
        return NOT_REACHED
    is_short = sum(bid.quantity for bid in able) < place.supply
    return SHORT if is_short and parameters.if_short == CANCEL else SOLD


def _hand_out(place: Place, able: list[Bid]) -> list[tuple[Bid, int]]:
    left, given = place.supply, []
    for bid in able:
        if not left:
            break
        given.append((bid, min(bid.quantity, left)))
        left -= given[-1][1]
    return given


def _pay(
    place: Place,
    parameters: ListingParameters,
    ranked: tuple[Bid, ...],
    given: list[tuple[Bid, int]],
) -> tuple[Won, ...]:
    payment = parameters.row.payment
    floor = max(place.start, place.start if parameters.reserve is None else parameters.reserve)
    common = 0
    if payment == SECOND:
        common = max(floor, ranked[1].price) if len(ranked) > 1 else floor
    elif payment == UNIFORM and parameters.uniform_price == LOWEST_ACCEPTED:
        common = given[-1][0].price
    elif payment == UNIFORM:
        common = max(floor, _first_left_out(place.supply, ranked, floor))
    is_own = payment not in (SECOND, UNIFORM)
    return tuple(Won(bid, lots, bid.price if is_own else common) for bid, lots in given)


def _first_left_out(supply: int, ranked: tuple[Bid, ...], floor: int) -> int:
    """The price of the first lot wanted beyond the supply."""
    for bid in ranked:
        supply -= bid.quantity
        if supply < 0:
            return bid.price
    return floor


def _worth(place: Place, given: list[tuple[Bid, int]]) -> int:
    sold = sum(lots for _, lots in given)
    total = sum(bid.price * lots for bid, lots in given)
    for offer in place.offers:
        lots = min(offer.quantity, sold)
        total -= offer.price * lots
        sold -= lots
    return total


def _dearest(bid: Bid) -> tuple[int, int, str, int]:
    return -bid.price, bid.at, bid.party, bid.quantity

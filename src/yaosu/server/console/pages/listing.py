"""Listings: what is put up, how bids stand, until when, and what one may do there oneself."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from yaosu.core import State
from yaosu.kernel.refusal import found
from yaosu.kernel.words import Command, tag_of
from yaosu.markets.clearing import Certificate
from yaosu.markets.commands import (
    EnterListing,
    LeaveListing,
    PayAward,
    PlaceBid,
    ScoreBids,
    SealBid,
)
from yaosu.markets.listing_state import AWARDED, BIDDING, ENDED, ONSITE, REVEAL, SCORING, Listing
from yaosu.markets.listing_terms import Due
from yaosu.markets.mechanisms.listing_parameters import FALLING, RISING, SEALED, Criterion
from yaosu.markets.mechanisms.listing_standing import least_bid
from yaosu.server.console.names import Names
from yaosu.server.console.numbers import DASH, decimal
from yaosu.server.console.pages.acts import Act, Cell, Field, Sheet

LISTINGS_MAX = 300
BIDS_SHOWN = 60
ORDER = {BIDDING: 0, ONSITE: 0, REVEAL: 1, SCORING: 2, AWARDED: 3, ENDED: 4}


class ListingRow(Struct, frozen=True, kw_only=True):
    """One line of the list; ``price``: the highest bid, or the starting price, minor units.

    Attributes:
        until: instant at which its phase ends by itself; 0 once it is over.
        bids: open ones that came, or sealed ones. is_bid: whether ``price`` was bid.
    """

    listing: str
    right: str
    factor: str
    region: str
    form: str
    phase: str
    price: int
    is_bid: bool
    bids: int
    begins: int
    until: int


class ListingsPage(Struct, frozen=True, kw_only=True):
    """All listings, those that take bids first."""

    rows: tuple[ListingRow, ...]
    more: int
    currency: str
    digits: int


class BidRow(Struct, frozen=True, kw_only=True):
    """One bid; ``number``: of its bidder, by first bids; ``bidder``: the name, once awarded."""

    bidder: str
    number: int
    price: int
    quantity: int
    at: int
    leads: bool


class Score(Struct, frozen=True):
    """Points of one bidder by one criterion, over all evaluators."""

    bidder: str
    criterion: str
    points: int
    evaluators: int


class Ranked(Struct, frozen=True, kw_only=True):
    """One bid as it was ranked; ``points``: of 100, in hundredths; ``at``: criterion -> points."""

    rank: int
    bidder: str
    price: int
    points: int
    means: tuple[str, ...]


class ListingPage(Struct, frozen=True, kw_only=True):
    """One listing.

    Attributes:
        bidding: rising, falling or sealed. supply: what bids are counted in.
        least: the lowest bid that tops the highest. step: minutes at each price of a falling clock.
        soft_close, extension: minutes; 0 where the end stands.
        sealed: bids that nobody has read. winners: name, lots, price, whether it is paid.
        clearing_certificate: once it is decided.
        ranking: of a tender, once it is decided, the best first.
        has_scored: how many of the evaluators have given all their points.
    """

    listing: str
    right: str
    seller: str
    factor_name: str
    instrument: str
    region: str
    form: str
    bidding: str
    is_whole: bool
    lots: int
    supply: int
    phase: str
    reason: str
    price: int
    increment: int
    least: int
    best: int | None
    wanted: int
    begins: int
    until: int
    soft_close: int
    extension: int
    clock_from: int
    clock_step: int
    step: int
    deposit: int
    bidders: int
    sealed: int
    has_reserve: bool
    reserve: str
    criteria: tuple[Criterion, ...]
    price_weight: str
    scores: tuple[Score, ...]
    bids: tuple[BidRow, ...]
    winners: tuple[tuple[str, int, int, bool], ...]
    clearing_certificate: Certificate | None
    terms: str
    pay_days: int
    currency: str
    digits: int
    ranking: tuple[Ranked, ...] = ()
    evaluators: int = 0
    has_scored: int = 0


class OwnListing(Struct, frozen=True, kw_only=True):
    """What the reader's party has in a listing, and may ask.

    Attributes:
        number: as which bidder its bids are shown; 0 before the first.
        leads: whether its bid is the highest. deposit: held.
        bids: (price, quantity, instant), newest first.
        sealed_at: when its sealed bid came. due: what it has to pay.
        tickets: forms that are tried, looked over and proved; ``venue``: for sealed ones.
        opens: whether its sealed bid waits to be opened. tells: secret terms that it is to tell.
    """

    party: str = ""
    name: str = ""
    parties: tuple[tuple[str, str], ...] = ()
    number: int = 0
    leads: bool = False
    has_left: bool = False
    deposit: int | None = None
    free: int = 0
    bids: tuple[tuple[int, int, int], ...] = ()
    sealed_at: int = 0
    due: Due | None = None
    tickets: tuple[Act, ...] = ()
    opens: bool = False
    tells: tuple[str, ...] = ()
    venue: str = ""


def listings_page(state: State, names: Names) -> ListingsPage:
    """Every listing, those that take bids first, then those that end first."""
    known = sorted(
        state.markets.listings.listings.values(),
        key=lambda one: (ORDER[one.phase], one.until, one.head.listing),
    )
    venue = state.parties.venue
    return ListingsPage(
        rows=tuple(_row(one, names) for one in known[:LISTINGS_MAX]),
        more=max(0, len(known) - LISTINGS_MAX),
        currency=venue.currency if venue is not None else "",
        digits=names.digits,
    )


def _row(listing: Listing, names: Names) -> ListingRow:
    head = listing.head
    best = max((bid.price for bid in listing.bids), default=None)
    return ListingRow(
        listing=head.listing,
        right=head.right,
        factor=names.factor(head.factor),
        region=names.region(head.region),
        form=head.terms.form,
        phase=listing.phase,
        price=head.price if best is None else best,
        is_bid=best is not None,
        bids=len(listing.bids) + len(listing.sealed),
        begins=head.begins,
        until=0 if listing.phase == ENDED else listing.until,
    )


def listing_page(state: State, names: Names, name: str) -> ListingPage:
    """One listing as anybody may see it.

    Raises:
        Refusal: ``markets.unknown_listing``.
    """
    listing = _listing(state, name)
    head, terms = listing.head, listing.head.terms
    best = max((bid.price for bid in listing.bids), default=None)
    reserve = listing.revealed.get("reserve", "")
    return ListingPage(
        listing=name,
        right=head.right,
        seller=names.party(head.by or head.seller),
        factor_name=names.factor(head.factor),
        instrument=head.instrument,
        region=names.region(head.region),
        form=terms.form,
        bidding=terms.row.bidding,
        is_whole=terms.row.is_whole,
        lots=head.lots,
        supply=head.supply,
        phase=listing.phase,
        reason=listing.reason,
        price=head.price,
        increment=head.increment,
        least=least_bid(head.price, best, head.increment),
        best=best,
        wanted=listing.wanted,
        begins=head.begins,
        until=0 if listing.phase == ENDED else listing.until,
        soft_close=terms.soft_close_minutes,
        extension=terms.extension_minutes,
        clock_from=head.clock_from,
        clock_step=head.clock_step,
        step=terms.clock_minutes,
        deposit=head.deposit_minor,
        bidders=len(listing.deposits),
        sealed=len(listing.sealed),
        has_reserve=head.reserve is not None,
        reserve=reserve,
        criteria=head.criteria,
        price_weight=head.price_weight,
        scores=tuple(_scores(listing)),
        bids=tuple(_bids(listing, names)),
        winners=tuple(_winners(listing, names)),
        clearing_certificate=listing.clearing.certificate if listing.clearing is not None else None,
        terms=terms.listing_terms,
        pay_days=terms.pay_days,
        currency=head.currency,
        digits=names.digits,
        ranking=tuple(_ranking(listing, names)),
        evaluators=len(head.evaluators),
        has_scored=len({score.evaluator for score in listing.scores}),
    )


def own_listing(
    state: State, names: Names, name: str, parties: Sequence[str], chosen: str
) -> OwnListing:
    """What one of the reader's parties has there, and what it may ask now."""
    listing = _listing(state, name)
    party = chosen if chosen in parties else (parties[0] if parties else "")
    if not party:
        return OwnListing()
    leader, venue = listing.leader, state.parties.venue
    own = [bid for bid in listing.bids if bid.party == party]
    return OwnListing(
        party=party,
        name=names.party(party),
        parties=tuple((known, names.party(known)) for known in parties),
        number=_numbers(listing).get(party, 0),
        leads=leader is not None and leader.party == party,
        has_left=party in listing.left,
        deposit=listing.deposits.get(party),
        free=state.ledger.balance(party, listing.head.currency, "free"),
        bids=tuple((bid.price, bid.quantity, bid.at) for bid in own[::-1][:BIDS_SHOWN]),
        sealed_at=listing.sealed_at[party] if party in listing.sealed else 0,
        due=listing.dues.get(party),
        tickets=tuple(_tickets(listing, party, names)),
        opens=listing.phase == REVEAL and party in listing.sealed,
        tells=_untold(listing, party),
        venue=venue.id if venue is not None else "",
    )


def _untold(listing: Listing, party: str) -> tuple[str, ...]:
    """The secret terms that a party is to tell now: those it sealed, or that are of its listing."""
    head = listing.head
    if listing.phase != REVEAL:
        return ()
    return tuple(
        item
        for item, term in (("reserve", head.reserve), ("seed", head.seed))
        if term is not None
        and item not in listing.revealed
        and party in (term.actor, head.seller, head.by)
    )


def _listing(state: State, name: str) -> Listing:
    known = state.markets.listings.listings.get(name)
    return found(known, "markets.unknown_listing", listing=name)


def _numbers(listing: Listing) -> dict[str, int]:
    """Bidders by number, in the order of their first bids: until the award no name is shown."""
    parties = dict.fromkeys(bid.party for bid in listing.bids)
    return {party: at for at, party in enumerate(parties, start=1)}


def _bids(listing: Listing, names: Names) -> Iterator[BidRow]:
    numbers, leader = _numbers(listing), listing.leader
    is_told = listing.phase in (AWARDED, ENDED)
    for bid in listing.bids[::-1][:BIDS_SHOWN]:
        yield BidRow(
            bidder=names.party(bid.party) if is_told else "",
            number=numbers[bid.party],
            price=bid.price,
            quantity=bid.quantity,
            at=bid.at,
            leads=bid is leader,
        )


def _scores(listing: Listing) -> Iterator[Score]:
    numbers = _numbers(listing)
    sums: dict[tuple[int, str], list[int]] = {}
    for score in listing.scores:
        cell = sums.setdefault((numbers.get(score.party, 0), score.criterion), [0, 0])
        cell[0] += score.points
        cell[1] += 1
    for (number, criterion), (points, count) in sorted(sums.items()):
        yield Score(str(number), criterion, points, count)


def _ranking(listing: Listing, names: Names) -> Iterator[Ranked]:
    """The bids of a tender by their points, the best first."""
    if listing.clearing is None or not listing.head.terms.row.is_scored:
        return
    means: dict[tuple[str, str], list[int]] = {}
    for score in listing.scores:
        means.setdefault((score.party, score.criterion), []).append(score.points)
    rows = [row for row in listing.clearing.details["ranking"].iterate() if row["rank"] is not None]
    for row in sorted(rows, key=lambda row: row["rank"]):
        bid = listing.bids[row["row"] - 1]
        points = Fraction(row["points"] or "0")
        yield Ranked(
            rank=row["rank"],
            bidder=names.party(bid.party),
            price=bid.price,
            points=round(points * 10_000),
            means=tuple(
                _mean(means.get((bid.party, one.name), [])) for one in listing.head.criteria
            ),
        )


def _mean(points: list[int]) -> str:
    """The mean of whole points, to two digits."""
    if not points:
        return DASH
    hundredths = sum(points) * 100 // len(points)
    return decimal(hundredths, 2) if hundredths % 100 else str(hundredths // 100)


def _winners(listing: Listing, names: Names) -> Iterator[tuple[str, int, int, bool]]:
    """Name, lots, price and whether it is paid, of whoever was awarded something."""
    if listing.clearing is None:
        return
    fills = listing.clearing.fills
    for row in fills.iterate():
        at = row["row"] - 1
        if 0 <= at < len(listing.bids) and row["lots"]:
            party = listing.bids[at].party
            yield names.party(party), row["lots"], row["price"], party not in listing.dues


def _tickets(listing: Listing, party: str, names: Names) -> Iterator[Act]:
    """What the party may ask in this phase; whether it would be taken the ticket tries."""
    head, bidding = listing.head, listing.head.terms.row.bidding
    fixed: dict[str, object] = {"actor": party, "listing": head.listing}

    def act(name: str, kind: type[Command], *fields: Field) -> Act:
        return Act(
            name=name,
            command=tag_of(kind),
            fixed=fixed,
            party=names.party(party),
            fields=fields,
            digits=names.digits,
        )

    if party in listing.dues:
        yield act("pay_award", PayAward)
    if listing.phase == SCORING and party in head.evaluators:
        scored = act("score", ScoreBids)
        yield replace(scored, sheet=_sheet(listing, party), tables=("points",))
    takes_part = party in (head.seller, head.by, *head.evaluators)
    if listing.phase not in (BIDDING, ONSITE) or takes_part:
        return
    if party not in listing.deposits:
        if listing.phase == BIDDING and party not in listing.left:
            yield act("enter", EnterListing)
        return
    into = "bid" if bidding == SEALED else ""
    price = Field(name="price", kind="minor", label=_PRICE[bidding], into=into)
    lots = Field(name="quantity", kind="whole", into=into)
    whole = replace(lots, when="never:1", other="1")
    fields = (price, whole if head.terms.row.is_whole else lots)
    if bidding == SEALED:
        yield replace(act("seal_bid", SealBid, *fields), seal="bid", tables=("bid",))
    else:
        yield act("bid", PlaceBid, *fields)
    if party not in listing.sealed:
        yield act("leave", LeaveListing)


def _sheet(listing: Listing, evaluator: str) -> Sheet:
    """A row a bidder, by number, a column a criterion; with the points given before."""
    given = {
        (one.party, one.criterion): str(one.points)
        for one in listing.scores
        if one.evaluator == evaluator
    }
    criteria, numbers = listing.head.criteria, _numbers(listing)
    return Sheet(
        into="points",
        name="points",
        heads=tuple(one.name for one in criteria),
        rows=tuple(
            (
                str(number),
                tuple(
                    Cell(
                        label=one.name,
                        most=one.points_max,
                        value=given.get((party, one.name), ""),
                        gives={"party": party, "criterion": one.name},
                    )
                    for one in criteria
                ),
            )
            for party, number in numbers.items()
        ),
    )


_PRICE = {RISING: "bid", FALLING: "stop_clock", SEALED: "bid"}

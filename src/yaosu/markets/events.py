"""What has happened in the markets."""

import numpy as np

from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.words import Event
from yaosu.markets.clearing import Clearing
from yaosu.markets.credit_terms import LoanOffer, LoanTerms
from yaosu.markets.listing_terms import Due, ListedBid, ListingHead
from yaosu.markets.mechanisms.listing_parameters import Score
from yaosu.markets.mechanisms.posted import Tier
from yaosu.markets.mechanisms.posted_revenue import Allowance
from yaosu.markets.negotiated_terms import Deal
from yaosu.markets.posted_terms import PostedOffer
from yaosu.markets.published_events import RoundPublished
from yaosu.markets.terms import RandomEnd, SealedBid, Trading
from yaosu.markets.trading_events import (
    AuctionHeld,
    BookMoved,
    LotsEnded,
    OrderReplaced,
    PhaseChanged,
    TradesMade,
    TradingHalted,
    TradingResumed,
)

__all__ = [  # told elsewhere, part of this floor's words
    "AuctionHeld",
    "BookMoved",
    "LotsEnded",
    "OrderReplaced",
    "PhaseChanged",
    "RoundPublished",
    "TradesMade",
    "TradingHalted",
    "TradingResumed",
]
NO_FACTS = Columns({"party": Text.of([]), "kind": Text.of([]), "level": np.zeros(0, np.int64)})


class MarketOpened(Event, frozen=True, tag="markets.market_opened/1"):
    """A market stands open for its first round."""

    market: str
    factor: str
    instruments: tuple[str, ...]
    regions: tuple[str, ...]
    currency: str
    network: str
    rent_to: str
    trading: Trading
    more_factors: tuple[str, ...] = ()


class OrdersAccepted(Event, frozen=True, tag="markets.orders_accepted/1"):
    """Orders stand in the book, what they need is held.

    Attributes:
        market: where.
        batch: the client's id of the batch.
        orders: the accepted rows in canonical order: instrument, region, side, price, quantity,
            party, right, further columns of the market's mechanism, number (which order of the
            batch), sequence (arrival of the batch).
        refused: rows that were not accepted: the same columns and ``code``.
    """

    market: str
    batch: str
    orders: Columns
    refused: Columns


class OrdersCancelled(Event, frozen=True, tag="markets.orders_cancelled/1"):
    """Orders were taken back or fell away, what they held is free again."""

    market: str
    batch: str
    numbers: tuple[int, ...]
    reason: str


class SealedOrdersAccepted(Event, frozen=True, tag="markets.sealed_orders_accepted/1"):
    """A bid was taken in unread, and its deposit is held."""

    market: str
    batch: str
    bid: SealedBid


class SealedOrdersWithdrawn(Event, frozen=True, tag="markets.sealed_orders_withdrawn/1"):
    """A sealed bid was taken back before the close, unread."""

    market: str
    batch: str
    bid: SealedBid


class OpeningBegun(Event, frozen=True, tag="markets.opening_begun/1"):
    """No more sealed bids come in; those of the round may be opened until an instant."""

    market: str
    round: int
    until: int


class SealedOrdersOpened(Event, frozen=True, tag="markets.sealed_orders_opened/1"):
    """A sealed bid was opened and is what was committed to; its orders follow."""

    market: str
    batch: str
    bid: SealedBid


class BidsForfeited(Event, frozen=True, tag="markets.bids_forfeited/1"):
    """Bids that nobody opened in time are out of the round.

    Attributes:
        batches: their batches, sorted; ``bids``: the bid of each.
        to: who got their deposits; empty where they were given back.
    """

    market: str
    round: int
    batches: tuple[str, ...]
    bids: tuple[SealedBid, ...]
    to: str


class BookClosed(Event, frozen=True, tag="markets.book_closed/1"):
    """The orders of a round are frozen.

    Attributes:
        market: where.
        round: which round, from 1.
        orders_digest: SHA-256 over the canonical order of the book, hex; as in the certificate.
        rows: how many orders.
        links: the network the round is cleared over, under the rules in force: columns source,
            target (text), capacity (lots), cost (ticks).
        rules: digest of the rules in force.
        facts: what is attested at the close to those with orders, where the offers ask for it:
            columns party, kind (text), level.
        seed: that the market committed to, shown now; empty where it did not.
    """

    market: str
    round: int
    orders_digest: str
    rows: int
    links: Columns
    rules: bytes
    facts: Columns = NO_FACTS
    seed: str = ""


class MarketCleared(Event, frozen=True, tag="markets.market_cleared/1"):
    """A round is priced.

    Attributes:
        market: where.
        round: which round.
        clearing: prices, fills, flows and the clearing certificate.
        rules: digest of the rules in force: the rule version every trade of it was made under.
    """

    market: str
    round: int
    clearing: Clearing
    rules: bytes


class RoundEnded(Event, frozen=True, tag="markets.round_ended/1"):
    """The orders of a priced round are gone from the book; the next round is open."""

    market: str
    round: int


class LotsCommitted(Event, frozen=True, tag="markets.lots_committed/1"):
    """Lots of rights (right -> lots) are promised under a contract that waits at its gates."""

    contract: str
    lots: dict[str, int]


class LotsFreed(Event, frozen=True, tag="markets.lots_freed/1"):
    """A contract's promise of lots is kept or void."""

    contract: str


class ListingOpened(Event, frozen=True, tag="markets.listing_opened/1"):
    """A right was put up; its lots are held."""

    head: ListingHead


class ListingEntered(Event, frozen=True, tag="markets.listing_entered/1"):
    """A bidder was let in; its deposit is held.

    Attributes:
        group: who controls it, as the fact of the listing's terms says; or empty.
    """

    listing: str
    party: str
    deposit_minor: int
    group: str = ""


class ListingLeft(Event, frozen=True, tag="markets.listing_left/1"):
    """A bidder went away; its deposit is free again."""

    listing: str
    party: str


class BidPlaced(Event, frozen=True, tag="markets.bid_placed/1"):
    """An open bid stands.

    Attributes:
        ends: when bidding ends now.
    """

    listing: str
    bid: ListedBid
    ends: int


class BidSealed(Event, frozen=True, tag="markets.bid_sealed/1"):
    """A bid was taken in unread."""

    listing: str
    bid: SealedBid
    at: int


class BidOpened(Event, frozen=True, tag="markets.bid_opened/1"):
    """A sealed bid was opened and is what was committed to."""

    listing: str
    party: str
    bids: tuple[ListedBid, ...]


class TermRevealed(Event, frozen=True, tag="markets.term_revealed/1"):
    """The reserve or the seed was told and is what was committed to."""

    listing: str
    item: str
    value: str


class BidsScored(Event, frozen=True, tag="markets.bids_scored/1"):
    """An evaluator gave its points."""

    listing: str
    evaluator: str
    scores: tuple[Score, ...]


class ListingWent(Event, frozen=True, tag="markets.listing_went/1"):
    """A listing went on to its next phase: onsite, opening, scoring; until an instant.

    Attributes:
        unopened: bidders whose sealed bids nobody opened in time: they are out.
    """

    listing: str
    phase: str
    until: int
    unopened: tuple[str, ...] = ()


class ListingCleared(Event, frozen=True, tag="markets.listing_cleared/1"):
    """It is decided who wins.

    Attributes:
        clearing: by the mechanism ``listing``, with its clearing certificate.
        dues: what each winner has to pay by when; none where nothing is sold.
        returned: bidders whose deposits went back.
        rules: digest of the rules in force.
    """

    listing: str
    clearing: Clearing
    dues: tuple[Due, ...]
    returned: tuple[str, ...]
    rules: bytes


class AwardPaid(Event, frozen=True, tag="markets.award_paid/1"):
    """A winner paid; what it won and what it pays is a contract next."""

    listing: str
    due: Due
    rules: bytes


class AwardForfeited(Event, frozen=True, tag="markets.award_forfeited/1"):
    """A winner did not pay in time.

    Attributes:
        deposit_minor: lost by it. to: who got that; empty: it went back.
        second: what the second bidder has to pay instead, or None.
    """

    listing: str
    due: Due
    deposit_minor: int
    to: str
    second: Due | None


class ListingEnded(Event, frozen=True, tag="markets.listing_ended/1"):
    """A listing is over; what it still held is free again.

    Attributes:
        reason: sold, or why not.
        unsold: lots that were not.
        carried: lots for each of the next rounds of its series.
        at: instant.
    """

    listing: str
    reason: str
    unsold: int
    carried: tuple[int, ...]
    at: int = 0


class TradesAgreed(Event, frozen=True, tag="markets.trades_agreed/1"):
    """Parties agreed on trades outside a book of orders; they make no last price.

    Attributes:
        market: where.
        round: number of the event in its market, from 1.
        trades: columns instrument, region, price (ticks), lots, buyer, limit (of the buyer, ticks:
            what was held), seller, right.
        rules: digest of the rules in force.
    """

    market: str
    round: int
    trades: Columns
    rules: bytes


class RevenuePermitted(Event, frozen=True, tag="markets.revenue_permitted/1"):
    """A period of a market of posted prices began.

    Attributes:
        period: its number, from 1.
        allowance: cost, fair profit, and what was carried from the last period, minor units.
        permitted_minor: the greatest revenue that prices may be made for.
        rules: digest of the rules in force.
    """

    market: str
    period: int
    allowance: Allowance
    permitted_minor: int
    rules: bytes


class TariffPosted(Event, frozen=True, tag="markets.tariff_posted/1"):
    """These prices stand from now on."""

    market: str
    period: int
    tariff: tuple[Tier, ...]


class PostedOfferMade(Event, frozen=True, tag="markets.posted_offer_made/1"):
    """Lots of a right are up at the tariff, and held."""

    market: str
    offer: PostedOffer


class PostedOfferEnded(Event, frozen=True, tag="markets.posted_offer_ended/1"):
    """What was left of an offer is not up any more, and free again."""

    market: str
    right: str
    seller: str
    lots: int
    reason: str


class TermsAccepted(Event, frozen=True, tag="markets.terms_accepted/1"):
    """A party took lots at the prices that stand.

    Attributes:
        acceptance: its id.
        trial_lots: of the lots, free as a trial. group: whose price was paid; empty: anybody's.
        purpose: as it was declared.
        cost_minor: what is paid. period: in which it counts as revenue.
    """

    market: str
    acceptance: str
    party: str
    instrument: str
    region: str
    lots: int
    trial_lots: int
    group: str
    purpose: str
    cost_minor: int
    period: int
    at: int


class DealProposed(Event, frozen=True, tag="markets.deal_proposed/1"):
    """A deal waits for the other party; what the proposer gives is held."""

    market: str
    deal: Deal


class DealConfirmed(Event, frozen=True, tag="markets.deal_confirmed/1"):
    """Both parties confirmed a deal: hereby published; its trade follows."""

    market: str
    deal: Deal
    at: int


class DealEnded(Event, frozen=True, tag="markets.deal_ended/1"):
    """A proposal ended without a trade; what was held is free again."""

    market: str
    deal: Deal
    reason: str


class LoanRequested(Event, frozen=True, tag="markets.loan_requested/1"):
    """A loan is asked for; see `RequestLoan`."""

    market: str
    request: str
    borrower: str
    instrument: str
    region: str
    amount_minor: int
    rate_max_bp: int
    least_minor: int
    terms: LoanTerms
    collateral: tuple[str, ...]
    purpose: str
    offers_until: int


class LoanOffered(Event, frozen=True, tag="markets.loan_offered/1"):
    """A lender offers for a request; the amount is held."""

    market: str
    request: str
    offer: LoanOffer


class LoanOfferEnded(Event, frozen=True, tag="markets.loan_offer_ended/1"):
    """An offer was taken back, or fell with its request; what it held is free again."""

    market: str
    request: str
    offer: LoanOffer
    reason: str


class LoanDeclined(Event, frozen=True, tag="markets.loan_declined/1"):
    """A lender said why it will not lend."""

    market: str
    request: str
    lender: str
    reason: str


class LoanRequestEnded(Event, frozen=True, tag="markets.loan_request_ended/1"):
    """A request was taken back without an award."""

    market: str
    request: str
    borrower: str


class LoanAwarded(Event, frozen=True, tag="markets.loan_awarded/1"):
    """The auction chose among the offers; loans follow.

    Attributes:
        lent_minor: in all; 0 where nothing was.
        offers: every offer: columns offer, lender, amount, asked_bp, lent, rate_bp (paid), reason.
        pledges: register entries of the collateral.
        clearing: with its certificate; row 0 of its orders is the request, then offers by arrival.
        rules: digest of the rules in force.
        fee_minor: that the borrower paid for the award, out of what was lent.
    """

    market: str
    request: str
    borrower: str
    lent_minor: int
    offers: Columns
    pledges: tuple[str, ...]
    clearing: Clearing
    at: int
    rules: bytes
    fee_minor: int = 0


class EndAnnounced(Event, frozen=True, tag="markets.end_announced/1"):
    """The window of a round stands, and the digest of the seed its end is drawn by."""

    market: str
    round: int
    end: RandomEnd


class OrdersTimed(Event, frozen=True, tag="markets.orders_timed/1"):
    """A batch came at an instant of the window: whether it counts is not known yet."""

    market: str
    batch: str
    at: int


class WindowEnded(Event, frozen=True, tag="markets.window_ended/1"):
    """The window of a random end is over: no more orders; the seed is awaited."""

    market: str
    round: int
    until: int


class EndDrawn(Event, frozen=True, tag="markets.end_drawn/1"):
    """The seed was shown: the round had ended at this instant; what came later falls away."""

    market: str
    round: int
    at: int


class RoundVoided(Event, frozen=True, tag="markets.round_voided/1"):
    """Nobody showed the seed in time: all orders fell away, nothing was traded."""

    market: str
    round: int


class BookReopened(Event, frozen=True, tag="markets.book_reopened/1"):
    """A frozen book was not cleared and is open again, with its orders.

    Attributes:
        orders_digest: of the book as it was frozen.
    """

    market: str
    round: int
    orders_digest: str
    reason: str

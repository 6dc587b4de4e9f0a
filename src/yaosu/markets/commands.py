"""What a party may ask of a market."""

from yaosu.kernel.columns import Columns
from yaosu.kernel.sealing import SealedNote
from yaosu.kernel.words import Command
from yaosu.markets.clearing import Clearing
from yaosu.markets.credit_terms import LoanTerms
from yaosu.markets.mechanisms.listing_parameters import Bend, Criterion
from yaosu.markets.posted_terms import TariffLine
from yaosu.markets.terms import RandomEnd, Trading
from yaosu.rights.commands import RegisterRight


class OpenMarket(Command, frozen=True, tag="markets.open_market"):
    """Open a market of one factor over a set of regions.

    Attributes:
        market: its id.
        factor: the profile whose price notion the market must keep.
        instruments: what may be ordered.
        regions: where; ids of the region tree.
        currency: asset that is paid.
        network: id of the links that couple the regions; empty where they are not coupled.
        rent_to: party to whom the cost and the congestion rent of the links go; default the actor.
        trading: the terms.
        more_factors: further factors its instruments may be of, where orders join several.
    """

    market: str
    factor: str
    instruments: tuple[str, ...]
    regions: tuple[str, ...]
    currency: str
    network: str = ""
    rent_to: str = ""
    trading: Trading = Trading()
    more_factors: tuple[str, ...] = ()


class SubmitOrders(Command, frozen=True, tag="markets.submit_orders"):
    """Send a batch of orders; one order is a batch of one.

    Attributes:
        market: where.
        batch: id of the batch, made by the client; with the number of an order in the batch's
            canonical order it names the order.
        orders: columns instrument, region (text), side (+1 buy, -1 sell), price (ticks),
            quantity (lots); optional party (text; default the actor) and right (text; which
            right a sale is from, needed where the seller holds several). A market of packages
            takes also package (text), units and limit; one that matches, further columns: see
            the page of its mechanism. A call auction takes block orders: block (text; rows of one
            name stand or fall together), and with it parent, exclusive (text), ratio_ppm,
            income_fixed (-1: none) and income_each.
        atomic: all or none; otherwise each row has its own outcome.
    """

    market: str
    batch: str
    orders: Columns
    atomic: bool = True


class SubmitSealedOrders(Command, frozen=True, tag="markets.submit_sealed_orders"):
    """Send a batch of orders sealed: what they say is not in this command.

    Attributes:
        market: where.
        batch: id of the batch, made by the client.
        party: for whom; left out, the actor.
        sealed: the note of one item, ``orders``: the columns that SubmitOrders takes.
    """

    market: str
    batch: str
    party: str = ""
    sealed: tuple[SealedNote, ...] = ()


class OpenBids(Command, frozen=True, tag="markets.open_bids"):
    """Open a sealed batch after the close: by its bidder, or by the venue that keeps its key.

    Attributes:
        salt: that the orders were sealed with.
        orders: exactly the columns that were sealed.
    """

    market: str
    batch: str
    salt: bytes
    orders: Columns


class OfferRight(Command, frozen=True, tag="markets.offer_right"):
    """Put lots of one right up for sale: a batch of one sell order that names the right.

    Attributes:
        certificate: a title certificate of the right, as proof of it; checked as it stands now.
    """

    market: str
    right: str
    price: int
    quantity: int
    certificate: str = ""


class RegisterAndOffer(Command, frozen=True, tag="markets.register_and_offer"):
    """Register a right and offer it, both or neither.

    Attributes:
        register: the registration; its actor and key are those of this command.
        market: where it is offered.
        price: limit, ticks.
        quantity: lots.
    """

    register: RegisterRight
    market: str
    price: int
    quantity: int


class CancelOrders(Command, frozen=True, tag="markets.cancel_orders"):
    """Take orders back while the book is open: a whole batch, or its named numbers."""

    market: str
    batch: str
    numbers: tuple[int, ...] = ()


class CloseBook(Command, frozen=True, tag="markets.close_book"):
    """Freeze the orders of a round and record their digest.

    Where bids come sealed it is asked twice: first no more come in, and they are opened; then the
    book is frozen, and what was not opened is forfeited.

    A round with a random end is closed after its window: the seed tells the end, and orders that
    came after it fall away.

    Attributes:
        seed: 64 hex digits: the seed whose hash the market's terms named, or the window of the
            round; else empty.
    """

    market: str
    seed: str = ""


class HaltTrading(Command, frozen=True, tag="markets.halt_trading"):
    """Stop a continuous market; orders may be taken back, none are taken."""

    market: str
    reason: str


class ResumeTrading(Command, frozen=True, tag="markets.resume_trading"):
    """Let a halted market trade again."""

    market: str


class RecordClearing(Command, frozen=True, tag="markets.record_clearing"):
    """Bring the result of a closed book; accepted only if its certificate verifies."""

    market: str
    round: int
    clearing: Clearing


class SetTradePrice(Command, frozen=True, tag="markets.set_trade_price"):
    """Ask to set a trade price by order of an authority; refused where supply and demand price."""

    market: str
    instrument: str
    price: int


class ChangePhase(Command, frozen=True, tag="markets.change_phase"):
    """Lead a continuous market into another phase: one without a time table, or out of its time.

    Attributes:
        phase: ``pre_open``, ``auction``, ``continuous`` or ``closed``.
    """

    market: str
    phase: str


class OpenListing(Command, frozen=True, tag="markets.open_listing"):
    """Put a right up: announce what is offered, from which price on, when and on which terms.

    Attributes:
        listing: id of this run, made by the client.
        right: whose lots are offered; of its holder.
        terms: name of a row of the rule item ``listing_terms``.
        price: the starting price, minor units: of the whole, or of a lot where bids are for lots.
        lots: how many; 0 is all of the right.
        begins, ends: instants between which bids come; a falling clock ends by itself.
        increment: by how much a rising bid must top the one before; left out, as in the terms.
        clock_from, clock_step: where a falling clock begins, and by how much it falls.
        deposit_minor: each bidder's; left out, the least that the terms allow.
        series: rounds that carry unsold lots over to the next, or empty.
        criteria, price_weight, price_base, price_bends: the scorecard of a tender.
        evaluators: parties that score it.
        sealed: notes of the items ``reserve`` (a whole number) and ``seed`` (64 hex digits).
        certificate: a title certificate of the right, as proof of it; checked as it stands now.
    """

    listing: str
    right: str
    terms: str
    price: int
    lots: int = 0
    begins: int = 0
    ends: int = 0
    increment: int | None = None
    clock_from: int = 0
    clock_step: int = 0
    deposit_minor: int | None = None
    series: str = ""
    criteria: tuple[Criterion, ...] = ()
    price_weight: str = "1"
    price_base: str = "highest"
    price_bends: tuple[Bend, ...] = (Bend(ratio="0", score="0"), Bend(ratio="1", score="1"))
    evaluators: tuple[str, ...] = ()
    sealed: tuple[SealedNote, ...] = ()
    certificate: str = ""


class EnterListing(Command, frozen=True, tag="markets.enter_listing"):
    """Be let in as a bidder: the deposit is held. ``party`` left out is the actor."""

    listing: str
    party: str = ""


class PlaceBid(Command, frozen=True, tag="markets.place_bid"):
    """Bid openly: a rising bid, or stop a falling clock at ``price`` or below.

    Attributes:
        price: minor units. quantity: lots, where bids are for lots; else 1.
    """

    listing: str
    price: int
    quantity: int = 1
    party: str = ""


class SealBid(Command, frozen=True, tag="markets.seal_bid"):
    """Bid sealed; a later one takes the place of an earlier one.

    Attributes:
        sealed: the note of one item, ``bid``: columns price, quantity.
    """

    listing: str
    party: str = ""
    sealed: tuple[SealedNote, ...] = ()


class OpenSealedBid(Command, frozen=True, tag="markets.open_sealed_bid"):
    """Open a sealed bid after the end of bidding: by its bidder, or by the venue.

    Attributes:
        party: whose bid it is.
        salt: that it was sealed with.
        bid: exactly the columns that were sealed.
    """

    listing: str
    party: str
    salt: bytes
    bid: Columns


class RevealTerm(Command, frozen=True, tag="markets.reveal_term"):
    """Tell the reserve or the seed that was committed to, after the end of bidding.

    Attributes:
        item: ``reserve`` or ``seed``.
        salt: that it was sealed with. value: in decimal digits, or 64 hex digits.
    """

    listing: str
    item: str
    salt: bytes
    value: str


class LeaveListing(Command, frozen=True, tag="markets.leave_listing"):
    """Bid no more, and have the deposit back; who leads cannot."""

    listing: str
    party: str = ""


class ScoreBids(Command, frozen=True, tag="markets.score_bids"):
    """Give the points of one evaluator.

    Attributes:
        points: columns party, criterion (text), points.
    """

    listing: str
    points: Columns


class PayAward(Command, frozen=True, tag="markets.pay_award"):
    """Pay what was won: the deposit counts towards it."""

    listing: str
    party: str = ""


class CancelListing(Command, frozen=True, tag="markets.cancel_listing"):
    """Call a listing off while bids still come; all deposits go back, its lots are carried over."""

    listing: str
    reason: str


class PermitRevenue(Command, frozen=True, tag="markets.permit_revenue"):
    """Begin a period of a market of posted prices with the cost that it may recover.

    The fair profit follows from the market's terms, and what was carried from the last period.
    Until a tariff is posted nothing can be taken.
    """

    market: str
    cost_minor: int


class PostTariff(Command, frozen=True, tag="markets.post_tariff"):
    """Post the prices that stand from now on; they take the place of those before."""

    market: str
    tariff: tuple[TariffLine, ...]


class EndPostedOffer(Command, frozen=True, tag="markets.end_posted_offer"):
    """Take back what is left of a right that is up at the tariff."""

    market: str
    right: str


class AcceptTerms(Command, frozen=True, tag="markets.accept_terms"):
    """Take lots at the price that stands for whoever takes them, now.

    Attributes:
        lots: all of them, or a refusal.
        purpose: what they are for, as the conditions of the tariff's groups read it.
        party: for whom; left out, the actor.
        most_minor: refuse where it would cost more, minor units; left out, whatever it costs.
    """

    market: str
    instrument: str
    region: str
    lots: int = 1
    purpose: str = ""
    party: str = ""
    most_minor: int | None = None


class ProposeDeal(Command, frozen=True, tag="markets.propose_deal"):
    """Propose a deal to one party; what the proposer gives is held until it is answered.

    Attributes:
        deal: its id, new in the market.
        side: +1 to buy, -1 to sell.
        price, lots: ticks a lot, lots.
        counterparty: who is to confirm it.
        right: from which the proposer sells; empty to buy.
        until: instant at which it falls away; 0: never.
        party: for whom it is proposed; left out, the actor.
    """

    market: str
    deal: str
    instrument: str
    region: str
    side: int
    price: int
    lots: int
    counterparty: str
    right: str = ""
    until: int = 0
    party: str = ""


class ConfirmDeal(Command, frozen=True, tag="markets.confirm_deal"):
    """Confirm a deal as it was proposed: it trades at once.

    Attributes:
        right: from which the confirming party sells; empty where it buys.
        party: for whom; left out, the actor.
    """

    market: str
    deal: str
    right: str = ""
    party: str = ""


class WithdrawDeal(Command, frozen=True, tag="markets.withdraw_deal"):
    """End a proposal: by its proposer, or by the party that will not confirm it."""

    market: str
    deal: str
    reason: str = ""


class RequestLoan(Command, frozen=True, tag="markets.request_loan"):
    """Ask for a loan, once, of all lenders.

    Attributes:
        request: its id, new in the market.
        instrument, region: what kind of loan, where, as the market has them.
        amount_minor, rate_max_bp: what is asked for, and the highest rate, basis points a year.
        offers_until: instant until which offers are taken.
        terms: when it is paid back.
        least_minor: the smallest sum that is taken; 0: any.
        collateral: rights of the borrower to be pledged at the award.
        purpose: in words.
        party: the borrower; left out, the actor.
    """

    market: str
    request: str
    instrument: str
    region: str
    amount_minor: int
    rate_max_bp: int
    offers_until: int
    terms: LoanTerms = LoanTerms()
    least_minor: int = 0
    collateral: tuple[str, ...] = ()
    purpose: str = ""
    party: str = ""


class OfferLoan(Command, frozen=True, tag="markets.offer_loan"):
    """Offer to lend for a request; the amount is held until the award.

    Attributes:
        offer: its id, new for the request.
        rate_bp: the lowest rate, basis points a year.
        least_minor: the smallest amount that is lent; 0: any.
        party: the lender; left out, the actor.
    """

    market: str
    request: str
    offer: str
    amount_minor: int
    rate_bp: int
    least_minor: int = 0
    party: str = ""


class DeclineLoan(Command, frozen=True, tag="markets.decline_loan"):
    """Say why one will not lend for a request; the reason is kept."""

    market: str
    request: str
    reason: str


class WithdrawLoanOffer(Command, frozen=True, tag="markets.withdraw_loan_offer"):
    """Take an offer back before the award."""

    market: str
    request: str
    offer: str


class WithdrawLoanRequest(Command, frozen=True, tag="markets.withdraw_loan_request"):
    """Take a request back before the award: by its borrower, or the operator."""

    market: str
    request: str


class AwardLoan(Command, frozen=True, tag="markets.award_loan"):
    """Let the auction choose among the offers, once their time is over."""

    market: str
    request: str


class ReplaceOrder(Command, frozen=True, tag="markets.replace_order"):
    """Give a standing order of a continuous market new terms; it keeps its name.

    Fewer lots at the same price keep its place in time; anything else gives it a new one.

    Attributes:
        batch, number: the order.
        price, stop: ticks. quantity: all its lots, those traded counted in. Left out, as before.
    """

    market: str
    batch: str
    number: int
    price: int | None = None
    quantity: int | None = None
    stop: int | None = None


class AnnounceEnd(Command, frozen=True, tag="markets.announce_end"):
    """Say in which window the round that begins now will end, by which committed seed.

    Until then a market whose rounds end at random takes no orders; nothing is said twice.
    """

    market: str
    end: RandomEnd


class ReopenBook(Command, frozen=True, tag="markets.reopen_book"):
    """Open a frozen book again that cannot be cleared; its orders and what they hold stay.

    Attributes:
        reason: in words, for the record: what the mechanism refused, and why.
    """

    market: str
    reason: str

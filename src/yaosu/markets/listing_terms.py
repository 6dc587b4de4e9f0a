"""What a listing is announced with, and the terms an institution gives it: data, not code."""

from msgspec import Struct

from yaosu.markets.mechanisms.listing_parameters import FORMS, Bend, Criterion, Form

TO_SELLER, TO_VENUE, TO_BIDDER = "seller", "venue", "bidder"
SECOND_BIDDER, END = "second_bidder", "end"


class ListingTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the rule item ``listing_terms``: how listings of this name go.

    Attributes:
        listing_terms: name of the row.
        form: a form of the mechanism ``listing``.
        increment: by how much a rising bid tops the one before, minor units; a listing may
            announce a larger one.
        deposit_percent: of what is offered at the starting price: the deposit, at least.
        bidders_min: how many must bid, or nothing is sold.
        notice_days: between the announcement and the first bid, at least.
        bidding_days: between the first bid and the end, at least.
        soft_close_minutes, extension_minutes: a rising bid in the last ``soft_close_minutes`` puts
            the end off to ``extension_minutes`` after it.
        onsite_minutes: the on-site round ends when nobody has bid for so long.
        clock_minutes: how long a falling clock stands at each price.
        opening_minutes: for how long sealed bids, the reserve and the seed may be opened.
        unopened: the deposit of a bid that its bidder did not open is ``forfeit`` or ``return``.
        suspended: the same, of a bidder whom a suspension kept from opening.
        scoring_days: for how long evaluators may score.
        evaluators_min: how many must score each bid.
        pay_days: within which a winner pays.
        forfeit_to: who gets a forfeited deposit: ``seller``, ``venue``, or the ``bidder`` back.
        default: where a winner does not pay, the ``second_bidder`` is asked, or that is the
            ``end``.
        ties, uniform_price, if_short: as in the mechanism.
        fee_basis_points: of the price, paid by the winner to the operator.
        carry_rounds: over how many later rounds of its series unsold lots are spread.
        carry_percent_max: a later round offers no more than this percent of its own lots.
        group_fact: the registered fact of a party that names who controls it: parties of one value
            count as one bidder, and are shown.
        relist_max: how often a right that was not sold may be offered again; 0: as often as its
            holder likes, at any price.
        relist_cut_percent: by how much the starting price may be lower each time.
        relist_rest_days: after so many days without an offer it is counted anew.
        contract, contract_days: template of the contract, and days of its notice.
    """

    listing_terms: str
    form: str
    increment: int = 1
    deposit_percent: int = 0
    bidders_min: int = 1
    notice_days: int = 0
    bidding_days: int = 0
    soft_close_minutes: int = 0
    extension_minutes: int = 0
    onsite_minutes: int = 5
    clock_minutes: int = 1
    opening_minutes: int = 60
    unopened: str = "forfeit"
    suspended: str = "return"
    scoring_days: int = 10
    evaluators_min: int = 2
    pay_days: int = 1
    forfeit_to: str = TO_SELLER
    default: str = END
    ties: str = "earliest"
    uniform_price: str = "lowest_accepted"
    if_short: str = "sell"
    fee_basis_points: int = 0
    carry_rounds: int = 1
    carry_percent_max: int = 200
    contract: str = "spot"
    contract_days: int = 0
    group_fact: str = ""
    relist_max: int = 0
    relist_cut_percent: int = 0
    relist_rest_days: int = 180

    @property
    def row(self) -> Form:
        """The row of the table of forms."""
        return FORMS[self.form]


class SealedTerm(Struct, frozen=True, kw_only=True):
    """A term that was committed to and not told: the command that brought it, and the hash."""

    actor: str
    key: str
    data_key: str
    hash_commitment: bytes


class ListingHead(Struct, frozen=True, kw_only=True):
    """A listing as it was announced; nothing of it changes later.

    Attributes:
        listing: its id.
        right, seller, factor, instrument, region: what is offered, whose it is.
        lots: offered; ``carried`` of them left over from earlier rounds of the series.
        dropped: carried lots that this round may not take: they are not offered again by rule.
        price: the starting price, minor units: of the whole, or of a lot where bids are for lots.
        currency: that is paid.
        begins, ends: instants between which bids come, the end not included.
        increment: of rising bids. clock_from, clock_step: of a falling clock.
        deposit_minor: each bidder's.
        terms: in force when it was announced.
        reserve, seed: committed to, or None.
        series: of rounds that carry unsold lots over, or empty.
        criteria, price_weight, price_base, price_bends: the scorecard of a tender.
        evaluators: who may score.
        by: the creditor that sells what was pledged to it; empty where the holder sells.
        group: who controls the seller, as the fact of the terms says; or empty.
        attempt: 1, or one more than that of ``again_of``: the listing in which it was not sold.
    """

    listing: str
    right: str
    seller: str
    factor: str
    instrument: str
    region: str
    lots: int
    carried: int
    dropped: int
    price: int
    currency: str
    begins: int
    ends: int
    increment: int
    clock_from: int
    clock_step: int
    deposit_minor: int
    terms: ListingTerms
    reserve: SealedTerm | None
    seed: SealedTerm | None
    series: str
    criteria: tuple[Criterion, ...]
    price_weight: str
    price_base: str
    price_bends: tuple[Bend, ...]
    evaluators: tuple[str, ...]
    by: str = ""
    group: str = ""
    attempt: int = 1
    again_of: str = ""

    @property
    def held_for(self) -> str:
        """The purpose under which the ledger holds lots, deposits and payments."""
        return f"listing:{self.listing}"

    @property
    def supply(self) -> int:
        """What bids are counted in: the whole is one."""
        return 1 if self.terms.row.is_whole else self.lots


class ListedBid(Struct, frozen=True, kw_only=True):
    """One bid of a listing.

    Attributes:
        at: instant it came, or was sealed.
    """

    party: str
    price: int
    quantity: int
    at: int


class Due(Struct, frozen=True, kw_only=True):
    """What a winner has to pay, and gets for it.

    Attributes:
        price_minor: to the seller. fee_minor: to the operator.
        until: instant by which it is paid.
        rank: 1, or 2 where the second bidder was asked.
    """

    party: str
    lots: int
    price_minor: int
    fee_minor: int
    until: int
    rank: int

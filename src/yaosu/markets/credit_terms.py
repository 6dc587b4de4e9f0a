"""The terms of a market of loans; a request and an offer as they stand."""

from msgspec import Struct, field

from yaosu.kernel.columns import Columns

KINDS = ("PAM", "LAM", "ANN")
DAY_COUNTS = ("30E360", "A360", "A365")
OPEN, AWARDED, UNFILLED, ENDED = "open", "awarded", "unfilled", "ended"


class CreditTerms(Struct, frozen=True, kw_only=True):
    """How loans are auctioned, and who keeps collateral.

    Attributes:
        pricing: ``pay_as_bid`` or ``uniform``.
        uniform_rate: with ``uniform``: ``last_accepted`` or ``first_rejected``.
        collateral_to: the party that collateral is pledged to, for all lenders of a request; no
            collateral is taken where none is named.
        grace_days: days after which an overdue payment is a default.
        origination: millionths of what is lent that the borrower pays at the award, to the party
            that gets the rent of the links.
        early: millionths of the principal paid back early, to the lender.
        sale_terms: row of the rule item ``listing_terms`` by which collateral is sold after a
            default; it is not sold where none is named.
        sale_notice_days: between the notice of a sale and its announcement.
    """

    pricing: str = "pay_as_bid"
    uniform_rate: str = "last_accepted"
    collateral_to: str = ""
    grace_days: int = 30
    origination: int = 0
    early: int = 0
    sale_terms: str = ""
    sale_notice_days: int = 14


class LoanTerms(Struct, frozen=True, kw_only=True):
    """When a loan is paid back, in the terms of ACTUS.

    Attributes:
        kind: PAM (interest each date, principal with the last), LAM (equal parts of the
            principal), ANN (equal payments).
        instalments: how many dates. every_months: months between them.
        day_count: 30E360, A360 or A365.
    """

    kind: str = "ANN"
    instalments: int = 12
    every_months: int = 1
    day_count: str = "30E360"


class LoanOffer(Struct, frozen=True, kw_only=True):
    """What a lender offers for a request: minor units, basis points a year.

    Attributes:
        least_minor: the smallest amount that it lends; 0: any.
        sequence: place in the order of arrival.
    """

    offer: str
    lender: str
    amount_minor: int
    rate_bp: int
    least_minor: int
    sequence: int


class LoanRequest(Struct, kw_only=True):
    """A request for a loan.

    Attributes:
        amount_minor, rate_max_bp, least_minor: what is asked for, the highest rate, and the
            smallest sum that is taken.
        collateral: rights to be pledged.
        offers_until: instant from which it may be awarded, and no offer comes in.
        state: open, awarded, unfilled (nothing was lent) or ended (withdrawn).
        offers: offer -> as it stands. declined: lender -> why it will not lend.
        result: of the award: see `LoanAwarded`.
    """

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
    state: str = OPEN
    offers: dict[str, LoanOffer] = field(default_factory=dict)
    declined: dict[str, str] = field(default_factory=dict)
    result: Columns | None = None

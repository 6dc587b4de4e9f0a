"""What a party may ask of settlement."""

from yaosu.kernel.words import Command


class RecordDeposit(Command, frozen=True, tag="settlement.record_deposit"):
    """The operator's word that money reached the venue's bank account for a party.

    Attributes:
        party: whose money it is.
        currency: asset.
        amount_minor: minor units, at least 1.
        rail: which rail brought it (``simulated_bank``).
        reference: the bank's reference, for people.
    """

    party: str
    currency: str
    amount_minor: int
    rail: str = "simulated_bank"
    reference: str = ""


class RecordWithdrawal(Command, frozen=True, tag="settlement.record_withdrawal"):
    """The operator's word that money was paid out to a party."""

    party: str
    currency: str
    amount_minor: int
    rail: str = "simulated_bank"
    reference: str = ""


class VoidContract(Command, frozen=True, tag="settlement.void_contract"):
    """An authority stops a contract that waits at its gates; both sides get theirs back."""

    contract: str
    reason: str


class PayLoan(Command, frozen=True, tag="settlement.pay_loan"):
    """Pay all that is overdue of a loan, by its borrower."""

    loan: str


class RepayLoan(Command, frozen=True, tag="settlement.repay_loan"):
    """Pay a loan back early: what is overdue, the rest, its interest up to now, and the charge."""

    loan: str


class GiveSaleNotice(Command, frozen=True, tag="settlement.give_sale_notice"):
    """Say, after a default, that what was pledged for a request will be sold.

    Attributes:
        market, request: for which it was pledged; the creditor of the pledge asks.
    """

    market: str
    request: str


class SellPledge(Command, frozen=True, tag="settlement.sell_pledge"):
    """Put up one pledged right in a listing, once the time of the notice is over.

    Attributes:
        right: as a whole. listing: id of this run, made by the creditor.
        price: the starting price, minor units. begins, ends: instants between which bids come.
        deposit_minor: each bidder's; left out, the least that the terms allow.
    """

    market: str
    request: str
    right: str
    listing: str
    price: int
    begins: int
    ends: int
    deposit_minor: int | None = None

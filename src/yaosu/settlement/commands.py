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

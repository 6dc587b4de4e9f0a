"""What has happened in settlement."""

import msgspec

from yaosu.kernel.columns import Columns
from yaosu.kernel.words import Event
from yaosu.markets.credit_terms import LoanTerms


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """What a contract waits for before its first obligation falls due.

    Attributes:
        kind: notice (a period must pass).
        until: instant at which the gate opens by itself, microseconds.
    """

    kind: str
    until: int


class MoneyRecorded(Event, frozen=True, tag="settlement.money_recorded/1"):
    """Money came in (positive) or went out (negative) over a rail."""

    party: str
    currency: str
    amount_minor: int
    rail: str
    reference: str


class ContractMade(Event, frozen=True, tag="settlement.contract_made/1"):
    """Trades of a round became a contract; what they need is held for it.

    Attributes:
        contract: its id.
        template: name of the template (``spot``, ``notice``).
        market: where it was traded.
        round: in which round.
        instrument: what was traded; empty where orders join several, which stand or fall
            together: then each trade names its own.
        currency: what is paid.
        gates: what it waits for; none means delivery against payment at once.
        trades: columns right, seller, buyer (text), lots, who gives what to whom; and
            instrument (text) where there are several.
        money: columns party (text), amount (minor units, signed): what each pays (negative) or
            receives; sums to zero.
        rules: digest of the rules under which it was traded.
    """

    contract: str
    template: str
    market: str
    round: int
    instrument: str
    currency: str
    gates: tuple[Gate, ...]
    trades: Columns
    money: Columns
    rules: bytes


class GatesPassed(Event, frozen=True, tag="settlement.gates_passed/1"):
    """Every gate of a contract is open."""

    contract: str


class ContractPerformed(Event, frozen=True, tag="settlement.contract_performed/1"):
    """Rights and money changed hands together; the contract is done."""

    contract: str


class ContractVoided(Event, frozen=True, tag="settlement.contract_voided/1"):
    """The contract ended at its gates; what was held went back."""

    contract: str
    reason: str


class LotsDelivered(Event, frozen=True, tag="settlement.lots_delivered/1"):
    """Lots of rights were delivered against payment; title follows.

    Attributes:
        contract: under which.
        trades: columns right, seller, buyer (text), lots.
    """

    contract: str
    trades: Columns


class LoanMade(Event, frozen=True, tag="settlement.loan_made/1"):
    """One lender's part of a request for a loan became a loan; its principal was paid out.

    Attributes:
        market, request: where it was awarded.
        principal_minor, rate_bp: lent at that rate a year.
        terms: in the words of ACTUS.
        schedule: what is due: columns due (instant), principal, interest (minor units).
        grace_days: after which what is overdue is a default.
        pledges: register entries of the collateral, for all loans of the request.
        rules: digest of the rules under which it was awarded.
        begins: instant of the disbursement.
        early: charge of paying it back early, millionths of that principal.
    """

    loan: str
    market: str
    request: str
    borrower: str
    lender: str
    currency: str
    principal_minor: int
    rate_bp: int
    terms: LoanTerms
    schedule: Columns
    grace_days: int
    pledges: tuple[str, ...]
    rules: bytes
    begins: int = 0
    early: int = 0


class InstalmentDue(Event, frozen=True, tag="settlement.instalment_due/1"):
    """An instalment of a loan fell due; number of its row in the schedule."""

    loan: str
    number: int


class InstalmentMissed(Event, frozen=True, tag="settlement.instalment_missed/1"):
    """The borrower's free money did not suffice for what is due; so much is overdue now."""

    loan: str
    number: int
    overdue_minor: int


class LoanPaid(Event, frozen=True, tag="settlement.loan_paid/1"):
    """All that had fallen due of a loan was paid.

    Attributes:
        instalments: how many had fallen due.
    """

    loan: str
    borrower: str
    lender: str
    amount_minor: int
    instalments: int


class LoanDefaulted(Event, frozen=True, tag="settlement.loan_defaulted/1"):
    """A loan was overdue for longer than the days of grace: the rest of its principal is due.

    Attributes:
        overdue_minor: before. accelerated_minor: principal that became due with the default.
    """

    loan: str
    borrower: str
    lender: str
    overdue_minor: int
    accelerated_minor: int


class LoanRepaidEarly(Event, frozen=True, tag="settlement.loan_repaid_early/1"):
    """A loan was paid back before its time.

    Attributes:
        overdue_minor: of what had fallen due. principal_minor: that had not.
        interest_minor: on it, since the last date. charge_minor: for paying early.
    """

    loan: str
    borrower: str
    lender: str
    overdue_minor: int
    principal_minor: int
    interest_minor: int
    charge_minor: int


class SaleNoticeGiven(Event, frozen=True, tag="settlement.sale_notice_given/1"):
    """After a default the creditor said that what was pledged will be sold.

    Attributes:
        sell_from: instant from which it may be.
    """

    market: str
    request: str
    borrower: str
    creditor: str
    sell_from: int


class PledgeOffered(Event, frozen=True, tag="settlement.pledge_offered/1"):
    """A pledged right is put up for its creditor; the register entry stands until it is sold."""

    market: str
    request: str
    entry: str
    right: str
    listing: str
    borrower: str


class PledgeRealised(Event, frozen=True, tag="settlement.pledge_realised/1"):
    """What a pledged right brought was shared.

    Attributes:
        proceeds_minor: its price. rest_minor: that stayed with the borrower.
        paid: columns entry (the pledge, by rank), loan (in default; empty where another debt is
            secured), payee, amount, left (minor units that are still owed).
    """

    market: str
    request: str
    listing: str
    borrower: str
    proceeds_minor: int
    paid: Columns
    rest_minor: int

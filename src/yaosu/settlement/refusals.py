"""Why settlement may say no."""

from yaosu.kernel.refusal import declare

REFUSALS = declare(
    {
        "settlement.bad_amount": (
            "{amount_minor} is not an amount to record",
            "give at least 1 minor unit and at most {limit}",
        ),
        "settlement.unknown_rail": (
            "rail {rail} is not known here",
            "use one of: {known}",
        ),
        "settlement.unknown_currency": (
            "{currency} is not money here",
            "deposit and withdraw the currency of the venue, {known}",
        ),
        "settlement.unknown_contract": (
            "contract {contract} does not exist",
            "look it up among the contracts of the market",
        ),
        "settlement.not_waiting": (
            "contract {contract} is {state}, no longer at its gates",
            "a performed contract is final; agree a new trade back",
        ),
        "settlement.unknown_loan": (
            "loan {loan} does not exist",
            "look it up among the loans of its market",
        ),
        "settlement.not_the_borrower": (
            "loan {loan} is not {actor}'s to pay back",
            "let its borrower ask",
        ),
        "settlement.loan_not_running": (
            "loan {loan} is {state}",
            "pay what is overdue (PayLoan), if anything is",
        ),
        "settlement.not_in_default": (
            "no loan of request {request} in {market} is in default",
            "wait for what is due, or for the days of grace to be over",
        ),
        "settlement.no_sale_terms": (
            "{market} names no terms on which collateral is sold",
            "come to terms with the borrower; the pledge stands",
        ),
        "settlement.not_the_creditor": (
            "nothing that stands for request {request} is pledged to {actor}",
            "let the creditor of the pledge ask",
        ),
        "settlement.notice_given": (
            "notice of a sale was given for request {request} before",
            "sell when its time is over (SellPledge)",
        ),
        "settlement.no_sale_notice": (
            "no notice of a sale was given for request {request}",
            "give it first (GiveSaleNotice)",
        ),
        "settlement.sale_too_early": (
            "what was pledged for request {request} may be sold from {sell_from} on",
            "wait until then; the borrower may pay meanwhile",
        ),
        "settlement.not_pledged_for": (
            "right {right} is not pledged for request {request}",
            "name a right of its collateral that is not sold yet",
        ),
        "settlement.nothing_overdue": (
            "nothing of loan {loan} is overdue",
            "nothing is to be done; what falls due is paid at its instant",
        ),
    }
)

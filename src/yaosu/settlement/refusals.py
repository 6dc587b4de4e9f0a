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
        "settlement.nothing_overdue": (
            "nothing of loan {loan} is overdue",
            "nothing is to be done; what falls due is paid at its instant",
        ),
    }
)

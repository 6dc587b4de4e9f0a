"""What has happened with income."""

from yaosu.kernel.columns import Columns
from yaosu.kernel.words import Event


class IncomeShared(Event, frozen=True, tag="returns.income_shared/1"):
    """An income was paid out whole.

    Attributes:
        income: its id.
        payer: who paid it.
        currency: asset paid.
        amount_minor: the whole.
        payouts: columns party, unit, right, factor (text), amount (minor units), rule (text: the
            full name of the rule, pack@version#item); the amounts sum to the whole.
    """

    income: str
    payer: str
    currency: str
    amount_minor: int
    payouts: Columns

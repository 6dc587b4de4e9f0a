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


class ValueAddedShared(Event, frozen=True, tag="returns.value_added_shared/1"):
    """What a merged unit brought above the value of its fragments was paid out whole.

    Attributes:
        unit: the merged unit. ``group``: who held it at the merger, and paid.
        resolution: whose members are paid. ``contract``: by which the unit was sold.
        currency: asset paid.
        before_minor, after_minor: value of the fragments, and what the sale brought.
        amount_minor: the difference, which is shared.
        payouts: columns party, part (``levy``, ``fund`` or ``member``), amount (minor units); the
            amounts sum to the difference.
        rules: the packs that said how.
    """

    unit: str
    group: str
    resolution: str
    contract: str
    currency: str
    before_minor: int
    after_minor: int
    amount_minor: int
    payouts: Columns
    rules: str

"""What a party may ask of returns."""

from yaosu.kernel.words import Command


class ShareIncome(Command, frozen=True, tag="returns.share_income"):
    """Share one stream of income among the holders of the units that earned it.

    The actor pays from its free balance. The named rule, a table of the rule pack in force, gives
    each factor its weight; inside a factor units weigh by their lots; inside a unit every right
    is paid by its registered share.

    Attributes:
        income: id of the income, made by the client.
        units: the registered units that earned it.
        amount_minor: minor units, at least 1.
        currency: asset that is paid.
        rule: id of a table item, key = factor, value = weight (whole number).
    """

    income: str
    units: tuple[str, ...]
    amount_minor: int
    currency: str
    rule: str

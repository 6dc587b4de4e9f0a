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


class ShareValueAdded(Command, frozen=True, tag="returns.share_value_added"):
    """Share what merged land of a group brought above the value of its fragments, once a unit.

    The actor is the group; it pays from its free balance. The rules in force where the unit lies
    say which part is the public levy and which part of the rest goes to the collective fund; the
    others are the members', those who resolved to merge, by their shares of then.

    Attributes:
        unit: the merged unit.
        resolution: by which the group resolved to merge; its list of members is the frozen one.
        values_before: one assessment for each fragment.
        contract: the performed contract by which the whole unit was sold.
        fund: party that keeps the collective fund; no member; the group itself may.
        levy: party that receives the public levy: an authority.
    """

    unit: str
    resolution: str
    values_before: tuple[str, ...]
    contract: str
    fund: str
    levy: str

"""The terms of a market of posted prices, and the lines of its tariff."""

from msgspec import Struct


class PostedTerms(Struct, frozen=True, kw_only=True):
    """How prices are posted, what they may earn, and who pays which.

    Attributes:
        profit_rule: formula item of the rules that gives the fair profit from ``cost_minor``;
            empty: the margin below.
        margin_bp: fair profit as a part of cost, basis points.
        shortfall: what was earned short is to ``carry`` to the next period, or to ``lapse``.
        group_rules: condition items of the rules; a party is in the group of the first that holds
            for its facts and its declared ``purpose``.
        trial_lots: lots of each instrument that a party takes free, once; 0: any number.
        trial_days: days from a party's first acceptance in which they are free; 0: any time.
        With both at 0 there is no trial.
    """

    profit_rule: str = ""
    margin_bp: int = 0
    shortfall: str = "carry"
    group_rules: tuple[str, ...] = ()
    trial_lots: int = 0
    trial_days: int = 0


class TariffLine(Struct, frozen=True, kw_only=True):
    """One price as it is asked for.

    Attributes:
        instrument: what is taken.
        group: for whom: a condition item of the terms, or empty for anybody.
        begin: lots a party has taken in the period before this price holds.
        price: ticks a lot; left out: the greatest that keeps to the permitted revenue.
        expected: lots expected at this price in the rest of the period.
    """

    instrument: str
    group: str = ""
    begin: int = 0
    price: int | None = None
    expected: int = 0


class PostedOffer(Struct, frozen=True, kw_only=True):
    """Lots of a right that are up at the tariff.

    Attributes:
        seller: who holds it. least: ticks; cheaper lots are not taken from it.
        lots: that are left. sequence: place in the order of arrival.
    """

    right: str
    seller: str
    instrument: str
    region: str
    least: int
    lots: int
    sequence: int

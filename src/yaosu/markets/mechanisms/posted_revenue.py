"""Permitted revenue: cost recovery and fair profit, and what is carried to the next period.

    permitted = cost + profit + carried        (never below zero)
    profit    = cost x fair margin, rounded down, or as the rule says
    carried'  = cost + profit + carried - revenue

What was earned beyond the permitted revenue lowers that of the next period, whole and to the last
minor unit; where a period cannot bear all of it the rest goes on to the one after. What was earned
short raises it, or lapses: the rule says which. So over any number of periods

    sum of revenue + carried' = sum of (cost + profit)      where shortfalls are carried,
    sum of revenue + carried' <= sum of (cost + profit)     where they lapse,

and who posts prices at which the expected volume brings no more than is permitted can earn too much
only by selling more than expected, and only until the next period.

Source: notice Fagai Jiage (2025) No. 65 of NDRC and NDA, articles 2 and 4 (greatest permitted
revenue by cost and reasonable profit; what exceeds it is deducted when that of the next period is
set); the correction factor K of revenue caps: M. Armstrong, S. Cowan, J. Vickers, "Regulatory
Reform" (1994), ch. 6.
"""

from collections.abc import Sequence

from msgspec import Struct

from yaosu.kernel.rounding import divide_down

CARRY, LAPSE = "carry", "lapse"
SHORTFALLS = (CARRY, LAPSE)
BASIS_POINTS = 10_000


class Allowance(Struct, frozen=True, kw_only=True):
    """What one period may earn, minor units.

    Attributes:
        cost_minor, profit_minor: allowed for the period.
        carried_minor: from earlier periods; below zero what was earned too much.
    """

    cost_minor: int
    profit_minor: int
    carried_minor: int = 0

    @property
    def base_minor(self) -> int:
        """Cost and profit of the period itself."""
        return self.cost_minor + self.profit_minor

    @property
    def permitted_minor(self) -> int:
        """The greatest revenue that prices may be made for."""
        return max(self.base_minor + self.carried_minor, 0)


def fair_profit(cost_minor: int, margin_bp: int) -> int:
    """Cost times a margin in basis points, rounded down to the minor unit."""
    return divide_down(cost_minor * margin_bp, BASIS_POINTS)


def carried_on(allowance: Allowance, revenue_minor: int, shortfall: str = CARRY) -> int:
    """What the next period begins with: above zero earned short, below zero earned too much."""
    rest = allowance.base_minor + allowance.carried_minor - revenue_minor
    return min(rest, 0) if shortfall == LAPSE else rest


def revenue_at(prices: Sequence[int], expected: Sequence[int], tick_minor: int) -> int:
    """What a tariff brings at the expected volumes: ticks a lot, lots, minor units a tick."""
    return sum(p * n for p, n in zip(prices, expected, strict=True)) * tick_minor


def one_price(permitted_minor: int, expected_lots: int, tick_minor: int) -> int:
    """The greatest price, ticks a lot, at which the expected lots bring no more than permitted.

    Rounded down: what the rounding leaves is a shortfall, not a gain.
    """
    assert expected_lots >= 1, expected_lots
    return divide_down(permitted_minor, expected_lots * tick_minor)

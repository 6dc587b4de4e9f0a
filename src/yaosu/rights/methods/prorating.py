"""The price of some months out of the price of the longest term. Exact, rounded once at the end.

``P_n = P_N * (1 - (1+r)^-n) / (1 - (1+r)^-N)``: the term correction of land appraisal, here with n
and N in months and r a twelfth of the yearly rate; at a rate of zero the price is by time alone.
The whole term costs the whole price, a longer one never less.
"""

from fractions import Fraction

from yaosu.kernel.instant import date_of
from yaosu.kernel.rounding import divide_to_even
from yaosu.rights.methods.term import latest_end

MONTHS_A_YEAR = 12
BASIS_POINTS = 10_000
MONTHS_MAX = 12_000
RATE_BP_MAX = 10_000


def months_in(begin: int, end: int) -> int:
    """The months a term lasts, begun ones counted whole; ``end`` after ``begin``."""
    first, last = date_of(begin), date_of(end)
    months = max(MONTHS_A_YEAR * (last.year - first.year) + last.month - first.month - 1, 0)
    while latest_end(begin, f"P{months // 12}Y{months % 12}M") < end:
        months += 1
    return months


def price_of_months(full_minor: int, months: int, months_all: int, rate_bp: int) -> int:
    """What ``months`` cost where ``months_all`` cost ``full_minor``; to even minor units.

    Args:
        rate_bp: yearly, basis points, 0 up to 10000.
    """
    assert 0 < months <= months_all <= MONTHS_MAX, (months, months_all)
    assert 0 <= rate_bp <= RATE_BP_MAX, rate_bp
    part = Fraction(months, months_all)
    if rate_bp:
        growth = 1 + Fraction(rate_bp, BASIS_POINTS * MONTHS_A_YEAR)
        part = (1 - 1 / growth**months) / (1 - 1 / growth**months_all)
    exact = full_minor * part
    return divide_to_even(exact.numerator, exact.denominator)

"""Loan schedules in the terms of ACTUS: what is due when, to the last minor unit.

PAM pays interest at each date and the principal with the last; LAM equal parts of the principal
(largest remainders first, apportioned) and interest on what is left; ANN equal payments, of which
interest is taken first. Interest of a period is

    balance x rate x days / (10,000 x days of a year)

rounded half to even. The equal payment of ANN is the exact annuity of the dates' day counts,
rounded up, so that the last payment, which is the rest, is no greater than the others but for
rounding. Rates are fixed.

Source: ACTUS Financial Research Foundation, "ACTUS Technical Specification", contract types PAM,
LAM, ANN; day counts of ISDA 2006 sect. 4.16 (30E/360, Act/360, Act/365 fixed).
"""

from calendar import monthrange
from datetime import date
from fractions import Fraction

import numpy as np

from yaosu.kernel.columns import Columns
from yaosu.kernel.instant import DAY, date_of, instant_of
from yaosu.kernel.rounding import apportion, divide_to_even, divide_up
from yaosu.markets.credit_terms import LoanTerms

BASIS_POINTS = 10_000
YEAR_DAYS = {"30E360": 360, "A360": 360, "A365": 365}


def schedule_of(principal_minor: int, rate_bp: int, begin: int, terms: LoanTerms) -> Columns:
    """What a loan pays: columns due (instant), principal, interest (minor units).

    Args:
        begin: instant of the disbursement; dates have its time of day, and fall on its day of the
            month, or on the last day of a shorter month.
    """
    dates = due_dates(date_of(begin), terms.instalments, terms.every_months)
    days = [
        days_between(one, other, terms.day_count)
        for one, other in zip((date_of(begin), *dates), dates, strict=False)
    ]
    year = BASIS_POINTS * YEAR_DAYS[terms.day_count]
    rates = [Fraction(rate_bp * count, year) for count in days]
    parts = _principal_parts(principal_minor, rates, terms.kind)
    balance, interest = principal_minor, []
    for part, rate in zip(parts, rates, strict=True):
        interest.append(_interest(balance, rate))
        balance -= part
    assert balance == 0, "a schedule that does not pay its principal back"
    time = begin % DAY
    return Columns.of(
        due=np.array([instant_of(day) + time for day in dates], np.int64),
        principal=np.array(parts, np.int64),
        interest=np.array(interest, np.int64),
    )


def accrued(rest_minor: int, rate_bp: int, since: int, now: int, terms: LoanTerms) -> int:
    """Interest on a rest of the principal from one instant to another, by whole days."""
    days = max(days_between(date_of(since), date_of(now), terms.day_count), 0)
    year = BASIS_POINTS * YEAR_DAYS[terms.day_count]
    return _interest(rest_minor, Fraction(rate_bp * days, year))


def due_dates(begin: date, instalments: int, every_months: int) -> tuple[date, ...]:
    """The dates, each counted from the beginning, so that the 31st does not become the 28th."""
    dates = []
    for number in range(1, instalments + 1):
        years, month = divmod(begin.month - 1 + number * every_months, 12)
        last = monthrange(begin.year + years, month + 1)[1]
        dates.append(date(begin.year + years, month + 1, min(begin.day, last)))
    return tuple(dates)


def days_between(begin: date, end: date, day_count: str) -> int:
    """Days of interest from one date to another."""
    if day_count != "30E360":
        return (end - begin).days
    one, other = min(begin.day, 30), min(end.day, 30)
    return 360 * (end.year - begin.year) + 30 * (end.month - begin.month) + other - one


def annuity(principal_minor: int, rates: list[Fraction]) -> int:
    """The equal payment that pays the principal back at these rates of the periods, rounded up."""
    worth, factor = Fraction(0), Fraction(1)
    for rate in rates:
        factor /= 1 + rate
        worth += factor
    payment = principal_minor / worth
    return divide_up(payment.numerator, payment.denominator)


def _principal_parts(principal: int, rates: list[Fraction], kind: str) -> list[int]:
    if kind == "PAM":
        return [*([0] * (len(rates) - 1)), principal]
    if kind == "LAM":
        return apportion(principal, [1] * len(rates))
    payment, balance, parts = annuity(principal, rates), principal, []
    for rate in rates[:-1]:
        part = min(payment - _interest(balance, rate), balance)
        parts.append(part)
        balance -= part
    return [*parts, balance]


def _interest(balance: int, rate: Fraction) -> int:
    owed = balance * rate
    return divide_to_even(owed.numerator, owed.denominator)

"""Loan schedules: published figures, day counts, and what every schedule keeps."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yaosu.kernel.instant import DAY, format_instant, instant_of
from yaosu.markets.credit_terms import DAY_COUNTS, KINDS, LoanTerms
from yaosu.settlement.contracts.loan import days_between, due_dates, schedule_of

BEGIN = instant_of(date(2026, 1, 31))


def test_a_year_of_equal_payments_at_six_percent() -> None:
    """100,000.00 over twelve months at 6 percent: the payment of every loan table, 8,606.64.

    P x r / (1 - (1 + r)^-12) with r = 0.005 is 8,606.6430; rounded up here, so 8,606.65. What that
    is too much, 0.007 a month with its interest 0.079 in all, is missing from the last one.
    """
    terms = LoanTerms(kind="ANN", instalments=12)
    table = schedule_of(10_000_000, 600, instant_of(date(2026, 1, 1)), terms)
    payments = (table["principal"] + table["interest"]).tolist()
    assert payments[:-1] == [860_665] * 11
    assert payments[-1] == 860_657
    assert table["interest"].tolist()[:2] == [50_000, 45_947]
    assert sum(table["principal"].tolist()) == 10_000_000


def test_a_bullet_and_equal_parts() -> None:
    """PAM: 5 percent a half-year on 1,000.00, then all of it; LAM: three parts, less interest."""
    begin = instant_of(date(2026, 3, 15))
    bullet = schedule_of(
        100_000, 1_000, begin, LoanTerms(kind="PAM", instalments=2, every_months=6)
    )
    assert bullet["interest"].tolist() == [5_000, 5_000]
    assert bullet["principal"].tolist() == [0, 100_000]
    parts = schedule_of(100_000, 1_200, begin, LoanTerms(kind="LAM", instalments=3))
    assert parts["principal"].tolist() == [33_334, 33_333, 33_333]
    assert parts["interest"].tolist() == [1_000, 667, 333]


def test_the_thirty_first_falls_on_the_last_day_of_shorter_months() -> None:
    dates = due_dates(date(2026, 1, 31), 3, 1)
    assert dates == (date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30))
    table = schedule_of(100, 0, BEGIN + 5, LoanTerms(kind="LAM", instalments=1))
    assert format_instant(int(table["due"][0])) == "2026-02-28T00:00:00.000005Z"


@pytest.mark.parametrize(
    ("begin", "end", "day_count", "days"),
    [
        (date(2007, 1, 15), date(2007, 1, 30), "30E360", 15),
        (date(2007, 9, 30), date(2008, 3, 31), "30E360", 180),
        (date(2007, 9, 30), date(2007, 10, 31), "30E360", 30),
        (date(2007, 1, 31), date(2007, 2, 28), "30E360", 28),
        (date(2007, 9, 30), date(2008, 3, 31), "A360", 183),
        (date(2007, 2, 28), date(2007, 3, 31), "A365", 31),
    ],
)
def test_days_are_counted_by_the_named_convention(
    begin: date, end: date, day_count: str, days: int
) -> None:
    """Pairs of dates as in the ISDA comparison of 30/360 methods (2007)."""
    assert days_between(begin, end, day_count) == days


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 10**12),
    st.integers(0, 5_000),
    st.integers(0, 20_000),
    st.sampled_from(KINDS),
    st.sampled_from(DAY_COUNTS),
    st.integers(1, 40),
    st.integers(1, 12),
)
def test_a_schedule_pays_the_principal_back_and_rises_in_time(
    principal: int, rate: int, day: int, kind: str, count: str, instalments: int, months: int
) -> None:
    terms = LoanTerms(kind=kind, day_count=count, instalments=instalments, every_months=months)
    table = schedule_of(principal, rate, day * DAY, terms)
    due, parts = table["due"].tolist(), table["principal"].tolist()
    assert sum(parts) == principal
    assert all(part >= 0 for part in parts)
    assert all(interest >= 0 for interest in table["interest"].tolist())
    assert due == sorted(set(due))
    assert due[0] > day * DAY
    payments = [p + i for p, i in zip(parts, table["interest"].tolist(), strict=True)]
    if kind == "ANN":
        assert max(payments) <= payments[0] + 1
        assert len(set(payments[:-1])) <= 1 or principal < 10 * instalments

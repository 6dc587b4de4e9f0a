"""Working days: weekends, holidays, and weekends that are worked."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.floors import institution
from yaosu.kernel.refusal import Refusal
from yaosu.places.methods.working_days import (
    add_working_days,
    is_working_day,
    parse_day,
    working_days_between,
)
from yaosu.rules.parse_places import parse_calendar

CN = parse_calendar(institution("calendars/cn.toml"))


def test_a_weekend_that_makes_up_for_a_holiday_is_worked() -> None:
    assert not is_working_day(CN, date(2026, 2, 16)), "spring festival, a Monday"
    assert is_working_day(CN, date(2026, 2, 14)), "a Saturday worked for it"
    assert not is_working_day(CN, date(2026, 2, 15)), "a plain Sunday"
    assert is_working_day(CN, date(2026, 2, 24)), "a plain Tuesday"


def test_a_term_jumps_the_holidays_and_counts_the_made_up_days() -> None:
    # Thursday 12 February: Friday 13, Saturday 14 (made up), Tuesday 24 after the festival
    assert add_working_days(CN, date(2026, 2, 12), 3) == date(2026, 2, 24)
    assert add_working_days(CN, date(2026, 2, 12), 0) == date(2026, 2, 12)
    # thirty working days, the term for registration, over the October holidays
    assert add_working_days(CN, date(2026, 9, 18), 30) == date(2026, 11, 5)


def test_a_term_that_runs_out_of_the_calendar_is_refused_not_guessed() -> None:
    with pytest.raises(Refusal) as caught:
        add_working_days(CN, date(2026, 12, 30), 2)
    assert str(caught.value) == (
        "places.calendar_ends: calendar cn knows 2025-01-01 to 2026-12-31, 2027-01-01 is outside; "
        "define a version of the calendar that covers that day"
    )
    with pytest.raises(Refusal, match=r"places\.bad_days: -1 is not a number of working days"):
        add_working_days(CN, date(2026, 1, 1), -1)
    with pytest.raises(Refusal, match=r"places\.bad_day: '2026-2-30' is not a day"):
        parse_day("2026-2-30")


@given(st.integers(0, 600), st.integers(0, 60))
def test_adding_working_days_is_undone_by_counting_them(start: int, days: int) -> None:
    first = date(2025, 1, 1) + timedelta(days=start)
    end = add_working_days(CN, first, days)
    assert working_days_between(CN, first, end) == days
    assert days == 0 or is_working_day(CN, end)

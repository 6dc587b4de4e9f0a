"""Working days of a calendar: weekends, holidays, and weekends worked to make up for them.

A day is worked when it is a made-up working day, or else neither weekend nor holiday. Outside the
days a calendar covers nothing is known, and nothing is guessed.
"""

from datetime import date, timedelta

from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.places.values import Calendar

WORKING_DAYS_MAX = 20_000


def is_working_day(calendar: Calendar, day: date) -> bool:
    """Whether a day is worked.

    Raises:
        Refusal: ``places.calendar_ends`` outside the days the calendar covers.
    """
    text = day.isoformat()
    refuse_unless(
        calendar.first_day <= text <= calendar.last_day,
        "places.calendar_ends",
        calendar=calendar.id,
        day=text,
        first_day=calendar.first_day,
        last_day=calendar.last_day,
    )
    if text in calendar.working_weekends:
        return True
    return day.weekday() not in calendar.weekend and text not in calendar.holidays


def add_working_days(calendar: Calendar, start: date, days: int) -> date:
    """The day on which a term of ``days`` working days that begins after ``start`` ends.

    The day of ``start`` does not count; zero days end on ``start`` itself.

    Raises:
        Refusal: ``places.calendar_ends`` when the term runs out of the calendar;
            ``places.bad_days`` for a number below zero or over ``WORKING_DAYS_MAX``.
    """
    refuse_unless(0 <= days <= WORKING_DAYS_MAX, "places.bad_days", days=days)
    day = start
    left = days
    while left:
        day += timedelta(days=1)
        left -= is_working_day(calendar, day)
    return day


def working_days_between(calendar: Calendar, start: date, end: date) -> int:
    """How many working days lie after ``start`` up to and with ``end``."""
    span = (end - start).days
    return sum(is_working_day(calendar, start + timedelta(days=i + 1)) for i in range(span))


def parse_day(text: str) -> date:
    """A day written ``2026-11-21``, or a refusal ``places.bad_day``."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        refuse("places.bad_day", day=text)
    refuse_unless(day.isoformat() == text, "places.bad_day", day=text)
    return day

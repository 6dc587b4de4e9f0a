"""Terms of rights: calendar durations and whether a term fits into them."""

import re
from calendar import monthrange
from datetime import date, timedelta

from yaosu.kernel.instant import DAY, INSTANT_MAX, date_of, instant_of

UNLIMITED = "unlimited"
YEARS_MAX = 1000
YEAR_MAX = 9000  # far enough from the end of the calendar for any number of days
DURATION = re.compile(
    r"P(?=[0-9])(?:(?P<years>[0-9]{1,3})Y)?(?:(?P<months>[0-9]{1,3})M)?(?:(?P<days>[0-9]{1,5})D)?"
)


def is_duration(text: str) -> bool:
    """Whether a text is ``unlimited`` or an ISO 8601 duration of years, months and days."""
    return text == UNLIMITED or DURATION.fullmatch(text) is not None


def latest_end(begin: int, duration: str) -> int:
    """The instant a term that begins at ``begin`` may at most last to; 0 for no limit.

    After the year 9000 every limit is the end of the calendar.

    Years and months count by the calendar; a day that a month lacks becomes its last day.
    """
    match = DURATION.fullmatch(duration)
    if match is None:
        assert duration == UNLIMITED, duration
        return 0
    years, months, days = (int(match.group(name) or 0) for name in ("years", "months", "days"))
    first = date_of(begin)
    month = first.month - 1 + months
    year = first.year + years + month // 12
    if year >= YEAR_MAX:
        return INSTANT_MAX
    last = monthrange(year, month % 12 + 1)[1]
    end = date(year, month % 12 + 1, min(first.day, last)) + timedelta(days=days)
    return instant_of(end) + begin % DAY


def years_in(begin: int, end: int) -> int:
    """The years a term lasts, begun ones counted whole; 1000 for an open term or a longer one."""
    if end == 0:
        return YEARS_MAX
    years = min(max(date_of(end).year - date_of(begin).year - 1, 0), YEARS_MAX)
    while years < YEARS_MAX and latest_end(begin, f"P{years}Y") < end:
        years += 1
    return years


def is_within(begin: int, end: int, duration: str) -> bool:
    """Whether a term (``end`` 0 is open) lasts no longer than a duration."""
    limit = latest_end(begin, duration)
    return limit == 0 or 0 < end <= limit

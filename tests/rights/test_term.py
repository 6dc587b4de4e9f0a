"""Terms: calendar years and months, not days counted."""

import pytest

from yaosu.kernel.instant import INSTANT_MAX, SECOND, format_instant, parse_instant
from yaosu.rights.methods.term import is_duration, is_within, latest_end, years_in


@pytest.mark.parametrize(
    ("begin", "duration", "end"),
    [
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2024-02-29", "P4Y", "2028-02-29"),
        ("2026-01-31", "P1M", "2026-02-28"),
        ("2026-11-30", "P1Y3M", "2028-02-29"),
        ("2026-03-01T08:30:00Z", "P10D", "2026-03-11T08:30:00Z"),
        ("2026-03-01", "P70Y", "2096-03-01"),
    ],
)
def test_a_duration_ends_where_the_calendar_says(begin: str, duration: str, end: str) -> None:
    assert format_instant(latest_end(parse_instant(begin), duration)) == format_instant(
        parse_instant(end)
    )


def test_a_duration_is_years_months_days_or_unlimited() -> None:
    for text in ("P5Y", "P1Y6M", "P30D", "unlimited", "P999Y999M99999D"):
        assert is_duration(text)
        latest_end(parse_instant("2026-01-01"), text)
    for text in ("", "P", "5Y", "P5Y ", "PT5H", "P-5Y", "P1.5Y", "P1000Y"):
        assert not is_duration(text)


def test_a_term_past_every_calendar_ends_with_it() -> None:
    assert latest_end(parse_instant("8999-01-01"), "P5Y") == INSTANT_MAX
    assert latest_end(INSTANT_MAX, "P1D") == INSTANT_MAX


def test_years_are_counted_whole_once_begun() -> None:
    begin = parse_instant("2026-03-01")
    assert years_in(begin, parse_instant("2076-03-01")) == 50
    assert years_in(begin, parse_instant("2076-03-01") + SECOND) == 51
    assert years_in(begin, parse_instant("2026-03-02")) == 1
    assert years_in(begin, 0) == 1000
    assert years_in(begin, INSTANT_MAX) == 1000


def test_an_open_term_fits_only_an_unlimited_one() -> None:
    assert is_within(0, 0, "unlimited")
    assert not is_within(0, 0, "P5Y")

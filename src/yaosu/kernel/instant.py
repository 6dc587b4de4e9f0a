"""Instants: whole microseconds since 1970-01-01T00:00:00Z. The writer stamps them, nobody else."""

from datetime import UTC, date, datetime, timedelta

from yaosu.kernel.refusal import refuse_unless

Instant = int
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANT_MIN = (date(1, 1, 2) - _EPOCH.date()).days * DAY  # a day inside either end, for offsets
INSTANT_MAX = (date(9999, 12, 31) - _EPOCH.date()).days * DAY


def check_instant(instant: Instant, what: str) -> Instant:
    """The instant itself if it lies in the years 1 to 9999, or a refusal ``kernel.bad_instant``."""
    refuse_unless(
        INSTANT_MIN <= instant <= INSTANT_MAX, "kernel.bad_instant", value=f"{what} {instant}"
    )
    return instant


def parse_instant(text: str) -> Instant:
    """``2026-11-21``, ``2026-11-21T08:00:00Z`` or with an offset; a bare date is midnight UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        moment = None
    refuse_unless(moment is not None, "kernel.bad_instant", value=str(text))
    assert moment is not None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return check_instant((moment - _EPOCH) // timedelta(microseconds=1), "the instant")


def format_instant(instant: Instant) -> str:
    """ISO 8601 in UTC, to the microsecond where there is a fraction."""
    moment = _EPOCH + timedelta(microseconds=instant)
    return moment.isoformat().replace("+00:00", "Z")


def date_of(instant: Instant) -> date:
    """The UTC calendar day of an instant."""
    return (_EPOCH + timedelta(microseconds=instant)).date()


def instant_of(day: date) -> Instant:
    """Midnight UTC at the beginning of a day."""
    return (day - _EPOCH.date()).days * DAY

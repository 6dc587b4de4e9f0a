"""Numbers as pages say them: groups of three, a true minus sign, an arrow where a price moved."""

from datetime import UTC, datetime, timedelta, timezone

from markupsafe import Markup

MINUS = "−"
DASH = "–"
THIN = "\u202f"  # between groups of three digits: read alike in both languages
HERE = timezone(timedelta(hours=8), "UTC+8")  # civil time of every region of the country


def whole(value: int | None) -> str:
    """``12 345``; a dash for nothing."""
    if value is None:
        return DASH
    text = f"{abs(value):,}".replace(",", THIN)
    return MINUS + text if value < 0 else text


def decimal(value: int | None, digits: int) -> str:
    """A whole number of smallest parts, such as fen, as ``12 345.67``; exact."""
    if value is None:
        return DASH
    head, tail = divmod(abs(value), 10**digits)
    text = f"{head:,}".replace(",", THIN) + (f".{tail:0{digits}}" if digits else "")
    return MINUS + text if value < 0 else text


def size(count: int) -> str:
    """Bytes as ``48 kB`` or ``1.2 MB``, rounded up."""
    if count < 1_000:
        return f"{count} B"
    unit, scale = ("MB", 1_000_000) if count >= 1_000_000 else ("kB", 1_000)
    tenths = -(-count * 10 // scale)
    return (
        f"{tenths // 10}.{tenths % 10} {unit}"
        if tenths < 100
        else f"{whole(-(-count // scale))} {unit}"
    )


def moved(value: int | None, digits: int) -> Markup:
    """A difference with its arrow and colour; nothing for no difference."""
    if value is None:
        return Markup(DASH)
    if value == 0:
        return Markup("0")
    kind = "rise" if value > 0 else "fall"
    return Markup('<span class="{}">{}</span>').format(kind, decimal(abs(value), digits))


def moment(instant: int | None) -> Markup:
    """An instant (microseconds UTC) as a `time` element in civil time, to the minute."""
    if not instant:
        return Markup(DASH)
    at = datetime.fromtimestamp(instant // 1_000_000, UTC)
    shown = at.astimezone(HERE).strftime("%Y-%m-%d %H:%M")
    return Markup('<time datetime="{}">{}</time>').format(at.strftime("%Y-%m-%dT%H:%M:%SZ"), shown)


def clock(instant: int | None) -> str:
    """The same to the second, as text."""
    if not instant:
        return DASH
    at = datetime.fromtimestamp(instant // 1_000_000, UTC).astimezone(HERE)
    return at.strftime("%Y-%m-%d %H:%M:%S")


def iso(instant: int) -> str:
    """An instant for machines, UTC."""
    return datetime.fromtimestamp(instant // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_of_day(instant: int) -> Markup:
    """An instant (microseconds UTC) as a `time` element, to the second; its day is in the title."""
    at = datetime.fromtimestamp(instant // 1_000_000, UTC)
    here = at.astimezone(HERE)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.strftime("%Y-%m-%dT%H:%M:%SZ"), here.strftime("%Y-%m-%d"), here.strftime("%H:%M:%S")
    )

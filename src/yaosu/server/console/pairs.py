"""A picture of pairs: what was recorded and what the replay made of it, one line each."""

from collections.abc import Callable, Sequence

from markupsafe import Markup
from msgspec import Struct

from yaosu.server.console.numbers import decimal

WIDE, ROW, TOP, PAD = 440, 42, 4, 8
DRAWN_MAX = 20
CHARACTERS_MAX = 46


class Pair(Struct, frozen=True):
    """A name with both sides; None where a side has none."""

    label: str
    recorded: int | None
    replayed: int | None


def pairs(rows: Sequence[Pair], digits: int, label: str, *, from_zero: bool = True) -> Markup:
    """Hollow for recorded, full for replayed, a line between; the table says the same.

    Args:
        digits: of the minor unit. label: what the picture is of, for who cannot see it.
        from_zero: whether the scale takes zero in.
    """
    shown = [row for row in rows if row.recorded is not None or row.replayed is not None]
    shown = shown[:DRAWN_MAX]
    if not shown:
        return Markup("")
    known = [v for row in shown for v in (row.recorded, row.replayed) if v is not None]
    base = [0] if from_zero else []
    low, high = min(base + known), max(base + known)
    span = max(1, high - low)

    def x(value: int) -> float:
        return PAD + (WIDE - 2 * PAD) * (value - low) / span

    tall = TOP + ROW * len(shown) + 6
    lines = Markup("").join(
        _line(row, TOP + ROW * at + 28, x, digits) for at, row in enumerate(shown)
    )
    return Markup(
        '<svg class="pairs" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">'
        "{zero}{lines}</svg>"
    ).format(w=WIDE, h=tall, label=label, zero=_zero(x(0), tall, is_shown=from_zero), lines=lines)


def _zero(at: float, tall: int, *, is_shown: bool) -> Markup:
    drawn = Markup('<line class="zero" x1="{a:.1f}" x2="{a:.1f}" y1="0" y2="{h}"/>')
    return drawn.format(a=at, h=tall) if is_shown else Markup("")


def _line(row: Pair, y: int, x: Callable[[int], float], digits: int) -> Markup:
    fits = len(row.label) <= CHARACTERS_MAX
    label = row.label if fits else row.label[: CHARACTERS_MAX - 1] + "…"
    last = row.replayed if row.replayed is not None else row.recorded
    parts = [
        Markup('<text x="0" y="{}">{}</text>').format(y - 13, label),
        Markup('<text class="end" x="{}" y="{}">{}</text>').format(
            WIDE, y - 13, decimal(last, digits)
        ),
    ]
    if row.recorded is not None and row.replayed is not None and row.recorded != row.replayed:
        kind = "rise" if row.replayed > row.recorded else "fall"
        parts.append(
            Markup('<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="{y}" y2="{y}"/>').format(
                kind, x(row.recorded), x(row.replayed), y=y
            )
        )
    if row.recorded is not None:
        dot = Markup('<circle class="recorded" cx="{:.1f}" cy="{}" r="5"/>')
        parts.append(dot.format(x(row.recorded), y))
    if row.replayed is not None:
        dot = Markup('<circle class="replayed" cx="{:.1f}" cy="{}" r="4"/>')
        parts.append(dot.format(x(row.replayed), y))
    return Markup("").join(parts)

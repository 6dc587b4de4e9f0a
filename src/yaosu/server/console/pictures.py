"""Pictures drawn on the server as SVG, in the tokens' colours; each stands beside its numbers."""

from collections.abc import Sequence
from typing import Protocol

from markupsafe import Markup

from yaosu.server.console.numbers import decimal, whole

WIDE, HIGH = 160, 22
PAD = 5
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 26, 40  # around the curves; left of long prices more
DIGIT = 7.2  # width of one beside an axis
CURVES_WIDE, CURVES_HIGH = 640, 320
TICKS = 5


class Stepped(Protocol):
    """A price, and what is wanted and offered at it."""

    @property
    def price(self) -> int: ...
    @property
    def wanted(self) -> int: ...
    @property
    def offered(self) -> int: ...


class Priced(Protocol):
    """A region and its price."""

    @property
    def region(self) -> str: ...
    @property
    def price(self) -> int: ...


def strip(rows: Sequence[Priced], low: int | None, high: int | None) -> Markup:
    """One dot a region on a line from the lowest to the highest price; the table says the same."""
    if not rows or low is None or high is None:
        return Markup("")
    span = max(1, high - low)
    dots = Markup("").join(
        Markup('<circle cx="{:.1f}" cy="{}" r="4"><title>{}</title></circle>').format(
            PAD + (WIDE - 2 * PAD) * (row.price - low) / span if high > low else WIDE / 2,
            HIGH // 2,
            row.region,
        )
        for row in rows
    )
    return Markup(
        '<svg class="strip" viewBox="0 0 {w} {h}" width="{w}" height="{h}" aria-hidden="true">'
        '<line x1="{p}" x2="{e}" y1="{m}" y2="{m}"/>{dots}</svg>'
    ).format(w=WIDE, h=HIGH, p=PAD, e=WIDE - PAD, m=HIGH // 2, dots=dots)


def curves(
    levels: Sequence[Stepped], cross: tuple[int, int] | None, digits: int, lots: str, price: str
) -> Markup:
    """Demand falling and supply rising over quantity, as steps, and where they meet.

    Args:
        digits: of the minor unit of prices. lots, price: words for the axes.
    """
    if not levels:
        return Markup("")
    most = max(max(level.wanted, level.offered) for level in levels) or 1
    low, high = levels[0].price, levels[-1].price
    room = max(1, (high - low) // 20)
    low, high = low - room, high + room
    ticks = [(value, decimal(value, digits)) for value in _round_steps(low, high)]
    left = max(LEFT, round(max((len(text) for _, text in ticks), default=0) * DIGIT) + 12)

    def x(quantity: int) -> float:
        return left + (CURVES_WIDE - left - RIGHT) * quantity / most

    def y(value: int) -> float:
        return CURVES_HIGH - BOTTOM - (CURVES_HIGH - TOP - BOTTOM) * (value - low) / (high - low)

    wanted = [(x(0), y(high)), (x(levels[-1].wanted), y(high))]
    for level, below in zip(levels[::-1], [*levels[-2::-1], None], strict=True):
        wanted.append((x(level.wanted), y(level.price)))
        if below is not None:
            wanted.append((x(below.wanted), y(level.price)))
    offered = [(x(0), y(levels[0].price))]
    for at, level in enumerate(levels):
        offered.append((x(level.offered), y(level.price)))
        offered.append(
            (x(level.offered), y(levels[at + 1].price if at + 1 < len(levels) else high))
        )
    parts = [
        *(_tick_y(left, y(value), text) for value, text in ticks),
        *(_tick_x(x(q), whole(q)) for q in _round_steps(0, most)),
        _path("wanted", wanted),
        _path("offered", offered),
    ]
    if cross is not None:
        parts.append(
            Markup('<circle class="cross" cx="{:.1f}" cy="{:.1f}" r="5"/>').format(
                x(min(cross[1], most)), y(cross[0])
            )
        )
    return Markup(
        '<svg class="curves" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">{parts}'
        '<text x="{r}" y="{b}" class="end">{lots}</text><text x="{l}" y="10">{price}</text></svg>'
    ).format(
        w=CURVES_WIDE,
        h=CURVES_HIGH,
        label=f"{price} / {lots}",
        parts=Markup("").join(parts),
        r=CURVES_WIDE - RIGHT,
        b=CURVES_HIGH - 6,
        l=left,
        lots=lots,
        price=price,
    )


def _path(kind: str, points: Sequence[tuple[float, float]]) -> Markup:
    drawn = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    return Markup('<polyline class="{}" points="{}"/>').format(kind, drawn)


def _tick_y(left: int, at: float, text: str) -> Markup:
    return Markup(
        '<line x1="{}" x2="{}" y1="{y:.1f}" y2="{y:.1f}"/>'
        '<text x="{}" y="{t:.1f}" class="end">{}</text>'
    ).format(left, CURVES_WIDE - RIGHT, left - 8, text, y=at, t=at + 4)


def _tick_x(at: float, text: str) -> Markup:
    is_last = at + len(text) * DIGIT / 2 > CURVES_WIDE
    return Markup('<text x="{:.1f}" y="{}" class="{}">{}</text>').format(
        min(at, CURVES_WIDE), CURVES_HIGH - BOTTOM + 18, "end" if is_last else "middle", text
    )


def _round_steps(low: int, high: int) -> list[int]:
    """A handful of round numbers between the two."""
    rough = max(1, (high - low) // TICKS)
    size = 10 ** (len(str(rough)) - 1)
    step = next(m * size for m in (1, 2, 5, 10) if m * size >= rough)
    return list(range(-(-low // step) * step, high + 1, step))

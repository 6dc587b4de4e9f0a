"""Courses of prices and depths of books as SVG, drawn on the server; tables say the same beside."""

from collections.abc import Sequence
from typing import Protocol

from markupsafe import Markup

from yaosu.server.console.numbers import decimal, whole

SPARK_WIDE, SPARK_HIGH = 120, 26
WIDE, HIGH = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 14, 30
STEPS = 20


class Deep(Protocol):
    """A price, and the lots from the best price to it."""

    @property
    def price(self) -> int: ...
    @property
    def depth(self) -> int: ...


def spark(prices: Sequence[int], label: str) -> Markup:
    """A price's course, oldest first, with a dot at the last; nothing for fewer than two.

    Args:
        label: what it says in words: the course is told nowhere else on the page.
    """
    if len(prices) < 2:
        return Markup("")
    low, high = min(prices), max(prices)
    span = max(1, high - low)

    def point(at: int, price: int) -> tuple[float, float]:
        x = 3 + (SPARK_WIDE - 6) * at / (len(prices) - 1)
        middle = SPARK_HIGH / 2 if low == high else None
        return x, middle or SPARK_HIGH - 4 - (SPARK_HIGH - 8) * (price - low) / span

    points = [point(at, price) for at, price in enumerate(prices)]
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Markup(
        '<svg class="spark" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" '
        'aria-label="{label}"><polyline points="{p}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>'
        "</svg>"
    ).format(w=SPARK_WIDE, h=SPARK_HIGH, label=label, p=drawn, x=points[-1][0], y=points[-1][1])


def depth(
    buys: Sequence[Deep], sells: Sequence[Deep], digits: int, label: str, lots: str
) -> Markup:
    """Lots to either side of the best prices: bids fall from the left, offers rise to the right.

    Args:
        buys, sells: best first. lots: the word at the axis.
    """
    if not (buys or sells):
        return Markup("")
    prices = [rung.price for rung in (*buys, *sells)]
    low, high = min(prices), max(prices)
    room = max(1, (high - low) // STEPS)
    low, high = low - room, high + room
    most = max(rung.depth for rung in (*buys, *sells)) or 1

    def x(price: int) -> float:
        return LEFT + (WIDE - LEFT - RIGHT) * (price - low) / (high - low)

    def y(count: int) -> float:
        return HIGH - BOTTOM - (HIGH - TOP - BOTTOM) * count / most

    floor = y(0)
    parts = [_level(y(count), whole(count)) for count in (most // 2, most) if count]
    for kind, rungs, edge in (("buys", buys, x(low)), ("sells", sells, x(high))):
        if not rungs:
            continue
        path = [f"M{x(rungs[0].price):.1f},{floor:.1f}"]
        for at, rung in enumerate(rungs):
            end = x(rungs[at + 1].price) if at + 1 < len(rungs) else edge
            path.append(f"V{y(rung.depth):.1f}H{end:.1f}")
        parts.append(Markup('<path class="{}" d="{}V{:.1f}Z"/>').format(kind, "".join(path), floor))
    for price, anchor in ((low, ""), (high, "end")):
        parts.append(
            Markup('<text x="{:.1f}" y="{}" class="{}">{}</text>').format(
                x(price), HIGH - 8, anchor, decimal(price, digits)
            )
        )
    return Markup(
        '<svg class="depth" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">{parts}'
        '<text x="{l}" y="10">{lots}</text></svg>'
    ).format(w=WIDE, h=HIGH, label=label, parts=Markup("").join(parts), l=LEFT, lots=lots)


def share(part: int, whole_: int) -> int:
    """A part of a whole, in steps of five of a hundred, rounded up: a width that the style has."""
    return 0 if whole_ <= 0 or part <= 0 else min(100, -(-part * STEPS // whole_) * 5)


def _level(at: float, text: str) -> Markup:
    return Markup(
        '<line x1="{}" x2="{}" y1="{y:.1f}" y2="{y:.1f}"/>'
        '<text x="{}" y="{t:.1f}" class="end">{}</text>'
    ).format(LEFT, WIDE - RIGHT, LEFT - 6, text, y=at, t=at + 4)

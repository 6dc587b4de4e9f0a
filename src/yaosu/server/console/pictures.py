"""Pictures drawn on the server as SVG, in the tokens' colours; each stands beside its numbers."""

from collections.abc import Sequence
from typing import Protocol

from markupsafe import Markup

WIDE, HIGH = 160, 22
PAD = 5


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

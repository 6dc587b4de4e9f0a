"""A small picture of a clearing for notebooks: plain SVG, the same in light and dark.

Every colour is the reader's own text colour at some strength; prices are told by position and
number, never by colour alone.
"""

from html import escape
from typing import Any

import numpy as np

from yaosu.markets.clearing import TRADED, Clearing

ROWS_MAX = 24
LINE, LEFT, WIDTH, RIGHT = 22, 190, 320, 150


def clearing_picture(clearing: Clearing) -> str:
    """Regions by price with the interval of each, and the busiest links."""
    status = clearing.prices.text("status")
    traded = np.flatnonzero(status.codes == status.code_of(TRADED))
    shown = list(clearing.prices.take(traded[:ROWS_MAX]).iterate())
    head = (
        f"<p><b>{escape(clearing.mechanism)}</b> · welfare {clearing.welfare:,} · "
        f"volume {clearing.volume:,} lots · {len(clearing.fills):,} orders filled</p>"
    )
    if not shown:
        return f"<div>{head}<p>no trade</p></div>"
    left = len(traded) - len(shown)
    note = f"<p>{left} more</p>" if left else ""
    return f"<div>{head}{_prices(shown)}{note}{_links(clearing)}</div>"


def _prices(rows: list[dict[str, Any]]) -> str:
    least = min(row["price_low"] for row in rows)
    most = max(row["price_high"] for row in rows)
    span = max(most - least, 1)
    height = LINE * len(rows) + 8
    faint = 'stroke="currentColor" opacity=".15"'
    bold = 'stroke="currentColor" stroke-width="6" opacity=".35"'
    marks = []
    for i, row in enumerate(rows):
        middle = LINE * i + LINE // 2 + 4
        name = escape(f"{row['instrument']} · {row['region']}"[:28])
        x, a, b = (
            LEFT + WIDTH * (row[key] - least) // span
            for key in ("price", "price_low", "price_high")
        )
        marks.append(
            f'<text x="{LEFT - 12}" y="{middle + 4}" text-anchor="end">{name}</text>'
            f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{middle}" y2="{middle}" {faint}/>'
            f'<line x1="{a}" x2="{b}" y1="{middle}" y2="{middle}" {bold}/>'
            f'<circle cx="{x}" cy="{middle}" r="5" fill="currentColor"/>'
            f'<text x="{LEFT + WIDTH + 14}" y="{middle + 4}">{row["price"]:,}</text>'
        )
    return (
        f'<svg role="img" aria-label="prices by region" width="{LEFT + WIDTH + RIGHT}" '
        f'height="{height}" font-size="13" font-family="system-ui, sans-serif" '
        f'fill="currentColor">{"".join(marks)}</svg>'
    )


def _links(clearing: Clearing) -> str:
    flows = clearing.flows
    if not flows.rows:
        return ""
    busy = sorted(range(flows.rows), key=lambda k: (-int(flows["lots"][k]), k))[:8]
    cells = "".join(
        f"<tr><td>{escape(row['source'])} → {escape(row['target'])}</td>"
        f"<td>{row['lots']:,}</td><td>{row['shadow_price']:,}</td></tr>"
        for row in flows.take(busy).iterate()
        if row["lots"]
    )
    if not cells:
        return ""
    return f"<table><tr><th>link</th><th>lots</th><th>shadow price</th></tr>{cells}</table>"

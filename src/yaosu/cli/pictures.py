"""The picture of ``yaosu clear --plot``: a page or a picture by the ending of its name."""

from decimal import Decimal
from pathlib import Path
from typing import Any

Shown = tuple[tuple[Decimal, Decimal], tuple[str, str]]
PICTURES = (".html", ".png", ".svg")


def picture_of(
    path: Path, clearing: Any, orders: Any, network: Any, shown: Shown, *, dark: bool
) -> bytes:
    """The bytes of the page or picture; ``kernel.extra_missing`` without the extra ``report``.

    Args:
        orders: or the levels of a book in chunks.
        shown: tick and lot; names of the units of prices and quantities.
    """
    from yaosu.evaluation.report.clearing_charts import Units, clearing_page, clearing_sheet
    from yaosu.evaluation.report.page import report_html
    from yaosu.evaluation.report.pictures import chart_png, chart_svg

    (tick, lot), (price, quantity) = shown
    units = Units(tick, lot, price, quantity)
    if path.suffix.lower() == ".html":
        return report_html(clearing_page(clearing, orders, network, units)).encode()
    sheet = clearing_sheet(clearing, orders, network, units)
    theme: Any = "dark" if dark else "light"
    if path.suffix.lower() == ".svg":
        return chart_svg(sheet, theme=theme)
    return chart_png(sheet, theme=theme)

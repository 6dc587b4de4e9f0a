"""Charts as PNG pictures, for a README or a slide: the same specification without a browser."""

from typing import Any

from yaosu.engine.extras import load_extra
from yaosu.evaluation.report.page import VEGA_LITE
from yaosu.evaluation.report.resolve import Language, Theme, resolve

PICTURE_WIDTH = 920
PADDING = {"left": 24, "right": 24, "top": 24, "bottom": 20}


def chart_png(
    chart: dict[str, Any],
    *,
    language: Language = "en",
    theme: Theme = "light",
    scale: float = 2,
) -> bytes:
    """The picture of one chart on the colour of a card.

    Raises:
        Refusal: ``kernel.extra_missing`` where the extra ``report`` is not installed.
    """
    vl_convert = load_extra("vl_convert")
    spec = _resolved(chart, language, theme)
    png: bytes = vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=scale)
    return png


def chart_svg(chart: dict[str, Any], *, language: Language = "en", theme: Theme = "light") -> bytes:
    """The picture of one chart as SVG, on the colour of a card; refuses as `chart_png`."""
    spec = _resolved(chart, language, theme)
    svg: str = load_extra("vl_convert").vegalite_to_svg(spec, vl_version=VEGA_LITE)
    return svg.encode()


def _resolved(chart: dict[str, Any], language: Language, theme: Theme) -> dict[str, Any]:
    spec: dict[str, Any] = resolve(chart, language, theme)
    spec["background"] = resolve("$$card", language, theme)
    spec["padding"] = PADDING
    if spec.get("width") == "container":
        spec["width"] = PICTURE_WIDTH
    spec.get("config", {}).pop("background", None)
    return spec

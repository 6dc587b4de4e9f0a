"""The kinds of chart our pages use, made with Altair: plain rows in, a specification out.

Rows are dictionaries. A text that a reader sees is a pair of words (``Words.pair``), a colour the
name of a token; see :mod:`yaosu.evaluation.report.resolve`. Shape, position or a written word says
whatever colour says.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, structs

from yaosu.engine.extras import load_extra
from yaosu.evaluation.report.parts import Words
from yaosu.evaluation.report.tokens import SERIES, chart_config

Rows = Sequence[dict[str, Any]]
Spec = dict[str, Any]
NAME_PIXELS_MAX = 250  # a longer name of a row is cut
ABOVE_TITLE = 38  # a legend stands above the title of the upright axis
SHAPES = (
    "circle",
    "diamond",
    "square",
    "triangle-up",
    "cross",
    "triangle-down",
    "triangle-right",
)
DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [4, 4], [10, 4], [3, 1])


class Axis(Struct, frozen=True):
    """A measured axis: its field, title, number format (d3) and whether it must begin at zero."""

    field: str
    title: Words
    number: str = ",.0f"
    zero: bool = False
    domain: tuple[float, float] | None = None
    log: bool = False


def lines(
    rows: Rows,
    x: Axis,
    y: Axis,
    series: str,
    names: Sequence[Words],
    *,
    step: bool = False,
    height: int = 340,
    ticks: Sequence[int] | None = None,
) -> Spec:
    """One line a series, with points; ``row[series]`` is one of the pairs of ``names``."""
    alt = load_altair()
    pairs = [name.pair for name in names]
    colours = [f"$${SERIES[i % len(SERIES)]}" for i in range(len(pairs))]
    dashes = [DASHES[i % len(DASHES)] for i in range(len(pairs))]
    point = False if step else {"filled": True, "size": 44, "opacity": 1}
    drawn = (
        alt.Chart(data_of(alt, rows))
        .mark_line(
            interpolate="step-after" if step else "linear",
            strokeJoin="round",
            strokeWidth=2.2,
            point=point,
        )
        .encode(
            x=_measured(alt, x, "x", grid=False, ticks=ticks),
            y=_measured(alt, y, "y"),
            color=alt.Color(
                f"{series}:N",
                scale=alt.Scale(domain=pairs, range=colours),
                title=None,
                legend=alt.Legend(symbolType="stroke", symbolSize=400, offset=ABOVE_TITLE),
            ),
            strokeDash=alt.StrokeDash(
                f"{series}:N", scale=alt.Scale(domain=pairs, range=dashes), title=None
            ),
            tooltip=_tips(alt, series, x, y),
        )
    )
    return finish(drawn, height)


def dumbbells(
    rows: Rows,
    category: str,
    order: Sequence[str],
    value: Axis,
    state: str,
    states: Sequence[Words],
    *,
    height_each: int = 21,
) -> Spec:
    """One row a category; a mark for each state, named by shape and colour, joined by a line."""
    alt = load_altair()
    pairs = [name.pair for name in states]
    colours = ["$$second", "$$quiet", "$$accent"] if len(pairs) == 3 else ["$$second", "$$accent"]
    at = alt.Y(
        f"{category}:N",
        sort=list(order),
        title=None,
        axis=alt.Axis(labelLimit=NAME_PIXELS_MAX, grid=True),
    )
    base = alt.Chart(data_of(alt, rows)).encode(y=at)
    span = base.mark_rule(strokeWidth=2, color="$$line").encode(
        x=alt.X(f"min({value.field}):Q", title=value.title.pair),
        x2=alt.X2(f"max({value.field}):Q"),
    )
    marks = base.mark_point(filled=True, size=88, opacity=1).encode(
        x=_measured(alt, value, "x", grid=True),
        color=alt.Color(f"{state}:N", scale=alt.Scale(domain=pairs, range=colours), title=None),
        shape=alt.Shape(
            f"{state}:N",
            scale=alt.Scale(domain=pairs, range=list(SHAPES[: len(pairs)])),
            title=None,
        ),
        tooltip=[
            alt.Tooltip(f"{category}:N", title=" "),
            alt.Tooltip(f"{state}:N", title=" "),
            alt.Tooltip(f"{value.field}:Q", title=value.title.pair, format=value.number),
        ],
    )
    return finish(span + marks, height_each * len(order))


def signed_bars(
    rows: Rows,
    category: str,
    order: Sequence[str],
    value: Axis,
    *,
    height_each: int = 20,
) -> Spec:
    """Bars to the right for more and to the left for less, each with its number written out."""
    alt = load_altair()
    signed = [{**row, "_side": "plus" if row[value.field] >= 0 else "minus"} for row in rows]
    value = structs.replace(value, domain=_room_for_labels([row[value.field] for row in rows]))
    base = alt.Chart(data_of(alt, signed)).encode(
        y=alt.Y(
            f"{category}:N", sort=list(order), title=None, axis=alt.Axis(labelLimit=NAME_PIXELS_MAX)
        ),
        x=_measured(alt, value, "x", grid=True),
        tooltip=[
            alt.Tooltip(f"{category}:N", title=" "),
            alt.Tooltip(f"{value.field}:Q", title=value.title.pair, format=value.number),
        ],
    )
    side = alt.Color(
        "_side:N",
        legend=None,
        scale=alt.Scale(domain=["plus", "minus"], range=["$$plus", "$$minus"]),
    )
    text = alt.Text(f"{value.field}:Q", format=value.number)
    chart = base.mark_bar(height={"band": 0.62}).encode(color=side)
    for keep, align, shift in (("plus", "left", 6), ("minus", "right", -6)):
        chart += (
            base.transform_filter(alt.datum._side == keep)
            .mark_text(align=align, dx=shift, fontSize=11, color="$$quiet")
            .encode(text=text)
        )
    return finish(chart, height_each * len(order))


def _room_for_labels(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(0.0, *values), max(0.0, *values)
    room = 0.12 * (high - low or 1.0)
    return (low - room if low < 0 else 0.0, high + room if high > 0 else 0.0)


def columns(
    rows: Rows,
    category: str,
    order: Sequence[Any],
    value: Axis,
    title: Words,
    *,
    height: int = 300,
    series: str | None = None,
    names: Sequence[Words] = (),
) -> Spec:
    """Upright bars, side by side where there are series, each with its number written above."""
    alt = load_altair()
    base = alt.Chart(data_of(alt, rows)).encode(
        x=alt.X(
            f"{category}:O",
            sort=list(order),
            title=title.pair,
            axis=alt.Axis(labelAngle=0),
        ),
        y=_measured(alt, value, "y"),
    )
    if series:
        pairs = [name.pair for name in names]
        scale = alt.Scale(domain=pairs, range=[f"$${name}" for name in SERIES[: len(pairs)]])
        base = base.encode(
            xOffset=alt.XOffset(f"{series}:N", sort=pairs),
            color=alt.Color(
                f"{series}:N", scale=scale, title=None, legend=alt.Legend(offset=ABOVE_TITLE)
            ),
        )
    bars = base.mark_bar(width={"band": 0.72}).encode(
        tooltip=[
            alt.Tooltip(f"{category}:O", title=title.pair),
            alt.Tooltip(f"{value.field}:Q", title=value.title.pair, format=value.number),
        ]
    )
    labels = base.mark_text(dy=-7, fontSize=11).encode(
        text=alt.Text(f"{value.field}:Q", format=value.number),
        color=alt.value("$$quiet"),
    )
    return finish(bars + labels, height)


def heat(
    rows: Rows,
    x: str,
    x_title: Words,
    y: str,
    order: Sequence[str],
    value: Axis,
    mark: str,
    mark_title: Words,
    *,
    height_each: int = 34,
) -> Spec:
    """Cells shaded by a value from 0 to 1; a written mark where ``row[mark]`` holds."""
    alt = load_altair()
    base = alt.Chart(data_of(alt, rows)).encode(
        x=alt.X(
            f"{x}:O",
            title=x_title.pair,
            axis=alt.Axis(labelAngle=0, ticks=False, domain=False),
        ),
        y=alt.Y(f"{y}:N", sort=list(order), title=None, axis=alt.Axis(labelLimit=220)),
    )
    legend = alt.Legend(format="%", gradientLength=220, gradientThickness=10)
    shade = alt.Scale(domain=[0, 0.5, 1], range=["$$low", "$$middle", "$$high"])
    cells = base.mark_rect(stroke="$$card", strokeWidth=2, cornerRadius=3).encode(
        color=alt.Color(f"{value.field}:Q", title=value.title.pair, scale=shade, legend=legend),
        tooltip=[
            alt.Tooltip(f"{y}:N", title=" "),
            alt.Tooltip(f"{x}:O", title=x_title.pair),
            alt.Tooltip("tip:N", title=value.title.pair),
        ],
    )
    marks = (
        base.transform_filter(f"datum.{mark}")
        .mark_text(text="●", fontSize=13, color="$$full")
        .encode(tooltip=alt.value(mark_title.pair))
    )
    return finish(cells + marks, height_each * len(order))


def load_altair() -> Any:
    """The library, or a refusal where the extra ``report`` is not installed."""
    return load_extra("altair")


def data_of(alt: Any, rows: Rows) -> Any:
    """Rows as plain values: numbers out of arrays become Python's own."""
    plain = [
        {name: cell.item() if hasattr(cell, "item") else cell for name, cell in row.items()}
        for row in rows
    ]
    return alt.Data(values=plain)


def _measured(
    alt: Any,
    axis: Axis,
    channel: str,
    *,
    grid: bool = True,
    ticks: Sequence[int] | None = None,
) -> Any:
    scale: dict[str, Any] = {"zero": axis.zero, "nice": axis.domain is None}
    if axis.domain:
        scale["domain"] = list(axis.domain)
    if axis.log:
        scale = {**scale, "type": "log"}
    lines_at = {"values": list(ticks)} if ticks else {}
    made = alt.X if channel == "x" else alt.Y
    horizontal = (
        {
            "titleAngle": 0,
            "titleAlign": "left",
            "titleAnchor": "end",
            "titleY": -14,
            "titleX": 0,
        }
        if channel == "y"
        else {}
    )
    return made(
        f"{axis.field}:Q",
        title=axis.title.pair,
        scale=alt.Scale(**scale),
        axis=alt.Axis(format=axis.number, grid=grid, tickCount=6, **lines_at, **horizontal),
    )


def _tips(alt: Any, series: str, x: Axis, y: Axis) -> list[Any]:
    return [
        alt.Tooltip(f"{series}:N", title=" "),
        alt.Tooltip(f"{x.field}:Q", title=x.title.pair, format=x.number),
        alt.Tooltip(f"{y.field}:Q", title=y.title.pair, format=y.number),
    ]


def finish(chart: Any, height: int) -> Spec:
    """The specification, as wide as its place, in the colours of the house."""
    spec: Spec = chart.properties(width="container", height=height).to_dict()
    spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    spec["config"] = chart_config()
    return spec

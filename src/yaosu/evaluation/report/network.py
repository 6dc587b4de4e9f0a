"""Regions where they lie and what flows between them."""

from math import atan2, degrees
from typing import Any

from yaosu.evaluation.report.charts import Axis, Rows, Spec, data_of, finish, load_altair

ARROW_AT = 0.5  # part of the way from source to target


def network(
    nodes: Rows,
    links: Rows,
    value: Axis,
    size: Axis,
    width: Axis,
    *,
    height: int = 560,
) -> Spec:
    """Regions where they lie and what flows between them.

    Args:
        nodes: ``x y name label_y`` (where the name is written) and the fields of ``value``
            (colour) and ``size``.
        links: ``x y x2 y2`` from source to target and the field of ``width``; an arrow head stands
            at two thirds of the way.
        value: shade of a region.
        size: area of a region.
        width: thickness of a link.
    """
    alt = load_altair()
    drawn = _links(alt, links, width) + _regions(alt, nodes, value, size)
    return finish(drawn, height)


def _place(alt: Any, y: str = "y") -> dict[str, Any]:
    return {
        "x": alt.X("x:Q", axis=None, scale=alt.Scale(zero=False, nice=False, padding=40)),
        "y": alt.Y(f"{y}:Q", axis=None, scale=alt.Scale(zero=False, nice=False, padding=30)),
    }


def _links(alt: Any, links: Rows, width: Axis) -> Any:
    lines = (
        alt.Chart(data_of(alt, links))
        .mark_rule(color="$$mute", opacity=0.75, strokeCap="round")
        .encode(
            **_place(alt),
            x2="x2:Q",
            y2="y2:Q",
            strokeWidth=alt.StrokeWidth(
                f"{width.field}:Q", scale=alt.Scale(range=[0.6, 9]), legend=None
            ),
            tooltip=[
                alt.Tooltip("name:N", title=" "),
                alt.Tooltip(f"{width.field}:Q", title=width.title.pair, format=width.number),
            ],
        )
    )
    heads = (
        alt.Chart(data_of(alt, _arrow_heads(links)))
        .mark_point(shape="triangle-up", filled=True, size=64, color="$$quiet", opacity=1)
        .encode(**_place(alt), angle=alt.Angle("angle:Q", scale=None))
    )
    return lines + heads


def _regions(alt: Any, nodes: Rows, value: Axis, size: Axis) -> Any:
    base = alt.Chart(data_of(alt, nodes))
    legend = alt.Legend(format=value.number, gradientLength=220, gradientThickness=10)
    shade = alt.Scale(range=["$$low", "$$middle", "$$high"])
    discs = base.mark_circle(stroke="$$quiet", strokeWidth=0.8, opacity=1).encode(
        **_place(alt),
        size=alt.Size(f"{size.field}:Q", scale=alt.Scale(range=[60, 1500]), legend=None),
        color=alt.Color(f"{value.field}:Q", scale=shade, title=value.title.pair, legend=legend),
        tooltip=[
            alt.Tooltip("name:N", title=" "),
            alt.Tooltip(f"{value.field}:Q", title=value.title.pair, format=value.number),
            alt.Tooltip(f"{size.field}:Q", title=size.title.pair, format=size.number),
        ],
    )
    under = {"fontSize": 11, "baseline": "top"}
    written = base.encode(**_place(alt, "label_y"), text="name:N")
    halo = written.mark_text(**under, stroke="$$card", strokeWidth=3, strokeJoin="round")
    return discs + halo + written.mark_text(**under)


def _arrow_heads(links: Rows) -> list[dict[str, float]]:
    return [
        {
            "x": link["x"] + (link["x2"] - link["x"]) * ARROW_AT,
            "y": link["y"] + (link["y2"] - link["y"]) * ARROW_AT,
            "angle": 90 - degrees(atan2(link["y2"] - link["y"], link["x2"] - link["x"])),
        }
        for link in links
    ]

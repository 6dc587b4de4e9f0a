"""The design tokens: the few colours and type faces of every page and chart, light and dark.

Blue and ochre keep their distance for every common kind of colour blindness, and neither stands
for good or bad in one country and the opposite in another, as red and green do on exchanges.
"""

LIGHT = {
    "paper": "#fbfaf7",
    "card": "#ffffff",
    "ink": "#1d242c",
    "quiet": "#5c6670",
    "line": "#e2dfd7",
    "grid": "#ecebe6",
    "accent": "#14607a",
    "accent-soft": "#dcebf0",
    "second": "#9c5a0b",
    "third": "#6b5a8e",
    "fourth": "#4b7a5a",
    "fifth": "#8c4a5b",
    "sixth": "#7a7466",
    "seventh": "#2f4a8a",
    "mute": "#b9bdc0",
    "plus": "#1f6f9c",
    "minus": "#a15c08",
    "low": "#eaf1f3",
    "middle": "#7fb0c0",
    "high": "#0d4a60",
    "full": "#b2690d",
}
DARK = {
    "paper": "#13171c",
    "card": "#1a2027",
    "ink": "#e7eaec",
    "quiet": "#a3adb6",
    "line": "#2c343d",
    "grid": "#262d35",
    "accent": "#6cb9d3",
    "accent-soft": "#1d3640",
    "second": "#e0a050",
    "third": "#b3a2dc",
    "fourth": "#8fc4a0",
    "fifth": "#dd97a8",
    "sixth": "#b8b09c",
    "seventh": "#93aef0",
    "mute": "#59626b",
    "plus": "#62b3dd",
    "minus": "#e5a34c",
    "low": "#22303a",
    "middle": "#3f8299",
    "high": "#a5e0f2",
    "full": "#e5a34c",
}
SERIES = ("accent", "second", "third", "fourth", "fifth", "seventh", "sixth")
SANS = (
    'ui-sans-serif, system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, '
    '"PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif'
)
SERIF = (
    '"Iowan Old Style", "Charter", "Source Serif 4", Georgia, "Songti SC", "Noto Serif CJK SC", '
    '"SimSun", serif'
)
MONO = 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'


def css_variables() -> str:
    """The tokens as CSS custom properties; dark by the reader's setting or by the switch."""
    light = "".join(f"--{name}:{value};" for name, value in LIGHT.items())
    dark = "".join(f"--{name}:{value};" for name, value in DARK.items())
    return (
        f":root{{{light}--sans:{SANS};--serif:{SERIF};--mono:{MONO};color-scheme:light}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light])"
        f"{{{dark}color-scheme:dark}}}}"
        f":root[data-theme=dark]{{{dark}color-scheme:dark}}"
    )


def chart_config() -> dict[str, object]:
    """The Vega-Lite configuration of every chart, with token names for colours."""
    axis = {
        "labelColor": "$$quiet",
        "titleColor": "$$quiet",
        "domainColor": "$$line",
        "tickColor": "$$line",
        "gridColor": "$$grid",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "labelPadding": 6,
        "tickSize": 4,
    }
    return {
        "background": "transparent",
        "font": SANS,
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"domain": False, "ticks": False},
        "axisX": {"grid": False},
        "legend": {
            "labelColor": "$$ink",
            "titleColor": "$$quiet",
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "orient": "top",
            "direction": "horizontal",
            "symbolSize": 90,
            "columnPadding": 18,
            "offset": 24,
        },
        "header": {
            "labelColor": "$$ink",
            "titleColor": "$$quiet",
            "labelFontSize": 12,
            "titleFontWeight": "normal",
        },
        "text": {"color": "$$ink", "fontSize": 12},
        "bar": {"color": "$$accent", "cornerRadius": 2},
        "line": {"color": "$$accent", "strokeWidth": 2},
        "rule": {"color": "$$mute"},
        "point": {"filled": True, "size": 70, "color": "$$accent"},
        "range": {"category": [f"$${name}" for name in SERIES]},
    }

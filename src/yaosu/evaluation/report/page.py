"""A report as one HTML file that needs nothing else: style, script, charts, both languages.

The charts are drawn by Vega, Vega-Lite and Vega-Embed out of the vl-convert wheel; a content policy
in the page forbids loading anything from anywhere.
"""

import json
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from yaosu.engine.extras import load_extra
from yaosu.evaluation.report.parts import Figure, Report, Section, Words
from yaosu.evaluation.report.tables import both, table_html
from yaosu.evaluation.report.tokens import DARK, LIGHT, css_variables

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)
WORDS = {
    "contents": Words("Contents", "目录"),
    "language": Words("Language", "语言"),
    "theme": Words("Appearance", "外观"),
    "light": Words("Light", "浅色"),
    "dark": Words("Dark", "深色"),
    "limits": Words("What this does not show.", "本页未说明的。"),
    "sources": Words("Sources", "资料来源"),
    "proof": Words("Check it yourself", "自行核验"),
    "numbers": Words("The same in numbers", "对应数据表"),
    "made": Words(
        "Made by yaosu, one market for the factors of production.",
        "由要素统一市场 yaosu 生成。",
    ),
    "no_script": Words(
        "Charts need JavaScript; every number is in the tables.",
        "图表需要 JavaScript；全部数字均在表格中。",
    ),
}


def report_html(report: Report) -> str:
    """The page. The same report gives the same bytes.

    Raises:
        Refusal: ``kernel.extra_missing`` where the extra ``report`` is not installed.
    """
    figures = [figure for section in report.sections for figure in section.figures]
    names = [figure.name for figure in figures]
    assert len(set(names)) == len(names), f"two figures of one name: {names}"
    data = {
        "title": {"en": report.title.en, "zh": report.title.zh},
        "tokens": {"light": LIGHT, "dark": DARK},
        "charts": {figure.name: figure.chart for figure in figures},
    }
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        '<link rel="icon" href="data:,">',
        f"<title>{escape(report.title.en)}</title>",
        f"<style>{css_variables()}{_shipped('page.css')}</style></head><body>",
        _bar(),
        "<main>",
        _head(report),
        *(_section(i, section) for i, section in enumerate(report.sections, 1)),
        _foot(report),
        "</main>",
        f'<script type="application/json" id="report-data">{_json(data)}</script>',
        f"<script>{_bundle()}</script>" if figures else "",
        f"<script>{_shipped('page.js')}</script></body></html>\n",
    ]
    return "".join(parts)


def _bar() -> str:
    def switch(kind: str, label: Words, choices: tuple[tuple[str, str], ...]) -> str:
        buttons = "".join(
            f'<button type="button" data-set-{kind}="{value}" aria-pressed="false">{text}</button>'
            for value, text in choices
        )
        name = escape(f"{label.en} / {label.zh}")
        return f'<div class="switch" role="group" aria-label="{name}">{buttons}</div>'

    languages = (
        ("en", '<span lang="en">English</span>'),
        ("zh", '<span lang="zh-Hans">中文</span>'),
    )
    themes = (("light", both(WORDS["light"])), ("dark", both(WORDS["dark"])))
    return (
        '<header class="bar"><div class="mark">yaosu <small lang="zh-Hans">要素</small></div>'
        f"{switch('theme', WORDS['theme'], themes)}"
        f"{switch('lang', WORDS['language'], languages)}</header>"
    )


def _head(report: Report) -> str:
    tiles = "".join(
        f"<li><strong>{both(tile.value)}</strong>"
        f'<span class="label">{both(tile.label)}</span>'
        + (f'<span class="note">{both(tile.note)}</span>' if tile.note else "")
        + "</li>"
        for tile in report.tiles
    )
    contents = "".join(
        f'<li><a href="#s{i}">{both(section.title)}</a></li>'
        for i, section in enumerate(report.sections, 1)
    )
    caveat = (
        f'<p class="caveat"><b>{both(WORDS["limits"])}</b> {both(report.caveat)}</p>'
        if report.caveat
        else ""
    )
    name = escape(f"{WORDS['contents'].en} / {WORDS['contents'].zh}")
    return (
        f'<div class="hero"><h1>{both(report.title)}</h1>'
        f'<p class="lead">{both(report.lead)}</p></div>'
        f'<ul class="tiles">{tiles}</ul>'
        f'<nav aria-label="{name}"><ul class="contents">{contents}</ul></nav>{caveat}'
        f"<noscript><p>{both(WORDS['no_script'])}</p></noscript>"
    )


def _section(position: int, section: Section) -> str:
    text = "".join(f"<p>{both(paragraph)}</p>" for paragraph in section.text)
    figures = "".join(_figure(figure) for figure in section.figures)
    tables = "".join(
        f'<div class="bare"><p class="table-title">{both(title)}</p>'
        f"{table_html(table, title)}</div>"
        for title, table in section.tables
    )
    return (
        f'<section id="s{position}"><h2><span class="number">{position}</span>'
        f"{both(section.title)}</h2>{text}{figures}{tables}</section>"
    )


def _figure(figure: Figure) -> str:
    note = f'<p class="note">{both(figure.note)}</p>' if figure.note else ""
    return (
        f'<figure id="f-{escape(figure.name)}"><figcaption>{both(figure.title)}</figcaption>'
        f'<div class="chart" data-chart="{escape(figure.name)}"'
        f' data-en="{escape(figure.title.en)}" data-zh="{escape(figure.title.zh)}"></div>{note}'
        f"<details{' open' if figure.open_table else ''}>"
        f"<summary>{both(WORDS['numbers'])}</summary>"
        f"{table_html(figure.table, figure.title)}</details></figure>"
    )


def _foot(report: Report) -> str:
    sources = "".join(f"<p>{both(source)}</p>" for source in report.sources)
    lines = "\n".join(escape(line) for line in report.proof)
    return (
        "<footer>"
        + (f"<h2>{both(WORDS['proof'])}</h2><pre>{lines}</pre>" if report.proof else "")
        + (f"<h2>{both(WORDS['sources'])}</h2>{sources}" if report.sources else "")
        + f"<p>{both(WORDS['made'])}</p></footer>"
    )


def _json(data: dict[str, Any]) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@cache
def _shipped(name: str) -> str:
    return files("yaosu.evaluation.report").joinpath(name).read_text(encoding="utf-8")


@cache
def _bundle() -> str:
    bundle: str = load_extra("vl_convert").javascript_bundle(SNIPPET, vl_version=VEGA_LITE)
    return bundle.replace("</script", "<\\/script")


SNIPPET = "window.vegaEmbed = vegaEmbed;"
VEGA_LITE = "6.4"  # of the bundle; the specifications of altair 5.4 and later are read by it

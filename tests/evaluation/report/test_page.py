"""The page: whole in itself, both languages, a table beside every chart, safe against its data."""

import json
import re

import pytest

from yaosu.evaluation.report.charts import Axis, columns, lines, signed_bars
from yaosu.evaluation.report.page import report_html
from yaosu.evaluation.report.parts import (
    Column,
    Figure,
    Report,
    Section,
    Table,
    Tile,
    Words,
    same,
)
from yaosu.evaluation.report.pictures import chart_png
from yaosu.evaluation.report.resolve import resolve
from yaosu.evaluation.report.tables import number, table_html
from yaosu.evaluation.report.tokens import DARK, LIGHT

pytest.importorskip("altair", reason="needs the extra report")
PRICE = Words("Price, CNY", "价格，元")
HOURS = [{"h": h, "p": 100 + h, "s": PRICE.pair} for h in range(3)]


def small_report(word: str = "Hello") -> Report:
    table = Table(
        (
            Column(Words("Hour", "小时"), "number"),
            Column(PRICE, "number", 2),
            Column(Words("Change", "变化"), "signed", 1),
            Column(Words("Equal", "一致"), "mark"),
        ),
        tuple((row["h"], row["p"], row["h"] - 1, row["h"] == 0) for row in HOURS),
    )
    x, y = Axis("h", Words("Hour", "小时"), "d"), Axis("p", PRICE)
    figures = (
        Figure("lines", Words("A line", "一条线"), lines(HOURS, x, y, "s", [PRICE]), table),
        Figure(
            "bars",
            Words("Bars", "柱"),
            signed_bars(
                [{"n": same("a").pair, "v": -1.0}], "n", [same("a").pair], Axis("v", PRICE)
            ),
            table,
        ),
    )
    return Report(
        title=Words(word, "你好"),
        lead=Words("Lead", "导语"),
        tiles=(Tile(same("1"), Words("one", "一")),),
        sections=(Section(Words("First", "第一"), (Words("Text", "文字"),), figures),),
        proof=("yaosu verify out/market.db",),
    )


def test_the_same_report_gives_the_same_bytes():
    assert report_html(small_report()) == report_html(small_report())


def test_the_page_names_no_file_and_no_address_to_load():
    page = report_html(small_report())
    outside_scripts = re.sub(r"<script\b.*?</script>", "", page, flags=re.S)
    assert not re.search(r"""(src|href)=["'](?!#|data:,)""", outside_scripts)
    assert "url(" not in outside_scripts
    assert "@import" not in outside_scripts
    assert "default-src 'none'" in page


def test_text_from_data_cannot_become_markup():
    page = report_html(small_report("</script><script>alert(1)</script><b>"))
    assert "<script>alert(1)" not in page
    assert "&lt;b&gt;" in page


def test_every_chart_has_its_table():
    page = report_html(small_report())
    figures = re.findall(r"<figure.*?</figure>", page, flags=re.S)
    assert len(figures) == 2
    for figure in figures:
        assert "data-chart=" in figure
        assert "<table>" in figure


def test_every_word_stands_in_both_languages():
    page = report_html(small_report())
    assert page.count('data-l="en"') == page.count('data-l="zh"')
    data = json.loads(re.search(r'id="report-data">(.*?)</script>', page, flags=re.S)[1])
    for name in data["charts"]:
        for language in ("en", "zh"):
            for theme in ("light", "dark"):
                text = json.dumps(resolve(data["charts"][name], language, theme))
                assert "@@" not in text
                assert "$$" not in text


def test_light_and_dark_have_the_same_tokens_and_readable_text():
    assert set(LIGHT) == set(DARK)
    for tokens in (LIGHT, DARK):
        for ink in ("ink", "quiet", "accent", "second", "plus", "minus"):
            for paper in ("paper", "card"):
                assert contrast(tokens[ink], tokens[paper]) >= 4.5, (ink, paper)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_numbers_are_grouped_and_a_rounded_nothing_has_no_sign():
    assert number(1234567.891, 2) == "1\u202f234\u202f567.89"
    assert number(-0.004, 2) == "0.00"
    assert number(-5, 0) == "−5"


def test_signs_and_marks_are_characters_and_not_colour_alone():
    html = table_html(small_report().sections[0].figures[0].table, same("t"))
    assert "−1.0" in html
    assert "+1.0" in html
    assert "✓" in html
    assert "✕" in html


def test_a_chart_becomes_a_picture_in_either_language():
    spec = columns(
        [{"y": "2005", "v": 0.03}], "y", ["2005"], Axis("v", PRICE, ".1%", zero=True), PRICE
    )
    english, chinese = chart_png(spec), chart_png(spec, language="zh", theme="dark")
    assert english[:8] == chinese[:8] == b"\x89PNG\r\n\x1a\n"
    assert english != chinese

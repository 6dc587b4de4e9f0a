"""The page in a real browser: nothing leaves the file, both languages, light and dark legible."""

import json
from pathlib import Path

import pytest

from tests.evaluation.report.test_page import contrast, small_report
from yaosu.evaluation.report.page import report_html
from yaosu.evaluation.report.resolve import resolve

pytest.importorskip("altair", reason="needs the extra report")
playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, tmp_path):
    """The page opened from a file, with every request and complaint it makes."""
    path = tmp_path / "report.html"
    path.write_text(report_html(small_report()), encoding="utf-8")
    page = browser.new_page(locale="en-GB", color_scheme="light")
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda line: page.complaints.append(line.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-drawn]")
    yield page
    page.close()


def test_no_request_leaves_the_file(opened):
    assert [url for url in opened.asked if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in opened.asked if url.startswith("file:")]) == 1
    assert opened.complaints == []


def test_each_chart_is_drawn_and_has_its_table(opened):
    assert opened.locator("figure .chart svg").count() == 2
    assert opened.locator("figure table").count() == 2
    assert opened.locator("figure .chart svg").first.get_attribute("aria-label") == "A line"


def test_the_language_is_switched_without_loading_again(opened):
    assert opened.locator("h1").inner_text() == "Hello"
    opened.locator("[data-set-lang=zh]").click()
    opened.wait_for_selector("html[data-drawn='zh light']")
    assert opened.locator("h1").inner_text() == "你好"
    assert opened.title() == "你好"
    assert "价格" in opened.locator("figure .chart svg").first.text_content()
    assert len([url for url in opened.asked if url.startswith("file:")]) == 1


def test_on_a_telephone_no_column_shrinks_to_one_character_and_no_label_is_cut(opened):
    opened.set_viewport_size({"width": 390, "height": 800})
    opened.locator("[data-set-lang=zh]").click()
    opened.wait_for_selector("html[data-drawn='zh light']")
    opened.locator("summary").first.click()
    assert opened.evaluate("document.documentElement.scrollWidth") == 390
    cells = "[...document.querySelectorAll('td:not(.n) [data-l=zh]')].map(c => c.closest('td'))"
    assert opened.evaluate(f"{cells}.every(c => !c.offsetWidth || c.offsetWidth >= 70)")
    cut = """[...document.querySelectorAll('.chart svg')].flatMap(drawing =>
        [...drawing.querySelectorAll('.role-legend-label text')]
            .filter(label => label.getBoundingClientRect().right
                > drawing.getBoundingClientRect().right)
            .map(label => label.textContent))"""
    assert opened.evaluate(cut) == []


def test_the_page_keeps_nothing(opened):
    opened.locator("[data-set-lang=zh]").click()
    opened.locator("[data-set-theme=dark]").click()
    opened.wait_for_selector("html[data-drawn='zh dark']")
    assert opened.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [
        0,
        0,
        "",
    ]
    opened.reload()
    opened.wait_for_selector("html[data-drawn='en light']")


def test_dark_is_legible(opened):
    opened.emulate_media(color_scheme="dark")
    opened.wait_for_selector("html[data-drawn='en dark']")
    for place in ("h1", ".lead", "figcaption", "td", "summary"):
        colour, paper = opened.evaluate(
            """place => {
              const hex = rgb => '#' + rgb.match(/[0-9]+/g).slice(0, 3)
                .map(n => Number(n).toString(16).padStart(2, '0')).join('');
              const one = document.querySelector(place);
              let back = one;
              while (getComputedStyle(back).backgroundColor === 'rgba(0, 0, 0, 0)')
                back = back.parentElement;
              const colours = [one, back].map(e => getComputedStyle(e));
              return [hex(colours[0].color), hex(colours[1].backgroundColor)];
            }""",
            place,
        )
        assert contrast(colour, paper) >= 4.5, (place, colour, paper)


def test_the_page_and_the_pictures_resolve_a_chart_alike(opened):
    spec = small_report().sections[0].figures[0].chart
    for language in ("en", "zh"):
        for theme in ("light", "dark"):
            mine = opened.evaluate(
                "([spec, lang, theme]) => window.yaosuResolve(spec, lang, theme)",
                [json.loads(json.dumps(spec)), language, theme],
            )
            assert mine == json.loads(json.dumps(resolve(spec, language, theme)))

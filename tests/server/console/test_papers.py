"""Documents and notices in a real browser: a paper is given, decided on, told of, and proved."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.serving import PASSWORD, Served, serve

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-core")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}
DESKTOP = {"width": 1280, "height": 900}
DEED = "%PDF-1.4\nthe deed of the field\n%%EOF\n"
LETTER = "The deed, copied out.\n" * 40


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = serve(tmp_path_factory.mktemp("papers") / "venue", sign_ins_per_minute="100000")
    yield made
    made.stop()


def opened(browser: Any, server: Served, login: str, viewport: dict[str, int]) -> Any:
    """A page of who is signed in, in a browser of its own; it complains of nothing."""
    context = browser.new_context(base_url=server.url, viewport=viewport, locale="en-GB")
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto("/desk")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main button.first")
    page.wait_for_url("**/desk")
    return page


def wait_for_bell(page: Any, count: str) -> None:
    """Until so many are not read."""
    for _ in range(100):
        page.goto("/notices")
        shown = page.locator(".bell b")
        if shown.count() and shown.inner_text() == count:
            return
        page.wait_for_timeout(100)
    raise AssertionError(page.locator(".bell").inner_html())


def test_a_paper_is_given_decided_on_told_of_and_proved(
    browser: Any, server: Served, tmp_path: Path
) -> None:
    """The applicant on a phone, the registrar at a desk, each by pages alone."""
    deed = tmp_path / "deed of the field.pdf"
    deed.write_text(DEED)
    anna = opened(browser, server, "anna", PHONE)
    anna.goto("/notices")
    assert "Nothing has come yet" in anna.locator("main").inner_text()
    anna.goto("/cases/case-1")
    assert "missing" in anna.locator("main").inner_text()
    anna.click("summary:has-text('Add a document')")
    anna.select_option("select[name=document]", "source")
    anna.set_input_files("input[type=file]", str(deed))
    anna.click("form:has(input[type=file]) button")
    anna.wait_for_url("**done=*")
    anna.click("section:has(caption) a:has(code)")
    anna.wait_for_url("**/documents/*")
    assert anna.locator("h1").inner_text() == "deed of the field.pdf"
    with anna.expect_download() as download:
        anna.click("a[download]")
    assert Path(download.value.path()).read_text() == DEED

    registrar = opened(browser, server, "registrar", DESKTOP)
    wait_for_bell(registrar, "1")
    registrar.click(".letters h2 a")
    registrar.wait_for_url("**/cases/case-1")
    assert registrar.locator(".bell b").count() == 0, "who goes there has read it"
    assert registrar.locator("td a:has(code)").count() == 1
    registrar.click("summary:has-text('Refuse')")
    registrar.fill("details[open] textarea", "the deed is not signed")
    registrar.click("details[open] form button")
    registrar.wait_for_url("**done=*")

    wait_for_bell(anna, "1")
    assert "Case case-1 is refused" in anna.locator(".letters h2").first.inner_text()
    for _ in range(100):  # the proof follows the notice
        if anna.locator("a[href^='/documents/']").count():
            break
        anna.wait_for_timeout(100)
        anna.reload()
    anna.click("a[href^='/documents/']")
    anna.wait_for_url("**/documents/*")
    proof = anna.locator("pre.shown").inner_text()
    assert "Proof of service" in proof
    assert "Your case case-1 is refused." in proof
    assert "signed" not in proof.split("What was sent")[1].replace("signed in", "")
    anna.goto("/notices")
    anna.click("[data-upto]")
    anna.wait_for_selector(".bell:not(:has(b))")
    anna.goto("/cases/case-1")
    assert "Notices that were served" in anna.locator("main").inner_text()
    anna.goto("/documents?x=")
    assert anna.locator("tbody tr").count() == 2
    assert [*anna.complaints, *registrar.complaints] == []


def test_what_is_wrong_with_a_file_is_said_where_it_was_chosen(
    browser: Any, server: Served, tmp_path: Path
) -> None:
    program, large = tmp_path / "deed.pdf", tmp_path / "large.txt"
    program.write_bytes(b"MZ\x90\x00\x03\x00")
    large.write_bytes(b"x")
    page = opened(browser, server, "bert", DESKTOP)
    page.goto("/documents")
    assert "No documents yet" in page.locator("main").inner_text()
    page.set_input_files("#file", str(program))
    page.click("[data-give] button")
    page.wait_for_selector("[data-said]:not(:empty)")
    assert "types that are taken" in page.locator("[data-said]").inner_text()
    page.evaluate("document.querySelector('[data-give]').dataset.most = '0'")
    page.set_input_files("#file", str(large))
    page.click("[data-give] button")
    playwright.expect(page.locator("[data-said]")).to_contain_text("large")
    page.goto(f"/documents/{'0' * 64}")
    assert "server.no_document" in page.locator("main").inner_text()
    assert page.complaints == []


def test_a_pdf_is_leafed_through(browser: Any, server: Served, tmp_path: Path) -> None:
    """Page by page on a phone, in both languages; what cannot be drawn can still be saved."""
    drawn: Any = pytest.importorskip("reportlab.pdfgen.canvas", reason="needs reportlab")
    pytest.importorskip("pypdfium2", reason="needs pypdfium2")
    whole, broken = tmp_path / "lease.pdf", tmp_path / "broken.pdf"
    paper = drawn.Canvas(str(whole))
    for line in ("the first page", "the second"):
        paper.drawString(100, 700, line)
        paper.showPage()
    paper.save()
    broken.write_bytes(b"%PDF-1.7 and no more")
    page = opened(browser, server, "bert", PHONE)
    for file in (whole, broken):
        page.goto("/documents")
        page.set_input_files("#file", str(file))
        page.click("[data-give] button")
        page.wait_for_url("**/documents/*")
    page.goto("/documents")
    page.click("a:has-text('lease.pdf')")
    picture = page.locator("img.shown-picture")
    assert picture.get_attribute("alt") == "Page 1 of 2 of lease.pdf"
    assert picture.evaluate("one => one.decode().then(() => one.naturalWidth)") > 1_000
    page.click("a[rel=next]")
    page.wait_for_url("**page=2")
    assert picture.get_attribute("alt") == "Page 2 of 2 of lease.pdf"
    assert page.locator("a[rel=next]").count() == 0
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    page.goto("/documents")
    page.click("a:has-text('broken.pdf')")
    assert "cannot be drawn" in page.locator(".notice.wait").inner_text()
    assert page.locator("a[download]").count() == 1
    assert page.complaints == []


def test_choices_are_kept(browser: Any, server: Served) -> None:
    page = opened(browser, server, "bert", DESKTOP)
    page.goto("/notices/wishes")
    assert "No e-mail goes out" in page.locator("main").inner_text()
    page.select_option("#language", "zh")
    page.uncheck("input[value=halt]")
    page.click("[data-wish] button")
    page.wait_for_selector("[data-good]:not(:empty)")
    page.goto("/notices/wishes")
    assert page.locator("#language").input_value() == "zh"
    assert not page.is_checked("input[value=halt]")
    assert page.is_checked("input[value=right_frozen]")


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh", "dark")])
def test_every_page_is_open_to_everybody(
    browser: Any, server: Served, language: str, theme: str
) -> None:
    """No finding of axe-core, and no page wider than a narrow window."""
    with server.as_("registrar") as registrar:
        given = {"content": LETTER.encode(), "params": {"name": "letter.txt", "kind": "deed"}}
        digest = registrar.post("/v1/documents", **given).json()["document"]
    page = opened(browser, server, "registrar", DESKTOP)
    for name, value in (("language", language), ("theme", theme)):
        page.click(".reader summary")
        page.click(f"button[name={name}][value={value}]")
        page.wait_for_load_state()
    for path in ("/documents", f"/documents/{digest}", "/notices", "/notices?unread=true",
                 "/notices/wishes", "/cases/case-1"):  # fmt: skip
        page.set_viewport_size(DESKTOP)
        page.goto(path)
        found = axe.Axe().run(page).response["violations"]
        assert [(path, one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
        page.set_viewport_size(NARROW)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert (path, wide) <= (path, NARROW["width"])
    assert page.complaints == []

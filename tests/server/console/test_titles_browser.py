"""A title's way through the browser: applied for with a document, decided, certified, verified."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.console.applications import adopt_procedures
from tests.server.serving import PASSWORD, Served, serve

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-core")
pytest.importorskip("reportlab", reason="needs reportlab")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]
PHONE, NARROW, DESKTOP = ({"width": w, "height": 844} for w in (390, 320, 1280))
DEED = "%PDF-1.4\nthe contract of the transfer\n%%EOF\n"
PAGES = ("/verify", "/apply", "/apply/transfer?right=gpu-anna",
         "/apply/first_registration?factor=compute")  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("titles") / "venue"
    with pytest.MonkeyPatch.context() as patch:
        adopt_procedures(patch)
        made = serve(folder, sign_ins_per_minute="100000")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def page(server: Served) -> Iterator[Any]:
    """One page in one browser, for all; it complains of nothing."""
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        context = chromium.new_context(base_url=server.url, viewport=DESKTOP, locale="en-GB")
        opened = context.new_page()
        complaints: list[str] = []
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        yield opened
        chromium.close()
        assert complaints == []


def sign_in(page: Any, login: str) -> None:
    page.context.clear_cookies()
    page.goto("/desk")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main button.first")
    page.wait_for_url("**/desk")


def complete(page: Any, case: str) -> None:
    """The stage that is the reader's is completed."""
    page.goto(f"/cases/{case}")
    page.locator("summary", has_text="Complete").first.click()
    page.locator("details[open] form button.first").first.click()
    page.wait_for_selector(".notice.done")


def test_a_title_is_applied_for_decided_certified_and_verified_by_a_stranger(
    page: Any, server: Served, tmp_path: Path
) -> None:
    """By pages alone: the holder on a phone, the registrar, the holder again, nobody known."""
    deed = tmp_path / "contract.pdf"
    deed.write_text(DEED)
    page.set_viewport_size(PHONE)
    sign_in(page, "anna")
    page.goto("/register/gpu-anna")
    page.click("a:has-text('Transfer of a right')")
    page.fill("#fact_target", "carl")
    page.fill("#field_lots", "25")
    for name in ("application", "contract", "tax"):
        page.set_input_files(f"#document_{name}-file", str(deed))
        page.wait_for_selector(f"[data-paper=document_{name}] [data-kept]:has-text('Kept:')")
    page.click("[data-preview]")
    page.wait_for_selector("dialog[open]")
    told = page.locator("dialog [data-told-again]").inner_text()
    assert "carl" in told
    assert "10 working days" in told
    page.click("dialog .first")
    page.wait_for_selector(".notice.done")
    case = page.url.rpartition("/")[2].partition("?")[0]
    assert case.startswith("transfer-")

    page.set_viewport_size(DESKTOP)
    sign_in(page, "registrar")
    page.goto("/cases")
    page.click(f"a:has-text('{case}')")
    assert "On approval: Transfer the title" in page.locator("main").inner_text()
    complete(page, case)
    sign_in(page, "anna")
    complete(page, case)
    sign_in(page, "registrar")
    complete(page, case)
    assert "carried out" in page.locator("main .lead").inner_text().lower()

    sign_in(page, "carl")
    page.goto("/register")
    page.click("tbody a")
    with page.expect_download() as coming:
        page.click("a:has-text('Download as PDF')")
    paper = tmp_path / "title.pdf"
    coming.value.save_as(paper)
    page.context.clear_cookies()
    page.goto("/verify")
    page.set_input_files("#certificate", str(paper))
    page.wait_for_selector("[data-verdict] h2:has-text('You may rely on it.')")
    assert "carl" in page.locator("[data-verdict]").inner_text()
    raw = bytearray(paper.read_bytes())
    raw[9_000] ^= 4
    paper.write_bytes(raw)
    page.set_input_files("#certificate", str(paper))
    page.wait_for_selector("[data-said]:has-text('not the file that was signed')")
    assert page.locator("[data-verdict] h2").count() == 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_of_titles_are_for_everybody_and_fit_a_narrow_phone(
    page: Any, server: Served, language: str
) -> None:
    """axe-core finds nothing, in either language; 320 pixels are enough."""
    sign_in(page, "anna")
    look = {"name": "yaosu_look", "value": f"{language}..red", "url": server.url}
    page.context.add_cookies([look])
    for address in PAGES:
        page.set_viewport_size(DESKTOP)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        found = axe.Axe().run(page)
        assert found.violations_count == 0, (address, found.generate_report())
        page.set_viewport_size(NARROW)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= NARROW["width"], (address, wide)

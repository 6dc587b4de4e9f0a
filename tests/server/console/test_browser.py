"""The pages in a real browser: people's ways through them, and what every page must keep."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.server.serving import PASSWORD, Served, ask

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-core")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}  # a page of 640 at 200 %
DESKTOP = {"width": 1280, "height": 900}
OPEN_PAGES = ("/", "/markets/call", "/enter", "/join", "/styleguide", "/markets/none")
OWN_PAGES = ("/desk", "/markets/call/order", "/register", "/register/gpu-anna", "/journal",
             "/cases", "/cases/case-1", "/desk/statement?from=2026-11-01",
             "/tokens")  # fmt: skip
KILOBYTES_MAX = 150


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any, served: Served) -> Iterator[Any]:
    """A page that notes what it asks for elsewhere, and what it complains of."""
    context = browser.new_context(base_url=served.url, viewport=DESKTOP, locale="en-GB")
    opened = context.new_page()
    opened.elsewhere, opened.complaints = [], []
    opened.on(
        "request",
        lambda asked: (
            asked.url.startswith((served.url, "data:")) or opened.elsewhere.append(asked.url)
        ),
    )
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    yield opened
    assert opened.elsewhere == []
    assert opened.complaints == []
    context.close()


def sign_in(page: Any, login: str = "anna", to: str = "/desk") -> None:
    page.goto(to)
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main button.first")
    page.wait_for_url(f"**{to}")


def test_a_newcomer_sees_the_markets_and_is_told_why_not_in(page: Any) -> None:
    page.goto("/")
    assert page.locator("h1").inner_text() == "Markets today"
    page.goto("/desk")
    assert page.url.endswith("/enter?to=%2Fdesk")
    page.fill("#login", "anna")
    page.fill("#password", "not the password")
    page.click("main button.first")
    page.wait_for_selector("[data-said]:not(:empty)")
    assert "password" in page.locator("[data-said]").inner_text()
    page.fill("#password", PASSWORD)
    page.click("main button.first")
    page.wait_for_url("**/desk")
    page.click("[data-leave]")
    page.wait_for_url("**/")
    page.goto("/desk")
    assert "/enter" in page.url


def test_a_bidder_on_a_phone_orders_and_checks_the_proof(page: Any) -> None:
    """Checked while one types, held as said, sent once, proved in the browser itself."""
    page.set_viewport_size(PHONE)
    sign_in(page, to="/markets/call/order")
    preview = page.locator("[data-preview]")
    assert preview.is_disabled()
    page.fill("#price", "0.005")
    assert "0.01" in page.locator("#price-said").inner_text()
    page.fill("#price", "1250")
    page.fill("#lots", "999999999")
    assert "more than" in page.locator("#lots-said").inner_text()
    page.fill("#price", "0.02")
    page.fill("#lots", "3")
    assert "0.06 CNY" in page.locator("[data-holds]").inner_text()
    preview.click()
    assert "buy 3 lots of gpu" in page.locator("[data-sure]").inner_text()
    page.click("[data-confirm] .first")
    page.click("[data-entry]")
    page.wait_for_url("**/journal/*")
    page.click("[data-check]")
    page.wait_for_selector("[data-said]:not(:empty)")
    assert page.locator("[data-said]").inner_text().startswith("It is:")


def test_the_proof_in_the_page_fails_for_another_entry(page: Any, served: Served) -> None:
    """The page's own arithmetic decides, not the server's word."""
    sign_in(page)
    with served.as_("anna") as client:
        mine = client.get("/v1/entries", params={"limit": 1}).json()["rows"][0]
        proof = client.get(f"/v1/entries/{mine['sequence']}/proof").text
        keys = client.get("/v1/venue").json()["keys"]
    script = page.locator("script[src*=doors]").get_attribute("src").replace("doors", "proof")
    check = """async ([script, proof, keys, number, hash]) => {
        const { check } = await import(script);
        return (await check(proof, keys, number, hash)).proved;
    }"""
    good = [script, proof, keys, mine["sequence"], mine["hash"]]
    assert page.evaluate(check, good) is True
    assert page.evaluate(check, [*good[:4], "00" * 32]) is False
    assert page.evaluate(check, [*good[:3], mine["sequence"] + 1, mine["hash"]]) is False
    lines = proof.split("\n")
    for at in range(3, lines.index("")):  # a sibling of the path, changed
        bent = [*lines]
        bent[at] = ("B" if bent[at][0] == "A" else "A") + bent[at][1:]
        assert page.evaluate(check, [script, "\n".join(bent), *good[2:]]) is False
    stranger = f"{keys[0].split('+')[0]}+00000000+AQ{'A' * 42}"
    assert page.evaluate(check, [script, proof, [stranger], *good[3:]]) is False


def test_a_supervisor_reads_the_whole_journal_and_a_bidder_only_what_is_hers(page: Any) -> None:
    sign_in(page, "supervisor", "/journal")
    assert page.locator("tbody tr").count() > 10
    page.goto("/journal/0")
    assert page.locator("h1").inner_text() == "Entry 0"
    page.click("[data-leave]")
    page.wait_for_url("**/")
    sign_in(page, "anna", "/journal")
    assert set(page.locator("tbody td:nth-child(3)").all_inner_texts()) <= {"anna"}
    page.goto("/journal/0")
    assert "server.unknown_row" in page.locator("main").inner_text()


def test_language_appearance_and_colours_are_kept_by_the_browser(page: Any) -> None:
    """Red rises for Chinese readers, green for others; the switch overrules both."""
    page.goto("/styleguide")
    assert page.locator("html").get_attribute("data-rise") == "green"
    page.click(".reader summary")
    page.click("button[name=language][value=zh]")
    page.wait_for_selector("html[lang=zh-Hans]")
    assert page.url.endswith("/styleguide")
    assert page.locator("html").get_attribute("data-rise") == "red"
    page.click(".reader summary")
    page.click("button[name=theme][value=dark]")
    page.wait_for_selector("html[data-theme=dark]")
    page.goto("/")
    assert page.locator("h1").inner_text() == "今日行情"
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_nobody_needs_a_mouse(page: Any) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.goto("/enter")
    page.fill("#login", "anna")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    assert page.locator("[data-leave]").count() == 1


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh", "dark")])
def test_every_page_is_open_to_everybody(page: Any, language: str, theme: str) -> None:
    """No finding of axe-core; no page wider than a narrow window; none heavier than stated."""
    sign_in(page)
    if language == "zh":
        page.click(".reader summary")
        page.click("button[name=language][value=zh]")
        page.wait_for_selector("html[lang=zh-Hans]")
    page.click(".reader summary")
    page.click(f"button[name=theme][value={theme}]")
    page.wait_for_selector(f"html[data-theme={theme}]")
    for path in (*OPEN_PAGES, *OWN_PAGES):
        page.set_viewport_size(DESKTOP)
        page.goto(path)
        found = axe.Axe().run(page).response["violations"]
        assert [(path, one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
        page.set_viewport_size(NARROW)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert (path, wide) <= (path, NARROW["width"])


def test_pages_are_light(page: Any, served: Served) -> None:
    """All that the first page loads, and that nothing of it comes from elsewhere."""
    sizes = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    page.goto("/markets/call")
    page.wait_for_load_state("networkidle")
    assert sum(sizes) < KILOBYTES_MAX * 1024
    policy = page.goto("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_what_the_registrar_enters_is_on_the_page_at_once(page: Any, served: Served) -> None:
    sign_in(page, "registrar", "/register/gpu-bert")
    assert "Current" in page.locator("main").inner_text()
    with served.as_("registrar") as client:
        answer = ask(
            client,
            "rights.freeze_right",
            "freeze-1",
            entry="f-1",
            right="gpu-bert",
            reason="order 7",
        )
        assert answer.status_code == 200, answer.text
        page.reload()
        shown = page.locator("main").inner_text()
        answer = ask(client, "rights.release_right", "thaw-1", entry="f-1")
        assert answer.status_code == 200, answer.text
    assert "Frozen" in shown
    assert "order 7" in shown


def test_a_case_goes_on_in_the_browser_as_the_journal_has_it(page: Any, tmp_path: Path) -> None:
    """The applicant adds the paper that was missing, by its digest; the registrar completes."""
    paper = tmp_path / "deed.txt"
    paper.write_text("the deed")
    sign_in(page, "anna", "/cases")
    page.click("text=case-1")
    page.wait_for_url("**/cases/case-1")
    assert page.locator("text=Complete the stage").count() == 0
    page.click("summary:has-text('Add a document')")
    page.select_option("select[name=document]", "source")
    page.set_input_files("input[type=file]", str(paper))
    page.click("details[open].act button")
    page.wait_for_selector(".notice.done")
    assert sha256(b"the deed").hexdigest()[:16] in page.locator("main").inner_text()
    page.click("[data-leave]")
    page.wait_for_url("**/")
    sign_in(page, "registrar", "/cases/case-1")
    page.click("summary:has-text('Refuse the case')")
    page.fill("details[open].act textarea", "   ")
    page.click("details[open].act button")
    page.wait_for_selector("details[open].act [data-said]:not(:empty)")
    assert "reason" in page.locator("details[open].act [data-said]").inner_text()
    page.click("summary:has-text('Refuse the case')")
    page.click("summary:has-text('Complete the stage')")
    page.fill("details[open].act textarea", "complete")
    page.click("details[open].act button")
    page.wait_for_selector(".notice.done")
    assert "public notice" in page.locator(".chain li.now").first.inner_text()
    page.click(".notice.done a")
    page.wait_for_url("**/journal/*")
    assert "cases.complete_stage" in page.locator("main").inner_text()


def test_a_bidder_takes_an_order_back_from_the_desk(page: Any, served: Served) -> None:
    with served.as_("anna") as client:
        row = {"instrument": "gpu", "region": "east", "side": 1, "price": 7, "quantity": 70}
        key = {"Idempotency-Key": "to-be-taken-back"}
        answer = client.post("/v1/markets/call/orders", json=[row], headers=key)
        assert answer.status_code == 200, answer.text
    page.set_viewport_size(PHONE)
    sign_in(page)
    mine = page.locator("tbody tr:has-text('70')").filter(has_text="0.07")
    assert mine.count() == 1
    mine.locator("summary").click()
    mine.locator("button").click()
    page.wait_for_selector(".notice.done")
    assert mine.count() == 0


def test_an_operator_halts_and_resumes_and_makes_a_token(page: Any, served: Served) -> None:
    sign_in(page, "operator", "/operate")
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    page.set_viewport_size(DESKTOP)
    live = page.locator("tbody tr:has(a[href='/markets/live'])")
    live.locator("summary:has-text('Halt trading')").click()
    live.locator("details[open] textarea").fill("a test")
    live.locator("details[open] button").click()
    page.wait_for_selector(".notice.done")
    live.locator("summary:has-text('Resume trading')").click()
    live.locator("details[open] button").click()
    live.locator("summary:has-text('Halt trading')").wait_for()
    page.goto("/tokens")
    page.fill("#name", "a program")
    page.click("[data-token] button.first")
    page.wait_for_selector("[data-made] code:not(:empty)")
    secret = page.locator("[data-made] code").inner_text()
    with served.as_() as client:
        headers = {"Authorization": f"Bearer {secret}"}
        assert client.get("/v1/markets", headers=headers).status_code == 200
        page.reload()
        assert secret not in page.content()
        page.click("[data-end][aria-label$='a program']")
        page.locator("text=a program").wait_for(state="detached")
        assert client.get("/v1/markets", headers=headers).status_code == 401

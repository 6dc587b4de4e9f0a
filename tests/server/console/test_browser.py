"""The pages in a real browser: people's ways through them, and what every page must keep."""

import json
import time
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.server.serving import PASSWORD, Served, ask
from yaosu.kernel.canonical import encode
from yaosu.kernel.columns import Columns, Text

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
OPEN_PAGES = (
    "/",
    "/markets/call",
    "/markets/live",
    "/listings",
    "/listings/l1",
    "/markets/tariff",
    "/markets/table",
    "/markets/loans",
    "/markets/places",
    "/markets/bundles",
    "/enter",
    "/join",
    "/styleguide",
    "/markets/none",
)
OWN_PAGES = ("/desk", "/markets/call/order", "/markets/live/order", "/register",
             "/register/gpu-anna", "/journal",
             "/cases", "/cases/case-1", "/desk/statement?from=2026-11-01",
             "/tokens", "/offer", "/why", "/desk/limits")  # fmt: skip
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


def test_a_newcomer_joins_is_admitted_and_looks_around(page: Any, served: Served) -> None:
    """From a one-time link to the first order form, with what is missing told on the way."""
    with served.as_("operator") as operator, served.as_("registrar") as registrar:
        new = {"party": "dora", "kind": "organisation", "name": "Dora"}
        assert ask(operator, "parties.register_party", "dora", **new).status_code == 200
        made = operator.post("/v1/logins", json={"login": "dora", "parties": ["dora"]})
        assert made.status_code == 201, made.text
        page.goto(f"/join#{made.json()['link']}")
        page.fill("#password", PASSWORD)
        page.click("main button.first")
        page.wait_for_selector("[data-done]:not([hidden])")
        sign_in(page, "dora", "/desk")
        bidder = page.locator("tr[data-key='compute-bidder']")
        bidder.locator("summary").click()
        assert "identity" in bidder.inner_text()  # what is missing, before anything is asked
        assert bidder.locator("button").count() == 0
        page.wait_for_selector("[data-state=live]")
        attested = {"attestation": "identity-dora", "about": "dora", "kind": "identity"}
        answer = ask(registrar, "parties.issue_attestation", "attest-dora", **attested)
        assert answer.status_code == 200, answer.text
    bidder.locator("button:enabled").click(timeout=15_000)  # the page followed by itself
    page.wait_for_selector(".notice.done")
    assert "admitted" in page.locator("tr[data-key='compute-bidder']").inner_text()
    page.goto("/")
    page.click("main a[href='/markets/live']")
    page.click("text=Place an order")
    assert page.locator("[data-ticket]").count() == 1


def test_a_bidder_on_a_phone_orders_and_the_proof_is_checked(page: Any) -> None:
    """Tried while one types, held as said, sent once, proved in the browser itself."""
    page.set_viewport_size(PHONE)
    sign_in(page, to="/markets/call/order")
    preview = page.locator("[data-preview]")
    assert preview.is_disabled()
    page.fill("#order-price", "0.005")
    page.wait_for_selector("#order-price-said:not(:empty)")
    assert "0.01" in page.locator("#order-price-said").inner_text()
    page.fill("#order-price", "1250")
    page.fill("#order-quantity", "999999999")
    page.wait_for_selector("[data-refused]:not(:empty)")
    assert "has" in page.locator("[data-refused]").inner_text()
    assert preview.is_disabled()
    page.fill("#order-price", "0.02")
    page.fill("#order-quantity", "3")
    page.wait_for_selector("[data-write] [data-holds] li")
    assert "0.06 CNY" in page.locator("[data-write] [data-holds]").inner_text()
    preview.click()
    assert "gpu" in page.locator("[data-sure]").inner_text()
    page.click("[data-confirm] .first")
    page.wait_for_selector("[data-proved]:not(:empty)")
    assert page.locator("[data-proved]").inner_text().startswith("Proved:")
    page.click("[data-entry]")
    page.wait_for_url("**/journal/*")


def test_a_page_follows_the_market_and_says_when_it_does_not(page: Any, served: Served) -> None:
    """An order of somebody else comes in by itself; what is unfolded stays so."""
    sign_in(page)
    page.goto("/markets/live")
    page.wait_for_selector("[data-state=live]")
    page.evaluate("document.querySelector('main').dataset.same = 'yes'")
    with served.as_("bert") as client:
        row = {"instrument": "gpu", "region": "east", "side": 1, "price": 41, "quantity": 17}
        key = {"Idempotency-Key": "seen-by-anna"}
        answer = client.post("/v1/markets/live/orders", json=[row], headers=key)
        assert answer.status_code == 200, answer.text
        page.locator(".ladder .buys", has_text="0.41").wait_for()
        assert page.locator(".ladder .buys", has_text="0.41").locator(".deep").inner_text() == "17"
        page.context.set_offline(True)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_selector("[data-state=reconnecting]")
        cancel = {"market": "live", "batch": "seen-by-anna"}
        assert ask(client, "markets.cancel_orders", "gone-again", **cancel).status_code == 200
        page.context.set_offline(False)
        page.wait_for_selector("[data-state=live]", timeout=15_000)
    page.locator(".ladder .buys", has_text="0.41").wait_for(state="detached")
    assert page.locator("main").get_attribute("data-same") == "yes"  # never loaded anew


def test_a_bidder_trades_on_a_phone_replaces_and_takes_back(page: Any, served: Served) -> None:
    """Continuous trading: a limit order is replaced, then taken back; a market order is refused."""
    page.set_viewport_size(PHONE)
    sign_in(page, to="/markets/live/order")
    page.fill("#order-price", "0.31")
    page.fill("#order-quantity", "5")
    page.select_option("#order-time_in_force", "gtd")
    page.fill("#order-expiry", "2026-01-01T00:00")
    page.wait_for_selector("[data-refused]:not(:empty)")
    page.select_option("#order-time_in_force", "gtc")
    page.locator("[data-preview]:enabled").click()
    page.click("[data-confirm] .first")
    page.wait_for_selector("[data-proved]:not(:empty)")
    page.goto("/markets/live")
    page.wait_for_selector("[data-state=live]")
    mine = page.locator(".own tbody tr", has_text="0.31")
    mine.locator("summary", has_text="Replace").click()
    mine.locator("input[name=price]").fill("0.33")
    mine.locator("form[data-ask='markets.replace_order'] button").click()
    page.wait_for_selector(".notice.done")
    mine = page.locator(".own tbody tr", has_text="0.33")
    mine.locator("summary", has_text="Take back").click()
    mine.locator("form[data-ask='markets.cancel_orders'] button").click()
    mine.wait_for(state="detached")
    assert page.wait_for_selector(".notice.done")


def test_a_bidder_on_a_phone_is_let_in_bids_and_puts_the_end_off(page: Any, served: Served) -> None:
    """An English listing with a soft close; being outbid is told on the page as it happens."""
    ends = int(time.time() * 1e6) + 240_000_000
    with served.as_("bert") as bert:
        up = {"listing": "l2", "right": "gpu-bert", "terms": "quick_rising", "price": 100_000}
        up |= {"lots": 100, "increment": 5_000, "ends": ends}
        assert ask(bert, "markets.open_listing", "put-up-2", **up).status_code == 200
    page.set_viewport_size(PHONE)
    sign_in(page)
    page.goto("/listings/l2")
    page.wait_for_selector("[data-state=live]")
    enter = page.locator("form[data-ask='markets.enter_listing']")
    assert "100.00 CNY" in enter.locator("[data-holds] li").first.inner_text()
    enter.locator("[data-preview]:enabled").click()
    enter.locator("[data-confirm] .first").click()
    enter.locator("[data-proved]:not(:empty)").wait_for()
    page.goto("/listings/l2")
    bid = page.locator("form[data-ask='markets.place_bid']")
    bid.locator("input[name=price]").fill("900")
    bid.locator("[data-refused]:not(:empty)").wait_for()
    assert bid.locator("[data-preview]").is_disabled()
    bid.locator("input[name=price]").fill("1000")
    bid.locator("[data-preview]:enabled").click()
    bid.locator("[data-confirm] .first").click()
    page.locator("text=Your bid is the highest.").wait_for()
    until = page.locator("[data-until]").first.get_attribute("data-until")
    assert until is not None
    assert datetime.fromisoformat(until).timestamp() * 1e6 > ends  # seven minutes after the bid
    with served.as_("carl") as carl, served.as_("operator") as operator:
        given = {"party": "carl", "currency": "CNY", "amount_minor": 10_000_000}
        assert ask(operator, "settlement.record_deposit", "for-carl", **given).status_code == 200
        assert ask(carl, "markets.enter_listing", "carl-in", listing="l2").status_code == 200
        higher = ask(carl, "markets.place_bid", "carl-bids", listing="l2", price=105_000)
        assert higher.status_code == 200, higher.text
    page.locator("text=You were outbid.").wait_for()
    assert "1\u202f100.00" in page.locator("main").inner_text()  # the least that tops it


def test_a_sealed_bid_is_sealed_in_the_browser_and_opened_with_what_was_kept(
    page: Any, served: Served, tmp_path: Path
) -> None:
    """The venue gets ciphertext and a commitment; the file that the bidder kept opens it."""
    with served.as_("bert") as bert:
        up = {"listing": "l3", "right": "gpu-bert", "terms": "quick_sealed", "price": 100_000}
        up |= {"lots": 100, "ends": int(time.time() * 1e6) + 20_000_000}
        put_up = ask(bert, "markets.open_listing", "put-up-3", **up)
        assert put_up.status_code == 200, put_up.text
    with served.as_("anna") as anna:
        assert ask(anna, "markets.enter_listing", "anna-in-3", listing="l3").status_code == 200
    sign_in(page)
    page.goto("/listings/l3")
    bid = page.locator("form[data-ask='markets.seal_bid']")
    bid.locator("input[name=price]").fill("1234.56")
    bid.locator("[data-preview]:enabled").click()
    assert bid.locator("[data-confirm] .first").is_disabled()
    with page.expect_download() as kept:
        bid.locator("[data-keep]").click()
    file = tmp_path / kept.value.suggested_filename
    kept.value.save_as(file)
    bid.locator("[data-confirm] .first").click()
    bid.locator("[data-proved]:not(:empty)").wait_for()
    opening = json.loads(file.read_text())
    assert opening["content"] == {"price": [123_456], "quantity": [1]}
    with served.as_("supervisor") as supervisor:
        entry = bid.locator("[data-entry]").get_attribute("href").rsplit("/", 1)[1]
        told = supervisor.get(f"/v1/entries/{entry}").text
        assert "123456" not in told
        assert "hash_commitment" in told
    page.goto("/listings/l3")
    form = page.locator("form[data-open]")
    form.wait_for(timeout=60_000)  # bidding ends, and the page shows it by itself
    form.locator("input[type=file]").set_input_files(str(file))
    form.locator("button").click()
    page.wait_for_selector(".notice.done")
    page.locator("text=1\u202f234.56").first.wait_for()


def test_canonical_bytes_of_the_browser_are_those_of_the_journal(page: Any) -> None:
    """A second implementation, held against the first: numbers, texts, maps, columns, seals."""
    page.goto("/")
    script = page.locator("script[src*=doors]").get_attribute("src")
    values: list[Any] = [
        None, True, False, 0, 127, 128, 255, 256, 65535, 65536, 2**32, 2**53 - 1, -1, -32, -33,
        -128, -129, -32769,
        "", "land", "\u8981\u7d20", "e\u0301", "a" * 31, "a" * 32, "a" * 300, [],
        [1, [2, "three"]], {"b": 1, "a": 2, "aa": {"z": None}}, list(range(20)),
        {f"k{n}": n for n in range(20)},
    ]  # fmt: skip
    how = """async ([script, values, tables]) => {
        const { encode, Columns } = await import(script.replace("doors", "canonical"));
        const two = (byte) => byte.toString(16).padStart(2, "0");
        const hex = (value) => [...encode(value)].map(two).join("");
        return [...values.map(hex), ...tables.map((one) => hex(new Columns(one)))];
    }"""
    tables: list[dict[str, list[Any]]] = [
        {"price": [2500, -1]},
        {"price": [5], "region": ["east"], "instrument": ["gpu"]},
        {"region": ["west", "east", "\u897f", "east"], "side": [1, -1, 1, -1]},
    ]
    found = page.evaluate(how, [script, values, tables])
    wanted = [encode(unicodedata.normalize("NFC", v) if isinstance(v, str) else v) for v in values]
    wanted += [encode(Columns.of(**{k: _column(v) for k, v in one.items()})) for one in tables]
    assert found == [one.hex() for one in wanted]


def _column(cells: list[Any]) -> Any:
    return Text.of(cells) if isinstance(cells[0], str) else np.array(cells, np.int64)


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

"""The operator's way: an empty folder, one link, and an exchange set up in the browser alone."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.console.test_browser import DESKTOP, NARROW, PASSWORD, axe, playwright, pytestmark

__all__ = ["pytestmark"]
CHROMIUM = "/usr/bin/chromium"
STEPS = ("venue", "key", "rules", "regions", "calendar", "factors", "offices")


class Fresh:
    """A server over an empty folder; ``again`` stops it and starts it anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start("--new")

    def start(self, *flags: str) -> None:
        words = (sys.executable, "-m", "yaosu", "serve", str(self.folder), "--json", *flags)
        self.process = subprocess.Popen(
            [*words, "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        told = json.loads(self.process.stdout.readline())
        self.url, self.link = str(told["url"]), told["first_link"]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def again(self) -> None:
        self.stop()
        self.start()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Fresh]:
    made = Fresh(tmp_path / "my-exchange")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport=DESKTOP, locale="en-GB")
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    assert complaints == []
    context.close()


def come_in(page: Any, link: str, login: str, to: str) -> None:
    """Open a one-time link, choose the password, sign in."""
    page.goto(link)
    page.fill("#password", PASSWORD)
    page.click("main button.first")
    page.wait_for_selector("[data-done]:not([hidden])")
    site = link.partition("/join")[0]
    page.goto(f"{site}{to}")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main button.first")
    page.wait_for_url(f"**{to}")


def confirm(page: Any) -> None:
    """Look at the preview, then confirm it."""
    page.click("[data-preview]")
    page.wait_for_selector("dialog[open]")
    assert page.locator("dialog [data-told-again] dt").count() > 0
    with page.expect_navigation():
        page.click("dialog .first")
    page.wait_for_selector(".notice.done")


def step_of(page: Any) -> str:
    return str(page.locator("[data-draft]").get_attribute("data-draft"))


def is_open_to_everybody(page: Any) -> None:
    """No finding of axe-core, and no wider than a narrow window."""
    found = axe.Axe().run(page).response["violations"]
    assert [(page.url, one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    page.set_viewport_size(NARROW)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert (page.url, wide) <= (page.url, NARROW["width"])
    page.set_viewport_size(DESKTOP)


def set_up(page: Any, fresh: Fresh) -> None:
    """All steps with what they suggest, and names where they suggest none."""
    page.fill("#operator_name", "The exchange")
    page.fill("#authority_name", "Reform office")
    confirm(page)
    for name in STEPS[1:]:
        assert step_of(page) == name
        if name == "regions":
            page.select_option("#tree", "own")
        if name == "factors":
            page.check("input[value=compute]")
        if name == "offices":
            for office in ("registrar", "supervisor"):
                page.fill(f"#{office}_name", office.capitalize())
                page.fill(f"#{office}_id", office)
        confirm(page)


def test_an_operator_sets_up_an_exchange_in_the_browser(page: Any, fresh: Fresh) -> None:
    """From an empty folder to an open market, left on the way and gone on with."""
    assert fresh.link is not None
    page.goto(fresh.url)
    assert "/enter" in page.url  # nobody is led in without the link
    come_in(page, fresh.link, "operator", "/setup")
    is_open_to_everybody(page)
    page.fill("#currency", "yuan")
    page.click("[data-preview]")
    page.wait_for_selector("#operator_name-said:not(:empty)")
    assert page.locator("dialog[open]").count() == 0
    page.fill("#currency", "CNY")
    page.select_option("#language", "zh")
    page.fill("#operator_name", "The exchange")
    page.fill("#authority_name", "Reform office")
    confirm(page)
    assert step_of(page) == "key"
    fresh.again()
    assert fresh.link is None
    come_back(page, fresh)
    assert step_of(page) == "key"
    assert 'language = "zh"' in (fresh.folder / "yaosu.toml").read_text()
    page.goto(f"{fresh.url}/setup?step=rules")
    page.fill("#fee", "75.50")
    confirm(page)
    page.goto(f"{fresh.url}/operate/rules")
    is_open_to_everybody(page)


def come_back(page: Any, fresh: Fresh) -> None:
    page.goto(f"{fresh.url}/enter?to=/setup")
    page.fill("#login", "operator")
    page.fill("#password", PASSWORD)
    page.click("main button.first")
    page.wait_for_url("**/setup")


def test_operator_and_supervisor_go_their_ways_in_the_browser(
    page: Any, browser: Any, fresh: Fresh, tmp_path: Path
) -> None:
    """Every step an entry; the authority handed over, a market opened, members moved in;
    then a supervisor halts it and replays the whole period."""
    come_in(page, fresh.link, "operator", "/setup")
    set_up(page, fresh)
    page.goto(f"{fresh.url}/setup?step=logins")
    is_open_to_everybody(page)
    links = {}
    for office in ("authority", "supervisor"):
        page.locator(f"[data-link={office}] button").click()
        page.wait_for_selector(f"[data-link={office}] code:not(:empty)")
        links[office] = page.locator(f"[data-link={office}] code").inner_text()
    page.click("[data-hand-over] button")
    page.wait_for_selector("[data-hand-over]", state="detached")
    page.goto(f"{fresh.url}/operate/rules")
    assert "Reform office" in page.locator(".notice.wait").inner_text()
    open_market(page, fresh)
    told = httpx.get(f"{fresh.url}/v1/venue").json()
    assert told["venue"]["id"] == "my-exchange"
    assert len(told["keys"]) == 1
    assert told["entries"] == 11
    move_members_in(page, fresh, tmp_path)
    context = browser.new_context(viewport=DESKTOP, locale="en-GB")
    try:
        supervise(context.new_page(), fresh, links["supervisor"])
    finally:
        context.close()


def open_market(page: Any, fresh: Fresh) -> None:
    """Checked as one types, shown in plain words, confirmed."""
    page.goto(f"{fresh.url}/operate/markets/new")
    is_open_to_everybody(page)
    page.fill("#market", "compute")
    page.select_option("#mechanism", "continuous")
    page.fill("#instruments", "gpu-hour")
    page.check("input[value=east]")
    page.check("input[value=west]")
    page.fill("#tick", "0.001")
    page.wait_for_selector("#tick-said:not(:empty)")
    page.fill("#tick", "0.05")
    page.fill("#taker", "0.02")
    page.wait_for_selector(".told-card dd:has-text('0.05 CNY')")
    page.wait_for_selector(".told-card dd:has-text('0.0200 %')")
    confirm(page)
    assert page.url.startswith(f"{fresh.url}/operate")
    is_open_to_everybody(page)


def move_members_in(page: Any, fresh: Fresh, tmp_path: Path) -> None:
    """A file chosen by keyboard or dropped, a column named, one row refused and told why."""
    file = tmp_path / "parties.csv"
    file.write_text("party,sort,name\nmill,organisation,Mill\nodd,firm,Odd\n", "utf-8")
    page.goto(f"{fresh.url}/operate/import")
    is_open_to_everybody(page)
    page.set_input_files("#files", str(file))
    page.wait_for_url("**/operate/import/import-*")
    with page.expect_navigation():
        page.select_option("#column-0-1", "kind")
    page.click("[data-act=check]")
    page.wait_for_selector("table.errors", timeout=90_000)
    assert "parties.bad_kind" in page.locator("table.errors").inner_text()
    is_open_to_everybody(page)
    page.click("[data-sure=sure-enter]")
    page.click("dialog[open] .first")
    page.wait_for_selector("caption:has-text('What was entered')", timeout=90_000)
    page.goto(f"{fresh.url}/operate")
    assert "Mill" in page.locator("main").inner_text()


def supervise(page: Any, fresh: Fresh, link: str) -> None:
    """Halt the market; replay the period under the national rules as they come along."""
    come_in(page, link, "supervisor", "/operate")
    row = page.locator("tbody tr:has(a[href='/markets/compute'])")
    row.locator("summary:has-text('Halt trading')").click()
    row.locator("details[open] textarea").fill("a look at the book")
    row.locator("details[open] button").click()
    page.wait_for_selector(".notice.done")
    assert "Halted" in row.inner_text()
    page.goto(f"{fresh.url}/operate/replays")
    is_open_to_everybody(page)
    page.fill("#name", "As it comes along")
    page.click("[data-load]")
    playwright.expect(page.locator("#text")).to_have_value(re.compile(r"\[pack\]"))
    page.click("[data-replay] > button.first")
    page.wait_for_url("**/operate/replays/replay-*")
    page.wait_for_selector("text=Reform dividend", timeout=90_000)
    assert "Without effect" in page.locator("main").inner_text()
    is_open_to_everybody(page)
    with page.expect_download() as came:
        page.click("text=Report >> nth=0")
    assert came.value.suggested_filename.endswith("report.html")
    page.goto(f"{fresh.url}/operate/backups")
    is_open_to_everybody(page)


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    words = [sys.executable, "-m", "yaosu", "serve", str(tmp_path), "--new"]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "cli.file_exists" in ended.stderr
    assert sorted(one.name for one in tmp_path.iterdir()) == ["notes.txt"]

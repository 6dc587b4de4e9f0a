"""Rules adopted by two in the browser: one office proposes, another reads it and approves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.console.test_browser import (
    NARROW,
    PASSWORD,
    PHONE,
    axe,
    browser,
    playwright,
    pytestmark,
)
from tests.server.serving import QUICK, Served
from tests.stories import EXCHANGE, MINISTRY, Story, shipped
from yaosu.door import draw
from yaosu.engine.clock import system_clock
from yaosu.journal.opening import open_store
from yaosu.parties.commands import GrantRole, RegisterParty
from yaosu.places.commands import DefineCalendar
from yaosu.rules.parse_places import parse_calendar
from yaosu.server.logins import Logins

__all__ = ["browser", "pytestmark"]
SECOND = "second-office"
expect = playwright.expect


def make_offices(folder: Path) -> dict[str, str]:
    """A venue where two parties hold the role of the authority, each with a login."""
    folder.mkdir(parents=True, exist_ok=True)
    story = Story(open_store(folder / "market.db")).found(["compute"])
    story.ask(DefineCalendar, MINISTRY, calendar=parse_calendar(shipped("calendars/cn.toml")))
    story.ask(RegisterParty, EXCHANGE, party=SECOND, kind="organisation", name="Second office")
    story.ask(GrantRole, MINISTRY, party=SECOND, role="authority")
    story.venue.close()
    logins = Logins(str(folder / "market.logins"), system_clock, draw, hasher=QUICK)
    tokens = {}
    for name, party in (("first", MINISTRY), ("second", SECOND)):
        logins.use_link(logins.new_link(name, [party], manages=False), PASSWORD)
        _, caller = logins.sign_in(name, PASSWORD)
        tokens[name], _ = logins.new_token(caller, "tests", caller.scopes, (), 3600)
    logins.close()
    return tokens


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("offices") / "venue"
    server = Served(folder, make_offices(folder))
    yield server
    server.stop()


def clean(page: Any) -> None:
    """No finding of axe-core, nothing wider than a narrow window, in both languages."""
    before = page.viewport_size
    for language in ("zh", "en"):
        page.click(".reader summary")
        page.click(f"button[name=language][value={language}]")
        page.wait_for_load_state()
        found = axe.Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
        page.set_viewport_size(NARROW)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        page.set_viewport_size(before)


def signed_in(browser: Any, offices: Served, login: str) -> Any:
    page = browser.new_context(base_url=offices.url, locale="en-GB").new_page()
    page.goto("/enter?to=/operate/rules")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main button.first")
    page.wait_for_url(f"{offices.url}/operate/rules")
    return page


def confirm(page: Any) -> None:
    page.click("main [data-preview]:enabled")
    page.click("dialog .first")


def test_one_office_proposes_rules_and_another_approves_them(browser: Any, offices: Served) -> None:
    """Console 5: the demand is one tick; then a pack is shown as a proposal with what it changes,
    who proposed it and when, and adopted by the other office alone."""
    first = signed_in(browser, offices, "first")
    first.select_option("#pack", "national")
    first.check("#two")
    first.fill("#effective", "2026-02-01")
    expect(first.locator(".told-card")).to_contain_text("are adopted by two")
    expect(first.locator(".told-card")).to_contain_text("case.rules.adopt_rules")
    confirm(first)
    first.wait_for_url("**/operate?done=*")
    first.goto("/operate/rules")
    expect(first.locator(".notice.wait")).to_contain_text("a second person")
    assert first.is_checked("#two")
    first.select_option("#pack", "national")
    first.fill("#version", "2026.2")
    first.fill("#effective", "2026-03-01")
    first.click("main [data-preview]")
    expect(first.locator("#reason-said")).not_to_be_empty()
    first.fill("#reason", "yearly review")
    expect(first.locator(".told-card .notice")).to_contain_text("A proposal")
    digest = first.locator(".told-card code.long").inner_text()
    clean(first)
    first.select_option("#pack", "national")
    for field, text in {"version": "2026.2", "effective": "2026-03-01"}.items():
        first.fill(f"#{field}", text)
    first.fill("#reason", "yearly review")
    expect(first.locator(".told-card code.long")).to_have_text(digest)
    confirm(first)
    first.wait_for_url("**/cases/rules-national-2026.2?done=*")
    assert first.locator("form[data-ask='cases.complete_stage']").count() == 0
    first.context.close()

    second = signed_in(browser, offices, "second")
    row = second.locator("tr", has_text="national@2026.2")
    expect(row).to_contain_text("yearly review")
    expect(row).to_contain_text("for you to decide")
    clean(second)
    row.locator("a").click()
    second.wait_for_url("**/cases/rules-national-2026.2")
    assert second.locator("code.long").first.inner_text() == digest
    second.set_viewport_size(PHONE)
    clean(second)
    approve = second.locator("form[data-ask='cases.complete_stage']")
    second.locator("details", has=approve).locator("summary").click()
    approve.locator("[name=note]").fill("read and agreed")
    approve.locator("button").first.click()
    expect(second.locator(".chain .past").first).to_contain_text("read and agreed")
    second.goto("/operate")
    expect(second.locator("main")).to_contain_text("2026.2")
    second.context.close()

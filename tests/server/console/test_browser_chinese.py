"""In a browser that asks for English, a reader who chose Chinese is refused in Chinese."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.serving import PASSWORD, Served

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]


@pytest.fixture
def page(served: Served) -> Iterator[Any]:
    """A page of a reader who chose Chinese before; the browser itself would ask for English."""
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        context = chromium.new_context(base_url=served.url, locale="en-GB")
        context.add_cookies([{"name": "yaosu_look", "value": "zh.light.red", "url": served.url}])
        yield context.new_page()
        chromium.close()


def sign_in(page: Any, to: str) -> None:
    page.goto(to)
    page.fill("#login", "anna")
    page.fill("#password", PASSWORD)
    page.click("main button.first")
    page.wait_for_url(f"**{to}")


def said(page: Any, part: str) -> str:
    page.wait_for_selector(f"{part}:not(:empty)")
    return str(page.locator(part).first.inner_text())


def test_forms_and_the_live_ticket_are_refused_in_the_language_of_the_page(page: Any) -> None:
    page.goto("/enter?to=/tokens")
    page.fill("#login", "anna")
    page.fill("#password", "not the password")
    page.click("main button.first")
    assert said(page, "[data-said]").startswith("登录名与密码不符；请再试；")
    sign_in(page, "/tokens")
    page.fill("#name", "no scope")
    page.uncheck("[name=scope][value=read]")
    page.click("[data-token] .first")
    assert "：须写明权限；请与 /v1/openapi.json" in said(page, "[data-token] [data-said]")
    page.goto("/markets/call/order")
    page.fill("#order-price", "1250")
    page.fill("#order-quantity", "999999999")
    told = said(page, "[data-refused]")
    assert told.startswith("anna 的 CNY（可用）有 ")
    assert told.endswith("；请存入或取得不足部分，或减少所求数额")


def test_a_server_that_does_not_answer_is_told_of_in_the_language_of_the_page(page: Any) -> None:
    sign_in(page, "/markets/call/order")
    page.context.set_offline(True)
    page.fill("#order-price", "0.02")
    page.fill("#order-quantity", "1")
    assert said(page, "[data-refused]").endswith("服务器没有应答。")

"""A round's result is checked in the browser: tied to the journal, counted again, not fooled."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from tests.markets.mechanisms.call.books import random_market
from tests.markets.mechanisms.call.helpers import changed, with_table
from tests.markets.mechanisms.call.lossy import lossy_market
from tests.server.console.rounds import serve_rounds
from tests.server.console.test_browser import (
    DESKTOP,
    NARROW,
    PASSWORD,
    axe,
    browser,
    playwright,
    pytestmark,
)
from tests.server.serving import Served, ask
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Clearing
from yaosu.markets.events import RoundPublished
from yaosu.markets.mechanisms import clear, verify_clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.published import tables_of

__all__ = ["browser", "pytestmark"]
FILE = "**/v1/markets/grid/rounds/1"
PAGE = "/markets/grid/rounds/1"
RULES = ("mid", "low", "high")
CHECKED = """async ([assets, rounds]) => {
  const { decode } = await import(`${assets}/decoding.js`);
  const { checkRound } = await import(`${assets}/clearing.js`);
  return rounds.map((text) => {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    const { lines } = checkRound(decode(bytes));
    return [lines.length, lines.filter((line) => !line.ok).map((line) => line.name)];
  });
}"""


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = serve_rounds(tmp_path_factory.mktemp("rounds") / "venue", sign_ins_per_minute="1000")
    yield server
    server.stop()


@pytest.fixture
def page(browser: Any, rounds: Served) -> Iterator[Any]:
    """A page that may ask nothing elsewhere, and complains of nothing."""
    context = browser.new_context(base_url=rounds.url, viewport=DESKTOP, locale="en-GB")
    opened = context.new_page()
    elsewhere: list[str] = []
    complaints: list[str] = []
    opened.on(
        "request",
        lambda asked: asked.url.startswith((rounds.url, "data:")) or elsewhere.append(asked.url),
    )
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    assert (elsewhere, complaints) == ([], [])
    context.close()


def verdict(page: Any, text: str) -> None:
    """Wait for what the verdict must say."""
    playwright.expect(page.locator("[data-verdict]")).to_contain_text(text, timeout=15_000)


def lines(page: Any) -> dict[str, str]:
    """Name of each line that is shown -> good, stop or wait."""
    shown = page.locator("[data-line]:not([hidden])")
    found = {}
    for at in range(shown.count()):
        sign = shown.nth(at).locator(".sign").get_attribute("class") or ""
        found[str(shown.nth(at).get_attribute("data-line"))] = sign.removeprefix("sign ")
    return found


def sign_in(page: Any, login: str, to: str) -> None:
    page.goto(f"/enter?to={to}")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main button.first")
    page.wait_for_url(f"**{to}")


def tell(page: Any, change: Callable[[dict[str, Any]], None], file: str = FILE) -> None:
    """Let the server's answer be another one."""

    def answer(route: Any) -> None:
        told = route.fetch().json()
        change(told)
        route.fulfill(json=told)

    page.route(file, answer)


def in_round(told: dict[str, Any], change: Callable[[RoundPublished], RoundPublished]) -> None:
    """Change the round itself, as whoever forges the bytes would."""
    pieces = canonical.decode(b64decode(told["rows"]), list[tuple[int, str, str, RoundPublished]])
    ((number, tag, place, event),) = pieces
    told["rows"] = b64encode(canonical.encode([(number, tag, place, change(event))])).decode()


def test_a_stranger_checks_a_round_and_sees_what_was_counted(page: Any) -> None:
    """No login: prices, flows, limits, welfare and money hold, and lead to a signed root."""
    page.goto(PAGE)
    verdict(page, "all 12 checks hold")
    found = lines(page)
    assert list(found)[:2] == ["tied", "signed"]
    assert set(found.values()) == {"good"}
    for name, figure in (
        ("gaps", "0.14"),
        ("welfare", "17.60"),
        ("money", "Buyers pay 33.00, sellers receive 26.50"),
        ("limits", "2 of 4 links are used, 1 up to their limit"),
    ):
        assert figure in page.locator(f"[data-line={name}] p").inner_text()
    assert "50 lots" in page.locator("[data-line=form] p").inner_text()  # who met themselves
    levels = page.locator("[data-table=levels] tbody tr")
    assert levels.count() == 5
    assert levels.nth(0).inner_text().split("\t") == ["east", "gpu", "buys", "0.90", "50"]
    assert page.locator("[data-left]:not([hidden])").count() == 2


def test_the_market_page_says_that_its_last_round_was_checked(page: Any) -> None:
    """After clearing: price, fills, the regional picture, and the certificate, checked here."""
    page.goto("/markets/grid")
    verdict(page, "Checked in this browser: all 12 checks hold")
    page.click("text=Each check")
    page.wait_for_url("**/markets/grid/rounds/2")
    page.goto("/markets/grid")
    page.click("[aria-label='Check the result of round 1']")
    page.wait_for_url("**/markets/grid/rounds/1")


def test_the_order_page_leads_to_the_last_result(page: Any) -> None:
    sign_in(page, "anna", "/markets/grid/order")
    page.click("text=Check the last result")
    page.wait_for_url("**/markets/grid#checked")
    verdict(page, "checks hold")


def test_the_market_page_checks_again_what_is_cleared_while_it_is_open(
    page: Any, rounds: Served
) -> None:
    """The parts of the page change by themselves; the verdict is of the new round."""
    page.goto("/markets/grid")
    verdict(page, "all 12 checks hold")
    page.wait_for_selector("[data-state=live]")
    with rounds.as_("anna") as anna, rounds.as_("bert") as bert, rounds.as_("operator") as chair:
        for client, party, side, region in ((anna, "anna", -1, "north"), (bert, "bert", 1, "west")):
            order = {"instrument": "gpu", "region": region, "side": side, "price": 60}
            one = {**order, "quantity": 3, "party": party, "right": ""}
            fields = {"market": "grid", "batch": f"late-{party}", "orders": [one]}
            answer = ask(client, "markets.submit_orders", f"late-{party}", **fields)
            assert answer.status_code == 200, answer.text
        answer = ask(chair, "markets.close_book", "late", market="grid")
        assert answer.status_code == 200, answer.text
    playwright.expect(page.locator("#checked")).to_contain_text("Round 3", timeout=15_000)
    verdict(page, "all 12 checks hold")


def test_a_trader_finds_the_own_orders_in_the_book(page: Any) -> None:
    sign_in(page, "anna", PAGE)
    verdict(page, "all 13 checks hold")
    said = page.locator("[data-line=own] p").inner_text()
    assert said.startswith("At each of 2 prices at which your parties stood")
    assert "85 in all" in said
    own = json.loads(page.locator("[data-own]").get_attribute("data-own"))
    assert [(one["price"], one["lots"]) for one in own] == [(50, 55), (55, 30)]


def test_an_order_that_is_missing_from_the_book_is_noticed(page: Any) -> None:
    def less(event: RoundPublished) -> RoundPublished:
        return structs.replace(event, levels=changed(event.levels, "lots", 3, 9))

    tell(page, lambda told: in_round(told, less))
    sign_in(page, "bert", PAGE)
    verdict(page, "do not hold")
    assert lines(page)["own"] == "stop"
    assert "west" in page.locator("[data-line=own] p").inner_text()


FORGED: dict[str, tuple[str, str, int, int, str]] = {  # table, column, row, by, line that fails
    "a price moved": ("regions", "price", 0, 1, "gaps"),
    "a price of a region at one end": ("regions", "price", 1, -1, "fills"),
    "a flow raised": ("links", "lots", 3, 1, "balance"),
    "a flow above its limit": ("links", "lots", 2, 1, "limits"),
    "a limit lowered": ("links", "capacity", 2, -1, "limits"),
    "a limit raised": ("links", "capacity", 2, 1, "gaps"),
    "a level that was served, smaller": ("levels", "lots", 0, -1, "fills"),
    "a level that was served, larger": ("levels", "lots", 0, 1, "fills"),
    "a limit of an order moved": ("levels", "price", 0, -1, "welfare"),
    "lots bought": ("regions", "bought", 0, 1, "balance"),
    "a shadow price": ("links", "shadow_price", 2, 1, "gaps"),
    "a rent": ("links", "rent", 2, 1, "money"),
    "a cost": ("links", "cost", 2, 1, "gaps"),
    "the low end of an interval": ("regions", "low", 0, -1, "interval"),
    "the high end of an interval": ("regions", "high", 0, 1, "interval"),
    "a region without trade": ("regions", "traded", 0, -1, "prices"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_table_is_caught_by_the_arithmetic_and_by_the_tie(page: Any, name: str) -> None:
    """Each alone would do; the venue's signature is still good, but of other bytes."""
    table, column, row, by, line = FORGED[name]

    def forge(event: RoundPublished) -> RoundPublished:
        columns: Columns = getattr(event, table)
        value = int(columns[column][row]) + by
        return structs.replace(event, **{table: changed(columns, column, row, value)})

    tell(page, lambda told: in_round(told, forge))
    page.goto(PAGE)
    verdict(page, "do not hold")
    found = lines(page)
    assert found["tied"] == found[line] == "stop"
    assert found["signed"] == "good"
    assert page.locator(".verdict.bad").count() == 1


@pytest.mark.parametrize("field", ["welfare", "primal", "dual", "volume"])
def test_a_total_that_is_one_less_is_caught(page: Any, field: str) -> None:
    def forge(event: RoundPublished) -> RoundPublished:
        return structs.replace(event, **{field: getattr(event, field) - 1})

    tell(page, lambda told: in_round(told, forge))
    page.goto(PAGE)
    verdict(page, "do not hold")
    assert lines(page)["money" if field == "volume" else "welfare"] == "stop"


def other_byte(text: str) -> str:
    data = bytearray(b64decode(text))
    data[-1] ^= 1
    return b64encode(data).decode()


@pytest.mark.parametrize("field", ["header", "salt", "before", "here", "way", "inclusion"])
def test_a_proof_that_leads_elsewhere_is_caught(page: Any, field: str) -> None:
    """The numbers add up, and are not the journal's."""

    def forge(told: dict[str, Any]) -> None:
        value = told[field]
        if isinstance(value, list):
            told[field] = [other_byte(value[0]), *value[1:]]
        else:
            told[field] = value + 1 if isinstance(value, int) else other_byte(value)

    tell(page, forge)
    page.goto(PAGE)
    verdict(page, "do not hold")
    found = lines(page)
    assert "stop" in (found["tied"], found["signed"])
    assert found["welfare"] == "good"


def test_another_round_in_place_of_the_one_asked_for_is_caught(page: Any, rounds: Served) -> None:
    with rounds.as_() as anyone:
        other = anyone.get("/v1/markets/grid/rounds/2").json()
    tell(page, lambda told: told.update(other))
    page.goto(PAGE)
    verdict(page, "do not hold")


def test_a_signature_of_another_key_is_caught(page: Any) -> None:
    def forge(told: dict[str, Any]) -> None:
        head, _, last = told["checkpoint"].rpartition(" ")
        told["checkpoint"] = f"{head} {other_byte(last.strip())}\n"

    tell(page, forge)
    page.goto(PAGE)
    verdict(page, "do not hold")
    assert lines(page)["signed"] == "stop"


def test_while_the_server_counts_the_page_waits_and_asks_again(page: Any) -> None:
    asked: list[int] = []

    def later(told: dict[str, Any]) -> None:
        asked.append(1)
        if len(asked) < 3:
            told.update(way=None, salt="", counted=10)

    tell(page, later)
    page.goto(PAGE)
    verdict(page, "still counts its entries: 10 of")
    assert lines(page)["tied"] == "wait"
    verdict(page, "all 12 checks hold")


def test_a_server_that_does_not_answer_is_said(page: Any) -> None:
    page.route(FILE, lambda route: route.abort())
    page.goto(PAGE)
    verdict(page, "It could not be checked:")


def test_a_venue_without_a_signing_key_does_not_claim_a_signature(
    tmp_path: Path, browser: Any
) -> None:
    server = serve_rounds(tmp_path / "venue", is_signed=False)
    try:
        page = browser.new_page(base_url=server.url, locale="en-GB")
        page.goto(PAGE)
        verdict(page, "this venue signs no checkpoints")
        found = lines(page)
        assert (found["tied"], found["signed"]) == ("good", "wait")
        page.close()
    finally:
        server.stop()


def test_what_was_too_large_to_publish_or_of_another_rule_is_not_called_good(
    page: Any, rounds: Served
) -> None:
    """No line, and so no verdict, but a word of why not."""
    with rounds.as_() as anyone:
        rows = anyone.get("/v1/markets/grid/rounds/1").json()["rows"]
    ((_, _, _, event),) = canonical.decode(
        b64decode(rows), list[tuple[int, str, str, RoundPublished]]
    )
    none = {name: getattr(event, name).take(slice(0, 0)) for name in ("regions", "links", "levels")}
    left = [structs.replace(event, **none), structs.replace(event, rule="call/9")]
    texts = [b64encode(canonical.encode(one)).decode() for one in left]
    assert checked(page, rounds, texts) == [(0, []), (0, [])]


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_open_to_everybody(
    browser: Any, rounds: Served, language: str, theme: str
) -> None:
    """No finding of axe-core once the lines stand; no wider than a narrow window."""
    context = browser.new_context(
        base_url=rounds.url, viewport=DESKTOP, locale=language, color_scheme=theme
    )
    page = context.new_page()
    for path in (PAGE, "/markets/grid"):
        page.goto(path)
        verdict(page, "12")
        assert axe.Axe().run(page).response["violations"] == []
        page.set_viewport_size(NARROW)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        page.set_viewport_size(DESKTOP)
    context.close()


def published(clearing: Clearing, orders: Orders, network: Network, rule: str) -> str:
    """A clearing as it would be published, canonical bytes in base64."""
    tables, certificate = tables_of(orders, network, clearing), clearing.certificate
    event = RoundPublished(
        market="m",
        round=1,
        rule=certificate.rule,
        price_rule=rule,
        orders_digest=certificate.orders_digest,
        tick_minor=1,
        rows=tables.rows,
        crossed=tables.crossed,
        welfare=clearing.welfare,
        volume=clearing.volume,
        primal=certificate.primal,
        dual=certificate.dual,
        regions=tables.regions,
        links=tables.links,
        levels=tables.levels,
    )
    return b64encode(canonical.encode(event)).decode()


def checked(page: Any, rounds: Served, texts: list[str]) -> list[tuple[int, list[str]]]:
    """What the browser's code says of each: number of lines, and those that do not hold."""
    page.goto("/enter")
    source = page.locator("link[rel=stylesheet]").first.get_attribute("href")
    assets = f"{rounds.url}{source.rpartition('/')[0]}"
    found = page.evaluate(CHECKED, [assets, texts])
    return [(count, bad) for count, bad in found]


def holds(orders: Orders, network: Network, clearing: Clearing, rule: str) -> bool:
    """What Python's check says, which sees the orders."""
    try:
        verify_clearing(orders, network, clearing, {"price_rule": rule})
    except Refusal:
        return False
    return True


def moved(clearing: Clearing, chance: np.random.Generator) -> list[Clearing]:
    """The same result with one number changed, and what follows from it changed with it."""
    found = []
    for row in chance.permutation(clearing.prices.rows)[:3].tolist():
        for by in (-1, 1):
            price = clearing.prices.maybe("price")
            if not price.present[row]:
                continue
            value = int(price.values[row]) + by
            prices = changed(clearing.prices, "price", row, value)
            regions = changed(clearing.certificate.regions, "support", row, value)
            found.append(with_table(with_table(clearing, "prices", prices), "regions", regions))
    for row in chance.permutation(clearing.flows.rows)[:3].tolist():
        for by in (-1, 1):
            value = int(clearing.flows["lots"][row]) + by
            found.append(with_table(clearing, "flows", changed(clearing.flows, "lots", row, value)))
    for row in chance.permutation(clearing.fills.rows)[:3].tolist():
        value = int(clearing.fills["lots"][row]) - 1
        found.append(with_table(clearing, "fills", changed(clearing.fills, "lots", row, value)))
    for name in ("welfare", "volume"):
        found.append(structs.replace(clearing, **{name: getattr(clearing, name) - 1}))
    dual = structs.replace(clearing.certificate, dual=clearing.certificate.dual - 1)
    return [*found, structs.replace(clearing, certificate=dual)]


def test_the_browser_and_python_say_the_same_of_many_clearings(page: Any, rounds: Served) -> None:
    """Fifty random networks and hundreds of forgeries: accepted by both, or by neither."""
    texts, said = [], []
    for seed in range(50):
        chance, rule = np.random.default_rng(seed), RULES[seed % 3]
        orders, network = random_market(seed, 15 + seed * 3, 2 + seed % 6, 1 + seed % 3)
        clearing = clear(orders, network, price_rule=rule)
        for one in (clearing, *moved(clearing, chance)):
            texts.append(published(one, orders, network, rule))
            said.append(holds(orders, network, one, rule))
    found = checked(page, rounds, texts)
    assert [not bad for _, bad in found] == said
    assert said.count(True) == 50
    assert said.count(False) > 500


def test_links_with_losses_and_ramps_are_checked_as_far_as_they_can_be(
    page: Any, rounds: Served
) -> None:
    """No price gaps and no circles there; balance, limits, bound and money are counted."""
    texts, forged = [], []
    for seed in range(40):
        orders, network, parameters = lossy_market(seed, losses=seed % 3 > 0, ramps=seed % 2 > 0)
        parameters.pop("price_takers", None)
        if network.is_plain:
            continue
        clearing = clear(orders, network, **parameters)
        texts.append(published(clearing, orders, network, parameters["price_rule"]))
        if not clearing.volume:
            continue
        worse = structs.replace(clearing, volume=clearing.volume - 1)
        forged.append(published(worse, orders, network, "mid"))
        low = structs.replace(clearing.certificate, primal=clearing.certificate.primal - 1)
        worse = structs.replace(clearing, certificate=low)
        forged.append(published(worse, orders, network, "mid"))
    good = checked(page, rounds, texts)
    assert len(good) > 20
    assert [bad for _, bad in good] == [[]] * len(good)
    bad = checked(page, rounds, forged)
    assert len(bad) > 20
    assert all(lines for _, lines in bad)

"""A reserve and a seed that stay secret: sealed in the browser, kept, told after the end."""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import yaosu as ys
from tests.server.console.test_browser import PASSWORD, PHONE, browser, playwright, pytestmark
from tests.server.console.test_second_person import clean
from tests.server.serving import QUICK, Served
from tests.stories import Story
from yaosu.door import draw
from yaosu.engine.clock import system_clock
from yaosu.journal.opening import open_store
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns
from yaosu.kernel.instant import MINUTE
from yaosu.kernel.sealing import Binding, hash_commitment
from yaosu.markets.commands import EnterListing, OpenListing, SealBid
from yaosu.server.logins import Logins

__all__ = ["browser", "pytestmark"]
expect = playwright.expect
SEED = "5e" * 32
ENDS = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")


def make_sale(folder: Path) -> dict[str, Any]:
    """Bert with a right to put up, and a listing of his whose secret terms wait to be told."""
    folder.mkdir(parents=True, exist_ok=True)
    story = Story(open_store(folder / "market.db")).found(["compute"])
    now = system_clock()
    story.clock.instant = now - 40 * MINUTE
    story.party("bert", ["compute"], money=10_000)
    for name in ("bert-1", "bert-2"):
        story.right(name, "bert", 100, instrument=name)
    terms = {"right": "bert-1", "terms": "allowance_auction", "price": 500, "lots": 40}
    ends = story.clock() + 20 * MINUTE
    asked = OpenListing(actor="bert", key="open", listing="waits", ends=ends, **terms)
    venue = story.venue.state.parties.venue
    assert venue is not None
    secrets = {"reserve": 900, "seed": SEED}
    sealed, opened = ys.seal_own(asked, secrets, venue=venue.id, secret=b"k" * 32)
    story.venue.submit(sealed).accepted()
    story.party("anna", ["compute"], money=1_000_000)
    story.ask(EnterListing, "anna", listing="waits")
    bid = {"bid": Columns.of(price=[950], quantity=[10])}
    bidding = SealBid(actor="anna", key="bid", listing="waits")
    story.venue.submit(ys.seal_own(bidding, bid, venue=venue.id, secret=b"l" * 32)[0]).accepted()
    story.clock.instant = now
    story.venue._writer.tick()
    story.venue.close()
    logins = Logins(str(folder / "market.logins"), system_clock, draw, hasher=QUICK)
    logins.use_link(logins.new_link("bert", ["bert"], manages=False), PASSWORD)
    logins.close()
    return {"salts": {item: one.salt for item, one in opened.items()}}


@pytest.fixture(scope="module")
def sale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("sale") / "venue"
    made = make_sale(folder)
    server = Served(folder, {})
    yield server, made
    server.stop()


@pytest.fixture
def page(browser: Any, sale: tuple[Served, dict[str, Any]]) -> Iterator[Any]:
    context = browser.new_context(base_url=sale[0].url, locale="en-GB")
    opened = context.new_page()
    opened.goto("/enter?to=/offer")
    opened.fill("#login", "bert")
    opened.fill("#password", PASSWORD)
    opened.click("main button.first")
    opened.wait_for_url(f"{sale[0].url}/offer")
    yield opened
    context.close()


def fill_in(page: Any, terms: str) -> None:
    page.select_option("#right", "bert-2")
    page.select_option("#terms", terms)
    page.fill("#listing", "secret")
    page.fill("#lots", "10")
    page.fill("#price", "5")
    page.fill("#ends", ENDS)


def test_what_is_sealed_is_what_the_kept_file_opens(page: Any) -> None:
    """S0-06: the server never hears the reserve; nothing is asked before the file is kept; salt and
    value in it are those of the hash commitment that goes on record."""
    page.select_option("#terms", "falling_clock")
    expect(page.locator("#reserve")).to_be_hidden()  # its lowest price is its reserve
    fill_in(page, "allowance_auction")
    expect(page.locator("[data-secret=seed]")).to_be_visible()
    clean(page)
    fill_in(page, "allowance_auction")
    page.fill("#reserve", "nine")
    expect(page.locator("#reserve-said")).not_to_be_empty()
    heard = []
    page.on("request", lambda asked: heard.append(asked.post_data or ""))
    page.fill("#reserve", "987.65")
    expect(page.locator(".told-card")).to_contain_text("A reserve is sealed")
    expect(page.locator(".told-card")).to_contain_text("A seed for the order")
    page.click("main [data-preview]")
    confirm = page.locator("dialog .first")
    expect(confirm).to_be_disabled()
    with page.expect_download() as kept:
        page.click("dialog [data-keep] a")
    opening = json.loads(Path(kept.value.path()).read_text())
    expect(confirm).to_be_enabled()
    with page.expect_request("**/v1/drafts/listing") as asked:
        confirm.click()
    page.wait_for_url("**/listings?done=*")
    notes = json.loads(asked.value.post_data_json["fields"]["sealed"])["sealed"]
    contents = {"reserve": 98_765, "seed": opening["items"]["seed"]["value"]}
    assert opening["items"]["reserve"]["value"] == "98765"
    assert [note["name"] for note in notes] == ["reserve", "seed"]
    for note in notes:
        of = Binding(venue="venue-1", actor="bert", key=opening["key"], item=note["name"])
        salt = b64decode(opening["items"][note["name"]]["salt"])
        made = hash_commitment(of, salt, canonical.encode(contents[note["name"]]))
        assert made == b64decode(note["hash_commitment"])
    assert heard
    for one in heard:  # as a word of its own: five digits stand in a random key now and then
        assert "987.65" not in one
        assert not re.search(r"\b98765\b", one)
        assert contents["seed"] not in one


def test_the_terms_are_told_from_the_kept_file(
    page: Any, sale: tuple[Served, dict[str, Any]]
) -> None:
    """S0-06: after the end the seller gives the file back; both terms stand on record as told."""
    made = sale[1]
    page.set_viewport_size(PHONE)
    page.goto("/listings/waits")
    form = page.locator("form[data-tell]")
    expect(form).to_be_visible()
    clean(page)
    values = {"reserve": "900", "seed": SEED}
    items = {
        item: {"salt": b64_of(made["salts"][item]), "value": value}
        for item, value in values.items()
    }
    wrong = {"form": "yaosu.terms-opening/1", "key": "x", "items": {}}
    give(form, wrong)
    expect(form.locator("[data-said]")).to_contain_text("tells nothing")
    give(form, {**wrong, "key": "open", "items": items})
    page.wait_for_url("**/listings/waits?done=*")
    expect(page.locator("form[data-tell]")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("9.00")


def b64_of(data: bytes) -> str:
    return b64encode(data).decode()


def give(form: Any, opening: dict[str, Any]) -> None:
    data = json.dumps(opening).encode()
    file = {"name": "terms.json", "mimeType": "application/json", "buffer": data}
    form.locator("input[type=file]").set_input_files(files=[file])
    form.locator("button").click()

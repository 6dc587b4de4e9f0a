"""Pictures of the console, taken in a browser over the journal of an example.

    PYTHONPATH=. python tools/make_screenshots.py [--out docs/pictures]

Walks examples/five-promises in a folder of its own, serves its journal, signs in as a bidder, and
writes one PNG a page and look. Needs Chromium at /usr/bin/chromium.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.server.serving import PASSWORD as TESTS_PASSWORD
from tests.server.serving import Served, ask, serve
from yaosu import door
from yaosu.engine.clock import system_clock
from yaosu.kernel.signed_note import signing_key
from yaosu.parties.commands import NameKey
from yaosu.server.logins import Logins

HOUSE = Path(__file__).parents[1]
EXAMPLE = HOUSE / "examples" / "five-promises"
CHROMIUM = "/usr/bin/chromium"
LOGIN, PARTY, PASSWORD = "north", "north-star", "four words are enough"
OFFICE = "exchange"
WIDE, PHONE = (
    ViewportSize(width=1280, height=900),
    ViewportSize(width=390, height=844),
)


def main() -> None:
    """Walk the example, serve it, take the pictures."""
    given = argparse.ArgumentParser()
    given.add_argument("--out", type=Path, default=HOUSE / "docs" / "pictures")
    out = given.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        venue = walked(Path(folder))
        server = subprocess.Popen(
            [*yaosu(), "serve", str(venue), "--json", "--listen", "127.0.0.1:0",
             "--signing-key", "signing.key"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        try:
            assert server.stdout is not None
            url = str(json.loads(server.stdout.readline())["url"])
            with sync_playwright() as running:
                chromium = running.chromium.launch(
                    executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
                )
                take(chromium.new_page(base_url=url, viewport=WIDE, locale="en-GB"), out)
                take_trading(chromium, Path(folder) / "trading", out)
                take_office(chromium.new_page(base_url=url, viewport=WIDE, locale="en-GB"), out)
                chromium.close()
        finally:
            server.terminate()
            server.wait(20)


def yaosu() -> tuple[str, ...]:
    """The command line, as this Python runs it."""
    return (sys.executable, "-m", "yaosu")


def walked(folder: Path) -> Path:
    """The example's journal in a folder of its own, with a signing key and a login."""
    shutil.copytree(EXAMPLE, folder / "example", ignore=shutil.ignore_patterns("out"))
    subprocess.run(
        [*yaosu(), "run", str(folder / "example")], check=True, stdout=subprocess.DEVNULL
    )
    venue = folder / "example" / "out"
    key = signing_key("example", bytes(range(32)))  # for pictures; a venue draws its own
    (venue / "signing.key").write_text(key.text)
    with door.open(venue / "market.db") as opened:
        name = NameKey(actor="exchange", key="screenshots", vkey=key.verifier.text)
        assert opened.submit(name).refusal is None
    logins = Logins(str(venue / "market.logins"), system_clock, door.draw)
    logins.use_link(logins.new_link(LOGIN, [PARTY], manages=False), PASSWORD)
    logins.use_link(logins.new_link(OFFICE, [OFFICE], manages=True), PASSWORD)
    logins.close()
    return venue


def take(page: Page, out: Path) -> None:
    """One picture a page and look."""
    page.goto("/")
    shoot(page, out / "console-today.png")
    page.goto("/markets/compute")
    shoot(page, out / "console-market.png", full_page=True)
    page.goto("/markets/compute/order")
    page.fill("#login", LOGIN)
    page.fill("#password", PASSWORD)
    page.click("main button.first")
    page.wait_for_url("**/order")
    page.goto("/journal")
    page.locator("tbody th a").first.click()
    page.click("[data-check]")
    page.wait_for_selector("[data-said]:not(:empty)")
    shoot(page, out / "console-entry.png")


def take_office(page: Page, out: Path) -> None:
    """What the operator sees: a market about to be opened, and a replay without link limits."""
    page.goto("/enter?to=/operate/markets/new")
    page.fill("#login", OFFICE)
    page.fill("#password", PASSWORD)
    page.click("main button.first")
    page.wait_for_url("**/operate/markets/new")
    page.fill("#market", "compute-evening")
    page.select_option("#factor", "compute")
    page.fill("#instruments", "gpu-hour")
    for box in page.locator("input[name=regions]").all()[1:4]:
        box.check()
    page.fill("#tick", "0.05")
    page.wait_for_selector(".told-card dd:has-text('0.05')")
    page.evaluate("scrollTo(0, 0)")
    shoot(page, out / "console-open.png")
    page.goto("/operate/replays")
    page.fill("#name", "Without link limits")
    page.fill("#text", (EXAMPLE / "rules" / "lifted.toml").read_text("utf-8"))
    page.click("[data-replay] > button.first")
    page.wait_for_url("**/operate/replays/replay-*")
    page.wait_for_selector("figure svg", timeout=120_000)
    shoot(page, out / "console-replay.png", full_page=True)


def take_trading(chromium: Any, folder: Path, out: Path) -> None:
    """A book that trades as orders arrive, and a listing on a phone, over a venue of the tests."""
    server = serve(folder, sign_ins_per_minute="1000")
    try:
        traded(server)
        page = chromium.new_page(base_url=server.url, viewport=WIDE, locale="en-GB")
        sign_in(page, "anna", TESTS_PASSWORD)
        page.goto("/markets/live")
        page.wait_for_selector("[data-state=live]")
        shoot(page, out / "console-book.png", full_page=True)
        for name, value in (("language", "zh"), ("theme", "dark")):
            page.click(".reader summary")
            page.click(f"button[name={name}][value={value}]")
            page.wait_for_load_state()
        page.set_viewport_size(PHONE)
        page.goto("/listings/l1")
        page.wait_for_selector("[data-state=live]")
        shoot(page, out / "console-listing-phone.png")
        page.goto("/markets/live/order?instrument=gpu&region=east")
        page.fill("#order-price", "10.07")
        page.fill("#order-quantity", "40")
        page.wait_for_selector("[data-write] [data-holds] li")
        shoot(page, out / "console-ticket-phone.png", full_page=True)
        page.close()
    finally:
        server.stop()


def traded(server: Served) -> None:
    """Orders on both sides that trade here and there, and three bids for the listing."""
    with server.as_("anna") as anna, server.as_("bert") as bert, server.as_("operator") as office:
        for at in range(40):
            side = 1 if at % 3 else -1
            price = 1_000 - side * (at * 7 % 23 - 4)
            row = {"instrument": "gpu", "region": "east", "side": side, "price": price}
            row |= {"quantity": 5 + at * 13 % 37}
            if side < 0:
                row["right"] = "gpu-bert"
            asked = (bert if side < 0 else anna).post(
                "/v1/markets/live/orders", json=[row], headers={"Idempotency-Key": f"o-{at}"}
            )
            assert asked.status_code == 200, asked.text
        given = {"party": "carl", "currency": "CNY", "amount_minor": 10_000_000}
        assert ask(office, "settlement.record_deposit", "carl", **given).status_code == 200
        with server.as_("carl") as carl:
            for client, name in ((anna, "anna"), (carl, "carl")):
                entered = ask(client, "markets.enter_listing", f"in-{name}", listing="l1")
                assert entered.status_code == 200, entered.text
            for at, client in enumerate((anna, carl, anna)):
                price = 100_000 + 5_000 * at
                bid = ask(client, "markets.place_bid", f"bid-{at}", listing="l1", price=price)
                assert bid.status_code == 200, bid.text


def sign_in(page: Page, login: str, password: str) -> None:
    """Come in by the page."""
    page.goto("/enter")
    page.fill("#login", login)
    page.fill("#password", password)
    page.click("main button.first")
    page.wait_for_url("**/")


def shoot(page: Page, path: Path, **how: Any) -> None:
    """Write what is seen."""
    path.write_bytes(page.screenshot(**how))
    print(path)


if __name__ == "__main__":
    main()

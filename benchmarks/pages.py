"""What the console weighs, how soon a page can be used, and what the server holds at its start.

A page is weighed with all that it loads, packed with gzip. With Chromium at hand each page is
opened on loopback with an empty cache, rounds taking turns: from asking for it until its scripts
have run (medians). Memory is what of the server is resident once it listens, and again after an
order in each kind of market, by when the compiled code it needs is loaded.
"""

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.server.serving import PASSWORD, Served, ask, orders, serve
from tests.server.weighing import weigh

CHROMIUM = Path("/usr/bin/chromium")
PLAIN = ("/desk", "/markets/call/order", "/register", "/register/gpu-anna", "/journal", "/cases",
         "/cases/case-1", "/tokens")  # fmt: skip
DRAWN = ("/", "/markets/call", "/markets/live")  # with charts


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    rounds = 3 if given.parse_args().quick else 9
    with tempfile.TemporaryDirectory() as folder:
        server = serve(Path(folder) / "venue", log="0")
        try:
            begun = resident(server)
            trade(server)
            print(f"resident once it listens {begun:.0f} MB, with compiled code ", end="")
            print(f"loaded {resident(server):.0f} MB (bar 350)")
            print_weights(server)
            print_times(server, rounds)
        finally:
            server.stop()


def trade(server: Served) -> None:
    """An order in each kind of market; the round is closed and priced."""
    with server.as_("anna") as anna, server.as_("operator") as operator:
        ask(operator, "markets.change_phase", "open", market="live", phase="continuous")
        for market in ("call", "live"):
            made = ask(anna, "markets.submit_orders", market, market=market, batch=market,
                       orders=orders((1, 50, 10)))  # fmt: skip
            assert made.status_code == 200, made.text


def resident(server: Served) -> float:
    """Megabytes of the server that are in memory."""
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    (found,) = (line for line in lines if line.startswith("VmRSS:"))
    return int(found.split()[1]) / 1000


def print_weights(server: Served) -> None:
    """The heaviest page without a chart, and with one."""
    with server.as_() as client:
        signed = client.post("/v1/session", json={"login": "anna", "password": PASSWORD})
        assert signed.status_code == 200, signed.text
        for name, pages, bar in (("without", PLAIN, 150), ("with", DRAWN, 450)):
            weights = {page: sum(weigh(client, page).values()) for page in pages}
            heaviest = max(weights, key=lambda page: weights[page])
            print(f"heaviest page {name} a chart: {heaviest}, ", end="")
            print(f"{weights[heaviest] / 1000:.0f} kB packed (bar {bar})")


def print_times(server: Served, rounds: int) -> None:
    """How soon each page can be used."""
    if not CHROMIUM.exists():
        print(f"pages were not opened: no Chromium at {CHROMIUM}")
        return
    times: dict[str, list[float]] = {}
    with browser() as chromium:
        for _ in range(rounds):
            context = chromium.new_context(base_url=server.url)
            page = context.new_page()
            page.goto("/enter")
            page.request.post("/v1/session", data={"login": "anna", "password": PASSWORD})
            for path in (*PLAIN, *DRAWN):
                page.goto(path)
                ready = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
                times.setdefault(path, []).append(page.evaluate(ready) / 1000)
            context.close()
    found = {path: statistics.median(each) for path, each in times.items()}
    slowest = max(found, key=lambda path: found[path])
    print(f"slowest page: {slowest}, to be used after {found[slowest]:.2f} s (bar 1); ", end="")
    print(f"half of them within {statistics.median(found.values()):.2f} s")


@contextmanager
def browser() -> Iterator[Any]:
    """Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        chromium = running.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


if __name__ == "__main__":
    main()

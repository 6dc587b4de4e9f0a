"""Viewers beside trading: how far behind they are, and what they cost the writer.

Orders arrive in batches of 100 at a market that trades as they come, most of which trade. The same
flow is sent without anybody watching and with 200 viewers of frames and 5 exact feeds; rounds take
turns, medians. Each batch also leaves an order in a book of its own at a price that tells its
number, so a frame says how far it is: just before its next frame comes, a viewer is behind by the
time since the first batch was answered that it does not see. Afterwards the book is rebuilt from
each exact feed and held against the levels of the server. The writer is the two threads of the
server that work most while nobody watches, besides the one that serves.
"""

import argparse
import asyncio
import json
import os
import re
import statistics
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.server import request
from tests.server.serving import Served, ask, serve
from yaosu.kernel.columns import Columns
from yaosu.markets.mechanisms.continuous_feed import FeedBook

VIEWERS, FEEDS, BATCH, RATE = 200, 5, 100, 2_000
TOLD = re.compile(rb'"region":"west","buy":\[\[(\d+),')
TICKS = os.sysconf("SC_CLK_TCK")
FRAMES = "/v1/streams/frames?market=live"
FEED = "/v1/streams/book?market=live&instrument=gpu&region=east"


class Flow:
    """The batches that were answered, by number: when."""

    def __init__(self) -> None:
        self.answered = [0.0]


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    quick = given.parse_args().quick
    rounds, seconds = (2, 3.0) if quick else (5, 10.0)
    with tempfile.TemporaryDirectory() as folder:
        server = serve(Path(folder) / "venue", log="0", streams_max="1000")
        try:
            asyncio.run(compare(server, rounds, seconds))
        finally:
            server.stop()


async def compare(server: Served, rounds: int, seconds: float) -> None:
    """Take turns and print."""
    with server.as_("operator") as operator:
        ask(operator, "markets.change_phase", "open", market="live", phase="continuous")
        for name in ("anna", "bert"):
            made = ask(operator, "settlement.record_deposit", f"money-{name}", party=name,
                       currency="CNY", amount_minor=2**50)  # fmt: skip
            assert made.status_code == 200, made.text
    flow = Flow()
    await send(server, flow, 1.0)
    alone: list[float] = []
    watched: list[float] = []
    rates: list[float] = []
    behind: list[float] = []
    writer: list[str] = []
    for _ in range(rounds):
        before = threads(server)
        count, _ = await send(server, flow, seconds)
        after = threads(server)
        spent = {name: after[name] - before.get(name, 0.0) for name in after}
        spent.pop(str(server.process.pid))
        writer = writer or sorted(spent, key=lambda name: spent[name])[-2:]
        alone.append(sum(spent[name] for name in writer) / count)
        count, rate, late, cost = await watch(server, flow, seconds, writer)
        watched.append(cost / count)
        rates.append(rate)
        behind += late
    behind.sort()
    ratio = statistics.median(watched) / statistics.median(alone)
    print(f"orders arriving, {VIEWERS} viewers     {statistics.median(rates):>8,.0f} orders/s")
    print(f"writer, nobody watching          {statistics.median(alone) * 1e6:>8,.0f} us an order")
    print(f"writer, {VIEWERS} viewers, {FEEDS} feeds     ", end="")
    print(f"{statistics.median(watched) * 1e6:>8,.0f} us an order")
    each = len(behind) / VIEWERS / rounds / (seconds + 1)
    print(f"frames a viewer and second       {each:>8.1f}")
    print(f"a viewer is behind by at most {behind[-1]:.2f} s (bar 2), ", end="")
    often = behind[-1 - len(behind) // 100]
    print(f"mostly {behind[len(behind) // 2]:.2f} s, 99 of 100 times {often:.2f} s")
    print(f"ratio: writer with viewers / without {ratio:.2f} (bar 1.2)")
    await rebuild(server)


async def send(server: Served, flow: Flow, seconds: float) -> tuple[int, float]:
    """Send batches at their rate, sales and purchases in turn; orders sent, and orders a second."""
    port = int(server.url.rpartition(":")[2])
    sent, began = 0, perf_counter()
    sides = [(await asyncio.open_connection("127.0.0.1", port), name) for name in ("anna", "bert")]
    while (now := perf_counter()) - began < seconds:
        (reader, writer), name = sides[len(flow.answered) % 2]
        writer.write(batch(server.tokens[name], len(flow.answered)))
        head = await reader.readuntil(b"\r\n\r\n")
        assert head[9:12] == b"200", head + await reader.read(2000)
        await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        flow.answered.append(perf_counter())
        sent += BATCH
        await asyncio.sleep(max(0.0, began + sent / RATE - now))
    for (_, writer), _ in sides:
        writer.close()
    return sent, sent / (perf_counter() - began)


def batch(token: str, number: int) -> bytes:
    """Orders of one side round a price; the last tells the number."""
    chance = np.random.default_rng(number)
    side = 1 if number % 2 else -1
    rows = [
        {"instrument": "gpu", "region": "east", "side": side, "price": 10_000 - side * away,
         "quantity": lots}
        for away, lots in zip(
            chance.integers(-50, 50, BATCH - 1).tolist(),
            chance.integers(1, 4, BATCH - 1).tolist(),
            strict=True,
        )
    ]  # fmt: skip
    told = {"instrument": "gpu", "region": "west", "side": 1, "price": number, "quantity": 1}
    more = (f"Authorization: Bearer {token}", f"Idempotency-Key: v-{number}",
            "Prefer: return=minimal")  # fmt: skip
    return request("/v1/markets/live/orders", json.dumps([*rows, told]).encode(), *more)


async def watch(
    server: Served, flow: Flow, seconds: float, writer: list[str]
) -> tuple[int, float, list[float], float]:
    """The same with viewers: orders sent, orders a second, how far behind, the writer's seconds."""
    late: list[float] = []
    feeds = [asyncio.create_task(drain(server, FEED)) for _ in range(FEEDS)]
    viewers = [asyncio.create_task(view(server, flow, late)) for _ in range(VIEWERS)]
    await asyncio.sleep(1.0)  # all of them are connected
    late.clear()
    before = threads(server)
    count, rate = await send(server, flow, seconds)
    after = threads(server)
    cost = sum(after[name] - before[name] for name in writer)
    await asyncio.sleep(1.0)  # the last frame has come
    for task in (*viewers, *feeds):
        task.cancel()
    await asyncio.gather(*viewers, *feeds, return_exceptions=True)
    return count, rate, late, cost


async def view(server: Served, flow: Flow, late: list[float]) -> None:
    """Note with each frame how far behind the viewer was without it."""
    shown = len(flow.answered)
    async for frame in events(server, "anna", FRAMES):
        unseen = flow.answered[shown + 1] if shown + 1 < len(flow.answered) else perf_counter()
        late.append(perf_counter() - unseen)
        told = TOLD.search(frame)
        assert told, frame
        shown = int(told[1])


async def drain(server: Served, path: str) -> None:
    """Take in a stream and do nothing."""
    async for _ in events(server, "bert", path):
        pass


async def events(
    server: Served, login: str, path: str, after: int | None = None
) -> AsyncIterator[bytes]:
    """The events of a stream, as they come."""
    port = int(server.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    resume = "" if after is None else f"Last-Event-ID: {after}\r\n"
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{resume}"
        f"Authorization: Bearer {server.tokens[login]}\r\n\r\n".encode()
    )
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head[9:12] == b"200", head + await reader.read(2000)
        rest = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            rest += (await reader.readexactly(size + 2))[:-2]
            *whole, rest = rest.split(b"\n\n")
            for event in whole:
                yield event
    finally:
        writer.close()


async def rebuild(server: Served) -> None:
    """Rebuild the book from each exact feed and hold it against the levels of the server."""
    with server.as_("anna") as anna:
        size = int(anna.get("/ready").json()["entries"])
        query = {"market": "live", "at_least": size, "limit": 1000}
        rows = anna.get("/v1/levels", params=query).json()["rows"]
    wanted = {(r["side"], r["price"]): r["quantity"] for r in rows if r["region"] == "east"}
    books = await asyncio.gather(*(rebuilt(server, size - 1) for _ in range(FEEDS)))
    for book in books:
        found: dict[tuple[int, int], int] = {}
        for side, price, lots in book.orders.values():
            found[side, price] = found.get((side, price), 0) + lots
        assert found == wanted, "a book that was rebuilt is another one"
    assert len({book.digest for book in books}) == 1
    print(f"{FEEDS} exact feeds: {books[0].sequence:,} messages each, the book rebuilt exactly")


async def rebuilt(server: Served, last: int) -> FeedBook:
    """The book of a feed up to an entry, from the first."""
    book = FeedBook()
    with server.as_("anna") as anna:  # one entry more, so that the end of the feed is seen
        made = ask(anna, "markets.submit_orders", f"end-{id(book)}", market="live",
                   batch=f"end-{id(book)}", orders=[{"instrument": "gpu", "region": "east",
                   "side": 1, "price": 1, "quantity": 1}])  # fmt: skip
        assert made.status_code == 200, made.text
    async for event in events(server, "bert", FEED, after=0):
        told = re.search(rb"^id: (\d+)$", event, re.MULTILINE)
        number = int(told[1]) if told else 0
        if number > last:
            return book
        for line in event.split(b"\n"):
            if line.startswith(b"data: "):
                cells = json.loads(line[6:])
                book.take(Columns({n: np.array(column, np.int64) for n, column in cells.items()}))
    raise AssertionError("the feed ended")


def threads(server: Served) -> dict[str, float]:
    """Seconds that each thread of the server has worked."""
    folder = Path(f"/proc/{server.process.pid}/task")
    found = {}
    for thread in folder.iterdir():
        fields = (thread / "stat").read_text().rpartition(")")[2].split()
        found[thread.name] = (int(fields[11]) + int(fields[12])) / TICKS
    return found


if __name__ == "__main__":
    main()

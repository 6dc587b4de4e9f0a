"""Pages that follow: what changed since it was seen, made once, and nothing for nobody."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.server.serving import Served, ask, serve
from yaosu.server.console import following
from yaosu.server.console.following import Following, Page, Shown, end_part, part, parts_of


def test_the_parts_of_a_page_stand_between_their_marks() -> None:
    html = f"a{part('one')}<b>1</b>{end_part('one')}c{part('two')}{end_part('two')}"
    assert parts_of(html) == {"one": "<b>1</b>", "two": ""}


def told(event: bytes) -> tuple[int, dict[str, str]]:
    lines = event.decode().splitlines()
    assert lines[0] == "event: parts"
    return int(lines[1].removeprefix("id: ")), json.loads(lines[2].removeprefix("data: "))


def test_who_comes_back_is_sent_what_changed_since() -> None:
    """Also after several changes."""

    async def way() -> None:
        page = Page(lambda: Shown(0, {}))
        page.take(Shown(5, {"a": "1", "b": "1"}))
        page.take(Shown(7, {"a": "2", "b": "1"}))
        page.take(Shown(9, {"a": "2", "b": "2"}))
        assert page.since(9) == b""
        assert told(page.since(8)) == (9, {"b": "2"})
        assert told(page.since(6)) == (9, {"a": "2", "b": "2"})
        assert page.since(6) is page.since(6)  # encoded once

    asyncio.run(way())


def test_a_page_is_made_once_for_all_and_for_nobody_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    async def way() -> None:
        monkeypatch.setattr(following, "PERIOD_SECONDS", 0.01)
        monkeypatch.setattr(following, "QUIET_SECONDS", 0.05)
        size, made = 1, []

        def make() -> Shown:
            made.append(size)
            return Shown(size, {"a": str(size)})

        pages = Following(lambda: size)
        watching = [pages.watch(("p",), make, 0) for _ in range(3)]
        for one in watching:
            assert (await anext(one)).startswith(b"retry")
        firsts = await asyncio.gather(*(anext(one) for one in watching))
        assert all(told(first) == (1, {"a": "1"}) for first in firsts)
        assert made == [1]
        assert (await anext(watching[0])).startswith(b"event: pulse")
        size = 2
        assert [told(await anext(one)) for one in watching] == [(2, {"a": "2"})] * 3
        assert made == [1, 2]
        for one in watching:
            await one.aclose()
        size = 3
        await asyncio.sleep(0.1)
        assert made == [1, 2]

    asyncio.run(way())


def test_nobody_is_sent_back_to_what_was_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader whose page is newer than the one that is watched waits for it; one who has seen
    more entries than there are looks at another journal, and is sent everything."""

    async def way() -> None:
        monkeypatch.setattr(following, "PERIOD_SECONDS", 0.01)
        monkeypatch.setattr(following, "QUIET_SECONDS", 0.05)
        size, shown = 5, 5

        pages = Following(lambda: size)
        before = pages.watch(("p",), lambda: Shown(shown, {"a": str(shown)}), 0)
        assert (await anext(before)).startswith(b"retry")
        assert told(await anext(before)) == (5, {"a": "5"})
        size = 6  # the reader's new page shows six, the one that is watched still five
        after = pages.watch(("p",), lambda: Shown(shown, {"a": str(shown)}), 6)
        assert (await anext(after)).startswith(b"retry")
        assert (await anext(after)).startswith(b"event: pulse")
        other = pages.watch(("p",), lambda: Shown(shown, {"a": str(shown)}), 50)
        assert (await anext(other)).startswith(b"retry")
        assert told(await anext(other)) == (5, {"a": "5"})
        size = shown = 7
        assert told(await anext(after)) == (7, {"a": "7"})
        for one in (before, after, other):
            await one.aclose()

    asyncio.run(way())


def test_a_page_that_cannot_be_made_lets_its_viewers_go(monkeypatch: pytest.MonkeyPatch) -> None:

    async def way() -> None:
        monkeypatch.setattr(following, "PERIOD_SECONDS", 0.01)

        def make() -> Shown:
            raise ValueError("broken")

        pages = Following(lambda: 1)
        events = [event async for event in pages.watch(("p",), make, 0)]
        assert events == [b"retry: 2000\n\n"]

    asyncio.run(way())


def test_a_stream_of_a_page_begins_where_the_reader_was(served: Served) -> None:
    """Anyone watches a market; a desk is for who is signed in; each sees what the page shows."""
    with served.as_("bert") as bert, served.as_() as nobody:
        size = bert.get("/v1/venue").json()["entries"]
        row = {"instrument": "gpu", "region": "east", "side": 1, "price": 3, "quantity": 9}
        key = {"Idempotency-Key": "a-stream-of-a-page"}
        assert bert.post("/v1/markets/live/orders", json=[row], headers=key).status_code == 200
        parts = first_parts(nobody, f"/live/markets/live?after={size}")
        assert {"ladder", "state"} <= parts.keys()
        assert "Your orders" not in parts.get("own", "")
        mine = first_parts(bert, "/live/markets/live?after=0")
        assert "Your orders here" in mine["own"]
        assert nobody.get("/live/markets/none").status_code == 404
        assert nobody.get("/live/desk").status_code == 401
        assert nobody.get("/live?after=x").status_code == 400
        assert ask(bert, "markets.cancel_orders", "end-of-it", market="live",
                   batch="a-stream-of-a-page").status_code == 200  # fmt: skip


def first_parts(client: Any, path: str) -> dict[str, str]:
    with client.stream("GET", path) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("data: {") and "entries" not in line[:12]:
                return dict(json.loads(line.removeprefix("data: ")))
    raise AssertionError("it ended")


def test_strangers_who_watch_leave_room_for_those_who_trade(tmp_path: Path) -> None:
    """Half of the streams are for who is not signed in."""
    server = serve(tmp_path / "venue", streams_max="2", clearing_worker="false")
    try:
        with (
            server.as_() as nobody,
            server.as_("bert") as bert,
            nobody.stream("GET", "/live") as first,
        ):
            assert first.status_code == 200
            lines = first.iter_lines()  # kept: a stream whose reader is let go of is closed
            assert next(lines) == "retry: 2000"
            assert nobody.get("/live").json()["code"] == "server.too_many_streams"
            with bert.stream("GET", "/live/desk") as own:
                assert own.status_code == 200
    finally:
        server.stop()

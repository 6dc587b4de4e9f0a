"""Server-sent events: nothing missed, nothing of others, the book rebuilt, frames made once."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest

from tests.server.serving import Served, ask, orders
from yaosu.kernel.columns import Columns
from yaosu.markets.mechanisms.continuous_feed import FeedBook


def told(
    client: httpx.Client, path: str, count: int = 10**9, *, up_to: int = 10**9, **headers: str
) -> list[tuple[str, Any, str]]:
    """The next events of a stream: kind, data, id; so many, or up to that of an entry."""
    found: list[tuple[str, Any, str]] = []
    with client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        for event in _events(answer.iter_lines()):
            if "data" in event:
                found.append((event["event"], json.loads(event["data"]), event.get("id", "")))
            if len(found) >= count or int(event.get("id", 0)) >= up_to:
                return found
    return found


def _events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    for line in lines:
        if not line:
            yield event
            event = {}
            continue
        name, _, value = line.partition(":")
        event[name] = value.removeprefix(" ")


def test_the_journal_goes_on_where_the_connection_was_lost(served: Served) -> None:
    with served.as_("supervisor") as supervisor:
        size = supervisor.get("/ready").json()["entries"]
        first = told(supervisor, "/v1/streams/journal", 5, **{"Last-Event-ID": "2"})
        assert [data["sequence"] for _, data, _ in first] == [3, 4, 5, 6, 7]
        last = first[-1][2]
        rest = told(supervisor, "/v1/streams/journal", size - 8, **{"Last-Event-ID": last})
        assert [data["sequence"] for _, data, _ in rest] == list(range(8, size))
        wrong = supervisor.get("/v1/streams/journal", headers={"Last-Event-ID": "x"})
        assert wrong.json()["code"] == "server.bad_query"
    with served.as_("anna") as anna:
        answer = anna.get("/v1/streams/journal")
        assert (answer.status_code, answer.json()["code"]) == (403, "server.office_needed")


def test_everybody_is_told_of_his_own_rows_alone(served: Served) -> None:
    with served.as_("anna") as anna, served.as_("bert") as bert:
        begin = str(anna.get("/ready").json()["entries"] - 1)
        for number, (client, price) in enumerate(((anna, 900), (bert, 901), (anna, 902))):
            made = ask(
                client, "markets.submit_orders", f"rows-{number}", market="call",
                batch=f"rows-{number}", orders=orders((1, price, 1)),
            )  # fmt: skip
            assert made.status_code == 200, made.text
        for client, name, wanted in ((anna, "anna", [900, 902]), (bert, "bert", [901])):
            events = told(client, "/v1/streams/rows", len(wanted), **{"Last-Event-ID": begin})
            assert {data["party"] for _, data, _ in events} == {name}
            prices = [
                piece["content"]["price"][0]
                for _, data, _ in events
                for piece in data["rows"]
                if piece["event"] == "markets.orders_accepted/1"
            ]
            assert prices == wanted


def test_the_book_is_rebuilt_from_its_feed(served: Served) -> None:
    """The exact feed: the book that a client keeps is the book of the server, at every price."""
    with served.as_("operator") as operator, served.as_("anna") as anna, served.as_("bert") as bert:
        ask(operator, "markets.change_phase", "phase-1", market="live", phase="continuous")
        flow = [(anna, 1, 50, 10), (anna, 1, 49, 5), (bert, -1, 55, 7), (bert, -1, 50, 4),
                (anna, 1, 56, 9), (bert, -1, 60, 3)]  # fmt: skip
        for number, (client, side, price, lots) in enumerate(flow):
            made = ask(
                client, "markets.submit_orders", f"live-{number}", market="live",
                batch=f"live-{number}",
                orders=[{**row, "right": "gpu-bert" if side < 0 else ""}
                        for row in orders((side, price, lots))],
            )  # fmt: skip
            assert made.status_code == 200, made.text
        size = made.json()["sequence"] + 1
        path = "/v1/streams/book?market=live&instrument=gpu&region=east"
        events = told(anna, path, up_to=size - 1, **{"Last-Event-ID": "0"})
        book = FeedBook()
        for _, data, _ in events:
            book.take(Columns({name: np.array(cells, np.int64) for name, cells in data.items()}))
        query = {"market": "live", "at_least": size, "limit": 1000}
        shown = anna.get("/v1/levels", params=query).json()["rows"]
        levels: dict[tuple[int, int], int] = {}
        for side, price, lots in book.orders.values():
            levels[side, price] = levels.get((side, price), 0) + lots
        assert levels == {(row["side"], row["price"]): row["quantity"] for row in shown}
        assert len(levels) > 2
        trades = told(anna, "/v1/streams/prices?market=live", 2, **{"Last-Event-ID": "0"})
        assert [data["prices"]["price"] for _, data, _ in trades] == [[50], [55]]
        assert set(trades[0][1]["prices"]) == {"instrument", "region", "price", "lots"}
        frames = told(anna, "/v1/streams/frames?market=live", 1)
        (live,) = frames[0][1]["books"]
        best = max(price for (side, price) in levels if side > 0)
        assert live["buy"][0][:2] == [best, levels[1, best]]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/streams/frames?market=none", "markets.unknown_market"),
        ("/v1/streams/book?market=live", "server.bad_query"),
        ("/v1/streams/prices?colour=red", "server.bad_query"),
    ],
)
def test_a_stream_of_nothing_is_refused(served: Served, path: str, code: str) -> None:
    with served.as_("anna") as anna:
        assert anna.get(path).json()["code"] == code

"""The client: the same structs from afar, typed answers, and nothing done twice."""

import asyncio
import signal
from pathlib import Path

import pytest

import yaosu as ys
from tests.server.serving import Served, serve
from tests.stories import row
from yaosu.kernel.refusal import Refusal
from yaosu.markets.commands import SubmitOrders
from yaosu.markets.events import OrdersAccepted
from yaosu.parties.commands import RegisterParty


def order(key: str, market: str = "call") -> SubmitOrders:
    orders = row("anna", 1, 3, 1, "east", "gpu")
    return SubmitOrders(actor="anna", key=key, market=market, batch=key, orders=orders)


def test_a_receipt_from_afar_is_that_of_the_door(served: Served) -> None:
    with ys.Client(served.url, served.tokens["anna"]) as venue:
        first, again = venue.submit(order("far-1")), venue.submit(order("far-1"))
        assert isinstance(first.accepted().events[-1], OrdersAccepted) or any(
            isinstance(event, OrdersAccepted) for event in first.events
        )
        assert (again.sequence, again.hash, again.repeated) == (first.sequence, first.hash, True)
        shown = list(venue.rows("orders", batch="far-1"))
        assert [one["price"] for one in shown] == [3]


def test_a_refusal_from_afar_has_its_code(served: Served) -> None:
    with ys.Client(served.url, served.tokens["anna"]) as venue:
        answer = venue.submit(order("far-2", market="nowhere"))
        assert answer.refusal is not None
        assert answer.refusal.code == "markets.unknown_market"
        with pytest.raises(Refusal, match=r"markets\.unknown_market"):
            answer.accepted()
        other = RegisterParty(actor="bert", key="k", party="x", kind="person", name="")
        with pytest.raises(Refusal, match=r"server\.not_your_party|client\.refused"):
            venue.submit(other)


def test_nobody_there_is_said_after_so_many_attempts() -> None:
    with ys.Client("http://127.0.0.1:9", attempts=2) as venue:
        with pytest.raises(Refusal) as refused:
            venue.submit(order("far-3"))
        assert refused.value.code == "client.unreachable"
        assert refused.value.facts["attempts"] == 2


def test_programs_that_await_ask_many_at_once_and_follow(served: Served) -> None:
    async def story() -> None:
        async with ys.AsyncClient(served.url, served.tokens["anna"]) as venue:
            answers = await venue.submit_many([order(f"many-{n}") for n in range(20)])
            assert all(answer.refusal is None for answer in answers)
            first = min(answer.sequence for answer in answers)
            seen = set()
            async for sequence, kind, data in venue.events("rows", after=first - 1):
                assert (kind, data["party"]) == ("rows", "anna")
                seen.add(sequence)
                if len(seen) == 20:
                    break
            assert {answer.sequence for answer in answers} == seen
            shown = [one async for one in venue.rows("orders", market="call", limit=7)]
            assert len({one["batch"] for one in shown if one["batch"].startswith("many")}) == 20

    asyncio.run(story())


def test_a_command_is_sent_again_until_the_server_is_back(tmp_path: Path) -> None:
    """The server is stopped and started again meanwhile; by its key it is done once."""
    first = serve(tmp_path / "venue")
    port = first.url.rpartition(":")[2]

    async def story() -> int:
        async with ys.AsyncClient(first.url, first.tokens["anna"], attempts=12) as venue:
            before = await venue.submit(order("back-1"))
            first.stop(signal.SIGTERM)
            waiting = asyncio.create_task(venue.submit(order("back-1")))
            listen = ("--listen", f"127.0.0.1:{port}")
            second = await asyncio.to_thread(Served, first.folder, first.tokens, *listen)
            after = await waiting
            second.stop()
            assert after.repeated
            assert after.hash == before.hash
            return after.sequence

    assert asyncio.run(story()) > 0

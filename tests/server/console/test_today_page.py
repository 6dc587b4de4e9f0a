"""What the first page tells of factors without a market, and operate of who leads."""

from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import cast

from tests.server.console.test_trading_pages import Watched
from tests.server.serving import Served
from tests.stories import Story
from yaosu.journal.opening import open_store
from yaosu.server.console.pages.today import today
from yaosu.server.console.tending import machine_of
from yaosu.server.house import House
from yaosu.server.standing_by import NOTE


def test_factors_that_no_market_trades_are_named() -> None:
    """Console 1: every factor stands on the first page."""
    story = Story().found(["compute", "capital"])
    story.market("m")
    watched = Watched(story)
    page = today(watched.state, watched.record, watched.names())
    assert page.without == ("Capital",)
    assert "No market yet for: Capital" in watched.said("today.html", page)


def test_operate_tells_where_the_server_that_writes_is_reached(
    served: Served, tmp_path: Path
) -> None:
    """What standby servers tell as their leader; nothing where no server may stand by."""
    store = open_store(tmp_path / "market.db")
    house = SimpleNamespace(
        folder=tmp_path, store=store, reading_store=Lock(), errands=None, settings=None
    )
    assert machine_of(cast("House", house)).leader == ""
    store.note(NOTE, b"http://10.0.0.7:8000")
    assert machine_of(cast("House", house)).leader == "http://10.0.0.7:8000"
    store.close()
    with served.as_("operator") as operator:
        assert "Writes at" not in operator.get("/operate").text

"""A published round over HTTP: for anyone, with its proof, and never before it is cleared."""

import threading
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.console.rounds import REGIONS, serve_rounds, trade
from tests.server.serving import Served, ask
from tests.stories import Story
from yaosu.engine.recovery import events_of
from yaosu.journal.checkpoint import parse_checkpoint, verify_checkpoint
from yaosu.journal.opening import open_store
from yaosu.journal.party_files import Own, Step, open_step
from yaosu.kernel import canonical
from yaosu.kernel.signed_note import parse_verifier_key
from yaosu.markets.events import RoundPublished
from yaosu.rows import EVERYBODY, party_key
from yaosu.server.console.names import Names
from yaosu.server.console.pages.market import market_page
from yaosu.server.console.pages.result import own_levels, result_page
from yaosu.server.console.record import Record
from yaosu.server.console.views import Console
from yaosu.server.result_files import Results

PATH = "/v1/markets/grid/rounds/1"


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = serve_rounds(tmp_path_factory.mktemp("rounds") / "venue")
    yield server
    server.stop()


def event_in(told: dict[str, Any]) -> RoundPublished:
    """The round that a file holds."""
    pieces = canonical.decode(b64decode(told["rows"]), list[tuple[int, str, str, RoundPublished]])
    return pieces[0][3]


def test_anyone_reads_a_round_and_python_follows_its_proof(rounds: Served) -> None:
    """The same form as a party's proof of its own rows, of a party that nobody is."""
    with rounds.as_() as anyone:
        told = anyone.get(PATH).json()
        key = parse_verifier_key(anyone.get("/v1/venue").json()["keys"][0])
    own = {name: told[name] for name in ("salt", "before", "here", "rows")}
    step = Step(
        header=told["header"],
        inclusion=tuple(told["inclusion"]),
        way=tuple(told["way"]),
        own=Own(**own),
        other=None,
    )
    opened = open_step(step, party_key(EVERYBODY), verify_checkpoint(told["checkpoint"], [key]))
    assert opened.header.sequence == told["sequence"]
    event = event_in(told)
    assert (event.market, event.round, event.regions.rows) == ("grid", 1, 3)
    assert parse_checkpoint(told["checkpoint"]).size == told["counted"] == told["entries"]
    assert not any(name in b64decode(told["rows"]) for name in (b"anna", b"bert"))


def test_who_has_it_already_is_not_sent_it_again(rounds: Served) -> None:
    with rounds.as_() as anyone:
        first = anyone.get(PATH)
        again = anyone.get(PATH, headers={"If-None-Match": first.headers["etag"]})
        other = anyone.get("/v1/markets/grid/rounds/2")
    assert (again.status_code, again.content) == (304, b"")
    assert other.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/markets/grid/rounds/9", 404, "server.unknown_row"),
        ("/v1/markets/none/rounds/1", 404, "server.unknown_row"),
        ("/v1/markets/grid/rounds/0", 400, "server.bad_query"),
        ("/v1/markets/grid/rounds/one", 400, "server.bad_query"),
        ("/v1/markets/grid/rounds/" + "9" * 30, 400, "server.bad_query"),
    ],
)
def test_what_is_not_there_is_refused(rounds: Served, path: str, status: int, code: str) -> None:
    with rounds.as_() as anyone:
        answer = anyone.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_nothing_of_a_round_is_told_before_it_is_cleared(rounds: Served) -> None:
    """Orders come in; the round that takes them is not there until its book is closed."""
    with rounds.as_("anna") as anna, rounds.as_("operator") as chair, rounds.as_() as anyone:
        one = {"instrument": "gpu", "region": "north", "side": -1, "price": 70, "quantity": 3,
               "party": "anna", "right": ""}  # fmt: skip
        fields = {"market": "grid", "batch": "soon", "orders": [one]}
        assert ask(anna, "markets.submit_orders", "soon", **fields).status_code == 200
        path = "/v1/markets/grid/rounds/3"
        assert anyone.get(path).status_code == 404
        assert anyone.get(path.replace("/v1", "")).status_code == 404
        assert ask(chair, "markets.close_book", "soon", market="grid").status_code == 200
        told = anyone.get(path).json()
    assert event_in(told).volume == 0
    assert event_in(told).levels["price"].tolist() == [70]


def venue(path: Path) -> Story:
    """A market with one cleared round and no server."""
    story = Story(open_store(path / "market.db"), REGIONS).found(["compute"])
    for name in ("anna", "bert"):
        story.party(name, money=1_000_000)
        story.right(f"gpu-{name}", name, 1_000, "north", instrument="gpu")
    story.market("grid", regions=REGIONS)
    trade(
        story,
        ("anna", -1, 50, 30, "north"),
        ("anna", 1, 60, 10, "north"),
        ("bert", 1, 70, 25, "north"),
    )
    story.close("grid")
    return story


def recorded(story: Story) -> Record:
    """A reader's record of all entries."""
    record = Record()
    for entry in story.venue.store.read():
        record.take(entry, events_of(entry))
    return record


def test_without_a_key_there_is_no_checkpoint_and_the_way_is_told_all_the_same(
    tmp_path: Path,
) -> None:
    story = venue(tmp_path)
    store, last = story.venue.store, story.venue.size - 1
    results = Results()
    file = results.file(store, None, "grid", 1, last)
    assert file is not None
    assert (file.checkpoint, file.inclusion) == ("", ())
    assert file.way is not None
    assert results.file(store, None, "grid", 1, 0) is None  # publishes none


def test_own_orders_are_told_by_price_without_what_met_each_other(tmp_path: Path) -> None:
    story = venue(tmp_path)
    record, store = recorded(story), story.venue.store
    own = own_levels(record, store, "grid", 1, ("anna",))
    assert [(one["side"], one["price"], one["lots"]) for one in own] == [(-1, 50, 20)]
    names = Names(story.venue.state, "en")
    page = result_page(story.venue.state, record, names, "grid", 1)
    assert (page.is_checkable, page.own, page.sequence) == (True, (), story.venue.size - 1)
    shown = market_page(story.venue.state, record, store, names, "grid")
    assert shown.checked == 1


def test_a_page_shows_no_entry_that_the_record_has_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer goes on between the two: the page says so, and is made anew when asked again."""
    story = venue(tmp_path)
    store = open_store(tmp_path / "market.db", readonly=True)
    console = Console(story.venue, store, threading.Lock())

    def make(state: Any, names: Any) -> int:
        return len(console.record.markets["grid"].rounds)

    console.catch_up()
    with monkeypatch.context() as slow:
        slow.setattr(console, "catch_up", lambda: None)
        story.close("grid")
        behind = console.caught_up(("rounds",), make, "en")
    assert (behind.view, behind.size) == (1, story.venue.size - 1)
    now = console.caught_up(("rounds",), make, "en", story.venue.size)
    assert (now.view, now.size) == (2, story.venue.size)

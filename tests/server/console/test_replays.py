"""Replays begun from the page: in a process of their own, followed, stopped, compared, kept."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.engine.test_replay import rules
from tests.server.serving import Served, make_logins
from tests.stories import EXCHANGE, Story, both_ways
from yaosu.journal.opening import open_store
from yaosu.kernel.signed_note import signing_key
from yaosu.parties.commands import NameKey
from yaosu.server.console.pairs import Pair, pairs

pytest.importorskip("altair", reason="needs the extra report")
pytest.importorskip("pyarrow", reason="needs the extra arrow")
WORTH = 25 * 8  # lots more that cross once the link is free, times what each gains


def make_bound_venue(folder: Path) -> None:
    """A venue where a rule keeps 25 of 30 wanted lots from crossing a link."""
    folder.mkdir(parents=True)
    story = Story(open_store(folder / "market.db")).found(["compute"], rules("a"))
    key = signing_key("venue-1", bytes(range(32)))
    (folder / "signing.key").write_text(key.text)
    story.ask(NameKey, EXCHANGE, vkey=key.verifier.text)
    story.party("anna", region="west", money=1_000)
    story.party("bert", region="east")
    story.right("r1", "bert", 100, instrument="gpu")
    story.market(links=both_ways("east", "west", 5, 2))
    story.order("bert", -1, 10, 40)
    story.order("anna", 1, 20, 30, region="west")
    story.close()
    story.venue.close()


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("bound") / "venue"
    make_bound_venue(folder)
    server = Served(folder, make_logins(folder), "--signing-key", "signing.key", errands_max="1")
    yield server
    server.stop()


def begin(client: httpx.Client, text: str, **fields: str) -> httpx.Response:
    body = {"name": "Free links", "text": text, **fields}
    return client.post("/v1/replays", json=body)


def ended(client: httpx.Client, errand: str) -> dict[str, Any]:
    for _ in range(900):
        told: dict[str, Any] = client.get(f"/v1/replays/{errand}").json()
        if told["state"] != "running":
            return told
        time.sleep(0.1)
    raise AssertionError(told)


def test_a_supervisor_replays_a_period_and_reads_what_the_rule_is_worth(bound: Served) -> None:
    """S0-57: prices, flows, welfare and dividend beside what was recorded; journal untouched."""
    with bound.as_("supervisor") as client:
        before = client.get("/v1/venue").json()["entries"]
        begun = begin(client, rules("lifted", 2))
        assert begun.status_code == 201, begun.text
        errand = begun.json()["errand"]
        told = ended(client, errand)
        assert told["state"] == "done", told
        assert told["done"] == told["total"] == before
        page = client.get(f"/operate/replays/{errand}").text
        assert '<span class="rise">2.00</span>' in page  # of 200 minor units
        for words in ("Prices", "Flows between regions", "Gains from trade"):
            assert words in page
        assert "rule item national@lifted#markets.link_limits" in page
        report = client.get(f"/operate/replays/{errand}/files/report.html")
        assert "attachment" in report.headers["content-disposition"]
        assert client.get(f"/operate/replays/{errand}/files/prices.parquet").content[:4] == b"PAR1"
        assert client.get(f"/operate/replays/{errand}/files/lifted.toml").status_code == 404
        assert "Free links" in client.get("/operate/replays").text
        assert client.get("/v1/venue").json()["entries"] == before
    with bound.as_("operator") as client:
        assert client.get(f"/operate/replays/{errand}").status_code == 200
        thrown = client.post(f"/v1/replays/{errand}", json={"act": "forget"})
        assert thrown.status_code == 200
        assert client.get(f"/operate/replays/{errand}").status_code == 404


def test_only_so_many_run_at_one_time_and_one_that_runs_is_stopped(bound: Served) -> None:
    with bound.as_("supervisor") as client:
        errand = begin(client, rules("lifted", 2)).json()["errand"]
        more = begin(client, rules("closed", 0))
        assert (more.status_code, more.json()["code"]) == (429, "server.errands_busy")
        assert client.post(f"/v1/replays/{errand}", json={"act": "stop"}).status_code == 200
        assert ended(client, errand)["state"] == "stopped"
        assert "server.errand_runs" not in client.get(f"/operate/replays/{errand}").text
        client.post(f"/v1/replays/{errand}", json={"act": "forget"})
        kept = client.get("/operate/replays").text
        assert "No replays yet" in kept  # what was refused left nothing behind


def test_what_cannot_be_replayed_says_why(bound: Served) -> None:
    """A pack that cannot be read, a period that is none, an option in the place of a bound."""
    with bound.as_("supervisor") as client:
        assert begin(client, "not = [a pack").json()["code"] == "rules.malformed"
        assert begin(client, "").status_code == 400
        assert begin(client, "", pack="none").status_code == 400
        for bound_text in ("2099-13-77", "--json", "99999999"):
            errand = begin(client, rules("lifted", 2), since=bound_text).json()["errand"]
            told = ended(client, errand)
            assert told["state"] == "failed", told
            assert told["fault"]
            assert told["fault"].partition(":")[0].partition(".")[0] in ("engine", "kernel")
            client.post(f"/v1/replays/{errand}", json={"act": "forget"})


def test_replays_are_for_who_runs_and_who_watches(bound: Served) -> None:
    for login in ("anna", "registrar"):
        with bound.as_(login) as client:
            assert begin(client, rules("lifted", 2)).status_code == 403
            assert client.get("/operate/replays").status_code == 403
            assert client.get("/v1/replays/replay-1").status_code == 403


def test_the_picture_has_a_dot_for_each_side_and_none_for_what_is_not_there() -> None:
    drawn = pairs([Pair("a", 5, 30), Pair("b", None, 7), Pair("<c>", -3, -3)], 0, "lots")
    assert drawn.count('class="recorded"') == 2
    assert drawn.count('class="replayed"') == 3
    assert drawn.count('class="rise"') == 1
    assert "&lt;c&gt;" in drawn
    assert pairs([Pair("a", None, None)], 0, "lots") == ""

"""A demonstration venue is made anew by its command and by its button; no other venue is."""

import json
import time
from pathlib import Path

from tests.server.serving import PASSWORD, QUICK, Served
from yaosu.cli.app import answer
from yaosu.cli.output import DONE, REFUSED
from yaosu.door import draw
from yaosu.engine.clock import system_clock
from yaosu.server.logins import Logins


def made(tmp_path: Path, capsys) -> Path:
    folder = tmp_path / "try-it"
    assert answer(["demo", "make", str(folder), "--template", "compute", "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["entries"] > 5
    return folder


def test_a_demonstration_is_made_anew_from_the_line(tmp_path: Path, capsys) -> None:
    folder = made(tmp_path, capsys)
    before = (folder / "market.db").read_bytes()
    assert answer(["demo", "reset", str(folder), "--name", "another"]) == REFUSED
    assert "server.other_venue" in capsys.readouterr().err
    assert (folder / "market.db").read_bytes() == before
    assert answer(["demo", "reset", str(folder), "--name", "try-it", "--json"]) == DONE
    assert (folder / "market.db").read_bytes() != before


def test_a_venue_that_counts_is_never_thrown_away(tmp_path: Path, capsys) -> None:
    folder = tmp_path / "real"
    assert answer(["init", str(folder)]) == DONE
    capsys.readouterr()
    before = (folder / "market.db").read_bytes()
    assert answer(["demo", "reset", str(folder), "--name", "real"]) == REFUSED
    assert "server.not_demo" in capsys.readouterr().err
    assert (folder / "market.db").read_bytes() == before
    assert answer(["demo", "make", str(folder), "--template", "data"]) == REFUSED


def test_a_demonstration_is_made_anew_from_its_page(tmp_path: Path, capsys) -> None:
    folder = made(tmp_path, capsys)
    logins = Logins(str(folder / "market.logins"), system_clock, draw, hasher=QUICK)
    logins.use_link(logins.new_link("operator", ["exchange"], manages=True), PASSWORD)
    _, caller = logins.sign_in("operator", PASSWORD)
    token, _ = logins.new_token(caller, "tests", caller.scopes, (), 3600)
    logins.close()
    server = Served(folder, {"operator": token})
    try:
        with server.as_("operator") as client:
            assert 'data-reset="try-it"' in client.get("/operate").text
            first = client.get("/v1/entries/0").json()["hash"]
            refused = client.post("/v1/demo/reset", json={"name": "other"})
            assert refused.json()["code"] == "server.other_venue"
            assert client.post("/v1/demo/reset", json={"name": "try-it"}).status_code == 202
        assert server.process.stdout is not None
        again = json.loads(server.process.stdout.readline())
        assert again["url"] == server.url
        time.sleep(0.2)
        with server.as_("operator") as client:
            assert client.get("/v1/entries/0").json()["hash"] != first
            assert client.get("/v1/session").json()["login"] == "operator"
    finally:
        assert server.stop() == 0


def test_no_other_venue_has_the_button(served: Served) -> None:
    with served.as_("operator") as client:
        assert "data-reset" not in client.get("/operate").text
        answered = client.post("/v1/demo/reset", json={"name": "venue-1"})
        assert answered.json()["code"] == "server.not_demo"

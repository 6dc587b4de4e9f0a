"""A server on PostgreSQL, and a second one that stands by and takes over from a killed one."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import yaosu as ys
from tests.postgres import journal_url
from tests.server.serving import LOGINS, PASSWORD, QUICK, Served, ask, orders
from tests.stories import Story
from yaosu.door import draw
from yaosu.engine.clock import system_clock
from yaosu.engine.recovery import command_of
from yaosu.journal.opening import open_store
from yaosu.server.logins import Logins

LEASE_MS = 2000


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Path, str, dict[str, str]]]:
    """A folder whose journal is in PostgreSQL, with a market, people and their tokens."""
    with journal_url(lease_ms=LEASE_MS) as url:
        story = Story(open_store(url)).found(["compute"])
        story.party("anna", money=1_000_000_000)
        story.market("call", clear_at_close=False)
        story.venue.close()
        (tmp_path / "yaosu.toml").write_text(f"journal = {json.dumps(url)}\nlog = false\n")
        logins = Logins(str(tmp_path / "journal.logins"), system_clock, draw, hasher=QUICK)
        logins.use_link(logins.new_link("anna", [LOGINS["anna"]], manages=False), PASSWORD)
        _, caller = logins.sign_in("anna", PASSWORD)
        token, _ = logins.new_token(caller, "tests", ("act", "read"), (), 3600)
        logins.close()
        yield tmp_path, url, {"anna": token}


def place(server: Served, key: str) -> httpx.Response:
    with server.as_("anna") as anna:
        fields = {"market": "call", "batch": key, "orders": orders((1, 2, 1))}
        return ask(anna, "markets.submit_orders", key, **fields)


def keys_in(url: str) -> list[str]:
    with open_store(url, readonly=True) as store:
        return [command_of(entry).key for entry in store.read()]


def test_a_server_on_postgresql_is_stopped_and_started_again(
    house: tuple[Path, str, dict[str, str]],
) -> None:
    folder, url, tokens = house
    first = Served(folder, tokens)
    said = place(first, "p-1").json()
    assert said["outcome"] == "accepted"
    assert first.stop() == 0
    again = Served(folder, tokens)
    repeated = place(again, "p-1").json()
    assert (repeated["sequence"], repeated["repeated"]) == (said["sequence"], True)
    assert place(again, "p-2").status_code == 200
    second = subprocess.run(
        [sys.executable, "-m", "yaosu", "serve", str(folder), "--listen", "127.0.0.1:0"],
        capture_output=True, text=True, check=False, env={**os.environ, "YAOSU_LOG": "0"},
    )  # fmt: skip
    assert (second.returncode, "journal.leased" in second.stderr) == (1, True)
    assert again.stop() == 0
    done = subprocess.run([sys.executable, "-m", "yaosu", "verify", url], check=False)
    assert done.returncode == 0


def test_a_standby_says_who_leads_and_takes_over_from_a_killed_leader(
    house: tuple[Path, str, dict[str, str]],
) -> None:
    """kill -9 of the leader under load: what was acknowledged is there once, and more goes on."""
    folder, url, tokens = house
    leader = Served(folder, tokens)
    standby = Served(folder, tokens, "--stand-by")
    assert standby.told["stands_by"] is True
    with standby.as_("anna") as anna:
        assert anna.get("/health").status_code == 200
        assert anna.get("/ready").status_code == 503
        deadline = time.monotonic() + 20
        while "yaosu-leader" not in (refused := anna.get("/v1/markets")).headers:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert refused.status_code == 503
        assert refused.headers["yaosu-leader"] == leader.url
        assert refused.json()["code"] == "server.stands_by"
        assert refused.json()["facts"]["leader"] == leader.url
        assert anna.post("/v1/commands/markets.submit_orders", json={}).status_code == 503
    taken: list[tuple[str, int]] = []
    ended = threading.Event()

    def send() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            try:
                answer = place(leader, f"load-{number}")
            except httpx.TransportError:
                return
            if answer.status_code == 200:
                taken.append((f"load-{number}", answer.json()["sequence"]))

    thread = threading.Thread(target=send)
    thread.start()
    while len(taken) < 20:
        time.sleep(0.02)
    leader.stop(signal.SIGKILL)
    ended.set()
    thread.join(30)
    with ys.Client(standby.url, tokens["anna"], attempts=12) as client:
        assert client.read("/v1/session")["login"] == "anna", "the client waits until it leads"
    for key, sequence in taken[-3:]:
        said = place(standby, key).json()
        assert (said["sequence"], said["repeated"]) == (sequence, True)
    assert place(standby, "after").status_code == 200
    back = Served(folder, tokens, "--stand-by")
    assert back.told["stands_by"] is True
    assert standby.stop() == 0
    with ys.Client(back.url, tokens["anna"], attempts=12) as client:
        assert client.read("/v1/session")["login"] == "anna"
    assert back.stop() == 0
    kept = keys_in(url)
    assert len(kept) == len(set(kept)), "no command stands twice"
    assert {key for key, _ in taken} | {"after"} <= set(kept)


def test_a_standby_that_is_told_to_stop_stops(house: tuple[Path, str, dict[str, str]]) -> None:
    folder, _, tokens = house
    leader = Served(folder, tokens)
    standby = Served(folder, tokens, "--stand-by")
    assert standby.stop() == 0
    assert place(leader, "alone").status_code == 200
    assert leader.stop() == 0

"""A server's life: its first start, a kill under load, a stop, a book cleared, its settings."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.server.serving import PASSWORD, Served, ask, make_logins, orders, serve
from yaosu.cli.app import answer as main_answer
from yaosu.door import environment
from yaosu.engine.recovery import command_of
from yaosu.journal.opening import open_store
from yaosu.kernel.refusal import Refusal
from yaosu.server.settings import SETTINGS, read_settings


def yaosu(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "yaosu", *words], capture_output=True, text=True, check=False
    )


def test_nothing_acknowledged_is_lost_when_it_is_killed_under_load(tmp_path: Path) -> None:
    """kill -9 while eight clients send: every receipt that arrived is in the journal, once."""
    server = serve(tmp_path / "venue", log="0")
    taken: list[tuple[str, int, str]] = []
    sent: list[str] = []

    def send(name: str) -> None:
        with server.as_("anna") as client:
            for number in range(10_000):
                key = f"{name}-{number}"
                sent.append(key)
                fields = {"market": "call", "batch": key, "orders": orders((1, 2, 1))}
                try:
                    answer = ask(client, "markets.submit_orders", key, **fields)
                except httpx.TransportError:
                    return
                if answer.status_code == 200:
                    taken.append((key, answer.json()["sequence"], answer.json()["hash"]))

    threads = [threading.Thread(target=send, args=(f"t{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    while len(taken) < 150:
        time.sleep(0.02)
    server.stop(signal.SIGKILL)
    for thread in threads:
        thread.join(30)
    with open_store(server.folder / "market.db", readonly=True) as store:
        kept = {
            (command_of(entry).key, entry.header.sequence, entry.hash.hex())
            for entry in store.read()
        }
    assert set(taken) <= kept
    keys = [key for key, _, _ in kept if key in set(sent)]
    assert len(keys) == len(set(keys)), "no command stands twice"
    again = Served(server.folder, server.tokens)
    with again.as_("anna") as client:
        for key, sequence, _ in taken[-5:]:
            fields = {"market": "call", "batch": key, "orders": orders((1, 2, 1))}
            said = ask(client, "markets.submit_orders", key, **fields).json()
            assert (said["sequence"], said["repeated"]) == (sequence, True)
    assert again.stop() == 0
    assert yaosu("verify", str(server.folder / "market.db")).returncode == 0


def test_told_to_stop_it_answers_what_it_took_and_ends_streams(tmp_path: Path) -> None:
    server = serve(tmp_path / "venue")
    with (
        server.as_("supervisor") as watcher,
        server.as_("anna") as anna,
        watcher.stream("GET", "/v1/streams/journal") as stream,
    ):
        assert stream.status_code == 200
        fields = {"market": "call", "batch": "s-1", "orders": orders((1, 2, 1))}
        assert ask(anna, "markets.submit_orders", "s-1", **fields).status_code == 200
        assert server.stop(signal.SIGTERM) == 0
    verified = yaosu("verify", str(server.folder / "market.db"), "--json")
    assert json.loads(verified.stdout)["verdict"] == "matches"


def test_a_closed_book_is_cleared_beside_the_server(tmp_path: Path) -> None:
    """The worker prices it in a process of its own, and its result comes back as a command."""
    server = serve(tmp_path / "venue")
    with server.as_("operator") as operator, server.as_("anna") as anna, server.as_("bert") as bert:
        for client, side, price in ((anna, 1, 60), (bert, -1, 40)):
            right = "gpu-bert" if side < 0 else ""
            rows = [{**row, "right": right} for row in orders((side, price, 5))]
            fields = {"market": "call", "batch": f"c{side}", "orders": rows}
            assert ask(client, "markets.submit_orders", f"c{side}", **fields).status_code == 200
        assert ask(operator, "markets.close_book", "close", market="call").status_code == 200
        for _ in range(200):
            rows = operator.get("/v1/prices").json()["rows"]
            if rows:
                break
            time.sleep(0.1)
        assert [row["price"] for row in rows] == [50]
        said = operator.get("/metrics").text
        assert "yaosu_worker_up 1.0" in said
        assert "yaosu_worker_deaths_total 0.0" in said
        assert "yaosu_orders_total 2.0" in said
        assert 'yaosu_commands_total{outcome="refused"} 0.0' in said
        assert 'yaosu_commands_total{outcome="accepted"} 3.0' in said
    assert server.stop() == 0


def test_the_first_start_prints_a_link_and_no_password(tmp_path: Path) -> None:
    """From an empty folder to a signed-in operator: init, serve, the link, and never a default."""
    folder = tmp_path / "my-exchange"
    made = yaosu("init", str(folder), "--template", "compute", "--json")
    assert made.returncode == 0, made.stderr
    assert yaosu("init", str(folder)).returncode == 1
    server = Served(folder, {})
    link = server.told["first_link"].partition("#")[2]
    with server.as_() as client:
        assert client.get("/").status_code == 200
        assert 'type="password"' in client.get("/join").text
        assert client.post("/v1/links", json={"link": link, "password": PASSWORD}).is_success
        said = client.post("/v1/session", json={"login": "operator", "password": PASSWORD})
        assert said.json()["parties"] == ["exchange"]
        assert client.get("/checkpoint").text.startswith("my-exchange\n")
    assert server.stop() == 0
    again = Served(folder, {})
    assert again.told["first_link"] is None
    assert again.stop() == 0


@pytest.mark.parametrize("template", ["carbon", "data", "land", "talent", "technology"])
def test_every_template_makes_a_venue_that_verifies(tmp_path: Path, template: str) -> None:
    folder = tmp_path / template
    assert main_answer(["init", str(folder), "--template", template]) == 0
    assert main_answer(["verify", str(folder / "market.db")]) == 0
    assert (folder / "signing.key").stat().st_mode & 0o077 == 0


def test_each_setting_comes_from_the_nearest_place() -> None:
    file = ("yaosu.toml", 'listen = "a:1"\npage_max = 7\nlog = false\n')
    variables = {"YAOSU_PAGE_MAX": "8", "YAOSU_LOG": "yes"}
    found = read_settings(file, variables, {"page_max": "9", "journal": None}).values
    assert (found["listen"].value, found["listen"].origin) == ("a:1", "yaosu.toml")
    assert (found["log"].value, found["log"].origin) == (True, "YAOSU_LOG")
    assert (found["page_max"].value, found["page_max"].origin) == (9, "--page-max")
    assert found["journal"].origin == "default"
    assert set(found) == set(SETTINGS)
    assert all(name.startswith("YAOSU_") for name in environment())


@pytest.mark.parametrize(
    ("file", "variables"),
    [
        ("page_max = 0", {}), ("page_max = 'many'", {}), ("colour = 'red'", {}), ("page_max", {}),
        ("log = 1", {}), ("", {"YAOSU_PAGE_MAX": "-1"}), ("", {"YAOSU_LOG": "perhaps"}),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_refused(file: str, variables: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        read_settings(("yaosu.toml", file), variables, {})
    assert refused.value.code == "server.bad_setting"


def test_a_folder_without_a_venue_and_a_port_in_use_are_refused(tmp_path: Path) -> None:
    empty = yaosu("serve", str(tmp_path), "--listen", "127.0.0.1:0")
    assert (empty.returncode, "server.no_venue" in empty.stderr) == (1, True)
    assert "server.bad_setting" in yaosu("serve", str(tmp_path), "--listen", "x").stderr
    server = serve(tmp_path / "venue")
    make = server.url.removeprefix("http://")
    other = tmp_path / "other"
    assert main_answer(["init", str(other)]) == 0
    taken = yaosu("serve", str(other), "--listen", make)
    assert "cli.cannot_listen" in taken.stderr
    same = yaosu("serve", str(server.folder), "--listen", "127.0.0.1:0")
    assert "journal.locked" in same.stderr
    server.stop()
    (tmp_path / "venue" / "market.logins").write_bytes(b"no file of logins")
    assert "server.cannot_open_logins" in yaosu("serve", str(server.folder)).stderr
    assert make_logins(other)


def test_a_full_queue_is_answered_at_once_and_loses_nothing() -> None:
    """Back-pressure: 503 with a time to wait; what was taken before is answered."""
    from concurrent.futures import Future

    from tests.stories import EXCHANGE, Story
    from yaosu.engine.intake import Intake
    from yaosu.engine.receipt import Receipt
    from yaosu.engine.writer import Writer
    from yaosu.journal.memory import MemoryStore
    from yaosu.parties.commands import RegisterParty
    from yaosu.server.problems import problem_of

    store = MemoryStore()
    Story(store).found([])
    intake = Intake(Writer(store), queue_max=5)
    taken: list[Future[Receipt]] = []

    def flood() -> None:
        for number in range(5_000):
            command = RegisterParty(
                actor=EXCHANGE, key=f"k{number}", party=f"p{number}", kind="person", name=""
            )
            taken.append(intake.send(command, wait=False))

    with intake.reading(), pytest.raises(Refusal) as refused:
        flood()
    status, _, headers = problem_of(refused.value, "en")
    assert (refused.value.code, status, headers["Retry-After"]) == ("engine.queue_full", 503, "1")
    assert [one.result(10).is_accepted for one in taken] == [True] * len(taken)
    assert 5 <= len(taken) < 5_000
    intake.close()


def test_the_health_check_of_the_container_finds_the_server(served: Served) -> None:
    path = Path(__file__).parents[2] / "containers" / "health.py"
    listen = served.url.removeprefix("http://")
    done = subprocess.run([sys.executable, str(path)], env={"YAOSU_LISTEN": listen}, check=False)
    assert done.returncode == 0

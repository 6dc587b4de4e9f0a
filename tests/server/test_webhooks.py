"""Webhooks of a running server: subscribed over HTTP, sent to a real port, killed on the way."""

import json
import signal
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.server.serving import Served, ask, orders, serve
from yaosu.workers.webhooks import is_signed


class Receiver:
    """Another system on a port of this machine; while ``fails`` it answers 503."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.fails = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not receiver.fails:
                    receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(503 if receiver.fails else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count: int) -> None:
        deadline = time.monotonic() + 30
        while len(self.got) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(self.got) >= count, self.got


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def place(served: Served, key: str) -> int:
    with served.as_("anna") as anna:
        fields = {"market": "call", "batch": key, "orders": orders((1, 2, 1))}
        return int(ask(anna, "markets.submit_orders", key, **fields).json()["sequence"])


def test_a_login_subscribes_and_is_told_through_a_kill(tmp_path: Path, receiver: Receiver) -> None:
    """kill -9 while messages wait: after the next start each entry arrives, in order."""
    served = serve(tmp_path / "venue", webhook_private="1")
    with served.as_("anna") as anna:
        asked = {"url": receiver.url, "events": ["markets.*"]}
        made = anna.post("/v1/webhooks", json=asked)
        assert made.status_code == 201, made.text
        secret = made.json()["secret"]
        name = made.json()["webhook"]["subscription"]
        assert secret not in anna.get("/v1/webhooks").text
        assert anna.post(f"/v1/webhooks/{name}/ping").status_code == 202
        receiver.wait(1)
        first = place(served, "h-1")
        receiver.wait(2)
        receiver.fails = True
        rest = [place(served, f"h-{n}") for n in (2, 3)]
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            shown = anna.get(f"/v1/webhooks/{name}/deliveries").json()["deliveries"]
            if [one["state"] for one in shown[:2]] == ["waiting"] * 2 and shown[1]["attempts"]:
                break
            time.sleep(0.1)
        assert shown[1]["attempts"][0]["told"] == "503"
        said = served.as_("operator").get("/metrics").text
        assert 'yaosu_outbox{channel="webhook",state="waiting"} 2.0' in said
    served.stop(signal.SIGKILL)
    receiver.fails = False
    again = Served(
        served.folder, served.tokens, "--signing-key", "signing.key", webhook_private="1"
    )
    receiver.wait(4)
    told = [json.loads(body) for _, body in receiver.got]
    assert [one.get("entry") for one in told[1:4]] == [first, *rest]
    assert told[1]["rows"][0]["event"].startswith("markets.")
    assert all(is_signed(secret, headers, body) for headers, body in receiver.got)
    with again.as_("anna") as anna:
        assert anna.delete(f"/v1/webhooks/{name}").status_code == 204
        assert anna.get("/v1/webhooks").json() == {"webhooks": []}
    assert again.stop() == 0
    assert secret.removeprefix("whsec_") not in served.said()


def test_a_server_sends_to_no_private_address_unless_told_so(served: Served) -> None:
    with served.as_("anna") as anna:
        plain = anna.post("/v1/webhooks", json={"url": "http://10.0.0.1/", "events": ["*"]})
        assert (plain.status_code, plain.json()["code"]) == (422, "workers.bad_address")
        inside = anna.post("/v1/webhooks", json={"url": "https://127.0.0.1:9/", "events": ["*"]})
        assert inside.status_code == 201, "what a name leads to is looked up at each delivery"
        name = inside.json()["webhook"]["subscription"]
        anna.post(f"/v1/webhooks/{name}/ping")
        deadline = time.monotonic() + 20
        attempts: list[dict[str, str]] = []
        while not attempts and time.monotonic() < deadline:
            (shown,) = anna.get(f"/v1/webhooks/{name}/deliveries").json()["deliveries"]
            attempts = shown["attempts"]
            time.sleep(0.1)
        assert attempts[0]["told"] == "it is an address of a private network"
        again = anna.post(f"/v1/webhooks/{name}/deliveries/{shown['number']}")
        assert again.json()["code"] == "workers.no_such_delivery"
    with served.as_("bert") as bert:
        assert bert.get(f"/v1/webhooks/{name}/deliveries").status_code == 404
        assert bert.delete(f"/v1/webhooks/{name}").status_code == 404
        other = bert.post(
            "/v1/webhooks", json={"url": "https://x.example", "events": ["*"], "parties": ["anna"]}
        )
        assert other.json()["code"] == "server.not_your_party"


def test_a_server_can_be_told_to_send_nothing(tmp_path: Path) -> None:
    served = serve(tmp_path / "venue", webhooks="0", notices="0")
    with served.as_("anna") as anna:
        answer = anna.get("/v1/webhooks")
        assert (answer.status_code, answer.json()["code"]) == (404, "server.no_webhooks")
    assert served.stop() == 0
    assert not (tmp_path / "venue" / "market.outbox").exists()

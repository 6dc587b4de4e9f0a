"""Traces: off by default and not even imported; on, a collector is told all but secrets."""

import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.server.serving import PASSWORD, ask, orders, serve
from yaosu.engine import extras
from yaosu.kernel.refusal import Refusal
from yaosu.server.telemetry import Telemetry


class Collector:
    """Takes what is exported."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1/traces"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def spans(self) -> list[Any]:
        """Every span that came."""
        found = []
        for body in self.bodies:
            said = ExportTraceServiceRequest.FromString(body)
            assert said.resource_spans[0].resource.attributes[0].value.string_value
            found += [one for r in said.resource_spans for s in r.scope_spans for one in s.spans]
        return found


def test_off_it_is_not_even_imported() -> None:
    words = "import yaosu.server.run, yaosu.server.app, yaosu.server.quick, sys;"
    words += "assert not [m for m in sys.modules if m.startswith('opentelemetry')]"
    done = subprocess.run([sys.executable, "-c", words], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_requests_and_batches_are_told_and_no_secret_is(tmp_path: Path) -> None:
    """Spans name address, status and entry, and go on with the trace of whoever asks."""
    collector = Collector()
    served = serve(tmp_path / "venue", telemetry=collector.url)
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    with served.as_("anna", traceparent=f"00-{trace}-00f067aa0ba902b7-01") as anna:
        fields = {"market": "call", "batch": "t-1", "orders": orders((1, 2, 1))}
        entry = ask(anna, "markets.submit_orders", "t-1", **fields).json()["sequence"]
        anna.post("/v1/session", json={"login": "anna", "password": PASSWORD})
        anna.get("/v1/rights?holder=secret-parameter")
    assert served.stop() == 0
    deadline = time.monotonic() + 10
    while not collector.bodies and time.monotonic() < deadline:
        time.sleep(0.05)
    spans = {span.name: span for span in collector.spans()}
    asked = spans["POST /v1/commands/{tag}"]
    said = {a.key: a.value.int_value or a.value.string_value for a in asked.attributes}
    assert said["yaosu.entry"] == entry
    assert said["http.response.status_code"] == 200
    assert asked.trace_id.hex() == trace
    assert 0 < asked.end_time_unix_nano - asked.start_time_unix_nano < 60 * 10**9
    batch = {a.key: a.value.int_value for a in spans["write batch"].attributes}
    assert batch == {"yaosu.commands": 1, "yaosu.entries": entry + 1}
    whole = b"".join(collector.bodies)
    for secret in (PASSWORD, "secret-parameter", *served.tokens.values(), "anna"):
        assert secret.encode() not in whole
    collector.server.shutdown()


def test_on_stderr_each_span_is_a_line(tmp_path: Path) -> None:
    served = serve(tmp_path / "venue", telemetry="stderr", log="0")
    with served.as_("anna") as anna:
        anna.get("/v1/markets")
    assert served.stop() == 0
    lines = [line for line in served.said().splitlines() if '"GET /v1/markets"' in line]
    assert len(lines) == 1
    assert served.tokens["anna"] not in served.said()


def test_a_place_that_cannot_be_and_a_missing_library_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Refusal, match=r"server\.bad_setting: the setting telemetry"):
        Telemetry("ftp://x", 100, "v", lambda: 0)
    with pytest.raises(Refusal, match=r"server\.bad_setting"):
        Telemetry("stderr", 101, "v", lambda: 0)

    def gone(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(extras, "import_module", gone)
    with pytest.raises(Refusal, match=r"kernel\.extra_missing: .*telemetry"):
        Telemetry("stderr", 100, "v", lambda: 0)

"""The server against a POST that does nothing, of the same framework in the same run.

Orders by the batch endpoint (1,000 a request, durable on SQLite) and one by one over 32 connections
are measured against requests a second of the no-op; the disk's syncs a second are measured too.
Both servers are processes of their own on loopback ports, and one process asks both. The disk, the
no-op and the orders take turns in each round; what is compared is of one round, and the medians of
that are told: on a machine that others use, one round is slower than the next for all of them.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from tests.server.serving import Served, serve

CONNECTIONS, BATCH = 32, 1_000
NOOP_PORT = 18_931
NOOP = """
import asyncio
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar, Request, Response
from litestar.handlers import HTTPRouteHandler
async def noop(request: Request) -> Response:
    await request.body()
    return Response(b"{}", media_type="application/json")
app = Litestar([HTTPRouteHandler("/noop", http_method="POST")(noop)], openapi_config=None)
async def main():
    server = Server(app, address="127.0.0.1", port=PORT, interface=Interfaces.ASGI,
                    websockets=False, log_enabled=False)
    await server.serve()
asyncio.run(main())
"""
Make = Callable[[int, int], bytes]  # connection, number -> the bytes of a request


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser()
    given.add_argument("--quick", action="store_true")
    quick = given.parse_args().quick
    rounds, seconds = (5, 1.0) if quick else (9, 3.0)
    with tempfile.TemporaryDirectory() as folder:
        noop = subprocess.Popen([sys.executable, "-c", NOOP.replace("PORT", str(NOOP_PORT))])
        server = serve(Path(folder) / "venue", log="0")
        try:
            compare(server, noop.pid, Path(folder), rounds, seconds)
        finally:
            noop.terminate()
            noop.wait()
            server.stop()


def compare(server: Served, noop: int, folder: Path, rounds: int, seconds: float) -> None:
    """Take turns and print medians, and medians of the ratios within a round."""
    ours = int(server.url.rpartition(":")[2])
    idle, busy = Side(noop), Side(server.process.pid)
    token = server.tokens["anna"]
    found: dict[str, list[float]] = {}
    for number in range(rounds):
        syncs = syncs_per_second(folder)
        noops = idle.measure(NOOP_PORT, lambda c, n: request("/noop", SMALL), CONNECTIONS, seconds)
        batch, _ = asyncio.run(load(ours, batches(token, f"b{number}"), 4, seconds))
        single = busy.measure(ours, singles(token, f"s{number}"), CONNECTIONS, seconds)
        told = {
            "syncs": syncs,
            "noops": noops,
            "batch": batch * BATCH,
            "single": single,
            "batch ratio": batch * BATCH / noops,
            "single ratio": single / min(noops, CONNECTIONS * syncs),
        }
        for name, value in told.items():
            found.setdefault(name, []).append(value)
    middle = {name: statistics.median(values) for name, values in found.items()}
    print(f"disk                              {middle['syncs']:>10,.0f} syncs/s")
    print(f"no-op POST, {CONNECTIONS} connections     {middle['noops']:>10,.0f} requests/s")
    idle.tell()
    print(
        f"orders one by one, {CONNECTIONS} connections {middle['single']:>8,.0f} orders/s, durable"
    )
    busy.tell()
    print(f"orders in batches of {BATCH:,}        {middle['batch']:>10,.0f} orders/s, durable")
    print(f"ratio: batch orders / no-op requests {middle['batch ratio']:.1f} (bar 25)")
    told = f"{middle['single ratio']:.2f}"
    print(f"ratio: single orders / min(no-op, 32 x syncs) {told} (bar 0.5)")


class Side:
    """One of the two servers: how long it made each request wait, and how long it worked."""

    def __init__(self, process: int) -> None:
        self.process = process
        self.waits: list[float] = []
        self.worked = 0.0

    def measure(self, port: int, make: Make, connections: int, seconds: float) -> float:
        """Requests a second."""
        before = self._worked()
        rate, waits = asyncio.run(load(port, make, connections, seconds))
        self.worked += self._worked() - before
        self.waits += waits
        return rate

    def tell(self) -> None:
        """Print."""
        self.waits.sort()
        count = len(self.waits)
        print(f"  half of them within {self.waits[count // 2] * 1000:.1f} ms, ", end="")
        print(f"99 of 100 within {self.waits[count * 99 // 100] * 1000:.1f} ms; ", end="")
        print(f"{self.worked / count * 1e6:.0f} us of processor time each")

    def _worked(self) -> float:
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def load(
    port: int, make: Make, connections: int, seconds: float
) -> tuple[float, list[float]]:
    """Requests a second that were answered with success, and how long each took."""
    times: list[float] = []
    end = perf_counter() + seconds

    async def one(connection: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        number = 0
        while (began := perf_counter()) < end:
            writer.write(make(connection, number))
            head = await reader.readuntil(b"\r\n\r\n")
            assert head[9:12] in {b"200", b"201"}, head + await reader.read(2000)
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            times.append(perf_counter() - began)
            number += 1
        writer.close()

    began = perf_counter()
    await asyncio.gather(*(one(n) for n in range(connections)))
    return len(times) / (perf_counter() - began), times


def request(path: str, body: bytes, *more: str, kind: str = "application/json") -> bytes:
    """The bytes of a POST."""
    lines = (f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Type: {kind}",
             f"Content-Length: {len(body)}", *more)  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _more(token: str, key: str) -> tuple[str, ...]:
    return (f"Authorization: Bearer {token}", f"Idempotency-Key: {key}", "Prefer: return=minimal")


def batches(token: str, mark: str) -> Make:
    """Requests of 1,000 orders in an Arrow stream."""
    import pyarrow as pa

    rows = range(BATCH)
    table = pa.table(
        {
            "instrument": ["gpu"] * BATCH,
            "region": ["east" if n % 2 else "west" for n in rows],
            "side": [1] * BATCH,
            "price": [1 + n % 50 for n in rows],
            "quantity": [1] * BATCH,
        }
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    body = sink.getvalue().to_pybytes()
    kind = "application/vnd.apache.arrow.stream"

    def make(connection: int, number: int) -> bytes:
        more = _more(token, f"{mark}-{connection}-{number}")
        return request("/v1/markets/call/orders", body, *more, kind=kind)

    return make


def singles(token: str, mark: str) -> Make:
    """Requests of one order, as JSON."""

    def make(connection: int, number: int) -> bytes:
        key = f"{mark}-{connection}-{number}"
        order = {"instrument": "gpu", "region": "east", "side": 1, "price": 5, "quantity": 1}
        body = json.dumps({"market": "call", "batch": key, "orders": [order]}).encode()
        return request("/v1/commands/markets.submit_orders", body, *_more(token, key))

    return make


def syncs_per_second(folder: Path, seconds: float = 1.0) -> float:
    """How often a second a small write reaches the disk."""
    count, began = 0, perf_counter()
    with (folder / "sync").open("wb", buffering=0) as file:
        while perf_counter() - began < seconds:
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            count += 1
    return count / (perf_counter() - began)


SMALL = b'{"market": "call", "batch": "b-1", "orders": [{"instrument": "gpu", "price": 5}]}'

if __name__ == "__main__":
    main()

"""Bodies that are cut off, huge, deep, packed, or something else: refused within their limits."""

import gzip
import json
import socket
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.serving import Served, orders

PATH = "/v1/commands/markets.submit_orders"
BATCH = "/v1/markets/call/orders"
ARROW = "application/vnd.apache.arrow.stream"


def refused(served: Served, body: bytes, media_type: str, path: str = BATCH, **more: str) -> str:
    headers = {"Content-Type": media_type, "Idempotency-Key": "bad-body", **more}
    with served.as_("anna") as anna:
        before = anna.get("/ready").json()["entries"]
        answer = anna.post(path, content=body, headers=headers)
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert anna.get("/ready").json()["entries"] == before, "nothing is on record"
        return str(answer.json()["code"])


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"nul", b"\xff\xfe", b'{"market": "call"', b"[" * 100_000, b'{"a":' * 50_000,
        b'"text"', b"17", b"[]", b'{"market": 5, "batch": "b", "orders": {}}',
        b'{"market": "call", "batch": "b", "orders": 5}',
        b'{"market": "call", "batch": "b", "orders": {"price": [1, "a"]}}',
        b'{"market": "call", "batch": "b", "orders": {"price": [1.5]}}',
        b'{"market": "call", "batch": "b", "orders": {"price": [1], "side": [1, 1]}}',
        b'{"market": "call", "batch": "b", "orders": {"price": [92233720368547758080]}}',
        b'{"market": "call", "batch": "b", "orders": [{"price": 1}, {"side": 1}]}',
        b'{"market": "call", "batch": "b", "orders": {}, "unknown": 1}',
        b'{"market": "call", "batch": "\\ud800", "orders": {}}',
        b'{"market": "call", "batch": "b", "orders": {}, "sealed_items": "%%%"}',
        b'{"market": "call", "batch": "b", "orders": {}, "actor": ["anna"]}',
        b'{"market": "call", "batch": "b", "orders": {}, "key": {"a": 1}}',
    ],
)  # fmt: skip
def test_a_body_that_is_no_command_is_refused_and_not_recorded(served: Served, body: bytes) -> None:
    assert refused(served, body, "application/json", PATH).split(".")[0] in {"server", "kernel"}


def test_a_body_over_its_limit_is_refused_by_its_stated_length(served: Served) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {served.tokens['anna']}\r\nContent-Length: 99999999999\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(head.encode())
        assert b" 413 " in client.recv(4096)


def test_a_body_without_a_length_is_counted_while_it_comes(served: Served) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(70):
            yield b" " * 1_000_000

    with served.as_("anna") as anna:
        answer = anna.post(PATH, content=pieces(), headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (413, "server.body_too_large")


def test_a_small_address_takes_no_large_body(served: Served) -> None:
    with served.as_() as nobody:
        answer = nobody.post("/v1/session", json={"login": "a" * 100_000, "password": "b"})
        assert answer.status_code == 413
    large = json.dumps({"party": "x", "kind": "person", "name": "n" * 5_000_000}).encode()
    code = refused(served, large, "application/json", "/v1/commands/parties.register_party")
    assert code == "server.body_too_large"


@pytest.mark.parametrize(
    ("packed", "how"),
    [
        (gzip.compress(b"[" + b"0," * 10_000_000 + b"0]"), "gzip"),
        (zlib.compress(b" " * 50_000_000), "deflate"),
        (b"abc", "br"),
        (b"abc", "zstd"),
    ],
    ids=["gzip", "deflate", "br", "zstd"],
)
def test_what_is_packed_is_not_unpacked(served: Served, packed: bytes, how: str) -> None:
    code = refused(served, packed, "application/json", **{"Content-Encoding": how})
    assert code == "server.encoded_body"


def test_a_body_of_another_kind_is_refused(served: Served) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        for path in (BATCH, PATH):
            assert refused(served, b"a=1", media_type, path) == "server.wrong_media_type"


def arrow(table: Any, **options: Any) -> bytes:
    pa = pytest.importorskip("pyarrow")
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, **options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def test_packed_arrow_is_refused_before_it_unfolds() -> None:
    """Sixteen million zeros pack into a few kilobytes; none of them is made."""
    pa = pytest.importorskip("pyarrow")
    from yaosu.kernel.refusal import Refusal
    from yaosu.server.batches import read_orders

    table = pa.table({"price": pa.array([0] * 1_000_000, pa.int64())})
    for codec in ("lz4", "zstd"):
        packed = arrow(table, options=pa.ipc.IpcWriteOptions(compression=codec))
        assert len(packed) < 200_000
        with pytest.raises(Refusal, match="packed"):
            read_orders(ARROW, packed, 10_000_000)
    with pytest.raises(Refusal, match=r"server\.too_many_orders"):
        read_orders(ARROW, arrow(table), 10)


def test_other_arrow_is_refused(served: Served) -> None:
    pa = pytest.importorskip("pyarrow")
    whole = arrow(pa.Table.from_pylist(orders((1, 5, 1))))
    for table in (
        pa.table({"price": pa.array([1.5])}),
        pa.table({"price": pa.nulls(1_000)}),
        pa.table({"price": pa.array([[1], [2]])}),
        pa.table({"price": pa.array([None, 1], pa.int64())}),
        pa.table({f"c{n}": pa.array([1]) for n in range(100)}),
    ):
        assert refused(served, arrow(table), ARROW).split(".")[0] in {"server", "markets", "kernel"}
    for body in (b"", b"ARROW1", whole[:50], whole[: len(whole) // 2], b"\xff" * 64, whole[8:]):
        assert refused(served, body, ARROW) == "server.bad_orders"


def test_arrow_with_a_bit_turned_never_breaks_the_server(served: Served) -> None:
    pa = pytest.importorskip("pyarrow")
    from yaosu.kernel.refusal import Refusal
    from yaosu.server.batches import read_orders

    whole = arrow(pa.Table.from_pylist(orders((1, 5, 1), (-1, 7, 2))))
    outcomes = set()
    for place in range(0, len(whole), 3):
        turned = bytearray(whole)
        turned[place] ^= 1 << (place % 8)
        try:
            outcomes.add(read_orders(ARROW, bytes(turned), 100).rows <= 100)
        except Refusal as refusal:
            outcomes.add(refusal.code.split(".")[0] in {"server", "kernel"})
    assert outcomes == {True}


def test_too_many_orders_are_refused() -> None:
    from yaosu.kernel.refusal import Refusal
    from yaosu.server.batches import read_orders

    body = json.dumps(orders(*[(1, 5, 1)] * 11)).encode()
    for media_type, sent in (
        ("application/json", body),
        ("application/x-ndjson", body[1:-1].replace(b"}, {", b"}\n{")),
    ):
        with pytest.raises(Refusal, match=r"server\.too_many_orders"):
            read_orders(media_type, sent, 10)
        assert read_orders(media_type, sent, 11).rows == 11

"""Documents over HTTP: what is taken, who may see it, and what a browser is told about it."""

import os
import signal
import socket
import time
from base64 import b64encode
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.serving import Served, ask, serve

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def put(client: httpx.Client, data: bytes, name: str = "a.txt", **query: str) -> httpx.Response:
    return client.post("/v1/documents", params={"name": name, **query}, content=data)


def test_a_file_is_kept_under_its_digest_and_comes_back_as_it_was(served: Served) -> None:
    data = b"the lease of the field\n" * 50_000
    digest = sha256(data).hexdigest()
    with served.as_("anna") as anna:
        kept = put(anna, data, "../../etc/ lease\u202e.TXT", kind="evidence")
        assert (kept.status_code, kept.json()["document"]) == (201, digest)
        assert kept.json()["name"] == "lease.txt"
        again = put(anna, data, kind="evidence")
        assert (again.status_code, again.json()["repeated"]) == (200, True)
        row = anna.get(f"/v1/documents/{digest}").json()
        assert (row["size"], row["media_type"]) == (len(data), "text/plain")
        assert (row["kinds"], row["given_by"]) == (["evidence"], ["anna"])
        back = anna.get(f"/v1/documents/{digest}/file")
        assert back.content == data
        assert back.headers["content-disposition"].startswith("attachment;")
        listed = anna.get("/v1/documents").json()["rows"]
        assert digest in [one["document"] for one in listed]
        events = served.as_("operator").get(f"/v1/entries/{kept.json()['sequence']}").json()
        assert events["command"] == "cases.keep_document"
        assert "lease" not in str(events), "the name is not in the journal"


def test_a_page_of_a_pdf_comes_as_a_picture_to_who_may_see_it(served: Served) -> None:
    """The same rights, the same shut policy as for the file; what is no PDF or no page is told."""
    pytest.importorskip("pypdfium2", reason="needs pypdfium2")
    drawn: Any = pytest.importorskip("reportlab.pdfgen.canvas", reason="needs reportlab")
    made = BytesIO()
    paper = drawn.Canvas(made)
    for line in ("the first page", "the second"):
        paper.drawString(100, 700, line)
        paper.showPage()
    paper.save()
    with served.as_("anna") as anna, served.as_("eve") as eve:
        digest = put(anna, made.getvalue(), "lease.pdf").json()["document"]
        way = f"/v1/documents/{digest}/file"
        first, second = (anna.get(way, params={"as": "picture", "page": n}) for n in (1, 2))
        assert [first.status_code, second.status_code] == [200, 200]
        assert first.content[:8] == second.content[:8] == b"\x89PNG\r\n\x1a\n"
        assert first.content != second.content
        assert first.headers["content-type"] == "image/png"
        assert "sandbox" in first.headers["content-security-policy"]
        assert "no-store" in first.headers["cache-control"]
        beyond = anna.get(way, params={"as": "picture", "page": 3})
        assert (beyond.status_code, beyond.json()["code"]) == (404, "workers.no_picture")
        assert anna.get(way, params={"as": "picture", "page": 0}).status_code == 400
        assert anna.get(way, params={"as": "poem"}).json()["code"] == "server.bad_query"
        assert eve.get(way, params={"as": "picture"}).json()["code"] == "server.no_document"
        text = put(anna, b"no picture of this", "a.txt").json()["document"]
        other = anna.get(f"/v1/documents/{text}/file", params={"as": "picture"})
        assert (other.status_code, other.json()["code"]) == (404, "workers.no_picture")


def test_only_who_gave_it_and_offices_see_a_document(served: Served) -> None:
    with served.as_("anna") as anna:
        digest = put(anna, b"nobody else's business").json()["document"]
    for path in (f"/v1/documents/{digest}", f"/v1/documents/{digest}/file"):
        with served.as_("bert") as bert:
            refused = bert.get(path)
            assert (refused.status_code, refused.json()["code"]) == (404, "server.no_document")
        with served.as_("registrar") as registrar:
            assert registrar.get(path).status_code == 200
    with served.as_("bert") as bert:
        assert digest not in str(bert.get("/v1/documents").json())
        for wrong in ("0" * 64, "x", "..%2f..%2fmarket.db", "%00"):
            assert bert.get(f"/v1/documents/{wrong}").status_code == 404
        put(bert, b"nobody else's business", "mine.txt")
        row = bert.get(f"/v1/documents/{digest}").json()
        assert (row["given_by"], row["name"]) == (["bert"], "mine.txt")


def test_whoever_sees_a_case_sees_its_documents(served: Served) -> None:
    """A neighbour who learns the digest of a paper does not see it; the applicant does."""
    with served.as_("registrar") as registrar:
        digest = put(registrar, b"a map of the plot", "map.txt", kind="evidence").json()["document"]
        with served.as_("anna") as anna:
            assert anna.get(f"/v1/documents/{digest}").status_code == 404
            added = ask(anna, "cases.add_documents", "add-map", actor="anna", case="case-1",
                        documents={"source": digest})  # fmt: skip
            assert added.status_code == 200, added.text
            assert anna.get(f"/v1/documents/{digest}").json()["cases"] == ["case-1"]
    with served.as_("bert") as bert:
        assert bert.get(f"/v1/documents/{digest}/file").status_code == 404


@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        (PDF, "deed.pdf", "application/pdf"),
        (PNG, "map.svg", "image/png"),
        (b"<html><script>alert(1)</script></html>", "page.html", "text/plain"),
    ],
)
def test_a_preview_runs_nothing(served: Served, data: bytes, name: str, media_type: str) -> None:
    """The type is that of the bytes, the browser is told to guess nothing and to run nothing."""
    with served.as_("anna") as anna:
        kept = put(anna, data, name).json()
        assert kept["media_type"] == media_type
        assert not kept["name"].endswith((".html", ".svg"))
        shown = anna.get(f"/v1/documents/{kept['document']}/file", params={"as": "preview"})
    assert shown.headers["content-type"].startswith(media_type)
    assert shown.headers["content-disposition"].startswith("inline;")
    assert shown.headers["x-content-type-options"] == "nosniff"
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-" not in policy


@pytest.mark.parametrize(
    ("data", "query", "status", "code"),
    [
        (b"", {}, 400, "workers.document_empty"),
        (b"MZ\x90\x00\x03", {}, 415, "workers.document_type"),
        (b"PK\x03\x04 not packed", {}, 415, "workers.document_type"),
        (b"half \xe4\xb8", {}, 415, "workers.document_type"),
        (b"fine", {"kind": "service"}, 422, "cases.unknown_document_kind"),
        (b"fine", {"party": "bert"}, 403, "server.not_your_party"),
    ],
)
def test_what_is_not_taken_leaves_nothing(
    served: Served, data: bytes, query: dict[str, str], status: int, code: str
) -> None:
    with served.as_("anna") as anna:
        before = anna.get("/ready").json()["entries"]
        refused = put(anna, data, **query)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
        assert anna.get("/ready").json()["entries"] == before
    assert left(served.folder) == []


def left(folder: Path) -> list[str]:
    """What lies about of files that did not come whole."""
    return [one.name for one in folder.glob("market.documents/incoming/*")]


def test_a_file_that_is_not_what_was_said_is_not_kept(served: Served) -> None:
    said = b64encode(sha256(b"what was meant").digest()).decode()
    with served.as_("anna") as anna:
        refused = anna.post(
            "/v1/documents", content=b"what came", headers={"Content-Digest": f"sha-256=:{said}:"}
        )
        assert refused.json()["code"] == "workers.document_altered"
    assert left(served.folder) == []


@pytest.fixture
def small(tmp_path: Path) -> Any:
    server = serve(tmp_path / "venue", document_max="100000", documents_of_party_max="150000")
    yield server
    server.stop()


def test_too_large_is_refused_by_its_stated_length_and_as_it_comes(small: Served) -> None:
    with small.as_("anna") as anna:
        assert put(anna, b"x" * 100_001).status_code == 413
        pieces = (b"x" * 10_000 for _ in range(20))
        slow = anna.post("/v1/documents", content=pieces)  # says no length
        assert slow.status_code == 413
    with small.as_("anna") as anna:
        assert put(anna, b"x" * 100_000).status_code == 201
        enough = put(anna, b"y" * 60_000)
        assert (enough.status_code, enough.json()["code"]) == (422, "server.documents_enough")
        assert put(small.as_("bert"), b"y" * 60_000).status_code == 201
    assert left(small.folder) == []


def test_a_kill_in_the_middle_of_an_upload_leaves_nothing_half(tmp_path: Path) -> None:
    server = serve(tmp_path / "venue")
    host, port = server.url.removeprefix("http://").split(":")
    head = (
        f"POST /v1/documents?name=a.txt HTTP/1.1\r\nHost: {host}\r\n"
        f"Authorization: Bearer {server.tokens['anna']}\r\nContent-Length: 9000000\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(head.encode() + b"x" * 5_000_000)
        until = time.monotonic() + 20
        while not left(server.folder) and time.monotonic() < until:
            time.sleep(0.02)
        assert left(server.folder), "it is on its way to the disk"
        server.stop(signal.SIGKILL)
    again = Served(server.folder, server.tokens, "--signing-key", "signing.key")
    try:
        assert left(again.folder) == []
        with again.as_("anna") as anna:
            assert anna.get("/v1/documents").json()["rows"] == []
            assert put(anna, b"x" * 5_000_000).status_code == 201
    finally:
        again.stop()


def test_what_the_journal_took_before_a_kill_is_put_in_its_place(tmp_path: Path) -> None:
    """Killed between the record and the last step: the file waits whole, and is found."""
    server = serve(tmp_path / "venue")
    with server.as_("anna") as anna:
        digest = put(anna, b"almost there").json()["document"]
    server.stop(signal.SIGKILL)
    folder = server.folder / "market.documents"
    (folder / digest[:2] / digest).rename(folder / "incoming" / digest)
    (folder / "incoming" / ("0" * 64)).write_bytes(b"not recorded")
    again = Served(server.folder, server.tokens, "--signing-key", "signing.key")
    try:
        with again.as_("anna") as anna:
            assert anna.get(f"/v1/documents/{digest}/file").content == b"almost there"
        assert left(again.folder) == []
    finally:
        again.stop()


def test_a_full_disk_is_refused_and_the_journal_keeps_its_room(tmp_path: Path) -> None:
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    server = serve(tmp_path / "venue", documents_reserve=str(free * 2))
    try:
        with server.as_("anna") as anna:
            refused = put(anna, b"no room")
            assert (refused.status_code, refused.json()["code"]) == (503, "workers.documents_full")
            assert ask(anna, "parties.seal_data", "k", actor="anna").status_code != 503
        assert left(server.folder) == []
    finally:
        server.stop()


def test_an_altered_file_is_not_handed_out(served: Served) -> None:
    with served.as_("anna") as anna:
        digest = put(anna, b"twelve signs").json()["document"]
        place = served.folder / "market.documents" / digest[:2] / digest
        place.write_bytes(b"other signs!")
        refused = anna.get(f"/v1/documents/{digest}/file")
        assert (refused.status_code, refused.json()["code"]) == (503, "workers.document_missing")
        assert put(anna, b"twelve signs").status_code == 200, "given again, it is whole again"
        assert anna.get(f"/v1/documents/{digest}/file").content == b"twelve signs"

"""Notices over HTTP: inboxes are their parties' own; a server killed under way tells once."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.serving import Served, ask, serve
from tests.workers.notices.post_office import PostOffice


@pytest.fixture
def office(tmp_path: Path) -> Iterator[tuple[Served, PostOffice]]:
    with PostOffice() as post:
        server = serve(tmp_path / "venue", **mail_by(post))
        yield server, post
        server.stop()


def mail_by(post: PostOffice) -> dict[str, str]:
    return {"smtp_host": "127.0.0.1", "smtp_port": str(post.port), "smtp_way": "plain",
            "smtp_sender": "market@venue.example"}  # fmt: skip


def until(found: Callable[[], Any], seconds: float = 20) -> Any:
    """What is found, once there is something."""
    end = time.monotonic() + seconds
    while not (said := found()):
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.05)
    return said


def inbox(served: Served, login: str, **query: str) -> Any:
    with served.as_(login) as client:
        answer = client.get("/v1/notices", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


def refuse_case(served: Served) -> None:
    with served.as_("registrar") as registrar:
        fields = {"actor": "registry", "case": "case-1", "stage": "acceptance"}
        answer = ask(registrar, "cases.refuse_case", "no", **fields, reasons=["a paper is missing"])
        assert answer.status_code == 200, answer.text


def test_a_decision_comes_to_the_inbox_by_e_mail_and_is_proved(
    office: tuple[Served, PostOffice],
) -> None:
    served, post = office
    with served.as_("anna") as anna:
        wish = anna.post("/v1/notices/wishes/anna/address", json={"address": "anna@home.example"})
        assert wish.json()["asked"] == "anna@home.example"
        (to, letter) = until(lambda: post.got)[0]
        assert to == "anna@home.example"
        code = str(letter.get_content()).split("code is ")[1][:8]
        wrong = anna.post("/v1/notices/wishes/anna/code", json={"code": "x"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "workers.wrong_code")
        wish = anna.post("/v1/notices/wishes/anna/code", json={"code": code})
        assert wish.json()["address"] == "anna@home.example"
    refuse_case(served)
    row = until(lambda: [one for one in inbox(served, "anna")["rows"] if len(one["proofs"]) == 2])[
        0
    ]
    assert (row["kind"], row["link"], row["read"]) == ("case_refused", "/cases/case-1", 0)
    assert {one["channel"] for one in row["proofs"]} == {"inbox", "email"}
    with served.as_("anna") as anna:
        for proof in row["proofs"]:
            text = anna.get(f"/v1/documents/{proof['document']}/file").text
            assert "Your case case-1 is refused." in text
            entry = anna.get(f"/v1/entries/{proof['entry']}")
            assert entry.status_code == 404, "it is the operator's entry"
    assert "missing" not in str(post.got[1][1]), "no reasons go by e-mail"
    with served.as_("bert") as bert:
        assert bert.get(f"/v1/documents/{row['proofs'][0]['document']}").status_code == 404


def test_inboxes_and_wishes_are_their_parties_own(office: tuple[Served, PostOffice]) -> None:
    served, _ = office
    refuse_case(served)
    row = until(lambda: inbox(served, "anna", unread="true")["rows"])[0]
    assert inbox(served, "bert")["rows"] == []
    with served.as_("bert") as bert:
        marked = bert.post("/v1/notices/read", json={"numbers": [row["number"]]})
        assert marked.json() == {"marked": 0}
        for method, path, body in (
            ("GET", "/v1/notices/wishes/anna", None),
            ("POST", "/v1/notices/wishes/anna", {"language": "zh", "mail": []}),
            ("POST", "/v1/notices/wishes/anna/address", {"address": "bert@home.example"}),
            ("POST", "/v1/notices/wishes/anna/code", {"code": "12345678"}),
        ):
            refused = bert.request(method, path, json=body)
            assert (refused.status_code, refused.json()["code"]) == (403, "server.not_your_party")
    with served.as_("anna") as anna:
        assert anna.post("/v1/notices/read", json={"upto": row["number"]}).json()["marked"] == 1
        assert inbox(served, "anna")["unread"] == 0
        chosen = anna.post("/v1/notices/wishes/anna", json={"language": "zh", "mail": ["halt"]})
        assert chosen.json() == {"language": "zh", "mail": ["halt"], "address": "", "asked": ""}


def test_a_server_that_is_killed_under_way_tells_and_proves_once(tmp_path: Path) -> None:
    """Killed at once after the decision, and begun again: one notice, one proof of each."""
    server = serve(tmp_path / "venue")
    until(lambda: (server.folder / "market.outbox").exists())
    for _ in range(3):
        refuse_case(server)  # the same key: one command
        server.stop(signal.SIGKILL)
        server = Served(server.folder, server.tokens, "--signing-key", "signing.key")
    try:
        until(lambda: [one for one in inbox(server, "anna")["rows"] if one["proofs"]])
        time.sleep(1)
        rows = inbox(server, "anna")["rows"]
        assert [one["kind"] for one in rows] == ["case_refused"]
        with server.as_("registrar") as registrar:
            documents = registrar.get("/v1/documents").json()["rows"]
        assert [one["kinds"] for one in documents] == [["service"]]
    finally:
        server.stop()


def test_a_server_without_mail_says_so(served: Served) -> None:
    with served.as_("anna") as anna:
        refused = anna.post("/v1/notices/wishes/anna/address", json={"address": "a@home.example"})
        assert (refused.status_code, refused.json()["code"]) == (422, "server.no_mail")

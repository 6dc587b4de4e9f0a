"""Sessions, tokens and requests attacked from outside: what the other files here leave out."""

import socket
from urllib.parse import urlsplit

import httpx
import pytest

from tests.server.serving import PASSWORD, Served, ask


def raw(served: Served, text: str, seconds: float = 5.0) -> str:
    """What comes back for these very bytes, until the other side ends or falls silent."""
    parts = urlsplit(served.url)
    assert parts.hostname is not None
    said = b""
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=seconds) as client:
        client.sendall(text.encode("latin-1"))
        client.settimeout(seconds)
        try:
            while piece := client.recv(65_536):
                said += piece
                if len(said) > 1_000_000:
                    break
        except TimeoutError:
            pass
    return said.decode("latin-1")


def session_of(served: Served, login: str = "anna") -> tuple[str, str]:
    """The secret of a session and its mark."""
    with served.as_() as client:
        answer = client.post("/v1/session", json={"login": login, "password": PASSWORD})
        return client.cookies["yaosu_session"], answer.json()["csrf"]


def test_a_token_counts_only_where_a_token_belongs(served: Served) -> None:
    """Not as a cookie, where other sites could have it sent; not in an address, which is logged."""
    token = served.tokens["anna"]
    for headers in (
        {"Cookie": f"yaosu_session={token}"},
        {"Authorization": f"Basic {token}"},
        {"Authorization": token},
        {"X-Authorization": f"Bearer {token}"},
        {"Authorization": f"Bearer {token[:-1]}"},
        {"Authorization": f"Bearer {token.upper()}"},
        {"Authorization": f"Bearer {token}, Bearer {token}"},
    ):
        with served.as_(**headers) as client:
            assert client.get("/v1/session").status_code == 401, headers
    with served.as_() as client:
        for query in (f"token={token}", f"access_token={token}", f"authorization=Bearer%20{token}"):
            assert client.get(f"/v1/session?{query}").status_code == 401


def test_the_mark_of_one_session_is_nothing_in_another(served: Served) -> None:
    """CSRF: somebody who may sign in has a mark of his own, and it opens nobody else's session."""
    _, own = session_of(served, "bert")
    secret, mark = session_of(served, "anna")
    with served.as_(Cookie=f"yaosu_session={secret}") as victim:
        for wrong in (own, mark[:-1], mark.upper() + "x", "", "null"):
            made = victim.post("/v1/tokens", json={"name": "x"}, headers={"X-CSRF-Token": wrong})
            assert made.status_code == 403, wrong
        form = "application/x-www-form-urlencoded"
        posted = victim.post("/v1/tokens", content="name=x", headers={"Content-Type": form})
        assert posted.status_code == 403
        plain = victim.post(
            "/v1/tokens", content='{"name":"x"}', headers={"Content-Type": "text/plain"}
        )
        assert plain.status_code == 403


def test_no_method_hides_behind_another(served: Served) -> None:
    secret, _ = session_of(served)
    with served.as_(Cookie=f"yaosu_session={secret}") as victim:
        for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
            assert victim.get("/v1/session", headers={name: "DELETE"}).status_code == 200
        assert victim.get("/v1/session?_method=DELETE").status_code == 200
        assert victim.get("/v1/session").json()["login"] == "anna", "the session goes on"
        assert victim.request("TRACE", "/v1/session").status_code in {400, 404, 405, 501}


def test_links_name_the_address_of_the_settings_and_not_that_of_the_request(
    served: Served,
) -> None:
    """A forged Host would send the one-time link, and with it the login, to somebody else."""
    with served.as_("operator", Host="evil.example", **{"X-Forwarded-Host": "evil.example"}) as one:
        made = one.post("/v1/logins", json={"login": "host-victim", "parties": ["anna"]})
        assert made.status_code == 201
        assert "evil.example" not in made.text


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil", "\\\\evil"])
def test_signing_in_leads_nowhere_else(served: Served, to: str) -> None:
    with served.as_() as client:
        assert 'data-to="/"' in client.get("/enter", params={"to": to}).text


def test_two_lengths_are_not_two_requests(served: Served) -> None:
    """Smuggling: what a proxy takes for a body must not be a request of somebody else here."""
    hidden = "GET /v1/venue HTTP/1.1\r\nHost: a\r\n\r\n"
    body = f"0\r\n\r\n{hidden}"
    for head in (
        f"Content-Length: {len(body)}\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Transfer-Encoding: xchunked\r\n",
    ):
        said = raw(
            served,
            f"POST /v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{head}"
            f"Connection: close\r\n\r\n{body}",
        )
        assert '"venue"' not in said, head
        assert said.count("HTTP/1.1 ") <= 1, head


def test_a_head_that_is_too_large_or_broken_is_refused_and_the_server_lives(
    served: Served,
) -> None:
    many = "".join(f"X-{n}: {'a' * 100}\r\n" for n in range(20_000))
    for text in (
        f"GET /health HTTP/1.1\r\nHost: a\r\n{many}\r\n",
        f"GET /{'a' * 2_000_000} HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: a\r\nBad Header : x\r\n\r\n",
        "GET http://[::1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "GET /v1/parties/\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    ):
        try:
            said = raw(served, text, 2.0)
        except OSError:
            continue  # cut off while sending: refused as well
        assert " 200 " not in said[:20], text[:60]
    with served.as_() as client:
        assert client.get("/health").status_code == 200


def test_those_who_connect_and_say_nothing_keep_nobody_out(served: Served) -> None:
    parts = urlsplit(served.url)
    assert parts.hostname is not None
    where = (parts.hostname, parts.port or 80)
    idle = [socket.create_connection(where, timeout=5) for _ in range(100)]
    try:
        for number, one in enumerate(idle):
            one.sendall(b"POST /v1/session HTTP/1.1\r\nHost: a\r\nContent-Le"[: number % 40 + 1])
        with served.as_() as client:
            assert client.get("/health").status_code == 200
    finally:
        for one in idle:
            one.close()


def test_names_of_logins_hold_nothing_that_could_be_something_else(served: Served) -> None:
    with served.as_("operator") as operator:
        for name in ("", "a b", "a\n", "../x", "a" * 65, "é", "a'--", "<b>", "a\x00"):
            made = operator.post("/v1/logins", json={"login": name, "parties": []})
            assert (made.status_code, made.json()["code"]) == (422, "server.bad_login"), name
    with served.as_() as client:
        said = client.post("/v1/session", json={"login": "' or 1=1 --", "password": "x"})
        assert said.json()["code"] == "server.wrong_password"


def test_a_command_that_was_overheard_cannot_be_played_again_by_another(served: Served) -> None:
    """The key of a command is its actor's: another login cannot even ask in that name."""
    fields = {"party": "anna"}
    with served.as_("anna") as anna, served.as_("bert") as bert:
        first = ask(anna, "parties.seal_data", "overheard", **fields)
        again = ask(bert, "parties.seal_data", "overheard", actor="anna", **fields)
        assert again.json()["code"] == "server.not_your_party"
        own = ask(bert, "parties.seal_data", "overheard", **fields)
        assert own.json().get("sequence") != first.json().get("sequence")


def test_answers_say_nothing_that_a_browser_could_take_for_a_page(served: Served) -> None:
    marks = "<script>alert(1)"
    with served.as_("operator") as operator:
        for answer in (
            operator.get(f"/v1/parties/{marks}"),
            operator.get("/v1/parties", params={"limit": marks}),
            operator.get(f"/{marks}"),
        ):
            assert answer.headers["content-type"].startswith("application/problem+json")
            assert answer.headers["x-content-type-options"] == "nosniff"
        page: httpx.Response = operator.get("/markets/" + marks)
        assert marks not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]

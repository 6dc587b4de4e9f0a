"""Cookies of a server that is reached by TLS: of names that nobody else can plant."""

from collections.abc import Iterator

import httpx
import pytest

from tests.server.serving import PASSWORD, Served, serve

HOST, PLAIN = "__Host-yaosu_session", "yaosu_session"


@pytest.fixture(scope="module")
def safe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """As behind a web server that speaks TLS: the address of people begins with https."""
    folder = tmp_path_factory.mktemp("safe") / "venue"
    made = serve(folder, public_url="https://market.example", sign_ins_per_minute="1000")
    yield made
    made.stop()


def cookies_set(answer: httpx.Response) -> dict[str, tuple[str, str]]:
    """Name -> value and attributes of each cookie that is set."""
    found = {}
    for line in answer.headers.get_list("set-cookie"):
        pair, _, rest = line.partition(";")
        name, _, value = pair.partition("=")
        found[name] = (value.strip('"'), rest)
    return found


def sign_in(served: Served, login: str = "anna") -> tuple[str, str, dict[str, tuple[str, str]]]:
    """The secret of a new session, its mark, and all cookies that came with it."""
    with served.as_() as client:
        answer = client.post("/v1/session", json={"login": login, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    found = cookies_set(answer)
    name = HOST if HOST in found else PLAIN
    return found[name][0], answer.json()["csrf"], found


def test_by_tls_the_session_has_a_name_that_only_this_host_can_set(safe: Served) -> None:
    """RFC 6265bis: __Host- wants Secure, the path /, and no domain."""
    secret, _, found = sign_in(safe)
    assert set(found) == {HOST, "__Secure-yaosu_device"}
    attributes = {one.strip() for one in found[HOST][1].split(";")}
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= attributes
    assert not [one for one in attributes if one.lower().startswith("domain")]
    assert "Secure" in found["__Secure-yaosu_device"][1]
    assert "Path=/v1/session" in found["__Secure-yaosu_device"][1]
    with safe.as_(Cookie=f"{HOST}={secret}") as client:
        assert client.get("/v1/session").json()["login"] == "anna"


def test_by_tls_a_cookie_without_the_prefix_counts_for_nothing(safe: Served) -> None:
    """A neighbouring host, or a plain page, may plant it: nobody is signed in as the thief."""
    thief, _, _ = sign_in(safe, "bert")
    own, _, _ = sign_in(safe, "anna")
    with safe.as_(Cookie=f"{PLAIN}={thief}") as client:
        assert client.get("/v1/session").status_code == 401
    for both in (f"{PLAIN}={thief}; {HOST}={own}", f"{HOST}={own}; {PLAIN}={thief}"):
        with safe.as_(Cookie=both) as client:
            assert client.get("/v1/session").json()["login"] == "anna"


def test_signing_out_ends_what_came_under_either_name(safe: Served) -> None:
    older, _, _ = sign_in(safe)
    secret, mark, _ = sign_in(safe)
    brought = f"{PLAIN}={older}; {HOST}={secret}"
    with safe.as_(Cookie=brought, **{"X-CSRF-Token": mark}) as client:
        answer = client.delete("/v1/session")
    assert answer.status_code == 204
    ended = cookies_set(answer)
    assert {name: value for name, (value, _) in ended.items()} == {HOST: "", PLAIN: ""}
    assert all("Max-Age=0" in rest for _, rest in ended.values())
    assert "Secure" in ended[HOST][1]
    for one in (older, secret):
        with safe.as_(Cookie=f"{HOST}={one}") as client:
            assert client.get("/v1/session").status_code == 401


def test_on_a_plain_loopback_all_stays_as_it_was(served: Served) -> None:
    """A browser would not keep the prefixed name without TLS; it counts for nothing here."""
    secret, mark, found = sign_in(served)
    assert set(found) == {PLAIN, "yaosu_device"}
    assert "Secure" not in found[PLAIN][1]
    with served.as_(Cookie=f"{HOST}={secret}") as client:
        assert client.get("/v1/session").status_code == 401
    with served.as_(Cookie=f"{PLAIN}={secret}", **{"X-CSRF-Token": mark}) as client:
        answer = client.delete("/v1/session")
    assert {name for name, (value, _) in cookies_set(answer).items() if not value} == {HOST, PLAIN}

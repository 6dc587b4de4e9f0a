"""Who may come in, and who may not: links, passwords, sessions, tokens; attacked from outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.server.serving import PASSWORD, QUICK, Served, ask
from yaosu.engine.clock import StepClock
from yaosu.kernel.instant import DAY, SECOND
from yaosu.kernel.refusal import Refusal
from yaosu.server.logins import LINK_SECONDS, Logins

BODY = {"party": "x", "kind": "person", "name": ""}


class Counted:
    """Gives bytes that differ from call to call; a test needs no more."""

    calls = 0

    def __call__(self, count: int) -> bytes:
        self.calls += 1
        return self.calls.to_bytes(count, "big")


@pytest.fixture
def clock() -> StepClock:
    return StepClock(1_000_000 * SECOND)


@pytest.fixture
def logins(tmp_path: Path, clock: StepClock) -> Logins:
    made = Logins(str(tmp_path / "a.logins"), clock, Counted(), hasher=QUICK, attempts_max=3)
    made.use_link(made.new_link("anna", ["anna"], manages=False), PASSWORD)
    return made


def code_of(refused: pytest.ExceptionInfo[Refusal]) -> str:
    return refused.value.code


def test_a_link_works_once_and_for_its_time(logins: Logins, clock: StepClock) -> None:
    link = logins.new_link("bert", ["bert"], manages=False)
    assert logins.use_link(link, PASSWORD) == "bert"
    with pytest.raises(Refusal) as again:
        logins.use_link(link, PASSWORD)
    late = logins.new_link("carl", [], manages=False)
    clock.forward(LINK_SECONDS * SECOND)
    with pytest.raises(Refusal) as ended:
        logins.use_link(late, PASSWORD)
    assert code_of(again) == code_of(ended) == "server.bad_link"
    replaced = logins.new_link("dora", [], manages=False)
    logins.new_link("dora", [], manages=False)
    with pytest.raises(Refusal, match=r"server\.bad_link"):
        logins.use_link(replaced, PASSWORD)


def test_a_short_password_is_refused_and_leaves_the_link(logins: Logins) -> None:
    link = logins.new_link("bert", ["bert"], manages=False)
    with pytest.raises(Refusal, match=r"server\.password_too_short"):
        logins.use_link(link, "short")
    assert logins.use_link(link, PASSWORD) == "bert"


def test_a_login_rests_after_too_many_wrong_passwords(logins: Logins, clock: StepClock) -> None:
    for _ in range(3):
        with pytest.raises(Refusal, match=r"server\.wrong_password"):
            logins.sign_in("anna", "wrong")
    with pytest.raises(Refusal) as right_but_late:
        logins.sign_in("anna", PASSWORD)
    assert code_of(right_but_late) == "server.login_rests"
    clock.forward(61 * SECOND)
    assert logins.sign_in("anna", PASSWORD)[1].login == "anna"


def test_a_password_is_compared_whole(logins: Logins) -> None:
    longest = "long " * 51 + "x"
    logins.use_link(logins.new_link("anna", ["anna"], manages=False), longest)
    assert logins.sign_in("anna", longest)[1].login == "anna"
    with pytest.raises(Refusal, match=r"server\.wrong_password"):
        logins.sign_in("anna", longest + "x")


def test_a_login_that_is_not_there_is_answered_like_a_wrong_password(logins: Logins) -> None:
    with pytest.raises(Refusal) as unknown:
        logins.sign_in("nobody", PASSWORD)
    with pytest.raises(Refusal) as wrong:
        logins.sign_in("anna", "wrong password")
    assert str(unknown.value) == str(wrong.value)


def test_tokens_and_sessions_end(logins: Logins, clock: StepClock) -> None:
    session, caller = logins.sign_in("anna", PASSWORD)
    token, made = logins.new_token(caller, "t", ["read"], [], 24 * 3600)
    other, kept = logins.new_token(caller, "u", ["read"], [], 240 * 3600)
    assert logins.caller_of(token).scopes == ("read",)
    logins.end_token("anna", made.token)
    with pytest.raises(Refusal, match=r"server\.bad_token"):
        logins.caller_of(token)
    logins.sign_out(session)
    with pytest.raises(Refusal, match=r"server\.bad_token"):
        logins.caller_of(session)
    clock.forward(11 * DAY)
    with pytest.raises(Refusal, match=r"server\.bad_token"):
        logins.caller_of(other)
    with pytest.raises(Refusal, match=r"server\.no_such_token"):
        logins.end_token("bert", kept.token)


def test_a_new_password_ends_the_sessions_before_it(logins: Logins) -> None:
    session, _ = logins.sign_in("anna", PASSWORD)
    logins.use_link(logins.new_link("anna", ["anna"], manages=False), PASSWORD + "!")
    with pytest.raises(Refusal, match=r"server\.bad_token"):
        logins.caller_of(session)


def test_a_login_that_is_ended_takes_everything_with_it(logins: Logins) -> None:
    session, caller = logins.sign_in("anna", PASSWORD)
    token, _ = logins.new_token(caller, "t", ["read"], [], 3600)
    logins.caller_of(token)
    logins.end_login("anna")
    for secret in (session, token):
        with pytest.raises(Refusal, match=r"server\.bad_token"):
            logins.caller_of(secret)


def test_a_token_loses_a_party_with_its_login(logins: Logins, clock: StepClock) -> None:
    logins.use_link(logins.new_link("anna", ["anna", "firm"], manages=False), PASSWORD)
    _, caller = logins.sign_in("anna", PASSWORD)
    token, _ = logins.new_token(caller, "t", ["act"], ["firm"], 3600)
    assert logins.caller_of(token).parties == ("firm",)
    logins.use_link(logins.new_link("anna", ["anna"], manages=False), PASSWORD)
    assert logins.caller_of(token).parties == ()


def test_the_file_lets_nobody_in(logins: Logins, tmp_path: Path) -> None:
    session, caller = logins.sign_in("anna", PASSWORD)
    token, _ = logins.new_token(caller, "t", ["read"], [], 3600)
    link = logins.new_link("bert", ["bert"], manages=False)
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("a.logins*"))
    for secret in (session, token, link, PASSWORD):
        assert secret.encode() not in kept
        assert secret.partition("_")[2].encode() not in kept or "_" not in secret
    assert (tmp_path / "a.logins").stat().st_mode & 0o077 == 0


# ---- over HTTP


@contextmanager
def signed_in(served: Served, login: str = "anna") -> Iterator[tuple[httpx.Client, str]]:
    with served.as_() as client:
        answer = client.post("/v1/session", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        yield client, answer.json()["csrf"]


def test_a_cookie_alone_changes_nothing(served: Served) -> None:
    """CSRF: another site can have a browser send the cookie, but not the session's mark."""
    with signed_in(served, "operator") as (client, mark):
        path = "/v1/commands/parties.register_party"
        sent = {"Idempotency-Key": "csrf-1"}
        bare = client.post(path, json=BODY, headers=sent)
        wrong = client.post(path, json=BODY, headers={**sent, "X-CSRF-Token": "0" * 64})
        assert bare.status_code == wrong.status_code == 403
        assert bare.json()["code"] == "server.wrong_origin"
        marked = {**sent, "X-CSRF-Token": mark}
        for where in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            elsewhere = client.post(path, json=BODY, headers={**marked, **where})
            assert elsewhere.json()["code"] == "server.wrong_origin"
        own = client.post(path, json=BODY, headers={**marked, "Origin": served.url})
        assert own.status_code == 200, own.text


def test_a_session_that_was_brought_along_is_never_taken_up(served: Served) -> None:
    """Fixation: signing in always draws a new secret, and the old one stays nobody's."""
    planted = "ys_" + "ab" * 32
    with served.as_(Cookie=f"yaosu_session={planted}") as client:
        answer = client.post("/v1/session", json={"login": "anna", "password": PASSWORD})
        assert answer.status_code == 200
        assert planted not in answer.headers["set-cookie"]
    with served.as_(Cookie=f"yaosu_session={planted}") as thief:
        assert thief.get("/v1/session").status_code == 401


def test_the_cookie_is_for_this_site_alone_and_no_script(served: Served) -> None:
    with served.as_() as client:
        answer = client.post("/v1/session", json={"login": "anna", "password": PASSWORD})
        said = answer.headers["set-cookie"]
        assert "HttpOnly" in said
        assert "SameSite=Strict" in said
        assert PASSWORD not in answer.text


def test_a_session_that_was_ended_cannot_be_played_again(served: Served) -> None:
    with signed_in(served) as (client, mark):
        cookie = client.cookies["yaosu_session"]
        assert client.get("/v1/session").json()["login"] == "anna"
        assert client.delete("/v1/session", headers={"X-CSRF-Token": mark}).status_code == 204
    with served.as_(Cookie=f"yaosu_session={cookie}") as again:
        assert again.get("/v1/session").status_code == 401


def test_a_manager_gives_out_a_link_for_a_party(served: Served) -> None:
    with served.as_("operator") as operator, served.as_() as dora:
        made = operator.post("/v1/logins", json={"login": "dora", "parties": ["carl"]})
        assert made.status_code == 201, made.text
        assert made.json()["url"].endswith(f"/join#{made.json()['link']}")
        chosen = {"link": made.json()["link"], "password": PASSWORD}
        assert dora.post("/v1/links", json=chosen).json() == {"login": "dora"}
        assert dora.post("/v1/links", json=chosen).status_code == 404
        entered = dora.post("/v1/session", json={"login": "dora", "password": PASSWORD})
        assert entered.json()["parties"] == ["carl"]
        assert operator.delete("/v1/logins/dora").status_code == 204
        assert dora.get("/v1/session").status_code == 401


def test_attempts_to_sign_in_from_one_address_are_limited() -> None:
    from yaosu.server.house import Limiter

    limiter = Limiter(3, 60)
    for _ in range(3):
        limiter.take("1.2.3.4")
    with pytest.raises(Refusal) as refused:
        limiter.take("1.2.3.4")
    assert refused.value.code == "server.too_many_requests"
    assert 1 <= int(refused.value.facts["seconds"]) <= 21
    limiter.take("1.2.3.5")


def test_headers_cannot_be_smuggled_into_an_answer(served: Served) -> None:
    with served.as_("operator") as operator:
        for text in ("a%0d%0aSet-Cookie:%20x=1", "a%00b", "%ff%fe"):
            answer = operator.get(f"/v1/parties/{text}")
            assert answer.status_code in {400, 404}
            assert "x" not in answer.cookies
        key = ask(operator, "parties.seal_data", "k" * 300, party="x")
        assert key.json()["code"] == "kernel.text_too_long"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/..%2f..%2fpyproject.toml", "/assets/%2e%2e%2fapp.py", "/assets/../run.py",
        "/tile/../../../etc/passwd", "/tile/%2e%2e/%2e%2e/market.db", "/assets/plain.css%00.js",
        "/v1/rights/..%2f..%2fmarket.logins",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_its_folder(served: Served, path: str) -> None:
    with served.as_("operator") as operator:
        answer = operator.get(path)
        assert answer.status_code in {400, 404}, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_log_holds_no_secret(served: Served) -> None:
    with signed_in(served) as (client, mark):
        cookie = client.cookies["yaosu_session"]
    said = served.said()
    assert '"route": "/v1/session"' in said
    for secret in (PASSWORD, mark, cookie, *served.tokens.values()):
        assert secret not in said

"""Signing in by OpenID Connect: against a provider that is started here, right and wrong."""

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from tests.server.provider import (
    CLIENT,
    SECRET,
    Provider,
    part,
    signed_by,
    signed_by_public_key,
    unsigned,
)
from tests.server.serving import PASSWORD, Served, serve
from yaosu.cli.app import answer
from yaosu.engine.clock import StepClock
from yaosu.kernel.instant import MINUTE, SECOND
from yaosu.kernel.refusal import Refusal
from yaosu.server.oidc import Provider as Door


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def served(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("oidc") / "venue"
    folder.mkdir()
    (folder / "client.secret").write_text(f"{SECRET}\n")
    (folder / "yaosu.toml").write_text(
        f'oidc_issuer = "{provider.issuer}"\noidc_client = "{CLIENT}"\n'
        'oidc_secret_file = "client.secret"\noidc_name = "The Registry"\nlisten = "127.0.0.1:0"\n'
    )
    made = serve(folder, sign_ins_per_minute="100000", public_url="http://127.0.0.1:1")
    assert answer(["login", "identity", str(folder), "anna", "u-1"]) == 0
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def honest(provider: Provider) -> Iterator[None]:
    yield
    provider.wrong, provider.head, provider.answer, provider.signs = {}, {}, {}, None
    provider.subject = "u-1"


def go(client: httpx.Client, start: str = "/enter/oidc?to=/desk") -> str:
    """Go to the provider and as far back as it sends: the address that the browser is to open."""
    begun = client.get(start, follow_redirects=False)
    assert begun.status_code == 303, begun.text
    sent = httpx.get(begun.headers["location"], follow_redirects=False).headers["location"]
    parts = urlsplit(sent)
    return f"{parts.path}?{parts.query}"


def test_a_linked_person_comes_in_by_the_provider(served: Served, provider: Provider) -> None:
    """State, nonce and PKCE go out; a session begins; the reader goes on where it wanted to."""
    with served.as_() as client:
        assert "The Registry" in client.get("/enter").text
        begun = client.get("/enter/oidc?to=/desk", follow_redirects=False)
        cookie = begun.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
        asked = parse_qs(urlsplit(begun.headers["location"]).query)
        assert {"state", "nonce", "code_challenge", "redirect_uri"} <= set(asked)
        done = client.get(go(client), follow_redirects=False)
        assert done.status_code == 200, done.text
        assert '<meta http-equiv="refresh" content="0;url=/desk">' in done.text
        assert client.get("/v1/session").json()["login"] == "anna"
        assert client.get("/desk").status_code == 200


def test_a_code_and_a_state_are_taken_once(served: Served, provider: Provider) -> None:
    with served.as_() as client:
        back = go(client)
        assert client.get(back, follow_redirects=False).status_code == 200
        again = client.get(back)
        assert again.status_code == 401
        assert "it was not begun here, or is over" in again.text
        state = parse_qs(urlsplit(go(client)).query)["state"][0]
        code = parse_qs(urlsplit(back).query)["code"][0]
        stolen = client.get(f"/enter/oidc/back?code={code}&state={state}&iss={provider.issuer}")
        assert stolen.status_code in {401, 503}
        assert client.get("/v1/session").json()["login"] == "anna", "as before"


def test_another_browser_cannot_be_signed_in_by_a_link(served: Served) -> None:
    """Login CSRF: a victim who opens the attacker's way back is not signed in as the attacker."""
    with served.as_() as attacker, served.as_() as victim:
        back = go(attacker)
        refused = victim.get(back)
        assert refused.status_code == 401
        assert "it was begun in another browser" in refused.text
        assert victim.get("/v1/session").status_code == 401


WRONG: dict[str, tuple[Callable[[Provider], None], str]] = {
    "issuer": (lambda p: p.wrong.update(iss="https://evil.example"), "is from another issuer"),
    "audience": (lambda p: p.wrong.update(aud="other"), "is for another client"),
    "party": (lambda p: p.wrong.update(aud=[CLIENT, "other"]), "was given to another client"),
    "azp": (lambda p: p.wrong.update(azp="other"), "was given to another client"),
    "nonce": (lambda p: p.wrong.update(nonce="of yesterday"), "was made for another sign-in"),
    "no nonce": (lambda p: p.wrong.update(nonce=None), "was made for another sign-in"),
    "expired": (lambda p: p.wrong.update(exp=int(time.time()) - 120), "has ended"),
    "no end": (lambda p: p.wrong.update(exp=None), "does not say from when until when"),
    "future": (lambda p: p.wrong.update(iat=int(time.time()) + 600), "is from the future"),
    "nobody": (lambda p: p.wrong.update(sub=None), "names nobody"),
    "alg none": (lambda p: setattr(p, "signs", unsigned), "is signed by"),
    "HS256": (lambda p: setattr(p, "signs", signed_by_public_key(p)), "is signed by"),
    "another key": (
        lambda p: setattr(p, "signs", signed_by(RSAKey.generate_key(2048), "RS256")),
        "is not signed by a key of the issuer",
    ),
    "unknown key": (lambda p: p.head.update(kid="k9"), "is not signed by a key of the issuer"),
    "critical": (lambda p: p.head.update(crit=["b64"], b64=True), "asks for what is not known"),
    "mix-up": (
        lambda p: p.answer.update(iss="https://evil.example"),
        "comes from another issuer",
    ),
    "no issuer": (lambda p: p.answer.update(iss=""), "comes from another issuer"),
    "no code": (lambda p: p.answer.update(code=""), "holds no code"),
    "denied": (lambda p: p.answer.update(code="", error="access_denied"), "access_denied"),
}


@pytest.mark.parametrize("attack", WRONG)
def test_whatever_is_wrong_lets_nobody_in(served: Served, provider: Provider, attack: str) -> None:
    make, said = WRONG[attack]
    if attack in {"unknown key", "critical"}:
        key = provider.keys["k1"]
        provider.signs = lambda head, claims: _raw(key, head, claims)
    make(provider)
    with served.as_() as client:
        refused = client.get(go(client))
        assert refused.status_code == 401, refused.text
        assert said in refused.text
        assert client.get("/v1/session").status_code == 401


def _raw(key: RSAKey, head: dict[str, object], claims: dict[str, object]) -> str:
    """Signed by hand: libraries do not make such heads."""
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.hashes import SHA256

    message = f"{part(head)}.{part(claims)}"
    signature = key.private_key.sign(message.encode(), padding.PKCS1v15(), SHA256())
    return f"{message}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def test_a_clock_that_differs_a_little_is_borne(served: Served, provider: Provider) -> None:
    now = int(time.time())
    provider.wrong = {"iat": now + 40, "exp": now - 20}
    with served.as_() as client:
        assert client.get(go(client), follow_redirects=False).status_code == 200


def test_a_subject_is_nobody_until_its_owner_links_it(served: Served, provider: Provider) -> None:
    """By the person signed in, in the same browser; no token can, and no address of mail counts."""
    provider.subject = "u-2"
    provider.wrong = {"email": "bert@example.org", "email_verified": True}
    with served.as_() as client:
        unknown = client.get(go(client))
        assert unknown.status_code == 403
        assert "no login here belongs to u-2" in unknown.text
        signed = client.post("/v1/session", json={"login": "bert", "password": PASSWORD})
        mark = {"X-CSRF-Token": signed.json()["csrf"]}
        assert client.post("/v1/identities").status_code == 403, "without the mark of the session"
        begun = client.post("/v1/identities", headers=mark).json()["url"]
        sent = urlsplit(httpx.get(begun, follow_redirects=False).headers["location"])
        back = client.get(f"{sent.path}?{sent.query}", follow_redirects=False)
        assert back.status_code == 200
        (linked,) = client.get("/v1/identities").json()["identities"]
        assert (linked["subject"], linked["login"]) == ("u-2", "bert")
        page = client.get("/tokens").text
        assert "Link with The Registry" in page
        assert f'data-unlink="{linked["identity"]}"' in page
    with served.as_() as other:
        assert other.get(go(other), follow_redirects=False).status_code == 200
        told = other.get("/v1/session").json()
        assert told["login"] == "bert"
        mark = {"X-CSRF-Token": told["csrf"]}
        gone = other.delete(f"/v1/identities/{linked['identity']}", headers=mark)
        assert gone.status_code == 204
        assert other.delete("/v1/identities/0", headers=mark).status_code == 404
    with served.as_("bert") as token:
        refused = token.post("/v1/identities")
        assert refused.json()["code"] == "server.session_needed"


def test_a_subject_is_one_login(served: Served, provider: Provider) -> None:
    with served.as_() as client:
        signed = client.post("/v1/session", json={"login": "bert", "password": PASSWORD})
        mark = {"X-CSRF-Token": signed.json()["csrf"]}
        begun = client.post("/v1/identities", headers=mark).json()["url"]
        sent = urlsplit(httpx.get(begun, follow_redirects=False).headers["location"])
        taken = client.get(f"{sent.path}?{sent.query}")
        assert taken.status_code == 409
        assert "u-1 signs in as another login already" in taken.text


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_the_way_back_leads_nowhere_else(served: Served, to: str) -> None:
    with served.as_() as client:
        back = go(client, f"/enter/oidc?to={to}")
        assert 'url=/"' in client.get(back, follow_redirects=False).text


def test_without_a_provider_there_is_no_such_way(tmp_path: Path) -> None:
    venue = serve(tmp_path / "venue")
    with venue.as_() as client:
        refused = client.get("/enter/oidc", headers={"Accept": "text/html"})
        assert refused.status_code == 404
        assert "/enter/oidc" not in client.get("/enter").text
    venue.stop()


# ---- the door alone, with a clock that can be moved


def door(provider: Provider, clock: StepClock) -> Door:
    count = iter(range(1, 10_000))
    return Door(
        provider.issuer, CLIENT, SECRET, "openid", "http://127.0.0.1:1/back", 60, clock,
        lambda size: next(count).to_bytes(size, "big"),
    )  # fmt: skip


def walk(door: Door) -> str:
    begun = door.begin("/")
    sent = httpx.get(begun.url, follow_redirects=False).headers["location"]
    query = {name: values[0] for name, values in parse_qs(urlsplit(sent).query).items()}
    return door.come_back(query, begun.browser)[1]


@pytest.mark.parametrize("algorithm", ["RS256", "Ed25519", "EdDSA"])
def test_keys_are_rotated_without_a_word_to_us(algorithm: str) -> None:
    """A key that is not known is asked for anew, at most every half minute."""
    own = Provider(algorithm)
    try:
        clock = StepClock(int(time.time()) * SECOND)
        one = door(own, clock)
        assert walk(one) == "u-1"
        own.keys, own.key_name = {"k2": own.new_key()}, "k2"
        with pytest.raises(Refusal, match="not signed by a key of the issuer"):
            walk(one)
        clock.forward(31 * SECOND)
        assert walk(one) == "u-1"
        assert own.asked.count("/jwks") == 2
    finally:
        own.stop()


def test_a_flow_ends_after_ten_minutes(provider: Provider) -> None:
    clock = StepClock(int(time.time()) * SECOND)
    one = door(provider, clock)
    begun = one.begin("/")
    sent = httpx.get(begun.url, follow_redirects=False).headers["location"]
    query = {name: values[0] for name, values in parse_qs(urlsplit(sent).query).items()}
    clock.forward(10 * MINUTE)
    with pytest.raises(Refusal, match="it took too long"):
        one.come_back(query, begun.browser)


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"issuer": "https://evil.example"}, "it says that it is another issuer"),
        ({"token_endpoint": "http://evil.example/token"}, "it names addresses without TLS"),
        ({"code_challenge_methods_supported": ["plain"]}, "it knows no PKCE by S256"),
        ({"jwks_uri": 7}, "Expected `str`"),
    ],
)
def test_a_provider_that_says_wrong_things_of_itself_is_not_asked(
    metadata: dict[str, object], said: str
) -> None:
    own = Provider("Ed25519")
    own.metadata = metadata
    try:
        with pytest.raises(Refusal, match=r"server\.oidc_unreachable") as refused:
            door(own, StepClock(0)).begin("/")
        assert said in str(refused.value)
    finally:
        own.stop()
    with pytest.raises(Refusal, match=r"cannot be asked: URLError"):
        door(own, StepClock(0)).begin("/")


def test_a_provider_without_tls_is_no_setting() -> None:
    with pytest.raises(Refusal, match=r"server\.bad_setting: the setting oidc_issuer"):
        Door("http://provider.example", CLIENT, "", "openid", "", 0, StepClock(0), bytes)

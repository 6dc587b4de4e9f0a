"""OpenID Connect: somebody else says who signs in; this file trusts it no further than it must.

    begin: state, nonce, PKCE verifier drawn and kept here; a cookie ties them to the browser
    back:  state known, once, from that browser; the issuer named is ours; the code is exchanged
           with the verifier; the ID token is signed by a key of the issuer, for us, with our nonce

Sources: OpenID Connect Core 1.0 (2014, errata 2), sections 3.1 and 10; Discovery 1.0; RFC 7636
(PKCE); RFC 9207 (issuer in the answer, against mix-up); RFC 9700 (best current practice).
"""

import base64
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from msgspec import Struct

from yaosu.engine.clock import Clock
from yaosu.kernel.instant import MINUTE, SECOND
from yaosu.kernel.refusal import found, refuse, refuse_unless

ALGORITHMS = ("EdDSA", "Ed25519", "ES256", "PS256", "RS256")  # none that shares a secret, nor none
FLOW_MINUTES, FLOWS_MAX = 10, 10_000
KNOWN_MINUTES = 60  # for which what the provider says of itself is kept
KEYS_AGAIN_SECONDS = 30  # after which unknown keys are asked for anew
ANSWER_MAX = 1_048_576
SECONDS = 10.0
TOKEN_MAX = 65_536
LOOPBACK = ("127.0.0.1", "::1", "localhost")
WELL_KNOWN = "/.well-known/openid-configuration"


class Metadata(Struct, frozen=True):
    """What a provider says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    authorization_response_iss_parameter_supported: bool = False
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    code_challenge_methods_supported: tuple[str, ...] | None = None


class Flow(Struct, frozen=True, kw_only=True):
    """One way to a provider and back.

    Attributes:
        browser: digest of what the browser must bring back.
        login: that the identity is linked to; empty where somebody signs in.
        to: where the reader goes on. ``until``: instant.
    """

    nonce: str
    verifier: str
    browser: bytes
    login: str
    to: str
    until: int


class Begun(Struct, frozen=True):
    """Where the browser goes, and what it keeps in a cookie meanwhile."""

    url: str
    browser: str


class Provider:
    """One provider, as the settings name it.

    Args:
        issuer: its address; ``client``: by what it knows this server.
        secret: of the client; empty for one that is public (PKCE alone).
        back: where it sends the browser back to.
        skew: seconds that its clock may differ.
    """

    def __init__(
        self,
        issuer: str,
        client: str,
        secret: str,
        scopes: str,
        back: str,
        skew: int,
        clock: Clock,
        draw: Callable[[int], bytes],
    ) -> None:
        refuse_unless(
            _is_safe(issuer) and client,
            "server.bad_setting",
            setting="oidc_issuer",
            origin="its value",
            value=issuer[:100],
            reason="an https address is wanted, and oidc_client with it",
        )
        self.issuer, self._client, self._secret = issuer, client, secret
        self._scopes, self._back, self._skew = scopes, back, skew
        self._clock, self._draw = clock, draw
        self._lock = threading.Lock()
        self._flows: dict[bytes, Flow] = {}
        self._metadata: tuple[int, Metadata] | None = None
        self._keys: tuple[int, list[dict[str, Any]]] = (0, [])

    def begin(self, to: str, login: str = "") -> Begun:
        """Begin to sign in, or to link an identity to a login. Asks the provider where to go.

        Raises:
            Refusal: ``server.oidc_unreachable``, ``server.too_many_requests``.
        """
        metadata = self._about()
        state, browser, nonce, verifier = (_word(self._draw(32)) for _ in range(4))
        now = self._clock()
        flow = Flow(
            nonce=nonce, verifier=verifier, browser=_digest(browser), login=login, to=to,
            until=now + FLOW_MINUTES * MINUTE,
        )  # fmt: skip
        with self._lock:
            if len(self._flows) >= FLOWS_MAX:
                self._flows = {k: one for k, one in self._flows.items() if one.until > now}
            has_room = len(self._flows) < FLOWS_MAX
            if has_room:
                self._flows[_digest(state)] = flow
        refuse_unless(has_room, "server.too_many_requests", who="all who sign in", seconds=60)
        query = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": self._back,
            "scope": self._scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": _word(sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        mark = "&" if "?" in metadata.authorization_endpoint else "?"
        return Begun(f"{metadata.authorization_endpoint}{mark}{urlencode(query)}", browser)

    def come_back(self, query: dict[str, str], browser: str) -> tuple[Flow, str]:
        """The flow that has come back, and the subject that the provider vouches for.

        Raises:
            Refusal: ``server.oidc_failed``, ``server.oidc_unreachable``.
        """
        with self._lock:
            flow = self._flows.pop(_digest(query.get("state", "")), None)
        flow = found(flow, "server.oidc_failed", reason="it was not begun here, or is over")
        same = compare_digest(flow.browser, _digest(browser))
        _check(same, "it was begun in another browser")
        _check(self._clock() < flow.until, "it took too long")
        metadata = self._about()
        named = query.get("iss")
        if named is not None or metadata.authorization_response_iss_parameter_supported:
            _check(named == self.issuer, "the answer comes from another issuer")
        if "error" in query:
            _check(False, f"the provider says {query['error'][:60]!r}")
        _check(query.get("code"), "the answer holds no code")
        token = self._exchange(metadata, query["code"], flow.verifier)
        return flow, self._subject_of(token, flow.nonce)

    def _exchange(self, metadata: Metadata, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if not self._secret:
            form["client_id"] = self._client
        elif "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            pair = f"{quote(self._client, safe='')}:{quote(self._secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": self._client, "client_secret": self._secret}
        said = self._fetch(metadata.token_endpoint, urlencode(form).encode(), headers)
        token = said.get("id_token")
        if not isinstance(token, str) or len(token) > TOKEN_MAX:
            refuse("server.oidc_failed", reason="the provider gave no ID token")
        return token

    # ---- the ID token

    def _subject_of(self, token: str, nonce: str) -> str:
        claims = self._claims_of(token)
        now = self._clock() / SECOND
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        _check(claims.get("iss") == self.issuer, "the ID token is from another issuer")
        _check(self._client in audiences, "the ID token is for another client")
        party = claims.get("azp")
        is_ours = party == self._client if party is not None else len(audiences) == 1
        _check(is_ours, "the ID token was given to another client")
        ends, made, begins = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
        timed = all(_is_number(one) for one in (ends, made, begins))
        _check(timed, "the ID token does not say from when until when it counts")
        assert ends is not None
        assert made is not None
        _check(now < ends + self._skew, "the ID token has ended")
        _check(max(made, begins) <= now + self._skew, "the ID token is from the future")
        given = claims.get("nonce")
        same = isinstance(given, str) and compare_digest(given.encode(), nonce.encode())
        _check(same, "the ID token was made for another sign-in")
        subject = claims.get("sub")
        _check(isinstance(subject, str) and subject, "the ID token names nobody")
        return str(subject)

    def _claims_of(self, token: str) -> dict[str, Any]:
        """What a token says, if a key of the issuer signed it by an algorithm that we take."""
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import import_key

        head = _head_of(token)
        algorithm, name = str(head.get("alg")), head.get("kid")
        _check(algorithm in ALGORITHMS, f"the ID token is signed by {algorithm[:20]!r}")
        _check("crit" not in head, "the ID token asks for what is not known here")
        for known in self._keys_for(algorithm, name):
            try:
                return dict(jwt.decode(token, import_key(known), algorithms=[algorithm]).claims)
            except (JoseError, ValueError, TypeError):
                continue
        refuse("server.oidc_failed", reason="the ID token is not signed by a key of the issuer")

    def _keys_for(self, algorithm: str, name: Any) -> list[dict[str, Any]]:
        """The keys that may have signed; asked for anew where none of the kept is named so."""
        asked_at, kept = self._keys
        fitting = _fitting(kept, algorithm, name)
        now = self._clock()
        if not fitting and (not kept or now - asked_at > KEYS_AGAIN_SECONDS * SECOND):
            said = self._fetch(self._about().jwks_uri)
            keys = said.get("keys")
            kept = [one for one in keys if isinstance(one, dict)] if isinstance(keys, list) else []
            self._keys = (now, kept)
            fitting = _fitting(kept, algorithm, name)
        return fitting

    # ---- the provider

    def _about(self) -> Metadata:
        now, kept = self._clock(), self._metadata
        if kept is not None and now < kept[0]:
            return kept[1]
        raw = self._fetch(self.issuer.rstrip("/") + WELL_KNOWN)
        try:
            said = msgspec.convert(raw, Metadata)
        except msgspec.ValidationError as error:
            refuse("server.oidc_unreachable", issuer=self.issuer, reason=str(error)[:200])
        ends = (said.authorization_endpoint, said.token_endpoint, said.jwks_uri)
        reason = ""
        if said.issuer != self.issuer:
            reason = "it says that it is another issuer"
        elif not all(_is_safe(one) for one in ends):
            reason = "it names addresses without TLS"
        elif "S256" not in (said.code_challenge_methods_supported or ("S256",)):
            reason = "it knows no PKCE by S256"
        refuse_unless(not reason, "server.oidc_unreachable", issuer=self.issuer, reason=reason)
        self._metadata = (now + KNOWN_MINUTES * MINUTE, said)
        return said

    def _fetch(
        self, url: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """JSON of the provider; no redirect is followed, no proxy used, no more than so much."""
        request = urllib.request.Request(
            url, body, {"Accept": "application/json", **(headers or {})}
        )
        reason = ""
        try:
            with _OPENER.open(request, timeout=SECONDS) as response:
                data = response.read(ANSWER_MAX + 1)
            said = json.loads(data) if len(data) <= ANSWER_MAX else None
            if isinstance(said, dict):
                return said
            reason = "its answer is no object of JSON"
        except urllib.error.HTTPError as error:
            reason = f"it answered with {error.code}"
        except (OSError, ValueError, RecursionError) as error:
            reason = type(error).__name__
        refuse("server.oidc_unreachable", issuer=self.issuer, reason=reason)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect(), urllib.request.ProxyHandler({}))


def _is_safe(url: str) -> bool:
    """An address with TLS; without only on this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_local = parts.scheme == "http" and parts.hostname in LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or is_local)


def _fitting(keys: list[dict[str, Any]], algorithm: str, name: Any) -> list[dict[str, Any]]:
    """Keys for signing, of the token's algorithm and name; never one that is a shared secret."""
    return [
        key
        for key in keys
        if key.get("kty") in {"RSA", "EC", "OKP"}
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (name is None or key.get("kid") == name)
    ]


def _head_of(token: str) -> dict[str, Any]:
    head = token.partition(".")[0]
    try:
        said = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        refuse("server.oidc_failed", reason="the ID token cannot be read")
    return said


def _check(holds: object, reason: str) -> None:
    refuse_unless(holds, "server.oidc_failed", reason=reason)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _word(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()

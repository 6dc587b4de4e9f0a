"""A provider of OpenID Connect on a port of this machine, which can be told to do wrong."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OKPKey, RSAKey

CLIENT, SECRET = "yaosu", "client secret"
Wrong = dict[str, Any]


class Provider:
    """Says of everybody who comes that it is ``subject``.

    Attributes:
        wrong: claims that are other than they should be; None leaves one out.
        head: of the token, other than it should be.
        signs: makes the token of head and claims, where it is not made as it should be.
        metadata: other than it should be.
        codes: code -> what was asked with it; a code is taken once.
    """

    def __init__(self, algorithm: str = "RS256") -> None:
        self.algorithm, self.subject, self.key_name = algorithm, "u-1", "k1"
        self.keys = {"k1": self.new_key()}
        self.wrong: Wrong = {}
        self.head: Wrong = {}
        self.signs: Callable[[Wrong, Wrong], str] | None = None
        self.metadata: Wrong = {}
        self.answer: dict[str, str] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                provider.asked.append(parts.path)
                if parts.path == "/.well-known/openid-configuration":
                    self.say(provider.about())
                elif parts.path == "/jwks":
                    self.say({"keys": [k.as_dict(private=False, kid=n, use="sig")
                                       for n, k in provider.keys.items()]})  # fmt: skip
                elif parts.path == "/authorize":
                    self.send_response(302)
                    self.send_header("Location", provider.authorize(parts.query))
                    self.end_headers()

            def do_POST(self) -> None:
                provider.asked.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                said = provider.token(form, self.headers.get("Authorization", ""))
                self.say(said, 200 if "id_token" in said else 400)

            def say(self, value: Any, status: int = 200) -> None:
                data = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def new_key(self) -> Any:
        is_rsa = self.algorithm == "RS256"
        return RSAKey.generate_key(2048) if is_rsa else OKPKey.generate_key("Ed25519")

    def about(self) -> Wrong:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }

    def authorize(self, query: str) -> str:
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}-{time.monotonic_ns()}"
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.issuer, **self.answer}
        given = {name: text for name, text in back.items() if text}
        return f"{asked['redirect_uri']}?{urlencode(given)}"

    def token(self, form: dict[str, str], authorization: str) -> Wrong:
        pair = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '%20')}".encode()).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or authorization != f"Basic {pair}":
            return {"error": "invalid_grant"}
        digest = sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT, "iat": now,
                  "exp": now + 300, "nonce": asked["nonce"], **self.wrong}  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        head = {"alg": self.algorithm, "kid": self.key_name, **self.head}
        head = {name: value for name, value in head.items() if value is not None}
        made = (self.signs or self.sign)(head, claims)
        return {"id_token": made, "access_token": "x", "token_type": "Bearer"}

    def sign(self, head: Wrong, claims: Wrong) -> str:
        return jwt.encode(head, claims, self.keys[self.key_name], algorithms=[self.algorithm])

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def unsigned(head: Wrong, claims: Wrong) -> str:
    """A token that nobody signed."""
    return f"{part({**head, 'alg': 'none'})}.{part(claims)}."


def signed_by(key: Any, algorithm: str) -> Callable[[Wrong, Wrong], str]:
    """Tokens under a key of somebody else."""
    return lambda head, claims: jwt.encode(
        {**head, "alg": algorithm}, claims, key, algorithms=[algorithm]
    )


def signed_by_public_key(provider: Provider) -> Callable[[Wrong, Wrong], str]:
    """The old trick: HMAC with the public key, which everybody has, as its secret."""
    secret = provider.keys["k1"].as_pem(private=False)

    def sign(head: Wrong, claims: Wrong) -> str:
        message = f"{part({**head, 'alg': 'HS256'})}.{part(claims)}"
        digest = hmac.digest(secret, message.encode(), "sha256")
        return f"{message}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"

    return sign


def part(value: Wrong) -> str:
    """One part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

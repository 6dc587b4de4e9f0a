"""The settings of a server: one literal table; each value with where it comes from.

A value comes from the first of these that has it: the command line, the environment
(``YAOSU_`` and the name in capitals), the file ``yaosu.toml``, the table's own default.
"""

import tomllib
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

import yaosu.server.refusals  # noqa: F401 - declares the texts
from yaosu.kernel.refusal import refuse, refuse_unless

PREFIX = "YAOSU_"
FILE = "yaosu.toml"


class Row(Struct, frozen=True):
    """One setting: its default (whose type is its own), what it is, and its least number."""

    default: str | int | bool
    what: str
    least: int = 0
    is_secret: bool = False


SETTINGS: dict[str, Row] = {
    "journal": Row("market.db", "the journal: a file, or postgresql://... of a server"),
    "listen": Row("127.0.0.1:8420", "HOST:PORT at which the server listens"),
    "logins": Row("", "file of the logins; left out: the journal's name with the ending .logins"),
    "signing_key": Row("", "file of the key that signs checkpoints; left out: none are signed"),
    "public_url": Row("", "address under which people reach the server; left out: http://LISTEN"),
    "body_max": Row(4_194_304, "bytes of a request's body, at most", 1024),
    "batch_body_max": Row(67_108_864, "bytes of a body of orders or a clearing, at most", 1024),
    "orders_max": Row(100_000, "orders in one request, at most", 1),
    "page_max": Row(1_000, "rows of a page, at most", 1),
    "streams_max": Row(1_000, "streams open at one time, at most", 1),
    "requests_per_second": Row(0, "requests of one login in a second, at most; 0: no limit"),
    "sign_ins_per_minute": Row(30, "attempts to sign in from one address in a minute", 1),
    "attempts_max": Row(
        5, "wrong passwords after which one place waits; 20 times: all strangers", 1
    ),
    "proxy_header": Row("", "header in which the proxy before the server puts who asks"),
    "session_hours": Row(12, "hours for which a session lasts", 1),
    "token_days_max": Row(366, "days for which a token lasts, at most", 1),
    "oidc_issuer": Row("", "address of the provider people may sign in with; left out: none"),
    "oidc_client": Row("", "by what that provider knows this server"),
    "oidc_secret_file": Row("", "file with the client's secret; left out: a public client"),
    "oidc_scopes": Row("openid", "what is asked of the provider, joined by blanks"),
    "oidc_name": Row("OpenID Connect", "what people call that provider"),
    "oidc_skew_seconds": Row(60, "seconds by which the provider's clock may differ", 0),
    "documents": Row("", "folder of the documents; left out: the journal's name, .documents"),
    "document_max": Row(52_428_800, "bytes of a document, at most", 1024),
    "documents_of_party_max": Row(2_147_483_648, "bytes of all documents of a party, at most", 1),
    "documents_reserve": Row(268_435_456, "bytes of the disk that documents leave to the journal"),
    "webhooks": Row(True, "send signed messages to other systems that logins name"),
    "webhook_private": Row(False, "messages may go to private addresses, and by plain http"),
    "outbox": Row("", "file of what is to be sent; left out: the journal's name, ending .outbox"),
    "demo": Row("", "what a demonstration venue is made of, so that it may be made anew"),
    "errands_max": Row(2, "imports and replays that run at one time, at most", 1),
    "language": Row("", "language of pages, en or zh; left out: as each browser asks"),
    "notices": Row(True, "tell parties what concerns them, in their inboxes and by e-mail"),
    "notice_days": Row(3, "days before something falls due at which that is told"),
    "notices_file": Row("", "file of the inboxes; left out: the journal's name, ending .notices"),
    "smtp_host": Row("", "server that e-mail goes out by; left out: none goes out"),
    "smtp_port": Row(587, "its port", 1),
    "smtp_way": Row("starttls", "starttls, tls; plain only for a server on the same machine"),
    "smtp_login": Row("", "login there; left out: none"),
    "smtp_password_file": Row("", "file that holds the password there"),
    "smtp_sender": Row("", "address that e-mail comes from"),
    "clearing_worker": Row(True, "clear closed books in a process beside the server"),
    "telemetry": Row("", "where traces go: http://HOST:4318/v1/traces, or stderr; left out: none"),
    "telemetry_percent": Row(100, "percent of requests that are traced", 0),
    "log": Row(True, "one JSON line a request on stderr"),
}
FOREIGN = ("YAOSU_WRAPPING_KEY", "YAOSU_KEYS")  # read by the door; their values are never shown


class Value(Struct, frozen=True):
    """One value and where it comes from."""

    value: str | int | bool
    origin: str


class Settings:
    """All values, by name."""

    def __init__(self, values: dict[str, Value]) -> None:
        self.values = values

    def text(self, name: str) -> str:
        """A value that is text."""
        value = self.values[name].value
        assert isinstance(value, str), name
        return value

    def number(self, name: str) -> int:
        """A value that is a whole number."""
        value = self.values[name].value
        assert isinstance(value, int), name
        return value

    def is_on(self, name: str) -> bool:
        """A value that is yes or no."""
        value = self.values[name].value
        assert isinstance(value, bool), name
        return value


def read_settings(
    file: tuple[str, str] | None,
    environment: Mapping[str, str],
    flags: Mapping[str, object],
) -> Settings:
    """Every setting from the first place that has it.

    Args:
        file: its name and text, where there is one.
        environment: variables by name.
        flags: what the command line says; None is not said.

    Raises:
        Refusal: ``server.bad_setting``.
    """
    kept = {} if file is None else _of_file(*file)
    values: dict[str, Value] = {}
    for name, row in SETTINGS.items():
        variable = PREFIX + name.upper()
        value = Value(row.default, "default")
        if name in kept:
            assert file is not None
            value = Value(_typed(name, row, kept[name], file[0]), file[0])
        if variable in environment:
            value = Value(_typed(name, row, environment[variable], variable), variable)
        if flags.get(name) is not None:
            origin = f"--{name.replace('_', '-')}"
            value = Value(_typed(name, row, flags[name], origin), origin)
        values[name] = value
    return Settings(values)


def _of_file(path: str, text: str) -> dict[str, Any]:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        refuse("server.bad_setting", setting="", origin=path, value="", reason=str(error))
    unknown = sorted(set(raw) - set(SETTINGS))
    if unknown:
        reason = "there is no such setting"
        value = str(raw[unknown[0]])
        refuse("server.bad_setting", setting=unknown[0], origin=path, value=value, reason=reason)
    return raw


def _typed(name: str, row: Row, given: object, origin: str) -> str | int | bool:
    wanted = {bool: "yes or no", int: f"a whole number from {row.least} on", str: "text"}
    kind = type(row.default)
    value: object = given
    if isinstance(given, str) and kind is bool:
        value = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}.get(
            given.lower(), given
        )
    elif isinstance(given, str) and kind is int and given.isascii() and given.isdecimal():
        value = int(given[:18])
    fits = type(value) is kind and (not isinstance(value, int) or value >= row.least)
    refuse_unless(
        fits,
        "server.bad_setting",
        setting=name,
        origin=origin,
        value=str(given)[:100],
        reason=f"{wanted[kind]} is wanted",
    )
    assert isinstance(value, str | int)
    return value

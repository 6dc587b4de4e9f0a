"""Coming in: sessions, one-time links, tokens; and for managers, logins."""

import asyncio
from typing import Any

from msgspec import Struct

from yaosu.kernel.ids import check_id
from yaosu.kernel.instant import SECOND
from yaosu.kernel.refusal import refuse_unless
from yaosu.server.attempts import DEVICE_DAYS
from yaosu.server.house import Answer, Call, House, SetCookie
from yaosu.server.logins import LINK_SECONDS, SESSION_MARK, Caller, Login, Token
from yaosu.server.problems import as_json
from yaosu.server.words import JSON, convert, read_json

COOKIE, DEVICE_COOKIE = "yaosu_session", "yaosu_device"
# Of a server that is reached by TLS browsers take these names from itself alone, over TLS alone: no
# neighbouring host and no plain page can plant one.
HOST_COOKIE, SECURE = f"__Host-{COOKIE}", "__Secure-"  # the latter before cookies of one path
DAY_SECONDS = 24 * 3600
NAME_CHARACTERS_MAX = 100
PARTIES_MAX = 100
UNKEPT = {"Cache-Control": "no-store"}


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in."""

    login: str
    password: str


class UseLink(Struct, frozen=True, forbid_unknown_fields=True):
    """What the opener of a one-time link chooses."""

    link: str
    password: str


class NewLogin(Struct, frozen=True, forbid_unknown_fields=True):
    """A login to be made, or to be given a new password: by a link for its owner.

    Attributes:
        parties: that it acts for; they take the place of those before.
        manages: whether it manages logins.
    """

    login: str
    parties: tuple[str, ...] = ()
    manages: bool = False


class NewToken(Struct, frozen=True, forbid_unknown_fields=True):
    """A token to be made.

    Attributes:
        name: what it is for, for people.
        scopes: ``read`` (read what the login may see), ``act`` (ask commands), ``manage`` (logins)
            and ``metrics``.
        parties: for which it acts; left out, all of the login's.
        days: for which it lasts.
    """

    name: str
    scopes: tuple[str, ...] = ("read",)
    parties: tuple[str, ...] = ()
    days: int = 90


class Signed(Struct, frozen=True):
    """Who is signed in.

    Attributes:
        csrf: what pages send in the header X-CSRF-Token with each change; empty with a token.
    """

    login: str
    parties: tuple[str, ...]
    scopes: tuple[str, ...]
    csrf: str


class Link(Struct, frozen=True):
    """A one-time link, told once."""

    login: str
    link: str
    url: str
    ends: int


class MadeToken(Struct, frozen=True):
    """A new token: ``secret`` is told once, here."""

    secret: str
    token: Token


async def sign_in(house: House, call: Call) -> Answer:
    """Begin a session."""
    house.sign_ins.take(call.address)
    asked: SignIn = body_of(call, SignIn)
    device_cookie = named(house, DEVICE_COOKIE)
    device = cookies_of(call).get(device_cookie, "")
    secret, caller = await asyncio.to_thread(
        house.logins.sign_in, asked.login, asked.password, call.address, device
    )
    known = await asyncio.to_thread(house.logins.attempts.know, caller.login, device)
    if call.secret.startswith(SESSION_MARK):
        house.logins.sign_out(call.secret)
    cookie = cookie_of(house, secret, house.settings.number("session_hours") * 3600)
    proof = SetCookie(
        name=device_cookie,
        value=known,
        path="/v1/session",
        seconds=DEVICE_DAYS * DAY_SECONDS,
        same_site="strict",
        is_secure=is_safe(house),
    )
    return _told(_signed(caller), {"Set-Cookie": cookie}, cookies=(proof,))


async def who(house: House, call: Call) -> Answer:
    """Who is signed in."""
    return _told(_signed(call.caller))


async def sign_out(house: House, call: Call) -> Answer:
    """End the session, and every other one that the browser brought along under either name."""
    brought = cookies_of(call)
    for secret in (call.secret, brought.get(COOKIE, ""), brought.get(HOST_COOKIE, "")):
        if secret.startswith(SESSION_MARK):
            house.logins.sign_out(secret)
    headers = {"Set-Cookie": cookie_of(house, "", 0)} | UNKEPT
    is_host = session_cookie(house) == HOST_COOKIE
    other = SetCookie(
        name=COOKIE if is_host else HOST_COOKIE, value="", path="/", seconds=0,
        same_site="strict", is_secure=not is_host,
    )  # fmt: skip
    return Answer(status=204, headers=headers, cookies=(other,))


async def use_link(house: House, call: Call) -> Answer:
    """Open a one-time link: the password is chosen here, and the login is made."""
    house.sign_ins.take(call.address)
    asked: UseLink = body_of(call, UseLink)
    login = await asyncio.to_thread(house.logins.use_link, asked.link, asked.password)
    return _told({"login": login})


async def list_tokens(house: House, call: Call) -> Answer:
    """The tokens of the login that asks."""
    return _told({"tokens": house.logins.tokens_of(call.caller.login)})


async def new_token(house: House, call: Call) -> Answer:
    """Make a token; it may do no more than who makes it."""
    asked: NewToken = body_of(call, NewToken)
    most = house.settings.number("token_days_max")
    _check(1 <= asked.days <= most, "NewToken", f"days: 1 to {most} are wanted")
    _check(len(asked.name) <= NAME_CHARACTERS_MAX, "NewToken", "its name is too long")
    _check(asked.scopes, "NewToken", "a scope is wanted")
    secret, token = house.logins.new_token(
        call.caller, asked.name, asked.scopes, asked.parties, asked.days * DAY_SECONDS
    )
    return _told(MadeToken(secret, token), status=201)


async def end_token(house: House, call: Call) -> Answer:
    """End a token at once."""
    house.logins.end_token(call.caller.login, call.path["token"])
    return Answer(status=204)


async def list_logins(house: House, call: Call) -> Answer:
    """All logins."""
    logins: list[Login] = house.logins.logins()
    return _told({"logins": logins})


async def new_login(house: House, call: Call) -> Answer:
    """Give out a one-time link for a login."""
    asked: NewLogin = body_of(call, NewLogin)
    _check(len(asked.parties) <= PARTIES_MAX, "NewLogin", f"{PARTIES_MAX} parties at most")
    for party in asked.parties:
        check_id(party, "party")
    secret = house.logins.new_link(asked.login, asked.parties, manages=asked.manages)
    ends = house.clock() + LINK_SECONDS * SECOND
    made = Link(asked.login, secret, link_url(house, secret), ends)
    return _told(made, status=201)


async def end_login(house: House, call: Call) -> Answer:
    """Let a login in no more."""
    await asyncio.to_thread(house.logins.end_login, call.path["login"])
    return Answer(status=204)


def link_url(house: House, secret: str) -> str:
    """Where a one-time link is opened; what is secret stands behind the #, which no server logs."""
    return f"{public_url(house)}/join#{secret}"


def public_url(house: House) -> str:
    """The address under which people reach the server."""
    given = house.settings.text("public_url").rstrip("/")
    return given or f"http://{house.settings.text('listen')}"


def cookie_of(house: House, secret: str, seconds: int) -> str:
    """The cookie of a session: no script reads it, no other site sends it."""
    name = session_cookie(house)
    return f"{name}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict" + (
        "; Secure" if is_safe(house) else ""
    )


def session_cookie(house: House) -> str:
    """What the cookie of a session is called here; one of another name counts for nothing."""
    return HOST_COOKIE if is_safe(house) else COOKIE


def named(house: House, name: str) -> str:
    """What a cookie of one path is called here."""
    return f"{SECURE}{name}" if is_safe(house) else name


def is_safe(house: House) -> bool:
    """Whether people reach the server by TLS, so that cookies travel by nothing else."""
    return public_url(house).startswith("https:")


def _signed(caller: Caller) -> Signed:
    return Signed(caller.login, caller.parties, caller.scopes, caller.mark)


def body_of(call: Call, kind: Any) -> Any:
    """The struct that a JSON body stands for."""
    refuse_unless(
        call.media_type == JSON, "server.wrong_media_type", found=call.media_type[:100], known=JSON
    )
    return convert(read_json(call.body, kind.__name__), kind)


def _check(condition: object, what: str, reason: str) -> None:
    refuse_unless(condition, "server.bad_body", what=what, reason=reason)


def cookies_of(call: Call) -> dict[str, str]:
    """The cookies that came along, by name; the first of each."""
    found: dict[str, str] = {}
    for part in call.headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        found.setdefault(name, value)
    return found


def _told(
    value: Any,
    headers: dict[str, str] | None = None,
    status: int = 200,
    cookies: tuple[SetCookie, ...] = (),
) -> Answer:
    return Answer(
        body=as_json(value), status=status, headers=UNKEPT | (headers or {}), cookies=cookies
    )

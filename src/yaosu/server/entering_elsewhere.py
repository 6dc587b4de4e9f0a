"""Coming in by an identity elsewhere: the way to the provider, the way back, and its links."""

import asyncio
from html import escape

from msgspec import Struct

from yaosu.kernel.refusal import found, refuse_unless
from yaosu.server.entering import UNKEPT, cookie_of, cookies_of, is_safe, named
from yaosu.server.house import Answer, Call, House, SetCookie
from yaosu.server.oidc import FLOW_MINUTES, Begun, Provider
from yaosu.server.problems import as_json

COOKIE = "yaosu_oidc"
PATH = "/enter/oidc"
BACK = "/enter/oidc/back"
POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
# The session's cookie is sent to pages of this site alone: a page of ours leads on, not a redirect
# of the provider's page, which would come without it.
PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>yaosu</title>'
    '<meta http-equiv="refresh" content="0;url={to}"></head>'
    '<body><a href="{to}">→</a></body></html>'
)


class LinkBegun(Struct, frozen=True):
    """Where the browser goes to link an identity."""

    url: str


async def begin_entering(house: House, call: Call) -> Answer:
    """Go to the provider to sign in."""
    house.sign_ins.take(call.address)
    begun = await asyncio.to_thread(_provider(house).begin, _inside(call.query.get("to", "/")))
    return Answer(
        status=303,
        headers={"Location": begun.url} | UNKEPT,
        cookies=(_tied(house, begun.browser, FLOW_MINUTES * 60),),
    )


async def begin_linking(house: House, call: Call) -> Answer:
    """Begin to link an identity of the provider to the login that is signed in."""
    refuse_unless(call.caller.mark, "server.session_needed")
    begun: Begun = await asyncio.to_thread(_provider(house).begin, "/tokens", call.caller.login)
    return Answer(
        body=as_json(LinkBegun(begun.url)),
        headers=UNKEPT,
        cookies=(_tied(house, begun.browser, FLOW_MINUTES * 60),),
    )


async def come_back(house: House, call: Call) -> Answer:
    """Where the provider sends the browser back: a session begins, or an identity is linked."""
    house.sign_ins.take(call.address)
    browser = cookies_of(call).get(named(house, COOKIE), "")
    provider = _provider(house)
    flow, subject = await asyncio.to_thread(provider.come_back, call.query, browser)
    cookies = [_tied(house, "", 0)]
    headers = {"Content-Security-Policy": POLICY} | UNKEPT
    logins = house.logins
    if flow.login:
        await asyncio.to_thread(logins.identities.link, flow.login, provider.issuer, subject)
    else:
        login = await asyncio.to_thread(logins.identities.login_of, provider.issuer, subject)
        secret, _ = await asyncio.to_thread(logins.new_session, login)
        seconds = house.settings.number("session_hours") * 3600
        headers["Set-Cookie"] = cookie_of(house, secret, seconds)
    page = PAGE.format(to=escape(flow.to, quote=True))
    return Answer(
        body=page.encode(), media_type="text/html", headers=headers, cookies=tuple(cookies)
    )


async def list_identities(house: House, call: Call) -> Answer:
    """The identities that sign in as the login that asks."""
    known = await asyncio.to_thread(house.logins.identities.of, call.caller.login)
    issuer = "" if house.provider is None else house.provider.issuer
    return Answer(body=as_json({"issuer": issuer, "identities": known}), headers=UNKEPT)


async def end_identity(house: House, call: Call) -> Answer:
    """Let an identity sign in no more."""
    await asyncio.to_thread(house.logins.identities.unlink, call.caller.login, call.path["name"])
    return Answer(status=204)


def _provider(house: House) -> Provider:
    return found(house.provider, "server.no_oidc")


def _tied(house: House, browser: str, seconds: int) -> SetCookie:
    """What ties the way back to the browser that began: it comes along from the provider's page."""
    return SetCookie(
        name=named(house, COOKIE), value=browser, path=PATH, seconds=seconds,
        same_site="lax", is_secure=is_safe(house),
    )  # fmt: skip


def _inside(path: str) -> str:
    """A path of this server; anything else leads to the first page."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain and len(path) < 2000 else "/"

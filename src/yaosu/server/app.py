"""One request from its head to its answer: who asks, may it, what came, what goes back."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from litestar import Litestar, Request, Response
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from yaosu.door import draw
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless
from yaosu.languages import language_asked
from yaosu.server.console import rooms
from yaosu.server.entering import public_url, session_cookie
from yaosu.server.head import Head
from yaosu.server.house import Answer, Call, House, SetCookie
from yaosu.server.logins import NOBODY, SESSION_MARK, Caller
from yaosu.server.problems import MEDIA_TYPE, problem_of
from yaosu.server.routes import ANYONE, ROUTES, SIGNED_IN, Route
from yaosu.server.slashes import as_asked, whole_names

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")  # told apart in counters
CHANGES = ("POST", "PUT", "PATCH", "DELETE")
HEARD_OUT_MAX, HEARD_OUT_SECONDS = 16 * 1024 * 1024, 5
STATED_DIGITS = 15  # of a length that is beyond every limit
SMALL_BODY = 65_536  # of addresses that take a form's worth
PARAMETERS_MAX, PARAMETER_CHARACTERS_MAX = 64, 4_000


def make_app(house: House) -> Litestar:
    """The application: every row of the table of routes, and one answer to what is not there."""
    handlers = []
    for route in ROUTES:
        path = route.path.replace("{tile}", "{tile:path}")
        path = re.sub(r"\{(\w+)\}", r"{\1:str}", path)
        decorate: Any = HTTPRouteHandler(path, http_method=route.method, status_code=200)
        handlers.append(decorate(_endpoint(house, route)))
    return Litestar(
        handlers,
        openapi_config=None,
        exception_handlers={Exception: partial(_stray, house)},
        request_max_body_size=None,
        logging_config=None,
    )


def _endpoint(house: House, route: Route) -> Any:
    async def endpoint(request: Request[Any, Any, Any]) -> Response[Any]:
        given = {name: str(value) for name, value in request.path_params.items()}
        return _response(await reply(house, route, Head(request.scope, request.receive, given)))

    endpoint.__name__ = f"{route.handler.__name__}_{route.method.lower()}"
    return endpoint


async def reply(house: House, route: Route, head: Head) -> Answer:
    """What a request is answered; it never raises."""
    began = time.perf_counter()
    caller = NOBODY
    try:
        secret, is_cookie = _secret_of(house, head)
        caller = _caller(house, route, secret)
        _check_right(house, route, caller)
        if is_cookie and route.method in CHANGES and caller.mark:
            _check_mark(head, caller)
        if route.method in CHANGES:
            _check_origin(house, head)
        if caller.login:
            house.requests.take(caller.login)
        refuse_unless(
            not (house.is_stopping and route.method in CHANGES),
            "server.not_ready",
            reason="it is being stopped",
        )
        call = await _call(house, route, head, secret, caller)
        answer: Answer = await route.handler(house, call)
    except Refusal as refusal:
        await _hear_out(head)
        answer = (
            _page_of(house, head, refusal) if route.is_page else _problem(head.headers, refusal)
        )
    except Exception as error:  # noqa: BLE001  # told as an error of ours, logged by its name
        answer = _our_error(house, head.headers, error)
    _count(house, route.method, route.path, answer.status, began, caller)
    if house.telemetry is not None:
        entry = answer.headers.get("Yaosu-Entry", "")
        seconds = time.perf_counter() - began
        house.telemetry.request(
            route.method, route.path, answer.status, seconds, head.headers, entry
        )
    return answer


def _page_of(house: House, head: Head, refusal: Refusal) -> Answer:
    query = f"?{head.query}" if head.query else ""
    call = Call(
        method=head.method,
        path={},
        query={},
        headers=head.headers,
        body=b"",
        media_type="",
        address="",
        address_path=f"{head.path}{query}"[:PARAMETER_CHARACTERS_MAX],
        language=house.settings.text("language"),
    )
    return rooms.page_of_refusal(call, refusal)


def _secret_of(house: House, head: Head) -> tuple[str, bool]:
    """The token or the session that came along, and whether a cookie brought it."""
    given = head.headers.get("authorization", "")
    if given:
        scheme, _, secret = given.partition(" ")
        refuse_unless(scheme.lower() == "bearer" and secret, "server.bad_token")
        return secret.strip(), False
    secret = head.cookies.get(session_cookie(house), "")
    return (secret, True) if secret.startswith(SESSION_MARK) else ("", False)


def _caller(house: House, route: Route, secret: str) -> Caller:
    """Who asks. A page for anyone is shown to whose session has ended as well."""
    if not secret or (route.right == ANYONE and not (route.is_page or route.is_known)):
        return NOBODY
    try:
        return house.logins.caller_of(secret)
    except Refusal:
        if route.right == ANYONE:
            return NOBODY
        raise


def _check_right(house: House, route: Route, caller: Caller) -> None:
    if route.right == ANYONE:
        return
    refuse_unless(caller.login, "server.not_signed_in")
    if route.right != SIGNED_IN and route.right not in caller.scopes:
        if route.right == "manage" and caller.mark:
            refuse("server.manager_needed", login=caller.login)
        refuse("server.scope_needed", scope=route.right)


def _check_mark(head: Head, caller: Caller) -> None:
    """A change asked with a cookie carries the session's mark, which no other site can read."""
    refuse_unless(head.headers.get("x-csrf-token", "") == caller.mark, "server.wrong_origin")


def _check_origin(house: House, head: Head) -> None:
    """A browser says which page asks: a change from a page of another site is refused."""
    origin = head.headers.get("origin")
    if origin is not None:
        own = {public_url(house), f"http://{head.headers.get('host', '')}"}
        own.add(f"https://{head.headers.get('host', '')}")
        refuse_unless(origin in own, "server.wrong_origin")
    site = head.headers.get("sec-fetch-site", "same-origin")
    refuse_unless(site in {"same-origin", "none"}, "server.wrong_origin")


async def _call(house: House, route: Route, head: Head, secret: str, caller: Caller) -> Call:
    media_type = head.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_read_later = route.is_streamed or route.method not in CHANGES
    return Call(
        method=route.method,
        path={
            **whole_names(head.path_params, head.path, may_hold=route.holds_ids),
            **route.fixed,
        },
        address_path=head.path,
        query=_query(head),
        headers=head.headers,
        body=b"" if is_read_later else await _body(house, route, head),
        parts=_parts(house, route, head) if route.is_streamed else None,
        media_type=media_type,
        address=_address(house, head),
        secret=secret,
        caller=caller,
        language=house.settings.text("language"),
    )


def _address(house: House, head: Head) -> str:
    """From where a request comes: as the proxy before us says last, where one is trusted to."""
    trusted = house.settings.text("proxy_header")
    if not trusted:
        return head.address
    name = trusted.lower().encode()
    said = [value for key, value in head.scope["headers"] if key.lower() == name]
    last = said[-1].decode("latin-1").rpartition(",")[2].strip()[:64] if said else ""
    return last or head.address


def _query(head: Head) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in head.parameters():
        reason = "it comes twice, or is too long"
        fits = name not in found and len(text) <= PARAMETER_CHARACTERS_MAX
        fits = fits and len(found) < PARAMETERS_MAX
        refuse_unless(fits, "server.bad_query", name=name[:100], value=text[:100], reason=reason)
        found[name] = text
    return found


async def _body(house: House, route: Route, head: Head) -> bytes:
    """The body, in one piece; where its length is known, its end is not waited for."""
    limit, stated = _limit(house, route), _stated(head)
    _check_stated(head, stated, limit)
    parts: list[bytes] = []
    size = 0
    while size != stated and (part := await head.next_part()) is not None:
        size += len(part)
        refuse_unless(size <= limit, "server.body_too_large", limit=limit)
        parts.append(part)
    _check_whole(size, stated)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _parts(house: House, route: Route, head: Head) -> AsyncIterator[bytes]:
    """The body, never more of it than its address takes; what is packed is not unpacked."""
    limit, stated = _limit(house, route), _stated(head)
    _check_stated(head, stated, limit)
    size = 0
    async for part in head.stream():
        size += len(part)
        refuse_unless(size <= limit, "server.body_too_large", limit=limit)
        yield part
    _check_whole(size, stated)


def _stated(head: Head) -> int | None:
    """How long the body is, as the client says; None where it does not."""
    stated = head.headers.get("content-length", "")
    if not stated.isdecimal():
        return None
    return int(stated) if len(stated) < STATED_DIGITS else 10**STATED_DIGITS


def _check_stated(head: Head, stated: int | None, limit: int) -> None:
    encoding = head.headers.get("content-encoding", "identity").lower()
    refuse_unless(encoding == "identity", "server.encoded_body", encoding=encoding[:40])
    refuse_unless(stated is None or stated <= limit, "server.body_too_large", limit=limit)


def _check_whole(size: int, stated: int | None) -> None:
    if stated is not None:
        refuse_unless(size == stated, "server.body_missing", bytes=size, expected=stated)


def _limit(house: House, route: Route) -> int:
    if route.is_streamed:
        return house.settings.number("document_max")
    return house.settings.number("batch_body_max") if route.is_large else SMALL_BODY


async def _hear_out(head: Head) -> None:
    """Take what a refused client still sends, if it is little: else it may not hear the answer."""
    stated = head.headers.get("content-length", "")
    is_little = stated.isdecimal() and len(stated) < 9 and int(stated) <= HEARD_OUT_MAX
    if is_little and not head.is_begun:
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARD_OUT_SECONDS):
                async for _ in head.stream():
                    pass


def _response(answer: Answer) -> Response[Any]:
    headers = SAFE | answer.headers
    if isinstance(answer.body, bytes):
        return Response(
            answer.body,
            status_code=answer.status,
            media_type=answer.media_type,
            headers=headers,
            cookies=[_cookie(one) for one in answer.cookies],
        )
    return Stream(
        _closing(answer.body),
        status_code=answer.status,
        media_type=answer.media_type,
        headers=headers,
    )


def _cookie(one: SetCookie) -> Cookie:
    return Cookie(
        key=one.name, value=one.value, path=one.path, max_age=one.seconds, httponly=True,
        samesite=one.same_site, secure=one.is_secure,
    )  # fmt: skip


async def _closing(source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for piece in source:
        yield piece


def _problem(given: Mapping[str, str], refusal: Refusal) -> Answer:
    """A refusal in the language that the request asks for."""
    status, body, headers = problem_of(refusal, language_asked(given.get("accept-language", "")))
    return Answer(body=body, status=status, media_type=MEDIA_TYPE, headers=headers)


def _our_error(house: House, given: Mapping[str, str], error: BaseException) -> Answer:
    """An error of ours: its kind and place are logged under a name; the caller is told the name."""
    incident = draw(6).hex()
    trace = error.__traceback__
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    name = type(error).__name__
    house.tell({"level": "error", "incident": incident, "error": name, "at": places[-6:]})
    return _problem(given, Refusal("server.our_error", incident=incident))


def _stray(house: House, request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """What reached no handler: no such address, no such method, a head that cannot be read."""
    path, given = as_asked(request.scope.get("path", ""))[:200], request.headers
    if isinstance(error, MethodNotAllowedException):
        method = str(request.method)[:20]
        answer = _problem(given, Refusal("server.wrong_method", path=path, method=method))
    elif isinstance(error, NotFoundException):
        answer = _problem(given, Refusal("server.not_here", path=path))
    elif isinstance(error, HTTPException) and error.status_code < 500:
        reason = str(error.detail)[:200]
        answer = _problem(given, Refusal("server.bad_body", what=path, reason=reason))
    elif isinstance(error, Refusal):
        answer = _problem(given, error)
    else:
        answer = _our_error(house, given, error)
    _count(house, request.method, "none", answer.status, time.perf_counter(), NOBODY)
    return _response(answer)


def _count(house: House, method: str, path: str, status: int, began: float, caller: Caller) -> None:
    seconds = time.perf_counter() - began
    named = method if method in METHODS else "other"
    house.metrics.count_request(path, named, status, seconds)
    if not house.settings.is_on("log"):
        return
    house.tell(
        {
            "level": "info",
            "route": path,
            "method": named,
            "status": status,
            "ms": round(seconds * 1000, 2),
            "login": caller.login,
            "instant": house.clock(),
        }
    )

"""The addresses that take commands, answered without the framework's own work on a request.

Finding the address, the request and the answer as objects of the framework cost as much as deciding
an order does. These addresses come here first; every other request goes on to the application.
"""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from yaosu.server.app import SAFE, reply
from yaosu.server.head import Head
from yaosu.server.house import Answer, House
from yaosu.server.routes import ROUTES, Route
from yaosu.server.slashes import names_apart

COMMANDS, ORDERS = "/v1/commands/{tag}", "/v1/markets/{market}/orders"
Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def quick(house: House, app: Asgi) -> Asgi:
    """The application, with a shorter way to the addresses that take commands."""
    known = {route.path: route for route in ROUTES if route.method == "POST"}
    commands, orders = known[COMMANDS], known[ORDERS]

    async def answer(given: Any, receive: Any, send: Any) -> None:
        scope = names_apart(given)
        if scope["type"] == "http" and scope["method"] == "POST":
            found = _found(scope["path"], commands, orders)
            if found is not None:
                route, given = found
                await _send(send, await reply(house, route, Head(scope, receive, given)))
                return
        await app(scope, receive, send)

    return answer


def _found(path: str, commands: Route, orders: Route) -> tuple[Route, dict[str, str]] | None:
    match path.split("/"):
        case ["", "v1", "commands", tag] if tag:
            return commands, {"tag": tag}
        case ["", "v1", "markets", market, "orders"] if market:
            return orders, {"market": market}
    return None


@lru_cache(maxsize=256)
def _raw(name: str) -> bytes:
    return name.lower().encode()


SAFE_RAW = [(_raw(name), text.encode()) for name, text in SAFE.items()]


async def _send(send: Any, answer: Answer) -> None:
    assert isinstance(answer.body, bytes), "what is asked here is answered whole"
    assert SAFE.keys().isdisjoint(answer.headers), "commands leave these headers as they are"
    headers = [
        (b"content-type", answer.media_type.encode()),
        (b"content-length", b"%d" % len(answer.body)),
        *SAFE_RAW,
        *[(_raw(name), text.encode("latin-1")) for name, text in answer.headers.items()],
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})

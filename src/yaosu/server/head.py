"""The head of a request, as ASGI gives it: what the steps to an answer look at, and the body."""

from collections.abc import AsyncIterator
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

from yaosu.server.slashes import as_asked


class Head:
    """One request.

    Attributes:
        scope: as ASGI gives it. method, path: of it.
        headers: by name in small letters; of one that comes twice the first.
        path_params: values of the variable parts of the address.
        is_begun: whether its body was begun to be read.
    """

    def __init__(self, scope: Any, receive: Any, path_params: dict[str, str]) -> None:
        self.scope, self._receive = scope, receive
        self.path_params = path_params
        self.method: str = scope["method"]
        self.path = as_asked(scope["path"])
        self.is_begun = self._is_over = False
        self.headers = {  # ASGI gives names in small letters
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in reversed(scope["headers"])
        }

    @property
    def query(self) -> str:
        """What stands behind the question mark."""
        return str(self.scope["query_string"].decode("latin-1"))

    def parameters(self) -> list[tuple[str, str]]:
        """Names and values of the query, in order."""
        return parse_qsl(self.query, keep_blank_values=True) if self.scope["query_string"] else []

    @property
    def address(self) -> str:
        """Of the client; empty where it is not known."""
        client = self.scope.get("client")
        return str(client[0]) if client else ""

    @cached_property
    def cookies(self) -> dict[str, str]:
        """By name; of one that comes twice the last."""
        pairs = (piece.partition("=") for piece in self.headers.get("cookie", "").split(";"))
        return {name.strip(): unquote(value.strip().strip('"')) for name, _, value in pairs}

    async def next_part(self) -> bytes | None:
        """The next piece of the body, maybe empty; None at its end, also where the client ends."""
        if self._is_over:
            return None
        self.is_begun = True
        message = await self._receive()
        if message["type"] != "http.request":
            self._is_over = True
            return None
        self._is_over = not message.get("more_body", False)
        return bytes(message.get("body", b""))

    async def stream(self) -> AsyncIterator[bytes]:
        """The body as it comes; ends early where the client does."""
        while (part := await self.next_part()) is not None:
            if part:
                yield part

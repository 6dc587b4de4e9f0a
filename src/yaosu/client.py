"""The same commands over HTTP, for a program that stands elsewhere.

``Client`` waits for its answers, ``AsyncClient`` awaits them; both send the structs of the core as
canonical bytes and give back typed receipts. What fails on the way is sent again under the same
idempotency key, so nothing is done twice: the server answers a key once.
"""

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Sequence
from hashlib import sha256
from typing import Any, NoReturn, Self

import msgspec
from msgspec import Struct

from yaosu.core import AnyEvent, Refused, refusal_of
from yaosu.engine.extras import load_extra
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal, declare, is_refusal_code
from yaosu.kernel.signed_note import SigningKey
from yaosu.kernel.words import Command, Event, tag_of
from yaosu.parties.commands import AskSigned
from yaosu.parties.signing import signed

CANONICAL = "application/vnd.yaosu.canonical"
ATTEMPTS = 6
FIRST_WAIT_SECONDS = 0.1  # doubled each time
AGAIN = (429, 502, 503, 504)
TIMEOUT_SECONDS = 60.0

REFUSALS = declare(
    {
        "client.unreachable": (
            "{url} did not answer {attempts} times: {reason}",
            "send the same command again under the same key once it does",
        ),
        "client.not_understood": (
            "{url} answered with {status}, which is no answer of a venue",
            "look whether the address is that of a yaosu server",
        ),
        "client.refused": (
            "the server refused with {named}: {detail}",
            "do as the server says: {what_next}",
        ),
    }
)


class Answer(Struct, frozen=True):
    """What came of a command: as a receipt of the writer, in the fields and in what it tells.

    Attributes:
        sequence, instant, hash: of the entry; microseconds UTC, of its header.
        outcome: 1 accepted, 2 refused.
        events: all that followed.
        repeated: the same key had been answered before; this is that answer.
    """

    sequence: int
    instant: int
    hash: bytes
    outcome: int
    events: tuple[AnyEvent, ...]
    repeated: bool = False

    @property
    def refusal(self) -> Refusal | None:
        """The refusal, or None where the command was accepted."""
        first: Event | None = self.events[0] if self.events else None
        return refusal_of(first) if isinstance(first, Refused) else None

    def accepted(self) -> "Answer":
        """Itself, or the refusal raised."""
        refusal = self.refusal
        if refusal is not None:
            raise refusal
        return self


class _Asking:
    """What both clients share: the requests they make, and what they make of answers."""

    def __init__(self, url: str, token: str, attempts: int, pen: SigningKey | None) -> None:
        self.url, self.attempts = url.rstrip("/"), attempts
        self.pen = pen
        self.venue = ""  # its id, once it is known: what is signed is signed for it alone
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.seen = 0  # entries that what is read must take in: what was written is seen

    def needs_venue(self, command: Command) -> bool:
        return bool(self.pen and not self.venue) and not isinstance(command, AskSigned)

    def command(self, command: Command) -> dict[str, Any]:
        canonical.check(command)
        if self.pen is not None and not isinstance(command, AskSigned):
            command = signed(command, self.venue, self.pen)
        return {
            "method": "POST",
            "url": f"/v1/commands/{tag_of(command)}",
            "content": canonical.encode(command),
            "headers": {"Content-Type": CANONICAL, "Accept": CANONICAL},
        }

    def fields(self, tag: str, key: str, fields: dict[str, Any]) -> dict[str, Any]:
        return {
            "method": "POST",
            "url": f"/v1/commands/{tag}",
            "content": msgspec.json.encode({**fields, "key": key}),
            "headers": {"Content-Type": "application/json", "Accept": CANONICAL},
        }

    def answered(self, response: Any) -> Answer:
        if response.headers.get("content-type") != CANONICAL:
            self.refused(response)
        answer = canonical.decode(response.content, Answer)
        self.seen = max(self.seen, answer.sequence + 1)
        return answer

    def refused(self, response: Any) -> NoReturn:
        """Raise what the server refused with: the same code, where this version knows it."""
        try:
            said = msgspec.json.decode(response.content, type=dict[str, Any])
            code, facts = str(said["code"]), dict(said.get("facts", {}))
        except (msgspec.DecodeError, KeyError):
            url, status = self.url, response.status_code
            raise Refusal("client.not_understood", url=url, status=status) from None
        if is_refusal_code(code):
            raise Refusal(code, **facts)
        told = {"detail": str(said.get("detail")), "what_next": str(said.get("what_next"))}
        raise Refusal("client.refused", named=code, **told)

    def page(self, resource: str, after: str | None, filters: dict[str, Any]) -> dict[str, Any]:
        query = {"at_least": self.seen, **filters} | ({"after": after} if after else {})
        return {"method": "GET", "url": f"/v1/{resource}", "params": query}

    def question(self, name: str, asked: dict[str, Any]) -> dict[str, Any]:
        content = msgspec.json.encode(asked)
        headers = {"Content-Type": "application/json"}
        return {"method": "POST", "url": f"/v1/questions/{name}", "content": content,
                "headers": headers}  # fmt: skip

    def read(self, response: Any) -> Any:
        if response.status_code >= 300:
            self.refused(response)
        return msgspec.json.decode(response.content)

    def document(self, data: bytes, name: str, party: str, kind: str) -> dict[str, Any]:
        named = {"name": name, "kind": kind, **({"party": party} if party else {})}
        digest = b64encode(sha256(data).digest()).decode()
        headers = {"Content-Digest": f"sha-256=:{digest}:"}
        return {"method": "POST", "url": "/v1/documents", "params": named, "content": data,
                "headers": headers}  # fmt: skip

    def file(self, response: Any) -> bytes:
        if response.status_code >= 300:
            self.refused(response)
        return bytes(response.content)

    def wait_for(self, attempt: int, response: Any) -> float:
        """Seconds to wait before the next attempt, as the server says or longer each time."""
        said = "" if response is None else response.headers.get("retry-after", "")
        told = float(said) if said.isdecimal() else 0.0
        return max(told, FIRST_WAIT_SECONDS * 2**attempt) if attempt else FIRST_WAIT_SECONDS

    def gave_up(self, response: Any, reason: str) -> Any:
        if response is not None:
            return response
        raise Refusal(
            "client.unreachable", url=self.url, attempts=self.attempts, reason=reason[:200]
        )


class Client:
    """A venue elsewhere.

    Args:
        url: of the server.
        token: as it was made there.
        attempts: how often a request is sent at most.
        signing_key: of the party, to sign every command with; see ``yaosu key new``.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        attempts: int = ATTEMPTS,
        signing_key: SigningKey | None = None,
    ) -> None:
        self._httpx = load_extra("httpx")
        self._asking = _Asking(url, token, attempts, signing_key)
        self._http = self._httpx.Client(
            base_url=url, headers=self._asking.headers, timeout=TIMEOUT_SECONDS
        )

    def submit(self, command: Command) -> Answer:
        """Ask one thing and wait for the receipt; a refusal that is on record is one too.

        Raises:
            Refusal: where nothing is recorded; ``client.unreachable`` where that is not known: ask
                the same again later.
        """
        if self._asking.needs_venue(command):
            self._asking.venue = self.read("/v1/venue")["venue"]["id"]
        return self._asking.answered(self._send(self._asking.command(command)))

    def ask(self, tag: str, key: str, fields: dict[str, Any]) -> Answer:
        """Ask a command by its tag, with fields of plain values; tables are lists by name."""
        return self._asking.answered(self._send(self._asking.fields(tag, key, fields)))

    def submit_many(self, commands: Sequence[Command]) -> list[Answer]:
        """Ask many things in order."""
        return [self.submit(command) for command in commands]

    def rows(self, resource: str, **filters: Any) -> Iterator[dict[str, Any]]:
        """Every row of a resource, page by page; what this client wrote is taken in."""
        after: str | None = None
        while True:
            page = self._asking.read(self._send(self._asking.page(resource, after, filters)))
            yield from page["rows"]
            after = page["next"]
            if after is None:
                return

    def read(self, path: str, **query: Any) -> Any:
        """What stands at an address under /v1, as plain values."""
        return self._asking.read(self._send({"method": "GET", "url": path, "params": query}))

    def question(self, name: str, /, **asked: Any) -> Any:
        """What a question of the command line is answered, as plain values."""
        return self._asking.read(self._send(self._asking.question(name, asked)))["answer"]

    def text(self, path: str, **query: Any) -> str:
        """What stands at an address as text: a proof, a checkpoint, a certificate."""
        return self.bytes_of(path, **query).decode("utf-8")

    def bytes_of(self, path: str, **query: Any) -> bytes:
        """What stands at an address, as it is."""
        return self._asking.file(self._send({"method": "GET", "url": path, "params": query}))

    def post(self, path: str, data: bytes, media_type: str) -> Any:
        """Send bytes to be looked at, and read what is answered; nothing is changed by it."""
        headers = {"Content-Type": media_type}
        request = {"method": "POST", "url": path, "content": data, "headers": headers}
        return self._asking.read(self._send(request))

    def keep_document(
        self, data: bytes, name: str, *, party: str = "", kind: str = "other"
    ) -> dict[str, Any]:
        """Give a file, to be kept under its digest; the same one is kept once."""
        request = self._asking.document(data, name, party, kind)
        kept: dict[str, Any] = self._asking.read(self._send(request))
        return kept

    def document(self, digest: str) -> bytes:
        """The bytes of a document."""
        request = {"method": "GET", "url": f"/v1/documents/{digest}/file"}
        return self._asking.file(self._send(request))

    def _send(self, request: dict[str, Any]) -> Any:
        response, reason = None, ""
        for attempt in range(self._asking.attempts):
            if attempt:
                time.sleep(self._asking.wait_for(attempt, response))
            try:
                response = self._http.request(**request)
            except self._httpx.TransportError as error:
                response, reason = None, str(error) or type(error).__name__
                continue
            if response.status_code not in AGAIN:
                return response
        return self._asking.gave_up(response, reason)

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient:
    """The same for programs that await; see :class:`Client`."""

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        attempts: int = ATTEMPTS,
        signing_key: SigningKey | None = None,
    ) -> None:
        self._httpx = load_extra("httpx")
        self._asking = _Asking(url, token, attempts, signing_key)
        self._http = self._httpx.AsyncClient(
            base_url=url, headers=self._asking.headers, timeout=TIMEOUT_SECONDS
        )

    async def submit(self, command: Command) -> Answer:
        """Ask one thing; see :meth:`Client.submit`."""
        if self._asking.needs_venue(command):
            request = {"method": "GET", "url": "/v1/venue"}
            said = self._asking.read(await self._send(request))
            self._asking.venue = said["venue"]["id"]
        return self._asking.answered(await self._send(self._asking.command(command)))

    async def submit_many(self, commands: Sequence[Command]) -> list[Answer]:
        """Ask many things at once; they share transactions and syncs, in no promised order."""
        return list(await asyncio.gather(*(self.submit(command) for command in commands)))

    async def rows(self, resource: str, **filters: Any) -> AsyncIterator[dict[str, Any]]:
        """Every row of a resource, page by page."""
        after: str | None = None
        while True:
            page = self._asking.read(await self._send(self._asking.page(resource, after, filters)))
            for row in page["rows"]:
                yield row
            after = page["next"]
            if after is None:
                return

    async def events(
        self, stream: str, after: int | None = None, **query: Any
    ) -> AsyncIterator[tuple[int, str, Any]]:
        """What a stream tells: number of the entry, kind, data; goes on where it was lost.

        Args:
            stream: its name under /v1/streams.
            after: number of the last entry that is known; left out, from now on.
        """
        last = after
        while True:
            headers = {} if last is None else {"Last-Event-ID": str(last)}
            path = f"/v1/streams/{stream}"
            try:
                async with self._http.stream("GET", path, params=query, headers=headers) as said:
                    if said.status_code >= 300:
                        await said.aread()
                        self._asking.refused(said)
                    async for number, kind, data in _told(said.aiter_lines()):
                        if number is not None:
                            last = number
                        if kind:
                            yield last or 0, kind, data
            except self._httpx.TransportError:
                await asyncio.sleep(FIRST_WAIT_SECONDS)

    async def keep_document(
        self, data: bytes, name: str, *, party: str = "", kind: str = "other"
    ) -> dict[str, Any]:
        """Give a file; see :meth:`Client.keep_document`."""
        request = self._asking.document(data, name, party, kind)
        kept: dict[str, Any] = self._asking.read(await self._send(request))
        return kept

    async def document(self, digest: str) -> bytes:
        """The bytes of a document."""
        request = {"method": "GET", "url": f"/v1/documents/{digest}/file"}
        return self._asking.file(await self._send(request))

    async def _send(self, request: dict[str, Any]) -> Any:
        response, reason = None, ""
        for attempt in range(self._asking.attempts):
            if attempt:
                await asyncio.sleep(self._asking.wait_for(attempt, response))
            try:
                response = await self._http.request(**request)
            except self._httpx.TransportError as error:
                response, reason = None, str(error) or type(error).__name__
                continue
            if response.status_code not in AGAIN:
                return response
        return self._asking.gave_up(response, reason)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def _told(lines: AsyncIterator[str]) -> AsyncIterator[tuple[int | None, str, Any]]:
    """Events of a stream: id where there is one, kind, data."""
    fields: dict[str, str] = {}
    async for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
            continue
        number = int(fields["id"]) if fields.get("id", "").isdecimal() else None
        data = msgspec.json.decode(fields["data"]) if "data" in fields else None
        yield number, fields.get("event", "") if "data" in fields else "", data
        fields = {}

"""What handlers of requests reach: the venue, its logins, its views; who asks, and the answer."""

import json
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from yaosu.core import State
from yaosu.door import Venue
from yaosu.engine.clock import Clock
from yaosu.journal.live_log import LiveLog
from yaosu.journal.store import Store
from yaosu.kernel.refusal import refuse_unless
from yaosu.server.console.following import Following
from yaosu.server.console.views import Console
from yaosu.server.errands import Errands
from yaosu.server.frames import Frames
from yaosu.server.live import Live
from yaosu.server.logins import NOBODY, Caller, Logins
from yaosu.server.metrics import Metrics
from yaosu.server.oidc import Provider
from yaosu.server.reading import View
from yaosu.server.resources import OFFICES, RESOURCES, Rows, rows_of
from yaosu.server.result_files import Results
from yaosu.server.settings import Settings
from yaosu.server.waiting import Waiting
from yaosu.workers.beside import ClearingWorker
from yaosu.workers.delivering import Delivering
from yaosu.workers.keeping import Keeper
from yaosu.workers.notices.notifier import Notifier
from yaosu.workers.outbox import Outbox
from yaosu.workers.pdf_pages import PdfPages
from yaosu.workers.webhooks import Webhooks

if TYPE_CHECKING:
    from yaosu.server.telemetry import Telemetry

BUCKETS_MAX = 10_000
CHECKS_PER_MINUTE = 60


class Call(Struct, frozen=True, kw_only=True):
    """One request, as far as a handler needs it.

    Attributes:
        path: values of the variable parts of the address; ``address_path``: the whole of it.
        query: parameters; each at most once.
        headers: by name in small letters.
        body: as it came, within the limit of its address.
        parts: the body while it comes, where its address takes it so; ``body`` is empty then.
        media_type: of the body, without parameters.
        address: of the client, or of the proxy before it.
        secret: the token or the session's cookie; empty where none came.
        language: of the pages, for readers who chose none; empty: as their browser asks.
    """

    method: str
    path: dict[str, str]
    query: dict[str, str]
    address_path: str = "/"
    headers: Mapping[str, str]
    body: bytes
    media_type: str
    address: str
    secret: str = ""
    caller: Caller = NOBODY
    parts: AsyncIterator[bytes] | None = None
    language: str = ""


class SetCookie(Struct, frozen=True, kw_only=True):
    """A cookie that no script reads. ``seconds``: for which it lasts; 0 ends it."""

    name: str
    value: str
    path: str
    seconds: int
    same_site: Literal["lax", "strict"]
    is_secure: bool


class Answer(Struct, frozen=True, kw_only=True):
    """What goes back: bytes, or a stream of them. ``cookies``: more than the one in the headers."""

    body: bytes | AsyncIterator[bytes] = b""
    status: int = 200
    media_type: str = "application/json"
    headers: dict[str, str] = {}
    cookies: tuple[SetCookie, ...] = ()


class Limiter:
    """So many in so many seconds for each name; what is not used is not saved up further."""

    def __init__(self, count: int, seconds: float) -> None:
        self._count, self._seconds = count, seconds
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, name: str) -> None:
        """Count one.

        Raises:
            Refusal: ``server.too_many_requests``.
        """
        if not self._count:
            return
        now = time.monotonic()
        with self._lock:
            if len(self._left) >= BUCKETS_MAX:
                self._left = {k: v for k, v in self._left.items() if now - v[1] < self._seconds}
            left, at = self._left.get(name, (float(self._count), now))
            left = min(self._count, left + (now - at) * self._count / self._seconds)
            has_room = left >= 1
            self._left[name] = (left - 1 if has_room else left, now)
        wait = int((1 - left) * self._seconds / self._count) + 1
        refuse_unless(has_room, "server.too_many_requests", who=name, seconds=wait)


class House:
    """All that lives as long as the server does."""

    def __init__(
        self,
        venue: Venue,
        settings: Settings,
        logins: Logins,
        clock: Clock,
        store: Store,
        live: Live,
        log: LiveLog | None = None,
    ) -> None:
        self.venue, self.settings, self.logins, self.clock = venue, settings, logins, clock
        self.store, self.live, self.log = store, live, log
        self.waiting = Waiting(venue)
        self.keys_proven: tuple[int, str] | None = None  # how many keys there were, and their proof
        self.reading_store = threading.Lock()  # one thread at a time reads entries
        self.console = Console(venue, store, self.reading_store)
        self.results = Results()
        self.metrics = Metrics()
        self.frames = Frames(venue)
        self.following = Following(lambda: venue.size)
        self.streams = 0  # open ones
        self.worker: ClearingWorker | None = None
        self.provider: Provider | None = None
        self.telemetry: Telemetry | None = None
        self.keeper: Keeper | None = None  # of documents
        self.pdf_pages = PdfPages()
        self.notifier: Notifier | None = None
        self.outbox: Outbox | None = None
        self.hooks: Webhooks | None = None
        self.delivering: Delivering | None = None
        self.errands: Errands | None = None  # long work beside the server
        self.folder: Path | None = None  # of the settings; what pages keep lies in it
        self.is_stopping = self.is_to_be_reset = False
        self.stop: Callable[[], object] = lambda: None  # ends the server
        self.sign_ins = Limiter(settings.number("sign_ins_per_minute"), 60)
        self.checks = Limiter(CHECKS_PER_MINUTE, 60)  # of certificates, from one address
        self.requests = Limiter(settings.number("requests_per_second"), 1)
        self.views: dict[str, View[Rows]] = {name: self._view(name) for name in RESOURCES}
        self.offices: View[dict[str, frozenset[str]]] = View(venue, _roles, lambda roles: roles)

    def has_written(self) -> None:
        """A batch is durable and answered: called by the writer."""
        self.waiting.wake()
        self.live.wake()

    def _view(self, name: str) -> View[Rows]:
        resource = RESOURCES[name]
        return View(self.venue, resource.make, lambda table: rows_of(resource, table))

    def tell(self, fields: dict[str, Any]) -> None:
        """One line of JSON on stderr: never a body, a parameter, a header or a secret."""
        if self.settings.is_on("log"):
            sys.stderr.write(json.dumps(fields, ensure_ascii=False) + "\n")

    def has_office(self, caller: Caller, offices: tuple[str, ...] = OFFICES) -> bool:
        """Whether a party the caller acts for holds one of the offices now. May block."""
        roles = self.offices.read().view
        return any(not roles.get(p, frozenset()).isdisjoint(offices) for p in caller.parties)


def _roles(state: State) -> dict[str, frozenset[str]]:
    return {
        party: frozenset(term.role for term in terms if term.until == 0)
        for party, terms in state.parties.roles.items()
    }


Handler = Any  # async (House, Call) -> Answer

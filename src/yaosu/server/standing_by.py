"""A server that stands by: it follows the journal, says who leads, and serves when it leads itself.

While it follows, its port answers: alive, not ready, and to everything else 503 with the address of
the leader, so that clients wait or go there. A client of ours sends the same command again under
the same key. When the leader's right to write has ended, this process has the state already and
begins to serve.
"""

import signal
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import Any

from yaosu import door
from yaosu.door import Venue
from yaosu.engine.clock import Clock
from yaosu.engine.standby import Standby
from yaosu.journal.opening import open_store
from yaosu.kernel.refusal import Refusal
from yaosu.languages import language_asked
from yaosu.server.problems import MEDIA_TYPE, problem_of

NOTE = "leader"  # of the journal: the address at which the leader is reached
LOOK_SECONDS = 0.2
NOTE_SECONDS = 2.0  # between two looks at who leads
RETRY_SECONDS = "1"
READ_MAX = 1_048_576
OPEN_SECONDS = 10
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


class StandingBy:
    """Follows a journal until it leads.

    Args:
        host, port: where it answers meanwhile; port 0 takes one that is free.
    """

    def __init__(self, place: str, host: str, port: int, clock: Clock) -> None:
        self._place = place
        self._leading, self._stop = threading.Event(), threading.Event()
        self.failure: BaseException | None = None
        self.leader = ""
        self._server = _Server((host, port), _handler_of(self))
        self.port = int(self._server.server_address[1])
        self._standby: Standby[Venue] = door.stand_by(
            place, clock=clock, on_leading=self._lead, on_stopped=self._end
        )
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._before = {number: signal.signal(number, self._told) for number in _SIGNALS}

    @property
    def size(self) -> int:
        """How many entries are known here."""
        return self._standby.size

    def wait(self) -> Venue | None:
        """Block until this process leads; None where it is told to stop before that.

        Raises:
            Refusal: what ended the following.
        """
        looked = NOTE_SECONDS
        try:
            while not (self._leading.is_set() or self._stop.is_set() or self.failure):
                self._leading.wait(LOOK_SECONDS)
                looked += LOOK_SECONDS
                if looked >= NOTE_SECONDS:
                    looked, self.leader = 0.0, leader_of(self._place) or self.leader
        finally:
            for number, handler in self._before.items():
                signal.signal(number, handler)
            self._server.shutdown()
            self._server.server_close()
        if self.failure is not None:
            raise self.failure
        return self._standby.led if self._leading.is_set() else None

    def close(self) -> None:
        """Let go of the journal; the right to write is given back."""
        self._standby.close()

    def _lead(self, venue: Venue) -> None:
        self._leading.set()

    def _end(self, failure: BaseException) -> None:
        """The right to lead has ended: the process ends with it, to be started anew."""
        self.failure = failure
        if self._leading.is_set():
            signal.raise_signal(signal.SIGTERM)

    def _told(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()


_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def say_who_leads(venue: Venue, url: str) -> None:
    """Leave a note in the journal of where its leader is reached; no entry, and no secret."""
    with venue.reading():
        venue.store.note(NOTE, url.encode())


def leader_of(place: str) -> str:
    """Where the leader said that it is reached; empty where nobody said."""
    with ExitStack() as held:
        try:
            store = held.enter_context(open_store(place, readonly=True))
            return store.notes().get(NOTE, b"").decode("utf-8", "replace")
        except Refusal:
            return ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


def _handler_of(standing: StandingBy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "yaosu", ""
        timeout = OPEN_SECONDS

        def _answer(self) -> None:
            said = self.headers.get("Content-Length", "0")
            self.rfile.read(min(int(said[:9]), READ_MAX) if said.isdecimal() else 0)
            if self.path == "/health":
                self._say(200, b'{"status":"alive"}', "application/json", {})
                return
            leader = standing.leader
            refusal = Refusal("server.stands_by", leader=leader or "another server")
            language = language_asked(self.headers.get("Accept-Language", ""))
            status, body, headers = problem_of(refusal, language)
            more = {"Yaosu-Leader": leader} if leader.isprintable() and leader else {}
            self._say(status, body, MEDIA_TYPE, {**headers, "Retry-After": RETRY_SECONDS, **more})

        def _say(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
            self.send_response(status)
            sent = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"}
            for name, text in {**sent, "Cache-Control": "no-store", **headers}.items():
                self.send_header(name, text)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
            self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

    for method in METHODS:  # by these names the library asks for them
        setattr(Handler, f"do_{method}", Handler._answer)
    return Handler

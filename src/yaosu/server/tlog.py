"""The log of a live journal over HTTP, for reading only: C2SP tlog-tiles from a store.

Three kinds of path are answered, everything else is refused: ``/checkpoint``, ``/tile/L/N`` and
``/tile/entries/N``. Tiles never change and may be kept for ever; the checkpoint is always asked for
anew. So many clients are answered at once; none may be silent for longer than a few seconds, and
none stays longer than a minute, however slowly it speaks.
"""

import threading
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from typing import Any

from yaosu.journal.live_log import LiveLog
from yaosu.kernel.refusal import Refusal

CLIENTS_MAX = 32
SILENT_SECONDS_MAX = 10.0
CLIENT_SECONDS_MAX = 60.0
PATH_CHARACTERS_MAX = 200
FOR_EVER = "public, max-age=31536000, immutable"
ANEW = "no-cache"
Answer = tuple[HTTPStatus, str, str, bytes]  # status, content type, cache control, body


class LogServer(ThreadingHTTPServer):
    """Answers from a log; one request at a time looks into the journal."""

    daemon_threads = True
    request_queue_size = CLIENTS_MAX

    def __init__(self, address: tuple[str, int], log: LiveLog) -> None:
        self._log = log
        self._reading = threading.Lock()
        self._places = threading.BoundedSemaphore(CLIENTS_MAX)
        super().__init__(address, Handler)

    def answer(self, path: str) -> Answer:
        """What stands at a path."""
        try:
            with self._reading:
                if path == "/checkpoint":
                    note = self._log.checkpoint().encode()
                    return HTTPStatus.OK, "text/plain; charset=utf-8", ANEW, note
                data = self._log.file(path[1:]) if len(path) <= PATH_CHARACTERS_MAX else None
        except Refusal as refusal:
            text = f"{refusal}\n".encode()
            return HTTPStatus.SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", "no-store", text
        if data is None:
            return HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", ANEW, b"not here\n"
        return HTTPStatus.OK, "application/octet-stream", FOR_EVER, data

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a client in while there is room; otherwise close at once."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """One client, from the first request to the last, or to the end of its time."""
        end = threading.Timer(CLIENT_SECONDS_MAX, _hang_up, (request,))
        end.daemon = True
        end.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            self._places.release()

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """A client that goes away in the middle is nobody's error."""


def _hang_up(request: socket) -> None:
    with suppress(OSError):  # it has gone by itself
        request.shutdown(SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD; whoever sends anything else is told so and let go."""

    protocol_version = "HTTP/1.1"
    server_version = "yaosu"
    sys_version = ""
    timeout = SILENT_SECONDS_MAX
    server: LogServer

    def do_GET(self) -> None:
        """Answer with the content."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer without it."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: what was asked for is public, who asked is nobody's business."""

    def _answer(self, *, with_body: bool) -> None:
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body is not read, so what follows is no request
        status, kind, keep, body = self.server.answer(self.path)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", keep)
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

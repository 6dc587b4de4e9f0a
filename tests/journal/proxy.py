"""A wire between a writer and its database that can be cut, at either end or both."""

import select
import socket
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.postgres import server_url


class Proxy:
    """Carries bytes between a port of this machine and the server of the tests.

    Attributes:
        asking: whether what the client says is carried.
        answering: whether what the server says is carried.
    """

    def __init__(self) -> None:
        import psycopg

        with psycopg.connect(server_url()) as connection:
            info = connection.info
            self._server = (info.host, info.port)
            self._login = f"{info.user}:{info.password}" if info.password else info.user
            self._database = info.dbname
        self.asking = self.answering = True
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._ended = False
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, url: str) -> str:
        """The same journal, reached through here."""
        port = self._listener.getsockname()[1]
        given = [part for part in url.partition("?")[2].split("&") if not part.startswith("host=")]
        base = f"postgresql://{self._login}@127.0.0.1:{port}/{self._database}"
        return f"{base}?{'&'.join(given)}"

    def cut(self) -> None:
        """Close every wire, at both ends at once."""
        for pair in self._pairs:
            for one in pair:
                with suppress(OSError):  # it has gone by itself
                    one.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended = True
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while not self._ended:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            pair = client, self._connect()
            self._pairs.append(pair)
            threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _connect(self) -> socket.socket:
        host, port = self._server
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(Path(host) / f".s.PGSQL.{port}"))
        return server

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        """What is not carried is lost, and neither end is told."""
        with client, server:
            while True:
                for one in select.select([client, server], [], [])[0]:
                    try:
                        data = one.recv(65536)
                        if not data:
                            return
                        if one is client and self.asking:
                            server.sendall(data)
                        if one is server and self.answering:
                            client.sendall(data)
                    except OSError:
                        return

"""The server as a process: opens the venue, listens, and stops without losing what it took."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from msgspec import Struct

from yaosu import door
from yaosu.engine.clock import Clock, system_clock
from yaosu.engine.keys import KeyWatch
from yaosu.journal.live_log import LiveLog
from yaosu.journal.opening import open_store, place_of
from yaosu.journal.postgres_url import PostgresUrl
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless
from yaosu.kernel.signed_note import parse_signing_key
from yaosu.server.folder import address_of, logins_path, place_in
from yaosu.server.house import House
from yaosu.server.live import Live
from yaosu.server.logins import Logins
from yaosu.server.settings import Settings
from yaosu.workers.beside import ClearingWorker
from yaosu.workers.clearing import Answer

STOP_SECONDS = 10.0
OPERATOR = "operator"  # name of the first login


class Serving(Struct, frozen=True):
    """What is told once the server listens."""

    url: str
    first_link: str
    entries: int


def serve(
    folder: Path, settings: Settings, tell: Callable[[Serving], None], clock: Clock = system_clock
) -> None:
    """Serve until told to stop (SIGTERM, SIGINT); paths in the settings are meant in the folder.

    Raises:
        Refusal: ``server.*``, ``journal.*`` where it cannot begin.
    """
    place = place_in(folder, settings)
    address_of(settings.text("listen"))
    found = place_of(place)
    is_there = isinstance(found, PostgresUrl) or found.exists()
    refuse_unless(is_there, "server.no_venue", path=str(found))
    with ExitStack() as stack:
        venue = stack.enter_context(door.open(place, clock=clock))
        refuse_unless(venue.size, "server.no_venue", path=str(place_of(place)))
        store = stack.enter_context(open_store(place, readonly=True))
        behind = stack.enter_context(open_store(place, readonly=True))
        logins = open_logins(folder, settings, clock)
        stack.callback(logins.close)
        live = Live(behind, lambda: venue.size)
        log = _log(folder, settings, store)
        house = House(venue, settings, logins, clock, store, live, log)
        venue.when_durable(live.wake)
        live.start()
        stack.callback(live.stop)
        if settings.is_on("clearing_worker"):
            stack.callback(_worker(house).stop)
        asyncio.run(_run(house, tell))


def open_logins(folder: Path, settings: Settings, clock: Clock = system_clock) -> Logins:
    """The logins of a server."""
    return Logins(
        str(logins_path(folder, settings)),
        clock,
        door.draw,
        attempts_max=settings.number("attempts_max"),
        session_seconds=settings.number("session_hours") * 3600,
    )


def _log(folder: Path, settings: Settings, store: Any) -> LiveLog | None:
    given = settings.text("signing_key")
    if not given:
        return None
    path = folder / given
    refuse_unless(path.is_file(), "cli.file_missing", path=str(path))
    key = parse_signing_key(path.read_text("utf-8"))
    return LiveLog(store, key, KeyWatch(key.verifier))


def _worker(house: House) -> ClearingWorker:
    """The clearing worker, started; its deaths are counted."""

    def died() -> None:
        house.metrics.worker_deaths.inc()
        house.tell({"level": "error", "error": "the clearing worker ended and is started again"})

    def cleared(answers: dict[str, Answer]) -> None:
        for book, answer in sorted(answers.items()):
            refusal = answer if isinstance(answer, Refusal) else answer.refusal
            level = "info" if refusal is None else "error"
            house.tell({"level": level, "book": book, "refused": str(refusal or "")})

    house.worker = ClearingWorker(house.venue, cleared, died)
    house.worker.start()
    return house.worker


async def _run(house: House, tell: Callable[[Serving], None]) -> None:
    from granian.constants import Interfaces
    from granian.server.embed import Server

    from yaosu.server.app import make_app

    host, port = address_of(house.settings.text("listen"))
    port = _free(host, port)
    server = Server(
        make_app(house), address=host, port=port, interface=Interfaces.ASGI,
        websockets=False, log_enabled=False, backlog=1024,
    )  # fmt: skip
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    serving = asyncio.create_task(server.serve())
    await _listening(host, port, serving)
    first = first_link(house, f"http://{host}:{port}")
    tell(Serving(f"http://{host}:{port}", first, house.venue.size))
    stopping = asyncio.create_task(stopped.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    house.is_stopping = True
    house.frames.stop()
    house.following.stop()
    await asyncio.to_thread(house.live.stop)
    server.stop()  # type: ignore[no-untyped-call]  # granian has no types here
    await asyncio.wait({serving}, timeout=STOP_SECONDS)


def first_link(house: House, url: str) -> str:
    """Where nobody can come in yet: a one-time link that makes the operator's login."""
    if not house.logins.is_empty:
        return ""
    with house.venue.reading() as state:
        venue = state.parties.venue
        assert venue is not None
        parties = (venue.operator,)
    secret = house.logins.new_link(OPERATOR, parties, manages=True)
    given = house.settings.text("public_url").rstrip("/")
    return f"{given or url}/join#{secret}"


def _free(host: str, port: int) -> int:
    """The port, or one that is free where it is 0; refused where somebody listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            refuse("cli.cannot_listen", address=f"{host}:{port}", reason=reason)
        return int(probe.getsockname()[1])


async def _listening(host: str, port: int, serving: "asyncio.Task[None]") -> None:
    """Wait until the port answers."""
    while not serving.done():
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        return
    serving.result()

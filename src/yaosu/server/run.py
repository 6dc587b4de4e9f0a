"""The server as a process: opens the venue, listens, and stops without losing what it took."""

import asyncio
import gc
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
from yaosu.parties.values import FOUNDER
from yaosu.server.entering import public_url
from yaosu.server.entering_elsewhere import BACK
from yaosu.server.errands import Errands
from yaosu.server.folder import (
    address_of,
    documents_path,
    logins_path,
    outbox_path,
    place_in,
)
from yaosu.server.house import House
from yaosu.server.live import Live
from yaosu.server.logins import Logins
from yaosu.server.notifying import make_notifier
from yaosu.server.oidc import Provider
from yaosu.server.problems import as_json
from yaosu.server.settings import Settings, Value
from yaosu.server.standing_by import StandingBy, say_who_leads
from yaosu.workers.beside import ClearingWorker
from yaosu.workers.clearing import Answer
from yaosu.workers.delivering import Channel, Delivering, Feed
from yaosu.workers.documents import DocumentFolder
from yaosu.workers.keeping import Keeper
from yaosu.workers.outbox import Outbox
from yaosu.workers.webhooks import CHANNEL, Webhooks

STOP_SECONDS = 10.0
LAST_WORDS = 0.3  # seconds in which the answer that ends a demonstration leaves
CYCLES = (50_000, 20, 20)  # objects, and rounds, between two searches for cycles
OPERATOR = "operator"  # name of the first login


class Serving(Struct, frozen=True):
    """What is told once the server listens; ``stands_by``: it follows, and somebody else leads."""

    url: str
    first_link: str
    entries: int
    stands_by: bool = False


def serve(
    folder: Path,
    settings: Settings,
    tell: Callable[[Serving], None],
    clock: Clock = system_clock,
    *,
    stands_by: bool = False,
) -> bool:
    """Serve until told to stop (SIGTERM, SIGINT); paths in the settings are meant in the folder.

    Args:
        stands_by: where another server leads, follow it, and serve when it does no longer.

    Returns:
        Whether it stopped because somebody wants the demonstration made anew.

    Raises:
        Refusal: ``server.*``, ``journal.*`` where it cannot begin.
    """
    place = place_in(folder, settings)
    address_of(settings.text("listen"))
    found = place_of(place)
    is_there = isinstance(found, PostgresUrl) or found.exists()
    refuse_unless(is_there, "server.no_venue", path=str(found))
    with ExitStack() as stack:
        if stands_by:
            standing = _stand_by(place, settings, clock, tell)
            stack.callback(standing.close)
            led = standing.wait()
            if led is None:
                return False
            stack.callback(_check_stopped, standing)
            venue = led
        else:
            venue = stack.enter_context(door.open(place, clock=clock))
        store = stack.enter_context(open_store(place, readonly=True))
        behind = stack.enter_context(open_store(place, readonly=True))
        logins = open_logins(folder, settings, clock)
        stack.callback(logins.close)
        live = Live(behind, lambda: venue.size)
        log = _log(folder, settings, store)
        house = House(venue, settings, logins, clock, store, live, log)
        house.provider = _provider(folder, house)
        house.folder = folder
        house.errands = Errands(folder / "errands", clock, settings.number("errands_max"))
        stack.callback(house.errands.close)
        end_founder(house)
        venue.when_durable(house.has_written)
        live.start()
        stack.callback(live.stop)
        house.keeper = _keeper(folder, house)
        _begin_to_trace(house, stack)
        if settings.is_on("webhooks") or settings.is_on("notices"):
            _begin_to_send(folder, house, stack)
        if settings.is_on("clearing_worker"):
            stack.callback(_worker(house).stop)
        asyncio.run(_run(house, tell, may_follow=stands_by or isinstance(found, PostgresUrl)))
        return house.is_to_be_reset


def _stand_by(
    place: str, settings: Settings, clock: Clock, tell: Callable[[Serving], None]
) -> StandingBy:
    """Begin to follow, and to say so where the server will listen."""
    host, port = address_of(settings.text("listen"))
    standing = StandingBy(place, host, _free(host, port), clock)
    settings.values["listen"] = Value(f"{host}:{standing.port}", settings.values["listen"].origin)
    tell(Serving(f"http://{host}:{standing.port}", "", standing.size, stands_by=True))
    return standing


def _check_stopped(standing: StandingBy) -> None:
    """Where the right to lead was lost, say so: the process is to be started anew."""
    if standing.failure is not None:
        raise standing.failure


def open_logins(folder: Path, settings: Settings, clock: Clock = system_clock) -> Logins:
    """The logins of a server."""
    return Logins(
        str(logins_path(folder, settings)),
        clock,
        door.draw,
        attempts_max=settings.number("attempts_max"),
        session_seconds=settings.number("session_hours") * 3600,
    )


def _keeper(folder: Path, house: House) -> Keeper:
    """The documents of the venue; whatever was interrupted is finished."""
    settings = house.settings
    path = documents_path(folder, settings)
    kept = DocumentFolder(path, settings.number("documents_reserve"))
    return Keeper(house.venue, kept, door.draw, settings.number("document_max"))


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


def _provider(folder: Path, house: House) -> Provider | None:
    """The provider that people may sign in with, where one is set."""
    settings = house.settings
    issuer, given = settings.text("oidc_issuer"), settings.text("oidc_secret_file")
    if not issuer:
        return None
    refuse_unless(
        not given or (folder / given).is_file(), "cli.file_missing", path=str(folder / given)
    )
    return Provider(
        issuer,
        settings.text("oidc_client"),
        (folder / given).read_text("utf-8").strip() if given else "",
        settings.text("oidc_scopes"),
        f"{public_url(house)}{BACK}",
        settings.number("oidc_skew_seconds"),
        house.clock,
        door.draw,
    )


def _begin_to_trace(house: House, stack: ExitStack) -> None:
    """Traces, where they are wanted; else nothing of it is even imported."""
    settings = house.settings
    if not settings.text("telemetry"):
        return
    from yaosu.server.telemetry import Telemetry

    with house.venue.reading() as state:
        venue = "" if state.parties.venue is None else state.parties.venue.id
    place, percent = settings.text("telemetry"), settings.number("telemetry_percent")
    house.telemetry = Telemetry(place, percent, venue, house.clock)
    stack.callback(house.telemetry.close)
    house.venue.when_timed(house.telemetry.written)


def _begin_to_send(folder: Path, house: House, stack: ExitStack) -> None:
    """The outbox with its feeds and channels, running."""
    settings, venue, clock = house.settings, house.venue, house.clock
    outbox = Outbox(str(outbox_path(folder, settings)), clock)
    stack.callback(outbox.close)
    store = stack.enter_context(open_store(place_in(folder, settings), readonly=True))
    if venue.size:  # a venue that is founded in the browser has no first entry yet
        outbox.belong_to(next(store.hashes(0, 0)))
    feeds: dict[str, Feed] = {}
    channels: dict[str, Channel] = {}
    house.outbox = outbox
    if settings.is_on("webhooks"):
        house.hooks = Webhooks(
            outbox,
            clock,
            door.draw,
            house.logins.parties_of,
            as_json,
            private_ok=settings.is_on("webhook_private"),
        )
        stack.callback(house.hooks.close)
        feeds["webhooks"], channels[CHANNEL] = house.hooks.feed, house.hooks.deliver
    if settings.is_on("notices"):
        notifier = make_notifier(folder, house, outbox, stack)
        feeds["notices"], channels = notifier.feed, channels | notifier.channels

    def died() -> None:
        house.metrics.outbox_deaths.inc()
        house.tell({"level": "error", "error": "a thread of the outbox ended and is started again"})

    house.delivering = Delivering(outbox, store, lambda: venue.size, feeds, channels, died)
    house.delivering.start()
    stack.callback(house.delivering.stop)


async def _run(house: House, tell: Callable[[Serving], None], *, may_follow: bool) -> None:
    from granian.constants import Interfaces
    from granian.server.embed import Server

    from yaosu.server.app import make_app
    from yaosu.server.quick import quick

    host, port = address_of(house.settings.text("listen"))
    port = _free(host, port)
    house.settings.values["listen"] = Value(f"{host}:{port}", "as it was begun")
    server = Server(
        quick(house, make_app(house)), address=host, port=port, interface=Interfaces.ASGI,
        websockets=False, log_enabled=False, backlog=1024,
    )  # fmt: skip
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    house.stop = lambda: loop.call_soon_threadsafe(loop.call_later, LAST_WORDS, stopped.set)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    serving = asyncio.create_task(server.serve())
    await _listening(host, port, serving)
    url = f"http://{host}:{port}"
    first = first_link(house, url)
    if may_follow:
        leads_at = house.settings.text("public_url").rstrip("/") or url
        await asyncio.to_thread(say_who_leads, house.venue, leads_at)
    tell(Serving(url, first, house.venue.size))
    _look_for_cycles_less_often()
    stopping = asyncio.create_task(stopped.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    house.is_stopping = True
    house.frames.stop()
    house.following.stop()
    await asyncio.to_thread(house.live.stop)
    server.stop()  # type: ignore[no-untyped-call]  # granian has no types here
    await asyncio.wait({serving}, timeout=STOP_SECONDS)


def _look_for_cycles_less_often() -> None:
    """What is loaded by now stays; and what an order leaves behind holds no cycles to be found.

    The interpreter looks for cycles whenever some hundred objects more were made than let go, and
    an order in a book is several: a tenth of the time of an order went into looking through them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*CYCLES)


def first_link(house: House, url: str) -> str:
    """Where nobody can come in yet: a one-time link that makes the operator's login."""
    if not house.logins.is_empty:
        return ""
    with house.venue.reading() as state:
        venue = state.parties.venue
        parties = (FOUNDER if venue is None else venue.operator,)
    secret = house.logins.new_link(OPERATOR, parties, manages=True)
    given = house.settings.text("public_url").rstrip("/")
    return f"{given or url}/join#{secret}"


def end_founder(house: House) -> None:
    """Once there is a venue, who founded it acts for its operator and its authority."""
    with house.venue.reading() as state:
        venue = state.parties.venue
    if venue is not None:
        house.logins.pass_on(FOUNDER, (venue.operator, venue.authority))


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

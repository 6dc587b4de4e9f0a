"""The door for programs: ``import yaosu as ys``.

``ys.open`` opens a venue on a journal; ``ys.clear`` prices orders without one. The environment is
read here and nowhere else; ``SETTINGS`` says what for.
"""

import os
import secrets
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from yaosu.core import State
from yaosu.engine.answers import WINDOW
from yaosu.engine.clock import Clock, system_clock
from yaosu.engine.intake import Intake
from yaosu.engine.promotion import Promoted, promote_copy
from yaosu.engine.proof import Audited, Proven, audit, verify
from yaosu.engine.receipt import Receipt
from yaosu.engine.recovery import Progress
from yaosu.engine.replay import Replayed, replay
from yaosu.engine.snapshot import Follower, shelf_beside
from yaosu.engine.writer import Writer
from yaosu.journal.memory import MemoryStore
from yaosu.journal.opening import open_store
from yaosu.journal.postgres_url import PostgresUrl
from yaosu.journal.store import Store
from yaosu.kernel import compiled
from yaosu.kernel.refusal import Refusal, refuse_unless
from yaosu.kernel.words import Command
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms import clear as clear_orders
from yaosu.markets.mechanisms import verify_clearing as verify_orders
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.rules.pack import Pack

IN_MEMORY = ":memory:"
DRAW_BYTES = 16
SETTINGS = {
    "YAOSU_COMPILED": "0 runs the plain twins of compiled code: slow, with the same results",
    "YAOSU_CACHE_DIR": "folder in which compiled code is kept; left out: yaosu in the cache folder",
    "YAOSU_WINDOW": (
        "entries within which a repeated command is given its first answer; left out: 100000"
    ),
    "YAOSU_SNAPSHOT_EVERY": (
        "entries between two snapshots by a process that follows the journal; left out: none"
    ),
    "XDG_CACHE_HOME": "the cache folder of this login; left out: ~/.cache",
}


class Venue:
    """One operator's installation, opened: one journal, one writer, many markets and regions."""

    def __init__(self, store: Store, clock: Clock = system_clock, *, window: int = WINDOW) -> None:
        self.store = store
        self._writer = Writer(store, clock, window=window, shelf=shelf_beside(store))
        self._intake = Intake(self._writer, wakes=clock is system_clock)
        self._follower: subprocess.Popen[bytes] | None = None

    def submit(self, command: Command) -> Receipt:
        """Ask one thing. The receipt comes when the entry is durable; refusals are receipts too.

        Raises:
            Refusal: only where nothing is recorded: malformed, unknown actor, key conflict.
        """
        return self._intake.submit(command)

    def submit_many(self, commands: Sequence[Command]) -> list[Receipt]:
        """Ask many things in order; they share transactions and syncs."""
        return self._intake.submit_many(commands)

    @contextmanager
    def reading(self) -> Iterator[State]:
        """The state between two batches, to read; the writer waits meanwhile."""
        with self._intake.reading() as state:
            yield state

    @property
    def state(self) -> State:
        """The state, for a caller who is alone; with others, use :meth:`reading`."""
        return self._writer.state

    def verify(self) -> Proven:
        """Prove the journal: hashes, chain, tree, state."""
        with self._intake.reading():
            return verify(self.store)

    def audit(self) -> Audited:
        """Decide everything again and compare."""
        with self._intake.reading():
            return audit(self.store)

    def replay(self, packs: Sequence[Pack], policy: str = "prompt") -> Replayed:
        """Decide everything again under other rules and measure the difference."""
        with self._intake.reading():
            return replay(self.store, packs, policy)

    @property
    def notices(self) -> tuple[Refusal, ...]:
        """Snapshots that were passed over on opening, and why."""
        return tuple(self._writer.notices)

    def follow(self, every: int) -> None:
        """Start a process that follows the journal and keeps snapshots until the venue closes.

        Args:
            every: entries between two snapshots, at least.
        """
        assert self._follower is None, "there is a follower already"
        words = ("snapshot", self.store.name, "--follow", "--every", str(every))
        self._follower = subprocess.Popen(
            [sys.executable, "-m", "yaosu", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def close(self) -> None:
        """Answer what waits, record the state's hash, let go of the journal."""
        if self._follower is not None:
            self._follower.terminate()
            self._follower.wait()
        try:
            self._intake.close()
            self._writer.finish()
        finally:
            self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def open(place: str | Path | PostgresUrl = IN_MEMORY, *, clock: Clock = system_clock) -> Venue:
    """Open a venue on its journal, made where there is none.

    Args:
        place: a file, the address of a journal in PostgreSQL (``postgresql://...``), or left out:
            in memory.
        clock: microseconds since 1970 UTC.

    Raises:
        Refusal: ``journal.*`` where it cannot be used; ``journal.locked`` or ``journal.leased`` by
            another writer.
    """
    use_compiled_code()
    window = _number("YAOSU_WINDOW", os.environ.get("YAOSU_WINDOW"), WINDOW)
    every = _number("YAOSU_SNAPSHOT_EVERY", os.environ.get("YAOSU_SNAPSHOT_EVERY"), 0)
    store: Store = MemoryStore() if str(place) == IN_MEMORY else open_store(place)
    try:
        venue = Venue(store, clock, window=window)
    except BaseException:
        store.close()
        raise
    for notice in venue.notices:
        warnings.warn(str(notice), RuntimeWarning, stacklevel=2)
    if every and shelf_beside(store) is not None:
        venue.follow(every)
    return venue


def snapshot(path: str | Path) -> Path | None:
    """Write a snapshot of a journal file, at the last entry that records a hash of the state.

    Any number of processes may do so beside the one writer; the journal is only read. None where
    there is no such entry that is newer than the newest snapshot.

    Raises:
        Refusal: ``journal.*``; ``engine.state_differs`` where the state has not the recorded hash.
    """
    use_compiled_code()
    with open_store(path, readonly=True) as store:
        return Follower(store).step()


def promote(
    path: str | Path,
    statement: str,
    *,
    clock: Clock = system_clock,
    on_progress: Progress | None = None,
) -> Promoted:
    """Let a copy of a journal go on in the place of its original; see the engine's promotion.

    Args:
        path: of the copy.
        statement: who retired the original, when and why; goes on record.
    """
    use_compiled_code()
    draw = secrets.token_hex(DRAW_BYTES)
    return promote_copy(str(path), statement, draw, clock, on_progress)


def clear(
    orders: Orders, network: Network | None = None, mechanism: str = "call", **parameters: Any
) -> Clearing:
    """Price orders over a network without a journal; see the mechanism for its parameters."""
    use_compiled_code()
    return clear_orders(orders, _network(orders, network), mechanism, **parameters)


def verify_clearing(
    orders: Orders, network: Network | None, clearing: Clearing, parameters: Any = None
) -> None:
    """Return if the certificate proves the clearing, else raise the refusal that says why not."""
    use_compiled_code()
    verify_orders(orders, _network(orders, network), clearing, parameters)


def use_compiled_code() -> None:
    """Switch compiled code on as the environment says, kept in a folder that can be written."""
    compiled.configure(
        enabled=os.environ.get("YAOSU_COMPILED", "1") != "0", cache_root=_cache_root()
    )


def _number(setting: str, text: str | None, default: int) -> int:
    refuse_unless(
        not text or (text.isascii() and text.isdigit()),
        "engine.bad_setting",
        setting=setting,
        value=str(text),
    )
    return int(text) if text else default


def _network(orders: Orders, network: Network | None) -> Network:
    return Network.alone(*orders.region.values) if network is None else network


def _cache_root() -> str | None:
    chosen = os.environ.get("YAOSU_CACHE_DIR")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(chosen) if chosen else Path(home) / "yaosu"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return str(folder) if os.access(folder, os.W_OK) else None

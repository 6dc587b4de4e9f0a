"""The door for programs: ``import yaosu as ys``.

``ys.open`` opens a venue on a journal; ``ys.clear`` prices orders without one. The environment is
read here and nowhere else; ``SETTINGS`` says what for.
"""

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from yaosu.core import State
from yaosu.engine.clock import Clock, system_clock
from yaosu.engine.intake import Intake
from yaosu.engine.promotion import Promoted, promote_copy
from yaosu.engine.proof import Audited, Proven, audit, verify
from yaosu.engine.receipt import Receipt
from yaosu.engine.recovery import Progress
from yaosu.engine.replay import Bound, Replayed, replay
from yaosu.engine.writer import Writer
from yaosu.journal.memory import MemoryStore
from yaosu.journal.opening import open_store
from yaosu.journal.postgres_url import PostgresUrl
from yaosu.journal.store import Store
from yaosu.kernel import compiled
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
    "XDG_CACHE_HOME": "the cache folder of this login; left out: ~/.cache",
}


class Venue:
    """One operator's installation, opened: one journal, one writer, many markets and regions."""

    def __init__(self, store: Store, clock: Clock = system_clock) -> None:
        self.store = store
        self._writer = Writer(store, clock)
        self._intake = Intake(self._writer)

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

    def replay(
        self,
        packs: Sequence[Pack],
        policy: str = "prompt",
        *,
        since: Bound = None,
        until: Bound = None,
    ) -> Replayed:
        """Decide a period again under other rules and measure the difference."""
        with self._intake.reading():
            return replay(self.store, packs, policy, since=since, until=until)

    def close(self) -> None:
        """Answer what waits, record the state's hash, let go of the journal."""
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
    store: Store = MemoryStore() if str(place) == IN_MEMORY else open_store(place)
    try:
        return Venue(store, clock)
    except BaseException:
        store.close()
        raise


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

"""What has just become durable, told to whoever follows: entries read once, frames made once.

One thread reads the journal behind the writer, through a reading of its own: it sees every entry,
also those the engine makes by itself, in order, and costs the writer nothing but the machine.
A follower that falls behind does not hold anybody up: it reads on from the journal.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice

from msgspec import Struct

from yaosu.core import StateHashed
from yaosu.engine.recovery import command_of, events_of
from yaosu.journal.chain import Entry
from yaosu.journal.store import Store
from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.words import Command, Event

KEPT = 2_000  # entries that are kept decoded
BEHIND_MAX = 100_000  # entries that a stream may ask for again
AT_ONCE = 500


class Told(Struct, frozen=True):
    """One entry, decoded once for all who follow."""

    entry: Entry
    command: Command
    events: tuple[Event, ...]


class Live:
    """Follows the journal and wakes those who wait.

    Args:
        store: a reading of the journal, used by this alone.
        size: how many entries are durable now.
    """

    def __init__(self, store: Store, size: Callable[[], int]) -> None:
        self._store, self._size = store, size
        self._kept: deque[Told] = deque(maxlen=KEPT)
        self._next = size()  # the entry that is told next
        self._reading = threading.Lock()
        self._keeping = threading.Lock()
        self._wake = threading.Event()
        self._stopped = False
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._thread = threading.Thread(target=self._run, name="yaosu-live", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def wake(self) -> None:
        """Something became durable: called by the writer, so it raises a flag at most.

        While nobody follows nobody is woken: that would cost the writer its turn at each batch.
        """
        if self._waiting:
            self._wake.set()

    def stop(self) -> None:
        """End all streams."""
        self._stopped = True
        self._wake.set()
        self._thread.join()
        self._tell()

    @property
    def is_alive(self) -> bool:
        """Whether entries are still followed."""
        return self._thread.is_alive()

    @property
    def next(self) -> int:
        """Number of the entry that will be told next to who begins to follow now."""
        return self._next if self._waiting else self._size()

    def _run(self) -> None:
        while not self._stopped:
            self._wake.wait(1.0)
            self._wake.clear()
            size = self._size()
            if not self._waiting:
                self._pass_over(size)
            while self._next < size and not self._stopped:
                last = min(self._next + AT_ONCE, size) - 1
                with self._reading:
                    told = [_told(entry) for entry in self._store.read(self._next, last)]
                with self._keeping:
                    self._kept.extend(told)
                    self._next = last + 1
                self._tell()

    def _pass_over(self, size: int) -> None:
        """Nobody follows: whoever comes later reads what it missed from the journal."""
        with self._keeping:
            self._kept.clear()
            self._next = size

    def _tell(self) -> None:
        for loop, flag in tuple(self._waiting):
            loop.call_soon_threadsafe(flag.set)

    async def follow(self, first: int) -> AsyncIterator[list[Told]]:
        """Entries from number ``first`` on, for as long as they come; lists are never empty.

        Raises:
            Refusal: ``server.too_far_back``.
        """
        flag = asyncio.Event()
        me = (asyncio.get_running_loop(), flag)
        self._waiting.add(me)
        self._wake.set()  # what became durable while nobody followed is looked at now
        try:
            while not self._stopped:
                flag.clear()
                found = self._kept_from(first)
                if found is None:
                    found = await asyncio.to_thread(self._read_from, first)
                if found:
                    first = found[-1].entry.header.sequence + 1
                    yield found
                else:
                    await flag.wait()
        finally:
            self._waiting.discard(me)

    def check(self, first: int) -> None:
        """Refuse to begin too far back."""
        behind = self.next - first
        refuse_unless(behind <= BEHIND_MAX, "server.too_far_back", behind=behind, limit=BEHIND_MAX)

    def _kept_from(self, first: int) -> list[Told] | None:
        """The next entries from ``first`` on, at most ``AT_ONCE``; None where they are not kept."""
        with self._keeping:
            if first >= self._next:
                return []
            begin = self._next - len(self._kept)
            if begin > first:
                return None
            return list(islice(self._kept, first - begin, first - begin + AT_ONCE))

    def _read_from(self, first: int) -> list[Told]:
        """The same from the journal."""
        last = min(first + AT_ONCE, self._next) - 1
        with self._reading:
            return list(_all_told(self._store, first, last))


def _all_told(store: Store, first: int, last: int) -> Iterator[Told]:
    for entry in store.read(first, last):
        yield _told(entry)


def _told(entry: Entry) -> Told:
    return Told(entry, command_of(entry), tuple(events_of(entry)))


def is_own_work(told: Told) -> bool:
    """Whether an entry only records a hash of the state."""
    return bool(told.events) and isinstance(told.events[0], StateHashed)

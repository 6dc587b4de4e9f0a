"""Runs the outbox beside a server: feeds read the journal, channels bring what they made outside.

    entries -> feed(entry) -> Outbox -> channel(delivery) -> Told

One thread reads the entries for all feeds; a few threads deliver, each one lane at a time, so that
one receiver that is slow holds up only itself. A thread that ends by itself is noticed, counted,
and started again.
"""

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence, Set
from functools import cache, cached_property, partial

from yaosu.engine.recovery import command_of, events_of
from yaosu.journal.chain import Entry
from yaosu.journal.store import Store
from yaosu.kernel.words import Command, Event
from yaosu.workers.outbox import Delivery, Outbox, Told, ToSend

# the tag of an event in canonical bytes, up to its version: behind the key and the text's length
TAG = re.compile(rb"\xa5event(?:[\xa0-\xbf]|\xd9.)([a-z_.]+/)", re.DOTALL)
LOOK_SECONDS = 0.25
PACE_SECONDS = 0.05
ENTRIES_AT_ONCE = 256
THREADS = 4
TIDY_SECONDS = 3600.0
Channel = Callable[[Delivery], Told]


class Happened:
    """One entry as feeds see it; checked and decoded where one of them wants to know.

    Args:
        events: their bytes, as they are stored.
        read: gives the entry, held against its hashes and its neighbours.
    """

    def __init__(self, events: bytes, read: Callable[[], Entry]) -> None:
        self._events, self._read = events, read

    @cached_property
    def entry(self) -> Entry:
        """The entry."""
        return self._read()

    @cached_property
    def command(self) -> Command:
        """What was asked."""
        return command_of(self.entry)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """All that followed."""
        return tuple(events_of(self.entry))

    def may_hold(self, tags: Set[bytes]) -> bool:
        """Whether events of these tags may be among them; told without decoding any.

        Args:
            tags: without their versions: up to the slash and with it.
        """
        return not tags.isdisjoint(TAG.findall(self._events))


Feed = Callable[[Happened], Sequence[ToSend]]


class Delivering:
    """Feeds and channels over one outbox, until stopped.

    Args:
        store: of the journal, for reading, used here alone; ``size``: entries that are durable.
        feeds: by name; a new one begins with the entries that come from now on.
        channels: by name; a delivery of another channel fails, and is tried again like any other.
        on_death: called when a thread ended by itself, before it is started again.
    """

    def __init__(
        self,
        outbox: Outbox,
        store: Store,
        size: Callable[[], int],
        feeds: Mapping[str, Feed],
        channels: Mapping[str, Channel],
        on_death: Callable[[], None] = lambda: None,
        *,
        threads: int = THREADS,
    ) -> None:
        self._outbox, self._store, self._size = outbox, store, size
        self._feeds, self._channels, self._on_death = dict(feeds), dict(channels), on_death
        self._stop = threading.Event()
        self._work: list[Callable[[], None]] = [self._read, *[self._deliver] * threads]
        self._threads = [self._thread(work) for work in self._work]
        self._keeper = threading.Thread(target=self._keep, name="yaosu-outbox", daemon=True)
        end = size()  # a journal restored from an older copy may be shorter than what was seen
        self._next = {name: min(outbox.position(name, end), end) for name in sorted(self._feeds)}

    def start(self) -> None:
        """Begin to read and to deliver."""
        for thread in self._threads:
            thread.start()
        self._keeper.start()

    def stop(self) -> None:
        """Begin nothing more; what is not told by then is delivered again at the next start."""
        self._stop.set()
        for thread in (self._keeper, *self._threads):
            thread.join(2)

    @property
    def is_alive(self) -> bool:
        """Whether all threads run."""
        return all(thread.is_alive() for thread in self._threads)

    def read_on(self) -> int:
        """Let every feed look at the next entries that it has not seen; how many these were."""
        size = self._size()
        read = 0
        seen: dict[int, list[Happened]] = {}  # feeds mostly stand at the same entry
        for name, feed in self._feeds.items():
            first = self._next[name]
            if first >= size:
                continue
            last = min(first + ENTRIES_AT_ONCE, size) - 1
            if first not in seen:
                seen[first] = self._happened(first, last)
            found = [one for happened in seen[first] for one in feed(happened)]
            self._outbox.put(name, last + 1, found)
            self._next[name] = last + 1
            read += last + 1 - first
        return read

    def _happened(self, first: int, last: int) -> list[Happened]:
        """The entries of these numbers; all are read and checked once one of them is wanted."""
        entries = cache(lambda: list(self._store.read(first, last)))

        def entry(at: int) -> Entry:
            return entries()[at]

        rows = zip(range(last + 1 - first), self._store.rows(first, last), strict=True)
        return [Happened(row[3], partial(entry, at)) for at, row in rows]

    def deliver_one(self) -> bool:
        """Try the next delivery that is due; whether there was one."""
        taken = self._outbox.take()
        for one in taken:
            began = time.monotonic()
            try:
                channel = self._channels.get(one.channel, _nobody)
                told = channel(one)
            except BaseException:
                self._outbox.let_go(one)
                raise
            self._outbox.told(one, told, int((time.monotonic() - began) * 1000))
        return bool(taken)

    def _thread(self, work: Callable[[], None]) -> threading.Thread:
        return threading.Thread(target=work, name="yaosu-outbox", daemon=True)

    def _read(self) -> None:
        while not self._stop.is_set():
            read = self.read_on()
            if read < ENTRIES_AT_ONCE:  # a few at a time would cost a commit for each few
                self._stop.wait(PACE_SECONDS if read else LOOK_SECONDS)

    def _deliver(self) -> None:
        while not self._stop.is_set():
            if not self.deliver_one():
                self._stop.wait(LOOK_SECONDS)

    def _keep(self) -> None:
        tidied = time.monotonic()
        while not self._stop.wait(LOOK_SECONDS):
            for place, thread in enumerate(self._threads):
                if not thread.is_alive() and not self._stop.is_set():
                    self._on_death()
                    self._threads[place] = self._thread(self._work[place])
                    self._threads[place].start()
            if time.monotonic() - tidied > TIDY_SECONDS:
                tidied = time.monotonic()
                self._outbox.tidy()


def _nobody(delivery: Delivery) -> Told:
    return Told(is_done=False, told=f"nobody delivers by {delivery.channel} here")

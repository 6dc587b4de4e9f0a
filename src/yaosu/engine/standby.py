"""Several processes, one journal: each follows it, and one leads.

A follower takes in what the leader writes and shows it to its readers. When the leader's right to
write has ended, a follower takes it: it has the state already, reads the tail, and goes on. A
leader that loses the right, or fails, stops for good; the process ends and is started anew as a
follower. Which transport brings the commands, and how clients find the leader, is not known here.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Generic, Protocol, TypeVar

from yaosu.core import State
from yaosu.engine.clock import Clock, system_clock
from yaosu.engine.receipt import Receipt
from yaosu.engine.sealed import Submission
from yaosu.engine.snapshot import shelf_beside
from yaosu.engine.writer import Writer
from yaosu.journal.store import Store
from yaosu.kernel.refusal import Refusal, refuse

FOLLOWS, LEADS, STOPPED = "follows", "leads", "stopped"
TAKEN = ("journal.leased", "journal.locked")  # another process may write
PASSING = ("journal.no_connection", "journal.busy")  # the next look may find it well again
LOOK_S = 0.2  # between two looks at the journal; also at whether a leader still may lead
TRY_MS = 1000  # between two tries to lead, where nobody says how long the right still lasts
TRY_MS_MIN = 10


class Opener(Protocol):
    """Opens the journal, for reading or for writing."""

    def __call__(self, *, readonly: bool, on_deposed: Callable[[], None]) -> Store:
        """The store; ``on_deposed`` is called where the right to write ends while nobody writes."""
        ...


def _nothing() -> None:
    pass


class Leading(Protocol):
    """What takes commands and answers readers while this process leads."""

    def submit(self, command: Submission) -> Receipt:
        """Ask one thing."""
        ...

    def submit_many(self, commands: Sequence[Submission]) -> list[Receipt]:
        """Ask many things in order."""
        ...

    def reading(self) -> AbstractContextManager[State]:
        """The state between two batches."""
        ...

    def close(self) -> None:
        """Answer what waits, and let go of the journal."""
        ...


Led = TypeVar("Led", bound=Leading)


class Standby(Generic[Led]):
    """One process on a journal that several have open: follows, leads when it may, or stopped."""

    def __init__(
        self,
        opener: Opener,
        lead: Callable[[Store, Writer], Led],
        clock: Clock = system_clock,
        *,
        take_over: bool = True,
        on_leading: Callable[[Led], None] = lambda led: None,
        on_stopped: Callable[[BaseException], None] = lambda failure: None,
    ) -> None:
        """Begin to follow, or to lead where nobody does.

        Args:
            opener: opens the journal.
            lead: makes what takes commands, of the journal opened for writing and of its writer.
            clock: of the writer.
            take_over: lead as soon as nobody else may; otherwise only follow.
            on_leading: called once, from this object's thread, with what takes commands now.
            on_stopped: called once, from this object's thread, with what ended it: the process
                should end too, and be started again.

        Raises:
            Refusal: ``journal.*`` where the journal cannot be opened at all.
        """
        self._opener = opener
        self._lead = lead
        self._clock = clock
        self._take_over = take_over
        self._on_leading = on_leading
        self._on_stopped = on_stopped
        self._ended = threading.Event()
        self._deposed = threading.Event()
        self._wake = threading.Event()
        self._lock = threading.Lock()  # of the state while following
        self._open = ExitStack()  # the store
        self._led: Led | None = None
        self._writer: Writer | None = None
        self._failure: BaseException | None = None
        self._leader = "another process"
        self._next_try_s = 0.0
        try:
            if not (take_over and self._try_to_lead()):
                self._follow()
        except BaseException:
            self._open.close()
            raise
        self._thread = threading.Thread(target=self._run, name="yaosu-standby", daemon=True)
        self._thread.start()

    @property
    def role(self) -> str:
        """``follows``, ``leads`` or ``stopped``."""
        if self._failure is not None or self._ended.is_set():
            return STOPPED
        return FOLLOWS if self._led is None else LEADS

    @property
    def leader(self) -> str:
        """Who leads, as far as is known here."""
        return "this process" if self._led is not None else self._leader

    @property
    def size(self) -> int:
        """How many entries are in the state that readers are shown."""
        return self._writer.size if self._writer is not None else 0

    @property
    def led(self) -> Led:
        """What takes commands.

        Raises:
            Refusal: ``engine.not_leading`` while this process follows; ``engine.stopped``.
        """
        self._check()
        if self._led is None:
            refuse("engine.not_leading", leader=self._leader)
        return self._led

    def submit(self, command: Submission) -> Receipt:
        """Ask one thing of what leads here; refused as :attr:`led` is."""
        return self.led.submit(command)

    def submit_many(self, commands: Sequence[Submission]) -> list[Receipt]:
        """Ask many things in order."""
        return self.led.submit_many(commands)

    @contextmanager
    def reading(self) -> Iterator[State]:
        """The state after some entry, whole, for as long as the block lasts.

        While following it may be behind the leader by about ``LOOK_S`` seconds.
        """
        with self._lock:
            self._check()
            led = self._led
            if led is None:
                assert self._writer is not None
                yield self._writer.state
                return
        with led.reading() as state:
            yield state

    def close(self) -> None:
        """Stop: answer what waits, give the right to write back. Safe to call twice."""
        self._ended.set()
        self._wake.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()
        if self._led is not None:
            self._led.close()
        self._open.close()

    def _check(self) -> None:
        if self._failure is not None or self._ended.is_set():
            reason = "it was closed" if self._failure is None else str(self._failure)
            refuse("engine.stopped", reason=reason)

    def _run(self) -> None:
        try:
            while self._led is None and not self._ended.is_set():
                self._catch_up()
                if not (self._take_over and self._next_try_s <= 0 and self._try_to_lead()):
                    wait_s = min(LOOK_S, self._next_try_s) if self._take_over else LOOK_S
                    self._wake.wait(wait_s)
                    self._next_try_s -= wait_s
            if self._led is not None:
                self._on_leading(self._led)
            while not self._ended.is_set():
                self._look_after_leading()
                self._wake.wait(LOOK_S)
        except BaseException as failure:  # noqa: BLE001  # told to every caller, and to the owner
            self._failure = failure
            self._on_stopped(failure)

    def _follow(self) -> None:
        """Open for reading and take in all there is."""
        store = self._opener(readonly=True, on_deposed=_nothing)
        self._open.push(store)
        self._writer = Writer(store, self._clock, shelf=shelf_beside(store), follows=True)

    def _catch_up(self) -> None:
        """Take in what is new; a connection that was lost is made anew."""
        assert self._writer is not None
        try:
            with self._lock:
                self._writer.catch_up()
        except Refusal as refusal:
            if refusal.code not in PASSING:
                raise
            self._reopen()

    def _reopen(self) -> None:
        assert self._writer is not None
        try:
            store = self._opener(readonly=True, on_deposed=_nothing)
        except Refusal as refusal:
            if refusal.code not in PASSING:
                raise
            return
        with self._lock:
            self._open.pop_all().close()
            self._open.push(store)
            self._writer.go_on(store, follows=True)

    def _try_to_lead(self) -> bool:
        """Lead, if nobody else may; else say in ``_next_try_s`` when to try again."""
        try:
            store = self._opener(readonly=False, on_deposed=self._be_deposed)
        except Refusal as refusal:
            if refusal.code not in (*TAKEN, *PASSING):
                raise
            facts = refusal.facts
            self._next_try_s = max(int(facts.get("left_ms", TRY_MS)), TRY_MS_MIN) / 1000
            self._leader = str(facts.get("holder", facts.get("pid", self._leader)))
            return False
        with self._lock, ExitStack() as taken:
            taken.push(store)
            if self._writer is None:
                self._writer = Writer(store, self._clock, shelf=shelf_beside(store))
            else:
                self._writer.go_on(store, follows=False)
            self._open.pop_all().close()
            self._led = self._lead(store, self._writer)
            taken.pop_all()  # the store is closed with what leads
        return True

    def _look_after_leading(self) -> None:
        """Raise what ended our leading, if anything did."""
        assert self._writer is not None
        self._writer.check_running()
        if self._deposed.is_set():
            refuse("engine.stopped", reason="another process took the right to write, or may have")

    def _be_deposed(self) -> None:
        self._deposed.set()
        self._wake.set()

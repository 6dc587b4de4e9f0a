"""Many callers, one writer: a bounded queue, two threads that take turns, answers after the sync.

While one thread brings a batch to the disk the other decides whatever comes, until the way to the
disk is free again: so the batch grows with the load, and there is no timer. One of them decides at
a time and one commits, in the same order. Where the disk answers sooner than another thread of the
interpreter takes over, one of them does both, and the other sleeps.
"""

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future

from yaosu.core import State
from yaosu.engine.receipt import Receipt
from yaosu.engine.reply import Answering
from yaosu.engine.sealed import Submission
from yaosu.engine.writer import Decided, Writer, joined
from yaosu.kernel.refusal import Refusal, refuse

QUEUE_MAX = 10_000
BATCH_MAX = 1_000
ROOM_SECONDS = 0.005  # how long to wait before looking again for room, and whether the writer lives
LOOK_SECONDS = 60.0  # how long to wait at most before looking at the clock: it may be set
LITTLE_SECONDS = 0.004  # of deciding, after which a batch goes to the disk as soon as it may
SIBLINGS = 3  # commands in a batch, from which on it is likely that more are just coming
DELAY_SECONDS = 0.001  # for which they are waited for
QUICK_SECONDS = 0.001  # of a commit, up to which the other thread is not worth waking
COMMITS_SEEN = 64  # the shortest of the last ones is what the disk takes: others wait for threads
Waiting = tuple[Submission, Answering]


class Intake:
    """Hands commands to the writer's threads and brings back their answers.

    Attributes:
        size: how many entries are durable.
        listener: called by one of these threads after each durable batch.
        timed: called by it with commands, entries since, and seconds, where somebody measures.
    """

    def __init__(
        self,
        writer: Writer,
        *,
        queue_max: int = QUEUE_MAX,
        batch_max: int = BATCH_MAX,
        wakes: bool = False,
    ) -> None:
        """Start the writer's threads.

        Args:
            wakes: let what is due by time happen when it is due, without waiting for a command:
                for a clock that runs by itself.
        """
        self._writer = writer
        self._wakes = wakes
        self._batch_max = batch_max
        self._queue_max = queue_max
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()  # None: look again
        self._left: list[Waiting] = []  # out of the queue, and not decided yet
        self._deciding = threading.Lock()  # held by the thread whose turn it is to decide
        self._committing = threading.Lock()  # held by the thread that is at the disk
        self._reading = threading.Lock()  # held by the one who reads the state, or waits to
        self._gate = threading.Condition()  # over these two: never is both of it so
        self._commits: deque[float] = deque(maxlen=COMMITS_SEEN)  # seconds of the last ones
        self._ahead = 0  # batches that are begun and not durable: the state is ahead of the disk
        self._reads = False  # somebody reads, or waits for the state to be durable
        self._stopped = self._is_closed = False
        self.size = writer.size
        self.listener: Callable[[], None] = _nobody
        self.timed: Callable[[int, int, float], None] | None = None
        self._threads = [
            threading.Thread(target=self._run, name="yaosu-writer", daemon=True) for _ in range(2)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def is_running(self) -> bool:
        """Whether commands are still taken."""
        return not self._stopped

    def send(self, command: Submission, *, wait: bool = True) -> "Future[Receipt]":
        """Queue a command; the future holds its receipt once the entry is durable.

        Args:
            command: what is asked.
            wait: wait for room in the queue; otherwise ``engine.queue_full`` at once.
        """
        answer: Future[Receipt] = Future()
        self.hand(command, answer, wait=wait)
        return answer

    def hand(self, command: Submission, answer: Answering, *, wait: bool = False) -> None:
        """The same, and the answer goes where somebody waits for it already."""
        while not self._put((command, answer)):
            if not wait:
                refuse("engine.queue_full", waiting=self._queue.qsize())
            time.sleep(ROOM_SECONDS)
        if self._stopped:  # it stopped in between and may not have seen this one
            self._refuse_rest()

    def submit(self, command: Submission) -> Receipt:
        """Ask and wait for the receipt. A refusal that is not on record is raised."""
        return self.send(command).result()

    def submit_many(self, commands: Sequence[Submission]) -> list[Receipt]:
        """Ask many, in order, and wait for all receipts."""
        answers = [self.send(command) for command in commands]
        return [answer.result() for answer in answers]

    def submit_each(self, commands: Sequence[Submission]) -> list[Receipt | Refusal]:
        """Ask many, in order; a refusal that is not on record stands in place of its receipt.

        Raises:
            Refusal: ``engine.stopped``; nothing is known then of those not yet answered.
        """
        answers = [self.send(command) for command in commands]
        came: list[Receipt | Refusal] = []
        for answer in answers:
            try:
                came.append(answer.result())
            except Refusal as refusal:
                if refusal.code == "engine.stopped":
                    raise
                came.append(refusal)
        return came

    @contextlib.contextmanager
    def reading(self) -> Iterator[State]:
        """The state when all of it is durable, for as long as the block lasts; the writer waits."""
        with self._reading:
            with self._gate:
                self._reads = True
                if self._ahead:
                    self._queue.put(None)  # who decides stops at what it has
                self._gate.wait_for(lambda: not self._ahead)
            try:
                self._writer.check_running()
                yield self._writer.state
            finally:
                with self._gate:
                    self._reads = False
                    self._gate.notify_all()

    def close(self) -> None:
        """Answer what is queued, record the state's hash, and stop. Safe to call twice."""
        self._is_closed = True
        self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _put(self, item: Waiting) -> bool:
        """Queue an item; False where there is no room, a refusal once stopped.

        Of several threads that find the last place free each puts its item there: the bound is for
        memory, and a few more do no harm.
        """
        if self._stopped:
            refuse("engine.stopped", reason="it was closed or failed")
        if self._queue.qsize() >= self._queue_max:
            return False
        self._queue.put(item)
        return True

    def _run(self) -> None:
        """Decide, and commit what was decided, turn by turn with the other thread."""
        try:
            while True:
                with self._deciding:
                    turn = self._decide_alone()
                if turn is None or not self._commit(turn):
                    return
        finally:
            self._stopped = True
            self._refuse_rest()

    def _decide_alone(self) -> "_Turn | None":
        """Decide and commit, batch by batch, as long as the disk is quick.

        Returns:
            A batch to be committed while the other thread decides; None where it is time to stop.
        """
        while not self._stopped:
            turn = self._decide_on()
            if turn is None or not self._is_quick():
                return turn
            if not self._commit(turn):
                break
        return None

    def _is_quick(self) -> bool:
        return len(self._commits) == COMMITS_SEEN and min(self._commits) < QUICK_SECONDS

    def _decide_on(self) -> "_Turn | None":
        """Decide whatever comes until the way to the disk is free, and take it.

        None where it is time to stop, or the writer has failed and every caller was told.
        """
        turn = _Turn()
        try:
            while True:
                batch = self._next(turn)
                if batch:
                    self._decide(turn, batch)
                    if self._goes_on(turn):
                        continue
                if turn.asked:
                    must_go = self._reads or len(turn.asked) >= self._batch_max
                    if self._committing.acquire(blocking=must_go):
                        return turn
                elif self._stopped or (self._is_closed and not batch and self._queue.empty()):
                    return None
        except BaseException as failure:
            if not turn.asked:  # it failed in what is due by time: nobody waits for that
                raise
            self._come_back()
            for _, answer in turn.asked:
                answer.set_exception(failure)
            return None

    def _goes_on(self, turn: "_Turn") -> bool:
        """Whether more has come that goes along, after little: a batch costs what it costs once.

        Who is alone waits for nobody: only where several have asked, more are likely to.
        """
        is_full = self._reads or len(turn.asked) >= self._batch_max
        if is_full or time.perf_counter() - turn.began > LITTLE_SECONDS:
            return False
        time.sleep(DELAY_SECONDS if len(turn.asked) >= SIBLINGS else 0)
        return not self._queue.empty()

    def _next(self, turn: "_Turn") -> list[Waiting]:
        """What waits, as much as still goes into this batch; waits itself where nothing does."""
        batch, self._left = self._left, []
        if not batch:
            first = self._first(turn)
            if first is None:
                return []
            batch.append(first)
        room = self._batch_max - len(turn.asked)
        while len(batch) < room:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is not None:
                batch.append(item)
        return batch

    def _first(self, turn: "_Turn") -> Waiting | None:
        """Wait for an item; meanwhile let happen what falls due. None where to look anew."""
        if turn.asked or self._ahead:  # the end of a commit puts something into the queue
            return self._queue.get()
        due_in = self._writer.due_in() if self._wakes else None
        wait = None if due_in is None else min(due_in / 1_000_000, LOOK_SECONDS)
        try:
            return self._queue.get(timeout=wait)
        except queue.Empty:
            self._go_ahead()
            try:
                self._writer.tick()
            finally:
                self._come_back()
            self._published()
            return None

    def _decide(self, turn: "_Turn", batch: list[Waiting]) -> None:
        """Decide these too, unless somebody waits to read: then they are left for the next turn."""
        if turn.asked and self._reads:
            self._left = batch
            return
        # who has given up by now is left out; from here on nobody can
        batch = [item for item in batch if item[1].set_running_or_notify_cancel()]
        if not batch:
            return
        if not turn.asked:
            self._go_ahead()
            turn.began = time.perf_counter()
        turn.asked += batch
        turn.decided.append(self._writer.decide([command for command, _ in batch]))
        turn.size = self._writer.size

    def _go_ahead(self) -> None:
        """The state is going to be ahead of the disk; who reads, or waits to, goes first."""
        with self._gate:
            self._gate.wait_for(lambda: not self._reads)
            self._ahead += 1

    def _come_back(self) -> None:
        """One batch less by which it is."""
        with self._gate:
            self._ahead -= 1
            self._gate.notify_all()

    def _commit(self, turn: "_Turn") -> bool:
        """Make a batch durable and answer it; False when the writer has failed and must stop.

        The way to the disk was taken before.
        """
        began = time.perf_counter()
        try:
            answers = self._writer.commit(joined(turn.decided))
            self._commits.append(time.perf_counter() - began)
            self.size = turn.size
        except BaseException as failure:  # noqa: BLE001  # handed to every caller; the writer stops
            for _, answer in turn.asked:
                answer.set_exception(failure)
            return False
        finally:
            self._come_back()
            self._committing.release()
            self._queue.put(None)  # who decides may go
        if self.timed is not None:
            self.timed(len(turn.asked), self.size, time.perf_counter() - turn.began)
        for (_, answer), result in zip(turn.asked, answers, strict=True):
            if isinstance(result, Refusal):
                answer.set_exception(result)
            else:
                answer.set_result(result)
        self.listener()
        return True

    def _published(self) -> None:
        if self._writer.size != self.size:
            self.size = self._writer.size
            self.listener()

    def _refuse_rest(self) -> None:
        rest, self._left = self._left, []
        while True:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is not None:
                rest.append(item)
        for _, answer in rest:
            if answer.set_running_or_notify_cancel():
                answer.set_exception(Refusal("engine.stopped", reason="it was closed or failed"))
        self._queue.put(None)  # a thread that waits for work sees that there is none any more


class _Turn:
    """What a thread decides until the way to the disk is free.

    Attributes:
        began: when it began to decide the first of it.
        size: how many entries there are once it is durable.
    """

    def __init__(self) -> None:
        self.asked: list[Waiting] = []
        self.decided: list[Decided] = []
        self.began = 0.0
        self.size = 0


def _nobody() -> None:
    """Nobody listens."""

"""Many callers, one writer: a bounded queue, a thread that drains it, answers after the sync.

The batch grows with the load: whatever waits when the writer is free goes into one transaction and
one sync. There is no timer.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future

from yaosu.core import State
from yaosu.engine.receipt import Receipt
from yaosu.engine.reply import Answering
from yaosu.engine.sealed import Submission
from yaosu.engine.writer import Writer
from yaosu.kernel.refusal import Refusal, refuse

QUEUE_MAX = 10_000
BATCH_MAX = 1_000
ROOM_SECONDS = 0.005  # how long to wait before looking again for room, and whether the writer lives
LOOK_SECONDS = 60.0  # how long to wait at most before looking at the clock: it may be set
Waiting = tuple[Submission, Answering]


class Intake:
    """Hands commands to the writer's thread and brings back their answers.

    Attributes:
        size: how many entries are durable.
        listener: called by the writer's thread after each durable batch.
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
        """Start the writer's thread.

        Args:
            wakes: let what is due by time happen when it is due, without waiting for a command:
                for a clock that runs by itself.
        """
        self._writer = writer
        self._wakes = wakes
        self._batch_max = batch_max
        self._queue_max = queue_max
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._writing = threading.Lock()
        self._stopped = False
        self.size = writer.size
        self.listener: Callable[[], None] = _nobody
        self.timed: Callable[[int, int, float], None] | None = None
        self._thread = threading.Thread(target=self._run, name="yaosu-writer", daemon=True)
        self._thread.start()

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
        """The state between two batches, for as long as the block lasts; the writer waits."""
        with self._writing:
            self._writer.check_running()
            yield self._writer.state

    def close(self) -> None:
        """Answer what is queued, record the state's hash, and stop. Safe to call twice."""
        self._queue.put(None)  # nobody reads it where it has stopped by itself
        self._thread.join()

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
        stop = False
        try:
            while not stop:
                batch, stop = self._drain()
                if batch and not self._write(batch):
                    break
        finally:
            self._stopped = True
            self._refuse_rest()

    def _drain(self) -> tuple[list[Waiting], bool]:
        batch: list[Waiting] = []
        item = self._first()
        while item is not None:
            batch.append(item)
            if len(batch) >= self._batch_max:
                return batch, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _first(self) -> Waiting | None:
        """Wait for an item; meanwhile let happen what falls due. None where it is time to stop."""
        while True:
            due_in = self._writer.due_in() if self._wakes else None
            wait = None if due_in is None else min(due_in / 1_000_000, LOOK_SECONDS)
            try:
                return self._queue.get(timeout=wait)
            except queue.Empty:
                with self._writing:
                    self._writer.tick()
                self._published()

    def _write(self, batch: list[Waiting]) -> bool:
        """Write a batch and answer it; False when the writer has failed and must stop."""
        began = time.perf_counter() if self.timed is not None else 0.0
        try:
            with self._writing:
                # who has given up by now is left out; from here on nobody can
                batch = [item for item in batch if item[1].set_running_or_notify_cancel()]
                answers = self._writer.write([command for command, _ in batch])
                self.size = self._writer.size
        except BaseException as failure:  # noqa: BLE001  # handed to every caller; the writer stops
            for _, answer in batch:
                answer.set_exception(failure)
            return False
        if self.timed is not None:
            self.timed(len(batch), self.size, time.perf_counter() - began)
        for (_, answer), result in zip(batch, answers, strict=True):
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
        while True:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return
            if item is not None and item[1].set_running_or_notify_cancel():
                item[1].set_exception(Refusal("engine.stopped", reason="it was closed or failed"))


def _nobody() -> None:
    """Nobody listens."""

"""While one batch is on its way to the disk the next is decided, and nobody is told too early."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.engine.test_writer import desk, newcomer
from yaosu.core import state_hash
from yaosu.engine.intake import (
    COMMITS_SEEN,
    DELAY_SECONDS,
    LITTLE_SECONDS,
    QUICK_SECONDS,
    SIBLINGS,
    Intake,
)
from yaosu.engine.proof import verify
from yaosu.engine.receipt import Receipt
from yaosu.engine.sealed import Submission
from yaosu.engine.writer import Decided, Writer
from yaosu.journal.chain import Entry
from yaosu.journal.memory import MemoryStore
from yaosu.kernel.refusal import Refusal

LONG = 30.0  # seconds, by when whatever a test waits for has long happened


class SlowStore(MemoryStore):
    """A disk that takes its time: a batch begins, and ends when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.is_slow = self.is_broken = False
        self.begun, self.may_end = threading.Semaphore(0), threading.Semaphore(0)
        self.batches: list[int] = []
        self.threads: list[int] = []
        self.seconds = 0.0  # how long a batch takes anyway

    def append(self, entries: Sequence[Entry]) -> None:
        if self.is_slow:
            self.begun.release()
            assert self.may_end.acquire(timeout=LONG)
        if self.is_broken:
            raise OSError("no space left")
        time.sleep(self.seconds)
        self.batches.append(len(entries))
        self.threads.append(threading.get_ident())
        super().append(entries)


@pytest.fixture
def slow() -> Iterator[tuple[Intake, Writer, SlowStore]]:
    """An intake whose next batch lies at the disk until it is let."""
    store = SlowStore()
    writer, _, _ = desk(store)
    store.is_slow = True
    intake = Intake(writer)
    yield intake, writer, store
    store.is_slow = False
    for _ in range(100):
        store.may_end.release()
    intake.close()


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds."""
    end = time.monotonic() + LONG
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.001)


def test_what_comes_while_the_disk_is_busy_is_decided_and_makes_one_batch(
    slow: tuple[Intake, Writer, SlowStore],
) -> None:
    """The batch grows with the load, without a timer; nobody is answered before the sync."""
    intake, writer, store = slow
    first = intake.send(newcomer("first"))
    assert store.begun.acquire(timeout=LONG)
    more = [intake.send(newcomer(f"p{i}")) for i in range(20)]
    until(lambda: writer.size == 22)  # all of it decided, with one batch at the disk
    assert not first.done()
    assert not any(answer.done() for answer in more)
    assert store.size == 1
    assert intake.size == 1
    store.may_end.release()
    assert first.result(LONG).sequence == 1
    assert store.begun.acquire(timeout=LONG)
    assert not any(answer.done() for answer in more)
    store.may_end.release()
    assert [answer.result(LONG).sequence for answer in more] == list(range(2, 22))
    assert store.batches[-2:] == [1, 20]


def test_where_the_disk_is_quick_one_thread_does_both_until_it_is_slow_again(
    slow: tuple[Intake, Writer, SlowStore],
) -> None:
    intake, writer, store = slow
    store.is_slow = False
    for number in range(2 * COMMITS_SEEN):
        intake.submit(newcomer(f"quick{number}"))
    assert len(set(store.threads[-COMMITS_SEEN // 2 :])) == 1
    store.seconds = 2 * QUICK_SECONDS
    for number in range(COMMITS_SEEN):
        intake.submit(newcomer(f"slow{number}"))
    store.is_slow = True
    first, size = intake.send(newcomer("first")), writer.size
    assert store.begun.acquire(timeout=LONG)
    more = [intake.send(newcomer(f"p{i}")) for i in range(3)]
    until(lambda: writer.size == size + 4)  # decided while one batch is at the disk
    assert not first.done()
    for answer in (first, *more):
        store.may_end.release()
        assert answer.result(LONG).sequence >= size


@pytest.mark.parametrize(("count", "waits"), [(1, False), (SIBLINGS, True)])
def test_only_several_wait_for_more_that_may_come_along(
    slow: tuple[Intake, Writer, SlowStore],
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    waits: bool,
) -> None:
    """As PostgreSQL's commit_delay with commit_siblings: who is alone is not kept waiting."""
    intake, writer, store = slow
    slept: list[float] = []
    sleep = time.sleep

    def note(seconds: float) -> None:
        if threading.current_thread().name == "yaosu-writer":
            slept.append(seconds)
        sleep(seconds)

    monkeypatch.setattr("yaosu.engine.intake.LITTLE_SECONDS", LONG)
    monkeypatch.setattr(time, "sleep", note)
    first = intake.send(newcomer("first"))
    assert store.begun.acquire(timeout=LONG)
    store.is_slow = False
    answers = [intake.send(newcomer(f"p{i}")) for i in range(count)]
    until(lambda: writer.size == 2 + count)  # in one batch, while the first is at the disk
    store.may_end.release()
    assert first.result(LONG).sequence == 1
    assert [answer.result(LONG).sequence for answer in answers] == list(range(2, 2 + count))
    assert (DELAY_SECONDS in slept) == waits


def test_what_is_handed_over_while_little_was_decided_goes_along_to_the_disk(
    slow: tuple[Intake, Writer, SlowStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch costs what it costs once, so who is just handing over goes first; nobody waits."""
    intake, writer, store = slow
    store.is_slow = False
    late: list[Future[Receipt]] = []
    decide = writer.decide

    def decide_and_ask(commands: Sequence[Submission]) -> Decided:
        if not late:
            late.append(intake.send(newcomer("second")))
        return decide(commands)

    monkeypatch.setattr(writer, "decide", decide_and_ask)
    assert intake.submit(newcomer("first")).sequence == 1
    assert late[0].result(LONG).sequence == 2
    assert store.batches[-1] == 2


def test_after_much_was_decided_a_batch_goes_to_the_disk_though_more_has_come(
    slow: tuple[Intake, Writer, SlowStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    intake, writer, store = slow
    store.is_slow = False
    late: list[Future[Receipt]] = []
    decide = writer.decide

    def decide_long(commands: Sequence[Submission]) -> Decided:
        if not late:
            time.sleep(2 * LITTLE_SECONDS)
            late.append(intake.send(newcomer("second")))
        return decide(commands)

    monkeypatch.setattr(writer, "decide", decide_long)
    assert intake.submit(newcomer("first")).sequence == 1
    assert late[0].result(LONG).sequence == 2
    assert store.batches[-2:] == [1, 1]


def test_a_command_repeated_while_its_first_is_at_the_disk_waits_and_gets_the_same_answer(
    slow: tuple[Intake, Writer, SlowStore],
) -> None:
    intake, _, store = slow
    first = intake.send(newcomer("li"))
    assert store.begun.acquire(timeout=LONG)
    again, other = intake.send(newcomer("li")), intake.send(newcomer("wang", key="k-li"))
    time.sleep(0.05)
    assert not again.done()
    assert not other.done()
    store.may_end.release()
    assert first.result(LONG).hash == again.result(LONG).hash
    assert again.result(LONG).repeated
    with pytest.raises(Refusal, match=r"engine\.key_conflict"):
        other.result(LONG)


def test_who_reads_sees_only_what_is_durable_and_nothing_is_decided_meanwhile(
    slow: tuple[Intake, Writer, SlowStore],
) -> None:
    intake, writer, store = slow
    first = intake.send(newcomer("first"))
    assert store.begun.acquire(timeout=LONG)
    second = intake.send(newcomer("second"))
    until(lambda: writer.size == 3)
    seen: list[tuple[int, int, bool]] = []
    inside, leave = threading.Event(), threading.Event()

    def read() -> None:
        with intake.reading() as state:
            seen.append((writer.size, store.size, "late" in state.parties.parties))
            inside.set()
            assert leave.wait(LONG)
            seen.append((writer.size, store.size, "late" in state.parties.parties))

    reader = threading.Thread(target=read)
    reader.start()
    time.sleep(0.05)
    late = intake.send(newcomer("late"))  # comes after who wants to read
    assert not seen  # the state is ahead of the disk
    store.may_end.release(2)
    assert inside.wait(LONG)
    assert first.done() or first.result(LONG)
    assert second.result(LONG)
    assert not late.done()
    leave.set()
    reader.join(LONG)
    store.may_end.release()
    assert late.result(LONG).sequence == 3
    assert seen == [(3, 3, False), (3, 3, False)]


def test_when_the_disk_fails_nothing_decided_behind_it_is_answered(
    slow: tuple[Intake, Writer, SlowStore],
) -> None:
    intake, writer, store = slow
    first = intake.send(newcomer("first"))
    assert store.begun.acquire(timeout=LONG)
    second = intake.send(newcomer("second"))
    until(lambda: writer.size == 3)
    store.is_broken = True
    store.may_end.release(2)
    assert isinstance(first.exception(LONG), OSError)
    failure = second.exception(LONG)
    assert isinstance(failure, Refusal)
    assert failure.code == "engine.stopped"
    with pytest.raises(Refusal, match=r"engine\.stopped"), intake.reading():
        pass
    assert store.size == 1


def test_when_a_decision_fails_the_batch_at_the_disk_is_answered_and_the_rest_is_not(
    slow: tuple[Intake, Writer, SlowStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    intake, _, store = slow
    first = intake.send(newcomer("first"))
    assert store.begun.acquire(timeout=LONG)

    def fails(*given: object) -> None:
        raise AssertionError("an error of ours")

    monkeypatch.setattr("yaosu.core.process", fails)
    second = intake.send(newcomer("second"))
    time.sleep(0.05)
    store.may_end.release()
    assert first.result(LONG).sequence == 1
    assert isinstance(second.exception(LONG), AssertionError)
    with pytest.raises(Refusal, match=r"engine\.stopped"):
        intake.submit(newcomer("third"))
    assert store.size == 2


def test_readers_and_many_callers_at_once_never_see_a_state_ahead_of_the_disk() -> None:
    store = MemoryStore()
    writer, _, _ = desk(store)
    intake = Intake(writer, batch_max=16)
    ahead: list[tuple[int, int, int]] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            with intake.reading() as state:
                sizes = (writer.size, store.size, len(state.parties.parties) - 2)
                if sizes[0] != sizes[1]:
                    ahead.append(sizes)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    with ThreadPoolExecutor(8) as pool:
        sent: list[Future[list[Receipt]]] = [
            pool.submit(intake.submit_many, [newcomer(f"p{n}-{i}") for i in range(25)])
            for n in range(8)
        ]
        receipts = [receipt for one in sent for receipt in one.result(LONG)]
    stop.set()
    for reader in readers:
        reader.join(LONG)
    intake.close()
    assert not ahead
    assert sorted(receipt.sequence for receipt in receipts) == list(range(1, 201))
    assert verify(store).state_hash == state_hash(writer.state)

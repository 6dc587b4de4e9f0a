"""Closed books are cleared by processes of their own; one that dies is noticed."""

import sys
from threading import Event as Flag

import pytest

from tests.markets.package_market import GOODS, exchange, package, sell, send
from tests.stories import Story
from yaosu.engine.receipt import Receipt
from yaosu.kernel.refusal import Refusal
from yaosu.markets.commands import ReopenBook
from yaosu.workers import clearing as worker
from yaosu.workers.beside import ClearingWorker
from yaosu.workers.clearing import clear_closed, keep_clearing


def closed_book() -> Story:
    story = exchange(clear_at_close=False)
    for factor in GOODS:
        sell(story, factor, 10, 5)
    send(story, "lab", package("all", 100, 3, *((good, 1, 3) for good in GOODS.values())))
    story.close()
    return story


@pytest.mark.parametrize("apart", [True, False])
def test_a_closed_book_is_cleared_and_recorded(apart: bool) -> None:
    story = closed_book()
    (answer,) = clear_closed(story.venue, apart=apart).items()
    assert answer[0] == "m/1"
    assert isinstance(answer[1], Receipt)
    assert answer[1].refusal is None
    assert [story.lots("lab", good) for good in GOODS.values()] == [3, 3, 3, 3]
    assert clear_closed(story.venue, apart=apart) == {}


def test_a_process_that_dies_is_noticed_and_its_work_done_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    """The first process kills itself; the second brings the result."""
    marker = tmp_path / "died once"
    first, dashed, body = worker.WORKER
    dies = (
        "import os, pathlib, signal\n"
        f"if not pathlib.Path({str(marker)!r}).exists():\n"
        f"    pathlib.Path({str(marker)!r}).touch()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    monkeypatch.setattr(worker, "WORKER", (first, dashed, dies + body))
    story = closed_book()
    (answer,) = clear_closed(story.venue).values()
    assert marker.exists()
    assert isinstance(answer, Receipt)
    assert answer.refusal is None


def test_a_process_that_always_dies_is_told_and_leaves_the_book_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "WORKER", (sys.executable, "-c", "raise SystemExit('no memory')"))
    story = closed_book()
    (answer,) = clear_closed(story.venue).values()
    assert str(answer) == (
        "workers.worker_died: the process that cleared m ended 3 times without a result (exit code "
        "1: no memory); see that it has memory enough, then clear the book again; it stays closed"
    )
    assert story.venue.state.markets.markets["m"].phase == "closed"


def test_two_workers_at_one_book_record_one_clearing() -> None:
    story = closed_book()
    with story.venue.reading() as state:
        book = state.markets.markets["m"]
        assert book.closed_as is not None
        key = f"clear/m/1/{book.closed_as.orders_digest[:16]}"
        data = worker.canonical.encode(book)
    (first,) = clear_closed(story.venue, apart=False).values()
    assert isinstance(first, Receipt)
    late = worker.RecordClearing(
        actor="exchange",
        key=key,
        market="m",
        round=1,
        clearing=worker.canonical.decode(worker.work(data), worker.Outcome).clearing,
    )
    assert story.venue.submit(late).sequence == first.sequence


def test_what_the_mechanism_refuses_comes_back_as_its_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = closed_book()
    body = (
        "import sys; from yaosu.workers import clearing as worker\n"
        "from yaosu.kernel.refusal import Refusal\n"
        "def refuse(*_): raise Refusal('markets.gap_too_wide', primal='1', dual='9')\n"
        "worker.clear_book = refuse\n"
        "worker.serve(sys.stdin.buffer, sys.stdout.buffer)"
    )
    monkeypatch.setattr(worker, "WORKER", (sys.executable, "-c", body))
    (answer,) = clear_closed(story.venue).values()
    assert isinstance(answer, Refusal)
    assert answer.code == "markets.gap_too_wide"


def test_an_unknown_market_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        clear_closed(exchange().venue, "moon")
    assert caught.value.code == "markets.unknown_market"


def until(story: Story, round_: int) -> None:
    """Wait until the market is in this round."""
    pause = Flag()
    for _ in range(1200):
        with story.venue.reading() as state:
            if state.markets.markets["m"].round == round_:
                return
        pause.wait(0.05)


def test_books_are_cleared_as_they_are_closed_by_one_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second book finds the process of the first."""
    begun: list[object] = []
    begin = worker.subprocess.Popen

    def counted(*given: object, **more: object) -> object:
        begun.append(given)
        return begin(*given, **more)  # type: ignore[call-overload]  # as it was asked

    monkeypatch.setattr(worker.subprocess, "Popen", counted)
    story = closed_book()
    beside = ClearingWorker(story.venue)
    beside.start()
    until(story, 2)
    send(story, "lab", package("more", 100, 1, *((good, 1, 3) for good in GOODS.values())))
    story.close()
    until(story, 3)
    beside.stop()
    assert story.venue.state.markets.markets["m"].round == 3
    assert len(begun) == 1


def test_a_book_without_a_clearing_is_told_once_and_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a mechanism refuses it refuses again; no processor is burnt on it."""
    body = (
        "import sys; from yaosu.workers import clearing as worker\n"
        "from yaosu.kernel.refusal import Refusal\n"
        "def refuse(*_): raise Refusal('markets.gap_too_wide', primal='1', dual='9')\n"
        "worker.clear_book = refuse\n"
        "worker.serve(sys.stdin.buffer, sys.stdout.buffer)"
    )
    monkeypatch.setattr(worker, "WORKER", (sys.executable, "-c", body))
    story, heard, stop = closed_book(), [], Looks(4)
    keep_clearing(story.venue, stop, every_seconds=0, told=heard.append)
    assert [list(answers) for answers in heard] == [["m/1"]]
    story.ask(ReopenBook, "exchange", market="m", reason="no search closes its gap")
    sell(story, next(iter(GOODS)), 11, 1)
    story.close()
    keep_clearing(story.venue, Looks(2), every_seconds=0, told=heard.append)
    assert len(heard) == 2, "other orders are another book"


class Looks(Flag):
    """A flag that is set after so many looks."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks = looks

    def wait(self, timeout: float | None = None) -> bool:
        self.looks -= 1
        return self.looks < 0

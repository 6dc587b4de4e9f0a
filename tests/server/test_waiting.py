"""Answers of the writer reach those who wait in the loop, all of a batch at once."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from yaosu.engine.reply import Reply
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command
from yaosu.server.waiting import Waiting

ASKED = Command(actor="anna", key="k")


class Writer:
    """In place of a venue: takes commands, answers when told to, from a thread of its own."""

    def __init__(self) -> None:
        self.taken: list[Reply] = []

    def hand(self, command: Command, reply: Reply) -> None:
        self.taken.append(reply)

    def answer(self, waiting: Waiting, *answers: Any) -> None:
        def run() -> None:
            for reply, answer in zip(self.taken, answers, strict=True):
                if not reply.set_running_or_notify_cancel():
                    continue
                if isinstance(answer, Exception):
                    reply.set_exception(answer)
                else:
                    reply.set_result(answer)
            waiting.wake()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()


def test_all_answers_of_a_batch_come_and_the_loop_is_woken_once() -> None:
    async def story() -> None:
        writer = Writer()
        waiting = Waiting(writer)  # type: ignore[arg-type]  # it is only sent to
        asked = [asyncio.create_task(waiting.ask(ASKED)) for _ in range(5)]
        await asyncio.sleep(0)
        woken = []
        loop = asyncio.get_running_loop()
        wake = loop.call_soon_threadsafe

        def counted(*given: Any, **more: Any) -> Any:
            woken.append(1)
            return wake(*given, **more)

        loop.call_soon_threadsafe = counted  # type: ignore[method-assign]  # to count them
        writer.answer(waiting, 1, 2, 3, 4, 5)
        assert await asyncio.gather(*asked) == [1, 2, 3, 4, 5]
        assert len(woken) == 1

    asyncio.run(story())


def test_a_refusal_is_raised_and_the_others_are_answered() -> None:
    async def story() -> None:
        writer = Writer()
        waiting = Waiting(writer)  # type: ignore[arg-type]  # it is only sent to
        asked = [asyncio.create_task(waiting.ask(ASKED)) for _ in range(3)]
        await asyncio.sleep(0)
        writer.answer(waiting, 1, Refusal("engine.stopped", reason="told to"), 3)
        with pytest.raises(Refusal, match="told to"):
            await asked[1]
        assert [await asked[0], await asked[2]] == [1, 3]

    asyncio.run(story())


def test_who_gives_up_before_the_writer_begins_is_left_out() -> None:
    async def story() -> None:
        writer = Writer()
        waiting = Waiting(writer)  # type: ignore[arg-type]  # it is only sent to
        asked = [asyncio.create_task(waiting.ask(ASKED)) for _ in range(2)]
        await asyncio.sleep(0)
        asked[0].cancel()
        await asyncio.sleep(0)
        writer.answer(waiting, 1, 2)
        assert await asked[1] == 2

    asyncio.run(story())


def test_an_answer_that_is_there_at_once_is_given_too() -> None:
    async def story() -> None:
        writer = Writer()
        waiting = Waiting(writer)  # type: ignore[arg-type]  # it is only sent to

        def hand(command: Command, reply: Reply) -> None:  # quicker than who asks
            writer.taken.append(reply)
            writer.answer(waiting, 7)

        writer.hand = hand  # type: ignore[method-assign]  # in place of the slower one
        assert await asyncio.wait_for(waiting.ask(ASKED), 5) == 7

    asyncio.run(story())


def test_of_the_writer_that_begins_and_who_gives_up_one_is_first() -> None:
    """Both threads ask for the only token at once, many times over; exactly one has it."""
    for _ in range(300):
        reply = Reply(lambda reply: None)
        start = threading.Barrier(2)
        had: list[bool] = []

        def ask(claim: Callable[[], bool], start: threading.Barrier, had: list[bool]) -> None:
            start.wait()
            had.append(claim())

        claims = (reply.cancel, reply.set_running_or_notify_cancel)
        threads = [threading.Thread(target=ask, args=(claim, start, had)) for claim in claims]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(had) == [False, True]
        assert not reply.cancel()

"""Those who wait for the writer: its answers come over to the loop that serves all at once.

Waking the loop costs a call into the system, after which another thread may go first; so it is
woken once for a batch of the writer and not for each of its answers.
"""

import asyncio
from collections import deque
from functools import partial

from yaosu.door import Venue
from yaosu.engine.receipt import Receipt
from yaosu.engine.reply import Reply
from yaosu.engine.sealed import Submission

Answered = tuple["asyncio.Future[Receipt]", Reply]


class Waiting:
    """Asks the writer and waits without holding a thread; from one loop."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._loop: asyncio.AbstractEventLoop | None = None
        self._answered: deque[Answered] = deque()
        self._is_woken = False

    async def ask(self, command: Submission) -> Receipt:
        """The receipt, once the entry is durable; who gives up before the writer begins is heard.

        Raises:
            Refusal: one that is not on record; ``engine.stopped``.
        """
        self._loop = asyncio.get_running_loop()
        mine: asyncio.Future[Receipt] = self._loop.create_future()
        reply = Reply(partial(self._take, mine))
        self._venue.hand(command, reply)
        try:
            return await mine
        except asyncio.CancelledError:
            reply.cancel()
            raise

    def wake(self) -> None:
        """A batch was answered: called by the writer."""
        if self._answered and not self._is_woken and self._loop is not None:
            self._is_woken = True
            self._loop.call_soon_threadsafe(self._give)

    def _take(self, mine: "asyncio.Future[Receipt]", reply: Reply) -> None:
        """Called by the writer for each answer of a batch, and once it has stopped."""
        self._answered.append((mine, reply))
        if reply.failure is not None:
            self.wake()

    def _give(self) -> None:
        self._is_woken = False
        while self._answered:
            mine, reply = self._answered.popleft()
            if mine.done():  # who asked has given up
                continue
            if reply.receipt is not None:
                mine.set_result(reply.receipt)
            else:
                assert reply.failure is not None, "told before there was an answer"
                mine.set_exception(reply.failure)

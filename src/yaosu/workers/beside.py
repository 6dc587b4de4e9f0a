"""The clearing worker beside a server: it looks for closed books, and is looked after.

Each book is priced in a process of its own (`clearing.py`); the thread here only waits for them. If
it ends by itself that is noticed, counted, and it is started again.
"""

import threading
from collections.abc import Callable

from yaosu.door import Venue
from yaosu.kernel.refusal import Refusal
from yaosu.markets.state import CLOSED
from yaosu.workers.clearing import Answer, clear_closed

LOOK_SECONDS = 0.5
AGAIN_SECONDS = 30.0  # before a book that could not be cleared is tried again


class ClearingWorker:
    """Clears closed books until it is stopped.

    Args:
        on_cleared: told what came of each book, by ``market/round``.
        on_death: called when the thread ended by itself, before it is started again.
    """

    def __init__(
        self,
        venue: Venue,
        on_cleared: Callable[[dict[str, Answer]], None] = lambda answers: None,
        on_death: Callable[[], None] = lambda: None,
    ) -> None:
        self._venue, self._on_cleared, self._on_death = venue, on_cleared, on_death
        self._stop = threading.Event()
        self._worker = self._new_worker()
        self._keeper = threading.Thread(target=self._keep, name="yaosu-keeper", daemon=True)

    def start(self) -> None:
        """Begin to look for closed books."""
        self._worker.start()
        self._keeper.start()

    def stop(self) -> None:
        """Look no more; a book that is being priced is left to the next start."""
        self._stop.set()
        self._keeper.join(2)

    @property
    def is_alive(self) -> bool:
        """Whether closed books are looked for."""
        return self._worker.is_alive()

    def _new_worker(self) -> threading.Thread:
        return threading.Thread(target=self._run, name="yaosu-clearing", daemon=True)

    def _keep(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            if not self._worker.is_alive() and self._venue.is_running:
                self._on_death()
                self._worker = self._new_worker()
                self._worker.start()

    def _run(self) -> None:
        seen = -1
        wait = LOOK_SECONDS
        while not self._stop.wait(wait):
            wait = LOOK_SECONDS
            size = self._venue.size
            if size == seen or not self._venue.is_running:
                continue
            if self._has_closed():
                answers = clear_closed(self._venue)
                self._on_cleared(answers)
                failed = [one for one in answers.values() if isinstance(one, Refusal)]
                wait = AGAIN_SECONDS if failed else LOOK_SECONDS
                seen = -1 if failed else size
            else:
                seen = size

    def _has_closed(self) -> bool:
        with self._venue.reading() as state:
            return any(market.phase == CLOSED for market in state.markets.markets.values())

"""The clearing worker beside a server: it looks for closed books, and is looked after.

Books are priced in a process of its own (`clearing.py`); the thread here only waits for it. If the
thread ends by itself that is noticed, counted, and it is started again.
"""

import threading
from collections.abc import Callable

from yaosu.door import Venue
from yaosu.workers.clearing import Answer, keep_clearing

LOOK_SECONDS = 0.5


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
        keep_clearing(self._venue, self._stop, every_seconds=LOOK_SECONDS, told=self._on_cleared)

"""Published views: tables of the state as it was after one entry, made when somebody asks.

Making one takes the writer's turn for a moment, so none is made anew before ten times that moment
has passed: readers together take a tenth of the writer's time at most, and see a state that is a
little older where the tables are large. Whoever has just written names the entry (``at_least``),
and is shown a state that holds it.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from msgspec import Struct

from yaosu.core import State
from yaosu.door import Venue

T = TypeVar("T")
REST = 10  # times the making of a view, before it is made anew


class Published(Struct, Generic[T], frozen=True):
    """A view, and the state it shows: so many entries, the last stamped with ``instant``."""

    size: int
    instant: int
    view: T


class View(Generic[T]):
    """One view of the state, kept as it was last made.

    Args:
        make: takes from the state what the view needs, while the writer waits.
        finish: makes the view of that, while it goes on.
        known: how many entries are known to what else the view is made of, where it is made of
            more than the state: it shows no more than those.
    """

    def __init__(
        self,
        venue: Venue,
        make: Callable[[State], Any],
        finish: Callable[[Any], T],
        known: Callable[[], int] | None = None,
    ) -> None:
        self._venue, self._make, self._finish, self._known = venue, make, finish, known
        self._lock = threading.Lock()
        self._kept: Published[T] | None = None
        self._rests_until = 0.0

    def ready(self, at_least: int = 0) -> Published[T] | None:
        """The view that is kept, where it is new enough to be shown without waiting."""
        kept = self._kept
        if kept is None or kept.size < at_least:
            return None
        if kept.size == self._venue.size or time.monotonic() < self._rests_until:
            return kept
        return None

    def read(self, at_least: int = 0) -> Published[T]:
        """The view; made anew where it must be. Blocks: not for the thread that serves."""
        with self._lock:
            kept = self.ready(at_least)
            if kept is not None:
                return kept
            with self._venue.reading() as state:
                began, size = time.monotonic(), self._venue.size
                if self._known is not None:
                    size = min(size, self._known())
                instant, taken = state.now, self._make(state)
                ended = time.monotonic()
            self._kept = Published(size, instant, self._finish(taken))
            self._rests_until = ended + REST * (ended - began)
            return self._kept

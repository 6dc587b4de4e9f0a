"""What the pages keep between requests: the record, and the views they were last made of."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from yaosu.core import State
from yaosu.door import Venue
from yaosu.engine.recovery import events_of
from yaosu.journal.store import Store
from yaosu.server.console.names import Names
from yaosu.server.console.record import Record
from yaosu.server.reading import Published, View

VIEWS_MAX = 200  # pages that are kept as last made
Make = Callable[[State, Names], Any]


class Console:
    """What the pages keep: the views of the state by page, language and what was asked."""

    def __init__(self, venue: Venue, store: Store, reading: threading.Lock) -> None:
        """Nothing is read yet.

        Args:
            store: a reading of the journal; ``reading``: held by the thread that reads it.
        """
        self.record = Record()
        self._venue, self._store, self._reading = venue, store, reading
        self._views: OrderedDict[tuple[str, ...], View[Any]] = OrderedDict()
        self._keeping = threading.Lock()

    def see(self, key: tuple[str, ...], make: Make, language: str, at_least: int = 0) -> Any:
        """A page's values, made anew no more often than views are. Blocks.

        Args:
            at_least: entries they must take in: of who has just asked for something.
        """
        return self.published(key, make, language, at_least).view

    def published(
        self, key: tuple[str, ...], make: Make, language: str, at_least: int = 0
    ) -> Published[Any]:
        """The same, with the entries and the instant that they show."""
        return self._view(key, make, language).read(min(at_least, self._venue.size))

    def caught_up(
        self, key: tuple[str, ...], make: Make, language: str, at_least: int = 0
    ) -> Published[Any]:
        """The same of a page that the record is in: it shows no entry that the record has not.

        The writer goes on while the record is fed. A page said to show all would then stand as it
        is until the next entry.
        """
        self.catch_up()
        view = self._view(key, make, language, lambda: self.record.size)
        return view.read(min(at_least, self._venue.size))

    def _view(
        self,
        key: tuple[str, ...],
        make: Make,
        language: str,
        known: Callable[[], int] | None = None,
    ) -> View[Any]:
        named = (language, *key)
        with self._keeping:
            view = self._views.get(named)
            if view is None:

                def taken(state: State) -> Any:
                    return make(state, Names(state, language))

                view = View(self._venue, taken, lambda page: page, known)
                self._views[named] = view
                while len(self._views) > VIEWS_MAX:
                    self._views.popitem(last=False)
            self._views.move_to_end(named)
        return view

    def catch_up(self) -> None:
        """Feed the record with the entries it has not seen. Blocks."""
        with self._reading:
            if self.record.size < self._venue.size:
                for entry in self._store.read(self.record.size):
                    is_told = b"markets." in entry.events or b"cases." in entry.events
                    self.record.take(entry, events_of(entry) if is_told else ())

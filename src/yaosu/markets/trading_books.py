"""A book in the form that trades, kept beside the state so that a command costs its own work only.

A decision lets it run ahead of the state. If just what it said would happen then happens, it is the
state's book again; else it is thrown away and made anew.
"""

from yaosu.markets.events import BookMoved
from yaosu.markets.mechanisms.continuous import ContinuousBook


class LiveBook:
    """One book that trades.

    Attributes:
        book: it. is_sure: whether it is the book of the state.
    """

    def __init__(self, book: ContinuousBook) -> None:
        self.book = book
        self.is_sure = False
        self._expected: BookMoved | None = None

    def expect(self, event: BookMoved) -> None:
        """It ran ahead of the state by this."""
        self._expected = event

    def settle(self, event: BookMoved) -> None:
        """This has happened in the state."""
        self.is_sure = event is self._expected
        self._expected = None

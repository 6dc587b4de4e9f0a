"""Where one answer of the writer goes, for whoever waits in a loop and not in a thread.

A future of the standard library can be waited for by threads, so each one makes a lock and a
condition and takes them several times. Here nobody blocks: the answer is put down and told of.
"""

from collections.abc import Callable
from typing import Protocol

from yaosu.engine.receipt import Receipt


class Answering(Protocol):
    """What the writer's thread does with whoever asked: a future can, and a reply."""

    def set_running_or_notify_cancel(self) -> bool:
        """The writer begins; False where who asked has given up."""

    def set_result(self, result: Receipt, /) -> None:
        """The entry is durable."""

    def set_exception(self, exception: BaseException | None, /) -> None:
        """Nothing is on record, or nothing is known."""


class Reply:
    """One answer. The only token decides who was first: the writer that begins, or who gives up.

    Args:
        tell: called in the writer's thread once the answer is there.

    Attributes:
        receipt, failure: the answer, one of the two, once it is there.
    """

    __slots__ = ("_tell", "_token", "failure", "receipt")

    def __init__(self, tell: "Callable[[Reply], None]") -> None:
        self._tell, self._token = tell, [True]
        self.receipt: Receipt | None = None
        self.failure: BaseException | None = None

    def _take_token(self) -> bool:
        try:
            return self._token.pop()  # two threads cannot both get it
        except IndexError:
            return False

    def set_running_or_notify_cancel(self) -> bool:
        """The writer begins; from here on nobody can give up."""
        return self._take_token()

    def cancel(self) -> bool:
        """Give up; False where the writer has begun, and the entry will be there."""
        return self._take_token()

    def set_result(self, result: Receipt) -> None:
        """The entry is durable."""
        self.receipt = result
        self._tell(self)

    def set_exception(self, exception: BaseException | None) -> None:
        """Nothing is on record, or nothing is known."""
        self.failure = exception
        self._tell(self)

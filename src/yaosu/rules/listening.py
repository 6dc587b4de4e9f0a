"""Hearing which items are asked while something is decided: what ``explain`` is made of.

Nothing is heard, and nothing costs, unless somebody listens; what is decided does not change.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from msgspec import Struct

from yaosu.rules.items.outcome import Outcome
from yaosu.rules.pack import Item, Value

T = TypeVar("T", bound=Item)


class Heard(Struct, frozen=True, kw_only=True):
    """An item that was asked.

    Attributes:
        item: as it is worded in the rules that were read.
        facts: what it read of what was known, by name; what is not there was not known.
        depth: 0 where a floor asked it, more where another item reads it.
    """

    item: Item
    facts: dict[str, Value]
    outcome: Outcome
    depth: int


class _Ear(Struct):
    heard: list[Heard]
    depth: int = 0


_EAR: ContextVar[_Ear | None] = ContextVar("ear", default=None)


@contextmanager
def listening() -> Iterator[list[Heard]]:
    """Inside it, every item that is asked is put on the list, what it reads before itself."""
    ear = _Ear([])
    token = _EAR.set(ear)
    try:
        yield ear.heard
    finally:
        _EAR.reset(token)


def is_heard() -> bool:
    """Whether somebody listens."""
    return _EAR.get() is not None


def enter() -> None:
    """An item begins to be worked out."""
    ear = _EAR.get()
    if ear is not None:
        ear.depth += 1


def leave(
    item: T, names_read: Callable[[T], list[str]], known: Mapping[str, Value], outcome: Outcome
) -> None:
    """An item has been worked out from what it reads among what was known."""
    ear = _EAR.get()
    if ear is not None:
        ear.depth -= 1
        facts = {name: known[name] for name in names_read(item) if name in known}
        ear.heard.append(Heard(item=item, facts=facts, outcome=outcome, depth=ear.depth))

"""What a question is, and from where it is answered: a journal at hand, or that of a server."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol

from msgspec import Struct

from yaosu.core import State
from yaosu.journal.store import Store

ALL, OWN, OFFICE = "all", "own", "office"


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a question is asked with; each has a struct of its own."""


class Look(Protocol):
    """From where an answer is read.

    Attributes:
        parties: who asks is shown what concerns one of these; None: everything.
    """

    parties: frozenset[str] | None

    def state(self, at: int | None = None) -> AbstractContextManager[State]:
        """What is known at the end, or was known at an instant; not to be kept."""

    def state_apart(self) -> AbstractContextManager[State]:
        """The same as it is at the end, where nobody waits for it: for what takes long."""

    def store(self) -> AbstractContextManager[Store]:
        """The entries themselves, to be read."""

    def check_entries(self, count: int) -> None:
        """Refuse to fold so many entries, where that would take too long."""


class Question(Struct, frozen=True, kw_only=True):
    """One question.

    Attributes:
        asked: what it is asked with.
        answer: (look, asked) -> what can be told as JSON.
        shown: ``all``: to whoever is signed in; ``own``: to each what concerns its parties, to
            offices everything; ``office``: to offices alone.
        what: one sentence.
    """

    asked: type[Asked]
    answer: Callable[[Look, Any], Any]
    shown: Literal["all", "own", "office"]
    what: str


def own_rows(look: Look, rows: Iterable[dict[str, Any]], *owners: str) -> list[dict[str, Any]]:
    """The rows that name a party of who asks in one of the columns; all where all are shown."""
    known = look.parties
    if known is None:
        return list(rows)
    return [row for row in rows if any(row[name] in known for name in owners)]


def is_own(look: Look, owners: Iterable[str]) -> bool:
    """Whether one of these is a party of who asks, or everything is shown."""
    return look.parties is None or not look.parties.isdisjoint(owners)

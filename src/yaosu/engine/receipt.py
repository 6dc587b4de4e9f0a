"""The answer to a command: where it stands in the journal, and what came of it."""

from msgspec import Struct

from yaosu.core import Refused, refusal_of
from yaosu.journal.chain import ACCEPTED
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Event


class Receipt(Struct, frozen=True):
    """Given only after the entry is safe on disk.

    Attributes:
        sequence: number of the entry.
        instant: when it was stamped, microseconds UTC.
        hash: of the entry's header; with the journal's root it proves the entry stands there.
        outcome: 1 accepted, 2 refused.
        events: all that followed from the command.
        repeated: the same (actor, key) had been answered before; this is that answer.
    """

    sequence: int
    instant: int
    hash: bytes
    outcome: int
    events: tuple[Event, ...]
    repeated: bool = False

    @property
    def is_accepted(self) -> bool:
        """Whether the command was accepted."""
        return self.outcome == ACCEPTED

    @property
    def refusal(self) -> Refusal | None:
        """The refusal, or None where the command was accepted."""
        first = self.events[0] if self.events else None
        return refusal_of(first) if isinstance(first, Refused) else None

    def accepted(self) -> "Receipt":
        """Itself, or the refusal raised: for callers who count on acceptance."""
        refusal = self.refusal
        if refusal is not None:
            raise refusal
        return self

"""What a decision may look at: the time of its entry, its cause, and the state of lower floors."""

from typing import Protocol


class Reach(Protocol):
    """The part every floor sees; each floor's own protocol adds its state to it.

    Attributes:
        now: instant of the entry being decided, microseconds UTC; stamped by the writer.
        cause: hex digest of (actor, key) of the command being decided; feeds ``derive_id``.
    """

    @property
    def now(self) -> int: ...

    @property
    def cause(self) -> str: ...

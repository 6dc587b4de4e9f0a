"""The only clock of the house."""

import time
from collections.abc import Callable

Clock = Callable[[], int]


def system_clock() -> int:
    """Microseconds since 1970 UTC, as the machine says; the writer never lets it run back."""
    return time.time_ns() // 1000


class StepClock:
    """A clock for tests and examples: begins where told, and moves only when told."""

    def __init__(self, instant: int) -> None:
        self.instant = instant

    def __call__(self) -> int:
        return self.instant

    def forward(self, microseconds: int) -> None:
        """Move on; never back."""
        assert microseconds >= 0, microseconds
        self.instant += microseconds

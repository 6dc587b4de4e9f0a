"""A venue with a bug: one command ends the process, in the way that ``POISON`` says.

    python -m tests.engine.poisoned_process JOURNAL

Writes one batch, deposits of 1 to 5 of which that of 3 is poison, and prints one line an answer.
"""

import os
import signal
import sys

from tests.stories import MORNING, Story
from yaosu import core
from yaosu.door import Venue
from yaosu.engine.clock import StepClock
from yaosu.journal import open_sqlite
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Event
from yaosu.settlement.commands import RecordDeposit

ROW = core.COMMANDS[RecordDeposit]
ENDS = {"kill": signal.SIGKILL, "segfault": signal.SIGSEGV}


def decide(reach: core.State, command: RecordDeposit) -> list[Event]:
    """The bug: the deposit of 3 is more than it can bear."""
    poison = os.environ.get("POISON", "")
    if command.amount_minor == 3 and poison:
        if poison in ENDS:
            os.kill(os.getpid(), ENDS[poison])
        raise ZeroDivisionError("a bug of ours")
    decided: list[Event] = ROW.decide(reach, command)
    return decided


def main() -> None:
    """One life of the process."""
    core.COMMANDS[RecordDeposit] = core.Row(decide, ROW.roles, ROW.kind)
    story = Story()
    story.clock = StepClock(MORNING)
    story.venue = Venue(open_sqlite(sys.argv[1]), story.clock)
    story.found(factors=())
    story.party("firm", factors=())
    commands = [
        RecordDeposit(actor="exchange", key=f"d{n}", party="firm", currency="CNY", amount_minor=n)
        for n in range(1, 6)
    ]
    writer = story.venue._writer
    with story.venue.reading():
        answers = writer.write(commands)
    for answer in answers:
        print(answer.code if isinstance(answer, Refusal) else "accepted", flush=True)
    story.venue.close()


if __name__ == "__main__":
    main()

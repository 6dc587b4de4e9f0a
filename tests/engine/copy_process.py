"""A copy under way, to be killed: each step of its progress is told, and how it ended.

    python -m tests.engine.copy_process

Reads lines: the journal to be copied, the place, the kind, parted by tabs. Prints ``process`` and
its number, a line ``so many of so many`` after each transaction, and ``ended`` with the signal.
"""

import os
import sys

from yaosu.engine import copies
from yaosu.journal.opening import open_store


def tell(text: str) -> None:
    """In one piece: what is written is out, whatever happens to this process."""
    os.write(1, text.encode())


def run(source: str, place: str, kind: str) -> None:
    """Copy in small transactions, so that there is much to interrupt."""
    copies.ENTRIES_AT_ONCE = 16
    with open_store(source, readonly=True) as store:
        copies.make_copy(store, place, kind, None, lambda done, _: tell(f"{done}\n"))
    tell("made\n")


def main() -> None:
    """For each line on the input a process of its own."""
    for asked in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                run(*asked.rstrip("\n").split("\t"))
                os._exit(0)
            finally:
                os._exit(4)
        tell(f"process {child}\n")
        _, status = os.waitpid(child, 0)
        tell(f"ended {os.waitstatus_to_exitcode(status)}\n")


if __name__ == "__main__":
    main()

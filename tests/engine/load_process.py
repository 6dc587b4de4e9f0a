"""A market under load, to be killed: several clients send commands and say what was acknowledged.

    python -m tests.engine.load_process

Reads lines: a journal, and for each client the number of its first command, parted by tabs. A
command follows from its number alone, and so does its key, so whoever does not know the fate of a
command may send it again. Prints ``process`` and its number, ``opening``, ``ready``, one line a
receipt (number, sequence, hash, outcome), and ``ended`` with the signal that ended it.
"""

import os
import sys
import threading
import time

from tests.stories import EXCHANGE, MORNING, Story, row
from yaosu.door import Venue
from yaosu.engine.clock import StepClock
from yaosu.engine.receipt import Receipt
from yaosu.journal import Store, open_sqlite
from yaosu.kernel import compiled
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command
from yaosu.markets.commands import CancelOrders, CloseBook, SubmitOrders
from yaosu.settlement.commands import RecordDeposit

CLIENTS = 4
BURST_MAX = 12
FIRMS = 4
REGIONS = ("east", "west")
CLOSE_EVERY = 150


class Load(Story):
    """The venue of the stories, with a clock that runs."""

    def __init__(self, store: Store) -> None:
        begun = time.monotonic_ns()
        self.clock = StepClock(MORNING)
        self.venue = Venue(store, lambda: MORNING + (time.monotonic_ns() - begun) // 1000)
        self.regions = REGIONS
        self._keys = 0

    def prepare(self) -> None:
        """The founding and all that trading needs; sent at every opening, under the same keys."""
        self.found(factors=("compute",))
        for firm in range(FIRMS):
            self.party(f"buyer-{firm}", money=100_000)
            self.party(f"seller-{firm}")
            self.right(f"R-{firm}", f"seller-{firm}", 10_000, REGIONS[firm % 2], instrument="gpu")
        self.market()


def command(number: int) -> Command:
    """The command of this number: orders, deposits, cancellations, closings, and nonsense."""
    key, firm, region = f"load-{number}", number // CLIENTS % FIRMS, REGIONS[number % 2]
    if number % CLOSE_EVERY == CLOSE_EVERY - 1:
        return CloseBook(actor=EXCHANGE, key=key, market="m")
    match number % 9:
        case 0:
            return RecordDeposit(
                actor=EXCHANGE, key=key, party=f"buyer-{firm}", currency="CNY", amount_minor=number
            )
        case 1 | 2 | 3:
            return orders(key, f"buyer-{firm}", 1, 90 + number * 7 % 31, 1 + number % 5, region)
        case 4 | 5 | 6:
            own = REGIONS[firm % 2]
            return orders(key, f"seller-{firm}", -1, 90 + number * 5 % 31, 1 + number % 4, own)
        case 7:  # too expensive for anybody: refused, and an entry
            return orders(key, f"buyer-{firm}", 1, 10_000_000, 1000, region)
        case _:
            earlier = f"load-{max(0, number - 5)}"
            return CancelOrders(actor=f"buyer-{firm}", key=key, market="m", batch=f"b-{earlier}")


def orders(key: str, party: str, side: int, price: int, quantity: int, region: str) -> Command:
    """A batch of one order."""
    return SubmitOrders(
        actor=party,
        key=key,
        market="m",
        batch=f"b-{key}",
        orders=row(party, side, price, quantity, region, "gpu"),
    )


def client(venue: Venue, first: int) -> None:
    """Send for ever, in bursts, and tell each receipt as soon as it is there."""
    number = first
    while True:
        numbers = [number + CLIENTS * step for step in range(1 + number % BURST_MAX)]
        try:
            receipts = venue.submit_many([command(n) for n in numbers])
        except Refusal as refusal:  # in hand at kill after kill, as if it were to blame
            if refusal.code != "engine.quarantined":
                raise
            numbers = [number]
            receipts = []
        told = zip(numbers, receipts, strict=False)
        tell("".join(line(n, receipt) for n, receipt in told))
        number = numbers[-1] + CLIENTS


def line(number: int, receipt: Receipt) -> str:
    return f"{number} {receipt.sequence} {receipt.hash.hex()} {receipt.outcome}\n"


def tell(text: str) -> None:
    """In one piece: what is written is out, whatever happens to this process."""
    os.write(1, text.encode())


def fail(what: threading.ExceptHookArgs) -> None:
    """A client that fails ends the process: only a kill may."""
    sys.__excepthook__(what.exc_type, what.exc_value or what.exc_type(), what.exc_traceback)
    os._exit(3)


def run(path: str, firsts: list[int]) -> None:
    """Open, prepare, and let the clients go, for ever."""
    threading.excepthook = fail
    compiled.configure(enabled=False, cache_root=None)  # small books; compiling takes longer
    tell("opening\n")
    load = Load(open_sqlite(path))
    load.prepare()
    tell("ready\n")
    for first in firsts:
        threading.Thread(target=client, args=(load.venue, first), daemon=True).start()
    while True:
        time.sleep(1)


def main() -> None:
    """For each line on the input a process of its own, forked so that none has to import again."""
    for asked in sys.stdin:
        path, *firsts = asked.rstrip("\n").split("\t")
        child = os.fork()
        if child == 0:
            try:
                run(path, [int(first) for first in firsts])
            finally:
                os._exit(4)
        tell(f"process {child}\n")
        _, status = os.waitpid(child, 0)
        tell(f"ended {os.waitstatus_to_exitcode(status)}\n")


if __name__ == "__main__":
    main()

"""The simulated world: one process, one seed, no threads, no time but ticks, no files.

Each kind of chance has a generator of its own, so that switching one fault off leaves the others
as they were: that is what makes shrinking possible.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from unittest.mock import patch

from tests.simulator.disk import Disk, Frame, PowerCutError, SimulatedStore, after_a_power_cut
from tests.simulator.judge import WINDOW, BrokenPromiseError, Judge, demand
from tests.simulator.network import Answer, Client, Network
from tests.simulator.shelf import SimulatedShelf, as_a_reader_sees
from tests.simulator.workload import OFFICE, OPERATOR, TRADER, Pen, founding
from tests.stories import MORNING
from yaosu.engine.clock import Clock, StepClock
from yaosu.engine.receipt import Receipt
from yaosu.engine.snapshot import Follower, Shelf, start_from
from yaosu.engine.writer import Writer
from yaosu.journal.chain import HEADER_BYTES
from yaosu.journal.store import Store
from yaosu.journal.verify import verify
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command
from yaosu.settlement.events import ContractMade

# fault: share of ticks in which it comes; the last three are the network's and a message's own
FAULTS = {
    "cut": 0.05,  # the power fails, at once or between two of the next writes
    "kill": 0.03,  # the process ends; what it wrote is still there
    "full": 0.02,  # the disk is full in the middle of a write
    "sync": 0.02,  # the sync fails
    "slow": 0.05,  # the sync takes longer than clients are patient
    "flip": 0.02,  # a bit of a stored row flips
    "clock": 0.08,  # the clock jumps, ahead or back
    "bend": 0.04,  # a bit of the newest snapshot flips
    "lose": 0.0,
    "double": 0.0,
    "delay": 0.0,
}
TICK = DAY // 12
JUMPS = (-DAY, -TICK, TICK, DAY // 2, DAY + 1)
QUIET_TICKS_MAX = 400
FLIPPED_TICKS = 8  # until somebody verifies and mends
STATE_HASH_EVERY = 12  # in place of 1,024: the simulated journals are short
INDEX_EVERY = 3  # keys, in place of 10,000
FOLLOWS = 0.15  # share of ticks in which a follower looks for something to keep
Tell = Callable[[int, Answer], None]


def serve(writer: Writer, commands: Sequence[Command], tell: Tell) -> None:
    """What a server does: write a batch, then answer each command by its number in the batch."""
    for number, answer in enumerate(writer.write(commands)):
        tell(number, answer)


def open_writer(
    store: Store, clock: Clock, shelf: Shelf, kind: Callable[..., Writer] = Writer
) -> Writer:
    """What a server does when it starts: from a snapshot that fits, with a short window."""
    return kind(store, clock, window=WINDOW, shelf=shelf)


@dataclass(frozen=True)
class Parts:
    """What is tested; a planted bug is another part."""

    store: Callable[[Disk], Store] = SimulatedStore
    writer: Callable[[Store, Clock, Shelf], Writer] = open_writer
    serve: Callable[[Writer, Sequence[Command], Tell], None] = serve


class World:
    """A venue, its machine, its clients, and what goes wrong.

    Attributes:
        now: ticks since the beginning.
        step: steps since the beginning; slow disks make it fewer than ticks.
        seen: how often each fault, event and refusal came: what is never seen is never tested.
    """

    def __init__(
        self, seed: int, faults: Sequence[str] = tuple(FAULTS), parts: Parts | None = None
    ):
        def chance(name: str) -> random.Random:
            return random.Random(f"{seed}/{name}")

        self._parts = parts or Parts()
        self.seen: Counter[str] = Counter()
        self._faults = set(faults)
        self._chances = {name: chance(name) for name in (*FAULTS, "server", "follower")}
        self.clients = {
            client.name: client
            for client in (
                Client(Pen("eager", chance("eager")), TRADER, window=3, eagerness=0.35),
                Client(Pen("steady", chance("steady")), TRADER, window=1, eagerness=0.5),
                Client(Pen("operator", chance("operator")), OPERATOR, window=1, eagerness=0.45),
                Client(Pen("office", chance("office")), OFFICE, window=1, eagerness=0.3),
            )
        }
        waiters = {name for name, client in self.clients.items() if client.window == 1}
        self.judge = Judge(founding(), waiters, self.seen)
        self._network = Network(self._chances, self._faults, self.seen)
        self._disk = Disk(chance("disk"), [])
        SimulatedStore(self._disk).append(founding())
        self._shelf = SimulatedShelf()
        self._mended: dict[int, Frame] = {}
        self._flipped_at = self._flipped_entry = 0
        self._clock = StepClock(MORNING)
        self._inbox: list[tuple[str, Command]] = []
        self._store: Store | None = None
        self._writer: Writer | None = None
        self._down_until = 0
        self.now = self.step = 0

    def run(self, steps: int) -> None:
        """So many steps, then quiet until everybody has an answer, then the proof."""
        with ExitStack() as patched:
            for what, instead in (
                ("writer.STATE_HASH_EVERY", STATE_HASH_EVERY),
                ("answers.INDEX_EVERY", INDEX_EVERY),
                ("snapshot.shelf_beside", lambda _: self._shelf),
            ):
                patched.enter_context(patch(f"yaosu.engine.{what}", instead))
            while self.step < steps:
                self._step(may_begin=True)
            self._calm()
            while any(client.waiting for client in self.clients.values()):
                demand(self.step < steps + QUIET_TICKS_MAX, "somebody never gets an answer")
                self._step(may_begin=False)
            self._start()
            self._stop(gently=True)
            self._look()
            self.judge.close(self._as_found())

    def _step(self, *, may_begin: bool) -> None:
        self.step += 1
        self.now += 1
        self._clock.instant += TICK
        self._go_wrong()
        for client in self.clients.values():
            for command in client.act(self.now, may_begin=may_begin):
                self._network.send(self.now, "server", (client.name, command))
        for address, what in self._network.arrive(self.now):
            if address != "server":
                self._hear(address, *what)
            elif self._writer is not None:
                self._inbox.append(what)
        self._serve()
        self._follow()
        self.now += self._disk.waited
        self._disk.waited = 0
        self._look()

    def _hear(self, address: str, key: str, answer: Answer) -> None:
        self.clients[address].hear(key, answer)
        for event in answer.events if isinstance(answer, Receipt) else ():
            if isinstance(event, ContractMade) and event.gates:
                self.clients["office"].pen.contracts.append(event.contract)

    def _go_wrong(self) -> None:
        for fault, share in FAULTS.items():
            chance = self._chances[fault]
            if chance.random() < share:
                number = chance.randrange(1 << 30)  # drawn whether or not the fault is on
                if fault in self._faults:
                    self._apply(fault, number)
        if self._mended and self.now - self._flipped_at >= FLIPPED_TICKS:
            self._mend()

    def _apply(self, fault: str, number: int) -> None:
        disk = self._disk
        self.seen[fault] += 1
        match fault:
            case "cut" if number % 3 == 0:
                self._lose_power()
            case "cut":
                disk.fuse = number // 3 % 12
            case "kill":
                self._stop(gently=number % 3 == 0)
            case "full":
                disk.is_full = True
            case "sync":
                disk.sync_fails = True
            case "slow":
                disk.is_slow = True
            case "flip" if not self._mended:
                self._flip(number)
            case "bend":
                self.seen["snapshot bent"] += self._shelf.bend(number)
            case "clock":
                self._clock.instant += JUMPS[number % len(JUMPS)]

    def _flip(self, number: int) -> None:
        """A bit of a durable row flips; the journal's own proof must find and name it."""
        frames = self._disk.frames[: self._disk.synced]
        rows = [place for place, frame in enumerate(frames) if frame.kind == "row"]
        del rows[self.judge.size :]  # what lies behind belongs to no whole batch
        place = rows[-1 - number % min(16, len(rows))]
        length = self._disk.frames[place].length
        if number // 64 % 2:  # as often in the header as in what is longer
            length = min(length, HEADER_BYTES)
        bit = number // 128 % (8 * length)
        self._mended = {place: self._disk.flip(place, bit)}
        self._flipped_at, self._flipped_entry = self.now, rows.index(place)
        try:
            verify(after_a_power_cut(self._disk, {}))
        except Refusal as refusal:
            demand(refusal.code == "journal.damaged", f"a flipped bit was called {refusal}")
            found, flipped = refusal.facts.get("entry"), rows.index(place)
            demand(found == flipped, f"bit {bit} of entry {flipped} was found in entry {found}")
        else:
            demand(False, f"bit {bit} of entry {rows.index(place)} flipped and nobody saw it")

    def _mend(self) -> None:
        for place, frame in self._mended.items():
            self._disk.frames[place] = frame
        self._mended = {}

    def _start(self) -> None:
        """Open the journal and recover, as a started process does."""
        if self._writer is not None:
            return
        try:
            store = self._parts.store(self._disk)
            indexed = store.indexed
            writer = self._parts.writer(store, self._clock, self._shelf)
        except PowerCutError:
            self._lose_power()
            return
        except Refusal as refusal:
            self._expect(refusal)
            self._down_until = self.now + 2
            return
        if self._mended:  # what is in a snapshot and in the index need not be looked at
            begun = min(start_from(store, self._shelf)[1], indexed)
            demand(self._flipped_entry < begun, "a damaged journal was opened and read")
        self._store, self._writer = store, writer
        self.seen["started"] += 1
        for notice in writer.notices:
            self.seen[notice.code] += 1
        self.seen["started from a snapshot"] += len(writer.notices) < len(self._shelf.files)

    def _follow(self) -> None:
        """Now and then another process keeps a snapshot of what it sees, synced or not."""
        if self._chances["follower"].random() >= FOLLOWS:
            return
        try:
            Follower(as_a_reader_sees(self._disk)).step()
        except Refusal as refusal:
            is_known = refusal.code == "journal.damaged" and bool(self._mended)
            demand(is_known, f"the follower ended: {refusal}")

    def _serve(self) -> None:
        if self._writer is None:
            if self.now >= self._down_until:
                self._start()
            return
        if not self._inbox:
            return
        count = self._chances["server"].randrange(1, len(self._inbox) + 1)
        batch, self._inbox = self._inbox[:count], self._inbox[count:]

        def tell(number: int, answer: Answer) -> None:
            client, command = batch[number]
            self.judge.hear(command, answer)
            self._network.send(self.now, client, (command.key, answer))

        try:
            self._parts.serve(self._writer, [command for _, command in batch], tell)
        except PowerCutError:
            self._lose_power()
        except Refusal as refusal:
            self._expect(refusal)
            self._end()

    def _expect(self, refusal: Refusal) -> None:
        """A server may end for what its disk did, and for nothing else."""
        self.seen[f"ended by {refusal.code}"] += 1
        if refusal.code == "journal.damaged" and self._mended:
            self._mend()
            return
        known = refusal.code in {"journal.disk_full", "journal.write_failed"}
        demand(known, f"the server ended: {refusal}")

    def _lose_power(self) -> None:
        self._mend()
        self.seen["power lost"] += 1
        self._disk.lose_power()
        self._end()

    def _stop(self, *, gently: bool) -> None:
        """End the process, after a last entry with the state's hash if there is time for it."""
        if gently and self._writer is not None:
            try:
                self._writer.finish()
            except PowerCutError:
                self._lose_power()
                return
            except Refusal as refusal:
                self._expect(refusal)
        self._end()

    def _end(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store = self._writer = None
        self._inbox.clear()
        self._down_until = self.now + self._chances["server"].randrange(1, 5)

    def _calm(self) -> None:
        """Nothing goes wrong any more, and time passes until every gate is due."""
        self._clock.instant += 2 * DAY
        self._faults.clear()
        self._mend()
        disk = self._disk
        disk.fuse, disk.is_full, disk.sync_fails, disk.is_slow = None, False, False, False

    def _as_found(self) -> Store:
        return after_a_power_cut(self._disk, self._mended)

    def _look(self) -> None:
        self.judge.look(self._as_found(), self._writer)


@dataclass(frozen=True)
class Failure:
    """A broken promise: in which step, and which."""

    step: int
    what: str


def simulate(
    seed: int, steps: int, faults: Sequence[str] = tuple(FAULTS), parts: Parts | None = None
) -> Failure | None:
    """One life of a venue; None where every promise was kept."""
    world = World(seed, faults, parts)
    try:
        world.run(steps)
    except BrokenPromiseError as broken:
        return Failure(world.step, str(broken))
    except Exception as error:  # noqa: BLE001  # the product's own checks see it first
        return Failure(world.step, f"{type(error).__name__}: {error}")
    return None

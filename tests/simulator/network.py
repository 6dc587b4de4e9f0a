"""A network that loses, doubles, delays and overtakes, and clients that do not give up."""

import random
from collections import Counter
from dataclasses import dataclass, field

from tests.simulator.workload import Kind, Pen
from yaosu.engine.receipt import Receipt
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command
from yaosu.markets.commands import CloseBook

PATIENCE = 6  # ticks without an answer until a client sends again
Answer = Receipt | Refusal


@dataclass
class Network:
    """Messages on their way: (tick of arrival, number, address, what).

    Attributes:
        faults: which of ``lose``, ``double`` and ``delay`` are on.
        seen: how often each of them came.
    """

    chances: dict[str, random.Random]
    faults: set[str]
    seen: Counter[str]
    under_way: list[tuple[int, int, str, object]] = field(default_factory=list)
    sent: int = 0

    def send(self, now: int, address: str, what: object) -> None:
        """Send one message: it may arrive never, once or twice, and later than the next one."""
        for _ in range(1 + self._happens("double", 0.12)):
            if not self._happens("lose", 0.12):
                late = self.chances["delay"].randrange(1, 9) if self._happens("delay", 0.3) else 0
                self.sent += 1
                self.under_way.append((now + late, self.sent, address, what))

    def arrive(self, now: int) -> list[tuple[str, object]]:
        """What arrives by now, in the order of arrival."""
        arrived = sorted((m for m in self.under_way if m[0] <= now), key=lambda m: m[:2])
        self.under_way = [m for m in self.under_way if m[0] > now]
        return [(address, what) for _, _, address, what in arrived]

    def _happens(self, fault: str, share: float) -> bool:
        happens = self.chances[fault].random() < share and fault in self.faults
        self.seen[fault] += happens
        return happens


@dataclass
class Waiting:
    """A command without an answer, and when it was sent last."""

    command: Command
    sent: int


@dataclass
class Client:
    """Sends commands, each under its own key, again and again until it has an answer.

    Attributes:
        window: how many may be without an answer; 1 waits for each, so its order must be kept.
        waiting, answered: by key.
    """

    pen: Pen
    kinds: tuple[Kind, ...]
    window: int
    eagerness: float
    waiting: dict[str, Waiting] = field(default_factory=dict)
    answered: dict[str, tuple[Command, Answer]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.pen.client

    def act(self, now: int, *, may_begin: bool = True) -> list[Command]:
        """What it sends now: a new command, what has waited too long, or one for no reason."""
        out: list[Command] = []
        if may_begin and len(self.waiting) < self.window:
            if self.pen.chance.random() < self.eagerness:
                command = self.pen.write(self.kinds)
                self.waiting[command.key] = Waiting(command, now)
                out.append(command)
            elif self.answered and self.pen.chance.random() < 0.08:  # it has forgotten
                out.append(self._once_more())
        for waiting in self.waiting.values():
            if now - waiting.sent >= PATIENCE:
                waiting.sent = now
                out.append(waiting.command)
        return out

    def _once_more(self) -> Command:
        """An answered command again, or by mistake another one under its key."""
        command, answer = self.answered[self.pen.chance.choice(sorted(self.answered))]
        if isinstance(answer, Receipt) and self.pen.chance.random() < 0.3:
            return CloseBook(actor=command.actor, key=command.key, market="elsewhere")
        return command

    def hear(self, key: str, answer: Answer) -> None:
        """An answer, the first or one more."""
        waiting = self.waiting.pop(key, None)
        if waiting is not None:
            self.answered[key] = (waiting.command, answer)

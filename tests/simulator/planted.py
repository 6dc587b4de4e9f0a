"""Bugs planted on purpose, each as another part of the server, to show that they are found."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from unittest.mock import patch

from tests.simulator.disk import SimulatedStore
from tests.simulator.world import Parts, Tell, open_writer
from yaosu.core import PackedState, State, unpack_state
from yaosu.engine.answers import Answers
from yaosu.engine.clock import Clock
from yaosu.engine.snapshot import MAGIC, About, Shelf
from yaosu.engine.writer import Writer
from yaosu.journal.chain import Entry
from yaosu.journal.memory import MemoryStore
from yaosu.journal.store import Store
from yaosu.kernel import canonical
from yaosu.kernel.words import Command, Event


class SkipsTheSync(SimulatedStore):
    """Answers for what is only written."""

    def _sync(self) -> None:
        pass


class ForgetsKeys(Writer):
    """Does not know what it has answered before."""

    def _remember(self, entry: Entry, events: Sequence[Event]) -> None:
        super()._remember(entry, events)
        self._answers = Answers(MemoryStore())


class ForgetsKeysWhenRestarted(Writer):
    """Knows what it has answered, until it is started anew."""

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]  # handed on as they came
        self._answers = Answers(MemoryStore())
        self._answers.size = self._sequence


class LosesTheIndex(SimulatedStore):
    """Takes keys into its index and never finds one there."""

    def find(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        return {}


class IndexesAsItAnswers(Answers):
    """Forgets a key in memory one batch before it is in the index."""

    def tidy(self) -> None:
        super().tidy()
        for key in list(self._recent)[: -self._window]:
            del self._recent[key]


class NarrowWriter(Writer):
    """Keeps its answers in those."""

    def __init__(self, *arguments: object, **named: object) -> None:
        with patch("yaosu.engine.writer.Answers", IndexesAsItAnswers):
            super().__init__(*arguments, **named)  # type: ignore[arg-type]  # as they came


class ForgetsWhereItBegan(Writer):
    """Starts from a snapshot and leaves out the first entries behind it."""

    def _recover(self, first: int) -> None:
        super()._recover(min(first + 2, self._store.size) if first else first)


def trust_snapshots(store: Store, clock: Clock, shelf: Shelf) -> Writer:
    """Starts from a snapshot without holding it against itself or the journal."""

    def load(path: Path, store: Store) -> tuple[About, State]:
        data = path.read_bytes()
        at = len(MAGIC) + 36
        length = int.from_bytes(data[at - 4 : at], "little")
        state, _ = unpack_state(canonical.decode(data[at + length :], PackedState))
        return canonical.decode(data[at : at + length], About), state

    with patch("yaosu.engine.snapshot.load", load):
        return open_writer(store, clock, shelf)


class Held:
    """A store that puts a batch aside in place of writing it."""

    def __init__(self, store: SimulatedStore) -> None:
        self.store = store
        self.entries: list[Entry] = []

    def append(self, entries: Sequence[Entry]) -> None:
        self.entries += entries

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)


def acknowledge_early(writer: Writer, commands: Sequence[Command], tell: Tell) -> None:
    """Decides, answers, and only then writes."""
    store = writer._store
    held = Held(store)  # type: ignore[arg-type]  # always a simulated one here
    writer._store = held  # type: ignore[assignment]  # stands in for the store
    try:
        answers = writer.write(commands)
    finally:
        writer._store = store
    for number, answer in enumerate(answers):
        tell(number, answer)
    store.append(held.entries)


def serve_in_any_order(writer: Writer, commands: Sequence[Command], tell: Tell) -> None:
    """Writes a batch backwards and answers forwards: each gets another's answer."""
    for number, answer in enumerate(writer.write(commands[::-1])):
        tell(number, answer)


PLANTED = {
    "skip the sync": Parts(store=SkipsTheSync),
    "acknowledge early": Parts(serve=acknowledge_early),
    "forget the keys": Parts(writer=partial(open_writer, kind=ForgetsKeys)),
    "forget the keys when restarted": Parts(
        writer=partial(open_writer, kind=ForgetsKeysWhenRestarted)
    ),
    "lose the index": Parts(store=LosesTheIndex),
    "leave the memory before the index": Parts(writer=partial(open_writer, kind=NarrowWriter)),
    "leave out entries behind a snapshot": Parts(
        writer=partial(open_writer, kind=ForgetsWhereItBegan)
    ),
    "trust the snapshots": Parts(writer=trust_snapshots),
    "mix the answers up": Parts(serve=serve_in_any_order),
}

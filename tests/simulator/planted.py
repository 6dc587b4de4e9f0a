"""Bugs planted on purpose, each as another part of the server, to show that they are found."""

from collections.abc import Sequence

from tests.simulator.disk import SimulatedStore
from tests.simulator.world import Parts, Tell
from yaosu.engine.answers import Answers
from yaosu.engine.writer import Writer
from yaosu.journal.chain import Entry
from yaosu.journal.memory import MemoryStore
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

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]  # handed on as they came
        self._answers = Answers(MemoryStore())
        self._answers.size = self._sequence


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
    "forget the keys": Parts(writer=ForgetsKeys),
    "forget the keys when restarted": Parts(writer=ForgetsKeysWhenRestarted),
    "mix the answers up": Parts(serve=serve_in_any_order),
}

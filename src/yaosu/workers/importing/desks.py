"""The two desks a move goes to: a venue that writes, and a rehearsal that does not."""

from collections.abc import Mapping, Sequence

from yaosu.door import Venue
from yaosu.engine.receipt import Receipt
from yaosu.engine.rehearsal import Rehearsal
from yaosu.engine.sealed import Submission
from yaosu.journal.chain import ACCEPTED
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command
from yaosu.rights.state import RightsState
from yaosu.workers.importing.register_file import PartyLine, party_lines
from yaosu.workers.importing.run import Answer

Asked = tuple[Command, Mapping[str, str]]


class VenueDesk:
    """Asks the writer."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    @property
    def has_keys(self) -> bool:
        """Whether the venue keeps keys, so that things can travel sealed."""
        return self._venue.has_keys

    def entry_of(self, actor: str, key: str) -> int | None:
        """The entry that a command was answered with before."""
        return self._venue.entry_of(actor, key)

    def was_accepted(self, entry: int) -> bool:
        """Whether an entry was accepted."""
        with self._venue.reading():
            found = next(iter(self._venue.store.read(entry, entry)))
        return found.header.outcome == ACCEPTED

    def ask(self, asked: Sequence[Asked]) -> list[Answer]:
        """Ask in order; what is entered is durable when it comes back."""
        sent: list[Submission] = []
        refused: dict[int, Refusal] = {}
        for place, (command, sealed) in enumerate(asked):
            try:
                sent.append(self._venue.seal(command, sealed) if sealed else command)
            except Refusal as refusal:
                refused[place] = refusal
        answers = iter(self._venue.submit_each(sent))
        return [
            (-1, refused[place]) if place in refused else _answer(next(answers))
            for place in range(len(asked))
        ]

    def parties(self) -> tuple[PartyLine, ...]:
        """The parties that are registered."""
        with self._venue.reading() as state:
            return party_lines(state.parties)

    def kinds_of(self, factor: str) -> Mapping[str, str]:
        """The attributes of a factor's profile and their kinds."""
        with self._venue.reading() as state:
            return _kinds(state.rights, factor)


class RehearsalDesk:
    """Asks a copy of the state; nothing is written, nothing is sealed."""

    def __init__(self, rehearsal: Rehearsal, *, has_keys: bool) -> None:
        self._rehearsal = rehearsal
        self.has_keys = has_keys

    def entry_of(self, actor: str, key: str) -> int | None:
        """The entry that a command was answered with before."""
        return self._rehearsal.entry_of(actor, key)

    def was_accepted(self, entry: int) -> bool:
        """Whether an entry was accepted."""
        return self._rehearsal.was_accepted(entry)

    def ask(self, asked: Sequence[Asked]) -> list[Answer]:
        """Try in order, each on the state that those before left."""
        return [
            (-1, Refusal("engine.no_keys"))
            if sealed and not self.has_keys
            else (-1, self._rehearsal.ask(command))
            for command, sealed in asked
        ]

    def parties(self) -> tuple[PartyLine, ...]:
        """The parties that are registered."""
        return party_lines(self._rehearsal.state.parties)

    def kinds_of(self, factor: str) -> Mapping[str, str]:
        """The attributes of a factor's profile and their kinds."""
        return _kinds(self._rehearsal.state.rights, factor)


def _answer(answer: Receipt | Refusal) -> Answer:
    if isinstance(answer, Refusal):
        return -1, answer
    return answer.sequence, answer.refusal


def _kinds(register: RightsState, factor: str) -> Mapping[str, str]:
    profiles = register.profiles.get(factor, [])
    return profiles[-1].attributes if profiles else {}

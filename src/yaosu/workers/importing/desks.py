"""The two desks a move goes to: a venue that writes, and a rehearsal that does not."""

from collections.abc import Mapping, Sequence

from yaosu.door import Venue
from yaosu.engine.copies import sequence_at
from yaosu.engine.receipt import Receipt
from yaosu.engine.recovery import events_of
from yaosu.engine.rehearsal import Rehearsal
from yaosu.engine.sealed import Submission
from yaosu.journal.chain import ACCEPTED
from yaosu.kernel.refusal import Refusal
from yaosu.rights.commands import RegisterMany, RegisterRight
from yaosu.rights.events import RegistrationsRefused, RightRegistered
from yaosu.rights.registering_many import entry_of
from yaosu.rights.state import RightsState
from yaosu.workers.importing.asks import batch_key
from yaosu.workers.importing.register_file import PartyLine, party_lines
from yaosu.workers.importing.run import Answer, Asked


class VenueDesk:
    """Asks the writer."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._batches: dict[int, list[tuple[int, frozenset[str]]]] = {}  # by instant

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

    def registered_in(self, row: RegisterRight) -> int | None:
        """The entry of the batch with which a row was registered, by its key and right."""
        with self._venue.reading() as state:
            entry = state.rights.entries.get(entry_of(row.actor, row.key, row.right))
            if entry is None:
                return None
            if entry.at not in self._batches:
                self._batches[entry.at] = self._batches_at(entry.at)
        return next(at for at, rights in self._batches[entry.at] if row.right in rights)

    def register(self, rows: Sequence[RegisterRight]) -> list[Answer]:
        """Register rows with one command; where that is refused whole, one by one."""
        attempt = 1
        while self.entry_of(rows[0].actor, batch_key(rows, attempt)) is not None:
            attempt += 1  # all of these rows were refused before
        many = RegisterMany(actor=rows[0].actor, key=batch_key(rows, attempt), rows=tuple(rows))
        answer = self._venue.submit_each([many])[0]
        if isinstance(answer, Refusal) or answer.refusal is not None:
            return self.ask([(row, {}) for row in rows])
        refused = {
            one.row: Refusal(one.code, **one.facts)
            for event in answer.events
            if isinstance(event, RegistrationsRefused)
            for one in event.rows
        }
        return [(answer.sequence, refused.get(place)) for place in range(len(rows))]

    def _batches_at(self, instant: int) -> list[tuple[int, frozenset[str]]]:
        """The entries of an instant, and the rights each registered."""
        store, found = self._venue.store, []
        sequence = sequence_at(store, instant)
        while sequence >= 0:
            entry = next(iter(store.read(sequence, sequence)))
            if entry.header.instant < instant:
                break
            events = [one for one in events_of(entry) if isinstance(one, RightRegistered)]
            found.append((sequence, frozenset(event.right.id for event in events)))
            sequence -= 1
        return found

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

    def registered_in(self, row: RegisterRight) -> int | None:
        """-1 where a row was registered with a batch, or in this rehearsal."""
        entries = self._rehearsal.state.rights.entries
        return -1 if entry_of(row.actor, row.key, row.right) in entries else None

    def register(self, rows: Sequence[RegisterRight]) -> list[Answer]:
        """Try rows one by one, which comes to the same."""
        return self.ask([(row, {}) for row in rows])

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

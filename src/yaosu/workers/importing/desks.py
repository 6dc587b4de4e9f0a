"""The two desks a move goes to: a venue that writes, and a rehearsal that does not."""

from collections.abc import Mapping, Sequence
from typing import Any

from yaosu.core import State
from yaosu.door import Venue
from yaosu.engine.copies import sequence_at
from yaosu.engine.receipt import Receipt
from yaosu.engine.recovery import command_of, events_of
from yaosu.engine.rehearsal import Rehearsal
from yaosu.engine.sealed import Submission
from yaosu.journal.chain import ACCEPTED
from yaosu.journal.store import Store
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command, Event
from yaosu.parties.commands import RegisterParties, RegisterParty
from yaosu.parties.events import PartiesRefused
from yaosu.parties.values import RefusedRow
from yaosu.rights.commands import PledgeRight, RegisterMany, RegisterRight, TakeOverPledges
from yaosu.rights.events import RegistrationsRefused
from yaosu.rights.registering_many import entry_of
from yaosu.rights.state import RightsState
from yaosu.workers.importing.asks import batch_key
from yaosu.workers.importing.register_file import PartyLine, party_lines
from yaosu.workers.importing.run import Answer, Asked

BATCHES = (RegisterMany, RegisterParties, TakeOverPledges)
MANY: dict[type[Command], Any] = {
    RegisterRight: RegisterMany,
    RegisterParty: RegisterParties,
    PledgeRight: TakeOverPledges,
}


class VenueDesk:
    """Asks the writer.

    Args:
        registrar: who takes pledges over, each of them; empty where one may go in as what its
            holder asks, which nobody but the holder and who has the journal in hand may say.
    """

    def __init__(self, venue: Venue, registrar: str = "") -> None:
        self._venue = venue
        self._registrar = registrar
        self._batches = _Batches(venue.store)

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
        if self._registrar and isinstance(asked[0][0], PledgeRight):
            return [self._many([pledge], self._registrar)[0] for pledge, _ in asked]
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

    def entered_in(self, row: Command) -> int | None:
        """The entry of the batch with which a row was entered, by its key and what it names."""
        with self._venue.reading() as state:
            instant = _entered_at(state, row)
        return None if instant is None else self._batches.find(instant, row)

    def together(self, rows: Sequence[Command], actor: str) -> list[Answer]:
        """Enter rows with one command; where that is refused whole, one by one."""
        answers = self._many(rows, actor)
        is_whole = all(sequence < 0 for sequence, _ in answers)
        return self.ask([(row, {}) for row in rows]) if is_whole else answers

    def _many(self, rows: Sequence[Command], actor: str) -> list[Answer]:
        """What came of rows that one command enters; -1 for each where it was refused whole."""
        attempt = 1
        while self.entry_of(actor, batch_key(rows, attempt)) is not None:
            attempt += 1  # all of these rows were refused before
        many = MANY[type(rows[0])](actor=actor, key=batch_key(rows, attempt), rows=tuple(rows))
        answer = self._venue.submit_each([many])[0]
        if isinstance(answer, Refusal) or answer.refusal is not None:
            return [(-1, answer if isinstance(answer, Refusal) else answer.refusal)] * len(rows)
        refused = {one.row: Refusal(one.code, **one.facts) for one in _refused(answer.events)}
        return [(answer.sequence, refused.get(place)) for place in range(len(rows))]

    def parties(self) -> tuple[PartyLine, ...]:
        """The parties that are registered."""
        with self._venue.reading() as state:
            return party_lines(state.parties)

    def kinds_of(self, factor: str) -> Mapping[str, str]:
        """The attributes of a factor's profile and their kinds."""
        with self._venue.reading() as state:
            return _kinds(state.rights, factor)


class RehearsalDesk:
    """Asks a copy of the state; nothing is written, nothing is sealed. See :class:`VenueDesk`."""

    def __init__(self, rehearsal: Rehearsal, *, has_keys: bool, registrar: str = "") -> None:
        self._rehearsal = rehearsal
        self._registrar = registrar
        self._batches = _Batches(rehearsal.store)
        self._tried: dict[tuple[str, str], bool] = {}  # rows that would have been entered
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
            else (-1, self._refusal(command))
            for command, sealed in asked
        ]

    def _refusal(self, command: Command) -> Refusal | None:
        if not self._registrar or not isinstance(command, PledgeRight):
            return self._rehearsal.ask(command)
        key = batch_key([command], 1)
        outcome = self._rehearsal.outcome(
            TakeOverPledges(actor=self._registrar, key=key, rows=(command,))
        )
        of_row = [Refusal(one.code, **one.facts) for one in _refused(outcome.events)]
        return outcome.refusal or next(iter(of_row), None)

    def entered_in(self, row: Command) -> int | None:
        """-1 where a row was entered with a batch, or in this rehearsal."""
        if (row.actor, row.key) in self._tried:
            return -1
        instant = _entered_at(self._rehearsal.state, row)
        is_there = instant is not None and self._batches.find(instant, row) is not None
        return -1 if is_there else None

    def together(self, rows: Sequence[Command], actor: str) -> list[Answer]:
        """Try rows one by one, which comes to the same."""
        answers = self.ask([(row, {}) for row in rows])
        for row, (_, refusal) in zip(rows, answers, strict=True):
            if refusal is None:
                self._tried[row.actor, row.key] = True
        return answers

    def parties(self) -> tuple[PartyLine, ...]:
        """The parties that are registered."""
        return party_lines(self._rehearsal.state.parties)

    def kinds_of(self, factor: str) -> Mapping[str, str]:
        """The attributes of a factor's profile and their kinds."""
        return _kinds(self._rehearsal.state.rights, factor)


class _Batches:
    """Which rows the batches of a journal entered, looked up by the instant."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[int, list[tuple[int, frozenset[tuple[str, str]]]]] = {}

    def find(self, instant: int, row: Command) -> int | None:
        """The entry of the batch of an instant that a row was entered with."""
        if instant not in self._known:
            self._known[instant] = self._at(instant)
        wanted = (row.actor, row.key)
        return next((at for at, keys in self._known[instant] if wanted in keys), None)

    def _at(self, instant: int) -> list[tuple[int, frozenset[tuple[str, str]]]]:
        """The batches of an instant, and actor and key of each row that was entered with it."""
        store, found = self._store, []
        sequence = sequence_at(store, instant)
        while sequence >= 0:
            entry = next(iter(store.read(sequence, sequence)))
            if entry.header.instant < instant:
                break
            many = command_of(entry)
            if isinstance(many, BATCHES) and entry.header.outcome == ACCEPTED:
                refused = {one.row for one in _refused(events_of(entry))}
                rows = [row for n, row in enumerate(many.rows) if n not in refused]
                is_own = isinstance(many, TakeOverPledges)  # of the holders, each
                keys = frozenset((row.actor if is_own else many.actor, row.key) for row in rows)
                found.append((sequence, keys))
            sequence -= 1
        return found


def _entered_at(state: State, row: Command) -> int | None:
    """The instant at which what a row names was entered; None where it is not."""
    match row:
        case RegisterRight():
            entry = state.rights.entries.get(entry_of(row.actor, row.key, row.right))
            return None if entry is None else entry.at
        case RegisterParty():
            party = state.parties.parties.get(row.party)
            return None if party is None else party.since
        case PledgeRight():
            entry = state.rights.entries.get(row.entry)
            return None if entry is None else entry.at
    return None


def _refused(events: Sequence[Event]) -> list[RefusedRow]:
    """The rows of a batch that were refused."""
    kinds = (RegistrationsRefused, PartiesRefused)
    return [one for event in events if isinstance(event, kinds) for one in event.rows]


def _answer(answer: Receipt | Refusal) -> Answer:
    if isinstance(answer, Refusal):
        return -1, answer
    return answer.sequence, answer.refusal


def _kinds(register: RightsState, factor: str) -> Mapping[str, str]:
    profiles = register.profiles.get(factor, [])
    return profiles[-1].attributes if profiles else {}

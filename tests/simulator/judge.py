"""What must hold after every step, whatever happened: the judge looks at the disk, not at words.

The judge reads the journal as it would be found if the power failed at this moment, and follows it
with a twin: a writer that is given the same commands at the same instants and never crashes.
"""

from collections import Counter

from tests.core.walked_dues import walked
from yaosu.core import ENGINE, RecordStateHash, Refused, State, due_next, state_hash
from yaosu.engine import proof
from yaosu.engine.clock import StepClock
from yaosu.engine.receipt import Receipt
from yaosu.engine.recovery import command_of, events_of
from yaosu.engine.writer import Writer
from yaosu.journal.chain import ACCEPTED, Entry
from yaosu.journal.memory import MemoryStore
from yaosu.journal.store import Store
from yaosu.journal.verify import verify
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command, tag_of
from yaosu.ledger.book import REGISTER
from yaosu.ledger.events import Account
from yaosu.ledger.state import ISSUED
from yaosu.rights.views import lots_by_holder
from yaosu.settlement.commands import RecordDeposit, RecordWithdrawal

Asked = tuple[str, str]  # actor, key
WINDOW = 6  # entries, in place of 100,000: the simulated journals are short


class BrokenPromiseError(Exception):
    """One of the invariants does not hold."""


def demand(holds: bool, what: str) -> None:
    """Say what is broken unless it holds."""
    if not holds:
        raise BrokenPromiseError(what)


class Judge:
    """Remembers every durable entry and every answer, and compares.

    Attributes:
        waiters: names of the clients that wait for each answer before they ask again.
        seen: how often each event, each refusal and each kind of answer came.
    """

    def __init__(self, founding: tuple[Entry, ...], waiters: set[str], seen: Counter[str]) -> None:
        self._seen = seen
        self._waiters = waiters
        self._entries: list[Entry] = []
        self._places: dict[Asked, int] = {}
        self._newest: dict[str, int] = {}
        self._money = 0
        self._before = 0  # entries that were durable before this step
        self._given: dict[Asked, Receipt] = {}
        self._said: list[tuple[Command, Receipt | Refusal]] = []
        self._met: Writer | None = None
        self._clock = StepClock(0)
        self._shelf = MemoryStore()
        self._shelf.append(founding)
        self._twin = Writer(self._shelf, self._clock)
        for entry in founding:
            self._note(entry, command_of(entry))

    def hear(self, command: Command, answer: Receipt | Refusal) -> None:
        """An answer leaves the server; judged at the end of the step."""
        self._said.append((command, answer))
        if isinstance(answer, Refusal):
            self._seen[answer.code] += 1
            return
        self._seen["answered again"] += answer.repeated

    def look(self, found: Store, writer: Writer | None) -> None:
        """After a step: the journal as a power cut would leave it, and the writer if one runs."""
        known = self._before = len(self._entries)
        demand(found.size >= known, f"{known} entries were durable, {found.size} are")
        held = next(found.hashes(known - 1, known - 1))
        demand(held == self._entries[-1].hash, "a durable entry was replaced")
        if found.size > known:
            self._follow(list(found.read(known)))
            verify(found)
            self._weigh()
        for command, answer in self._said:
            self._judge_answer(command, answer)
        self._said.clear()
        if writer is not None:
            demand(writer.size == found.size, f"{writer.size} served, {found.size} durable")
            same = same_state(writer.state, self._twin.state)
            demand(same, "the state is not that of the twin that never crashed")
            same = due_next(writer.state) == walked(writer.state)
            demand(same, "what is due next is not what walking all there is finds")
            if self._met is not writer:  # it has just recovered: by its hash as well
                same = state_hash(writer.state) == state_hash(self._twin.state)
                demand(same, "the state's hash is not that of the twin that never crashed")
                self._met = writer

    def close(self, found: Store) -> None:
        """At the end: everything once more, from the bytes."""
        same = proof.verify(found).state_hash == state_hash(self._twin.state)
        demand(same, "the journal does not add up to the twin's state")

    @property
    def root(self) -> bytes:
        """The Merkle root over the entries of the twin, which are the same."""
        return self._shelf.root()

    @property
    def size(self) -> int:
        """How many entries are durable."""
        return len(self._entries)

    def _follow(self, entries: list[Entry]) -> None:
        """Take in new durable entries, and let the twin decide them too."""
        for entry in entries:
            command = command_of(entry)
            self._note(entry, command)
            for event in events_of(entry):
                self._seen[event.code if isinstance(event, Refused) else tag_of(event)] += 1
            if command.actor != ENGINE:
                self._clock.instant = entry.header.instant
                self._twin.write([command])
            elif isinstance(command, RecordStateHash) and self._twin.size == entry.header.sequence:
                self._twin.finish()
        made = list(self._shelf.rows(entries[0].header.sequence, self._shelf.size))
        kept = [(e.header.sequence, e.packed, e.command, e.events, e.sealed) for e in entries]
        demand(made == kept, "the twin that never crashed made other entries")

    def _note(self, entry: Entry, command: Command) -> None:
        sequence, asked = entry.header.sequence, (command.actor, command.key)
        if command.actor != ENGINE:
            first = self._places.get(asked)
            demand(first is None, f"{asked} happened twice: entries {first} and {sequence}")
        self._places[asked] = sequence
        self._entries.append(entry)
        client, _, number = command.key.rpartition("-")
        if client in self._waiters:
            earlier = self._newest.get(client, 0)
            demand(int(number) > earlier, f"{command.key} came after {client}-{earlier}")
            self._newest[client] = int(number)
        if entry.header.outcome == ACCEPTED:
            if isinstance(command, RecordDeposit):
                self._money += command.amount_minor
            elif isinstance(command, RecordWithdrawal):
                self._money -= command.amount_minor

    def _weigh(self) -> None:
        """Nothing comes from nothing: money as paid in, lots as registered, none below zero."""
        state = self._twin.state
        state.ledger.assert_balanced()
        booked: dict[tuple[str, str], int] = {}
        money = 0
        for (party, asset, purpose), amount in state.ledger.balances.items():
            if purpose == ISSUED:
                continue
            demand(amount >= 0, f"{party} has {amount} {asset} for {purpose}")
            if asset == "CNY":
                money += amount
            elif amount and party != REGISTER:
                booked[party, asset] = booked.get((party, asset), 0) + amount
        demand(money == self._money, f"{money} minor units in the books, {self._money} paid in")
        registered = {key: lots for key, lots in lots_by_holder(state.rights).items() if lots}
        demand(booked == registered, f"books {booked}, register {registered}")

    def _judge_answer(self, command: Command, answer: Receipt | Refusal) -> None:
        asked = (command.actor, command.key)
        place = self._places.get(asked)
        if isinstance(answer, Refusal):
            if answer.code == "engine.key_conflict":
                other = place is not None and self._entries[place].command != _bytes(command)
                demand(other, f"{asked} was refused for a conflict that is none")
            elif answer.code == "engine.too_old":
                is_old = place is not None and place < len(self._entries) - WINDOW
                demand(is_old, f"{asked} was called too old and is not: {answer}")
                demand(answer.facts["sequence"] == place, f"{asked} is entry {place}: {answer}")
            else:
                demand(answer.code == "core.unknown_actor", f"{asked} was answered: {answer}")
                demand(place is None, f"{asked} stands in the journal and was refused: {answer}")
            return
        demand(place is not None, f"{asked} was acknowledged and is not on the disk")
        assert place is not None
        entry = self._entries[place]
        demand(entry.command == _bytes(command), f"{asked} got the answer to another command")
        told = (answer.sequence, answer.hash, answer.instant, answer.outcome)
        kept = (place, entry.hash, entry.header.instant, entry.header.outcome)
        demand(told == kept, f"{asked} was told {told}, the journal says {kept}")
        in_window = not answer.repeated or place >= self._before - WINDOW
        demand(in_window, f"{asked} was answered again, {self._before - place} entries later")
        first = self._given.setdefault(asked, answer)
        if first is not answer:
            demand(answer.repeated, f"{asked} was answered twice as if new")
        events = canonical.encode(list(answer.events))
        demand(events == entry.events, f"{asked} was told other events than happened")


def same_state(one: State, other: State) -> bool:
    """Whether two states are equal table by table; as sharp as their hashes, and quicker."""
    tables = [name for name in State.__struct_fields__ if name not in ("now", "cause", "ledger")]
    return _balances(one) == _balances(other) and all(
        getattr(one, name) == getattr(other, name) for name in tables
    )


def _balances(state: State) -> dict[Account, int]:
    return {account: amount for account, amount in state.ledger.balances.items() if amount}


def _bytes(command: Command) -> bytes:
    return canonical.encode(command)

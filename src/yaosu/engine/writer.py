"""The single writer: one batch of commands in, one durable batch of entries out, then the answers.

For each command in turn: stamp the instant, let what is due happen first, decide, evolve, react;
then the whole batch is appended in one transaction and synced; only then do answers leave. While
one batch is on its way to the disk the next may be decided: :mod:`yaosu.engine.intake`, which feeds
it from many threads, has two threads take turns. Decisions are made by one thread at a time, and so
are batches committed, in the order in which they were decided.
"""

import threading
from collections.abc import Callable, Sequence

from msgspec import Struct

from yaosu import core
from yaosu.core import AdvanceTime, RecordStateHash, StateHashed
from yaosu.engine.answers import WINDOW, Answers, key_of, key_of_entry
from yaosu.engine.clock import Clock, system_clock
from yaosu.engine.party_roots import parties_root
from yaosu.engine.receipt import Receipt
from yaosu.engine.recovery import events_of, fold, read_command
from yaosu.engine.sealed import Submission, check_sealed, parts_of
from yaosu.engine.settled import is_settled
from yaosu.engine.snapshot import Shelf, start_from
from yaosu.engine.suspects import Suspects, mark_beside
from yaosu.journal import chain
from yaosu.journal.chain import Entry
from yaosu.journal.copied import check_may_go_on
from yaosu.journal.store import Store
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless
from yaosu.kernel.words import Command, Event, tag_of
from yaosu.parties.commands import FoundVenue
from yaosu.quarantine import QuarantineCommand

STATE_HASH_EVERY = 1024  # entries between two recorded hashes of the state
STATE_BYTES_PER_ENTRY = 1024  # bytes of state hashed for each entry, at most
RECOVERED_AT_ONCE = 8192  # entries
COMMAND_BYTES_MAX = 256 * 1024 * 1024
WhenDurable = Callable[[Sequence[Receipt | Refusal]], None]  # asked between sync and answer


class Asked(Struct, frozen=True):
    """A command as its canonical bytes say it, these, and its key among the answers.

    Attributes:
        items: the sealed items that travel with it.
    """

    command: Command
    data: bytes
    key: bytes
    items: bytes = b""


class Decided(Struct, frozen=True):
    """A batch that is decided and not durable yet: nobody may be answered.

    Attributes:
        answers: one a command. names: of the commands, by their keys in hex.
    """

    answers: list[Receipt | Refusal]
    entries: list[Entry]
    names: list[str]


class Writer:
    """Owns the state and the end of the journal. One thread; stops for good at the first failure.

    Attributes:
        state: the state after the last durable batch; read it, never change it.
        notices: snapshots that were passed over on opening, and why.
        when_durable: called with the answers of a batch, before they are given.

    Raises:
        Refusal: ``journal.is_a_copy``, ``journal.retired``, ``journal.unfinished_copy`` where
            the journal may not be written; only its promotion (``promoting``) may write a copy.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock = system_clock,
        *,
        window: int = WINDOW,
        shelf: Shelf | None = None,
        promoting: bool = False,
        when_durable: WhenDurable | None = None,
        follows: bool = False,
    ) -> None:
        if not (promoting or follows):
            check_may_go_on(store)
        self._store = store
        self._storing = threading.Lock()  # the store is used by one thread at a time
        self._ahead: dict[int, Entry] = {}  # decided and not durable yet, by number
        self._window = window
        self.when_durable = when_durable
        self._clock = clock
        self._answers = Answers(store, window, follows=follows)
        self._failure: BaseException | None = None
        self._sequence = 0
        self._hash = chain.ZERO
        self._instant = 0
        self._hashed_at = 0  # how many entries there were with the last hash of the state
        self._state_bytes = 0  # as large as the state was then
        self.state, first, self.notices = start_from(store, shelf)
        self._recover(first)
        self._suspects = Suspects(store, None)  # who follows holds nothing in hand
        if not (promoting or follows):
            self._begin_to_write()

    def catch_up(self) -> int:
        """Take in the entries that are in the journal and not yet here; how many they were."""
        before = self._sequence
        self._recover(before)
        return self._sequence - before

    def go_on(self, store: Store, *, follows: bool) -> None:
        """Go on with the same journal, opened anew: to follow it, or now as its one writer."""
        if not follows:
            check_may_go_on(store)
        self._store = self._answers.store = store
        self.catch_up()
        self._answers.go_on(store, follows=follows)
        if not follows:
            self._begin_to_write()

    def _recover(self, first: int) -> None:
        """Fold the entries from ``first`` on; only those not yet indexed give up their keys."""
        size = self._store.size
        begin = min(first, self._answers.size)
        for at in range(begin, size, RECOVERED_AT_ONCE):  # between them the index may be written
            end = min(at + RECOVERED_AT_ONCE, size)
            for entry in self._store.read(max(at, self._answers.size), min(end, first) - 1):
                self._answers.add(key_of_entry(entry))
            for entry, events in fold(self._store, self.state, first=max(at, first), last=end - 1):
                self._remember(entry, events)
                if entry.header.sequence >= self._answers.size:
                    self._answers.add(key_of_entry(entry))
            self._answers.tidy()

    def write(self, commands: Sequence[Submission]) -> list[Receipt | Refusal]:
        """Decide a batch, make it durable, and only then answer.

        Returns:
            One answer a command: a receipt where there is an entry (accepted or refused), or a
            bare refusal where nothing is recorded (malformed, unknown actor, key conflict).

        Raises:
            Refusal: ``engine.stopped`` after a failure; ``journal.*`` where the store failed.
        """
        return self.commit(self.decide(commands))

    def decide(self, commands: Sequence[Submission]) -> Decided:
        """Decide a batch; the state is ahead of the disk until it is committed.

        Raises:
            Refusal: as :meth:`write`.
        """
        self.check_running()
        try:
            return self._decide(commands)
        except BaseException as failure:
            self._failure = failure
            with self._storing:
                if isinstance(failure, Exception):
                    self._suspects.blame()
                else:  # told to stop: no fault of what is in hand
                    self._suspects.let_go()
            raise

    def commit(self, decided: Decided) -> list[Receipt | Refusal]:
        """Make a batch durable; batches are committed in the order in which they were decided.

        Raises:
            Refusal: ``journal.*`` where the store failed; the writer has stopped then.
        """
        self.check_running()
        if not decided.entries:
            return decided.answers
        try:
            with self._storing:
                self._store.append(decided.entries)
                if self.when_durable is not None:
                    self.when_durable(decided.answers)
                if self._suspects.counted:
                    self._suspects.forget(decided.names)
        except BaseException as failure:
            self._failure = failure
            raise
        for entry in decided.entries:
            del self._ahead[entry.header.sequence]
        return decided.answers

    def _begin_to_write(self) -> None:
        """Put on record which commands are not decided again, because they crashed the writer."""
        self._suspects = Suspects(self._store, mark_beside(self._store))
        guilty = self._suspects.guilty() if self._sequence else {}
        batch: list[Entry] = []
        instant = max(self._clock(), self._instant)
        if guilty:
            self._advance(instant, batch)
        for name, suspect in sorted(guilty.items()):
            command = QuarantineCommand(
                actor=core.ENGINE,
                key=f"quarantine-{name}-{self._sequence}",
                asked=name,
                party=suspect.party,
                party_key=suspect.party_key,
                crashes=suspect.crashes,
            )
            self._enter(command, instant, batch)
        if batch:
            self._store.append(batch)
            self._suspects.forget(list(guilty))

    def due_in(self) -> int | None:
        """Microseconds until something is due by time, zero where it is; None where nothing is."""
        due = core.due_next(self.state)
        return None if due is None else max(0, due - max(self._clock(), self._instant))

    def tick(self) -> int:
        """Let what is due by now happen without waiting for a command; how many entries it made.

        Raises:
            Refusal: as :meth:`write`.
        """
        self.check_running()
        batch: list[Entry] = []
        try:
            self._advance(max(self._clock(), self._instant), batch)
            if batch:
                self._store.append(batch)
        except BaseException as failure:
            self._failure = failure
            raise
        return len(batch)

    def finish(self) -> None:
        """Put a hash of the state on record, unless the last entry is one or the writer failed."""
        if self._failure is None and self._hashed_at < self._sequence:
            self.record(self._state_hash_command(), self._instant)

    def record(self, command: Command, instant: int | None = None) -> Receipt:
        """Put a command of the engine's own on record, durably; stamped now or at ``instant``."""
        self.check_running()
        batch: list[Entry] = []
        try:
            at = max(self._clock(), self._instant) if instant is None else instant
            receipt = self._enter(command, at, batch)
            self._store.append(batch)
        except BaseException as failure:
            self._failure = failure
            raise
        return receipt

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self._sequence

    def entry_of(self, actor: str, key: str) -> int | None:
        """The number of the entry that (actor, key) was answered with, if it was."""
        name = key_of(Command(actor=actor, key=key))
        return self._answers.find([name]).get(name)

    def check_running(self) -> None:
        """Refuse ``engine.stopped`` after a failure: the state may be ahead of the disk."""
        refuse_unless(self._failure is None, "engine.stopped", reason=repr(self._failure))

    def _decide(self, commands: Sequence[Submission]) -> Decided:
        asked = [_open(command) for command in commands]
        known = self._known([one.key for one in asked if isinstance(one, Asked)])
        batch: list[Entry] = []
        answers = [
            one if isinstance(one, Refusal) else self._answer(one, known.get(one.key), batch)
            for one in asked
        ]
        for entry in batch:
            self._ahead[entry.header.sequence] = entry
        return Decided(answers, batch, [one.key.hex() for one in asked if isinstance(one, Asked)])

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """The entries of those keys that were answered; what is too old for memory is put away."""
        if self._answers.is_untidy and len(self._ahead) <= self._window:  # it is durable then
            with self._storing:
                self._answers.tidy()
        if self._answers.is_in_memory:
            return self._answers.find(keys)
        with self._storing:
            return self._answers.find(keys)

    def _answer(self, asked: Asked, known: int | None, batch: list[Entry]) -> Receipt | Refusal:
        """What to answer once the batch is durable; ``known``: the entry that did so before."""
        sequence = self._answers.recent(asked.key) if known is None else known
        if sequence is not None:
            return self._answer_again(asked, sequence, batch)
        try:
            self._check(asked)
            check_sealed(asked.command, asked.items, has_keys=self.when_durable is not None)
        except Refusal as refusal:  # at the door: nothing has happened yet
            return refusal
        # from here on a refusal is a failure: the journal's, or one of ours
        return self._take(asked, batch)

    def _check(self, asked: Asked) -> None:
        """Refuse what is not heard at all; no changes."""
        command = asked.command
        if self._sequence:
            core.check_actor(self.state, command)
        elif not isinstance(command, FoundVenue):
            refuse("engine.not_founded", command=tag_of(command))
        set_aside = self.state.quarantine.commands
        if set_aside and asked.key.hex() in set_aside:
            refuse(
                "engine.quarantined",
                actor=command.actor,
                key=command.key,
                asked=asked.key.hex(),
            )

    def _take(self, asked: Asked, batch: list[Entry]) -> Receipt:
        instant = max(self._clock(), self._instant)
        self._advance(instant, batch)
        self._suspects.hold(asked.key, asked.command.actor, asked.command.key)
        receipt = self._enter(asked.command, instant, batch, asked)
        self._suspects.let_go()
        if self._sequence - self._hashed_at >= self._hash_every():
            self._enter(self._state_hash_command(), instant, batch)
        return receipt

    def _advance(self, instant: int, batch: list[Entry]) -> None:
        """Let everything due by ``instant`` happen, in entries stamped with when it was due.

        What these entries say does not depend on when somebody looks: a tick more or less, or a
        command in its place, makes the same ones.
        """
        while (due := core.due_next(self.state)) is not None and due <= instant:
            at = max(due, self._instant)
            self._enter(AdvanceTime(actor=core.ENGINE, key=f"advance-{due}"), at, batch)

    def _enter(
        self, command: Command, instant: int, batch: list[Entry], asked: Asked | None = None
    ) -> Receipt:
        data = canonical.encode(command) if asked is None else asked.data
        rules = core.rules_in_force(self.state)
        outcome = core.process(self.state, command, instant)
        events = canonical.encode(outcome.events)
        actor = chain.actor_digest(command.actor)
        entry = chain.seal(
            self._hash,
            self._sequence,
            instant,
            chain.ACCEPTED if outcome.refusal is None else chain.REFUSED,
            command.actor,
            data,
            events,
            asked.items if asked is not None and outcome.refusal is None else b"",
            rules,
            core.DECIDE_VERSION,
            parties_root(self.state.rows, actor, outcome.events, events),
        )
        batch.append(entry)
        self._remember(entry, outcome.events)
        self._answers.add(key_of(command) if asked is None else asked.key)
        return _receipt_of(entry, outcome.events)

    def _remember(self, entry: Entry, events: Sequence[Event]) -> None:
        self._sequence = entry.header.sequence + 1
        self._hash = entry.hash
        self._instant = entry.header.instant
        if events and isinstance(events[0], StateHashed):
            self._hashed_at, self._state_bytes = self._sequence, events[0].state_bytes

    def _answer_again(self, asked: Asked, sequence: int, batch: list[Entry]) -> Receipt | Refusal:
        first = self._sequence - len(batch)
        if sequence >= first:
            entry = batch[sequence - first]
        else:
            entry = self._entry(sequence)
        named: dict[str, str | int | bool]
        named = {"actor": asked.command.actor, "key": asked.command.key, "sequence": sequence}
        if entry.header.command != canonical.digest(asked.data):
            return Refusal("engine.key_conflict", **named)
        if self._answers.is_too_old(sequence):
            return Refusal("engine.too_old", **named)
        return _receipt_of(entry, events_of(entry), repeated=True)

    def _entry(self, sequence: int) -> Entry:
        """An entry of an earlier batch, durable or on its way."""
        entry = self._ahead.get(sequence)
        if entry is None:
            with self._storing:
                entry = next(iter(self._store.read(sequence, sequence)))
        return entry

    def _hash_every(self) -> int:
        """Entries until the next hash: more for a larger state, so that the work stays in step."""
        return max(STATE_HASH_EVERY, self._state_bytes // STATE_BYTES_PER_ENTRY)

    def _state_hash_command(self) -> RecordStateHash:
        return core.state_hash_command(self._sequence)


def joined(batches: Sequence[Decided]) -> Decided:
    """Several batches that were decided one after the other, as one."""
    if len(batches) == 1:
        return batches[0]
    return Decided(
        [answer for one in batches for answer in one.answers],
        [entry for one in batches for entry in one.entries],
        [name for one in batches for name in one.names],
    )


def _open(submission: Submission) -> Asked | Refusal:
    """What is decided is what the journal will say: typed, and no array shared with the caller."""
    command, items = parts_of(submission)
    try:
        is_as_read = is_settled(command)
        if not is_as_read:
            canonical.check(command)
        data = canonical.encode(command)
        if len(data) > COMMAND_BYTES_MAX:
            refuse(
                "kernel.too_large",
                what="the command",
                bytes=len(data),
                limit=COMMAND_BYTES_MAX,
            )
        typed = command if is_as_read else read_command(data)
    except Refusal as refusal:  # nothing has happened yet
        return refusal
    return Asked(typed, data, key_of(typed), items)


def _receipt_of(entry: Entry, events: Sequence[Event], *, repeated: bool = False) -> Receipt:
    return Receipt(
        sequence=entry.header.sequence,
        instant=entry.header.instant,
        hash=entry.hash,
        outcome=entry.header.outcome,
        events=tuple(events),
        repeated=repeated,
    )

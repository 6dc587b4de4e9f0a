"""A rehearsal: commands are decided on a copy of the state, and nothing is written."""

from yaosu import core
from yaosu.core import AdvanceTime, Outcome, State
from yaosu.engine.clock import Clock, system_clock
from yaosu.engine.recovery import read_command
from yaosu.engine.snapshot import shelf_beside
from yaosu.engine.writer import Writer
from yaosu.journal.chain import ACCEPTED
from yaosu.journal.store import Store
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command


class Rehearsal:
    """The state after the last entry of a journal, to try commands on one after the other.

    The journal is only read, also beside its writer; what is tried stays here.
    """

    def __init__(self, store: Store, clock: Clock = system_clock) -> None:
        self._store = store
        self._clock = clock
        self._writer = Writer(store, clock, shelf=shelf_beside(store), follows=True)

    @property
    def state(self) -> State:
        """As the commands tried so far left it."""
        return self._writer.state

    @property
    def store(self) -> Store:
        """The journal, to be read."""
        return self._store

    def entry_of(self, actor: str, key: str) -> int | None:
        """The number of the journal's entry that a command was answered with."""
        return self._writer.entry_of(actor, key)

    def was_accepted(self, entry: int) -> bool:
        """Whether an entry of the journal was accepted."""
        return next(iter(self._store.read(entry, entry))).header.outcome == ACCEPTED

    def ask(self, command: Command) -> Refusal | None:
        """Why the command would be refused now, or None; accepted, the state goes on with it."""
        return self.outcome(command).refusal

    def outcome(self, command: Command) -> Outcome:
        """What would come of a command now; accepted, the state goes on with it."""
        state = self.state
        try:
            canonical.check(command)
            typed = read_command(canonical.encode(command))
            core.check_actor(state, typed)
        except Refusal as refusal:
            return Outcome([], refusal)
        instant = max(self._clock(), state.now)
        while (due := core.due_next(state)) is not None and due <= instant:
            advance = AdvanceTime(actor=core.ENGINE, key=f"advance-{due}")
            core.process(state, advance, max(due, state.now))
        return core.process(state, typed, instant)

"""One replay: the start of the period from recorded events, then every command decided again."""

from collections.abc import Sequence

from msgspec import structs

from yaosu import core
from yaosu.cases.needed import procedure_needed, without_demand
from yaosu.core import EXOGENOUS, AdvanceTime, Outcome, Refused, State
from yaosu.engine.recovery import Progress, command_of, events_of
from yaosu.engine.replay import refusals
from yaosu.engine.replay.causes import Causes, Divergence
from yaosu.engine.replay.classes import SAME, SUPPLIED, class_of, rows_of, value_of
from yaosu.engine.replay.period import Bound, period_of
from yaosu.engine.replay.policy import AS_PRICED, NEVER, POLICIES, PROMPT
from yaosu.engine.replay.result import ClearingPair, Replayed
from yaosu.engine.replay.sides import Side
from yaosu.engine.snapshot import shelf_beside, start_from
from yaosu.journal.chain import ACCEPTED, Entry
from yaosu.journal.store import Store
from yaosu.kernel import canonical
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.words import Command, Event, tag_of
from yaosu.markets.commands import RecordClearing, SealBid, SubmitSealedOrders
from yaosu.markets.coupling import clear_book
from yaosu.markets.events import BookClosed
from yaosu.rules.commands import AdoptRules
from yaosu.rules.events import RulesAdopted
from yaosu.rules.pack import Pack
from yaosu.rules.state import forget

DIVERGENCES_MAX = 100
ROW = "{} row"  # of the tag of a batch: each row of it, counted by itself
PROGRESS_EVERY = 64  # entries
ADOPTED = canonical.encode(tag_of(RulesAdopted))  # as it stands in the bytes of events
__all__ = ["refusals"]


def replay(
    store: Store,
    packs: Sequence[Pack],
    policy: str = "prompt",
    on_progress: Progress | None = None,
    *,
    since: Bound = None,
    until: Bound = None,
) -> Replayed:
    """Decide a journal's commands again with ``packs`` in the place of their recorded versions.

    The state at the start of the period is the fold of the recorded events up to it. From there
    each pack is in force in the place of the recorded one of its id; a pack of which no version
    was adopted by then takes the place of its first adoption in the period. An overlay that the
    record never adopts is in force from the start of the period, where its base was adopted before.

    Args:
        store: the journal; only read.
        packs: rule packs; each replaces the recorded one of the same id, from the start of the
            period whatever date of effect it names.
        policy: how responses are made: ``prompt``, ``as_recorded`` or ``none``; see
            :mod:`yaosu.engine.replay.policy`.
        on_progress: called now and then with (done, all).
        since, until: bounds of the period, both included: number of an entry, an instant or a
            date; None is the beginning and the end of the journal.

    Raises:
        Refusal: ``engine.unknown_policy``, ``engine.not_a_pack``, ``engine.no_such_pack``,
            ``engine.pack_refused``, ``engine.bad_bound``, ``engine.period_*``, ``journal.damaged``.

    Cost: one pass over the journal up to the end of the period and one state in memory. Before
    the period events are applied, from the nearest snapshot on that the journal vouches for;
    inside it every command is decided once.
    """
    refuse_unless(
        policy in POLICIES, "engine.unknown_policy", policy=policy, known=", ".join(POLICIES)
    )
    for pack in packs:
        refuse_unless(isinstance(pack, Pack), "engine.not_a_pack", found=type(pack).__name__)
    names = [pack.pack.id for pack in packs]
    for name in names:
        refuse_unless(names.count(name) == 1, "engine.pack_twice", pack=name)
    period = period_of(store, since, until)
    state, begin, _ = start_from(store, shelf_beside(store), period.first)
    run = _Run(store, Replayed(period, policy, replayed=state), packs)
    for entry in store.read(begin, period.last):
        run.take(entry)
        if on_progress is not None and entry.header.sequence % PROGRESS_EVERY == 0:
            on_progress(entry.header.sequence, period.last + 1)
    if on_progress is not None:
        on_progress(period.last + 1, period.last + 1)
    return run.finish()


class _Run:
    """One replay under way."""

    def __init__(self, store: Store, result: Replayed, packs: Sequence[Pack]) -> None:
        self.store = store
        self.result = result
        self.packs = {pack.pack.id: pack for pack in packs}
        self.waiting = set(self.packs)  # not in force yet
        self.causes = Causes()
        self.recorded = Side(result.who)
        self.replayed = Side(result.who)

    @property
    def state(self) -> State:
        """The one state: recorded before the period, replayed inside it."""
        return self.result.replayed

    def take(self, entry: Entry) -> None:
        """One recorded entry: before the period what was, inside it what would have been."""
        first = self.result.period.first
        if entry.header.sequence < first:
            header = entry.header
            core.apply_recorded(self.state, events_of(entry), header.instant, header.actor)
            return
        if entry.header.sequence == first and first > 0:
            self._begin(entry.header.instant)
        self.result.head = entry.hash
        command = command_of(entry)
        if command.actor == core.ENGINE:
            self._see_recorded_alone(entry)
        else:
            self._take_command(entry, command)

    def finish(self) -> Replayed:
        """The result, once the last entry was taken."""
        self._let_due_happen(self.result.period.ends)
        for name in sorted(self.waiting):
            refuse("engine.no_such_pack", pack=name)
        result = self.result
        for name in sorted(self.recorded.clearings.keys() | self.replayed.clearings.keys()):
            was, would = self.recorded.clearings.get(name), self.replayed.clearings.get(name)
            known = was or would
            assert known is not None
            result.clearings[name] = ClearingPair(known.market, known.round, was, would)
        result.traded = (self.recorded.traded, self.replayed.traded)
        result.recorded_money = self.recorded.money
        result.replayed_money = self.replayed.money
        return result

    def _begin(self, instant: int) -> None:
        """The period begins: what is known is known to both sides, and the packs are in force."""
        self.result.who.begin(self.state)
        self.recorded.begin(self.state)
        self.replayed.begin(self.state)
        venue = self.state.parties.venue
        known = [name for name in self.packs if name in self.state.rules.packs]
        before = {name: self.state.rules.packs[name][-1].pack for name in known}
        for name in known:
            forget(self.state.rules, name)
        for name in sorted(known, key=lambda name: (self.packs[name].pack.base != "", name)):
            assert venue is not None
            self._put_in_place(name, venue.authority, instant, before[name])
        for name in sorted(self._new_overlays()):
            assert venue is not None
            self._put_in_place(name, venue.authority, instant, None)

    def _new_overlays(self) -> set[str]:
        """Overlays on what is adopted by now, of which the record adopts no version in the period.

        Cost: one more reading of the period, where there may be one.
        """
        bases = self.state.rules.packs
        new = {name for name in self.waiting if self.packs[name].pack.base in bases}
        period = self.result.period
        for entry in self.store.read(period.first, period.last) if new else ():
            for pack in _adopted_in(entry):
                new.discard(pack.pack.id)
        return new

    def _put_in_place(self, name: str, actor: str, instant: int, recorded: Pack | None) -> None:
        """Adopt the replay's version where a recorded one is, or was, adopted.

        Nobody is asked: where rules want a second person for it, the replay is that person, and
        its own packs want none.
        """
        pack = without_demand(in_force_from(self.packs[name], instant))
        self.causes.compare_packs(recorded, self.packs[name])
        self.waiting.discard(name)
        command = AdoptRules(actor=actor, key=f"replay-{name}", pack=pack)
        procedure = procedure_needed(self.state, tag_of(AdoptRules), "")
        outcome = self._make(command, instant, procedure)
        if outcome.refusal is not None:
            refuse("engine.pack_refused", pack=pack.name, reason=str(outcome.refusal))
        self.result.placed.append(pack.name)

    def _take_command(self, entry: Entry, command: Command) -> None:
        instant = entry.header.instant
        self._let_due_happen(instant)
        asked = core.signed_for(command)
        replaced = [pack for pack in _adopted_in(entry) if pack.pack.id in self.packs]
        adopts = isinstance(asked, AdoptRules) and asked.pack.pack.id in self.packs
        if adopts or replaced:
            self._see_recorded_alone(entry)
            for pack in replaced:
                self._skip(pack, asked.actor, instant)
        elif self._stays_sealed(entry, command):
            self.result.unreadable += 1
        elif self._is_asked(command):
            outcome = self._decide(command, instant)
            self._compare(entry, command, outcome)
            self._respond(outcome, instant)
        else:
            recorded = self._see_recorded_alone(entry)
            if isinstance(asked, RecordClearing) and entry.header.outcome == ACCEPTED:
                self.causes.mark_if_marked(asked.market, recorded)
                self._clear_too(asked, instant)

    def _skip(self, recorded: Pack, actor: str, instant: int) -> None:
        name = recorded.pack.id
        self.result.skipped.append(recorded.name)
        if name in self.waiting:
            self._put_in_place(name, actor, instant, recorded)
        else:
            self.causes.compare_packs(recorded, self.packs[name])

    def _is_asked(self, command: Command) -> bool:
        """Whether the recorded command is asked again: the kind of its row and the policy say."""
        asked = type(core.asked_for(command))
        if core.COMMANDS[asked].kind == EXOGENOUS:
            return True
        if PROMPT[asked] == NEVER:
            return False
        if self.result.policy == "prompt":
            return PROMPT[asked] != AS_PRICED
        return self.result.policy == "as_recorded"

    def _stays_sealed(self, entry: Entry, command: Command) -> bool:
        """Whether this is a sealed bid that comes in only now: nobody ever opened it."""
        is_sealed = isinstance(core.signed_for(command), SubmitSealedOrders | SealBid)
        if entry.header.outcome == ACCEPTED or not is_sealed:
            return False
        return core.would_accept(self.state, command, entry.header.instant)

    def _let_due_happen(self, instant: int) -> None:
        while (due := core.due_next(self.state)) is not None and due <= instant:
            self._make(AdvanceTime(actor=core.ENGINE, key=f"advance-{due}"), due)

    def _decide(self, command: Command, instant: int, procedure: str = "") -> Outcome:
        outcome = core.process(self.state, command, instant, procedure)
        for event in outcome.events:
            self.result.who.take(event)
            self.replayed.take(event)
        return outcome

    def _make(self, command: Command, instant: int, procedure: str = "") -> Outcome:
        """Decide a command that the replay makes itself: no recorded one stands beside it."""
        outcome = self._decide(command, instant, procedure)
        self.result.moved.take(outcome.events, +1)
        return outcome

    def _see_recorded(self, events: Sequence[Event]) -> None:
        for event in events:
            self.result.who.take(event)
            self.recorded.take(event)

    def _see_recorded_alone(self, entry: Entry) -> list[Event]:
        """A recorded entry beside which the replay decides nothing."""
        events = events_of(entry)
        self._see_recorded(events)
        self.result.moved.take(events, -1)
        return events

    def _respond(self, outcome: Outcome, instant: int) -> None:
        """Under ``prompt`` a book that the record never closed, or cleared here, is cleared."""
        for event in outcome.events:
            if isinstance(event, BookClosed):
                name = f"{event.market}/{event.round}"
                if name not in self.recorded.unpriced:
                    self._clear(event, instant)

    def _clear_too(self, recorded: RecordClearing, instant: int) -> None:
        """The record prices a round here: its book is cleared in the same instant.

        Neither earlier nor, where the record never does so in the period, at all: that would be
        the policy's doing, and be taken for the rule's.
        """
        market = self.state.markets.markets.get(recorded.market)
        closed = None if market is None else market.closed_as
        if closed is not None and closed.round == recorded.round:
            self._clear(closed, instant)

    def _clear(self, closed: BookClosed, instant: int) -> None:
        market = self.state.markets.markets[closed.market]
        if self.result.policy != "prompt" or market.closed_as is not closed:
            return
        venue = self.state.parties.venue
        assert venue is not None
        command = RecordClearing(
            actor=venue.operator,
            key=f"replay-clearing-{closed.market}-{closed.round}",
            market=closed.market,
            round=closed.round,
            clearing=clear_book(market, closed),
        )
        supplied = self._make(command, instant)
        if supplied.refusal is not None:  # nobody adds what the links cost: the book stays closed
            code = supplied.refusal.code
            assert code == "markets.links_not_covered", f"our own clearing: {supplied.refusal}"
            return
        self.causes.mark_if_marked(closed.market, supplied.events)
        self.result.tally(tag_of(command), SUPPLIED, 0)

    def _compare(self, entry: Entry, command: Command, outcome: Outcome) -> None:
        was_accepted = entry.header.outcome == ACCEPTED
        is_accepted = outcome.refusal is None
        is_equal = was_accepted == is_accepted and canonical.encode(outcome.events) == entry.events
        recorded = outcome.events if is_equal else events_of(entry)
        self._see_recorded(recorded)
        if not is_equal:
            self.result.moved.take(outcome.events, +1)
            self.result.moved.take(recorded, -1)
        kind = (
            SAME if is_equal else class_of(core.asked_for(command), was_accepted, recorded, outcome)
        )
        value = value_of(core.signed_for(command), self.result.who.tick_minor)
        self.result.tally(tag_of(command), kind, value)
        asked = core.asked_for(command)
        for of_rows, rows in rows_of(asked, was_accepted, recorded, outcome).items():
            self.result.tally(ROW.format(tag_of(asked)), of_rows, 0, rows)
        if kind == SAME:
            return
        self.result.diverged += 1
        sequence = entry.header.sequence
        office = command.actor in self.result.who.offices
        cause = self.causes.trace(sequence, command, recorded, outcome.events, office)
        if len(self.result.divergences) < DIVERGENCES_MAX:
            self.result.divergences.append(
                Divergence(
                    sequence=sequence,
                    instant=entry.header.instant,
                    actor=command.actor,
                    command=tag_of(command),
                    outcome=kind,
                    value=value,
                    recorded=_said(recorded),
                    replayed=_said(outcome.events),
                    cause=cause.cause,
                    item=cause.item,
                    follows=cause.follows,
                )
            )


def in_force_from(pack: Pack, instant: int) -> Pack:
    """The pack with an effect not later than an instant: a replay asks what it would have done."""
    head = structs.replace(pack.pack, effective=min(pack.pack.effective, instant))
    return structs.replace(pack, pack=head)


def _adopted_in(entry: Entry) -> list[Pack]:
    """The packs that an entry adopted: by a command of its own, or as the end of a case."""
    if entry.header.outcome != ACCEPTED or ADOPTED not in entry.events:
        return []
    return [event.pack for event in events_of(entry) if isinstance(event, RulesAdopted)]


def _said(events: Sequence[Event]) -> str:
    """``accepted``, or the code of the refusal."""
    first = events[0] if events else None
    return first.code if isinstance(first, Refused) else "accepted"

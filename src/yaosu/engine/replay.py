"""Replay: the recorded commands decided again under another rule pack; what differs is measured.

From genesis. A recorded ``AdoptRules`` of a pack that the replay brings in another version is
skipped and listed; the new one is adopted in the place of the first. Bids were made under the old
rule, and those who never asked stay unseen: the report says so.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct, field, structs

from yaosu import core
from yaosu.core import EXOGENOUS, AdvanceTime, Outcome, State
from yaosu.engine import refusals
from yaosu.engine.recovery import Progress, command_of, events_of
from yaosu.journal.chain import ACCEPTED, Entry
from yaosu.journal.store import Store
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import refuse_unless
from yaosu.kernel.wide import sum_of_products
from yaosu.kernel.words import Command, Event, tag_of
from yaosu.markets.commands import (
    OfferRight,
    OpenBids,
    RecordClearing,
    RegisterAndOffer,
    SubmitOrders,
)
from yaosu.markets.coupling import clear_book
from yaosu.markets.events import BookClosed, MarketCleared
from yaosu.returns.commands import ShareIncome
from yaosu.rules.commands import AdoptRules
from yaosu.rules.pack import Pack
from yaosu.settlement.commands import RecordDeposit, RecordWithdrawal

POLICIES = ("prompt", "as_recorded", "none")
CLASSES = (
    "same",
    "changed",
    "newly accepted",
    "newly refused",
    "without object",
    "supplied by policy",
)
DIVERGENCES_MAX = 20
NAMES_OF_RULES = ("rules", "rule")  # fields and columns that differ under any other version
UNRELIABLE_ABOVE = (1, 4)  # share of values that did not come out as recorded
__all__ = ["refusals"]


class Divergence(Struct, frozen=True):
    """An entry that came out otherwise, and how."""

    sequence: int
    command: str
    outcome: str
    recorded: str
    replayed: str


class ClearingPair(Struct):
    """One round of one market, as recorded and as replayed; None where it did not take place."""

    market: str
    round: int
    recorded: MarketCleared | None = None
    replayed: MarketCleared | None = None


class Replayed(Struct):
    """What came of the same commands under another rule.

    Attributes:
        counts, values: by class of outcome: number of commands, and their value in money or
            price x quantity, minor units or ticks.
        skipped: recorded rule packs that were left out, as id@version.
        divergences: the first commands that came out otherwise.
        clearings: every round, recorded beside replayed.
        recorded, replayed: the two states at the end.
    """

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CLASSES, 0))
    values: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CLASSES, 0))
    skipped: list[str] = field(default_factory=list)
    divergences: list[Divergence] = field(default_factory=list)
    clearings: dict[str, ClearingPair] = field(default_factory=dict)
    recorded: State = field(default_factory=State)
    replayed: State = field(default_factory=State)

    @property
    def welfare_gain(self) -> int:
        """Sum over rounds of replayed minus recorded welfare, ticks x lots: the reform dividend."""
        return sum(
            (pair.replayed.clearing.welfare if pair.replayed else 0)
            - (pair.recorded.clearing.welfare if pair.recorded else 0)
            for pair in self.clearings.values()
        )

    @property
    def is_reliable(self) -> bool:
        """Whether at most a quarter of the value was decided otherwise than recorded."""
        moved = sum(self.values[name] for name in CLASSES[2:5])
        whole = moved + self.values["same"] + self.values["changed"]
        return moved * UNRELIABLE_ABOVE[1] <= whole * UNRELIABLE_ABOVE[0]


def replay(
    store: Store,
    packs: Sequence[Pack],
    policy: str = "prompt",
    on_progress: Progress | None = None,
) -> Replayed:
    """Decide a journal's commands again with ``packs`` in the place of their recorded versions.

    Args:
        store: the journal; only read.
        packs: rule packs; each replaces the recorded one of the same id.
        policy: how responses are made. ``prompt``: a closed book is cleared at once;
            ``as_recorded``: the recorded responses are tried; ``none``: there are none.

    Raises:
        Refusal: ``engine.unknown_policy``, ``engine.no_such_pack``, ``journal.damaged``.
    """
    refuse_unless(
        policy in POLICIES, "engine.unknown_policy", policy=policy, known=", ".join(POLICIES)
    )
    run = _Run(policy, {pack.pack.id: pack for pack in packs})
    for entry in store.read():
        run.take(entry)
        if on_progress is not None and entry.header.sequence % 64 == 0:
            on_progress(entry.header.sequence, store.size)
    for pack in run.waiting.values():
        refuse_unless(pack.pack.id in run.adopted, "engine.no_such_pack", pack=pack.pack.id)
    return run.result


class _Run:
    """One replay under way."""

    def __init__(self, policy: str, packs: dict[str, Pack]) -> None:
        self.policy = policy
        self.waiting = packs
        self.adopted: set[str] = set()
        self.result = Replayed()

    def take(self, entry: Entry) -> None:
        """One recorded entry: follow what was, and decide what would have been."""
        command = command_of(entry)
        recorded = events_of(entry)
        if entry.header.outcome == ACCEPTED:
            core.apply_recorded(
                self.result.recorded, recorded, entry.header.instant, entry.header.actor
            )
            self._note_clearings(recorded, "recorded")
        if command.actor == core.ENGINE:
            return
        self._let_due_happen(entry.header.instant)
        asked = self._as_asked(command)
        if asked is not None:
            outcome = self._decide(asked, entry.header.instant)
            if asked is command:
                self._compare(entry, command, recorded, outcome)
            self._respond(outcome, entry.header.instant)

    def _as_asked(self, command: Command) -> Command | None:
        """The command itself, another in its place, or None where it is left out."""
        if isinstance(command, AdoptRules):
            return self._other_rules(command)
        if isinstance(command, RecordClearing) and self.policy != "as_recorded":
            return None
        is_exogenous = core.COMMANDS[type(command)].kind == EXOGENOUS
        return command if is_exogenous or self.policy != "none" else None

    def _other_rules(self, command: AdoptRules) -> Command | None:
        name = command.pack.pack.id
        if name not in self.waiting:
            return command
        self.result.skipped.append(f"{name}@{command.pack.pack.version}")
        if name in self.adopted:
            return None
        self.adopted.add(name)
        return structs.replace(command, pack=self.waiting[name])

    def _let_due_happen(self, instant: int) -> None:
        state = self.result.replayed
        while (due := core.due_next(state)) is not None and due <= instant:
            self._decide(AdvanceTime(actor=core.ENGINE, key=f"advance-{due}"), due)

    def _decide(self, command: Command, instant: int) -> Outcome:
        outcome = core.process(self.result.replayed, command, instant)
        self._note_clearings(outcome.events, "replayed")
        return outcome

    def _respond(self, outcome: Outcome, instant: int) -> None:
        """Under ``prompt`` a book that was closed is cleared at once, as a worker would."""
        if self.policy != "prompt":
            return
        markets = self.result.replayed.markets.markets
        for event in outcome.events:
            if isinstance(event, BookClosed) and markets[event.market].closed_as is event:
                market = markets[event.market]
                operator = self.result.replayed.parties.venue
                assert operator is not None
                command = RecordClearing(
                    actor=operator.operator,
                    key=f"replay-clearing-{event.market}-{event.round}",
                    market=event.market,
                    round=event.round,
                    clearing=clear_book(market, event),
                )
                self._decide(command, instant)
                self.result.counts["supplied by policy"] += 1

    def _compare(
        self, entry: Entry, command: Command, recorded: list[Event], outcome: Outcome
    ) -> None:
        was_accepted = entry.header.outcome == ACCEPTED
        kind = _class_of(was_accepted, recorded, outcome)
        self.result.counts[kind] += 1
        self.result.values[kind] += value_of(command)
        if kind != "same" and len(self.result.divergences) < DIVERGENCES_MAX:
            self.result.divergences.append(
                Divergence(
                    sequence=entry.header.sequence,
                    command=tag_of(command),
                    outcome=kind,
                    recorded="accepted" if was_accepted else _code_of(recorded),
                    replayed=outcome.refusal.code if outcome.refusal else "accepted",
                )
            )

    def _note_clearings(self, events: Sequence[Event], side: str) -> None:
        for event in events:
            if isinstance(event, MarketCleared):
                name = f"{event.market}/{event.round}"
                pair = self.result.clearings.setdefault(
                    name, ClearingPair(event.market, event.round)
                )
                setattr(pair, side, event)


def value_of(command: Command) -> int:
    """What a command is worth: money, or price x quantity of its orders; 0 where neither fits."""
    match command:
        case SubmitOrders() | OpenBids():
            return _value_of_orders(command.orders)
        case OfferRight() | RegisterAndOffer():
            return command.price * command.quantity
        case RecordDeposit() | RecordWithdrawal() | ShareIncome():
            return command.amount_minor
        case _:
            return 0


def _value_of_orders(orders: Columns) -> int:
    """Price x quantity, as far as there are any: refused orders may lack or misstate them."""
    columns = [orders.column(name) for name in ("price", "quantity") if name in orders]
    numbers = [c.astype(np.int64).clip(0) for c in columns if isinstance(c, np.ndarray)]
    return sum_of_products(*numbers) if len(numbers) == 2 else 0


def _class_of(was_accepted: bool, recorded: list[Event], outcome: Outcome) -> str:
    is_accepted = outcome.refusal is None
    if was_accepted and is_accepted:
        return "same" if _plain(recorded) == _plain(outcome.events) else "changed"
    if is_accepted:
        return "newly accepted"
    if was_accepted:
        assert outcome.refusal is not None
        lost = outcome.refusal.code.split(".")[1].startswith(("unknown_", "no_such_"))
        return "without object" if lost else "newly refused"
    return "same" if _plain(recorded) == _plain(outcome.events) else "changed"


def _plain(events: Sequence[Event]) -> bytes:
    """Canonical bytes of events without the names of the rule versions they were made under."""
    return canonical.encode([_without_rules(event) for event in events])


def _without_rules(value: Any) -> Any:
    """The same value as plain maps and lists, without fields and columns that name a rule."""
    if isinstance(value, Columns):
        return Columns({n: value.column(n) for n in value.names if n not in NAMES_OF_RULES})
    if isinstance(value, Struct):
        kept = {n: getattr(value, n) for n in value.__struct_fields__ if n not in NAMES_OF_RULES}
        return {**_without_rules(kept), "": type(value).__name__}
    if isinstance(value, dict):
        return {name: _without_rules(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_rules(item) for item in value]
    return value


def _code_of(recorded: list[Event]) -> str:
    first = recorded[0]
    return first.code if isinstance(first, core.Refused) else "accepted"

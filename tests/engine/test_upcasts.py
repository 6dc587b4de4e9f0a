"""Events as they were once recorded: kept for ever, and said again in the words of today.

The example: money used to be recorded without its rail and reference, and a deposit and its
posting in one event. docs/how-to/change-an-event.md tells the same story.
"""

from typing import Any, Union

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stories import MORNING, Story
from yaosu import core
from yaosu.core import State, apply_recorded, state_hash
from yaosu.engine.clock import StepClock
from yaosu.engine.party_roots import parties_root
from yaosu.engine.proof import verify
from yaosu.engine.recovery import command_of, events_of
from yaosu.engine.writer import Writer
from yaosu.journal.chain import ZERO, seal
from yaosu.journal.memory import MemoryStore
from yaosu.journal.store import Store
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Event
from yaosu.rows import OWNERS
from yaosu.settlement.commands import RecordDeposit
from yaosu.settlement.events import MoneyRecorded


class MoneyRecordedFirst(Event, frozen=True, tag="settlement.money_recorded/0"):
    """Money came or went; as the very first version recorded it."""

    party: str
    currency: str
    amount_minor: int


def upcast(event: MoneyRecordedFirst) -> list[Event]:
    """There was one rail then, and no reference."""
    return [
        MoneyRecorded(
            party=event.party,
            currency=event.currency,
            amount_minor=event.amount_minor,
            rail="simulated_bank",
            reference="",
        )
    ]


def as_first_recorded(store: Store) -> MemoryStore:
    """The same journal as the very first version would have written it."""
    old, state, before = MemoryStore(), State(), ZERO
    for entry in store.read():
        events = [_first(event) for event in events_of(entry)]
        header, command, data = entry.header, command_of(entry), canonical.encode(events)
        apply_recorded(state, events, header.instant, header.actor)
        sealed = seal(
            before,
            header.sequence,
            header.instant,
            header.outcome,
            command.actor,
            entry.command,
            data,
            entry.sealed,
            header.rules,
            header.decide_version,
            parties_root(state.rows, header.actor, events, data),
        )
        old.append([sealed])
        before = sealed.hash
    return old


def _first(event: Event) -> Event:
    if isinstance(event, MoneyRecorded):
        return MoneyRecordedFirst(
            party=event.party, currency=event.currency, amount_minor=event.amount_minor
        )
    return event


@pytest.fixture(scope="module", autouse=True)
def known_for_ever() -> Any:
    """What entering an old event in UPCASTS does."""
    anything = Union[core.AnyEvent, MoneyRecordedFirst]  # noqa: UP007  # built from the table
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(core.UPCASTS, MoneyRecordedFirst, upcast)
        patch.setitem(OWNERS, MoneyRecordedFirst, OWNERS[MoneyRecorded])
        patch.setattr("yaosu.engine.recovery._read_events", canonical.reader(list[anything]))
        yield


@given(st.lists(st.tuples(st.sampled_from(["li", "wang"]), st.integers(-3, 50)), max_size=12))
@settings(max_examples=20, deadline=None)
def test_an_old_journal_recovers_to_the_state_it_would_have_today(
    asked: list[tuple[str, int]],
) -> None:
    """Recovery, verification and going on; the old events stay what they are."""
    story = Story(MemoryStore()).found(factors=())
    for name in ("li", "wang"):
        story.party(name, factors=())
    for name, amount in asked:
        story.try_to(RecordDeposit, "exchange", party=name, currency="CNY", amount_minor=amount)
    old = as_first_recorded(story.venue.store)
    accepted = sum(amount > 0 for _, amount in asked)
    first = [
        e for entry in old.read() for e in events_of(entry) if isinstance(e, MoneyRecordedFirst)
    ]
    assert len(first) == accepted
    clock = StepClock(MORNING)
    writer = Writer(old, clock)
    assert state_hash(writer.state) == state_hash(story.venue.state)
    assert verify(old).state_hash == state_hash(story.venue.state)
    (receipt,) = writer.write(
        [RecordDeposit(actor="exchange", key="new", party="li", currency="CNY", amount_minor=1)]
    )
    assert not isinstance(receipt, Refusal)
    assert receipt.is_accepted
    assert Writer(old, clock).state.ledger.balance("li", "CNY") == 1 + sum(
        amount for name, amount in asked if name == "li" and amount > 0
    )


def test_an_event_that_no_version_knows_is_refused_with_its_entry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = Story(MemoryStore()).found(factors=())
    story.party("li", factors=(), money=5)
    old = as_first_recorded(story.venue.store)
    read = canonical.reader(list[core.AnyEvent])
    monkeypatch.setattr("yaosu.engine.recovery._read_events", read)
    with pytest.raises(Refusal, match=r"engine\.events_unknown"):
        Writer(old, StepClock(MORNING))

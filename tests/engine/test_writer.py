"""One command from door to memory: stamp, decide, evolve, append, sync, answer."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from msgspec import structs

from tests.stories import EXCHANGE, MORNING, Story, both_ways
from yaosu import core
from yaosu.core import AdvanceTime, RecordStateHash, StateHashed, state_hash
from yaosu.door import Venue
from yaosu.engine.clock import StepClock
from yaosu.engine.intake import Intake
from yaosu.engine.proof import audit, verify
from yaosu.engine.receipt import Receipt
from yaosu.engine.recovery import command_of, events_of
from yaosu.engine.writer import STATE_HASH_EVERY, Writer
from yaosu.journal.chain import ACCEPTED, REFUSED, Entry
from yaosu.journal.memory import MemoryStore
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command, Event
from yaosu.parties.commands import FoundVenue, RegisterParty
from yaosu.parties.events import PartyRegistered
from yaosu.places.commands import DefineLinks
from yaosu.settlement.commands import RecordDeposit


def founding(key: str = "f") -> FoundVenue:
    return FoundVenue(
        actor="founder", key=key, venue="v", operator="op", authority="auth", currency="CNY"
    )


def newcomer(name: str, key: str | None = None, actor: str = "op") -> RegisterParty:
    return RegisterParty(actor=actor, key=key or f"k-{name}", party=name, kind="person", name=name)


def desk(store: MemoryStore | None = None) -> tuple[Writer, StepClock, MemoryStore]:
    store = store or MemoryStore()
    clock = StepClock(MORNING)
    writer = Writer(store, clock)
    if not store.size:
        writer.write([founding()])
    return writer, clock, store


def only(answers: list[Receipt | Refusal]) -> Receipt:
    (answer,) = answers
    assert isinstance(answer, Receipt), answer
    return answer


def test_a_refused_command_is_an_entry_with_code_and_facts() -> None:
    writer, _, store = desk()
    receipt = only(writer.write([newcomer("op")]))
    assert receipt.outcome == REFUSED
    assert receipt.refusal is not None
    assert receipt.refusal.code.startswith("parties.")
    entry = list(store.read())[-1]
    assert entry.header.outcome == REFUSED
    assert events_of(entry) == list(receipt.events)
    with pytest.raises(Refusal):
        receipt.accepted()


def test_who_is_not_registered_is_not_heard_and_leaves_no_entry() -> None:
    writer, _, store = desk()
    (answer,) = writer.write([newcomer("li", actor="stranger")])
    assert isinstance(answer, Refusal)
    assert answer.code == "core.unknown_actor"
    assert store.size == 1


def test_the_founder_is_heard_once() -> None:
    writer, _, store = desk()
    for command in (founding("again"), newcomer("li", actor="founder")):
        (answer,) = writer.write([command])
        assert isinstance(answer, Refusal)
        assert answer.code == "core.unknown_actor"
    assert store.size == 1


def test_the_engines_own_commands_are_not_taken_from_outside() -> None:
    writer, _, store = desk()
    for word in (AdvanceTime, RecordStateHash):
        (answer,) = writer.write([word(actor="op", key="x")])
        assert isinstance(answer, Refusal)
        assert answer.code == "core.engine_only"
    assert store.size == 1


def test_a_role_is_needed_where_the_table_says_so() -> None:
    writer, _, _ = desk()
    writer.write([newcomer("li")])
    receipt = only(writer.write([newcomer("wang", actor="li")]))
    assert receipt.refusal is not None
    assert receipt.refusal.code == "core.role_needed"
    assert "operator or registrar" in receipt.refusal.sentence


def test_an_empty_journal_begins_with_its_founding() -> None:
    (answer,) = Writer(MemoryStore(), StepClock(1)).write([newcomer("li")])
    assert isinstance(answer, Refusal)
    assert answer.code == "engine.not_founded"


def test_time_never_runs_back() -> None:
    writer, clock, store = desk()
    clock.instant -= 3_600_000_000
    receipt = only(writer.write([newcomer("li")]))
    assert receipt.instant == MORNING
    assert [e.header.instant for e in store.read()] == [MORNING, MORNING]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (newcomer("e\u0301"), "kernel.bad_text"),
        (
            RecordDeposit(actor="op", key="k", party="op", currency="CNY", amount_minor=2**63),
            "kernel.number_out_of_range",
        ),
        (
            RecordDeposit(
                actor="op",
                key="k",
                party="op",
                currency="CNY",
                amount_minor=1.5,  # type: ignore[arg-type]  # wrong on purpose
            ),
            "kernel.float_not_allowed",
        ),
    ],
)
def test_malformed_commands_are_refused_and_not_recorded(command: Command, code: str) -> None:
    writer, _, store = desk()
    (answer,) = writer.write([command])
    assert isinstance(answer, Refusal)
    assert answer.code == code
    assert store.size == 1
    only(writer.write([newcomer("li")]))


class FailingStore(MemoryStore):
    """Fails once, as a disk might."""

    failing = False
    closed = False

    def close(self) -> None:
        self.closed = True

    def append(self, entries: Sequence[Entry]) -> None:
        if self.failing:
            raise OSError("no space left on device")
        super().append(entries)


def test_after_a_failed_append_nothing_is_answered_and_the_writer_stops() -> None:
    store = FailingStore()
    writer, _, _ = desk(store)
    store.failing = True
    with pytest.raises(OSError, match="no space"):
        writer.write([newcomer("li")])
    store.failing = False
    with pytest.raises(Refusal) as caught:
        writer.write([newcomer("wang")])
    assert caught.value.code == "engine.stopped"
    assert store.size == 1
    again = Writer(store, StepClock(MORNING))
    assert "li" not in again.state.parties.parties
    only(again.write([newcomer("li")]))


def test_a_damaged_answer_is_a_failure_and_not_an_answer() -> None:
    """A bare refusal says that nothing is recorded; of a damaged entry nobody may say so."""
    writer, _, store = desk()
    writer.write([newcomer("li")])
    entry = store._entries[1]
    store._entries[1] = structs.replace(entry, events=entry.events[:-1] + b"x")
    with pytest.raises(Refusal) as caught:
        writer.write([newcomer("wang"), newcomer("li")])
    assert caught.value.code == "journal.damaged"
    with pytest.raises(Refusal) as caught:
        writer.write([newcomer("wang")])
    assert caught.value.code == "engine.stopped"
    assert store.size == 2


def test_hashes_of_the_state_stand_in_the_journal_and_are_checked() -> None:
    writer, _, store = desk()
    writer.write([newcomer(f"p{i}") for i in range(STATE_HASH_EVERY + 5)])
    hashed = [e for e in store.read() if isinstance(command_of(e), RecordStateHash)]
    assert [e.header.sequence for e in hashed] == [STATE_HASH_EVERY]
    assert isinstance(events_of(hashed[0])[0], StateHashed)
    assert verify(store).state_hash == state_hash(writer.state)


def test_many_threads_are_answered_each_with_its_own_entry() -> None:
    writer, _, store = desk()
    intake = Intake(writer, batch_max=64)
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda i: intake.submit(newcomer(f"p{i}")), range(200)))
    intake.close()
    assert sorted(r.sequence for r in receipts) == list(range(1, 201))
    assert {r.outcome for r in receipts} == {ACCEPTED}
    for i, receipt in enumerate(receipts):
        (event, *_) = receipt.events
        assert event.party.id == f"p{i}"  # type: ignore[attr-defined]  # known kind
    with pytest.raises(Refusal) as caught:
        intake.submit(newcomer("late"))
    assert caught.value.code == "engine.stopped"
    assert store.size == 201


def test_a_full_queue_refuses_and_loses_nothing() -> None:
    writer, _, store = desk()
    intake = Intake(writer, queue_max=4)
    with intake.reading():  # the writer is held up, so the queue fills
        waiting, refused = [], 0
        for i in range(20):
            try:
                waiting.append(intake.send(newcomer(f"p{i}"), wait=False))
            except Refusal as refusal:
                assert refusal.code == "engine.queue_full"
                refused += 1
    accepted = [future.result(timeout=30) for future in waiting]
    intake.close()
    assert refused
    assert len(accepted) == 20 - refused
    assert store.size == 1 + len(accepted)


def test_a_failing_writer_answers_everybody_who_waits() -> None:
    store = FailingStore()
    writer, _, _ = desk(store)
    intake = Intake(writer)
    store.failing = True
    with pytest.raises(OSError, match="no space"):
        intake.submit(newcomer("li"))
    for thread in intake._threads:
        thread.join(timeout=30)
    with pytest.raises(Refusal) as caught:
        intake.submit(newcomer("wang"))
    assert caught.value.code == "engine.stopped"
    with pytest.raises(Refusal) as caught, intake.reading():
        pass  # the state may be ahead of the disk: nobody reads it
    assert caught.value.code == "engine.stopped"
    intake.close()


def test_a_caller_who_waits_for_room_hears_that_the_writer_has_failed() -> None:
    store = FailingStore()
    writer, _, _ = desk(store)
    intake = Intake(writer, queue_max=1)
    store.failing = True
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(intake.submit, newcomer(f"p{i}")) for i in range(40)]
        failures = [answer.exception(timeout=30) for answer in answers]
    assert all(isinstance(failure, OSError | Refusal) for failure in failures)


def test_two_runs_of_one_story_end_in_the_same_state_and_the_same_journal() -> None:
    """Determinism: same commands, same clock, same bytes."""
    roots = []
    for _ in range(2):
        store = MemoryStore()
        story = Story(store).found(factors=("compute",))
        story.party("seller")
        story.party("buyer", money=10_000)
        story.right("r1", "seller", 100, instrument="gpu")
        story.market(links=both_ways("east", "west", 5, 2))
        story.order("seller", -1, 10, 40)
        story.order("buyer", 1, 20, 30, region="west")
        story.close()
        roots.append((store.root(), state_hash(story.venue.state)))
        assert audit(store).is_clean
        assert verify(store).state_hash == roots[-1][1]
    assert roots[0] == roots[1]


def test_recovery_is_the_fold_of_the_events() -> None:
    store = MemoryStore()
    story = Story(store).found(factors=("compute",))
    story.party("firm", money=5)
    back = Writer(store, StepClock(MORNING))
    assert state_hash(back.state) == state_hash(story.venue.state)
    assert back.state.ledger.balance("firm", "CNY") == 5
    assert EXCHANGE in back.state.parties.parties


def test_a_reaction_that_refuses_stops_the_writer_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuses(state: object, event: object) -> list[Event]:
        raise Refusal("rights.indivisible", right="r", available=2)

    writer, _, store = desk()
    monkeypatch.setitem(core.REACTIONS, PartyRegistered, (refuses,))
    with pytest.raises(AssertionError, match="a reaction refused"):
        writer.write([newcomer("a")])
    with pytest.raises(Refusal, match=r"engine\.stopped"):
        writer.write([newcomer("b")])
    assert store.size == 1


@pytest.mark.parametrize(
    "slip",
    [
        "hello",
        {"command": "parties.register_party"},
        newcomer("a", actor=5),  # type: ignore[arg-type]  # a caller's slip
        newcomer("a", key=["k"]),  # type: ignore[arg-type]  # a caller's slip
        newcomer(7, key="k"),  # type: ignore[arg-type]  # a caller's slip
        Command(actor="op", key="k"),
        RecordDeposit(actor="op", key="k", party="op", currency="CNY", amount_minor=True),
    ],
)
def test_what_the_journal_could_not_say_again_is_refused_and_not_recorded(slip: Command) -> None:
    writer, _, store = desk()
    (answer,) = writer.write([slip])
    assert isinstance(answer, Refusal)
    assert answer.code in ("kernel.malformed", "kernel.wrong_type")
    assert store.size == 1
    assert only(writer.write([newcomer("b")])).is_accepted
    assert state_hash(Writer(store).state) == state_hash(writer.state)


def test_what_a_caller_does_to_its_arrays_afterwards_changes_nothing() -> None:
    story = Story().found(factors=())
    capacity = np.array([5, 5], np.int64)
    links = both_ways("east", "west", 5).with_columns(capacity=capacity)
    story.ask(DefineLinks, EXCHANGE, network="n", version="1", links=links)
    capacity[0] = 7
    assert state_hash(Writer(story.venue.store).state) == state_hash(story.venue.state)


def test_a_hash_of_the_state_is_due_even_where_time_had_to_advance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = Story().found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=1_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(contract="notice", notice_days=1)
    story.order("seller", -1, 20, 10)
    story.order("buyer", 1, 20, 10)
    story.close()
    monkeypatch.setattr("yaosu.engine.writer.STATE_HASH_EVERY", story.venue.store.size + 1)
    story.clock.forward(DAY)
    story.deposit("buyer", 1)
    (advanced, _, hashed) = [command_of(e) for e in story.venue.store.read()][-3:]
    assert isinstance(advanced, AdvanceTime)
    assert isinstance(hashed, RecordStateHash)


def test_a_venue_whose_last_hash_cannot_be_written_still_lets_go_of_its_journal() -> None:
    store = FailingStore()
    venue = Venue(store, StepClock(MORNING))
    venue.submit(founding())
    store.failing = True
    with pytest.raises(OSError, match="no space"):
        venue.close()
    assert store.closed
    venue.close()
    assert store.size == 1


def test_a_caller_who_gives_up_waiting_does_not_stop_the_writer() -> None:
    writer, _, store = desk()
    intake = Intake(writer)
    with intake.reading():
        given_up = intake.send(newcomer("a"))
        assert given_up.cancel()
        waiting = intake.send(newcomer("b"))
    assert waiting.result(timeout=30).is_accepted
    intake.close()
    assert store.size == 2


def test_nobody_asks_under_the_name_of_the_engine() -> None:
    """Its keys are its own: a party of that name could take them."""
    writer, _, store = desk()
    writer.write([newcomer("engine")])
    (answer,) = writer.write([newcomer("a", actor="engine", key="state-hash-1024")])
    assert isinstance(answer, Refusal)
    assert answer.code == "core.engine_only"
    assert store.size == 2

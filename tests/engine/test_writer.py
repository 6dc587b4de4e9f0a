"""One command from door to memory: stamp, decide, evolve, append, sync, answer."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tests.stories import EXCHANGE, MORNING, Story, both_ways
from yaosu import core
from yaosu.core import AdvanceTime, RecordStateHash, StateHashed, state_hash
from yaosu.door import Venue
from yaosu.engine.answers import key_of_entry
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


def test_the_same_key_gives_the_first_answer_accepted_or_refused() -> None:
    writer, _, store = desk()
    for name in ("li", "op"):
        first = only(writer.write([newcomer(name)]))
        again = only(writer.write([newcomer(name)]))
        assert again.repeated
        assert (again.sequence, again.hash, again.events) == (
            first.sequence,
            first.hash,
            first.events,
        )
    assert store.size == 3


def test_the_same_key_inside_one_batch_is_answered_once() -> None:
    writer, _, store = desk()
    left, right = writer.write([newcomer("li"), newcomer("li")])
    assert isinstance(left, Receipt)
    assert isinstance(right, Receipt)
    assert left.sequence == right.sequence
    assert store.size == 2


def test_the_same_key_with_another_body_is_a_named_conflict() -> None:
    writer, _, store = desk()
    writer.write([newcomer("li", key="k")])
    (answer,) = writer.write([newcomer("wang", key="k")])
    assert isinstance(answer, Refusal)
    assert str(answer) == (
        "engine.key_conflict: op used the key k for another command, entry 1; "
        "send a new command under a new key"
    )
    assert store.size == 2


def test_idempotency_survives_a_restart() -> None:
    writer, _, store = desk()
    first = only(writer.write([newcomer("li")]))
    again = only(Writer(store, StepClock(MORNING)).write([newcomer("li")]))
    assert (again.sequence, again.hash, again.repeated) == (first.sequence, first.hash, True)


@pytest.fixture
def short_window(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("yaosu.engine.answers.INDEX_EVERY", 3)
    return 5


def test_a_key_older_than_the_window_is_refused_with_its_entry_and_never_applied_again(
    short_window: int,
) -> None:
    """Memory holds the window and a little; the index holds the rest, also after a restart."""
    store = MemoryStore()
    for _ in range(3):  # lives of the writer
        writer = Writer(store, StepClock(MORNING), window=short_window)
        if not store.size:
            writer.write([founding()])
        for number in range(store.size, store.size + 20):
            only(writer.write([newcomer(f"p{number}")]))
        assert len(writer._answers._keys) <= short_window + 3
        assert store.indexed >= store.size - short_window - 4
        for number in range(1, store.size):
            before = store.size
            (same,) = writer.write([newcomer(f"p{number}")])
            (other,) = writer.write([newcomer("x", key=f"k-p{number}")])
            assert store.size == before
            assert isinstance(other, Refusal)
            assert (other.code, other.facts["sequence"]) == ("engine.key_conflict", number)
            if number >= before - short_window:
                assert isinstance(same, Receipt)
                assert (same.sequence, same.repeated) == (number, True)
            else:
                assert str(same) == (
                    f"engine.too_old: op used the key k-p{number} long ago; entry {number} says "
                    f"what came of it; read entry {number}; to ask anew, send a new command under "
                    "a new key"
                )
    verify(store)


def test_a_key_is_known_in_the_batch_in_which_it_leaves_the_memory(short_window: int) -> None:
    writer = Writer(MemoryStore(), StepClock(MORNING), window=short_window)
    writer.write([founding(), newcomer("a")])
    answers = writer.write([*(newcomer(f"p{n}") for n in range(30)), newcomer("a"), newcomer("p1")])
    assert [getattr(answer, "code", "") for answer in answers[-2:]] == ["engine.too_old"] * 2
    assert writer.size == 32


def test_an_index_that_was_forgotten_is_made_anew_when_the_writer_starts(
    short_window: int,
) -> None:
    store = MemoryStore()
    writer = Writer(store, StepClock(MORNING), window=short_window)
    writer.write([founding(), *(newcomer(f"p{n}") for n in range(30))])
    Writer(store, window=short_window)
    indexed = store.indexed
    rows = sorted(store.index_rows())
    store.clear_index()
    Writer(store, window=short_window)
    assert (store.indexed, sorted(store.index_rows())) == (indexed, rows)


def test_verify_finds_an_index_that_is_not_what_the_entries_make() -> None:
    writer, _, store = desk()
    writer.write([newcomer(f"p{n}") for n in range(9)])
    store.index([key_of_entry(entry) for entry in store.read(0, 7)])
    verify(store)
    good = list(store._keys)
    bent = bytes([good[3][0] ^ 1]) + good[3][1:]
    for keys in ([*good[:3], bent, *good[4:]], [good[1], good[0], *good[2:]]):
        store._keys = keys
        with pytest.raises(Refusal, match="the index of keys"):
            verify(store)


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
    intake._thread.join(timeout=30)
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


def waiting_contract(store: MemoryStore) -> Story:
    """A contract at a gate that opens in two days."""
    story = Story(store).found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=10_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(contract="notice", notice_days=2)
    for price in (20, 21):
        story.order("seller", -1, 20, 10)
        story.order("buyer", 1, price, 10)
        story.close()
        story.clock.forward(DAY // 3)
    return story


@given(st.lists(st.integers(0, DAY), max_size=6), st.lists(st.integers(0, 3), max_size=12))
@settings(max_examples=25, deadline=None)
def test_a_tick_more_or_less_changes_nothing(waits: list[int], ticks: list[int]) -> None:
    """What is due happens at its own instant, whoever looks, and however often."""
    roots = set()
    for extra in ([], ticks, [1] * 20):
        store = MemoryStore()
        story = waiting_contract(store)
        writer = story.venue._writer
        began = story.clock()
        often = iter(extra)
        for place in range(len(waits) + 1):
            target = began + sum(waits[:place]) + (3 * DAY if place == len(waits) else 0)
            for _ in range(next(often, 0)):
                story.clock.forward((target - story.clock()) // 2)
                writer.tick()
            story.clock.forward(target - story.clock())
            story.deposit("buyer", 1)
        roots.add((store.root(), state_hash(story.venue.state)))
        assert story.lots("buyer", "gpu") == 20
        assert audit(store).is_clean
    assert len(roots) == 1


def test_gates_open_on_time_though_nobody_asks_for_anything() -> None:
    store = MemoryStore()
    story = waiting_contract(store)
    story.venue._intake.close()
    writer = story.venue._writer
    clock = story.clock
    due_in = writer.due_in()
    assert due_in is not None
    assert writer.tick() == 0
    clock.forward(due_in - 20_000)
    began = time.monotonic_ns() // 1000 - clock()
    writer._clock = lambda: time.monotonic_ns() // 1000 - began  # it runs by itself from here on
    size = store.size
    intake = Intake(writer, wakes=True)
    for _ in range(400):
        if store.size > size:
            break
        time.sleep(0.01)
    intake.close()
    assert [type(command_of(entry)) for entry in store.read(size)] == [AdvanceTime]
    (entry,) = store.read(size)
    assert entry.header.instant == clock() + 20_000
    assert story.lots("buyer", "gpu") == 10


def test_a_tick_that_fails_stops_the_writer_as_a_command_would() -> None:
    store = FailingStore()
    story = waiting_contract(store)
    story.clock.forward(3 * DAY)
    store.failing = True
    with pytest.raises(OSError, match="no space"):
        story.venue._writer.tick()
    with pytest.raises(Refusal, match=r"engine\.stopped"):
        story.venue._writer.tick()

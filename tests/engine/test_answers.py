"""Idempotency by (actor, key): a window in memory, the rest by index, nothing applied twice."""

import pytest

from tests.engine.test_writer import desk, founding, newcomer, only
from tests.stories import MORNING
from yaosu.engine.answers import key_of_entry
from yaosu.engine.clock import StepClock
from yaosu.engine.proof import verify
from yaosu.engine.receipt import Receipt
from yaosu.engine.writer import Writer
from yaosu.journal.memory import MemoryStore
from yaosu.kernel.refusal import Refusal


@pytest.fixture
def short_window(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("yaosu.engine.answers.INDEX_EVERY", 3)
    return 5


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

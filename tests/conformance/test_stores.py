"""One suite for every store of the journal. A new store is one more name in STORES."""

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journal.build import START, grow, next_entries
from tests.postgres import journal_url
from tests.simulator.disk import Disk, SimulatedStore
from yaosu.journal import (
    ZERO,
    MemoryStore,
    Store,
    consistency_proof,
    inclusion_proof,
    open_sqlite,
    seal,
    verify,
    verify_consistency,
    verify_inclusion,
)
from yaosu.journal.postgres import open_postgres
from yaosu.journal.store import KEY_BYTES
from yaosu.journal.verify import Verification
from yaosu.kernel.canonical import digest
from yaosu.kernel.refusal import Refusal


@contextmanager
def in_postgres() -> Iterator[Store]:
    with journal_url() as url, open_postgres(url) as opened:
        yield opened


STORES: dict[str, Callable[[Path], AbstractContextManager[Store]]] = {
    "memory": lambda folder: MemoryStore(),
    "postgres": lambda folder: in_postgres(),
    "simulated": lambda folder: SimulatedStore(Disk(random.Random(0), [])),
    "sqlite": lambda folder: open_sqlite(folder / "market.db"),
}


@pytest.fixture(params=sorted(STORES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with STORES[request.param](tmp_path) as opened:
        yield opened


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\1" + naive_root(leaves[:half]) + naive_root(leaves[half:])).digest()


def test_a_new_store_is_empty_and_verifies(store: Store) -> None:
    assert (store.size, store.last(), store.notes()) == (0, None, {})
    assert list(store.read()) == []
    assert store.root() == sha256(b"").digest()
    assert (store.head().last_hash, store.head().peaks) == (ZERO, b"")
    found = verify(store)
    assert (found.entries, found.first_instant, found.last_instant) == (0, None, None)


def test_what_was_appended_is_read_back_the_same(store: Store) -> None:
    entries = grow(store, 1) + grow(store, 5) + grow(store, 2)
    assert list(store.read()) == entries
    assert store.size == 8
    assert store.last() == (7, entries[-1].hash)
    assert entries[3].header.previous == entries[2].hash
    assert store.root() == naive_root([entry.hash for entry in entries])


def test_a_batch_of_any_size_is_kept_whole_and_in_order(store: Store) -> None:
    """However many entries the store writes at once."""
    entries = grow(store, 3) + grow(store, 33) + grow(store, 300)
    assert list(store.read()) == entries


def test_a_part_can_be_read_by_its_numbers(store: Store) -> None:
    entries = grow(store, 9)
    assert list(store.read(3, 5)) == entries[3:6]
    assert list(store.read(7)) == entries[7:]
    assert list(store.read(8, 100)) == entries[8:]
    assert list(store.read(9)) == []
    assert list(store.read(0, -1)) == []
    assert list(store.hashes(2, 4)) == [entry.hash for entry in entries[2:5]]


def test_reading_shows_the_journal_as_it_was_when_the_reading_began(store: Store) -> None:
    entries = grow(store, 3)
    reading = store.read()
    assert next(reading) == entries[0]
    grow(store, 3)
    assert list(reading) == entries[1:]


def test_a_batch_that_does_not_continue_is_an_error_and_changes_nothing(store: Store) -> None:
    grow(store, 2)
    before = store.head()
    good = next_entries(store, 3)
    twice = [*good, good[-1]]
    gap = [good[0], good[2]]
    for batch in (twice, gap, good[1:], list(store.read(1))):
        with pytest.raises(AssertionError):
            store.append(batch)
        assert store.head() == before
    assert len(list(store.read())) == 2
    store.append(good)
    assert store.size == 5


def test_an_entry_must_hold_on_to_the_one_before(store: Store) -> None:
    grow(store, 1)
    loose = seal(ZERO, 1, START * 2, 1, "firm-1", b"", b"", b"", ZERO, 1)
    with pytest.raises(AssertionError, match="hold on"):
        store.append([loose])
    assert store.size == 1


def test_time_never_runs_back_in_the_journal(store: Store) -> None:
    grow(store, 1)
    last = store.last()
    assert last is not None
    early = seal(last[1], 1, START - 1, 1, "firm-1", b"", b"", b"", ZERO, 1)
    with pytest.raises(AssertionError, match="earlier"):
        store.append([early])
    same_instant = seal(last[1], 1, START, 1, "firm-1", b"", b"", b"", ZERO, 1)
    store.append([same_instant])
    assert store.size == 2


def test_an_empty_batch_is_nothing_at_all(store: Store) -> None:
    grow(store, 2)
    before = store.head()
    store.append([])
    assert store.head() == before


def test_notes_are_kept_by_name_and_the_later_one_counts(store: Store) -> None:
    store.note("venue", b"first")
    store.note("a", b"")
    store.note("venue", b"second")
    assert list(store.notes().items()) == [("a", b""), ("venue", b"second")]


def keys_of(*numbers: int) -> list[bytes]:
    return [digest(str(number).encode())[:KEY_BYTES] for number in numbers]


def test_sealed_items_can_be_forgotten_and_the_journal_still_fits_together(store: Store) -> None:
    """S1-22: the header keeps their digest; hashes, tree and every other payload stay."""
    grow(store, 5)
    before, head = list(store.read()), store.head()
    sealed = next(entry for entry in before if entry.sealed)
    store.drop_sealed(sealed.header.sequence)
    after = list(store.read())
    assert after[sealed.header.sequence].sealed == b""
    assert after[sealed.header.sequence].header == sealed.header
    assert [entry.hash for entry in after] == [entry.hash for entry in before]
    others = [entry for entry in after if entry.header.sequence != sealed.header.sequence]
    assert others == [entry for entry in before if entry is not sealed]
    assert store.head() == head
    assert verify(store).root == head.root


def test_a_key_is_found_by_the_index_and_only_as_far_as_that_goes(store: Store) -> None:
    grow(store, 10)
    assert (store.indexed, store.find(keys_of(0))) == (0, {})
    store.index(keys_of(0, 1, 2, 3))
    store.index(keys_of(4, 5))
    store.index([])
    assert store.indexed == 6
    assert store.find(keys_of(0, 6, 3, 5)) == dict(zip(keys_of(0, 3, 5), (0, 3, 5), strict=True))
    assert store.find([]) == {}
    assert len(store.find(keys_of(*range(2_000)))) == 6
    assert sorted(store.index_rows()) == sorted(zip(keys_of(*range(6)), range(6), strict=True))
    verify(store)


def test_of_a_key_that_comes_twice_the_first_entry_counts(store: Store) -> None:
    grow(store, 4)
    store.index(keys_of(7, 8, 7))
    store.index(keys_of(8))
    assert store.find(keys_of(7, 8)) == dict(zip(keys_of(7, 8), (0, 1), strict=True))
    assert len(list(store.index_rows())) == store.indexed == 4
    verify(store)


def test_the_index_can_be_forgotten_and_made_anew(store: Store) -> None:
    grow(store, 4)
    store.index(keys_of(0, 1, 2))
    store.clear_index()
    assert (store.indexed, store.find(keys_of(1)), list(store.index_rows())) == (0, {}, [])
    store.index(keys_of(5, 6))
    assert list(store.find(keys_of(6)).values()) == [1]


def test_the_index_takes_no_key_of_an_entry_that_is_not_there(store: Store) -> None:
    grow(store, 2)
    with pytest.raises(AssertionError, match="of 2 entries"):
        store.index(keys_of(0, 1, 2))
    with pytest.raises(AssertionError, match="too short"):
        store.index([b"short"])
    assert store.indexed == 0


def test_verify_tells_what_it_found_and_how_far_it_is(store: Store) -> None:
    entries = grow(store, 1500)
    steps: list[tuple[int, int]] = []
    found = verify(store, on_progress=lambda done, total: steps.append((done, total)))
    assert (found.entries, found.last_hash) == (1500, entries[-1].hash)
    assert found.root == naive_root([entry.hash for entry in entries])
    assert (found.first_instant, found.last_instant) == (
        entries[0].header.instant,
        entries[-1].header.instant,
    )
    assert steps == [(1024, 1500), (1500, 1500)]


def test_every_entry_can_be_proved_to_be_in_and_every_beginning_to_be_one(store: Store) -> None:
    entries = grow(store, 11)
    leaves = [entry.hash for entry in entries]
    for size in range(1, 12):
        root = naive_root(leaves[:size])
        for sequence in range(size):
            proof = inclusion_proof(store, sequence, size)
            assert verify_inclusion(leaves[sequence], sequence, size, proof, root)
        for old in range(size + 1):
            proof = consistency_proof(store, old, size)
            assert verify_consistency(old, size, naive_root(leaves[:old]), root, proof)


def test_a_proof_of_what_is_not_there_is_refused(store: Store) -> None:
    grow(store, 3)
    for sequence, size in ((3, 3), (-1, 2), (0, 4)):
        with pytest.raises(Refusal, match=r"journal.bad_range: there is no tree of"):
            inclusion_proof(store, sequence, size)
    for old, size in ((4, 3), (-1, 2), (0, 4)):
        with pytest.raises(Refusal, match=r"journal.bad_range"):
            consistency_proof(store, old, size)


@given(parts=st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_the_head_does_not_depend_on_how_entries_were_batched(parts: list[int]) -> None:
    whole, split = MemoryStore(), MemoryStore()
    for part in parts:
        grow(split, part)
    grow(whole, sum(parts))
    assert whole.head() == split.head()


def test_all_stores_come_to_the_same_head(store: Store) -> None:
    memory = MemoryStore()
    for part in (1, 7, 20):
        grow(store, part)
        grow(memory, part)
    assert store.head() == memory.head()


def test_a_reading_that_was_given_up_may_end_after_the_store(store: Store) -> None:
    """An error beside a half-read journal is told, not hidden by the end of the reading."""
    grow(store, 3)
    reading = Verification(store).entries()
    assert next(reading).header.sequence == 0
    store.close()
    reading.close()

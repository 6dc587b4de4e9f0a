"""The index of keys in the file: many bulks, damage, crashes, and the form it had in format 1."""

import random
import sqlite3
from pathlib import Path

import pytest

from tests.conformance.test_stores import keys_of
from tests.engine.test_writer import founding, newcomer
from tests.journal.build import copy_of, grow, journal_of, raw
from yaosu.engine.answers import IndexCheck, key_of_entry
from yaosu.engine.clock import StepClock
from yaosu.engine.writer import Writer
from yaosu.journal import SqliteStore, open_sqlite, verify
from yaosu.journal.files import FORMAT, SCHEMAS
from yaosu.journal.memory import MemoryStore
from yaosu.journal.wal import FRAME, HEADER
from yaosu.kernel.refusal import Refusal

STEP = FRAME.size + 4096


@pytest.fixture
def small_fan(monkeypatch: pytest.MonkeyPatch) -> None:
    """So small that a few bulks are merged twice, and a run has several parts."""
    monkeypatch.setattr("yaosu.journal.key_runs.FAN", 4)
    monkeypatch.setattr("yaosu.journal.key_runs.PART_KEYS", 8)


def rows_of(store: SqliteStore, table: str) -> int:
    assert store._connection is not None
    return int(store._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@pytest.mark.usefixtures("small_fan")
def test_many_bulks_are_found_as_by_a_store_in_memory(tmp_path: Path) -> None:
    """S0-27: who asked before is known, also where runs were merged, and after opening again."""
    chance = random.Random(1)
    plain = MemoryStore()
    grow(plain, 600)
    with open_sqlite(tmp_path / "market.db") as store:
        grow(store, 600)
        while store.indexed < 560:
            bulk = keys_of(*(chance.randrange(700) for _ in range(chance.randrange(1, 40))))
            store.index(bulk)
            plain.index(bulk)
            asked = keys_of(*(chance.randrange(900) for _ in range(20)))
            assert store.find(asked) == plain.find(asked)
            assert store.find(asked[:1]) == plain.find(asked[:1])
        assert 1 < rows_of(store, "runs") < 12
        everything = keys_of(*range(900))
        assert store.find(everything) == plain.find(everything)
        verify(store)
    with open_sqlite(tmp_path / "market.db", readonly=True) as reader:
        assert reader.find(everything) == plain.find(everything)
        assert sorted(reader.index_rows()) == sorted(plain.index_rows())


@pytest.mark.usefixtures("small_fan")
def test_a_reader_beside_the_writer_finds_what_came_since(tmp_path: Path) -> None:
    path = tmp_path / "market.db"
    with open_sqlite(path) as store, open_sqlite(path, readonly=True) as reader:
        grow(store, 60)
        for first in range(0, 60, 5):
            keys = keys_of(*range(first, first + 5))
            assert reader.find(keys) == {}
            store.index(keys)
            assert len(reader.find(keys)) == 5
        store.clear_index()
        assert reader.find(keys_of(*range(60))) == {}
        store.index(keys_of(*range(100, 130)))
        assert len(reader.find(keys_of(*range(60), *range(100, 130)))) == 30


CHANGES = [
    "DELETE FROM keys WHERE id = (SELECT max(id) FROM keys)",
    "UPDATE keys SET id = id + 1 WHERE id = (SELECT max(id) FROM keys)",
    "UPDATE keys SET content = substr(content, 1, length(content) - 1) WHERE id = 0",
    "UPDATE keys SET content = substr(content, 1, length(content) - 20) WHERE id = 0",
    "UPDATE keys SET content = 'text' WHERE id = 0",
    "UPDATE keys SET content = (SELECT k.content FROM keys k WHERE k.id = 1 - keys.id) "
    "WHERE id < 2",
    "UPDATE keys SET content = zeroblob(length(content)) WHERE id = 0",
    "UPDATE runs SET first = first + 1 WHERE first > 0",
    "UPDATE runs SET size = size + 1",
    "UPDATE runs SET size = 'many'",
    "UPDATE runs SET size = 0",
    "DELETE FROM runs",
    "UPDATE indexed SET size = size - 1",
    "INSERT INTO keys VALUES (-1, x'00')",
]


@pytest.mark.usefixtures("small_fan")
@pytest.mark.parametrize("change", CHANGES)
def test_an_index_that_is_not_what_the_entries_make_is_named(tmp_path: Path, change: str) -> None:
    """S0-28: also where two parts changed places, so that no key is lost and none is found."""
    path = tmp_path / "market.db"
    keys = keys_of(*range(70))
    with open_sqlite(path) as store:
        grow(store, 70)
        for first in range(0, 70, 14):
            store.index(keys[first : first + 14])
    connection = raw(path)
    connection.execute(change)
    connection.close()
    with open_sqlite(path) as store, pytest.raises(Refusal, match="the index of keys"):
        IndexCheckOf(store, keys).run()


class IndexCheckOf(IndexCheck):
    """Holds an index against keys that no entry has: those of the tests are not commands."""

    def __init__(self, store: SqliteStore, keys: list[bytes]) -> None:
        super().__init__(store)
        self._given = keys

    def run(self) -> None:
        self._store.check()
        self.begin()
        for number, key in enumerate(self._given[: self._size]):
            value = int.from_bytes(key, "big")
            before = self._wanted
            self._wanted = (before[0] + value, before[1] + value * (number + 1))
        self.finish()


@pytest.mark.usefixtures("small_fan")
def test_a_log_cut_short_anywhere_leaves_whole_runs(tmp_path: Path) -> None:
    """Killed at any write of a bulk or of a merge, the index is as it was before or after it."""
    path = tmp_path / "market.db"
    told = [0]
    with open_sqlite(path) as store:
        grow(store, 40)
        for first in range(0, 40, 3):
            store.index(keys_of(*range(first, min(first + 3, 40))))
            told.append(store.indexed)
        copy_of(path, tmp_path / "crashed.db")
    log = Path(f"{tmp_path}/crashed.db-wal").read_bytes()
    seen = set()
    for frames in range((len(log) - HEADER.size) // STEP + 1):
        for ending in ("-wal", "-shm"):
            Path(f"{tmp_path}/cut.db{ending}").unlink(missing_ok=True)
        cut = copy_of(tmp_path / "crashed.db", tmp_path / "cut.db")
        Path(f"{cut}-wal").write_bytes(log[: HEADER.size + frames * STEP + STEP // 2])
        with open_sqlite(cut) as store:
            indexed = store.indexed
            assert indexed in told
            verify(store)
            wanted = sorted(zip(keys_of(*range(indexed)), range(indexed), strict=True))
            assert sorted(store.index_rows()) == wanted
            seen.add(indexed)
    assert seen == set(told)


def made_old(path: Path, keys: list[bytes]) -> None:
    """The file as format 1 had it, with these keys in its index."""
    connection = raw(path)
    for statement in ("DROP TABLE keys", "DROP TABLE runs", SCHEMAS[1]["keys"]):
        connection.execute(statement)
    connection.executemany("INSERT INTO keys VALUES (?, ?)", zip(keys, range(999), strict=False))
    connection.execute("UPDATE indexed SET size = ?", (len(keys),))
    connection.execute("PRAGMA user_version = 1")
    connection.close()


def test_a_file_of_format_1_is_read_as_it_is(tmp_path: Path) -> None:
    path = journal_of(tmp_path / "market.db", 6)
    made_old(path, keys_of(3, 4, 3, 5))
    before = path.read_bytes()
    with open_sqlite(path, readonly=True) as store:
        assert verify(store).entries == 6
        assert store.indexed == 4
        assert store.find(keys_of(3, 5, 9)) == dict(zip(keys_of(3, 5), (0, 3), strict=True))
        assert len(list(store.index_rows())) == 4
    assert path.read_bytes() == before


def test_a_file_of_format_1_is_given_the_tables_of_today_when_it_is_written(
    tmp_path: Path,
) -> None:
    """Entries, head, notes stay as they are; the index is made anew from the entries."""
    path = journal_of(tmp_path / "market.db", 6)
    with open_sqlite(path) as store:
        head, notes, entries = store.head(), store.notes(), list(store.read())
    made_old(path, keys_of(3, 4, 3, 5))
    with open_sqlite(path) as store:
        assert (store.head(), store.notes(), list(store.read())) == (head, notes, entries)
        assert (store.indexed, list(store.index_rows())) == (0, [])
        store.index(keys_of(1, 2))
        verify(store)
    connection = raw(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (FORMAT,)
    connection.close()


def test_a_file_of_format_1_with_a_changed_table_is_damaged(tmp_path: Path) -> None:
    path = journal_of(tmp_path / "market.db", 2)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    for readonly in (True, False):
        with pytest.raises(Refusal, match=r"journal.damaged: .* at the list of tables"):
            open_sqlite(path, readonly)


def test_the_writer_makes_the_index_of_an_old_file_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S0-27: what was asked before is known before and after, by the window and by the index."""
    monkeypatch.setattr("yaosu.engine.answers.INDEX_EVERY", 4)
    path = tmp_path / "market.db"
    with open_sqlite(path) as store:
        writer = Writer(store, StepClock(0), window=6)
        writer.write([founding(), *(newcomer(f"p{number}") for number in range(30))])
        Writer(store, StepClock(0), window=6)
        indexed, rows = store.indexed, sorted(store.index_rows())
        keys = [key_of_entry(entry) for entry in store.read(0, indexed - 1)]
    assert indexed > 8
    made_old(path, keys)
    with open_sqlite(path) as store:
        writer = Writer(store, StepClock(0), window=6)
        assert (store.indexed, sorted(store.index_rows())) == (indexed, rows)
        (answer,) = writer.write([newcomer("p1")])
        assert getattr(answer, "code", "") == "engine.too_old"

"""The SQLite store: durable settings, one writer, readers beside it, and its refusals."""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journal.build import copy_of, grow, journal_of, next_entries, raw
from yaosu.journal import SqliteStore, open_sqlite, verify
from yaosu.journal.files import APPLICATION_ID, FORMAT
from yaosu.kernel.refusal import Refusal

HOLD = """
import sys
from yaosu.journal import open_sqlite
store = open_sqlite(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """Rights of folders mean something only to a user who is not root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can enter, writable until a test changes that.

    Not below pytest's own: that one is closed to other users, and whoever else runs tests (another
    worker, another session) closes it again while we are inside as somebody else.
    """
    with tempfile.TemporaryDirectory(prefix="yaosu-market-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


def held_elsewhere(path: Path) -> subprocess.Popen[str]:
    """Another process that has the journal open for writing."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def settings_of(store: SqliteStore) -> tuple[str, int]:
    connection = store._connection
    assert connection is not None
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    return mode, connection.execute("PRAGMA synchronous").fetchone()[0]


def test_a_journal_is_there_again_after_closing(tmp_path: Path) -> None:
    path = tmp_path / "market.db"
    with open_sqlite(path) as store:
        entries = grow(store, 3)
        store.note("venue", b"north")
    with open_sqlite(path) as store:
        assert list(store.read()) == entries
        assert store.notes() == {"venue": b"north"}
        entries += grow(store, 2)
    with open_sqlite(path, readonly=True) as store:
        assert list(store.read()) == entries
        assert verify(store).entries == 5
    left = {item.name for item in tmp_path.iterdir()}
    assert left - {"market.db-shm", "market.db-wal"} == {"market.db", "market.db.lock"}


def test_every_commit_is_synced_before_it_is_acknowledged(tmp_path: Path) -> None:
    with open_sqlite(tmp_path / "market.db") as store:
        assert settings_of(store) == ("wal", 2)


def test_a_file_system_that_cannot_keep_its_word_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yaosu.journal.files.WANTED", (("synchronous", "NORMAL", 2),))
    with pytest.raises(Refusal) as refusal:
        open_sqlite(tmp_path / "market.db")
    assert str(refusal.value) == (
        f"journal.not_durable: {tmp_path}/market.db would not keep what was acknowledged: "
        "synchronous is 1, wanted 2; put a journal file on a local disk; of a server, change the "
        "setting"
    )


def test_a_second_writer_is_told_who_writes_and_since_when(tmp_path: Path) -> None:
    path = tmp_path / "market.db"
    process = held_elsewhere(path)
    try:
        with pytest.raises(Refusal) as refusal:
            open_sqlite(path)
        assert refusal.value.code == "journal.locked"
        assert refusal.value.facts["pid"] == str(process.pid)
        assert str(refusal.value).startswith(
            f"journal.locked: {path} is being written by process {process.pid} since 20"
        )
        assert str(refusal.value).endswith(
            "; stop that process first, or open the journal for reading only"
        )
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with open_sqlite(path) as store:
        grow(store, 1)
        assert store.size == 1


def test_a_second_writer_in_the_same_process_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "market.db"
    (tmp_path / "link.db").symlink_to(path)
    with open_sqlite(path):
        for name in ("market.db", "link.db"):
            with pytest.raises(Refusal, match=r"journal.locked"):
                open_sqlite(tmp_path / name)
    with open_sqlite(path) as store:
        assert store.size == 0


def test_a_child_of_a_dead_writer_does_not_hold_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "market.db"
    store = open_sqlite(path)
    ready, go = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.write(ready[1], b".")
        os.read(go[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    store.close()
    with open_sqlite(path) as again:  # the child is alive and has let go
        assert again.size == 0
    os.write(go[1], b".")
    assert os.waitpid(child, 0)[1] == 0


def test_a_writer_whose_lock_file_was_removed_is_overtaken_not_mixed_up(tmp_path: Path) -> None:
    path = tmp_path / "market.db"
    with open_sqlite(path) as first:
        grow(first, 2)
        mine = next_entries(first, 1)
        (tmp_path / "market.db.lock").unlink()
        with open_sqlite(path) as second:
            grow(second, 1)
        with pytest.raises(Refusal) as refusal:
            first.append(mine)
        assert str(refusal.value) == (
            f"journal.overtaken: {path} was written by somebody else: it has 3 entries, expected 2;"
            " make sure that only one program writes it, then open the journal again"
        )
    with open_sqlite(path, readonly=True) as store:
        assert verify(store).entries == 3


def test_readers_go_on_beside_the_writer_and_see_whole_batches(tmp_path: Path) -> None:
    path = tmp_path / "market.db"
    with open_sqlite(path) as writer:
        grow(writer, 2)
        with open_sqlite(path, readonly=True) as reader:
            assert reader.size == 2
            with reader.snapshot():
                entries = list(reader.read())
                grow(writer, 3)
                assert reader.size == 2
                assert list(reader.read()) == entries
            assert reader.size == 5
            assert verify(reader).entries == 5
            for write in (lambda: grow(reader, 1), lambda: reader.note("a", b"b")):
                with pytest.raises(Refusal) as refusal:
                    write()
                assert str(refusal.value) == (
                    f"journal.read_only: {path} cannot be written: it was opened for reading only;"
                    " let this user write the file and its folder, or open it for reading only"
                )


def test_verify_sees_a_growing_journal_as_it_was_at_one_moment(tmp_path: Path) -> None:
    path = tmp_path / "market.db"
    with open_sqlite(path) as writer, open_sqlite(path, readonly=True) as reader:
        grow(writer, 1500)
        found = verify(reader, on_progress=lambda done, total: grow(writer, 1) and None)
        assert found.entries == 1500
        assert writer.size == 1502


def test_reading_what_is_not_there_is_refused_and_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refusal:
        open_sqlite(tmp_path / "market.db", readonly=True)
    assert str(refusal.value) == (
        f"journal.not_found: there is no journal at {tmp_path}/market.db; "
        "check the name, or open it for writing to begin a new one"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_or_a_folder_as_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refusal:
        open_sqlite(tmp_path / "none" / "market.db")
    assert str(refusal.value) == (
        f"journal.no_folder: {tmp_path}/none/market.db cannot be reached: no folder "
        f"{tmp_path}/none; make the folder, or give this user the right to use it"
    )
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(Refusal, match=r"journal.read_only: .*folder.db cannot be written: it is a"):
        open_sqlite(tmp_path / "folder.db")


@pytest.mark.parametrize("content", [b"not a database, only some text that is long enough\n" * 20])
@pytest.mark.parametrize("readonly", [True, False])
def test_another_kind_of_file_is_refused_and_left_alone(
    tmp_path: Path, content: bytes, readonly: bool
) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(Refusal) as refusal:
        open_sqlite(path, readonly)
    assert str(refusal.value) == (
        f"journal.not_a_journal: {path} is not a journal: file is not a database; "
        "check the name; a journal is a file that this program began"
    )
    assert path.read_bytes() == content


@pytest.mark.parametrize("readonly", [True, False])
def test_the_database_of_another_program_is_refused_and_left_alone(
    tmp_path: Path, readonly: bool
) -> None:
    path = tmp_path / "other.db"
    connection = raw(path)
    connection.execute("CREATE TABLE entries (x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(Refusal, match=r"journal.not_a_journal: .*another program's SQLite file"):
        open_sqlite(path, readonly)
    assert path.read_bytes() == before


def test_an_empty_file_is_a_new_journal_to_a_writer_only(tmp_path: Path) -> None:
    path = tmp_path / "market.db"
    path.touch()
    with pytest.raises(Refusal, match=r"journal.not_a_journal: .* is not a journal: it is empty"):
        open_sqlite(path, readonly=True)
    with open_sqlite(path) as store:
        grow(store, 1)
        assert verify(store).entries == 1


@pytest.mark.parametrize("readonly", [True, False])
@pytest.mark.parametrize("found", [FORMAT + 1, 0, -1])
def test_another_format_is_refused_and_left_alone(
    tmp_path: Path, readonly: bool, found: int
) -> None:
    path = journal_of(tmp_path / "market.db", 2)
    connection = raw(path)
    connection.execute(f"PRAGMA user_version = {found}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(Refusal) as refusal:
        open_sqlite(path, readonly)
    assert str(refusal.value) == (
        f"journal.wrong_format: {path} has journal format {found}; this version reads format "
        f"{FORMAT}; open it with the version of the program that wrote it"
    )
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE more (x)",
        "CREATE INDEX more ON entries (header)",
        "CREATE TRIGGER more AFTER INSERT ON entries BEGIN DELETE FROM entries; END",
        "DROP TABLE notes",
        "ALTER TABLE entries RENAME COLUMN payloads TO content",
    ],
)
def test_a_changed_list_of_tables_is_damage(tmp_path: Path, change: str) -> None:
    path = journal_of(tmp_path / "market.db", 2)
    connection = raw(path)
    connection.execute(change)
    connection.close()
    for readonly in (True, False):
        with pytest.raises(Refusal, match=r"journal.damaged: .* at the list of tables"):
            open_sqlite(path, readonly)


def test_a_read_only_folder_can_be_read_and_refuses_to_be_written(
    open_folder: Path, request: pytest.FixtureRequest
) -> None:
    path = journal_of(open_folder / "market.db", 4)
    for item in (*open_folder.iterdir(), open_folder):
        item.chmod(0o555)
    request.getfixturevalue("ordinary_user")
    with open_sqlite(path, readonly=True) as store:
        assert verify(store).entries == 4
    with pytest.raises(Refusal) as refusal:
        open_sqlite(path)
    assert str(refusal.value) == (
        f"journal.read_only: {path} cannot be written: Permission denied in its folder; "
        "let this user write the file and its folder, or open it for reading only"
    )
    with pytest.raises(Refusal, match=r"journal.read_only"):
        open_sqlite(open_folder / "new.db")


def test_a_read_only_file_in_a_folder_that_can_be_written_is_refused(
    open_folder: Path, request: pytest.FixtureRequest
) -> None:
    path = journal_of(open_folder / "market.db", 4)
    (open_folder / "market.db.lock").chmod(0o666)
    path.chmod(0o444)
    open_folder.chmod(0o777)
    request.getfixturevalue("ordinary_user")
    with pytest.raises(Refusal, match=r"journal.read_only: .*market.db cannot be written: "):
        open_sqlite(path)
    with open_sqlite(path, readonly=True) as store:
        assert verify(store).entries == 4


def test_a_crashed_journal_in_a_read_only_folder_wants_a_copy(
    open_folder: Path, request: pytest.FixtureRequest
) -> None:
    with open_sqlite(open_folder / "market.db") as store:
        grow(store, 4)
        path = copy_of(open_folder / "market.db", open_folder / "crashed.db")
    for item in (*open_folder.iterdir(), open_folder):
        item.chmod(0o555)
    request.getfixturevalue("ordinary_user")
    with pytest.raises(
        Refusal, match=r"journal.cannot_read: .*copy the journal with its -wal file"
    ):
        open_sqlite(path, readonly=True)
    if os.getuid() == 0:
        os.seteuid(0)
    open_folder.chmod(0o755)
    with open_sqlite(path, readonly=True) as store:
        assert verify(store).entries == 4


def test_an_unreadable_file_is_refused_with_what_to_do(
    open_folder: Path, request: pytest.FixtureRequest
) -> None:
    path = journal_of(open_folder / "market.db", 1)
    path.chmod(0o000)
    request.getfixturevalue("ordinary_user")
    with pytest.raises(Refusal) as refusal:
        open_sqlite(path, readonly=True)
    assert str(refusal.value) == (
        f"journal.cannot_read: {path} cannot be read: unable to open database file; give this user"
        " the right to read it, or copy the journal with its -wal file to a folder that can be"
        " written"
    )


def test_a_file_held_by_another_program_is_named_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yaosu.journal.files.WAIT_S", 0.05)
    path = journal_of(tmp_path / "market.db", 1)
    with open_sqlite(path) as store:
        other = raw(path)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Refusal) as refusal:
            grow(store, 1)
        assert str(refusal.value) == (
            f"journal.busy: {path} is held by another program: database is locked; "
            "close the other program and try again"
        )
        other.execute("ROLLBACK")
        other.close()
        with pytest.raises(Refusal) as refusal:
            grow(store, 1)
        assert str(refusal.value) == (
            f"journal.stopped: {path} was closed to writing after a failure; "
            "open the journal again; all acknowledged entries are kept"
        )
    with open_sqlite(path) as store:
        grow(store, 1)
        assert verify(store).entries == 2


class FailingAt:
    """A connection whose statement beginning with ``word`` meets a failing disk."""

    def __init__(self, connection: sqlite3.Connection, word: str) -> None:
        self._connection, self._word = connection, word

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        if statement.startswith(self._word):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            raise error
        return self._connection.execute(statement, *values)

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


@pytest.mark.parametrize("word", ["BEGIN", "UPDATE", "COMMIT"])
def test_after_a_failed_write_nothing_more_is_written(tmp_path: Path, word: str) -> None:
    path = journal_of(tmp_path / "market.db", 2)
    store = open_sqlite(path)
    store._connection = FailingAt(store._connection, word)  # as a failing disk would
    with pytest.raises(Refusal) as refusal:
        grow(store, 3)
    assert str(refusal.value) == (
        f"journal.write_failed: the system could not write {path}: disk I/O error; this batch is "
        "not acknowledged; look at the disk, then open the journal again and read its last "
        "entries; all acknowledged entries are kept"
    )
    with pytest.raises(Refusal, match=r"journal.stopped"):
        grow(store, 1)
    with pytest.raises(Refusal, match=r"journal.stopped"):
        store.note("a", b"b")
    store.close()
    with open_sqlite(path) as store:
        assert verify(store).entries == 2


def test_a_journal_is_marked_as_one(tmp_path: Path) -> None:
    path = journal_of(tmp_path / "market.db", 1)
    connection = raw(path)
    assert connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    assert connection.execute("PRAGMA user_version").fetchone()[0] == FORMAT
    connection.close()


def test_a_closed_journal_can_be_closed_again_but_not_read(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path / "market.db")
    store.close()
    store.close()
    with pytest.raises(AssertionError, match="is closed"):
        store.root()

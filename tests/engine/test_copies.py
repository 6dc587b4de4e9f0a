"""Backup, restore, copy: the same entries in another place, whole or not there at all."""

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.load_process import CLIENTS
from tests.journal.build import SECOND, START, copy_of, grow, journal_of
from tests.postgres import journal_url
from tests.stories import Story
from yaosu.engine.copies import BACKUP, COPY, RESTORE, make_copy, sequence_at
from yaosu.engine.proof import verify
from yaosu.engine.writer import Writer
from yaosu.journal import Store, consistency_proof, open_sqlite, verify_consistency
from yaosu.journal.copied import Copied, mark_copied, read_copied
from yaosu.journal.new_file import part_of
from yaosu.journal.opening import open_store
from yaosu.journal.verify import verify as verify_journal
from yaosu.kernel.refusal import Refusal


def make(source: Path, target: Path, kind: str = BACKUP, last: int | None = None) -> Copied:
    with open_store(source, readonly=True) as store:
        return make_copy(store, str(target), kind, last).mark


def root_and_hashes(path: Path) -> tuple[bytes, list[bytes]]:
    with open_store(path, readonly=True) as store:
        found = verify_journal(store)
        return found.root, list(store.hashes(0, found.entries - 1))


def refused(call: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value


def names_in(folder: Path) -> set[str]:
    """The files, without what SQLite and the locks leave beside them."""
    return {p.name for p in folder.iterdir() if not p.name.endswith(("-wal", "-shm", ".lock"))}


def test_a_backup_has_the_same_hashes_and_the_same_root(tmp_path: Path) -> None:
    source, target = journal_of(tmp_path / "market.db", 40, 3, 500), tmp_path / "backup.db"
    mark = make(source, target)
    assert root_and_hashes(source) == root_and_hashes(target)
    assert (mark.size, mark.kind, mark.original) == (543, BACKUP, str(source))
    assert names_in(tmp_path) == {"market.db", "backup.db"}
    assert not target.with_name("backup.db-wal").exists() or not os.path.getsize(f"{target}-wal")


def test_a_copy_in_memory_of_the_state_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "market.db"
    story = Story(open_sqlite(path))
    story.found()
    story.venue.close()
    make(path, tmp_path / "b.db")
    make(tmp_path / "b.db", tmp_path / "r.db", RESTORE)
    proofs = []
    for name in ("market.db", "b.db", "r.db"):
        with open_store(tmp_path / name, readonly=True) as store:
            proofs.append(verify(store))
    assert proofs[0] == proofs[1] == proofs[2]


def test_a_journal_is_restored_to_an_entry_and_to_an_instant(tmp_path: Path) -> None:
    source = journal_of(tmp_path / "market.db", 50)
    make(source, tmp_path / "b.db")
    make(tmp_path / "b.db", tmp_path / "r.db", RESTORE, last=19)
    root, hashes = root_and_hashes(tmp_path / "r.db")
    with open_store(source, readonly=True) as store:
        assert hashes == list(store.hashes(0, 19))
        proof = consistency_proof(store, 20, 50)
        assert verify_consistency(20, 50, root, store.root(), proof)
        assert [sequence_at(store, START + at * SECOND) for at in (0, 7, 49, 1000)] == [
            0,
            7,
            49,
            49,
        ]
        assert sequence_at(store, START + 7 * SECOND - 1) == 6
        before = refused(lambda: sequence_at(store, START - 1))
    assert before.code == "journal.no_such_moment"
    assert "2026-01-01T00:00:49Z" in str(before)


@pytest.mark.parametrize("last", [-1, 50, 10**30])
def test_a_moment_that_the_backup_does_not_hold_is_refused(tmp_path: Path, last: int) -> None:
    source = journal_of(tmp_path / "market.db", 50)
    refusal = refused(lambda: make(source, tmp_path / "r.db", RESTORE, last))
    assert refusal.code == "journal.no_such_moment"
    assert "entries 0 to 49" in refusal.sentence
    assert names_in(tmp_path) == {"market.db"}


def test_nothing_is_ever_written_over(tmp_path: Path) -> None:
    source = journal_of(tmp_path / "market.db", 5)
    for name, content in (("file", b"mine"), ("empty", b"")):
        (tmp_path / name).write_bytes(content)
        assert refused(lambda name=name: make(source, tmp_path / name)).code == "journal.exists"
        assert (tmp_path / name).read_bytes() == content
    assert refused(lambda: make(source, source)).code == "journal.exists"
    assert refused(lambda: make(source, tmp_path)).code == "journal.exists"
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    make(source, tmp_path / "dangling")  # a link leads where the journal is to be
    assert root_and_hashes(tmp_path / "nowhere") == root_and_hashes(source)


def test_an_empty_journal_and_a_place_that_is_none_are_refused(tmp_path: Path) -> None:
    open_sqlite(tmp_path / "market.db").close()
    empty = refused(lambda: make(tmp_path / "market.db", tmp_path / "b.db"))
    assert empty.code == "journal.nothing_to_copy"
    source = journal_of(tmp_path / "full.db", 5)
    nowhere = refused(lambda: make(source, tmp_path / "no" / "folder" / "b.db"))
    assert nowhere.code == "journal.no_folder"


@pytest.mark.parametrize("place", [0.2, 0.5, 0.9])
def test_a_damaged_backup_is_not_restored(tmp_path: Path, place: float) -> None:
    """Whatever byte is wrong: refused, or the restored entries are the same to the last byte."""
    source = journal_of(tmp_path / "market.db", 700)  # 0.2 lies among entries
    make(source, tmp_path / "b.db")
    good = root_and_hashes(source)
    data = (tmp_path / "b.db").read_bytes()
    chance = random.Random(int(place * 10))
    found = 0
    for number in range(12):
        bad = bytearray(data)
        bad[int(len(data) * place) + chance.randrange(2000)] ^= 1 << number % 8
        torn = tmp_path / f"bad-{number}.db"
        torn.write_bytes(bad)
        try:
            make(torn, tmp_path / f"r-{number}.db", RESTORE)
        except Refusal as refusal:
            assert refusal.code in ("journal.damaged", "journal.cannot_read")
            assert f"r-{number}.db" not in names_in(tmp_path)
            found += 1
        else:
            assert root_and_hashes(tmp_path / f"r-{number}.db") == good
    assert found > 6
    assert not [name for name in names_in(tmp_path) if name.endswith(".part")]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_backup_is_not_restored(tmp_path: Path, share: float) -> None:
    source = journal_of(tmp_path / "market.db", 300)
    make(source, tmp_path / "b.db")
    os.truncate(tmp_path / "b.db", int(os.path.getsize(tmp_path / "b.db") * share))
    refusal = refused(lambda: make(tmp_path / "b.db", tmp_path / "r.db", RESTORE))
    assert refusal.code in ("journal.damaged", "journal.not_a_journal", "journal.cannot_read")
    assert names_in(tmp_path) == {"market.db", "b.db"}


def test_a_mark_that_does_not_fit_the_entries_is_damage(tmp_path: Path) -> None:
    make(journal_of(tmp_path / "market.db", 9), tmp_path / "b.db")
    with open_sqlite(tmp_path / "b.db") as store:
        mark = read_copied(store)
        assert mark is not None
        mark_copied(store, Copied(**{**as_fields(mark), "journal": bytes(32)}))
    refusal = refused(lambda: root_and_hashes(tmp_path / "b.db"))
    assert "note 'copied': it does not fit the entries" in str(refusal)


def as_fields(mark: Copied) -> dict[str, object]:
    return {name: getattr(mark, name) for name in mark.__struct_fields__}


def test_a_copy_that_did_not_arrive_as_it_was_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk gives back other bytes than it was given: found by reading everything again."""
    source = journal_of(tmp_path / "market.db", 300)
    append = type(open_sqlite(tmp_path / "x.db")).append

    def lying(store: Store, entries: list[object]) -> None:
        append(store, entries)
        with sqlite3.connect(store.name) as raw:
            raw.execute("UPDATE entries SET payloads = payloads || x'00' WHERE sequence = 17")

    monkeypatch.setattr("yaosu.journal.sqlite.SqliteStore.append", lying)
    refusal = refused(lambda: make(source, tmp_path / "b.db"))
    assert "entry 17" in str(refusal)
    assert "b.db" not in names_in(tmp_path)
    assert ".b.db.part" not in names_in(tmp_path)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk; the part is taken away again."""
    source = journal_of(tmp_path / "market.db", 200, payload=20_000)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        try:
            make(source, tmp_path / "b.db")
        except Refusal as refusal:
            good = refusal.code in ("journal.disk_full", "journal.write_failed")
            os._exit(0 if good else 5)
        os._exit(6)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert names_in(tmp_path) == {"market.db"}
    make(source, tmp_path / "b.db")
    assert root_and_hashes(source) == root_and_hashes(tmp_path / "b.db")


def test_an_interrupted_copy_goes_on_where_it_was(tmp_path: Path) -> None:
    """Also when the original has grown meanwhile; a part of another journal is begun again."""
    source = journal_of(tmp_path / "market.db", 100)
    interrupt(source, tmp_path / "b.db", 64)
    with open_sqlite(source) as store:
        grow(store, 30)
    with open_store(source, readonly=True) as store:
        made = make_copy(store, str(tmp_path / "b.db"), BACKUP)
    assert (made.resumed, made.mark.size) == (64, 130)
    assert root_and_hashes(source) == root_and_hashes(tmp_path / "b.db")

    other = tmp_path / "other.db"
    with open_sqlite(other) as store:
        grow(store, 10, payload=99)
    interrupt(source, tmp_path / "c.db", 64)
    with open_store(other, readonly=True) as store:
        assert make_copy(store, str(tmp_path / "c.db"), BACKUP).resumed == 0
    assert root_and_hashes(other) == root_and_hashes(tmp_path / "c.db")


def test_a_part_that_was_torn_is_begun_again(tmp_path: Path) -> None:
    source = journal_of(tmp_path / "market.db", 100)
    Path(part_of(str(tmp_path / "b.db"))).write_bytes(b"not what SQLite writes" * 1000)
    make(source, tmp_path / "b.db")
    assert root_and_hashes(source) == root_and_hashes(tmp_path / "b.db")
    assert names_in(tmp_path) == {"market.db", "b.db"}


def interrupt(source: Path, target: Path, after: int) -> None:
    """Leave a part with so many entries, as a kill between two transactions does."""

    def stop(done: int, _: int) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, open_store(source, readonly=True) as store:
        patch.setattr("yaosu.engine.copies.ENTRIES_AT_ONCE", after)
        with pytest.raises(KeyboardInterrupt):
            make_copy(store, str(target), BACKUP, None, stop)
    assert not target.exists()


def test_a_part_may_be_looked_at_but_is_told_from_a_whole_copy(tmp_path: Path) -> None:
    """What is half written never looks whole, even where somebody gives it the name by hand."""
    source = journal_of(tmp_path / "market.db", 100)
    interrupt(source, tmp_path / "b.db", 64)
    copy_of(Path(part_of(str(tmp_path / "b.db"))), tmp_path / "seems.db")
    for kind in (RESTORE, COPY):
        refusal = refused(lambda kind=kind: make(tmp_path / "seems.db", tmp_path / "r.db", kind))
        assert refusal.code == "journal.unfinished_copy"
    refusal = refused(lambda: root_and_hashes(tmp_path / "seems.db"))
    assert refusal.facts == {"path": str(tmp_path / "seems.db"), "found": 64, "expected": 100}


def test_two_at_once_make_one_copy(tmp_path: Path) -> None:
    source = journal_of(tmp_path / "market.db", 3000)
    said: list[str] = []

    def one() -> None:
        try:
            make(source, tmp_path / "b.db")
            said.append("made")
        except Refusal as refusal:
            said.append(refusal.code)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count("made") == 1
    assert set(said) <= {"made", "journal.locked", "journal.exists"}
    assert root_and_hashes(source) == root_and_hashes(tmp_path / "b.db")
    assert names_in(tmp_path) == {"market.db", "b.db"}


@pytest.fixture
def nursery() -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Begins the processes that begin the processes to be killed."""
    begun: list[subprocess.Popen[str]] = []

    def begin(module: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.communicate(timeout=60)


def ask(process: subprocess.Popen[str], *words: object) -> None:
    assert process.stdin is not None
    process.stdin.write("\t".join(map(str, words)) + "\n")
    process.stdin.flush()


def number_of_child(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    line = process.stdout.readline()
    while not line.startswith("process "):
        assert line, "the nursery ended"
        line = process.stdout.readline()
    return int(line.split()[1])


def kill_while_copying(
    process: subprocess.Popen[str], source: Path, target: Path, kind: str, chance: random.Random
) -> bool:
    """Kill a copy at a moment that chance names; whether it had been made before."""
    ask(process, source, target, kind)
    number = number_of_child(process)
    assert process.stdout is not None
    for _ in range(chance.randrange(1, 12)):
        if process.stdout.readline().startswith(("made", "ended")):
            break
    time.sleep(chance.random() * 0.004)
    try:
        os.kill(number, signal.SIGKILL)
    except ProcessLookupError:
        return True
    line = process.stdout.readline()
    while line and not line.startswith("ended"):
        line = process.stdout.readline()
    return line == "ended 0\n"


def test_a_copy_killed_at_any_moment_is_whole_or_not_there(
    tmp_path: Path, nursery: Callable[[str], subprocess.Popen[str]]
) -> None:
    """Twelve kills of a backup and twelve of a restore; after each the next one goes on."""
    process = nursery("tests.engine.copy_process")
    chance = random.Random(20260102)
    source = journal_of(tmp_path / "market.db", 1600, payload=400)
    good = root_and_hashes(source)
    killed = 0
    for kind, origin in ((BACKUP, source), (RESTORE, tmp_path / "backup-11.db")):
        for number in range(12):
            target = tmp_path / f"{kind}-{number}.db"
            for _ in range(1 + number % 3):
                was_made = kill_while_copying(process, origin, target, kind, chance)
                killed += not was_made
                assert target.exists() or not was_made
                if target.exists():
                    assert root_and_hashes(target) == good
                    break
            if not target.exists():
                make(origin, target, kind)
            assert root_and_hashes(target) == good
    assert killed > 12


def test_a_backup_beside_a_writer_under_load_holds_all_that_was_acknowledged_before(
    tmp_path: Path, nursery: Callable[[str], subprocess.Popen[str]]
) -> None:
    process = nursery("tests.engine.load_process")
    path = tmp_path / "market.db"
    ask(process, path, *range(CLIENTS))
    number = number_of_child(process)
    assert process.stdout is not None
    told: dict[int, str] = {}
    made = []
    for at in range(3):
        while len(told) < 40 * (at + 1):
            words = process.stdout.readline().split()
            if words[0].isdigit():
                told[int(words[1])] = words[2]
        made.append((make(path, tmp_path / f"b-{at}.db"), dict(told)))
    os.kill(number, signal.SIGKILL)
    while not process.stdout.readline().startswith("ended"):
        pass
    for at, (mark, before) in enumerate(made):
        root, hashes = root_and_hashes(tmp_path / f"b-{at}.db")
        assert (len(hashes), root) == (mark.size, mark.root)
        assert [hashes[sequence].hex() for sequence in before] == list(before.values())
    assert root_and_hashes(path)[1][: made[-1][0].size] == root_and_hashes(tmp_path / "b-2.db")[1]


def test_a_closed_backup_is_one_file_that_can_be_carried_away(tmp_path: Path) -> None:
    make(journal_of(tmp_path / "market.db", 50), tmp_path / "b.db")
    (tmp_path / "far").mkdir()
    shutil.copyfile(tmp_path / "b.db", tmp_path / "far" / "b.db")
    make(tmp_path / "far" / "b.db", tmp_path / "far" / "r.db", RESTORE)
    assert root_and_hashes(tmp_path / "far" / "r.db") == root_and_hashes(tmp_path / "market.db")


def test_a_copy_whose_root_is_not_the_one_that_was_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = journal_of(tmp_path / "market.db", 50)
    root = bytes(32)
    monkeypatch.setattr("yaosu.engine.copies.root_of", lambda _: root)
    refusal = refused(lambda: make(source, tmp_path / "r.db", RESTORE, last=20))
    assert str(refusal) == (
        f"journal.copy_differs: the copy at {tmp_path / '.r.db.part'} is not what was read: its "
        "root; copy again; if it happens again, look at the disk and at the memory of this machine"
    )
    assert names_in(tmp_path) == {"market.db"}


def test_a_journal_goes_to_postgresql_and_back_with_the_same_hashes(tmp_path: Path) -> None:
    """SQLite to PostgreSQL to SQLite: equal hashes, equal root, and a mark at each step."""
    source = journal_of(tmp_path / "market.db", 40, 3, 200)
    good = root_and_hashes(source)
    with journal_url() as url:
        with open_store(source, readonly=True) as store:
            made = make_copy(store, url, COPY)
        assert made.mark.root == good[0]
        with open_store(url, readonly=True) as store:
            found = verify_journal(store)
            assert (found.root, list(store.hashes(0, found.entries - 1))) == good
            back = make_copy(store, str(tmp_path / "back.db"), COPY)
        assert root_and_hashes(tmp_path / "back.db") == good
        assert back.mark.original == str(source)
        assert refused(lambda: copy_again(source, url)).code == "journal.exists"
        with open_store(url) as store:
            assert refused(lambda: Writer(store)).code == "journal.is_a_copy"


def test_an_interrupted_copy_into_postgresql_is_told_from_a_whole_one_and_goes_on(
    tmp_path: Path,
) -> None:
    source = journal_of(tmp_path / "market.db", 100)
    with journal_url() as url:

        def stop(done: int, _: int) -> None:
            raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patch, open_store(source, readonly=True) as store:
            patch.setattr("yaosu.engine.copies.ENTRIES_AT_ONCE", 64)
            with pytest.raises(KeyboardInterrupt):
                make_copy(store, url, COPY, None, stop)
        with open_store(url, readonly=True) as store:
            assert refused(lambda: verify_journal(store)).code == "journal.unfinished_copy"
        assert copy_again(source, url) == 64
        with open_store(url, readonly=True) as store:
            assert verify_journal(store).root == root_and_hashes(source)[0]


def copy_again(source: Path, url: str) -> int:
    with open_store(source, readonly=True) as store:
        return make_copy(store, url, COPY).resumed

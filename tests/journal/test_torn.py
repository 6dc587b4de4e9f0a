"""What a crash or a bad disk leaves: a torn tail is cut, a hole in the middle is refused."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journal.build import copy_of, grow, journal_of, raw
from yaosu.journal import Entry, SqliteStore, open_sqlite, verify
from yaosu.journal.wal import FRAME, HEADER
from yaosu.kernel.refusal import Refusal

BATCHES = (3, 1, 40, 2, 2, 30)
PAGE = 4096
STEP = FRAME.size + PAGE


@pytest.fixture
def crashed(tmp_path: Path) -> tuple[Path, list[Entry]]:
    """A journal whose writer vanished; everything but its beginning is still in the log."""
    path = tmp_path / "market.db"
    with open_sqlite(path) as store:
        entries = [entry for count in BATCHES for entry in grow(store, count, payload=300)]
        copy_of(path, tmp_path / "crashed.db")
    return tmp_path / "crashed.db", entries


def log_of(path: Path) -> bytes:
    return Path(f"{path}-wal").read_bytes()


def with_log(crashed: Path, name: str, log: bytes) -> Path:
    path = copy_of(crashed, crashed.parent / name)
    for ending in ("-shm", "-wal"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    Path(f"{path}-wal").write_bytes(log)
    return path


def commits_of(log: bytes) -> list[int]:
    """Numbers of the frames that end a commit."""
    count = (len(log) - HEADER.size) // STEP
    return [at for at in range(count) if FRAME.unpack_from(log, HEADER.size + at * STEP)[1]]


def lengths() -> Iterator[int]:
    total = 0
    for count in BATCHES:
        yield total
        total += count
    yield total


def assert_a_beginning(path: Path, entries: list[Entry]) -> int:
    """The journal holds whole batches from the first on, verifies, and can go on."""
    with open_sqlite(path, readonly=True) as store:
        assert verify(store).entries in set(lengths())
    with open_sqlite(path) as store:
        size = store.size
        assert size in set(lengths())
        assert list(store.read()) == entries[:size]
        grow(store, 2)
        assert verify(store).entries == size + 2
    return size


def test_a_crashed_journal_has_all_that_was_acknowledged(
    crashed: tuple[Path, list[Entry]],
) -> None:
    path, entries = crashed
    with open_sqlite(path) as store:
        assert list(store.read()) == entries
        assert verify(store).entries == sum(BATCHES)


def test_a_log_cut_short_anywhere_leaves_whole_batches(crashed: tuple[Path, list[Entry]]) -> None:
    path, entries = crashed
    log = log_of(path)
    frames = (len(log) - HEADER.size) // STEP
    cuts = {HEADER.size + at * STEP + more for at in range(frames) for more in (0, 1, 24, 2000)}
    sizes = []
    for cut in sorted({0, 1, 31, *cuts, len(log)}):
        sizes.append(assert_a_beginning(with_log(path, "cut.db", log[:cut]), entries))
    assert sizes == sorted(sizes)
    assert set(sizes) == set(lengths())


def test_garbage_at_the_end_of_the_log_is_cut(crashed: tuple[Path, list[Entry]]) -> None:
    path, entries = crashed
    log = log_of(path)
    noise = random.Random(20260101)
    last = commits_of(log)[-2] + 1  # the first frame of the last commit
    for _ in range(20):
        at = HEADER.size + last * STEP + noise.randrange(len(log) - HEADER.size - last * STEP)
        garbled = log[:at] + noise.randbytes(len(log) - at)
        size = assert_a_beginning(with_log(path, "garbled.db", garbled), entries)
        assert size == sum(BATCHES[:-1])
    more = log + noise.randbytes(3 * STEP + 5)
    assert assert_a_beginning(with_log(path, "more.db", more), entries) == sum(BATCHES)


@pytest.mark.parametrize("readonly", [True, False])
def test_a_hole_in_the_middle_of_the_log_is_refused(
    crashed: tuple[Path, list[Entry]], readonly: bool
) -> None:
    path, _ = crashed
    log = log_of(path)
    commits = commits_of(log)
    noise = random.Random(20260102)
    for frame in range(commits[-3] + 1):
        bent = bytearray(log)
        bent[HEADER.size + frame * STEP + noise.randrange(STEP)] ^= 1 << noise.randrange(8)
        bent_path = with_log(path, "bent.db", bytes(bent))
        with pytest.raises(Refusal) as refusal:
            open_sqlite(bent_path, readonly)
        assert refusal.value.code == "journal.damaged"
        assert refusal.value.facts["position"] == "the write-ahead log"
        assert str(refusal.value.facts["what"]).startswith(f"frame {frame + 1} of ")
        assert log_of(bent_path) == bytes(bent), "the evidence must stay"


@pytest.mark.parametrize("at", range(HEADER.size))
def test_a_flipped_byte_in_the_head_of_the_log_is_refused(
    crashed: tuple[Path, list[Entry]], at: int
) -> None:
    path, _ = crashed
    bent = bytearray(log_of(path))
    bent[at] ^= 0x10
    with pytest.raises(Refusal, match=r"journal.damaged: .* at the write-ahead log: its header"):
        open_sqlite(with_log(path, "bent.db", bytes(bent)))


def test_the_log_of_a_living_writer_is_no_business_of_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "market.db"
    with open_sqlite(path) as writer:
        for count in BATCHES:
            grow(writer, count)
        log = bytearray(log_of(path))
        log[0] ^= 0x10  # as a reading in the middle of a write might see it
        with open_sqlite(path, readonly=True) as reader:
            Path(f"{path}-wal").write_bytes(bytes(log))
            with open_sqlite(path, readonly=True) as another:
                assert another.size == reader.size == sum(BATCHES)
        log[0] ^= 0x10
        Path(f"{path}-wal").write_bytes(bytes(log))


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = journal_of(tmp_path / "market.db", 40, payload=300)
    data = path.read_bytes()
    for length in (1, 50, 99, 100, PAGE - 1, PAGE, PAGE + 1, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(Refusal, match=r"journal\.(damaged|not_a_journal|cannot_read)"):
            verify_whole(path)
    path.write_bytes(data)
    assert verify_whole(path) == 40


def verify_whole(path: Path) -> int:
    with open_sqlite(path, readonly=True) as store:
        return verify(store).entries


def test_a_new_journal_interrupted_at_its_beginning_can_be_begun_again(tmp_path: Path) -> None:
    path = tmp_path / "market.db"
    connection = raw(path)
    connection.execute("PRAGMA journal_mode = WAL")  # so far, and then the power went
    connection.close()
    with open_sqlite(path) as store:
        assert isinstance(store, SqliteStore)
        grow(store, 1)
        assert verify(store).entries == 1

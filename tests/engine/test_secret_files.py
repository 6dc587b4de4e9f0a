"""The key store beside the journal: crashes, copies, other journals, other wrapping keys."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.engine.secret_venue import PERSON, WRAPPING, erase, founding, open_at, refused, register
from yaosu.door import new_wrapping_key, open_keys
from yaosu.engine.proof import verify
from yaosu.journal.keys import KeyStore
from yaosu.journal.sqlite import open_sqlite


@pytest.fixture
def wrapping_file(tmp_path: Path) -> Path:
    path = tmp_path / "wrapping"
    path.touch(0o600)
    path.write_text(WRAPPING.text)
    return path


def test_a_crash_between_the_entry_and_the_erasure_is_finished_at_the_next_opening(
    tmp_path: Path, wrapping_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "market.db"
    with open_at(path, wrapping_file) as venue:
        venue.submit(founding())
        venue.submit(register(), sealed=PERSON).accepted()

    def crash(self: KeyStore, name: str) -> None:
        raise OSError("the power went")

    venue = open_at(path, wrapping_file)
    with monkeypatch.context() as patched:
        patched.setattr(KeyStore, "destroy", crash)
        with pytest.raises(OSError, match="the power went"):
            venue.submit(erase())
        assert refused(lambda: venue.submit(erase())).startswith("engine.stopped: ")
        venue.close()
    keys = open_keys(path, wrapping_file, readonly=True)
    assert keys is not None
    with keys, open_sqlite(path, readonly=True) as store:
        assert keys.names() == {"person/anna": True}
        found = verify(store, keys=keys).secrets
        assert found.faults == ["the key person/anna stands, but entry 3 erased it"]
    with open_at(path, wrapping_file) as venue:
        assert venue.submit(erase()).repeated
        assert venue.verify().secrets.missing == 0
    keys = open_keys(path, wrapping_file, readonly=True)
    assert keys is not None
    with keys:
        assert keys.names() == {"person/anna": False}


def test_keys_restored_from_a_copy_are_erased_again(tmp_path: Path, wrapping_file: Path) -> None:
    """S1-22: erased is final; the journal remembers for the keys."""
    path, kept = tmp_path / "market.db", tmp_path / "copy"
    with open_at(path, wrapping_file) as venue:
        venue.submit(founding())
        first = venue.submit(register(), sealed=PERSON).accepted()
        shutil.copy2(tmp_path / "market.keys", kept)
        venue.submit(erase()).accepted()
    shutil.copy2(kept, tmp_path / "market.keys")
    with open_at(path, wrapping_file) as venue:
        assert refused(lambda: venue.open_sealed(first.sequence, "name")).startswith(
            "journal.key_erased: "
        )
        assert venue.verify().secrets.missing == 0


def test_a_key_is_on_the_disk_before_the_entry_that_needs_it(
    tmp_path: Path, wrapping_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "market.db"
    with open_at(path, wrapping_file) as venue:
        venue.submit(founding())
        seen: list[list[str]] = []
        append = type(venue.store).append

        def look(self: object, entries: object) -> None:
            with sqlite3.connect(tmp_path / "market.keys") as connection:
                rows = connection.execute("SELECT id FROM data_keys").fetchall()
                seen.append([name for (name,) in rows])
            append(self, entries)

        monkeypatch.setattr(type(venue.store), "append", look)
        venue.submit(register(), sealed=PERSON).accepted()
    assert seen[0] == ["person/anna"]


def test_the_keys_of_another_journal_are_refused(tmp_path: Path, wrapping_file: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with open_at(tmp_path / name / "market.db", wrapping_file) as venue:
            venue.submit(replace(founding(), venue=name))
            venue.submit(register(), sealed=PERSON).accepted()
    shutil.copy2(tmp_path / "one" / "market.keys", tmp_path / "two" / "market.keys")
    said = refused(lambda: open_at(tmp_path / "two" / "market.db", wrapping_file))
    assert said.startswith("journal.keys_of_another: ")
    with open_sqlite(tmp_path / "two" / "market.db") as store:
        assert store.size  # the lock was let go


def test_a_wrapping_key_that_others_can_read_is_refused(
    tmp_path: Path, wrapping_file: Path
) -> None:
    wrapping_file.chmod(0o644)
    said = refused(lambda: open_at(tmp_path / "market.db", wrapping_file))
    assert said.startswith("journal.keys_open_to_others: ")
    missing = refused(lambda: open_at(tmp_path / "market.db", tmp_path / "nothing"))
    assert missing.startswith("journal.keys_failed: ")


def test_the_wrapping_key_is_rotated_without_touching_the_journal(
    tmp_path: Path, wrapping_file: Path
) -> None:
    path = tmp_path / "market.db"
    with open_at(path, wrapping_file) as venue:
        venue.submit(founding())
        first = venue.submit(register(), sealed=PERSON).accepted()
    before = path.read_bytes()
    keys = open_keys(path, wrapping_file)
    assert keys is not None
    fresh = new_wrapping_key()
    with keys:
        assert keys.rotate(fresh) == 1
    wrapping_file.write_text(fresh.text)
    assert path.read_bytes() == before
    with open_at(path, wrapping_file) as venue:
        assert venue.open_sealed(first.sequence, "name").value == "张三"


def test_a_journal_that_is_no_file_wants_its_key_store_named(wrapping_file: Path) -> None:
    """In PostgreSQL there is no place beside it; nothing is opened, and no password is shown."""
    said = refused(lambda: open_keys("postgresql://me:hush@db/market", wrapping_file))
    assert said.startswith("journal.keys_not_named: the journal ")
    assert said.endswith("name the key store, or set YAOSU_KEYS")
    assert "hush" not in said


def test_ciphertext_may_go_after_its_erasure_and_not_before(
    tmp_path: Path, wrapping_file: Path
) -> None:
    """S1-22: pruned is still erased, by the same entry; what merely vanished is missing."""
    path = tmp_path / "market.db"
    with open_at(path, wrapping_file) as venue:
        venue.submit(founding())
        first = venue.submit(register(), sealed=PERSON).accepted()
        other = venue.submit(register("r-2", "bao"), sealed={"name": "x"}).accepted()
        assert venue.prune_sealed() == []
        erased = venue.submit(erase()).accepted()
        root = venue.store.root()
        assert venue.prune_sealed() == [first.sequence]
        assert venue.prune_sealed() == []
        assert venue.store.root() == root
        found = venue.verify().secrets
        assert (found.matches, found.erased, found.missing) == (1, 2, 0)
        assert found.erased_by == {"person/anna": erased.sequence}
        assert venue.audit().is_clean
        venue.store.drop_sealed(other.sequence)
    with open_at(path, wrapping_file) as venue:
        assert venue.verify().secrets.faults == [
            f"entry {other.sequence}, item name: its ciphertext is gone and no entry erased its key"
        ]
        assert refused(lambda: venue.open_sealed(other.sequence, "name")).startswith(
            "engine.no_such_item: "
        )

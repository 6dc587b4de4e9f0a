"""No room: the batch that does not fit is refused, all earlier ones are kept, and it goes on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journal.build import grow, journal_of
from yaosu.journal import open_sqlite, verify
from yaosu.kernel.refusal import Refusal

# fills a journal until it is refused, then tells what was acknowledged and what was said
FILL = """
import json, resource, sys
from tests.journal.build import grow
from yaosu.journal import open_sqlite
from yaosu.kernel.refusal import Refusal

path, limit = sys.argv[1], int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
store, acknowledged, codes = None, 0, []
try:
    store = open_sqlite(path)
    acknowledged = store.size
    while acknowledged < 20_000:
        grow(store, 10, payload=1000)
        acknowledged += 10
except Refusal as refusal:
    codes.append(refusal.code)
    try:
        if store is not None:
            grow(store, 1)
    except Refusal as again:
        codes.append(again.code)
print(json.dumps([acknowledged, codes]))
"""
# runs a command beside a disk of 1 MB and carries away what it left there
SMALL_DISK = (
    "unshare",
    "-rm",
    "sh",
    "-c",
    'mount -t tmpfs -o size=1m tmpfs "$1" || exit 9; disk=$1; saved=$2; shift 2; '
    '"$@"; code=$?; cp -p "$disk"/* "$saved" 2>&- ; exit $code',
)


def fill(path: Path, limit: int, *before: str) -> tuple[int, list[str]]:
    result = subprocess.run(
        [*before, sys.executable, "-c", FILL, str(path), str(limit)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    acknowledged, codes = json.loads(result.stdout)
    return acknowledged, codes


def test_a_file_that_may_not_grow_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "market.db"
    acknowledged, codes = fill(path, 500_000)
    assert acknowledged > 0
    assert codes == ["journal.write_failed", "journal.stopped"]
    with open_sqlite(path) as store:  # here without the limit, as after making room
        assert verify(store).entries == acknowledged
        grow(store, 5)
        assert verify(store).entries == acknowledged + 5


def test_a_disk_too_full_to_begin_or_to_reopen_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "market.db"
    assert fill(path, 4096)[1][0] == "journal.write_failed"
    for ending in ("", "-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    journal_of(path, 30, payload=1000)
    assert fill(path, 20_000)[1][0] == "journal.write_failed"
    with open_sqlite(path) as store:
        assert verify(store).entries == 30


def test_a_really_full_disk_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    """On a file system of 1 MB of its own, where the machine lets us make one."""
    disk, saved = tmp_path / "disk", tmp_path / "saved"
    disk.mkdir()
    saved.mkdir()
    try:
        subprocess.run(
            [*SMALL_DISK, "sh", disk, saved, sys.executable, "-c", ""],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine does not let a user mount a small file system")
    acknowledged, codes = fill(disk / "market.db", 0, *SMALL_DISK, "sh", str(disk), str(saved))
    assert acknowledged > 0
    assert codes == ["journal.disk_full", "journal.stopped"]
    with open_sqlite(saved / "market.db") as store:
        assert verify(store).entries == acknowledged
        grow(store, 5)
        assert verify(store).entries == acknowledged + 5


def test_a_full_database_is_named_as_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "market.db"
    with open_sqlite(path) as store:
        grow(store, 1)
        assert store._connection is not None
        store._connection.execute("PRAGMA max_page_count = 12")
        with pytest.raises(Refusal) as refusal:
            grow(store, 100, payload=1000)
        assert str(refusal.value) == (
            f"journal.disk_full: no room left to write {path}; nothing of this batch is recorded; "
            "make room on the disk and open the journal again; all earlier entries are kept"
        )
    with open_sqlite(path) as store:
        assert verify(store).entries == 1
        grow(store, 100, payload=1000)
        assert store.size == 101

"""Small journals for tests: entries whose content follows from their number."""

import shutil
import sqlite3
from pathlib import Path

from yaosu.journal import ACCEPTED, REFUSED, ZERO, Entry, Store, open_sqlite, seal
from yaosu.kernel.canonical import digest

START = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
SECOND = 1_000_000


def next_entries(store: Store, count: int, payload: int = 12) -> list[Entry]:
    """The entries that come next, not yet appended; every third is a refused one."""
    last = store.last()
    sequence, held = (last[0] + 1, last[1]) if last else (0, ZERO)
    made = []
    for number in range(sequence, sequence + count):
        text = f"{number:06d}".encode()
        made.append(
            seal(
                held,
                number,
                START + number * SECOND,
                REFUSED if number % 3 == 2 else ACCEPTED,
                f"firm-{number % 5}",
                (b"command " + text).ljust(payload, b"."),
                (b"events " + text).ljust(payload, b"-"),
                b"sealed " + text if number % 2 else b"",
                digest(b"rules"),
                1,
                digest(b"parties"),
            )
        )
        held = made[-1].hash
    return made


def grow(store: Store, count: int, payload: int = 12) -> list[Entry]:
    """Append ``count`` entries as one batch."""
    batch = next_entries(store, count, payload)
    store.append(batch)
    return batch


def journal_of(path: Path, *batches: int, payload: int = 12) -> Path:
    """A journal on disk, closed, with these batches and one note."""
    with open_sqlite(path) as store:
        for count in batches:
            grow(store, count, payload)
        store.note("venue", b"test-venue")
    return path


def copy_of(path: Path, target: Path) -> Path:
    """The journal as a crash would leave it: the file and its write-ahead log, as they are."""
    for ending in ("", "-wal"):
        if Path(f"{path}{ending}").exists():
            shutil.copyfile(f"{path}{ending}", f"{target}{ending}")
    return target


def raw(path: Path) -> sqlite3.Connection:
    """The file as any other program would open it."""
    return sqlite3.connect(path, isolation_level=None)

"""A journal file that is there whole or not at all: made beside its place, then given its name.

What is under way has the name ``.NAME.part``; an interrupted copy is found there and goes on.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from yaosu.journal.lock import WriterLock
from yaosu.journal.sqlite import SqliteStore, open_sqlite
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless

BESIDE = ("-wal", "-shm", ".lock")
MAKING = ".making"
BEGIN_AGAIN = ("journal.damaged", "journal.not_a_journal", "journal.wrong_format")


def part_of(path: str) -> str:
    """Where a file is kept until it is whole."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name}.part")


@contextmanager
def making(path: str) -> Iterator[None]:
    """The right to make the file at ``path``; what is refused inside leaves no part behind.

    Raises:
        Refusal: `journal.exists`, `journal.no_folder`, `journal.locked` where another process
            is making it.
    """
    folder = os.path.dirname(path)
    refuse_unless(
        os.path.isdir(folder), "journal.no_folder", path=path, reason=f"no folder {folder}"
    )
    claim = part_of(path) + MAKING
    try:
        lock = WriterLock(claim)
    except OSError as error:
        refuse("journal.no_folder", path=path, reason=error.strerror or str(error))
    try:
        _refuse_existing(path)
        yield
    except Refusal:
        remove_part(path)
        raise
    finally:
        with suppress(FileNotFoundError):
            os.unlink(claim + ".lock")
        lock.release()


@contextmanager
def part_opened(path: str) -> Iterator[SqliteStore]:
    """The unfinished journal that is to be at ``path``: the one interrupted, or a new one."""
    part = part_of(path)
    try:
        store = open_sqlite(part)
    except Refusal as refusal:
        if refusal.code not in BEGIN_AGAIN:
            raise
        remove_part(path)  # our own half-made copy, torn: nobody was told of it
        store = open_sqlite(part)
    with store:
        yield store


def give_name(path: str) -> None:
    """Let the finished part appear at ``path``, at once and never over something else.

    Raises:
        Refusal: `journal.exists`, `journal.write_failed`.
    """
    part = part_of(path)
    try:
        log = part + "-wal"
        if os.path.exists(log) and os.path.getsize(log):
            refuse("journal.write_failed", path=path, reason="its write-ahead log is not empty")
        _sync(part)
        try:
            os.link(part, path)
        except FileExistsError:
            refuse("journal.exists", path=path)
        except OSError:  # a file system without links: take the name first, then put it in place
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
            os.replace(part, path)
        remove_part(path)
        _sync(os.path.dirname(path))
    except FileExistsError:
        refuse("journal.exists", path=path)
    except OSError as error:
        refuse("journal.write_failed", path=path, reason=error.strerror or str(error))


def remove_part(path: str) -> None:
    """Take an unfinished journal away, with what SQLite and the lock left beside it."""
    part = part_of(path)
    for name in (part, *(part + ending for ending in BESIDE)):
        with suppress(FileNotFoundError):
            os.unlink(name)


def _refuse_existing(path: str) -> None:
    if not os.path.lexists(path):
        return
    with suppress(FileNotFoundError):
        if os.path.samefile(part_of(path), path):  # killed between its two names
            remove_part(path)
    refuse("journal.exists", path=path)


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""One writer: an operating-system lock on a file beside the journal.

The lock belongs to the process, so it is gone when the process is, however that ended. The file
stays; it holds the number of the process, and its date tells since when.
"""

import fcntl
import os
from weakref import WeakSet

from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import Refusal

_HELD: "WeakSet[WriterLock]" = WeakSet()


class WriterLock:
    """The right to write the journal at ``path``; taken when made.

    Raises:
        Refusal: `journal.locked` naming the process that has it.
        OSError: where the file cannot be made.
    """

    def __init__(self, path: str) -> None:
        self._file = path + ".lock"
        self._handle = self._take(path)
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)
        _HELD.add(self)

    def release(self) -> None:
        """Let another writer in; safe to call twice."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        _HELD.discard(self)

    def _take(self, path: str) -> int:
        while True:
            handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self._is_current(handle):
                    return handle
                # somebody removed the file between opening and locking: lock the new one
            except BlockingIOError:
                raise self._refusal(path, handle) from None
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)

    def _is_current(self, handle: int) -> bool:
        try:
            return os.path.samestat(os.fstat(handle), os.stat(self._file))
        except FileNotFoundError:
            return False

    def _refusal(self, path: str, handle: int) -> Refusal:
        holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
        since = format_instant(os.fstat(handle).st_mtime_ns // 1_000_000_000 * 1_000_000)
        os.close(handle)
        return Refusal("journal.locked", path=path, pid=holder or "unknown", since=since)


def writer_is_alive(path: str) -> bool:
    """Whether some process has the journal at ``path`` open for writing."""
    try:
        handle = os.open(path + ".lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _let_go_in_child() -> None:
    """A forked child must not keep the lock alive after its parent has died."""
    for lock in list(_HELD):
        lock.release()


os.register_at_fork(after_in_child=_let_go_in_child)

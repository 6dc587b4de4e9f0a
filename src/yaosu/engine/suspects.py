"""Which command the writer had in hand when it died, and how often that was so.

Before a command is decided it is marked in a page shared with the operating system, without a
sync: the mark survives the death of the process (a kill, a crash in compiled code, no memory left),
though not the loss of power. Whoever opens the journal next finds it and counts. A mark costs less
than a microsecond; only a death costs a write.
"""

import mmap
import os
from contextlib import suppress

from msgspec import Struct

from yaosu.journal.store import KEY_BYTES, Store
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal

CRASHES_MAX = 2  # after so many the command is set aside
NOTE = "suspects"
TEXT_MAX = 64  # characters of actor and key that are kept
PAGE = 1024


class Suspect(Struct, frozen=True):
    """A command that was in hand when the writer died; who asked it, and how often it happened."""

    party: str
    party_key: str
    crashes: int = 1


class Suspects:
    """The mark, and the count of deaths by command.

    Attributes:
        counted: name of a command (hex) -> the suspect.
    """

    def __init__(self, store: Store, path: str | None) -> None:
        """Read the mark that the process before left, and count it.

        Args:
            store: keeps the counts, as a note.
            path: of the file that holds the mark; None where there is none to outlive the process.
        """
        self._store = store
        self._held: tuple[str, Suspect] | None = None
        kept = store.notes().get(NOTE)
        self.counted = {} if kept is None else canonical.decode(kept, dict[str, Suspect])
        self._page = None if path is None else _page(path)
        if self._page is not None and self._page[0]:
            length = int.from_bytes(self._page[1:3], "little")
            with suppress(Refusal):  # torn: the machine died with the process, nothing is known
                name, suspect = canonical.decode(self._page[3 : 3 + length], tuple[str, Suspect])
                self._count(name, suspect)
            self._clear()

    def hold(self, key: bytes, actor: str, party_key: str) -> None:
        """The command that is decided next."""
        name = key.hex()
        suspect = Suspect(actor[:TEXT_MAX], party_key[:TEXT_MAX])
        self._held = (name, suspect)
        if self._page is not None:
            mark = canonical.encode(self._held)
            self._page[1 : 3 + len(mark)] = len(mark).to_bytes(2, "little") + mark
            self._page[0] = 1

    def let_go(self) -> None:
        """It was decided."""
        self._held = None
        self._clear()

    def blame(self) -> None:
        """The writer fails now: count what it has in hand, if anything."""
        if self._held is not None:
            with suppress(Refusal):  # the store fails too: the mark stays for the next process
                self._count(*self._held)
                self.let_go()

    def forget(self, names: list[str]) -> None:
        """These need no count any more: they were answered, or set aside."""
        if any(name in self.counted for name in names):
            self.counted = {n: found for n, found in self.counted.items() if n not in names}
            self._store.note(NOTE, canonical.encode(self.counted))

    def guilty(self) -> dict[str, Suspect]:
        """Those that are to be set aside."""
        return {n: found for n, found in self.counted.items() if found.crashes >= CRASHES_MAX}

    def close(self) -> None:
        """Let go of the page."""
        if self._page is not None:
            self._page.close()
            self._page = None

    def _count(self, name: str, suspect: Suspect) -> None:
        before = self.counted.get(name)
        crashes = 1 if before is None else before.crashes + 1
        self.counted[name] = Suspect(suspect.party, suspect.party_key, crashes)
        self._store.note(NOTE, canonical.encode(self.counted))

    def _clear(self) -> None:
        if self._page is not None:
            self._page[0] = 0


def mark_beside(store: Store) -> str | None:
    """Where the mark of a journal in a file is; None where it is in no file."""
    return f"{store.name}.inhand" if os.path.isfile(store.name) else None


def _page(path: str) -> mmap.mmap:
    """A page of a file, shared and whole: a hole in it could not be filled on a full disk."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        missing = PAGE - os.fstat(handle).st_size
        if missing > 0:
            os.pwrite(handle, bytes(missing), PAGE - missing)
        return mmap.mmap(handle, PAGE)
    finally:
        os.close(handle)


assert KEY_BYTES * 2 + 8 * TEXT_MAX + 64 < PAGE, "a mark fits its page"

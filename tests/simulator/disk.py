"""A disk in memory that knows what is written and what is synced, and a store of the journal on it.

The disk is one file of frames. A power cut keeps every synced frame; of what was only written each
frame is kept whole, in part, or not at all, whatever their order. A killed process leaves all that
it wrote. A frame knows its length, so a torn one is seen; a flipped bit in it is not: to find that
is the task of the journal.
"""

import errno
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import Self

from msgspec import DecodeError, msgpack

from yaosu.journal.chain import ZERO, Entry, Row, header_hash, row_of
from yaosu.journal.damage import check_head, checked_entries, entry_damaged
from yaosu.journal.merkle import EMPTY_ROOT
from yaosu.journal.store import Head, check_keys
from yaosu.journal.tip import tip_of
from yaosu.kernel.refusal import Refusal, refuse_unless


class PowerCutError(BaseException):
    """The machine lost its power in the middle of something; no code runs after it."""


@dataclass(frozen=True)
class Frame:
    """One write: ``row``, ``head``, ``note``, ``keys``, ``drop`` or ``forget``.

    It is torn where ``data`` is shorter than ``length``.
    """

    kind: str
    data: bytes
    length: int

    @property
    def is_torn(self) -> bool:
        return len(self.data) < self.length


@dataclass
class Disk:
    """Frames, and the faults that wait for the next write or sync.

    Attributes:
        frames: the file as a process sees it.
        synced: how many of them survive a power cut for certain.
        cut: frames that were cut off and are still there if the power fails before the next sync.
        fuse: writes and syncs until the power fails; None is never.
        is_full, sync_fails, is_slow: what the next write or sync meets.
        waited: ticks that slow operations took, for the world to collect.
    """

    chance: random.Random
    frames: list[Frame]
    synced: int = 0
    cut: tuple[Frame, ...] = ()
    fuse: int | None = None
    is_full: bool = False
    sync_fails: bool = False
    is_slow: bool = False
    waited: int = 0

    def write(self, frame: Frame) -> None:
        """Add a frame at the end; it is safe only after the next sync."""
        if self._burns():
            self.frames.append(self._torn(frame))
            raise PowerCutError
        if self.is_full:
            self.is_full = False
            self.frames.append(self._torn(frame))
            raise OSError(errno.ENOSPC, "no space left on device")
        self.frames.append(frame)

    def sync(self) -> None:
        """Make all that is written survive a power cut."""
        if self._burns():
            raise PowerCutError
        if self.is_slow:
            self.is_slow = False
            self.waited += self.chance.randrange(4, 12)
        if self.sync_fails:
            self.sync_fails = False
            raise OSError(errno.EIO, "the disk did not answer")
        self.synced, self.cut = len(self.frames), ()

    def cut_off(self, count: int) -> None:
        """Keep the first ``count`` frames."""
        self.cut = (*self.frames[count:], *self.cut)
        del self.frames[count:]
        self.synced = min(self.synced, count)
        if self._burns():
            raise PowerCutError

    def lose_power(self) -> None:
        """Of what was not synced keep what chance keeps."""
        tail = [*self.frames[self.synced :]]
        if self.cut and self.chance.random() < 0.5:
            tail = [*self.cut]  # the cutting itself was lost
        kept = [frame if self.chance.random() < 0.6 else self._torn(frame) for frame in tail]
        while kept and self.chance.random() < 0.4:
            kept.pop()
        self.frames[self.synced :] = kept
        self.synced, self.cut, self.fuse = len(self.frames), (), None
        self.is_full = self.sync_fails = self.is_slow = False

    def flip(self, place: int, bit: int) -> Frame:
        """Flip a bit of a frame; the frame as it was."""
        before = self.frames[place]
        bent = bytearray(before.data)
        bent[bit // 8] ^= 1 << bit % 8
        self.frames[place] = replace(before, data=bytes(bent))
        return before

    def _burns(self) -> bool:
        if self.fuse is None:
            return False
        self.fuse -= 1
        return self.fuse < 0

    def _torn(self, frame: Frame) -> Frame:
        return replace(frame, data=frame.data[: self.chance.randrange(max(1, len(frame.data)))])


class SimulatedStore:
    """A store of the journal on a simulated disk: rows, then the head, then one sync a batch."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._stopped = False
        self._rows: list[int] = []  # place of each row on the disk
        self._notes: dict[str, bytes] = {}
        self._keys: list[bytes] = []
        self._dropped: list[int] = []  # entries whose sealed items are forgotten
        self._head = Head(0, ZERO, b"", EMPTY_ROOT)
        self._recover()
        check_head(self, self._head)
        self._tip = tip_of(self, self._head)

    def _recover(self) -> None:
        """Find the last whole batch, cut off what lies behind it, and sync.

        The sync matters: what a killed process wrote is there to be read, and may not be served
        before it is safe.
        """
        rows: list[int] = []
        whole = 0
        for place, frame in enumerate(self._disk.frames):
            if frame.is_torn:
                break
            if frame.kind == "row":
                rows.append(place)
                continue
            if frame.kind == "head":
                self._head = msgpack.decode(frame.data, type=Head)
                self._rows = rows[: self._head.size]
            elif frame.kind == "drop":
                self._dropped.append(msgpack.decode(frame.data, type=int))
            elif frame.kind == "forget":
                self._keys = []
            elif frame.kind == "keys":
                self._keys += msgpack.decode(frame.data, type=list[bytes])
            else:
                name, value = msgpack.decode(frame.data, type=tuple[str, bytes])
                self._notes[name] = value
            whole = place + 1
        self._guarded(partial(self._disk.cut_off, whole))
        self._guarded(self._disk.sync)

    @property
    def name(self) -> str:
        return "simulated"

    @property
    def durability(self) -> str:
        """As the faults of the disk have it."""
        return "simulated"

    @property
    def size(self) -> int:
        return self._head.size

    def append(self, entries: Sequence[Entry]) -> None:
        batch = list(entries)
        refuse_unless(not self._stopped, "journal.stopped", path=self.name)
        if not batch:
            return
        tip = self._tip.grown(batch)
        head = tip.head
        first = len(self._disk.frames)
        self._write([*(_frame("row", row_of(entry)) for entry in batch), _frame("head", head)])
        self._rows += range(first, first + len(batch))
        self._head, self._tip = head, tip

    def read(self, first: int = 0, last: int | None = None) -> Iterator[Entry]:
        return checked_entries(self, first, last)

    def rows(self, first: int, last: int) -> Iterator[Row]:
        for sequence in range(max(first, 0), min(last + 1, len(self._rows))):
            data = self._disk.frames[self._rows[sequence]].data
            try:
                row = msgpack.decode(data, type=Row)
                yield (*row[:4], b"") if sequence in self._dropped else row
            except (DecodeError, UnicodeDecodeError) as error:
                raise entry_damaged(self, sequence, f"its row: {error}") from error

    def index(self, keys: Sequence[bytes]) -> None:
        refuse_unless(not self._stopped, "journal.stopped", path=self.name)
        check_keys(keys, self.indexed, self.size)
        self._write([_frame("keys", list(keys))])
        self._keys += keys

    @property
    def indexed(self) -> int:
        return len(self._keys)

    def find(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        return {key: self._keys.index(key) for key in keys if key in self._keys}

    def index_rows(self) -> Iterator[tuple[bytes, int]]:
        return ((key, number) for number, key in enumerate(self._keys))

    def clear_index(self) -> None:
        self._write([_frame("forget", [])])
        self._keys = []

    def hashes(self, first: int, last: int) -> Iterator[bytes]:
        return (header_hash(row[1]) for row in self.rows(first, last))

    def last(self) -> tuple[int, bytes] | None:
        return (self.size - 1, self._head.last_hash) if self.size else None

    def head(self) -> Head:
        return self._head

    def root(self) -> bytes:
        return self._head.root

    def drop_sealed(self, sequence: int) -> None:
        refuse_unless(not self._stopped, "journal.stopped", path=self.name)
        self._write([_frame("drop", sequence)])
        self._dropped.append(sequence)

    def note(self, name: str, value: bytes) -> None:
        refuse_unless(not self._stopped, "journal.stopped", path=self.name)
        self._write([_frame("note", (name, value))])
        self._notes[name] = value

    def notes(self) -> dict[str, bytes]:
        return dict(sorted(self._notes.items()))

    def snapshot(self) -> AbstractContextManager[None]:
        return nullcontext()

    def check(self) -> None:
        """The frames say nothing that entries and head do not."""

    def close(self) -> None:
        self._stopped = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _write(self, frames: Sequence[Frame]) -> None:
        for frame in frames:
            self._guarded(partial(self._disk.write, frame))
        self._sync()

    def _sync(self) -> None:
        self._guarded(self._disk.sync)

    def _guarded(self, act: Callable[[], None]) -> None:
        """Do it; an error of the disk is a refusal, and nothing is written after it."""
        try:
            act()
        except OSError as error:
            self._stopped = True
            if error.errno == errno.ENOSPC:
                raise Refusal("journal.disk_full", path=self.name) from error
            raise Refusal("journal.write_failed", path=self.name, reason=str(error)) from error


def _frame(kind: str, value: object) -> Frame:
    data = msgpack.encode(value)
    return Frame(kind, data, len(data))


def after_a_power_cut(disk: Disk, mended: dict[int, Frame]) -> SimulatedStore:
    """The journal as it would be found if the power failed now and nothing unsynced were kept.

    Args:
        disk: is only looked at.
        mended: frames with a flipped bit, as they were before.
    """
    frames = [mended.get(place, frame) for place, frame in enumerate(disk.frames[: disk.synced])]
    return SimulatedStore(Disk(random.Random(0), frames, len(frames)))

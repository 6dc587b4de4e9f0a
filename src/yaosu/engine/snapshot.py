"""Snapshots: the state at an entry that records its hash, kept in a file beside the journal.

A snapshot is derived: made from the journal by a follower, never by the writer, and deletable at
any moment. Its body holds the canonical bytes of the state, the large tables of them in the pages
in which they rest in memory. Their SHA-256 is what the journal's entry says it is; so a bent one is
found, and the journal alone decides what is true.

File: ``MAGIC``; SHA-256 of the head; length of the head in 4 bytes, little-endian; the head
(canonical bytes of :class:`About`); the body (canonical bytes of :class:`~yaosu.core.PackedState`).
"""

import os
import tempfile
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from yaosu.core import (
    DECIDE_VERSION,
    PackedState,
    State,
    StateHashed,
    pack_state,
    unpack_state,
)
from yaosu.engine import refusals
from yaosu.engine.recovery import events_of, fold
from yaosu.journal.chain import Entry
from yaosu.journal.store import Store
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless
from yaosu.kernel.shape import shape_of

MAGIC = b"yaosu snapshot\n\2"
KEPT = 2  # snapshots beside a journal; a follower takes older ones away
LOOK_BACK = 2048  # entries looked at in one go, from the end, for one that records a hash
__all__ = ["refusals"]


class About(Struct, frozen=True, kw_only=True):
    """What a snapshot says of itself.

    Attributes:
        sequence: the entry that records the hash; the state is that before this entry.
        entry_hash: of that entry, which ties the snapshot to one journal.
        state_hash: SHA-256 of the state's canonical bytes, as the entry records it.
        body_hash: SHA-256 of the body as it stands in the file.
        instant: of that entry, microseconds UTC.
        decide_version, shape: of the build that made it; another build passes it over.
    """

    sequence: int
    entry_hash: bytes
    state_hash: bytes
    body_hash: bytes
    instant: int
    decide_version: int
    shape: bytes


class Shelf:
    """The folder of snapshots of one journal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def paths(self) -> list[Path]:
        """The snapshots, newest first."""
        return sorted(self.folder.glob("*.snapshot"), reverse=True)

    def save(self, about: About, body: bytes) -> Path:
        """Write a snapshot whole or not at all, and take away those no longer kept.

        Raises:
            OSError: the disk is full, or does not let us; the journal is not touched.
        """
        self.folder.mkdir(exist_ok=True)
        for left in self.folder.glob("*.part"):  # by a follower that was killed
            left.unlink(missing_ok=True)
        path = self.folder / f"{about.sequence:015d}.snapshot"
        head = canonical.encode(about)
        handle, part = tempfile.mkstemp(dir=self.folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                for piece in (MAGIC, sha256(head).digest(), len(head).to_bytes(4, "little"), head):
                    file.write(piece)
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
        _sync(self.folder)
        for old in self.paths()[KEPT:]:
            old.unlink(missing_ok=True)
        return path


def shelf_beside(store: Store) -> Shelf | None:
    """Where the snapshots of a journal in a file are; None where it is in no file."""
    return Shelf(Path(f"{store.name}.snapshots")) if os.path.isfile(store.name) else None


def load(path: Path, store: Store) -> tuple[About, State]:
    """A snapshot whose bytes are whole, and the state behind them, which the journal vouches for.

    Raises:
        Refusal: ``engine.snapshot_bent``, ``engine.snapshot_foreign``, ``journal.damaged``.
    """
    about, body = _open(path)
    is_mine = about.decide_version == DECIDE_VERSION and about.shape == shape_of(State)
    refuse_unless(is_mine, "engine.snapshot_foreign", path=str(path))
    entry = next(store.read(about.sequence, about.sequence), None)
    if entry is None or entry.hash != about.entry_hash:
        refuse("engine.snapshot_bent", path=str(path), what="the journal has no such entry")
    hashed = hashed_by(entry)
    if hashed is None or hashed.state_hash != about.state_hash:
        refuse("engine.snapshot_bent", path=str(path), what="the entry records another hash")
    if about.instant != entry.header.instant:
        refuse("engine.snapshot_bent", path=str(path), what="the entry has another instant")
    try:
        state, found = unpack_state(canonical.decode(body, PackedState))
    except Refusal as refusal:
        refuse("engine.snapshot_bent", path=str(path), what=str(refusal.facts["reason"]))
    if found != about.state_hash:
        refuse("engine.snapshot_bent", path=str(path), what="its body holds another state")
    return about, state


def start_from(
    store: Store, shelf: Shelf | None, last: int | None = None
) -> tuple[State, int, list[Refusal]]:
    """The state to begin with, the first entry to fold into it, and what was passed over and why.

    The newest snapshot that fits, else an older one, else nothing at all.

    Args:
        last: that entry is not to be a later one than this; None: any.
    """
    notices: list[Refusal] = []
    for path in shelf.paths() if shelf else ():
        if last is not None and path.stem.isdecimal() and int(path.stem) > last:
            continue
        try:
            about, state = load(path, store)
        except Refusal as refusal:
            if refusal.code == "journal.damaged":
                raise
            notices.append(refusal)
            continue
        if last is not None and about.sequence > last:
            continue
        state.now = about.instant
        return state, about.sequence, notices
    return State(), 0, notices


def check_snapshots(store: Store, shelf: Shelf) -> int:
    """Hold every snapshot against the journal; how many there are of this build.

    Raises:
        Refusal: ``engine.snapshot_bent`` naming the file and what of it.
    """
    count = 0
    for path in shelf.paths():
        try:
            load(path, store)
        except Refusal as refusal:
            if refusal.code == "engine.snapshot_foreign" or not path.exists():
                continue  # whole, but not ours to read; or taken away by a follower just now
            raise
        count += 1
    return count


class Follower:
    """Folds a journal that another process writes, and keeps snapshots of it."""

    def __init__(self, store: Store) -> None:
        """Begin at the newest snapshot that fits.

        Raises:
            Refusal: ``engine.no_shelf`` where the journal is in no file; ``journal.damaged``.
        """
        shelf = shelf_beside(store)
        if shelf is None:
            refuse("engine.no_shelf", journal=store.name)
        self._store = store
        self._shelf = shelf
        self._state, self._next, self.notices = start_from(store, shelf)

    @property
    def size(self) -> int:
        """How many entries are in the state, and in the newest snapshot."""
        return self._next

    def step(self, every: int = 1) -> Path | None:
        """Write a snapshot, if ``every`` entries or more lie between the last and the newest.

        Raises:
            Refusal: ``engine.state_differs`` where the state has not the hash on record.
        """
        entry = last_hashed(self._store, self._next)
        if entry is None or entry.header.sequence - self._next < every:
            return None
        end = entry.header.sequence
        for _ in fold(self._store, self._state, first=self._next, last=end - 1):
            pass
        self._next = end
        hashed = hashed_by(entry)
        assert hashed is not None
        packed, found = pack_state(self._state)
        refuse_unless(found == hashed.state_hash, "engine.state_differs", sequence=end)
        body = canonical.encode(packed)
        about = About(
            sequence=end,
            entry_hash=entry.hash,
            state_hash=hashed.state_hash,
            body_hash=canonical.digest(body),
            instant=entry.header.instant,
            decide_version=DECIDE_VERSION,
            shape=shape_of(State),
        )
        return self._shelf.save(about, body)


def last_hashed(store: Store, first: int = 0) -> Entry | None:
    """The newest entry from ``first`` on that records a hash of the state in this build's shape."""
    end = store.size
    while end > first:
        begin = max(first, end - LOOK_BACK)
        for entry in reversed(list(store.read(begin, end - 1))):
            hashed = hashed_by(entry)
            if hashed is not None and hashed.shape == shape_of(State):
                return entry
        end = begin
    return None


def hashed_by(entry: Entry) -> StateHashed | None:
    """The recorded hash, where the entry is one that records it."""
    if b"core.state_hashed/1" not in entry.events:  # most entries: not worth decoding
        return None
    return next((event for event in events_of(entry) if isinstance(event, StateHashed)), None)


def _open(path: Path) -> tuple[About, bytes]:
    try:
        data = path.read_bytes()
    except OSError as error:
        refuse("engine.snapshot_bent", path=str(path), what=error.strerror or "it cannot be read")
    refuse_unless(
        data.startswith(MAGIC), "engine.snapshot_bent", path=str(path), what="its first bytes"
    )
    at = len(MAGIC) + 36
    wanted, length = data[len(MAGIC) : at - 4], int.from_bytes(data[at - 4 : at], "little")
    head, body = data[at : at + length], data[at + length :]
    refuse_unless(
        sha256(head).digest() == wanted, "engine.snapshot_bent", path=str(path), what="its head"
    )
    about = canonical.decode(head, About)
    refuse_unless(
        canonical.digest(body) == about.body_hash,
        "engine.snapshot_bent",
        path=str(path),
        what="its body",
    )
    return about, body


def _sync(folder: Path) -> None:
    """So that the new name survives as well as the content."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

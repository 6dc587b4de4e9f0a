"""The door for programs: ``import yaosu as ys``.

``ys.open`` opens a venue on a journal; ``ys.clear`` prices orders without one. The environment is
read here and nowhere else; ``SETTINGS`` says what for.
"""

import os
import secrets
import stat
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from yaosu.core import State
from yaosu.engine.answers import WINDOW
from yaosu.engine.clock import Clock, system_clock
from yaosu.engine.environment import cache_folder, whole_number
from yaosu.engine.intake import Intake
from yaosu.engine.promotion import Promoted, promote_copy
from yaosu.engine.proof import Audited, Proven, audit, verify
from yaosu.engine.receipt import Receipt
from yaosu.engine.recovery import Progress
from yaosu.engine.replay import Bound, Replayed, replay
from yaosu.engine.reply import Answering
from yaosu.engine.sealed import (
    PERSONAL,
    Sealed,
    Submission,
    binding_of,
    check_opens,
    content_of,
    data_key_name,
    destroy_erased,
    open_entry,
    parts_of,
    prune,
    reconcile,
    seal,
)
from yaosu.engine.snapshot import Follower, shelf_beside
from yaosu.engine.standby import Standby
from yaosu.engine.writer import Writer
from yaosu.journal.keys import MEMORY, KeyStore
from yaosu.journal.memory import MemoryStore
from yaosu.journal.opening import Place, open_store, place_of
from yaosu.journal.postgres_url import PostgresUrl
from yaosu.journal.sealed import Opened
from yaosu.journal.store import Store
from yaosu.journal.wrapping import BYTES as WRAPPING_BYTES
from yaosu.journal.wrapping import WrappingKey, parse_wrapping_key
from yaosu.kernel import compiled
from yaosu.kernel.refusal import Refusal, found, refuse, refuse_unless
from yaosu.kernel.signed_note import SigningKey
from yaosu.kernel.words import Command
from yaosu.parties.signing import signed
from yaosu.rules.pack import Pack

IN_MEMORY = ":memory:"
DRAW_BYTES = 16


class Venue:
    """One operator's installation, opened: one journal, one writer, many markets and regions.

    Args:
        keys: the key store; without it nothing can be sealed, opened or erased.
        writer: of this store, where there is one already.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock = system_clock,
        keys: KeyStore | None = None,
        *,
        window: int = WINDOW,
        writer: Writer | None = None,
    ) -> None:
        self.store = store
        self._keys = keys
        if writer is None:
            writer = Writer(store, clock, window=window, shelf=shelf_beside(store))
        self._writer = writer
        self._writer.when_durable = None if keys is None else partial(destroy_erased, keys)
        if keys is not None and store.size:
            keys.belong_to(next(store.hashes(0, 0)))
            reconcile(self._writer.state, keys)
        self._intake = Intake(self._writer, wakes=clock is system_clock)
        self._follower: subprocess.Popen[bytes] | None = None

    def submit(
        self, command: Submission, sealed: Mapping[str, Any] | None = None, *, level: str = PERSONAL
    ) -> Receipt:
        """Ask one thing. The receipt comes when the entry is durable; refusals are receipts too.

        Args:
            command: what is asked; or made by :meth:`seal`, with its sealed items.
            sealed: what is to be sealed and travel with it, by name: see :meth:`seal`.

        Raises:
            Refusal: only where nothing is recorded: malformed, unknown actor, key conflict.
        """
        if sealed is not None:
            assert not isinstance(command, Sealed), "sealed before"
            command = self.seal(command, sealed, level=level)
        return self._intake.submit(self._checked(command))

    def send(self, command: Submission) -> "Future[Receipt]":
        """Ask without waiting: the future holds the receipt once the entry is durable.

        Raises:
            Refusal: ``engine.queue_full`` at once where too many wait; ``engine.stopped``.
        """
        return self._intake.send(self._checked(command), wait=False)

    def hand(self, command: Submission, answer: Answering) -> None:
        """The same, and the answer goes where somebody waits for it already."""
        self._intake.hand(self._checked(command), answer)

    def submit_many(self, commands: Sequence[Submission]) -> list[Receipt]:
        """Ask many things in order; they share transactions and syncs."""
        return self._intake.submit_many([self._checked(command) for command in commands])

    def submit_each(self, commands: Sequence[Submission]) -> list[Receipt | Refusal]:
        """Ask many things in order; where nothing is recorded, the refusal itself is the answer."""
        return self._intake.submit_each([self._checked(command) for command in commands])

    @property
    def has_keys(self) -> bool:
        """Whether there is a key store, so that things can travel sealed."""
        return self._keys is not None

    def entry_of(self, actor: str, key: str) -> int | None:
        """The number of the entry that a command was answered with, by its actor and key."""
        with self._intake.reading():
            return self._writer.entry_of(actor, key)

    def seal(
        self,
        command: Command,
        contents: Mapping[str, Any],
        *,
        level: str = PERSONAL,
        data_key: str = "",
    ) -> Sealed:
        """Seal contents under a data key of the venue; the same call gives the same bytes.

        Args:
            command: names nothing sealed yet; its copy in the answer names the items.
            contents: by name: text, whole numbers, lists, maps or columns.
            level: of the contents: important, core or personal.
            data_key: id of the key, made where there is none; left out, that of the person or bid.
        """
        return self.seal_many([(command, contents)], level=level, data_key=data_key)[0]

    def seal_many(
        self,
        commands: Sequence[tuple[Command, Mapping[str, Any]]],
        *,
        level: str = PERSONAL,
        data_key: str = "",
    ) -> list[Sealed]:
        """Seal the contents of many commands; the keys that are made for them share one sync."""
        keys = found(self._keys, "engine.no_keys")
        plain = [
            {name: content_of(name, value) for name, value in contents.items()}
            for _, contents in commands
        ]
        with self._intake.reading() as state:
            places = [binding_of(state, command, "") for command, _ in commands]
            names = [data_key or data_key_name(state, command) for command, _ in commands]
            first = next(self.store.hashes(0, 0))
        keys.belong_to(first)
        made = keys.make_many(names)
        return [
            seal(place.venue, command, content, key, level)
            for place, (command, _), content, key in zip(places, commands, plain, made, strict=True)
        ]

    def sign(self, asked: Submission, signing_key: SigningKey) -> Submission:
        """What to submit under the signature of its actor; the signature stays in the entry.

        Args:
            asked: the command, or what :meth:`seal` made of it.
            signing_key: whose public part is on record for the actor (RegisterSigningKey).
        """
        command, items = parts_of(asked)
        with self._intake.reading() as state:
            venue = binding_of(state, command, "").venue
        made = signed(command, venue, signing_key)
        return Sealed(made, items) if isinstance(asked, Sealed) else made

    def open_sealed(self, sequence: int, item: str) -> Opened:
        """What is sealed in an item of an entry: for whoever opened the venue with its keys."""
        keys = found(self._keys, "engine.no_keys")
        with self._intake.reading() as state:
            entry = next(iter(self.store.read(sequence, sequence)), None)
            return open_entry(
                state,
                keys,
                found(entry, "engine.no_such_item", sequence=sequence, item=item),
                item,
            )

    def prune_sealed(self) -> list[int]:
        """Forget the ciphertext of what was erased; the numbers of the entries it stood beside."""
        with self._intake.reading() as state:
            return prune(self.store, state)

    @contextmanager
    def reading(self) -> Iterator[State]:
        """The state between two batches, to read; the writer waits meanwhile."""
        with self._intake.reading() as state:
            yield state

    @property
    def size(self) -> int:
        """How many entries are durable; to be read at any time."""
        return self._intake.size

    @property
    def is_running(self) -> bool:
        """Whether the writer takes commands; to be read at any time."""
        return self._intake.is_running

    def when_durable(self, listener: Callable[[], None]) -> None:
        """Have a function called by the writer after each durable batch; it must not wait."""
        self._intake.listener = listener

    def when_timed(self, listener: Callable[[int, int, float], None]) -> None:
        """Have a function told of each durable batch: commands, entries since, seconds it took."""
        self._intake.timed = listener

    @property
    def state(self) -> State:
        """The state, for a caller who is alone; with others, use :meth:`reading`."""
        return self._writer.state

    def verify(self) -> Proven:
        """Prove the journal: hashes, chain, tree, state."""
        with self._intake.reading():
            return verify(self.store, keys=self._keys)

    def audit(self) -> Audited:
        """Decide everything again and compare."""
        with self._intake.reading():
            return audit(self.store)

    def replay(
        self,
        packs: Sequence[Pack],
        policy: str = "prompt",
        *,
        since: Bound = None,
        until: Bound = None,
    ) -> Replayed:
        """Decide a period again under other rules and measure the difference."""
        with self._intake.reading():
            return replay(self.store, packs, policy, since=since, until=until)

    @property
    def notices(self) -> tuple[Refusal, ...]:
        """Snapshots that were passed over on opening, and why."""
        return tuple(self._writer.notices)

    def follow(self, every: int) -> None:
        """Start a process that follows the journal and keeps snapshots until the venue closes.

        Args:
            every: entries between two snapshots, at least.
        """
        assert self._follower is None, "there is a follower already"
        words = ("snapshot", self.store.name, "--follow", "--every", str(every))
        self._follower = subprocess.Popen(
            [sys.executable, "-m", "yaosu", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def close(self) -> None:
        """Answer what waits, record the state's hash, let go of the journal."""
        if self._follower is not None:
            self._follower.terminate()
            self._follower.wait()
        try:
            self._intake.close()
            self._writer.finish()
        finally:
            self.store.close()
            if self._keys is not None:
                self._keys.close()

    def _checked(self, asked: Submission) -> Submission:
        """What goes to the writer: sealed items under keys of the venue open to what they say."""
        _, items = parts_of(asked)
        if self._keys is not None and items and isinstance(asked, Sealed):
            with self._intake.reading() as state:
                check_opens(state, self._keys, asked)
        return asked

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def open(
    place: str | Path | PostgresUrl = IN_MEMORY,
    *,
    clock: Clock = system_clock,
    wrapping_key: str | Path | None = None,
    keys: str | Path | None = None,
) -> Venue:
    """Open a venue on its journal, made where there is none.

    Args:
        place: a file, the address of a journal in PostgreSQL (``postgresql://...``), or left out:
            in memory.
        clock: microseconds since 1970 UTC.
        wrapping_key: file of the wrapping key; with it secrets can be sealed, opened and erased.
            Left out, ``YAOSU_WRAPPING_KEY`` names it. In memory, one is made.
        keys: the key store; left out, ``YAOSU_KEYS``, or the journal's name ending in ``.keys``.

    Raises:
        Refusal: ``journal.*`` where it cannot be used; ``journal.locked`` or ``journal.leased`` by
            another writer.
    """
    use_compiled_code()
    window = whole_number("YAOSU_WINDOW", os.environ.get("YAOSU_WINDOW"), WINDOW)
    every = whole_number("YAOSU_SNAPSHOT_EVERY", os.environ.get("YAOSU_SNAPSHOT_EVERY"), 0)
    store: Store = MemoryStore() if str(place) == IN_MEMORY else open_store(place)
    key_store: KeyStore | None = None
    try:
        key_store = open_keys(place, wrapping_key, keys)
        venue = Venue(store, clock, key_store, window=window)
    except BaseException:
        store.close()
        if key_store is not None:
            key_store.close()
        raise
    for notice in venue.notices:
        warnings.warn(str(notice), RuntimeWarning, stacklevel=2)
    if every and shelf_beside(store) is not None:
        venue.follow(every)
    return venue


def snapshot(path: str | Path) -> Path | None:
    """Write a snapshot of a journal file, at the last entry that records a hash of the state.

    Any number of processes may do so beside the one writer; the journal is only read. None where
    there is no such entry that is newer than the newest snapshot.

    Raises:
        Refusal: ``journal.*``; ``engine.state_differs`` where the state has not the recorded hash.
    """
    use_compiled_code()
    with open_store(path, readonly=True) as store:
        return Follower(store).step()


def promote(
    path: str | Path,
    statement: str,
    *,
    clock: Clock = system_clock,
    on_progress: Progress | None = None,
) -> Promoted:
    """Let a copy of a journal go on in the place of its original; see the engine's promotion.

    Args:
        path: of the copy.
        statement: who retired the original, when and why; goes on record.
    """
    use_compiled_code()
    draw = secrets.token_hex(DRAW_BYTES)
    return promote_copy(str(path), statement, draw, clock, on_progress)


def draw(count: int) -> bytes:
    """So many bytes that nobody can guess: for secrets of a server."""
    return os.urandom(count)


def environment() -> dict[str, str]:
    """What the environment says to yaosu, by name."""
    return {name: text for name, text in os.environ.items() if name.startswith("YAOSU_")}


def language_named() -> str:
    """The language that the environment names, such as ``zh``; empty where it names none."""
    return os.environ.get("YAOSU_LANG", "")


def server_named() -> tuple[str, str]:
    """Address and token of a server, as the environment names them; empty where it does not."""
    return os.environ.get("YAOSU_SERVER", ""), os.environ.get("YAOSU_TOKEN", "")


def open_keys(
    journal: str | Place,
    wrapping_key: str | Path | None = None,
    keys: str | Path | None = None,
    *,
    readonly: bool = False,
    must_exist: bool = False,
) -> KeyStore | None:
    """The key store of a journal, or None where no wrapping key is named, here or by the setting.

    Raises:
        Refusal: ``journal.keys_*``, ``journal.bad_wrapping_key``, ``journal.wrong_wrapping_key``.
    """
    if str(journal) == IN_MEMORY:
        return KeyStore(MEMORY, new_wrapping_key(), os.urandom)
    named = wrapping_key or os.environ.get("YAOSU_WRAPPING_KEY")
    if not named:
        return None
    place = _place_of_keys(journal, keys)
    refuse_unless(place.exists() or not must_exist, "journal.keys_not_found", path=str(place))
    return KeyStore(str(place), read_wrapping_key(Path(named)), os.urandom, readonly=readonly)


def _place_of_keys(journal: str | Place, keys: str | Path | None) -> Path:
    """Where the key store is: as named, by the setting, or beside the file of the journal."""
    named = keys or os.environ.get("YAOSU_KEYS")
    if named:
        return Path(named)
    place = place_of(journal)
    if isinstance(place, PostgresUrl):
        refuse("journal.keys_not_named", journal=str(place))
    return place.with_suffix(".keys")


def new_wrapping_key() -> WrappingKey:
    """A wrapping key that nobody can guess."""
    return WrappingKey(os.urandom(WRAPPING_BYTES))


def read_wrapping_key(path: Path) -> WrappingKey:
    """The wrapping key of a file that its owner alone can read."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text("ascii", "replace")
    except OSError as error:
        refuse("journal.keys_failed", path=str(path), reason=error.strerror or "unknown")
    refuse_unless(not mode & 0o077, "journal.keys_open_to_others", path=str(path), mode=f"{mode:o}")
    return parse_wrapping_key(text)


def stand_by(
    place: str | Path | PostgresUrl,
    *,
    clock: Clock = system_clock,
    wrapping_key: str | Path | None = None,
    keys: str | Path | None = None,
    take_over: bool = True,
    on_leading: Callable[[Venue], None] = lambda venue: None,
    on_stopped: Callable[[BaseException], None] = lambda failure: None,
) -> Standby[Venue]:
    """Follow a journal beside others, and lead as soon as nobody else does; see `Standby`.

    What leads is a `Venue`, in the attribute ``led``. Place, clock and keys as in :func:`open`; the
    key store is opened when this process begins to lead.
    """
    use_compiled_code()
    found_place = place_of(place)

    def lead(store: Store, writer: Writer) -> Venue:
        key_store = open_keys(found_place, wrapping_key, keys)
        try:
            return Venue(store, clock, key_store, writer=writer)
        except BaseException:
            if key_store is not None:
                key_store.close()
            raise

    return Standby(
        partial(open_store, found_place),
        lead,
        clock,
        take_over=take_over,
        on_leading=on_leading,
        on_stopped=on_stopped,
    )


def use_compiled_code() -> None:
    """Switch compiled code on as the environment says, kept in a folder that can be written."""
    compiled.configure(
        enabled=os.environ.get("YAOSU_COMPILED", "1") != "0", cache_root=cache_folder(os.environ)
    )

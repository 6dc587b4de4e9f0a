"""Which entry answered a key: the last ones in memory, all before them in the store's index.

A command is known by (actor, key). Within the window a repeated command is given its first answer;
before it, the command is refused by name: it is never applied twice.
"""

from collections import deque
from collections.abc import Sequence
from hashlib import sha256

from msgspec import Struct

from yaosu.journal.chain import Entry
from yaosu.journal.damage import INDEX, damaged
from yaosu.journal.store import KEY_BYTES, Store
from yaosu.kernel import canonical
from yaosu.kernel.words import Command

WINDOW = 100_000  # entries within which a repeated command is given its first answer
INDEX_EVERY = 10_000  # keys that go into the index at a time: each time costs a sync


class _Asked(Struct, frozen=True):
    """What of a command makes its key; the rest is not decoded."""

    actor: str
    key: str


def key_of(command: Command | _Asked) -> bytes:
    """The first 16 bytes of SHA-256 over the actor's length, the actor and the key."""
    text = f"{len(command.actor)}:{command.actor}{command.key}"
    return sha256(text.encode()).digest()[:KEY_BYTES]


def key_of_entry(entry: Entry) -> bytes:
    """The same of a recorded command."""
    return key_of(canonical.decode(entry.command, _Asked))


class Answers:
    """First entry of each key. Memory for ``window`` + ``INDEX_EVERY`` keys, about 200 bytes each.

    Attributes:
        size: how many entries are known.
        store: holds the index.
    """

    def __init__(self, store: Store, window: int = WINDOW, *, follows: bool = False) -> None:
        self.store = store
        self._follows = follows  # then another process writes the index
        self._window = window
        self._indexed = self.size = store.indexed
        self._keys: deque[bytes] = deque()  # of the entries from `_indexed` on
        self._recent: dict[bytes, int] = {}

    def add(self, key: bytes) -> None:
        """The next entry has this key."""
        self._keys.append(key)
        self._recent.setdefault(key, self.size)
        self.size += 1

    def find(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """For those of the keys that were answered: number of the entry."""
        known = {key: self._recent[key] for key in keys if key in self._recent}
        if self._indexed and len(known) < len(keys):
            known |= self.store.find([key for key in keys if key not in known])
        return known

    @property
    def is_in_memory(self) -> bool:
        """Whether no key is in the index, so that the store need not be asked."""
        return not self._indexed

    @property
    def is_untidy(self) -> bool:
        """Whether there is something to tidy."""
        return len(self._keys) >= self._window + INDEX_EVERY

    def recent(self, key: bytes) -> int | None:
        """Number of the entry, where the answer is still in memory."""
        return self._recent.get(key)

    def is_too_old(self, sequence: int) -> bool:
        """Whether an answer lies before the window."""
        return sequence < self.size - self._window

    def tidy(self) -> None:
        """Move keys that left the window into the index. All entries must be durable."""
        while len(self._keys) >= self._window + INDEX_EVERY:
            if not self._follows:
                self.store.index([self._keys[place] for place in range(INDEX_EVERY)])
            elif self.store.indexed < self._indexed + INDEX_EVERY:
                return
            self._forget(INDEX_EVERY)

    def go_on(self, store: Store, *, follows: bool) -> None:
        """Use this store from here on; what is in its index by now is forgotten here."""
        self.store, self._follows = store, follows
        self._forget(max(0, store.indexed - self._indexed))
        self.tidy()

    def _forget(self, count: int) -> None:
        for sequence in range(self._indexed, self._indexed + count):
            key = self._keys.popleft()
            if self._recent.get(key) == sequence:
                del self._recent[key]
        self._indexed += count


class IndexCheck:
    """Holds the index against the entries it was made from, one pass over each.

    Begun and finished inside one snapshot: a writer beside it moves keys into the index. Both sides
    are added up in a way that no single changed row leaves as it was, so no list of keys is kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._size = 0
        self._wanted = (0, 0)

    def begin(self) -> None:
        """Look how far the index goes."""
        self._size = self._store.indexed

    def take(self, entry: Entry) -> None:
        """The next entry, from the first on."""
        if entry.header.sequence < self._size:
            self._wanted = _added(self._wanted, key_of_entry(entry), entry.header.sequence)

    def finish(self) -> None:
        """Raise `journal.damaged` where the index is not what these entries make."""
        found, count = (0, 0), 0
        for key, number in self._store.index_rows():
            fits = type(key) is bytes and len(key) == KEY_BYTES and type(number) is int
            if not fits or not 0 <= number < self._size:
                raise damaged(self._store.name, INDEX, f"the row of entry {number}")
            found, count = _added(found, key, number), count + 1
        if found != self._wanted or count != self._size:
            raise damaged(self._store.name, INDEX, "a key or a number; make it anew")


def _added(sums: tuple[int, int], key: bytes, number: int) -> tuple[int, int]:
    """Two sums: of the keys, and of the keys weighted by their entries' numbers."""
    value = int.from_bytes(key, "big")
    return sums[0] + value, sums[1] + value * (number + 1)

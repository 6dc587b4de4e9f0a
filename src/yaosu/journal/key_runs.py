"""The index of keys as sorted runs: written once, merged when they are many, never changed. Pure.

A run holds the keys of entries that follow one another, sorted, in parts of about ``PART_KEYS``: a
key is a hash, so its first bits say in which part it stands. A new bulk of keys is a run of its
own; ``FAN`` runs of one level are merged into one of the next. So a key is written two or three
times in all, always in a row with others, where a tree of pages would touch a page for each.
After O'Neil, Cheng, Gawlick and O'Neil (1996), "The Log-Structured Merge-Tree (LSM-Tree)",
Acta Informatica 33, 351-385.

Nearly every key that is asked for is new. A Bloom filter in memory says so without a look at the
runs: Bloom (1970), "Space/Time Trade-offs in Hash Coding with Allowable Errors", Communications of
the ACM 13, 422-426. A key consists of random bits already, so four pieces of it are its hashes.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from yaosu.journal.store import KEY_BYTES
from yaosu.kernel.columns import Array

FAN = 16  # runs of a level that are merged into one
RUN_KEYS_MAX = 1 << 22  # of a merged run: merging more would let the writer's callers wait
PART_KEYS = 512  # keys in a part, about: read whole to find one of them
PARTS_MAX = 1 << 14
BITS_A_KEY = 16  # of the filter, at least: lets at most one new key in 400 through
HASHES = 4  # of a key in the filter
FEW = 8  # keys up to which plain Python is faster than a call into numpy
# the first half of a key (its order), the second, and the entry counted from the first of the run
RECORD = np.dtype([("high", ">u8"), ("low", ">u8"), ("entry", "<u4")])
Records = NDArray[np.void]
assert RECORD.itemsize == KEY_BYTES + 4


class Run(Struct, frozen=True):
    """The keys of the entries from number ``first`` on, ``size`` of them."""

    first: int
    size: int

    @property
    def parts(self) -> int:
        """In how many parts it is kept: a power of two."""
        return 1 << max(0, -(-self.size // PART_KEYS) - 1).bit_length()


def sorted_records(keys: Sequence[bytes]) -> Records:
    """The records of a run over these keys, in the order of entries; at least one."""
    records = np.empty(len(keys), RECORD)
    halves = np.frombuffer(b"".join(keys), ">u8").reshape(-1, 2)
    records["high"], records["low"] = halves[:, 0], halves[:, 1]
    records["entry"] = np.arange(len(keys), dtype=np.uint32)
    return _in_order(records)


def merged(runs: Sequence[Run], contents: Sequence[Records]) -> Records:
    """The records of the run over all the entries of runs that follow one another."""
    whole = np.empty(sum(map(len, contents)), RECORD)  # joined by numpy they lose their byte order
    end = 0
    for run, records in zip(runs, contents, strict=True):
        begin, end = end, end + len(records)
        whole[begin:end] = records
        whole["entry"][begin:end] += np.uint32(run.first - runs[0].first)
    return _in_order(whole)


def _in_order(records: Records) -> Records:
    """Sorted by the first half; what is sorted piece by piece already is quickly so."""
    order = np.argsort(records["high"].astype(np.uint64), kind="stable")
    return records[order]


def parted(run: Run, records: Records) -> list[bytes]:
    """The content of each part of a run."""
    data, width = records.tobytes(), RECORD.itemsize
    if run.parts == 1:
        return [data]
    step = 1 << 64 - (run.parts.bit_length() - 1)
    edges = np.arange(1, run.parts, dtype=np.uint64) * np.uint64(step)
    high = records["high"].astype(np.uint64)
    ends = [0, *np.searchsorted(high, edges).tolist(), len(records)]
    return [data[width * begin : width * end] for begin, end in pairwise(ends)]


def part_of(run: Run, key: bytes) -> int:
    """In which part of a run a key stands, if it does."""
    bits = run.parts.bit_length() - 1
    return int.from_bytes(key[:8], "big") >> 64 - bits if bits else 0


def records_of(content: bytes) -> Records | None:
    """The records of a part or of a whole run; None where it is none."""
    if type(content) is not bytes or len(content) % RECORD.itemsize:
        return None
    return np.frombuffer(content, RECORD)


def is_in_order(records: Records) -> bool:
    """Whether records are sorted."""
    high = records["high"].astype(np.uint64)
    return bool((high[:-1] <= high[1:]).all())


def keys_in(records: Records) -> bytes:
    """The keys of records, one behind the other."""
    cells = np.frombuffer(records.tobytes(), np.uint8).reshape(-1, RECORD.itemsize)
    return cells[:, :KEY_BYTES].tobytes()


def found_in(content: bytes, key: bytes) -> int | None:
    """The entry of a key within a part, counted from the first of the run; the first one."""
    width, at = RECORD.itemsize, -1
    found: list[int] = []
    while (at := content.find(key, at + 1)) >= 0:
        if at % width == 0:  # else the bytes of two records look like it
            found.append(int.from_bytes(content[at + KEY_BYTES : at + width], "little"))
    return min(found, default=None)


def run_to_write(runs: Sequence[Run], size: int) -> tuple[list[Run], Run]:
    """What becomes of ``size`` new keys: the runs that they are merged with, and the run made."""
    first = runs[-1].first + runs[-1].size if runs else 0
    made = Run(first, size)
    while True:
        level = _level(made.size)
        alike: list[Run] = []
        for run in reversed(runs):
            if run.first >= made.first:
                continue
            if _level(run.size) > level or len(alike) == FAN - 1:
                break
            alike.insert(0, run)
        total = sum(run.size for run in alike) + made.size
        if len(alike) < FAN - 1 or total > RUN_KEYS_MAX:
            return [run for run in runs if run.first >= made.first], made
        made = Run(alike[0].first, total)


def _level(size: int) -> int:
    """How often ``FAN`` goes into a size."""
    return (size.bit_length() - 1) // (FAN.bit_length() - 1)


class KeyFilter:
    """Says of a key that it was certainly never added, or that it may have been.

    Attributes:
        size: how many keys it has room for; beyond that it lets more and more through.
    """

    def __init__(self, size: int) -> None:
        slots = 1 << max(16, (size * BITS_A_KEY - 1).bit_length())
        self.size = slots // BITS_A_KEY
        self._mask = min(slots, 1 << 32) - 1
        self._bits = np.zeros((self._mask + 1) // 8, np.uint8)

    def add(self, keys: bytes) -> None:
        """Keys, one behind the other."""
        slots = self._slots(keys).ravel()
        np.bitwise_or.at(self._bits, slots >> 3, np.left_shift(1, slots & 7).astype(np.uint8))

    def perhaps(self, keys: Sequence[bytes]) -> list[bytes]:
        """Those of the keys that may have been added."""
        if len(keys) <= FEW:
            return [key for key in keys if self._may_have(key)]
        slots = self._slots(b"".join(keys))
        there = (self._bits[slots >> 3] >> (slots & 7).astype(np.uint8) & 1).all(axis=1)
        return [keys[at] for at in np.flatnonzero(there).tolist()]

    def _slots(self, keys: bytes) -> Array:
        return np.frombuffer(keys, "<u4").reshape(-1, HASHES) & np.uint32(self._mask)

    def _may_have(self, key: bytes) -> bool:
        for at in range(0, KEY_BYTES, KEY_BYTES // HASHES):
            slot = int.from_bytes(key[at : at + 4], "little") & self._mask
            if not self._bits[slot >> 3] >> (slot & 7) & 1:
                return False
        return True

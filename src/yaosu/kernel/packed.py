"""A table of many things that mostly rest: frozen values by text key, in compressed pages.

A million rights as objects take gigabytes; most of them are never looked at from one year to the
next. Here sixteen neighbours share a page; pages in use are objects, all others are deflated
MessagePack, with the first page of the table as the dictionary, so that small pages shrink as far
as large ones. What a table says, and its canonical bytes, are those of a plain dict.

The place of a key is found by open addressing on 64-bit hashes: eight bytes a slot, of which 36
bits tell keys apart before a page is opened, 28 are the row.

Cost: a value that rests takes about 30 us to look at; one in use as long as in a dict.
"""

import zlib
from array import array
from collections.abc import (
    Callable,
    ItemsView,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
    ValuesView,
)
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np

from yaosu.kernel.canonical import encode
from yaosu.kernel.probing import LARGE, MARK_BITS, ROW_BITS, ROW_MASK, fill_slots, find_rows

V = TypeVar("V")
PAGE = 16  # rows
IN_USE = 512  # pages that are kept as objects
LEVEL = 1
RAW = -15  # deflate without a head
DICTIONARY_BYTES = 8192
MARK_SHIFT = 64 - MARK_BITS
SLOTS_FIRST = 1 << 8
Page = list[tuple[str, Any]]


class Packed(MutableMapping[str, V], Generic[V]):
    """Frozen values by key; what is in stays in, and may be replaced.

    A key has a row, counted from zero in the order in which keys came; it never changes.
    """

    def __init__(self, kind: Any, in_use: int = IN_USE) -> None:
        self._read: Callable[[bytes], Page] = msgspec.msgpack.Decoder(list[tuple[str, kind]]).decode
        self._write = msgspec.msgpack.Encoder().encode
        self._limit = in_use
        self._pages: list[bytes] = []
        self._in_use: dict[int, Page] = {}
        self._changed: dict[int, bool] = {}
        self._dictionary = b""
        self._slots = array("Q", bytes(8 * SLOTS_FIRST))
        self._size = 0

    def row_of(self, key: str) -> int:
        """The row of a key; -1 where it is not in."""
        return self._row_of(key, hash_of(key) >> MARK_SHIFT)

    def _row_of(self, key: str, mark: int) -> int:
        slots = self._slots
        size = len(slots)
        place = mark % size
        while slot := slots[place]:
            if slot >> ROW_BITS == mark:
                row = (slot & ROW_MASK) - 1
                if self.at(row)[0] == key:
                    return row
            place = (place + 1) % size
        return -1

    def at(self, row: int) -> tuple[str, V]:
        """Key and value of a row."""
        page = self._in_use.get(row // PAGE)
        if page is None:
            page = self._opened(row // PAGE)
        return page[row % PAGE]

    def __getitem__(self, key: str) -> V:
        row = self.row_of(key)
        if row < 0:
            raise KeyError(key)
        return self.at(row)[1]

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, or the default."""
        row = self.row_of(key)
        return default if row < 0 else self.at(row)[1]

    def __setitem__(self, key: str, value: V) -> None:
        self.put(key, value)

    def put(self, key: str, value: V) -> tuple[int, V | None]:
        """Put a value in; its row, and what was there before, or None."""
        mark = hash_of(key) >> MARK_SHIFT
        row = self._row_of(key, mark)
        if row < 0:
            self._add(key, value, mark)
            return self._size - 1, None
        number = row // PAGE
        before = self.at(row)[1]
        self._in_use[number][row % PAGE] = (key, value)
        self._changed[number] = True
        return row, before

    def rows_of(self, keys: Sequence[str]) -> list[int]:
        """The row of each of many keys; -1 where it is not in."""
        if self._size < LARGE:
            return [self.row_of(key) for key in keys]
        marks = np.fromiter((hash_of(key) >> MARK_SHIFT for key in keys), np.int64, len(keys))
        found = np.empty(len(keys), np.int64)
        if not find_rows(np.frombuffer(self._slots, np.int64), marks, found):
            return [-1] * len(keys)
        return [
            row if row < 0 or self.at(row)[0] == key else self.row_of(key)
            for key, row in zip(keys, found.tolist(), strict=True)
        ]

    def add_many(self, keys: Sequence[str], values: Sequence[V]) -> int:
        """Put in many keys, all new and distinct; the row of the first. Whole pages rest at once.

        Cost: a page is packed where it is made, and no place is looked for twice.
        """
        first = self._size
        begin = min(-first % PAGE, len(keys))  # those that fill the last page
        for key, value in zip(keys[:begin], values[:begin], strict=True):
            self._add(key, value, hash_of(key) >> MARK_SHIFT)
        end = begin + (len(keys) - begin) // PAGE * PAGE
        for at in range(begin, end, PAGE):
            page = list(zip(keys[at : at + PAGE], values[at : at + PAGE], strict=True))
            self._pages.append(self._deflated(self._write(page)))
        self._place_many(keys[begin:end])
        for key, value in zip(keys[end:], values[end:], strict=True):
            self._add(key, value, hash_of(key) >> MARK_SHIFT)
        return first

    def _place_many(self, keys: Sequence[str]) -> None:
        """Slots for keys whose pages are made."""
        count = len(keys)
        self._size += count
        assert self._size < ROW_MASK, "more rows than a packed table can tell apart"
        while 5 * self._size > 4 * len(self._slots):
            self._grow()
        rows = range(self._size - count + 1, self._size + 1)
        slots = (
            (hash_of(key) >> MARK_SHIFT) << ROW_BITS | row
            for key, row in zip(keys, rows, strict=True)
        )
        self._place_all(array("Q", slots))

    def _place_all(self, filled: "array[int]") -> None:
        if self._size < LARGE:
            for slot in filled:
                if slot:
                    self._place(slot)
        else:
            fill_slots(np.frombuffer(self._slots, np.int64), np.frombuffer(filled, np.int64))

    def __delitem__(self, key: str) -> None:
        raise TypeError(f"{key} stays: nothing is taken out of a packed table")

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.row_of(key) >= 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[str]:
        for page in self._each_page():
            for key, _ in page:
                yield key

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Packed | dict) or len(self) != len(other):
            return False
        return all(key in other and other[key] == value for key, value in self.rows())

    __hash__ = None  # type: ignore[assignment]  # it changes

    def rows(self) -> Iterator[tuple[str, V]]:
        """Keys and values in order of their rows; pages that rest are not kept open by it."""
        for page in self._each_page():
            yield from page

    def items(self) -> ItemsView[str, V]:
        """Keys and values, in order of the rows."""
        return _Items(self)

    def values(self) -> ValuesView[V]:
        """The values, in order of the rows."""
        return _Values(self)

    def canonical(self) -> msgspec.Raw:
        """The canonical bytes of the dict that it stands for."""
        parts = sorted((key, encode(value)) for key, value in self.rows())
        head = _map_head(len(parts))
        return msgspec.Raw(head + b"".join(encode(key) + data for key, data in parts))

    def _add(self, key: str, value: V, mark: int) -> None:
        row = self._size
        assert row < ROW_MASK, "more rows than a packed table can tell apart"
        number = row // PAGE
        if row % PAGE == 0:
            self._pages.append(b"")
            self._make_room()
            self._in_use[number] = []
        elif number not in self._in_use:
            self._opened(number)
        self._in_use[number].append((key, value))
        self._changed[number] = True
        self._size += 1
        if 5 * self._size > 4 * len(self._slots):
            self._grow()
        self._place(mark << ROW_BITS | row + 1)

    def _place(self, slot: int) -> None:
        slots = self._slots
        size = len(slots)
        place = (slot >> ROW_BITS) % size
        while slots[place]:
            place = (place + 1) % size
        slots[place] = slot

    def _grow(self) -> None:
        before = self._slots
        self._slots = array("Q", bytes(8 * (len(before) * 4 // 3)))  # a third more: less lies idle
        self._place_all(before)

    def _opened(self, number: int) -> Page:
        page = self._unpacked(number)
        self._make_room()
        self._in_use[number] = page
        return page

    def _unpacked(self, number: int) -> Page:
        inflate = zlib.decompressobj(RAW, self._dictionary)
        return self._read(inflate.decompress(self._pages[number]))

    def _make_room(self) -> None:
        """Pack the pages longest in use, a quarter of them at a time."""
        if len(self._in_use) < self._limit:
            return
        for number in list(self._in_use)[: max(1, self._limit // 4)]:
            page = self._in_use.pop(number)
            if self._changed.pop(number, False):
                self._pages[number] = self._deflated(self._write(page))

    def _deflated(self, data: bytes) -> bytes:
        if not self._dictionary:
            self._dictionary = data[:DICTIONARY_BYTES]
        deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, RAW, 8, 0, self._dictionary)
        return deflate.compress(data) + deflate.flush()

    def _each_page(self) -> Iterator[Page]:
        for number in range(len(self._pages)):
            page = self._in_use.get(number)
            yield self._unpacked(number) if page is None else page


class _Items(ItemsView[str, V]):
    _mapping: Packed[V]

    def __iter__(self) -> Iterator[tuple[str, V]]:
        return self._mapping.rows()


class _Values(ValuesView[V]):
    _mapping: Packed[V]

    def __iter__(self) -> Iterator[V]:
        return (value for _, value in self._mapping.rows())


def packed_from(written: Mapping[str, msgspec.Raw], kind: Any, in_use: int = IN_USE) -> Packed[Any]:
    """A packed table of values that are written already, none of which is read for it.

    Args:
        written: MessagePack of each value, as :meth:`Packed.canonical` has it.
    """
    table: Packed[Any] = Packed(kind, in_use)
    whole = len(written) // PAGE * PAGE
    keys, values = list(written), list(written.values())
    table.add_many(keys[:whole], values[:whole])  # whole pages are written as they stand
    read = msgspec.msgpack.Decoder(kind).decode
    table.add_many(keys[whole:], [read(value) for value in values[whole:]])
    return table


def packed(values: MutableMapping[str, V], kind: Any, in_use: int = IN_USE) -> Packed[V]:
    """A packed table of these values; itself where it is one."""
    if isinstance(values, Packed):
        return values
    table: Packed[V] = Packed(kind, in_use)
    table.update(values)
    return table


@lru_cache(maxsize=1 << 14)
def hash_of(text: str) -> int:
    """64 bits that are the same in every run."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def _map_head(size: int) -> bytes:
    """How MessagePack begins a map of so many keys."""
    if size < 16:
        return bytes([0x80 | size])
    return (
        b"\xde" + size.to_bytes(2, "big") if size < 1 << 16 else b"\xdf" + size.to_bytes(4, "big")
    )

"""A table of many things that mostly rest: frozen values by text key, in compressed pages.

A million rights as objects take gigabytes; most of them are never looked at from one year to the
next. Here sixteen neighbours share a page; pages in use are lists, all others are deflated
canonical bytes, with the first page of the table as the dictionary, so that small pages shrink as
far as large ones. What a table says, and its canonical bytes, are those of a plain dict.

The place of a key is found by open addressing on 64-bit hashes: eight bytes a slot, of which 36
bits tell keys apart before a page is opened, 28 are the row. The hashes are those of the process
(they are keyed, so nobody chooses keys that fall together); nothing that is said, kept or sent
follows from them.

Cost: a value that rests takes about 15 us to look at; one in use little longer than in a dict.
"""

import zlib
from array import array
from collections.abc import (
    Callable,
    ItemsView,
    Iterator,
    MutableMapping,
    Sequence,
    ValuesView,
)
from functools import cache
from itertools import chain, islice
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import numpy as np

from yaosu.kernel.canonical import encode
from yaosu.kernel.columns import Integers
from yaosu.kernel.probing import LARGE, MARK_BITS, ROW_BITS, ROW_MASK, fill_slots, find_rows
from yaosu.kernel.room import Room, room

V = TypeVar("V")
PAGE = 16  # rows
IN_USE = 512  # pages that are kept open
LEVEL = 1
RAW = -15  # deflate without a head
DICTIONARY_BYTES = 8192
MARK_SHIFT = 64 - MARK_BITS
HASH_MASK = (1 << 64) - 1
SLOTS_FIRST = 1 << 8
Page = list[Any]  # key, value, key, value, ...; a value not looked at yet is msgspec.Raw


class PackedTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table at rest, to be kept in a file.

    Attributes:
        rows: how many; in order of their keys.
        dictionary: with which every page is deflated.
        pages: deflated; each is the canonical bytes of a list of key, value, key, value, ... of
            ``PAGE`` rows, the last of those that are left.
    """

    rows: int
    dictionary: bytes
    pages: list[bytes]


class Packed(MutableMapping[str, V], Generic[V]):
    """Frozen values by key; what is in stays in, and may be replaced.

    A key has a row, counted from zero in the order in which keys came; it never changes.
    """

    def __init__(self, kind: Any, in_use: int = IN_USE) -> None:
        self._kind = kind
        self._read: Callable[[msgspec.Raw], V] = msgspec.msgpack.Decoder(kind).decode
        self._limit = in_use
        self._pages: list[bytes] = []
        self._in_use: dict[int, Page] = {}
        self._changed: dict[int, bool] = {}
        self._dictionary = b""
        self._slots = room("Q", SLOTS_FIRST)
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
                if self.key_at(row) == key:
                    return row
            place = (place + 1) % size
        return -1

    def at(self, row: int) -> tuple[str, V]:
        """Key and value of a row."""
        page = self._in_use.get(row // PAGE)
        if page is None:
            page = self._opened(row // PAGE)
        place = row % PAGE * 2
        value = page[place + 1]
        if type(value) is msgspec.Raw:
            value = page[place + 1] = self._read(value)
        return page[place], value

    def key_at(self, row: int) -> str:
        """The key of a row."""
        page = self._in_use.get(row // PAGE)
        if page is None:
            page = self._opened(row // PAGE)
        key: str = page[row % PAGE * 2]
        return key

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
        self._in_use[number][row % PAGE * 2 + 1] = value
        self._changed[number] = True
        return row, before

    def rows_of(self, keys: Sequence[str]) -> list[int]:
        """The row of each of many keys; -1 where it is not in."""
        if self._size < LARGE:
            return [self.row_of(key) for key in keys]
        marks = (hashes_of(keys) >> MARK_SHIFT).view(np.int64)
        found = np.empty(len(keys), np.int64)
        if not find_rows(np.frombuffer(self._slots, np.int64), marks, found):
            return [-1] * len(keys)
        return [
            row if row < 0 or self.key_at(row) == key else self.row_of(key)
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
            pairs = zip(keys[at : at + PAGE], values[at : at + PAGE], strict=True)
            self._pages.append(self._deflated(encode(list(chain.from_iterable(pairs)))))
        self._place_many(hashes_of(keys[begin:end]))
        for key, value in zip(keys[end:], values[end:], strict=True):
            self._add(key, value, hash_of(key) >> MARK_SHIFT)
        return first

    def _place_many(self, hashes: Integers) -> None:
        """Slots for the keys of these hashes, whose pages are made."""
        self._size += len(hashes)
        assert self._size < ROW_MASK, "more rows than a packed table can tell apart"
        while 5 * self._size > 4 * len(self._slots):
            self._grow()
        rows = np.arange(self._size - len(hashes) + 1, self._size + 1, dtype=np.uint64)
        self._place_all(array("Q", (hashes >> MARK_SHIFT << ROW_BITS | rows).tobytes()))

    def _place_all(self, filled: "array[int] | Room") -> None:
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
        for page in self.pages():
            yield from page[::2]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Packed | dict) or len(self) != len(other):
            return False
        return all(key in other and other[key] == value for key, value in self.rows())

    __hash__ = None  # type: ignore[assignment]  # it changes

    def rows(self) -> Iterator[tuple[str, V]]:
        """Keys and values in order of their rows; pages that rest are not kept open by it."""
        for page in self.pages():
            yield from zip(page[::2], page[1::2], strict=True)

    def items(self) -> ItemsView[str, V]:
        """Keys and values, in order of the rows."""
        return _Items(self)

    def values(self) -> ValuesView[V]:
        """The values, in order of the rows."""
        return _Values(self)

    def canonical(self) -> msgspec.Raw:
        """The canonical bytes of the dict that it stands for."""
        parts = chain.from_iterable(self._sorted())
        return msgspec.Raw(map_head(self._size) + b"".join(parts))

    def packed_table(self, bytes_of: Callable[[memoryview], object]) -> PackedTable:
        """The table as it is kept in a file, in order of the keys.

        Args:
            bytes_of: is given the canonical bytes of the rows, page by page.
        """
        parts = self._sorted()
        dictionary = b""
        pages = []
        while page := list(islice(parts, PAGE)):
            head = list_head(2 * len(page))
            data = b"".join((head, *chain.from_iterable(page)))
            bytes_of(memoryview(data)[len(head) :])
            dictionary = dictionary or data[:DICTIONARY_BYTES]
            pages.append(_deflated(data, dictionary))
        return PackedTable(rows=self._size, dictionary=dictionary, pages=pages)

    def _sorted(self) -> Iterator[tuple[bytes, msgspec.Raw]]:
        """The canonical bytes of key and value, by key; no value is read for it."""
        rows: list[tuple[str, msgspec.Raw]] = []
        for number in range(len(self._pages)):
            page = self._in_use.get(number)
            data = self._inflated(number) if page is None else encode(page)
            cells = reader_of(msgspec.Raw, self._rows_in(number))(data)
            rows.extend(zip(cells[::2], cells[1::2], strict=True))
        rows.sort(key=_key_of)
        return ((encode(key), value) for key, value in rows)

    def _add(self, key: str, value: V, mark: int) -> None:
        row = self._size
        assert row < ROW_MASK, "more rows than a packed table can tell apart"
        number = row // PAGE
        if row % PAGE == 0:
            if number - 1 in self._changed:  # whole: it rests until somebody looks at it
                self._pack(number - 1)
            self._pages.append(b"")
            self._make_room()
            self._in_use[number] = []
        elif number not in self._in_use:
            self._opened(number)
        self._in_use[number] += (key, value)
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
        self._slots = room("Q", len(before) * 4 // 3)  # a third more: less lies idle
        self._place_all(before)

    def _opened(self, number: int) -> Page:
        page = list(reader_of(msgspec.Raw, self._rows_in(number))(self._inflated(number)))
        self._make_room()
        self._in_use[number] = page
        return page

    def _rows_in(self, number: int) -> int:
        return min(PAGE, self._size - number * PAGE)

    def _inflated(self, number: int) -> bytes:
        return zlib.decompressobj(RAW, self._dictionary).decompress(self._pages[number])

    def _make_room(self) -> None:
        """Pack the pages longest in use, a quarter of them at a time."""
        if len(self._in_use) < self._limit:
            return
        for number in list(self._in_use)[: max(1, self._limit // 4)]:
            self._pack(number)

    def _pack(self, number: int) -> None:
        page = self._in_use.pop(number)
        if self._changed.pop(number, False):
            self._pages[number] = self._deflated(encode(page))

    def _deflated(self, data: bytes) -> bytes:
        if not self._dictionary:
            self._dictionary = data[:DICTIONARY_BYTES]
        return _deflated(data, self._dictionary)

    def pages(self) -> Iterator[Sequence[Any]]:
        """Keys and values of every page; those that rest are not kept open by it."""
        for number in range(len(self._pages)):
            page = self._in_use.get(number)
            if page is None:
                yield reader_of(self._kind, self._rows_in(number))(self._inflated(number))
                continue
            for place in range(1, len(page), 2):
                if type(page[place]) is msgspec.Raw:
                    page[place] = self._read(page[place])
            yield page


class _Items(ItemsView[str, V]):
    _mapping: Packed[V]

    def __iter__(self) -> Iterator[tuple[str, V]]:
        return self._mapping.rows()


class _Values(ValuesView[V]):
    _mapping: Packed[V]

    def __iter__(self) -> Iterator[V]:
        return (value for _, value in self._mapping.rows())


class Opened(NamedTuple):
    """What happens with each page of a table at rest.

    Attributes:
        bytes_of: is given the canonical bytes of its rows.
        part: as what kind its values are read: a struct of few of the fields, or ``msgspec.Raw``.
        rows_of: is given keys and values.
    """

    bytes_of: Callable[[memoryview], object]
    part: Any
    rows_of: Callable[[Sequence[str], Sequence[Any]], object]


def packed_from(kept: PackedTable, kind: Any, opened: Opened, in_use: int = IN_USE) -> Packed[Any]:
    """A packed table of a table at rest, whose pages are opened once and stay as they are.

    Raises:
        msgspec.DecodeError: bytes that are no such table.
    """
    table: Packed[Any] = Packed(kind, in_use)
    table._dictionary, table._pages = kept.dictionary, kept.pages
    hashes = array("q")
    for number, page in enumerate(kept.pages):
        rows = min(PAGE, kept.rows - number * PAGE)
        try:
            data = zlib.decompressobj(RAW, kept.dictionary).decompress(page)
        except zlib.error as error:
            raise msgspec.DecodeError(str(error)) from error
        cells = reader_of(opened.part, rows)(data)
        keys = cells[::2]
        hashes.extend(map(hash, keys))
        opened.bytes_of(memoryview(data)[len(list_head(2 * rows)) :])
        opened.rows_of(keys, cells[1::2])
    if len(hashes) != kept.rows:
        raise msgspec.DecodeError(f"{len(hashes)} rows, not {kept.rows}")
    table._place_many(np.frombuffer(hashes, np.uint64))
    return table


def packed(values: MutableMapping[str, V], kind: Any, in_use: int = IN_USE) -> Packed[V]:
    """A packed table of these values; itself where it is one."""
    if isinstance(values, Packed):
        return values
    table: Packed[V] = Packed(kind, in_use)
    table.update(values)
    return table


def hash_of(text: str) -> int:
    """64 bits that are the same until the process ends."""
    return hash(text) & HASH_MASK


def hashes_of(texts: Sequence[str]) -> Integers:
    """The same of many, shape (n,)."""
    return np.fromiter(map(hash, texts), np.int64, len(texts)).view(np.uint64)


@cache
def reader_of(kind: Any, rows: int) -> Callable[[bytes], Sequence[Any]]:
    """Reads a page of so many rows: key, value, key, value, ..."""
    cells = (str, kind) * rows
    return msgspec.msgpack.Decoder(tuple[cells]).decode  # type: ignore[valid-type]  # made here


def map_head(size: int) -> bytes:
    """How MessagePack begins a map of so many keys."""
    return _head(size, 0x80, b"\xde", b"\xdf")


def list_head(size: int) -> bytes:
    """How MessagePack begins a list of so many values."""
    return _head(size, 0x90, b"\xdc", b"\xdd")


def _head(size: int, short: int, middle: bytes, long: bytes) -> bytes:
    if size < 16:
        return bytes([short | size])
    return middle + size.to_bytes(2, "big") if size < 1 << 16 else long + size.to_bytes(4, "big")


def _deflated(data: bytes, dictionary: bytes) -> bytes:
    deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, RAW, 8, 0, dictionary)
    pieces = deflate.compress(data), deflate.flush()
    return b"".join(pieces)  # joined, so that it lies in a place of its own size


def _key_of(row: tuple[str, msgspec.Raw]) -> str:
    return row[0]

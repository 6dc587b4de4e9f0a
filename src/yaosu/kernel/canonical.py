"""Canonical bytes: one form for every command, event and state, so that a digest means something.

The form is a profile of MessagePack, described with test vectors in
docs/reference/canonical-bytes.md: maps with text keys sorted by code point, the shortest form of
every whole number (int64 only), UTF-8 text in normal form C, binary, arrays, nil and truth values;
no floats; columns as extension type 1 in our own little-endian layout (columns sorted by name).
"""

import re
import struct
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
import numpy as np

from yaosu.kernel.columns import KIND_OF, KINDS, SMALL, Array, Column, Columns, Kept, Maybe, Text
from yaosu.kernel.numbers import INT64_MAX, INT64_MIN
from yaosu.kernel.refusal import refuse, refuse_unless

T = TypeVar("T")
EXTENSION_COLUMNS = 1
TEXT_KIND = 5
TEXT_CHARACTERS_MAX = 1_000_000
NAME_CHARACTERS_MAX = 1_000  # of a column; its length is kept in two bytes
DTYPES = {1: "<i8", 2: "<i4", 3: "<i1", 4: "|b1"}
DEPTH_MAX = 32
PLAIN_KINDS = (bool, bytes, type(None))  # of which every value has canonical bytes
HEAD = struct.Struct("<IQ")  # of columns: how many, of how many rows
CODES = tuple(struct.Struct(f"<{rows}i") for rows in range(SMALL + 1))  # of a short text
WHOLE = tuple(struct.Struct(f"<{rows}q") for rows in range(SMALL + 1))  # of short whole numbers
WHOLE_KIND = 1
FEW_NAMES = 32  # of a table whose heads are kept for the next one
FEW = 4  # texts of a column that are written down once: purposes and assets come again and again
KEPT_BYTES = 256  # of a column of text that is kept for when it comes again, at most
LONE = re.compile("[\ud800-\udfff]")  # half a character
LENGTH_2, LENGTH_4 = struct.Struct("<H"), struct.Struct("<I")
READ_LENGTH_2, READ_LENGTH_4 = LENGTH_2.unpack_from, LENGTH_4.unpack_from
READ_AS = {kind: np.dtype(form) for kind, form in DTYPES.items()}
BIG_ENDIAN = sys.byteorder == "big"


def encode(value: Any) -> bytes:
    """The canonical bytes of structs, text-keyed maps, lists, text, numbers, columns.

    Values from outside go through :func:`check` first; a float or a number over 64 bits met here
    is an error of ours.
    """
    return _ENCODER.encode(value)


def decode(data: bytes, kind: type[T]) -> T:
    """The value behind canonical bytes, typed; refused as ``kernel.malformed`` where it is none."""
    read = _READERS.get(kind)
    if read is None:
        read = _READERS[kind] = reader(kind)
    value: T = read(data)
    return value


def reader(kind: type[T]) -> Callable[[bytes], T]:
    """A function that does what :func:`decode` does: a union of many takes long to look up."""
    decoder = msgspec.msgpack.Decoder(kind, ext_hook=_read_extension)

    def read(data: bytes) -> T:
        try:
            return decoder.decode(data)
        except (msgspec.DecodeError, ValueError, struct.error, UnicodeDecodeError) as error:
            name = getattr(kind, "__name__", "command or event")
            refuse("kernel.malformed", what=name, reason=str(error))

    return read


def digest(data: bytes) -> bytes:
    """SHA-256, 32 bytes. The algorithm is named wherever a digest leaves the house."""
    return sha256(data).digest()


def check(value: Any, where: str = "the command", depth: int = 0) -> None:
    """Refuse what has no canonical bytes: floats, numbers over 64 bits, text not in form C."""
    if depth > DEPTH_MAX:
        refuse(
            "kernel.wrong_type",
            where=where,
            found="nested too deep",
            expected=f"at most {DEPTH_MAX} levels",
        )
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            field = getattr(value, name)
            kind = type(field)
            if kind is str:
                if field.isascii() and len(field) <= TEXT_CHARACTERS_MAX:
                    continue
            elif kind in PLAIN_KINDS or (kind is Columns and is_plain_table(field)):
                continue
            check(field, name, depth + 1)
    elif value is None or isinstance(value, PLAIN_KINDS):
        return
    elif isinstance(value, str):
        _check_text(value, where)
    elif isinstance(value, int):
        refuse_unless(
            INT64_MIN <= value <= INT64_MAX,
            "kernel.number_out_of_range",
            where=where,
            value=str(value),
        )
    elif isinstance(value, Columns):
        for name in value.names:
            _check_column(name, value.kept(name), where)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key, f"a key of {where}")
            check(item, f"{where}.{key}", depth + 1)
    elif isinstance(value, list | tuple):
        if len(value) > SMALL and _are_plain(value):
            return
        for i, item in enumerate(value):
            check(item, f"{where}[{i}]", depth + 1)
    elif isinstance(value, float):
        refuse("kernel.float_not_allowed", where=where)
    else:
        refuse(
            "kernel.wrong_type",
            where=where,
            found=type(value).__name__,
            expected="text, whole numbers, lists, maps or columns",
        )


def _are_plain(values: Sequence[Any]) -> bool:
    """Whether many values of one kind hold nothing to refuse, seen column by column.

    False only says that it cannot be told so: then they are looked at one by one.
    """
    kinds = set(map(type, values))
    if len(kinds) > 1:  # such as text here and a number there
        return all(_are_plain([one for one in values if type(one) is kind]) for kind in kinds)
    (kind,) = kinds
    if kind is str:
        joined: str = "".join(values)
        longest: int = max(map(len, values))
        return joined.isascii() and longest <= TEXT_CHARACTERS_MAX
    if kind is int:
        return bool(min(values) >= INT64_MIN and max(values) <= INT64_MAX)
    if kind in PLAIN_KINDS:
        return True
    if kind in (tuple, dict) and not any(values):
        return True
    if kind is dict:
        cells = [cell for one in values for cell in one.values()]
        kinds = set(map(type, cells))
        return (
            kinds <= {str, int, bool}
            and _are_plain([key for one in values for key in one])
            and _are_plain(cells)
        )
    if issubclass(kind, msgspec.Struct):
        distinct = [values[0]] if all(one is values[0] for one in values) else values
        return all(
            _are_plain([getattr(one, name) for one in distinct]) for name in kind.__struct_fields__
        )
    return False


def _check_column(name: Any, column: Kept, where: str) -> None:
    if not (_is_plain(name) and len(name) <= NAME_CHARACTERS_MAX):
        _check_name(name, where)
    if isinstance(column, list):
        _check_numbers(column, name, where)
        return
    if isinstance(column, Text):
        for text in column.values if column.texts is None else column.texts:
            if not _is_plain(text):
                _check_text(text, f"{where}, column {name}")
        if column.texts is None:
            _check_codes(column, name, where)
        return
    array = column.values if isinstance(column, Maybe) else column
    kind = getattr(getattr(array, "dtype", None), "name", type(array).__name__)
    fits = kind in KINDS and array.ndim == 1
    refuse_unless(
        fits,
        "kernel.wrong_type",
        where=f"{where}, column {name}",
        found=kind,
        expected="one row of whole numbers, truth values or text",
    )


def _is_plain(value: Any) -> bool:
    """Nearly all is short and plain text."""
    return type(value) is str and value.isascii() and len(value) <= TEXT_CHARACTERS_MAX


def is_plain_table(columns: Columns) -> bool:
    """Whether a short table holds nothing but plain text and whole numbers of 64 bits.

    False only says that it must be looked at column by column.
    """
    if columns.rows > SMALL:
        return False
    for name, column in columns.items():
        if type(name) is not str or not name.isascii() or len(name) > NAME_CHARACTERS_MAX:
            return False
        if type(column) is list:
            for number in column:
                if type(number) is not int or not INT64_MIN <= number <= INT64_MAX:
                    return False
        elif type(column) is Text and column.texts is not None:
            for text in column.texts:
                if type(text) is not str or not text.isascii() or len(text) > TEXT_CHARACTERS_MAX:
                    return False
        else:
            return False
    return True


def _check_name(name: Any, where: str) -> None:
    _check_text(name, f"the name of a column of {where}")
    refuse_unless(
        len(name) <= NAME_CHARACTERS_MAX,
        "kernel.text_too_long",
        where=f"the name of a column of {where}",
        length=len(name),
        limit=NAME_CHARACTERS_MAX,
    )


def _check_numbers(column: list[int], name: str, where: str) -> None:
    strange = [type(number).__name__ for number in column if type(number) is not int]
    if strange or len(column) > SMALL:
        refuse(
            "kernel.wrong_type",
            where=f"{where}, column {name}",
            found=f"a list of {strange[0] if strange else len(column)}",
            expected="one row of whole numbers, truth values or text",
        )
    for number in (min(column, default=0), max(column, default=0)):
        check(number, f"{where}, column {name}")


def _check_codes(column: Text, name: str, where: str) -> None:
    last = len(column.values) - 1
    inside = not len(column) or 0 <= int(column.codes.min()) <= int(column.codes.max()) <= last
    refuse_unless(
        inside,
        "kernel.wrong_type",
        where=f"{where}, column {name}",
        found="a code that points to no text",
        expected="codes of its texts",
    )


def _check_text(value: Any, where: str) -> None:
    refuse_unless(
        isinstance(value, str),
        "kernel.wrong_type",
        where=where,
        found=type(value).__name__,
        expected="text",
    )
    refuse_unless(
        len(value) <= TEXT_CHARACTERS_MAX,
        "kernel.text_too_long",
        where=where,
        length=len(value),
        limit=TEXT_CHARACTERS_MAX,
    )
    if value.isascii():
        return
    refuse_unless(
        not LONE.search(value) and unicodedata.is_normalized("NFC", value),
        "kernel.bad_text",
        where=where,
    )


def _extension(value: Any) -> Any:
    if isinstance(value, Columns):
        return msgspec.msgpack.Ext(EXTENSION_COLUMNS, value.written or columns_to_bytes(value))
    if hasattr(value, "canonical"):
        return value.canonical()
    if isinstance(value, np.integer):
        return int(value)
    raise NotImplementedError(f"{type(value).__name__} has no canonical bytes")


def _read_extension(code: int, data: memoryview) -> Columns:
    if code != EXTENSION_COLUMNS:
        raise ValueError(f"extension type {code} is not known")
    return columns_from_bytes(bytes(data))


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_extension, order="sorted")
_READERS: dict[Any, Callable[[bytes], Any]] = {}


def digest_columns(columns: Columns) -> bytes:
    """SHA-256 of the canonical bytes of columns, without forming them all at once.

    Texts must be in canonical coding (`Text.sorted`).
    """
    size = _size(columns)
    result = sha256(_extension_head(size))
    for piece in _pieces(columns):
        result.update(piece)
        size -= len(piece)
    assert size == 0, "the length of the bytes was foretold wrongly"
    return result.digest()


def digest_pieces(rows: int, columns: Mapping[str, tuple[Array | Text, Iterable[Array]]]) -> bytes:
    """`digest_columns` of columns that never lie in memory at once.

    Args:
        rows: how many there are.
        columns: by name: an empty column that tells kind and texts (in canonical coding), and the
            numbers or codes in pieces, in order, `rows` of them in all.
    """
    begins = {name: _column_begin(name, column) for name, (column, _) in columns.items()}
    arrays = {n: c.codes if isinstance(c, Text) else c for n, (c, _) in columns.items()}
    sizes = [len(begins[n]) + rows * array.dtype.itemsize for n, array in arrays.items()]
    left = struct.calcsize("<IQ") + sum(sizes)
    result = sha256(_extension_head(left) + struct.pack("<IQ", len(columns), rows))
    left -= struct.calcsize("<IQ")
    for name in sorted(columns):
        result.update(begins[name])
        left -= len(begins[name])
        for piece in columns[name][1]:
            raw = _raw(piece, DTYPES[KINDS[arrays[name].dtype.name]])
            result.update(raw)
            left -= len(raw)
    assert left == 0, "the pieces are not as long as was said"
    return result.digest()


def _extension_head(size: int) -> bytes:
    """What stands before the bytes of columns in a message.

    Columns of 4 GiB or more fit no message; for their digest the byte that MessagePack never uses
    (0xC1) and a length of 8 bytes stand before them.
    """
    for code, form, most in ((0xC7, "B", 2**8), (0xC8, ">H", 2**16), (0xC9, ">I", 2**32)):
        if size < most:
            fixed = {1: 0xD4, 2: 0xD5, 4: 0xD6, 8: 0xD7, 16: 0xD8}.get(size)
            head = bytes([code]) + struct.pack(form, size) if fixed is None else bytes([fixed])
            return head + bytes([EXTENSION_COLUMNS])
    return b"\xc1" + struct.pack(">Q", size) + bytes([EXTENSION_COLUMNS])


def columns_to_bytes(columns: Columns) -> bytes:
    """The layout of extension type 1: count, rows, then each column in order of its name."""
    if columns.written is not None:
        return columns.written
    if columns.rows > SMALL:
        return b"".join(_pieces(_sorted_texts(columns)))
    data = _short_to_bytes(columns) or b"".join(_pieces(_sorted_texts(columns)))
    columns.written = data  # of an order the event, the book and the rows of a party say it
    return data


def _short_to_bytes(columns: Columns) -> bytes:
    """The same of a table that is kept by its rows; nothing where a column is not."""
    rows, kept = columns.rows, columns.all_kept
    pack = WHOLE[rows].pack
    parts = [HEAD.pack(len(kept), rows)]
    heads = _heads if len(kept) <= FEW_NAMES else _heads_of
    for name, of_numbers, of_texts in heads(tuple(kept)):
        column = kept[name]
        if type(column) is list:
            parts += (of_numbers, pack(*column))
        elif type(column) is not Text or (texts := column.texts) is None:
            return b""
        elif rows == 1 and len(texts[0]) <= KEPT_BYTES:
            parts.append(one_text(of_texts, texts[0]))
        else:
            parts.append(of_texts + texts_to_bytes(texts))
    return b"".join(parts)


def _heads_of(names: tuple[str, ...]) -> list[tuple[str, bytes, bytes]]:
    """The columns of a short table in order: name, head as whole numbers, head as text."""
    return [(name, _head(name, WHOLE_KIND, 0), _head(name, TEXT_KIND, 0)) for name in sorted(names)]


_heads = lru_cache(maxsize=256)(_heads_of)  # the tables of one kind have the same columns


def _sorted_texts(columns: Columns) -> Columns:
    recoded: dict[str, Text] = {}
    for name in columns.names:
        column = columns.kept(name)
        if type(column) is Text and (canonical := column.sorted()) is not column:
            recoded[name] = canonical
    return columns.with_columns(**recoded) if recoded else columns


def _pieces(columns: Columns) -> Iterator[bytes | memoryview]:
    yield HEAD.pack(len(columns.names), columns.rows)
    for name in sorted(columns.names):
        column = columns.kept(name)
        if isinstance(column, list):
            yield _head(name, WHOLE_KIND, 0)
            yield WHOLE[len(column)].pack(*column)
            continue
        if isinstance(column, Text):
            if column.texts is not None:
                yield _head(name, TEXT_KIND, 0)
                yield texts_to_bytes(column.texts)
                continue
            yield _column_begin(name, column)
            yield _raw(column.codes, "<i4")
            continue
        yield column_head(name, column)
        if isinstance(column, Maybe):
            yield _raw(column.present, "|b1")
            yield _raw(column.values, DTYPES[KIND_OF[column.values.dtype]])
        else:
            yield _raw(column, DTYPES[KIND_OF[column.dtype]])


def column_head(name: str, column: Kept) -> bytes:
    """What stands before the content of a column: its name, its kind, whether some are missing."""
    if isinstance(column, list):
        return _head(name, WHOLE_KIND, 0)
    if isinstance(column, Text):
        return _head(name, TEXT_KIND, 0)
    if isinstance(column, Maybe):
        return _head(name, KIND_OF[column.values.dtype], 1)
    return _head(name, KIND_OF[column.dtype], 0)


@lru_cache(maxsize=1024)
def _head(name: str, kind: int, nullable: int) -> bytes:
    raw = name.encode()
    return LENGTH_2.pack(len(raw)) + raw + bytes([kind, nullable])


def _column_begin(name: str, column: Column) -> bytes:
    """What stands before the numbers of a column; text canonically coded already."""
    head = column_head(name, column)
    if not isinstance(column, Text):
        return head
    texts = [value.encode() for value in column.values]
    table = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    return head + struct.pack("<I", len(texts)) + table


def texts_to_bytes(texts: list[str]) -> bytes:
    """The bytes of a short column of text behind its head: the distinct texts, a code a row."""
    if len(texts) <= FEW and sum(map(len, texts)) <= KEPT_BYTES:
        return _few_texts(tuple(texts))
    return _texts_to_bytes(texts)


def _texts_to_bytes(texts: Sequence[str]) -> bytes:
    own = sorted(set(texts))
    place = {text: at for at, text in enumerate(own)}
    written = [LENGTH_4.pack(len(raw)) + raw for raw in (text.encode() for text in own)]
    codes = CODES[len(texts)].pack(*[place[text] for text in texts])
    return LENGTH_4.pack(len(own)) + b"".join(written) + codes


_few_texts = lru_cache(maxsize=1 << 12)(_texts_to_bytes)


@lru_cache(maxsize=1 << 12)
def one_text(head: bytes, text: str) -> bytes:
    """The bytes of a text column of one row; purposes and assets come again and again."""
    return head + _texts_to_bytes([text])


def _raw(values: Array, form: str) -> bytes | memoryview:
    """The bytes of an array, where they lie if they are in the wanted form already."""
    array = np.ascontiguousarray(values, form)
    return array.data.cast("B") if array.size else b""


def _size(columns: Columns) -> int:
    """Bytes of the layout of extension type 1."""
    size = struct.calcsize("<IQ")
    for name in columns.names:
        column = columns.column(name)
        if isinstance(column, Text):
            width = 4
        elif isinstance(column, Maybe):
            width = 1 + column.values.dtype.itemsize
        else:
            width = column.dtype.itemsize
        size += len(_column_begin(name, column)) + width * columns.rows
    return size


def columns_from_bytes(data: bytes) -> Columns:
    """Columns from the layout of extension type 1; ValueError where it is damaged."""
    count, rows = HEAD.unpack_from(data)
    place = HEAD.size
    columns: dict[str, Kept] = {}
    for _ in range(count):
        first = place + 2
        end = first + READ_LENGTH_2(data, place)[0]
        place = end + 2
        if place > len(data):
            raise ValueError("columns end too early")
        name, kind, nullable = data[first:end], data[end], data[end + 1]
        column: Kept
        if kind == TEXT_KIND:
            column, place = _read_text(data, place, rows)
        elif kind == WHOLE_KIND and 0 < rows <= SMALL and not nullable:
            column = list(WHOLE[rows].unpack_from(data, place))
            place += 8 * rows
        elif kind in READ_AS:
            present = None
            if nullable:
                present, place = _read_array(data, place, READ_AS[4], rows)
            array, place = _read_array(data, place, READ_AS[kind], rows)
            column = array if present is None else Maybe(array, present)
        else:
            raise ValueError(f"column {name!r} has unknown kind {kind}")
        columns[name.decode()] = column
    if place != len(data):
        raise ValueError("bytes left over behind the last column")
    return Columns.short(columns, rows) if columns and rows <= SMALL else Columns(columns)


def _read_text(data: bytes, begin: int, rows: int) -> tuple[Text, int]:
    (count,) = READ_LENGTH_4(data, begin)
    if count > len(data):
        raise ValueError("more texts than bytes")
    codes_at = begin + 4
    for _ in range(count):
        codes_at += 4 + READ_LENGTH_4(data, codes_at)[0]
    end = codes_at + 4 * rows
    if end > len(data):
        raise ValueError("columns end too early")
    if 0 < rows <= SMALL:
        body = data[begin:end]
        return (_kept_text if end - begin <= KEPT_BYTES else _short_text)(body, rows), end
    values = _values(data, begin)
    codes, _ = _read_array(data, codes_at, READ_AS[2], rows)
    if rows and not 0 <= int(codes.min()) <= int(codes.max()) < count:
        raise ValueError("a text code points nowhere")
    return Text(tuple(values), codes), end


def _short_text(body: bytes, rows: int) -> Text:
    """A short column of text from its bytes, all of them."""
    values = _values(body, 0)
    codes = CODES[rows].unpack_from(body, len(body) - 4 * rows)
    if min(codes) < 0 or max(codes) >= len(values):
        raise ValueError("a text code points nowhere")
    return Text.short([values[code] for code in codes])


_kept_text = lru_cache(maxsize=1 << 12)(_short_text)


def _values(data: bytes, place: int) -> list[str]:
    """The distinct texts of a column; that they end within the data was seen before."""
    (count,) = READ_LENGTH_4(data, place)
    place += 4
    values: list[str] = []
    for _ in range(count):
        first = place + 4
        place = first + READ_LENGTH_4(data, place)[0]
        values.append(data[first:place].decode())
    return values


def _read_array(data: bytes, place: int, kind: Any, rows: int) -> tuple[Any, int]:
    """An array of its own, aligned, in this machine's byte order; and the place behind it."""
    end = place + rows * kind.itemsize
    if end > len(data):
        raise ValueError("columns end too early")
    found = np.frombuffer(data, kind, rows, place)
    return found.astype(kind.newbyteorder("=")) if BIG_ENDIAN else found.copy(), end

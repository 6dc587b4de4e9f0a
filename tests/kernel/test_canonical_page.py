"""A second implementation of the canonical bytes, written from the page, agrees with the first.

It shares no code with yaosu.kernel.canonical and none with a MessagePack library.
"""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.reviewer import HOUSE
from yaosu.kernel.canonical import decode, digest, encode
from yaosu.kernel.columns import Columns, Maybe, Text

PAGE = HOUSE / "docs" / "reference" / "canonical-bytes.md"
ROW = re.compile(r"^\| `(?P<value>[^`]+)` \| `(?P<bytes>[0-9a-f ]+)` \|$", re.MULTILINE)
WIDTHS = {"int64": (1, 8), "int32": (2, 4), "int8": (3, 1), "bool": (4, 1)}
Value = Any


def spell(value: Value) -> bytes:
    """The page, sentence by sentence."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return spell_number(value)
    if isinstance(value, str):
        raw = value.encode()
        short = bytes([0xA0 | len(raw)]) if len(raw) < 32 else b""
        return (short or sized(len(raw), (0xD9, 0xDA, 0xDB))) + raw
    if isinstance(value, bytes):
        return sized(len(value), (0xC4, 0xC5, 0xC6)) + value
    if isinstance(value, list):
        head = bytes([0x90 | len(value)]) if len(value) < 16 else sized(len(value), (0, 0xDC, 0xDD))
        return head + b"".join(spell(item) for item in value)
    if isinstance(value, dict):
        head = bytes([0x80 | len(value)]) if len(value) < 16 else sized(len(value), (0, 0xDE, 0xDF))
        keys = sorted(value, key=lambda key: key.encode())
        return head + b"".join(spell(key) + spell(value[key]) for key in keys)
    raise TypeError(type(value))


def spell_number(value: int) -> bytes:
    if -32 <= value < 128:
        return (value & 0xFF).to_bytes(1, "big")
    if value >= 0:
        for mark, width in ((0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8)):
            if value < 1 << (8 * width):
                return bytes([mark]) + value.to_bytes(width, "big")
    for mark, width in ((0xD0, 1), (0xD1, 2), (0xD2, 4), (0xD3, 8)):
        if value >= -(1 << (8 * width - 1)):
            return bytes([mark]) + value.to_bytes(width, "big", signed=True)
    raise OverflowError(value)


def sized(length: int, marks: tuple[int, int, int]) -> bytes:
    if length < 1 << 8 and marks[0]:
        return bytes([marks[0], length])
    if length < 1 << 16:
        return bytes([marks[1]]) + length.to_bytes(2, "big")
    return bytes([marks[2]]) + length.to_bytes(4, "big")


def spell_columns(rows: int, columns: dict[str, tuple[str, list[Any]]]) -> bytes:
    """Extension type 1 from {name: (kind, values)}; None is a missing number."""
    body = len(columns).to_bytes(4, "little") + rows.to_bytes(8, "little")
    for name in sorted(columns):
        kind, values = columns[name]
        body += len(name.encode()).to_bytes(2, "little") + name.encode()
        if kind == "text":
            distinct = sorted(set(values))
            body += b"\x05\x00" + len(distinct).to_bytes(4, "little")
            for text in distinct:
                body += len(text.encode()).to_bytes(4, "little") + text.encode()
            body += b"".join(distinct.index(text).to_bytes(4, "little") for text in values)
            continue
        code, width = WIDTHS[kind]
        missing = None in values
        body += bytes([code, missing])
        if missing:
            body += bytes(value is not None for value in values)
        body += b"".join(int(v or 0).to_bytes(width, "little", signed=True) for v in values)
    fixed = {1: 0xD4, 2: 0xD5, 4: 0xD6, 8: 0xD7, 16: 0xD8}.get(len(body))
    head = bytes([fixed]) if fixed else sized(len(body), (0xC7, 0xC8, 0xC9))
    return head + b"\x01" + body


def rows_of_the_page() -> list[tuple[str, bytes]]:
    text = PAGE.read_text(encoding="utf-8")
    return [(row["value"], bytes.fromhex(row["bytes"])) for row in ROW.finditer(text)]


@pytest.mark.parametrize(("value", "spelled"), rows_of_the_page(), ids=lambda v: str(v)[:24])
def test_a_vector_of_the_page_holds_in_both_implementations(value: str, spelled: bytes) -> None:
    thing = json.loads(value)
    if isinstance(thing, dict) and "columns" in thing:
        columns = {name: tuple(column) for name, column in thing["columns"].items()}
        assert spell_columns(thing["rows"], columns) == spelled
        assert encode(Columns.of(**{n: as_column(*c) for n, c in columns.items()})) == spelled
        assert encode(decode(spelled, Columns)) == spelled
    else:
        assert spell(thing) == spelled
        assert encode(thing) == spelled
        assert decode(spelled, object) == thing


def as_column(kind: str, values: list[Any]) -> Any:
    if kind == "text":
        return Text.of(values)
    present = np.array([value is not None for value in values])
    numbers = np.array([value or 0 for value in values], kind)
    return numbers if present.all() else Maybe(numbers, present)


def test_the_page_has_vectors_of_every_kind() -> None:
    spelled = [raw for _, raw in rows_of_the_page()]
    assert len(spelled) >= 20
    firsts = {raw[0] for raw in spelled}
    assert {0xC0, 0xC2, 0xC3, 0xCC, 0xCD, 0xCE, 0xCF, 0xD0, 0xD1, 0xD2, 0xD3, 0xC7} <= firsts


def test_the_digest_of_the_page_is_sha_256() -> None:
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(r"digest of\s+`([0-9a-f ]+)` is\s+`([0-9a-f]{64})`", text)
    assert found
    assert digest(bytes.fromhex(found[1])).hex() == found[2]


def test_lengths_change_their_form_at_the_same_place() -> None:
    for length in (0, 1, 15, 16, 31, 32, 255, 256, 65535, 65536):
        for value in ("a" * length, b"b" * length, [1] * length):
            assert encode(value) == spell(value)
    for size in (15, 16, 300):
        table = {f"k{i}": i for i in range(size)}
        assert encode(table) == spell(table)


def test_columns_of_any_length_are_spelled_alike() -> None:
    for rows in (0, 1, 2, 7, 100):
        plain = {"b": ("int64", list(range(rows))), "a": ("int8", [-1] * rows)}
        columns = Columns.of(**{name: as_column(*column) for name, column in plain.items()})
        assert encode(columns) == spell_columns(rows, plain)


def test_the_page_stands_where_the_code_says() -> None:
    named = (HOUSE / "src" / "yaosu" / "kernel" / "canonical.py").read_text(encoding="utf-8")
    assert Path("docs/reference/canonical-bytes.md").as_posix() in named

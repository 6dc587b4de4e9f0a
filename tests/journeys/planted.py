"""Words and numbers that must not be found, in every form that bytes could hold them in."""

import json
import struct
import urllib.parse
from base64 import b16encode, b32encode, b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

from yaosu.kernel.canonical import encode

NAME = "欧阳植树甲"
LATIN = "Plantagenet-Qx7"
ID_NUMBER = "11010519491231002X"
PHONE = "13912345678"
PRICE = 77_777_771
TEXTS = (NAME, LATIN, ID_NUMBER, PHONE)
CHARSETS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "gb18030")


def forms_of_text(text: str) -> Iterator[tuple[str, bytes]]:
    """(what it is, bytes) of a text in each charset and the ways that bytes are written as text."""
    for charset in CHARSETS:
        raw = text.encode(charset)
        yield charset, raw
        yield f"{charset} in hex", b16encode(raw).lower()
        yield f"{charset} in HEX", b16encode(raw)
        yield f"{charset} in base32", b32encode(raw)[: len(raw) * 8 // 5 // 8 * 8]
        for shift in range(3):  # how base64 reads depends on where the text begins
            for name, form in (("base64", b64encode), ("base64url", urlsafe_b64encode)):
                coded = form(bytes(shift) + raw)
                yield f"{charset} in {name}", coded[4 if shift else 0 : len(coded) // 4 * 4 - 4]
    yield "JSON", json.dumps(text)[1:-1].encode()
    yield "URL", urllib.parse.quote(text).encode()


def forms_of_number(number: int) -> Iterator[tuple[str, bytes]]:
    """(what it is, bytes) of a number: decimal, grouped, as columns and canonical bytes hold it."""
    yield from forms_of_text(str(number))
    yield "grouped", f"{number:,}".encode()
    yield "int64, little-endian", struct.pack("<q", number)
    yield "int64, big-endian", struct.pack(">q", number)
    yield "canonical bytes", encode(number)


def found_in(data: bytes) -> list[str]:
    """Which planted thing stands in the bytes, and in what form."""
    planted = [(text, forms_of_text(text)) for text in TEXTS]
    planted.append((str(PRICE), forms_of_number(PRICE)))
    return [f"{what} as {form}" for what, forms in planted for form, raw in forms if raw in data]


def found_under(folder: Path) -> list[str]:
    """The same of every file in a folder and those below, and of the files' names."""
    found: list[str] = []
    for path in sorted(folder.rglob("*")):
        found += [f"{what} in the name of {path.name}" for what in found_in(path.name.encode())]
        if path.is_file():
            found += [f"{what} in {path.name}" for what in found_in(path.read_bytes())]
    return found

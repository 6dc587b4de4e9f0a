"""What a file is, by its own bytes: a short list of types is taken, everything else is not.

Nothing is unpacked, rendered or converted here: of a packed office file only the table of contents
at its end is read, and that within bounds.
"""

import re
import struct
import unicodedata
import zipfile
from typing import BinaryIO

PDF, PNG, JPEG, GIF = "application/pdf", "image/png", "image/jpeg", "image/gif"
WEBP, TIFF, TEXT = "image/webp", "image/tiff", "text/plain"
OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX, XLSX = f"{OFFICE}wordprocessingml.document", f"{OFFICE}spreadsheetml.sheet"
OFD = "application/ofd"  # fixed-layout documents of Chinese offices, GB/T 33190
ENDINGS = {  # media type -> endings of names, the usual one first
    PDF: ("pdf",),
    PNG: ("png",),
    JPEG: ("jpg", "jpeg"),
    GIF: ("gif",),
    WEBP: ("webp",),
    TIFF: ("tif", "tiff"),
    DOCX: ("docx",),
    XLSX: ("xlsx",),
    OFD: ("ofd",),
    TEXT: ("txt", "csv", "json", "md", "toml", "xml", "log"),
}
PREVIEWED = (PDF, PNG, JPEG, GIF, WEBP, TEXT)  # what a browser shows without any help of ours
BEGINNINGS = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
)
INSIDE = (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX), ("OFD.xml", OFD))
MACROS = ("vbaproject.bin",)
PACKED = b"PK\x03\x04"
TABLE_BYTES_MAX = 1 << 20  # of the table of contents of a packed file
TAIL_BYTES = 22 + 65_535  # in which the end record of a packed file stands
CHUNK = 1 << 20
CONTROLS = bytes({*range(32), 127} - {9, 10, 12, 13})
NAME_CHARACTERS_MAX = 120
NO_NAME = "document"


def media_type_of(file: BinaryIO) -> str | None:
    """The type of a file's bytes; None where it is none that is taken.

    Args:
        file: from its beginning; its place is changed.
    """
    file.seek(0)
    head = file.read(64)
    for beginning, media_type in BEGINNINGS:
        if head.startswith(beginning):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(PACKED):
        return _packed_type(file)
    return TEXT if _is_text(file) else None


def clean_name(given: str, media_type: str) -> str:
    """A file name that is safe everywhere: no path, no control signs, the ending of its type."""
    last = re.split(r"[/\\]", given)[-1]
    kept = "".join(sign for sign in unicodedata.normalize("NFC", last) if _is_plain(sign)).strip(
        " ."
    )
    stem, dot, ending = kept.rpartition(".")
    endings = ENDINGS[media_type]
    if not dot:
        stem, ending = kept, ""
    if ending.lower() not in endings:
        stem, ending = kept, endings[0]
    stem = stem.strip(" .")[:NAME_CHARACTERS_MAX] or NO_NAME
    return f"{stem}.{ending.lower()}"


def _is_plain(sign: str) -> bool:
    """Not a control, format (such as one that turns the direction of text) or reserved sign."""
    return unicodedata.category(sign)[0] != "C" and sign not in '<>:"|?*%'


def _packed_type(file: BinaryIO) -> str | None:
    size = file.seek(0, 2)
    file.seek(max(0, size - TAIL_BYTES))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        return None
    count, table = struct.unpack_from("<HI", tail, at + 10)
    if count == 0xFFFF or table > TABLE_BYTES_MAX:
        return None
    try:
        with zipfile.ZipFile(file) as packed:
            names = packed.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError):
        return None
    if any(name.lower().endswith(MACROS) for name in names):
        return None
    return next((kind for inside, kind in INSIDE if inside in names), None)


def _is_text(file: BinaryIO) -> bool:
    """UTF-8 without control signs, to the end."""
    file.seek(0)
    rest = b""
    while part := file.read(CHUNK):
        data = rest + part
        if data.translate(None, CONTROLS) != data:
            return False
        try:
            data.decode("utf-8")
            rest = b""
        except UnicodeDecodeError as error:
            if error.end < len(data) or len(data) - error.start > 3:
                return False
            rest = data[error.start :]
    return not rest

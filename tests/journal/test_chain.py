"""The header: its bytes as written down, its hash, and what an entry says of itself."""

import struct
from hashlib import sha256

import pytest

from tests.reviewer import HOUSE
from yaosu.journal import ACCEPTED, REFUSED, ZERO, seal
from yaosu.journal.chain import FIELDS, HEADER_BYTES, open_row, row_of

RULES, PARTIES, PREVIOUS = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))

# the hash of the entry below, also in docs/reference/journal.md
VECTOR = "ac28896db460f5c0c087055e7fd84ab1e12ffe2232884da596c4025ac27e02d2"


def one_entry(**changes: object):
    what = {
        "previous_hash": PREVIOUS,
        "sequence": 7,
        "instant": -1,
        "outcome": REFUSED,
        "actor": "地方-1",
        "command": b"ask",
        "events": b"no",
        "sealed": b"",
        "rules": RULES,
        "decide_version": 258,
        "parties": PARTIES,
    }
    return seal(**(what | changes))


def test_the_header_is_the_bytes_that_the_reference_page_describes() -> None:
    entry = one_entry()
    expected = b"".join(
        [
            b"yaosu/1\0",
            struct.pack("<Q", 7),
            struct.pack("<q", -1),
            b"\2" + bytes(3) + struct.pack("<I", 258),
            sha256("地方-1".encode()).digest(),
            sha256(b"ask").digest(),
            sha256(b"no").digest(),
            bytes(32),
            RULES,
            PARTIES,
            PREVIOUS,
        ]
    )
    assert len(expected) == HEADER_BYTES == 256
    assert entry.packed == expected
    assert entry.hash == sha256(b"\0" + expected).digest()
    assert entry.hash.hex() == VECTOR


def test_the_reference_page_shows_the_same_header_and_vector() -> None:
    page = (HOUSE / "docs" / "reference" / "journal.md").read_text(encoding="utf-8")
    assert VECTOR in page
    for name, first, end in FIELDS:
        place = f"{first}-{end - 1}" if end - first > 1 else str(first)
        assert f"| {place} | {name} |" in page


def test_the_fields_cover_the_header_without_gap_or_overlap() -> None:
    ends = [0, *(end for _, _, end in FIELDS)]
    assert [first for _, first, _ in FIELDS] == ends[:-1]
    assert ends[-1] == HEADER_BYTES


def test_sealed_content_stands_in_the_header_by_its_digest() -> None:
    entry = one_entry(sealed=b"ciphertext")
    assert entry.header.sealed == sha256(b"ciphertext").digest()
    assert one_entry().header.sealed == ZERO


def test_every_field_of_an_entry_changes_its_hash() -> None:
    changes = [
        {"previous_hash": ZERO},
        {"sequence": 8},
        {"instant": 0},
        {"outcome": ACCEPTED},
        {"actor": "firm-2"},
        {"command": b"ask "},
        {"events": b""},
        {"sealed": b"x"},
        {"rules": ZERO},
        {"decide_version": 1},
        {"parties": ZERO},
    ]
    hashes = {one_entry().hash, *(one_entry(**change).hash for change in changes)}
    assert len(hashes) == len(changes) + 1


def test_a_digest_of_the_wrong_length_or_an_unknown_outcome_is_our_error() -> None:
    for change in ({"previous_hash": b""}, {"rules": bytes(31)}, {"parties": bytes(33)}):
        with pytest.raises(AssertionError):
            one_entry(**change)
    with pytest.raises(AssertionError):
        one_entry(outcome=0)
    with pytest.raises(struct.error):
        one_entry(decide_version=2**32)


def test_a_row_opens_to_the_entry_it_was_made_from() -> None:
    entry = one_entry(sealed=b"ciphertext")
    row = row_of(entry)
    assert open_row(row, 7, PREVIOUS, -1) == entry
    assert open_row(row, 8, PREVIOUS, -1) is None
    assert open_row(row, 7, ZERO, -1) is None
    assert open_row(row, 7, PREVIOUS, 0) is None
    for at, value in enumerate([6, entry.packed[:-1], b"", b"", b"other"]):
        changed = (*row[:at], value, *row[at + 1 :])
        assert open_row(changed, 7, PREVIOUS, -1) is None
    assert open_row((*row[:2], "ask", *row[3:]), 7, PREVIOUS, -1) is None

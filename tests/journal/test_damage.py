"""Every flipped bit of what is stored is found and its place is named.

The fields are flipped through SQL, so each case is one field; the file is flipped byte by byte,
so each case is one byte of the disk.
"""

import os
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journal.build import grow, journal_of, raw
from yaosu.journal import MemoryStore, SqliteStore, open_sqlite, verify
from yaosu.journal.chain import FIELDS
from yaosu.journal.packing import LENGTHS
from yaosu.journal.sqlite import _stored
from yaosu.kernel.refusal import Refusal

LONG = os.environ.get("YAOSU_TEST_PROFILE") == "long"
ENTRIES = 3
BLOBS = "header, payloads"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[tuple[sqlite3.Connection, SqliteStore]]:
    """A small journal, open for reading, and the hand that bends it."""
    path = journal_of(tmp_path / "market.db", 1, 2)
    hand = raw(path)
    hand.execute("PRAGMA synchronous = OFF")
    with open_sqlite(path, readonly=True) as store:
        assert store.size == ENTRIES
        yield hand, store
    hand.close()


def bits_of(value: bytes) -> Iterator[tuple[int, bytes]]:
    """The value with each bit flipped, one at a time."""
    for bit in range(8 * len(value)):
        bent = bytearray(value)
        bent[bit // 8] ^= 1 << bit % 8
        yield bit, bytes(bent)


def refusal_at(store: SqliteStore) -> dict[str, object]:
    with pytest.raises(Refusal) as refusal:
        verify(store)
    assert refusal.value.code == "journal.damaged"
    return refusal.value.facts


@pytest.mark.parametrize("sequence", range(ENTRIES))
def test_every_flipped_bit_of_a_header_is_found_and_named(
    journal: tuple[sqlite3.Connection, SqliteStore], sequence: int
) -> None:
    hand, store = journal
    change = "UPDATE entries SET header = ? WHERE sequence = ?"
    header = next(store.rows(sequence, sequence))[1]
    for bit, bent in bits_of(header):
        if sequence != 1 and not LONG and bit % 8 != bit // 8 % 8:
            continue  # every bit of the middle one, a bit of every byte of the others
        hand.execute(change, (bent, sequence))
        facts = refusal_at(store)
        field = next(name for name, first, end in FIELDS if first <= bit // 8 < end)
        assert facts["entry"] == sequence
        assert facts["what"] == f"header field {field} (bit {bit % 8} of byte {bit // 8})"
    hand.execute(change, (header, sequence))
    assert verify(store).entries == ENTRIES


@pytest.mark.parametrize("sequence", range(ENTRIES))
def test_a_damaged_header_is_never_given_out_not_even_to_who_takes_one_and_goes(
    journal: tuple[sqlite3.Connection, SqliteStore], sequence: int
) -> None:
    """Its own row cannot tell that an instant was bent: the neighbour above must be asked first."""
    hand, store = journal
    bent = bytearray(next(store.rows(sequence, sequence))[1])
    bent[18] ^= 64
    change = "UPDATE entries SET header = ? WHERE sequence = ?"
    hand.execute(change, (bytes(bent), sequence))
    for last in {sequence, ENTRIES - 1}:
        with pytest.raises(Refusal) as refusal:
            next(store.read(sequence, last))
        assert refusal.value.code == "journal.damaged"


@pytest.mark.parametrize("sequence", range(ENTRIES))
@pytest.mark.parametrize("header", [b"", b"short", bytes(256), bytes(257), "text" * 64, 7, 1.5])
def test_a_header_that_is_something_else_is_found_and_named(
    journal: tuple[sqlite3.Connection, SqliteStore], sequence: int, header: object
) -> None:
    hand, store = journal
    hand.execute("UPDATE entries SET header = ? WHERE sequence = ?", (header, sequence))
    facts = refusal_at(store)
    assert facts["entry"] == sequence
    assert str(facts["what"]).startswith("header")
    with pytest.raises(Refusal, match=rf"journal.damaged: .* at entry {sequence}: header"):
        list(store.read(sequence, sequence))


@pytest.mark.parametrize("sequence", range(ENTRIES))
def test_every_flipped_bit_of_the_payloads_is_found_and_named(
    journal: tuple[sqlite3.Connection, SqliteStore], sequence: int
) -> None:
    hand, store = journal
    change = "UPDATE entries SET payloads = ? WHERE sequence = ?"
    query = "SELECT payloads FROM entries WHERE sequence = ?"
    payloads = hand.execute(query, (sequence,)).fetchone()[0]
    command, events = (len(blob) for blob in next(store.rows(sequence, sequence))[2:4])
    for bit, bent in bits_of(payloads):
        hand.execute(change, (bent, sequence))
        facts = refusal_at(store)
        assert (facts["entry"], facts["position"]) == (sequence, f"entry {sequence}")
        place = bit // 8 - LENGTHS.size
        name = "command" if place < command else "events" if place < command + events else "sealed"
        if place >= 0:
            assert facts["what"] == f"payload {name}"
        else:
            assert facts["what"] in {"payload command", "payload events"}  # by a wrong length
    for bent in (payloads + b"\0", payloads[:-1], payloads[:9], b"", payloads.decode("latin-1"), 7):
        hand.execute(change, (bent, sequence))
        facts = refusal_at(store)
        assert facts["entry"] == sequence
        assert str(facts["what"]).startswith("payload ")
    hand.execute(change, (payloads, sequence))
    assert verify(store).entries == ENTRIES


@pytest.mark.parametrize("sequence", range(ENTRIES))
def test_every_flipped_bit_of_a_row_number_is_found_and_named(
    journal: tuple[sqlite3.Connection, SqliteStore], sequence: int
) -> None:
    hand, store = journal
    for bit in range(64):
        number = sequence ^ (1 << bit) if bit < 63 else sequence - (1 << 63)
        if 0 <= number < ENTRIES:
            continue  # that number is taken; two rows cannot have it
        hand.execute("UPDATE entries SET sequence = ? WHERE sequence = ?", (number, sequence))
        facts = refusal_at(store)
        assert (facts["entry"], facts["what"]) == (sequence, "no row has this number")
        hand.execute("UPDATE entries SET sequence = ? WHERE sequence = ?", (sequence, number))
    assert verify(store).entries == ENTRIES


@pytest.mark.parametrize(
    ("column", "named"),
    [("last_hash", "its last hash"), ("peaks", "its peaks"), ("root", "its root")],
)
@pytest.mark.parametrize("count", [0, ENTRIES])
def test_every_flipped_bit_of_the_head_row_is_found_and_named(
    tmp_path: Path, column: str, named: str, count: int
) -> None:
    path = journal_of(tmp_path / "market.db", *([count] if count else []))
    hand = raw(path)
    with open_sqlite(path, readonly=True) as store:
        value = getattr(store.head(), column)
        for _, bent in bits_of(value):
            hand.execute(f"UPDATE head SET {column} = ?", (bent,))
            facts = refusal_at(store)
            assert facts["position"] == "the head row"
            assert named in str(facts["what"])
            with pytest.raises(Refusal, match=r"journal.damaged: .* at the head row: its"):
                open_sqlite(path, readonly=True)
    hand.close()


@pytest.mark.parametrize("count", [0, 1, ENTRIES])
def test_every_flipped_bit_of_the_size_is_found_and_named(tmp_path: Path, count: int) -> None:
    path = journal_of(tmp_path / "market.db", *([count] if count else []))
    hand = raw(path)
    with open_sqlite(path, readonly=True) as store:
        for bit in range(64):
            bent = count ^ (1 << bit) if bit < 63 else count - (1 << 63)
            hand.execute("UPDATE head SET size = ?", (bent,))
            facts = refusal_at(store)
            assert facts["position"] == "the head row"
            assert str(facts["what"]).startswith(("its size", "a field is not"))
            with pytest.raises(Refusal, match=r"journal.damaged: .* at the head row: "):
                open_sqlite(path)
    hand.close()


def test_every_flipped_bit_of_a_note_is_found_and_named(
    journal: tuple[sqlite3.Connection, SqliteStore],
) -> None:
    hand, store = journal
    value, kept = hand.execute("SELECT value, digest FROM notes").fetchone()
    for column, good in (("value", value), ("digest", kept), ("name", "venue")):
        raw_good = good.encode() if isinstance(good, str) else good
        for _, bent in bits_of(raw_good):
            written = bent if column != "name" else bent.decode("latin-1")
            hand.execute(f"UPDATE notes SET {column} = ?", (written,))
            assert str(refusal_at(store)["position"]).startswith("note ")
        hand.execute(f"UPDATE notes SET {column} = ?", (good,))
    assert verify(store).entries == ENTRIES


def test_rows_added_removed_or_exchanged_are_found(
    journal: tuple[sqlite3.Connection, SqliteStore],
) -> None:
    hand, store = journal
    for statement, position in [
        (
            f"INSERT INTO entries SELECT 3, {BLOBS} FROM entries LIMIT 1",
            None,
        ),
        (
            f"INSERT INTO entries SELECT -1, {BLOBS} FROM entries LIMIT 1",
            None,
        ),
        (
            f"INSERT INTO entries SELECT 9, {BLOBS} FROM entries LIMIT 1",
            None,
        ),
        ("DELETE FROM entries WHERE sequence = 0", 0),
        ("DELETE FROM entries WHERE sequence = 1", 1),
        ("DELETE FROM entries WHERE sequence = 2", 2),
        ("DELETE FROM entries", 0),
        ("DELETE FROM head", None),
        ("INSERT INTO head SELECT 2, size, last_hash, peaks, root FROM head", None),
    ]:
        hand.execute(statement)
        facts = refusal_at(store)
        assert position is None or facts["entry"] == position
        restore(hand, store)


def restore(hand: sqlite3.Connection, store: SqliteStore) -> None:
    """Put a good journal back in place of the bent one."""
    good = MemoryStore()
    grow(good, 1)
    grow(good, 2)
    head = good.head()
    hand.execute("BEGIN")
    hand.execute("DELETE FROM entries")
    hand.execute("DELETE FROM head")
    hand.executemany("INSERT INTO entries VALUES (?, ?, ?)", map(_stored, good.read()))
    hand.execute(
        "INSERT INTO head VALUES (1, ?, ?, ?, ?)",
        (head.size, head.last_hash, head.peaks, head.root),
    )
    hand.execute("COMMIT")
    assert verify(store).entries == ENTRIES


def test_the_message_says_where_what_and_what_to_do(
    journal: tuple[sqlite3.Connection, SqliteStore],
) -> None:
    hand, store = journal
    hand.execute("UPDATE entries SET payloads = x'00' WHERE sequence = 1")
    with pytest.raises(Refusal) as refusal:
        list(store.read())
    assert str(refusal.value) == (
        f"journal.damaged: {store.name} is damaged at entry 1: payload command; keep the file as "
        "it is, restore the last good copy, compare the two by their roots"
    )
    assert next(store.read(2, 2)).header.sequence == 2


def test_a_damaged_entry_is_never_read_out_even_from_the_middle(
    journal: tuple[sqlite3.Connection, SqliteStore],
) -> None:
    hand, store = journal
    header = bytearray(next(store.rows(1, 1))[1])
    header[26] ^= 1
    hand.execute("UPDATE entries SET header = ? WHERE sequence = 1", (bytes(header),))
    for first, last in ((0, 1), (1, 1), (1, 2), (0, 2)):
        with pytest.raises(Refusal, match=r"at entry 1: header field padding"):
            list(store.read(first, last))
    header[26] ^= 1
    header[190] ^= 8  # nothing but the neighbours knows what this field was
    hand.execute("UPDATE entries SET header = ? WHERE sequence = 1", (bytes(header),))
    for first, last in ((0, 1), (1, 1), (1, 2), (2, 2)):
        with pytest.raises(Refusal, match=r"at entry 1: header field rules digest \(bit 3"):
            list(store.read(first, last))


def small_file(folder: Path) -> Path:
    """A journal in pages of 512 bytes, so that every byte of the file can be tried."""
    path = folder / "small.db"
    connection = raw(path)
    connection.execute("PRAGMA page_size = 512")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    return journal_of(path, 1, 2)


def content_of(path: Path) -> tuple[object, ...]:
    with open_sqlite(path, readonly=True) as store:
        verify(store)
        return list(store.rows(0, ENTRIES + 9)), store.head(), store.notes()


def stored_bytes(path: Path) -> set[int]:
    """Where in the file the stored values lie; values cut in two by a page are left out."""
    data, places = path.read_bytes(), set()
    connection = raw(path)
    values = [
        value
        for table in ("entries", "head", "notes")
        for row in connection.execute(f"SELECT * FROM {table}")
        for value in row
    ]
    connection.close()
    for value in values:
        wanted = value.encode() if isinstance(value, str) else value
        if isinstance(wanted, bytes) and len(wanted) > 3 and data.count(wanted) == 1:
            at = data.index(wanted)
            places |= set(range(at, at + len(wanted)))
    return places


def test_no_flipped_byte_of_the_file_changes_what_is_read(tmp_path: Path) -> None:
    good = small_file(tmp_path)
    data, wanted, stored = good.read_bytes(), content_of(good), stored_bytes(good)
    assert len(stored) > 900
    bits = random.Random(20260101)
    bent_path = tmp_path / "bent.db"
    quiet: set[int] = set()
    tried = 0
    for at in range(len(data)):
        if not LONG and at % 8 and data[max(0, at - 8) : at + 8] == bytes(16):
            continue  # in the middle of nothing
        tried += 1
        for mask in [1 << bit for bit in range(8)] if LONG else [1 << bits.randrange(8)]:
            bent = bytearray(data)
            bent[at] ^= mask
            for ending in ("-wal", "-shm"):
                Path(f"{bent_path}{ending}").unlink(missing_ok=True)
            bent_path.write_bytes(bent)
            try:
                found = content_of(bent_path)
            except Refusal:
                continue  # anything but a refusal ends the test
            assert found == wanted, f"byte {at}, mask {mask}: another content was accepted"
            quiet.add(at)
    assert not quiet & stored, "a flipped byte of a stored value was not found"
    assert tried > 1000
    print(f"{tried} of {len(data)} bytes tried, {len(quiet)} of them carry nothing that is read")

"""Every flipped bit of a whole journal is found and named, or carries nothing that is read.

What carries nothing is not a list of places: after such a flip the journal must verify, and every
entry, the head, the notes and the index must be what they were, to the last byte.
"""

import random
import sqlite3
from pathlib import Path

import yaosu as ys
from tests.journal.test_damage import LONG
from tests.stories import Story, both_ways
from yaosu.engine.answers import key_of_entry
from yaosu.engine.proof import verify
from yaosu.journal import open_sqlite
from yaosu.kernel.refusal import Refusal
from yaosu.parties.commands import FoundVenue, RegisterParty

SMALL_STEP = 1 if LONG else 7
LARGE_TRIES = 2_000 if LONG else 100


def read_whole(path: Path) -> tuple[object, ...]:
    """Verify the journal, and everything that is read from it."""
    with open_sqlite(path, readonly=True) as store:
        proven = verify(store)
        rows = list(store.rows(0, store.size))
        index = sorted(store.index_rows())
        return proven, rows, store.head(), store.notes(), index


def index_keys(path: Path) -> None:
    """Take the keys of all entries into the index, as the writer does once they are many."""
    with open_sqlite(path) as store:
        store.index([key_of_entry(entry) for entry in store.read()])


def flipped(path: Path, target: Path, places: list[int], seed: int) -> tuple[int, int]:
    """Flip one bit at each place in turn; how many were named, and how many carried nothing."""
    data, wanted = path.read_bytes(), read_whole(path)
    bits = random.Random(seed)
    named = quiet = 0
    for at in places:
        for ending in ("", "-wal", "-shm"):
            Path(f"{target}{ending}").unlink(missing_ok=True)
        bent = bytearray(data)
        bent[at] ^= 1 << bits.randrange(8)
        target.write_bytes(bent)
        try:
            found = read_whole(target)
        except Refusal as refusal:
            place = {"position", "sequence", "reason", "found"} & set(refusal.facts)
            assert place, f"byte {at}: {refusal}"
            assert refusal.code.startswith(("journal.", "engine."))
            named += 1
        else:
            assert found == wanted, f"byte {at}: another content was accepted"
            quiet += 1
    return named, quiet


def test_every_byte_of_a_small_journal(tmp_path: Path) -> None:
    """Entries, payloads, head, notes, index, and SQLite's own pages around them."""
    path = tmp_path / "small.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA page_size = 512")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    with ys.open(path) as venue:
        venue.submit(
            FoundVenue(
                actor="founder", key="1", venue="V", operator="op", authority="gov", currency="CNY"
            )
        )
        venue.submit(RegisterParty(actor="op", key="2", party="a", kind="person", name="a"))
    index_keys(path)
    size = path.stat().st_size
    named, quiet = flipped(path, tmp_path / "bent.db", list(range(0, size, SMALL_STEP)), 1)
    assert named + quiet == len(range(0, size, SMALL_STEP))
    assert named > size / SMALL_STEP / 4


def test_a_sample_of_a_larger_journal(tmp_path: Path) -> None:
    """A market day with orders, a clearing and contracts, in pages of the usual size."""
    path = tmp_path / "large.db"
    story = Story(open_sqlite(path)).found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=10_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(links=both_ways("east", "west", 5, 2))
    story.order("seller", -1, 10, 40)
    story.order("buyer", 1, 20, 30, region="west")
    story.close()
    story.venue.close()
    index_keys(path)
    size = path.stat().st_size
    places = random.Random(2).sample(range(size), LARGE_TRIES)
    named, quiet = flipped(path, tmp_path / "bent.db", places, 3)
    assert named + quiet == LARGE_TRIES
    assert named > LARGE_TRIES / 4

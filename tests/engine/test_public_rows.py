"""What everybody may be shown of entries leads to their headers, however many are counted."""

import pytest

from tests.markets.test_published import traded
from yaosu.engine import public_rows
from yaosu.engine.party_proof import prove_rows, verify_rows
from yaosu.engine.public_rows import PublicRows, public_bytes
from yaosu.engine.recovery import events_of
from yaosu.journal.checkpoint import make_checkpoint
from yaosu.journal.party_trie import climb
from yaosu.journal.store import Store
from yaosu.kernel.canonical import digest
from yaosu.kernel.signed_note import signing_key
from yaosu.rows import EVERYBODY, read_rows


def three_rounds() -> Store:
    """The journal of three cleared rounds."""
    story, _ = traded()
    for _ in range(2):
        story.order("seller", -1, 10, 2)
        story.order("buyer", 1, 20, 2, region="west")
        story.close()
    return story.venue.store


def entries_with_rounds(store: Store) -> list[int]:
    return [
        entry.header.sequence
        for entry in store.read()
        if b"markets.round_published/1" in entry.events
    ]


def test_every_published_round_leads_to_the_header_of_its_entry() -> None:
    """S2-26: the leaf of everybody, its count and its way; numbers run on from round to round."""
    store = three_rounds()
    rows, before = PublicRows(), 0
    for sequence in entries_with_rounds(store):
        found = rows.way(store, sequence)
        assert found is not None
        (entry,) = store.read(sequence, sequence)
        assert climb(found.leaf.key, found.leaf.hash, found.way) == entry.header.parties
        data = public_bytes(events_of(entry))
        assert found.leaf.digest == digest(data)
        assert (found.leaf.before, found.leaf.here) == (before, read_rows(data)[0])
        before += found.leaf.here
    assert before == 3


def test_a_long_journal_is_counted_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks again gets further; an entry without such rows has no way."""
    monkeypatch.setattr(public_rows, "ENTRIES_AT_ONCE", 10)
    store = three_rounds()
    last = entries_with_rounds(store)[-1]
    rows = PublicRows()
    assert rows.way(store, last) is None
    assert rows.size == 10
    asked = 1
    while rows.way(store, last) is None:
        asked += 1
    assert asked == last // 10
    assert rows.way(store, 0) is None
    (entry,) = store.read(0, 0)
    assert public_bytes(events_of(entry)) == b""


def test_a_journal_that_grew_is_counted_on() -> None:
    story, _ = traded()
    rows = PublicRows()
    first = entries_with_rounds(story.venue.store)[0]
    assert rows.way(story.venue.store, first) is not None
    size = rows.size
    story.order("seller", -1, 10, 2)
    story.close()
    second = entries_with_rounds(story.venue.store)[1]
    assert rows.way(story.venue.store, second) is not None
    assert rows.size > size


def test_all_rounds_ever_published_can_be_proved_at_once() -> None:
    """S2-26: the proof of all rows of a party serves for everybody: no round can be left out."""
    story, _ = traded()
    story.venue._writer.finish()  # records the counts of rows
    store, key = story.venue.store, signing_key("venue-1", bytes(range(32)))
    note = make_checkpoint(store.size, store.head().root, key)
    proved = verify_rows(prove_rows(store, EVERYBODY, note, store.size, None, None), [key.verifier])
    assert (proved.first, proved.last) == (0, 1)
    assert [piece[1] for piece in proved.entries[0].pieces] == ["markets.round_published/1"]

"""Which entries feeds look into: their tags are found without decoding any event."""

from collections.abc import Iterator
from pathlib import Path

from tests.stories import Story
from yaosu.access.events import PartyAdmitted
from yaosu.core import EVOLVE, OWN_EVENTS
from yaosu.engine.clock import system_clock
from yaosu.engine.recovery import events_of
from yaosu.journal.chain import Entry, Row
from yaosu.journal.memory import MemoryStore
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel import canonical
from yaosu.kernel.words import tag_of
from yaosu.workers.delivering import TAG, Delivering, Happened
from yaosu.workers.outbox import Outbox, ToSend

RECORDED = Path(__file__).parents[1] / "fixtures" / "recorded"


def _nothing_is_read() -> Entry:
    raise AssertionError("an entry was read")


def _name(tag: str) -> bytes:
    return tag.partition("/")[0].encode() + b"/"


def test_of_every_recorded_entry_the_tags_of_all_events_are_found() -> None:
    seen: set[bytes] = set()
    for path in sorted(RECORDED.glob("*.db")):
        with open_sqlite(path, readonly=True) as store:
            for entry in store.read():
                tags = {_name(tag_of(event)) for event in events_of(entry)}
                assert tags <= set(TAG.findall(entry.events)), entry.header.sequence
                happened = Happened(entry.events, _nothing_is_read)
                assert all(happened.may_hold({tag}) for tag in tags)
                assert not happened.may_hold({b"markets.never_happened/"})
                seen |= tags
    assert len(seen) > 100


def test_entries_are_read_and_checked_only_where_a_feed_looks_into_one(tmp_path: Path) -> None:
    story = Story().found(["compute"])
    story.party("anna")
    store = story.venue.store
    read: list[tuple[int, int | None]] = []

    class Watched(MemoryStore):
        """The same journal; says what of it is read."""

        def rows(self, first: int, last: int) -> Iterator[Row]:
            return store.rows(first, last)

        def read(self, first: int = 0, last: int | None = None) -> Iterator[Entry]:
            read.append((first, last))
            return store.read(first, last)

    seen: list[int] = []

    def feed(happened: Happened) -> list[ToSend]:
        if happened.may_hold({b"access.party_admitted/"}):
            seen.append(happened.entry.header.sequence)
            assert any(isinstance(event, PartyAdmitted) for event in happened.events)
        return []

    outbox = Outbox(str(tmp_path / "outbox"), system_clock)
    outbox.position("admissions", 0)
    size = store.size
    delivering = Delivering(outbox, Watched(), lambda: size, {"admissions": feed}, {})
    assert delivering.read_on() == size
    admitted = [
        entry.header.sequence
        for entry in store.read()
        if any(isinstance(event, PartyAdmitted) for event in events_of(entry))
    ]
    assert seen == admitted
    assert len(seen) > 1
    assert read == [(0, size - 1)]  # once for all of them
    story.deposit("anna", 5)
    size = store.size
    assert delivering.read_on() == 1
    assert read == [(0, size - 2)]  # nobody looked into the deposit
    outbox.close()


def test_every_tag_has_the_form_that_is_looked_for() -> None:
    for kind in (*EVOLVE, *OWN_EVENTS):
        found = TAG.findall(canonical.encode({"event": tag_of(kind)}))
        assert found == [_name(tag_of(kind))]


def test_a_text_that_looks_like_the_beginning_of_a_tag_hides_none() -> None:
    """A text may end in the very bytes that stand before a tag."""
    told = canonical.encode([{"about": "åevent"}, {"event": "rights.right_registered/1"}])
    assert b"rights.right_registered/" in TAG.findall(told)
    twice = canonical.encode(["åevent", "event", {"event": "rights.right_registered/1"}])
    assert b"rights.right_registered/" in TAG.findall(twice)

"""Which entries feeds look into: their tags are found without decoding any event."""

from pathlib import Path

from yaosu.core import EVOLVE, OWN_EVENTS
from yaosu.engine.recovery import events_of
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel import canonical
from yaosu.kernel.words import tag_of
from yaosu.workers.delivering import TAG, Happened

RECORDED = Path(__file__).parents[1] / "fixtures" / "recorded"


def _name(tag: str) -> bytes:
    return tag.partition("/")[0].encode() + b"/"


def test_of_every_recorded_entry_the_tags_of_all_events_are_found() -> None:
    seen: set[bytes] = set()
    for path in sorted(RECORDED.glob("*.db")):
        with open_sqlite(path, readonly=True) as store:
            for entry in store.read():
                tags = {_name(tag_of(event)) for event in events_of(entry)}
                assert tags <= set(TAG.findall(entry.events)), entry.header.sequence
                assert all(Happened(entry).may_hold({tag}) for tag in tags)
                assert not Happened(entry).may_hold({b"markets.never_happened/"})
                seen |= tags
    assert len(seen) > 100


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

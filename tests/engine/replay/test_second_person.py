"""A replay where the record adopted rules by two people."""

from tests.cases.samples import wait
from tests.cases.test_second_person import SECOND, bound, pack, propose, version
from tests.stories import EXCHANGE
from yaosu.cases.commands import CompleteStage
from yaosu.engine.replay import replay
from yaosu.parties.commands import RegisterParty
from yaosu.rules.parse import parse_pack

OVERLAY = """
[pack]
id = "pilot"
version = "1"
title = { en = "A pilot in the east" }
base = "national"
region = "east"
effective = 2026-01-01
expiry = 2030-01-01
authority = "east"
legal_basis = "pilot"
"""


def test_rules_that_a_second_person_approved_are_skipped_and_replaced_like_any() -> None:
    """S0-57: what the approval of a case adopted is listed as skipped; another version holds, and
    nobody is asked to approve the replay's own."""
    story = bound()
    first = story.venue.store.size
    assert propose(story, "rules-2", pack(2)) == ""
    story.ask(CompleteStage, SECOND, case="rules-2", stage="approval")
    assert version(story) == "2026-2"
    wait(story, 30)
    story.ask(RegisterParty, EXCHANGE, party="late", kind="organisation", name="Late")
    store = story.venue.store
    found = replay(store, [pack(9)], since=first)
    assert (found.placed, found.skipped) == (["national@2026-9"], ["national@2026-2"])
    assert found.divergences == []
    found = replay(store, [pack(9)])
    assert found.skipped == ["national@2026.1", "national@2026-1", "national@2026-2"]
    found = replay(store, [parse_pack(OVERLAY)], since=first)
    assert found.placed == ["pilot@1"]
    assert found.replayed.rules.packs["national"][-1].pack.pack.version == "2026-2"

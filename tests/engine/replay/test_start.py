"""How a period starts: from the nearest snapshot, and with overlays that were never adopted."""

from pathlib import Path

import pytest

from tests.engine.test_replay import pack, rules
from tests.rules.packs import pack as small_pack
from tests.rules.packs import parameter
from tests.stories import MINISTRY, Story, both_ways
from yaosu.core import state_hash
from yaosu.door import snapshot
from yaosu.engine.replay import replay, run
from yaosu.engine.snapshot import shelf_beside
from yaosu.journal import open_sqlite
from yaosu.kernel.refusal import Refusal
from yaosu.rules.commands import AdoptRules
from yaosu.rules.pack import Pack
from yaosu.rules.parse import parse_pack

LATER = 'effective = 2025-06-01\nbase = "national"\nregion = "west"\nexpiry = 2030-01-01'


def overlay(base: str = "national") -> Pack:
    text = small_pack(parameter("10", id="pilot.rate"), id="pilot", more="MORE")
    text = text.replace("effective = 2026-01-01\n", "").replace("MORE", LATER)
    return parse_pack(text.replace('"national"', f'"{base}"'))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two rounds, the first of them before a recorded hash of the state with a snapshot."""
    place = tmp_path / "market.db"
    story = Story(open_sqlite(place)).found(factors=("compute",), rules=rules("a"))
    story.party("seller")
    story.party("buyer", money=10_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(links=both_ways("east", "west", 5, 2))
    for number in range(2):
        story.order("seller", -1, 10, 20)
        story.order("buyer", 1, 20, 10, region="west")
        story.close()
        if number == 0:
            story.venue._writer.finish()
            assert snapshot(place) is not None
    story.venue.close()
    return place


def test_a_period_starts_from_the_nearest_snapshot_and_comes_out_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S0-57: nothing before the snapshot is applied again, and nothing differs for it."""
    applied: list[object] = []
    taken = run._Run.take

    def take(self: run._Run, entry: object) -> None:
        applied.append(entry)
        taken(self, entry)  # type: ignore[arg-type]  # an entry

    monkeypatch.setattr(run._Run, "take", take)
    with open_sqlite(path, readonly=True) as store:
        shelf = shelf_beside(store)
        assert shelf is not None
        (kept,) = shelf.paths()
        at, last = int(kept.stem), store.size - 1
        packs = [pack("b", limits=2)]
        replay(store, packs, since=at - 3, until=last)
        assert len(applied) == store.size  # the snapshot lies behind the start: of no use
        applied.clear()
        short = replay(store, packs, since=at + 1, until=last)
        assert len(applied) == store.size - at
        kept.unlink()
        applied.clear()
        whole = replay(store, packs, since=at + 1, until=last)
        assert len(applied) == store.size
        assert state_hash(short.replayed) == state_hash(whole.replayed)
        assert (short.counts, short.clearings) == (whole.counts, whole.clearings)
        assert short.moved.accounts == whole.moved.accounts


def test_a_bent_snapshot_is_passed_over(path: Path) -> None:
    with open_sqlite(path, readonly=True) as store:
        shelf = shelf_beside(store)
        assert shelf is not None
        (kept,) = shelf.paths()
        since = int(kept.stem) + 1
        good = state_hash(replay(store, [], since=since).replayed)
        data = bytearray(kept.read_bytes())
        data[-1] ^= 1
        kept.write_bytes(data)
        assert state_hash(replay(store, [], since=since).replayed) == good


def test_an_overlay_that_was_never_adopted_is_in_force_from_the_start_of_the_period(
    path: Path,
) -> None:
    """S0-57: a pilot that never was, in a place of today."""
    with open_sqlite(path, readonly=True) as store:
        found = replay(store, [overlay()], since=store.size - 6)
        assert found.placed == ["pilot@1"]
        assert "pilot" in found.replayed.rules.packs
        assert found.counts["same"] == sum(found.counts.values())
        with pytest.raises(Refusal, match=r"engine\.no_such_pack.*after its base was adopted"):
            replay(store, [overlay()])
        with pytest.raises(Refusal, match=r"engine\.no_such_pack"):
            replay(store, [overlay("other")], since=store.size - 6)


def test_an_overlay_that_is_adopted_in_the_period_waits_for_that() -> None:
    story = Story().found(factors=("compute",), rules=rules("a"))
    story.party("buyer", money=10)
    begins = story.venue.store.size - 1
    story.ask(AdoptRules, MINISTRY, pack=overlay())
    found = replay(story.venue.store, [overlay()], since=begins)
    assert (found.placed, found.skipped) == (["pilot@1"], ["pilot@1"])
    assert found.is_without_effect

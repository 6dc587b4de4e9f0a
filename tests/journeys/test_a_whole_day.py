"""A trading day of all factors on one small machine, from an empty file to the proof."""

import time
from pathlib import Path

from tests.stories import FACTORS, Story
from yaosu.core import state_hash
from yaosu.door import Venue
from yaosu.engine.clock import StepClock
from yaosu.engine.proof import audit, verify
from yaosu.engine.replay import replay
from yaosu.journal.sqlite import open_sqlite


def test_a_day_of_all_factors_runs_from_an_empty_file_and_is_proved(tmp_path: Path) -> None:
    """S3-08: one day, seven factors, one file; throughput is measured and printed, not judged."""
    path = tmp_path / "market.db"
    started = time.perf_counter()
    story = Story(open_sqlite(path)).found()
    latencies = []
    for factor in FACTORS:
        seller = story.party(f"{factor}-holder", FACTORS, kind="person")
        buyer = story.party(f"{factor}-buyer", FACTORS, money=100_000)
        story.right(f"r-{factor}", seller, 10, factor=factor, instrument=f"i-{factor}")
        story.market(factor, (f"i-{factor}",), factor)
        for side, party in ((-1, seller), (1, buyer)):
            before = time.perf_counter()
            receipt = story.order(party, side, 50, 10, market=factor, instrument=f"i-{factor}")
            latencies.append(time.perf_counter() - before)
            assert receipt.is_accepted
        story.close(factor)
        assert story.lots(buyer, f"i-{factor}") == 10
    at_the_end = state_hash(story.venue.state)
    story.venue.close()
    seconds = time.perf_counter() - started
    with open_sqlite(path, readonly=True) as store:
        assert verify(store).state_hash == at_the_end
        assert audit(store).is_clean
        assert replay(store, []).counts["changed"] == 0
        entries = store.size
    print(
        f"{entries} durable entries in {seconds:.2f} s, "
        f"median order {sorted(latencies)[len(latencies) // 2] * 1000:.1f} ms"
    )
    with Venue(open_sqlite(path), StepClock(story.clock())) as again:
        assert state_hash(again.state) == at_the_end

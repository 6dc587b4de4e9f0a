"""What is due happens at its own instant, whoever looks, and however often."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.test_writer import FailingStore
from tests.stories import Story
from yaosu.core import AdvanceTime, state_hash
from yaosu.engine.intake import Intake
from yaosu.engine.proof import audit
from yaosu.engine.recovery import command_of
from yaosu.journal.memory import MemoryStore
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import Refusal


def waiting_contract(store: MemoryStore) -> Story:
    """A contract at a gate that opens in two days."""
    story = Story(store).found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=10_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(contract="notice", notice_days=2)
    for price in (20, 21):
        story.order("seller", -1, 20, 10)
        story.order("buyer", 1, price, 10)
        story.close()
        story.clock.forward(DAY // 3)
    return story


@given(st.lists(st.integers(0, DAY), max_size=6), st.lists(st.integers(0, 3), max_size=12))
@settings(max_examples=25, deadline=None)
def test_a_tick_more_or_less_changes_nothing(waits: list[int], ticks: list[int]) -> None:
    """What is due happens at its own instant, whoever looks, and however often."""
    roots = set()
    for extra in ([], ticks, [1] * 20):
        store = MemoryStore()
        story = waiting_contract(store)
        writer = story.venue._writer
        began = story.clock()
        often = iter(extra)
        for place in range(len(waits) + 1):
            target = began + sum(waits[:place]) + (3 * DAY if place == len(waits) else 0)
            for _ in range(next(often, 0)):
                story.clock.forward((target - story.clock()) // 2)
                writer.tick()
            story.clock.forward(target - story.clock())
            story.deposit("buyer", 1)
        roots.add((store.root(), state_hash(story.venue.state)))
        assert story.lots("buyer", "gpu") == 20
        assert audit(store).is_clean
    assert len(roots) == 1


def test_gates_open_on_time_though_nobody_asks_for_anything() -> None:
    store = MemoryStore()
    story = waiting_contract(store)
    story.venue._intake.close()
    writer = story.venue._writer
    clock = story.clock
    due_in = writer.due_in()
    assert due_in is not None
    assert writer.tick() == 0
    clock.forward(due_in - 20_000)
    began = time.monotonic_ns() // 1000 - clock()
    writer._clock = lambda: time.monotonic_ns() // 1000 - began  # it runs by itself from here on
    size = store.size
    intake = Intake(writer, wakes=True)
    for _ in range(400):
        if store.size > size:
            break
        time.sleep(0.01)
    intake.close()
    assert [type(command_of(entry)) for entry in store.read(size)] == [AdvanceTime]
    (entry,) = store.read(size)
    assert entry.header.instant == clock() + 20_000
    assert story.lots("buyer", "gpu") == 10


def test_a_tick_that_fails_stops_the_writer_as_a_command_would() -> None:
    store = FailingStore()
    story = waiting_contract(store)
    story.clock.forward(3 * DAY)
    store.failing = True
    with pytest.raises(OSError, match="no space"):
        story.venue._writer.tick()
    with pytest.raises(Refusal, match=r"engine\.stopped"):
        story.venue._writer.tick()

"""A replay of a part of the journal: it starts from what was, and compares only its own entries."""

from typing import Any

import pytest

from tests.engine.test_replay import pack, rules
from tests.stories import EXCHANGE, MINISTRY, Story, both_ways
from yaosu.core import state_hash
from yaosu.engine.replay import Period, period_of, replay
from yaosu.journal.memory import MemoryStore
from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import Refusal
from yaosu.markets.commands import CloseBook
from yaosu.rules.commands import AdoptRules

DAY = 86_400_000_000


@pytest.fixture(scope="module")
def told() -> Story:
    """Three days, a round a day, each with the same orders over a link of 5 lots."""
    story = Story().found(factors=("compute",), rules=rules("a"))
    story.party("seller")
    story.party("buyer", money=100_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(links=both_ways("east", "west", 5, 2))
    for _ in range(3):
        story.clock.instant += DAY
        story.order("seller", -1, 10, 20)
        story.order("buyer", 1, 20, 10, region="west")
        story.close()
    return story


def round_at(story: Story, number: int) -> int:
    """Number of the entry that closed a round."""
    closed = [e.header.sequence for e in story.venue.store.read() if b"close_book" in e.command]
    return closed[number - 1]


GAIN = 5 * (20 - 10 - 2)  # of the five lots more that come over the link in a round


def test_only_what_happens_in_the_period_is_compared(told: Story) -> None:
    """S0-57: any past period can be replayed under another rule version."""
    first, last = round_at(told, 1) + 1, round_at(told, 2)
    found = replay(told.venue.store, [pack("b", limits=2)], since=first, until=last)
    assert list(found.clearings) == ["m/2"]
    assert found.welfare_gain == GAIN
    assert (found.placed, found.skipped) == (["national@b"], [])
    assert sum(found.counts.values()) == last - first + 1
    assert found.replayed.markets.markets["m"].round == 3


def test_the_state_at_the_start_is_what_the_recorded_events_add_up_to(told: Story) -> None:
    last = told.venue.store.size - 1
    found = replay(told.venue.store, [], since=round_at(told, 2), until=last)
    assert found.is_without_effect
    assert state_hash(found.replayed) == state_hash(told.venue.state)


def test_bounds_may_be_dates_instants_or_numbers_and_are_both_included(told: Story) -> None:
    store = told.venue.store
    entries = {e.header.sequence: e.header.instant for e in store.read()}
    close = round_at(told, 2)
    day = format_instant(entries[close])[:10]
    whole_day = period_of(store, day, day)
    inside = [s for s, at in entries.items() if at // DAY == entries[close] // DAY]
    assert (whole_day.first, whole_day.last) == (inside[0], inside[-1])
    assert whole_day == period_of(store, inside[0], inside[-1])
    instant = format_instant(entries[close])
    at_once = period_of(store, instant, instant)
    assert {entries[at_once.first], entries[at_once.last]} == {entries[close]}
    assert period_of(store) == Period(0, store.size - 1, entries[0], entries[store.size - 1])
    assert period_of(store, "2001-01-01", "7") == period_of(store, None, 7)


def test_a_pack_whose_effect_is_to_come_is_in_force_from_the_start_all_the_same(
    told: Story,
) -> None:
    later = pack("b", limits=2, date=("effective   = 2025-01-01", "effective   = 2031-01-01"))
    assert later.pack.effective > told.clock()
    found = replay(told.venue.store, [later], since=round_at(told, 1) + 1)
    assert found.welfare_gain == 2 * GAIN
    assert replay(told.venue.store, [later]).welfare_gain == 3 * GAIN


def test_adoptions_inside_the_period_are_left_out_and_listed() -> None:
    story = Story().found(factors=("compute",), rules=rules("a", 0))
    story.party("seller")
    story.party("buyer", money=1_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(links=both_ways("east", "west", 5))
    start = story.venue.store.size
    dated = pack("b", limits=1, date=("effective   = 2025-01-01", "effective   = 2025-06-01"))
    story.ask(AdoptRules, MINISTRY, pack=dated)
    story.order("seller", -1, 10, 20)
    story.order("buyer", 1, 20, 10, region="west")
    story.close()
    found = replay(story.venue.store, [pack("a", limits=0)], since=start)
    assert found.skipped == ["national@b"]
    assert found.welfare_gain == -5 * 10
    assert found.divergences[0].cause == "rule item national@a#markets.link_limits"
    whole = replay(story.venue.store, [pack("c", limits=2)])
    assert whole.skipped == ["national@a", "national@b"]
    assert whole.placed == ["national@c"]


def test_a_contract_made_before_the_period_is_performed_inside_it_on_both_sides() -> None:
    story = Story().found(factors=("compute",), rules=rules("a"))
    story.party("seller")
    story.party("buyer", money=1_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(contract="notice", notice_days=2)
    story.order("seller", -1, 10, 20)
    story.order("buyer", 1, 10, 20)
    story.close()
    start = story.venue.store.size
    story.clock.instant += 5 * DAY
    story.ask(CloseBook, EXCHANGE, market="m")
    for policy in ("prompt", "as_recorded", "none"):
        found = replay(story.venue.store, [pack("b")], policy, since=start)
        assert found.is_without_effect
        assert sum(sum(m.values()) for m in found.recorded_money.values()) == 0
        assert len(found.recorded_money) == 2  # what was received, and what was paid
        assert found.replayed.ledger.balance("buyer", "gpu") == 20


@pytest.mark.parametrize(
    ("since", "until", "code"),
    [
        (9, 8, "engine.period_backwards"),
        (None, 10_000, "engine.period_beyond"),
        (10_000, None, "engine.period_beyond"),
        ("2031-01-01", None, "engine.period_beyond"),
        (None, "2031-01-01T00:00:00Z", "engine.period_beyond"),
        (-1, None, "engine.bad_bound"),
        (True, None, "engine.bad_bound"),
        (None, 1.5, "engine.bad_bound"),
        ([3], None, "engine.bad_bound"),
        ("9" * 5_000, None, "engine.bad_bound"),
        ("9" * 40, None, "engine.period_beyond"),
        ("yesterday", None, "kernel.bad_instant"),
        (None, "2001-01-01", "engine.period_backwards"),
    ],
)
def test_a_period_that_cannot_be_is_refused(told: Story, since: Any, until: Any, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        replay(told.venue.store, [], since=since, until=until)
    assert caught.value.code == code
    assert str(caught.value).startswith(f"{code}: ")


def test_a_period_in_which_nobody_asked_is_refused_and_so_is_an_empty_journal() -> None:
    story = Story()
    story.found(factors=())
    story.venue._writer.finish()
    last = story.venue.store.size - 1
    for store, since in ((story.venue.store, last), (MemoryStore(), None)):
        with pytest.raises(Refusal) as caught:
            replay(store, [], since=since)
        assert caught.value.code == "engine.period_empty"


def test_two_versions_of_one_pack_cannot_both_be_in_force(told: Story) -> None:
    with pytest.raises(Refusal) as caught:
        replay(told.venue.store, [pack("b"), pack("c")])
    assert caught.value.code == "engine.pack_twice"


def test_a_pack_that_cannot_be_in_force_is_refused_not_counted(told: Story) -> None:
    over = pack(
        "b", date=("effective   = 2025-01-01", "effective   = 2025-01-01\nexpiry = 2025-02-01")
    )
    with pytest.raises(Refusal) as caught:
        replay(told.venue.store, [over], since=round_at(told, 1))
    assert caught.value.code == "engine.pack_refused"
    assert "rules.already_expired" in str(caught.value)

"""A day of a continuous market by its time table: opening auction, a halt by its band, the auction
that ends it, the closing auction, and all of it settled; the same whenever somebody looks."""

import pytest

from tests.markets.trading.floor import (
    LOTS,
    MONEY,
    REFERENCE,
    SECOND,
    all_events,
    check_feed,
    check_live,
    check_money_and_lots,
    check_not_crossed,
    ended,
    opened,
    proved,
    send,
    session,
    the_book,
    tick,
    trades,
)
from tests.stories import EXCHANGE, MORNING, Story
from yaosu.core import state_hash
from yaosu.engine.recovery import events_of
from yaosu.kernel.instant import format_instant
from yaosu.markets.commands import ChangePhase, HaltTrading, ResumeTrading
from yaosu.markets.events import PhaseChanged
from yaosu.markets.trading_terms import ContinuousTerms, PhaseAt
from yaosu.places.commands import DefineCalendar
from yaosu.places.values import Calendar
from yaosu.settlement.events import ContractPerformed

MINUTE = 60 * SECOND
DAY = (
    PhaseAt(minute=17 * 60 + 10, phase="pre_open"),  # 09:10 UTC
    PhaseAt(minute=17 * 60 + 20, phase="auction"),
    PhaseAt(minute=17 * 60 + 25, phase="continuous"),
    PhaseAt(minute=19 * 60, phase="auction"),
    PhaseAt(minute=19 * 60 + 5, phase="closed"),
)
TERMS: dict[str, object] = {
    "day": DAY,
    "utc_offset_minutes": 480,
    "static_band": 2000,
    "dynamic_band": 300,
    "pause_seconds": 300,
    "references": REFERENCE,
}


def at(story: Story, minute: int, second: int = 0, *, looks: bool = True) -> None:
    """It is so many minutes past nine; ``looks``: the clock is asked on the way there."""
    to = MORNING + minute * MINUTE + second * SECOND
    while looks and story.clock.instant + 7 * MINUTE < to:
        story.clock.forward(7 * MINUTE)
        tick(story)
    story.clock.forward(to - story.clock.instant)
    if looks:
        tick(story)


def phases(story: Story) -> list[tuple[str, str, str]]:
    """(instant, phase, reason) of each change of the market's phase."""
    found = []
    for entry in story.venue.store.read():
        for event in events_of(entry):
            if isinstance(event, PhaseChanged):
                time = format_instant(entry.header.instant)[11:19]
                found.append((time, event.phase, event.reason))
    return found


def a_day(*, looks: bool) -> Story:
    story = opened(**TERMS)
    at(story, 10, looks=looks)
    send(story, "ann", -1, 98, 10, tif="at_open")
    send(story, "bob", -1, 101, 10)
    send(story, "cyd", 1, 100, 8)
    send(story, "dan", 1, 0, 4, type="market", tif="at_open")
    send(story, "dan", 1, 0, 3, type="market", tif="at_close")
    at(story, 25, looks=looks)  # the opening auction is over
    send(story, "ann", -1, 102, 5)
    send(story, "ann", -1, 106, 5)
    at(story, 40, looks=looks)
    send(story, "cyd", 1, 107, 18)  # reaches 106, beyond what one order may move the price by
    at(story, 42, looks=looks)
    send(story, "bob", -1, 104, 2, tif="day")
    at(story, 45, looks=looks)  # the pause is over
    send(story, "bob", -1, 105, 9, tif="at_close")
    at(story, 125, looks=looks)  # closed
    at(story, 24 * 60 + 11, looks=looks)
    return story


def test_a_day_opens_halts_resumes_closes_and_settles_by_its_time_table() -> None:
    """Settled in the entry of each trade, under the rules in force then (S0-65)."""
    story = a_day(looks=True)
    check_live(story)
    check_feed(story)
    check_money_and_lots(story)
    check_not_crossed(story)
    assert phases(story) == [
        ("09:00:00", "closed", "time"),
        ("09:10:00", "pre_open", "time"),
        ("09:20:00", "auction", "time"),
        ("09:25:00", "continuous", "time"),
        ("11:00:00", "auction", "time"),
        ("11:05:00", "closed", "time"),
        ("09:10:00", "pre_open", "time"),
    ]
    events = all_events(story)
    told = trades(events)
    opening = [trade for trade in told if trade[2] == told[0][2]][:3]
    assert sum(lots for *_, lots in opening) == 10, "all that was offered at the open"
    assert {buyer for buyer, *_ in opening} == {"dan", "cyd"}
    assert ("cyd", "ann", 106, 5) not in told or told.index(("cyd", "ann", 106, 5)) > 3
    assert len([e for e in events if isinstance(e, ContractPerformed)]) >= 3
    assert ("dan", 3, "day_end") not in ended(events), "the closing auction filled it"
    total = sum(story.lots(p) + story.lots(p, purpose="order:m") for p in ("ann", "bob"))
    assert total + story.lots("cyd") + story.lots("dan") == 2 * LOTS
    assert story.money("dan", "order:m") == 0
    proved(story)


def test_a_day_is_the_same_however_often_somebody_looks() -> None:
    """What is due happens in entries of its own instants: a tick more or less changes nothing."""
    often, seldom = a_day(looks=True), a_day(looks=False)
    tick(seldom)
    assert state_hash(often.venue.state) == state_hash(seldom.venue.state)
    assert often.venue.store.size == seldom.venue.store.size
    heads = [[entry.hash for entry in story.venue.store.read()][-1] for story in (often, seldom)]
    assert heads[0] == heads[1]


def test_days_that_are_not_worked_are_no_trading_days() -> None:
    story = Story().found(factors=("compute",))
    calendar = Calendar(
        id="cn", version="1", first_day="2026-11-01", last_day="2026-11-30", source="example",
        holidays=("2026-11-03",),
    )  # fmt: skip
    story.ask(DefineCalendar, "ministry", calendar=calendar)
    other = opened_in(story, {**TERMS, "calendar": "cn"})
    at(other, 10 * 24 * 60, looks=False)
    tick(other)
    opens = [time for time, phase, _ in phases(other) if phase == "pre_open"]
    assert len(opens) == 7, "2 and 4 to 6 November, 9 to 11: the tenth day has just begun"
    at(other, 40 * 24 * 60, looks=False)
    tick(other)
    assert session(other).next_at == 0, "the calendar has come to its end"
    proved(other)


def opened_in(story: Story, terms: dict[str, object]) -> Story:
    story.market(
        mechanism="continuous",
        clear_at_close=False,
        continuous=ContinuousTerms(**terms),  # type: ignore[arg-type]  # any of its fields
    )
    return story


def test_a_halt_outlasts_the_time_table_and_ends_in_an_auction() -> None:
    story = opened(**{**TERMS, "auction_seconds": 120})
    at(story, 26)
    send(story, "ann", -1, 100, 5)
    story.ask(HaltTrading, EXCHANGE, market="m", reason="a rumour")
    assert session(story).phase == "halted"
    at(story, 30)
    story.ask(ResumeTrading, EXCHANGE, market="m")
    assert (session(story).phase, session(story).purpose) == ("auction", "reopening")
    send(story, "cyd", 1, 101, 5)
    assert the_book(story).orders
    at(story, 32)
    assert session(story).phase == "continuous"
    assert story.lots("cyd") == 5
    story.ask(HaltTrading, EXCHANGE, market="m", reason="another")
    at(story, 121)
    assert session(story).phase == "halted", "the closing auction is passed over"
    at(story, 126)
    assert session(story).phase == "closed"
    proved(story)


def test_a_market_closed_by_command_opens_again_with_the_next_day() -> None:
    story = opened(**TERMS)
    at(story, 30)
    story.ask(ChangePhase, EXCHANGE, market="m", phase="closed")
    at(story, 122)
    assert session(story).phase == "closed"
    at(story, 24 * 60 + 12)
    assert session(story).phase == "pre_open"
    proved(story)


@pytest.mark.parametrize("length", [0, 60])
def test_without_a_time_table_an_auction_ends_by_command_or_by_its_length(length: int) -> None:
    story = opened(first_phase="auction", auction_seconds=length)
    send(story, "ann", -1, 99, 5)
    send(story, "cyd", 1, 101, 5)
    assert story.lots("cyd") == 0
    if length:
        story.clock.forward(length * SECOND)
        tick(story)
    else:
        story.ask(ChangePhase, EXCHANGE, market="m", phase="continuous")
    assert story.lots("cyd") == 5
    assert story.money("cyd") == MONEY - 5 * 100
    proved(story)

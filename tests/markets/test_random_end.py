"""Rounds that end at a random instant: drawn by a committed seed, told afterwards, never chosen."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stories import EXCHANGE, MINISTRY, Story, row
from yaosu.core import state_hash
from yaosu.door import Venue
from yaosu.journal.memory import MemoryStore
from yaosu.kernel.instant import MINUTE, format_instant
from yaosu.kernel.refusal import Refusal
from yaosu.markets.commands import (
    AnnounceEnd,
    CancelOrders,
    CloseBook,
    OfferRight,
    OpenMarket,
    SubmitOrders,
)
from yaosu.markets.credit_terms import CreditTerms
from yaosu.markets.events import (
    BookClosed,
    EndDrawn,
    MarketCleared,
    OrdersCancelled,
    OrdersTimed,
)
from yaosu.markets.random_end import instant_of
from yaosu.markets.seeds import hash_commitment_of
from yaosu.markets.terms import MatchingTerms, RandomEnd, SealedTerms, Trading
from yaosu.rights.commands import FreezeRight

SEED = "5e" * 32
OTHER = "0e" * 32


class RandomStory(Story):
    """A seller with 100 lots, a buyer with money, a market whose window begins in ten minutes."""

    def __init__(self, seed: str = SEED, **terms: Any) -> None:
        self.store = MemoryStore()
        super().__init__(self.store)
        self.found(factors=("compute",))
        self.party("seller")
        self.party("buyer", money=100_000)
        self.right("r1", "seller", 100, instrument="gpu")
        self.begun = self.clock()
        self.market(random_end=self.window(seed), **terms)

    def window(self, seed: str = SEED, minutes: int = 20, **more: Any) -> RandomEnd:
        """From ten minutes after now, so many minutes long."""
        start = self.clock() + 10 * MINUTE
        end = start + minutes * MINUTE
        known = hash_commitment_of(seed)
        return RandomEnd(window_from=start, window_until=end, seed_hash=known, **more)

    def at(self, minute: float) -> None:
        """Forward to a minute after the market was opened; what is due happens."""
        self.clock.forward(self.begun + int(minute * MINUTE) - self.clock())
        self.venue._writer.tick()

    def send(self, batch: str, party: str, side: int, price: int, lots: int = 1) -> None:
        orders = row(party, side, price, lots, "east", "gpu")
        self.ask(SubmitOrders, party, market="m", batch=batch, orders=orders)

    def drawn(self, seed: str = SEED) -> int:
        end = self.venue.state.markets.markets["m"].random_end
        assert end is not None
        return instant_of(end, "m", 1, seed)


@pytest.fixture
def story() -> RandomStory:
    return RandomStory()


def test_the_seed_tells_when_the_round_had_ended_and_what_came_later_falls_away(
    story: RandomStory,
) -> None:
    """Given orders before, at and after the drawn end; when the seed is shown; then those that came
    at that instant or later are out, what they held is free, and it is said why."""
    story.send("sale", "seller", -1, 5, 10)
    story.send("early", "buyer", 1, 9, 2)
    at = story.drawn()
    story.clock.forward(at - 1 - story.clock())
    story.send("in-time", "buyer", 1, 8, 3)
    story.clock.forward(1)
    story.send("too-late", "buyer", 1, 20, 5)
    story.at(30)
    assert story.money("buyer", "order:m") == 2 * 9 + 3 * 8 + 5 * 20
    events = story.ask(CloseBook, EXCHANGE, market="m", seed=SEED)
    (end,) = [e for e in events if isinstance(e, EndDrawn)]
    (out,) = [e for e in events if isinstance(e, OrdersCancelled)]
    (closed,) = [e for e in events if isinstance(e, BookClosed)]
    (cleared,) = [e for e in events if isinstance(e, MarketCleared)]
    assert (end.round, end.at) == (1, at)
    assert (out.batch, out.reason) == ("too-late", "came after the end")
    assert (closed.rows, closed.seed) == (3, SEED)
    assert cleared.clearing.volume == 5
    assert story.money("buyer", "order:m") == 0
    assert story.lots("buyer") == 5


def test_inside_the_window_orders_come_but_none_is_taken_back(story: RandomStory) -> None:
    """Before the window an order is taken back as ever; inside it only orders come."""
    story.send("one", "buyer", 1, 9)
    story.send("two", "buyer", 1, 8)
    story.ask(CancelOrders, "buyer", market="m", batch="two")
    story.at(10)
    story.send("three", "buyer", 1, 7)
    since = format_instant(story.begun + 10 * MINUTE)
    for actor in ("buyer", EXCHANGE):
        assert story.refused(CancelOrders, actor, market="m", batch="one") == (
            f"markets.no_cancel_in_window: orders of m cannot be taken back since {since}: its "
            "round may have ended; wait for the result; what came after the end falls away"
        )
    events = story.ask(
        SubmitOrders, "buyer", market="m", batch="four", orders=row("buyer", 1, 6, 1, "east", "gpu")
    )
    assert [e.at for e in events if isinstance(e, OrdersTimed)] == [story.clock()]


def test_a_right_that_is_frozen_leaves_the_book_in_the_window_too(story: RandomStory) -> None:
    """An authority's act is not a change of mind."""
    story.ask(OfferRight, "seller", market="m", right="r1", price=5, quantity=10)
    story.at(15)
    story.ask(OfferRight, "seller", market="m", right="r1", price=6, quantity=10)
    story.at(31)
    story.ask(FreezeRight, MINISTRY, entry="f1", right="r1", reason="court order")
    assert story.venue.state.markets.markets["m"].rows == 0
    assert story.lots("seller", "gpu", "order:m") == 0


def test_the_window_ends_by_itself_and_takes_no_more(story: RandomStory) -> None:
    """After the window the market waits for the seed, and takes no orders."""
    story.at(30)
    assert story.venue.state.markets.markets["m"].phase == "ending"
    assert str(story.order("buyer", 1, 9, 1).refusal).startswith("markets.book_not_open: ")


@pytest.mark.parametrize("minute", [5, 15, 29.9])
def test_no_seed_is_shown_before_the_window_is_over(story: RandomStory, minute: float) -> None:
    """At the door: a seed that comes too early does not even stand in the journal."""
    story.at(minute)
    entries = story.store.size
    until = format_instant(story.begun + 30 * MINUTE)
    with pytest.raises(Refusal) as caught:
        story.try_to(CloseBook, EXCHANGE, market="m", seed=SEED)
    assert str(caught.value) == (
        f"markets.window_goes_on: round 1 of m is not over before {until}; "
        "keep the seed secret, and show it after that instant"
    )
    assert story.store.size == entries


def test_only_the_committed_seed_ends_the_round(story: RandomStory) -> None:
    """Another seed, or none, is refused, and the round waits for the one that was drawn."""
    story.at(30)
    for seed, code in ((OTHER, "seed_not_committed"), ("", "bad_seed")):
        refusal = story.refused(CloseBook, EXCHANGE, market="m", seed=seed)
        assert refusal.startswith(f"markets.{code}: ")
    story.ask(CloseBook, EXCHANGE, market="m", seed=SEED)


def test_a_seed_that_nobody_shows_voids_the_round(story: RandomStory) -> None:
    """Keeping the seed back gives no second end to choose from: all orders fall away, free."""
    story.send("sale", "seller", -1, 5, 10)
    story.send("bid", "buyer", 1, 9, 2)
    story.at(30)
    story.at(89)
    assert story.money("buyer", "order:m") == 18
    story.at(90)
    market = story.venue.state.markets.markets["m"]
    assert (market.phase, market.round, market.rows) == ("open", 2, 0)
    assert (story.money("buyer"), story.lots("seller")) == (100_000, 100)
    with pytest.raises(Refusal, match="end_not_announced"):
        story.try_to(CloseBook, EXCHANGE, market="m", seed=SEED)


def test_what_is_due_says_the_same_whenever_somebody_looks() -> None:
    """One look after two hours gives the entries of a look a minute."""
    hashes = []
    for minutes in (range(1, 121), (120,)):
        story = RandomStory()
        story.send("bid", "buyer", 1, 9, 2)
        for minute in minutes:
            story.at(minute)
        hashes.append(state_hash(story.venue.state))
    assert hashes[0] == hashes[1]


def test_a_round_that_ended_at_random_is_recovered_and_decided_again(story: RandomStory) -> None:
    """The seed is in the journal: recovery and audit come to the same end."""
    story.send("sale", "seller", -1, 5, 10)
    for minute in (12, 18, 24, 29):
        story.at(minute)
        story.send(f"bid-{minute}", "buyer", 1, 9, 2)
    story.at(30)
    story.ask(CloseBook, EXCHANGE, market="m", seed=SEED)
    audited = story.venue.audit()
    assert (audited.unlike, audited.entries) == (0, audited.recorded)
    again = Venue(story.store, story.clock)
    assert state_hash(again.state) == state_hash(story.venue.state)


def test_every_round_has_a_window_and_a_seed_of_its_own(story: RandomStory) -> None:
    """The next round takes no orders until its window stands; it is said once."""
    story.at(30)
    story.ask(CloseBook, EXCHANGE, market="m", seed=SEED)
    assert str(story.order("buyer", 1, 9, 1).refusal) == (
        "markets.end_not_announced: m takes no orders in round 2: its rounds end at random, and "
        "the window of this one is not announced; wait until the operator has announced it "
        "(AnnounceEnd)"
    )
    end = story.window(OTHER)
    story.ask(AnnounceEnd, EXCHANGE, market="m", end=end)
    window = f"from {format_instant(end.window_from)} to {format_instant(end.window_until)}"
    assert story.refused(AnnounceEnd, EXCHANGE, market="m", end=story.window(SEED)) == (
        f"markets.end_announced_already: the window of round 2 of m stands: {window}; "
        "keep to it; the next round may have another"
    )
    story.send("bid", "buyer", 1, 9, 2)
    story.at(60)
    refusal = story.refused(CloseBook, EXCHANGE, market="m", seed=SEED)
    assert refusal.startswith("markets.seed_not_committed: ")
    (drawn, *_) = story.ask(CloseBook, EXCHANGE, market="m", seed=OTHER)
    assert isinstance(drawn, EndDrawn)
    assert drawn.at == instant_of(end, "m", 2, OTHER)


def test_only_the_operator_announces_and_only_where_rounds_end_at_random(
    story: RandomStory,
) -> None:
    """A market whose rounds end by command has no window to announce."""
    story.market("plain")
    end = story.window()
    assert story.refused(AnnounceEnd, EXCHANGE, market="plain", end=end) == (
        "markets.ends_by_command: the rounds of plain end when its book is closed, not at random; "
        "close the book, or open a market whose terms name a random end"
    )
    refused = story.refused(AnnounceEnd, "buyer", market="m", end=end)
    assert refused.startswith("core.role_needed: ")
    refused = story.refused(AnnounceEnd, EXCHANGE, market="nowhere", end=end)
    assert refused.startswith("markets.unknown_market: ")
    story.at(30)
    refused = story.refused(AnnounceEnd, EXCHANGE, market="m", end=story.window())
    assert refused.startswith("markets.book_not_open: ")


HASH = hash_commitment_of(SEED)


@pytest.mark.parametrize(
    ("begin", "length", "minutes", "reason"),
    [
        (-1, 5, 60, "its window begins in the past"),
        (0, 0, 60, "its window ends before it begins"),
        (0, 31 * 24 * 60 * MINUTE + 1, 60, "its window is longer than 44640 minutes"),
        (0, 5, 0, "reveal_minutes is not from 1 to 129600"),
        (0, 5, 129_601, "reveal_minutes is not from 1 to 129600"),
    ],
)
def test_an_unsound_window_is_refused(begin: int, length: int, minutes: int, reason: str) -> None:
    story = Story().found(factors=("compute",))
    start = story.clock() + begin
    end = RandomEnd(
        window_from=start, window_until=start + length, seed_hash=HASH, reveal_minutes=minutes
    )
    assert refused_terms(story, random_end=end) == (
        f"markets.bad_random_end: the random end of m is unsound: {reason}; name a window that "
        "lies ahead, its first instant before its last, and the minutes in which the seed will "
        "be shown"
    )


@pytest.mark.parametrize(
    ("terms", "what"),
    [
        ({"mechanism": "continuous"}, "the mechanism continuous"),
        ({"mechanism": "credit", "credit": CreditTerms()}, "the mechanism credit"),
        ({"sealed": SealedTerms()}, "sealed bids"),
        ({"seed_hash": HASH}, "a seed of its own (seed_hash)"),
    ],
)
def test_a_random_end_goes_with_open_rounds_only(terms: dict[str, Any], what: str) -> None:
    story = Story().found(factors=("compute",))
    start = story.clock()
    end = RandomEnd(window_from=start, window_until=start + 1, seed_hash=HASH)
    assert refused_terms(story, random_end=end, **terms) == (
        f"markets.random_end_without_use: m can have no random end beside {what}; "
        "leave one of the two out"
    )
    bad = RandomEnd(window_from=start, window_until=start + 1, seed_hash="ab")
    assert refused_terms(story, random_end=bad).startswith("markets.bad_seed: ")


def refused_terms(story: Story, **trading: Any) -> str:
    return story.refused(
        OpenMarket,
        EXCHANGE,
        market="m",
        factor="compute",
        instruments=("gpu",),
        regions=("east",),
        currency="CNY",
        trading=Trading(**{"mechanism": "call", **trading}),
    )


def test_the_seed_of_the_end_settles_the_lottery_too() -> None:
    """A market that draws needs no second seed."""
    story = Story().found(factors=("labour",))
    start = story.clock() + MINUTE
    end = RandomEnd(window_from=start, window_until=start + MINUTE, seed_hash=HASH)
    story.market(
        "posts", ("post",), "labour", mechanism="matching", matching=MatchingTerms(), random_end=end
    )
    story.clock.forward(3 * MINUTE)
    story.venue._writer.tick()
    events = story.ask(CloseBook, EXCHANGE, market="posts", seed=SEED)
    (closed,) = [event for event in events if isinstance(event, BookClosed)]
    assert closed.seed == SEED


@settings(deadline=None, max_examples=12)
@given(
    orders=st.lists(
        st.tuples(st.integers(0, 29), st.sampled_from((1, -1)), st.integers(1, 20)), max_size=6
    ),
    seed=st.sampled_from([f"{n:064x}" for n in range(1, 5)]),
    shown=st.sampled_from([f"{n:064x}" for n in range(1, 5)]),
    waited=st.integers(0, 59),
)
def test_whoever_sees_the_orders_cannot_choose_the_end(
    orders: list[tuple[int, int, int]], seed: str, shown: str, waited: int
) -> None:
    """Whatever came, whichever seed is tried and however long it waits: either the round ends at
    the instant that stood fixed before its first order, or it does not end."""
    story = RandomStory(seed)
    fixed = story.drawn(seed)
    for minute, side, price in sorted(orders):
        story.at(minute)
        story.send(f"b{story.key()}", "buyer" if side > 0 else "seller", side, price)
    came = dict(story.venue.state.markets.markets["m"].timed)
    story.at(30 + waited)
    receipt = story.try_to(CloseBook, EXCHANGE, market="m", seed=shown)
    assert (receipt.refusal is None) == (shown == seed)
    if receipt.refusal is None:
        (end,) = [e for e in receipt.events if isinstance(e, EndDrawn)]
        out = {e.batch for e in receipt.events if isinstance(e, OrdersCancelled)}
        assert end.at == fixed
        assert out == {batch for batch, at in came.items() if at >= fixed}


def test_the_end_lies_in_the_window_and_every_instant_of_it_is_as_likely() -> None:
    """Ends of 4,000 rounds of a window of four instants: each near a thousand times."""
    end = RandomEnd(window_from=1_000, window_until=1_004, seed_hash=HASH)
    counts = [0, 0, 0, 0]
    for round_ in range(4_000):
        counts[instant_of(end, "m", round_, SEED) - 1_000] += 1
    assert all(880 < count < 1_120 for count in counts), counts

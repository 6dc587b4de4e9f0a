"""Rounds that end at a random instant: nobody can send an order that is surely the last.

Before a round takes orders its window and the digest of a seed stand on record. Inside the window
orders come as before and none is taken back. When the window is over, the seed is shown: it says at
which instant the round had ended, the same whatever the orders are, and what came then or later
falls away. A seed that nobody shows in time voids the round: all orders fall away, so keeping it
back never makes one end out of two.
"""

from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.words import Event
from yaosu.markets import random_end_refusals
from yaosu.markets.commands import AnnounceEnd, CloseBook, OpenMarket
from yaosu.markets.events import (
    EndAnnounced,
    EndDrawn,
    RoundEnded,
    RoundVoided,
    WindowEnded,
)
from yaosu.markets.intake import cancel
from yaosu.markets.seeds import check_hash_commitment, check_seed, number_below
from yaosu.markets.state import CONTINUOUS, ENDING, OPEN, Market, MarketsReach
from yaosu.markets.terms import RandomEnd
from yaosu.markets.without_book import ASKED_BY

MINUTE = 60_000_000
WINDOW_MAX = 31 * 24 * 60 * MINUTE
REVEAL_MINUTES_MAX = 60 * 24 * 90
LATE, VOID = "came after the end", "the seed was not shown"
__all__ = ["random_end_refusals"]


def instant_of(end: RandomEnd, market: str, round_: int, seed: str) -> int:
    """When the round ended: it follows from window, market, round and seed, and nothing else."""
    length = end.window_until - end.window_from
    return end.window_from + number_below(length, seed, "end", market, round_)


def check_random_end(reach: MarketsReach, command: OpenMarket, mechanism: str) -> None:
    """Refuse a random end that the market to be opened cannot have."""
    end, trading = command.trading.random_end, command.trading
    if end is None:
        return
    for what, is_set in (
        (f"the mechanism {mechanism}", mechanism == CONTINUOUS or mechanism in ASKED_BY),
        ("sealed bids", trading.sealed is not None),
        ("a seed of its own (seed_hash)", bool(trading.seed_hash)),
    ):
        refuse_unless(
            not is_set, "markets.random_end_without_use", market=command.market, what=what
        )
    _check_window(reach, command.market, end)


def decide_announce_end(reach: MarketsReach, command: AnnounceEnd) -> list[Event]:
    """The window of a round is named once, before its first order."""
    market = found(
        reach.markets.markets.get(command.market), "markets.unknown_market", market=command.market
    )
    ends_at_random = market.trading.random_end is not None
    refuse_unless(ends_at_random, "markets.ends_by_command", market=market.market)
    refuse_unless(
        market.phase == OPEN,
        "markets.book_not_open",
        market=market.market,
        phase=market.phase,
        round=market.round,
    )
    known = market.random_end
    if known is not None:
        refuse(
            "markets.end_announced_already",
            market=market.market,
            round=market.round,
            window_from=format_instant(known.window_from),
            window_until=format_instant(known.window_until),
        )
    _check_window(reach, market.market, command.end)
    return [EndAnnounced(market=market.market, round=market.round, end=command.end)]


def check_may_order(market: Market) -> None:
    """Refuse orders of a round whose window nobody knows yet."""
    is_known = market.trading.random_end is None or market.random_end is not None
    refuse_unless(is_known, "markets.end_not_announced", market=market.market, round=market.round)


def check_may_cancel(reach: MarketsReach, market: Market) -> None:
    """Refuse to take orders back once the round may have ended."""
    end = market.random_end
    if end is not None:
        refuse_unless(
            reach.now < end.window_from,
            "markets.no_cancel_in_window",
            market=market.market,
            window_from=format_instant(end.window_from),
        )


def check_may_close(reach: MarketsReach, command: CloseBook) -> None:
    """Refuse a seed before its window is over: at the door, so that it is not on record."""
    market = reach.markets.markets.get(command.market)
    if market is None or market.trading.random_end is None:
        return
    check_may_order(market)
    end = market.random_end
    assert end is not None
    refuse_unless(
        market.phase != OPEN,
        "markets.window_goes_on",
        market=market.market,
        round=market.round,
        window_until=format_instant(end.window_until),
    )


def drop_late(reach: MarketsReach, market: Market, seed: str) -> list[Event]:
    """The seed is held against its digest; what came at the drawn end or later falls away."""
    end = market.random_end
    if end is None:
        return []
    check_seed(seed, end.seed_hash)
    at = instant_of(end, market.market, market.round, seed)
    late = sorted(batch for batch, came in market.timed.items() if came >= at)
    drawn: list[Event] = [EndDrawn(market=market.market, round=market.round, at=at)]
    return [*drawn, *_drop(reach, market, late, LATE)]


def pass_windows(reach: MarketsReach, until: int) -> list[Event]:
    """What is due by ``until``, in order of markets: windows end, rounds without a seed are void.

    Each market takes one step; the next is due by itself.
    """
    events: list[Event] = []
    for name, market in sorted(reach.markets.markets.items()):
        due = due_of(market)
        if due is None or due > until:
            continue
        if market.phase == OPEN:
            events.append(WindowEnded(market=name, round=market.round, until=due))
        else:
            events += _void(reach, market)
    return events


def due_of(market: Market) -> int | None:
    """The instant at which a market's window ends, or its seed is too late; None where none is."""
    end = market.random_end
    if end is None or market.phase not in (OPEN, ENDING):
        return None
    if market.phase == OPEN:
        return end.window_until
    return end.window_until + end.reveal_minutes * MINUTE


def _void(reach: MarketsReach, market: Market) -> list[Event]:
    return [
        *_drop(reach, market, sorted(market.batches), VOID),
        RoundVoided(market=market.market, round=market.round),
        RoundEnded(market=market.market, round=market.round),
    ]


def _drop(reach: MarketsReach, market: Market, batches: list[str], reason: str) -> list[Event]:
    """Take whole batches out of the book and free what they held."""
    events: list[Event] = []
    for batch in batches:
        orders = market.book[market.batches[batch]]
        if orders.rows:
            events += cancel(reach, market, batch, orders, reason, events)
    return events


def _check_window(reach: MarketsReach, market: str, end: RandomEnd) -> None:
    length = end.window_until - end.window_from
    for holds, reason in (
        (end.window_from >= reach.now, "its window begins in the past"),
        (length >= 1, "its window ends before it begins"),
        (length <= WINDOW_MAX, f"its window is longer than {WINDOW_MAX // MINUTE} minutes"),
        (
            1 <= end.reveal_minutes <= REVEAL_MINUTES_MAX,
            f"reveal_minutes is not from 1 to {REVEAL_MINUTES_MAX}",
        ),
    ):
        refuse_unless(holds, "markets.bad_random_end", market=market, reason=reason)
    check_hash_commitment(end.seed_hash)

"""Any orders, cancels, phases and waits: nothing is lost, no book is crossed, all forms agree."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import yaosu as ys
from tests.markets.trading.floor import (
    BUYERS,
    PEOPLE,
    REFERENCE,
    SECOND,
    SELLERS,
    all_events,
    check_feed,
    check_live,
    check_money_and_lots,
    check_not_crossed,
    opened,
    proved,
    send,
    session,
)
from tests.stories import EXCHANGE, Story
from yaosu.core import state_hash
from yaosu.kernel import compiled
from yaosu.kernel.columns import Columns
from yaosu.markets.commands import (
    CancelOrders,
    ChangePhase,
    HaltTrading,
    ReplaceOrder,
    ResumeTrading,
    SubmitOrders,
)
from yaosu.markets.events import AuctionHeld
from yaosu.markets.trading_auctions import proof_of
from yaosu.markets.trading_terms import TradingFees

TERMS: tuple[dict[str, object], ...] = (
    {},
    {"prevention": "decrement", "static_band": 1000, "references": REFERENCE},
    {
        "prevention": "cancel_maker",
        "static_band": 2000,
        "dynamic_band": 300,
        "pause_seconds": 30,
        "auction_seconds": 60,
        "references": REFERENCE,
        "first_phase": "pre_open",
        "fees": TradingFees(maker=-10_000, taker=30_000, auction=7_000),
    },
    {"prevention": "cancel_both", "dynamic_band": 200, "pause_seconds": 5, "group_fact": "owner"},
)
TYPES = ("limit",) * 5 + ("market", "stop", "stop_limit")
TIMES = ("day", "gtc", "gtc", "at_open", "ioc", "fok", "gtd", "at_close")
PHASES = ("pre_open", "auction", "continuous", "continuous", "closed")


def act(story: Story, chance: np.random.Generator) -> None:
    """One command of any kind; it may be refused."""
    what = chance.random()
    phase = session(story).phase
    if phase == "halted" and chance.random() < 0.4:
        story.try_to(ResumeTrading, EXCHANGE, market="m")
    elif phase in ("closed", "pre_open", "auction") and chance.random() < 0.15:
        story.try_to(ChangePhase, EXCHANGE, market="m", phase="continuous")
    elif what < 0.70:
        side = 1 if chance.random() < 0.55 else -1
        party = str(chance.choice(PEOPLE if side > 0 else SELLERS))
        send(
            story, party, side, 100 + int(chance.integers(-6, 7)), int(chance.integers(1, 9)),
            type=str(chance.choice(TYPES)), tif=str(chance.choice(TIMES)),
            stop=100 + int(chance.integers(-6, 7)),
            expiry=story.clock.instant + int(chance.integers(1, 100)) * SECOND,
        )  # fmt: skip
    elif what < 0.76:
        batch = Columns.of(
            instrument=["gpu"] * 6,
            region=["east"] * 6,
            side=[1, -1, 1, -1, 1, -1],
            price=chance.integers(95, 106, 6),
            quantity=chance.integers(1, 9, 6),
            party=[BUYERS[0], "ann", BUYERS[1], "bob", "ann", "bob"],
            right=["", "r-ann", "", "r-bob", "", "r-bob"],
            time_in_force=chance.choice(["gtc", "ioc", "day"], 6).tolist(),
        )
        story.try_to(
            SubmitOrders, EXCHANGE, market="m", batch=story.key(), orders=batch, atomic=False
        )
    elif what < 0.82:
        amend(story, chance)
    elif what < 0.88 and session(story).batches:
        batches = sorted(session(story).batches)
        story.try_to(CancelOrders, EXCHANGE, market="m", batch=str(chance.choice(batches)))
    elif what < 0.90:
        story.try_to(ChangePhase, EXCHANGE, market="m", phase=str(chance.choice(PHASES)))
    elif what < 0.92:
        story.try_to(HaltTrading, EXCHANGE, market="m", reason="why not")
    elif what < 0.95:
        story.try_to(ResumeTrading, EXCHANGE, market="m")
    else:
        story.clock.forward(int(chance.integers(1, 60)) * SECOND)


def amend(story: Story, chance: np.random.Generator) -> None:
    """New terms for any order that stands."""
    standing = [o for book in session(story).books.values() for o in book.orders.values()]
    if not standing:
        return
    order = standing[int(chance.integers(len(standing)))]
    price = order.price + int(chance.integers(-3, 4)) * (chance.random() < 0.6)
    story.try_to(
        ReplaceOrder, order.party, market="m", batch=order.batch, number=order.number,
        price=max(price, 0), quantity=max(order.total + int(chance.integers(-4, 4)), 1),
        stop=order.stop + int(chance.integers(-2, 3)) if order.stop else None,
    )  # fmt: skip


def lived(terms: dict[str, object], seed: int, steps: int) -> Story:
    story = opened(**terms)
    chance = np.random.default_rng(seed)
    for step in range(steps):
        act(story, chance)
        check_live(story)
        check_not_crossed(story)
        check_money_and_lots(story)
        if step % 10 == 9:
            check_feed(story)
    return story


@pytest.mark.parametrize("terms", TERMS, ids=lambda t: str(t.get("prevention", "plain")))
@settings(max_examples=3)
@given(st.integers(0, 10**6))
def test_nothing_is_lost_no_book_is_crossed_and_all_forms_of_it_agree(
    terms: dict[str, object], seed: int
) -> None:
    """Audited, recovered, rebuilt from the public feed on the way; every auction verifies."""
    story = lived(terms, seed, 60)
    for event in all_events(story):
        if isinstance(event, AuctionHeld):
            ys.verify_clearing(*proof_of(event))
    proved(story)


@contextmanager
def plain() -> Iterator[None]:
    """Compiled code switched off."""
    before = (compiled._Setting.enabled, compiled._Setting.cache_root)
    compiled.configure(enabled=False, cache_root=before[1])
    try:
        yield
    finally:
        compiled.configure(enabled=before[0], cache_root=before[1])


@pytest.mark.parametrize("terms", TERMS, ids=lambda t: str(t.get("prevention", "plain")))
def test_compiled_and_plain_books_leave_the_same_state_after_every_command(
    terms: dict[str, object],
) -> None:
    hashes: list[list[bytes]] = []
    for is_plain in (False, True):
        story, chance, seen = opened(**terms), np.random.default_rng(5), []
        for _ in range(60):
            if is_plain:
                with plain():
                    act(story, chance)
            else:
                act(story, chance)
            seen.append(state_hash(story.venue.state))
        hashes.append(seen)
    assert hashes[0] == hashes[1]

"""Fees of continuous trading: of maker, taker and auction; held before, paid in the trade."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.markets.trading.floor import (
    MONEY,
    all_events,
    check_money_and_lots,
    opened,
    proved,
    send,
    trades,
)
from tests.stories import EXCHANGE, Story
from yaosu.kernel.refusal import Refusal
from yaosu.markets.commands import CancelOrders, ChangePhase
from yaosu.markets.events import TradesMade
from yaosu.markets.trading_fees import fee_of, with_room_for_fees
from yaosu.markets.trading_terms import TradingFees

FEES = TradingFees(maker=1_000, taker=3_000, auction=2_000)  # 0.1, 0.3 and 0.2 per cent


def charged(story: Story) -> list[tuple[int, int, int]]:
    """(side of the taker, fee of the buyer, fee of the seller) of every trade."""
    rows = [
        row for e in all_events(story) if isinstance(e, TradesMade) for row in e.trades.iterate()
    ]
    return [(row["taker"], row["buy_fee"], row["sell_fee"]) for row in rows]


def test_who_stood_pays_the_maker_fee_and_who_came_the_taker_fee() -> None:
    story = opened(fees=FEES)
    send(story, "ann", -1, 500, 3)
    assert trades(send(story, "cyd", 1, 520, 3)) == [("cyd", "ann", 500, 3)]
    assert charged(story) == [(1, 4, 1)]  # 4.5 and 1.5, rounded down
    assert story.money("cyd") == MONEY - 1_500 - 4
    assert story.money("ann") == MONEY + 1_500 - 1
    assert story.money(EXCHANGE) == 5
    assert story.money("cyd", "order:m") == 0
    check_money_and_lots(story)
    proved(story)


def test_an_order_to_buy_holds_its_fee_and_gets_back_what_it_did_not_need() -> None:
    story = opened(fees=FEES)
    send(story, "cyd", 1, 500, 3, batch="bid")
    assert story.money("cyd", "order:m") == 3 * 502  # 1.5 a lot, rounded up to the tick
    send(story, "ann", -1, 400, 1)
    assert charged(story) == [(-1, 0, 1)]
    assert story.money("cyd", "order:m") == 2 * 502
    story.ask(CancelOrders, "cyd", market="m", batch="bid")
    assert story.money("cyd") == MONEY - 500
    proved(story)


def test_in_an_auction_both_sides_pay_alike() -> None:
    story = opened(fees=FEES, first_phase="pre_open")
    send(story, "ann", -1, 500, 10)
    send(story, "cyd", 1, 500, 10)
    story.ask(ChangePhase, EXCHANGE, market="m", phase="continuous")
    assert charged(story) == [(0, 10, 10)]
    assert story.money(EXCHANGE) == 20
    proved(story)


def test_a_maker_may_be_given_part_of_what_the_taker_pays() -> None:
    story = opened(fees=TradingFees(maker=-2_000, taker=3_000, to="bob"))
    send(story, "cyd", 1, 1_000, 2)
    send(story, "ann", -1, 1_000, 2)
    assert charged(story) == [(-1, -4, 6)]
    assert story.money("cyd") == MONEY - 2_000 + 4
    assert story.money("bob") == MONEY + 2
    proved(story)


@pytest.mark.parametrize(
    ("fees", "term"),
    [
        (TradingFees(taker=100_001), "fees.taker"),
        (TradingFees(auction=-1), "fees.auction"),
        (TradingFees(maker=-2, taker=1), "fees.maker"),
    ],
)
def test_a_tariff_that_cannot_be_is_refused(fees: TradingFees, term: str) -> None:
    with pytest.raises(Refusal, match=f"markets.bad_continuous_terms: {term} of the terms"):
        opened(fees=fees)
    with pytest.raises(Refusal, match=r"parties\.unknown"):
        opened(fees=TradingFees(to="nobody"))


@settings(deadline=None, max_examples=100)
@given(
    st.integers(0, 2**44),
    st.integers(0, 100_000),
    st.lists(st.integers(1, 1_000), min_size=1, max_size=6),
)
def test_what_is_held_covers_the_fees_however_an_order_is_divided(
    limit: int, share: int, parts: list[int]
) -> None:
    """Fees are rounded down a trade, what is held is rounded up a lot."""
    fees = TradingFees(taker=share)
    held = (with_room_for_fees(limit, fees) - limit) * sum(parts)
    assert sum(fee_of(limit * lots, share) for lots in parts) <= held

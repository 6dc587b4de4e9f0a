"""Blocks and fees through the journal: held for, closed, cleared, recorded, settled, replayed."""

import numpy as np
import pytest

from tests.stories import EXCHANGE, Story, row
from yaosu.kernel.columns import Columns, concatenate
from yaosu.markets.commands import CancelOrders, CloseBook, RecordClearing, SubmitOrders
from yaosu.markets.coupling import clear_book
from yaosu.markets.events import BookClosed, MarketCleared

DAY, NIGHT = "day", "night"


@pytest.fixture
def story() -> Story:
    """A plant with lots of two periods, a buyer, and an open market of both."""
    story = Story().found(factors=("compute",))
    story.party("plant")
    story.party("buyer", money=100_000)
    story.right("r1", "plant", 100, instrument=DAY)
    story.right("r2", "plant", 100, instrument=NIGHT)
    return story


def legs(block: str, price: int, lots: int, **terms: object) -> Columns:
    """A block that sells the same lots in both periods."""
    both = concatenate(
        [
            row("plant", -1, price, lots, "east", DAY, "r1"),
            row("plant", -1, price, lots, "east", NIGHT, "r2"),
        ]
    )
    columns = both.with_columns(block=[block] * 2)
    return columns.with_columns(**{name: [value] * 2 for name, value in terms.items()})


def sell(story: Story, orders: Columns, batch: str = "s1", **more: object) -> None:
    story.ask(SubmitOrders, "plant", market="m", batch=batch, orders=orders, **more)


def bids(story: Story, day: int, night: int, lots: int = 10) -> None:
    story.order("buyer", 1, day, lots, instrument=DAY)
    story.order("buyer", 1, night, lots, instrument=NIGHT)


def opened(story: Story, **terms: object) -> None:
    story.market(instruments=(DAY, NIGHT), **terms)


def test_a_block_is_held_for_cleared_by_a_worker_recorded_and_settled(story: Story) -> None:
    """Ten lots by day at 50 pay for ten by night at 30: 39 in the mean is enough (S0-58)."""
    opened(story, clear_at_close=False, price_rule="high")
    sell(story, legs("run", 39, 10))
    assert story.lots("plant", DAY, "order:m") == story.lots("plant", NIGHT, "order:m") == 10
    bids(story, 50, 30)
    (closed,) = [e for e in story.close() if isinstance(e, BookClosed)]
    assert closed.rows == 4
    market = story.venue.state.markets.markets["m"]
    clearing = clear_book(market, closed)
    assert clearing.certificate.orders_digest == closed.orders_digest
    assert clearing.details["blocks"].text("status").tolist() == ["accepted"]
    story.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=clearing)
    assert story.lots("buyer", DAY) == story.lots("buyer", NIGHT) == 10
    assert story.money("plant") == 10 * 50 + 10 * 30
    assert story.money("buyer") == 100_000 - 800
    assert story.venue.verify().entries
    assert story.venue.audit().is_clean


def test_a_block_that_would_lose_stays_out_and_everything_held_is_free_again(story: Story) -> None:
    """45 and 30 are less than twice 40."""
    opened(story)
    sell(story, legs("run", 40, 10))
    bids(story, 45, 30)
    (cleared,) = [e for e in story.close() if isinstance(e, MarketCleared)]
    assert cleared.clearing.details["blocks"].text("status").tolist() == ["rejected"]
    assert story.lots("plant", DAY) == story.lots("plant", NIGHT) == 100
    assert story.money("buyer") == 100_000


def test_ratio_families_and_income_come_with_the_batch(story: Story) -> None:
    """Half a block is taken where ten lots are wanted; its child and an exclusive twin follow."""
    opened(story, price_rule="high")
    half = legs("half", 20, 20, ratio_ppm=500_000, exclusive="one", parent="", income_fixed=-1)
    twin = legs("twin", 25, 10, ratio_ppm=1_000_000, exclusive="one", parent="", income_fixed=-1)
    child = legs("child", 20, 1, ratio_ppm=1_000_000, exclusive="", parent="twin", income_fixed=-1)
    poor = legs("poor", 1, 1, ratio_ppm=1_000_000, exclusive="", parent="", income_fixed=900)
    sell(story, concatenate([half, twin, child, poor]))
    bids(story, 50, 30)
    (cleared,) = [e for e in story.close() if isinstance(e, MarketCleared)]
    table = cleared.clearing.details["blocks"]
    status = dict(zip(table.text("block").tolist(), table.text("status").tolist(), strict=True))
    assert status["s1/half"] == "curtailed"
    assert status["s1/twin"] in ("rejected", "paradoxically_rejected")
    assert status["s1/poor"] == "rejected"
    assert status["s1/child"] != "accepted"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"price": [40, -1]}, "markets.bad_price"),
        ({"side": [-1, 1]}, "markets."),
        ({"parent": ["other"] * 2}, "markets.block_unknown"),
        ({"parent": ["run"] * 2}, "markets.block_family_cycle"),
        ({"ratio_ppm": [1, 1_000_000]}, "markets.bad_block"),
        ({"ratio_ppm": [0, 0]}, "markets.bad_block"),
        ({"instrument": [DAY] * 2, "right": ["r1"] * 2}, "markets.block_leg_twice"),
        ({"block": ["run", ""], "ratio_ppm": [7, 7]}, "markets.bad_block"),
        ({"colour": ["red"] * 2}, "markets.unknown_order_column"),
    ],
)
def test_blocks_that_cannot_stand_are_refused(
    story: Story, change: dict[str, list[object]], code: str
) -> None:
    opened(story)
    orders = legs("run", 40, 10).with_columns(**change)
    refusal = story.refused(SubmitOrders, "plant", market="m", batch="s1", orders=orders)
    assert refusal.startswith(code)


def test_a_block_comes_and_goes_whole(story: Story) -> None:
    """Not row by row, and not without those that hang on it."""
    opened(story)
    rows = legs("run", 40, 10)
    code = story.refused(SubmitOrders, "plant", market="m", batch="s1", orders=rows, atomic=False)
    assert code.startswith("markets.blocks_come_whole")
    sell(
        story, concatenate([rows.with_columns(parent=["", ""]), legs("more", 41, 1, parent="run")])
    )
    for numbers in ((0,), tuple(_numbers(story, "s1/run"))):
        code = story.refused(CancelOrders, "plant", market="m", batch="s1", numbers=numbers)
        assert code.startswith("markets.block_in_pieces")
    more = tuple(_numbers(story, "s1/more"))
    story.ask(CancelOrders, "plant", market="m", batch="s1", numbers=more)
    assert story.lots("plant", DAY, "order:m") == 10
    story.ask(CancelOrders, "plant", market="m", batch="s1")
    assert story.lots("plant", DAY) == 100
    story.ask(CloseBook, EXCHANGE, market="m")


def _numbers(story: Story, block: str) -> list[int]:
    (piece,) = story.venue.state.markets.markets["m"].book
    names = np.array(piece.text("block").tolist())
    return piece["number"][names == block].tolist()


def test_fees_go_to_the_authority_and_rents_to_the_owner_that_the_link_names() -> None:
    """Of a gap of 6 on four lots: fee 1, cost 2, rent 3."""
    story = Story().found(factors=("compute",))
    for party in ("plant", "treasury", "roads"):
        story.party(party)
    story.party("buyer", money=10_000)
    story.right("r1", "plant", 10, instrument="gpu")
    road = Columns.of(
        source=["east"],
        target=["west"],
        capacity=[4],
        cost=[2],
        fee=[1],
        fee_to=["treasury"],
        rent_owner=["roads"],
    )
    story.market(links=road)
    before = story.money(EXCHANGE)
    story.order("plant", -1, 3, 10, right="r1")
    story.order("buyer", 1, 9, 10, region="west")
    story.close()
    assert story.money("plant") == 4 * 3
    assert story.money("treasury") == 4 * 1
    assert story.money("roads") == 4 * 3
    assert story.money(EXCHANGE) - before == 4 * 2
    assert story.money("buyer") == 10_000 - 4 * 9

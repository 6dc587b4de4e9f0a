"""One order by itself is decided as a table of one row is: same events, bytes and refusals."""

from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stories import EXCHANGE, Story
from yaosu import core
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns
from yaosu.kernel.refusal import Refusal
from yaosu.markets import intake
from yaosu.markets.commands import SubmitOrders
from yaosu.markets.decide import decide_submit_orders
from yaosu.markets.single import read_single
from yaosu.markets.trading_terms import ContinuousTerms, ReferencePrice, TradingFees

FEES = TradingFees(maker=-50, taker=700, auction=10, to=EXCHANGE)
BANDED = ContinuousTerms(
    static_band=2_000, references=(ReferencePrice(instrument="gpu", price=100),), fees=FEES
)
PHASED = ContinuousTerms(first_phase="pre_open", prevention="none")
ROW = st.fixed_dictionaries(
    {
        "instrument": st.sampled_from(["gpu"] * 9 + ["tpu"]),
        "region": st.sampled_from(["east"] * 9 + ["west", "moon"]),
        "side": st.sampled_from([1, 1, 1, -1, -1, -1, 0, 2]),
        "price": st.sampled_from([100, 99, 101, 120, 121, 0, 5, -1, 2**44, 2**44 + 1]),
        "quantity": st.sampled_from([1, 2, 3, 50, 1_000, 0, -1, 2**44]),
    },
    optional={
        "party": st.sampled_from(["anna", "bert", "carl", "nobody", ""]),
        "right": st.sampled_from(["", "", "gpu-anna", "gpu-bert", "gpu-none"]),
        "type": st.sampled_from(["limit"] * 5 + ["market", "stop", "stop_limit", "odd"]),
        "time_in_force": st.sampled_from(["gtc", "day", "ioc", "fok", "gtd", "at_open", "odd"]),
        "stop": st.sampled_from([0, 100, -5, 2**40]),
        "expiry": st.sampled_from([0, 1, 2**60, 2**51]),
        "odd": st.just(1),
    },
)
ASKED = st.tuples(
    st.sampled_from(["call", "live", "banded", "phased"]),
    st.sampled_from(["anna", "bert", "carl", EXCHANGE]),
    ROW,
    st.booleans(),
)


def town() -> Story:
    """Two with money and lots, one of them a second right; one with neither; four markets."""
    story = Story().found(["compute"])
    for name in ("anna", "bert"):
        story.party(name, money=100_000)
        story.right(f"gpu-{name}", name, 2_000, instrument="gpu")
    story.right("gpu-more", "bert", 1, instrument="gpu")
    story.party("carl", factors=())
    story.market("call", clear_at_close=False)
    for name, terms in (("live", None), ("banded", BANDED), ("phased", PHASED)):
        story.market(name, mechanism="continuous", clear_at_close=False, continuous=terms)
    return story


def said(story: Story, command: SubmitOrders) -> Any:
    """What is decided: canonical bytes of the events, or the refusal."""
    state = story.venue.state
    state.now = story.clock()
    state.cause = core.cause_of(command)
    try:
        return canonical.encode(decide_submit_orders(state, command))
    except Refusal as refusal:
        return refusal.code, refusal.facts


@settings(deadline=None, max_examples=25)
@given(st.lists(ASKED, min_size=1, max_size=12))
def test_one_order_is_decided_as_a_table_of_one_row(asked: list[Any]) -> None:
    """The shorter way for one order changes nothing that is decided."""
    story = town()
    for number, (market, actor, row, atomic) in enumerate(asked):
        command = SubmitOrders(
            actor=actor,
            key=f"k-{number}",
            market=market,
            batch=f"b-{number}",
            orders=Columns.of(**{name: [value] for name, value in row.items()}),
            atomic=atomic,
        )
        with patch.object(intake, "read_single", lambda *_: None):
            general = said(story, command)
        assert said(story, command) == general
        story.venue.submit(command)


def test_sound_orders_take_the_shorter_way() -> None:
    """Else the test above would compare one way with itself."""
    story = town()
    for market in ("call", "live", "banded", "phased"):
        for side in (1, -1):
            order = Columns.of(
                instrument=["gpu"], region=["east"], side=[side], price=[100], quantity=[1]
            )
            known = story.venue.state.markets.markets[market]
            assert read_single(story.venue.state, known, "anna", order) is not None
    free = Columns.of(instrument=["gpu"], region=["east"], side=[1], price=[0], quantity=[1])
    assert len(story.ask(SubmitOrders, "anna", market="call", batch="b", orders=free)) == 1

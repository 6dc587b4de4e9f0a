"""Trades of continuous markets stand in the tables of prices and volumes, as round 0."""

from tests.engine.replay.test_policies import harder
from tests.engine.test_replay import pack, rules
from tests.stories import Story
from yaosu.engine.replay import replay
from yaosu.evaluation.replays.comparison import compare


def told() -> Story:
    """10 lots at 10 and 5 at 13, as they arrived."""
    story = Story().found(factors=("compute",), rules=rules("a"))
    story.party("seller")
    story.party("buyer", money=1_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(mechanism="continuous", clear_at_close=False)
    story.order("seller", -1, 10, 10)
    story.order("seller", -1, 13, 20)
    story.order("buyer", 1, 13, 15)
    return story


def test_the_mean_price_and_the_lots_of_a_period_stand_beside_each_other() -> None:
    """Where nobody may buy under the other rules, nothing trades; the mean is rounded down."""
    store = told().venue.store
    barred = compare(replay(store, [harder()]))
    (price,) = barred.table("prices").iterate()
    assert price == {
        "market": "m", "round": 0, "instrument": "gpu", "region": "east",
        "recorded": 11, "replayed": None,
    }  # fmt: skip
    (volume,) = barred.table("volumes").iterate()
    assert (volume["round"], volume["recorded"], volume["replayed"]) == (0, 15, 0)
    assert (volume["recorded_welfare"], volume["reform_dividend_minor"]) == (None, 0)
    assert barred.recorded_hash != barred.replayed_hash


def test_the_same_rules_leave_the_same_tables() -> None:
    same = compare(replay(told().venue.store, [pack("b")]))
    assert same.is_without_effect
    (price,) = same.table("prices").iterate()
    assert price["recorded"] == price["replayed"] == 11

"""Third promise: coupled regions clear at one price; where a limit binds, the gap is its price."""

import pytest

from tests.stories import Story, links
from yaosu.engine.replay import replay
from yaosu.markets.events import MarketCleared

TEN = tuple(f"pilot-{i}" for i in range(10))


def ring(capacity: int) -> object:
    """Ten regions in a ring, both ways, every link with the same limit."""
    rows = []
    for i in range(10):
        here, there = TEN[i], TEN[(i + 1) % 10]
        rows += [(here, there, capacity, 0), (there, here, capacity, 0)]
    return links(*rows)


def day(capacity: int, rules: str) -> tuple[Story, MarketCleared]:
    story = Story(regions=TEN).found(("compute",), rules=rules)
    for i, region in enumerate(TEN):
        story.party(f"firm-{i}")
        story.party(f"user-{i}", money=100_000)
        story.right(f"r-{i}", f"firm-{i}", 50, region=region, instrument="gpu")
    story.market(links=ring(capacity))  # type: ignore[arg-type]  # names and whole numbers
    for i, region in enumerate(TEN):
        story.order(f"firm-{i}", -1, 10 + 3 * i, 50, region)
        story.order(f"user-{i}", 1, 25 + 2 * i, 30, region)
    (cleared,) = [e for e in story.close() if isinstance(e, MarketCleared)]
    return story, cleared


@pytest.fixture(scope="module")
def rules() -> str:
    from tests.engine.test_replay import rules as with_parameters

    return with_parameters("a", 1)


def test_ten_coupled_books_clear_at_one_price_to_the_tick(rules: str) -> None:
    """S0-31 and S0-32: one book of all regions, one price, tolerance zero."""
    _, cleared = day(10_000, rules)
    prices = {row["price"] for row in cleared.clearing.prices.iterate()}
    assert len(prices) == 1


def test_where_a_limit_binds_the_gap_is_its_shadow_price(rules: str) -> None:
    """S0-32: with limits the price gap equals the shadow price of the binding limit."""
    _, cleared = day(7, rules)
    price = {row["region"]: row["price"] for row in cleared.clearing.prices.iterate()}
    assert len(set(price.values())) > 1
    bound = 0
    for row in cleared.clearing.flows.iterate():
        gap = price[row["target"]] - price[row["source"]]
        if 0 < row["lots"] < 7:
            assert gap == 0
        assert row["shadow_price"] == max(gap, 0)
        bound += gap > 0
    assert bound


def test_the_gain_of_lifting_the_limits_is_the_reform_dividend(rules: str) -> None:
    from tests.engine.test_replay import pack

    apart, with_limits = day(7, rules)
    _, unified = day(10_000, rules)
    found = replay(apart.venue.store, [pack("b", limits=2)])
    assert found.welfare_gain == unified.clearing.welfare - with_limits.clearing.welfare > 0
    assert found.is_reliable

"""Fourth promise, at today's depth: the same conduct meets the same answer in every region.

Detectors of cartels, wash trades and layering are not built yet; what is shown here is that the
rules that exist are blind to the region, and that refused attempts stay on record for a supervisor.
"""

import pytest

from tests.stories import Story
from yaosu.core import Refused
from yaosu.engine.recovery import events_of
from yaosu.markets.commands import SetTradePrice

TEN = tuple(f"pilot-{i}" for i in range(10))


@pytest.mark.parametrize("region", [TEN[0], TEN[9]])
def test_a_wash_pair_moves_no_price_and_makes_no_trade_anywhere(region: str) -> None:
    story = Story(regions=TEN).found(("compute",))
    story.party("firm", money=10_000)
    story.right("r1", "firm", 50, region=region, instrument="gpu")
    story.market()
    story.order("firm", -1, 10, 5, region)
    story.order("firm", 1, 20, 5, region)
    story.close()
    assert story.money("firm") == 10_000
    assert not story.venue.state.settlement.contracts
    assert story.venue.state.markets.last_prices.get("m", {}) == {}


def test_an_attempt_to_set_a_price_reads_the_same_in_every_region() -> None:
    """S0-60: refused, and on record, whatever the region of the market."""
    codes = set()
    for region in TEN:
        story = Story(regions=TEN).found(("compute",))
        story.market(regions=[region])
        story.refused(SetTradePrice, "ministry", market="m", instrument="gpu", price=1)
        (event,) = events_of(list(story.venue.store.read())[-1])
        assert isinstance(event, Refused)
        codes.add((event.code, tuple(event.facts.items())))
    assert len(codes) == 1

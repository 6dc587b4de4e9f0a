"""Before a batch stands in the book: nothing is offered that cannot be settled."""

import numpy as np
import pytest

from tests.stories import MINISTRY, REGISTRY, Story, row, shipped
from yaosu.kernel.numbers import Share
from yaosu.markets.commands import RegisterAndOffer, SubmitOrders
from yaosu.rights.commands import AdoptProfile, HolderShare, RegisterRight
from yaosu.rights.profiles import parse_profile


@pytest.fixture
def story() -> Story:
    """A seller with 100 lots in the east, a buyer with money, an open market."""
    story = Story().found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=100_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market()
    return story


def half_registered(story: Story, actor: str = REGISTRY) -> RegisterRight:
    """A registration of 100 lots of which the seller has 50."""
    co_holders = (HolderShare(right="r6", holder="buyer", share=Share.of(1, 2)),)
    fields = story.registration(
        "r5", "seller", 100, instrument="gpu", share=Share.of(1, 2), co_holders=co_holders
    )
    return RegisterRight(actor=actor, key="inner", **fields)


def test_of_a_right_registered_and_offered_at_once_only_its_own_lots_are_free(
    story: Story,
) -> None:
    register = half_registered(story)
    refusal = story.refused(
        RegisterAndOffer, REGISTRY, register=register, market="m", price=10, quantity=51
    )
    assert "markets.more_than_held: 51 lots of right r5 are offered, 50 are free" in refusal
    story.ask(RegisterAndOffer, REGISTRY, register=register, market="m", price=10, quantity=50)
    assert story.order("buyer", 1, 10, 50).is_accepted
    story.close()
    assert story.lots("buyer") == 100


def test_what_cannot_be_divided_is_not_offered_where_part_of_it_may_be_sold(story: Story) -> None:
    text = shipped("factors/compute.toml")
    text = text.replace('version    = "1"', 'version = "2"').replace(
        "divisible = true", "divisible = false"
    )
    story.ask(AdoptProfile, MINISTRY, profile=parse_profile(text))
    refusal = story.order("seller", -1, 10, 100).refusal
    assert str(refusal) == (
        "markets.indivisible: right r1 has 100 lots that cannot be divided, and an auction of "
        "lots may sell some of them; transfer it whole (TransferTitle)"
    )
    story.right("r2", "seller", 1, instrument="gpu")
    assert story.order("seller", -1, 10, 1, right="r2").is_accepted


def test_lots_on_offer_are_sold_even_if_a_later_profile_forbids_to_divide_them(
    story: Story,
) -> None:
    assert story.order("seller", -1, 10, 100).is_accepted
    text = shipped("factors/compute.toml")
    text = text.replace('version    = "1"', 'version = "2"').replace(
        "divisible = true", "divisible = false"
    )
    story.ask(AdoptProfile, MINISTRY, profile=parse_profile(text))
    assert story.order("buyer", 1, 10, 40).is_accepted
    story.close()
    assert (story.lots("buyer"), story.lots("seller")) == (40, 60)


def test_no_order_may_make_a_book_that_cannot_be_cleared(story: Story) -> None:
    """Bids at price 0 hold no money, so only the sum of lots bounds them."""
    answers = [story.order("buyer", 1, 0, 2**44) for _ in range(129)]
    assert [a.is_accepted for a in answers].count(False) == 2
    assert str(answers[-1].refusal) == (
        f"markets.too_many_lots_in_book: the orders of m would come to {2**51} lots; they must "
        f"stay below {2**51}; order fewer lots, or trade in larger ones"
    )
    many = row("buyer", 1, 0, 2**44, "east", "gpu").take(np.zeros(2**20, np.int64))
    refusal = story.refused(SubmitOrders, "buyer", market="m", batch="wraps", orders=many)
    assert f"come to {2**64 + 127 * 2**44} lots" in refusal
    story.close()


def test_a_right_is_offered_only_in_a_market_of_its_factor() -> None:
    story = Story().found(factors=("compute", "land"))
    story.party("seller", factors=("compute",))
    story.right("plot", "seller", 10, factor="land", instrument="gpu")
    story.market()
    assert str(story.order("seller", -1, 10, 1).refusal) == (
        "markets.wrong_factor: right plot is one of land; m trades compute; "
        "offer it in a market of land"
    )


def test_who_registers_and_offers_is_who_asks(story: Story) -> None:
    register = half_registered(story, actor="nobody")
    story.ask(RegisterAndOffer, REGISTRY, register=register, market="m", price=10, quantity=50)
    entries = story.venue.state.rights.entries.values()
    assert {entry.made_by for entry in entries if entry.kind == "first"} == {REGISTRY}

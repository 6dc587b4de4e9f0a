"""The register as the floors above meet it: offers reserve lots, grants are not resold."""

from tests.stories import Story
from yaosu.markets.commands import OfferRight
from yaosu.rights.commands import GrantUse, TransferTitle
from yaosu.rights.register import current_rights


def data_story() -> Story:
    story = Story().found(("data",))
    story.party("lab", ("data",))
    story.party("firm", ("data",), money=10_000)
    story.party("other", ("data",), money=10_000)
    story.right("r1", "lab", 100, factor="data", instrument="set")
    story.market(instruments=("set",), factor="data")
    return story


def test_what_is_on_offer_is_neither_given_away_nor_granted() -> None:
    story = data_story()
    story.ask(OfferRight, "lab", market="m", right="r1", price=10, quantity=60)
    text = story.refused(TransferTitle, "lab", right="r1", target="firm")
    assert text.startswith("rights.lots_reserved: 60 of the 100 lots of right r1 are on offer")
    text = story.refused(GrantUse, "lab", granted="g1", right="r1", target="firm", lots=41)
    assert text.startswith("rights.lots_reserved")
    story.ask(GrantUse, "lab", granted="g1", right="r1", target="firm", lots=40)
    assert story.lots("firm", "set") == 40


def test_a_use_that_was_bought_is_a_grant_and_is_not_sold_again() -> None:
    """S0-48: what may be derived and passed on is said by the profile."""
    story = data_story()
    story.ask(OfferRight, "lab", market="m", right="r1", price=10, quantity=60)
    assert story.order("firm", 1, 10, 25, instrument="set").refusal is None
    story.close()
    (granted,) = current_rights(story.venue.state, holder="firm")
    assert (granted.kind, granted.based_on) == ("usage_grant", "r1")
    assert story.lots("firm", "set") == 25
    text = story.refused(OfferRight, "firm", market="m", right=granted.id, price=10, quantity=5)
    assert "not_transferable" in text


def test_a_right_past_its_term_is_not_offered() -> None:
    story = data_story()
    story.clock.instant = story.clock() + 400 * 86_400_000_000
    text = story.refused(OfferRight, "lab", market="m", right="r1", price=10, quantity=5)
    assert text.startswith("markets.right_expired")

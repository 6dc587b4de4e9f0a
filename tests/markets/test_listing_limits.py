"""Bids in listings are promises: they count under the limits per party as they come or are opened.

S0-64: exposure is bounded when it is promised; a winner is never refused.
"""

from tests.access.limited import rules_with
from tests.markets.listings import ListingStory
from tests.stories import MINISTRY, REGISTRY
from yaosu.markets.commands import PlaceBid
from yaosu.parties.commands import IssueAttestation
from yaosu.rights.commands import RegisterRight
from yaosu.rules.commands import AdoptRules
from yaosu.rules.parse import parse_pack
from yaosu.workers.listing import open_listing


def limited(most: int, **row: str | int) -> ListingStory:
    """Land in lots of a square metre; the district, which is exempt, lists 15,000 of them."""
    story = ListingStory()
    limit = {"factor": "land", "most": most, "exempt": "land_owner", **row}
    story.ask(AdoptRules, MINISTRY, pack=parse_pack(rules_with(limit, version=2)))
    story.ask(IssueAttestation, MINISTRY, attestation="owner", about="district", kind="land_owner")
    return story


def test_a_bid_for_the_whole_counts_whole_until_it_is_over() -> None:
    """Who is overbid may still be asked as the second, and who has won has not paid yet."""
    story = limited(20_000)
    story.list_right("land_auction")
    story.enter()
    story.to(21)
    story.bid("bo", 10_000)
    story.bid("ann", 10_500)
    story.bid("cy", 11_000)
    for party in ("ann", "bo", "cy"):
        fields = story.registration(f"more-{party}", party, 5_001, factor="land")
        assert story.refused(RegisterRight, REGISTRY, **fields).startswith("access.beyond_limit")
    story.right("room", "ann", 5_000, factor="land")
    story.bid("bo", 12_000)  # a higher price, no more lots
    story.to(41)
    story.tick()
    assert story.listing().phase == "awarded"
    fields = story.registration("no", "cy", 5_001, factor="land")
    assert story.refused(RegisterRight, REGISTRY, **fields).startswith("access.beyond_limit")
    story.right("third", "ann", 15_000, factor="land")  # neither won nor second: it is free
    story.pay("bo")
    assert story.lots("bo", "unit-p1") == 15_000
    story.right("free", "cy", 20_000, factor="land")


def test_who_has_too_much_may_not_bid() -> None:
    story = limited(15_000)
    story.right("own", "ann", 1, factor="land")
    story.list_right("land_auction")
    story.enter()
    story.to(21)
    told = story.refused(PlaceBid, "ann", listing="l1", price=10_000, quantity=1)
    assert told.startswith("access.beyond_limit: ann may have 15000 lots of land at most")
    story.bid("bo", 10_000)


def test_a_sealed_bid_counts_once_it_is_opened() -> None:
    """Unread it promises nothing that anybody knows of; opened beyond the limit it is refused."""
    story = limited(15_000)
    story.list_right("second_price", reserve=10_100)
    story.enter()
    story.seal("ann", (30_000, 1))
    story.seal("bo", (20_000, 1))
    story.right("own", "ann", 1, factor="land")
    story.to(20)
    story.tick()
    open_listing(story.venue, "l1")
    assert [bid.party for bid in story.listing().bids] == ["bo"]

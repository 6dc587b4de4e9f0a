"""Offered again after nobody bought it, within stated limits; related bidders count as one."""

import pytest

import yaosu as ys
from tests.markets.listings import MONEY, ListingStory
from yaosu.core import state_hash
from yaosu.door import Venue
from yaosu.engine.recovery import events_of
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Event
from yaosu.markets.commands import CancelListing, OpenListing, PlaceBid
from yaosu.markets.events import ListingCleared, ListingOpened
from yaosu.markets.listing_book import network_of, orders_of, parameters_of
from yaosu.rights.commands import TransferTitle


def again(story: ListingStory, listing: str, price: int, **more: object) -> dict[str, object]:
    begins = story.clock() + 20 * DAY
    times = {"begins": begins, "ends": begins + 20 * DAY}
    return {"listing": listing, "right": "p1", "terms": "land_listing", "price": price, **times,
            **more}  # fmt: skip


def unsold(story: ListingStory) -> None:
    """Whatever is open ends without a bid."""
    story.clock.forward(41 * DAY)
    story.tick()


def proved(story: ListingStory) -> None:
    assert story.venue.audit().is_clean
    assert state_hash(Venue(story.venue.store).state) == state_hash(story.venue.state)


def test_a_right_that_was_not_sold_starts_at_most_so_much_lower_each_time() -> None:
    """Ten per cent a time, twice; then it rests for so many days, and is counted anew."""
    story = ListingStory()
    story.list_right()
    unsold(story)
    low = story.refused(OpenListing, "district", **again(story, "l2", 8_999))
    assert low == (
        "markets.starts_too_low: right p1 started at 10000 in l1, where it was not sold; "
        "start at 9000 or above"
    )
    (*_, opened) = story.ask(OpenListing, "district", **again(story, "l2", 9_000))
    assert isinstance(opened, ListingOpened)
    assert (opened.head.attempt, opened.head.again_of) == (2, "l1")
    unsold(story)
    story.ask(OpenListing, "district", **again(story, "l3", 8_100))
    unsold(story)
    often = story.refused(OpenListing, "district", **again(story, "l4", 8_100))
    assert often.startswith("markets.offered_too_often: right p1 was offered 3 times and not sold;")
    story.clock.forward(180 * DAY)
    (*_, opened) = story.ask(
        OpenListing,
        "district",
        **again(
            story,
            "l4",
            1_000,
        ),
    )
    assert isinstance(opened, ListingOpened)
    assert (opened.head.attempt, opened.head.again_of) == (1, "")
    proved(story)


def test_what_was_called_off_does_not_count_and_another_seller_begins_anew() -> None:
    story = ListingStory()
    story.list_right()
    story.ask(CancelListing, "district", listing="l1", reason="a mistake in the plan")
    story.ask(OpenListing, "district", **again(story, "l2", 100))
    unsold(story)
    story.ask(TransferTitle, "district", right="p1", target="ann")
    story.ask(OpenListing, "ann", **again(story, "l3", 50))
    assert story.listing("l3").head.attempt == 1
    proved(story)


def test_a_winner_that_does_not_pay_leaves_it_unsold_and_a_sale_ends_the_count() -> None:
    story = ListingStory()
    story.list_right()
    story.enter("ann")
    story.to(20)
    story.bid("ann", 2 * MONEY)
    story.clock.forward(100 * DAY)
    story.tick()
    assert story.listing().reason == "not_paid"
    story.ask(OpenListing, "district", **again(story, "l2", 10_000))
    assert story.listing("l2").head.attempt == 2
    story.clock.forward(20 * DAY)
    story.enter("bo", listing="l2")
    story.ask(PlaceBid, "bo", listing="l2", price=10_000)
    story.clock.forward(100 * DAY)
    story.tick()
    assert story.listing("l2").reason == "sold"
    assert story.venue.state.markets.listings.unsold == {}
    proved(story)


def related(**controlled: str) -> ListingStory:
    """An auction of land, to which bidders under somebody's control come."""
    story = ListingStory()
    for name, holding in controlled.items():
        story.party(name, ("land",), money=MONEY, controlled_by=holding)
    story.list_right("land_auction")
    return story


def test_bidders_under_one_control_count_as_one_and_are_shown() -> None:
    """Three bids of two groups are not three bidders; who belongs together stands in the result."""
    story = related(dee="acme", eve="acme")
    story.enter("ann", "dee", "eve")
    story.to(20)
    for bidder, price in (("dee", 10_000), ("ann", 10_100), ("eve", 12_000)):
        story.bid(bidder, price)
    story.clock.forward(30 * DAY)
    story.tick()
    listing = story.listing()
    assert listing.reason == "too_few_bidders"
    assert listing.groups == {"dee": "acme", "eve": "acme"}
    shown = [event for event in every(story) if isinstance(event, ListingCleared)]
    (cleared,) = shown
    rows = [
        (row["group"], row["party"], row["bids"], row["highest"], row["won"])
        for row in cleared.clearing.details["related"].iterate()
    ]
    assert rows == [("acme", "dee", 1, 10_000, 0), ("acme", "eve", 1, 12_000, 0)]
    assert [row["bidders"] for row in cleared.clearing.details["outcome"].iterate()] == [2]
    proof = (orders_of(listing), network_of(listing.head), cleared.clearing)
    ys.verify_clearing(*proof, parameters_of(listing))
    proved(story)


def every(story: ListingStory) -> list[Event]:
    return [event for entry in story.venue.store.read() for event in events_of(entry)]


def test_three_groups_are_three_bidders_and_who_controls_counts_with_what_it_controls() -> None:
    story = related(dee="ann", eve="fay")
    story.enter("ann", "bo", "cy", "dee", "eve")
    story.to(20)
    for number, bidder in enumerate(("ann", "dee", "eve")):
        story.bid(bidder, 10_000 + 100 * number)
    story.bid("bo", 20_000)
    story.clock.forward(DAY * 20)
    story.tick()
    assert story.listing().phase == "awarded", "ann with dee, eve, and bo"
    assert story.listing().dues["bo"].price_minor == 20_000
    proved(story)


def test_two_related_bidders_have_no_round_on_site() -> None:
    story = ListingStory()
    for name in ("dee", "eve"):
        story.party(name, ("land",), money=MONEY, controlled_by="acme")
    story.list_right()
    story.enter("dee", "eve")
    story.to(21)
    story.bid("dee", 10_000)
    story.bid("eve", 10_100)
    story.to(40)
    story.tick()
    assert story.listing().phase == "awarded"
    clearing = story.listing().clearing
    assert clearing is not None
    (outcome,) = clearing.details["outcome"].iterate()
    assert (outcome["onsite"], outcome["bidders"]) == (0, 1)
    proved(story)


def test_groups_of_a_file_are_one_parameter_each_party_once() -> None:
    bids = ys.Orders.from_columns(
        side=["sell", "buy", "buy"],
        price=[40, 80, 75],
        quantity=[1, 1, 1],
        party=["district", "ann", "bo"],
        sequence=[0, 1, 2],
    )
    terms = {"form": "first_price", "bidders_min": 2, "groups": [("ann", "acme"), ("bo", "acme")]}
    result = ys.clear(bids, mechanism="listing", **terms)
    assert result.details["outcome"].text("reason").tolist() == ["too_few_bidders"]
    ys.verify_clearing(bids, None, result, terms)
    other = {**terms, "groups": []}
    with pytest.raises(Refusal, match=r"markets\.certificate"):
        ys.verify_clearing(bids, None, result, other)
    twice = {**terms, "groups": [("ann", "acme"), ("ann", "bolt")]}
    with pytest.raises(
        Refusal, match=r"markets\.bad_parameter: parameter groups is 2; give each party in one"
    ):
        ys.clear(bids, mechanism="listing", **twice)

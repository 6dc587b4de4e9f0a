"""Every wrong move in a listing, and what it is told."""

from typing import Any

import pytest

from tests.markets.listings import MONEY, SEED, ListingStory
from tests.markets.sealed_bids import refused
from tests.stories import EXCHANGE, WATCH
from yaosu.access.commands import SuspendAdmission
from yaosu.engine.receipt import Receipt
from yaosu.kernel.columns import Columns
from yaosu.kernel.instant import DAY, MINUTE
from yaosu.kernel.refusal import Refusal
from yaosu.markets.commands import (
    CancelListing,
    EnterListing,
    LeaveListing,
    OpenListing,
    OpenSealedBid,
    PayAward,
    PlaceBid,
    RevealTerm,
    ScoreBids,
    SealBid,
)
from yaosu.markets.mechanisms.listing_parameters import Criterion
from yaosu.rights.commands import TransferTitle
from yaosu.workers.listing import open_listing

CARD = (Criterion(name="plan", weight="1"),)


def listed(terms: str = "land_listing", **fields: Any) -> ListingStory:
    story = ListingStory(
        factor="carbon" if terms in ("allowance_auction", "falling_clock") else "land"
    )
    story.list_right(terms, **fields)
    return story


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"terms": "raffle"}, "markets.unknown_listing_terms: the rules in force in east have no"),
        ({"begins": 1}, "markets.notice_too_short: bids may come 20 days after the announcement"),
        ({"ends": 1}, "markets.bidding_too_short: bids must come for 10 days at least"),
        ({"deposit_minor": 1_999}, "markets.deposit_too_small: the deposit is out of range: the"),
        ({"price": -1}, "markets.bad_terms: price is -1; give a whole number from 0"),
        ({"increment": 99}, "markets.bad_terms: increment is 99; give a whole number from 100"),
        ({"lots": 20_000}, "rights.not_enough_lots: right p1 has 15000 lots"),
        (
            {"criteria": CARD},
            "markets.listing_does_not_fit: this announcement does not fit the form",
        ),
        ({"terms": "land_tender", "begins": 0, "criteria": CARD}, "it needs at least 2 evaluators"),
        (
            {"terms": "land_tender", "begins": 0, "evaluators": ("ann", "bo"), "criteria": CARD},
            "markets.bad_parameter: parameter price_weight is 2",
        ),
        ({"evaluators": ("district",)}, "markets.evaluator_takes_part: district offers"),
        ({"terms": "allowance_auction", "begins": 0}, "its ties are drawn by a seed: seal one"),
        ({"right": "p9"}, "rights.unknown_right"),
    ],
)
def test_an_announcement_that_cannot_be_is_refused(fields: dict[str, Any], said: str) -> None:
    story = ListingStory()
    begins = story.clock() + 20 * DAY
    given = {"terms": "land_listing", "price": 10_000, "begins": begins, "ends": begins + 20 * DAY}
    text = story.refused(
        OpenListing, "district", listing="l1", **{"right": "p1", **given, **fields}
    )
    assert said in text
    assert story.lots("district", "unit-p1") == 15_000


def test_only_its_holder_puts_a_right_up_and_only_once() -> None:
    story = listed()
    text = story.refused(
        OpenListing, "ann", listing="l2", right="p1", terms="land_listing", price=1
    )
    assert text.startswith("markets.not_for_others")
    again: dict[str, Any] = {"right": "p1", "terms": "land_listing", "price": 1}
    assert story.refused(OpenListing, "district", listing="l1", **again).startswith(
        "markets.listing_exists: a listing or market l1 is there already; choose another id"
    )
    text = story.refused(OpenListing, "district", listing="l2", **again)
    assert text.startswith("rights.lots_reserved")
    moved = story.refused(TransferTitle, "district", right="p1", target="ann", lots=15_000)
    assert moved.startswith("rights.lots_reserved")


def test_a_clock_must_run_down_and_seals_no_reserve() -> None:
    story = ListingStory(factor="carbon")
    clock: dict[str, Any] = {"listing": "l1", "right": "p1", "terms": "falling_clock", "price": 50}
    for wrong in ({"clock_from": 40, "clock_step": 1}, {"clock_from": 60}, {"ends": 7}):
        text = story.refused(OpenListing, "district", **clock, **wrong)
        assert text.startswith("markets.bad_clock: the falling clock cannot run down to 50")
    command = OpenListing(actor="district", key="k", **clock, clock_from=60, clock_step=5)
    receipt = story.venue.submit(command, sealed={"reserve": 3})
    assert "a falling clock has its lowest price as reserve" in str(receipt.refusal)


def test_bad_terms_of_an_institution_are_named() -> None:
    story = ListingStory()
    story.other_terms(pay_days=0)
    text = story.refused(
        OpenListing, "district", listing="l1", right="p1", terms="land_listing", price=1
    )
    assert text.startswith(
        "markets.bad_listing_terms: the listing terms land_listing cannot be used: pay_days is not"
    )


def test_who_may_be_let_in_and_who_may_bid() -> None:
    story = listed()
    assert story.refused(EnterListing, "ann", listing="l9").startswith("markets.unknown_listing")
    assert story.refused(PlaceBid, "ann", listing="l1", price=1).startswith(
        "markets.bidding_not_begun: bids for l1 come from 2026-11-22T09:00:00Z on"
    )
    story.enter("ann")
    assert story.refused(EnterListing, "ann", listing="l1").startswith("markets.in_already")
    assert "evaluator_takes_part" in story.refused(EnterListing, "district", listing="l1")
    assert "not_for_others" in story.refused(EnterListing, "ann", listing="l1", party="bo")
    story.leave("ann")
    assert story.refused(EnterListing, "ann", listing="l1").startswith("markets.has_left")
    story.to(25)
    text = story.refused(PlaceBid, "bo", listing="l1", price=10_000)
    assert text.startswith("markets.not_let_in: bo is not in listing l1: no deposit of it is held")
    story.enter("bo", "cy")
    for price, quantity, said in (
        (9_999, 1, "markets.bid_too_low: a bid for l1 must be 10000 now, at least"),
        (2**50, 1, "markets.bad_bid: this is not a bid for l1"),
        (10_000, 2, "markets.bad_bid"),
    ):
        text = story.refused(PlaceBid, "bo", listing="l1", price=price, quantity=quantity)
        assert text.startswith(said)
    story.bid("bo", 10_000)
    assert "must be 10100 now" in story.refused(PlaceBid, "bo", listing="l1", price=10_099)
    assert "bids_come_open" in story.refused(SealBid, "bo", listing="l1")
    bidder = {"party": "cy", "factor": "land", "role": "bidder"}
    story.ask(SuspendAdmission, WATCH, **bidder, reason="a check")
    assert "access.suspended" in story.refused(PlaceBid, "cy", listing="l1", price=20_000)


def test_a_deposit_that_is_not_there_lets_nobody_in() -> None:
    story = listed(deposit_minor=MONEY + 1)
    assert "ledger.insufficient" in story.refused(EnterListing, "ann", listing="l1")


def test_on_site_only_those_go_on_who_bid_in_writing() -> None:
    story = listed()
    story.enter()
    story.to(25)
    story.bid("ann", 10_000)
    story.bid("bo", 10_100)
    story.to(40, 1)
    text = story.refused(PlaceBid, "cy", listing="l1", price=10_200)
    assert text.startswith("markets.not_on_site: cy did not bid in writing for l1")
    story.party("di", ("land",), money=MONEY)
    assert "entry_is_over" in story.refused(EnterListing, "di", listing="l1")
    assert "markets.bid_binds" in story.refused(LeaveListing, "ann", listing="l1")


def test_a_seller_is_bound_once_bids_stand() -> None:
    story = listed()
    assert "not_your_listing" in story.refused(CancelListing, "ann", listing="l1", reason="spite")
    story.enter("ann")
    story.to(25)
    story.bid("ann", 10_000)
    text = story.refused(CancelListing, "district", listing="l1", reason="too low")
    assert text.startswith("markets.bids_stand: bids stand in l1: its seller is bound")
    story.ask(CancelListing, EXCHANGE, listing="l1", reason="the plan was changed")
    assert story.listing().reason == "cancelled: the plan was changed"
    assert story.total() == 3 * MONEY
    assert "bidding_is_over" in story.refused(PlaceBid, "ann", listing="l1", price=20_000)


def test_only_winners_pay_and_only_with_what_they_have() -> None:
    story = listed()
    story.enter()
    story.to(25)
    assert story.refused(PayAward, "ann", listing="l1").startswith(
        "markets.nothing_to_pay: ann has"
    )
    story.bid("ann", 2 * MONEY)
    story.to(40)
    assert "nothing_to_pay" in story.refused(PayAward, "bo", listing="l1")
    assert "ledger.insufficient" in story.refused(PayAward, "ann", listing="l1")


def test_sealed_bids_come_sealed_and_are_opened_as_they_were() -> None:
    """S1-22: what is opened too early, or is another bid, is not even recorded."""
    story = listed("sealed_bids")
    story.enter()
    assert "bids_come_sealed" in story.refused(PlaceBid, "ann", listing="l1", price=20_000)
    assert "one_sealed_item" in story.refused(SealBid, "ann", listing="l1")
    table = Columns.of(price=[77_777], quantity=[1])
    story.seal("ann", (77_777, 1))

    def try_to_open(actor: str = "ann", party: str = "ann", bid: Columns = table) -> str:
        command = OpenSealedBid(
            actor=actor, key=story.key(), listing="l1", party=party, salt=bytes(32), bid=bid
        )
        return refused(lambda: story.venue.submit(command))

    size = story.venue.store.size
    assert try_to_open().startswith("markets.nothing_is_opened: nothing of l1 is opened now: it is")
    assert story.venue.store.size == size
    story.to(20)
    story.tick()
    size = story.venue.store.size
    assert try_to_open().startswith("markets.not_what_was_committed: this bid with this salt is")
    assert try_to_open("bo").startswith("markets.not_your_bid")
    assert try_to_open("bo", "bo").startswith("markets.no_sealed_bid")
    assert story.venue.store.size == size


def test_terms_are_told_as_they_were_sealed_and_once() -> None:
    story = listed("second_price", reserve=10_100)
    story.enter()
    story.seal("ann", (20_000, 1))
    story.seal("bo", (21_000, 1))
    story.to(20)
    story.tick()

    def tell(item: str, value: str) -> str:
        command = RevealTerm(
            actor="district",
            key=story.key(),
            listing="l1",
            item=item,
            salt=bytes(32),
            value=value,
        )
        return refused(lambda: story.venue.submit(command))

    assert tell("seed", SEED).startswith("markets.nothing_committed: listing l1 was announced with")
    assert tell("reserve", "9").startswith("markets.not_what_was_committed: this reserve with this")
    answers = open_listing(story.venue, "l1")
    assert all(answer.is_accepted for answer in answers.values())
    assert tell("reserve", "9").startswith("markets.nothing_is_opened")


def test_a_reserve_told_twice_or_that_is_none_is_refused() -> None:
    for value, said in ((10_100, "markets.told_already"), ("plenty", "markets.bad_revealed")):
        story = listed("second_price", reserve=value)
        story.enter()
        story.seal("ann", (20_000, 1))
        story.to(20)
        story.tick()
        first = open_listing_term(story)
        again = open_listing_term(story)
        assert said in f"{first} {again}"


def refusals_of(answers: dict[str, Receipt | Refusal]) -> dict[str, str]:
    """What each opening was refused with; "None" where it was not."""
    return {
        name: str(answer.refusal if isinstance(answer, Receipt) else answer)
        for name, answer in answers.items()
    }


def open_listing_term(story: ListingStory) -> str:
    """Reveal the reserve alone with its salt; what was said against it, or nothing."""
    term = story.listing().head.reserve
    assert term is not None
    sequence = story.venue.entry_of(term.actor, term.key)
    assert sequence is not None
    opened = story.venue.open_sealed(sequence, "reserve")
    command = RevealTerm(
        actor="district",
        key=story.key(),
        listing="l1",
        item="reserve",
        salt=opened.salt,
        value=str(opened.value),
    )
    try:
        return str(story.venue.submit(command).refusal or "")
    except Refusal as refusal:
        return str(refusal)


def test_a_sealed_table_that_is_no_bid_is_refused_and_stays_out() -> None:
    story = listed("sealed_bids")
    story.enter()
    for party, rows in (("ann", ((20_000, 1), (21_000, 1))), ("bo", ((20_000, 2),))):
        story.seal(party, *rows)
    story.to(20)
    story.tick()
    answers = open_listing(story.venue, "l1")
    told = list(refusals_of(answers).values())
    assert told[0].startswith("markets.bad_bid_table: this is not the table of a bid for l1")
    assert told[1].startswith("markets.bad_bid: this is not a bid for l1")
    story.to(30)
    story.tick()
    assert story.listing().reason == "no_bids"


def test_points_that_do_not_count_are_refused() -> None:
    story = ListingStory()
    for name in ("eva", "udo"):
        story.party(name, ())
    card = (Criterion(name="plan", weight="1/2"),)
    story.list_right("land_tender", criteria=card, price_weight="1/2", evaluators=("eva", "udo"))
    story.enter("ann")

    def score(actor: str, party: str = "ann", criterion: str = "plan", points: int = 5) -> str:
        table = Columns.of(party=[party], criterion=[criterion], points=[points])
        return story.refused(ScoreBids, actor, listing="l1", points=table)

    assert score("eva").startswith(
        "markets.not_scoring: listing l1 is bidding: no points are given"
    )
    story.seal("ann", (20_000, 1))
    story.to(20)
    story.tick()
    open_listing(story.venue, "l1")
    assert score("bo").startswith("markets.no_evaluator: bo was not announced as an evaluator")
    assert score("eva", party="bo").endswith(
        "that party has no bid; give one score an evaluator, bidder and criterion, within the "
        "points of the scorecard"
    )
    assert "there is no criterion looks" in score("eva", criterion="looks")
    assert "points go from 0 to 100" in score("eva", points=101)
    wrong = Columns.of(party=["ann"], points=[1])
    text = story.refused(ScoreBids, "eva", listing="l1", points=wrong)
    assert text.startswith("markets.bad_points_table: this is not a table of points")


def test_no_more_is_taken_from_a_clock_than_is_left() -> None:
    story = listed("falling_clock", price=50, lots=100, ends=0, clock_from=100, clock_step=10)
    story.enter()
    story.bid("ann", 100, 60)
    text = story.refused(PlaceBid, "bo", listing="l1", price=100, quantity=41)
    assert text.startswith("markets.not_so_many_left: 40 lots of l1 are left")
    assert "bid_binds" in story.refused(LeaveListing, "ann", listing="l1")
    story.clock.forward(6 * MINUTE)
    assert "bidding_is_over" in story.refused(PlaceBid, "bo", listing="l1", price=100, quantity=1)
    assert {d.party: d.lots for d in story.listing().dues.values()} == {"ann": 60}


def test_a_listing_takes_only_what_it_can_be_cleared_with() -> None:
    story = listed("allowance_auction", price=0, lots=15_000, deposit_minor=0, seed=SEED)
    story.enter()
    story.seal("ann", *((2**44, 15_000) for _ in range(100)))
    story.seal("bo", (1, 1))
    story.to(20)
    story.tick()
    answers = open_listing(story.venue, "l1")
    told = refusals_of(answers)
    assert told["bid/ann"].startswith("markets.listing_is_full")
    assert told["bid/bo"] == "None"


def test_only_reserve_and_seed_are_sealed_with_an_announcement() -> None:
    story = ListingStory()
    begins = story.clock() + 20 * DAY
    command = OpenListing(
        actor="district",
        key="k",
        listing="l1",
        right="p1",
        terms="land_listing",
        price=1,
        begins=begins,
        ends=begins + 20 * DAY,
    )
    receipt = story.venue.submit(command, sealed={"colour": "red"})
    assert "only the items reserve and seed are sealed with it" in str(receipt.refusal)

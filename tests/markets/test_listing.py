"""Listings through the journal: deposits, bids in time, sealed terms, payment, default."""

import pytest

from tests.markets.listings import BIDDERS, MONEY, SEED, ListingStory
from tests.stories import EXCHANGE, MINISTRY, REGISTRY, WATCH
from yaosu.access.commands import LeaveMarket, SuspendAdmission
from yaosu.core import state_hash
from yaosu.door import Venue
from yaosu.engine.clock import StepClock
from yaosu.engine.recovery import events_of
from yaosu.engine.replay import replay
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns
from yaosu.kernel.instant import DAY, MINUTE
from yaosu.kernel.refusal import Refusal
from yaosu.markets.commands import CancelListing, PlaceBid, ScoreBids
from yaosu.markets.events import AwardForfeited, ListingCleared, ListingEnded
from yaosu.markets.listing import decide_place_bid
from yaosu.markets.listing_book import network_of, orders_of, parameters_of
from yaosu.markets.mechanisms import verify_clearing
from yaosu.markets.mechanisms.listing_parameters import Criterion
from yaosu.parties.commands import EraseKey
from yaosu.rights.commands import FreezeRight, PledgeRight
from yaosu.settlement.commands import RecordWithdrawal
from yaosu.workers.listing import open_listing

DEPOSIT = 2_000  # 20 percent of the starting price


@pytest.fixture
def story() -> ListingStory:
    return ListingStory()


def last_of(story: ListingStory, kind: type) -> object:
    found = [
        event
        for entry in story.venue.store.read(0)
        for event in events_of(entry)
        if isinstance(event, kind)
    ]
    return found[-1]


def written(story: ListingStory, **fields: object) -> None:
    """All enter; ann and bo bid in writing."""
    story.list_right(**fields)
    story.enter()
    story.to(25)
    story.bid("ann", 10_000)
    story.bid("bo", 10_500)


def test_a_parcel_goes_from_listing_to_title(story: ListingStory) -> None:
    """S0-06, S0-63: announced, deposits, written bids, on site, reserve told, paid, title moved:
    one journal that verifies, audits and replays."""
    written(story, reserve=10_800)
    assert story.held("ann") == DEPOSIT
    story.to(40)
    story.bid("ann", 10_700)
    story.to(40, 3)
    story.bid("bo", 11_000)
    story.to(40, 9)
    assert story.tick() == 1
    assert story.listing().phase == "opening"
    assert all(answer.is_accepted for answer in open_listing(story.venue, "l1").values())
    assert story.listing().phase == "awarded"
    assert [story.held(name) for name in BIDDERS] == [0, DEPOSIT, 0]
    story.pay("bo")
    assert story.listing().phase == "ended"
    assert story.venue.state.rights.rights["p1"].holder == "bo"
    assert story.lots("bo", "unit-p1") == 15_000
    assert story.money("bo") == MONEY - 11_000
    assert story.money("district") == 11_000
    listing = story.listing()
    assert listing.clearing is not None
    verify_clearing(
        orders_of(listing), network_of(listing.head), listing.clearing, parameters_of(listing)
    )
    assert story.venue.audit().is_clean
    assert story.venue.verify().secrets.missing == 0
    again = Venue(story.venue.store, StepClock(story.clock()))
    assert state_hash(again.state) == state_hash(story.venue.state)
    replayed = replay(story.venue.store, [])
    assert not replayed.divergences


def test_the_same_happens_whatever_the_tick() -> None:
    """Bids at the same instants end the same, looked at every minute or never."""

    def told(minutes: int) -> tuple[object, ...]:
        story = ListingStory()
        written(story)
        for day, minute, party, price in (
            (39, 1439, "ann", 10_600),
            (40, 4, "bo", 10_700),
            (40, 8, "ann", 10_900),
        ):
            aim = story.start + day * DAY + minute * MINUTE
            while minutes and story.clock() + minutes * MINUTE < aim and day == 40:
                story.clock.forward(minutes * MINUTE)
                story.tick()
            story.clock.forward(aim - story.clock())
            story.bid(party, price)
        story.clock.forward(DAY)
        story.tick()
        listing = story.listing()
        assert listing.clearing is not None
        return listing.until, listing.dues, listing.clearing, story.money("bo")

    assert told(0) == told(1) == told(3)


def test_who_bids_too_late_is_told_so_and_gains_nothing(story: ListingStory) -> None:
    """S2-26: at the very instant of the end it is over."""
    written(story)
    story.to(40, 5)
    text = story.refused(type_of("PlaceBid"), "ann", listing="l1", price=99_000)
    assert text.startswith("markets.bidding_is_over: no more bids come for l1: it is awarded")
    assert story.listing().dues["bo"].price_minor == 10_500


def type_of(name: str) -> type:
    from yaosu.markets import commands

    kind: type = getattr(commands, name)
    return kind


def test_a_reserve_that_is_not_reached_or_not_told(story: ListingStory) -> None:
    """Not reached: unsold, all deposits back. Not told in time: there is none, and the highest bid
    wins, so that hiding it gains the seller nothing."""
    written(story, reserve=10_501)
    story.to(40, 5)
    story.tick()
    open_listing(story.venue, "l1")
    assert story.listing().reason == "reserve_not_reached"
    assert [story.money(name) for name in BIDDERS] == [MONEY] * 3
    assert story.lots("district", "unit-p1") == 15_000
    hidden = ListingStory()
    written(hidden, reserve=10_501)
    hidden.to(42)
    hidden.tick()
    assert hidden.listing().dues["bo"].price_minor == 10_500


def test_a_winner_who_does_not_pay_loses_its_deposit_to_whom_the_terms_say() -> None:
    """The second bidder is asked at its own bid; then the listing ends (S0-63)."""
    story = ListingStory()
    story.list_right("land_auction", ends=story.clock() + 30 * DAY)
    story.enter()
    story.to(25)
    for party, price in (("ann", 10_000), ("bo", 10_500), ("cy", 20_000)):
        story.bid(party, price)
    story.ask(RecordWithdrawal, EXCHANGE, party="cy", currency="CNY", amount_minor=MONEY - DEPOSIT)
    story.to(30)
    story.tick()
    assert [story.held(name) for name in BIDDERS] == [0, DEPOSIT, DEPOSIT]
    story.to(90)
    story.tick()
    forfeited = last_of(story, AwardForfeited)
    assert isinstance(forfeited, AwardForfeited)
    assert (forfeited.to, forfeited.deposit_minor) == ("district", DEPOSIT)
    assert story.money("district") == DEPOSIT
    assert story.listing().dues["bo"].price_minor == 10_500
    story.to(150)
    story.tick()  # bo has the money free, and pays when its time is over
    assert story.venue.state.rights.rights["p1"].holder == "bo"
    assert story.money("district") == DEPOSIT + 10_500
    assert story.total() == 2 * MONEY + DEPOSIT


def test_too_few_bidders_and_nothing_is_sold() -> None:
    story = ListingStory()
    story.list_right("land_auction")
    story.enter("ann", "bo")
    story.to(25)
    story.bid("ann", 10_000)
    story.bid("bo", 10_500)
    story.to(41)
    story.tick()
    assert story.listing().reason == "too_few_bidders"
    assert story.total() == 3 * MONEY


def test_a_bid_near_the_end_puts_it_off_through_the_journal() -> None:
    story = ListingStory()
    story.list_right("land_auction")
    story.enter()
    story.to(40, -5)
    story.bid("ann", 10_000)
    story.to(40, -1)
    story.bid("bo", 10_100)
    story.to(40, 3)
    story.bid("cy", 10_200)
    assert story.listing().until == story.clock() + 5 * MINUTE
    story.clock.forward(5 * MINUTE)
    story.tick()
    (due,) = story.listing().dues.values()
    assert (due.party, due.price_minor) == ("cy", 10_200)


def test_allowances_are_auctioned_at_one_price_with_a_committed_seed() -> None:
    """S2-26: sealed bids, ties by the seed that was sealed before and told after, unsold
    and cancelled volume carried over."""
    story = ListingStory(factor="carbon")
    terms = {"price": 50, "lots": 1_000, "deposit_minor": 5_000, "series": "eua"}
    story.list_right("allowance_auction", **terms, seed=SEED)
    story.enter()
    story.seal("ann", (80, 300), (60, 100))
    story.seal("bo", (75, 500))
    story.seal("cy", (75, 500))
    story.to(20)
    story.tick()
    answers = open_listing(story.venue, "l1")
    assert list(answers) == ["seed", "bid/ann", "bid/bo", "bid/cy"]
    assert all(answer.is_accepted for answer in answers.values())
    dues = story.listing().dues
    assert sorted((due.lots, due.price_minor) for due in dues.values()) == [
        (200, 200 * 75),
        (300, 300 * 75),
        (500, 500 * 75),
    ]
    for name in BIDDERS:
        story.pay(name)
    assert sum(story.lots(name, "unit-p1") for name in BIDDERS) == 1_000
    assert story.lots("district", "unit-p1") == 14_000
    assert story.total() == 3 * MONEY
    assert story.venue.audit().is_clean


def test_unsold_volume_is_carried_over_to_the_next_rounds() -> None:
    """Demand is short: cancelled; a quarter goes to each of the next four, none over 125 %."""
    story = ListingStory(factor="carbon")
    terms = {"price": 50, "lots": 1_000, "deposit_minor": 0, "series": "eua"}
    story.list_right("allowance_auction", **terms, seed=SEED)
    story.enter("ann")
    story.seal("ann", (80, 300))
    story.to(20)
    story.tick()
    open_listing(story.venue, "l1")
    ended = last_of(story, ListingEnded)
    assert isinstance(ended, ListingEnded)
    assert (ended.reason, ended.unsold, ended.carried) == ("short", 1_000, (250,) * 4)
    story.list_right("allowance_auction", **terms, listing="l2", seed=SEED)
    assert (story.listing("l2").head.lots, story.listing("l2").head.carried) == (1_250, 250)
    story.ask(CancelListing, EXCHANGE, listing="l2", reason="a fault in the notice")
    series = story.venue.state.markets.listings.series["eua"]
    assert series == [250 + 313, 250 + 313, 250 + 312, 312]
    story.list_right("allowance_auction", **terms, listing="l3", seed=SEED)
    assert (story.listing("l3").head.carried, story.listing("l3").head.dropped) == (250, 313)


def test_a_seed_that_is_not_told_sells_nothing() -> None:
    """Who knows the seed cannot choose between two draws by keeping it back."""
    story = ListingStory(factor="carbon")
    story.list_right("allowance_auction", price=50, lots=10, deposit_minor=7, seed=SEED)
    story.enter("ann")
    story.seal("ann", (80, 10))
    story.to(30)
    story.tick()
    assert story.listing().reason == "seed_not_told"
    assert story.listing().phase == "ended"
    assert story.total() == 3 * MONEY
    assert story.money(EXCHANGE) == 7  # ann's bid was not opened in time either


def test_a_falling_clock_sells_at_where_it_stands() -> None:
    story = ListingStory(factor="carbon")
    story.list_right("falling_clock", price=50, lots=100, ends=0, clock_from=100, clock_step=10)
    story.enter()
    story.clock.forward(2 * MINUTE)
    text = story.refused(type_of("PlaceBid"), "ann", listing="l1", price=79, quantity=60)
    assert text.startswith("markets.clock_stands_higher: the clock of l1 stands at 80")
    story.bid("ann", 90, 60)
    story.clock.forward(MINUTE)
    story.bid("bo", 70, 40)
    assert {d.party: d.price_minor for d in story.listing().dues.values()} == {
        "ann": 60 * 80,
        "bo": 40 * 70,
    }


def test_a_second_price_is_what_the_second_bid(story: ListingStory) -> None:
    story.list_right("second_price", reserve=10_100)
    story.enter()
    for party, price in (("ann", 30_000), ("bo", 20_000), ("cy", 10_000)):
        story.seal(party, (price, 1))
    story.seal("cy", (25_000, 1))  # in the place of the earlier one
    story.to(20)
    story.tick()
    open_listing(story.venue, "l1")
    assert story.listing().dues["ann"].price_minor == 25_000
    story.pay("ann")
    assert story.money("district") == 25_000


CARD = {
    "criteria": (
        Criterion(name="plan", weight="1/2", points_max=10),
        Criterion(name="energy", weight="1/5", points_max=10),
    ),
    "price_weight": "3/10",
    "evaluators": ("eva", "udo"),
}


def tender() -> ListingStory:
    story = ListingStory()
    for name in ("eva", "udo"):
        story.party(name, ())
    story.list_right("land_tender", **CARD)
    story.enter()
    for party, price in (("ann", 12_000), ("bo", 15_000), ("cy", 10_000)):
        story.seal(party, (price, 1))
    story.to(20)
    story.tick()
    open_listing(story.venue, "l1")
    assert story.listing().phase == "scoring"
    return story


def points(**given: tuple[int, int]) -> Columns:
    rows = [
        (p, c, n) for p, row in given.items() for c, n in zip(("plan", "energy"), row, strict=True)
    ]
    return Columns.of(
        party=[row[0] for row in rows],
        criterion=[row[1] for row in rows],
        points=[row[2] for row in rows],
    )


def test_a_tender_is_scored_by_four_eyes_and_won_by_its_scorecard() -> None:
    story = tender()
    story.ask(ScoreBids, "eva", listing="l1", points=points(ann=(9, 9), bo=(5, 5), cy=(8, 8)))
    story.ask(ScoreBids, "udo", listing="l1", points=points(ann=(1, 1), bo=(1, 1), cy=(1, 1)))
    story.ask(ScoreBids, "udo", listing="l1", points=points(ann=(9, 8), bo=(6, 6), cy=(9, 9)))
    story.to(35)
    story.tick()
    (due,) = story.listing().dues.values()
    assert (due.party, due.price_minor) == ("ann", 12_000)
    assert story.held("cy") == DEPOSIT  # second by points


def test_a_tender_without_all_scores_is_not_decided() -> None:
    story = tender()
    story.ask(ScoreBids, "eva", listing="l1", points=points(ann=(9, 9), bo=(5, 5), cy=(8, 8)))
    story.to(35)
    story.tick()
    assert story.listing().reason == "scores_missing"
    assert story.total() == 3 * MONEY


def test_a_suspended_bidder_keeps_its_deposit_unless_the_terms_say_otherwise() -> None:
    """A suspension that kept it from opening is not its fault."""
    for rule, lost in (("return", 0), ("forfeit", 1_000)):
        story = ListingStory()
        if rule == "forfeit":
            story.other_terms(suspended=rule)
        story.list_right("sealed_bids")
        story.enter()
        for party in ("ann", "bo"):
            story.seal(party, (12_000, 1))
        bidder = {"party": "ann", "factor": "land", "role": "bidder"}
        story.to(20, 10)
        story.tick()
        story.ask(SuspendAdmission, WATCH, **bidder, reason="a check", until=story.clock() + DAY)
        story.to(25)
        story.tick()
        assert story.money("ann") == MONEY - lost
        assert story.money("bo") == MONEY - 1_000  # not suspended: its bid was simply not opened


def test_a_frozen_right_is_no_longer_offered(story: ListingStory) -> None:
    """S0-49: the entry that ended it is named; deposits and lots are free."""
    written(story)
    story.ask(FreezeRight, REGISTRY, entry="court-1", right="p1", reason="a suit")
    assert story.listing().reason == "register entry court-1"
    assert story.total() == 3 * MONEY
    assert story.lots("district", "unit-p1") == 15_000


def test_nobody_leaves_the_market_with_a_deposit_in_a_listing(story: ListingStory) -> None:
    written(story)
    assert "listing l1" in story.refused(LeaveMarket, "ann", factor="land")
    assert "listing l1" in story.refused(LeaveMarket, "district", factor="land")
    story.leave("ann")
    assert story.money("ann") == MONEY
    text = story.refused(type_of("LeaveListing"), "bo", listing="l1")
    assert text.startswith("markets.bid_binds: bo leads in l1")
    story.to(40)
    story.tick()
    assert story.listing().phase == "awarded"  # one stayed in: no on-site round
    assert story.listing().dues["bo"].price_minor == 10_500


def test_a_listing_that_is_cleared_stands_in_its_event(story: ListingStory) -> None:
    written(story)
    story.to(41)
    story.tick()
    cleared = last_of(story, ListingCleared)
    assert isinstance(cleared, ListingCleared)
    assert cleared.clearing == story.listing().clearing
    assert cleared.returned == ("ann", "cy")


def test_a_notice_and_a_fee_are_as_the_terms_say() -> None:
    """S0-63: price to the seller, fee to the operator, title when the notice has passed."""
    story = ListingStory()
    story.other_terms(contract="notice", contract_days=5, fee_basis_points=125)
    written(story)
    story.to(41)
    story.tick()
    (due,) = story.listing().dues.values()
    assert (due.price_minor, due.fee_minor) == (10_500, 132)  # 1.25 percent, rounded up
    story.pay("bo")
    assert story.venue.state.rights.rights["p1"].holder == "district"
    assert story.venue.state.reserved_lots("p1") == 15_000
    assert "contract" in story.refused(LeaveMarket, "bo", factor="land")
    story.to(47)
    story.tick()
    assert story.venue.state.rights.rights["p1"].holder == "bo"
    assert (story.money("district"), story.money(EXCHANGE)) == (10_500, 132)
    assert story.total() == 3 * MONEY
    assert not replay(story.venue.store, []).divergences


def test_a_right_frozen_or_run_out_before_payment_is_not_sold(story: ListingStory) -> None:
    written(story)
    story.to(41)
    story.tick()
    story.ask(FreezeRight, REGISTRY, entry="court-1", right="p1", reason="a suit")
    assert story.listing().reason == "register entry court-1"
    assert story.total() == 3 * MONEY
    late = ListingStory()
    late.list_right(ends=late.clock() + 340 * DAY)
    late.enter("ann")
    late.to(25)
    late.bid("ann", 10_000)
    late.to(366)
    assert "markets.right_expired" in late.refused(type_of("PayAward"), "ann", listing="l1")
    late.to(410)
    late.tick()
    assert late.listing().reason == "right_over"
    assert late.total() == 3 * MONEY


def test_two_listings_due_at_the_same_instant_take_the_same_money_once() -> None:
    """One party wins both and has money for one: the other is not paid, and nothing is short."""
    story = ListingStory(factor="carbon")
    clock = {"price": 50, "lots": 100, "ends": 0, "clock_from": 8_000, "clock_step": 10}
    for name in ("l1", "l2"):
        story.list_right("falling_clock", **clock, listing=name)
        story.enter("ann", listing=name)
        story.ask(type_of("PlaceBid"), "ann", listing=name, price=8_000, quantity=100)
    story.to(10)
    story.tick()
    reasons = [story.listing(name).reason for name in ("l1", "l2")]
    assert reasons == ["sold", "not_paid"]
    assert story.lots("ann", "unit-p1") == 100
    assert story.money("ann") == MONEY - 800_000
    assert story.venue.audit().is_clean


def test_a_key_that_a_listing_waits_for_is_not_erased() -> None:
    """S1-22: a bid or a reserve cannot be made unreadable before it is opened."""
    story = ListingStory()
    story.list_right("sealed_bids", reserve=10_500)
    story.enter("ann")
    story.seal("ann", (11_000, 1))
    words = {"reason": "x", "legal_basis": "y"}
    for actor, key, what in (
        ("ann", "listing/l1/ann", "sealed bid l1/ann"),
        (MINISTRY, "listing/l1", "sealed reserve of l1"),
    ):
        text = story.refused(EraseKey, actor, data_key=key, **words)
        assert text.startswith(f"parties.key_needed: the key {key} is needed still: {what}")
    story.leave("ann")
    story.ask(EraseKey, "ann", data_key="listing/l1/ann", **words)
    story.to(30)
    story.tick()
    assert story.listing().reason == "no_bids"


@pytest.mark.parametrize("terms", ["sealed_bids", "second_price"])
def test_two_sealed_bids_cannot_be_told_apart_before_they_are_opened(terms: str) -> None:
    """S1-22: state and books are equal but for digests, whatever was bid."""

    def traces(price: int) -> bytes:
        story = ListingStory()
        story.list_right(terms)
        story.enter("ann")
        story.seal("ann", (price, 1))
        bid = story.listing().sealed["ann"]
        plain = canonical.encode(story.venue.state.markets.listings)
        return plain.replace(bid.hash_commitment, b"?" * 32)

    assert traces(11_111) == traces(99_999)


def test_a_listing_waits_for_its_reserve_though_all_bids_are_open() -> None:
    story = ListingStory()
    story.list_right("sealed_bids", reserve=15_000)
    story.enter("ann", "bo")
    for party, price in (("ann", 12_000), ("bo", 11_000)):
        story.seal(party, (price, 1))
    story.to(20)
    story.tick()
    for party, price in (("ann", 12_000), ("bo", 11_000)):
        bid = story.listing().sealed[party]
        sequence = story.venue.entry_of(bid.actor, bid.key)
        assert sequence is not None
        salt = story.venue.open_sealed(sequence, "bid").salt
        table = Columns.of(price=[price], quantity=[1])
        story.ask(type_of("OpenSealedBid"), party, listing="l1", party=party, salt=salt, bid=table)
    assert story.listing().phase == "opening"
    open_listing(story.venue, "l1")
    assert story.listing().reason == "reserve_not_reached"


def test_the_second_bidder_is_asked_once_and_then_the_listing_ends() -> None:
    story = ListingStory()
    story.list_right("land_auction")
    story.enter()
    story.to(25)
    for party, price in (("ann", 10_000), ("bo", 10_500), ("cy", 20_000)):
        story.bid(party, price)
        out = {"party": party, "currency": "CNY", "amount_minor": MONEY - DEPOSIT}
        story.ask(RecordWithdrawal, EXCHANGE, **out)
    story.to(170)
    story.tick()
    assert story.listing().reason == "not_paid"
    assert story.money("district") == 2 * DEPOSIT
    assert story.money("ann") == DEPOSIT
    assert story.lots("district", "unit-p1") == 15_000


def test_a_seller_cannot_pledge_its_way_out_of_an_award(story: ListingStory) -> None:
    written(story)
    story.to(41)
    story.tick()
    story.try_to(PledgeRight, "district", entry="pledge-1", right="p1", creditor="cy")
    assert story.listing().phase == "awarded"
    story.pay("bo")
    assert story.venue.state.rights.rights["p1"].holder == "bo"


def test_a_bid_at_the_end_is_refused_even_before_time_was_let_pass(story: ListingStory) -> None:
    """Whoever decides holds it against the end, and not the writer alone (S2-26)."""
    written(story)
    state = story.venue.state
    state.now = story.listing().until
    command = PlaceBid(actor="ann", key="late", listing="l1", price=99_000)
    with pytest.raises(Refusal, match=r"markets\.bidding_is_over"):
        decide_place_bid(state, command)

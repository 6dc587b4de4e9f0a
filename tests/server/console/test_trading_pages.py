"""What the pages of every mechanism show, as values and in words: no server and no browser."""

import re
from typing import Any

import pytest

from tests.markets.listings import ListingStory
from tests.markets.test_matching import SEED
from tests.server.every_mechanism import FACTORS, adopt_posts, open_every_mechanism
from tests.stories import EXCHANGE, Story
from yaosu.engine.recovery import events_of
from yaosu.kernel.columns import Columns
from yaosu.markets.commands import AcceptTerms, CloseBook, HaltTrading, PlaceBid, SubmitOrders
from yaosu.markets.trading_terms import ContinuousTerms, ReferencePrice
from yaosu.server.console.names import Names
from yaosu.server.console.pages.continuous import Indicated, continuous_page
from yaosu.server.console.pages.credit import credit_page, own_credit
from yaosu.server.console.pages.deals import deals_page, own_deals
from yaosu.server.console.pages.desk import desk_page
from yaosu.server.console.pages.listing import listing_page, listings_page, own_listing
from yaosu.server.console.pages.market import market_page
from yaosu.server.console.pages.matching import matching_page, own_matching
from yaosu.server.console.pages.orders import own_in
from yaosu.server.console.pages.posted import own_posted, posted_page
from yaosu.server.console.pages.preview import Shift, preview_of
from yaosu.server.console.pages.ticket import ticket_page
from yaosu.server.console.pages.today import today
from yaosu.server.console.record import Record
from yaosu.server.console.render import Look, render


class Watched:
    """A story, and a reader's record of it."""

    def __init__(self, story: Story) -> None:
        self.story = story

    @property
    def record(self) -> Record:
        record = Record()
        for entry in self.story.venue.store.read():
            record.take(entry, events_of(entry))
        return record

    @property
    def state(self) -> Any:
        return self.story.venue.state

    def names(self, language: str = "en") -> Names:
        return Names(self.state, language)

    def market(self, name: str) -> Any:
        return self.state.markets.markets[name]

    def said(self, template: str, page: Any, own: Any = None, language: str = "en") -> str:
        """A page in words, without its marks; the whole of it was rendered."""
        html = render(
            template,
            page,
            Look(language=language),
            here="today",
            login="anna",
            mark="m",
            own=own,
            size=7,
            instant=self.state.now,
        )
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.fixture
def trading() -> Watched:
    """A continuous market with a band, and two people who may trade in it."""
    story = Story().found(["compute"])
    for name in ("anna", "bert"):
        story.party(name, money=10_000_000)
        story.right(f"gpu-{name}", name, 1_000, instrument="gpu")
    terms = ContinuousTerms(
        static_band=2_000, references=(ReferencePrice(instrument="gpu", price=1_000),)
    )
    story.market("live", mechanism="continuous", clear_at_close=False, continuous=terms)
    return Watched(story)


@pytest.fixture(scope="module")
def every() -> Watched:
    """A market of each mechanism."""
    story = Story().found(["compute", "capital"])
    adopt_posts(story)
    for name in ("anna", "bert"):
        story.party(name, FACTORS, money=1_000_000_000)
        story.right(f"gpu-{name}", name, 1_000, instrument="gpu")
    open_every_mechanism(story)
    return Watched(story)


def test_a_book_is_shown_price_by_price_with_what_traded(trading: Watched) -> None:
    story = trading.story
    story.order("bert", -1, 1_020, 10, market="live", right="gpu-bert")
    story.order("bert", -1, 1_020, 5, market="live", right="gpu-bert")
    story.order("anna", 1, 980, 7, market="live")
    story.order("anna", 1, 1_020, 4, market="live")
    page = continuous_page(trading.state, trading.record, trading.names(), "live", "", "")
    assert [(r.price, r.lots, r.orders, r.depth) for r in page.sells] == [(1_020, 11, 2, 11)]
    assert [(r.price, r.lots) for r in page.buys] == [(980, 7)]
    assert (page.last, page.change, page.spread, page.band) == (1_020, 20, 40, (800, 1_200))
    assert [(t.price, t.lots, t.taker) for t in page.trades] == [(1_020, 4, 1)]
    own = own_in(trading.state, trading.names(), "live", ("anna",))
    assert [(row.price, row.lots, row.kind, row.life) for row in own.orders] == [
        (980, 7, "limit", "gtc")
    ]
    text = trading.said("continuous.html", page, own)
    for word in ("10.20", "9.80", "8.00 – 12.00", "Your orders here", "Replace", "Take back"):
        assert word in text


def test_a_halted_book_says_so_and_indicates_the_auction(trading: Watched) -> None:
    story = trading.story
    story.order("bert", -1, 990, 10, market="live", right="gpu-bert")
    story.ask(HaltTrading, EXCHANGE, market="live", reason="a test")
    page = continuous_page(trading.state, trading.record, trading.names(), "live", "gpu", "east")
    assert page.book_phase == "halted"
    assert "Trading is halted" in trading.said("continuous.html", page)
    assert "停牌中" in trading.said("continuous.html", page, language="zh")


def test_an_auction_is_indicated_by_its_own_rule() -> None:
    story = Story().found(["compute"])
    for name in ("anna", "bert"):
        story.party(name, money=10_000_000)
        story.right(f"gpu-{name}", name, 1_000, instrument="gpu")
    terms = ContinuousTerms(first_phase="pre_open")
    story.market("live", mechanism="continuous", clear_at_close=False, continuous=terms)
    story.order("anna", 1, 1_100, 8, market="live")
    story.order("bert", -1, 900, 5, market="live", right="gpu-bert")
    seen = Watched(story)
    page = continuous_page(seen.state, seen.record, seen.names(), "live", "gpu", "east")
    assert page.indicated == Indicated(1_100, 5, 3)
    assert "3 lots wanted" in seen.said("continuous.html", page)


def test_a_preview_says_what_would_be_held_and_traded_and_changes_nothing(trading: Watched) -> None:
    story, state = trading.story, trading.state
    story.order("bert", -1, 1_020, 10, market="live", right="gpu-bert")
    before = state.now, state.cause, story.venue.size
    order = Columns.of(instrument=["gpu"], region=["east"], side=[1], price=[1_030], quantity=[4])
    asked = SubmitOrders(actor="anna", key="p", market="live", batch="p", orders=order)
    found = preview_of(state, asked, state.now + 5)
    assert found.refusal is None
    assert (found.lots, found.value_minor) == (4, 4_080)
    assert Shift("CNY", "free", -4_120, True) in found.shifts
    assert (state.now, state.cause, story.venue.size) == before
    dear = Columns.of(
        instrument=["gpu"], region=["east"], side=[1], price=[1_100], quantity=[10**7]
    )
    refused = preview_of(
        state, SubmitOrders(actor="anna", key="p", market="live", batch="p", orders=dear), state.now
    )
    assert refused.refusal is not None
    live = state.markets.markets["live"].session.live
    assert all(book.is_sure for book in live.values())  # nothing has to be made anew
    story.order("anna", 1, 1_020, 10, market="live")  # the book trades as if nothing was tried
    page = continuous_page(state, trading.record, trading.names(), "live", "gpu", "east")
    assert (page.sells, page.buys, page.traded) == ((), (), 10)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_posted_prices_tell_the_tariff_and_what_is_left(every: Watched, language: str) -> None:
    market, names = every.market("tariff"), every.names(language)
    page = posted_page(every.state, every.record, names, market)
    assert (page.permitted, page.left) == (1_050_000, 1_050_000 - page.earned)
    assert [(row.begin, row.price) for row in page.tariff] == [(0, 500), (50, 400)]
    assert page.offers[0].lots == 300
    own = own_posted(every.state, names, market, ("anna",))
    assert own.tickets[0].command == "markets.accept_terms"
    asked = AcceptTerms(
        actor="anna", key="p", market="tariff", instrument="gpu", region="east", lots=60
    )
    assert preview_of(every.state, asked, every.state.now).value_minor == 50 * 500 + 10 * 400
    assert "5.00" in every.said("posted.html", page, own, language)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_proposal_is_shown_to_its_two_sides_alone(every: Watched, language: str) -> None:
    market, names = every.market("table"), every.names(language)
    page = deals_page(every.state, every.record, names, market)
    mine = own_deals(every.state, names, market, ("anna",))
    assert [(row.other, row.is_mine, row.buys, row.price) for row in mine.rows] == [
        ("bert", False, True, 1_010)
    ]
    assert [act.name for act in mine.rows[0].acts] == ["confirm_deal", "withdraw_deal"]
    assert [act.name for act in own_deals(every.state, names, market, ("bert",)).rows[0].acts] == [
        "withdraw_deal"
    ]
    assert own_deals(every.state, names, market, ("watch",)).rows == ()
    assert "10.10" in every.said("deals.html", page, mine, language)
    assert "10.10" not in every.said("deals.html", page, None, language)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_requests_for_loans_count_offers_and_show_ones_own(every: Watched, language: str) -> None:
    market, names = every.market("loans"), every.names(language)
    page = credit_page(every.state, names, market)
    assert [(row.request, row.amount, row.rate_max, row.offers) for row in page.rows] == [
        ("request-1", 5_000_000, 600, 1)
    ]
    mine = own_credit(every.state, names, market, ("anna",))
    assert [(row.amount, row.rate, row.is_offer) for row in mine.rows] == [(1_000_000, 450, True)]
    assert [act.name for act in mine.tickets] == ["lend", "borrow"]
    assert "4.50" in every.said("credit.html", page, mine, language)
    assert "4.50" not in every.said("credit.html", page, None, language)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_choices_are_seen_by_who_made_them_and_places_by_all(language: str) -> None:
    story = Story().found(["compute", "capital"])
    adopt_posts(story)
    for name in ("anna", "bert"):
        story.party(name, FACTORS, money=1_000_000_000)
    open_every_mechanism(story)
    seen, names = Watched(story), None
    choices = Columns.of(
        instrument=["school", "lab"], region=["east"] * 2, side=[1, 1], rank=[1, 2]
    )
    story.ask(SubmitOrders, "anna", market="places", batch="mine", orders=choices)
    market, names, store = seen.market("places"), seen.names(language), story.venue.store
    page = matching_page(seen.state, seen.record, store, names, market)
    own = own_matching(seen.state, seen.record, store, names, market, ("anna",))
    assert page.people == 1
    assert [(row.instrument, row.seats) for row in page.posts] == [("lab", 2), ("school", 1)]
    assert [(one.rank, one.post.split(" ")[0]) for one in own.choices] == [
        (1, "school"),
        (2, "lab"),
    ]
    assert own.tickets == ()  # filed already
    story.ask(CloseBook, EXCHANGE, market="places", seed=SEED)
    market = seen.market("places")
    page = matching_page(seen.state, seen.record, store, names, market)
    own = own_matching(seen.state, seen.record, store, names, market, ("anna",))
    assert (page.placed, page.took_part) == (1, 1)
    assert own.place.startswith("school")
    assert own.place_rank == 1
    assert "school" in seen.said("matching.html", page, own, language)


def test_a_market_of_packages_has_a_form_for_bundles(every: Watched) -> None:
    names = every.names()
    page = market_page(every.state, every.record, every.story.venue.store, names, "bundles")
    own = own_in(every.state, names, "bundles", ("anna",))
    assert [act.name for act in own.tickets] == ["bundle"]
    assert "Order a bundle" in every.said("market.html", page, own)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_listing_shows_bids_by_number_until_it_is_awarded(language: str) -> None:
    story = ListingStory()
    story.list_right("land_auction")
    story.enter()
    seen = Watched(story)
    story.to(21)
    for party, price in (("ann", 10_000), ("bo", 10_200), ("cy", 10_400), ("ann", 10_600)):
        story.bid(party, price)
    names = seen.names(language)
    page = listing_page(seen.state, names, "l1")
    assert (page.best, page.least, page.bidders) == (10_600, 10_700, 3)
    assert [(bid.number, bid.bidder, bid.leads) for bid in page.bids] == [
        (1, "", True), (3, "", False), (2, "", False), (1, "", False)
    ]  # fmt: skip
    assert "ann" not in seen.said("listing.html", page, None, language).split("district")[-1]
    own = own_listing(seen.state, names, "l1", ("ann",), "")
    assert own.leads
    assert [act.name for act in own.tickets] == ["bid", "leave"]
    low = PlaceBid(actor="bo", key="p", listing="l1", price=10_650)
    refused = preview_of(seen.state, low, seen.state.now)
    assert refused.refusal is not None
    assert listings_page(seen.state, names).rows[0].price == 10_600
    assert today(seen.state, seen.record, names).next[0].link == "/listings/l1"
    story.to(41)
    story.tick()
    page = listing_page(seen.state, names, "l1")
    assert [winner[0] for winner in page.winners] == ["ann"]
    own = own_listing(seen.state, names, "l1", ("ann",), "")
    assert [act.name for act in own.tickets] == ["pay_award"]
    desk = desk_page(seen.state, names, ("ann",))
    assert [(one.kind, one.amount, one.until > 0) for one in desk.due] == [("award", -10_600, True)]
    assert [one.listing for one in desk.bidding] == ["l1"]
    assert "106.00" in seen.said("desk.html", desk, None, language)
    assert "ann" in seen.said("listing.html", page, own, language)


def test_a_sealed_market_seals_its_ticket(trading: Watched) -> None:
    from yaosu.markets.terms import SealedTerms

    story = trading.story
    story.market("sealed", clear_at_close=False, sealed=SealedTerms(deposit_minor=500))
    page = ticket_page(trading.state, trading.names(), "sealed", ("anna",))
    assert (page.act.seal, page.act.command) == ("orders", "markets.submit_sealed_orders")
    assert page.deposit == 500
    assert "Bids come sealed here" in trading.said("ticket.html", page)
    plain = ticket_page(trading.state, trading.names(), "live", ("anna",), "", ("gpu", "west"))
    names = [field.name for field in plain.act.fields]
    assert names == ["side", "instrument", "region", "right", "type", "time_in_force", "price",
                     "stop", "expiry", "quantity"]  # fmt: skip

"""An English auction with soft close, step by step beside a model of five lines."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.markets.listings import BIDDERS, MONEY, ListingStory
from yaosu.kernel.instant import DAY, MINUTE
from yaosu.markets.commands import LeaveListing, PlaceBid
from yaosu.markets.listing_book import network_of, orders_of, parameters_of
from yaosu.markets.mechanisms import verify_clearing

START, STEP, SOFT = 10_000, 100, 5 * MINUTE
PARTY = st.sampled_from(BIDDERS)


class English(RuleBasedStateMachine):
    """Bids, departures and passing time near the end; the model knows who leads and until when."""

    @initialize()
    def announce(self) -> None:
        self.story = ListingStory()
        self.story.list_right("land_auction")
        self.story.enter()
        self.story.to(40, -9)
        self.ends = self.story.clock() + 9 * MINUTE
        self.bids: list[tuple[str, int]] = []
        self.gone: set[str] = set()

    @property
    def is_over(self) -> bool:
        return self.story.clock() >= self.ends

    @rule(seconds=st.sampled_from([1, 30, 60, 150, 299, 300]), looks=st.booleans())
    def wait(self, seconds: int, looks: bool) -> None:
        self.story.clock.forward(seconds * 1_000_000)
        if looks:
            self.story.tick()

    @rule(party=PARTY, above=st.sampled_from([-1, 0, 1, 250]))
    def bid(self, party: str, above: int) -> None:
        least = self.bids[-1][1] + STEP if self.bids else START
        receipt = self.story.try_to(PlaceBid, party, listing="l1", price=least + above)
        stands = not self.is_over and above >= 0 and party not in self.gone
        assert receipt.is_accepted == stands
        if stands:
            self.bids.append((party, least + above))
            if self.story.clock() >= self.ends - SOFT:
                self.ends = max(self.ends, self.story.clock() + SOFT)

    @precondition(lambda self: not self.is_over)
    @rule(party=PARTY)
    def leave(self, party: str) -> None:
        receipt = self.story.try_to(LeaveListing, party, listing="l1")
        leads = bool(self.bids) and self.bids[-1][0] == party
        assert receipt.is_accepted == (party not in self.gone and not leads)
        if receipt.is_accepted:
            self.gone.add(party)
            assert self.story.money(party) == MONEY

    @invariant()
    def no_money_is_made_or_lost(self) -> None:
        assert self.story.total() == len(BIDDERS) * MONEY

    def teardown(self) -> None:
        if not hasattr(self, "story"):
            return
        self.story.clock.forward(DAY)
        self.story.tick()
        listing = self.story.listing()
        assert listing.clearing is not None
        verify_clearing(
            orders_of(listing), network_of(listing.head), listing.clearing, parameters_of(listing)
        )
        (outcome,) = listing.clearing.details["outcome"].iterate()
        assert outcome["ends"] == self.ends
        stay = {party for party, _ in self.bids} - self.gone
        if len(stay) >= 3:
            (due,) = listing.dues.values()
            assert (due.party, due.price_minor) == self.bids[-1]
            self.story.pay(due.party)
            assert self.story.venue.state.rights.rights["p1"].holder == due.party
        else:
            assert listing.reason in ("no_bids", "too_few_bidders")
        assert not self.story.try_to(PlaceBid, "ann", listing="l1", price=MONEY).is_accepted
        assert self.story.venue.state.markets.listings.listings["l1"] == listing


English.TestCase.settings = settings(
    deadline=None,
    max_examples=12,
    stateful_step_count=20,
    suppress_health_check=[HealthCheck.too_slow],
)
TestAnEnglishAuctionGoesAsItsModel = English.TestCase

"""No sequence of commands takes a party beyond a limit in force, unless it was there before.

S0-64: exposure is bounded when it is promised, so that trades need never be refused.
"""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.access.limited import LimitStory, exposure_of
from tests.stories import EXCHANGE, REGISTRY
from yaosu.core import state_hash
from yaosu.door import Venue
from yaosu.kernel.columns import Columns
from yaosu.kernel.instant import DAY
from yaosu.kernel.words import Command
from yaosu.markets.commands import (
    CancelOrders,
    CloseBook,
    ConfirmDeal,
    ProposeDeal,
    ReplaceOrder,
    SubmitOrders,
    WithdrawDeal,
)
from yaosu.markets.negotiated_terms import NegotiatedTerms
from yaosu.rights.commands import RegisterRight, TransferTitle
from yaosu.settlement.commands import VoidContract

BUYERS = ("ann", "bob")
PARTIES = st.sampled_from(BUYERS)
LOTS = st.integers(1, 60)
ROW = {"exempt": "state_owner", "each": "instrument", "group": "controlled_by"}


class Limited(RuleBasedStateMachine):
    """A round market with notice, a continuous one and one of deals, over one instrument."""

    @initialize(related=st.booleans())
    def begin(self, related: bool) -> None:
        self.story = LimitStory({**ROW, "most": 100})
        self.story.exempt("state", "state_owner")
        self.story.right("r1", "state", 10_000, instrument="gpu")
        self.story.party("cyd", money=1_000_000, **({"controlled_by": "bob"} if related else {}))
        self.together = [("ann",), ("bob", "cyd")] if related else [("ann",), ("bob",), ("cyd",)]
        self.story.market("round", contract="notice", notice_days=2)
        self.story.market("book", mechanism="continuous", clear_at_close=False)
        terms = NegotiatedTerms(band_bp=-1)
        self.story.market("deals", mechanism="negotiated", clear_at_close=False, negotiated=terms)
        self.most, self.version, self.number = 100, 1, 0
        self.allowed = dict.fromkeys(self.together, 100)
        self.batches: list[tuple[str, str, str]] = []

    def ask(self, word: type[Command], actor: str, **fields: object) -> bool:
        self.number += 1
        return self.story.try_to(word, actor, **fields).refusal is None

    @rule(
        party=st.sampled_from((*BUYERS, "cyd")),
        market=st.sampled_from(("round", "book")),
        lots=st.lists(LOTS, min_size=1, max_size=3),
        is_atomic=st.booleans(),
    )
    def buy(self, party: str, market: str, lots: list[int], is_atomic: bool) -> None:
        batch, n = f"b{self.number}", len(lots)
        rows = Columns.of(
            instrument=["gpu"] * n,
            region=["east"] * n,
            side=[1] * n,
            price=[10] * n,
            quantity=lots,
        )
        fields = {"market": market, "batch": batch, "orders": rows, "atomic": is_atomic}
        if self.ask(SubmitOrders, party, **fields):
            self.batches.append((party, market, batch))

    @rule(lots=LOTS, market=st.sampled_from(("round", "book")))
    def sell(self, lots: int, market: str) -> None:
        rows = Columns.of(
            instrument=["gpu"], region=["east"], side=[-1], price=[10], quantity=[lots],
            right=["r1"],
        )  # fmt: skip
        self.ask(SubmitOrders, "state", market=market, batch=f"s{self.number}", orders=rows)

    @rule(pick=st.integers(0, 10), lots=LOTS)
    def replace(self, pick: int, lots: int) -> None:
        if self.batches:
            party, market, batch = self.batches[pick % len(self.batches)]
            self.ask(ReplaceOrder, party, market=market, batch=batch, number=0, quantity=lots)

    @rule(pick=st.integers(0, 10))
    def cancel(self, pick: int) -> None:
        if self.batches:
            party, market, batch = self.batches[pick % len(self.batches)]
            self.ask(CancelOrders, party, market=market, batch=batch)

    @rule()
    def close(self) -> None:
        self.ask(CloseBook, EXCHANGE, market="round")

    @rule(days=st.integers(1, 3))
    def wait(self, days: int) -> None:
        self.story.clock.forward(days * DAY)
        self.story.deposit("ann", 1)  # time passes with what is asked next

    @rule(party=PARTIES, lots=LOTS)
    def propose(self, party: str, lots: int) -> None:
        deal = {"instrument": "gpu", "region": "east", "side": 1, "price": 10, "lots": lots}
        fields = {"market": "deals", "deal": f"d{self.number}", "counterparty": "state", **deal}
        self.ask(ProposeDeal, party, **fields)

    @rule(confirms=st.booleans())
    def answer(self, confirms: bool) -> None:
        for deal in sorted(self.story.venue.state.markets.negotiated["deals"].proposed)[:1]:
            if confirms:
                self.ask(ConfirmDeal, "state", market="deals", deal=deal, right="r1")
            else:
                self.ask(WithdrawDeal, "state", market="deals", deal=deal)

    @rule(party=PARTIES, lots=LOTS)
    def register(self, party: str, lots: int) -> None:
        fields = self.story.registration(f"n{self.number}", party, lots, instrument="gpu")
        self.ask(RegisterRight, REGISTRY, **fields)

    @rule(source=PARTIES, to=st.sampled_from((*BUYERS, "cyd")))
    def transfer(self, source: str, to: str) -> None:
        for right in sorted(self.story.venue.state.rights.by_holder.get(source, {}))[:1]:
            self.ask(TransferTitle, source, right=right, target=to)

    @rule()
    def void(self) -> None:
        for contract in sorted(self.story.venue.state.settlement.waiting)[:1]:
            self.ask(VoidContract, "ministry", contract=contract, reason="an error")

    @rule(most=st.sampled_from((40, 100, 150)))
    def change(self, most: int) -> None:
        if self.version < 9:
            self.version += 1
            self.story.adopt({**ROW, "most": most}, version=self.version)
            self.most = most

    @invariant()
    def nobody_is_beyond_but_who_was_before(self) -> None:
        if not hasattr(self, "together"):
            return
        for group in self.together:
            used = sum(exposure_of(self.story, party, "gpu") for party in group)
            assert used <= max(self.most, self.allowed[group]), (group, used, self.most)
            self.allowed[group] = used

    def teardown(self) -> None:
        if hasattr(self, "together"):
            again = Venue(self.story.venue.store)
            assert state_hash(again.state) == state_hash(self.story.venue.state)
            assert self.story.venue.audit().is_clean


TestLimited = Limited.TestCase
TestLimited.settings = settings(
    max_examples=5,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

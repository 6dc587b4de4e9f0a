"""The markets decide: every check a clerk would make, each with its refusal."""

import numpy as np
import pytest

from tests.stories import EXCHANGE, MINISTRY, REGISTRY, Story, both_ways, row
from yaosu.core import state_hash
from yaosu.door import Venue
from yaosu.kernel.columns import Columns, Maybe, Text, concatenate
from yaosu.kernel.instant import DAY
from yaosu.markets.commands import (
    CancelOrders,
    CloseBook,
    OfferRight,
    OpenMarket,
    RecordClearing,
    RegisterAndOffer,
    SetTradePrice,
    SubmitOrders,
)
from yaosu.markets.coupling import clear_book
from yaosu.markets.events import BookClosed, MarketCleared, OrdersAccepted, OrdersCancelled
from yaosu.markets.forms import FORMS
from yaosu.markets.mechanisms import MECHANISMS
from yaosu.markets.seeds import hash_commitment_of
from yaosu.markets.terms import Trading
from yaosu.markets.without_book import ASKED_BY
from yaosu.rights.commands import FreezeRight, RegisterRight, ReleaseRight


@pytest.fixture
def story() -> Story:
    """A seller with 100 lots in the east, a buyer with money, an open market."""
    story = Story().found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=100_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(links=both_ways("east", "west", 5, 2))
    return story


def batch(story: Story, orders: Columns, actor: str = "buyer", **more: object) -> str:
    return story.refused(
        SubmitOrders, actor, market="m", batch=f"b{story.key()}", orders=orders, **more
    )


BUY = row("buyer", 1, 10, 1, "east", "gpu")


@pytest.mark.parametrize(
    ("orders", "text"),
    [
        (
            row("buyer", 1, 10, 1, "east", "cpu"),
            "markets.unknown_instrument: row 0: cpu is not traded in m; "
            "use one of the market's instruments",
        ),
        (
            row("buyer", 1, 10, 1, "north", "gpu"),
            "markets.region_outside: row 0: north is not a region of m; "
            "use one of the market's regions",
        ),
        (
            row("buyer", 2, 10, 1, "east", "gpu"),
            "markets.bad_side: row 0: side 2 is neither +1 nor -1; buy is +1, sell is -1",
        ),
        (
            row("buyer", 1, -1, 1, "east", "gpu"),
            f"markets.bad_price: row 0: limit price -1 is outside 0 to {2**44} ticks; "
            "give a limit inside the range",
        ),
        (
            row("buyer", 1, 10, 0, "east", "gpu"),
            f"markets.bad_quantity: row 0: quantity 0 is outside 1 to {2**44} lots; "
            "give a quantity inside the range",
        ),
        (
            row("seller", 1, 10, 1, "east", "gpu"),
            "markets.not_for_others: row 0: buyer may not order for seller; "
            "order for yourself, or have an operator or agency bring the order",
        ),
        (
            row("buyer", 1, 10, 1, "east", "gpu", "r1"),
            "markets.right_on_a_buy: row 0: an order to buy names right r1; "
            "only an order to sell names the right it sells from",
        ),
        (
            row("buyer", -1, 10, 1, "east", "gpu"),
            "markets.nothing_to_sell: buyer holds no right in gpu in east; "
            "register or acquire one first",
        ),
        (
            row("buyer", -1, 10, 1, "east", "gpu", "r1"),
            "markets.not_holder: right r1 is held by seller, not by buyer; "
            "offer rights that you hold",
        ),
        (
            row("buyer", -1, 10, 1, "east", "gpu", "r9"),
            "markets.unknown_right: right r9 is not registered; register it first (RegisterRight)",
        ),
        (
            row("buyer", 1, 2**44, 2**20, "east", "gpu"),
            f"markets.batch_too_valuable: the sum of price times quantity leaves the range of "
            f"{2**62} minor units; split the batch over several markets, or use a larger tick",
        ),
        (
            row("buyer", 1, 100_001, 1, "east", "gpu"),
            "ledger.insufficient: buyer has 100000 of CNY free, 100001 are needed; "
            "deposit or acquire the rest, or ask for less",
        ),
        (
            BUY.take(slice(0, 0)),
            "markets.no_orders: the batch has no rows; send at least one order",
        ),
        (
            BUY.with_columns(colour=["red"]),
            "markets.unknown_order_column: the orders have an unknown column colour; "
            "send instrument, region, side, price, quantity, and as needed party and right",
        ),
        (
            Columns({n: BUY.column(n) for n in BUY.names if n != "price"}),
            "markets.missing_order_column: the orders have no column price; "
            "send instrument, region, side, price, quantity, and as needed party and right",
        ),
        (
            BUY.with_columns(price=["ten"]),
            "markets.wrong_order_column: column price of the orders holds text; "
            "send whole numbers, none missing",
        ),
        (
            BUY.with_columns(price=Maybe(np.array([1]), np.array([False]))),
            "markets.wrong_order_column: column price of the orders holds numbers or missing "
            "values; send whole numbers, none missing",
        ),
    ],
)
def test_an_unsound_order_is_refused_and_says_why(story: Story, orders: Columns, text: str) -> None:
    before = story.venue.state.ledger.canonical()
    assert batch(story, orders) == text
    assert story.venue.state.ledger.canonical() == before


def test_a_party_that_was_not_admitted_may_not_trade(story: Story) -> None:
    story.party("guest", factors=(), money=100)
    assert batch(story, row("guest", 1, 1, 1, "east", "gpu"), "guest") == (
        "markets.not_admitted: guest is not admitted as bidder of compute; "
        "apply for admission (ApplyForAdmission): once, for all regions"
    )


def test_one_admission_is_enough_in_every_region() -> None:
    """S0-29: ten regions, one admission."""
    regions = [f"region-{i}" for i in range(10)]
    story = Story(regions=regions).found(factors=("compute",))
    story.party("firm", money=1_000)
    story.market()
    for region in regions:
        assert story.order("firm", 1, 10, 1, region).is_accepted
    assert len(story.venue.state.access.admissions["firm"]) == 2  # bidder and holder, once each


def test_a_seller_with_several_rights_names_the_one_it_sells_from(story: Story) -> None:
    story.right("r2", "seller", 10, instrument="gpu")
    assert "markets.name_the_right: seller holds several rights in gpu in east: r1, r2" in batch(
        story, row("seller", -1, 10, 1, "east", "gpu"), "seller"
    )
    assert story.order("seller", -1, 10, 1, right="r2").is_accepted


def test_a_right_is_offered_where_it_lies_and_as_what_it_is(story: Story) -> None:
    assert "markets.wrong_region: right r1 lies in east, the order names west" in batch(
        story, row("seller", -1, 10, 1, "west", "gpu", "r1"), "seller"
    )
    story.right("r3", "seller", 10, instrument="other")
    assert "markets.wrong_instrument: right r3 is traded as other, the order names gpu" in batch(
        story, row("seller", -1, 10, 1, "east", "gpu", "r3"), "seller"
    )


def test_no_lot_is_offered_twice(story: Story) -> None:
    assert story.order("seller", -1, 10, 60).is_accepted
    assert batch(story, row("seller", -1, 10, 41, "east", "gpu", "r1"), "seller") == (
        "markets.more_than_held: 41 lots of right r1 are offered, 40 are free; "
        "offer at most what is free"
    )
    assert story.lots("seller", purpose="order:m") == 60


def test_a_blocked_right_is_not_listed_and_the_refusal_names_the_entry(story: Story) -> None:
    """S0-49: only a registered, unencumbered right can be listed; the blocking entry is named."""
    story.ask(FreezeRight, REGISTRY, entry="freeze-1", right="r1", reason="court order 7")
    text = batch(story, row("seller", -1, 10, 1, "east", "gpu", "r1"), "seller")
    assert text == (
        "markets.right_blocked: right r1 is blocked by register entry freeze-1; "
        "have freeze-1 released first"
    )
    story.ask(ReleaseRight, REGISTRY, entry="freeze-1")
    assert story.order("seller", -1, 10, 1).is_accepted


def test_a_right_frozen_while_on_offer_leaves_the_open_book(story: Story) -> None:
    story.order("seller", -1, 10, 60)
    story.ask(FreezeRight, REGISTRY, entry="freeze-1", right="r1", reason="court order 7")
    assert story.lots("seller", purpose="order:m") == 0
    assert story.lots("seller") == 100
    assert story.venue.state.markets.markets["m"].offered == {}


def test_in_a_batch_that_is_not_atomic_each_row_has_its_own_outcome(story: Story) -> None:
    orders = concatenate(
        [BUY, row("buyer", 1, 10, 0, "east", "gpu"), row("buyer", -1, 9, 1, "east", "gpu", "r1")]
    )
    events = story.ask(SubmitOrders, "buyer", market="m", batch="b", orders=orders, atomic=False)
    (accepted,) = [e for e in events if isinstance(e, OrdersAccepted)]
    assert accepted.orders.rows == 1
    assert sorted(accepted.refused.text("code").tolist()) == [
        "markets.bad_quantity",
        "markets.not_holder",
    ]
    assert story.money("buyer", "order:m") == 10


def test_the_order_of_rows_inside_a_batch_changes_nothing(story: Story) -> None:
    """S0-31: the result is independent of arrival order inside a batch."""
    rng = np.random.default_rng(7)
    rows = 40
    orders = Columns.of(
        instrument=["gpu"] * rows,
        region=[("east", "west")[i] for i in rng.integers(0, 2, rows).tolist()],
        side=np.ones(rows, np.int64),
        price=rng.integers(1, 9, rows),
        quantity=rng.integers(1, 5, rows),
    )
    hashes = set()
    for seed in range(3):
        fresh = Story().found(factors=("compute",))
        fresh.party("seller")
        fresh.party("buyer", money=100_000)
        fresh.right("r1", "seller", 100, instrument="gpu")
        fresh.market(links=both_ways("east", "west", 5, 2))
        fresh.order("seller", -1, 4, 50)
        turned = orders.take(np.random.default_rng(seed).permutation(rows))
        fresh.ask(SubmitOrders, "buyer", market="m", batch="b", orders=turned)
        before = state_hash(fresh.venue.state)
        fresh.close()
        hashes.add((before, state_hash(fresh.venue.state)))
    assert len(hashes) == 1


def test_orders_are_taken_back_whole_or_by_number(story: Story) -> None:
    orders = concatenate([BUY, row("buyer", 1, 20, 2, "west", "gpu")])
    story.ask(SubmitOrders, "buyer", market="m", batch="b", orders=orders)
    assert story.money("buyer", "order:m") == 50
    story.ask(CancelOrders, "buyer", market="m", batch="b", numbers=(1,))
    assert story.money("buyer", "order:m") == 10
    assert story.refused(CancelOrders, "buyer", market="m", batch="b", numbers=(1,)) == (
        "markets.unknown_order: batch b has no open order number 1; look up your open orders"
    )
    assert "markets.not_your_order" in story.refused(CancelOrders, "seller", market="m", batch="b")
    story.ask(CancelOrders, EXCHANGE, market="m", batch="b")
    assert story.money("buyer") == 100_000
    assert "markets.unknown_batch" in story.refused(CancelOrders, "buyer", market="m", batch="none")


def test_a_batch_id_is_used_once_in_a_round(story: Story) -> None:
    story.ask(SubmitOrders, "buyer", market="m", batch="b", orders=BUY)
    assert story.refused(SubmitOrders, "buyer", market="m", batch="b", orders=BUY) == (
        "markets.batch_exists: batch b stands in the book of m already; "
        "choose a new id for a new batch"
    )


def test_register_and_offer_stand_or_fall_together(story: Story) -> None:
    """S2-27: one command registers a right and lists it; either both happen or neither."""
    fields = story.registration("r5", "seller", 10, instrument="gpu")
    register = RegisterRight(actor=REGISTRY, key="inner", **fields)
    refusal = story.refused(
        RegisterAndOffer, REGISTRY, register=register, market="m", price=7, quantity=11
    )
    assert "markets.more_than_held: 11 lots of right r5 are offered, 10 are free" in refusal
    assert "r5" not in story.venue.state.rights.rights
    assert story.lots("seller") == 100
    events = story.ask(
        RegisterAndOffer, REGISTRY, register=register, market="m", price=7, quantity=10
    )
    (accepted,) = [e for e in events if isinstance(e, OrdersAccepted)]
    assert accepted.orders.text("right").tolist() == ["r5"]
    assert story.venue.state.rights.rights["r5"].holder == "seller"
    assert story.lots("seller", purpose="order:m") == 10


def test_offering_a_right_is_a_sell_order_that_names_it(story: Story) -> None:
    story.ask(OfferRight, "seller", market="m", right="r1", price=10, quantity=4)
    assert story.venue.state.markets.markets["m"].offered == {"r1": 4}
    assert "markets.unknown_right" in story.refused(
        OfferRight, "seller", market="m", right="r9", price=10, quantity=4
    )


def test_nobody_sets_the_price_and_the_attempt_is_on_record(story: Story) -> None:
    """S0-60: no command sets a trade price; the attempt is rejected and logged."""
    size = story.venue.store.size
    for actor in (MINISTRY, EXCHANGE, "buyer"):
        assert story.refused(SetTradePrice, actor, market="m", instrument="gpu", price=5) == (
            "markets.price_set_by_market: the price of gpu is formed by supply and demand in m; "
            "submit orders; an act that changes prices, quotas or eligibility is a rule, adopted "
            "openly (AdoptRules)"
        )
    assert story.venue.store.size == size + 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"market": "m"}, "markets.market_exists"),
        ({"factor": "water"}, "rights.unknown_factor"),
        ({"instruments": ()}, "markets.no_instruments"),
        ({"regions": ("moon",)}, "markets.region_outside"),
        ({"regions": tuple(["east"] * 10_001)}, "markets.too_many_instruments"),
        ({"network": "none"}, "markets.unknown_network"),
        ({"rent_to": "nobody"}, "parties.unknown"),
        ({"currency": "gpu"}, "parties.unknown_currency: gpu is not the currency of the venue"),
        ({"trading": Trading(price_rule="fair")}, "markets.bad_parameter"),
        ({"trading": Trading(price_rule="nearest")}, "markets.bad_parameter"),
        ({"trading": Trading(contract="barter")}, "markets.unknown_contract"),
        ({"trading": Trading(tick_minor=0)}, "markets.bad_terms"),
        ({"trading": Trading(contract="notice")}, "markets.bad_terms"),
        ({"trading": Trading(mechanism="lottery")}, "markets.unknown_mechanism"),
        ({"trading": Trading(seed_hash="ab")}, "markets.bad_seed"),
        ({"more_factors": ("water",)}, "rights.unknown_factor"),
    ],
)
def test_a_market_is_opened_on_sound_terms(
    story: Story, changes: dict[str, object], code: str
) -> None:
    terms = {
        "market": "m2",
        "factor": "compute",
        "instruments": ("gpu",),
        "regions": ("east",),
        "currency": "CNY",
        **changes,
    }
    assert story.refused(OpenMarket, EXCHANGE, **terms).startswith(code)


def test_a_closed_book_takes_no_orders_and_a_result_only_with_its_certificate() -> None:
    story = Story().found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=100_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(links=both_ways("east", "west", 5, 2), clear_at_close=False)
    story.order("seller", -1, 10, 40)
    story.order("buyer", 1, 20, 30, region="west")
    story.close()
    market = story.venue.state.markets.markets["m"]
    assert market.closed_as is not None
    clearing = clear_book(market, market.closed_as)
    assert "markets.book_not_open" in batch(story, BUY)
    assert "markets.book_not_open" in story.refused(CloseBook, EXCHANGE, market="m")
    assert "markets.wrong_round" in story.refused(
        RecordClearing, EXCHANGE, market="m", round=2, clearing=clearing
    )
    import msgspec

    forged = msgspec.structs.replace(clearing, welfare=clearing.welfare + 1)
    assert "markets.certificate" in story.refused(
        RecordClearing, EXCHANGE, market="m", round=1, clearing=forged
    )
    assert story.money("seller") == 0
    events = story.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=clearing)
    (cleared,) = [e for e in events if isinstance(e, MarketCleared)]
    assert cleared.clearing == clearing
    assert cleared.rules == market_rules(story)
    assert story.lots("buyer") == 5
    assert "markets.book_not_closed" in story.refused(
        RecordClearing, EXCHANGE, market="m", round=2, clearing=clearing
    )
    assert "markets.unknown_market" in story.refused(CloseBook, EXCHANGE, market="none")


def market_rules(story: Story) -> bytes:
    from yaosu.core import rules_in_force

    return rules_in_force(story.venue.state)


def test_each_trade_keeps_the_rule_version_it_was_made_under(story: Story) -> None:
    """S0-65: trading rules are versioned data; each trade stores its version."""
    story.order("seller", -1, 10, 5)
    story.order("buyer", 1, 20, 5)
    story.close()
    (contract,) = story.venue.state.settlement.contracts.values()
    assert contract.made.rules == market_rules(story)
    assert len(contract.made.rules) == 32


def test_text_columns_with_unused_values_change_nothing(story: Story) -> None:
    odd = Columns(
        {
            **{n: BUY.column(n) for n in BUY.names if n != "region"},
            "region": Text(("moon", "east"), np.array([1], np.int32)),
        }
    )
    story.ask(SubmitOrders, "buyer", market="m", batch="b", orders=odd)


@pytest.mark.parametrize("clear_at_close", [True, False])
def test_an_offer_whose_right_has_run_out_falls_away_when_the_book_closes(
    clear_at_close: bool,
) -> None:
    story = Story().found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=1_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(clear_at_close=clear_at_close)
    assert story.order("seller", -1, 10, 40).is_accepted
    story.clock.forward(DAY)
    story.right("r2", "seller", 100, instrument="gpu")
    assert story.order("seller", -1, 10, 5, right="r2").is_accepted
    assert story.order("seller", -1, 10, 7, right="r1").is_accepted
    story.clock.forward(365 * DAY - 1)
    assert story.order("buyer", 1, 10, 40).is_accepted
    closed = story.close()
    assert [e.reason for e in closed if isinstance(e, OrdersCancelled)] == ["out of term"] * 2
    market = story.venue.state.markets.markets["m"]
    if not clear_at_close:
        assert market.closed_as is not None
        clearing = clear_book(market, market.closed_as)
        story.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=clearing)
    assert (story.lots("buyer"), story.lots("seller"), story.money("buyer")) == (5, 195, 950)
    assert market.offered == {}
    assert story.venue.audit().is_clean
    assert state_hash(Venue(story.venue.store).state) == state_hash(story.venue.state)


def test_a_link_that_names_an_instrument_carries_no_other() -> None:
    story = Story().found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=1_000)
    links = both_ways("east", "west", 50).with_columns(instrument=["gpu", "gpu"])
    story.market(instruments=("gpu", "cpu"), links=links)
    for instrument in ("gpu", "cpu"):
        story.right(f"r-{instrument}", "seller", 100, instrument=instrument)
        assert story.order("seller", -1, 10, 5, instrument=instrument).is_accepted
        assert story.order("buyer", 1, 10, 5, "west", instrument=instrument).is_accepted
    story.close()
    assert (story.lots("buyer", "gpu"), story.lots("buyer", "cpu")) == (5, 0)


def test_a_bid_at_price_nought_takes_what_is_offered_for_nothing(story: Story) -> None:
    assert story.order("seller", -1, 0, 10).is_accepted
    assert story.order("buyer", 1, 0, 10).is_accepted
    story.close()
    assert (story.lots("buyer"), story.money("buyer")) == (10, 100_000)


def test_a_mechanism_that_only_prices_without_a_journal_opens_no_market(
    story: Story,
) -> None:
    alone = sorted(set(MECHANISMS) - set(FORMS) - set(ASKED_BY))
    assert alone, "every mechanism has a form now: this refusal, and its test, can go"
    terms = {"factor": "compute", "instruments": ("gpu",), "regions": ("east",), "currency": "CNY"}
    trading = Trading(mechanism=alone[0])
    refusal = story.refused(OpenMarket, EXCHANGE, market="m2", trading=trading, **terms)
    assert refusal == (
        f"markets.mechanism_without_market: no market can be opened with the mechanism {alone[0]}: "
        "it prices without a journal only; open the market with another mechanism, or clear your "
        f"own orders with {alone[0]}"
    )


def test_a_market_that_committed_to_a_seed_closes_with_that_seed_alone(story: Story) -> None:
    """Who closes a book cannot choose the lottery; the seed goes on record with the book."""
    seed = "5e" * 32
    committed = hash_commitment_of(seed)
    story.market("drawn", seed_hash=committed)
    for wrong, code in (("", "bad_seed"), ("00" * 32, "seed_not_committed")):
        refusal = story.refused(CloseBook, EXCHANGE, market="drawn", seed=wrong)
        assert refusal.startswith(f"markets.{code}: ")
    closed = story.ask(CloseBook, EXCHANGE, market="drawn", seed=seed)[0]
    assert isinstance(closed, BookClosed)
    assert closed.seed == seed
    assert story.refused(CloseBook, EXCHANGE, market="m", seed=seed) == (
        "markets.no_seed_committed: m committed to no seed, so none may be shown at its close; "
        "close the book without a seed"
    )

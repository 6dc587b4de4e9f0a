"""Markets over links that lose on the way or are held to the period before: every lot and cent."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tests.settlement.test_settlement import register_and_books_agree
from tests.stories import EXCHANGE, Story, row, shipped
from yaosu.kernel.columns import Columns, Text, concatenate
from yaosu.kernel.instant import DAY
from yaosu.ledger import book
from yaosu.markets.clearing import Clearing
from yaosu.markets.commands import CloseBook, OfferRight, OpenMarket, RecordClearing, SubmitOrders
from yaosu.markets.coupling import clear_book
from yaosu.markets.events import BookClosed, MarketCleared
from yaosu.markets.terms import Trading
from yaosu.places.commands import DefineLinks
from yaosu.settlement.events import ContractMade
from yaosu.workers.clearing import clear_closed


def one_way(loss: int = 0, cost: int = 0, capacity: int = 100, **more: Any) -> Columns:
    """East to west, losing so many parts of a million."""
    columns: dict[str, Any] = {"capacity": [capacity], "cost": [cost], "loss_ppm": [loss], **more}
    return Columns.of(source=["east"], target=["west"], **columns)


def venue(
    links: Columns, hours: tuple[str, ...] = ("gpu",), rules: str | None = None, **trading: Any
) -> Story:
    """A seller in the east with 100 lots of each hour, a buyer, a party that takes losses."""
    story = Story().found(factors=("compute",), rules=rules)
    story.party("seller")
    story.party("buyer", money=100_000)
    story.party("grid")
    for hour in hours:
        story.right(f"r-{hour}", "seller", 100, instrument=hour)
    story.market(instruments=hours, links=links, **{"losses_to": "grid", **trading})
    return story


def sell(story: Story, price: int, lots: int, hour: str = "gpu") -> None:
    assert story.order("seller", -1, price, lots, instrument=hour).is_accepted


def buy(story: Story, price: int, lots: int, hour: str = "gpu") -> None:
    assert story.order("buyer", 1, price, lots, "west", instrument=hour).is_accepted


def cleared(events: list[Any]) -> Clearing:
    (event,) = [event for event in events if isinstance(event, MarketCleared)]
    return event.clearing  # type: ignore[no-any-return]  # filtered by type


def test_what_a_link_loses_is_paid_for_and_every_lot_has_an_owner() -> None:
    """Of 20 lots sent 18 arrive. East is at 10, west at (10 + 1) / 0.9 = 12.2, so 12 ticks: the
    buyer pays 216, the seller gets 200, the link 16 of its cost of 20; 2 lots are the grid's."""
    story = venue(one_way(100_000, cost=1))
    sell(story, 10, 40)
    buy(story, 20, 18)
    clearing = cleared(story.close())
    (flow,) = clearing.flows.iterate()
    assert (flow["lots"], flow["arrived"], flow["cost"], flow["rounding"]) == (20, 18, 20, -4)
    assert (story.money("buyer"), story.money("seller")) == (100_000 - 216, 200)
    assert (story.money(EXCHANGE), story.money("grid")) == (16, 0)
    assert (story.lots("buyer"), story.lots("seller")) == (18, 80)
    assert (story.lots("grid"), story.lots("grid", "gpu", "lost:m")) == (0, 2)
    assert register_and_books_agree(story)


def test_lost_lots_stand_in_a_title_and_can_not_be_sold_again() -> None:
    """Who takes the losses holds their right, and answers for it; the books keep it from sale."""
    story = venue(one_way(100_000, cost=1))
    sell(story, 10, 40)
    buy(story, 20, 18)
    story.close()
    rights = story.venue.state.rights.rights
    (lost,) = [right for right in rights.values() if right.holder == "grid"]
    refusal = story.refused(OfferRight, "grid", market="m", right=lost.id, price=1, quantity=2)
    assert refusal.startswith("ledger.insufficient: grid has 0 of gpu free")


def test_without_a_name_the_party_of_the_market_takes_the_losses() -> None:
    story = venue(one_way(100_000, cost=1), losses_to="")
    sell(story, 10, 40)
    buy(story, 20, 18)
    story.close()
    assert story.lots(EXCHANGE, "gpu", "lost:m") == 2
    terms = {"factor": "compute", "instruments": ("gpu",), "regions": ("east",), "currency": "CNY"}
    trading = Trading(mechanism="call", losses_to="nobody")
    refusal = story.refused(OpenMarket, EXCHANGE, market="n", trading=trading, **terms)
    assert refusal.startswith("parties.unknown: ")


def test_congestion_rent_of_a_link_that_loses_goes_to_its_owner() -> None:
    """10 of the 40 lots fit: 9 arrive at 20. Rent (0.9 x 20 - 10) x 10 = 80, and nothing is left
    to round."""
    story = venue(one_way(100_000, capacity=10, rent_owner=["grid"]))
    sell(story, 10, 40)
    buy(story, 20, 30)
    clearing = cleared(story.close())
    (flow,) = clearing.flows.iterate()
    assert (flow["lots"], flow["arrived"], flow["rent"], flow["rounding"]) == (10, 9, 80, 0)
    assert (story.money("buyer"), story.money("seller")) == (100_000 - 180, 100)
    assert (story.money("grid"), story.money(EXCHANGE)) == (80, 0)


def test_lost_lots_wait_at_the_gates_of_their_contract() -> None:
    """With a notice all legs wait together, those that are lost too."""
    story = venue(one_way(100_000, cost=1), contract="notice", notice_days=10)
    sell(story, 10, 40)
    buy(story, 20, 18)
    story.close()
    (contract,) = story.venue.state.settlement.contracts.values()
    assert story.lots("seller", purpose=contract.held_for) == 20
    assert register_and_books_agree(story)
    story.clock.forward(10 * DAY)
    story.deposit("buyer", 1)
    assert (story.lots("buyer"), story.lots("grid", "gpu", "lost:m")) == (18, 2)
    assert register_and_books_agree(story)


def test_a_result_waits_until_what_links_cost_is_there() -> None:
    """Without a cost the buyer pays 18 x 11 = 198 and the seller gets 200: two are missing. The
    party of the market brings them, and then the same result is taken."""
    story = venue(one_way(100_000), clear_at_close=False)
    sell(story, 10, 40)
    buy(story, 20, 18)
    story.ask(CloseBook, EXCHANGE, market="m")
    (answer,) = clear_closed(story.venue, apart=False).values()
    refusal = answer.refusal  # type: ignore[union-attr]  # a receipt
    assert str(refusal) == (
        "markets.links_not_covered: exchange has 0 minor units free and may have to add 2: the "
        "links of m cost more in this round than they earn; deposit the rest for exchange, then "
        "record the clearing again; the book stays closed"
    )
    story.deposit(EXCHANGE, 5)
    market = story.venue.state.markets.markets["m"]
    assert market.closed_as is not None
    result = clear_book(market, market.closed_as)
    story.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=result)
    assert (story.money(EXCHANGE), story.money("seller")) == (3, 200)
    assert story.money(EXCHANGE, "order:m") == 0
    assert register_and_books_agree(story)


def test_a_book_that_clears_at_its_close_stays_open_until_then() -> None:
    story = venue(one_way(100_000))
    sell(story, 10, 40)
    buy(story, 20, 18)
    assert story.refused(CloseBook, EXCHANGE, market="m").startswith("markets.links_not_covered: ")
    assert story.venue.state.markets.markets["m"].phase == "open"
    story.deposit(EXCHANGE, 2)
    story.close()
    assert story.money(EXCHANGE) == 0


def test_a_worker_in_a_process_of_its_own_clears_links_with_losses() -> None:
    """The frozen book carries losses and ramps to whoever clears it."""
    story = venue(one_way(100_000, cost=1, ramp=[50]), clear_at_close=False)
    sell(story, 10, 40)
    buy(story, 20, 18)
    story.ask(CloseBook, EXCHANGE, market="m")
    (answer,) = clear_closed(story.venue).values()
    assert answer.is_accepted  # type: ignore[union-attr]  # a receipt
    assert story.lots("buyer") == 18
    audited = story.venue.audit()
    assert (audited.unlike, audited.clearings) == (0, 1)


def test_a_flow_that_may_change_by_five_brings_a_rent_in_the_second_hour() -> None:
    """Nobody buys in the first hour, so 5 lots come in the second, at 20 where they cost 10."""
    links = one_way(ramp=[5], rent_owner=["grid"])
    story = venue(links, ("h1", "h2"))
    sell(story, 10, 50, "h1")
    sell(story, 10, 50, "h2")
    buy(story, 20, 20, "h2")
    story.close()
    assert (story.lots("buyer", "h1"), story.lots("buyer", "h2")) == (0, 5)
    assert (story.money("seller"), story.money("buyer")) == (50, 100_000 - 100)
    assert story.money("grid") == 50


def test_what_a_ramp_costs_in_one_hour_the_party_of_the_market_adds() -> None:
    """15 lots flow in the first hour from 10 to 8, so that 20 can in the second, from 10 to 12:
    the first hour lacks 30, the second brings 40."""
    story = venue(one_way(ramp=[5]), ("h1", "h2"))
    sell(story, 10, 50, "h1")
    sell(story, 10, 50, "h2")
    buy(story, 8, 40, "h1")
    buy(story, 20, 20, "h2")
    assert story.refused(CloseBook, EXCHANGE, market="m").startswith("markets.links_not_covered: ")
    story.deposit(EXCHANGE, 30)
    story.close()
    assert (story.lots("buyer", "h1"), story.lots("buyer", "h2")) == (15, 20)
    assert story.money("seller") == 350
    assert story.money("buyer") == 100_000 - 15 * 8 - 20 * 12
    assert story.money(EXCHANGE) == 30 - 30 + 40
    assert register_and_books_agree(story)


def test_where_the_rules_lift_limits_ramps_are_lifted_and_losses_stay() -> None:
    """Nature loses what it loses, whatever the rule."""
    links = one_way(100_000, cost=1, capacity=1, ramp=[0])
    story = venue(links, rules=shipped("rules/national.toml") + LIFTED)
    sell(story, 10, 40)
    buy(story, 20, 18)
    story.close()
    assert (story.lots("buyer"), story.lots("grid", "gpu", "lost:m")) == (18, 2)


LIFTED = """
[[parameter]]
id = "markets.link_limits"
value = 2
reason = "no_limits"
[[parameter.example]]
facts = {}
result = 2
"""

ONLY_PLAIN = (
    "markets.only_plain_links: {} does not take links that lose on the way or whose flow is held "
    "to the last one; leave out loss and ramp, or clear the orders with the mechanism call "
    "without blocks"
)


def test_a_mechanism_that_takes_no_such_links_opens_no_market_over_them() -> None:
    story = Story().found(factors=("compute",))
    story.ask(DefineLinks, EXCHANGE, network="lossy", version="1", links=one_way(1))
    terms = {"factor": "compute", "instruments": ("gpu",), "regions": ("east",), "currency": "CNY"}
    trading = Trading(mechanism="package")
    refusal = story.refused(
        OpenMarket, EXCHANGE, market="m", network="lossy", trading=trading, **terms
    )
    assert refusal == ONLY_PLAIN.format("the mechanism package")


def block(name: str = "b") -> Columns:
    """One block of a lot to buy in the west."""
    return row("buyer", 1, 20, 1, "west", "gpu").with_columns(block=Text.of([name]))


def define(story: Story, version: str, links: Columns) -> None:
    """A new version of the market's links, in force at once."""
    story.clock.forward(1)
    story.ask(DefineLinks, EXCHANGE, network="net-m", version=version, links=links)


def test_a_block_neither_comes_in_nor_is_frozen_where_links_lose() -> None:
    """Links may be defined anew while a block stands: then the book is not closed over them."""
    story = venue(one_way(100_000))
    send = {"market": "m", "batch": "b1", "orders": block()}
    assert story.refused(SubmitOrders, "buyer", **send) == ONLY_PLAIN.format(
        "an auction with blocks"
    )
    define(story, "2", one_way())
    story.ask(SubmitOrders, "buyer", **send)
    define(story, "3", one_way(ramp=[5]))
    refusal = story.refused(CloseBook, EXCHANGE, market="m")
    assert refusal == ONLY_PLAIN.format("an auction with blocks")
    define(story, "4", one_way())
    story.close()


@pytest.mark.parametrize(
    ("links", "reason"),
    [
        (one_way(1_000_000), "column loss_ppm has 1000000, at most 999999 is allowed"),
        (one_way(-1), "column loss_ppm has -1"),
        (one_way(ramp=[-1]), "column ramp has -1"),
    ],
)
def test_a_loss_is_less_than_all_and_a_ramp_not_below_zero(links: Columns, reason: str) -> None:
    story = Story().found(factors=("compute",))
    refusal = story.refused(DefineLinks, EXCHANGE, network="n", version="1", links=links)
    assert refusal.startswith(f"places.bad_links: the links of n cannot be read: {reason}; ")


def test_a_result_that_lets_more_arrive_is_refused() -> None:
    """The certificate is checked against the frozen links, losses and ramps with them."""
    story = venue(one_way(100_000, cost=1), clear_at_close=False)
    sell(story, 10, 40)
    buy(story, 20, 19)
    story.ask(CloseBook, EXCHANGE, market="m")
    market = story.venue.state.markets.markets["m"]
    closed = market.closed_as
    assert isinstance(closed, BookClosed)
    result = clear_book(market, closed)
    for name, change in (("arrived", 1), ("lots", -1), ("rounding", 1), ("rent", 1)):
        flows = result.flows.with_columns(**{name: result.flows[name] + change})
        forged = structs.replace(result, flows=flows)
        refusal = story.refused(RecordClearing, EXCHANGE, market="m", round=1, clearing=forged)
        assert refusal.startswith("markets.certificate_"), name
    story.deposit(EXCHANGE, 100)
    story.ask(RecordClearing, EXCHANGE, market="m", round=1, clearing=result)


numbers = st.integers(0, 30)


@settings(deadline=None, max_examples=25)
@given(
    orders=st.lists(
        st.tuples(
            st.sampled_from((1, -1)),
            st.sampled_from(("east", "west")),
            st.sampled_from(("h1", "h2")),
            st.integers(1, 30),
            st.integers(1, 9),
        ),
        min_size=1,
        max_size=10,
    ),
    loss=st.tuples(st.sampled_from((0, 23_000, 300_000)), st.sampled_from((0, 100_000))),
    ramp=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    cost=st.integers(0, 3),
)
def test_every_lot_and_every_cent_is_somebodys(
    orders: list[tuple[int, str, str, int, int]],
    loss: tuple[int, int],
    ramp: tuple[int, int],
    cost: int,
) -> None:
    """S0-63, over any such links: books and register agree, no hold is left, nobody pays above
    the limit or gets less, and the money of all parties is what it was."""
    links = Columns.of(
        source=["east", "west"],
        target=["west", "east"],
        capacity=[20, 20],
        cost=[cost, cost],
        loss_ppm=list(loss),
        ramp=list(ramp),
    )
    story = Story().found(factors=("compute",))
    story.party("trader", money=50_000)
    story.deposit(EXCHANGE, 50_000)
    for region in ("east", "west"):
        for hour in ("h1", "h2"):
            story.right(f"r-{hour}-{region}", "trader", 100, region=region, instrument=hour)
    story.party("buyer", money=50_000)
    story.market(instruments=("h1", "h2"), links=links)
    rows = [
        row("buyer" if side > 0 else "trader", side, price, lots, region, hour)
        for side, region, hour, price, lots in orders
    ]
    story.ask(SubmitOrders, EXCHANGE, market="m", batch="b", orders=concatenate(rows))
    events = story.close()
    clearing = cleared(events)
    money = sum(story.money(party) for party in ("trader", "buyer", EXCHANGE))
    assert money == 150_000
    assert register_and_books_agree(story)
    assert book.held(story.venue.state, "order:m") == []
    lost = int((clearing.flows["lots"] - clearing.flows["arrived"]).sum())
    booked = sum(story.lots(EXCHANGE, hour, "lost:m") for hour in ("h1", "h2"))
    assert booked == lost
    for made in events:
        if isinstance(made, ContractMade):
            assert sum(entry["amount"] for entry in made.money.iterate()) == 0

"""Packages in a market of the journal: held for, cleared, settled, replayed, proved."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tests.markets.package_market import GOODS, Leg, cleared, exchange, package, sell, send
from tests.stories import EXCHANGE, MINISTRY, Story
from yaosu.core import state_hash
from yaosu.engine.proof import audit, verify
from yaosu.engine.replay import replay
from yaosu.kernel.columns import Columns, concatenate
from yaosu.kernel.instant import DAY
from yaosu.markets.commands import CancelOrders, CloseBook, OpenMarket, RecordClearing, SubmitOrders
from yaosu.markets.coupling import clear_book, network_of, orders_of
from yaosu.markets.events import OrdersAccepted, OrdersCancelled
from yaosu.markets.mechanisms import clear
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.packages import Packages
from yaosu.rights.commands import FreezeRight
from yaosu.settlement.commands import VoidContract
from yaosu.settlement.events import ContractMade, ContractPerformed

ALL: tuple[Leg, ...] = tuple((good, 1, 3) for good in GOODS.values())


def offered(price: int = 10, lots: int = 5, **terms: object) -> Story:
    story = exchange(**terms)
    for factor in GOODS:
        sell(story, factor, price, lots)
    return story


def test_land_compute_data_and_desks_are_bought_in_one_order_and_delivered_together() -> None:
    """S0-58 and S0-53: a bundle of four factors is one order, one contract, one delivery."""
    story = offered()
    send(story, "lab", package("all", 100, 3, *ALL))
    assert story.money("lab", "order:m") == 300
    events = story.close()
    (made,) = [event for event in events if isinstance(event, ContractMade)]
    assert sum(isinstance(event, ContractPerformed) for event in events) == 1
    assert sorted(set(made.trades.text("instrument").tolist())) == sorted(GOODS.values())
    assert [story.lots("lab", good) for good in GOODS.values()] == [3, 3, 3, 3]
    assert story.money("lab") == 10_000 - 3 * 4 * 10
    assert [story.money(f"{factor}-owner") for factor in GOODS] == [30] * 4
    assert [story.lots(f"{factor}-owner", GOODS[factor]) for factor in GOODS] == [7] * 4
    held = [key for key, n in story.venue.state.ledger.balances.items() if n and ":m" in key[2]]
    assert held == []


def test_where_one_leg_is_missing_no_leg_trades() -> None:
    """S0-53: every leg or none; what was held is free again."""
    story = exchange()
    for factor in ("land", "compute", "data"):
        sell(story, factor, 10, 5)
    send(story, "lab", package("all", 100, 3, *ALL))
    assert cleared(story).clearing.volume == 0
    assert story.money("lab") == 10_000
    assert [story.lots("lab", good) for good in GOODS.values()] == [0] * 4
    assert story.lots("land-owner", "parcel") == 10


def test_a_scarce_leg_limits_all_legs_alike() -> None:
    """S0-53: filled in one proportion; whole units, so that every leg is a whole number of lots."""
    story = exchange()
    for factor, lots in zip(GOODS, (10, 10, 10, 4), strict=True):
        sell(story, factor, 10, lots)
    wanted = [(good, 1, lots) for good, lots in zip(GOODS.values(), (9, 6, 3, 6), strict=True)]
    send(story, "lab", package("all", 1000, 3, *wanted))
    cleared(story)
    assert [story.lots("lab", good) for good in GOODS.values()] == [6, 4, 2, 4]


def test_a_swap_gives_one_factor_for_another_almost_without_money() -> None:
    """S0-45: complements meet where each has what the other wants; who gains most pays most."""
    story = exchange()
    story.party("grower", ("land", "compute"))
    story.right("r-field", "grower", 10, factor="land", instrument="parcel")
    story.party("miner", ("land", "compute"), money=30)
    story.right("r-rack", "miner", 10, factor="compute", instrument="gpu")
    send(story, "grower", package("s", 0, 4, ("parcel", -1, 4), ("gpu", 1, 4)))
    send(story, "miner", package("s", 10, 3, ("gpu", -1, 3), ("parcel", 1, 3)))
    assert story.lots("grower", "parcel", "order:m") == 4
    cleared(story)
    assert (story.lots("grower", "gpu"), story.lots("grower", "parcel")) == (3, 7)
    assert (story.lots("miner", "parcel"), story.lots("miner", "gpu")) == (3, 7)
    assert story.money("grower") + story.money("miner") == 30


bids = st.lists(
    st.tuples(
        st.integers(1, 60),  # limit for a unit
        st.integers(1, 4),  # units
        st.lists(st.booleans(), min_size=3, max_size=3).filter(any),  # which goods
        st.booleans(),  # taken or given
    ),
    min_size=2,
    max_size=10,
)


@settings(deadline=None, max_examples=60)
@given(bids=bids)
def test_packages_gain_at_least_what_separate_auctions_gain(
    bids: list[tuple[int, int, list[bool], bool]],
) -> None:
    """S0-45: on the same bids, welfare is not below that of one auction a factor.

    In separate auctions a bundle bids its limit in equal parts, and gains only for the legs that
    come together.
    """
    goods = ("land", "compute", "data")
    legs = [
        (row, good, 1 if takes else -1)
        for row, (_, _, which, takes) in enumerate(bids)
        for good, is_in in zip(goods, which, strict=True)
        if is_in
    ]
    limits = [limit if takes else -limit for limit, _, _, takes in bids]
    units = [number for _, number, _, _ in bids]
    together = clear(
        Packages.from_columns(
            limits, units, [leg[0] for leg in legs], [leg[1] for leg in legs], [x[2] for x in legs]
        ),
        Network.alone(),
        "package",
    )
    many = np.array([sum(which) for _, _, which, _ in bids])
    each = [
        limits[row] // int(many[row]) if sign > 0 else -(limits[row] // int(many[row]))
        for row, _, sign in legs
    ]
    apart = clear(
        Orders.from_columns(
            [good for _, good, _ in legs],
            side=[sign for _, _, sign in legs],
            price=each,
            quantity=[units[row] for row, _, _ in legs],
        ),
        Network.alone(),
    )
    filled = dict(zip(apart.fills["row"].tolist(), apart.fills["lots"].tolist(), strict=True))
    gain = 0
    for row, (limit, _, _, takes) in enumerate(bids):
        lots = [filled.get(at, 0) for at, leg in enumerate(legs) if leg[0] == row]
        gain += limit * min(lots) if takes else -limit * max(lots)
    assert together.welfare + 1 + len(bids) // 1000 >= gain


def test_on_complements_it_gains_where_separate_auctions_gain_nothing() -> None:
    """S0-45: who wants both or none gets both, where no auction of one factor alone would sell."""
    story = exchange()
    sell(story, "land", 10, 1)
    sell(story, "compute", 80, 1)
    send(story, "lab", package("both", 100, 1, ("parcel", 1, 1), ("gpu", 1, 1)))
    assert cleared(story).clearing.welfare == 10
    assert (story.lots("lab", "parcel"), story.lots("lab", "gpu")) == (1, 1)
    apart = Orders.from_columns(
        ["land", "compute", "land", "compute"], None, [-1, -1, 1, 1], [10, 80, 50, 50], [1] * 4
    )
    bought = clear(apart, Network.alone()).fills
    assert bought.rows == 2  # the land alone, of no use without the other


@settings(deadline=None, max_examples=15)
@given(st.data())
def test_no_slot_of_a_facility_is_ever_booked_twice(data: st.DataObject) -> None:
    """S0-59: hours of a shared instrument are lots of a right, each given away at most once."""
    story = Story().found(("compute",))
    story.party("facility")
    hours = tuple(f"beam-{hour:02}" for hour in range(9, 13))
    for hour in hours:
        story.right(f"r-{hour}", "facility", 1, instrument=hour)
    story.market(instruments=hours, mechanism="package", clear_at_close=True)
    for hour in hours:
        story.order("facility", -1, 5, 1, instrument=hour).accepted()
    labs = [story.party(f"lab-{n}", money=1_000) for n in range(4)]
    wanted = {}
    for lab in labs:
        wanted[lab] = data.draw(st.lists(st.sampled_from(hours), min_size=1, unique=True))
        limit = data.draw(st.integers(0, 100))
        send(story, lab, package("visit", limit, 1, *((hour, 1, 1) for hour in wanted[lab])))
    cleared(story)
    for hour in hours:
        assert sum(story.lots(lab, hour) for lab in labs) <= 1
        assert sum(story.lots(party, hour) for party in (*labs, "facility")) == 1
    for lab in labs:
        got = [hour for hour in hours if story.lots(lab, hour)]
        assert got in ([], sorted(wanted[lab]))


def test_goods_that_nobody_pays_for_stay_with_who_offered_them() -> None:
    story = exchange()
    sell(story, "land", 0, 10)
    send(story, "lab", package("", 9, 3, ("parcel", 1, 3)).with_columns(limit=[9], price=[9]))
    assert cleared(story).clearing.prices.maybe("price").tolist()[-2] == 0
    assert (story.lots("land-owner", "parcel"), story.lots("lab", "parcel")) == (7, 3)
    assert story.money("lab") == 10_000


def test_lots_go_through_links_and_what_the_link_earns_goes_to_its_owner() -> None:
    """S3-05: where a link is full its shadow price is the gap, and the rent is paid out."""
    story = exchange()
    sell(story, "land", 10, 10)
    wanted = package("a", 50, 4, ("parcel", 1, 4), region="west")
    send(story, "lab", wanted)
    flows = cleared(story).clearing.flows
    (full,) = [row for row in flows.iterate() if row["lots"]]
    assert (full["lots"], full["shadow_price"], full["rent"]) == (2, 39, 78)
    assert story.money("ministry") == 2 * 40
    assert story.money("lab") == 10_000 - 2 * 50
    assert story.lots("lab", "parcel") == 2


def test_a_worker_clears_the_frozen_book_and_only_its_own_result_is_taken() -> None:
    story = offered(clear_at_close=False)
    send(story, "lab", package("all", 100, 3, *ALL))
    story.close()
    market = story.venue.state.markets.markets["m"]
    assert market.closed_as is not None
    clearing = clear_book(market, market.closed_as)
    record = {"market": "m", "round": 1}
    poorer = structs.replace(clearing, fills=clearing.fills.take(slice(0, 0)))
    refusal = story.refused(RecordClearing, EXCHANGE, **record, clearing=poorer)
    assert refusal.startswith("markets.certificate_")
    other = structs.replace(clearing, mechanism="call")
    assert story.refused(RecordClearing, EXCHANGE, **record, clearing=other) == (
        "markets.other_mechanism: m is cleared by package, and this is a result of call; "
        "clear the frozen book with the mechanism of the market"
    )
    story.ask(RecordClearing, EXCHANGE, **record, clearing=clearing)
    assert [story.lots("lab", good) for good in GOODS.values()] == [3, 3, 3, 3]


def test_a_result_that_its_bound_does_not_prove_is_found_again_before_it_is_taken() -> None:
    """Three units are all there is: a lower result, in which all adds up, is refused."""
    story = exchange(clear_at_close=False)
    sell(story, "land", 10, 1)
    send(story, "lab", package("a", 30, 1, ("parcel", 1, 2)))
    send(story, "lab", package("b", 12, 1, ("parcel", 1, 1)))
    story.close()
    market = story.venue.state.markets.markets["m"]
    assert market.closed_as is not None
    clearing = clear_book(market, market.closed_as)
    record = {"market": "m", "round": 1}
    assert "welfare" in clearing.certificate.not_proved
    nothing = clear(orders_of(market), network_of(market, market.closed_as.links), "package")
    assert nothing.certificate.proved != clearing.certificate.proved  # in parts it is proved
    forged = structs.replace(clearing, welfare=clearing.welfare + 1)
    assert story.refused(RecordClearing, EXCHANGE, **record, clearing=forged)
    story.ask(RecordClearing, EXCHANGE, **record, clearing=clearing)


def test_a_package_is_taken_back_whole() -> None:
    story = offered()
    two = concatenate([package("a", 9, 3, *ALL), package("b", 9, 1, ("gpu", 1, 1))])
    events = send(story, "lab", two, batch="mine")
    (accepted,) = [event for event in events if isinstance(event, OrdersAccepted)]
    assert accepted.orders["number"].tolist() == [0, 0, 0, 0, 1]
    assert story.money("lab", "order:m") == 3 * 9 + 9
    story.ask(CancelOrders, "lab", market="m", batch="mine", numbers=(0,))
    assert story.money("lab", "order:m") == 9
    assert story.venue.state.markets.markets["m"].rows == len(GOODS) + 1


def test_a_frozen_right_takes_the_whole_package_out_of_the_book() -> None:
    story = exchange()
    story.party("miner", ("land", "compute"))
    story.right("r-rack", "miner", 10, factor="compute", instrument="gpu")
    send(story, "miner", package("s", 0, 3, ("gpu", -1, 3), ("parcel", 1, 3)))
    events = story.ask(FreezeRight, MINISTRY, entry="e", right="r-rack", reason="a court asked")
    assert [event.numbers for event in events if isinstance(event, OrdersCancelled)] == [(0,)]
    assert story.lots("miner", "gpu") == 10
    assert story.venue.state.markets.markets["m"].rows == 0


def test_a_contract_over_several_factors_waits_and_is_voided_as_a_whole() -> None:
    """S0-53: while it waits all lots are held; stopped, everybody has what they had."""
    story = offered(contract="notice", notice_days=10)
    send(story, "lab", package("all", 100, 3, *ALL))
    (made,) = [event for event in story.close() if isinstance(event, ContractMade)]
    assert [story.lots("lab", good) for good in GOODS.values()] == [0] * 4
    story.ask(VoidContract, MINISTRY, contract=made.contract, reason="an objection was right")
    assert story.money("lab") == 10_000
    assert [story.lots(f"{factor}-owner", good) for factor, good in GOODS.items()] == [10] * 4


def test_a_contract_over_several_factors_is_performed_when_its_notice_is_over() -> None:
    story = offered(contract="notice", notice_days=10)
    send(story, "lab", package("all", 100, 3, *ALL))
    story.close()
    story.clock.instant += 11 * DAY
    story.party("late")
    assert [story.lots("lab", good) for good in GOODS.values()] == [3, 3, 3, 3]


def test_a_round_of_packages_is_verified_audited_and_replayed() -> None:
    """The journal alone gives the same state; decided again, the same entries."""
    story = offered()
    send(story, "lab", package("all", 100, 3, *ALL))
    story.close()
    assert verify(story.venue.store).state_hash == state_hash(story.venue.state)
    assert audit(story.venue.store).unlike == 0
    again = replay(story.venue.store, [])
    assert again.diverged == 0
    assert state_hash(again.replayed) == state_hash(story.venue.state)


@pytest.mark.parametrize(
    ("orders", "reason"),
    [
        (package("a", 9, 0, ("gpu", 1, 3)), "its units are not from 1 to"),
        (package("a", 9, 2, ("gpu", 1, 3)), "its lots are not a whole number in each unit"),
        (package("a", 2**50, 1, ("gpu", 1, 3)), "its limit is beyond"),
        (package("a", 9, 1, ("gpu", 1, 3), ("gpu", -1, 1)), "it names a place twice"),
        (package("", 9, 3, ("gpu", 1, 3)), "it names no package"),
        (package("a", 9, 1, ("gpu", 1, 3)).with_columns(price=[9]), "it has a price"),
        (
            package("a", 9, 1, ("gpu", 1, 3), ("parcel", 1, 1)).with_columns(limit=[9, 8]),
            "its rows differ in limit or units",
        ),
    ],
)
def test_an_unsound_package_is_refused_and_says_why(orders: Columns, reason: str) -> None:
    story = exchange()
    refusal = story.refused(SubmitOrders, "lab", market="m", batch="b", orders=orders)
    assert refusal.startswith("markets.bad_package: row ")
    assert reason in refusal


def test_a_package_without_limit_or_of_two_parties_is_refused() -> None:
    story = exchange()
    legs = package("a", 9, 1, ("gpu", 1, 3), ("parcel", 1, 1))
    bare = Columns({name: legs.column(name) for name in legs.names if name != "limit"})
    refusal = story.refused(SubmitOrders, "lab", market="m", batch="b", orders=bare)
    assert "it has no limit" in refusal
    mixed = legs.with_columns(party=["lab", "land-owner"])
    refusal = story.refused(SubmitOrders, EXCHANGE, market="m", batch="b", orders=mixed)
    assert "its rows are of several parties" in refusal


def test_one_unsound_leg_takes_its_package_with_it_and_no_other() -> None:
    story = exchange()
    good = package("good", 9, 1, ("gpu", 1, 1))
    bad = package("bad", 9, 1, ("gpu", 1, 1), ("parcel", 1, 1)).with_columns(
        region=["east", "moon"]
    )
    sent = {"market": "m", "batch": "b", "orders": concatenate([bad, good]), "atomic": False}
    (accepted,) = [
        event
        for event in story.ask(SubmitOrders, "lab", **sent)
        if isinstance(event, OrdersAccepted)
    ]
    assert accepted.orders.text("package").tolist() == ["good"]
    assert accepted.refused.text("code").tolist() == ["markets.region_outside"] * 2


def test_a_market_of_several_factors_asks_admission_for_each() -> None:
    story = exchange()
    story.party("novice", ("compute",), money=100)
    orders = package("a", 9, 1, ("gpu", 1, 1), ("parcel", 1, 1))
    refusal = story.refused(SubmitOrders, "novice", market="m", batch="b", orders=orders)
    assert refusal.startswith("markets.not_admitted: novice")
    assert "land" in refusal


def test_too_many_places_for_packages_are_refused_at_the_opening() -> None:
    story = exchange()
    refusal = story.refused(
        OpenMarket,
        EXCHANGE,
        market="wide",
        factor="compute",
        instruments=tuple(f"slot-{n}" for n in range(2_049)),
        regions=("east", "west"),
        currency="CNY",
        trading=structs.replace(story.venue.state.markets.markets["m"].trading),
    )
    assert refusal.startswith("markets.too_many_places: ")


def test_an_empty_round_of_packages_is_no_trade() -> None:
    story = exchange()
    assert cleared(story).clearing.volume == 0
    assert [type(event).__name__ for event in story.ask(CloseBook, EXCHANGE, market="m")] == [
        "BookClosed",
        "MarketCleared",
        "RoundEnded",
    ]

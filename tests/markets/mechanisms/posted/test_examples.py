"""Posted prices by hand: tiers, groups, trials, and who comes first."""

import pytest

import yaosu as ys
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

HERE = Network.alone("only")


def book(*rows: tuple[str, int, int, int], sequence: list[int] | None = None) -> Orders:
    """Orders (party, side, limit, lots) of one instrument, in order of arrival."""
    return Orders.from_columns(
        instrument=["use"] * len(rows),
        party=[row[0] for row in rows],
        side=[row[1] for row in rows],
        price=[row[2] for row in rows],
        quantity=[row[3] for row in rows],
        sequence=sequence or list(range(len(rows))),
    )


def paid(orders: Orders, clearing: Clearing) -> dict[str, int]:
    """What each buyer pays, ticks."""
    sums: dict[str, int] = {}
    assert orders.party is not None
    names = orders.party.tolist()
    for fill in clearing.fills.iterate():
        if orders.side[fill["row"]] > 0:
            name = names[fill["row"]]
            sums[name] = sums.get(name, 0) + fill["lots"] * fill["price"]
    return sums


def test_a_block_tariff_is_paid_block_by_block() -> None:
    """Three steps by lots taken in the year; a household that used 3,000 before pays the rest.

    Numbers as in the stepped household tariffs for electricity (0.617, 0.677, 0.977 yuan a kWh from
    0, 3,120 and 4,800 kWh a year), in thousandths of a yuan: 5,000 kWh are
    3,120 x 617 + 1,680 x 677 + 200 x 977.
    """
    tariff = [("use", "", 0, 617), ("use", "", 3_120, 677), ("use", "", 4_800, 977)]
    orders = book(("seller", -1, 0, 100_000), ("a", 1, 1_000, 5_000), ("b", 1, 1_000, 2_000))
    clearing = ys.clear(orders, HERE, "posted", tariff=tariff, taken={("b", "use"): 3_000})
    assert paid(orders, clearing) == {"a": 3_257_800, "b": 120 * 617 + 1_680 * 677 + 200 * 977}
    assert clearing.prices.maybe("price").tolist() == [617]


def test_a_group_has_its_own_price_and_the_public_good_is_free() -> None:
    """S2-14: tiered by group; S2-23: uses for the public good are free."""
    tariff = [("use", "", 0, 100), ("use", "small", 0, 40), ("use", "public good", 0, 0)]
    orders = book(
        ("owner", -1, 0, 1_000), ("big", 1, 100, 10), ("shop", 1, 100, 10), ("clinic", 1, 100, 10)
    )
    members = {"shop": "small", "clinic": "public good"}
    clearing = ys.clear(orders, HERE, "posted", tariff=tariff, members=members)
    assert paid(orders, clearing) == {"big": 1_000, "shop": 400, "clinic": 0}


def test_a_trial_is_free_for_the_first_uses_and_never_again() -> None:
    """S2-14: a free trial, then the fee."""
    tariff = [("use", "", 0, 0), ("use", "", 3, 50)]
    orders = book(("owner", -1, 0, 1_000), ("a", 1, 50, 5), ("a", 1, 50, 5))
    clearing = ys.clear(orders, HERE, "posted", tariff=tariff)
    assert paid(orders, clearing) == {"a": 7 * 50}
    later = ys.clear(orders, HERE, "posted", tariff=tariff, taken={("a", "use"): 10})
    assert paid(orders, later) == {"a": 10 * 50}


def test_who_will_not_pay_the_next_tier_takes_up_to_it() -> None:
    tariff = [("use", "", 0, 10), ("use", "", 4, 20)]
    orders = book(("owner", -1, 0, 100), ("a", 1, 15, 9))
    clearing = ys.clear(orders, HERE, "posted", tariff=tariff)
    assert clearing.volume == 4


def test_who_comes_first_is_served_first_and_limits_do_not_bid() -> None:
    """A higher limit buys nothing: the price stands."""
    orders = book(("owner", -1, 30, 10), ("a", 1, 30, 7), ("b", 1, 99, 7))
    clearing = ys.clear(orders, HERE, "posted")
    assert paid(orders, clearing) == {"a": 210, "b": 90}
    turned = book(("owner", -1, 30, 10), ("a", 1, 30, 7), ("b", 1, 99, 7), sequence=[0, 2, 1])
    assert paid(turned, ys.clear(turned, HERE, "posted")) == {"a": 90, "b": 210}


def test_without_a_tariff_each_seller_posts_and_the_least_is_taken_first() -> None:
    orders = book(("x", -1, 30, 5), ("y", -1, 20, 5), ("a", 1, 30, 8), ("a", -1, 5, 9))
    clearing = ys.clear(orders, HERE, "posted")
    assert paid(orders, clearing) == {"a": 5 * 20 + 3 * 30}
    assert clearing.prices.maybe("price").tolist() == [5], "the least that stands posted"


def test_a_seller_who_asks_more_than_the_tariff_sells_nothing() -> None:
    """The ceiling binds the seller, too."""
    orders = book(("dear", -1, 11, 5), ("fair", -1, 9, 5), ("a", 1, 50, 9))
    clearing = ys.clear(orders, HERE, "posted", tariff=[("use", "", 0, 10)])
    assert paid(orders, clearing) == {"a": 50}


def test_who_is_in_no_group_with_a_price_cannot_buy() -> None:
    orders = book(("owner", -1, 0, 5), ("a", 1, 50, 5), ("shop", 1, 50, 2))
    given = {"tariff": [("use", "small", 0, 10)], "members": {"shop": "small"}}
    clearing = ys.clear(orders, HERE, "posted", **given)
    assert paid(orders, clearing) == {"shop": 20}
    assert clearing.prices.maybe("price").tolist() == [None]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"tariff": [("use", "", 1, 5)]}, "tiers that begin at 0"),
        ({"tariff": [("use", "", 0, 5), ("use", "", 0, 6)]}, "tiers that begin at 0"),
        ({"tariff": [("use", "", 0, -5)]}, "whole prices from 0"),
        ({"tariff": [("use", 5)]}, "rows of"),
        ({"tariff": [("use", "", k, 5) for k in range(10_001)]}, "at most 10000 prices"),
        ({"tariff": 5}, "rows of"),
        ({"members": "ab"}, "{party: group}"),
        ({"members": [["a", 5]]}, "{party: group}"),
        ({"taken": [["a", "use"]]}, "rows of"),
        ({"taken": {("a", "use"): -1}}, "whole lots from 0"),
    ],
)
def test_parameters_that_make_no_tariff_are_refused(
    given: dict[str, object], expected: str
) -> None:
    with pytest.raises(Refusal, match=f"markets.bad_parameter.*{expected}"):
        ys.clear(book(("a", 1, 1, 1)), HERE, "posted", **given)


def test_a_party_is_in_one_group() -> None:
    from yaosu.markets.mechanisms.posted import Member

    members = [Member("a", "x"), Member("a", "y")]
    with pytest.raises(Refusal, match="a party in two groups"):
        ys.clear(book(("a", 1, 1, 1)), HERE, "posted", members=members)

"""Worked examples: each result was found by hand."""

import pytest

from tests.markets.mechanisms.call.helpers import flows_by_link, lots_by_row, prices_by_region
from yaosu.kernel.canonical import decode, encode
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms import clear, verify_clearing
from yaosu.markets.mechanisms.call_parameters import TIE_CHAIN_BY_TIME
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders


def orders_of(*rows: tuple[str, str, int, int]) -> Orders:
    """Rows of (region, side, price, quantity)."""
    region, side, price, quantity = zip(*rows, strict=True)
    return Orders.from_columns(region=region, side=side, price=price, quantity=quantity)


def cleared(orders: Orders, network: Network, **parameters: object) -> Clearing:
    """Clear, check the certificate, send it through canonical bytes and back, check again."""
    clearing = clear(orders, network, **parameters)
    verify_clearing(orders, network, clearing, parameters)
    again = decode(encode(clearing), Clearing)
    assert again == clearing
    verify_clearing(orders, network, again, parameters)
    return clearing


def test_one_region_clears_in_the_middle_of_its_interval() -> None:
    """Bids 10 and 7, offers 4 and 9: one lot trades, any price from 7 to 9 supports it."""
    orders = orders_of(
        ("a", "buy", 10, 1), ("a", "buy", 7, 1), ("a", "sell", 4, 1), ("a", "sell", 9, 1)
    )
    clearing = cleared(orders, Network.alone("a"))
    assert clearing.welfare == 6
    assert clearing.volume == 1
    assert lots_by_row(clearing, 4) == [1, 0, 1, 0]
    row = next(clearing.prices.iterate())
    assert (row["price_low"], row["price"], row["price_high"]) == (7, 8, 9)
    assert (row["best_buy"], row["best_sell"], row["status"]) == (10, 4, "traded")


@pytest.mark.parametrize(("rule", "price"), [("low", 7), ("high", 9), ("mid", 8), ("nearest", 9)])
def test_the_price_rule_is_data_of_the_market(rule: str, price: int) -> None:
    """The same book under each rule; the reference of 12 lies above the interval."""
    orders = orders_of(
        ("a", "buy", 10, 1), ("a", "buy", 7, 1), ("a", "sell", 4, 1), ("a", "sell", 9, 1)
    )
    reference = {"reference_prices": {"a": 12}} if rule == "nearest" else {}
    clearing = cleared(orders, Network.alone("a"), price_rule=rule, **reference)
    assert prices_by_region(clearing) == {"a": price}


def test_the_middle_of_negative_prices_is_rounded_down() -> None:
    """An interval from -4 to -1 has the middle -3."""
    orders = orders_of(("a", "buy", -1, 1), ("a", "sell", -4, 1))
    assert prices_by_region(cleared(orders, Network.alone("a"))) == {"a": -3}


def test_regions_joined_without_limits_have_one_price() -> None:
    """Two regions, a wide free link both ways: one price, exactly (S0-32)."""
    orders = orders_of(("a", "sell", 3, 10), ("b", "buy", 9, 4), ("b", "sell", 8, 5))
    network = Network.from_links(["a", "b"], ["b", "a"], [100, 100])
    clearing = cleared(orders, network)
    prices = prices_by_region(clearing)
    assert prices["a"] == prices["b"] == 3
    assert flows_by_link(clearing) == {("a", "b"): 4, ("b", "a"): 0}


def test_a_full_link_parts_the_prices_by_its_shadow_price() -> None:
    """Limit 3, cost 1: prices 3 and 8, so the shadow price is 8 - 3 - 1 = 4 (S0-32)."""
    orders = orders_of(("a", "sell", 3, 10), ("b", "buy", 9, 4), ("b", "sell", 8, 5))
    network = Network.from_links(["a"], ["b"], [3], [1])
    clearing = cleared(orders, network)
    assert prices_by_region(clearing) == {"a": 3, "b": 8}
    row = next(clearing.flows.iterate())
    assert (row["lots"], row["shadow_price"], row["cost"], row["rent"]) == (3, 4, 3, 12)
    assert clearing.welfare == 3 * (9 - 3 - 1) + 1 * (9 - 8)


def test_a_party_never_trades_with_itself() -> None:
    """A wash pair of one party is taken off before anything is priced."""
    orders = Orders.from_columns(
        side=["buy", "sell", "buy", "sell"],
        price=[20, 2, 10, 6],
        quantity=[5, 3, 1, 1],
        party=["w", "w", "x", "y"],
    )
    clearing = cleared(orders, Network.alone("only"))
    assert list(clearing.decremented.iterate()) == [{"row": 0, "lots": 3}, {"row": 1, "lots": 3}]
    assert lots_by_row(clearing, 4) == [1, 0, 0, 1]
    assert clearing.volume == 1


def test_the_margin_is_shared_in_proportion_by_largest_remainders() -> None:
    """7 lots to offers of 5, 5 and 10: exact 1.75, 1.75, 3.5, so 2, 2 and 3 (S2-26)."""
    orders = Orders.from_columns(
        side=["buy", "sell", "sell", "sell"],
        price=[9, 4, 4, 4],
        quantity=[7, 5, 5, 10],
        party=["x", "a", "b", "c"],
        sequence=[4, 3, 2, 1],
    )
    clearing = cleared(orders, Network.alone("only"))
    assert lots_by_row(clearing, 4) == [7, 2, 2, 3]


def test_equal_remainders_go_to_the_earlier_party() -> None:
    """3 lots to two equal offers: the odd lot goes to the smaller sequence (S2-26)."""
    orders = Orders.from_columns(
        side=["buy", "sell", "sell"],
        price=[9, 4, 4],
        quantity=[3, 2, 2],
        party=["x", "a", "b"],
        sequence=[0, 8, 7],
    )
    assert lots_by_row(cleared(orders, Network.alone("only")), 3) == [3, 1, 2]


def test_the_margin_may_be_served_by_time() -> None:
    """The same book under the chain that knows only sequence at the margin."""
    orders = Orders.from_columns(
        side=["buy", "sell", "sell"],
        price=[9, 4, 4],
        quantity=[3, 2, 2],
        party=["x", "a", "b"],
        sequence=[0, 8, 7],
    )
    clearing = cleared(orders, Network.alone("only"), tie_chain=TIE_CHAIN_BY_TIME)
    assert lots_by_row(clearing, 3) == [3, 1, 2]
    orders = Orders.from_columns(
        side=["buy", "sell", "sell"],
        price=[9, 4, 4],
        quantity=[2, 2, 2],
        party=["x", "a", "b"],
        sequence=[0, 8, 7],
    )
    clearing = cleared(orders, Network.alone("only"), tie_chain=TIE_CHAIN_BY_TIME)
    assert lots_by_row(clearing, 3) == [2, 0, 2]


def test_volume_is_greatest_among_equal_welfare() -> None:
    """A bid and an offer at the same limit gain nothing by trading, and trade all the same."""
    orders = orders_of(("a", "buy", 5, 4), ("a", "sell", 5, 3))
    clearing = cleared(orders, Network.alone("a"))
    assert (clearing.welfare, clearing.volume) == (0, 3)


def test_the_margin_is_shared_over_the_whole_uncongested_part() -> None:
    """6 lots wanted in c, offers of 4 in a and 8 in b at the same price: 2 and 4."""
    orders = orders_of(("a", "sell", 5, 4), ("b", "sell", 5, 8), ("c", "buy", 9, 6))
    network = Network.from_links(["a", "b"], ["c", "c"], [9, 9])
    clearing = cleared(orders, network)
    assert lots_by_row(clearing, 3) == [2, 4, 6]
    congested = Network.from_links(["a", "b"], ["c", "c"], [9, 3])
    clearing = cleared(orders, congested)
    assert lots_by_row(clearing, 3) == [3, 3, 6]


def test_flows_take_the_shortest_way_and_share_equal_ways_by_capacity() -> None:
    """10 lots from a to d over b (capacity 30) and c (capacity 20): 6 and 4; the detour is idle."""
    orders = orders_of(("a", "sell", 5, 10), ("d", "buy", 9, 10))
    network = Network.from_links(
        ["a", "a", "b", "c", "b"], ["b", "c", "d", "d", "c"], [30, 20, 30, 20, 50]
    )
    clearing = cleared(orders, network)
    assert flows_by_link(clearing) == {
        ("a", "b"): 6,
        ("a", "c"): 4,
        ("b", "c"): 0,
        ("b", "d"): 6,
        ("c", "d"): 4,
    }


def test_a_single_lot_between_equal_ways_is_settled_by_the_order_of_links() -> None:
    """One lot, two equal ways: the earlier link carries less."""
    orders = orders_of(("a", "sell", 5, 1), ("d", "buy", 9, 1))
    network = Network.from_links(["a", "a", "b", "c"], ["b", "c", "d", "d"], [5, 5, 5, 5])
    flows = flows_by_link(cleared(orders, network))
    assert flows == {("a", "b"): 0, ("a", "c"): 1, ("b", "d"): 0, ("c", "d"): 1}


def test_no_trade_has_no_price_but_an_indication() -> None:
    """Nothing crosses in a; b trades by itself and is not joined to it."""
    orders = orders_of(
        ("a", "buy", 3, 1), ("a", "sell", 8, 1), ("b", "buy", 6, 1), ("b", "sell", 6, 1)
    )
    clearing = cleared(orders, Network.alone("a", "b"))
    a, b = clearing.prices.iterate()
    assert (a["status"], a["price"], a["best_buy"], a["best_sell"]) == ("no_trade", None, 3, 8)
    assert (a["price_low"], a["price_high"]) == (None, None)
    assert (b["status"], b["price"]) == ("traded", 6)


def test_an_empty_book_clears_to_nothing() -> None:
    """No orders, no prices, nothing to prove."""
    orders = Orders.from_columns(region=[], side=[], price=[], quantity=[])
    clearing = cleared(orders, Network.from_links(["a"], ["b"], [1]))
    assert (len(clearing.prices), len(clearing.fills), clearing.welfare) == (0, 0, 0)


def test_a_price_taker_takes_and_gives_at_its_price() -> None:
    """The neighbour at 5 supplies what b buys; its balance is free, its price is given."""
    orders = orders_of(("b", "buy", 9, 4), ("b", "sell", 7, 5))
    network = Network.from_links(["n", "b"], ["b", "n"], [100, 100])
    clearing = cleared(orders, network, price_takers={"n": 5})
    assert prices_by_region(clearing) == {"b": 5, "n": 5}
    assert flows_by_link(clearing) == {("b", "n"): 0, ("n", "b"): 4}
    assert clearing.welfare == 4 * (9 - 5)


def test_a_link_may_carry_one_instrument_only() -> None:
    """x may travel, y may not."""
    orders = Orders.from_columns(
        ["x", "x", "y", "y"],
        ["a", "b", "a", "b"],
        side=[-1, 1, -1, 1],
        price=[3, 9, 3, 9],
        quantity=[2, 2, 2, 2],
    )
    network = Network.from_links(["a"], ["b"], [5], instrument=["x"], regions=["a", "b"])
    clearing = cleared(orders, network)
    assert clearing.volume == 2
    assert clearing.prices.maybe("price").tolist() == [6, 6, None, None]


def test_prices_of_a_thousand_billion_ticks_clear_exactly() -> None:
    """One outlier far above all others neither overflows nor blurs the price."""
    orders = orders_of(
        ("a", "buy", 10**12, 3), ("a", "buy", 101, 5), ("a", "sell", 100, 4), ("a", "sell", 99, 2)
    )
    clearing = cleared(orders, Network.alone("a"))
    assert clearing.welfare == 3 * 10**12 + 3 * 101 - 4 * 100 - 2 * 99
    assert prices_by_region(clearing) == {"a": 101}


def test_whole_numbers_name_regions_and_instruments_too() -> None:
    """Codes become their decimal text."""
    orders = Orders.from_columns([7, 7], [0, 1], side=[1, -1], price=[5, 3], quantity=[1, 1])
    clearing = cleared(orders, Network.from_links([1], [0], [2]))
    assert clearing.prices.text("instrument").values == ("7",)
    assert prices_by_region(clearing) == {"0": 4, "1": 4}


def test_a_clearing_draws_itself_for_a_notebook() -> None:
    """The picture names prices, links and what was refused a price, and escapes every name."""
    orders = orders_of(("<a>", "sell", 3, 10), ("b", "buy", 9, 4), ("b", "sell", 8, 5))
    html = cleared(orders, Network.from_links(["<a>"], ["b"], [3], [1]))._repr_html_()
    assert "&lt;a&gt;" in html
    assert "<a>" not in html
    assert "<svg" in html
    assert "shadow price" in html
    nothing = cleared(orders_of(("a", "buy", 1, 1)), Network.alone("a"))
    assert "no trade" in nothing._repr_html_()

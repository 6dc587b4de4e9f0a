"""What the call auction refuses, each with its sentence."""

import numpy as np
import pytest

from tests.markets.mechanisms.call.helpers import with_table
from yaosu.kernel.columns import Maybe
from yaosu.kernel.refusal import Refusal
from yaosu.markets.mechanisms import clear, verify_clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

ONE = {"side": ["buy"], "price": [5], "quantity": [1]}


def refusal(call: object, *given: object, **named: object) -> Refusal:
    """The refusal a call meets."""
    assert callable(call)
    with pytest.raises(Refusal) as caught:
        call(*given, **named)
    return caught.value


@pytest.mark.parametrize(
    ("columns", "code", "part"),
    [
        ({"quantity": [0]}, "markets.quantity_not_positive", "row 0 has quantity 0"),
        ({"quantity": [-3]}, "markets.quantity_not_positive", "row 0 has quantity -3"),
        ({"side": ["hold"]}, "markets.unknown_side", "side 'hold'"),
        ({"side": [2]}, "markets.unknown_side", "side '2'"),
        ({"price": [2**51]}, "markets.value_overflow", "a price reaches 2251799813685248"),
        ({"quantity": [2**51]}, "markets.value_overflow", "a quantity reaches"),
        (
            {"price": [2**40], "quantity": [2**23]},
            "markets.value_overflow",
            "price times quantity reaches 9223372036854775808",
        ),
        ({"price": [1.5]}, "kernel.float_not_allowed", "price"),
        ({"quantity": ["many"]}, "kernel.wrong_type", "whole numbers"),
        ({"price": [1, 2]}, "kernel.unequal_columns", "rows"),
    ],
)
def test_bad_orders_are_refused(columns: dict[str, object], code: str, part: str) -> None:
    """Each with the row, the number and what to do."""
    met = refusal(Orders.from_columns, **{**ONE, **columns})
    assert met.code == code
    assert part in str(met)


def test_too_many_orders_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a limit, with a name."""
    monkeypatch.setattr("yaosu.markets.orders.ORDERS_PER_AUCTION_MAX", 2)
    met = refusal(Orders.from_columns, side=[1] * 3, price=[1] * 3, quantity=[1] * 3)
    assert met.code == "markets.too_many_orders"


def test_a_table_without_a_needed_column_is_refused() -> None:
    """Orders and links alike."""
    met = refusal(Orders.from_table, {"side": ["buy"], "price": [1]})
    assert met.code == "markets.missing_column"
    assert "quantity" in str(met)
    assert refusal(Network.from_table, {"source": ["a"]}).code == "markets.missing_column"
    orders = Orders.from_table({**ONE, "region": ["a"], "note": ["x"]})
    network = Network.from_table({"source": ["a"], "target": ["b"], "capacity": [1], "loss": [0]})
    assert clear(orders, network).volume == 0


@pytest.mark.parametrize(
    ("links", "code"),
    [
        ((["a", "a"], ["b", "b"], [1, 2]), "markets.duplicate_link"),
        ((["a"], ["a"], [1]), "markets.self_link"),
        ((["a"], ["b"], [-1]), "markets.link_number"),
        ((["a"], ["b"], [1], [-2]), "markets.link_number"),
        ((["a"], ["b"], [2**60]), "markets.link_number"),
        ((["a"], ["b"], [1], [0], [1]), "markets.link_loss"),
        ((["a"], ["b"], [1], [0], [0.0000001]), "markets.link_loss"),
        ((["a"], ["b"], [1], [0], ["much"]), "markets.link_loss"),
        ((["a"], ["b"], [1], [0], [0, 0]), "kernel.unequal_columns"),
    ],
)
def test_bad_links_are_refused(links: tuple[object, ...], code: str) -> None:
    """Each with its ends."""
    assert refusal(Network.from_links, *links).code == code


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"price_rule": "best"}, "markets.bad_parameter"),
        ({"price_rule": "nearest"}, "markets.bad_parameter"),
        ({"tie_chain": ("volume",)}, "markets.bad_parameter"),
        ({"price_band": (9, 3)}, "markets.bad_parameter"),
        ({"price_band": (6, 9)}, "markets.price_outside_band"),
        ({"price_band": (4, 9), "price_takers": {"n": 11}}, "markets.bad_parameter"),
        ({"price_takers": {"n": 1.5}}, "markets.bad_parameter"),
        ({"price_takers": [1.5]}, "markets.bad_parameter"),
        ({"price_takers": {"x": 3}}, "markets.unknown_region"),
        ({"mechanism": "guess"}, "markets.unknown_mechanism"),
    ],
)
def test_bad_parameters_are_refused(parameters: dict[str, object], code: str) -> None:
    """With what is expected instead."""
    orders = Orders.from_columns(region=["a"], **ONE)
    assert refusal(clear, orders, Network.alone("a", "n"), **parameters).code == code


def test_an_order_in_an_unknown_region_is_refused() -> None:
    """The network says which regions there are."""
    orders = Orders.from_columns(region=["elsewhere"], **ONE)
    met = refusal(clear, orders, Network.alone("a"))
    assert met.code == "markets.unknown_region"
    assert "elsewhere" in str(met)


def test_too_many_instruments_by_regions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups are kept densely, so there is a limit."""
    monkeypatch.setattr("yaosu.markets.mechanisms.call_curves.GROUPS_MAX", 1)
    orders = Orders.from_columns(region=["a"], **ONE)
    met = refusal(clear, orders, Network.alone("a", "b"))
    assert met.code == "markets.too_many_groups"


def test_rent_beyond_64_bits_is_refused() -> None:
    """Price-takers far apart over a huge link would earn more than can be counted."""
    orders = Orders.from_columns(region=["a"], **ONE)
    network = Network.from_links(["a", "m"], ["m", "n"], [1, 2**40])
    met = refusal(clear, orders, network, price_takers={"m": -(2**40), "n": 2**40})
    assert met.code == "markets.value_overflow"


def test_huge_capacities_beside_price_takers_are_refused() -> None:
    """Their balance is free, so nothing else bounds what could flow."""
    names = [f"r{i}" for i in range(1100)]
    orders = Orders.from_columns(region=["r0"], **ONE)
    network = Network.from_links(names[:-1], names[1:], np.full(1099, 2**51 - 1))
    met = refusal(clear, orders, network, price_takers={"r1": 3})
    assert met.code == "markets.value_overflow"


def forged(table: str, **columns: object) -> Refusal:
    """What the check says to a clearing with one table changed; b buys two lots from a."""
    orders = Orders.from_columns(
        region=["a", "b", "b"], side=[-1, 1, -1], price=[3, 9, 9], quantity=[9, 5, 2]
    )
    network = Network.from_links(["a"], ["b"], [2], [1])
    clearing = clear(orders, network)
    assert clearing.fills["lots"].tolist() == [2, 4, 2]
    tables = {"regions": clearing.certificate.regions, "links": clearing.certificate.links}
    changed = tables.get(table, getattr(clearing, table, None))
    assert changed is not None
    return refusal(
        verify_clearing,
        orders,
        network,
        with_table(clearing, table, changed.with_columns(**columns)),
    )


@pytest.mark.parametrize(
    ("table", "columns", "text"),
    [
        (
            "fills",
            {"lots": [2, 3, 2]},
            "markets.certificate_balance: only in b does not balance: 1 lots are left over",
        ),
        (
            "fills",
            {"lots": [10, 4, 2]},
            "markets.certificate_fill: order row 0 is filled wrongly: more than it offers",
        ),
        (
            "fills",
            {"price": [3, 9, 8]},
            "markets.certificate_fill: order row 2 is filled wrongly: not at its region's price",
        ),
        (
            "fills",
            {"row": [0, 2, 1]},
            "markets.certificate_shape: the table fills of the clearing is not formed as it must "
            "be: rows do not ascend within the orders",
        ),
        (
            "flows",
            {"rent": [9]},
            "markets.certificate_flow: the flow from a to b in only is wrong: "
            "the rent is not shadow price times lots",
        ),
        (
            "prices",
            {"price_high": Maybe(np.array([4, 9]), np.array([True, True]))},
            "markets.certificate_price: the price of only in a is wrong: "
            "its high end supports no fills",
        ),
        (
            "regions",
            {"volume": [5, 5]},
            "markets.certificate_step: tie step volume fails for only at a",
        ),
    ],
)
def test_the_check_names_what_is_wrong(table: str, columns: dict[str, object], text: str) -> None:
    """The row, link or region, and the reason."""
    assert str(forged(table, **columns)).startswith(text)


def test_columns_are_taken_by_place_too_and_the_needed_ones_must_be_given() -> None:
    orders = Orders.from_columns(["a", "a"], [0, 1], [1, -1], [5, 4], [2, 3], ["p", "q"], [1, 2])
    assert orders.region.tolist() == ["0", "1"]
    assert orders.sequence is not None
    for missing in range(3):
        columns: list[list[int] | None] = [[1], [5], [2]]
        columns[missing] = None
        with pytest.raises(Refusal) as caught:
            Orders.from_columns(None, None, *columns)
        assert caught.value.code == "markets.missing_column"
        assert caught.value.facts["column"] == ("side", "price", "quantity")[missing]

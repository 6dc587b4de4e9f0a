"""Small books whose answer can be worked out by hand."""

import numpy as np
import pytest

import yaosu as ys
from yaosu.markets.clearing import Clearing
from yaosu.markets.network import Network
from yaosu.markets.packages import Packages

MILLION = 1_000_000


def prices_in_ticks(clearing: Clearing) -> list[float]:
    subticks = int(clearing.certificate.regions["subticks"][0])
    return [price / subticks for price in clearing.prices["price_subticks"].tolist()]


def fills_of(clearing: Clearing, rows: int) -> list[float]:
    found = [0.0] * rows
    for fill in clearing.fills.iterate():
        found[fill["row"]] = fill["lots"] + fill["parts"] / MILLION
    return found


def test_two_parts_find_one_whole() -> None:
    """One wants land and labour together for 100; 40 for the one and 50 for the other are asked.

    Separately nobody would buy either; together all trade (S0-45, S0-53).
    """
    packages = Packages.from_columns(
        limit=[100, -40, -50],
        quantity=[3, 5, 4],
        order=[0, 0, 1, 2],
        instrument=["land", "labour", "land", "labour"],
        amount=[1, 1, -1, -1],
    )
    clearing = ys.clear(packages, mechanism="package")
    assert clearing.welfare == 3 * (100 - 40 - 50)
    assert fills_of(clearing, 3) == [3, 3, 3]
    assert prices_in_ticks(clearing) == pytest.approx([50, 40], abs=0.1)  # sellers are marginal
    assert clearing.fills["payment"].tolist() == [270, -120, -150]


def test_a_swap_meets_a_purchase_and_a_sale() -> None:
    """A sells x, B gives x for y, C buys y: nobody has a partner, all three trade."""
    packages = Packages.from_columns(
        limit=[-10, -2, 20],
        quantity=[1, 1, 1],
        order=[0, 1, 1, 2],
        instrument=["x", "x", "y", "y"],
        amount=[-1, 1, -1, 1],
    )
    clearing = ys.clear(packages, mechanism="package")
    assert clearing.welfare == 20 - 10 - 2
    x, y = prices_in_ticks(clearing)
    assert x >= 10
    assert y <= 20
    assert y - x >= 2
    assert sum(clearing.fills["payment"].tolist()) == 0


def test_a_package_is_filled_in_part_where_what_it_needs_is_scarce() -> None:
    """Two things of the one and three of the other in a package, seven of the other on offer."""
    packages = Packages.from_columns(
        limit=[100, -1, -1],
        quantity=[10, 100, 7],
        order=[0, 0, 1, 2],
        instrument=["a", "b", "a", "b"],
        amount=[2, 3, -1, -1],
    )
    clearing = ys.clear(packages, mechanism="package")
    assert fills_of(clearing, 3) == pytest.approx([7 / 3, 14 / 3, 7], abs=3e-6)
    a, b = prices_in_ticks(clearing)
    assert a == pytest.approx(1, abs=0.01)
    assert b == pytest.approx((100 - 2) / 3, abs=0.01)  # all scarcity is in the price of b


def test_a_full_link_parts_prices_and_earns_the_gap() -> None:
    """East is cheap, west is dear, four lots fit through the link at 3 a lot (S0-30, S3-05)."""
    packages = Packages.from_columns(
        limit=[-10, 50, -30],
        quantity=[10, 10, 10],
        order=[0, 1, 2],
        instrument=["power"] * 3,
        region=["east", "west", "west"],
        amount=[-1, 1, -1],
    )
    network = Network.from_links(["east"], ["west"], capacity=[4], cost=[3])
    clearing = ys.clear(packages, network, "package")
    east, west = prices_in_ticks(clearing)
    assert (east, west) == pytest.approx((10, 30), abs=0.1)
    assert fills_of(clearing, 3) == [4, 10, 6]
    (flow,) = list(clearing.flows.iterate())
    assert (flow["lots"], flow["parts"], flow["cost"]) == (4, 0, 12)
    assert flow["rent"] == 4 * (30 - 10) - 12
    assert clearing.welfare == 10 * 50 - 4 * 10 - 6 * 30 - 12
    assert clearing.fills["payment"].sum() == flow["rent"] + flow["cost"]


def test_what_nobody_wants_has_no_price() -> None:
    """Wool comes with the mutton and is left over: its price is zero."""
    packages = Packages.from_columns(
        limit=[30, -10],
        quantity=[5, 8],
        order=[0, 1, 1],
        instrument=["mutton", "mutton", "wool"],
        amount=[1, -1, -2],
    )
    clearing = ys.clear(packages, mechanism="package")
    prices = {row["instrument"]: row for row in clearing.prices.iterate()}
    assert prices["wool"]["price_subticks"] == 0
    assert prices["wool"]["left_over"] == 10 * MILLION
    assert prices["mutton"]["left_over"] == 0


def test_equal_orders_share_alike_and_splitting_gains_nothing() -> None:
    """Six lots for two who offer the same: in proportion to what each offers."""
    legs = {"instrument": ["x"] * 3, "amount": [1, -1, -1], "order": [0, 1, 2]}
    whole = Packages.from_columns(limit=[20, -10, -10], quantity=[6, 8, 4], **legs)
    clearing = ys.clear(whole, mechanism="package")
    assert fills_of(clearing, 3) == [6, 4, 2]
    legs = {"instrument": ["x"] * 4, "amount": [1, -1, -1, -1], "order": [0, 1, 2, 3]}
    split = Packages.from_columns(limit=[20, -10, -10, -10], quantity=[6, 4, 4, 4], **legs)
    assert fills_of(ys.clear(split, mechanism="package"), 4) == [6, 2, 2, 2]


def test_nothing_crosses_and_nothing_is_offered() -> None:
    packages = Packages.from_columns(
        limit=[5, -9], quantity=[1, 1], order=[0, 1], instrument=["x", "x"], amount=[1, -1]
    )
    clearing = ys.clear(packages, mechanism="package")
    assert (clearing.welfare, clearing.volume, clearing.fills.rows) == (0, 0, 0)
    assert clearing.prices.text("status").tolist() == ["no_trade"]
    none = Packages.from_columns([], [], [], [], [])
    empty = ys.clear(none, Network.alone(), "package")
    assert (empty.welfare, empty.prices.rows) == (0, 0)
    ys.verify_clearing(none, Network.alone(), empty)


def test_packages_come_as_tables_of_any_make() -> None:
    polars = pytest.importorskip("polars", reason="needs the extra evaluation")
    packages = Packages.from_tables(
        polars.DataFrame({"limit": [20, -10], "quantity": [1, 1], "party": ["a", "b"]}),
        {"order": np.array([1, 0]), "instrument": ["x", "x"], "amount": [-1, 1]},
    )
    assert ys.clear(packages, mechanism="package").welfare == 10

"""Worked examples, and the requirements that packages were made for."""

import numpy as np
import pytest

import yaosu as ys
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Clearing
from yaosu.markets.packages import Packages

NAME = "package-all-or-nothing"


def book(rows: list[tuple[int, str, dict[str, int]]]) -> Packages:
    """Rows of limit, group and legs; each accepted whole or not at all."""
    legs = [(at, *leg) for at, row in enumerate(rows) for leg in row[2].items()]
    return Packages.from_columns(
        [row[0] for row in rows],
        [1] * len(rows),
        [leg[0] for leg in legs],
        [leg[1] for leg in legs],
        [leg[2] for leg in legs],
        group=[row[1] for row in rows],
    )


def cleared(packages: Packages, **parameters: object) -> Clearing:
    given = {"effort": 1, **parameters}
    clearing = ys.clear(packages, mechanism=NAME, **given)
    ys.verify_clearing(packages, None, clearing, given)
    return clearing


def accepted(clearing: Clearing) -> list[int]:
    return [int(row) for row in clearing.fills["row"]]


def test_complements_are_worth_more_together_than_cleared_apart() -> None:
    """S0-45: package welfare is above that of each factor cleared alone, and feasible in each.

    A laboratory wants land, power and data together for 120, and each alone for 10; each is given
    for 25. Cleared apart nothing trades; as a package it does.
    """
    factors = ("land", "power", "data")
    gives = [(-25, "", {factor: -1}) for factor in factors]
    alone = [(10, "lab", {factor: 1}) for factor in factors]
    together = book([(120, "lab", dict.fromkeys(factors, 1)), *alone, *gives])
    clearing = cleared(together)
    assert accepted(clearing) == [0, 4, 5, 6]
    assert (clearing.prices["left_over"] >= 0).all()
    apart = sum(
        cleared(book([(10, "", {factor: 1}), (-25, "", {factor: -1})])).welfare
        for factor in factors
    )
    assert (clearing.welfare, apart) == (120 - 75, 0)


def test_a_package_is_filled_with_all_its_legs_or_none() -> None:
    """S0-53: land, power, data and talent clear atomically: every leg or none."""
    wants = (100, "", {"land": 1, "power": 2, "data": 1, "talent": 3})
    gives = [
        (-10, "", {"land": -1}),
        (-10, "", {"power": -2}),
        (-10, "", {"data": -1}),
        (-10, "", {"talent": -3}),
    ]
    assert accepted(cleared(book([wants, *gives]))) == [0, 1, 2, 3, 4]
    assert accepted(cleared(book([wants, *gives[:3]]))) == []


def test_a_bundle_is_bought_in_one_order() -> None:
    """S0-58: a bundle of data, computing power and algorithm is given whole and bought whole."""
    bundle = {"data": 1, "compute": 8, "algorithm": 1}
    offer = (-300, "", {name: -lots for name, lots in bundle.items()})
    clearing = cleared(book([offer, (320, "", bundle), (310, "", bundle), (200, "", {"data": 1})]))
    assert accepted(clearing) == [0, 1]
    assert clearing.fills["payment"].tolist() == [-300, 320]


def test_rival_time_slots_are_never_double_booked() -> None:
    """S0-59: an hour of a facility goes to one; who wants two hours gets both or neither."""
    hours = [f"beam-{hour:02}" for hour in range(6)]
    gives = [(-5, "", {hour: -1}) for hour in hours]
    chance = np.random.default_rng(3)
    wants: list[tuple[int, str, dict[str, int]]] = []
    for party in range(12):
        for _ in range(2):  # two times that would suit, one of them at most
            first, length = int(chance.integers(0, 5)), int(chance.integers(1, 3))
            worth = 10 * length + int(chance.integers(0, 20))
            wants.append((worth, f"p{party}", dict.fromkeys(hours[first : first + length], 1)))
    clearing = cleared(book([*gives, *wants]))
    booked = dict.fromkeys(hours, 0)
    for row in accepted(clearing):
        for hour, lots in [*gives, *wants][row][2].items():
            booked[hour] += max(lots, 0)
    assert set(booked.values()) <= {0, 1}
    assert sum(booked.values()) > 3
    assert int(clearing.prices["bought"].max()) == 1


def test_what_a_price_cannot_support_is_given_up() -> None:
    """Two give two lots each, one wants three: a lot is left over, so lots have no price."""
    packages = book([(-4, "", {"a": -2}), (-20, "", {"a": -2}), (30, "", {"a": 3})])
    assert cleared(packages).welfare == 6
    clearing = cleared(packages, mode="uniform")
    told = clearing.certificate.links
    assert (clearing.welfare, int(told["allocation_welfare"][0])) == (0, 6)


def test_groups_of_two_parties_are_two_groups() -> None:
    """Nobody shuts another's package out by naming its group."""
    packages = Packages.from_columns(
        [-1, 9, 8],
        [1, 1, 1],
        [0, 1, 2],
        ["a", "a", "a"],
        [-2, 1, 1],
        party=["x", "y", "z"],
        group=["", "g", "g"],
    )
    assert accepted(cleared(packages)) == [0, 1, 2]


def test_units_between_minimum_and_quantity() -> None:
    """One wants three to five units; two are given whole, of two units each."""
    packages = Packages.from_columns(
        [10, -1, -1], [5, 2, 2], [0, 1, 2], ["a", "a", "a"], [1, -1, -1], minimum=[3, 2, 2]
    )
    assert cleared(packages).fills["lots"].tolist() == [4, 2, 2]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"mode": "best"}, "parameter mode is best; give allocation or uniform"),
        ({"effort": 0}, "parameter effort is 0; give a whole number from 1 to 100000"),
        ({"speed": 1}, "parameter speed is 1; give mode, effort, payments"),
    ],
)
def test_parameters_that_are_not_taken(given: dict[str, object], text: str) -> None:
    with pytest.raises(Refusal) as caught:
        ys.clear(book([(1, "", {"a": 1})]), mechanism=NAME, **given)
    assert str(caught.value) == f"markets.bad_parameter: {text}"


def test_a_minimum_above_the_quantity_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        Packages.from_columns([1], [2], [0], ["a"], [1], minimum=[3])
    assert str(caught.value) == (
        "markets.bad_minimum: package row 0 has minimum 3, its quantity is 2; give whole units "
        "from 1 to the quantity, or leave the column out"
    )


def test_the_divisible_auction_takes_no_groups() -> None:
    with pytest.raises(Refusal) as caught:
        ys.clear(book([(1, "g", {"a": 1})]), mechanism="package")
    assert str(caught.value) == (
        "markets.package_terms_not_taken: the mechanism package divides packages; it takes no "
        "column group; leave the column out, or clear with the mechanism package-all-or-nothing"
    )


def test_too_many_things_to_choose_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yaosu.markets.mechanisms.indivisible_book.OPTIONS_MAX", 1)
    with pytest.raises(Refusal) as caught:
        ys.clear(book([(1, "", {"a": 1}), (1, "", {"a": 1})]), mechanism=NAME)
    assert str(caught.value) == (
        "markets.too_many_options: the packages and links leave 2 things to choose between; 1 are "
        "allowed; divide the auction, or give fewer packages a minimum below their quantity"
    )


def test_nothing_offered_clears_to_nothing() -> None:
    clearing = cleared(Packages.from_columns([], [], [], [], []))
    assert (clearing.welfare, clearing.fills.rows) == (0, 0)


def test_plain_orders_are_packages_of_one_leg() -> None:
    """Each whole or not at all: the seller of five meets no buyer of three."""
    orders = ys.Orders.from_columns(
        instrument=["a", "a", "a"], side=["sell", "buy", "buy"], price=[5, 9, 8], quantity=[5, 3, 2]
    )
    given = {"effort": 1}
    clearing = ys.clear(orders, mechanism=NAME, **given)
    ys.verify_clearing(orders, None, clearing, given)
    assert clearing.fills["price"].tolist() == [5, 9, 8]

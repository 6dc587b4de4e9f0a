"""Negotiated deals by hand: both say the same, inside the band, outside the closing price."""

import numpy as np
import pytest

import yaosu as ys
from tests.markets.mechanisms.forged import assert_all_refused
from yaosu.kernel.refusal import Refusal
from yaosu.markets.mechanisms.negotiated import band_round
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

HERE = Network.alone("only")


def deals(*rows: tuple[str, int, int, int, int]) -> Orders:
    """Halves (party, side, price, lots, number of the deal)."""
    return Orders.from_columns(
        instrument=["allowance"] * len(rows),
        party=[row[0] for row in rows],
        side=[row[1] for row in rows],
        price=[row[2] for row in rows],
        quantity=[row[3] for row in rows],
        sequence=[row[4] for row in rows],
    )


def test_a_block_of_allowances_inside_thirty_percent() -> None:
    """A close of 48.00 yuan a tonne; a block of 100,000 t may go from 33.60 to 62.40."""
    assert band_round(4_800, 3_000) == (3_360, 6_240)
    orders = deals(
        *(("a", 1, 6_240, 100_000, 1), ("b", -1, 6_240, 100_000, 1)),
        *(("a", 1, 6_241, 100_000, 2), ("b", -1, 6_241, 100_000, 2)),
        *(("a", 1, 4_800, 99_999, 3), ("b", -1, 4_800, 99_999, 3)),
    )
    terms = {
        "band_bp": 3_000,
        "least_lots": 100_000,
        "reference_prices": {("allowance", "only"): 4_800},
    }
    clearing = ys.clear(orders, HERE, "negotiated", **terms)
    assert [(f["row"], f["lots"], f["price"]) for f in clearing.fills.iterate()] == [
        (0, 100_000, 6_240),
        (1, 100_000, 6_240),
    ]
    assert clearing.prices.maybe("price").tolist() == [None], "no closing price"
    assert clearing.prices.maybe("price_high").tolist() == [6_240]
    ys.verify_clearing(orders, HERE, clearing, terms)


def test_the_band_is_rounded_inwards() -> None:
    assert band_round(101, 1_000) == (91, 111)
    assert band_round(-100, 1_000) == (-110, -90)
    assert band_round(0, 1_000) == (0, 0)


@pytest.mark.parametrize(
    "half",
    [
        ("b", -1, 11, 5, 1),  # another price
        ("b", -1, 10, 4, 1),  # another quantity
        ("b", -1, 10, 5, 2),  # another deal
        ("a", -1, 10, 5, 1),  # the same party
        ("b", 1, 10, 5, 1),  # the same side
    ],
)
def test_halves_that_do_not_say_the_same_trade_nothing(
    half: tuple[str, int, int, int, int],
) -> None:
    orders = deals(("a", 1, 10, 5, 1), half)
    assert ys.clear(orders, HERE, "negotiated").volume == 0


def test_a_third_who_says_the_same_makes_it_nobodys_deal() -> None:
    orders = deals(("a", 1, 10, 5, 1), ("b", -1, 10, 5, 1), ("c", -1, 10, 5, 1))
    assert ys.clear(orders, HERE, "negotiated").volume == 0


def test_with_a_band_a_deal_needs_a_reference_price() -> None:
    orders = deals(("a", 1, 10, 5, 1), ("b", -1, 10, 5, 1))
    assert ys.clear(orders, HERE, "negotiated", band_bp=1_000).volume == 0
    given = {("", "only"): 10}
    assert ys.clear(orders, HERE, "negotiated", band_bp=0, reference_prices=given).volume == 5


@pytest.mark.parametrize(
    "given",
    [
        {"band_bp": -2},
        {"least_lots": 0},
        {"reference_prices": {("i", "r"): "5"}},
        {"reference_prices": [["i", 5]]},
        {"reference_prices": 7},
    ],
)
def test_parameters_that_make_no_sense_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(Refusal, match=r"markets.bad_parameter"):
        ys.clear(deals(("a", 1, 10, 5, 1)), HERE, "negotiated", **given)


def random_deals(seed: int) -> Orders:
    chance = np.random.default_rng(seed)
    halves = []
    for number in range(12):
        price, lots = int(chance.integers(85, 115)), int(chance.integers(1, 9))
        for party, side in (("a", 1), ("b", -1)):
            if chance.random() < 0.9:
                halves.append((party, side, price, lots, number))
    return deals(*halves)


@pytest.mark.parametrize("seed", range(3))
def test_a_forged_clearing_is_refused(seed: int) -> None:
    orders = random_deals(seed)
    terms = {"band_bp": 1_000, "reference_prices": {("allowance", "only"): 100}}
    clearing = ys.clear(orders, HERE, "negotiated", **terms)
    assert clearing.volume
    assert_all_refused(orders, HERE, clearing, terms)

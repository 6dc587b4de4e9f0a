"""What posted prices keep on any book; a slow oracle, and forgeries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.markets.mechanisms.forged import assert_all_refused
from yaosu.kernel.columns import concatenate
from yaosu.markets.mechanisms import clear, verify_clearing
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

PARTIES = ("a", "b", "c", "d")
NET = Network.alone("east", "west")
TARIFF = [
    ("i", "", 0, 5), ("i", "", 4, 8), ("i", "g", 0, 0), ("i", "g", 2, 3),
]  # fmt: skip
MEMBERS = {"a": "g", "d": "h"}


def random_book(seed: int, rows: int = 14) -> Orders:
    chance = np.random.default_rng(seed)
    return Orders.from_columns(
        instrument=chance.choice(["i", "j"], rows),
        region=chance.choice(["east", "west"], rows),
        side=chance.choice([-1, 1], rows),
        price=chance.integers(0, 12, rows),
        quantity=chance.integers(1, 7, rows),
        party=chance.choice(PARTIES, rows),
        sequence=chance.permutation(rows),
    )


def lot_by_lot(orders: Orders) -> list[tuple[int, int, int]]:
    """The rule said plainly: every buyer takes lot after lot; (row, lots, price) summed."""
    rows = [dict(row, row=i) for i, row in enumerate(orders.columns.iterate())]
    for row in rows:
        row["left"] = row["quantity"]
    taken: dict[tuple[str, str], int] = {}
    fills: dict[tuple[int, int], int] = {}
    for buy in sorted((r for r in rows if r["side"] > 0), key=lambda r: r["sequence"]):
        while buy["left"]:
            offers = [
                r
                for r in rows
                if r["side"] < 0
                and r["left"]
                and r["party"] != buy["party"]
                and (r["instrument"], r["region"]) == (buy["instrument"], buy["region"])
            ]
            if not offers:
                break
            offer = min(offers, key=lambda r: (r["price"], r["sequence"]))
            count = taken.get((buy["party"], buy["instrument"]), 0)
            price = offer["price"]
            if buy["instrument"] == "i":
                group = MEMBERS.get(buy["party"], "")
                tiers = [t for t in TARIFF if t[1] == group] or [t for t in TARIFF if t[1] == ""]
                price = [t[3] for t in tiers if t[2] <= count][-1]
            if not offer["price"] <= price <= buy["price"]:
                break
            taken[buy["party"], buy["instrument"]] = count + 1
            for row in (buy, offer):
                row["left"] -= 1
                fills[row["row"], price] = fills.get((row["row"], price), 0) + 1
    return sorted((row, lots, price) for (row, price), lots in fills.items())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_the_fills_are_those_of_the_rule_said_lot_by_lot(seed: int) -> None:
    orders = random_book(seed)
    clearing = clear(orders, NET, "posted", tariff=TARIFF, members=MEMBERS)
    found: dict[tuple[int, int], int] = {}
    for fill in clearing.fills.iterate():
        key = (fill["row"], fill["price"])
        found[key] = found.get(key, 0) + fill["lots"]
    assert sorted((row, lots, price) for (row, price), lots in found.items()) == lot_by_lot(orders)
    verify_clearing(orders, NET, clearing, {"tariff": TARIFF, "members": MEMBERS})


@pytest.mark.parametrize("seed", range(3))
def test_a_forged_clearing_is_refused(seed: int) -> None:
    orders = random_book(seed, 30)
    parameters = {"tariff": TARIFF, "members": MEMBERS}
    clearing = clear(orders, NET, "posted", **parameters)
    assert clearing.volume
    assert_all_refused(orders, NET, clearing, parameters)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 13))
def test_nobody_pays_less_or_gets_more_by_splitting_an_order(seed: int, row: int) -> None:
    """Tiers count by party: two halves, one after the other, cost what the whole costs."""
    orders = random_book(seed)
    table = orders.columns
    lots = int(orders.quantity[row])
    if lots < 2 or orders.side[row] < 0:
        return
    doubled = table.with_columns(sequence=table["sequence"] * 2)
    half = doubled.take([row]).with_columns(
        quantity=[lots // 2], sequence=doubled["sequence"][[row]] + 1
    )
    quantity = orders.quantity.copy()
    quantity[row] = lots - lots // 2
    split = Orders(concatenate([doubled.with_columns(quantity=quantity), half]))

    def paid(book: Orders) -> dict[str, int]:
        sums = dict.fromkeys(PARTIES, 0)
        clearing = clear(book, NET, "posted", tariff=TARIFF, members=MEMBERS)
        assert book.party is not None
        names = book.party.tolist()
        for fill in clearing.fills.iterate():
            sums[names[fill["row"]]] += int(book.side[fill["row"]]) * fill["lots"] * fill["price"]
        return sums

    assert paid(Orders(doubled)) == paid(split)

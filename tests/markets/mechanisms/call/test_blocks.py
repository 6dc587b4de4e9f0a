"""Block orders: whole or not at all, never at a loss, of greatest welfare."""

import os
from itertools import product
from typing import Any

import msgspec
import numpy as np
import pytest

from yaosu.kernel.refusal import Refusal
from yaosu.markets.mechanisms.call import clear_call
from yaosu.markets.mechanisms.call_block_orders import Blocks, orders_with, whole_limits
from yaosu.markets.mechanisms.call_blocks import BlockClearing, clear_blocks, verify_blocks
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

BOOKS = 500 if os.environ.get("YAOSU_TEST_PROFILE") == "long" else 40
PLAIN = CallParameters.of()
HOURS = ("h1", "h2", "h3")


def elastic_market(seed: int, most: int = 12) -> tuple[Orders, Network, Blocks]:
    """Many small orders over three hours and two regions, and blocks that can move the prices."""
    chance = np.random.default_rng(seed)
    count = int(chance.integers(20, 60))
    orders = Orders.from_columns(
        np.array(HOURS)[chance.integers(0, 3, count)],
        np.array(["a", "b"])[chance.integers(0, 2, count)],
        chance.choice([-1, 1], count),
        chance.integers(10, 60, count),
        chance.integers(1, 12, count),
    )
    network = Network.from_links(["a", "b"], ["b", "a"], [8, 5], [1, 0], regions=["a", "b"])
    legs: dict[str, list[Any]] = {n: [] for n in ("block", "instrument", "region", "side")}
    legs |= {"price": [], "quantity": []}
    blocks = int(chance.integers(1, most + 1))
    for block in range(blocks):
        side, limit = int(chance.choice([-1, -1, 1])), int(chance.integers(20, 50))
        lots, region = int(chance.integers(3, 25)), str(chance.choice(["a", "b"]))
        for hour in HOURS[: int(chance.integers(1, 4))]:
            row = (f"k{block:02d}", hour, region, side, limit, lots)
            for column, value in zip(legs.values(), row, strict=True):
                column.append(value)
    names = [f"k{block:02d}" for block in range(blocks)]
    parents = {names[1]: names[0]} if blocks > 3 and seed % 3 == 0 else {}
    exclusive = [names[2:4]] if blocks > 3 and seed % 4 == 0 else []
    return orders, network, Blocks.from_columns(**legs, parents=parents, exclusive=exclusive)


def brute_force(orders: Orders, network: Network, blocks: Blocks) -> tuple[int, bool]:
    """Greatest welfare over all subsets that may stand, and whether a better one may not."""
    limits = whole_limits(orders, blocks, PLAIN)
    best, loosest = -(2**62), -(2**62)
    legs = blocks.legs
    places = list(zip(legs.instrument.tolist(), legs.region.tolist(), strict=True))
    for choice in product([False, True], repeat=len(blocks.names)):
        chosen = {b for b, is_in in enumerate(choice) if is_in}
        rows = np.flatnonzero(np.isin(blocks.of, sorted(chosen)))
        full = orders_with(orders, blocks, rows, limits)
        clearing = clear_call(full, network, PLAIN)
        lots = np.zeros(full.rows, np.int64)
        lots[clearing.fills["row"]] = clearing.fills["lots"]
        if (lots[orders.rows :] != full.quantity[orders.rows :]).any():
            continue
        names = zip(
            clearing.prices.text("instrument").tolist(),
            clearing.prices.text("region").tolist(),
            strict=True,
        )
        support = clearing.certificate.regions["support"].tolist()
        price = dict(zip(names, support, strict=True))
        surplus = dict.fromkeys(chosen, 0)
        welfare = clearing.welfare
        for row in rows.tolist():
            side, own = int(legs.side[row]), int(legs.price[row])
            quantity, block = int(legs.quantity[row]), int(blocks.of[row])
            surplus[block] += side * (own - price[places[row]]) * quantity
            welfare += side * (own - int(limits[row])) * quantity
        if not blocks.keeps_families(chosen):
            continue
        loosest = max(loosest, welfare)
        if all(gain >= 0 for gain in surplus.values()):
            best = max(best, welfare)
    return best, loosest > best


def test_the_welfare_is_that_of_the_best_of_all_subsets() -> None:
    """Elastic books, some of them with a choice that prices cannot carry."""
    paradoxes = 0
    for seed in range(BOOKS):
        orders, network, blocks = elastic_market(seed, 12 if seed % 50 == 9 else 5 + seed % 2)
        result = clear_blocks(orders, network, blocks, PLAIN)
        verify_blocks(orders, network, blocks, result, PLAIN)
        best, is_paradox = brute_force(orders, network, blocks)
        assert result.is_best
        assert result.welfare == best, seed
        paradoxes += is_paradox or bool(result.paradoxically_rejected)
    assert paradoxes >= BOOKS // 4


def one_hour() -> tuple[Orders, Network]:
    """Demand of 10 at 50 and of 10 at 30, offers of 8 at 20 and of 20 at 45."""
    orders = Orders.from_columns(
        ["h1"] * 4, ["a"] * 4, [1, 1, -1, -1], [50, 30, 20, 45], [10, 10, 8, 20]
    )
    return orders, Network.alone("a")


def blocks_of(*rows: tuple[Any, ...], **families: Any) -> Blocks:
    """Rows: block, instrument, region, side, price, quantity."""
    return Blocks.from_columns(*map(list, zip(*rows, strict=True)), **families)


def test_a_block_in_the_money_that_would_lose_is_rejected_and_listed() -> None:
    """At the price without it, 45, it gains; with it the price would fall to 25."""
    orders, network = one_hour()
    blocks = blocks_of(("big", "h1", "a", -1, 40, 10))
    result = clear_blocks(orders, network, blocks, PLAIN)
    verify_blocks(orders, network, blocks, result, PLAIN)
    assert result.accepted == ()
    assert result.paradoxically_rejected == ("big",)
    assert result.bound_checked - result.welfare == 10 * (45 - 40)


def test_linked_and_exclusive_blocks_keep_to_their_families() -> None:
    """A child stands only with its parent; of a group at most one is accepted."""
    orders, network = one_hour()
    rows = [("child", "h1", "a", -1, 25, 1), ("parent", "h1", "a", -1, 60, 1)]
    alone = clear_blocks(orders, network, blocks_of(*rows), PLAIN)
    assert alone.accepted == ("child",)
    linked = blocks_of(*rows, parents={"child": "parent"})
    result = clear_blocks(orders, network, linked, PLAIN)
    assert result.accepted == ()
    assert result.paradoxically_rejected == ("child",)
    rows = [("x", "h1", "a", -1, 25, 1), ("y", "h1", "a", -1, 24, 1)]
    group = blocks_of(*rows, exclusive=[("x", "y")])
    assert clear_blocks(orders, network, blocks_of(*rows), PLAIN).accepted == ("x", "y")
    assert clear_blocks(orders, network, group, PLAIN).accepted == ("y",)


def test_what_is_claimed_about_blocks_is_checked() -> None:
    """Another choice, welfare, bound or list is refused."""
    orders, network, blocks = elastic_market(3)
    result = clear_blocks(orders, network, blocks, PLAIN)
    assert result.accepted
    assert result.rejected
    falses: list[BlockClearing] = [
        msgspec.structs.replace(result, welfare=result.welfare + 1),
        msgspec.structs.replace(result, bound_checked=result.bound_checked - 1),
        msgspec.structs.replace(result, accepted=result.accepted[1:]),
        msgspec.structs.replace(result, accepted=(*result.accepted, "none")),
        msgspec.structs.replace(result, paradoxically_rejected=("k00",)),
        msgspec.structs.replace(result, rejected=()),
    ]
    for false in falses:
        if false == result:
            continue
        with pytest.raises(Refusal) as caught:
            verify_blocks(orders, network, blocks, false, PLAIN)
        assert caught.value.code.startswith("markets.certificate_")


def test_a_search_cut_short_says_so() -> None:
    """Still a clearing, and the bound says what might be missing."""
    orders, network, blocks = elastic_market(3)
    result = clear_blocks(orders, network, blocks, PLAIN, evaluations_max=1)
    verify_blocks(orders, network, blocks, result, PLAIN)
    assert not result.is_best
    assert result.bound_checked >= result.welfare


@pytest.mark.parametrize(
    ("families", "code"),
    [
        ({"parents": {"x": "z"}}, "markets.block_unknown"),
        ({"parents": {"x": "y", "y": "x"}}, "markets.block_family_cycle"),
        ({"exclusive": [["x", "z"]]}, "markets.block_unknown"),
    ],
)
def test_families_that_make_no_sense_are_refused(families: dict[str, Any], code: str) -> None:
    rows = [("x", "h1", "a", -1, 25, 1), ("y", "h1", "a", -1, 24, 1)]
    with pytest.raises(Refusal) as caught:
        blocks_of(*rows, **families)
    assert caught.value.code == code


def test_a_block_has_one_leg_in_a_place() -> None:
    with pytest.raises(Refusal) as caught:
        blocks_of(("x", "h1", "a", -1, 25, 1), ("x", "h1", "a", 1, 24, 1))
    assert caught.value.code == "markets.block_leg_twice"

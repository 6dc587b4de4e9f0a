"""Block orders: whole or not at all, never at a loss, of greatest welfare."""

import os
from collections.abc import Iterator
from itertools import product
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.markets.mechanisms.call.helpers import changed
from yaosu.kernel.canonical import decode, encode
from yaosu.kernel.columns import Text
from yaosu.kernel.refusal import Refusal
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms import clear, verify_clearing
from yaosu.markets.mechanisms.call import clear_call
from yaosu.markets.mechanisms.call_block_orders import Blocks, orders_with, whole_limits
from yaosu.markets.mechanisms.call_blocks import BlockClearing, clear_blocks, verify_blocks
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

BOOKS = 600 if os.environ.get("YAOSU_TEST_PROFILE") == "long" else 36
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
    ratio: dict[str, str] = {}
    income: dict[str, tuple[int, int]] = {}
    for block in range(blocks):
        name = f"k{block:02d}"
        side, limit = int(chance.choice([-1, -1, 1])), int(chance.integers(20, 50))
        lots, region = int(chance.integers(3, 25)), str(chance.choice(["a", "b"]))
        if not ratio and chance.random() < 0.5:  # may be filled in part, lot by lot or by two
            lots = int(chance.choice([6, 7, 12]))
            ratio[name] = str(chance.choice(["0.5", "0.6"]))
        elif side < 0 and chance.random() < 0.3:
            income[name] = (int(chance.integers(0, 400)), int(chance.integers(0, limit)))
        for hour in HOURS[: int(chance.integers(1, 4))]:
            row = (name, hour, region, side, limit, lots)
            for column, value in zip(legs.values(), row, strict=True):
                column.append(value)
    names = [f"k{block:02d}" for block in range(blocks)]
    parents = {names[1]: names[0]} if blocks > 3 and seed % 3 == 0 else {}
    exclusive = [names[2:4]] if blocks > 3 and seed % 4 == 0 else []
    given = Blocks.from_columns(
        **legs, parents=parents, exclusive=exclusive, ratio=ratio, income=income
    )
    return orders, network, given


def all_choices(blocks: Blocks) -> Iterator[list[int]]:
    """Every number of parts of every block."""
    many, least = blocks.parts()
    spans = [(0, *range(low, high + 1)) for low, high in zip(least, many, strict=True)]
    yield from map(list, product(*spans))


def brute_force(orders: Orders, network: Network, blocks: Blocks) -> tuple[int, bool]:
    """Greatest welfare over all choices that may stand, and whether a better one may not."""
    limits = whole_limits(orders, blocks, PLAIN)
    best, loosest = -(2**62), -(2**62)
    legs, incomes = blocks.legs, {income.block: income for income in blocks.incomes}
    places = list(zip(legs.instrument.tolist(), legs.region.tolist(), strict=True))
    for levels in all_choices(blocks):
        offered = blocks.lots_at(levels)
        full = orders_with(orders, blocks, offered, limits)
        clearing = clear_call(full, network, PLAIN)
        lots = np.zeros(full.rows, np.int64)
        lots[clearing.fills["row"]] = clearing.fills["lots"]
        names = zip(
            clearing.prices.text("instrument").tolist(),
            clearing.prices.text("region").tolist(),
            strict=True,
        )
        support = clearing.certificate.regions["support"].tolist()
        price = dict(zip(names, support, strict=True))
        welfare, stands = clearing.welfare, True
        surplus = dict.fromkeys(blocks.names, 0)
        earned: dict[str, list[int]] = {name: [0, 0] for name in incomes}
        for place, row in enumerate(np.flatnonzero(offered).tolist()):
            name = blocks.names[int(blocks.of[row])]
            side, own = int(legs.side[row]), int(legs.price[row])
            filled = int(lots[orders.rows + place])
            if name in incomes:
                earned[name][0] += price[places[row]] * filled
                earned[name][1] += filled
                continue
            stands = stands and filled == int(offered[row])
            surplus[name] += side * (own - price[places[row]]) * filled
            welfare += side * (own - int(limits[row])) * filled
        chosen = {b for b, level in enumerate(levels) if level}
        if not stands or not blocks.keeps_families(chosen):
            continue
        loosest = max(loosest, welfare)
        pays = all(
            not sold or money >= incomes[name].fixed + incomes[name].each * sold
            for name, (money, sold) in earned.items()
        )
        if pays and all(gain >= 0 for gain in surplus.values()):
            best = max(best, welfare)
    return best, loosest > best


def test_the_welfare_is_that_of_the_best_of_all_choices() -> None:
    """Elastic books: no block loses, and of at least a third prices cannot carry the best choice.

    Whole blocks and such as may be filled in part, with minimum incomes, linked and exclusive.
    """
    paradoxes = partly = poor = 0
    for seed in range(BOOKS):
        orders, network, blocks = elastic_market(seed, 12 if seed % 100 == 99 else 3 + seed % 2)
        result = clear_blocks(orders, network, blocks, PLAIN)
        verify_blocks(orders, network, blocks, result, PLAIN)
        best, is_paradox = brute_force(orders, network, blocks)
        assert result.is_best
        assert result.welfare == best, seed
        assert result.bound_checked >= best
        paradoxes += is_paradox or bool(result.paradoxically_rejected)
        partly += bool(result.curtailed)
        poor += bool(blocks.incomes)
    assert paradoxes >= BOOKS // 3
    assert partly >= BOOKS // 30
    assert poor >= BOOKS // 10


def test_an_auction_with_blocks_is_a_clearing_like_any_other() -> None:
    """Through the one interface; whatever is changed in what is said of blocks is noticed."""
    tried = 0
    for seed in (3, 4, 8):
        orders, network, blocks = elastic_market(seed, 4)
        clearing = clear(orders, network, blocks=blocks)
        kept = decode(encode(clearing), Clearing)
        verify_clearing(orders, network, kept, blocks=blocks)
        plain = clear_blocks(orders, network, blocks, PLAIN)
        table = clearing.details["blocks"]
        is_in = table["parts"] > 0
        names = table.text("block").tolist()
        assert (
            tuple(n for n, there in zip(names, is_in.tolist(), strict=True) if there)
            == plain.accepted
        )
        assert clearing.welfare == plain.welfare
        for name, columns in clearing.details.items():
            for column in columns.names:
                for row in range(columns.rows):
                    if isinstance(columns.column(column), Text):
                        texts = columns.text(column).tolist()
                        other = "accepted" if texts[row] != "accepted" else "rejected"
                        texts[row] = other
                        false = columns.with_columns(**{column: Text.of(texts)})
                    else:
                        false = changed(columns, column, row, int(columns[column][row]) + 1)
                    if (name, column) == ("search", "evaluations"):
                        continue  # a claim about the way, not about the result
                    details = {**clearing.details, name: false}
                    forged = msgspec.structs.replace(clearing, details=details)
                    with pytest.raises(Refusal):
                        verify_clearing(orders, network, forged, blocks=blocks)
                    tried += 1
        for what in ("primal", "dual"):
            less = {what: getattr(clearing.certificate, what) - 1}
            certificate = msgspec.structs.replace(clearing.certificate, **less)
            forged = msgspec.structs.replace(clearing, certificate=certificate)
            with pytest.raises(Refusal):
                verify_clearing(orders, network, forged, blocks=blocks)
        other_blocks = msgspec.structs.replace(
            blocks, legs=Orders(changed(blocks.legs.columns, "price", 0, 7))
        )
        with pytest.raises(Refusal):
            verify_clearing(orders, network, clearing, blocks=other_blocks)
    assert tried > 20
    with pytest.raises(Refusal) as caught:
        clear(orders, network, "package", blocks=blocks)
    assert caught.value.code == "markets.blocks_not_taken"


def test_a_block_filled_in_part_takes_what_leaves_it_no_loss() -> None:
    """One lot of ten leaves the price at 45; with two the ends are 30 and 45, the middle is 37."""
    orders, network = one_hour()
    rows = [("big", "h1", "a", -1, 40, 10)]
    assert clear_blocks(orders, network, blocks_of(*rows), PLAIN).accepted == ()
    partly = blocks_of(*rows, ratio={"big": "0.1"})
    result = clear_blocks(orders, network, partly, PLAIN)
    verify_blocks(orders, network, partly, result, PLAIN)
    assert result.curtailed == (("big", 1, 10),)
    too_much = blocks_of(*rows, ratio={"big": "0.5"})
    assert clear_blocks(orders, network, too_much, PLAIN).paradoxically_rejected == ("big",)


def test_a_block_that_earns_less_than_its_minimum_stays_out() -> None:
    """Two lots at a price of 45 earn 90."""
    orders, network = one_hour()
    rows = [("plant", "h1", "a", -1, 44, 2)]
    for least, accepted in ((80, ("plant",)), (100, ())):
        blocks = blocks_of(*rows, income={"plant": (least, 0)})
        result = clear_blocks(orders, network, blocks, PLAIN)
        verify_blocks(orders, network, blocks, result, PLAIN)
        assert result.accepted == accepted
        if not accepted:
            assert result.rejected == ("plant",)
            assert result.paradoxically_rejected == ()


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
        msgspec.structs.replace(result, curtailed=((result.accepted[0], 1, 2),)),
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
        ({"ratio": {"z": "0.5"}}, "markets.block_unknown"),
        ({"income": {"z": (1, 1)}}, "markets.block_unknown"),
        ({"ratio": {"x": "0"}}, "markets.bad_block"),
        ({"ratio": {"x": "1.5"}}, "markets.bad_block"),
        ({"ratio": {"x": "half"}}, "markets.bad_block"),
        ({"income": {"x": (-1, 1)}}, "markets.bad_block"),
        ({"income": {"x": (1, 1)}, "ratio": {"x": "0.5"}}, "markets.bad_block"),
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

"""Block orders beside a call auction: accepted together over many instruments and regions, or not.

An accepted block trades its legs at the prices of the auction, which then must not leave it at a
loss: no block is accepted paradoxically. A block in the money may stay outside, where taking it
would move prices against itself or others: it is listed as paradoxically rejected. Among all such
choices the welfare is greatest, found by search under the bound of the prices: for every p

    welfare of any choice  <=  D(p) + sum over blocks of max(0, surplus of the block at p),

D being the dual value of the orders alone. A block with a minimum acceptance ratio may be filled
in a number of equal parts; one with a minimum income is served by its limits, and stands only if
it earns that much. What is left between the bound and the best choice says which numbers of parts
are still to be tried; the others are cut off. Blocks that share no instrument and no family are
searched for apart.

Source: M. Madani and M. Van Vyve, "A MIP framework for non-convex uniform price day-ahead
electricity auctions" (2017), for the no-loss rule; the bound is Lagrange's. Checked against all
choices in tests/markets/mechanisms/call/test_blocks.py.
"""

from typing import Any

import numpy as np
from msgspec import Struct

from yaosu.kernel.columns import Integers
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.call import clear_call
from yaosu.markets.mechanisms.call_block_orders import Blocks, orders_with, whole_limits
from yaosu.markets.mechanisms.call_block_search import (
    Search,
    earns_enough,
    limits_worth,
    surpluses,
)
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_verify import verify_call
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

EVALUATIONS_MAX = 20_000


class BlockClearing(Struct, frozen=True, kw_only=True):
    """What an auction with blocks ended in.

    Attributes:
        clearing: of the orders, and behind them the legs of the accepted blocks in their order.
        accepted, rejected, paradoxically_rejected: names, sorted; the last are among the rejected.
        curtailed: (name, parts filled, parts in all) of those accepted in part, sorted.
        welfare: of orders and blocks, ticks x lots.
        bound_checked: no choice of blocks is worth more; counted from the prices.
        is_best: whether the search went to its end. evaluations: how many choices were priced.
    """

    clearing: Clearing
    accepted: tuple[str, ...]
    rejected: tuple[str, ...]
    paradoxically_rejected: tuple[str, ...]
    welfare: int
    bound_checked: int
    is_best: bool
    evaluations: int
    curtailed: tuple[tuple[str, int, int], ...] = ()


def clear_blocks(
    orders: Orders,
    network: Network,
    blocks: Blocks,
    parameters: CallParameters,
    evaluations_max: int = EVALUATIONS_MAX,
) -> BlockClearing:
    """Choose the blocks, then clear.

    Args:
        evaluations_max: choices that may be priced for each set of blocks that hang together;
            when they are used up the best choice so far stands.

    Raises:
        Refusal: `markets.only_plain_links`, and those of the call auction.
    """
    refuse_unless(network.is_plain, "markets.only_plain_links", what="an auction with blocks")
    limits = whole_limits(orders, blocks, parameters)
    levels = [0] * len(blocks.names)
    evaluations, is_best = 0, True
    for part in _parts(blocks):
        search = Search(orders, network, blocks, limits, part, parameters, evaluations_max)
        for block, level in zip(part, search.best_choice(), strict=True):
            levels[block] = level
        evaluations += search.evaluations
        is_best = is_best and search.is_complete
    full = orders_with(orders, blocks, blocks.lots_at(levels), limits)
    clearing = clear_call(full, network, parameters)
    found = _outcome(blocks, limits, clearing, levels)
    return BlockClearing(clearing=clearing, is_best=is_best, evaluations=evaluations, **found)


def verify_blocks(
    orders: Orders,
    network: Network,
    blocks: Blocks,
    result: BlockClearing,
    parameters: CallParameters,
) -> None:
    """Return if the clearing is the rule's for these blocks and none of them loses, else refuse.

    Proved: everything of the clearing, the list of the paradoxically rejected, welfare and bound.
    Not proved: that no better choice lies between welfare and bound (`is_best`).

    Raises:
        Refusal: `markets.certificate_*`.
    """
    refuse_unless(network.is_plain, "markets.only_plain_links", what="an auction with blocks")
    limits = whole_limits(orders, blocks, parameters)
    levels = levels_of(blocks, result)
    offered = blocks.lots_at(levels)
    full = orders_with(orders, blocks, offered, limits)
    verify_call(full, network, result.clearing, parameters)
    lots = filled_legs(orders, blocks, offered, result.clearing)
    is_whole = (lots == offered) | blocks.has_income()
    _expect(is_whole.all(), "an accepted block is not filled as it must be")
    for name, value in _outcome(blocks, limits, result.clearing, levels).items():
        _expect(getattr(result, name) == value, f"{name} is not what the prices say")
    prices = leg_prices(blocks, result.clearing)
    surplus = surpluses(blocks, prices)
    chosen = {b for b, level in enumerate(levels) if level}
    _expect(all(surplus[b] >= 0 for b in chosen), "an accepted block loses")
    earns = all(
        earns_enough(blocks, income, b, prices, lots) for b, income in _incomes(blocks, chosen)
    )
    _expect(earns, "an accepted block earns less than it must")
    _expect(blocks.keeps_families(chosen), "a family of blocks is broken")


def _incomes(blocks: Blocks, chosen: set[int]) -> list[tuple[int, Any]]:
    return [(b, income) for b, income in blocks.income_of().items() if b in chosen]


def levels_of(blocks: Blocks, result: BlockClearing) -> list[int]:
    """Parts in which each block is filled, as the result says; refuses what no block can be."""
    many, least = blocks.parts()
    place = {name: b for b, name in enumerate(blocks.names)}
    levels = [0] * len(blocks.names)
    for name in result.accepted:
        _expect(name in place, "it names a block that is not there")
        levels[place[name]] = many[place[name]]
    for name, parts, whole in result.curtailed:
        b = place.get(name, -1)
        fits = b >= 0 and levels[b] and whole == many[b] and least[b] <= parts < many[b]
        _expect(fits, "a block is filled in parts that it does not have")
        levels[b] = parts
    return levels


def filled_legs(orders: Orders, blocks: Blocks, offered: Integers, clearing: Clearing) -> Integers:
    """Lots filled of each leg."""
    rows, found = clearing.fills["row"], clearing.fills["lots"]
    legs = np.flatnonzero(offered)
    lots = np.zeros(len(offered), np.int64)
    of_legs = rows >= orders.rows
    lots[legs[rows[of_legs] - orders.rows]] = found[of_legs]
    return lots


def _expect(condition: object, reason: str) -> None:
    refuse_unless(condition, "markets.certificate_shape", table="blocks", reason=reason)


def _outcome(
    blocks: Blocks, limits: Integers, clearing: Clearing, levels: list[int]
) -> dict[str, Any]:
    """Everything of a `BlockClearing` that prices and choice say."""
    prices = leg_prices(blocks, clearing)
    surplus = surpluses(blocks, prices)
    incomes = blocks.income_of()
    many, _ = blocks.parts()
    names = blocks.names
    out = [b for b, level in enumerate(levels) if not level]
    paradoxical = [
        b
        for b in out
        if surplus[b] > 0
        and (b not in incomes or earns_enough(blocks, incomes[b], b, prices, None))
    ]
    welfare = clearing.welfare + limits_worth(blocks, limits, levels)
    fees = clearing.welfare - clearing.certificate.primal
    missed = 0
    for b, level in enumerate(levels):
        if b not in incomes:
            unit = surplus[b] // many[b]
            missed += max(unit * many[b], 0) - unit * level
        elif not level:
            missed += surplus[b]
    return {
        "accepted": tuple(names[b] for b, level in enumerate(levels) if level),
        "rejected": tuple(names[b] for b in out),
        "paradoxically_rejected": tuple(names[b] for b in paradoxical),
        "curtailed": tuple(
            (names[b], level, many[b]) for b, level in enumerate(levels) if 0 < level < many[b]
        ),
        "welfare": welfare,
        "bound_checked": welfare - fees + missed,
    }


def leg_prices(blocks: Blocks, clearing: Clearing) -> list[int]:
    """The price at each leg: of the certificate, so that there is one without trade too."""
    prices = clearing.prices
    names = zip(prices.text("instrument").tolist(), prices.text("region").tolist(), strict=True)
    support = clearing.certificate.regions["support"].tolist()
    known = dict(zip(names, support, strict=True))
    legs = zip(blocks.legs.instrument.tolist(), blocks.legs.region.tolist(), strict=True)
    return [known.get(place, 0) for place in legs]


def _parts(blocks: Blocks) -> list[list[int]]:
    """Blocks that hang together by instruments and families, each part ascending."""
    root = list(range(len(blocks.names)))

    def find(block: int) -> int:
        while root[block] != block:
            block = root[block]
        return block

    first: dict[str, int] = {}
    pairs = blocks.links() + [(group[0], b) for group in blocks.groups() for b in group]
    for block, name in zip(blocks.of.tolist(), blocks.legs.instrument.tolist(), strict=True):
        pairs.append((first.setdefault(name, block), block))
    for one, other in pairs:
        a, b = find(one), find(other)
        root[max(a, b)] = min(a, b)
    parts: dict[int, list[int]] = {}
    for block in range(len(root)):
        parts.setdefault(find(block), []).append(block)
    return list(parts.values())

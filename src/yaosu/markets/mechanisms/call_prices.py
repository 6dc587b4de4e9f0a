"""Prices: the exact minimum of the dual over whole prices, by scaled steepest descent.

The dual of the coupled call auction is

    D(p) = sum over regions h_r(p_r) + sum over links capacity * max(0, p_target - p_source - cost)

with h_r convex and piecewise linear with corners at whole prices only. D is L-natural-convex, so
a whole vector p is a minimum if and only if no set of regions can be moved up or down by one tick
together with a gain, and the best set is a minimum cut. The steps begin wide (2**k ticks, slopes
taken in the middle of a step, which keeps convexity) and shrink; the last scale, single ticks, is
exact. Only sums of quantities are ever formed, so nothing can leave 64 bits.

Source: K. Murota, "Discrete Convex Analysis" (2003), sections 7.2 and 10.3.
"""

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.call_cut import graph_of, max_flow, reached_from


@compiled
def rows_up_to(limits: Integers, begin: int, end: int, price: int) -> int:
    """The end of those rows in begin..end, limits ascending, whose limit is at most the price."""
    low, high = begin, end
    while low < high:
        middle = (low + high) // 2
        if limits[middle] <= price:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def surplus_at(region: int, price: int, starts: Integers, limits: Integers, sums: Integers) -> int:
    """Lots sold at most minus lots bought at least, just above a price."""
    begin, middle, end = starts[2 * region], starts[2 * region + 1], starts[2 * region + 2]
    buys = sums[middle] - sums[rows_up_to(limits, begin, middle, price)]
    sells = sums[rows_up_to(limits, middle, end, price)] - sums[middle]
    return int(sells - buys)


@compiled
def descend(
    prices: Integers,
    lowest: Integers,
    highest: Integers,
    step: int,
    shrink: int,
    starts: Integers,
    limits: Integers,
    sums: Integers,
    inelastic: Integers,
    source: Integers,
    target: Integers,
    capacity: Integers,
    cost: Integers,
) -> int:
    """Move ``prices`` (in place) to a minimum of the dual within lowest..highest.

    Args:
        prices, lowest, highest: ticks, shape (R,). Equal bounds fix a price.
        step: the first step, a power of two. shrink: 2 or 4, by which steps grow smaller: 4 spares
            half of the searches that only confirm a scale. The least value is the same; where
            several price vectors reach it, the one found may differ.
        starts: shape (2R + 1,): rows starts[2r]..starts[2r+1] are buys of region r, the next
            are its sells, limits ascending. limits: ticks. sums: quantities added up, n + 1.
        inelastic: lots supplied at any price (demanded, if negative), shape (R,).
        source, target, capacity, cost: links, shape (L,).

    Returns:
        The number of moves.
    """
    regions, links = len(prices), len(source)
    origin, sink = regions, regions + 1
    tail = np.empty(2 * regions + links, np.int64)
    head = np.empty(2 * regions + links, np.int64)
    ends = np.empty(2 * len(tail), np.int64)
    room = np.zeros(2 * len(tail), np.int64)
    slope = np.zeros(regions, np.int64)
    moves = 0
    while step > 0:
        quiet, direction = 0, 1
        while quiet < 2:
            wanted, arcs = 0, 0
            offset = step // 2 if direction > 0 else step // 2 - step
            for r in range(regions):
                at = surplus_at(r, prices[r] + offset, starts, limits, sums)
                slope[r] = direction * (inelastic[r] + at)
            for k in range(links):
                gap = prices[target[k]] - prices[source[k]] - cost[k]
                more = capacity[k] if gap + step // 2 >= 0 else 0
                less = capacity[k] if gap - step + step // 2 >= 0 else 0
                slope[target[k]] += direction * less
                slope[source[k]] -= direction * less
                if more > less:
                    forward = direction < 0
                    tail[arcs] = source[k] if forward else target[k]
                    head[arcs] = target[k] if forward else source[k]
                    room[2 * arcs], room[2 * arcs + 1] = more - less, 0
                    arcs += 1
            for r in range(regions):
                moved = prices[r] + direction * step
                is_bound = moved > highest[r] or moved < lowest[r]
                if slope[r] < 0:
                    tail[arcs], head[arcs] = origin, r
                    room[2 * arcs], room[2 * arcs + 1] = -slope[r], 0
                    wanted -= slope[r]
                    arcs += 1
                if slope[r] > 0 or is_bound:
                    tail[arcs], head[arcs] = r, sink
                    room[2 * arcs], room[2 * arcs + 1] = max(slope[r], 0) + is_bound * 2**61, 0
                    arcs += 1
            is_better = False
            if wanted > 0:
                first, after = graph_of(regions + 2, tail[:arcs], head[:arcs], ends)
                is_better = max_flow(origin, sink, first, after, ends, room) < wanted
            if is_better:
                inside = reached_from(origin, first, after, ends, room)
                for r in range(regions):
                    prices[r] += direction * step * inside[r]
                moves += 1
                quiet = 0
            else:
                direction = -direction
                quiet += 1
        step = step // shrink if step >= shrink else step // 2
    return moves


@compiled
def descend_blocks(
    prices: Integers,
    lowest: Integers,
    highest: Integers,
    steps: Integers,
    shrink: int,
    starts: Integers,
    limits: Integers,
    sums: Integers,
    inelastic: Integers,
    link_starts: Integers,
    source: Integers,
    target: Integers,
    capacity: Integers,
    cost: Integers,
) -> None:
    """`descend` for each of ``len(steps)`` blocks of equally many regions that do not touch.

    Args:
        steps: the first step of each block. link_starts: where the links of each block begin.
        source, target: regions counted from the first of the block.
    """
    size = len(prices) // max(len(steps), 1)
    for block in range(len(steps)):
        a, b = block * size, (block + 1) * size
        k, end = link_starts[block], link_starts[block + 1]
        descend(
            prices[a:b],
            lowest[a:b],
            highest[a:b],
            steps[block],
            shrink,
            starts[2 * a : 2 * b + 1],
            limits,
            sums,
            inelastic[a:b],
            source[k:end],
            target[k:end],
            capacity[k:end],
            cost[k:end],
        )


def first_steps(widths: Integers) -> Integers:
    """The largest power of two in each width, at least 1."""
    return np.array([1 << max(width.bit_length() - 1, 0) for width in widths.tolist()], np.int64)


@compiled
def push_bounds(
    bound: Integers, source: Integers, target: Integers, weight: Integers, sign: int
) -> Integers:
    """Tighten bounds along difference constraints, in place, until nothing moves.

    Args:
        bound: ticks, shape (R,). sign: +1 raises lower bounds, -1 lowers upper bounds.
        source, target, weight: constraints bound[target] >= bound[source] + weight (<= for -1).

    Returns:
        For each region the constraint that fixed its bound, or -1 where its own did: a forest.
    """
    parent = np.empty(len(bound), np.int64)
    for r in range(len(bound)):
        parent[r] = -1
    for _ in range(len(bound) + 1):
        quiet = True
        for k in range(len(source)):
            offer = bound[source[k]] + weight[k]
            if sign * (offer - bound[target[k]]) > 0:
                bound[target[k]] = offer
                parent[target[k]] = k
                quiet = False
        if quiet:
            break
    return parent

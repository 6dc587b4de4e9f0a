"""Flows: among all flows with the same net positions, the shortest, then the most even.

Least flow: least total lots over all links, so no circulation and no link used both ways.
Even flow: least sum of lots^2 x weight, the weight being 2**32 / capacity rounded down (at least
1): links are used in proportion to their capacity, in whole lots. What is then still equal (single
lots) is settled by the order of the links: fewer lots on the earlier one.

Source of the scaling: J. B. Orlin, "A faster strongly polynomial minimum cost flow algorithm"
(1993), section 3, here with the cancelling of negative cycles inside each scale, M. Klein (1967).
"""

import numpy as np

from yaosu.kernel.columns import Integers
from yaosu.kernel.compiled import compiled
from yaosu.markets.mechanisms.call_face import Face, decide_links, settle_by_limits, settle_open
from yaosu.markets.mechanisms.call_problem import Problem

WEIGHT_SCALE = 2**32


def flows_least(problem: Problem, face: Face) -> tuple[Face, Integers]:
    """Least total flow for these net positions; every open link costs one."""
    nothing = np.zeros(len(face.net), np.int64)
    multipliers = nothing
    if face.room.any():
        bound = np.full(len(problem.instruments), problem.regions)
        multipliers = settle_by_limits(problem, face, nothing, nothing, 1, bound)
    gain = multipliers[problem.target] - multipliers[problem.source] - 1
    return decide_links(problem, face, gain), multipliers


def flow_weights(capacity: Integers) -> Integers:
    """Weights of the squares, whole numbers."""
    weights: Integers = np.maximum(WEIGHT_SCALE // np.maximum(capacity, 1), 1)
    return weights


def flows_even(problem: Problem, face: Face, capacity: Integers) -> tuple[Face, Integers, Integers]:
    """Most even flow on the open links; returns the settled face, its multipliers, the flows.

    Args:
        capacity: of each link as the network states it; gives the weights.
    """
    is_open = np.flatnonzero(face.room > 0)
    settled = settle_open(problem, face)
    flow = settled.flow.copy()
    place = even_places(problem)
    spread = flow[is_open]
    levels = spread_blocks(
        len(problem.instruments),
        problem.regions + 1,
        spread,
        face.room[is_open],
        flow_weights(capacity[is_open]),
        np.searchsorted(is_open, problem.link_starts),
        place[problem.source[is_open]],
        place[problem.target[is_open]],
    )
    flow[is_open] = spread
    return settled, levels[problem.block, place], flow


def even_places(problem: Problem) -> Integers:
    """Within its block: 0 for price-takers, who balance together, and one each for the others."""
    own = np.arange(len(problem.is_taker)) % max(problem.regions, 1)
    return np.where(problem.is_taker, 0, own + 1)


@compiled
def spread_blocks(
    blocks: int,
    nodes: int,
    flow: Integers,
    room: Integers,
    weight: Integers,
    link_starts: Integers,
    source: Integers,
    target: Integers,
) -> Integers:
    """`spread_flows` and `settle_single_lots` for each block; levels above node 0, by block."""
    levels = np.zeros((blocks, nodes), np.int64)
    for block in range(blocks):
        k, end = link_starts[block], link_starts[block + 1]
        if k == end:
            continue
        own, full, heavy = flow[k:end], room[k:end], weight[k:end]
        tail, head = source[k:end], target[k:end]
        level = spread_flows(nodes, own, full, heavy, tail, head)
        for node in range(nodes):
            levels[block, node] = level[node] - level[0]
        for link in range(len(own)):
            for arc in single_lot_cycle(link, own, full, heavy, tail, head, level):
                own[arc // 2] += 1 if arc % 2 == 0 else -1
    return levels


@compiled
def spread_flows(
    nodes: int,
    flow: Integers,
    room: Integers,
    weight: Integers,
    source: Integers,
    target: Integers,
) -> Integers:
    """Make ``flow`` (in place) the flow of least sum of weight * flow**2 with the same balances.

    Returns:
        Levels, one a node: (2 flow - 1) weight <= level[target] - level[source] <=
        (2 flow + 1) weight, on the sides on which the flow can move.
    """
    links = len(flow)
    step = 1
    for k in range(links):
        while 2 * step <= room[k]:
            step *= 2
    level = np.zeros(nodes, np.int64)
    parent = np.zeros(nodes, np.int64)
    seen = np.zeros(nodes, np.int64)
    while step > 0:
        rounds = 0
        while True:
            if rounds == 0:
                for node in range(nodes):
                    level[node], parent[node], seen[node] = 0, -1, 0
            moved = -1
            for k in range(links):
                if flow[k] + step <= room[k]:
                    offer = level[source[k]] + (2 * flow[k] + step) * weight[k]
                    if offer < level[target[k]]:
                        level[target[k]] = offer
                        parent[target[k]] = 2 * k
                        moved = target[k]
                if flow[k] >= step:
                    offer = level[target[k]] - (2 * flow[k] - step) * weight[k]
                    if offer < level[source[k]]:
                        level[source[k]] = offer
                        parent[source[k]] = 2 * k + 1
                        moved = source[k]
            rounds += 1
            if moved < 0:
                break
            if rounds < nodes:
                continue
            node = moved
            while seen[node] == 0:
                seen[node] = 1
                arc = parent[node]
                node = source[arc // 2] if arc % 2 == 0 else target[arc // 2]
            start = node
            while True:
                arc = parent[node]
                if arc % 2 == 0:
                    flow[arc // 2] += step
                    node = source[arc // 2]
                else:
                    flow[arc // 2] -= step
                    node = target[arc // 2]
                if node == start:
                    break
            rounds = 0
        step //= 2
    return level


@compiled
def single_lot_cycle(
    link: int,
    flow: Integers,
    room: Integers,
    weight: Integers,
    source: Integers,
    target: Integers,
    level: Integers,
) -> Integers:
    """Arcs of a cycle that takes a lot off ``link`` at no cost, over later links; none if empty.

    Where each earlier link has none, the flows are those with fewer lots on earlier links.
    """
    nodes = len(level)
    drop = level[target[link]] - level[source[link]]
    if flow[link] == 0 or drop != (2 * flow[link] - 1) * weight[link]:
        return np.empty(0, np.int64)
    begin, goal = source[link], target[link]
    came = np.full(nodes, -2, np.int64)
    queue = np.empty(nodes, np.int64)
    came[begin], queue[0] = -1, begin
    done, waiting = 0, 1
    while done < waiting:
        node = queue[done]
        done += 1
        for k in range(link + 1, len(flow)):
            drop = level[target[k]] - level[source[k]]
            up = flow[k] < room[k] and drop == (2 * flow[k] + 1) * weight[k]
            down = flow[k] > 0 and drop == (2 * flow[k] - 1) * weight[k]
            if up and source[k] == node and came[target[k]] == -2:
                came[target[k]] = 2 * k
                queue[waiting] = target[k]
                waiting += 1
            if down and target[k] == node and came[source[k]] == -2:
                came[source[k]] = 2 * k + 1
                queue[waiting] = source[k]
                waiting += 1
    if came[goal] == -2:
        return np.empty(0, np.int64)
    cycle = np.empty(nodes + 1, np.int64)
    cycle[0], length = 2 * link + 1, 1
    node = goal
    while node != begin:
        arc = came[node]
        cycle[length] = arc
        length += 1
        node = source[arc // 2] if arc % 2 == 0 else target[arc // 2]
    return cycle[:length]

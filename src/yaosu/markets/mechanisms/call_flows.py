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
        multipliers = settle_by_limits(problem, face, nothing, nothing, 1, len(nothing))
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
    place = np.where(problem.is_taker, 0, np.arange(len(face.net)) + 1)
    multipliers = np.zeros(len(face.net), np.int64)
    if is_open.size:
        source, target = place[problem.source[is_open]], place[problem.target[is_open]]
        weight, room = flow_weights(capacity[is_open]), face.room[is_open]
        spread = flow[is_open]
        levels = spread_flows(len(face.net) + 1, spread, room, weight, source, target)
        levels -= levels[0]
        settle_single_lots(spread, room, weight, source, target, levels)
        flow[is_open] = spread
        multipliers = levels[place]
    return settled, multipliers, flow


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


def settle_single_lots(
    flow: Integers,
    room: Integers,
    weight: Integers,
    source: Integers,
    target: Integers,
    level: Integers,
) -> None:
    """Among equally even flows, fewer lots on the earlier link; in place, one lot at a time."""
    for link in range(len(flow)):
        cycle = single_lot_cycle(link, flow, room, weight, source, target, level)
        for arc in cycle:
            flow[arc // 2] += 1 if arc % 2 == 0 else -1


def single_lot_cycle(
    link: int,
    flow: Integers,
    room: Integers,
    weight: Integers,
    source: Integers,
    target: Integers,
    level: Integers,
) -> list[int]:
    """Arcs of a cycle that takes a lot off ``link`` at no cost, over later links; [] if none."""
    drop = level[target] - level[source]
    down = (flow > 0) & (drop == (2 * flow - 1) * weight)
    if not down[link]:
        return []
    up = (flow < room) & (drop == (2 * flow + 1) * weight)
    begin, goal = int(source[link]), int(target[link])
    came: dict[int, int] = {begin: -1}
    queue = [begin]
    for node in queue:
        for k in range(link + 1, len(flow)):
            if up[k] and source[k] == node and int(target[k]) not in came:
                came[int(target[k])] = 2 * k
                queue.append(int(target[k]))
            if down[k] and target[k] == node and int(source[k]) not in came:
                came[int(source[k])] = 2 * k + 1
                queue.append(int(source[k]))
    if goal not in came:
        return []
    cycle = [2 * link + 1]
    node = goal
    while node != begin:
        arc = came[node]
        cycle.append(arc)
        node = int(source[arc // 2] if arc % 2 == 0 else target[arc // 2])
    return cycle
